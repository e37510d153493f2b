//! SQL that pages read with. A page touches an index and the rows it shows; `plans.rs` checks the query plans.

use rusqlite::types::ToSql;
use rusqlite::{Connection, Row, Statement, named_params};

use super::BY_PUBLIC_ID;
use super::handling::{ASSIGNEE, HANDLED, handled_at};
use super::messages::{self, message_from_row};
use super::people;
use super::search::find;
use crate::chats::model::{Chat, ChatCursor, ChatFilter, Detail, Found, Preview, Sender, Traffic};
use crate::clock::UnixMs;
use crate::contacts;
use crate::db::{self, Page, Rows as _};
use crate::fold::Query;
use crate::ids::{ChatId, ContactId, PublicId, WorkspaceId};

/// How many contacts, and how many groups, a search by name returns at most.
const NAMES: u32 = 200;

/// Where a list finds its chats.
#[derive(Clone, Copy)]
enum By {
    Planner,
    Index(&'static str),
    /// The chats of a label, in the order of their newest messages.
    Label,
}

/// What [`chat_from_row`] reads, and from where.
fn chat_select(by: By) -> String {
    let chats = match by {
        By::Planner => "chats ch".to_owned(),
        By::Index(index) => format!("chats ch INDEXED BY {index}"),
        By::Label => {
            "chat_labels cl INDEXED BY chat_labels_by_time CROSS JOIN chats ch ON ch.id = cl.chat_id".to_owned()
        }
    };
    format!("SELECT {CHAT_COLUMNS}, {HANDLED} FROM {chats} {CHAT_JOINS} {ASSIGNEE}")
}

const CHAT_COLUMNS: &str = "ch.id, ch.public_id, se.public_id, se.name, ch.kind,
    COALESCE(co.shown_name, ch.name), co.public_id, ch.unread, ch.last_message_at, ch.address,
    (SELECT a.address FROM contact_addresses a WHERE a.contact_id = co.id AND a.kind = 'phone' ORDER BY a.typed LIMIT 1),
    m.kind, m.sender, m.origin, m.status, substr(m.body, 1, 200), m.deleted_at IS NOT NULL, md.seconds, md.file_name,
    CASE WHEN m.kind IN ('notice', 'line') THEN m.detail END, m.context ->> '$.view_once',
    CASE WHEN instr(m.body, '@') > 0 THEN m.context -> '$.mentions' END, ch.expires_after,
    CASE m.kind WHEN 'line' THEN (SELECT l.shown_name FROM contacts l WHERE l.id = m.sender) END";

const CHAT_JOINS: &str = "
    JOIN sessions se ON se.id = ch.session_id AND se.deleted_at IS NULL
    LEFT JOIN contacts co ON co.id = ch.contact_id
    LEFT JOIN messages m ON m.id = ch.last_message_id
    LEFT JOIN media md ON md.message_id = m.id";

fn chat_from_row(row: &Row<'_>) -> rusqlite::Result<Chat> {
    let (address, phone): (String, Option<String>) = (row.get(9)?, row.get(10)?);
    let has_last = row.get_ref(11)?.as_str_or_null()?.is_some();
    let expires_after: Option<u32> = row.get(22)?;
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
        expires_after,
        handled: handled_at(row, 24)?,
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
        detail: read_json(row.get(19)?),
        sender: match row.get::<_, ContactId>(12)? {
            super::OURSELVES => None,
            contact => Some(Sender {
                contact,
                name: row.get(23)?,
                phone: None,
            }),
        },
        view_once: row.get::<_, Option<bool>>(20)?.unwrap_or(false),
        people: read_json::<Vec<wa_client::Address>>(row.get(21)?)
            .unwrap_or_default()
            .into_iter()
            .map(people::nobody)
            .collect(),
    })
}

/// JSON of a column; what this version cannot parse is left out rather than losing the whole page.
pub(super) fn read_json<T: serde::de::DeserializeOwned>(json: Option<String>) -> Option<T> {
    serde_json::from_str(&json?).ok()
}

