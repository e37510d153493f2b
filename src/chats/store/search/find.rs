//! How messages and groups are found.

use rusqlite::types::ToSql;
use rusqlite::{Connection, named_params};

use super::{kind_mark, month, month_mark, sender_mark, session_mark};
use crate::chats::model::{Author, Found, MessageFilter};
use crate::chats::store::OURSELVES;
use crate::chats::store::messages::{MESSAGE_COLUMNS, MESSAGE_TABLES};
use crate::chats::store::read::found_from;
use crate::contacts;
use crate::db::{self, Rows as _};
use crate::fold::Query;
use crate::ids::{ChatId, ContactId, PublicId, SessionId, WorkspaceId};

/// A longer period is compared in the rows alone.
const MOST_MONTHS: i64 = 48;

/// A filter in the terms of rows.
struct Narrowed {
    /// The workspace's numbers, or the one that was asked for.
    sessions: Option<Vec<SessionId>>,
    senders: Vec<ContactId>,
    chat: Option<ChatId>,
    /// Who can have written in that chat, where that is known: its person, and we.
    parties: Vec<ContactId>,
}

/// Messages that match, newest first.
pub fn search(
    c: &Connection,
    workspace: WorkspaceId,
    query: &Query,
    filter: &MessageFilter,
    limit: u32,
) -> db::Result<Vec<Found>> {
    let Some(narrowed) = narrow(c, workspace, filter)? else {
        return Ok(Vec::new());
    };
    let pattern = pattern(query, filter, &narrowed);
    let list = |ids: Vec<i64>| serde_json::Value::from(ids).to_string();
    let sessions = list(narrowed.sessions.iter().flatten().map(|id| id.0).collect());
    let senders = list(narrowed.senders.iter().map(|id| id.0).collect());
    let kinds: Vec<&str> = filter.kinds.iter().map(|kind| kind.word()).collect();
    let kinds = serde_json::Value::from(kinds).to_string();
    let mut params: Vec<(&str, &dyn ToSql)> =
        vec![(":pattern", &pattern), (":workspace", &workspace), (":limit", &limit)];
    if filter.session.is_some() {
        params.push((":sessions", &sessions));
    }
    if !narrowed.senders.is_empty() {
        params.push((":senders", &senders));
    }
    if filter.chat.is_some() {
        params.push((":chat", &narrowed.chat));
    }
    if !filter.kinds.is_empty() {
        params.push((":kinds", &kinds));
    }
    if filter.since.is_some() {
        params.push((":since", &filter.since));
    }
    if filter.until.is_some() {
        params.push((":until", &filter.until));
    }
    if filter.before.is_some() {
        params.push((":before", &filter.before));
    }
    let mut statement = c.prepare_cached(&search_sql(filter, &narrowed.senders))?;
    found_from(c, workspace, &mut statement, params.as_slice())
}

/// The SQL of a search, put together from constants.
pub(in crate::chats) fn search_sql(filter: &MessageFilter, senders: &[ContactId]) -> String {
    let mut sql = format!(
        "SELECT {MESSAGE_COLUMNS} FROM message_words f CROSS JOIN {MESSAGE_TABLES}
          WHERE message_words MATCH :pattern AND m.id = f.rowid AND m.workspace_id = :workspace AND m.shown = 1"
    );
    let mut add = |condition: &str| {
        sql.push_str(" AND ");
        sql.push_str(condition);
    };
    if filter.before.is_some() {
        add("f.rowid < (SELECT b.id FROM messages b WHERE b.public_id = :before AND b.workspace_id = :workspace)");
    }
    if filter.session.is_some() {
        add("m.session_id IN (SELECT value FROM json_each(:sessions))");
    }
    if filter.chat.is_some() {
        add("m.chat_id = :chat");
    }
    if !senders.is_empty() {
        add("m.sender IN (SELECT value FROM json_each(:senders))");
    }
    if filter.from == Some(Author::Others) {
        add("m.sender <> 0");
    }
    if !filter.kinds.is_empty() {
        add("m.kind IN (SELECT value FROM json_each(:kinds))");
    }
    if filter.since.is_some() {
        add("m.at >= :since");
    }
    if filter.until.is_some() {
        add("m.at < :until");
    }
    sql.push_str(" ORDER BY f.rowid DESC LIMIT :limit");
    sql
}

