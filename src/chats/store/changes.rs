//! Changes to stored messages: edits, deletions, reactions, and the merge of two chats of one person.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::search;
use crate::chats::model::ChatKind;
use crate::clock::UnixMs;
use crate::db;
use crate::events::{self, Event};
use crate::ids::{ChatId, ContactId, MessageId, PublicId, WorkspaceId};

/// A person's change to a message, which is named by its WhatsApp id.
#[derive(Clone, Copy)]
pub(in crate::chats) struct Change<'a> {
    pub chat: ChatId,
    pub chat_kind: ChatKind,
    pub target: &'a str,
    pub sender: ContactId,
    pub at: UnixMs,
}

struct Target {
    id: MessageId,
    public_id: PublicId,
    edited_at: Option<UnixMs>,
    deleted: bool,
}

/// The message to change. People change their own; in a group an administrator may also delete those of others, which
/// the server checks.
fn target(c: &Connection, change: Change<'_>, anybodys: bool) -> db::Result<Option<Target>> {
    Ok(c.prepare_cached(
        "SELECT id, public_id, edited_at, deleted_at IS NOT NULL FROM messages
          WHERE chat_id = :chat AND wa_id = :target AND (sender = :sender OR :anybodys) AND shown = 1 LIMIT 1",
    )?
    .query_row(
        named_params! {
            ":chat": change.chat, ":target": change.target, ":sender": change.sender, ":anybodys": anybodys,
        },
        |row| {
            Ok(Target {
                id: row.get(0)?,
                public_id: row.get(1)?,
                edited_at: row.get(2)?,
                deleted: row.get(3)?,
            })
        },
    )
    .optional()?)
}

/// Applies an edit, or keeps it until its target arrives. Returns the message that looks different now.
pub(in crate::chats) fn edit(c: &Connection, change: Change<'_>, body: &str) -> db::Result<Option<PublicId>> {
    let Some(target) = target(c, change, false)? else {
        keep(c, change, "edit", Some(body))?;
        return Ok(None);
    };
    if target.deleted || target.edited_at.is_some_and(|at| at >= change.at) {
        return Ok(None);
    }
    replace_body(c, target.id, Some(body))?;
    c.prepare_cached("UPDATE messages SET edited_at = :at WHERE id = :id")?
        .execute(named_params! { ":at": change.at, ":id": target.id })?;
    Ok(Some(target.public_id))
}

/// Applies a deletion for everyone, or keeps it until its target arrives.
pub(in crate::chats) fn delete(c: &Connection, change: Change<'_>) -> db::Result<Option<PublicId>> {
    let Some(target) = target(c, change, change.chat_kind == ChatKind::Group)? else {
        keep(c, change, "delete", None)?;
        return Ok(None);
    };
    if target.deleted {
        return Ok(None);
    }
    replace_body(c, target.id, None)?;
    c.prepare_cached("UPDATE messages SET deleted_at = :at WHERE id = :id")?
        .execute(named_params! { ":at": change.at, ":id": target.id })?;
    Ok(Some(target.public_id))
}

fn replace_body(c: &Connection, message: MessageId, body: Option<&str>) -> db::Result<()> {
    c.prepare_cached("UPDATE messages SET body = :body WHERE id = :id")?
        .execute(named_params! { ":body": body, ":id": message })?;
    match body {
        Some(_) => search::add(c, message),
        None => search::remove(c, message),
    }
}

fn keep(c: &Connection, change: Change<'_>, kind: &str, body: Option<&str>) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO early_changes (chat_id, target_wa_id, sender, kind, body, at)
         VALUES (:chat, :target, :sender, :kind, :body, :at)
         ON CONFLICT DO UPDATE SET body = excluded.body, at = excluded.at WHERE excluded.at > early_changes.at",
    )?
    .execute(named_params! {
        ":chat": change.chat, ":target": change.target, ":sender": change.sender, ":kind": kind, ":body": body,
        ":at": change.at,
    })?;
    Ok(())
}

