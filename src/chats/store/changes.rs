//! Changes to stored messages: edits, deletions, reactions, answers, pins; and the merge of two chats of one person.

use rusqlite::{Connection, Row, named_params};
use wa_client::{Card, Context, Target};

use super::read::read_json;
use super::{OURSELVES, json, people, search};
use crate::chats::model::{Answer, Detail, Kind};
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::events::{self, Event};
use crate::ids::{ChatId, ContactId, MessageId, PublicId, WorkspaceId};

/// A person's change to a message, which is named by its WhatsApp id.
#[derive(Clone, Copy)]
pub(in crate::chats) struct Changed<'a> {
    pub workspace: WorkspaceId,
    pub chat: ChatId,
    pub target: &'a Target,
    pub sender: ContactId,
    pub at: UnixMs,
}

/// The message that is changed.
pub(in crate::chats) struct Found {
    pub id: MessageId,
    pub public_id: PublicId,
    pub sender: ContactId,
    pub kind: Kind,
    body: Option<String>,
    words: Option<String>,
    detail: Option<Detail>,
    context: Option<String>,
    edited_at: Option<UnixMs>,
    deleted: bool,
}

const FOUND_COLUMNS: &str = "m.id, m.public_id, m.sender, m.kind, m.body, m.words, m.detail, m.context, m.edited_at,
    m.deleted_at IS NOT NULL";

fn found_from_row(row: &Row<'_>) -> rusqlite::Result<Found> {
    Ok(Found {
        id: row.get(0)?,
        public_id: row.get(1)?,
        sender: row.get(2)?,
        kind: row.get(3)?,
        body: row.get(4)?,
        words: row.get(5)?,
        detail: read_json(row.get(6)?),
        context: row.get(7)?,
        edited_at: row.get(8)?,
        deleted: row.get(9)?,
    })
}

/// The sender's own message with the target's id.
pub(in crate::chats) fn own(c: &Connection, change: Changed<'_>) -> db::Result<Option<Found>> {
    by_author(c, change, Some(change.sender))
}

/// The message that is meant, whoever wrote it. Ids are unique per sender only: where the change does not say who wrote
/// it, two messages with one id are none.
pub(in crate::chats) fn anybodys(c: &Connection, change: Changed<'_>) -> db::Result<Option<Found>> {
    let author = match &change.target.sender {
        _ if change.target.from_me => Some(OURSELVES),
        Some(address) => people::contact_of(c, change.workspace, address)?,
        None => None,
    };
    by_author(c, change, author)
}

fn by_author(c: &Connection, change: Changed<'_>, author: Option<ContactId>) -> db::Result<Option<Found>> {
    let sql = format!(
        "SELECT {FOUND_COLUMNS} FROM messages m LEFT JOIN contacts s ON s.id = m.sender
          WHERE m.chat_id = :chat AND m.wa_id = :target AND m.shown = 1
            AND (:author IS NULL OR m.sender = :author OR s.merged_into = :author) LIMIT 2"
    );
    let params = named_params! { ":chat": change.chat, ":target": change.target.id, ":author": author };
    let mut found: Vec<Found> = c.prepare_cached(&sql)?.all(params, found_from_row)?;
    Ok(found.pop().filter(|_| found.is_empty()))
}

/// The sealed protobuf of a message.
pub(in crate::chats) fn raw(c: &Connection, message: MessageId) -> db::Result<Option<Vec<u8>>> {
    c.prepare_cached("SELECT raw FROM messages WHERE id = :id")?
        .one(named_params! { ":id": message }, |row| row.get(0))
}

/// What an edit makes of a message. Without a body the words stay.
#[derive(Default)]
pub(in crate::chats) struct Edit<'a> {
    pub body: Option<&'a str>,
    pub card: Option<&'a Card>,
    pub context: Option<&'a Context>,
}

