//! Names and locations of backups.

use std::cmp::Reverse;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, NaiveDateTime};

use super::model::{BackupError, BackupFile, Kind};
use crate::clock::UnixMs;

const STAMP: &str = "%Y%m%dT%H%M%SZ";

/// `app-daily-20261124T033000Z.db`.
pub(super) fn name(kind: Kind, at: UnixMs) -> String {
    format!("app-{kind}-{}.db", at.to_utc().format(STAMP))
}

/// The file with the keys of the same instant.
pub(super) fn keys_of(backup: &Path) -> PathBuf {
    backup.with_extension("wa.db")
}

/// This file's modification time is when the backup was verified.
fn mark_of(backup: &Path) -> PathBuf {
    backup.with_extension("verified")
}

pub(super) fn mark_verified(backup: &Path, at: UnixMs) -> Result<(), BackupError> {
    let mark = mark_of(backup);
    let write = || {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&mark)?;
        writeln!(file, "{}", at.to_utc().to_rfc3339())
    };
    write().map_err(BackupError::io(&mark))
}

/// All backups in `dir`, newest first. One with a time in the future was made by a wrong clock, so its age is unknown
/// and it sorts last. A directory that does not exist contains none.
pub(super) fn list(dir: &Path, now: UnixMs) -> Result<Vec<BackupFile>, BackupError> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(BackupError::io(dir)(error)),
    };
    let mut files: Vec<BackupFile> = entries.filter_map(|entry| of(&entry.ok()?.path())).collect();
    let age = |file: &BackupFile| (file.is_ahead(now), Reverse(file.made_at));
    files.sort_by(|a, b| age(a).cmp(&age(b)).then_with(|| b.path.cmp(&a.path)));
    Ok(files)
}

/// What a file's name and neighbours say about it; `None` for one that is not a backup.
pub(super) fn of(path: &Path) -> Option<BackupFile> {
    let name = path.file_name()?.to_str()?;
    let (kind, rest) = name.strip_prefix("app-")?.strip_suffix(".db")?.split_once('-')?;
    let (kind, meta) = (kind.parse().ok()?, std::fs::metadata(path).ok()?);
    let made_at = match NaiveDateTime::parse_from_str(rest, STAMP) {
        Ok(at) => UnixMs(at.and_utc().timestamp_millis()),
        // The one before a migration is named after its schema.
        Err(_) if kind == Kind::Schema => modified(&meta),
        Err(_) => return None,
    };
    let verified = std::fs::read_to_string(mark_of(path)).ok();
    let verified = verified.and_then(|text| DateTime::parse_from_rfc3339(text.trim()).ok());
    Some(BackupFile {
        kind,
        made_at,
        size: meta.len(),
        verified_at: verified.map(|at| UnixMs(at.timestamp_millis())),
        with_keys: keys_of(path).exists(),
        path: path.to_owned(),
    })
}

fn modified(meta: &std::fs::Metadata) -> UnixMs {
    let age = meta
        .modified()
        .ok()
        .and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
    UnixMs(age.map_or(0, |age| i64::try_from(age.as_millis()).unwrap_or(i64::MAX)))
}

/// Deletes daily backups except the newest `keep` good ones; never the only good one. Returns how many.
pub(super) fn prune(dir: &Path, keep: usize, now: UnixMs) -> Result<usize, BackupError> {
    let daily: Vec<_> = list(dir, now)?
        .into_iter()
        .filter(|file| file.kind == Kind::Daily)
        .collect();
    let mut good = 0;
    let mut gone = 0;
    for file in daily {
        good += usize::from(file.verified_at.is_some());
        if good <= keep.max(1) && file.verified_at.is_some() || good == 0 {
            continue;
        }
        std::fs::remove_file(&file.path).map_err(BackupError::io(&file.path))?;
        // Best effort: a mark without its backup has no effect.
        let _ = std::fs::remove_file(mark_of(&file.path));
        gone += 1;
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NIGHT: UnixMs = UnixMs(1_795_491_000_000);
    const LATER: UnixMs = UnixMs(NIGHT.0 + 30 * 86_400_000);

    fn touch(dir: &Path, kind: Kind, days: i64) -> PathBuf {
        let path = dir.join(name(kind, UnixMs(NIGHT.0 + days * 86_400_000)));
        std::fs::write(&path, b"x").unwrap();
        path
    }

    #[test]
    fn a_backup_is_known_by_its_name_and_other_files_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = touch(dir.path(), Kind::Manual, 0);
        for other in [
            "notes.txt",
            "app-manual-yesterday.db",
            "app-x-20261124T033000Z.db",
            "app.db",
        ] {
            std::fs::write(dir.path().join(other), b"x").unwrap();
        }
        let found = list(dir.path(), LATER).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].kind, found[0].made_at, &found[0].path),
            (Kind::Manual, NIGHT, &path)
        );
    }

    #[test]
    fn the_newest_good_daily_ones_are_kept_and_what_was_made_by_hand() {
        let dir = tempfile::tempdir().unwrap();
        let manual = touch(dir.path(), Kind::Manual, -300);
        for day in 0..5 {
            mark_verified(&touch(dir.path(), Kind::Daily, day), NIGHT).unwrap();
        }
        // The newest, and not known to be good.
        let doubtful = touch(dir.path(), Kind::Daily, 9);
        assert_eq!(prune(dir.path(), 2, LATER).unwrap(), 3);
        let left: Vec<_> = list(dir.path(), LATER)
            .unwrap()
            .into_iter()
            .map(|file| file.path)
            .collect();
        let kept = |day: i64| dir.path().join(name(Kind::Daily, UnixMs(NIGHT.0 + day * 86_400_000)));
        assert_eq!(left, [doubtful, kept(4), kept(3), manual]);
    }

    #[test]
    fn the_only_good_one_is_never_deleted() {
        let dir = tempfile::tempdir().unwrap();
        mark_verified(&touch(dir.path(), Kind::Daily, 0), NIGHT).unwrap();
        touch(dir.path(), Kind::Daily, 1);
        assert_eq!(prune(dir.path(), 0, LATER).unwrap(), 0);
    }
}
