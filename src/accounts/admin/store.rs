//! SQL across workspaces, for administrators only.

use rusqlite::{Connection, named_params};

use super::PAGE;
use super::model::{UserFilter, UserRow, WorkspaceFilter, WorkspaceRow};
use crate::accounts::model::{PlatformRole, User, Workspace};
use crate::accounts::store::{USER, USER_WIDTH, WORKSPACE, WORKSPACE_WIDTH, user_at, workspace_at};
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::ids::{PublicId, UserId, WorkspaceId};

/// A LIKE pattern that matches the text anywhere, with LIKE's own signs escaped.
fn anywhere(text: &str) -> String {
    let escaped = text
        .trim()
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("%{escaped}%")
}

/// Newest first, and one more than a page, to detect whether there is a next one.
pub(super) fn users(c: &Connection, filter: &UserFilter, after: Option<&PublicId>) -> db::Result<Vec<UserRow>> {
    let sql = format!(
        "SELECT {USER}, (SELECT COUNT(*) FROM members m WHERE m.user_id = u.id),
                (SELECT MAX(l.seen_at) FROM logins l WHERE l.user_id = u.id AND l.impersonator IS NULL)
           FROM users u
          WHERE u.id < COALESCE((SELECT id FROM users WHERE public_id = :after), 9223372036854775807)
            AND (u.email LIKE :like ESCAPE '\\' OR u.name LIKE :like ESCAPE '\\')
            AND (:role IS NULL OR u.platform_role = :role)
            AND (:standing IS NULL OR :standing = CASE WHEN u.suspended_at IS NOT NULL THEN 'suspended'
                                                       WHEN u.verified_at IS NULL THEN 'unverified' ELSE 'active' END)
          ORDER BY u.id DESC LIMIT :limit"
    );
    let parameters = named_params! {
        ":after": after, ":like": anywhere(&filter.search), ":role": filter.role, ":standing": filter.standing,
        ":limit": PAGE as i64 + 1,
    };
    c.prepare_cached(&sql)?.all(parameters, |row| {
        Ok(UserRow {
            user: user_at(row, 0)?,
            workspaces: row.get(USER_WIDTH)?,
            seen_at: row.get(USER_WIDTH + 1)?,
        })
    })
}

pub(super) fn user(c: &Connection, id: &PublicId) -> db::Result<Option<User>> {
    let sql = format!("SELECT {USER} FROM users u WHERE u.public_id = :id");
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":id": id }, |row| user_at(row, 0))
}

pub(super) fn user_by_id(c: &Connection, id: UserId) -> db::Result<Option<User>> {
    let sql = format!("SELECT {USER} FROM users u WHERE u.id = :id");
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":id": id }, |row| user_at(row, 0))
}

/// The number of the user's current logins, and when the newest was last used.
pub(super) fn logins(c: &Connection, user: UserId, now: UnixMs) -> db::Result<(u32, Option<UnixMs>)> {
    let sql = "SELECT COUNT(*), MAX(seen_at) FROM logins
                WHERE user_id = :user AND expires_at > :now AND impersonator IS NULL";
    c.prepare_cached(sql)?
        .one(named_params! { ":user": user, ":now": now }, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
}

/// Whether another administrator could log in if this one could not.
pub(super) fn has_other_admin(c: &Connection, user: UserId) -> db::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE platform_role = 'admin' AND suspended_at IS NULL
                                                    AND verified_at IS NOT NULL AND id <> :user)";
    c.prepare_cached(sql)?
        .one(named_params! { ":user": user }, |row| row.get(0))
}

pub(super) fn set_suspended(c: &Connection, user: UserId, at: Option<UnixMs>) -> db::Result<()> {
    let sql = "UPDATE users SET suspended_at = :at WHERE id = :user";
    c.prepare_cached(sql)?
        .execute(named_params! { ":user": user, ":at": at })?;
    Ok(())
}

pub(super) fn set_role(c: &Connection, user: UserId, role: PlatformRole) -> db::Result<()> {
    let sql = "UPDATE users SET platform_role = :role WHERE id = :user";
    c.prepare_cached(sql)?
        .execute(named_params! { ":user": user, ":role": role })?;
    Ok(())
}

/// Newest first, and one more than a page.
pub(super) fn workspaces(
    c: &Connection,
    filter: &WorkspaceFilter,
    after: Option<&PublicId>,
) -> db::Result<Vec<WorkspaceRow>> {
    let sql = format!(
        "SELECT {WORKSPACE}, (SELECT COUNT(*) FROM members m WHERE m.workspace_id = w.id),
                (SELECT u.email FROM members m JOIN users u ON u.id = m.user_id
                  WHERE m.workspace_id = w.id AND m.role = 'owner' ORDER BY m.created_at, u.id LIMIT 1)
           FROM workspaces w
          WHERE w.id < COALESCE((SELECT id FROM workspaces WHERE public_id = :after), 9223372036854775807)
            AND w.name LIKE :like ESCAPE '\\' AND (NOT :suspended OR w.suspended_at IS NOT NULL)
          ORDER BY w.id DESC LIMIT :limit"
    );
    let parameters = named_params! {
        ":after": after, ":like": anywhere(&filter.search), ":suspended": filter.suspended_only,
        ":limit": PAGE as i64 + 1,
    };
    c.prepare_cached(&sql)?.all(parameters, |row| {
        Ok(WorkspaceRow {
            workspace: workspace_at(row, 0)?,
            members: row.get(WORKSPACE_WIDTH)?,
            owner: row.get(WORKSPACE_WIDTH + 1)?,
        })
    })
}

pub(super) fn workspace(c: &Connection, id: &PublicId) -> db::Result<Option<Workspace>> {
    let sql = format!("SELECT {WORKSPACE} FROM workspaces w WHERE w.public_id = :id");
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":id": id }, |row| workspace_at(row, 0))
}

pub(super) fn set_workspace_suspended(c: &Connection, workspace: WorkspaceId, at: Option<UnixMs>) -> db::Result<()> {
    let sql = "UPDATE workspaces SET suspended_at = :at WHERE id = :workspace";
    c.prepare_cached(sql)?
        .execute(named_params! { ":workspace": workspace, ":at": at })?;
    Ok(())
}

/// Marks a new login as impersonation of the user by an administrator.
pub(super) fn mark_impersonation(c: &Connection, token_hash: &[u8], admin: UserId, expires: UnixMs) -> db::Result<()> {
    let sql = "UPDATE logins SET impersonator = :admin, expires_at = :expires WHERE token_hash = :hash";
    c.prepare_cached(sql)?
        .execute(named_params! { ":admin": admin, ":expires": expires, ":hash": token_hash })?;
    Ok(())
}

/// The number of users, workspaces and numbers.
pub(super) fn counts(c: &Connection) -> db::Result<(u32, u32, u32)> {
    let sql = "SELECT (SELECT COUNT(*) FROM users), (SELECT COUNT(*) FROM workspaces),
                      (SELECT COUNT(*) FROM sessions WHERE deleted_at IS NULL)";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    c.prepare_cached(sql)?.one([], row)
}
