//! SQL of logins.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use crate::accounts::model::{Membership, User};
use crate::accounts::scope::MemberRole;
use crate::accounts::store::{USER, USER_WIDTH, WORKSPACE, WORKSPACE_WIDTH, user_at, workspace_at};
use crate::clock::UnixMs;
use crate::db;
use crate::ids::{LoginId, PublicId, UserId, WorkspaceId};

pub(super) struct NewLogin {
    pub token_hash: Vec<u8>,
    pub user: UserId,
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

pub(super) fn insert(c: &Connection, login: &NewLogin) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO logins (token_hash, user_id, address, agent, created_at, seen_at, expires_at)
         VALUES (:hash, :user, :address, :agent, :now, :now, :expires)",
    )?
    .execute(named_params! {
        ":hash": login.token_hash,
        ":user": login.user,
        ":address": login.address,
        ":agent": login.agent,
        ":now": login.now,
        ":expires": login.expires,
    })?;
    Ok(())
}

/// The living login with this hash, its user, and the membership it looks at: the chosen one, else the oldest.
pub(super) fn find(c: &Connection, token_hash: &[u8], now: UnixMs) -> db::Result<Option<Found>> {
    let sql = format!(
        "SELECT {USER}, {WORKSPACE}, m.role, l.id, l.seen_at, l.impersonator
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
          WHERE l.token_hash = :hash AND l.expires_at > :now AND l.kind = 'browser' AND u.suspended_at IS NULL"
    );
    Ok(c.prepare_cached(&sql)?
        .query_row(named_params! { ":hash": token_hash, ":now": now }, |row| {
            let after = USER_WIDTH + WORKSPACE_WIDTH;
            let role: Option<MemberRole> = row.get(after)?;
            let membership = match role {
                Some(role) => Some(Membership {
                    workspace: workspace_at(row, USER_WIDTH)?,
                    role,
                }),
                None => None,
            };
            Ok(Found {
                id: row.get(after + 1)?,
                seen_at: row.get(after + 2)?,
                impersonator: row.get(after + 3)?,
                user: user_at(row, 0)?,
                membership,
            })
        })
        .optional()?)
}

pub(super) fn touch(c: &Connection, login: LoginId, now: UnixMs, expires: UnixMs) -> db::Result<()> {
    let sql = "UPDATE logins SET seen_at = :now, expires_at = :expires WHERE id = :login";
    c.prepare_cached(sql)?
        .execute(named_params! { ":login": login, ":now": now, ":expires": expires })?;
    Ok(())
}

/// Points the login at a workspace that its user is a member of; false when there is no such membership.
pub(super) fn choose_workspace(c: &Connection, login: LoginId, user: UserId, workspace: &PublicId) -> db::Result<bool> {
    let changed = c
        .prepare_cached(
            "UPDATE logins
                SET workspace_id = own.workspace_id
               FROM (SELECT m.workspace_id FROM members m JOIN workspaces w ON w.id = m.workspace_id
                      WHERE m.user_id = :user AND w.public_id = :workspace) AS own
              WHERE logins.id = :login AND logins.user_id = :user",
        )?
        .execute(named_params! { ":login": login, ":user": user, ":workspace": workspace })?;
    Ok(changed == 1)
}

/// Whether the login lives and its user is still a member of `workspace` in `role`.
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
    Ok(c.prepare_cached(sql)?.query_row(parameters, |row| row.get(0))?)
}

pub(super) fn delete(c: &Connection, login: LoginId) -> db::Result<()> {
    c.prepare_cached("DELETE FROM logins WHERE id = :login")?
        .execute(named_params! { ":login": login })?;
    Ok(())
}

/// Ends the user's logins, but for the one that is kept.
pub(in crate::accounts) fn delete_all_of(c: &Connection, user: UserId, keep: Option<LoginId>) -> db::Result<usize> {
    let sql = "DELETE FROM logins WHERE user_id = :user AND id IS NOT :keep";
    Ok(c.prepare_cached(sql)?
        .execute(named_params! { ":user": user, ":keep": keep })?)
}

/// Deletes what has expired.
pub(super) fn prune(c: &Connection, now: UnixMs) -> db::Result<usize> {
    let sql = "DELETE FROM logins WHERE expires_at <= :now";
    Ok(c.prepare_cached(sql)?.execute(named_params! { ":now": now })?)
}
