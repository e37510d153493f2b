//! SQL of chats and messages: here what writes them, in `changes` what changes them, in `read` what pages show.

pub(super) mod changes;
pub(super) mod read;

#[cfg(test)]
mod plans;

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use wa_client::{Address, Media};

use super::model::{ChatKind, Detail, Failure, Kind, MessageDraft, Origin, Status};
use crate::clock::UnixMs;
use crate::contacts::{self, Identity};
use crate::db::{self, DbError};
use crate::events::{self, Event};
use crate::ids::{ChatId, ContactId, MessageId, PublicId, SessionId, UserId, WorkspaceId};

/// The sender that stands for the session's own account.
pub(in crate::chats) const OURSELVES: ContactId = ContactId(0);

/// How many read messages of a chat are told to WhatsApp; it marks what is older by itself.
const READ_MARKS: u32 = 500;

/// A chat as other rooms handle it within a transaction.
#[derive(Clone)]
pub struct ChatRef {
    pub id: ChatId,
    pub public_id: PublicId,
    pub workspace: WorkspaceId,
    pub session: SessionId,
    pub session_public: PublicId,
    pub kind: ChatKind,
    /// Where a message is sent to.
    pub address: Address,
    pub contact: Option<ContactId>,
}

const REF_COLUMNS: &str =
    "ch.id, ch.public_id, ch.workspace_id, ch.session_id, se.public_id, ch.kind, ch.address, ch.contact_id";

fn ref_from_row(row: &Row<'_>) -> rusqlite::Result<ChatRef> {
    let address: String = row.get(6)?;
    Ok(ChatRef {
        id: row.get(0)?,
        public_id: row.get(1)?,
        workspace: row.get(2)?,
        session: row.get(3)?,
        session_public: row.get(4)?,
        kind: row.get(5)?,
        address: address.parse().unwrap_or(Address::Other(address)),
        contact: row.get(7)?,
    })
}

