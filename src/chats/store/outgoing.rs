//! SQL of what our own messages say, for whoever sends them.

use rusqlite::{Connection, named_params};
use wa_client::{Address, Media, Target, Uploaded};

use super::read::read_json;
use super::{NewMessage, people};
use crate::chats::model::{ChatKind, Detail, Failure, Kind};
use crate::chats::{ChatRef, FailedChange, Message};
use crate::clock::UnixMs;
use crate::db::{self, DbError, Rows as _};
use crate::ids::{ChatId, MessageId, PublicId, SessionId, WorkspaceId};
use crate::media::FileId;

/// Writes a new message of ours.
pub(in crate::chats) fn insert_message(c: &Connection, message: &NewMessage<'_>, now: UnixMs) -> db::Result<MessageId> {
    match super::insert_message(c, message, now)? {
        super::Written::New(id) => Ok(id),
        _ => Err(DbError::Constraint(
            "a new message has the WhatsApp id of an old one".to_owned(),
        )),
    }
}

pub(in crate::chats) fn insert(
    c: &Connection,
    message: MessageId,
    sealed: &[u8],
    changes: Option<MessageId>,
) -> db::Result<()> {
    c.prepare_cached("INSERT INTO outgoing (message_id, content, changes) VALUES (:message, :content, :changes)")?
        .execute(named_params! { ":message": message, ":content": sealed, ":changes": changes })?;
    Ok(())
}

/// A message of ours as it was written.
pub(in crate::chats) struct Written {
    pub public_id: PublicId,
    /// Before any edit: those are messages of their own.
    pub text: Option<String>,
    /// Sealed; `None` for a plain text.
    pub content: Option<Vec<u8>>,
    pub changes: Option<MessageId>,
    pub expires_after: Option<u32>,
}

pub(in crate::chats) fn written(c: &Connection, message: MessageId) -> db::Result<Written> {
    c.prepare_cached(
        "SELECT m.public_id, COALESCE(m.original, m.body), o.content, o.changes, ch.expires_after
           FROM messages m JOIN chats ch ON ch.id = m.chat_id LEFT JOIN outgoing o ON o.message_id = m.id
          WHERE m.id = :message",
    )?
    .one(named_params! { ":message": message }, |row| {
        Ok(Written {
            public_id: row.get(0)?,
            text: row.get(1)?,
            content: row.get(2)?,
            changes: row.get(3)?,
            expires_after: row.get(4)?,
        })
    })
}

/// Where the file of a message is.
pub(in crate::chats) struct FileOfMessage {
    pub public_id: PublicId,
    pub file: Option<FileId>,
    /// `None` until it is uploaded.
    pub direct_path: Option<String>,
    pub sealed_key: Vec<u8>,
    pub sha256: Vec<u8>,
    pub enc_sha256: Vec<u8>,
    pub size: Option<u64>,
}

pub(in crate::chats) fn file_of(c: &Connection, message: MessageId) -> db::Result<Option<FileOfMessage>> {
    c.prepare_cached(
        "SELECT m.public_id, md.file_id, NULLIF(md.direct_path, ''), md.media_key, md.sha256, md.enc_sha256, md.size
           FROM media md JOIN messages m ON m.id = md.message_id WHERE md.message_id = :message",
    )?
    .maybe(named_params! { ":message": message }, |row| {
        let size: Option<i64> = row.get(6)?;
        Ok(FileOfMessage {
            public_id: row.get(0)?,
            file: row.get(1)?,
            direct_path: row.get(2)?,
            sealed_key: row.get(3)?,
            sha256: row.get(4)?,
            enc_sha256: row.get(5)?,
            size: size.and_then(|size| u64::try_from(size).ok()),
        })
    })
}

impl FileOfMessage {
    /// The same file, with where it is; `key` is its key opened.
    pub(in crate::chats) fn place(self, media: &mut Media, key: Vec<u8>) {
        media.direct_path = self.direct_path.unwrap_or_default();
        media.media_key = key;
        media.sha256 = self.sha256;
        media.enc_sha256 = self.enc_sha256;
        media.size = self.size;
    }
}

