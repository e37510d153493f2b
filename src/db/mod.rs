//! The product's database, `app.db`: opened here and nowhere else.
//!
//! One writer thread commits in groups, and never blocks the few readers (`crates/sqlite`). This room adds the embedded
//! migrations and takes a backup before an existing database is migrated. SQL of the product lives in the rooms'
//! `store.rs` files; WhatsApp key material lives in another file (`wa.db`), since restoring one must never roll back
//! the other.

mod amend;
mod copy;
mod migrate;
mod page;
mod rows;

use std::path::{Path, PathBuf};

pub use amend::amend;
pub use copy::inspect;
pub use migrate::{MigrateError, latest_version};
pub use page::Page;
pub use rows::Rows;
pub use sqlite::{Db, DbError, peek};

/// In an error that has `NotFound` and `Db`, a row that is not there becomes the first, everything else the second.
#[macro_export]
macro_rules! from_db {
    ($error:ident) => {
        impl From<$crate::db::DbError> for $error {
            fn from(error: $crate::db::DbError) -> Self {
                match error {
                    $crate::db::DbError::NotFound => Self::NotFound,
                    other => Self::Db(other),
                }
            }
        }
    };
}

pub type Result<T> = std::result::Result<T, DbError>;

/// The file's name within the data directory.
pub const FILE: &str = "app.db";

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Migrate(#[from] MigrateError),
}

/// Opens `app.db` in `data_dir`, creating and migrating it as needed.
pub fn open(data_dir: &Path) -> std::result::Result<Db, OpenError> {
    let backups = backup_dir(data_dir);
    Db::open_with(&data_dir.join(FILE), sqlite::Options::default(), |conn| {
        migrate::run(conn, &backups).map_err(OpenError::from)
    })
}

/// Where backups made before a migration are kept.
#[must_use]
pub fn backup_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("backups")
}

/// Creates a directory readable by this user only: its contents are as secret as the database.
pub fn private_dir(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}
