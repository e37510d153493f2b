//! What rooms, the administrator's pages and the command line call.

use parking_lot::Mutex;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::json;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::model::{Count, Filter, Job, JobRow, JobsError, Order};
use super::store;
use crate::audit::{self, Action, Admin};
use crate::clock::{Clock, UnixMs};
use crate::db::{self, Db, Page};
use crate::ids::{JobId, PublicId};

/// How many jobs one call of [`Jobs::retry_dead`] retries; the button can be pressed again.
const RETRIED_AT_ONCE: u32 = 10_000;

/// The queue. Cheap to clone.
#[derive(Clone)]
pub struct Jobs {
    db: Db,
    clock: Clock,
    /// Keeps one wake-up until the runner waits again, so none is missed.
    pub(super) woken: Arc<Notify>,
    pub(super) stops: Stops,
    /// Counts the runner's turns.
    pub(super) turns: watch::Sender<u64>,
}

impl Jobs {
    #[must_use]
    pub fn new(db: Db, clock: Clock) -> Self {
        Self {
            db,
            clock,
            woken: Arc::default(),
            stops: Stops::default(),
            turns: watch::Sender::new(0),
        }
    }

    /// What the queue's clock says.
    #[must_use]
    pub fn now(&self) -> UnixMs {
        self.clock.now()
    }

    /// There may be a job to do: call it after the commit of an [`super::enqueue_in`].
    pub fn wake(&self) {
        self.woken.notify_one();
    }

    /// Puts a job into the queue in a transaction of its own.
    pub async fn enqueue<J: Job>(&self, job: J, order: Order) -> db::Result<JobId> {
        let now = self.clock.now();
        let id = self.db.write(move |tx| store::enqueue_in(tx, &job, order, now)).await?;
        self.wake();
        Ok(id)
    }

    /// When the lines of the schedule are due, by their names.
    pub(super) async fn lines(&self) -> db::Result<HashMap<String, UnixMs>> {
        self.db.read(store::lines).await
    }

    pub(super) async fn set_line(&self, name: &'static str, due: UnixMs) -> db::Result<()> {
        self.db.write(move |tx| store::set_line(tx, name, due)).await
    }

    /// Returns when no job is to be done now. Jobs that wait for a later time are left.
    pub async fn settled(&self) -> db::Result<()> {
        // Subscribes before checking, so that a turn in between is seen.
        let mut turns = self.turns.subscribe();
        loop {
            turns.mark_unchanged();
            let now = self.clock.now();
            if self.db.read(move |c| store::unsettled(c, now)).await? == 0 {
                return Ok(());
            }
            // A room that enqueues deep within a transaction may not be able to wake the runner.
            self.wake();
            // Cannot fail: `self` holds the sender.
            let _ = turns.changed().await;
        }
    }

    /// The newest job of a kind, for the room whose kind it is.
    pub async fn newest<J: Job>(&self) -> db::Result<Option<JobRow>> {
        let filter = Filter {
            text: Some(J::KIND.to_owned()),
            ..Filter::default()
        };
        let found = self.db.read(move |c| store::page(c, &filter, None)).await?;
        Ok(found.rows.into_iter().find(|job| job.kind == J::KIND))
    }

    // For administrators.

    pub async fn list(&self, _: Admin, filter: Filter, before: Option<JobId>) -> db::Result<Page<JobRow, JobId>> {
        self.db.read(move |c| store::page(c, &filter, before)).await
    }

    pub async fn counts(&self, _: Admin) -> db::Result<Vec<Count>> {
        self.db.read(store::counts).await
    }

    /// The list and the counts, of one moment.
    pub async fn overview(
        &self,
        _: Admin,
        filter: Filter,
        before: Option<JobId>,
    ) -> db::Result<(Page<JobRow, JobId>, Vec<Count>)> {
        self.db
            .read(move |c| Ok((store::page(c, &filter, before)?, store::counts(c)?)))
            .await
    }

    /// # Errors
    /// [`JobsError::NotFound`].
    pub async fn get(&self, _: Admin, id: &PublicId) -> Result<JobRow, JobsError> {
        let id = id.clone();
        self.db.read(move |c| Ok(store::get(c, &id)?)).await
    }

