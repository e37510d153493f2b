//! SQL that pages read with. A page touches an index and the rows it shows; `plans.rs` checks the query plans.

use std::collections::HashMap;

use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension as _, Row, Statement, named_params};

use super::search::find;
use crate::chats::model::{
    Chat, ChatCursor, ChatFilter, ChatKind, FileInfo, Found, MediaInfo, Message, Preview, Quoted, Reaction, Sender,
    ThreadPage, Traffic, Window,
};
use crate::clock::UnixMs;
use crate::contacts;
use crate::db::{self, DbError, Page};
use crate::fold::Query;
use crate::ids::{ChatId, ContactId, PublicId, WorkspaceId};

/// How many contacts, and how many groups, a search by name returns at most.
const NAMES: u32 = 200;

pub(in crate::chats) const CHAT_COLUMNS: &str = "ch.id, ch.public_id, se.public_id, se.name, ch.kind,
    COALESCE(co.name, co.push_name, ch.name), co.public_id, ch.unread, ch.last_message_at, ch.address,
    (SELECT a.address FROM contact_addresses a WHERE a.contact_id = co.id AND a.kind = 'phone' ORDER BY a.typed LIMIT 1),
    m.kind, m.sender, m.origin, m.status, substr(m.body, 1, 200), m.deleted_at IS NOT NULL, md.seconds, md.file_name";

pub(in crate::chats) const CHAT_TABLES: &str = "chats ch
    JOIN sessions se ON se.id = ch.session_id AND se.deleted_at IS NULL
    LEFT JOIN contacts co ON co.id = ch.contact_id
    LEFT JOIN messages m ON m.id = ch.last_message_id
    LEFT JOIN media md ON md.message_id = m.id";

fn chat_from_row(row: &Row<'_>) -> rusqlite::Result<Chat> {
    let (address, phone): (String, Option<String>) = (row.get(9)?, row.get(10)?);
    let has_last = row.get_ref(11)?.as_str_or_null()?.is_some();
    Ok(Chat {
        id: row.get(0)?,
        public_id: row.get(1)?,
        session: row.get(2)?,
        session_name: row.get(3)?,
        kind: row.get(4)?,
        title: row.get(5)?,
        contact: row.get(6)?,
        unread: row.get(7)?,
        last_at: row.get(8)?,
        phone: phone.as_deref().or(Some(&address)).and_then(digits),
        last: if has_last { Some(preview_from_row(row)?) } else { None },
    })
}

fn preview_from_row(row: &Row<'_>) -> rusqlite::Result<Preview> {
    Ok(Preview {
        kind: row.get(11)?,
        from_me: row.get::<_, ContactId>(12)? == super::OURSELVES,
        origin: row.get(13)?,
        status: row.get(14)?,
        body: row.get(15)?,
        deleted: row.get(16)?,
        seconds: row.get(17)?,
        file_name: row.get(18)?,
    })
}

/// The digits of a phone address.
fn digits(address: &str) -> Option<String> {
    address.strip_suffix("@s.whatsapp.net").map(str::to_owned)
}

