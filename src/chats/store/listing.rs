//! SQL of messages as programs list them: those of one number, newest first.

use rusqlite::types::ToSql;
use rusqlite::{Connection, named_params};

use super::{OURSELVES, messages};
use crate::chats::listing::{Listing, Times};
use crate::chats::model::{Message, Shown};
use crate::clock::UnixMs;
use crate::db::{self, DbError, Page, Rows as _};
use crate::ids::{ContactId, MessageId, PublicId, SessionId, TimeCursor, WorkspaceId};

/// Rows of the index that one page looks at. A filter that few messages pass ends the page there, and the next one
/// goes on: no page reads through all that a number has.
pub(in crate::chats) const EXAMINED: u32 = 5_000;

/// The SQL that a page looks through, put together from constants.
pub(in crate::chats) fn listing_sql(listing: &Listing, continued: bool) -> String {
    let of = match listing.chat {
        Some(_) => "m.chat_id = :chat",
        None => "m.session_id = :session",
    };
    let mut sql = format!(
        "SELECT m.id, m.public_id, m.at, m.sender, m.kind, m.status, m.waits_for IS 'keys', m.unreached_at IS NOT NULL
           FROM messages m WHERE {of} AND m.shown = 1"
    );
    if listing.since.is_some() {
        sql.push_str(" AND m.at >= :since");
    }
    if listing.until.is_some() {
        sql.push_str(" AND m.at < :until");
    }
    if continued {
        // One that has gone since is placed by its time alone.
        sql.push_str(
            " AND (m.at, m.id) < (:at, COALESCE((SELECT x.id FROM messages x WHERE x.public_id = :after), 0))",
        );
    }
    sql.push_str(" ORDER BY m.at DESC, m.id DESC LIMIT :examined");
    sql
}

/// A page of a number's messages.
///
/// # Errors
/// `NotFound` for a conversation of another number.
pub(in crate::chats) fn page(
    c: &Connection,
    (workspace, session): (WorkspaceId, SessionId),
    listing: &Listing,
    after: Option<&TimeCursor>,
    limit: u32,
) -> db::Result<Page<Message, TimeCursor>> {
    let chat = match &listing.chat {
        Some(chat) => Some(super::ref_in(c, workspace, chat)?),
        None => None,
    };
    if chat.as_ref().is_some_and(|chat| chat.session != session) {
        return Err(DbError::NotFound);
    }
    let chat = chat.map(|chat| chat.id);
    let (at, after_id) = (after.map(|place| place.at), after.map(|place| &place.id));
    let mut params: Vec<(&str, &dyn ToSql)> = vec![(":examined", &EXAMINED)];
    match &chat {
        Some(chat) => params.push((":chat", chat)),
        None => params.push((":session", &session)),
    }
    if listing.since.is_some() {
        params.push((":since", &listing.since));
    }
    if listing.until.is_some() {
        params.push((":until", &listing.until));
    }
    if after.is_some() {
        params.push((":at", &at));
        params.push((":after", &after_id));
    }
    let mut statement = c.prepare_cached(&listing_sql(listing, after.is_some()))?;
    let mut rows = statement.query(params.as_slice())?;
    let (mut ids, mut examined, mut last, mut more): (Vec<MessageId>, _, _, _) = (Vec::new(), 0, None, false);
    while let Some(row) = rows.next()? {
        let from_me = row.get::<_, ContactId>(3)? == OURSELVES;
        let status = Shown::of(row.get(5)?, row.get(6)?, row.get(7)?);
        if listing.admits(from_me, row.get(4)?, status) {
            if ids.len() >= limit as usize {
                more = true;
                break;
            }
            ids.push(row.get(0)?);
        }
        examined += 1;
        last = Some(TimeCursor {
            at: row.get(2)?,
            id: row.get(1)?,
        });
    }
    Ok(Page {
        rows: messages::by_ids(c, workspace, &ids)?,
        next: last.filter(|_| more || examined >= EXAMINED),
    })
}

/// A message of this number, also one that does not show.
///
/// # Errors
/// `NotFound`, also for a message of another number and for one that was removed here.
pub(in crate::chats) fn message(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    id: &PublicId,
) -> db::Result<Message> {
    let found: MessageId = c
        .prepare_cached(
            "SELECT id FROM messages WHERE public_id = :id AND workspace_id = :workspace AND session_id = :session
                AND NOT (shown = 0 AND deleted_at IS NOT NULL)",
        )?
        .query_row(
            named_params! { ":id": id, ":workspace": workspace, ":session": session },
            |row| row.get(0),
        )?;
    messages::by_ids(c, workspace, &[found])?.pop().ok_or(DbError::NotFound)
}

/// When our messages got how far.
pub(super) fn times(c: &Connection, ids: &[MessageId]) -> db::Result<Vec<(MessageId, Times)>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let ids = super::json(&ids)?;
    c.prepare_cached(TIMES_SQL)?.all(named_params! { ":ids": ids }, |row| {
        let at = |column| row.get::<_, Option<UnixMs>>(column);
        let times = Times {
            sent: at(1)?,
            delivered: at(2)?,
            read: at(3)?,
            played: at(4)?,
        };
        Ok((row.get(0)?, times))
    })
}

pub(in crate::chats) const TIMES_SQL: &str = "SELECT m.id, m.sent_at, m.delivered_at, m.read_at, m.played_at
    FROM json_each(:ids) n CROSS JOIN messages m WHERE m.id = n.value";
