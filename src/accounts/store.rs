//! SQL of users, workspaces, members and the set-up link.

use rusqlite::{Connection, Row, named_params};

use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::ids::{PublicId, UserId, WorkspaceId};

use super::model::{CheckedUser, CheckedWorkspace, Email, Member, Membership, User, Verification, Workspace};
use super::scope::MemberRole;

/// Columns of a user under the alias `u`, as [`user_at`] reads them.
pub(crate) const USER: &str =
    "u.id, u.public_id, u.email, u.name, u.platform_role, u.created_at, u.verified_at, u.suspended_at";
pub(crate) const USER_WIDTH: usize = 8;
/// Columns of a workspace under the alias `w`, as [`workspace_at`] reads them.
pub(crate) const WORKSPACE: &str = "w.id, w.public_id, w.name, w.time_zone, w.country, w.created_at, w.suspended_at, \
                                   w.zone_from";
pub(crate) const WORKSPACE_WIDTH: usize = 8;

/// The user whose columns begin at `first`.
pub(crate) fn user_at(row: &Row<'_>, first: usize) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get(first)?,
        public_id: row.get(first + 1)?,
        email: Email::stored(row.get(first + 2)?),
        name: row.get(first + 3)?,
        platform_role: row.get(first + 4)?,
        created_at: row.get(first + 5)?,
        verified_at: row.get(first + 6)?,
        suspended_at: row.get(first + 7)?,
    })
}

/// The workspace whose columns begin at `first`.
pub(crate) fn workspace_at(row: &Row<'_>, first: usize) -> rusqlite::Result<Workspace> {
    let zone: String = row.get(first + 3)?;
    let time_zone = zone.parse().map_err(|e: crate::zone::NoSuchZone| {
        rusqlite::Error::FromSqlConversionFailure(first + 3, rusqlite::types::Type::Text, Box::new(e))
    })?;
    Ok(Workspace {
        id: row.get(first)?,
        public_id: row.get(first + 1)?,
        name: row.get(first + 2)?,
        time_zone,
        country: row.get(first + 4)?,
        created_at: row.get(first + 5)?,
        suspended_at: row.get(first + 6)?,
        zone_from: row.get(first + 7)?,
    })
}

pub(super) fn insert_user(c: &Connection, user: &CheckedUser, hash: &str, now: UnixMs) -> db::Result<User> {
    let sql = format!(
        "INSERT INTO users AS u (public_id, email, name, password_hash, platform_role, created_at, verified_at)
         VALUES (:public_id, :email, :name, :hash, :role, :now, :verified)
         RETURNING {}",
        USER.replace("u.", "")
    );
    c.prepare_cached(&sql)?.one(
        named_params! {
            ":public_id": PublicId::new("usr"),
            ":email": user.email.as_str(),
            ":name": user.name,
            ":hash": hash,
            ":role": user.platform_role,
            ":now": now,
            ":verified": (user.standing == Verification::Verified).then_some(now),
        },
        |row| user_at(row, 0),
    )
}

pub(super) fn find_user(c: &Connection, email: &Email) -> db::Result<Option<User>> {
    let sql = format!("SELECT {USER} FROM users u WHERE u.email = :email");
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":email": email.as_str() }, |row| user_at(row, 0))
}

pub(super) fn user_by_id(c: &Connection, id: UserId) -> db::Result<Option<User>> {
    let sql = format!("SELECT {USER} FROM users u WHERE u.id = :user");
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":user": id }, |row| user_at(row, 0))
}

pub(super) fn list_users(c: &Connection) -> db::Result<Vec<User>> {
    let sql = format!("SELECT {USER} FROM users u ORDER BY u.email");
    c.prepare_cached(&sql)?.all([], |row| user_at(row, 0))
}

/// Users with an unconfirmed address from before `before`, after `after`, without a valid link or a
/// newer registration. Guests, administrators and suspended users are not among them.
pub(super) fn overdue(c: &Connection, after: UserId, before: UnixMs, now: UnixMs, limit: u32) -> db::Result<Vec<User>> {
    let sql = format!(
        "SELECT {USER} FROM users u
          WHERE u.id > :after AND u.verified_at IS NULL AND u.suspended_at IS NULL AND u.platform_role = 'user'
            AND u.created_at <= :before
            AND NOT EXISTS (SELECT 1 FROM links l
                             WHERE l.user_id = u.id
                               AND (l.expires_at > :now OR l.purpose = 'verify_email' AND l.created_at > :before))
          ORDER BY u.id LIMIT :limit"
    );
    c.prepare_cached(&sql)?.all(
        named_params! { ":after": after, ":before": before, ":now": now, ":limit": limit },
        |row| user_at(row, 0),
    )
}

