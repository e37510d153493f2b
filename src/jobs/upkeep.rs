//! The queue's own job: deletes finished jobs.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::model::{Job, JobError, Lane, Order, State};
use super::runner::{Handler, Run};
use super::service::Jobs;
use super::store;
use crate::clock::{Clock, UnixMs};
use crate::db::{self, Db};
use crate::ids::JobId;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Rows deleted in one transaction, which other writes wait for.
const AT_ONCE: u32 = 500;

/// How long a job of this state is kept for people to see.
pub(super) const fn kept_for(state: State) -> Option<Duration> {
    match state {
        State::Done => Some(DAY),
        State::Discarded => Some(Duration::from_secs(7 * DAY.as_secs())),
        State::Dead => Some(Duration::from_secs(90 * DAY.as_secs())),
        State::Waiting | State::Ready | State::Running => None,
    }
}

/// Deletes finished jobs that were kept long enough.
#[derive(Debug, Serialize, Deserialize)]
pub struct PruneJobs {}

impl Job for PruneJobs {
    const KIND: &'static str = "jobs.prune";
    const LANE: Lane = Lane::Upkeep;
}

impl PruneJobs {
    /// For the schedule.
    pub async fn enqueue(jobs: Jobs) -> db::Result<JobId> {
        jobs.enqueue(Self {}, Order::unique("")).await
    }
}

/// Runs [`PruneJobs`].
pub struct Pruner {
    db: Db,
    clock: Clock,
}

impl Pruner {
    #[must_use]
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }

    async fn prune(&self, state: State, before: UnixMs, run: &Run) -> Result<(), JobError> {
        loop {
            run.check()?;
            let gone = self
                .db
                .write_background(move |tx| store::prune(tx, state, before, AT_ONCE))
                .await?;
            if gone < AT_ONCE as usize {
                return Ok(());
            }
        }
    }
}

#[async_trait]
impl Handler<PruneJobs> for Pruner {
    async fn run(&self, _: PruneJobs, run: &Run) -> Result<(), JobError> {
        let now = self.clock.now();
        for state in State::ALL {
            if let Some(kept) = kept_for(*state) {
                self.prune(*state, now.minus(kept), run).await?;
            }
        }
        Ok(())
    }
}
