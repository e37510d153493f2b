//! SQL of chats and messages: `mod` writes them, `changes` changes them, `read` serves the pages.

pub(super) mod cast;
pub(super) mod changes;
pub(super) mod details;
pub(super) mod drafts;
pub(super) mod files;
pub(super) mod group_lists;
pub(super) mod groups;
pub(super) mod handling;
pub(super) mod labels;
pub(super) mod listing;
pub(super) mod messages;
pub(super) mod notes;
pub(super) mod older;
pub(super) mod outgoing;
pub(super) mod people;
pub(super) mod progress;
pub(super) mod quick_replies;
pub(super) mod read;
pub(super) mod recall;
pub(super) mod receipts;
pub(super) mod scheduled;
pub(super) mod search;
pub(super) mod standing;
pub(super) mod unreached;

#[cfg(test)]
mod plans;

use rusqlite::{Connection, Row, named_params};
use wa_client::{Address, Context, Media, PersonNews, Registered};

use super::model::{ChatKind, Detail, Kind, Origin, Status, StoredQuote};
use crate::clock::UnixMs;
use crate::contacts::{self, Identity};
use crate::db::{self, DbError, Rows as _};
use crate::events::{self, Event};
use crate::ids::{ChatId, ContactId, MessageId, PublicId, SessionId, UserId, WorkspaceId};
use crate::media::FileId;
use search::Searched;

/// The sender that stands for the session's own account.
pub(in crate::chats) const OURSELVES: ContactId = ContactId(0);

/// A chat as other rooms use it within a transaction.
#[derive(Clone)]
pub struct ChatRef {
    pub id: ChatId,
    pub public_id: PublicId,
    pub workspace: WorkspaceId,
    pub session: SessionId,
    pub session_public: PublicId,
    pub kind: ChatKind,
    /// The address that messages are sent to.
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

/// The chat behind a public id: itself, or the one that has the messages of a chat that went.
pub(super) const BY_PUBLIC_ID: &str = "COALESCE(
    (SELECT x.id FROM chats x WHERE x.public_id = :id), (SELECT f.chat_id FROM former_chats f WHERE f.public_id = :id))";

/// The chat with this public id.
///
/// # Errors
/// `NotFound`, also for a chat of another workspace or of a deleted number.
pub fn ref_in(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<ChatRef> {
    let sql = format!(
        "SELECT {REF_COLUMNS} FROM chats ch JOIN sessions se ON se.id = ch.session_id AND se.deleted_at IS NULL
          WHERE ch.id = {BY_PUBLIC_ID} AND ch.workspace_id = :workspace"
    );
    Ok(c.prepare_cached(&sql)?
        .query_row(named_params! { ":id": id, ":workspace": workspace }, ref_from_row)?)
}

fn by_id(c: &Connection, id: ChatId) -> db::Result<ChatRef> {
    let sql = format!("SELECT {REF_COLUMNS} FROM chats ch JOIN sessions se ON se.id = ch.session_id WHERE ch.id = :id");
    Ok(c.prepare_cached(&sql)?
        .query_row(named_params! { ":id": id }, ref_from_row)?)
}

pub(in crate::chats) fn public_id(c: &Connection, chat: ChatId) -> db::Result<PublicId> {
    Ok(c.prepare_cached("SELECT public_id FROM chats WHERE id = :chat")?
        .query_row(named_params! { ":chat": chat }, |row| row.get(0))?)
}

/// The chat of `session` with `address`, created if there is none.
pub fn open_in(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    address: &Address,
    now: UnixMs,
) -> db::Result<ChatRef> {
    let who = Identity {
        address,
        alt: None,
        push_name: None,
    };
    let chat = place(c, workspace, session, who, now)?.chat;
    by_id(c, chat)
}

/// The chat of `session` with a contact, created if there is none.
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
            // A phone number that people gave is preferred: it is what they mean, and WhatsApp finds the rest from it.
            "SELECT address FROM contact_addresses WHERE contact_id = :contact
              ORDER BY kind = 'phone' DESC, typed LIMIT 1",
        )?
        .query_row(named_params! { ":contact": contact }, |row| row.get(0))?;
    let address = address.parse().map_err(|_| DbError::NotFound)?;
    open_in(c, workspace, session, &address, now)
}

