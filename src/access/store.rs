//! SQL of keys, refresh tokens and stored responses.

use rusqlite::{Connection, Row, named_params};

use super::model::{ApiKey, KeyScope};
use crate::accounts::rows::{USER, USER_WIDTH, WORKSPACE, WORKSPACE_WIDTH, user_at, workspace_at};
use crate::accounts::{MemberRole, Membership, User};
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::ids::{ApiKeyId, LoginId, PublicId, SessionId, UserId, WorkspaceId};

// Keys.

pub(super) struct KeyRow<'a> {
    pub public_id: &'a PublicId,
    pub workspace: WorkspaceId,
    pub created_by: UserId,
    pub name: &'a str,
    pub prefix: &'a str,
    pub secret_hash: &'a [u8],
    pub scopes: &'a [KeyScope],
    pub session: Option<SessionId>,
    pub expires_at: Option<UnixMs>,
    pub now: UnixMs,
}

pub(super) fn insert_key(tx: &Connection, key: &KeyRow<'_>) -> db::Result<ApiKeyId> {
    tx.prepare_cached(
        "INSERT INTO api_keys (public_id, workspace_id, created_by, name, prefix, secret_hash, scopes, session_id,
                               created_at, expires_at)
         VALUES (:public_id, :workspace, :user, :name, :prefix, :hash, :scopes, :session, :now, :expires)",
    )?
    .execute(named_params! {
        ":public_id": key.public_id,
        ":workspace": key.workspace,
        ":user": key.created_by,
        ":name": key.name,
        ":prefix": key.prefix,
        ":hash": key.secret_hash,
        ":scopes": words_of(key.scopes),
        ":session": key.session,
        ":now": key.now,
        ":expires": key.expires_at,
    })?;
    Ok(ApiKeyId(tx.last_insert_rowid()))
}

const KEY: &str = "k.id, k.public_id, k.name, k.prefix, k.scopes, s.public_id, s.name, by.public_id, by.name,
                   k.created_at, k.expires_at, k.last_used_at, k.revoked_at";
const KEY_WIDTH: usize = 13;
const KEY_JOINS: &str = "api_keys k JOIN users by ON by.id = k.created_by LEFT JOIN sessions s ON s.id = k.session_id";
/// A key ends with its number when that is deleted, not only when its rows are removed.
const KEY_THERE: &str = "(k.session_id IS NULL OR s.deleted_at IS NULL)";

fn key_at(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    let session: Option<PublicId> = row.get(5)?;
    let session_name: Option<String> = row.get(6)?;
    Ok(ApiKey {
        id: row.get(0)?,
        public_id: row.get(1)?,
        name: row.get(2)?,
        prefix: row.get(3)?,
        scopes: scopes_of(&row.get::<_, String>(4)?)?,
        session: session.map(|id| (id, session_name.unwrap_or_default())),
        created_by: (row.get(7)?, row.get(8)?),
        created_at: row.get(9)?,
        expires_at: row.get(10)?,
        last_used_at: row.get(11)?,
        revoked_at: row.get(12)?,
    })
}

fn words_of(scopes: &[KeyScope]) -> String {
    let words: Vec<_> = scopes.iter().map(|scope| scope.word()).collect();
    words.join(" ")
}

fn scopes_of(words: &str) -> rusqlite::Result<Vec<KeyScope>> {
    let parse = |word: &str| {
        word.parse::<KeyScope>()
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(4, rusqlite::types::Type::Text, Box::new(error)))
    };
    words.split_whitespace().map(parse).collect()
}

/// Newest first, at most `limit`, those before `before`.
pub(super) fn list_keys(
    c: &Connection,
    workspace: WorkspaceId,
    before: Option<ApiKeyId>,
    limit: u32,
) -> db::Result<Vec<ApiKey>> {
    let sql = format!(
        "SELECT {KEY} FROM {KEY_JOINS}
          WHERE k.workspace_id = :workspace AND {KEY_THERE} AND (:before IS NULL OR k.id < :before)
          ORDER BY k.id DESC LIMIT :limit"
    );
    c.prepare_cached(&sql)?.all(
        named_params! { ":workspace": workspace, ":before": before, ":limit": limit },
        key_at,
    )
}

pub(super) fn find_key(c: &Connection, workspace: WorkspaceId, key: &PublicId) -> db::Result<Option<ApiKey>> {
    let sql = format!(
        "SELECT {KEY} FROM {KEY_JOINS} WHERE k.workspace_id = :workspace AND k.public_id = :key AND {KEY_THERE}"
    );
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":workspace": workspace, ":key": key }, key_at)
}

pub(super) fn count_living_keys(c: &Connection, workspace: WorkspaceId, now: UnixMs) -> db::Result<u32> {
    let sql = format!(
        "SELECT count(*) FROM api_keys k LEFT JOIN sessions s ON s.id = k.session_id
          WHERE k.workspace_id = :workspace AND k.revoked_at IS NULL AND {KEY_THERE}
            AND (k.expires_at IS NULL OR k.expires_at > :now)"
    );
    c.prepare_cached(&sql)?
        .one(named_params! { ":workspace": workspace, ":now": now }, |row| row.get(0))
}