/// Names those whom the newest messages speak of.
fn name_people(c: &Connection, chats: &mut [Chat]) -> db::Result<()> {
    let Some(first) = chats.first() else { return Ok(()) };
    let workspace = people::workspace_of(c, first.id)?;
    let lasts = chats.iter_mut().filter_map(|chat| chat.last.as_mut());
    for last in lasts {
        if let Some(Detail::Card(wa_client::Card::Line(line))) = &last.detail {
            last.people = people::of_line(line).into_iter().map(people::nobody).collect();
        }
        if !last.people.is_empty() {
            people::name(c, workspace, &mut last.people)?;
        }
    }
    Ok(())
}

/// The digits of a phone address.
pub(super) fn digits(address: &str) -> Option<String> {
    address.strip_suffix("@s.whatsapp.net").map(str::to_owned)
}

/// # Errors
/// `NotFound`, also for a conversation of another workspace.
pub fn chat(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<Chat> {
    let sql = format!(
        "{} WHERE ch.id = {BY_PUBLIC_ID} AND ch.workspace_id = :workspace",
        chat_select(By::Planner)
    );
    let mut chat = c
        .prepare_cached(&sql)?
        .query_row(named_params! { ":id": id, ":workspace": workspace }, chat_from_row)?;
    name_people(c, std::slice::from_mut(&mut chat))?;
    Ok(chat)
}

fn chat_by_id(c: &Connection, id: ChatId) -> db::Result<Option<Chat>> {
    let sql = format!("{} WHERE ch.id = :id", chat_select(By::Planner));
    c.prepare_cached(&sql)?
        .maybe(named_params! { ":id": id }, chat_from_row)
}

pub(super) const UNREAD_SQL: &str =
    "SELECT COUNT(*) FROM chats WHERE workspace_id = :workspace AND unread > 0 AND muted = 0";

/// How many conversations have unread messages; muted ones wait for nobody.
pub fn unread_chats(c: &Connection, workspace: WorkspaceId) -> db::Result<u32> {
    c.prepare_cached(UNREAD_SQL)?
        .one(named_params! { ":workspace": workspace }, |row| row.get(0))
}

/// The index that has the rows of a filter in their order. The planner would not always choose it.
fn source_of(filter: &ChatFilter) -> By {
    By::Index(match filter {
        ChatFilter { search: Some(_), .. } => return By::Planner,
        ChatFilter { label: Some(_), .. } => return By::Label,
        ChatFilter { unread: true, .. } => "chats_unread_by_time",
        ChatFilter {
            session: Some(_),
            shelf: Some(_),
            ..
        } => "chats_of_session_handled",
        ChatFilter { session: Some(_), .. } => "chats_of_session_by_time",
        ChatFilter { shelf: Some(shelf), .. } => match shelf.assignee() {
            Some(_) => "chats_assigned_by_time",
            None => "chats_handled_by_time",
        },
        ChatFilter { .. } => "chats_by_time",
    })
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
    let by = source_of(filter);
    let mut sql = format!(
        "{hits}{}
          WHERE ch.workspace_id = :workspace AND ch.last_message_at > 0",
        chat_select(by)
    );
    if filter.search.is_some() {
        sql.push_str(" AND ch.id IN (SELECT id FROM hits)");
    }
    if filter.unread {
        sql.push_str(" AND ch.unread > 0");
    }
    if filter.label.is_some() {
        sql.push_str(
            " AND cl.label_id = (SELECT lb.id FROM labels lb
                                  WHERE lb.public_id = :label AND lb.workspace_id = :workspace)",
        );
    }
    if filter.session.is_some() {
        sql.push_str(
            " AND ch.session_id = (SELECT s.id FROM sessions s
                                    WHERE s.public_id = :session AND s.workspace_id = :workspace
                                      AND s.deleted_at IS NULL)",
        );
    }
    if let Some(shelf) = filter.shelf {
        sql.push_str(" AND ch.handling = :state");
        if shelf.assignee().is_some() {
            sql.push_str(" AND ch.assignee_id = :assignee");
        }
    }
    let pinned = filter.pinned_first();
    let (at, id) = match by {
        By::Label => ("cl.at", "cl.chat_id"),
        By::Planner | By::Index(_) => ("ch.last_message_at", "ch.id"),
    };
    if continued {
        let (column, value) = if pinned { ("ch.pinned, ", ":pinned, ") } else { ("", "") };
        sql.push_str(&format!(
            " AND ({column}{at}, {id})
                < ({value}:at, (SELECT x.id FROM chats x WHERE x.public_id = :after AND x.workspace_id = :workspace
                                        UNION ALL
                                       SELECT f.chat_id FROM former_chats f WHERE f.public_id = :after))"
        ));
    }
    let order = if pinned { "ch.pinned DESC, " } else { "" };
    sql.push_str(&format!(" ORDER BY {order}{at} DESC, {id} DESC LIMIT :limit"));
    sql
}

