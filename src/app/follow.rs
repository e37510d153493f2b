//! Applies a changed plan in the rooms above plans: numbers pause or resume, and waiting messages go out.

use async_trait::async_trait;

use crate::jobs::{Handler, JobError, Run};
use crate::outbox::Outbox;
use crate::plans::SyncPlanLimits;
use crate::sessions::Sessions;

pub(super) struct Follower {
    pub sessions: Sessions,
    pub outbox: Outbox,
}

#[async_trait]
impl Handler<SyncPlanLimits> for Follower {
    async fn run(&self, job: SyncPlanLimits, _: &Run) -> Result<(), JobError> {
        let again = |error: String| JobError::Retry(error);
        // Messages first: they depend only on the counter.
        let outbox = self.outbox.limits_changed(job.workspace).await;
        outbox.map_err(|error| again(error.to_string()))?;
        let sessions = self.sessions.follow_plan(job.workspace).await;
        sessions.map_err(|error| again(error.to_string()))
    }
}
