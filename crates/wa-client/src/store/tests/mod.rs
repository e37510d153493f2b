//! The library's in-memory backend is the oracle; the other tests cover crashes, keys, tampering and sessions.

mod crash;
mod keys;
mod operations;
mod oracle;

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{KeyStore, MasterKey};

fn file(dir: &TempDir) -> PathBuf {
    dir.path().join("wa.db")
}

fn key() -> MasterKey {
    MasterKey::from([7; 32])
}

fn open(path: &Path) -> KeyStore {
    KeyStore::open(path, &key()).unwrap()
}
