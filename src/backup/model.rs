//! What a backup is, and what its file says.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::sealed::OtherKey;
use crate::clock::UnixMs;
use crate::db::{DbError, OpenError};

crate::words!(
    /// Why a backup was made; part of the file's name.
    pub enum Kind {
        /// By the schedule; old ones are deleted automatically.
        Daily = "daily",
        Manual = "manual",
        /// Before a migration, by `db`.
        Schema = "schema",
    }
);

/// A file in the directory of backups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupFile {
    pub path: PathBuf,
    pub kind: Kind,
    pub made_at: UnixMs,
    /// In bytes.
    pub size: u64,
    /// When every page of it was last read without an error.
    pub verified_at: Option<UnixMs>,
    /// Whether the keys of that instant are beside it.
    pub with_keys: bool,
}

impl BackupFile {
    /// Whether a wrong clock dated it in the future. Two of one second are distinguished by using the next second.
    pub(super) fn is_ahead(&self, now: UnixMs) -> bool {
        self.made_at > now.plus(Duration::from_secs(60))
    }

    /// Whether it was made within the last `span`.
    pub(super) fn is_of_the_last(&self, span: Duration, now: UnixMs) -> bool {
        !self.is_ahead(now) && now.since(self.made_at) <= span
    }
}

/// The number of rows in a backup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    pub users: u64,
    pub workspaces: u64,
    pub numbers: u64,
    pub contacts: u64,
    pub chats: u64,
    pub messages: u64,
}

/// A backup whose pages were all read, and whose rows all refer to rows that exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub path: PathBuf,
    /// In bytes.
    pub size: u64,
    /// Version of the schema; this program migrates older ones when it opens them.
    pub schema: i32,
    pub contents: Contents,
    /// Fingerprint of the master key that sealed it; `None` for one older than fingerprints.
    pub master_key: Option<String>,
}

/// The progress of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Bytes copied so far, and in total.
    Copying {
        done: u64,
        total: u64,
    },
    Verifying,
}

/// A completed restore, and where the replaced files are.
#[derive(Clone, Debug)]
pub struct Restored {
    pub from: Verified,
    /// `None` when there was nothing to replace.
    pub aside: Option<PathBuf>,
    /// Numbers that have to be linked again.
    pub to_link: u64,
    /// What waited to be sent, and now waits for a person's decision.
    pub held: Held,
    /// Whether the backup belongs to the current key; `None` when nothing in it is sealed.
    pub key_fits: Option<bool>,
}

/// Messages and emails that waited in a backup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub messages: u64,
    pub emails: u64,
}

/// Whether the installation has a recent backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupStatus {
    /// The newest verified one.
    pub last: Option<BackupFile>,
    /// There should be a newer one.
    pub overdue: bool,
    /// Why the last attempt failed, until one succeeds.
    pub failure: Option<String>,
}

/// Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("there is no backup {}; `wamanager backup list` shows all", path.display())]
    NoSuchFile { path: PathBuf },
    #[error("there is no backup yet; make one with `wamanager backup create`")]
    NoneYet,
    #[error("{} is not a good backup: {why}. Use another one", path.display())]
    Bad { path: PathBuf, why: String },
    #[error(
        "{} was made by a newer version (schema {found}, this program knows up to {known}): install that version and \
         restore with it",
        path.display()
    )]
    TooNew { path: PathBuf, found: i32, known: i32 },
    #[error(
        "{} has no keys of its instant beside it ({} is missing). Restore it without --same-instant and link the \
         numbers again",
        path.display(), keys.display()
    )]
    NoKeys { path: PathBuf, keys: PathBuf },
    #[error(
        "numbers are connected while the server runs, so there is no instant at which keys could be copied. Stop the \
         server, and make the backup then"
    )]
    NotAtRest,
    #[error(transparent)]
    OtherKey(#[from] OtherKey),
    #[error(
        "there is no master key here, and {} cannot be read whole without the one that sealed it{}. Put that key at {} \
         (mode 600), or name it with --master-key-file; nothing was changed. Without it, second factors must be set up \
         again and emails that wait cannot be sent, while chats, people and bills can be read. To go on like that: \
         wamanager backup restore {} --without-its-key",
        path.display(),
        fingerprint.as_ref().map(|print| format!(" (fingerprint {print})")).unwrap_or_default(),
        place.display(), path.display()
    )]
    NoKey {
        path: PathBuf,
        place: PathBuf,
        fingerprint: Option<String>,
    },
    #[error(
        "the keys of the linked numbers in {} were sealed under another master key than this backup, so they cannot \
         stay. Restore it without --keep-keys and link the numbers again; nothing was changed",
        keys.display()
    )]
    KeysOfAnother { keys: PathBuf },
    #[error("{} cannot be used: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{} cannot be brought to this version, so nothing was changed: {source}", path.display())]
    Unfit { path: PathBuf, source: OpenError },
    #[error("the database cannot be opened, and the keys that were there before lie in {}: {source}", aside.display())]
    NotOpened { aside: PathBuf, source: OpenError },
    #[error("the copy could not be made: {0}")]
    Db(#[from] DbError),
    #[error("the keys could not be copied: {0}")]
    Keys(String),
}

impl BackupError {
    pub(super) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
