//! SQL that reads messages: a thread's page, and what shows with each message.

use std::collections::HashMap;

use rusqlite::types::ToSql;
use rusqlite::{Connection, Row, named_params};
use wa_client::{Card, Context};

use super::read::{digits, read_json};
use super::{OURSELVES, outgoing, people, receipts};
use crate::chats::model::{
    Answer, Answered, ChatKind, Detail, FileInfo, Kind, MediaInfo, Message, Pinned, Quoted, Reaction, Sender,
    StoredQuote, ThreadPage, Waits, Window,
};
use crate::clock::UnixMs;
use crate::db::{self, DbError, Rows as _};
use crate::ids::{ChatId, ContactId, MessageId, PublicId, WorkspaceId};

/// More than one bar of pins shows.
const PINS: u32 = 5;

pub(in crate::chats) const MESSAGE_COLUMNS: &str = "m.id, m.public_id, ch.public_id, m.wa_id, m.sender, m.kind,
    m.origin, m.status, m.failure, m.at, m.unread, m.body, m.detail, m.quoted_wa_id, m.edited_at,
    m.deleted_at IS NOT NULL, m.chat_id, COALESCE(st.shown_name, s.shown_name),
    (SELECT a.address FROM contact_addresses a
      WHERE a.contact_id = COALESCE(s.merged_into, s.id) AND a.kind = 'phone' ORDER BY a.typed LIMIT 1),
    md.mime, md.file_name, md.seconds, md.width, md.height, md.size, md.thumbnail, ch.kind,
    CASE m.status WHEN 'pending' THEN m.held_until END, md.waveform, m.context, m.quote, m.album, m.shown,
    m.edited_elsewhere, m.kept_at IS NOT NULL, mf.public_id, mf.state, mf.why, mf.mime, mf.thumbnail IS NOT NULL,
    CASE m.status WHEN 'pending' THEN m.waits_for END, m.waits_until, m.unreached_at IS NOT NULL";

/// A sender that was merged into another contact is shown by that contact's name.
pub(in crate::chats) const MESSAGE_TABLES: &str = "messages m
    JOIN chats ch ON ch.id = m.chat_id
    LEFT JOIN contacts s ON s.id = m.sender
    LEFT JOIN contacts st ON st.id = s.merged_into
    LEFT JOIN media md ON md.message_id = m.id
    LEFT JOIN media_files mf ON mf.id = md.file_id";

/// A message as read, with what still has to be looked up for it.
pub(super) struct Raw {
    message: Message,
    pub chat: ChatId,
    quoted_wa_id: Option<String>,
    quote: Option<StoredQuote>,
}

pub(super) fn message_from_row(row: &Row<'_>) -> rusqlite::Result<Raw> {
    let contact: ContactId = row.get(4)?;
    let from_me = contact == OURSELVES;
    let phone: Option<String> = row.get(18)?;
    let sender = Sender {
        contact,
        name: row.get(17)?,
        phone: phone.as_deref().and_then(digits),
    };
    let detail: Option<Detail> = read_json(row.get(12)?);
    let context: Context = read_json(row.get(29)?).unwrap_or_default();
    let mut named = context.mentions.clone();
    if let Some(Detail::Card(Card::Line(line))) = &detail {
        named.extend(people::of_line(line));
    }
    let message = Message {
        id: row.get(0)?,
        public_id: row.get(1)?,
        chat: row.get(2)?,
        in_group: row.get::<_, ChatKind>(26)? == ChatKind::Group,
        wa_id: row.get(3)?,
        from_me,
        sender: (!from_me).then_some(sender),
        kind: row.get(5)?,
        origin: row.get(6)?,
        status: row.get(7)?,
        failure: row.get(8)?,
        held_until: row.get(27)?,
        waits: match (row.get(40)?, row.get(41)?) {
            (Some(why), Some(until)) => Some(Waits { why, until }),
            _ => None,
        },
        unreached: row.get(42)?,
        at: row.get(9)?,
        unread: row.get(10)?,
        body: row.get(11)?,
        detail,
        media: media_from_row(row)?,
        context,
        album: row.get(31)?,
        quoted: None,
        shown: row.get(32)?,
        edited_at: row.get(14)?,
        edited_elsewhere: row.get(33)?,
        deleted: row.get(15)?,
        kept: row.get(34)?,
        reactions: Vec::new(),
        answers: Vec::new(),
        failed_change: None,
        receipts: None,
        people: named.into_iter().map(people::nobody).collect(),
    };
    Ok(Raw {
        message,
        quoted_wa_id: row.get(13)?,
        quote: read_json(row.get(30)?),
        chat: row.get(16)?,
    })
}

