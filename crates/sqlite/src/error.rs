//! What can go wrong, in words an operator can act on.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::ErrorCode;

/// An error of the database itself. Cheap to clone: every job of a group that could not commit gets a copy.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DbError {
    /// The file exists and is something else, or it is encrypted.
    #[error("the file is not a SQLite database; move it away or restore a backup")]
    NotADatabase,
    /// SQLite found pages that contradict each other.
    #[error("the database is damaged; stop the program and restore a backup")]
    Corrupt,
    #[error("the disk is full; free some space, nothing that was acknowledged is lost")]
    DiskFull,
    #[error("the database cannot be written; check owner, permissions and whether the disk is mounted read-only")]
    ReadOnly,
    /// The file cannot be opened or created.
    #[error("cannot open {path}: {reason}; check that the directory exists and belongs to this user")]
    CannotOpen { path: PathBuf, reason: String },
    /// The operating system failed a read or a write.
    #[error("the disk reported an error ({0}); check its health and the kernel's log")]
    Io(String),
    /// Another process holds the write lock for longer than the busy timeout.
    #[error("the database is in use by another process; stop the other one and try again")]
    Busy,
    #[error("the database is closed, the program is shutting down")]
    Closed,
    /// The closure panicked and was rolled back.
    #[error("a database job panicked and was undone: {0}")]
    Panicked(String),
    /// A row that had to exist does not.
    #[error("no such row")]
    NotFound,
    /// A UNIQUE, CHECK, NOT NULL or FOREIGN KEY rule refused the change.
    #[error("the change breaks a rule of the database: {0}")]
    Constraint(String),
    #[error("database error: {0}")]
    Sqlite(Arc<rusqlite::Error>),
}

thread_local! {
    /// The worst error converted on this thread since [`take_fatal`]. A job's own error type hides the database error
    /// in it, and health must still learn of it; conversion is the one place that every such error passes.
    static FATAL: Cell<Option<DbError>> = const { Cell::new(None) };
}

/// The fatal error that a job met on this thread, if any; forgets it.
pub(crate) fn take_fatal() -> Option<DbError> {
    FATAL.take()
}

impl DbError {
    /// Whether nothing can be written until somebody repairs something.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::NotADatabase | Self::Corrupt | Self::DiskFull | Self::ReadOnly | Self::Io(_)
        )
    }

    /// Whether the row clashes with one that is there already.
    #[must_use]
    pub fn is_constraint(&self) -> bool {
        matches!(self, Self::Constraint(_))
    }
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        let error = classify(error);
        if error.is_fatal() {
            FATAL.set(Some(error.clone()));
        }
        error
    }
}

fn classify(error: rusqlite::Error) -> DbError {
    let rusqlite::Error::SqliteFailure(failure, detail) = &error else {
        return match error {
            rusqlite::Error::QueryReturnedNoRows => DbError::NotFound,
            other => DbError::Sqlite(Arc::new(other)),
        };
    };
    let detail = || detail.clone().unwrap_or_else(|| failure.to_string());
    match failure.code {
        ErrorCode::NotADatabase => DbError::NotADatabase,
        ErrorCode::DatabaseCorrupt => DbError::Corrupt,
        ErrorCode::DiskFull => DbError::DiskFull,
        ErrorCode::ReadOnly => DbError::ReadOnly,
        ErrorCode::SystemIoFailure => DbError::Io(detail()),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => DbError::Busy,
        ErrorCode::ConstraintViolation => DbError::Constraint(detail()),
        _ => DbError::Sqlite(Arc::new(error)),
    }
}

/// The words of a panic, for [`DbError::Panicked`].
pub(crate) fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
