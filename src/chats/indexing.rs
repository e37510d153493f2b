//! Folds what was stored before the search did, while the program runs.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::model::Backlog;
use super::store::search::backlog;
use crate::db::{self, Db, DbError};
use crate::jobs::{Handler, Job, JobError, Jobs, Lane, Order, Run};

/// Rows of a transaction: the writer is somebody else's again after some milliseconds.
const ROWS: u32 = 200;

/// Makes everything from before findable. Where it is stands in the database, so it goes on after a kill.
#[derive(Debug, Serialize, Deserialize)]
pub struct IndexBacklog {}

impl Job for IndexBacklog {
    const KIND: &'static str = "chats.index_backlog";
    const LANE: Lane = Lane::Upkeep;
}

impl IndexBacklog {
    /// For the start of the program; does nothing when everything can be found.
    pub async fn enqueue(db: Db, jobs: Jobs) -> db::Result<()> {
        if db.read(backlog::backlog).await?.is_some() {
            jobs.enqueue(Self {}, Order::unique("")).await?;
        }
        Ok(())
    }
}

/// Carries it out.
#[derive(Clone)]
pub struct Indexer(Db);

impl Indexer {
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self(db)
    }
}

#[async_trait]
impl Handler<IndexBacklog> for Indexer {
    async fn run(&self, _: IndexBacklog, run: &Run) -> Result<(), JobError> {
        let mut steps = 0_u32;
        loop {
            let more: Result<bool, DbError> = self.0.write_background(|tx| backlog::step(tx, ROWS)).await;
            if !more? {
                return Ok(());
            }
            run.check()?;
            steps += 1;
            if steps.is_multiple_of(20)
                && let Some(Backlog { left, total }) = self.0.read(backlog::backlog).await?
            {
                run.progress(total.saturating_sub(left), total).await;
            }
        }
    }
}