pub(super) fn has_admin(c: &Connection) -> db::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE platform_role = 'admin')";
    c.prepare_cached(sql)?.one([], |row| row.get(0))
}

pub(super) fn password_hash(c: &Connection, user: UserId) -> db::Result<String> {
    let sql = "SELECT password_hash FROM users WHERE id = :user";
    c.prepare_cached(sql)?
        .one(named_params! { ":user": user }, |row| row.get(0))
}

pub(super) fn set_password_hash(c: &Connection, user: UserId, hash: &str) -> db::Result<()> {
    let sql = "UPDATE users SET password_hash = :hash WHERE id = :user";
    c.prepare_cached(sql)?
        .execute(named_params! { ":user": user, ":hash": hash })?;
    Ok(())
}

pub(super) fn set_name(c: &Connection, user: UserId, name: &str) -> db::Result<()> {
    let sql = "UPDATE users SET name = :name WHERE id = :user";
    c.prepare_cached(sql)?
        .execute(named_params! { ":user": user, ":name": name })?;
    Ok(())
}

/// Confirms the address; an earlier confirmation is kept.
pub(super) fn set_verified(c: &Connection, user: UserId, now: UnixMs) -> db::Result<()> {
    let sql = "UPDATE users SET verified_at = COALESCE(verified_at, :now) WHERE id = :user";
    c.prepare_cached(sql)?
        .execute(named_params! { ":user": user, ":now": now })?;
    Ok(())
}

pub(super) fn set_email(c: &Connection, user: UserId, email: &Email) -> db::Result<()> {
    let sql = "UPDATE users SET email = :email WHERE id = :user";
    c.prepare_cached(sql)?
        .execute(named_params! { ":user": user, ":email": email.as_str() })?;
    Ok(())
}

pub(super) fn insert_workspace(c: &Connection, workspace: &CheckedWorkspace, now: UnixMs) -> db::Result<Workspace> {
    let sql = format!(
        "INSERT INTO workspaces (public_id, name, time_zone, country, created_at)
         VALUES (:public_id, :name, :time_zone, :country, :now)
         RETURNING {}",
        WORKSPACE.replace("w.", "")
    );
    c.prepare_cached(&sql)?.one(
        named_params! {
            ":public_id": PublicId::new("wsp"),
            ":name": workspace.name,
            ":time_zone": workspace.time_zone.name(),
            ":country": workspace.country,
            ":now": now,
        },
        |row| workspace_at(row, 0),
    )
}

pub(super) fn update_workspace(c: &Connection, id: WorkspaceId, workspace: &CheckedWorkspace) -> db::Result<()> {
    let sql = "UPDATE workspaces SET name = :name, time_zone = :time_zone, country = :country WHERE id = :workspace";
    c.prepare_cached(sql)?.execute(named_params! {
        ":workspace": id,
        ":name": workspace.name,
        ":time_zone": workspace.time_zone.name(),
        ":country": workspace.country,
    })?;
    Ok(())
}

/// For how many hours a message may be without a receipt before it is called unreached.
pub fn unreached_after(c: &Connection, id: WorkspaceId) -> db::Result<u32> {
    let sql = "SELECT unreached_after_hours FROM workspaces WHERE id = :workspace";
    c.prepare_cached(sql)?
        .one(named_params! { ":workspace": id }, |row| row.get(0))
}

pub fn set_unreached_after(c: &Connection, id: WorkspaceId, hours: u32) -> db::Result<()> {
    c.prepare_cached("UPDATE workspaces SET unreached_after_hours = :hours WHERE id = :workspace")?
        .execute(named_params! { ":workspace": id, ":hours": hours })?;
    Ok(())
}

pub(super) fn get_workspace(c: &Connection, id: WorkspaceId) -> db::Result<Workspace> {
    let sql = format!("SELECT {WORKSPACE} FROM workspaces w WHERE w.id = :workspace");
    c.prepare_cached(&sql)?
        .one(named_params! { ":workspace": id }, |row| workspace_at(row, 0))
}

pub(super) fn find_workspace(c: &Connection, id: &PublicId) -> db::Result<Option<Workspace>> {
    let sql = format!("SELECT {WORKSPACE} FROM workspaces w WHERE w.public_id = :public_id");
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":public_id": id }, |row| workspace_at(row, 0))
}

