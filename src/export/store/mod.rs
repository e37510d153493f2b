//! SQL of exports, of their content, and of deletions.

pub(super) mod erase;
pub(super) mod rows;

use rusqlite::{Connection, Row, named_params};

use super::model::{Export, ExportId, ExportState};
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::ids::{PublicId, UserId};

const COLUMNS: &str = "id, public_id, user_id, state, done, total, file, size, failure, created_at, finished_at,
    expires_at";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Export> {
    let count = |index| row.get::<_, i64>(index).map(|count| u64::try_from(count).unwrap_or(0));
    Ok(Export {
        id: row.get(0)?,
        public_id: row.get(1)?,
        user: row.get(2)?,
        state: row.get(3)?,
        done: count(4)?,
        total: count(5)?,
        file: row.get(6)?,
        size: row
            .get::<_, Option<i64>>(7)?
            .map(|size| u64::try_from(size).unwrap_or(0)),
        failure: row.get(8)?,
        created_at: row.get(9)?,
        finished_at: row.get(10)?,
        expires_at: row.get(11)?,
    })
}

pub(super) fn insert(c: &Connection, user: UserId, file: &str, now: UnixMs) -> db::Result<Export> {
    let sql = format!(
        "INSERT INTO exports (public_id, user_id, state, file, created_at)
         VALUES (:public_id, :user, 'waiting', :file, :now) RETURNING {COLUMNS}"
    );
    let parameters = named_params! { ":public_id": PublicId::new("exp"), ":user": user, ":file": file, ":now": now };
    c.prepare_cached(&sql)?.one(parameters, from_row)
}

/// The user's newest export.
pub(super) fn latest(c: &Connection, user: UserId) -> db::Result<Option<Export>> {
    let sql = format!("SELECT {COLUMNS} FROM exports WHERE user_id = :user ORDER BY id DESC LIMIT 1");
    c.prepare_cached(&sql)?.maybe(named_params! { ":user": user }, from_row)
}

pub(super) fn find(c: &Connection, user: UserId, id: &PublicId) -> db::Result<Export> {
    let sql = format!("SELECT {COLUMNS} FROM exports WHERE public_id = :id AND user_id = :user");
    c.prepare_cached(&sql)?
        .one(named_params! { ":id": id, ":user": user }, from_row)
}

pub(super) fn get(c: &Connection, id: ExportId) -> db::Result<Export> {
    let sql = format!("SELECT {COLUMNS} FROM exports WHERE id = :id");
    c.prepare_cached(&sql)?.one(named_params! { ":id": id }, from_row)
}

/// Starts an export at its first row; false when it is no longer wanted.
pub(super) fn start(c: &Connection, id: ExportId, total: u64) -> db::Result<bool> {
    let sql = "UPDATE exports SET state = 'running', done = 0, total = :total, failure = NULL
                WHERE id = :id AND state IN ('waiting', 'running')";
    let total = i64::try_from(total).unwrap_or(i64::MAX);
    Ok(c.prepare_cached(sql)?
        .execute(named_params! { ":id": id, ":total": total })?
        == 1)
}

/// Stores the progress; false when it is no longer wanted.
pub(super) fn advance(c: &Connection, id: ExportId, done: u64) -> db::Result<bool> {
    let sql = "UPDATE exports SET done = :done WHERE id = :id AND state = 'running'";
    let done = i64::try_from(done).unwrap_or(i64::MAX);
    Ok(c.prepare_cached(sql)?
        .execute(named_params! { ":id": id, ":done": done })?
        == 1)
}

/// Marks the file as complete; false when it is no longer wanted.
pub(super) fn finish(c: &Connection, export: &Export, done: u64, size: u64, now: UnixMs) -> db::Result<bool> {
    let sql = "UPDATE exports SET state = 'ready', done = :done, total = :done, size = :size, finished_at = :now,
                                  expires_at = :expires
                WHERE id = :id AND state = 'running'";
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let changed = c.prepare_cached(sql)?.execute(named_params! {
        ":id": export.id,
        ":done": whole(done),
        ":size": whole(size),
        ":now": now,
        ":expires": now.plus(super::model::LIFETIME),
    })?;
    Ok(changed == 1)
}

/// Replaces the user's other exports by this one; returns their files.
pub(super) fn replace(c: &Connection, export: &Export) -> db::Result<Vec<String>> {
    let sql = "UPDATE exports SET state = 'expired' WHERE user_id = :user AND id <> :id AND state = 'ready'
               RETURNING file";
    c.prepare_cached(sql)?
        .all(named_params! { ":user": export.user, ":id": export.id }, |row| {
            row.get(0)
        })
}

/// Ends an unfinished export; false when it had ended.
pub(super) fn end(
    c: &Connection,
    id: ExportId,
    state: ExportState,
    failure: Option<&str>,
    now: UnixMs,
) -> db::Result<bool> {
    let sql = "UPDATE exports SET state = :state, failure = :failure, finished_at = :now
                WHERE id = :id AND state IN ('waiting', 'running')";
    let parameters = named_params! { ":id": id, ":state": state, ":failure": failure, ":now": now };
    Ok(c.prepare_cached(sql)?.execute(parameters)? == 1)
}

/// Marks expired exports; returns their files.
pub(super) fn expire(c: &Connection, now: UnixMs) -> db::Result<Vec<String>> {
    let sql = "UPDATE exports SET state = 'expired' WHERE state = 'ready' AND expires_at <= :now RETURNING file";
    c.prepare_cached(sql)?
        .all(named_params! { ":now": now }, |row| row.get(0))
}

/// Deletes rows of exports that ended before `before` and have no file.
pub(super) fn forget(c: &Connection, before: UnixMs) -> db::Result<usize> {
    let sql = "DELETE FROM exports WHERE state IN ('stopped', 'failed', 'expired') AND created_at < :before";
    Ok(c.prepare_cached(sql)?.execute(named_params! { ":before": before })?)
}

/// The names of wanted files.
pub(super) fn wanted_files(c: &Connection) -> db::Result<Vec<String>> {
    let sql = "SELECT file FROM exports WHERE state IN ('waiting', 'running', 'ready')";
    c.prepare_cached(sql)?.all([], |row| row.get(0))
}
