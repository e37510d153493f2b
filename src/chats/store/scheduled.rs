//! SQL of messages that were written for later.

use rusqlite::{Connection, Row, named_params};

use crate::chats::model::{Kind, Scheduled, Unsent};
use crate::clock::UnixMs;
use crate::db::{self, DbError, Page, Rows as _};
use crate::ids::{ChatId, PublicId, TimeCursor, UserId, WorkspaceId};
use crate::media::FileId;

/// More than a conversation shows.
const OF_CHAT: u32 = 200;

const SCHEDULED: &str = "s.public_id, ch.public_id, COALESCE(co.shown_name, ch.name), ch.address, u.name,
    s.author_id, s.body, s.due_at, s.failure, s.kind, s.content,
    (SELECT json_group_array(f.public_id) FROM scheduled_files sf JOIN media_files f ON f.id = sf.file_id
      WHERE sf.scheduled_id = s.id)
   FROM scheduled_messages s
   JOIN chats ch ON ch.id = s.chat_id
   JOIN sessions se ON se.id = ch.session_id AND se.deleted_at IS NULL
   LEFT JOIN contacts co ON co.id = ch.contact_id
   LEFT JOIN users u ON u.id = s.author_id";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Scheduled> {
    let (address, files): (String, String) = (row.get(3)?, row.get(11)?);
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
        kind: row.get(9)?,
        content: row.get(10)?,
        files: serde_json::from_str(&files).unwrap_or_default(),
    })
}

/// All of the workspace, or of one number, the next one first, from this place on.
pub fn list(
    c: &Connection,
    workspace: WorkspaceId,
    session: Option<&PublicId>,
    from: Option<&TimeCursor>,
    limit: u32,
) -> db::Result<Page<Scheduled, TimeCursor>> {
    let sql = format!(
        "SELECT {SCHEDULED}
          WHERE s.workspace_id = :workspace AND s.due_at >= :due AND (s.due_at, s.public_id) >= (:due, :id)
            AND (:session IS NULL OR se.public_id = :session)
          ORDER BY s.due_at, s.public_id LIMIT :limit"
    );
    let mut statement = c.prepare_cached(&sql)?;
    let due = from.map_or(i64::MIN, |from| from.at.0);
    let id = from.map_or("", |from| from.id.as_str());
    let params = named_params! {
        ":workspace": workspace, ":session": session, ":due": due, ":id": id, ":limit": limit + 1,
    };
    let rows = statement.query_map(params, from_row)?;
    let mut rows: Vec<Scheduled> = rows.collect::<Result<_, _>>()?;
    let next = rows.get(limit as usize).map(Scheduled::place);
    rows.truncate(limit as usize);
    Ok(Page { rows, next })
}

/// How many wait in the workspace.
pub fn count(c: &Connection, workspace: WorkspaceId) -> db::Result<u64> {
    let sql = "SELECT COUNT(*) FROM scheduled_messages s JOIN chats ch ON ch.id = s.chat_id
                 JOIN sessions se ON se.id = ch.session_id AND se.deleted_at IS NULL WHERE s.workspace_id = :workspace";
    let count: i64 = c
        .prepare_cached(sql)?
        .query_row(named_params! { ":workspace": workspace }, |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// Those of a chat, the next one first.
pub fn of_chat(c: &Connection, chat: ChatId) -> db::Result<Vec<Scheduled>> {
    let sql = format!("SELECT {SCHEDULED} WHERE s.chat_id = :chat ORDER BY s.due_at, s.id LIMIT :limit");
    let mut statement = c.prepare_cached(&sql)?;
    statement.all(named_params! { ":chat": chat, ":limit": OF_CHAT }, from_row)
}

/// # Errors
/// `NotFound`, also for one of another workspace.
pub fn get(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<Scheduled> {
    let sql = format!("SELECT {SCHEDULED} WHERE s.public_id = :id AND s.workspace_id = :workspace");
    Ok(c.prepare_cached(&sql)?
        .query_row(named_params! { ":id": id, ":workspace": workspace }, from_row)?)
}

/// What is scheduled.
pub struct NewScheduled<'a> {
    pub kind: Kind,
    pub body: &'a str,
    pub content: Option<&'a str>,
    pub files: &'a [FileId],
    pub due_at: UnixMs,
}

pub fn insert(
    c: &Connection,
    workspace: WorkspaceId,
    chat: ChatId,
    author: Option<UserId>,
    new: &NewScheduled<'_>,
    now: UnixMs,
) -> db::Result<PublicId> {
    let id = PublicId::new("sch");
    c.prepare_cached(
        "INSERT INTO scheduled_messages (public_id, workspace_id, chat_id, author_id, kind, body, content, due_at, created_at)
         VALUES (:id, :workspace, :chat, :author, :kind, :body, :content, :due, :now)",
    )?
    .execute(named_params! {
        ":id": id, ":workspace": workspace, ":chat": chat, ":author": author, ":kind": new.kind, ":body": new.body,
        ":content": new.content, ":due": new.due_at, ":now": now,
    })?;
    let row = c.last_insert_rowid();
    for file in new.files {
        c.prepare_cached("INSERT OR IGNORE INTO scheduled_files (scheduled_id, file_id) VALUES (:row, :file)")?
            .execute(named_params! { ":row": row, ":file": file })?;
    }
    Ok(id)
}

/// Other words, another time; what kept it from going out is forgotten.
pub fn update(
    c: &Connection,
    workspace: WorkspaceId,
    id: &PublicId,
    body: &str,
    content: Option<&str>,
    due: UnixMs,
) -> db::Result<()> {
    let changed = c
        .prepare_cached(
            "UPDATE scheduled_messages SET body = :body, content = :content, due_at = :due, failure = NULL
              WHERE public_id = :id AND workspace_id = :workspace",
        )?
        .execute(named_params! {
            ":id": id, ":workspace": workspace, ":body": body, ":content": content, ":due": due,
        })?;
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
    c.prepare_cached(
        "SELECT workspace_id FROM scheduled_messages WHERE public_id = :id AND due_at <= :now AND failure IS NULL",
    )?
    .maybe(named_params! { ":id": id, ":now": now }, |row| row.get(0))
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
