//! A look into a database that this process does not have open.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::DbError;

/// Runs `look` on the database at `path`, reading only. Commits that are still in its log are seen. Nobody may write it
/// meanwhile.
///
/// # Errors
/// When the file is missing, is no database or is damaged; those of `look`.
pub fn peek<T, E: From<DbError>>(path: &Path, look: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
    let log = path.with_file_name(log_name(path));
    let has_log = std::fs::metadata(log).is_ok_and(|meta| meta.len() > 0);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let cannot = |reason: String| DbError::CannotOpen {
        path: path.to_owned(),
        reason,
    };
    let absolute = std::path::absolute(path).map_err(|error| cannot(error.to_string()))?;
    // Immutable where there is no log: looking must not make one.
    let parameters = if has_log { "" } else { "?immutable=1" };
    let uri = format!("file:{}{parameters}", escaped(&absolute.to_string_lossy()));
    let conn = Connection::open_with_flags(uri, flags).map_err(DbError::from)?;
    look(&conn)
}

fn log_name(path: &Path) -> std::ffi::OsString {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push("-wal");
    name
}

/// Of a path, what means something else in a URI.
fn escaped(path: &str) -> String {
    path.replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}