/// The chat with this public id.
///
/// # Errors
/// `NotFound`, also for a chat of another workspace or of a deleted number.
pub fn ref_in(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<ChatRef> {
    let sql = format!(
        "SELECT {REF_COLUMNS} FROM chats ch JOIN sessions se ON se.id = ch.session_id AND se.deleted_at IS NULL
          WHERE ch.public_id = :id AND ch.workspace_id = :workspace"
    );
    Ok(c.prepare_cached(&sql)?.query_row(named_params! { ":id": id, ":workspace": workspace }, ref_from_row)?)
}

fn by_id(c: &Connection, id: ChatId) -> db::Result<ChatRef> {
    let sql = format!(
        "SELECT {REF_COLUMNS} FROM chats ch JOIN sessions se ON se.id = ch.session_id WHERE ch.id = :id"
    );
    Ok(c.prepare_cached(&sql)?.query_row(named_params! { ":id": id }, ref_from_row)?)
}

/// The chat of `session` with whoever has `address`, made if there is none.
///
/// # Errors
/// When the rows cannot be written.
pub fn open_in(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    address: &Address,
    now: UnixMs,
) -> db::Result<ChatRef> {
    let who = Identity { address, alt: None, push_name: None };
    let chat = place(c, workspace, session, who, now)?.chat;
    by_id(c, chat)
}

/// The chat of `session` with a contact, made if there is none.
///
/// # Errors
/// `NotFound` for a contact without an address; else when the rows cannot be written.
pub fn open_contact_in(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    contact: ContactId,
    now: UnixMs,
) -> db::Result<ChatRef> {
    if let Some(chat) = chat_with(c, session, contact)? {
        return by_id(c, chat.chat);
    }
    let address: String = c
        .prepare_cached(
            // A number that people gave is preferred: it is what they mean, and WhatsApp finds the rest from it.
            "SELECT address FROM contact_addresses WHERE contact_id = :contact ORDER BY kind = 'phone' DESC LIMIT 1",
        )?
        .query_row(named_params! { ":contact": contact }, |row| row.get(0))?;
    let address = address.parse().map_err(|_| DbError::NotFound)?;
    open_in(c, workspace, session, &address, now)
}

/// Where a message belongs.
#[derive(Clone)]
pub(in crate::chats) struct Place {
    pub chat: ChatId,
    pub public_id: PublicId,
    pub contact: Option<ContactId>,
}

/// Finds or makes the chat with `who`. The usual message costs one look at one index; what it tells anew about the
/// person (a second address, a name) is learned on the way.
pub(in crate::chats) fn place(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    who: Identity<'_>,
    now: UnixMs,
) -> db::Result<Place> {
    let address = who.address.to_string();
    let found = c
        .prepare_cached(
            "SELECT ch.id, ch.public_id, ch.contact_id, co.push_name
               FROM chats ch LEFT JOIN contacts co ON co.id = ch.contact_id
              WHERE ch.session_id = :session AND ch.address = :address",
        )?
        .query_row(named_params! { ":session": session, ":address": address }, |row| {
            let push_name: Option<String> = row.get(3)?;
            Ok((Place { chat: row.get(0)?, public_id: row.get(1)?, contact: row.get(2)? }, push_name))
        })
        .optional()?;
    let kind = kind_of(who.address);
    if let Some((place, push_name)) = found {
        let same_name = who.push_name.is_none_or(|name| push_name.as_deref() == Some(name.trim()));
        if kind != ChatKind::Direct || (same_name && knows_alt(c, workspace, who.alt, place.contact)?) {
            return Ok(place);
        }
    }
    if kind != ChatKind::Direct {
        return insert(c, workspace, session, kind, &address, None, now);
    }
    let contact = person(c, workspace, who, now)?;
    match chat_with(c, session, contact)? {
        Some(place) => {
            // WhatsApp may have begun to address this person in another way: answers follow it.
            c.prepare_cached("UPDATE chats SET address = :address WHERE id = :id AND address <> :address")?
                .execute(named_params! { ":address": address, ":id": place.chat })?;
            Ok(place)
        }
        None => insert(c, workspace, session, kind, &address, Some(contact), now),
    }
}

/// Whether the other address of a person is known to be theirs.
fn knows_alt(
    c: &Connection,
    workspace: WorkspaceId,
    alt: Option<&Address>,
    contact: Option<ContactId>,
) -> db::Result<bool> {
    let Some(alt) = alt else { return Ok(true) };
    let owner: Option<ContactId> = c
        .prepare_cached("SELECT contact_id FROM contact_addresses WHERE workspace_id = :workspace AND address = :alt")?
        .query_row(named_params! { ":workspace": workspace, ":alt": alt.to_string() }, |row| row.get(0))
        .optional()?;
    Ok(owner.is_some() && owner == contact)
}

/// The contact behind an identity. When it turns out to be two that we knew, their chats become one as well.
pub(in crate::chats) fn person(
    c: &Connection,
    workspace: WorkspaceId,
    who: Identity<'_>,
    now: UnixMs,
) -> db::Result<ContactId> {
    let known = contacts::known_in(c, workspace, who, now)?;
    if let Some(gone) = known.merged {
        changes::merge_contact(c, workspace, known.contact, gone, now)?;
    }
    Ok(known.contact)
}

pub(in crate::chats) fn kind_of(address: &Address) -> ChatKind {
    match address {
        Address::Phone(_) | Address::Lid(_) => ChatKind::Direct,
        Address::Group(_) => ChatKind::Group,
        Address::Other(_) => ChatKind::Other,
    }
}

/// The chat at `address`, in whichever way the person is addressed, if there is one.
pub(in crate::chats) fn find(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    address: &Address,
) -> db::Result<Option<Place>> {
    let sql = "SELECT ch.id, ch.public_id, ch.contact_id FROM chats ch
                WHERE ch.session_id = :session AND ch.address = :address
                UNION ALL
               SELECT ch.id, ch.public_id, ch.contact_id FROM contact_addresses a
                 JOIN chats ch ON ch.session_id = :session AND ch.contact_id = a.contact_id
                WHERE a.workspace_id = :workspace AND a.address = :address
                LIMIT 1";
    let params = named_params! { ":session": session, ":workspace": workspace, ":address": address.to_string() };
    Ok(c.prepare_cached(sql)?.query_row(params, place_from_row).optional()?)
}

fn place_from_row(row: &Row<'_>) -> rusqlite::Result<Place> {
    Ok(Place { chat: row.get(0)?, public_id: row.get(1)?, contact: row.get(2)? })
}

fn chat_with(c: &Connection, session: SessionId, contact: ContactId) -> db::Result<Option<Place>> {
    Ok(c.prepare_cached(
        "SELECT id, public_id, contact_id FROM chats WHERE session_id = :session AND contact_id = :contact",
    )?
    .query_row(named_params! { ":session": session, ":contact": contact }, place_from_row)
    .optional()?)
}

fn insert(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    kind: ChatKind,
    address: &str,
    contact: Option<ContactId>,
    now: UnixMs,
) -> db::Result<Place> {
    let public_id = PublicId::new("chat");
    c.prepare_cached(
        "INSERT INTO chats (public_id, workspace_id, session_id, kind, address, contact_id, created_at)
         VALUES (:public, :workspace, :session, :kind, :address, :contact, :now)",
    )?
    .execute(named_params! {
        ":public": public_id, ":workspace": workspace, ":session": session, ":kind": kind, ":address": address,
        ":contact": contact, ":now": now,
    })?;
    Ok(Place { chat: ChatId(c.last_insert_rowid()), public_id, contact })
}

/// A message to be written.
pub(in crate::chats) struct NewMessage<'a> {
    pub public_id: PublicId,
    pub workspace: WorkspaceId,
    pub session: SessionId,
    pub chat: ChatId,
    pub wa_id: &'a str,
    pub sender: ContactId,
    pub kind: Kind,
    pub origin: Origin,
    pub status: Status,
    pub at: UnixMs,
    pub unread: bool,
    pub body: Option<&'a str>,
    pub detail: Option<&'a Detail>,
    pub quoted_wa_id: Option<&'a str>,
    pub author: Option<UserId>,
    pub raw: Option<Vec<u8>>,
}