/// The file of a message was uploaded: sending the message again does not upload it again.
pub(in crate::chats) fn uploaded(
    c: &Connection,
    message: MessageId,
    file: &Uploaded,
    sealed_key: &[u8],
) -> db::Result<()> {
    c.prepare_cached(
        "UPDATE media SET direct_path = :path, media_key = :key, sha256 = :sha256, enc_sha256 = :enc, size = :size
          WHERE message_id = :message",
    )?
    .execute(named_params! {
        ":path": file.direct_path, ":key": sealed_key, ":sha256": file.sha256, ":enc": file.enc_sha256,
        ":size": i64::try_from(file.size).unwrap_or(i64::MAX), ":message": message,
    })?;
    Ok(())
}

/// What the last message of ours has beyond its words, if it is a card and among the newest of its chat.
pub(in crate::chats) fn last_said(c: &Connection, chat: ChatId) -> db::Result<Option<Detail>> {
    let detail: Option<Option<String>> = c
        .prepare_cached(
            "SELECT CASE kind WHEN 'business' THEN detail END FROM (
                 SELECT sender, kind, detail, at, id FROM messages
                  WHERE chat_id = :chat AND shown = 1 ORDER BY at DESC, id DESC LIMIT 10)
              WHERE sender = 0 ORDER BY at DESC, id DESC LIMIT 1",
        )?
        .maybe(named_params! { ":chat": chat }, |row| row.get(0))?;
    Ok(read_json(detail.flatten()))
}

/// Our own message that was sent under this id.
pub(in crate::chats) fn by_wa_id(
    c: &Connection,
    session: SessionId,
    chat: &Address,
    wa_id: &str,
    since: UnixMs,
) -> db::Result<Option<MessageId>> {
    let sql = format!(
        "SELECT m.id {} AND m.sender = :ours AND m.origin = 'app' AND m.deleted_at IS NULL AND m.created_at >= :since",
        super::recall::IN_CHAT
    );
    let params = named_params! {
        ":session": session, ":chat": chat.to_string(), ":wa_id": wa_id, ":ours": super::OURSELVES, ":since": since,
    };
    c.prepare_cached(&sql)?.maybe(params, |row| row.get(0))
}

/// How a message is named to whoever is told to change it or is answered.
pub fn target_in(c: &Connection, chat: &ChatRef, message: &Message) -> db::Result<Target> {
    let sender = match (&message.sender, chat.kind) {
        (None, _) => None,
        (Some(_), ChatKind::Direct) => Some(chat.address.clone()),
        (Some(sender), _) => {
            // Groups name their members by hidden ids, except those that are older.
            let mut addresses = people::addresses_of(c, chat.session, sender.contact)?;
            addresses.sort_by_key(|address| !matches!(address, Address::Lid(_)));
            addresses.into_iter().next()
        }
    };
    Ok(Target {
        id: message.wa_id.clone(),
        from_me: message.from_me,
        sender,
    })
}

/// The messages of this page that were to be changed from here and were not, each with the last such change.
pub(in crate::chats) fn failed_changes(
    c: &Connection,
    messages: &[MessageId],
) -> db::Result<Vec<(MessageId, FailedChange)>> {
    let ids = super::json(messages)?;
    c.prepare_cached(FAILED_CHANGES_SQL)?
        .all(named_params! { ":ids": ids }, |row| {
            let change = FailedChange {
                message: row.get(1)?,
                kind: row.get::<_, Kind>(2)?,
                failure: row.get::<_, Option<Failure>>(3)?,
            };
            Ok((row.get(0)?, change))
        })
}

pub(in crate::chats) const FAILED_CHANGES_SQL: &str = "SELECT o.changes, m.public_id, m.kind, m.failure
   FROM json_each(:ids) n JOIN outgoing o ON o.changes = n.value JOIN messages m ON m.id = o.message_id
  WHERE m.status = 'failed' AND m.failure IS NOT 'cancelled' ORDER BY m.id";

/// Workspace, chat and public id of the message that a change of ours means.
pub fn changed_by_in(c: &Connection, change: MessageId) -> db::Result<Option<(WorkspaceId, PublicId, PublicId)>> {
    c.prepare_cached(
        "SELECT m.workspace_id, ch.public_id, m.public_id FROM outgoing o JOIN messages m ON m.id = o.changes
           JOIN chats ch ON ch.id = m.chat_id WHERE o.message_id = :change",
    )?
    .maybe(named_params! { ":change": change }, |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })
}
