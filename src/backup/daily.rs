//! The nightly backup.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::model::{BackupError, Kind, Step};
use super::service::Backups;
use crate::clock::UnixMs;
use crate::crypto;
use crate::db;
use crate::ids::JobId;
use crate::jobs::{Handler, Job, JobError, Jobs, Lane, Order, Run};

/// Many installations on one host should not all read their disks at the same minute.
const SPREAD: Duration = Duration::from_secs(20 * 60);

/// Makes a backup, verifies it, and deletes the oldest.
#[derive(Debug, Serialize, Deserialize)]
pub struct DailyBackup {}

impl Job for DailyBackup {
    const KIND: &'static str = "backup.daily";
    const LANE: Lane = Lane::Upkeep;
}

impl DailyBackup {
    /// For the schedule: at a random time within the next twenty minutes.
    pub async fn enqueue(jobs: Jobs) -> db::Result<JobId> {
        let share = f64::from(crypto::random_bytes::<1>()[0]) / 256.0;
        let due = jobs.now().plus(SPREAD.mul_f64(share));
        Self::enqueue_at(jobs, due).await
    }

    pub(super) async fn enqueue_at(jobs: Jobs, due: UnixMs) -> db::Result<JobId> {
        let order = Order {
            due_at: Some(due),
            ..Order::unique("")
        };
        jobs.enqueue(Self {}, order).await
    }
}

#[async_trait]
impl Handler<DailyBackup> for Backups {
    async fn run(&self, _: DailyBackup, run: &Run) -> Result<(), JobError> {
        let (steps, mut news) = tokio::sync::watch::channel(None);
        let show = async {
            while news.changed().await.is_ok() {
                let step = *news.borrow_and_update();
                if let Some(Step::Copying { done, total }) = step {
                    run.progress(done, total).await;
                }
            }
        };
        let make = async {
            let made = self
                .create(Kind::Daily, None, |step| {
                    steps.send_replace(Some(step));
                })
                .await;
            drop(steps);
            made
        };
        let (made, ()) = tokio::join!(make, show);
        let (file, verified) = made.map_err(failed)?;
        let gone = self.prune().map_err(failed)?;
        let took_ms = self.now().since(file.made_at).as_millis();
        tracing::info!(
            size = verified.size,
            messages = verified.contents.messages,
            gone,
            took_ms,
            "backup made"
        );
        Ok(())
    }
}

fn failed(error: BackupError) -> JobError {
    tracing::error!(%error, "the daily backup failed");
    JobError::Retry(error.to_string())
}
