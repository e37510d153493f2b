//! SQL on backups, and on a newly restored database.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::model::Contents;
use crate::clock::UnixMs;
use crate::db::{self, DbError};

/// Reads every page and checks every reference.
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

/// The version of its newest migration.
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

/// Marks the restored numbers, which have no keys, as to be linked again. Returns how many.
pub(super) fn unlink_numbers(tx: &Connection, why: &str, now: UnixMs) -> db::Result<u64> {
    let numbers = tx.execute(
        "UPDATE sessions SET state = 'logged_out', reason = 'logged_out_here', detail = :why,
                since = :now, until = NULL, linked_at = NULL
          WHERE linked_at IS NOT NULL AND deleted_at IS NULL",
        named_params! { ":now": now, ":why": why },
    )?;
    Ok(numbers as u64)
}

/// Ends logins and links of the backup's time.
pub(super) fn end_logins(tx: &Connection) -> db::Result<()> {
    tx.execute("DELETE FROM logins", [])?;
    Ok(())
}

/// Fingerprint and canary; `None` in a database older than these.
pub(super) fn master_key(c: &Connection) -> db::Result<Option<(String, Vec<u8>)>> {
    if !c.table_exists(None, "master_key")? {
        return Ok(None);
    }
    let sql = "SELECT fingerprint, canary FROM master_key";
    Ok(c.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

pub(super) fn put_master_key(tx: &Connection, fingerprint: &str, canary: &[u8]) -> db::Result<()> {
    let sql = "INSERT INTO master_key (id, fingerprint, canary) VALUES (1, :print, :canary)";
    tx.execute(sql, named_params! { ":print": fingerprint, ":canary": canary })?;
    Ok(())
}

/// A kind of sealed value, to test a key with.
pub(super) struct Sample {
    table: &'static str,
    /// The purpose of the key that seals it.
    pub purpose: &'static str,
    /// The oldest one: its context, and the sealed value.
    oldest: &'static str,
    place: &'static str,
}

/// Kinds that are kept for long come first.
pub(super) const SAMPLES: &[Sample] = &[
    Sample {
        table: "messages",
        purpose: "app.db",
        oldest: "SELECT public_id, raw FROM messages WHERE raw IS NOT NULL ORDER BY id LIMIT 1",
        place: "messages|raw|",
    },
    Sample {
        table: "second_factors",
        purpose: "accounts",
        oldest: "SELECT CAST(user_id AS TEXT), secret FROM second_factors ORDER BY created_at LIMIT 1",
        place: "second_factors|secret|",
    },
    Sample {
        table: "mails",
        purpose: "mail",
        oldest: "SELECT public_id, envelope FROM mails ORDER BY id LIMIT 1",
        place: "mails|envelope|",
    },
];

pub(super) fn sample(c: &Connection, sample: &Sample) -> db::Result<Option<(String, Vec<u8>)>> {
    if !c.table_exists(None, sample.table)? {
        return Ok(None);
    }
    let found: Option<(String, Vec<u8>)> = c
        .query_row(sample.oldest, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.map(|(name, sealed)| (format!("{}{name}", sample.place), sealed)))
}

/// Deletes what another key has sealed.
pub(super) fn forget_sealed(tx: &Connection) -> db::Result<()> {
    tx.execute_batch(
        "DELETE FROM master_key;
         DELETE FROM recovery_codes;
         DELETE FROM second_factors;
         DELETE FROM login_challenges;
         DELETE FROM idempotency;
         DELETE FROM mails;
         UPDATE messages SET raw = NULL WHERE raw IS NOT NULL;",
    )?;
    Ok(())
}
