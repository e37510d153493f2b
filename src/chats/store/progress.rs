//! SQL of changes after a message is written: statuses, reading, and the deletion of a number.

use rusqlite::{Connection, Row, named_params};
use wa_client::Address;

use super::{ChatRef, search};
use crate::chats::model::{Failure, Status};
use crate::clock::UnixMs;
use crate::contacts;
use crate::db::{self, Rows as _};
use crate::events::{self, Event};
use crate::ids::{ChatId, ContactId, MessageId, PublicId, SessionId, UserId, WorkspaceId};

/// Read marks of a chat sent to WhatsApp; it marks everything older by itself.
const READ_MARKS: u32 = 500;

/// Moves a message of ours forward and appends the event. A status of lower rank changes nothing.
pub fn set_status_in(
    c: &Connection,
    message: MessageId,
    status: Status,
    failure: Option<Failure>,
    now: UnixMs,
) -> db::Result<bool> {
    let sql = format!("UPDATE messages SET {SET_STATUS} WHERE id = :message AND {FORWARD} RETURNING {STATUS_COLUMNS}");
    let changed = c.prepare_cached(&sql)?.maybe(
        named_params! {
            ":message": message, ":status": status, ":failure": failure, ":rank": status.rank(), ":now": now,
        },
        status_from_row,
    )?;
    tell_status(c, changed, status, now)
}

/// Sets a failed message of ours back to pending.
pub fn reopen_in(c: &Connection, message: MessageId, now: UnixMs) -> db::Result<bool> {
    let sql = format!(
        "UPDATE messages SET status = 'pending', failure = NULL WHERE id = :message AND status = 'failed'
         RETURNING {STATUS_COLUMNS}"
    );
    let changed = c
        .prepare_cached(&sql)?
        .maybe(named_params! { ":message": message }, status_from_row)?;
    tell_status(c, changed, Status::Pending, now)
}

/// [`set_status_in`] for callers that know only a message's WhatsApp id. `Some` is the workspace to nudge.
pub(in crate::chats) fn advance(
    c: &Connection,
    session: SessionId,
    wa_id: &str,
    status: Status,
    now: UnixMs,
) -> db::Result<Option<WorkspaceId>> {
    let sql = format!(
        "UPDATE messages SET {SET_STATUS} WHERE session_id = :session AND wa_id = :wa_id AND sender = 0 AND {FORWARD}
         RETURNING {STATUS_COLUMNS}"
    );
    let changed = c.prepare_cached(&sql)?.maybe(
        named_params! {
            ":session": session, ":wa_id": wa_id, ":status": status, ":failure": None::<Failure>,
            ":rank": status.rank(), ":now": now,
        },
        status_from_row,
    )?;
    let workspace = changed.as_ref().map(|changed| changed.workspace);
    tell_status(c, changed, status, now)?;
    Ok(workspace)
}

/// Who has read a message has got it; each step keeps its first time. A message to one person awaits a receipt from when
/// WhatsApp took it.
const SET_STATUS: &str = "status = :status, failure = :failure,
    sent_at = CASE WHEN :rank >= 2 THEN COALESCE(sent_at, :now) ELSE sent_at END,
    delivered_at = CASE WHEN :rank >= 3 THEN COALESCE(delivered_at, :now) ELSE delivered_at END,
    read_at = CASE WHEN :rank >= 4 THEN COALESCE(read_at, :now) ELSE read_at END,
    played_at = CASE WHEN :rank >= 5 THEN COALESCE(played_at, :now) ELSE played_at END,
    awaits_receipt_since = CASE WHEN :rank <> 2 THEN awaits_receipt_since
        WHEN origin = 'app' AND (SELECT kind FROM chats WHERE id = chat_id) = 'direct' THEN :now END";
/// `Status::rank` in SQL.
const FORWARD: &str = "CASE status WHEN 'failed' THEN 1 WHEN 'sent' THEN 2 WHEN 'delivered' THEN 3 WHEN 'read' THEN 4
                       WHEN 'played' THEN 5 ELSE 0 END < :rank";
const STATUS_COLUMNS: &str = "workspace_id, public_id, (SELECT public_id FROM chats WHERE id = chat_id)";

struct StatusChange {
    workspace: WorkspaceId,
    message: PublicId,
    chat: PublicId,
}

fn status_from_row(row: &Row<'_>) -> rusqlite::Result<StatusChange> {
    Ok(StatusChange {
        workspace: row.get(0)?,
        message: row.get(1)?,
        chat: row.get(2)?,
    })
}

fn tell_status(c: &Connection, changed: Option<StatusChange>, status: Status, now: UnixMs) -> db::Result<bool> {
    let Some(StatusChange {
        workspace,
        message,
        chat,
    }) = changed
    else {
        return Ok(false);
    };
    let event = Event::MessageStatus {
        chat,
        message,
        status: status.word().to_owned(),
    };
    events::append(c, workspace, &event, now)?;
    Ok(true)
}

