//! Bringing a backup back. No server runs: whoever calls holds the data directory.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use wa_client::store::{KeyStore, MasterKey};
use zeroize::Zeroizing;

use super::model::{BackupError, Held, Restored};
use super::sealed::{self, Fit, OtherKey};
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

/// A restore that was asked for.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    pub data_dir: &'a Path,
    pub backup: &'a Path,
    pub keys: Keys,
    /// The master key that is here, and where it came from.
    pub master_key: &'a [u8; 32],
    pub place: &'a str,
    /// Go on although another one sealed the backup: what that sealed is dropped.
    pub without_its_key: bool,
}

/// Replaces the database in the data directory by the backup. What was there is moved aside, nothing is deleted. `hold`
/// puts what waits to be sent into a person's hands; it runs in the transaction that makes the backup fit the present.
///
/// # Errors
/// When the backup is not good or does not belong to the key; then nothing was changed. Otherwise the message says where
/// everything lies.
pub fn restore(
    order: Order<'_>,
    now: UnixMs,
    hold: impl FnOnce(&Connection, UnixMs) -> db::Result<Held> + Send + 'static,
) -> Result<Restored, BackupError> {
    let Order {
        data_dir, backup, keys, ..
    } = order;
    let from = verify(backup)?;
    let kept_keys = files::keys_of(backup);
    if keys == Keys::SameInstant && !kept_keys.is_file() {
        return Err(BackupError::NoKeys {
            path: backup.to_owned(),
            keys: kept_keys,
        });
    }
    let key_fits = belongs(&order)?;
    let arriving = stage(backup, data_dir, db::FILE)?;
    let arriving_keys = match keys {
        Keys::SameInstant => Some(stage(&kept_keys, data_dir, KEYS_FILE)?),
        Keys::LinkAgain | Keys::Keep => None,
    };
    let names: &[&str] = if keys == Keys::Keep {
        &[db::FILE]
    } else {
        &[db::FILE, KEYS_FILE]
    };
    let aside = aside(data_dir, names, now)?;
    arrive(&arriving, &data_dir.join(db::FILE))?;
    if let Some(arriving) = arriving_keys {
        arrive(&arriving, &data_dir.join(KEYS_FILE))?;
    }
    let (to_link, held) = finish(&order, now, hold).map_err(|source| BackupError::NotOpened {
        aside: aside.clone().unwrap_or_else(|| data_dir.to_owned()),
        source,
    })?;
    Ok(Restored {
        from,
        aside,
        to_link,
        held,
        key_fits,
    })
}

/// Whether the key that is here sealed the backup, and the keys of numbers that are to be used with it.
fn belongs(order: &Order<'_>) -> Result<Option<bool>, BackupError> {
    let other = |file: &Path, print: Option<&str>| OtherKey::new(file, order.place, print, order.master_key);
    let fits = match sealed::fit_of(order.backup, order.master_key) {
        Some(Fit::Fits) => Some(true),
        Some(Fit::Other(print)) if !order.without_its_key => return Err(other(order.backup, print.as_deref()).into()),
        Some(Fit::Other(_)) => Some(false),
        Some(Fit::NothingSealed) | None => None,
    };
    let keys = match order.keys {
        Keys::LinkAgain => return Ok(fits),
        Keys::SameInstant => files::keys_of(order.backup),
        Keys::Keep => order.data_dir.join(KEYS_FILE),
    };
    let sealed_here = KeyStore::glimpse(&keys, &MasterKey::from(*order.master_key));
    match sealed_here {
        Ok(seen) if !seen.fits && order.keys == Keys::Keep => Err(BackupError::KeysOfAnother { keys }),
        Ok(seen) if !seen.fits => Err(other(&keys, None).into()),
        _ => Ok(fits),
    }
}