/// What came of writing a message.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::chats) enum Written {
    New(MessageId),
    /// It was there as undecryptable and has become readable.
    Readable(MessageId, PublicId),
    /// It was there.
    Known,
}

pub(in crate::chats) fn insert_message(c: &Connection, message: &NewMessage<'_>, now: UnixMs) -> db::Result<Written> {
    let detail = message.detail.map(serde_json::to_string).transpose();
    let detail = detail.map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
    let written: Option<(MessageId, PublicId)> = c
        .prepare_cached(include_str!("sql/insert_message.sql"))?
        .query_row(
            named_params! {
                ":public": message.public_id, ":workspace": message.workspace, ":session": message.session,
                ":chat": message.chat, ":wa_id": message.wa_id, ":sender": message.sender, ":kind": message.kind,
                ":origin": message.origin, ":status": message.status, ":at": message.at,
                ":shown": message.kind.is_shown(), ":unread": message.unread, ":body": message.body,
                ":detail": detail, ":quoted": message.quoted_wa_id, ":author": message.author, ":now": now,
                ":raw": message.raw,
            },
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let written = match written {
        None => return Ok(Written::Known),
        Some((id, public_id)) if public_id == message.public_id => Written::New(id),
        Some((id, public_id)) => Written::Readable(id, public_id),
    };
    if let (Some(body), true) = (message.body.filter(|body| !body.is_empty()), message.kind.is_shown()) {
        let (Written::New(id) | Written::Readable(id, _)) = &written else { return Ok(written) };
        add_to_search(c, *id, body)?;
    }
    Ok(written)
}

pub(in crate::chats) fn set_raw(c: &Connection, message: MessageId, sealed: &[u8]) -> db::Result<()> {
    c.prepare_cached("UPDATE messages SET raw = :raw WHERE id = :id")?
        .execute(named_params! { ":raw": sealed, ":id": message })?;
    Ok(())
}

/// Where the media file of a message is and how to open it; `sealed_key` is the media key, sealed.
pub(in crate::chats) fn insert_media(c: &Connection, message: MessageId, media: &Media, sealed_key: &[u8]) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO media (message_id, mime, file_name, seconds, width, height, size, direct_path, media_key, sha256,
                            enc_sha256, thumbnail)
         VALUES (:message, :mime, :file_name, :seconds, :width, :height, :size, :direct_path, :media_key, :sha256,
                 :enc_sha256, :thumbnail)",
    )?
    .execute(named_params! {
        ":message": message, ":mime": media.mime, ":file_name": media.file_name, ":seconds": media.seconds,
        ":width": media.width, ":height": media.height,
        ":size": media.size.map(|size| i64::try_from(size).unwrap_or(i64::MAX)),
        ":direct_path": media.direct_path, ":media_key": sealed_key, ":sha256": media.sha256,
        ":enc_sha256": media.enc_sha256, ":thumbnail": media.thumbnail,
    })?;
    Ok(())
}