/// Deletes a chat in which no message ever reached anybody, since the number is not on WhatsApp, and the contact
/// created for it. Returns whether it did.
pub fn drop_unreached_in(c: &Connection, message: MessageId, now: UnixMs) -> db::Result<bool> {
    let chat: Option<Unreached> = c
        .prepare_cached(
            "SELECT ch.id, ch.workspace_id, ch.public_id, ch.contact_id, ch.created_at
               FROM messages m JOIN chats ch ON ch.id = m.chat_id
              WHERE m.id = :message AND ch.kind = 'direct' AND NOT EXISTS (
                    SELECT 1 FROM messages o WHERE o.chat_id = ch.id AND NOT (
                           o.sender = 0 AND o.status = 'failed' AND o.failure IS 'not_on_whatsapp'))",
        )?
        .maybe(named_params! { ":message": message }, |row| {
            Ok(Unreached {
                id: row.get(0)?,
                workspace: row.get(1)?,
                public_id: row.get(2)?,
                contact: row.get(3)?,
                made_at: row.get(4)?,
            })
        })?;
    let Some(chat) = chat else { return Ok(false) };
    super::changes::drop_rest(c, chat.id)?;
    c.prepare_cached("DELETE FROM chats WHERE id = :id")?
        .execute(named_params! { ":id": chat.id })?;
    if let Some(contact) = chat.contact {
        contacts::drop_unused_in(c, contact, chat.made_at)?;
    }
    events::append(c, chat.workspace, &Event::ChatChanged { chat: chat.public_id }, now)?;
    Ok(true)
}

struct Unreached {
    id: ChatId,
    workspace: WorkspaceId,
    public_id: PublicId,
    contact: Option<ContactId>,
    made_at: UnixMs,
}

