//! What was stored before the search folded text, piece by piece.

use rusqlite::{Connection, named_params};

use super::{add, add_group};
use crate::chats::model::Backlog;
use crate::contacts;
use crate::db::{self, Rows as _};
use crate::ids::{ChatId, MessageId};

/// `None` when everything can be found.
pub fn backlog(c: &Connection) -> db::Result<Option<Backlog>> {
    let (left, total): (Option<i64>, Option<i64>) = c
        .prepare_cached("SELECT SUM(below - 1), SUM(total) FROM search_backlog")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let count = |count: i64| u64::try_from(count).unwrap_or(0);
    Ok(left.zip(total).map(|(left, total)| Backlog {
        left: count(left),
        total: count(total),
    }))
}

/// Folds up to `limit` rows of the first part that is not done; false when all are. The names come first: there are
/// fewer of them, and more is found by each.
pub(in crate::chats) fn step(c: &Connection, limit: u32) -> db::Result<bool> {
    let next: Option<(String, i64)> = c
        .prepare_cached("SELECT part, below FROM search_backlog ORDER BY part LIMIT 1")?
        .maybe([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let Some((part, below)) = next else { return Ok(false) };
    let lowest = match part.as_str() {
        "contacts" => contacts::index_below_in(c, below, limit)?,
        "groups" => groups(c, below, limit)?,
        _ => messages(c, below, limit)?,
    };
    match lowest {
        Some(lowest) => c
            .prepare_cached("UPDATE search_backlog SET below = :lowest WHERE part = :part")?
            .execute(named_params! { ":lowest": lowest, ":part": part })?,
        None => c
            .prepare_cached("DELETE FROM search_backlog WHERE part = :part")?
            .execute(named_params! { ":part": part })?,
    };
    Ok(true)
}

fn messages(c: &Connection, below: i64, limit: u32) -> db::Result<Option<i64>> {
    let mut statement =
        c.prepare_cached("SELECT id FROM messages WHERE id < :below AND shown = 1 ORDER BY id DESC LIMIT :limit")?;
    let rows = statement.query_map(named_params! { ":below": below, ":limit": limit }, |row| row.get(0))?;
    let ids: Vec<MessageId> = rows.collect::<Result<_, _>>()?;
    for id in &ids {
        add(c, *id)?;
    }
    Ok(ids.last().map(|id| id.0))
}

fn groups(c: &Connection, below: i64, limit: u32) -> db::Result<Option<i64>> {
    let named: Vec<(ChatId, String)> = c
        .prepare_cached(
            "SELECT id, name FROM chats WHERE id < :below AND name IS NOT NULL ORDER BY id DESC LIMIT :limit",
        )?
        .all(named_params! { ":below": below, ":limit": limit }, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    for (id, name) in &named {
        add_group(c, *id, name)?;
    }
    Ok(named.last().map(|(id, _)| id.0))
}
