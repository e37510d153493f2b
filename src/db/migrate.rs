//! Brings a database to this version's schema.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use sqlite::DbError;

use super::private_dir;

mod embedded {
    refinery::embed_migrations!("migrations");
}

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(
        "the database was written by a newer version (schema {found}, this program knows up to {known}): \
         start the newer program, or restore the backup taken before the upgrade"
    )]
    TooNew { found: i32, known: i32 },
    #[error("no backup could be written to {path}, so the database was not migrated: {source}")]
    Backup { path: PathBuf, source: DbError },
    #[error("the directory for backups {path} cannot be created: {source}")]
    BackupDir { path: PathBuf, source: std::io::Error },
    #[error("the database could not be migrated and is left as it was: {0}")]
    Refinery(#[from] refinery::Error),
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

/// The schema version that this program writes.
#[must_use]
pub fn latest_version() -> i32 {
    embedded::migrations::runner()
        .get_migrations()
        .iter()
        .map(refinery::Migration::version)
        .max()
        .unwrap_or(0)
}

/// Applies what is missing, each migration in its own transaction. An existing database is copied into `backups`
/// before the first of them touches it.
pub(super) fn run(conn: &mut Connection, backups: &Path) -> Result<(), MigrateError> {
    let runner = embedded::migrations::runner();
    let known = latest_version();
    if let Some(found) = applied_version(conn)? {
        if found > known {
            return Err(MigrateError::TooNew { found, known });
        }
        if found < known {
            back_up(conn, backups, found)?;
        }
    }
    runner.run(conn)?;
    Ok(())
}

/// The newest migration in the database, or `None` for a new file.
fn applied_version(conn: &Connection) -> rusqlite::Result<Option<i32>> {
    if !conn.table_exists(None, "refinery_schema_history")? {
        return Ok(None);
    }
    conn.query_row("SELECT MAX(version) FROM refinery_schema_history", [], |row| row.get(0))
}

fn back_up(conn: &Connection, dir: &Path, version: i32) -> Result<(), MigrateError> {
    private_dir(dir).map_err(|source| MigrateError::BackupDir {
        path: dir.to_owned(),
        source,
    })?;
    let path = dir.join(format!("app-schema-{version}.db"));
    let copied = sqlite::copy_database(conn, &path);
    copied.map_err(|source| MigrateError::Backup { path, source })?;
    tracing::info!(schema = version, "backup taken before the migration");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_database_gets_the_newest_schema_and_no_backup() {
        let dir = tempfile::tempdir().unwrap();
        let mut conn = Connection::open(dir.path().join("app.db")).unwrap();
        let backups = dir.path().join("backups");
        run(&mut conn, &backups).unwrap();
        assert_eq!(applied_version(&conn).unwrap(), Some(latest_version()));
        assert!(!backups.exists());
    }

    #[test]
    fn an_older_database_is_copied_before_it_is_migrated() {
        let dir = tempfile::tempdir().unwrap();
        let mut conn = Connection::open(dir.path().join("app.db")).unwrap();
        let backups = dir.path().join("backups");
        embedded::migrations::runner()
            .set_target(refinery::Target::Version(1))
            .run(&mut conn)
            .unwrap();
        run(&mut conn, &backups).unwrap();
        let copy = Connection::open(backups.join("app-schema-1.db")).unwrap();
        assert_eq!(applied_version(&copy).unwrap(), Some(1));
        assert_eq!(applied_version(&conn).unwrap(), Some(latest_version()));
    }

    #[test]
    fn a_database_of_a_newer_version_is_refused_untouched() {
        let dir = tempfile::tempdir().unwrap();
        let mut conn = Connection::open(dir.path().join("app.db")).unwrap();
        run(&mut conn, dir.path()).unwrap();
        conn.execute(
            "UPDATE refinery_schema_history SET version = 9999 WHERE version = ?1",
            [latest_version()],
        )
        .unwrap();
        assert!(matches!(
            run(&mut conn, dir.path()),
            Err(MigrateError::TooNew { found: 9999, .. })
        ));
    }
}