pub(super) fn revoke_key(tx: &Connection, workspace: WorkspaceId, key: ApiKeyId, now: UnixMs) -> db::Result<()> {
    let sql = "UPDATE api_keys SET revoked_at = :now
                WHERE workspace_id = :workspace AND id = :key AND revoked_at IS NULL";
    tx.prepare_cached(sql)?
        .execute(named_params! { ":workspace": workspace, ":key": key, ":now": now })?;
    Ok(())
}

pub(super) fn touch_key(tx: &Connection, key: ApiKeyId, now: UnixMs) -> db::Result<()> {
    let sql = "UPDATE api_keys SET last_used_at = :now WHERE id = :key";
    tx.prepare_cached(sql)?
        .execute(named_params! { ":key": key, ":now": now })?;
    Ok(())
}

/// The workspace's number with this public id.
pub(super) fn find_session(
    c: &Connection,
    workspace: WorkspaceId,
    session: &PublicId,
) -> db::Result<Option<SessionId>> {
    let sql = "SELECT id FROM sessions WHERE workspace_id = :workspace AND public_id = :session AND deleted_at IS NULL";
    c.prepare_cached(sql)?
        .maybe(named_params! { ":workspace": workspace, ":session": session }, |row| {
            row.get(0)
        })
}

/// Names and public ids of the workspace's numbers, by name.
pub(super) fn list_sessions(c: &Connection, workspace: WorkspaceId) -> db::Result<Vec<(PublicId, String)>> {
    let sql = "SELECT public_id, name FROM sessions WHERE workspace_id = :workspace AND deleted_at IS NULL
                ORDER BY name, id";
    c.prepare_cached(sql)?
        .all(named_params! { ":workspace": workspace }, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
}

/// A key with its secret's hash, and the member it acts for; `None` for a former member.
pub(super) struct FoundKey {
    pub key: ApiKey,
    pub secret_hash: Vec<u8>,
    pub user: User,
    pub membership: Membership,
}

pub(super) fn find_key_by_prefix(c: &Connection, prefix: &str) -> db::Result<Option<FoundKey>> {
    let sql = format!(
        "SELECT {KEY}, k.secret_hash, m.role, {USER}, {WORKSPACE} FROM {KEY_JOINS}
           JOIN users u ON u.id = k.created_by AND u.suspended_at IS NULL
           JOIN workspaces w ON w.id = k.workspace_id AND w.suspended_at IS NULL
           JOIN members m ON m.workspace_id = w.id AND m.user_id = u.id
          WHERE k.prefix = :prefix AND {KEY_THERE}"
    );
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":prefix": prefix }, |row| {
            let user = KEY_WIDTH + 2;
            Ok(FoundKey {
                key: key_at(row)?,
                secret_hash: row.get(KEY_WIDTH)?,
                user: user_at(row, user)?,
                membership: Membership {
                    workspace: workspace_at(row, user + USER_WIDTH)?,
                    role: row.get(KEY_WIDTH + 1)?,
                },
            })
        })
}

// Tokens.

/// A current login, its user, and the requested membership.
pub(super) struct FoundLogin {
    pub login: LoginId,
    pub public_id: PublicId,
    pub user: User,
    pub membership: Option<Membership>,
}

/// Which of the user's workspaces a request is about.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// This one, or none.
    Only(&'a PublicId),
    /// The login's current one, else the oldest.
    Any,
    None,
}

/// An impersonating login does not count: tokens are for the person alone.
pub(super) fn find_login(
    c: &Connection,
    login: &PublicId,
    wanted: Wanted<'_>,
    now: UnixMs,
) -> db::Result<Option<FoundLogin>> {
    let sql = format!(
        "SELECT {USER}, {WORKSPACE}, m.role, l.id, l.public_id
           FROM logins l
           JOIN users u ON u.id = l.user_id AND u.suspended_at IS NULL
           LEFT JOIN members m
             ON m.user_id = u.id
            AND m.workspace_id = (SELECT own.workspace_id FROM members own
                                     JOIN workspaces open ON open.id = own.workspace_id AND open.suspended_at IS NULL
                                   WHERE own.user_id = u.id AND NOT :none AND (:only IS NULL OR open.public_id = :only)
                                   ORDER BY own.workspace_id = l.workspace_id DESC, own.created_at, own.workspace_id
                                   LIMIT 1)
           LEFT JOIN workspaces w ON w.id = m.workspace_id
          WHERE l.public_id = :login AND l.impersonator IS NULL AND l.expires_at > :now"
    );
    let (only, none) = match wanted {
        Wanted::Only(id) => (Some(id), false),
        Wanted::Any => (None, false),
        Wanted::None => (None, true),
    };
    c.prepare_cached(&sql)?.maybe(
        named_params! { ":login": login, ":only": only, ":none": none, ":now": now },
        |row| {
            let after = USER_WIDTH + WORKSPACE_WIDTH;
            let role: Option<MemberRole> = row.get(after)?;
            let membership = match role {
                Some(role) => Some(Membership {
                    workspace: workspace_at(row, USER_WIDTH)?,
                    role,
                }),
                None => None,
            };
            Ok(FoundLogin {
                login: row.get(after + 1)?,
                public_id: row.get(after + 2)?,
                user: user_at(row, 0)?,
                membership,
            })
        },
    )
}

