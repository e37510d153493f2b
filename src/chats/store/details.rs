//! SQL of the panel beside a conversation.

use rusqlite::{Connection, named_params};

use super::messages::{MESSAGE_COLUMNS, MESSAGE_TABLES, complete, message_from_row};
use super::{ChatRef, read};
use crate::chats::model::{Chat, Message};
use crate::db::{self, Rows as _};
use crate::ids::ContactId;

/// Chats of other numbers with the same person that the panel shows.
const OTHERS: u32 = 10;
/// Pictures that the panel shows.
const PICTURES: u32 = 9;

/// Phone numbers of the contact, the one that is sent to first.
pub(in crate::chats) fn phones(c: &Connection, contact: ContactId) -> db::Result<Vec<String>> {
    let addresses: Vec<String> = c.prepare_cached("SELECT address FROM contact_addresses WHERE contact_id = :contact AND kind = 'phone' ORDER BY typed, address")?.all(named_params! { ":contact": contact }, |row| row.get::<_, String>(0))?;
    Ok(addresses.iter().filter_map(|address| read::digits(address)).collect())
}

/// What a contact is called.
#[derive(Default)]
pub(in crate::chats) struct Names {
    /// By the workspace.
    pub own: Option<String>,
    /// By themselves.
    pub push_name: Option<String>,
    /// Without the `@`.
    pub username: Option<String>,
}

pub(in crate::chats) fn names(c: &Connection, contact: ContactId) -> db::Result<Names> {
    c.prepare_cached("SELECT name, push_name, username FROM contacts WHERE id = :contact")?
        .one(named_params! { ":contact": contact }, |row| {
            Ok(Names {
                own: row.get(0)?,
                push_name: row.get(1)?,
                username: row.get(2)?,
            })
        })
}

/// The same person's chats with other numbers of the workspace.
pub(in crate::chats) fn others(c: &Connection, chat: &ChatRef) -> db::Result<Vec<Chat>> {
    let Some(contact) = chat.contact else {
        return Ok(Vec::new());
    };
    let params = named_params! { ":contact": contact, ":chat": chat.id, ":limit": OTHERS };
    let ids: Vec<crate::ids::PublicId> = c.prepare_cached("SELECT public_id FROM chats WHERE contact_id = :contact AND id <> :chat AND last_message_at > 0 LIMIT :limit")?.all(params, |row| row.get(0))?;
    let mut others = Vec::with_capacity(ids.len());
    for id in ids {
        match read::chat(c, chat.workspace, &id) {
            Ok(found) => others.push(found),
            // Of a number that was deleted.
            Err(db::DbError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(others)
}

pub(in crate::chats) fn pictures_sql() -> String {
    format!(
        "SELECT {MESSAGE_COLUMNS} FROM {MESSAGE_TABLES}
          WHERE m.chat_id = :chat AND m.shown = 1 AND m.deleted_at IS NULL AND m.kind IN ('image', 'video', 'gif')
          ORDER BY m.at DESC, m.id DESC LIMIT :limit"
    )
}

/// The newest pictures and videos of a chat.
pub(in crate::chats) fn pictures(c: &Connection, chat: &ChatRef) -> db::Result<Vec<Message>> {
    let raw: Vec<_> = c
        .prepare_cached(&pictures_sql())?
        .all(named_params! { ":chat": chat.id, ":limit": PICTURES }, message_from_row)?;
    complete(c, chat.workspace, raw)
}

/// The first message of a chat that is here.
pub(in crate::chats) fn first(c: &Connection, chat: &ChatRef) -> db::Result<Option<Message>> {
    let sql = format!(
        "SELECT {MESSAGE_COLUMNS} FROM {MESSAGE_TABLES} WHERE m.chat_id = :chat AND m.shown = 1
          ORDER BY m.at, m.id LIMIT 1"
    );
    let raw = c
        .prepare_cached(&sql)?
        .maybe(named_params! { ":chat": chat.id }, message_from_row)?;
    Ok(complete(c, chat.workspace, raw.into_iter().collect())?.pop())
}