/// WhatsApp registers the account of `typed` under another address: the contacts of both become one, with one chat, and
/// messages go to the account's own address.
pub fn registered_in(
    c: &Connection,
    workspace: WorkspaceId,
    typed: &Address,
    registered: &Registered,
    now: UnixMs,
) -> db::Result<()> {
    let address = &registered.address;
    let by = |alt| Identity {
        address,
        alt,
        push_name: None,
    };
    let mut contact = person(c, workspace, by(registered.lid.as_ref()), now)?;
    if typed != address {
        contact = person(c, workspace, by(Some(typed)), now)?;
        contacts::typed_in(c, workspace, typed)?;
    }
    c.prepare_cached("UPDATE chats SET address = :address WHERE contact_id = :contact AND address = :typed")?
        .execute(named_params! {
            ":address": address.to_string(), ":contact": contact, ":typed": typed.to_string(),
        })?;
    Ok(())
}

/// The chat of a message.
#[derive(Clone)]
pub(in crate::chats) struct ChatKey {
    pub chat: ChatId,
    pub public_id: PublicId,
    pub contact: Option<ContactId>,
}

/// Finds or creates the chat with `who`. The usual message costs one index lookup; new details of the person (a second
/// address, a name) are stored on the way.
pub(in crate::chats) fn place(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    who: Identity<'_>,
    now: UnixMs,
) -> db::Result<ChatKey> {
    let address = who.address.to_string();
    let found = c
        .prepare_cached(
            "SELECT ch.id, ch.public_id, ch.contact_id, co.push_name
               FROM chats ch LEFT JOIN contacts co ON co.id = ch.contact_id
              WHERE ch.session_id = :session AND ch.address = :address",
        )?
        .maybe(named_params! { ":session": session, ":address": address }, |row| {
            let push_name: Option<String> = row.get(3)?;
            Ok((
                ChatKey {
                    chat: row.get(0)?,
                    public_id: row.get(1)?,
                    contact: row.get(2)?,
                },
                push_name,
            ))
        })?;
    let kind = kind_of(who.address);
    if let Some((place, push_name)) = found {
        let same_name = who
            .push_name
            .is_none_or(|name| push_name.as_deref() == Some(name.trim()));
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
            // WhatsApp may use another address for this person from now on: answers use it too.
            c.prepare_cached("UPDATE chats SET address = :address WHERE id = :id AND address <> :address")?
                .execute(named_params! { ":address": address, ":id": place.chat })?;
            Ok(place)
        }
        None => insert(c, workspace, session, kind, &address, Some(contact), now),
    }
}

/// Whether the person's other address is known to be theirs.
fn knows_alt(
    c: &Connection,
    workspace: WorkspaceId,
    alt: Option<&Address>,
    contact: Option<ContactId>,
) -> db::Result<bool> {
    let Some(alt) = alt else { return Ok(true) };
    let owner: Option<ContactId> = c
        .prepare_cached("SELECT contact_id FROM contact_addresses WHERE workspace_id = :workspace AND address = :alt")?
        .maybe(
            named_params! { ":workspace": workspace, ":alt": alt.to_string() },
            |row| row.get(0),
        )?;
    Ok(owner.is_some() && owner == contact)
}

/// The contact of an identity. If it connects two known contacts, their chats are merged as well.
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

/// Stores news of a person. Their contacts and chats become one. Returns whether open pages are to be told.
pub(in crate::chats) fn learn(
    c: &Connection,
    workspace: WorkspaceId,
    news: &PersonNews,
    now: UnixMs,
) -> db::Result<bool> {
    if !contacts::is_news_in(c, workspace, news)? {
        return Ok(false);
    }
    let Some(learned) = contacts::learn_in(c, workspace, news, now)? else {
        return Ok(false);
    };
    for gone in learned.merged {
        changes::merge_contact(c, workspace, learned.contact, gone, now)?;
    }
    if let (Some(left), Some(address)) = (&news.left, news.addresses.first()) {
        c.prepare_cached("UPDATE chats SET address = :address WHERE contact_id = :contact AND address = :left")?
            .execute(named_params! {
                ":address": address.to_string(), ":contact": learned.contact, ":left": left.to_string(),
            })?;
    }
    let mut statement = c.prepare_cached("SELECT public_id FROM chats WHERE contact_id = :contact")?;
    let chats = statement.query_map(named_params! { ":contact": learned.contact }, |row| row.get(0))?;
    for chat in chats {
        events::append(c, workspace, &Event::ChatChanged { chat: chat? }, now)?;
    }
    Ok(true)
}

/// Public ids of chats that went into this one; pages of theirs may still be open.
pub(in crate::chats) fn former_ids(
    c: &Connection,
    workspace: WorkspaceId,
    chat: &PublicId,
) -> db::Result<Vec<PublicId>> {
    let mut statement = c.prepare_cached(
        "SELECT f.public_id FROM chats ch JOIN former_chats f ON f.chat_id = ch.id
          WHERE ch.public_id = :chat AND ch.workspace_id = :workspace",
    )?;
    statement.all(named_params! { ":chat": chat, ":workspace": workspace }, |row| {
        row.get(0)
    })
}