/// Copies `file` beside its place, complete and on disk, before anything is moved away.
fn stage(file: &Path, data_dir: &Path, name: &str) -> Result<PathBuf, BackupError> {
    let arriving = data_dir.join(format!("{name}.restoring"));
    let copy = || {
        use std::os::unix::fs::OpenOptionsExt as _;
        let mut from = std::fs::File::open(file)?;
        let mut options = std::fs::OpenOptions::new();
        let mut to = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&arriving)?;
        std::io::copy(&mut from, &mut to)?;
        to.sync_all()
    };
    copy().map_err(BackupError::io(&arriving))?;
    Ok(arriving)
}

fn arrive(arriving: &Path, place: &Path) -> Result<(), BackupError> {
    std::fs::rename(arriving, place).map_err(BackupError::io(place))?;
    let dir = place.parent().unwrap_or(Path::new("."));
    let synced = std::fs::File::open(dir).and_then(|dir| dir.sync_all());
    synced.map_err(BackupError::io(dir))
}

/// Moves the keys of all linked numbers aside; `None` when there were none.
///
/// # Errors
/// When they cannot be moved.
pub fn set_keys_aside(data_dir: &Path, now: UnixMs) -> Result<Option<PathBuf>, BackupError> {
    aside(data_dir, &[KEYS_FILE], now)
}

/// For whoever has lost the master key of the linked numbers: their keys are moved aside, and each is linked again.
/// Returns how many, and where the keys lie now. No server runs, and the master key was found to fit `app.db`.
///
/// # Errors
/// When the files cannot be moved, or the database cannot be opened.
pub fn link_again(data_dir: &Path, now: UnixMs) -> Result<(u64, Option<PathBuf>), BackupError> {
    let moved = set_keys_aside(data_dir, now)?;
    let unlinked = db::open(data_dir).and_then(|db| {
        let numbers = db.write_blocking(move |tx| store::unlink_numbers(tx, "the keys were set aside", now))?;
        Ok(numbers)
    });
    let numbers = unlinked.map_err(|source| BackupError::NotOpened {
        aside: moved.clone().unwrap_or_else(|| data_dir.to_owned()),
        source,
    })?;
    Ok((numbers, moved))
}

/// Moves what is to be replaced, with its logs, into a directory of its own; `None` when there was nothing.
fn aside(data_dir: &Path, names: &[&str], now: UnixMs) -> Result<Option<PathBuf>, BackupError> {
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
    db::private_dir(&dir).map_err(BackupError::io(&dir))?;
    for name in there {
        std::fs::rename(data_dir.join(&name), dir.join(&name)).map_err(BackupError::io(dir.join(&name)))?;
    }
    Ok(Some(dir))
}

/// Migrates the restored database and makes it fit the present; returns how many numbers are to be linked again, and
/// what is held.
fn finish(
    order: &Order<'_>,
    now: UnixMs,
    hold: impl FnOnce(&Connection, UnixMs) -> db::Result<Held> + Send + 'static,
) -> Result<(u64, Held), db::OpenError> {
    let db = db::open(order.data_dir)?;
    let name = order.backup.file_name().map(|name| name.to_string_lossy().into_owned());
    let (keys, key, forget) = (order.keys, Zeroizing::new(*order.master_key), order.without_its_key);
    let done = db.write_blocking(move |tx| {
        // Whoever was logged out or removed since the backup must not be let in by a cookie of that time.
        store::end_logins(tx)?;
        if forget && matches!(sealed::fit(tx, &key)?, Fit::Other(_)) {
            store::forget_sealed(tx)?;
        }
        sealed::mark_in(tx, &key)?;
        let to_link = match keys {
            Keys::LinkAgain => store::unlink_numbers(tx, "a backup was restored", now)?,
            Keys::Keep | Keys::SameInstant => 0,
        };
        let held = hold(tx, now)?;
        let mut entry = Entry::new(Actor::Operator, Action::BackupRestored);
        entry.target = name;
        audit::record_in(tx, &entry, now)?;
        Ok::<_, DbError>((to_link, held))
    })?;
    Ok(done)
}
