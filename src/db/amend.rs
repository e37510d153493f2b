//! Changes a copy of the database before it is used.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::{DbError, OpenError, Result, migrate};

/// Migrates the database at `path`, which must not be in use, and runs `change` in one transaction. Afterwards
/// everything is on disk in that one file, so it can be moved. A copy from before a migration goes into `backups`.
///
/// # Errors
/// Those of a migration and of `change`. The file is unusable then.
pub fn amend<T>(
    path: &Path,
    backups: &Path,
    change: impl FnOnce(&Connection) -> Result<T>,
) -> std::result::Result<T, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags).map_err(DbError::from)?;
    let settle = |conn: &Connection| {
        // Without a write-ahead log, whose pages would be left in a separate file.
        conn.pragma_update(None, "journal_mode", "DELETE")?;
        conn.pragma_update(None, "synchronous", "FULL")?;
        conn.pragma_update(None, "foreign_keys", true)
    };
    settle(&conn).map_err(DbError::from)?;
    migrate::run(&mut conn, backups)?;
    let tx = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(DbError::from)?;
    let done = change(&tx)?;
    tx.commit().map_err(DbError::from)?;
    conn.close().map_err(|(_, error)| DbError::from(error))?;
    Ok(done)
}
