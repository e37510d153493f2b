//! The words of `wamanager backup` on the socket.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::backup::{BackupFile, Contents, Verified};

/// A backup to be made now. `to` is an absolute directory.
#[derive(Clone, Serialize, Deserialize)]
pub struct BackupRequest {
    pub to: Option<PathBuf>,
    /// With the keys of the numbers; refused while these run.
    pub with_keys: bool,
}

/// A backup as the command line shows it. Times are RFC 3339, sizes bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupLine {
    pub file: PathBuf,
    pub kind: String,
    pub made_at: String,
    pub size: u64,
    pub verified_at: Option<String>,
    pub with_keys: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedReport {
    pub file: PathBuf,
    pub size: u64,
    pub schema: i32,
    pub contents: Contents,
    /// Fingerprint of the master key that sealed it, for one that has it.
    pub master_key: Option<String>,
    /// Whether that is the key that is here; absent when there is none to try, or nothing to try it on.
    pub master_key_fits: Option<bool>,
}

/// What is to become of what waited in a restored backup.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldAct {
    Show,
    Resume,
    Discard,
}

/// With a workspace only its messages are meant, without one those of all and the emails.
#[derive(Clone, Serialize, Deserialize)]
pub struct HeldRequest {
    pub workspace: Option<String>,
    pub act: HeldAct,
}

/// How much is held, or was let go or discarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldReport {
    pub messages: u64,
    pub emails: u64,
}

impl From<BackupFile> for BackupLine {
    fn from(file: BackupFile) -> Self {
        Self {
            kind: file.kind.to_string(),
            made_at: file.made_at.to_utc().to_rfc3339(),
            size: file.size,
            verified_at: file.verified_at.map(|at| at.to_utc().to_rfc3339()),
            with_keys: file.with_keys,
            file: file.path,
        }
    }
}

impl From<Verified> for VerifiedReport {
    fn from(verified: Verified) -> Self {
        Self {
            file: verified.path,
            size: verified.size,
            schema: verified.schema,
            contents: verified.contents,
            master_key: verified.master_key,
            master_key_fits: None,
        }
    }
}
