//! Bringing a backup back. No server runs: whoever calls holds the data directory.

use std::path::{Path, PathBuf};

use super::model::{BackupError, Restored};
use super::service::verify;
use super::{files, store};
use crate::audit::{self, Action, Actor, Entry};
use crate::clock::UnixMs;
use crate::db::{self, DbError};

/// The file of the keys within the data directory.
const KEYS_FILE: &str = "wa.db";

/// What becomes of the keys of linked numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keys {
    /// They are moved aside, and every number is linked again. Always safe.
    LinkAgain,
    /// They stay as they are: right where the backup was made here, since they never go back.
    Keep,
    /// They come from beside the backup. Right only when nothing was sent or received since it was made.
    SameInstant,
}

/// Replaces the database in `data_dir` by `backup`. What was there is moved aside, nothing is deleted.
///
/// # Errors
/// When the backup is not good; then nothing was changed. Otherwise the message says where everything lies.
pub fn restore(data_dir: &Path, backup: &Path, keys: Keys, now: UnixMs) -> Result<Restored, BackupError> {
    let from = verify(backup)?;
    let kept_keys = files::keys_of(backup);
    if keys == Keys::SameInstant && !kept_keys.is_file() {
        return Err(BackupError::NoKeys {
            path: backup.to_owned(),
            keys: kept_keys,
        });
    }
    let arriving = stage(backup, data_dir, db::FILE)?;
    let arriving_keys = match keys {
        Keys::SameInstant => Some(stage(&kept_keys, data_dir, KEYS_FILE)?),
        Keys::LinkAgain | Keys::Keep => None,
    };
    let aside = aside(data_dir, keys, now)?;
    arrive(&arriving, &data_dir.join(db::FILE))?;
    if let Some(arriving) = arriving_keys {
        arrive(&arriving, &data_dir.join(KEYS_FILE))?;
    }
    let to_link = finish(data_dir, keys, backup, now).map_err(|source| BackupError::NotOpened {
        aside: aside.clone().unwrap_or_else(|| data_dir.to_owned()),
        source,
    })?;
    Ok(Restored { from, aside, to_link })
}

/// Copies `file` beside its place, complete and on disk, before anything is moved away.
fn stage(file: &Path, data_dir: &Path, name: &str) -> Result<PathBuf, BackupError> {
    let arriving = data_dir.join(format!("{name}.restoring"));
    let copied = std::fs::copy(file, &arriving).and_then(|_| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&arriving, std::fs::Permissions::from_mode(0o600))?;
        std::fs::File::open(&arriving)?.sync_all()
    });
    copied.map_err(BackupError::io(&arriving))?;
    Ok(arriving)
}

fn arrive(arriving: &Path, place: &Path) -> Result<(), BackupError> {
    std::fs::rename(arriving, place).map_err(BackupError::io(place))?;
    let dir = place.parent().unwrap_or(Path::new("."));
    let synced = std::fs::File::open(dir).and_then(|dir| dir.sync_all());
    synced.map_err(BackupError::io(dir))
}

/// Moves what is to be replaced into a directory of its own; `None` when there was nothing.
fn aside(data_dir: &Path, keys: Keys, now: UnixMs) -> Result<Option<PathBuf>, BackupError> {
    let mut names = vec![db::FILE];
    if keys != Keys::Keep {
        names.push(KEYS_FILE);
    }
    // The log belongs to its database: beside another one it would damage that.
    let with_logs = names
        .iter()
        .flat_map(|name| [(*name).to_owned(), format!("{name}-wal"), format!("{name}-shm")]);
    let there: Vec<String> = with_logs.filter(|name| data_dir.join(name).exists()).collect();
    if there.is_empty() {
        return Ok(None);
    }
    let base = format!("replaced-{}", now.to_utc().format("%Y%m%dT%H%M%SZ"));
    let mut dir = data_dir.join(&base);
    let mut again = 1;
    while dir.exists() {
        again += 1;
        dir = data_dir.join(format!("{base}-{again}"));
    }
    std::fs::create_dir(&dir).map_err(BackupError::io(&dir))?;
    for name in there {
        std::fs::rename(data_dir.join(&name), dir.join(&name)).map_err(BackupError::io(dir.join(&name)))?;
    }
    Ok(Some(dir))
}

/// Migrates the restored database and makes it fit the present; returns how many numbers are to be linked again.
fn finish(data_dir: &Path, keys: Keys, backup: &Path, now: UnixMs) -> Result<u64, db::OpenError> {
    let db = db::open(data_dir)?;
    let name = backup.file_name().map(|name| name.to_string_lossy().into_owned());
    let to_link = db.write_blocking(move |tx| {
        // Whoever was logged out or removed since the backup must not be let in by a cookie of that time.
        store::end_logins(tx)?;
        let to_link = match keys {
            Keys::LinkAgain => store::unlink_numbers(tx, now)?,
            Keys::Keep | Keys::SameInstant => 0,
        };
        let mut entry = Entry::new(Actor::Operator, Action::BackupRestored);
        entry.target = name;
        audit::record_in(tx, &entry, now)?;
        Ok::<_, DbError>(to_link)
    })?;
    Ok(to_link)
}