/// A page of the conversations, the one with the newest message first; on a shelf, pinned ones before the others.
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
    let pinned = after.is_some_and(|cursor| cursor.pinned);
    let shelf = filter.shelf.map(|shelf| (shelf.state, shelf.assignee()));
    let mut params: Vec<(&str, &dyn ToSql)> = vec![(":workspace", &workspace), (":limit", &one_more)];
    if search.is_some() {
        params.push((":contacts", &contacts));
        params.push((":groups", &groups));
    }
    if filter.session.is_some() {
        params.push((":session", &filter.session));
    }
    if filter.label.is_some() {
        params.push((":label", &filter.label));
    }
    if let Some((state, assignee)) = &shelf {
        params.push((":state", state));
        if let Some(assignee) = assignee {
            params.push((":assignee", assignee));
        }
    }
    if after.is_some() && filter.pinned_first() {
        params.push((":pinned", &pinned));
    }
    if after.is_some() {
        params.push((":at", &at));
        params.push((":after", &after_id));
    }

    let mut chats: Vec<Chat> = c
        .prepare_cached(&list_sql(&filter, after.is_some()))?
        .all(params.as_slice(), chat_from_row)?;
    name_people(c, &mut chats)?;
    Ok(Page::of(chats, limit as usize, cursor_of))
}

fn cursor_of(last: &Chat) -> ChatCursor {
    ChatCursor {
        pinned: last.handled.pinned,
        at: last.last_at,
        chat: last.public_id.clone(),
    }
}

fn ids_json(ids: impl Iterator<Item = i64>) -> String {
    serde_json::Value::from(ids.collect::<Vec<_>>()).to_string()
}

/// Reads only conversations and messages of the requested period; the newest of all is in an index.
pub(in crate::chats) const TRAFFIC_SQL: &str = "SELECT s.public_id,
        COUNT(m.id) FILTER (WHERE m.origin = 'contact' AND m.kind <> 'line'),
        COUNT(m.id) FILTER (WHERE m.origin <> 'contact' AND m.kind <> 'line' AND m.status NOT IN ('pending', 'failed')),
        (SELECT MAX(c.last_message_at) FROM chats c WHERE c.session_id = s.id AND c.last_message_at > 0)
   FROM sessions s
   LEFT JOIN chats ch ON ch.session_id = s.id AND ch.last_message_at > 0 AND ch.last_message_at >= :since
   LEFT JOIN messages m ON m.chat_id = ch.id AND m.shown = 1 AND m.at >= :since
  WHERE s.workspace_id = :workspace AND s.deleted_at IS NULL GROUP BY s.id";

pub(in crate::chats) fn traffic(c: &Connection, workspace: WorkspaceId, since: UnixMs) -> db::Result<Vec<Traffic>> {
    let count = |count: i64| u64::try_from(count).unwrap_or(0);
    c.prepare_cached(TRAFFIC_SQL)?
        .all(named_params! { ":workspace": workspace, ":since": since }, |row| {
            Ok(Traffic {
                session: row.get(0)?,
                received: count(row.get(1)?),
                sent: count(row.get(2)?),
                last_at: row.get(3)?,
            })
        })
}

/// The messages of a search, each with its chat.
pub(super) fn found_from(
    c: &Connection,
    workspace: WorkspaceId,
    statement: &mut Statement<'_>,
    params: &[(&str, &dyn ToSql)],
) -> db::Result<Vec<Found>> {
    let rows = statement.query_map(params, message_from_row)?;
    let raw: Vec<messages::Raw> = rows.collect::<Result<_, _>>()?;
    let mut found = Vec::with_capacity(raw.len());
    for raw in raw {
        let Some(chat) = chat_by_id(c, raw.chat)? else { continue };
        found.extend(
            messages::complete(c, workspace, vec![raw])?
                .into_iter()
                .map(|message| Found {
                    message,
                    chat: chat.clone(),
                }),
        );
    }
    Ok(found)
}
