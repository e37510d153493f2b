//! Jobs a second through the queue, every commit fsynced.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::report::{Report, ms, percentile};
use super::rig::{ScratchDir, failed};
use crate::clock::Clock;
use crate::db::{self, Db, DbError};
use crate::jobs::{Handler, Job, JobError, Jobs, Lane, Order, Run, Runner};
use crate::operator::output::Output;
use crate::operator::{Exit, Failure};

#[derive(Args)]
pub struct QueueArgs {
    /// Jobs of each kind of run
    #[arg(long, default_value_t = 20_000)]
    jobs: usize,
    /// How many put jobs into the queue at the same time
    #[arg(long, default_value_t = 32)]
    producers: usize,
    /// How many jobs are done at the same time
    #[arg(long, default_value_t = 32)]
    at_once: usize,
}

/// A job that does nothing; its end is stored like any other.
#[derive(Serialize, Deserialize)]
struct Nothing {
    number: usize,
}

impl Job for Nothing {
    const KIND: &'static str = "bench.nothing";
    const LANE: Lane = Lane::Webhook;
}

/// The same, but it finishes in its own transaction, so that it knows when its end is on disk.
#[derive(Serialize, Deserialize)]
struct Timed {
    number: usize,
}

impl Job for Timed {
    const KIND: &'static str = "bench.timed";
    const LANE: Lane = Lane::Campaign;
}

/// Waiters for the ends of jobs, by job.
type Ends = Arc<Mutex<HashMap<usize, oneshot::Sender<Instant>>>>;

struct Worker {
    db: Db,
    ends: Ends,
}

#[async_trait]
impl Handler<Nothing> for Worker {
    async fn run(&self, _: Nothing, _: &Run) -> Result<(), JobError> {
        Ok(())
    }
}

#[async_trait]
impl Handler<Timed> for Worker {
    async fn run(&self, job: Timed, run: &Run) -> Result<(), JobError> {
        let finish = run.finisher();
        self.db.write(move |tx| finish.complete_in(tx)).await?;
        let end = self
            .ends
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&job.number);
        if let Some(end) = end {
            let _ = end.send(Instant::now());
        }
        Ok(())
    }
}

struct Bench<'a> {
    args: &'a QueueArgs,
    db: Db,
    jobs: Jobs,
    ends: Ends,
    _dir: ScratchDir,
}

pub async fn run(args: &QueueArgs, output: Output) -> Result<Vec<Report>, Failure> {
    if args.jobs == 0 || args.producers == 0 || args.at_once == 0 {
        return Err(Failure::new(
            Exit::Usage,
            "--jobs, --producers and --at-once are at least 1",
        ));
    }
    let method = format!(
        "{} jobs without work of their own, on a fresh database with synchronous=FULL: a job counts as enqueued, and as \
         done, when the commit that says so is fsynced. Enqueued: {} tasks put one job after another into the queue, \
         each in a transaction of its own, while nothing takes them. Backlog: the runner takes those, {} at a time. \
         Live: both at once, each task puts its next job into the queue when its last one is done; the times are from \
         the call that enqueues to the commit that finishes.",
        args.jobs, args.producers, args.at_once
    );
    let columns = ["what", "jobs/s", "p50 ms", "p99 ms"];
    let mut report = Report::new("Queue", method, &columns);
    let bench = Bench::new(args)?;

    output.progress("enqueueing");
    let (took, spans) = bench.enqueue(|number| Nothing { number }).await?;
    let p = |spans: &[Duration], p| ms(percentile(spans, p));
    report.row(["enqueued".into(), rate(args.jobs, took), p(&spans, 50), p(&spans, 99)]);

    output.progress("running the backlog");
    let took = bench.backlog().await?;
    report.row(["backlog".into(), rate(args.jobs, took), "–".into(), "–".into()]);

    output.progress("running live");
    let (took, spans) = bench.live().await?;
    report.row(["live".into(), rate(args.jobs, took), p(&spans, 50), p(&spans, 99)]);
    report.sound = spans.len() == args.jobs;
    bench.db.close().await;
    Ok(vec![report])
}

fn rate(jobs: usize, took: Duration) -> String {
    format!("{:.0}", jobs as f64 / took.as_secs_f64())
}

fn refused(error: DbError) -> Failure {
    failed(error.into())
}

impl<'a> Bench<'a> {
    fn new(args: &'a QueueArgs) -> Result<Self, Failure> {
        let dir = ScratchDir::new()?;
        let db = db::open(dir.path()).map_err(|error| failed(error.into()))?;
        Ok(Self {
            args,
            jobs: Jobs::new(db.clone(), Clock::System),
            db,
            ends: Arc::default(),
            _dir: dir,
        })
    }

    /// Enqueues all jobs; returns the total time, and each one's time until its commit.
    async fn enqueue<J: Job>(&self, job: impl Fn(usize) -> J + Copy) -> Result<(Duration, Vec<Duration>), Failure> {
        self.produce(|number| async move {
            let begin = Instant::now();
            self.put(job(number)).await?;
            Ok(begin.elapsed())
        })
        .await
    }

    async fn put<J: Job>(&self, job: J) -> Result<(), Failure> {
        self.jobs.enqueue(job, Order::default()).await.map_err(refused)?;
        Ok(())
    }

    /// Makes the producers run `one` for every number, each one after another.
    async fn produce<F, Fut>(&self, one: F) -> Result<(Duration, Vec<Duration>), Failure>
    where
        F: Fn(usize) -> Fut + Copy,
        Fut: Future<Output = Result<Duration, Failure>>,
    {
        let producer = |first: usize| async move {
            let mut spans = Vec::new();
            for number in (first..self.args.jobs).step_by(self.args.producers) {
                spans.push(one(number).await?);
            }
            Ok::<_, Failure>(spans)
        };
        let began = Instant::now();
        let producers = stream::iter((0..self.args.producers).map(producer));
        let spans: Vec<Vec<_>> = producers.buffer_unordered(self.args.producers).try_collect().await?;
        let took = began.elapsed();
        let mut spans = spans.concat();
        spans.sort_unstable();
        Ok((took, spans))
    }

    fn start(&self, stop: &CancellationToken) -> JoinHandle<()> {
        let worker = || Worker {
            db: self.db.clone(),
            ends: Arc::clone(&self.ends),
        };
        let runner = Runner::new(self.db.clone(), Clock::System, self.jobs.clone(), stop.clone())
            .handle::<Nothing>(worker())
            .handle::<Timed>(worker())
            .at_once(Lane::Webhook, self.args.at_once)
            .at_once(Lane::Campaign, self.args.at_once);
        tokio::spawn(runner.run())
    }

    async fn backlog(&self) -> Result<Duration, Failure> {
        let stop = CancellationToken::new();
        let began = Instant::now();
        let runner = self.start(&stop);
        self.jobs.settled().await.map_err(refused)?;
        let took = began.elapsed();
        stop.cancel();
        runner.await.map_err(|error| failed(error.into()))?;
        Ok(took)
    }

    async fn live(&self) -> Result<(Duration, Vec<Duration>), Failure> {
        let stop = CancellationToken::new();
        let runner = self.start(&stop);
        let times = self
            .produce(|number| async move {
                let (end, ended) = oneshot::channel();
                self.ends
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(number, end);
                let begin = Instant::now();
                self.put(Timed { number }).await?;
                let ended = ended.await.map_err(|error| failed(error.into()))?;
                Ok(ended - begin)
            })
            .await?;
        stop.cancel();
        runner.await.map_err(|error| failed(error.into()))?;
        Ok(times)
    }
}
