//! Makes and verifies backups.

use std::path::{Path, PathBuf};
use std::time::Duration;

use wa_client::store::KeyStore;

use super::daily::DailyBackup;
use super::model::{BackupError, BackupFile, BackupStatus, Kind, Step, Verified};
use super::{files, store};
use crate::clock::{Clock, UnixMs};
use crate::db::{self, Db};
use crate::jobs::{Jobs, State};

/// A day, and the time that the nightly backup takes.
pub(super) const OVERDUE_AFTER: Duration = Duration::from_secs(26 * 60 * 60);
/// How often the progress of the copy is reported.
const LOOK: Duration = Duration::from_millis(200);

/// Cheap to clone.
#[derive(Clone)]
pub struct Backups {
    db: Db,
    keys: KeyStore,
    clock: Clock,
    jobs: Jobs,
    data_dir: PathBuf,
    /// How many daily ones are kept.
    pub(super) keep: usize,
}

impl Backups {
    #[must_use]
    pub fn new(db: Db, keys: KeyStore, clock: Clock, jobs: Jobs, data_dir: &Path, keep: usize) -> Self {
        Self {
            db,
            keys,
            clock,
            jobs,
            data_dir: data_dir.to_owned(),
            keep,
        }
    }

    /// The default directory of backups.
    #[must_use]
    pub fn dir(&self) -> PathBuf {
        db::backup_dir(&self.data_dir)
    }

    /// Copies the current database to `to` (or the default directory), verifies the copy, and reports its progress.
    /// Writes go on meanwhile.
    pub async fn create(
        &self,
        kind: Kind,
        to: Option<&Path>,
        tell: impl FnMut(Step) + Send,
    ) -> Result<(BackupFile, Verified), BackupError> {
        self.make(kind, to, false, tell).await
    }

    /// [`Self::create`] with the keys of the linked numbers. For moving to another machine: only while no number runs,
    /// and never to be used here again afterwards.
    ///
    /// # Errors
    /// Those of [`Self::create`].
    pub async fn create_with_keys(
        &self,
        to: Option<&Path>,
        tell: impl FnMut(Step) + Send,
    ) -> Result<(BackupFile, Verified), BackupError> {
        self.make(Kind::Manual, to, true, tell).await
    }

    async fn make(
        &self,
        kind: Kind,
        to: Option<&Path>,
        with_keys: bool,
        mut tell: impl FnMut(Step) + Send,
    ) -> Result<(BackupFile, Verified), BackupError> {
        let dir = to.map_or_else(|| self.dir(), Path::to_owned);
        db::private_dir(&dir).map_err(BackupError::io(&dir))?;
        let path = self.free_name(&dir, kind);
        self.copy(&path, &mut tell).await?;
        if with_keys {
            let copied = self.keys.backup_to(&files::keys_of(&path)).await;
            copied.map_err(|error| BackupError::Keys(error.to_string()))?;
        }
        tell(Step::Verifying);
        let verified = verify_elsewhere(path.clone()).await?;
        files::mark_verified(&path, self.clock.now())?;
        let file = files::of(&path).ok_or(BackupError::NoSuchFile { path })?;
        Ok((file, verified))
    }

    /// Two backups within a second must not share a file.
    fn free_name(&self, dir: &Path, kind: Kind) -> PathBuf {
        let mut at = self.clock.now();
        loop {
            let path = dir.join(files::name(kind, at));
            if !path.exists() {
                return path;
            }
            at = at.plus(Duration::from_secs(1));
        }
    }

    async fn copy(&self, path: &Path, tell: &mut (impl FnMut(Step) + Send)) -> Result<(), BackupError> {
        let total = std::fs::metadata(self.data_dir.join(db::FILE)).map_or(0, |meta| meta.len());
        let partial = path.with_added_extension("partial");
        let copy = self.db.backup_to(path);
        tokio::pin!(copy);
        loop {
            tokio::select! {
                copied = &mut copy => {
                    tell(Step::Copying { done: total, total });
                    return Ok(copied?);
                }
                () = tokio::time::sleep(LOOK) => {
                    let done = std::fs::metadata(&partial).map_or(0, |meta| meta.len());
                    tell(Step::Copying { done: done.min(total), total });
                }
            }
        }
    }

