//! Reads a copy of the database without touching it.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::{DbError, Result};

/// Runs `look` on the database at `path`, which nothing else may write. Creates no file beside it.
///
/// # Errors
/// When the file is missing, not a database or damaged; those of `look`.
pub fn inspect<T>(path: &Path, look: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    let cannot = |reason: String| DbError::CannotOpen {
        path: path.to_owned(),
        reason,
    };
    let absolute = std::path::absolute(path).map_err(|error| cannot(error.to_string()))?;
    let url = url::Url::from_file_path(&absolute).map_err(|()| cannot("not a path".to_owned()))?;
    // Immutable: a copy has no WAL, and reading must not create one.
    let uri = format!("{url}?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let conn = Connection::open_with_flags(uri, flags)?;
    look(&conn)
}
