//! SQL of logins.

use rusqlite::{Connection, Row, named_params};

use crate::accounts::model::{Email, Membership, User};
use crate::accounts::scope::MemberRole;
use crate::accounts::store::{USER, USER_WIDTH, WORKSPACE, WORKSPACE_WIDTH, user_at, workspace_at};
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::ids::{LoginId, PublicId, UserId, WorkspaceId};

use super::{ApiVisit, LoginKind, OwnLogin};

pub(super) struct NewLogin {
    pub token_hash: Vec<u8>,
    pub kind: LoginKind,
    pub user: UserId,
    /// Its current workspace; `None` for the person's oldest.
    pub workspace: Option<WorkspaceId>,
    pub address: String,
    pub agent: String,
    pub now: UnixMs,
    pub expires: UnixMs,
}

pub(super) struct Found {
    pub id: LoginId,
    pub seen_at: UnixMs,
    pub user: User,
    pub membership: Option<Membership>,
    pub impersonator: Option<UserId>,
}

pub(super) fn insert(c: &Connection, login: &NewLogin) -> db::Result<LoginId> {
    c.prepare_cached(
        "INSERT INTO logins (public_id, token_hash, kind, user_id, workspace_id, address, agent, created_at, seen_at,
                             expires_at)
         VALUES (:public_id, :hash, :kind, :user, :workspace, :address, :agent, :now, :now, :expires)",
    )?
    .execute(named_params! {
        ":public_id": PublicId::new("log"),
        ":hash": login.token_hash,
        ":kind": login.kind,
        ":user": login.user,
        ":workspace": login.workspace,
        ":address": login.address,
        ":agent": login.agent,
        ":now": login.now,
        ":expires": login.expires,
    })?;
    Ok(LoginId(c.last_insert_rowid()))
}

/// A login with its user and its current membership: the chosen one, else the oldest.
const FOUND: &str = "
    FROM logins l
    JOIN users u ON u.id = l.user_id
    LEFT JOIN members m
      ON m.user_id = u.id
     AND m.workspace_id = (SELECT own.workspace_id FROM members own
                              JOIN workspaces open ON open.id = own.workspace_id AND open.suspended_at IS NULL
                            WHERE own.user_id = u.id
                            ORDER BY own.workspace_id = l.workspace_id DESC, own.created_at, own.workspace_id
                            LIMIT 1)
    LEFT JOIN workspaces w ON w.id = m.workspace_id
   WHERE l.expires_at > :now AND u.suspended_at IS NULL";

fn membership_at(row: &Row<'_>) -> rusqlite::Result<Option<Membership>> {
    let role: Option<MemberRole> = row.get(USER_WIDTH + WORKSPACE_WIDTH)?;
    role.map(|role| {
        Ok(Membership {
            workspace: workspace_at(row, USER_WIDTH)?,
            role,
        })
    })
    .transpose()
}

/// The current login of a browser with this hash.
pub(super) fn find(c: &Connection, token_hash: &[u8], now: UnixMs) -> db::Result<Option<Found>> {
    let sql = format!(
        "SELECT {USER}, {WORKSPACE}, m.role, l.id, l.seen_at, l.impersonator {FOUND}
            AND l.token_hash = :hash AND l.kind = 'browser'"
    );
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":hash": token_hash, ":now": now }, |row| {
            let after = USER_WIDTH + WORKSPACE_WIDTH;
            Ok(Found {
                id: row.get(after + 1)?,
                seen_at: row.get(after + 2)?,
                impersonator: row.get(after + 3)?,
                user: user_at(row, 0)?,
                membership: membership_at(row)?,
            })
        })
}

/// The current login of a program with this id.
pub(super) fn find_api(c: &Connection, login: LoginId, now: UnixMs) -> db::Result<Option<ApiVisit>> {
    let sql = format!("SELECT {USER}, {WORKSPACE}, m.role {FOUND} AND l.id = :login AND l.kind = 'api'");
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":login": login, ":now": now }, |row| {
            Ok(ApiVisit {
                login,
                user: user_at(row, 0)?,
                membership: membership_at(row)?,
            })
        })
}

pub(super) fn touch(c: &Connection, login: LoginId, now: UnixMs, expires: UnixMs) -> db::Result<()> {
    let sql = "UPDATE logins SET seen_at = :now, expires_at = :expires WHERE id = :login";
    c.prepare_cached(sql)?
        .execute(named_params! { ":login": login, ":now": now, ":expires": expires })?;
    Ok(())
}

