//! Exit codes: a contract with scripts and service managers, listed in `docs/exit-codes.md`.

use std::io;
use std::process::{ExitCode, Termination};

use serde::{Deserialize, Serialize};
use sqlite::DbError;
use wa_client::store::KeyStoreError;

use crate::accounts::FieldError;
use crate::app::StartError;
use crate::config::ConfigErrors;
use crate::config::master_key::MasterKeyError;
use crate::db::{MigrateError, OpenError};

/// A command's exit code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Exit {
    Ok = 0,
    /// An unexpected error; the message has what is known.
    Failure = 1,
    /// The command line itself is wrong; clap reports it.
    Usage = 2,
    Config = 3,
    DataDir = 4,
    AlreadyRunning = 5,
    Listen = 6,
    Database = 7,
    MasterKey = 8,
    DiskFull = 9,
    /// The named session, user or workspace does not exist.
    NotFound = 10,
    /// A rule refuses: the input is not acceptable, or the state does not allow it.
    Refused = 11,
    /// Linking failed or nobody scanned in time.
    NotLinked = 12,
    /// The message was queued, but not delivered in time.
    NotDelivered = 13,
    /// `doctor` found something to repair.
    Unhealthy = 14,
    /// Ended by a second signal, or by Ctrl-C while waiting.
    Interrupted = 130,
}

impl Exit {
    pub const ALL: &'static [Self] = &[
        Self::Ok,
        Self::Failure,
        Self::Usage,
        Self::Config,
        Self::DataDir,
        Self::AlreadyRunning,
        Self::Listen,
        Self::Database,
        Self::MasterKey,
        Self::DiskFull,
        Self::NotFound,
        Self::Refused,
        Self::NotLinked,
        Self::NotDelivered,
        Self::Unhealthy,
        Self::Interrupted,
    ];

    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self.code())
    }
}

/// A question that only a person can answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Yes or no.
    Sure(String),
    /// Which one of several; the answer is the option's value.
    Which { option: String, choices: Vec<Choice> },
}

/// A value to choose, and its label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub value: String,
    pub label: String,
}

/// A command's failure: its exit code, and the operator's message.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub exit: Exit,
    pub message: String,
    /// The question that a person has to answer first; then this is not a failure yet.
    pub question: Option<Question>,
}

impl Failure {
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            question: None,
        }
    }

    /// A question to confirm first, and the exit code if nobody can be asked.
    pub fn question(text: impl Into<String>) -> Self {
        let question = text.into();
        Self {
            question: Some(Question::Sure(question.clone())),
            ..Self::new(
                Exit::Usage,
                format!("Nobody can be asked here. Add --yes to answer this beforehand: {question}"),
            )
        }
    }

    /// Several match. `message` names them, in case nobody can be asked.
    pub fn which(message: impl Into<String>, option: &str, choices: Vec<Choice>) -> Self {
        let option = option.to_owned();
        Self {
            question: Some(Question::Which { option, choices }),
            ..Self::refused(message)
        }
    }

    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, message)
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Exit::NotFound, message)
    }

    /// One line for each invalid field.
    pub fn fields(fields: &[FieldError]) -> Self {
        let lines = fields.iter().map(|field| format!("{}: {}", field.field, field.message));
        Self::refused(lines.collect::<Vec<_>>().join("\n"))
    }

    /// An unexpected error, with its causes.
    pub fn unforeseen(error: &anyhow::Error) -> Self {
        Self::new(Exit::Failure, format!("{error:#}"))
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::unforeseen(&error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(of_io(&error, Exit::Failure), error.to_string())
    }
}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Self {
        Self::new(Exit::Config, errors.to_string())
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::new(of_start(&error), error.to_string())
    }
}

fn of_start(error: &StartError) -> Exit {
    match error {
        StartError::DataDir { source, .. } => of_io(source, Exit::DataDir),
        StartError::AlreadyRunning { .. } => Exit::AlreadyRunning,
        StartError::MasterKey(MasterKeyError::Io { source, .. }) => of_io(source, Exit::MasterKey),
        StartError::MasterKey(_) => Exit::MasterKey,
        StartError::KeyLost { .. } | StartError::OtherKey(_) | StartError::NoKeyForBoth { .. } => Exit::MasterKey,
        StartError::Truncated { .. } => Exit::Database,
        StartError::AppDb { source, .. } => of_open(source),
        StartError::KeyStore { source, .. } => of_key_store(source),
        StartError::Listen { .. } => Exit::Listen,
        StartError::Other(_) => Exit::Failure,
    }
}

fn of_open(error: &OpenError) -> Exit {
    match error {
        OpenError::Db(error) => of_db(error),
        OpenError::Migrate(MigrateError::BackupDir { source, .. }) => of_io(source, Exit::DataDir),
        OpenError::Migrate(MigrateError::Sqlite(error)) => of_sqlite_code(error.sqlite_error_code()),
        OpenError::Migrate(MigrateError::Backup { source, .. }) => of_db(source),
        OpenError::Migrate(_) => Exit::Database,
    }
}

pub fn of_db(error: &DbError) -> Exit {
    match error {
        DbError::DiskFull => Exit::DiskFull,
        DbError::ReadOnly | DbError::CannotOpen { .. } => Exit::DataDir,
        DbError::NotFound => Exit::NotFound,
        _ => Exit::Database,
    }
}

fn of_key_store(error: &KeyStoreError) -> Exit {
    match error {
        KeyStoreError::WrongMasterKey => Exit::MasterKey,
        KeyStoreError::Db(error) => of_db(error),
        _ => Exit::Database,
    }
}

fn of_sqlite_code(code: Option<rusqlite::ErrorCode>) -> Exit {
    match code {
        Some(rusqlite::ErrorCode::DiskFull) => Exit::DiskFull,
        Some(rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::CannotOpen) => Exit::DataDir,
        _ => Exit::Database,
    }
}

pub fn of_io(error: &io::Error, other: Exit) -> Exit {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Exit::DiskFull,
        _ => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_different_and_documented() {
        let docs = include_str!("../../docs/exit-codes.md");
        for exit in Exit::ALL {
            assert_eq!(Exit::ALL.iter().filter(|other| other.code() == exit.code()).count(), 1);
            assert!(
                docs.contains(&format!("| {} |", exit.code())),
                "{exit:?} is not in docs/exit-codes.md"
            );
        }
    }

    #[test]
    fn a_full_disk_is_distinguished_from_an_unwritable_directory() {
        let of = |kind: io::ErrorKind| {
            Failure::from(StartError::DataDir {
                path: "/x".into(),
                source: kind.into(),
            })
            .exit
        };
        assert_eq!(of(io::ErrorKind::StorageFull), Exit::DiskFull);
        assert_eq!(of(io::ErrorKind::PermissionDenied), Exit::DataDir);
    }
}