/// Removes our copy of a message and everything that shows with it. Its row stays, blank, so that WhatsApp's delivering
/// it again brings nothing back.
///
/// # Errors
/// `NotFound` for one that is not in the conversation.
pub fn remove_in(c: &Connection, chat: &ChatRef, message: &PublicId, now: UnixMs) -> db::Result<()> {
    let (id, wa_id): (MessageId, String) = c
        .prepare_cached("SELECT id, wa_id FROM messages WHERE public_id = :message AND chat_id = :chat AND shown = 1")?
        .query_row(named_params! { ":message": message, ":chat": chat.id }, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    c.prepare_cached(
        // One that could not be decrypted yet must not become readable later.
        "UPDATE messages SET shown = 0, unread = 0, deleted_at = COALESCE(deleted_at, :now),
                kind = iif(kind = 'undecryptable', 'protocol', kind), body = NULL, words = NULL, detail = NULL,
                context = NULL, quoted_wa_id = NULL, quote = NULL, original = NULL, raw = NULL
          WHERE id = :id",
    )?
    .execute(named_params! { ":id": id, ":now": now })?;
    c.prepare_cached("DELETE FROM media WHERE message_id = :id")?
        .execute(named_params! { ":id": id })?;
    for table in ["reactions", "answers", "pins"] {
        c.prepare_cached(&format!(
            "DELETE FROM {table} WHERE chat_id = :chat AND target_wa_id = :wa_id"
        ))?
        .execute(named_params! { ":chat": chat.id, ":wa_id": wa_id })?;
    }
    search::remove(c, id)?;
    super::recount(c, chat.id)?;
    let (workspace, chat) = (chat.workspace, chat.public_id.clone());
    let event = Event::MessageChanged {
        chat,
        message: message.clone(),
    };
    events::append(c, workspace, &event, now)?;
    Ok(())
}

/// Marks the chat as read and stores the read marks for WhatsApp. Returns whether anything was unread.
pub(in crate::chats) fn mark_read(c: &Connection, chat: &ChatRef) -> db::Result<bool> {
    c.prepare_cached(
        "INSERT INTO read_marks (session_id, chat_id, sender, wa_id)
         SELECT session_id, chat_id, sender, wa_id FROM messages
          WHERE chat_id = :chat AND unread = 1 ORDER BY id DESC LIMIT :limit",
    )?
    .execute(named_params! { ":chat": chat.id, ":limit": READ_MARKS })?;
    c.prepare_cached("UPDATE messages SET unread = 0 WHERE chat_id = :chat AND unread = 1")?
        .execute(named_params! { ":chat": chat.id })?;
    let changed = c
        .prepare_cached("UPDATE chats SET unread = 0 WHERE id = :chat AND unread > 0")?
        .execute(named_params! { ":chat": chat.id })?;
    Ok(changed > 0)
}

/// The phone has read the chat up to one of these messages.
pub(in crate::chats) fn read_elsewhere(c: &Connection, chat: ChatId, wa_ids: &[String]) -> db::Result<bool> {
    let mut newest: Option<MessageId> = None;
    for wa_id in wa_ids {
        let id: Option<MessageId> = c
            .prepare_cached("SELECT MAX(id) FROM messages WHERE chat_id = :chat AND wa_id = :wa_id")?
            .query_row(named_params! { ":chat": chat, ":wa_id": wa_id }, |row| row.get(0))?;
        newest = newest.max(id);
    }
    let changed = c
        .prepare_cached("UPDATE messages SET unread = 0 WHERE chat_id = :chat AND unread = 1 AND id <= :newest")?
        .execute(named_params! { ":chat": chat, ":newest": newest })?;
    recount(c, chat, changed)
}

/// The phone has marked everything up to then as read. Messages tell their time in whole seconds.
pub(in crate::chats) fn read_until(c: &Connection, chat: ChatId, at: UnixMs) -> db::Result<bool> {
    let changed = c
        .prepare_cached("UPDATE messages SET unread = 0 WHERE chat_id = :chat AND unread = 1 AND at <= :at")?
        .execute(named_params! { ":chat": chat, ":at": at })?;
    recount(c, chat, changed)
}

fn recount(c: &Connection, chat: ChatId, changed: usize) -> db::Result<bool> {
    if changed > 0 {
        c.prepare_cached(
            "UPDATE chats SET unread = (SELECT COUNT(*) FROM messages WHERE chat_id = :chat AND unread = 1)
              WHERE id = :chat",
        )?
        .execute(named_params! { ":chat": chat })?;
    }
    Ok(changed > 0)
}

/// Read messages of one chat and sender that WhatsApp has to be notified of, oldest first.
pub(in crate::chats) struct ReadMark {
    pub id: i64,
    pub chat: ChatId,
    pub chat_address: Address,
    /// The sender, where the chat does not identify it.
    pub sender: Option<Address>,
    pub wa_id: String,
}

pub(in crate::chats) fn read_marks(c: &Connection, session: SessionId, limit: u32) -> db::Result<Vec<ReadMark>> {
    c.prepare_cached(
        "SELECT r.id, r.chat_id, ch.address, r.wa_id,
                CASE WHEN ch.kind = 'direct' THEN NULL ELSE
                    (SELECT a.address FROM contact_addresses a WHERE a.contact_id = r.sender LIMIT 1) END
           FROM read_marks r JOIN chats ch ON ch.id = r.chat_id
          WHERE r.session_id = :session ORDER BY r.id LIMIT :limit",
    )?
    .all(named_params! { ":session": session, ":limit": limit }, |row| {
        let (chat_address, sender): (String, Option<String>) = (row.get(2)?, row.get(4)?);
        Ok(ReadMark {
            id: row.get(0)?,
            chat: row.get(1)?,
            chat_address: chat_address.parse().unwrap_or(Address::Other(chat_address)),
            sender: sender.and_then(|sender| sender.parse().ok()),
            wa_id: row.get(3)?,
        })
    })
}

pub(in crate::chats) fn drop_read_marks(c: &Connection, ids: &[i64]) -> db::Result<()> {
    for id in ids {
        c.prepare_cached("DELETE FROM read_marks WHERE id = :id")?
            .execute(named_params! { ":id": id })?;
    }
    Ok(())
}

/// Deletes up to `limit` messages of a deleted session, then its chats, then its row. Returns whether there is more to
/// delete.
pub fn clear_deleted(c: &Connection, session: SessionId, limit: u32) -> db::Result<bool> {
    let messages: Vec<MessageId> = {
        c.prepare_cached("SELECT m.id FROM chats ch JOIN messages m ON m.chat_id = ch.id WHERE ch.session_id = :session LIMIT :limit")?.all(named_params! { ":session": session, ":limit": limit }, |row| row.get(0))?
    };
    if messages.is_empty() {
        search::remove_groups(c, session)?;
        c.execute(
            "DELETE FROM chats WHERE session_id = :session",
            named_params! { ":session": session },
        )?;
        crate::sessions::drop_deleted_in(c, session)?;
        return Ok(false);
    }
    for id in messages {
        search::remove(c, id)?;
        c.prepare_cached("DELETE FROM messages WHERE id = :id")?
            .execute(named_params! { ":id": id })?;
    }
    Ok(true)
}

/// Removes the user's name from up to `limit` messages; false when none had it any more.
pub fn forget_authorship_in(c: &Connection, user: UserId, limit: u32) -> db::Result<bool> {
    let sql = "UPDATE messages SET author = NULL
                WHERE id IN (SELECT id FROM messages WHERE author = :user LIMIT :limit)";
    let changed = c
        .prepare_cached(sql)?
        .execute(named_params! { ":user": user, ":limit": limit })?;
    Ok(changed > 0)
}