/// Applies the changes that were kept for a message that has just arrived.
pub(in crate::chats) fn catch_up(c: &Connection, chat: ChatId, chat_kind: ChatKind, wa_id: &str) -> db::Result<()> {
    let kept: Vec<(ContactId, String, Option<String>, UnixMs)> = {
        let mut statement = c.prepare_cached(
            "SELECT sender, kind, body, at FROM early_changes
              WHERE chat_id = :chat AND target_wa_id = :target ORDER BY kind DESC, at",
        )?;
        let rows = statement.query_map(named_params! { ":chat": chat, ":target": wa_id }, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
        rows.collect::<Result<_, _>>()?
    };
    if kept.is_empty() {
        return Ok(());
    }
    c.prepare_cached("DELETE FROM early_changes WHERE chat_id = :chat AND target_wa_id = :target")?
        .execute(named_params! { ":chat": chat, ":target": wa_id })?;
    for (sender, kind, body, at) in kept {
        let change = Change {
            chat,
            chat_kind,
            target: wa_id,
            sender,
            at,
        };
        match (kind.as_str(), body) {
            ("edit", Some(body)) => edit(c, change, &body)?,
            _ => delete(c, change)?,
        };
    }
    Ok(())
}

/// Stores a reaction, whether its target exists or not. Returns the message that looks different now.
pub(in crate::chats) fn react(c: &Connection, change: Change<'_>, emoji: &str) -> db::Result<Option<PublicId>> {
    let changed = c
        .prepare_cached(
            "INSERT INTO reactions (chat_id, target_wa_id, sender, emoji, at)
             VALUES (:chat, :target, :sender, :emoji, :at)
             ON CONFLICT DO UPDATE SET emoji = excluded.emoji, at = excluded.at WHERE excluded.at >= reactions.at",
        )?
        .execute(named_params! {
            ":chat": change.chat, ":target": change.target, ":sender": change.sender, ":emoji": emoji,
            ":at": change.at,
        })?;
    if changed == 0 {
        return Ok(None);
    }
    Ok(target(c, change, true)?.map(|target| target.public_id))
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
        let mut statement = c.prepare_cached(
            "SELECT g.id, k.id, k.public_id FROM chats g
               LEFT JOIN chats k ON k.session_id = g.session_id AND k.contact_id = :kept
              WHERE g.contact_id = :gone",
        )?;
        let rows = statement.query_map(named_params! { ":kept": kept, ":gone": gone }, |row| {
            let stays: Option<ChatId> = row.get(1)?;
            let public: Option<PublicId> = row.get(2)?;
            Ok((row.get(0)?, stays.zip(public)))
        })?;
        rows.collect::<Result<_, _>>()?
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
    for table in ["reactions", "early_changes"] {
        c.prepare_cached(&format!(
            "UPDATE OR IGNORE {table} SET chat_id = :into WHERE chat_id = :from"
        ))?
        .execute(named_params! { ":into": into, ":from": from })?;
    }
    c.prepare_cached("UPDATE read_marks SET chat_id = :into WHERE chat_id = :from")?
        .execute(named_params! { ":into": into, ":from": from })?;
    drop_rest(c, from)?;
    c.prepare_cached("DELETE FROM chats WHERE id = :from")?
        .execute(named_params! { ":from": from })?;
    c.prepare_cached(
        "UPDATE chats SET
             unread = (SELECT COUNT(*) FROM messages WHERE chat_id = :into AND unread = 1),
             answered = EXISTS (SELECT 1 FROM messages WHERE chat_id = :into AND shown = 1 AND origin = 'contact'),
             last_message_id = (SELECT id FROM messages WHERE chat_id = :into AND shown = 1
                                 ORDER BY at DESC, id DESC LIMIT 1),
             last_message_at = COALESCE((SELECT at FROM messages WHERE chat_id = :into AND shown = 1
                                          ORDER BY at DESC, id DESC LIMIT 1), 0)
          WHERE id = :into",
    )?
    .execute(named_params! { ":into": into })?;
    Ok(())
}

/// Deletes the messages left in the chat: duplicates that could not move, or all of a chat that is deleted.
pub(super) fn drop_rest(c: &Connection, chat: ChatId) -> db::Result<()> {
    let rest: Vec<MessageId> = {
        let mut statement = c.prepare_cached("SELECT id FROM messages WHERE chat_id = :chat")?;
        let rows = statement.query_map(named_params! { ":chat": chat }, |row| row.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    for id in rest {
        search::remove(c, id)?;
        c.prepare_cached("DELETE FROM messages WHERE id = :id")?
            .execute(named_params! { ":id": id })?;
    }
    search::remove_group(c, chat)
}
