//! Restores a backup. No server runs: the caller holds the data directory.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use wa_client::store::{KeyStore, MasterKey};

use super::arrival::{self, KEYS_FILE};
use super::model::{BackupError, Held, Restored};
use super::sealed::{self, Fit, OtherKey};
use super::service::verify;
use super::{files, store};
use crate::audit::{self, Action, Actor, Entry};
use crate::clock::UnixMs;
use crate::db;

/// What happens to the keys of linked numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keys {
    /// They are moved aside, and every number is linked again. Always safe.
    LinkAgain,
    /// They stay as they are: correct if the backup was made here, since they never go back.
    Keep,
    /// They are taken from beside the backup. Correct only if nothing was sent or received since it was made.
    SameInstant,
}

/// The options of a restore.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    pub data_dir: &'a Path,
    pub backup: &'a Path,
    pub keys: Keys,
    /// The current master key, and where it came from.
    pub master_key: &'a [u8; 32],
    pub place: &'a str,
    /// Restore although another key sealed the backup: what that key sealed is deleted.
    pub without_its_key: bool,
}

/// Replaces the database in the data directory by the backup. Replaced files are moved aside, nothing is deleted.
/// `hold` makes what waits to be sent wait for a person's decision; it runs in the transaction that adapts the backup
/// to the present, on a copy that is not used before it is complete.
pub fn restore(
    order: Order<'_>,
    now: UnixMs,
    hold: impl FnOnce(&Connection, UnixMs) -> db::Result<Held>,
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
    let prepared = prepare(&order, &kept_keys, now, hold);
    let (to_link, held) = prepared.inspect_err(|_| arrival::abandon(data_dir))?;
    let aside = arrival::decide(data_dir, keys, now).map_err(BackupError::io(data_dir))?;
    Ok(Restored {
        from,
        aside,
        to_link,
        held,
        key_fits,
    })
}

/// Whether the current key sealed the backup and the keys of numbers to be used with it.
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

/// Prepares the new files, complete and on disk, before any current file is touched. Returns how many numbers have to
/// be linked again, and what is held.
fn prepare(
    order: &Order<'_>,
    kept_keys: &Path,
    now: UnixMs,
    hold: impl FnOnce(&Connection, UnixMs) -> db::Result<Held>,
) -> Result<(u64, Held), BackupError> {
    let dir = arrival::prepare(order.data_dir).map_err(BackupError::io(order.data_dir))?;
    if order.keys == Keys::SameInstant {
        copy(kept_keys, &dir.join(KEYS_FILE))?;
    }
    let database = dir.join(db::FILE);
    copy(order.backup, &database)?;
    let fitted = db::amend(&database, &db::backup_dir(order.data_dir), |tx| {
        fit_to_the_present(tx, order, now, hold)
    });
    fitted.map_err(|source| BackupError::Unfit {
        path: order.backup.to_owned(),
        source,
    })
}

fn copy(file: &Path, to: &Path) -> Result<(), BackupError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let copied = || {
        let mut from = std::fs::File::open(file)?;
        let mut options = std::fs::OpenOptions::new();
        let mut to = options.write(true).create_new(true).mode(0o600).open(to)?;
        std::io::copy(&mut from, &mut to)?;
        to.sync_all()
    };
    copied().map_err(BackupError::io(to))
}

/// Moves the keys of all linked numbers aside; `None` when there were none.
pub fn set_keys_aside(data_dir: &Path, now: UnixMs) -> Result<Option<PathBuf>, BackupError> {
    aside(data_dir, KEYS_FILE, now)
}

/// After the loss of the linked numbers' master key: moves their keys aside, so that each is linked again. Returns how
/// many, and where the keys are now. No server runs, and the current master key fits `app.db`.
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

/// Moves a database, with its log, into a directory of its own; `None` when there was none.
fn aside(data_dir: &Path, name: &str, now: UnixMs) -> Result<Option<PathBuf>, BackupError> {
    let with_logs = arrival::with_logs(name);
    let there: Vec<&String> = with_logs.iter().filter(|name| data_dir.join(name).exists()).collect();
    if there.is_empty() {
        return Ok(None);
    }
    let dir = data_dir.join(arrival::free_name(data_dir, now));
    db::private_dir(&dir).map_err(BackupError::io(&dir))?;
    for name in there {
        std::fs::rename(data_dir.join(name), dir.join(name)).map_err(BackupError::io(dir.join(name)))?;
    }
    Ok(Some(dir))
}

/// Removes what must not outlive the backup's time. Returns how many numbers have to be linked again, and what is held.
fn fit_to_the_present(
    tx: &Connection,
    order: &Order<'_>,
    now: UnixMs,
    hold: impl FnOnce(&Connection, UnixMs) -> db::Result<Held>,
) -> db::Result<(u64, Held)> {
    // A user who was logged out or removed since the backup must not be authenticated by a cookie of that time.
    store::end_logins(tx)?;
    if order.without_its_key && matches!(sealed::fit(tx, order.master_key)?, Fit::Other(_)) {
        store::forget_sealed(tx)?;
    }
    sealed::mark_in(tx, order.master_key)?;
    let to_link = match order.keys {
        Keys::LinkAgain => store::unlink_numbers(tx, "a backup was restored", now)?,
        Keys::Keep | Keys::SameInstant => 0,
    };
    let held = hold(tx, now)?;
    let mut entry = Entry::new(Actor::Operator, Action::BackupRestored);
    entry.target = order.backup.file_name().map(|name| name.to_string_lossy().into_owned());
    audit::record_in(tx, &entry, now)?;
    Ok((to_link, held))
}
