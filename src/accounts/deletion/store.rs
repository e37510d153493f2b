//! SQL of deleting people and workspaces.

use rusqlite::{Connection, named_params};

use crate::accounts::model::{User, Workspace};
use crate::accounts::store::{WORKSPACE, WORKSPACE_WIDTH, workspace_at};
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::ids::{UserId, WorkspaceId};

/// The other members of a workspace.
pub(super) struct Company {
    pub owns: bool,
    pub others: u32,
    /// The other owners who can log in: their address is confirmed.
    pub other_owners: u32,
}

/// The user's workspaces with their other members. Guests do not count.
pub(super) fn company(c: &Connection, user: UserId) -> db::Result<Vec<(Workspace, Company)>> {
    let sql = format!(
        "SELECT {WORKSPACE}, m.role = 'owner',
                (SELECT COUNT(*) FROM members o JOIN users p ON p.id = o.user_id
                  WHERE o.workspace_id = w.id AND o.user_id <> :user AND p.platform_role <> 'guest'),
                (SELECT COUNT(*) FROM members o JOIN users p ON p.id = o.user_id
                  WHERE o.workspace_id = w.id AND o.user_id <> :user AND p.platform_role <> 'guest'
                    AND o.role = 'owner' AND p.verified_at IS NOT NULL)
           FROM members m JOIN workspaces w ON w.id = m.workspace_id
          WHERE m.user_id = :user
          ORDER BY w.id"
    );
    c.prepare_cached(&sql)?.all(named_params! { ":user": user }, |row| {
        let company = Company {
            owns: row.get(WORKSPACE_WIDTH)?,
            others: row.get(WORKSPACE_WIDTH + 1)?,
            other_owners: row.get(WORKSPACE_WIDTH + 2)?,
        };
        Ok((workspace_at(row, 0)?, company))
    })
}

/// Whether nobody but this user could administer the installation.
pub(super) fn is_last_admin(c: &Connection, user: UserId) -> db::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE id = :user AND platform_role = 'admin')
              AND NOT EXISTS (SELECT 1 FROM users WHERE id <> :user AND platform_role = 'admin'
                                                    AND suspended_at IS NULL)";
    c.prepare_cached(sql)?
        .one(named_params! { ":user": user }, |row| row.get(0))
}

/// Ends all memberships.
pub(super) fn leave_all(c: &Connection, user: UserId) -> db::Result<()> {
    c.prepare_cached("DELETE FROM members WHERE user_id = :user")?
        .execute(named_params! { ":user": user })?;
    Ok(())
}

/// The domain of deleted users' addresses; reserved by RFC 2606, so nobody ever registers with it.
const NOWHERE: &str = "@deleted.invalid";

/// Removes all personal data from the row, which stays until everything that refers to it is deleted.
pub(super) fn mark_deleted(c: &Connection, user: &User, now: UnixMs) -> db::Result<()> {
    c.prepare_cached(
        "UPDATE users SET email = :email, name = '', password_hash = '', platform_role = 'user', suspended_at = :now
          WHERE id = :user",
    )?
    .execute(named_params! {
        ":user": user.id,
        ":email": format!("{}{NOWHERE}", user.public_id),
        ":now": now,
    })?;
    for sql in [
        "DELETE FROM second_factors WHERE user_id = :user",
        "DELETE FROM recovery_codes WHERE user_id = :user",
        "DELETE FROM known_devices WHERE user_id = :user",
        "DELETE FROM links WHERE user_id = :user",
    ] {
        c.prepare_cached(sql)?.execute(named_params! { ":user": user.id })?;
    }
    Ok(())
}

/// Whether the user was deleted and only the row is left.
pub fn is_deleted(c: &Connection, user: UserId) -> db::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE id = :user AND email LIKE '%' || :nowhere)";
    c.prepare_cached(sql)?
        .one(named_params! { ":user": user, ":nowhere": NOWHERE }, |row| row.get(0))
}

/// Suspends the workspace: nobody can use it and nothing is sent.
pub(super) fn close_workspace(c: &Connection, workspace: WorkspaceId, now: UnixMs) -> db::Result<()> {
    c.prepare_cached("DELETE FROM members WHERE workspace_id = :workspace")?
        .execute(named_params! { ":workspace": workspace })?;
    let sql = "UPDATE workspaces SET suspended_at = COALESCE(suspended_at, :now) WHERE id = :workspace";
    c.prepare_cached(sql)?
        .execute(named_params! { ":workspace": workspace, ":now": now })?;
    Ok(())
}

/// The final check before a workspace is deleted: it exists, and still has no members.
pub fn is_without_members(c: &Connection, workspace: WorkspaceId) -> db::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM workspaces WHERE id = :workspace)
              AND NOT EXISTS (SELECT 1 FROM members WHERE workspace_id = :workspace)";
    c.prepare_cached(sql)?
        .one(named_params! { ":workspace": workspace }, |row| row.get(0))
}

/// Drops the row of a deleted user.
pub fn drop_user_in(c: &Connection, user: UserId) -> db::Result<()> {
    c.prepare_cached("DELETE FROM users WHERE id = :user")?
        .execute(named_params! { ":user": user })?;
    Ok(())
}

/// Deletes the row of a workspace, and the small tables that depend on it.
pub fn drop_workspace_in(c: &Connection, workspace: WorkspaceId) -> db::Result<()> {
    c.prepare_cached("DELETE FROM workspaces WHERE id = :workspace")?
        .execute(named_params! { ":workspace": workspace })?;
    Ok(())
}
