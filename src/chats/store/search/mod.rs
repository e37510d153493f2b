//! SQL of the search: what is folded of a message or a group's subject, and how it is found.
//!
//! Beside its words a message has one character for each of its number, its sender, its kind and its month. Filters
//! look for these, or a frequent word of a rare sender would be looked up message by message. Two numbers may share a
//! character, so the rows are compared as well.

pub(in crate::chats) mod backlog;
#[cfg(test)]
mod cost;
pub(in crate::chats) mod find;

use rusqlite::{Connection, named_params};

use crate::chats::model::Kind;
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::fold;
use crate::ids::{ChatId, ContactId, MessageId, SessionId};

/// The row of a message that is found: shown, not deleted, with something to read.
pub(in crate::chats) const TEXT_SQL: &str = "SELECT m.session_id, m.sender, m.kind, m.at, COALESCE(m.words, m.body),
                               md.file_name
                          FROM messages m LEFT JOIN media md ON md.message_id = m.id
                         WHERE m.id = :id AND m.shown = 1 AND m.deleted_at IS NULL";

/// What a message is found by.
pub(in crate::chats) struct Searched<'a> {
    pub session: SessionId,
    pub sender: ContactId,
    pub kind: Kind,
    pub at: UnixMs,
    /// Its words, and the name of its file.
    pub texts: [Option<&'a str>; 2],
}

/// Folds what the caller has just stored; a new message has nothing here to take the place of.
pub(in crate::chats) fn index(
    c: &Connection,
    message: MessageId,
    searched: &Searched<'_>,
    is_new: bool,
) -> db::Result<()> {
    let put = match (searched.words(), is_new) {
        (None, true) => return Ok(()),
        (None, false) => return remove(c, message),
        (Some(words), true) => (words, "INSERT INTO message_words (rowid, words) VALUES (:id, :words)"),
        (Some(words), false) => (
            words,
            "INSERT OR REPLACE INTO message_words (rowid, words) VALUES (:id, :words)",
        ),
    };
    let (words, sql) = put;
    c.prepare_cached(sql)?
        .execute(named_params! { ":id": message, ":words": words })?;
    Ok(())
}

/// Folds a message as it is now, in place of what was stored for it.
pub(in crate::chats) fn add(c: &Connection, message: MessageId) -> db::Result<()> {
    let found = c
        .prepare_cached(TEXT_SQL)?
        .maybe(named_params! { ":id": message }, |row| {
            let searched = Searched {
                session: row.get(0)?,
                sender: row.get(1)?,
                kind: row.get(2)?,
                at: row.get(3)?,
                texts: [row.get_ref(4)?.as_str_or_null()?, row.get_ref(5)?.as_str_or_null()?],
            };
            Ok(index(c, message, &searched, false))
        })?;
    found.unwrap_or_else(|| remove(c, message))
}

impl Searched<'_> {
    /// `None` when there is nothing to find it by.
    fn words(&self) -> Option<String> {
        let mut words = String::new();
        for text in self.texts.into_iter().flatten().filter(|text| !text.is_empty()) {
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(&fold::index(text));
        }
        if words.is_empty() {
            return None;
        }
        for mark in self.marks() {
            words.push(' ');
            words.push(mark);
        }
        Some(words)
    }

    /// What the filters look for.
    fn marks(&self) -> [char; 4] {
        [
            session_mark(self.session),
            sender_mark(self.sender),
            kind_mark(self.kind),
            month_mark(month(self.at)),
        ]
    }
}

pub(in crate::chats) fn remove(c: &Connection, message: MessageId) -> db::Result<()> {
    c.prepare_cached("DELETE FROM message_words WHERE rowid = :id")?
        .execute(named_params! { ":id": message })?;
    Ok(())
}

/// Sets the subject of a group.
pub fn name_group_in(c: &Connection, chat: ChatId, subject: &str) -> db::Result<()> {
    c.prepare_cached("UPDATE chats SET name = :name WHERE id = :chat")?
        .execute(named_params! { ":name": subject, ":chat": chat })?;
    add_group(c, chat, subject)
}

fn add_group(c: &Connection, chat: ChatId, subject: &str) -> db::Result<()> {
    c.prepare_cached("INSERT OR REPLACE INTO group_words (rowid, words) VALUES (:id, :words)")?
        .execute(named_params! { ":id": chat, ":words": fold::index_name(subject) })?;
    Ok(())
}

pub(in crate::chats) fn remove_group(c: &Connection, chat: ChatId) -> db::Result<()> {
    c.prepare_cached("DELETE FROM group_words WHERE rowid = :id")?
        .execute(named_params! { ":id": chat })?;
    Ok(())
}

/// The groups of a number that is deleted.
pub(in crate::chats) fn remove_groups(c: &Connection, session: SessionId) -> db::Result<()> {
    c.prepare_cached(
        "DELETE FROM group_words WHERE rowid IN (SELECT id FROM chats WHERE session_id = :session AND name IS NOT NULL)",
    )?
    .execute(named_params! { ":session": session })?;
    Ok(())
}

/// One of `size` characters for private use from `first`. A word of one character has no beginnings to list.
fn mark(first: u32, size: u32, value: i64) -> char {
    let offset = u32::try_from(value.rem_euclid(i64::from(size))).unwrap_or(0);
    char::from_u32(first + offset).unwrap_or('\u{f0000}')
}

fn session_mark(session: SessionId) -> char {
    mark(0xf_0000, 0x4000, session.0)
}

fn month_mark(month: i64) -> char {
    mark(0xf_4000, 0x2000, month)
}

fn kind_mark(kind: Kind) -> char {
    let sum = kind
        .word()
        .bytes()
        .fold(0_i64, |sum, byte| (sum * 31 + i64::from(byte)) % 0x1000);
    mark(0xf_6000, 0x1000, sum)
}

fn sender_mark(sender: ContactId) -> char {
    mark(0x10_0000, 0xfff0, sender.0)
}

/// A month of thirty days, counted from 1970.
fn month(at: UnixMs) -> i64 {
    at.0.div_euclid(30 * 24 * 60 * 60 * 1_000)
}
