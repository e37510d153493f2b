//! SQL of quick replies.

use rusqlite::{Connection, Row, named_params};

use crate::chats::handling::QuickReply;
use crate::clock::UnixMs;
use crate::db::{self, DbError, Rows as _};
use crate::ids::{PublicId, WorkspaceId};

/// By shortcut, those that begin with `start`.
pub(in crate::chats) fn starting(
    c: &Connection,
    workspace: WorkspaceId,
    start: &str,
    limit: u32,
) -> db::Result<Vec<QuickReply>> {
    let mut statement = c.prepare_cached(
        "SELECT public_id, shortcut, body FROM quick_replies
          WHERE workspace_id = :workspace AND substr(shortcut, 1, length(:start)) = :start COLLATE NOCASE
          ORDER BY shortcut COLLATE NOCASE LIMIT :limit",
    )?;
    let params = named_params! { ":workspace": workspace, ":start": start, ":limit": limit };
    statement.all(params, from_row)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<QuickReply> {
    Ok(QuickReply {
        id: row.get(0)?,
        shortcut: row.get(1)?,
        body: row.get(2)?,
    })
}

/// # Errors
/// `NotFound`, also for one of another workspace.
pub(in crate::chats) fn quick_reply(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<QuickReply> {
    let sql = "SELECT public_id, shortcut, body FROM quick_replies WHERE public_id = :id AND workspace_id = :workspace";
    Ok(c.prepare_cached(sql)?
        .query_row(named_params! { ":id": id, ":workspace": workspace }, from_row)?)
}

pub(in crate::chats) fn is_taken(
    c: &Connection,
    workspace: WorkspaceId,
    shortcut: &str,
    besides: Option<&PublicId>,
) -> db::Result<bool> {
    let found: Option<i64> = c
        .prepare_cached(
            "SELECT 1 FROM quick_replies
              WHERE workspace_id = :workspace AND shortcut = :shortcut COLLATE NOCASE AND public_id IS NOT :besides",
        )?
        .maybe(
            named_params! { ":workspace": workspace, ":shortcut": shortcut, ":besides": besides },
            |row| row.get(0),
        )?;
    Ok(found.is_some())
}

pub(in crate::chats) fn insert(
    c: &Connection,
    workspace: WorkspaceId,
    shortcut: &str,
    body: &str,
    now: UnixMs,
) -> db::Result<PublicId> {
    let id = PublicId::new("qr");
    c.prepare_cached(
        "INSERT INTO quick_replies (public_id, workspace_id, shortcut, body, created_at)
         VALUES (:id, :workspace, :shortcut, :body, :now)",
    )?
    .execute(named_params! {
        ":id": id, ":workspace": workspace, ":shortcut": shortcut, ":body": body, ":now": now,
    })?;
    Ok(id)
}

/// # Errors
/// `NotFound`, also for one of another workspace.
pub(in crate::chats) fn exists(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<()> {
    Ok(
        c.prepare_cached("SELECT 1 FROM quick_replies WHERE public_id = :id AND workspace_id = :workspace")?
            .query_row(named_params! { ":id": id, ":workspace": workspace }, |_| Ok(()))?,
    )
}

pub(in crate::chats) fn update(
    c: &Connection,
    workspace: WorkspaceId,
    id: &PublicId,
    shortcut: &str,
    body: &str,
) -> db::Result<()> {
    c.prepare_cached(
        "UPDATE quick_replies SET shortcut = :shortcut, body = :body
          WHERE public_id = :id AND workspace_id = :workspace",
    )?
    .execute(named_params! { ":id": id, ":workspace": workspace, ":shortcut": shortcut, ":body": body })?;
    Ok(())
}

/// # Errors
/// `NotFound`, also for one of another workspace.
pub(in crate::chats) fn delete(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<()> {
    let gone = c
        .prepare_cached("DELETE FROM quick_replies WHERE public_id = :id AND workspace_id = :workspace")?
        .execute(named_params! { ":id": id, ":workspace": workspace })?;
    if gone == 0 { Err(DbError::NotFound) } else { Ok(()) }
}