pub(super) fn find_workspace_by_id(c: &Connection, id: WorkspaceId) -> db::Result<Option<Workspace>> {
    let sql = format!("SELECT {WORKSPACE} FROM workspaces w WHERE w.id = :workspace");
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":workspace": id }, |row| workspace_at(row, 0))
}

/// The installation's first workspace: its zone and country are the likeliest for others.
pub(super) fn first_workspace(c: &Connection) -> db::Result<Option<Workspace>> {
    let sql = format!("SELECT {WORKSPACE} FROM workspaces w ORDER BY w.id LIMIT 1");
    c.prepare_cached(&sql)?.maybe([], |row| workspace_at(row, 0))
}

pub(super) fn list_workspaces(c: &Connection) -> db::Result<Vec<Workspace>> {
    let sql = format!("SELECT {WORKSPACE} FROM workspaces w ORDER BY w.id");
    c.prepare_cached(&sql)?.all([], |row| workspace_at(row, 0))
}

/// Makes the user a member, or gives the member this role.
pub(super) fn remove_member(c: &Connection, workspace: WorkspaceId, user: UserId) -> db::Result<bool> {
    let gone = c
        .prepare_cached("DELETE FROM members WHERE workspace_id = :workspace AND user_id = :user")?
        .execute(named_params! { ":workspace": workspace, ":user": user })?;
    Ok(gone > 0)
}

pub(super) fn put_member(
    c: &Connection,
    workspace: WorkspaceId,
    user: UserId,
    role: MemberRole,
    now: UnixMs,
) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO members (workspace_id, user_id, role, created_at)
         VALUES (:workspace, :user, :role, :now)
         ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role",
    )?
    .execute(named_params! { ":workspace": workspace, ":user": user, ":role": role, ":now": now })?;
    Ok(())
}

/// Ends the user's memberships everywhere else.
pub(super) fn only_member_of(c: &Connection, user: UserId, workspace: WorkspaceId) -> db::Result<()> {
    c.prepare_cached("DELETE FROM members WHERE user_id = :user AND workspace_id <> :workspace")?
        .execute(named_params! { ":user": user, ":workspace": workspace })?;
    Ok(())
}

pub(super) fn list_members(c: &Connection, workspace: WorkspaceId) -> db::Result<Vec<Member>> {
    let sql = format!(
        "SELECT {USER}, m.role
           FROM members m JOIN users u ON u.id = m.user_id
          WHERE m.workspace_id = :workspace
          ORDER BY u.name, u.id"
    );
    c.prepare_cached(&sql)?
        .all(named_params! { ":workspace": workspace }, |row| {
            Ok(Member {
                user: user_at(row, 0)?,
                role: row.get(USER_WIDTH)?,
            })
        })
}

/// The workspaces the user is a member of, the oldest membership first.
pub(super) fn memberships(c: &Connection, user: UserId) -> db::Result<Vec<Membership>> {
    let sql = format!(
        "SELECT {WORKSPACE}, m.role
           FROM members m JOIN workspaces w ON w.id = m.workspace_id
          WHERE m.user_id = :user
          ORDER BY m.created_at, w.id"
    );
    c.prepare_cached(&sql)?.all(named_params! { ":user": user }, |row| {
        Ok(Membership {
            workspace: workspace_at(row, 0)?,
            role: row.get(WORKSPACE_WIDTH)?,
        })
    })
}

/// Replaces any earlier link.
pub(super) fn put_setup_link(c: &Connection, token_hash: &[u8], now: UnixMs, expires: UnixMs) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO setup_links (id, token_hash, created_at, expires_at) VALUES (1, :hash, :now, :expires)
         ON CONFLICT (id) DO UPDATE
            SET token_hash = excluded.token_hash, created_at = excluded.created_at, expires_at = excluded.expires_at",
    )?
    .execute(named_params! { ":hash": token_hash, ":now": now, ":expires": expires })?;
    Ok(())
}

pub(super) fn setup_link_valid(c: &Connection, token_hash: &[u8], now: UnixMs) -> db::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM setup_links WHERE token_hash = :hash AND expires_at > :now)";
    c.prepare_cached(sql)?
        .one(named_params! { ":hash": token_hash, ":now": now }, |row| row.get(0))
}

pub(super) fn awaits_setup(c: &Connection) -> db::Result<bool> {
    let link: bool = c
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM setup_links)")?
        .query_row([], |row| row.get(0))?;
    Ok(link && !has_admin(c)?)
}

pub(super) fn delete_setup_link(c: &Connection) -> db::Result<()> {
    c.prepare_cached("DELETE FROM setup_links")?.execute([])?;
    Ok(())
}