pub(in crate::chats) fn add_to_search(c: &Connection, message: MessageId, body: &str) -> db::Result<()> {
    c.prepare_cached("INSERT INTO messages_search (rowid, body) VALUES (:id, :body)")?
        .execute(named_params! { ":id": message, ":body": body })?;
    Ok(())
}

/// `body` must be what was added: an index with external content cannot look it up.
pub(in crate::chats) fn remove_from_search(c: &Connection, message: MessageId, body: &str) -> db::Result<()> {
    c.prepare_cached("INSERT INTO messages_search (messages_search, rowid, body) VALUES ('delete', :id, :body)")?
        .execute(named_params! { ":id": message, ":body": body })?;
    Ok(())
}

/// Brings the chat's row in step with a message that is new in it.
pub(in crate::chats) fn touch(
    c: &Connection,
    chat: ChatId,
    message: MessageId,
    at: UnixMs,
    theirs: bool,
    unread: bool,
) -> db::Result<()> {
    c.prepare_cached(
        "UPDATE chats
            SET unread = unread + :unread, answered = MAX(answered, :theirs),
                last_message_id = CASE
                    WHEN (:at, :message) > (last_message_at, COALESCE(last_message_id, 0)) THEN :message
                    ELSE last_message_id END,
                last_message_at = MAX(last_message_at, :at)
          WHERE id = :chat",
    )?
    .execute(named_params! {
        ":chat": chat, ":message": message, ":at": at, ":theirs": theirs, ":unread": unread,
    })?;
    Ok(())
}

/// Writes a message of ours before it is sent; its status is pending.
///
/// # Errors
/// When the rows cannot be written.
pub fn write_in(c: &Connection, draft: &MessageDraft, now: UnixMs) -> db::Result<(MessageId, PublicId)> {
    let public_id = PublicId::new("msg");
    let message = NewMessage {
        public_id: public_id.clone(),
        workspace: draft.workspace,
        session: draft.session,
        chat: draft.chat,
        wa_id: &draft.wa_id,
        sender: OURSELVES,
        kind: Kind::Text,
        origin: Origin::App,
        status: Status::Pending,
        at: now,
        unread: false,
        body: Some(&draft.body),
        detail: None,
        quoted_wa_id: None,
        author: draft.author,
        raw: None,
    };
    let Written::New(id) = insert_message(c, &message, now)? else {
        return Err(DbError::Constraint("a new message has the WhatsApp id of an old one".to_owned()));
    };
    touch(c, draft.chat, id, now, false, false)?;
    Ok((id, public_id))
}

/// Moves a message of ours forward and appends the event. A status that would go back changes nothing.
///
/// # Errors
/// When the rows cannot be written.
pub fn set_status_in(
    c: &Connection,
    message: MessageId,
    status: Status,
    failure: Option<Failure>,
    now: UnixMs,
) -> db::Result<bool> {
    let sql = format!("UPDATE messages SET {SET_STATUS} WHERE id = :message AND {FORWARD} RETURNING {STATUS_COLUMNS}");
    let changed = c
        .prepare_cached(&sql)?
        .query_row(
            named_params! {
                ":message": message, ":status": status, ":failure": failure, ":rank": status.rank(),
            },
            status_from_row,
        )
        .optional()?;
    tell_status(c, changed, status, now)
}

/// A failed message of ours waits to be sent again.
///
/// # Errors
/// When the rows cannot be written.
pub fn reopen_in(c: &Connection, message: MessageId, now: UnixMs) -> db::Result<bool> {
    let sql = format!(
        "UPDATE messages SET status = 'pending', failure = NULL WHERE id = :message AND status = 'failed'
         RETURNING {STATUS_COLUMNS}"
    );
    let changed = c
        .prepare_cached(&sql)?
        .query_row(named_params! { ":message": message }, status_from_row)
        .optional()?;
    tell_status(c, changed, Status::Pending, now)
}

/// [`set_status_in`] for whoever knows only the WhatsApp id of a message of ours. `Some` is the workspace to nudge.
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
    let changed = c
        .prepare_cached(&sql)?
        .query_row(
            named_params! {
                ":session": session, ":wa_id": wa_id, ":status": status, ":failure": None::<Failure>,
                ":rank": status.rank(),
            },
            status_from_row,
        )
        .optional()?;
    let workspace = changed.as_ref().map(|changed| changed.workspace);
    tell_status(c, changed, status, now)?;
    Ok(workspace)
}

