//! The jobs of this room: writing a file, and removing old ones.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::model::{Export, ExportError, ExportId, ExportState};
use super::service::Exports;
use super::store;
use super::write::{self, Pulse, Writing};
use crate::accounts::User;
use crate::audit::{self, Action, Actor, Entry};
use crate::db;
use crate::i18n::{Locale, T};
use crate::ids::JobId;
use crate::jobs::{Handler, Job, JobError, Jobs, Lane, Order, Run};
use crate::mail::{EmailDraft, plain};

/// The page where the file is downloaded.
pub(super) const PAGE: &str = "/settings/account";
/// How often the progress is reported to the administrator's list of jobs.
const PULSE: Duration = Duration::from_millis(500);
/// Rows of exports without a file are kept for this long.
const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Writes the file of a person's data.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
pub struct MakeExport {
    pub(super) export: ExportId,
}

impl Job for MakeExport {
    const KIND: &'static str = "export.make";
    const LANE: Lane = Lane::Upkeep;
    const MAX_ATTEMPTS: u32 = 3;
}

/// Removes expired files, and those without a row.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
pub struct PruneExports;

impl Job for PruneExports {
    const KIND: &'static str = "export.prune";
    const LANE: Lane = Lane::Upkeep;
}

impl PruneExports {
    /// The tick of the schedule.
    pub async fn enqueue(jobs: Jobs) -> db::Result<JobId> {
        jobs.enqueue(Self, Order::unique("all")).await
    }
}

/// Receives the progress, and may end the writing.
#[async_trait]
pub(super) trait Watcher: Sync {
    async fn stopped(&self);
    async fn progress(&self, done: u64, total: u64);
}

/// No observer: the file is written to its end.
pub(super) struct Unwatched;

#[async_trait]
impl Watcher for Unwatched {
    async fn stopped(&self) {
        std::future::pending().await
    }

    async fn progress(&self, _: u64, _: u64) {}
}

#[async_trait]
impl Watcher for Run {
    async fn stopped(&self) {
        self.until_stopped().await;
    }

    async fn progress(&self, done: u64, total: u64) {
        Run::progress(self, done, total).await;
    }
}

/// A complete file.
pub(super) struct Written {
    pub done: u64,
    pub size: u64,
}

impl Exports {
    /// Writes all data of `user` to a file, on a thread of its own.
    pub(super) async fn write_file(
        &self,
        user: User,
        export: Option<ExportId>,
        name: &str,
        watcher: &dyn Watcher,
    ) -> Result<Written, ExportError> {
        let (user, memberships) = write::whose(&self.accounts, user).await?;
        let (of, mine) = (user.clone(), memberships.clone());
        let total = self
            .db
            .read(move |c| Ok::<_, ExportError>(write::count(c, &of, &mine)?))
            .await?;
        if let Some(id) = export {
            let begun = self
                .db
                .write(move |tx| Ok::<_, ExportError>(store::start(tx, id, total)?))
                .await?;
            if !begun {
                return Err(ExportError::Stopped);
            }
        }
        let pulse = Arc::new(Pulse::default());
        let writing = Writing {
            db: self.db.clone(),
            media: self.media.clone(),
            export,
            user,
            memberships,
            pulse: Arc::clone(&pulse),
            now: self.clock.now(),
        };
        let (shelf, named) = (self.shelf.clone(), name.to_owned());
        let mut work = tokio::task::spawn_blocking(move || {
            let (file, done) = writing.run(shelf.begin(&named)?)?;
            let size = shelf.finish(&named, &file)?;
            Ok(Written { done, size })
        });
        let mut beat = tokio::time::interval(PULSE);
        let written = loop {
            tokio::select! {
                ended = &mut work => break ended.unwrap_or_else(|error| Err(ExportError::Io(error.to_string()))),
                () = watcher.stopped(), if !pulse.stop.load(Ordering::Relaxed) => {
                    pulse.stop.store(true, Ordering::Relaxed);
                }
                _ = beat.tick() => watcher.progress(pulse.done.load(Ordering::Relaxed), total).await,
            }
        };
        if written.is_err() {
            self.shelf.remove(name)?;
        }
        written
    }