    /// Deletes surplus daily backups.
    pub fn prune(&self) -> Result<usize, BackupError> {
        files::prune(&self.dir(), self.keep, self.clock.now())
    }

    /// Whether there is a recent backup, and why not.
    pub async fn status(&self) -> Result<BackupStatus, BackupError> {
        let now = self.clock.now();
        let last = self.last_good()?;
        let newest = self.jobs.newest::<DailyBackup>().await?;
        let failed = newest.filter(|job| matches!(job.state, State::Waiting | State::Dead));
        let failure = failed.and_then(|job| job.last_error);
        let overdue = last
            .as_ref()
            .is_some_and(|file| !file.is_of_the_last(OVERDUE_AFTER, now));
        Ok(BackupStatus { last, overdue, failure })
    }

    fn last_good(&self) -> Result<Option<BackupFile>, BackupError> {
        let good = |file: &BackupFile| file.verified_at.is_some() && file.kind != Kind::Schema;
        Ok(files::list(&self.dir(), self.clock.now())?.into_iter().find(good))
    }

    /// Schedules one soon if the last night's is missing, for example because the machine was off.
    pub async fn catch_up(&self) -> Result<(), BackupError> {
        let now = self.clock.now();
        let fresh = |file: BackupFile| file.is_of_the_last(OVERDUE_AFTER, now);
        if !self.last_good()?.is_some_and(fresh) {
            DailyBackup::enqueue_at(self.jobs.clone(), now.plus(Duration::from_secs(10 * 60))).await?;
        }
        Ok(())
    }

    pub(super) fn now(&self) -> UnixMs {
        self.clock.now()
    }
}

/// All backups of an installation, newest first.
pub fn list(data_dir: &Path) -> Result<Vec<BackupFile>, BackupError> {
    files::list(&db::backup_dir(data_dir), Clock::System.now())
}

/// The file of `name`: `latest`, a path, or a name in the directory of backups.
///
/// # Errors
/// [`BackupError::NoneYet`], [`BackupError::NoSuchFile`].
pub fn locate(data_dir: &Path, name: &str) -> Result<PathBuf, BackupError> {
    if name == "latest" {
        let newest = list(data_dir)?.into_iter().next();
        return newest.map(|file| file.path).ok_or(BackupError::NoneYet);
    }
    let here = PathBuf::from(name);
    let there = db::backup_dir(data_dir).join(name);
    let found = [here.clone(), there].into_iter().find(|path| path.is_file());
    found.ok_or(BackupError::NoSuchFile { path: here })
}

/// Reads every page of a backup and checks every reference. Slow; not for async tasks.
///
/// # Errors
/// [`BackupError::Bad`] with what is wrong, [`BackupError::NoSuchFile`], [`BackupError::TooNew`].
pub fn verify(path: &Path) -> Result<Verified, BackupError> {
    let Ok(meta) = std::fs::metadata(path) else {
        return Err(BackupError::NoSuchFile { path: path.to_owned() });
    };
    let bad = |why: String| BackupError::Bad {
        path: path.to_owned(),
        why,
    };
    if meta.len() == 0 {
        return Err(bad("it is empty".to_owned()));
    }
    let looked = db::inspect(path, |c| {
        Ok((
            store::check(c),
            store::schema(c),
            store::contents(c),
            store::master_key(c),
        ))
    });
    let (checked, schema, contents, key) = looked.map_err(|error| bad(error.to_string()))?;
    checked.map_err(bad)?;
    let schema = schema.map_err(|_| bad("it is a database of something else".to_owned()))?;
    let known = db::latest_version();
    if schema > known {
        return Err(BackupError::TooNew {
            path: path.to_owned(),
            found: schema,
            known,
        });
    }
    Ok(Verified {
        path: path.to_owned(),
        size: meta.len(),
        schema,
        // A schema older than these tables has no rows of them.
        contents: contents.unwrap_or_default(),
        master_key: key.map_err(|error| bad(error.to_string()))?.map(|(print, _)| print),
    })
}

async fn verify_elsewhere(path: PathBuf) -> Result<Verified, BackupError> {
    let shown = path.clone();
    let verified = tokio::task::spawn_blocking(move || verify(&path)).await;
    verified.unwrap_or_else(|error| {
        Err(BackupError::Bad {
            path: shown,
            why: error.to_string(),
        })
    })
}
