//! Online copies.

use std::fs::{File, OpenOptions};
use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::DbError;

/// Copies the whole database to `to`, which appears complete or not at all. Writers go on meanwhile.
///
/// For a backup before a migration, inside the closure of [`crate::Db::open_with`]; [`crate::Db::backup_to`] is the
/// same for an open database.
pub fn copy_database(source: &Connection, to: &Path) -> Result<(), DbError> {
    let partial = to.with_added_extension("partial");
    let copied = copy_pages(source, &partial).and_then(|()| publish(&partial, to));
    if copied.is_err() {
        // Best effort: the error that matters is the first one.
        let _ = std::fs::remove_file(&partial);
    }
    copied
}

fn copy_pages(source: &Connection, partial: &Path) -> Result<(), DbError> {
    create_private(partial)?;
    let mut target = Connection::open(partial)?;
    // In one step, so in one snapshot: copying piecemeal would start over with every commit of the writer.
    let step = Backup::new(source, &mut target)?.step(-1)?;
    match step {
        StepResult::Done => Ok(()),
        _ => Err(DbError::Busy),
    }
}

fn publish(partial: &Path, to: &Path) -> Result<(), DbError> {
    let sync = |path: &Path| File::open(path).and_then(|file| file.sync_all());
    sync(partial)
        .and_then(|()| std::fs::rename(partial, to))
        .map_err(|e| cannot_write(to, &e))?;
    // The new name is durable only with its directory.
    let parent = to
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    sync(parent).map_err(|e| cannot_write(to, &e))
}

/// Empties or creates the file, readable for its owner only.
fn create_private(path: &Path) -> Result<(), DbError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|e| cannot_write(path, &e))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> DbError {
    match error.kind() {
        std::io::ErrorKind::StorageFull => DbError::DiskFull,
        _ => DbError::CannotOpen {
            path: path.to_owned(),
            reason: error.to_string(),
        },
    }
}