/// Removes the workspace as the current one of the user's logins.
pub(in crate::accounts) fn leave_workspace(c: &Connection, workspace: WorkspaceId, user: UserId) -> db::Result<()> {
    c.prepare_cached("UPDATE logins SET workspace_id = NULL WHERE workspace_id = :workspace AND user_id = :user")?
        .execute(named_params! { ":workspace": workspace, ":user": user })?;
    Ok(())
}

/// Sets a login's current workspace; false when its user is not a member there, or the
/// workspace is suspended.
pub(in crate::accounts) fn choose_workspace(
    c: &Connection,
    login: LoginId,
    user: UserId,
    workspace: &PublicId,
) -> db::Result<bool> {
    let changed = c
        .prepare_cached(
            "UPDATE logins
                SET workspace_id = own.workspace_id
               FROM (SELECT m.workspace_id FROM members m JOIN workspaces w ON w.id = m.workspace_id
                      WHERE m.user_id = :user AND w.public_id = :workspace AND w.suspended_at IS NULL) AS own
              WHERE logins.id = :login AND logins.user_id = :user",
        )?
        .execute(named_params! { ":login": login, ":user": user, ":workspace": workspace })?;
    Ok(changed == 1)
}

/// Whether the user is a member there, suspended or not.
pub(in crate::accounts) fn is_member(c: &Connection, user: UserId, workspace: &PublicId) -> db::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM members m JOIN workspaces w ON w.id = m.workspace_id
                               WHERE m.user_id = :user AND w.public_id = :workspace)";
    c.prepare_cached(sql)?
        .one(named_params! { ":user": user, ":workspace": workspace }, |row| {
            row.get(0)
        })
}

/// Whether the login is valid and its user still a member of `workspace` in `role`.
pub(super) fn is_alive(
    c: &Connection,
    login: LoginId,
    workspace: WorkspaceId,
    role: MemberRole,
    now: UnixMs,
) -> db::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM logins l JOIN members m ON m.user_id = l.user_id
                               JOIN users u ON u.id = l.user_id AND u.suspended_at IS NULL
                               JOIN workspaces w ON w.id = m.workspace_id AND w.suspended_at IS NULL
                               WHERE l.id = :login AND l.expires_at > :now
                                 AND m.workspace_id = :workspace AND m.role = :role)";
    let parameters = named_params! { ":login": login, ":now": now, ":workspace": workspace, ":role": role };
    c.prepare_cached(sql)?.one(parameters, |row| row.get(0))
}

pub(in crate::accounts) fn delete(c: &Connection, login: LoginId) -> db::Result<()> {
    c.prepare_cached("DELETE FROM logins WHERE id = :login")?
        .execute(named_params! { ":login": login })?;
    Ok(())
}

/// Ends the user's logins of both kinds and unfinished log-ins, except for the one to keep.
pub(in crate::accounts) fn delete_all_of(c: &Connection, user: UserId, keep: Option<LoginId>) -> db::Result<usize> {
    delete_challenges_of(c, user)?;
    let sql = "DELETE FROM logins WHERE user_id = :user AND id IS NOT :keep";
    Ok(c.prepare_cached(sql)?
        .execute(named_params! { ":user": user, ":keep": keep })?)
}

/// Deletes what has expired.
pub(super) fn prune(c: &Connection, now: UnixMs) -> db::Result<usize> {
    let sql = "DELETE FROM logins WHERE expires_at <= :now";
    Ok(c.prepare_cached(sql)?.execute(named_params! { ":now": now })?)
}

/// The user with this id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn get_user(c: &Connection, user: UserId) -> db::Result<User> {
    let sql = format!("SELECT {USER} FROM users u WHERE u.id = :user");
    c.prepare_cached(&sql)?
        .one(named_params! { ":user": user }, |row| user_at(row, 0))
}

const OWN: &str = "public_id, id, kind, agent, address, created_at, seen_at";

fn own_at(row: &Row<'_>) -> rusqlite::Result<OwnLogin> {
    Ok(OwnLogin {
        public_id: row.get(0)?,
        id: row.get(1)?,
        kind: row.get(2)?,
        agent: row.get(3)?,
        address: row.get(4)?,
        created_at: row.get(5)?,
        seen_at: row.get(6)?,
    })
}

/// The user's current logins, most recently used first, without impersonation.
pub(super) fn own(c: &Connection, user: UserId, now: UnixMs) -> db::Result<Vec<OwnLogin>> {
    let sql = format!(
        "SELECT {OWN} FROM logins WHERE user_id = :user AND expires_at > :now AND impersonator IS NULL
          ORDER BY seen_at DESC, id DESC"
    );
    c.prepare_cached(&sql)?
        .all(named_params! { ":user": user, ":now": now }, own_at)
}