const SET_STATUS: &str = "status = :status, failure = :failure";
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
    Ok(StatusChange { workspace: row.get(0)?, message: row.get(1)?, chat: row.get(2)? })
}

fn tell_status(c: &Connection, changed: Option<StatusChange>, status: Status, now: UnixMs) -> db::Result<bool> {
    let Some(StatusChange { workspace, message, chat }) = changed else { return Ok(false) };
    let event = Event::MessageStatus { chat, message, status: status.word().to_owned() };
    events::append(c, workspace, &event, now)?;
    Ok(true)
}

/// Marks everything in the chat as read and notes what WhatsApp has to be told. Says whether anything was unread.
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

/// Our phone has read the chat up to one of these messages.
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
    if changed > 0 {
        c.prepare_cached(
            "UPDATE chats SET unread = (SELECT COUNT(*) FROM messages WHERE chat_id = :chat AND unread = 1)
              WHERE id = :chat",
        )?
        .execute(named_params! { ":chat": chat })?;
    }
    Ok(changed > 0)
}

/// Read messages that WhatsApp has to be told about, of one chat and sender, oldest first.
pub(in crate::chats) struct ReadMark {
    pub id: i64,
    pub chat: ChatId,
    pub chat_address: Address,
    /// Who wrote it, where the chat does not say it already.
    pub sender: Option<Address>,
    pub wa_id: String,
}

pub(in crate::chats) fn read_marks(c: &Connection, session: SessionId, limit: u32) -> db::Result<Vec<ReadMark>> {
    let mut statement = c.prepare_cached(
        "SELECT r.id, r.chat_id, ch.address, r.wa_id,
                CASE WHEN ch.kind = 'direct' THEN NULL ELSE
                    (SELECT a.address FROM contact_addresses a WHERE a.contact_id = r.sender LIMIT 1) END
           FROM read_marks r JOIN chats ch ON ch.id = r.chat_id
          WHERE r.session_id = :session ORDER BY r.id LIMIT :limit",
    )?;
    let rows = statement.query_map(named_params! { ":session": session, ":limit": limit }, |row| {
        let (chat_address, sender): (String, Option<String>) = (row.get(2)?, row.get(4)?);
        Ok(ReadMark {
            id: row.get(0)?,
            chat: row.get(1)?,
            chat_address: chat_address.parse().unwrap_or(Address::Other(chat_address)),
            sender: sender.and_then(|sender| sender.parse().ok()),
            wa_id: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(in crate::chats) fn drop_read_marks(c: &Connection, ids: &[i64]) -> db::Result<()> {
    for id in ids {
        c.prepare_cached("DELETE FROM read_marks WHERE id = :id")?.execute(named_params! { ":id": id })?;
    }
    Ok(())
}

/// Deletes up to `limit` messages of a deleted session, or its chats once no message is left, or its row once no chat
/// is. Says whether there is more to do.
pub(in crate::chats) fn clear_deleted(c: &Connection, session: SessionId, limit: u32) -> db::Result<bool> {
    let mut statement = c.prepare_cached(
        "SELECT m.id, CASE WHEN m.shown THEN m.body END FROM chats ch JOIN messages m ON m.chat_id = ch.id
          WHERE ch.session_id = :session LIMIT :limit",
    )?;
    let rows = statement.query_map(named_params! { ":session": session, ":limit": limit }, |row| {
        Ok((row.get::<_, MessageId>(0)?, row.get::<_, Option<String>>(1)?))
    })?;
    let messages: Vec<_> = rows.collect::<Result<_, _>>()?;
    if messages.is_empty() {
        c.execute("DELETE FROM chats WHERE session_id = :session", named_params! { ":session": session })?;
        crate::sessions::drop_deleted_in(c, session)?;
        return Ok(false);
    }
    for (id, body) in messages {
        if let Some(body) = body.filter(|body| !body.is_empty()) {
            remove_from_search(c, id, &body)?;
        }
        c.prepare_cached("DELETE FROM messages WHERE id = :id")?.execute(named_params! { ":id": id })?;
    }
    Ok(true)
}