/// Edits are ordered by their own time, then by arrival. Returns whether the message looks different now.
pub(in crate::chats) fn edit(c: &Connection, found: &Found, edit: &Edit<'_>, at: UnixMs) -> db::Result<bool> {
    if found.deleted || found.edited_at.is_some_and(|edited| edited > at) {
        return Ok(false);
    }
    let body = edit.body.or(found.body.as_deref());
    let extra = match edit.card {
        Some(card) => crate::chats::words::of_card(card),
        None => crate::chats::words::extra(found.body.as_deref(), found.words.as_deref()).to_owned(),
    };
    let words = crate::chats::words::joined(body, &extra);
    let detail = edit.card.cloned().map(Detail::Card).or_else(|| found.detail.clone());
    let detail = detail.as_ref().map(json).transpose()?;
    let context = match edit.context {
        Some(new) => {
            let mut context: Context = read_json(found.context.clone()).unwrap_or_default();
            context.mentions.clone_from(&new.mentions);
            context.preview.clone_from(&new.preview);
            (context != Context::default()).then(|| json(&context)).transpose()?
        }
        None => found.context.clone(),
    };
    c.prepare_cached(
        "UPDATE messages SET body = :body, words = :words, detail = :detail, context = :context, edited_at = :at,
                edited_elsewhere = 0, original = COALESCE(original, :before)
          WHERE id = :id",
    )?
    .execute(named_params! {
        ":body": body, ":words": words, ":detail": detail, ":context": context, ":at": at, ":before": found.body,
        ":id": found.id,
    })?;
    search::add(c, found.id)?;
    Ok(true)
}

/// It was edited, but not here: the words stay and say so.
pub(in crate::chats) fn edited_elsewhere(c: &Connection, found: &Found, at: UnixMs) -> db::Result<bool> {
    if found.deleted || found.edited_at.is_some_and(|edited| edited > at) {
        return Ok(false);
    }
    c.prepare_cached("UPDATE messages SET edited_at = :at, edited_elsewhere = 1 WHERE id = :id")?
        .execute(named_params! { ":at": at, ":id": found.id })?;
    Ok(true)
}

/// Blanks a message; what it said stays in `original`.
pub(in crate::chats) fn delete(c: &Connection, found: &Found, at: UnixMs) -> db::Result<bool> {
    if found.deleted && found.body.is_none() && found.words.is_none() {
        return Ok(false);
    }
    c.prepare_cached(
        "UPDATE messages SET original = COALESCE(original, body), body = NULL, words = NULL,
                deleted_at = COALESCE(deleted_at, :at)
          WHERE id = :id",
    )?
    .execute(named_params! { ":at": at, ":id": found.id })?;
    search::remove(c, found.id)?;
    Ok(true)
}

/// The last answer of a person counts, whatever the order of arrival.
pub(in crate::chats) fn answer(c: &Connection, change: Changed<'_>, answer: &Answer, at: UnixMs) -> db::Result<bool> {
    let changed = c
        .prepare_cached(
            "INSERT INTO answers (chat_id, target_wa_id, sender, answer, at)
             VALUES (:chat, :target, :sender, :answer, :at)
             ON CONFLICT DO UPDATE SET answer = excluded.answer, at = excluded.at WHERE excluded.at >= answers.at",
        )?
        .execute(named_params! {
            ":chat": change.chat, ":target": change.target.id, ":sender": change.sender, ":answer": json(answer)?,
            ":at": at,
        })?;
    Ok(changed > 0)
}

/// Adds an option to a poll.
pub(in crate::chats) fn add_option(c: &Connection, found: &Found, name: &str) -> db::Result<bool> {
    let Some(Detail::Card(Card::Poll { options, choices, quiz })) = &found.detail else {
        return Ok(false);
    };
    if found.deleted || options.iter().any(|option| option == name) {
        return Ok(false);
    }
    let mut options = options.clone();
    options.push(name.to_owned());
    let card = Card::Poll {
        options,
        choices: *choices,
        quiz: quiz.clone(),
    };
    let words = crate::chats::words::joined(found.body.as_deref(), &crate::chats::words::of_card(&card));
    c.prepare_cached("UPDATE messages SET detail = :detail, words = :words WHERE id = :id")?
        .execute(named_params! { ":detail": json(&Detail::Card(card))?, ":words": words, ":id": found.id })?;
    search::add(c, found.id)?;
    Ok(true)
}

/// Pins or unpins a message, whether it is here or not.
pub(in crate::chats) fn pin(
    c: &Connection,
    change: Changed<'_>,
    pinned: bool,
    until: Option<UnixMs>,
) -> db::Result<bool> {
    let changed = c
        .prepare_cached(
            "INSERT INTO pins (chat_id, target_wa_id, pinned, until, at) VALUES (:chat, :target, :pinned, :until, :at)
             ON CONFLICT DO UPDATE SET pinned = excluded.pinned, until = excluded.until, at = excluded.at
              WHERE excluded.at >= pins.at",
        )?
        .execute(named_params! {
            ":chat": change.chat, ":target": change.target.id, ":pinned": pinned, ":until": until, ":at": change.at,
        })?;
    Ok(changed > 0)
}