/// Ends one of the user's logins; `None` when there is no such one.
pub(super) fn revoke(c: &Connection, user: UserId, login: &PublicId) -> db::Result<Option<OwnLogin>> {
    let sql = format!(
        "DELETE FROM logins WHERE public_id = :login AND user_id = :user AND impersonator IS NULL RETURNING {OWN}"
    );
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":login": login, ":user": user }, own_at)
}

// Devices.

/// How many fingerprints of the user are stored, and how many of these are among them.
pub(super) fn devices_known(c: &Connection, user: UserId, prints: &[Vec<u8>]) -> db::Result<(u32, u32)> {
    let all = c
        .prepare_cached("SELECT COUNT(*) FROM known_devices WHERE user_id = :user")?
        .query_row(named_params! { ":user": user }, |row| row.get(0))?;
    let mut known = 0;
    let sql = "SELECT COUNT(*) FROM known_devices WHERE user_id = :user AND fingerprint = :print";
    let mut statement = c.prepare_cached(sql)?;
    for print in prints {
        known += statement.query_row(named_params! { ":user": user, ":print": print }, |row| {
            row.get::<_, u32>(0)
        })?;
    }
    Ok((all, known))
}

/// Whether the user of this address has used it.
pub(super) fn knows_device(c: &Connection, email: &Email, print: &[u8]) -> db::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM known_devices d JOIN users u ON u.id = d.user_id
                               WHERE u.email = :email AND d.fingerprint = :print)";
    c.prepare_cached(sql)?
        .one(named_params! { ":email": email.as_str(), ":print": print }, |row| {
            row.get(0)
        })
}

pub(super) fn put_device(c: &Connection, user: UserId, print: &[u8], now: UnixMs) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO known_devices (user_id, fingerprint, seen_at) VALUES (:user, :print, :now)
         ON CONFLICT (user_id, fingerprint) DO UPDATE SET seen_at = excluded.seen_at",
    )?
    .execute(named_params! { ":user": user, ":print": print, ":now": now })?;
    Ok(())
}

/// Deletes devices not used since `before`, except each user's latest: a user without any would be
/// treated as one who logs in for the first time.
pub(super) fn forget_devices(c: &Connection, before: UnixMs) -> db::Result<usize> {
    let sql = "DELETE FROM known_devices
                WHERE seen_at < :before
                  AND EXISTS (SELECT 1 FROM known_devices later
                               WHERE later.user_id = known_devices.user_id AND later.seen_at > known_devices.seen_at)";
    Ok(c.prepare_cached(sql)?.execute(named_params! { ":before": before })?)
}

// Unfinished log-ins.

pub(super) struct ChallengeRow {
    pub id: i64,
    pub user: UserId,
    pub tries: u32,
}

/// One unfinished log-in for each user and browser is enough; expired ones are deleted.
pub(super) fn insert_challenge(
    c: &Connection,
    token_hash: &[u8],
    user: UserId,
    now: UnixMs,
    expires: UnixMs,
) -> db::Result<()> {
    c.prepare_cached("DELETE FROM login_challenges WHERE expires_at <= :now")?
        .execute(named_params! { ":now": now })?;
    c.prepare_cached("INSERT INTO login_challenges (token_hash, user_id, expires_at) VALUES (:hash, :user, :expires)")?
        .execute(named_params! { ":hash": token_hash, ":user": user, ":expires": expires })?;
    Ok(())
}

pub(super) fn find_challenge(c: &Connection, token_hash: &[u8], now: UnixMs) -> db::Result<Option<ChallengeRow>> {
    let sql = "SELECT id, user_id, tries FROM login_challenges WHERE token_hash = :hash AND expires_at > :now";
    c.prepare_cached(sql)?
        .maybe(named_params! { ":hash": token_hash, ":now": now }, |row| {
            Ok(ChallengeRow {
                id: row.get(0)?,
                user: row.get(1)?,
                tries: row.get(2)?,
            })
        })
}

pub(super) fn count_try(c: &Connection, challenge: i64) -> db::Result<()> {
    c.prepare_cached("UPDATE login_challenges SET tries = tries + 1 WHERE id = :id")?
        .execute(named_params! { ":id": challenge })?;
    Ok(())
}

pub(super) fn delete_challenge(c: &Connection, challenge: i64) -> db::Result<()> {
    c.prepare_cached("DELETE FROM login_challenges WHERE id = :id")?
        .execute(named_params! { ":id": challenge })?;
    Ok(())
}

/// Ends all unfinished log-ins of the user: the password or the second factor has changed.
pub(in crate::accounts) fn delete_challenges_of(c: &Connection, user: UserId) -> db::Result<()> {
    c.prepare_cached("DELETE FROM login_challenges WHERE user_id = :user")?
        .execute(named_params! { ":user": user })?;
    Ok(())
}
