//! The schedule: lines that enqueue a job when it is time, and do nothing else. The job is then leased, retried and
//! shown like any other.
//!
//! The next time of a line is in the database, so that what was missed while the program was stopped is done at the
//! next start. It is recomputed in the zone after each run, since the next time may be after a change of the clocks.
//! The scheduler only ticks, each minute and in UTC: it would keep a line's offset from UTC of when it was made.

use std::sync::Arc;

use chrono::TimeZone;
use croner::Cron;
use croner::errors::CronError;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use tokio_cron_scheduler::{Job as CronJob, JobScheduler, JobSchedulerError};
use tokio_util::sync::CancellationToken;

use super::service::Jobs;
use crate::clock::UnixMs;
use crate::db;
use crate::ids::JobId;
use crate::zone::Zone;

const EACH_MINUTE: &str = "0 * * * * *";

type Tick = Arc<dyn Fn(Jobs) -> BoxFuture<'static, db::Result<JobId>> + Send + Sync>;

/// A line of the schedule is invalid.
#[derive(Debug, thiserror::Error)]
#[error("the schedule of {name} cannot be used: {source}")]
pub struct ScheduleError {
    name: &'static str,
    source: CronError,
}

struct Line {
    /// Five fields.
    when: &'static str,
    name: &'static str,
    tick: Tick,
}

/// The recurring work of the program.
#[derive(Default)]
pub struct Schedule {
    lines: Vec<Line>,
    /// `None` for the machine's zone.
    zone: Option<Zone>,
}

impl Schedule {
    /// In the zone of this machine, also when that changes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn in_zone(zone: Zone) -> Self {
        Self {
            zone: Some(zone),
            ..Self::default()
        }
    }

    /// Calls `tick` at the times of `when` (minutes, hours, days, months, weekdays). What falls into an hour that the
    /// clocks leave out is done at its end, and what falls into one that comes twice is done once, but for lines of every
    /// hour or every few minutes. A tick only enqueues, under a unique key, so that a job that takes long does not pile up.
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

    /// Looks whether every line can be used, and comes at all.
    ///
    /// # Errors
    /// [`ScheduleError`] names the first that cannot.
    pub fn check(&self, jobs: &Jobs) -> Result<(), ScheduleError> {
        let now = jobs.now();
        self.lines.iter().try_for_each(|line| self.next(line, now).map(drop))
    }

    /// Has the jobs made of all lines whose time has come, and writes down when it comes again.
    pub async fn look(&self, jobs: &Jobs) -> db::Result<()> {
        let (now, known) = (jobs.now(), jobs.lines().await?);
        for line in &self.lines {
            let next = match self.next(line, now) {
                Ok(next) => next,
                Err(error) => {
                    tracing::error!(%error, "recurring work is not done");
                    continue;
                }
            };
            let stored = known.get(line.name).copied();
            if stored.is_some_and(|due| due <= now) {
                if let Err(error) = (line.tick)(jobs.clone()).await {
                    // The next look tries again.
                    tracing::error!(%error, name = line.name, "recurring work could not be put into the queue");
                    continue;
                }
                tracing::debug!(name = line.name, "recurring work is due");
            } else if stored.is_some_and(|due| due <= next) {
                continue;
            }
            // A time later than the next one was computed by a clock that was ahead, or for another pattern.
            jobs.set_line(line.name, next).await?;
        }
        Ok(())
    }

    /// Looks each minute until `stop`, and at once: the program may not have run at the time of a line.
    pub async fn run(self, jobs: Jobs, stop: CancellationToken) {
        if let Err(error) = self.run_until(&jobs, &stop).await {
            tracing::error!(%error, "recurring work is not done");
        }
    }

    async fn run_until(&self, jobs: &Jobs, stop: &CancellationToken) -> Result<(), JobSchedulerError> {
        let minute = Arc::new(Notify::new());
        let mut scheduler = JobScheduler::new().await?;
        let told = Arc::clone(&minute);
        let tick = CronJob::new_async_tz(EACH_MINUTE, chrono::Utc, move |_, _| {
            told.notify_one();
            std::future::ready(()).boxed()
        })?;
        scheduler.add(tick).await?;
        scheduler.start().await?;
        while !stop.is_cancelled() {
            if let Err(error) = self.look(jobs).await {
                tracing::error!(%error, "the schedule cannot be read");
            }
            tokio::select! {
                () = minute.notified() => {}
                () = stop.cancelled() => {}
            }
        }
        scheduler.shutdown().await
    }

    /// The line's first time after `now`.
    fn next(&self, line: &Line, now: UnixMs) -> Result<UnixMs, ScheduleError> {
        let next = match self.zone.or_else(Zone::of_this_machine) {
            Some(zone) => next_in(line.when, now, &zone),
            // The table has no name for this zone, but the system knows it.
            None => next_in(line.when, now, &chrono::Local),
        };
        let name = line.name;
        next.map_err(|source| ScheduleError { name, source })
    }
}

fn next_in<Tz: TimeZone>(when: &str, now: UnixMs, zone: &Tz) -> Result<UnixMs, CronError> {
    let cron: Cron = when.parse()?;
    let next = cron.find_next_occurrence(&now.to_utc().with_timezone(zone), false)?;
    Ok(UnixMs(next.timestamp_millis()))
}
