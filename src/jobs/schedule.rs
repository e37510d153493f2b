//! What happens by the clock: ticks that put a job into the queue, and do nothing else. What the job does then is
//! leased, tried again and shown like any other.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio_cron_scheduler::{Job as CronJob, JobScheduler, JobSchedulerError};
use tokio_util::sync::CancellationToken;

use super::service::Jobs;
use crate::db;
use crate::ids::JobId;

type Tick = Arc<dyn Fn(Jobs) -> BoxFuture<'static, db::Result<JobId>> + Send + Sync>;

/// A line of the schedule cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the schedule of {name} cannot be used: {source}")]
pub struct ScheduleError {
    name: &'static str,
    source: JobSchedulerError,
}

struct Line {
    /// Six fields, seconds first, in the time zone of the machine.
    when: &'static str,
    name: &'static str,
    tick: Tick,
}

/// The recurring work of the program.
#[derive(Default)]
pub struct Schedule {
    lines: Vec<Line>,
}

impl Schedule {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls `tick` at the times of `when` (seconds, minutes, hours, days, months, weekdays; the machine's zone). A
    /// tick only enqueues, under a unique key, so that a job that takes long does not pile up.
    #[must_use]
    pub fn cron<F, Fut>(mut self, when: &'static str, name: &'static str, tick: F) -> Self
    where
        F: Fn(Jobs) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = db::Result<JobId>> + Send + 'static,
    {
        let tick: Tick = Arc::new(move |jobs| tick(jobs).boxed());
        self.lines.push(Line { when, name, tick });
        self
    }

    /// The names of its lines, with their times.
    pub fn lines(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.lines.iter().map(|line| (line.name, line.when))
    }

    /// Has the line's job made now, as at its time.
    ///
    /// # Errors
    /// When the database fails; [`db::DbError::NotFound`] when there is no such line.
    pub async fn tick(&self, jobs: &Jobs, name: &str) -> db::Result<JobId> {
        let line = self.lines.iter().find(|line| line.name == name);
        (line.ok_or(db::DbError::NotFound)?.tick)(jobs.clone()).await
    }

    /// Looks whether every line can be used.
    ///
    /// # Errors
    /// [`ScheduleError`] names the first that cannot.
    pub fn check(&self, jobs: &Jobs) -> Result<(), ScheduleError> {
        self.lines.iter().try_for_each(|line| line.cron_job(jobs).map(drop))
    }

    /// Ticks until `stop`.
    pub async fn run(self, jobs: Jobs, stop: CancellationToken) {
        if let Err(error) = self.run_until(&jobs, &stop).await {
            tracing::error!(%error, "recurring work is not done");
        }
    }

    async fn run_until(&self, jobs: &Jobs, stop: &CancellationToken) -> Result<(), ScheduleError> {
        let unusable = |source| ScheduleError {
            name: "everything",
            source,
        };
        let mut scheduler = JobScheduler::new().await.map_err(unusable)?;
        for line in &self.lines {
            let of_line = |source| ScheduleError {
                name: line.name,
                source,
            };
            scheduler.add(line.cron_job(jobs)?).await.map_err(of_line)?;
        }
        scheduler.start().await.map_err(unusable)?;
        stop.cancelled().await;
        scheduler.shutdown().await.map_err(unusable)
    }
}

impl Line {
    fn cron_job(&self, jobs: &Jobs) -> Result<CronJob, ScheduleError> {
        let (jobs, tick, name) = (jobs.clone(), Arc::clone(&self.tick), self.name);
        let run = move |_, _| {
            let made = tick(jobs.clone());
            async move {
                if let Err(error) = made.await {
                    // The next tick tries again.
                    tracing::error!(%error, name, "recurring work could not be put into the queue");
                }
            }
            .boxed()
        };
        CronJob::new_async_tz(self.when, chrono::Local, run).map_err(|source| ScheduleError { name, source })
    }
}