fn media_from_row(row: &Row<'_>) -> rusqlite::Result<Option<MediaInfo>> {
    let Some(mime) = row.get(19)? else { return Ok(None) };
    let size: Option<i64> = row.get(24)?;
    Ok(Some(MediaInfo {
        mime,
        file_name: row.get(20)?,
        seconds: row.get(21)?,
        width: row.get(22)?,
        height: row.get(23)?,
        size: size.and_then(|size| u64::try_from(size).ok()),
        thumbnail: row.get(25)?,
        waveform: row.get(28)?,
        file: file_from_row(row)?,
    }))
}

fn file_from_row(row: &Row<'_>) -> rusqlite::Result<Option<FileInfo>> {
    let Some(id) = row.get(35)? else { return Ok(None) };
    Ok(Some(FileInfo {
        id,
        state: row.get(36)?,
        why: row.get(37)?,
        mime: row.get(38)?,
        has_thumbnail: row.get(39)?,
    }))
}

/// A message of the workspace.
///
/// # Errors
/// `NotFound`, also for a message of another workspace.
pub fn message(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<Message> {
    let sql = format!(
        "SELECT {MESSAGE_COLUMNS} FROM {MESSAGE_TABLES} WHERE m.public_id = :id AND m.workspace_id = :workspace"
    );
    let raw = c
        .prepare_cached(&sql)?
        .query_row(named_params! { ":id": id, ":workspace": workspace }, message_from_row)?;
    complete(c, workspace, vec![raw])?.pop().ok_or(DbError::NotFound)
}

/// These messages, complete and in this order.
pub(super) fn by_ids(c: &Connection, workspace: WorkspaceId, ids: &[MessageId]) -> db::Result<Vec<Message>> {
    let wanted: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let wanted = super::json(&wanted)?;
    let mut statement = c.prepare_cached(&by_ids_sql())?;
    let rows = statement.query_map(
        named_params! { ":ids": wanted, ":workspace": workspace },
        message_from_row,
    )?;
    // What shows with a message is looked up by conversation.
    let mut by_chat: HashMap<ChatId, Vec<Raw>> = HashMap::new();
    for raw in rows {
        let raw = raw?;
        by_chat.entry(raw.chat).or_default().push(raw);
    }
    let mut found = HashMap::new();
    for raw in by_chat.into_values() {
        let messages = complete(c, workspace, raw)?;
        found.extend(messages.into_iter().map(|message| (message.id, message)));
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

pub(in crate::chats) fn by_ids_sql() -> String {
    format!(
        "SELECT {MESSAGE_COLUMNS} FROM json_each(:ids) n CROSS JOIN {MESSAGE_TABLES}
          WHERE m.id = n.value AND m.workspace_id = :workspace"
    )
}

/// The SQL of a page of a thread; `:at` and `:id` are the message to continue from.
pub(in crate::chats) fn thread_sql(window: &Window) -> String {
    let (from, order) = match window {
        Window::Latest | Window::Around(_) => ("", "DESC"),
        Window::Before(_) => ("AND (m.at, m.id) < (:at, :id)", "DESC"),
        Window::After(_) => ("AND (m.at, m.id) > (:at, :id)", "ASC"),
    };
    format!(
        "SELECT {MESSAGE_COLUMNS} FROM {MESSAGE_TABLES}
          WHERE m.chat_id = :chat AND m.shown = 1 {from} ORDER BY m.at {order}, m.id {order} LIMIT :limit"
    )
}

/// A page of a conversation.
///
/// # Errors
/// `NotFound`, also for a conversation of another workspace.
pub fn thread(
    c: &Connection,
    workspace: WorkspaceId,
    chat: &PublicId,
    window: &Window,
    limit: u32,
) -> db::Result<ThreadPage> {
    if let Window::Around(id) = window {
        return around(c, workspace, chat, id, limit);
    }
    let chat = super::ref_in(c, workspace, chat)?.id;
    let from: Option<(UnixMs, i64)> = match window {
        Window::Latest | Window::Around(_) => None,
        Window::Before(id) | Window::After(id) => Some(position(c, chat, id)?),
    };
    let one_more = limit + 1;
    let mut params: Vec<(&str, &dyn ToSql)> = vec![(":chat", &chat), (":limit", &one_more)];
    if let Some((at, id)) = &from {
        params.push((":at", at));
        params.push((":id", id));
    }

    let mut raw: Vec<Raw> = c
        .prepare_cached(&thread_sql(window))?
        .all(params.as_slice(), message_from_row)?;
    let more = raw.len() > limit as usize;
    raw.truncate(limit as usize);
    if !matches!(window, Window::After(_)) {
        raw.reverse();
    }
    let messages = complete(c, workspace, raw)?;
    let first = messages.first().map(|message| message.public_id.clone());
    let last = messages.last().map(|message| message.public_id.clone());
    let (older, newer) = match window {
        Window::Latest | Window::Around(_) => (first.filter(|_| more), None),
        Window::Before(before) => (first.filter(|_| more), last.or_else(|| Some(before.clone()))),
        Window::After(after) => (first.or_else(|| Some(after.clone())), last.filter(|_| more)),
    };
    Ok(ThreadPage {
        messages,
        older,
        newer,
        first_unread: first_unread(c, chat)?,
    })
}

/// A message, with up to `limit` messages before it and as many after it.
fn around(
    c: &Connection,
    workspace: WorkspaceId,
    chat: &PublicId,
    id: &PublicId,
    limit: u32,
) -> db::Result<ThreadPage> {
    let before = thread(c, workspace, chat, &Window::Before(id.clone()), limit)?;
    let after = thread(c, workspace, chat, &Window::After(id.clone()), limit)?;
    let mut messages = before.messages;
    messages.extend(Some(message(c, workspace, id)?).filter(|message| message.shown));
    messages.extend(after.messages);
    Ok(ThreadPage {
        messages,
        older: before.older,
        newer: after.newer,
        first_unread: after.first_unread,
    })
}

fn position(c: &Connection, chat: ChatId, message: &PublicId) -> db::Result<(UnixMs, i64)> {
    c.prepare_cached("SELECT at, id FROM messages WHERE public_id = :id AND chat_id = :chat")?
        .one(named_params! { ":id": message, ":chat": chat }, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
}

fn first_unread(c: &Connection, chat: ChatId) -> db::Result<Option<PublicId>> {
    let sql = "SELECT public_id FROM messages WHERE chat_id = :chat AND unread = 1 ORDER BY id LIMIT 1";
    c.prepare_cached(sql)?
        .maybe(named_params! { ":chat": chat }, |row| row.get(0))
}

/// Messages pinned in a conversation, the newest pin first.
pub fn pins(c: &Connection, workspace: WorkspaceId, chat: &PublicId, now: UnixMs) -> db::Result<Vec<Pinned>> {
    let chat = super::ref_in(c, workspace, chat)?.id;
    let sql = format!(
        "SELECT {MESSAGE_COLUMNS}, p.until AS pinned_until FROM pins p CROSS JOIN {MESSAGE_TABLES}
          WHERE p.chat_id = :chat AND p.pinned = 1 AND (p.until IS NULL OR p.until > :now)
            AND m.chat_id = p.chat_id AND m.wa_id = p.target_wa_id AND m.shown = 1 AND m.deleted_at IS NULL
          ORDER BY p.at DESC LIMIT :limit"
    );
    let mut statement = c.prepare_cached(&sql)?;
    let rows = statement.query_map(named_params! { ":chat": chat, ":now": now, ":limit": PINS }, |row| {
        Ok((message_from_row(row)?, row.get::<_, Option<UnixMs>>("pinned_until")?))
    })?;
    let (raw, untils): (Vec<_>, Vec<_>) = rows.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
    let messages = complete(c, workspace, raw)?;
    Ok(messages
        .into_iter()
        .zip(untils)
        .map(|(message, until)| Pinned { message, until })
        .collect())
}

/// Adds reactions, answers and names (one query each per page) and quotes (one lookup each).
pub(super) fn complete(c: &Connection, workspace: WorkspaceId, raw: Vec<Raw>) -> db::Result<Vec<Message>> {
    let Some(chat) = raw.first().map(|first| first.chat) else {
        return Ok(Vec::new());
    };
    let mut reactions = reactions(c, chat, &raw)?;
    let mut answers = answers(c, chat, &raw)?;
    let ours = |raw: &&Raw| raw.message.from_me && raw.message.in_group;
    let ours: Vec<MessageId> = raw.iter().filter(ours).map(|raw| raw.message.id).collect();
    let receipts = if ours.is_empty() {
        HashMap::new()
    } else {
        receipts::counts(c, &ours)?
    };
    let ids: Vec<MessageId> = raw.iter().map(|raw| raw.message.id).collect();
    // A later one takes the place of an earlier one.
    let mut failed: HashMap<MessageId, _> = outgoing::failed_changes(c, &ids)?.into_iter().collect();
    let mut messages = Vec::with_capacity(raw.len());
    for raw in raw {
        let mut message = raw.message;
        message.reactions = reactions.remove(&message.wa_id).unwrap_or_default();
        if matches!(message.kind, Kind::Poll | Kind::Event) {
            message.answers = answers.remove(&message.wa_id).unwrap_or_default();
        }
        message.receipts = receipts.get(&message.id).copied();
        message.failed_change = failed.remove(&message.id);
        message.quoted = quoted(c, workspace, chat, raw.quoted_wa_id.as_deref(), raw.quote)?;
        people::name(c, workspace, &mut message.people)?;
        messages.push(message);
    }
    Ok(messages)
}

fn ids_of<'a>(raw: impl Iterator<Item = &'a Raw>) -> db::Result<String> {
    let ids: Vec<&str> = raw.map(|raw| raw.message.wa_id.as_str()).collect();
    Ok(serde_json::to_string(&ids).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?)
}

/// Reactions to messages of one chat, by WhatsApp id, the most frequent first.
fn reactions(c: &Connection, chat: ChatId, raw: &[Raw]) -> db::Result<HashMap<String, Vec<Reaction>>> {
    let ids = ids_of(raw.iter())?;
    let mut statement = c.prepare_cached(REACTIONS_SQL)?;
    let rows = statement.query_map(named_params! { ":chat": chat, ":ids": ids }, |row| {
        let reaction = Reaction {
            emoji: row.get(1)?,
            count: row.get(2)?,
            mine: row.get(3)?,
            by: read_json(row.get(4)?).unwrap_or_default(),
        };
        Ok((row.get::<_, String>(0)?, reaction))
    })?;
    let mut found: HashMap<String, Vec<Reaction>> = HashMap::new();
    for row in rows {
        let (target, reaction) = row?;
        found.entry(target).or_default().push(reaction);
    }
    Ok(found)
}

pub(in crate::chats) const REACTIONS_SQL: &str = "SELECT r.target_wa_id, r.emoji, COUNT(*), MAX(r.sender = 0),
        json_group_array(COALESCE(t.shown_name, s.shown_name))
            FILTER (WHERE COALESCE(t.shown_name, s.shown_name) IS NOT NULL)
       FROM json_each(:ids) n JOIN reactions r ON r.chat_id = :chat AND r.target_wa_id = n.value
       LEFT JOIN contacts s ON s.id = r.sender LEFT JOIN contacts t ON t.id = s.merged_into
      WHERE r.emoji <> '' GROUP BY r.target_wa_id, r.emoji ORDER BY COUNT(*) DESC, r.emoji";

/// Answers to polls and events of one chat, by WhatsApp id, oldest first.
fn answers(c: &Connection, chat: ChatId, raw: &[Raw]) -> db::Result<HashMap<String, Vec<Answered>>> {
    let asked: Vec<&Raw> = raw
        .iter()
        .filter(|raw| matches!(raw.message.kind, Kind::Poll | Kind::Event))
        .collect();
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = ids_of(asked.into_iter())?;
    let mut statement = c.prepare_cached(ANSWERS_SQL)?;
    let rows = statement.query_map(named_params! { ":chat": chat, ":ids": ids }, |row| {
        let contact: ContactId = row.get(1)?;
        let phone: Option<String> = row.get(3)?;
        let sender = Sender {
            contact,
            name: row.get(2)?,
            phone: phone.as_deref().and_then(digits),
        };
        let answer: Option<Answer> = read_json(row.get(4)?);
        Ok((
            row.get::<_, String>(0)?,
            answer.map(|answer| Answered {
                sender: (contact != OURSELVES).then_some(sender),
                answer,
            }),
        ))
    })?;
    let mut found: HashMap<String, Vec<Answered>> = HashMap::new();
    for row in rows {
        let (target, answer) = row?;
        found.entry(target).or_default().extend(answer);
    }
    Ok(found)
}

pub(in crate::chats) const ANSWERS_SQL: &str = "SELECT r.target_wa_id, r.sender, COALESCE(t.shown_name, s.shown_name),
        (SELECT a.address FROM contact_addresses a
          WHERE a.contact_id = COALESCE(s.merged_into, s.id) AND a.kind = 'phone' ORDER BY a.typed LIMIT 1), r.answer
       FROM json_each(:ids) n JOIN answers r ON r.chat_id = :chat AND r.target_wa_id = n.value
       LEFT JOIN contacts s ON s.id = r.sender LEFT JOIN contacts t ON t.id = s.merged_into
      ORDER BY r.at";

/// The quoted message: as it is now where it is in the conversation, else as the answer has it.
fn quoted(
    c: &Connection,
    workspace: WorkspaceId,
    chat: ChatId,
    wa_id: Option<&str>,
    stored: Option<StoredQuote>,
) -> db::Result<Option<Quoted>> {
    let status = stored.as_ref().is_some_and(|quote| quote.status);
    let here = match wa_id.filter(|_| !status) {
        Some(wa_id) => original(c, workspace, chat, wa_id, stored.as_ref())?,
        None => None,
    };
    let Some(stored) = stored else { return Ok(here) };
    if let Some(here) = here {
        return Ok(Some(here));
    }
    let mut sender = None;
    if let (false, Some(address)) = (stored.ours, stored.sender) {
        let mut person = people::nobody(address);
        people::name(c, workspace, std::slice::from_mut(&mut person))?;
        sender = Some(Sender {
            contact: ContactId(-1),
            name: person.name,
            phone: person.phone,
        });
    }
    Ok(Some(Quoted {
        message: None,
        from_me: stored.ours,
        sender,
        kind: stored.kind,
        body: stored.text,
        status,
        deleted: false,
        view_once: false,
    }))
}

fn original(
    c: &Connection,
    workspace: WorkspaceId,
    chat: ChatId,
    wa_id: &str,
    stored: Option<&StoredQuote>,
) -> db::Result<Option<Quoted>> {
    let author = match stored {
        Some(quote) if quote.ours => Some(OURSELVES),
        Some(StoredQuote {
            sender: Some(address), ..
        }) => people::contact_of(c, workspace, address)?,
        _ => None,
    };
    // Ids are unique per sender only; without a known author any message with this id is meant.
    let sql = format!(
        "SELECT {MESSAGE_COLUMNS} FROM {MESSAGE_TABLES}
          WHERE m.chat_id = :chat AND m.wa_id = :id AND m.kind <> 'undecryptable'
          ORDER BY m.sender = :author OR s.merged_into = :author DESC LIMIT 1"
    );
    let raw = c.prepare_cached(&sql)?.maybe(
        named_params! { ":chat": chat, ":id": wa_id, ":author": author },
        message_from_row,
    )?;
    Ok(raw.map(|Raw { message, .. }| Quoted {
        message: message.shown.then_some(message.public_id),
        from_me: message.from_me,
        sender: message.sender,
        kind: message.kind,
        body: message.body,
        status: false,
        deleted: message.deleted,
        view_once: message.context.view_once,
    }))
}
