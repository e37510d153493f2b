//! Opening connections: pragmas, permissions, and telling a bad file from a good one.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::DbError;

/// How a database is opened. The defaults suit a small machine: about 6 MiB of page cache at most.
#[derive(Debug, Clone)]
pub struct Options {
    /// Threads with a read-only connection each.
    pub readers: usize,
    /// Page cache of the writer, in KiB.
    pub writer_cache_kib: u32,
    /// Page cache of each reader, in KiB.
    pub reader_cache_kib: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 3,
            writer_cache_kib: 4096,
            reader_cache_kib: 1024,
        }
    }
}

/// Prepared statements kept per connection.
const STATEMENTS: usize = 128;

/// Pages in the WAL before a commit moves them into the database: 16 MiB. SQLite's own 1000 makes a busy writer pay
/// the two extra fsyncs of a checkpoint four times as often.
const CHECKPOINT_PAGES: u32 = 4000;

/// How long to wait for another process (a backup tool, a shell) that holds the lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The one connection that writes. Creates the file, readable for its owner only: the databases hold secrets.
pub(crate) fn open_writer(path: &Path, options: &Options) -> Result<Connection, DbError> {
    create_private(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(|e| cannot_open(path, e))?;
    conn.busy_timeout(BUSY_TIMEOUT)?;
    // SQLite opens a file it may not write as read-only without a word.
    if conn.is_readonly("main")? {
        return Err(DbError::ReadOnly);
    }
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "journal_size_limit", 64 << 20)?;
    conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    prepare(&conn, options.writer_cache_kib)?;
    Ok(conn)
}

pub(crate) fn open_reader(path: &Path, options: &Options) -> Result<Connection, DbError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(|e| cannot_open(path, e))?;
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.pragma_update(None, "query_only", true)?;
    prepare(&conn, options.reader_cache_kib)?;
    Ok(conn)
}

fn prepare(conn: &Connection, cache_kib: u32) -> Result<(), DbError> {
    // A negative size is in KiB, a positive one in pages.
    conn.pragma_update(None, "cache_size", -i64::from(cache_kib))?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    // Without this, once `PRAGMA optimize` has taken samples, every statement that looks an indexed value up is compiled
    // anew for each value bound to it; that was a third of the writer's time.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Reads the schema, so that a damaged first page is found now and not by the first user.
    conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(())
}

fn create_private(path: &Path) -> Result<(), DbError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(e) if e.kind() == ErrorKind::StorageFull => Err(DbError::DiskFull),
        Err(e) => Err(DbError::CannotOpen {
            path: path.to_owned(),
            reason: e.to_string(),
        }),
    }
}

fn cannot_open(path: &Path, error: rusqlite::Error) -> DbError {
    match error {
        rusqlite::Error::SqliteFailure(failure, detail) if failure.code == rusqlite::ErrorCode::CannotOpen => {
            let reason = detail.unwrap_or_else(|| failure.to_string());
            DbError::CannotOpen {
                path: path.to_owned(),
                reason,
            }
        }
        other => other.into(),
    }
}