pub(in crate::chats) fn keep(c: &Connection, found: &Found, kept_at: Option<UnixMs>) -> db::Result<bool> {
    let changed = c
        .prepare_cached("UPDATE messages SET kept_at = :at WHERE id = :id AND (kept_at IS NULL) <> (:at IS NULL)")?
        .execute(named_params! { ":at": kept_at, ":id": found.id })?;
    Ok(changed > 0)
}

/// Stores a reaction, whether its target exists or not. An empty emoji takes it back.
pub(in crate::chats) fn react(c: &Connection, change: Changed<'_>, emoji: &str) -> db::Result<bool> {
    let changed = c
        .prepare_cached(
            "INSERT INTO reactions (chat_id, target_wa_id, sender, emoji, at)
             VALUES (:chat, :target, :sender, :emoji, :at)
             ON CONFLICT DO UPDATE SET emoji = excluded.emoji, at = excluded.at WHERE excluded.at >= reactions.at",
        )?
        .execute(named_params! {
            ":chat": change.chat, ":target": change.target.id, ":sender": change.sender, ":emoji": emoji,
            ":at": change.at,
        })?;
    Ok(changed > 0)
}

/// The sender's last live location since `since`, with its sequence.
pub(in crate::chats) fn live_location(
    c: &Connection,
    chat: ChatId,
    sender: ContactId,
    since: UnixMs,
    longest: UnixMs,
) -> db::Result<Option<(Found, i64)>> {
    let sql = format!(
        "SELECT {FOUND_COLUMNS} FROM messages m
          WHERE m.chat_id = :chat AND m.shown = 1 AND m.at >= :longest AND m.sender = :sender
            AND m.kind = 'live_location' AND m.deleted_at IS NULL AND COALESCE(m.edited_at, m.at) >= :since
          ORDER BY m.at DESC, m.id DESC LIMIT 1"
    );
    let params = named_params! { ":chat": chat, ":sender": sender, ":since": since, ":longest": longest };
    let found = c.prepare_cached(&sql)?.maybe(params, found_from_row)?;
    Ok(found.and_then(|found| match found.detail {
        Some(Detail::Card(Card::LiveLocation { sequence, .. })) => Some((found, sequence)),
        _ => None,
    }))
}

/// Moves a live location.
pub(in crate::chats) fn move_to(c: &Connection, found: &Found, place: &Detail, at: UnixMs) -> db::Result<()> {
    c.prepare_cached("UPDATE messages SET detail = :detail, edited_at = :at WHERE id = :id")?
        .execute(named_params! { ":detail": json(place)?, ":at": at, ":id": found.id })?;
    Ok(())
}

/// Takes a message out of the thread, for one that shows in its place.
pub(in crate::chats) fn hide(c: &Connection, chat: ChatId, message: MessageId) -> db::Result<()> {
    c.prepare_cached("UPDATE messages SET shown = 0, unread = 0 WHERE id = :id")?
        .execute(named_params! { ":id": message })?;
    search::remove(c, message)?;
    super::recount(c, chat)
}

/// Keeps a change until its target arrives and is readable.
pub(in crate::chats) fn wait(c: &Connection, chat: ChatId, target: &str, message: MessageId) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO waiting_changes (chat_id, target_wa_id, message_id) VALUES (:chat, :target, :message)
         ON CONFLICT DO NOTHING",
    )?
    .execute(named_params! { ":chat": chat, ":target": target, ":message": message })?;
    Ok(())
}

pub(in crate::chats) fn waits_no_more(c: &Connection, message: MessageId) -> db::Result<()> {
    c.prepare_cached("DELETE FROM waiting_changes WHERE message_id = :message")?
        .execute(named_params! { ":message": message })?;
    Ok(())
}

/// A change that waits: its own message.
pub(in crate::chats) struct Waiting {
    pub id: MessageId,
    pub public_id: PublicId,
    pub sender: ContactId,
    pub at: UnixMs,
    pub kind: Kind,
    pub body: Option<String>,
    pub detail: Option<Detail>,
    pub raw: Option<Vec<u8>>,
}

/// What waits for a message, in the order of arrival.
pub(in crate::chats) fn waiting(c: &Connection, chat: ChatId, target: &str) -> db::Result<Vec<Waiting>> {
    c.prepare_cached(
        "SELECT m.id, m.public_id, m.sender, m.at, m.detail, m.raw, m.kind, m.body
           FROM waiting_changes w JOIN messages m ON m.id = w.message_id
          WHERE w.chat_id = :chat AND w.target_wa_id = :target ORDER BY m.id",
    )?
    .all(named_params! { ":chat": chat, ":target": target }, |row| {
        Ok(Waiting {
            id: row.get(0)?,
            public_id: row.get(1)?,
            sender: row.get(2)?,
            at: row.get(3)?,
            detail: read_json(row.get(4)?),
            raw: row.get(5)?,
            kind: row.get(6)?,
            body: row.get(7)?,
        })
    })
}

