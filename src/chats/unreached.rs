//! The job that says of messages that WhatsApp has taken them and nobody has got them. A receipt that comes later ends
//! that state by itself.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::store::unreached;
use crate::clock::Clock;
use crate::db::{self, Db};
use crate::events::Bus;
use crate::ids::JobId;
use crate::jobs::{Handler, Job, JobError, Jobs, Lane, Order, Run};

/// Messages of one transaction.
const BATCH: u32 = 200;

#[derive(Debug, Serialize, Deserialize)]
pub struct MarkUnreached {}

impl Job for MarkUnreached {
    const KIND: &'static str = "chats.unreached";
    const LANE: Lane = Lane::Upkeep;
}

impl MarkUnreached {
    /// For the schedule.
    pub async fn enqueue(jobs: Jobs) -> db::Result<JobId> {
        jobs.enqueue(Self {}, Order::unique("")).await
    }
}

/// The handler.
pub struct Unreached {
    db: Db,
    clock: Clock,
    bus: Bus,
}

impl Unreached {
    #[must_use]
    pub fn new(db: Db, clock: Clock, bus: Bus) -> Self {
        Self { db, clock, bus }
    }
}

#[async_trait]
impl Handler<MarkUnreached> for Unreached {
    async fn run(&self, _: MarkUnreached, run: &Run) -> Result<(), JobError> {
        loop {
            let now = self.clock.now();
            let (workspaces, more) = self
                .db
                .write_background(move |tx| unreached::mark(tx, BATCH, now))
                .await?;
            workspaces.into_iter().for_each(|workspace| self.bus.nudge(workspace));
            if !more {
                return Ok(());
            }
            run.check()?;
        }
    }
}
