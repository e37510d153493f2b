//! Runs one job: the handler, its view of the run, and panics.

use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use rusqlite::Connection;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::clock::Clock;
use crate::db::{self, Db, DbError};
use crate::ids::{JobId, PublicId, WorkspaceId};
use crate::jobs::model::{Job, JobError};
use crate::jobs::store::{self, Lease, Leased, Outcome};

/// How long a stopped job may take to end. Well within the program's time for shutdown.
const GRACE: Duration = Duration::from_secs(8);

/// Runs the jobs of one kind.
///
/// A job may run twice: after a crash, or when its lease ran out. A handler therefore either changes nothing the
/// second time, or finishes the job in the transaction of its effect ([`Run::finisher`]).
#[async_trait]
pub trait Handler<J: Job>: Send + Sync + 'static {
    async fn run(&self, job: J, run: &Run) -> Result<(), JobError>;
}

/// A handler's view of its run.
pub struct Run {
    pub id: JobId,
    pub public_id: PublicId,
    /// 1 for the first.
    pub attempt: u32,
    pub max_attempts: u32,
    pub workspace: Option<WorkspaceId>,
    lease: Lease,
    stopper: CancellationToken,
    db: Db,
    clock: Clock,
}

impl Run {
    pub(super) fn new(job: &Leased, lease: Lease, stopper: CancellationToken, db: Db, clock: Clock) -> Self {
        Self {
            id: job.id,
            public_id: job.public_id.clone(),
            attempt: job.attempt,
            max_attempts: job.max_attempts,
            workspace: job.workspace,
            lease,
            stopper,
            db,
            clock,
        }
    }

    /// Shows how far the job is. Cheap enough for every hundredth row, not for each.
    pub async fn progress(&self, done: u64, total: u64) {
        let lease = self.lease;
        let shown = self
            .db
            .write_background(move |tx| store::set_progress(tx, lease, done, total));
        if let Err(error) = shown.await {
            tracing::debug!(%error, "the progress could not be shown");
        }
    }

    /// A person wants the job to stop, or the program ends. The job then returns as soon as it can, with any error:
    /// see [`Self::check`].
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.stopper.is_cancelled()
    }

    /// Returns when [`Self::stopped`] becomes true.
    pub async fn until_stopped(&self) {
        self.stopper.cancelled().await;
    }

    /// For loops: `run.check()?` ends the job when it is to stop.
    pub fn check(&self) -> Result<(), JobError> {
        if self.stopped() {
            return Err(JobError::Retry("The job was stopped.".to_owned()));
        }
        Ok(())
    }

    /// Whether a failure of this run is the last.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.attempt >= self.max_attempts
    }

    /// What finishes the job in the transaction of its effect, so that both happen or neither. Return `Ok` afterwards.
    #[must_use]
    pub fn finisher(&self) -> Finisher {
        Finisher {
            lease: self.lease,
            clock: self.clock.clone(),
        }
    }
}

/// Moved into the transaction of a job's effect.
#[derive(Clone)]
pub struct Finisher {
    lease: Lease,
    clock: Clock,
}

impl Finisher {
    /// # Errors
    /// [`DbError::NotFound`] when the job is somebody else's by now, or gone: then its effect must not happen either.
    pub fn complete_in(&self, tx: &Connection) -> db::Result<()> {
        if store::settle(tx, self.lease, &Outcome::Done, self.clock.now())? {
            Ok(())
        } else {
            Err(DbError::NotFound)
        }
    }
}

/// A handler of any kind.
#[async_trait]
pub(super) trait Erased: Send + Sync {
    async fn run(&self, payload: &str, run: &Run) -> Result<(), JobError>;
}

pub(super) struct Typed<J, H> {
    handler: H,
    kind: PhantomData<fn(J)>,
}

impl<J, H> Typed<J, H> {
    pub(super) fn new(handler: H) -> Self {
        Self {
            handler,
            kind: PhantomData,
        }
    }
}

#[async_trait]
impl<J: Job, H: Handler<J>> Erased for Typed<J, H> {
    async fn run(&self, payload: &str, run: &Run) -> Result<(), JobError> {
        let job = serde_json::from_str(payload)
            .map_err(|error| JobError::Fatal(format!("The payload is not what this version expects: {error}.")))?;
        self.handler.run(job, run).await
    }
}

/// A job that has ended, in whatever way.
pub(super) struct Finished {
    pub job: Leased,
    pub result: Result<(), JobError>,
}

pub(super) async fn carry_out(handler: Option<Arc<dyn Erased>>, job: Leased, run: Run) -> Finished {
    let span = tracing::info_span!("job", id = %job.public_id, kind = job.kind, attempt = job.attempt);
    let result = attempt(handler, &job, &run).instrument(span).await;
    Finished { job, result }
}

async fn attempt(handler: Option<Arc<dyn Erased>>, job: &Leased, run: &Run) -> Result<(), JobError> {
    run.check()?;
    let Some(handler) = handler else {
        let why = "This version of the program does not know this kind of job. Start the version that made it, and \
                   try it again.";
        return Err(JobError::Fatal(why.to_owned()));
    };
    let work = AssertUnwindSafe(handler.run(&job.payload, run)).catch_unwind();
    tokio::select! {
        ended = work => ended.unwrap_or_else(|panic| Err(JobError::Retry(panicked(&*panic)))),
        () = stopped_in_vain(run) => Err(JobError::Retry("It did not stop in time and was cut off.".to_owned())),
    }
}

async fn stopped_in_vain(run: &Run) {
    run.until_stopped().await;
    tokio::time::sleep(GRACE).await;
}

fn panicked(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    format!(
        "The handler panicked: {}",
        text.unwrap_or_else(|| "no message".to_owned())
    )
}
