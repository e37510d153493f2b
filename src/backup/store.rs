//! SQL on backups, and on a database that was just restored.

use rusqlite::{Connection, named_params};

use super::model::Contents;
use crate::clock::UnixMs;
use crate::db::{self, DbError};

/// Reads every page and follows every reference.
pub(super) fn check(c: &Connection) -> Result<(), String> {
    let verdict: rusqlite::Result<String> = c.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
    match verdict {
        Ok(verdict) if verdict == "ok" => {}
        Ok(verdict) => return Err(verdict),
        Err(error) => return Err(DbError::from(error).to_string()),
    }
    let mut statement = c
        .prepare("SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1")
        .map_err(|error| error.to_string())?;
    let mut rows = statement.query([]).map_err(|error| error.to_string())?;
    match rows.next() {
        Ok(None) => Ok(()),
        Ok(Some(row)) => {
            let table: String = row.get(0).unwrap_or_default();
            Err(format!("rows of {table} refer to rows that do not exist"))
        }
        Err(error) => Err(error.to_string()),
    }
}

/// The newest migration in it.
pub(super) fn schema(c: &Connection) -> db::Result<i32> {
    Ok(c.query_row("SELECT MAX(version) FROM refinery_schema_history", [], |row| row.get(0))?)
}

pub(super) fn contents(c: &Connection) -> db::Result<Contents> {
    let count = |sql: &str| -> db::Result<u64> {
        let rows: i64 = c.query_row(sql, [], |row| row.get(0))?;
        Ok(rows.unsigned_abs())
    };
    Ok(Contents {
        users: count("SELECT COUNT(*) FROM users")?,
        workspaces: count("SELECT COUNT(*) FROM workspaces")?,
        numbers: count("SELECT COUNT(*) FROM sessions WHERE deleted_at IS NULL")?,
        contacts: count("SELECT COUNT(*) FROM contacts")?,
        chats: count("SELECT COUNT(*) FROM chats")?,
        messages: count("SELECT COUNT(*) FROM messages")?,
    })
}

/// The restored numbers have no keys: they are to be linked again. Returns how many.
pub(super) fn unlink_numbers(tx: &Connection, now: UnixMs) -> db::Result<u64> {
    let numbers = tx.execute(
        "UPDATE sessions SET state = 'logged_out', reason = 'logged_out_here', detail = 'a backup was restored',
                since = :now, until = NULL, linked_at = NULL
          WHERE linked_at IS NOT NULL AND deleted_at IS NULL",
        named_params! { ":now": now },
    )?;
    Ok(numbers as u64)
}

/// Browsers and links of the time of the backup are worth nothing any more.
pub(super) fn end_logins(tx: &Connection) -> db::Result<()> {
    tx.execute("DELETE FROM logins", [])?;
    Ok(())
}
