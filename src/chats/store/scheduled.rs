//! SQL of messages that were written for later.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use crate::chats::model::{Scheduled, Unsent};
use crate::clock::UnixMs;
use crate::db::{self, DbError};
use crate::ids::{ChatId, PublicId, UserId, WorkspaceId};

/// More than anybody looks through.
const MOST: u32 = 200;

const SCHEDULED: &str = "s.public_id, ch.public_id, COALESCE(co.shown_name, ch.name), ch.address, u.name,
    s.author_id, s.body, s.due_at, s.failure
   FROM scheduled_messages s
   JOIN chats ch ON ch.id = s.chat_id
   JOIN sessions se ON se.id = ch.session_id AND se.deleted_at IS NULL
   LEFT JOIN contacts co ON co.id = ch.contact_id
   LEFT JOIN users u ON u.id = s.author_id";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Scheduled> {
    let address: String = row.get(3)?;
    Ok(Scheduled {
        id: row.get(0)?,
        chat: row.get(1)?,
        to: row.get(2)?,
        phone: super::read::digits(&address),
        author: row.get(4)?,
        by: row.get(5)?,
        body: row.get(6)?,
        due_at: row.get(7)?,
        failure: row.get(8)?,
    })
}

/// Up to `limit` of the workspace, the next one first: from the one named `from` on, or from the first if that is gone.
pub fn list(c: &Connection, workspace: WorkspaceId, from: Option<&PublicId>, limit: u32) -> db::Result<Vec<Scheduled>> {
    let sql = format!(
        "WITH first AS (SELECT due_at, id FROM scheduled_messages WHERE public_id = :from AND workspace_id = :workspace)
         SELECT {SCHEDULED}
          WHERE s.workspace_id = :workspace AND (NOT EXISTS (SELECT 1 FROM first)
                OR (s.due_at, s.id) >= (SELECT due_at, id FROM first))
          ORDER BY s.due_at, s.id LIMIT :limit"
    );
    let mut statement = c.prepare_cached(&sql)?;
    let params = named_params! { ":workspace": workspace, ":from": from, ":limit": limit };
    let rows = statement.query_map(params, from_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Those of a chat, the next one first.
pub fn of_chat(c: &Connection, chat: ChatId) -> db::Result<Vec<Scheduled>> {
    let sql = format!("SELECT {SCHEDULED} WHERE s.chat_id = :chat ORDER BY s.due_at, s.id LIMIT :limit");
    let mut statement = c.prepare_cached(&sql)?;
    let rows = statement.query_map(named_params! { ":chat": chat, ":limit": MOST }, from_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// # Errors
/// `NotFound`, also for one of another workspace.
pub fn get(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<Scheduled> {
    let sql = format!("SELECT {SCHEDULED} WHERE s.public_id = :id AND s.workspace_id = :workspace");
    Ok(c.prepare_cached(&sql)?
        .query_row(named_params! { ":id": id, ":workspace": workspace }, from_row)?)
}

pub fn insert(
    c: &Connection,
    workspace: WorkspaceId,
    chat: ChatId,
    author: Option<UserId>,
    (body, due): (&str, UnixMs),
    now: UnixMs,
) -> db::Result<PublicId> {
    let id = PublicId::new("sch");
    c.prepare_cached(
        "INSERT INTO scheduled_messages (public_id, workspace_id, chat_id, author_id, body, due_at, created_at)
         VALUES (:id, :workspace, :chat, :author, :body, :due, :now)",
    )?
    .execute(named_params! {
        ":id": id, ":workspace": workspace, ":chat": chat, ":author": author, ":body": body, ":due": due, ":now": now,
    })?;
    Ok(id)
}

/// Another text, another time; what kept it from going out is forgotten.
pub fn update(c: &Connection, workspace: WorkspaceId, id: &PublicId, body: &str, due: UnixMs) -> db::Result<()> {
    let changed = c
        .prepare_cached(
            "UPDATE scheduled_messages SET body = :body, due_at = :due, failure = NULL
              WHERE public_id = :id AND workspace_id = :workspace",
        )?
        .execute(named_params! { ":id": id, ":workspace": workspace, ":body": body, ":due": due })?;
    if changed == 0 { Err(DbError::NotFound) } else { Ok(()) }
}

pub fn delete(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<()> {
    let gone = c
        .prepare_cached("DELETE FROM scheduled_messages WHERE public_id = :id AND workspace_id = :workspace")?
        .execute(named_params! { ":id": id, ":workspace": workspace })?;
    if gone == 0 { Err(DbError::NotFound) } else { Ok(()) }
}

/// Its workspace, if it is to go out now. One that was put off has a job of its own for that time.
pub fn due(c: &Connection, id: &PublicId, now: UnixMs) -> db::Result<Option<WorkspaceId>> {
    Ok(c.prepare_cached(
        "SELECT workspace_id FROM scheduled_messages WHERE public_id = :id AND due_at <= :now AND failure IS NULL",
    )?
    .query_row(named_params! { ":id": id, ":now": now }, |row| row.get(0))
    .optional()?)
}

pub fn fail(c: &Connection, id: &PublicId, why: Unsent) -> db::Result<()> {
    c.prepare_cached("UPDATE scheduled_messages SET failure = :why WHERE public_id = :id")?
        .execute(named_params! { ":id": id, ":why": why })?;
    Ok(())
}

/// In a database that was just restored: what was due meanwhile may have gone out after the backup was made.
pub fn hold_due(c: &Connection, now: UnixMs) -> db::Result<()> {
    c.execute(
        "UPDATE scheduled_messages SET failure = 'restored' WHERE due_at <= :now AND failure IS NULL",
        named_params! { ":now": now },
    )?;
    Ok(())
}

pub(super) fn merge(c: &Connection, from: ChatId, into: ChatId) -> db::Result<()> {
    c.prepare_cached("UPDATE scheduled_messages SET chat_id = :into WHERE chat_id = :from")?
        .execute(named_params! { ":from": from, ":into": into })?;
    Ok(())
}