/// # Errors
/// `NotFound`, also for a conversation of another workspace.
pub fn chat(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<Chat> {
    let sql =
        format!("SELECT {CHAT_COLUMNS} FROM {CHAT_TABLES} WHERE ch.public_id = :id AND ch.workspace_id = :workspace");
    Ok(c.prepare_cached(&sql)?
        .query_row(named_params! { ":id": id, ":workspace": workspace }, chat_from_row)?)
}

fn chat_by_id(c: &Connection, id: ChatId) -> db::Result<Option<Chat>> {
    let sql = format!("SELECT {CHAT_COLUMNS} FROM {CHAT_TABLES} WHERE ch.id = :id");
    Ok(c.prepare_cached(&sql)?
        .query_row(named_params! { ":id": id }, chat_from_row)
        .optional()?)
}

/// How many conversations have unread messages.
pub fn unread_chats(c: &Connection, workspace: WorkspaceId) -> db::Result<u32> {
    let sql = "SELECT COUNT(*) FROM chats WHERE workspace_id = :workspace AND unread > 0";
    Ok(c.prepare_cached(sql)?
        .query_row(named_params! { ":workspace": workspace }, |row| row.get(0))?)
}

/// The SQL of a page of the list, put together from constants; which of them depends on the filter.
pub(in crate::chats) fn list_sql(filter: &ChatFilter, continued: bool) -> String {
    let hits = if filter.search.is_some() {
        "WITH hits (id) AS (
             SELECT h.id FROM json_each(:contacts) n JOIN chats h ON h.contact_id = n.value
             UNION
             SELECT value FROM json_each(:groups)
         ) "
    } else {
        ""
    };
    let mut sql = format!(
        "{hits}SELECT {CHAT_COLUMNS} FROM {CHAT_TABLES}
          WHERE ch.workspace_id = :workspace AND ch.last_message_at > 0"
    );
    if filter.search.is_some() {
        sql.push_str(" AND ch.id IN (SELECT id FROM hits)");
    }
    if filter.unread {
        sql.push_str(" AND ch.unread > 0");
    }
    if filter.session.is_some() {
        sql.push_str(
            " AND ch.session_id = (SELECT s.id FROM sessions s
                                    WHERE s.public_id = :session AND s.workspace_id = :workspace
                                      AND s.deleted_at IS NULL)",
        );
    }
    if continued {
        sql.push_str(" AND (ch.last_message_at, ch.id) < (:at, (SELECT x.id FROM chats x WHERE x.public_id = :after))");
    }
    sql.push_str(" ORDER BY ch.last_message_at DESC, ch.id DESC LIMIT :limit");
    sql
}

/// A page of the conversations, the one with the newest message first.
pub fn list(
    c: &Connection,
    workspace: WorkspaceId,
    filter: &ChatFilter,
    after: Option<&ChatCursor>,
    limit: u32,
) -> db::Result<Page<Chat, ChatCursor>> {
    // An empty search is none.
    let search = filter.search.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let filter = ChatFilter {
        search: search.map(str::to_owned),
        ..filter.clone()
    };
    let query = search.and_then(Query::parse);
    if search.is_some() && query.is_none() {
        return Ok(Page::of(Vec::new(), limit as usize, cursor_of));
    }
    let (contacts, groups) = match &query {
        Some(query) => (
            ids_json(contacts::search_in(c, workspace, query, NAMES)?.iter().map(|id| id.0)),
            ids_json(find::groups(c, workspace, query, NAMES)?.iter().map(|id| id.0)),
        ),
        None => Default::default(),
    };
    let one_more = limit + 1;
    let at = after.map(|cursor| cursor.at);
    let after_id = after.map(|cursor| &cursor.chat);
    let mut params: Vec<(&str, &dyn ToSql)> = vec![(":workspace", &workspace), (":limit", &one_more)];
    if search.is_some() {
        params.push((":contacts", &contacts));
        params.push((":groups", &groups));
    }
    if filter.session.is_some() {
        params.push((":session", &filter.session));
    }
    if after.is_some() {
        params.push((":at", &at));
        params.push((":after", &after_id));
    }
    let mut statement = c.prepare_cached(&list_sql(&filter, after.is_some()))?;
    let rows = statement.query_map(params.as_slice(), chat_from_row)?;
    let chats: Vec<Chat> = rows.collect::<Result<_, _>>()?;
    Ok(Page::of(chats, limit as usize, cursor_of))
}

fn cursor_of(last: &Chat) -> ChatCursor {
    ChatCursor {
        at: last.last_at,
        chat: last.public_id.clone(),
    }
}

fn ids_json(ids: impl Iterator<Item = i64>) -> String {
    serde_json::Value::from(ids.collect::<Vec<_>>()).to_string()
}

pub(in crate::chats) const MESSAGE_COLUMNS: &str = "m.id, m.public_id, ch.public_id, m.wa_id, m.sender, m.kind,
    m.origin, m.status, m.failure, m.at, m.unread, m.body, m.detail, m.quoted_wa_id, m.edited_at IS NOT NULL,
    m.deleted_at IS NOT NULL, m.chat_id, COALESCE(st.name, st.push_name, s.name, s.push_name),
    (SELECT a.address FROM contact_addresses a
      WHERE a.contact_id = COALESCE(s.merged_into, s.id) AND a.kind = 'phone' ORDER BY a.typed LIMIT 1),
    md.mime, md.file_name, md.seconds, md.width, md.height, md.size, md.thumbnail, ch.kind,
    CASE m.status WHEN 'pending' THEN m.held_until END, mf.public_id, mf.state, mf.why, mf.mime,
    mf.thumbnail IS NOT NULL";