pub(in crate::chats) fn kind_of(address: &Address) -> ChatKind {
    match address {
        Address::Phone(_) | Address::Lid(_) => ChatKind::Direct,
        Address::Group(_) => ChatKind::Group,
        Address::Other(_) => ChatKind::Other,
    }
}

/// The chat at `address`, or at another address of the same person, if there is one.
pub(in crate::chats) fn find(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    address: &Address,
) -> db::Result<Option<ChatKey>> {
    let sql = "SELECT ch.id, ch.public_id, ch.contact_id FROM chats ch
                WHERE ch.session_id = :session AND ch.address = :address
                UNION ALL
               SELECT ch.id, ch.public_id, ch.contact_id FROM contact_addresses a
                 JOIN chats ch ON ch.session_id = :session AND ch.contact_id = a.contact_id
                WHERE a.workspace_id = :workspace AND a.address = :address
                LIMIT 1";
    let params = named_params! { ":session": session, ":workspace": workspace, ":address": address.to_string() };
    c.prepare_cached(sql)?.maybe(params, key_from_row)
}

fn key_from_row(row: &Row<'_>) -> rusqlite::Result<ChatKey> {
    Ok(ChatKey {
        chat: row.get(0)?,
        public_id: row.get(1)?,
        contact: row.get(2)?,
    })
}

fn chat_with(c: &Connection, session: SessionId, contact: ContactId) -> db::Result<Option<ChatKey>> {
    c.prepare_cached(
        "SELECT id, public_id, contact_id FROM chats WHERE session_id = :session AND contact_id = :contact",
    )?
    .maybe(named_params! { ":session": session, ":contact": contact }, key_from_row)
}

fn insert(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    kind: ChatKind,
    address: &str,
    contact: Option<ContactId>,
    now: UnixMs,
) -> db::Result<ChatKey> {
    let public_id = PublicId::new("chat");
    c.prepare_cached(
        "INSERT INTO chats (public_id, workspace_id, session_id, kind, address, contact_id, created_at)
         VALUES (:public, :workspace, :session, :kind, :address, :contact, :now)",
    )?
    .execute(named_params! {
        ":public": public_id, ":workspace": workspace, ":session": session, ":kind": kind, ":address": address,
        ":contact": contact, ":now": now,
    })?;
    Ok(ChatKey {
        chat: ChatId(c.last_insert_rowid()),
        public_id,
        contact,
    })
}

/// A message to write.
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
    pub shown: bool,
    pub unread: bool,
    pub body: Option<&'a str>,
    /// What is searched, where that is more than the body.
    pub words: Option<&'a str>,
    /// A file is found by its name, too.
    pub file_name: Option<&'a str>,
    pub detail: Option<&'a Detail>,
    pub context: Option<&'a Context>,
    pub quoted_wa_id: Option<&'a str>,
    pub quote: Option<&'a StoredQuote>,
    pub album: Option<&'a str>,
    pub author: Option<UserId>,
    pub raw: Option<Vec<u8>>,
}

/// The result of writing a message.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::chats) enum Written {
    New(MessageId),
    /// It was stored as undecryptable and is readable now.
    Readable(MessageId, PublicId),
    /// It was stored already.
    Known,
}

