//! Why the program cannot start, each with what to do about it.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use wa_client::store::KeyStoreError;

use crate::config::master_key::MasterKeyError;
use crate::db;

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
    #[error("{}: {source}", path.display())]
    AppDb { path: PathBuf, source: db::OpenError },
    #[error("{}: {source}", path.display())]
    KeyStore { path: PathBuf, source: KeyStoreError },
    #[error("cannot listen on {address}: {source}{}", listen_advice(source))]
    Listen { address: SocketAddr, source: io::Error },
    #[error("{0}")]
    Other(String),
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
