//! SQL between messages and their files.

use rusqlite::{Connection, named_params};
use wa_client::{Address, Media, MediaKind};

use crate::chats::model::Kind;
use crate::db::{self, Rows as _};
use crate::ids::{MessageId, PublicId, SessionId, WorkspaceId};
use crate::media::FileId;

/// A message that has a file, and so a way to get it.
pub(in crate::chats) struct Way {
    pub message: MessageId,
    pub public_id: PublicId,
    pub session: SessionId,
    pub chat: Address,
    /// Who wrote it, in a group; `None` for ourselves.
    pub sender: Option<Address>,
    pub from_me: bool,
    pub wa_id: String,
    /// Without its key.
    pub media: Media,
    pub sealed_key: Vec<u8>,
}

/// Up to `limit` messages with this file, the newest first: their keys are the likeliest to be good still.
pub(in crate::chats) fn ways(c: &Connection, file: FileId, limit: u32) -> db::Result<Vec<Way>> {
    let sql = "SELECT m.id, m.public_id, m.session_id, ch.address, m.sender, m.wa_id, m.kind, md.mime, md.size,
                      md.direct_path, md.media_key, md.sha256, md.enc_sha256,
                      (SELECT a.address FROM contact_addresses a WHERE a.contact_id = m.sender
                        ORDER BY a.kind = 'lid' DESC, a.typed LIMIT 1)
                 FROM media md JOIN messages m ON m.id = md.message_id JOIN chats ch ON ch.id = m.chat_id
                 JOIN sessions se ON se.id = m.session_id AND se.deleted_at IS NULL
                WHERE md.file_id = :file AND md.direct_path <> '' ORDER BY md.message_id DESC LIMIT :limit";
    let address = |text: String| text.parse().unwrap_or(Address::Other(text));
    c.prepare_cached(sql)?
        .all(named_params! { ":file": file, ":limit": limit }, |row| {
            let from_me = row.get::<_, i64>(4)? == super::OURSELVES.0;
            let size: Option<i64> = row.get(8)?;
            Ok(Way {
                message: row.get(0)?,
                public_id: row.get(1)?,
                session: row.get(2)?,
                chat: address(row.get(3)?),
                sender: row.get::<_, Option<String>>(13)?.filter(|_| !from_me).map(address),
                from_me,
                wa_id: row.get(5)?,
                media: Media {
                    kind: kind_of(row.get(6)?),
                    mime: row.get(7)?,
                    size: size.and_then(|size| u64::try_from(size).ok()),
                    direct_path: row.get(9)?,
                    sha256: row.get(11)?,
                    enc_sha256: row.get(12)?,
                    ..Media::default()
                },
                sealed_key: row.get(10)?,
            })
        })
}

/// The kind decides how the file was encrypted.
fn kind_of(kind: Kind) -> MediaKind {
    match kind {
        Kind::Video | Kind::Gif | Kind::VideoNote => MediaKind::Video,
        Kind::Voice => MediaKind::Voice,
        Kind::Audio => MediaKind::Audio,
        Kind::Document => MediaKind::Document,
        Kind::Sticker => MediaKind::Sticker,
        _ => MediaKind::Image,
    }
}

/// Chat and message of every message that shows this file.
pub(in crate::chats) fn showing(c: &Connection, file: FileId) -> db::Result<Vec<(PublicId, PublicId)>> {
    let sql = "SELECT ch.public_id, m.public_id FROM media md JOIN messages m ON m.id = md.message_id
                 JOIN chats ch ON ch.id = m.chat_id WHERE md.file_id = :file AND m.shown = 1 LIMIT 100";
    c.prepare_cached(sql)?
        .all(named_params! { ":file": file }, |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The phone has uploaded the file again, to another place.
pub(in crate::chats) fn set_path(c: &Connection, message: MessageId, direct_path: &str) -> db::Result<()> {
    c.prepare_cached("UPDATE media SET direct_path = :path WHERE message_id = :message")?
        .execute(named_params! { ":path": direct_path, ":message": message })?;
    Ok(())
}

/// The file of a message of the workspace; `None` for a message that has none.
///
/// # Errors
/// `NotFound`, also for a message of another workspace.
pub(in crate::chats) fn file_of(
    c: &Connection,
    workspace: WorkspaceId,
    message: &PublicId,
) -> db::Result<Option<FileId>> {
    let sql = "SELECT md.file_id FROM messages m LEFT JOIN media md ON md.message_id = m.id
                WHERE m.public_id = :message AND m.workspace_id = :workspace";
    c.prepare_cached(sql)?
        .one(named_params! { ":message": message, ":workspace": workspace }, |row| {
            row.get(0)
        })
}

/// Whether a message of this number has the file.
pub(in crate::chats) fn has(c: &Connection, session: SessionId, file: FileId) -> db::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM media md JOIN messages m ON m.id = md.message_id
                               WHERE md.file_id = :file AND m.session_id = :session)";
    c.prepare_cached(sql)?
        .one(named_params! { ":file": file, ":session": session }, |row| row.get(0))
}

/// What a message calls its file, for whoever saves it.
pub fn file_name_in(c: &Connection, workspace: WorkspaceId, file: &PublicId) -> db::Result<Option<String>> {
    let sql = "SELECT md.file_name FROM media_files f JOIN media md ON md.file_id = f.id
                WHERE f.public_id = :file AND f.workspace_id = :workspace AND md.file_name <> ''
                ORDER BY md.message_id DESC LIMIT 1";
    c.prepare_cached(sql)?
        .maybe(named_params! { ":file": file, ":workspace": workspace }, |row| {
            row.get(0)
        })
}