    /// Puts a job that is dead, discarded or waiting back to be done at once, with all its attempts.
    ///
    /// # Errors
    /// [`JobsError::NotFound`], [`JobsError::NothingToRetry`], [`JobsError::SameWorkWaits`].
    pub async fn retry(&self, admin: Admin, id: &PublicId) -> Result<JobRow, JobsError> {
        let job = self
            .change(admin, Action::JobRetried, id, |tx, job, now| {
                if !job.state.can_retry() {
                    return Err(JobsError::NothingToRetry { state: job.state });
                }
                store::retry(tx, job.id, now)
            })
            .await?;
        self.wake();
        Ok(job)
    }

    /// Puts all dead jobs that fit the filter back; returns how many. Those whose work waits in another job are left.
    pub async fn retry_dead(&self, admin: Admin, filter: Filter) -> Result<u64, JobsError> {
        let now = self.clock.now();
        let retried = self
            .db
            .write(move |tx| {
                let mut retried = 0_u64;
                for id in store::dead(tx, &filter, RETRIED_AT_ONCE)? {
                    match store::retry(tx, id, now) {
                        Ok(()) => retried += 1,
                        Err(JobsError::SameWorkWaits) => {}
                        Err(error) => return Err(error),
                    }
                }
                if retried > 0 {
                    let detail = json!({ "jobs": retried, "lane": filter.lane, "text": filter.text });
                    let entry = admin.entry(Action::JobRetried).detail(detail);
                    audit::record_in(tx, &entry, now)?;
                }
                Ok(retried)
            })
            .await?;
        self.wake();
        Ok(retried)
    }

    /// Takes out a job that has not begun, or has failed for good. It can be retried while it is kept.
    ///
    /// # Errors
    /// [`JobsError::NotFound`], [`JobsError::NotDiscardable`].
    pub async fn discard(&self, admin: Admin, id: &PublicId) -> Result<JobRow, JobsError> {
        self.change(admin, Action::JobDiscarded, id, |tx, job, now| {
            if !job.state.can_discard() {
                return Err(JobsError::NotDiscardable { state: job.state });
            }
            Ok(store::discard(tx, job.id, now)?)
        })
        .await
    }

    /// Asks a running job to stop; it is discarded when it does, and cut off when it does not.
    ///
    /// # Errors
    /// [`JobsError::NotFound`], [`JobsError::NotRunning`].
    pub async fn cancel(&self, admin: Admin, id: &PublicId) -> Result<JobRow, JobsError> {
        let job = self
            .change(admin, Action::JobCancelled, id, |tx, job, _| {
                if !job.state.can_stop() {
                    return Err(JobsError::NotRunning { state: job.state });
                }
                Ok(store::request_cancel(tx, job.id)?)
            })
            .await?;
        self.stops.stop(job.id);
        Ok(job)
    }

    /// One transaction that checks, changes and records; returns the job as it is then.
    async fn change<F>(&self, admin: Admin, action: Action, id: &PublicId, change: F) -> Result<JobRow, JobsError>
    where
        F: FnOnce(&rusqlite::Connection, &JobRow, UnixMs) -> Result<(), JobsError> + Send + 'static,
    {
        let (id, now) = (id.clone(), self.clock.now());
        self.db
            .write(move |tx| {
                let job = store::get(tx, &id)?;
                change(tx, &job, now)?;
                let entry = admin
                    .entry(action)
                    .target(id.to_string())
                    .detail(json!({ "kind": job.kind, "lane": job.lane }));
                audit::record_in(tx, &entry, now)?;
                Ok(store::get(tx, &id)?)
            })
            .await
    }
}

/// Stops running jobs.
#[derive(Clone, Default)]
pub(super) struct Stops(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    running: HashMap<JobId, CancellationToken>,
    /// Requested between the commit that leased the job and its start.
    early: HashSet<JobId>,
}

impl Stops {
    fn stop(&self, id: JobId) {
        let mut known = self.0.lock();
        match known.running.get(&id) {
            Some(token) => token.cancel(),
            None => drop(known.early.insert(id)),
        }
    }

    pub(super) fn begin(&self, id: JobId, token: CancellationToken) {
        let mut known = self.0.lock();
        if known.early.remove(&id) {
            token.cancel();
        }
        known.running.insert(id, token);
    }

    pub(super) fn end(&self, id: JobId) {
        let mut known = self.0.lock();
        known.running.remove(&id);
        // One that was stopped as it ended; ids are never reused, so nothing else would remove it.
        known.early.remove(&id);
    }
}
