//! SQL of notes: what a team writes about a chat for itself.

use rusqlite::{Connection, Row, named_params};

use crate::chats::handling::Note;
use crate::clock::UnixMs;
use crate::db::{self, Page, Rows as _};
use crate::ids::{ChatId, PublicId, TimeCursor, UserId, WorkspaceId};

const NOTE: &str = "n.public_id, ch.public_id, n.author_id, u.name, n.body, n.at, n.edited_at
   FROM notes n JOIN chats ch ON ch.id = n.chat_id LEFT JOIN users u ON u.id = n.author_id";

fn note_from_row(row: &Row<'_>) -> rusqlite::Result<Note> {
    Ok(Note {
        id: row.get(0)?,
        chat: row.get(1)?,
        by: row.get(2)?,
        author: row.get(3)?,
        body: row.get(4)?,
        at: row.get(5)?,
        edited_at: row.get(6)?,
    })
}

/// More notes than a page of a conversation shows.
const ON_A_PAGE: u32 = 200;

pub(in crate::chats) const BETWEEN_SQL: &str = " WHERE n.chat_id = :chat AND n.at >= :from AND n.at < :until
  ORDER BY n.at, n.id LIMIT :limit";

/// The notes of a chat that were written in this time, oldest first.
pub fn between(c: &Connection, chat: ChatId, from: UnixMs, until: UnixMs) -> db::Result<Vec<Note>> {
    let mut statement = c.prepare_cached(&between_sql())?;
    let params = named_params! { ":chat": chat, ":from": from, ":until": until, ":limit": ON_A_PAGE };
    statement.all(params, note_from_row)
}

pub(in crate::chats) fn between_sql() -> String {
    format!("SELECT {NOTE}{BETWEEN_SQL}")
}

/// The newest notes of a chat, newest first.
pub(in crate::chats) fn newest(c: &Connection, chat: ChatId, limit: u32) -> db::Result<Vec<Note>> {
    let sql = format!("SELECT {NOTE} WHERE n.chat_id = :chat ORDER BY n.at DESC, n.id DESC LIMIT :limit");
    let mut statement = c.prepare_cached(&sql)?;
    statement.all(named_params! { ":chat": chat, ":limit": limit }, note_from_row)
}

/// A chat's notes, newest first.
pub(in crate::chats) fn page(
    c: &Connection,
    chat: ChatId,
    before: Option<&TimeCursor>,
    limit: u32,
) -> db::Result<Page<Note, TimeCursor>> {
    let sql = format!(
        "SELECT {NOTE} WHERE n.chat_id = :chat AND n.at <= :at AND (n.at < :at OR n.id < COALESCE(
                    (SELECT id FROM notes WHERE public_id = :id), 9223372036854775807))
          ORDER BY n.at DESC, n.id DESC LIMIT :limit"
    );
    let mut statement = c.prepare_cached(&sql)?;
    let at = before.map_or(i64::MAX, |before| before.at.0);
    let id = before.map_or("", |before| before.id.as_str());
    let params = named_params! { ":chat": chat, ":at": at, ":id": id, ":limit": limit + 1 };
    let rows = statement.query_map(params, note_from_row)?;
    let cursor = |note: &Note| TimeCursor {
        at: note.at,
        id: note.id.clone(),
    };
    Ok(Page::of(rows.collect::<Result<_, _>>()?, limit as usize, cursor))
}

/// # Errors
/// `NotFound`, also for a note of another workspace.
pub(in crate::chats) fn note(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<Note> {
    let sql = format!("SELECT {NOTE} WHERE n.public_id = :id AND n.workspace_id = :workspace");
    Ok(c.prepare_cached(&sql)?
        .query_row(named_params! { ":id": id, ":workspace": workspace }, note_from_row)?)
}

pub(in crate::chats) fn insert(
    c: &Connection,
    workspace: WorkspaceId,
    chat: ChatId,
    author: Option<UserId>,
    body: &str,
    now: UnixMs,
) -> db::Result<PublicId> {
    let id = PublicId::new("note");
    c.prepare_cached(
        "INSERT INTO notes (public_id, workspace_id, chat_id, author_id, body, at)
         VALUES (:id, :workspace, :chat, :author, :body, :now)",
    )?
    .execute(named_params! {
        ":id": id, ":workspace": workspace, ":chat": chat, ":author": author, ":body": body, ":now": now,
    })?;
    Ok(id)
}

pub(in crate::chats) fn update(
    c: &Connection,
    workspace: WorkspaceId,
    id: &PublicId,
    body: &str,
    now: UnixMs,
) -> db::Result<()> {
    c.prepare_cached(
        "UPDATE notes SET body = :body, edited_at = :now WHERE public_id = :id AND workspace_id = :workspace",
    )?
    .execute(named_params! { ":id": id, ":workspace": workspace, ":body": body, ":now": now })?;
    Ok(())
}

pub(in crate::chats) fn delete(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<()> {
    c.prepare_cached("DELETE FROM notes WHERE public_id = :id AND workspace_id = :workspace")?
        .execute(named_params! { ":id": id, ":workspace": workspace })?;
    Ok(())
}

pub(super) fn merge(c: &Connection, from: ChatId, into: ChatId) -> db::Result<()> {
    c.prepare_cached("UPDATE notes SET chat_id = :into WHERE chat_id = :from")?
        .execute(named_params! { ":from": from, ":into": into })?;
    Ok(())
}