/// Two contacts are one person: their chats are merged as well. Messages in groups keep their sender's old row, which
/// points to the contact that stays.
pub(in crate::chats) fn merge_contact(
    c: &Connection,
    workspace: WorkspaceId,
    kept: ContactId,
    gone: ContactId,
    now: UnixMs,
) -> db::Result<()> {
    let chats: Vec<(ChatId, Option<(ChatId, PublicId)>)> = {
        c.prepare_cached(
            "SELECT g.id, k.id, k.public_id FROM chats g
               LEFT JOIN chats k ON k.session_id = g.session_id AND k.contact_id = :kept
              WHERE g.contact_id = :gone",
        )?
        .all(named_params! { ":kept": kept, ":gone": gone }, |row| {
            let stays: Option<ChatId> = row.get(1)?;
            let public: Option<PublicId> = row.get(2)?;
            Ok((row.get(0)?, stays.zip(public)))
        })?
    };
    for (from, into) in chats {
        let Some((into, public_id)) = into else {
            c.prepare_cached("UPDATE chats SET contact_id = :kept WHERE id = :chat")?
                .execute(named_params! { ":kept": kept, ":chat": from })?;
            c.prepare_cached("UPDATE messages SET sender = :kept WHERE chat_id = :chat AND sender = :gone")?
                .execute(named_params! { ":kept": kept, ":chat": from, ":gone": gone })?;
            continue;
        };
        move_chat(c, from, into, kept, gone)?;
        events::append(c, workspace, &Event::ChatChanged { chat: public_id }, now)?;
    }
    Ok(())
}

/// Moves everything from one chat to another. A message that both have (in both namespaces) is kept once.
fn move_chat(c: &Connection, from: ChatId, into: ChatId, kept: ContactId, gone: ContactId) -> db::Result<()> {
    c.prepare_cached(
        "UPDATE OR IGNORE messages SET chat_id = :into, sender = CASE sender WHEN :gone THEN :kept ELSE sender END
          WHERE chat_id = :from",
    )?
    .execute(named_params! { ":into": into, ":from": from, ":kept": kept, ":gone": gone })?;
    for table in ["reactions", "answers"] {
        c.prepare_cached(&format!(
            "UPDATE OR IGNORE {table} SET chat_id = :into, sender = CASE sender WHEN :gone THEN :kept ELSE sender END
              WHERE chat_id = :from"
        ))?
        .execute(named_params! { ":into": into, ":from": from, ":kept": kept, ":gone": gone })?;
    }
    for table in ["pins", "waiting_changes"] {
        c.prepare_cached(&format!(
            "UPDATE OR IGNORE {table} SET chat_id = :into WHERE chat_id = :from"
        ))?
        .execute(named_params! { ":into": into, ":from": from })?;
    }
    c.prepare_cached("UPDATE read_marks SET chat_id = :into WHERE chat_id = :from")?
        .execute(named_params! { ":into": into, ":from": from })?;
    super::handling::merge(c, from, into)?;
    drop_rest(c, from)?;
    c.prepare_cached("UPDATE former_chats SET chat_id = :into WHERE chat_id = :from")?
        .execute(named_params! { ":into": into, ":from": from })?;
    c.prepare_cached(
        "INSERT INTO former_chats (public_id, chat_id) SELECT public_id, :into FROM chats WHERE id = :from",
    )?
    .execute(named_params! { ":into": into, ":from": from })?;
    c.prepare_cached("DELETE FROM chats WHERE id = :from")?
        .execute(named_params! { ":from": from })?;
    super::recount(c, into)
}

/// Deletes the messages left in the chat: duplicates that could not move, or all of a chat that is deleted.
pub(super) fn drop_rest(c: &Connection, chat: ChatId) -> db::Result<()> {
    let rest: Vec<MessageId> = {
        c.prepare_cached("SELECT id FROM messages WHERE chat_id = :chat")?
            .all(named_params! { ":chat": chat }, |row| row.get(0))?
    };
    for id in rest {
        search::remove(c, id)?;
        c.prepare_cached("DELETE FROM messages WHERE id = :id")?
            .execute(named_params! { ":id": id })?;
    }
    search::remove_group(c, chat)
}