    async fn make(&self, export: &Export, run: &Run) -> Result<(), ExportError> {
        let user = self.user_of(export).await?;
        let written = self
            .write_file(user.clone(), Some(export.id), &export.file, run)
            .await?;
        run.progress(written.done, written.done).await;
        let (of, now, mailer) = (export.clone(), self.clock.now(), self.mailer.clone());
        let kept = self
            .db
            .write(move |tx| {
                if !store::finish(tx, &of, written.done, written.size, now)? {
                    return Ok(None);
                }
                let replaced = store::replace(tx, &of)?;
                let entry = Entry::new(Actor::Person(user.id), Action::ExportMade).target(of.public_id.as_str());
                audit::record_in(tx, &entry, now)?;
                mailer.send_in(tx, &ready(&user), now)?;
                Ok::<_, ExportError>(Some(replaced))
            })
            .await?;
        let replaced = kept.ok_or(ExportError::Stopped)?;
        // The schedule sweeps one that remains after a crash.
        for name in replaced {
            self.shelf.remove(&name)?;
        }
        self.mailer.wake();
        Ok(())
    }

    async fn user_of(&self, export: &Export) -> Result<User, ExportError> {
        let id = export.user;
        self.db.read(move |c| Ok(crate::accounts::user_in(c, id)?)).await
    }

    async fn end(&self, export: ExportId, state: ExportState, why: Option<String>) -> Result<(), ExportError> {
        let now = self.clock.now();
        self.db
            .write(move |tx| {
                store::end(tx, export, state, why.as_deref(), now)?;
                Ok::<_, ExportError>(())
            })
            .await
    }

    /// Removes files that are no longer wanted; also after an account was deleted.
    pub(super) async fn prune(&self) -> Result<(), ExportError> {
        let now = self.clock.now();
        let (expired, wanted) = self
            .db
            .write(move |tx| {
                let expired = store::expire(tx, now)?;
                store::forget(tx, now.minus(KEPT))?;
                Ok::<_, ExportError>((expired, store::wanted_files(tx)?))
            })
            .await?;
        for name in expired {
            self.shelf.remove(&name)?;
        }
        let removed = self.shelf.sweep(|name| wanted.iter().any(|known| known == name))?;
        if removed > 0 {
            tracing::info!(removed, "unwanted export files were removed");
        }
        Ok(())
    }
}

#[async_trait]
impl Handler<MakeExport> for Exports {
    async fn run(&self, job: MakeExport, run: &Run) -> Result<(), JobError> {
        let id = job.export;
        let export = match self.db.read(move |c| Ok::<_, ExportError>(store::get(c, id)?)).await {
            // The person has left meanwhile.
            Err(ExportError::NotFound) => return Ok(()),
            export => export.map_err(again)?,
        };
        match self.make(&export, run).await {
            Ok(()) => Ok(()),
            // The program stops: the job starts over after the next start.
            Err(ExportError::Stopped) if run.stopped() => run.check(),
            Err(ExportError::Stopped) => Ok(()),
            Err(error) => {
                tracing::error!(%error, export = %export.public_id, "an export could not be written");
                if run.is_last() {
                    let why = T::new(Locale::En, crate::zone::Zone::UTC).get("export-failed-text");
                    self.end(id, ExportState::Failed, Some(why)).await.map_err(again)?;
                }
                Err(again(error))
            }
        }
    }
}

#[async_trait]
impl Handler<PruneExports> for Exports {
    async fn run(&self, _: PruneExports, _: &Run) -> Result<(), JobError> {
        self.prune().await.map_err(again)
    }
}

fn again(error: ExportError) -> JobError {
    match error {
        ExportError::Db(error) => error.into(),
        other => JobError::Retry(other.to_string()),
    }
}

fn ready(user: &User) -> EmailDraft {
    let t = T::new(Locale::En, crate::zone::Zone::UTC);
    EmailDraft::new(user.email.as_str(), t.get("export-mail-ready"))
        .heading(t.get("export-mail-ready"))
        .text(t.with("accounts-mail-hello", "name", plain(&user.name)))
        .text(t.get("export-mail-ready-text"))
        .button(t.get("export-mail-button"), PAGE)
        .note(t.get("export-mail-note"))
}