pub(super) fn insert_refresh_token(
    tx: &Connection,
    login: LoginId,
    hash: &[u8],
    now: UnixMs,
    expires: UnixMs,
) -> db::Result<()> {
    let sql = "INSERT INTO refresh_tokens (login_id, token_hash, created_at, expires_at)
               VALUES (:login, :hash, :now, :expires)";
    tx.prepare_cached(sql)?
        .execute(named_params! { ":login": login, ":hash": hash, ":now": now, ":expires": expires })?;
    Ok(())
}

pub(super) struct FoundToken {
    pub login: LoginId,
    pub login_public_id: PublicId,
    pub user: UserId,
    pub expires_at: UnixMs,
    pub spent_at: Option<UnixMs>,
}

pub(super) fn find_refresh_token(c: &Connection, hash: &[u8]) -> db::Result<Option<FoundToken>> {
    let sql = "SELECT l.id, l.public_id, t.expires_at, t.spent_at, l.user_id
                 FROM refresh_tokens t JOIN logins l ON l.id = t.login_id AND l.kind = 'api'
                WHERE t.token_hash = :hash";
    c.prepare_cached(sql)?.maybe(named_params! { ":hash": hash }, |row| {
        Ok(FoundToken {
            login: row.get(0)?,
            login_public_id: row.get(1)?,
            expires_at: row.get(2)?,
            spent_at: row.get(3)?,
            user: row.get(4)?,
        })
    })
}

pub(super) fn spend_refresh_token(tx: &Connection, hash: &[u8], now: UnixMs) -> db::Result<()> {
    let sql = "UPDATE refresh_tokens SET spent_at = :now WHERE token_hash = :hash";
    tx.prepare_cached(sql)?
        .execute(named_params! { ":hash": hash, ":now": now })?;
    Ok(())
}

pub(super) fn login_public_id(c: &Connection, login: LoginId) -> db::Result<Option<PublicId>> {
    let sql = "SELECT public_id FROM logins WHERE id = :login";
    c.prepare_cached(sql)?
        .maybe(named_params! { ":login": login }, |row| row.get(0))
}

// Stored responses.

pub(super) struct KeptRow {
    pub target: String,
    pub request_mac: Vec<u8>,
    pub began_at: UnixMs,
    pub status: Option<u16>,
    pub answer: Option<Vec<u8>>,
}

pub(super) fn find_kept(c: &Connection, caller: &str, key: &str) -> db::Result<Option<KeptRow>> {
    let sql = "SELECT target, request_mac, began_at, status, answer FROM idempotency
                WHERE caller = :caller AND key = :key";
    c.prepare_cached(sql)?
        .maybe(named_params! { ":caller": caller, ":key": key }, |row| {
            Ok(KeptRow {
                target: row.get(0)?,
                request_mac: row.get(1)?,
                began_at: row.get(2)?,
                status: row.get(3)?,
                answer: row.get(4)?,
            })
        })
}

/// Starts a request, or restarts an abandoned one.
pub(super) fn put_kept(
    tx: &Connection,
    caller: &str,
    key: &str,
    target: &str,
    mac: &[u8],
    now: UnixMs,
) -> db::Result<()> {
    let sql = "INSERT INTO idempotency (caller, key, target, request_mac, began_at)
               VALUES (:caller, :key, :target, :mac, :now)
               ON CONFLICT (caller, key) DO UPDATE
               SET target = :target, request_mac = :mac, began_at = :now, status = NULL, answer = NULL";
    tx.prepare_cached(sql)?
        .execute(named_params! { ":caller": caller, ":key": key, ":target": target, ":mac": mac, ":now": now })?;
    Ok(())
}

pub(super) fn finish_kept(tx: &Connection, caller: &str, key: &str, status: u16, answer: &[u8]) -> db::Result<()> {
    let sql = "UPDATE idempotency SET status = :status, answer = :answer WHERE caller = :caller AND key = :key";
    tx.prepare_cached(sql)?
        .execute(named_params! { ":caller": caller, ":key": key, ":status": status, ":answer": answer })?;
    Ok(())
}

pub(super) fn drop_kept(tx: &Connection, caller: &str, key: &str) -> db::Result<()> {
    let sql = "DELETE FROM idempotency WHERE caller = :caller AND key = :key";
    tx.prepare_cached(sql)?
        .execute(named_params! { ":caller": caller, ":key": key })?;
    Ok(())
}

pub(super) fn prune_kept(tx: &Connection, before: UnixMs) -> db::Result<usize> {
    let sql = "DELETE FROM idempotency WHERE began_at <= :before";
    Ok(tx.prepare_cached(sql)?.execute(named_params! { ":before": before })?)
}
