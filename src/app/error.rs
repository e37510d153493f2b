//! Why the program cannot start, each with what to do about it.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use wa_client::store::KeyStoreError;

use crate::backup::OtherKey;
use crate::config::master_key::MasterKeyError;
use crate::db::{self, DbError};

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(
        "the data directory {} cannot be used: {source}. It must exist or be creatable, and belong to the user that \
         runs wamanager; choose another with --data-dir",
        path.display()
    )]
    DataDir { path: PathBuf, source: io::Error },
    #[error(
        "another wamanager is already running on {}{}. Stop it first, or choose another --data-dir",
        path.display(), pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default()
    )]
    AlreadyRunning { path: PathBuf, pid: Option<u32> },
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// Databases without a key.
    #[error(
        "the data directory has databases but no {}, which is needed to read them. Put {} back from where you keep it. \
         Without it every number must be linked anew and whatever was sealed is lost (move app.db and wa.db away to \
         begin afresh)",
        path.display(), named(fingerprint.as_deref())
    )]
    KeyLost { path: PathBuf, fingerprint: Option<String> },
    #[error(transparent)]
    OtherKey(#[from] OtherKey),
    #[error(
        "app.db and {} were sealed under different master keys, so none opens both. The key in {place} opens app.db. \
         Bring back the wa.db that belongs to it, or have every number linked again: wamanager backup link-again",
        keys.display()
    )]
    NoKeyForBoth { keys: PathBuf, place: String },
    #[error(
        "{} is {} although keys of linked numbers are in {}: it was damaged, and is left as it is. Bring it back, or \
         restore a backup (wamanager backup list). To begin afresh, move both away",
        app.display(), if *empty { "empty" } else { "missing" }, keys.display()
    )]
    Truncated { app: PathBuf, keys: PathBuf, empty: bool },
    #[error("{}: {source}", path.display())]
    AppDb { path: PathBuf, source: db::OpenError },
    #[error("{}: {}", path.display(), key_store_advice(source))]
    KeyStore { path: PathBuf, source: KeyStoreError },
    #[error("cannot listen on {address}: {source}{}", listen_advice(source))]
    Listen { address: SocketAddr, source: io::Error },
    #[error("{0}")]
    Other(String),
}

/// A key store must never be restored from a backup: its ratchets would go back in time.
fn key_store_advice(source: &KeyStoreError) -> String {
    match source {
        KeyStoreError::Db(DbError::Corrupt | DbError::NotADatabase) => {
            "the key store is damaged. Move it away, with the -wal and -shm files beside it, and start again: each \
             number then has to be linked again; all chats stay"
                .to_owned()
        }
        other => other.to_string(),
    }
}

fn listen_advice(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::AddrInUse => ". Another program uses this port: stop it, or choose another with --listen",
        io::ErrorKind::PermissionDenied => {
            ". Ports below 1024 need a privilege (the systemd unit grants it): choose a higher one with --listen"
        }
        io::ErrorKind::AddrNotAvailable => ". This machine has no such address; 0.0.0.0 stands for all it has",
        _ => "",
    }
}

fn named(fingerprint: Option<&str>) -> String {
    match fingerprint {
        Some(print) => format!("the key with the fingerprint {print}"),
        None => "the key".to_owned(),
    }
}