/// A sender that was merged into another contact is shown by that contact's name.
pub(in crate::chats) const MESSAGE_TABLES: &str = "messages m
    JOIN chats ch ON ch.id = m.chat_id
    LEFT JOIN contacts s ON s.id = m.sender
    LEFT JOIN contacts st ON st.id = s.merged_into
    LEFT JOIN media md ON md.message_id = m.id
    LEFT JOIN media_files mf ON mf.id = md.file_id";

/// A message as read, with what still has to be looked up for it.
struct Raw {
    message: Message,
    chat: ChatId,
    quoted_wa_id: Option<String>,
}

fn message_from_row(row: &Row<'_>) -> rusqlite::Result<Raw> {
    let contact: ContactId = row.get(4)?;
    let from_me = contact == super::OURSELVES;
    let detail: Option<String> = row.get(12)?;
    let phone: Option<String> = row.get(18)?;
    let sender = Sender {
        contact,
        name: row.get(17)?,
        phone: phone.as_deref().and_then(digits),
    };
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
        at: row.get(9)?,
        unread: row.get(10)?,
        body: row.get(11)?,
        // A detail that this version cannot parse is left out rather than losing the whole page.
        detail: detail.and_then(|json| serde_json::from_str(&json).ok()),
        media: media_from_row(row)?,
        quoted: None,
        edited: row.get(14)?,
        deleted: row.get(15)?,
        reactions: Vec::new(),
    };
    Ok(Raw {
        message,
        quoted_wa_id: row.get(13)?,
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
        file: file_from_row(row)?,
    }))
}

fn file_from_row(row: &Row<'_>) -> rusqlite::Result<Option<FileInfo>> {
    let Some(id) = row.get(28)? else { return Ok(None) };
    Ok(Some(FileInfo {
        id,
        state: row.get(29)?,
        why: row.get(30)?,
        mime: row.get(31)?,
        has_thumbnail: row.get(32)?,
    }))
}

