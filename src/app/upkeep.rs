//! Scheduled work of rooms that know no jobs.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::audit::{Audit, PRUNED_AT_ONCE};
use crate::db;
use crate::ids::JobId;
use crate::jobs::{Handler, Job, JobError, Jobs, Lane, Order, Run};

/// Deletes acts that are older than [`crate::audit::KEPT`].
#[derive(Debug, Serialize, Deserialize)]
pub struct PruneAudit {}

impl Job for PruneAudit {
    const KIND: &'static str = "audit.prune";
    const LANE: Lane = Lane::Upkeep;
}

impl PruneAudit {
    /// For the schedule.
    pub async fn enqueue(jobs: Jobs) -> db::Result<JobId> {
        jobs.enqueue(Self {}, Order::unique("")).await
    }
}

#[async_trait]
impl Handler<PruneAudit> for Audit {
    async fn run(&self, _: PruneAudit, run: &Run) -> Result<(), JobError> {
        while self.prune().await? == PRUNED_AT_ONCE as usize {
            run.check()?;
        }
        Ok(())
    }
}