pub(in crate::chats) fn insert_message(c: &Connection, message: &NewMessage<'_>, now: UnixMs) -> db::Result<Written> {
    let detail = message.detail.map(json).transpose()?;
    let context = message.context.filter(|context| **context != Context::default());
    let context = context.map(json).transpose()?;
    let quote = message.quote.map(json).transpose()?;
    let written: Option<(MessageId, PublicId, UnixMs)> =
        c.prepare_cached(include_str!("sql/insert_message.sql"))?.maybe(
            named_params! {
                ":public": message.public_id, ":workspace": message.workspace, ":session": message.session,
                ":chat": message.chat, ":wa_id": message.wa_id, ":sender": message.sender, ":kind": message.kind,
                ":origin": message.origin, ":status": message.status, ":at": message.at,
                ":shown": message.shown, ":unread": message.unread, ":body": message.body, ":words": message.words,
                ":detail": detail, ":context": context, ":quoted": message.quoted_wa_id, ":quote": quote,
                ":album": message.album, ":author": message.author, ":now": now, ":raw": message.raw,
            },
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
    let Some((id, public_id, at)) = written else {
        return Ok(Written::Known);
    };
    let is_new = public_id == message.public_id;
    if message.shown {
        let searched = Searched {
            session: message.session,
            sender: message.sender,
            kind: message.kind,
            at,
            texts: [message.words.or(message.body), message.file_name],
        };
        search::index(c, id, &searched, is_new)?;
    }
    Ok(if is_new {
        Written::New(id)
    } else {
        Written::Readable(id, public_id)
    })
}

/// A value as the JSON of a column.
fn json(value: &(impl serde::Serialize + ?Sized)) -> db::Result<String> {
    Ok(serde_json::to_string(value).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?)
}

pub(in crate::chats) fn set_raw(c: &Connection, message: MessageId, sealed: &[u8]) -> db::Result<()> {
    c.prepare_cached("UPDATE messages SET raw = :raw WHERE id = :id")?
        .execute(named_params! { ":raw": sealed, ":id": message })?;
    Ok(())
}

/// Where a message's media file is and how to decrypt it; `sealed_key` is the media key, sealed.
pub(in crate::chats) fn insert_media(
    c: &Connection,
    message: MessageId,
    media: &Media,
    file: Option<FileId>,
    sealed_key: &[u8],
) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO media (message_id, mime, file_name, seconds, width, height, size, direct_path, media_key, sha256,
                            enc_sha256, thumbnail, waveform, file_id)
         VALUES (:message, :mime, :file_name, :seconds, :width, :height, :size, :direct_path, :media_key, :sha256,
                 :enc_sha256, :thumbnail, :waveform, :file)
         ON CONFLICT DO NOTHING",
    )?
    .execute(named_params! {
        ":message": message, ":mime": media.mime, ":file_name": media.file_name, ":seconds": media.seconds,
        ":width": media.width, ":height": media.height,
        ":size": media.size.map(|size| i64::try_from(size).unwrap_or(i64::MAX)),
        ":direct_path": media.direct_path, ":media_key": sealed_key, ":sha256": media.sha256,
        ":enc_sha256": media.enc_sha256, ":thumbnail": media.thumbnail, ":waveform": media.waveform, ":file": file,
    })?;
    Ok(())
}

/// The same picture in high definition takes the place of the other; the small JPEG stays.
pub(in crate::chats) fn replace_media(
    c: &Connection,
    message: MessageId,
    media: &Media,
    file: Option<FileId>,
    sealed_key: &[u8],
) -> db::Result<()> {
    c.prepare_cached(
        "UPDATE media SET mime = :mime, seconds = COALESCE(:seconds, seconds), width = :width, height = :height,
                size = :size, direct_path = :direct_path, media_key = :media_key, sha256 = :sha256,
                enc_sha256 = :enc_sha256, file_id = :file
          WHERE message_id = :message",
    )?
    .execute(named_params! {
        ":message": message, ":mime": media.mime, ":seconds": media.seconds, ":width": media.width,
        ":height": media.height, ":size": media.size.map(|size| i64::try_from(size).unwrap_or(i64::MAX)),
        ":direct_path": media.direct_path, ":media_key": sealed_key, ":sha256": media.sha256,
        ":enc_sha256": media.enc_sha256, ":file": file,
    })?;
    Ok(())
}

/// Updates the chat's row for a new message.
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

/// Counts the chat's unread messages again and finds its newest, after messages have left it.
pub(in crate::chats) fn recount(c: &Connection, chat: ChatId) -> db::Result<()> {
    c.prepare_cached(
        "UPDATE chats SET
             unread = (SELECT COUNT(*) FROM messages WHERE chat_id = :chat AND unread = 1),
             -- Who has written once has; that our copy of it is gone takes nothing back.
             answered = MAX(answered, EXISTS (
                 SELECT 1 FROM messages WHERE chat_id = :chat AND shown = 1 AND origin = 'contact')),
             last_message_id = (SELECT id FROM messages WHERE chat_id = :chat AND shown = 1
                                 ORDER BY at DESC, id DESC LIMIT 1),
             last_message_at = COALESCE((SELECT at FROM messages WHERE chat_id = :chat AND shown = 1
                                          ORDER BY at DESC, id DESC LIMIT 1), 0)
          WHERE id = :chat",
    )?
    .execute(named_params! { ":chat": chat })?;
    Ok(())
}

/// The chat's messages disappear after `seconds`, as somebody decided `at`; 0 is off.
pub(in crate::chats) fn set_timer(c: &Connection, chat: ChatId, seconds: u32, at: UnixMs) -> db::Result<()> {
    c.prepare_cached(
        "UPDATE chats SET expires_after = NULLIF(:seconds, 0), expires_set_at = :at
          WHERE id = :chat AND expires_set_at <= :at AND (expires_after IS NOT NULLIF(:seconds, 0) OR expires_set_at < :at)",
    )?
    .execute(named_params! { ":chat": chat, ":seconds": seconds, ":at": at })?;
    Ok(())
}