pub(in crate::chats) fn message(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<Message> {
    let sql = format!(
        "SELECT {MESSAGE_COLUMNS} FROM {MESSAGE_TABLES} WHERE m.public_id = :id AND m.workspace_id = :workspace"
    );
    let raw = c
        .prepare_cached(&sql)?
        .query_row(named_params! { ":id": id, ":workspace": workspace }, message_from_row)?;
    complete(c, vec![raw])?.pop().ok_or(DbError::NotFound)
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
    let mut statement = c.prepare_cached(&thread_sql(window))?;
    let rows = statement.query_map(params.as_slice(), message_from_row)?;
    let mut raw: Vec<Raw> = rows.collect::<Result<_, _>>()?;
    let more = raw.len() > limit as usize;
    raw.truncate(limit as usize);
    if !matches!(window, Window::After(_)) {
        raw.reverse();
    }
    let messages = complete(c, raw)?;
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
    messages.push(message(c, workspace, id)?);
    messages.extend(after.messages);
    Ok(ThreadPage {
        messages,
        older: before.older,
        newer: after.newer,
        first_unread: after.first_unread,
    })
}

fn position(c: &Connection, chat: ChatId, message: &PublicId) -> db::Result<(UnixMs, i64)> {
    Ok(
        c.prepare_cached("SELECT at, id FROM messages WHERE public_id = :id AND chat_id = :chat")?
            .query_row(named_params! { ":id": message, ":chat": chat }, |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?,
    )
}

fn first_unread(c: &Connection, chat: ChatId) -> db::Result<Option<PublicId>> {
    let sql = "SELECT public_id FROM messages WHERE chat_id = :chat AND unread = 1 ORDER BY id LIMIT 1";
    Ok(c.prepare_cached(sql)?
        .query_row(named_params! { ":chat": chat }, |row| row.get(0))
        .optional()?)
}

/// Adds reactions (one query per page) and quotes (one lookup each).
fn complete(c: &Connection, raw: Vec<Raw>) -> db::Result<Vec<Message>> {
    let mut reactions = match raw.first() {
        Some(first) => reactions(c, first.chat, &raw)?,
        None => HashMap::new(),
    };
    raw.into_iter()
        .map(
            |Raw {
                 mut message,
                 chat,
                 quoted_wa_id,
             }| {
                message.reactions = reactions.remove(&message.wa_id).unwrap_or_default();
                if let Some(wa_id) = quoted_wa_id {
                    message.quoted = quoted(c, chat, &wa_id)?;
                }
                Ok(message)
            },
        )
        .collect()
}

/// Reactions to messages of one chat, by WhatsApp id, the most frequent first.
fn reactions(c: &Connection, chat: ChatId, raw: &[Raw]) -> db::Result<HashMap<String, Vec<Reaction>>> {
    let ids: Vec<&str> = raw.iter().map(|raw| raw.message.wa_id.as_str()).collect();
    let ids = serde_json::to_string(&ids).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
    let mut statement = c.prepare_cached(REACTIONS_SQL)?;
    let rows = statement.query_map(named_params! { ":chat": chat, ":ids": ids }, |row| {
        let reaction = Reaction {
            emoji: row.get(1)?,
            count: row.get(2)?,
            mine: row.get(3)?,
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

pub(in crate::chats) const REACTIONS_SQL: &str = "SELECT r.target_wa_id, r.emoji, COUNT(*), MAX(r.sender = 0)
       FROM json_each(:ids) n JOIN reactions r ON r.chat_id = :chat AND r.target_wa_id = n.value
      WHERE r.emoji <> '' GROUP BY r.target_wa_id, r.emoji ORDER BY COUNT(*) DESC, r.emoji";

fn quoted(c: &Connection, chat: ChatId, wa_id: &str) -> db::Result<Option<Quoted>> {
    let sql =
        format!("SELECT {MESSAGE_COLUMNS} FROM {MESSAGE_TABLES} WHERE m.chat_id = :chat AND m.wa_id = :id LIMIT 1");
    let raw = c
        .prepare_cached(&sql)?
        .query_row(named_params! { ":chat": chat, ":id": wa_id }, message_from_row)
        .optional()?;
    Ok(raw.map(|Raw { message, .. }| Quoted {
        from_me: message.from_me,
        sender: message.sender,
        kind: message.kind,
        body: message.body,
    }))
}

/// Reads only conversations and messages of the requested period; the newest of all is in an index.
pub(in crate::chats) const TRAFFIC_SQL: &str = "SELECT s.public_id,
        COUNT(m.id) FILTER (WHERE m.origin = 'contact'),
        COUNT(m.id) FILTER (WHERE m.origin <> 'contact' AND m.status NOT IN ('pending', 'failed')),
        (SELECT MAX(c.last_message_at) FROM chats c WHERE c.session_id = s.id AND c.last_message_at > 0)
   FROM sessions s
   LEFT JOIN chats ch ON ch.session_id = s.id AND ch.last_message_at > 0 AND ch.last_message_at >= :since
   LEFT JOIN messages m ON m.chat_id = ch.id AND m.shown = 1 AND m.at >= :since
  WHERE s.workspace_id = :workspace AND s.deleted_at IS NULL GROUP BY s.id";

pub(in crate::chats) fn traffic(c: &Connection, workspace: WorkspaceId, since: UnixMs) -> db::Result<Vec<Traffic>> {
    let count = |count: i64| u64::try_from(count).unwrap_or(0);
    let mut statement = c.prepare_cached(TRAFFIC_SQL)?;
    let rows = statement.query_map(named_params! { ":workspace": workspace, ":since": since }, |row| {
        Ok(Traffic {
            session: row.get(0)?,
            received: count(row.get(1)?),
            sent: count(row.get(2)?),
            last_at: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The messages of a search, each with its chat.
pub(super) fn found_from(
    c: &Connection,
    statement: &mut Statement<'_>,
    params: &[(&str, &dyn ToSql)],
) -> db::Result<Vec<Found>> {
    let rows = statement.query_map(params, message_from_row)?;
    let raw: Vec<Raw> = rows.collect::<Result<_, _>>()?;
    let mut found = Vec::with_capacity(raw.len());
    for raw in raw {
        let Some(chat) = chat_by_id(c, raw.chat)? else { continue };
        found.extend(complete(c, vec![raw])?.into_iter().map(|message| Found {
            message,
            chat: chat.clone(),
        }));
    }
    Ok(found)
}