/// `None` when nothing can match: a number, chat or person of another workspace.
fn narrow(c: &Connection, workspace: WorkspaceId, filter: &MessageFilter) -> db::Result<Option<Narrowed>> {
    let several: bool = c
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM workspaces WHERE id <> :workspace)")?
        .query_row(named_params! { ":workspace": workspace }, |row| row.get(0))?;
    let mut sessions = None;
    if several || filter.session.is_some() {
        let ids: Vec<SessionId> = c
            .prepare_cached(
                "SELECT id FROM sessions WHERE workspace_id = :workspace AND deleted_at IS NULL
                AND (:session IS NULL OR public_id = :session)",
            )?
            .all(
                named_params! { ":workspace": workspace, ":session": filter.session },
                |row| row.get(0),
            )?;
        if ids.is_empty() {
            return Ok(None);
        }
        sessions = Some(ids);
    }
    let senders = match &filter.from {
        None | Some(Author::Others) => Vec::new(),
        Some(Author::Us) => vec![OURSELVES],
        Some(Author::Contact(id)) => contacts::same_person_in(c, workspace, id)?,
    };
    let (mut chat, mut parties) = (None, Vec::new());
    if let Some(id) = &filter.chat {
        let Some(found) = c
            .prepare_cached(IN_CHAT_SQL)?
            .maybe(named_params! { ":id": id, ":workspace": workspace }, |row| {
                Ok((row.get(0)?, row.get::<_, Option<PublicId>>(1)?))
            })?
        else {
            return Ok(None);
        };
        chat = Some(found.0);
        if let Some(contact) = found.1 {
            parties = contacts::same_person_in(c, workspace, &contact)?;
            parties.push(OURSELVES);
        }
    }
    let nobody = matches!(filter.from, Some(Author::Contact(_))) && senders.is_empty();
    Ok((!nobody).then_some(Narrowed {
        sessions,
        senders,
        chat,
        parties,
    }))
}

/// A chat by its id or a former one, with the person at its other end.
pub(in crate::chats) const IN_CHAT_SQL: &str = "SELECT ch.id, k.public_id
    FROM chats ch LEFT JOIN contacts k ON k.id = ch.contact_id
    WHERE ch.workspace_id = :workspace AND ch.id = COALESCE(
        (SELECT x.id FROM chats x WHERE x.public_id = :id),
        (SELECT f.chat_id FROM former_chats f WHERE f.public_id = :id))";

fn pattern(query: &Query, filter: &MessageFilter, narrowed: &Narrowed) -> String {
    let mut pattern = query.pattern();
    let mut either = |marks: Vec<char>| {
        let marks: Vec<String> = marks.iter().map(|mark| format!("\"{mark}\"")).collect();
        pattern = format!("{pattern} AND ({})", marks.join(" OR "));
    };
    if let Some(sessions) = &narrowed.sessions {
        either(sessions.iter().map(|id| session_mark(*id)).collect());
    }
    if !narrowed.parties.is_empty() {
        either(narrowed.parties.iter().map(|id| sender_mark(*id)).collect());
    }
    if !narrowed.senders.is_empty() {
        either(narrowed.senders.iter().map(|id| sender_mark(*id)).collect());
    }
    if !filter.kinds.is_empty() {
        either(filter.kinds.iter().map(|kind| kind_mark(*kind)).collect());
    }
    if let (Some(since), Some(until)) = (filter.since, filter.until) {
        let months = month(since)..=month(until);
        if months.end() - months.start() < MOST_MONTHS {
            either(months.map(month_mark).collect());
        }
    }
    pattern
}

/// The chats of groups whose subject matches.
pub(in crate::chats) fn groups(
    c: &Connection,
    workspace: WorkspaceId,
    query: &Query,
    limit: u32,
) -> db::Result<Vec<ChatId>> {
    c.prepare_cached(GROUPS_SQL)?.all(
        named_params! { ":pattern": query.pattern(), ":workspace": workspace, ":limit": limit },
        |row| row.get(0),
    )
}

pub(in crate::chats) const GROUPS_SQL: &str = "SELECT ch.id FROM group_words g CROSS JOIN chats ch
    WHERE group_words MATCH :pattern AND ch.id = g.rowid AND ch.workspace_id = :workspace
    ORDER BY g.rowid DESC LIMIT :limit";
