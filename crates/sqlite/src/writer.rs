//! The writer thread: takes waiting jobs, runs each in a savepoint, commits them with one fsync, then answers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use crate::DbError;
use crate::error::{panic_text, take_fatal};
use crate::health::HealthCell;
use crate::queue::{Priority, Queue};
use crate::stats::Counters;

/// Most jobs in one transaction. Far more than wait at once in normal use; it bounds what one failed COMMIT undoes.
const GROUP_JOBS: usize = 256;

/// A group is closed after this time even when more jobs wait: the first of them waits for all.
const GROUP_TIME: Duration = Duration::from_millis(20);

/// A job that holds the writer longer than this stops everybody else for longer than a person overlooks.
const SLOW_JOB: Duration = Duration::from_millis(200);

/// A commit that takes this long means a dying or overloaded disk.
const SLOW_COMMIT: Duration = Duration::from_secs(1);

pub(crate) struct WriteJob {
    queued_at: Instant,
    run: Work,
}

/// Gets the open transaction, or why there is none.
type Work = Box<dyn FnOnce(Result<&Transaction<'_>, DbError>) -> Reply + Send>;

/// Tells the caller, once the group has committed or has not.
type Reply = Box<dyn FnOnce(Result<(), DbError>)>;

impl WriteJob {
    /// The job runs whether or not the caller still waits when its turn comes.
    pub(crate) fn new<T, E, F>(f: F) -> (Self, oneshot::Receiver<Result<T, E>>)
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let span = tracing::Span::current();
        let run = move |tx: Result<&Transaction<'_>, DbError>| -> Reply {
            let out = span.in_scope(|| {
                let _held = Held(Instant::now());
                tx.map_err(E::from).and_then(|tx| in_savepoint(tx, f))
            });
            Box::new(move |committed| {
                // The caller may have gone away; the work is done all the same.
                let _ = answer.send(out.and_then(|value| committed.map(|()| value).map_err(E::from)));
            })
        };
        (
            Self {
                queued_at: Instant::now(),
                run: Box::new(run),
            },
            answered,
        )
    }
}

/// Warns, inside the job's span, when a job held the writer too long.
struct Held(Instant);

impl Drop for Held {
    fn drop(&mut self) {
        let held = self.0.elapsed();
        if held > SLOW_JOB {
            tracing::warn!(held_ms = held.as_millis(), "a job held the database writer");
        }
    }
}

fn in_savepoint<T, E, F>(tx: &Transaction<'_>, f: F) -> Result<T, E>
where
    E: From<DbError>,
    F: FnOnce(&Transaction<'_>) -> Result<T, E>,
{
    run(tx, "SAVEPOINT job")?;
    let panicked = |payload: Box<dyn std::any::Any + Send>| Err(DbError::Panicked(panic_text(&*payload)).into());
    let out = catch_unwind(AssertUnwindSafe(|| f(tx))).unwrap_or_else(panicked);
    let out = out.and_then(|value| run(tx, "RELEASE job").map(|()| value).map_err(E::from));
    if out.is_err() {
        // Fails only when SQLite has undone the whole transaction by itself, which the group looks at next.
        let _ = run(tx, "ROLLBACK TO job").and_then(|()| run(tx, "RELEASE job"));
    }
    out
}

fn run(tx: &Transaction<'_>, sql: &str) -> Result<(), DbError> {
    tx.prepare_cached(sql)?.execute([])?;
    Ok(())
}

/// What the writer shares with the handles.
pub(crate) struct Shared {
    pub(crate) jobs: Queue<WriteJob>,
    pub(crate) health: Arc<HealthCell>,
    pub(crate) counters: Counters,
}

/// The thread's body: returns when the queue is closed and empty.
pub(crate) fn work(mut conn: Connection, shared: &Shared) {
    while let Some((priority, job)) = shared.jobs.wait() {
        Group {
            shared,
            replies: Vec::new(),
            has_background: false,
            fatal: None,
        }
        .commit(&mut conn, priority, job);
    }
    // Both only help the next start; an error here loses nothing.
    let _ = conn.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(PASSIVE)");
}

/// The jobs of one transaction.
struct Group<'a> {
    shared: &'a Shared,
    replies: Vec<Reply>,
    has_background: bool,
    /// The worst that a job met; a job's own error type does not show it.
    fatal: Option<DbError>,
}

impl Group<'_> {
    fn commit(mut self, conn: &mut Connection, priority: Priority, first: WriteJob) {
        let result = match conn.transaction_with_behavior(TransactionBehavior::Immediate) {
            Ok(tx) => self.fill_and_commit(tx, priority, first),
            Err(error) => {
                let error = DbError::from(error);
                self.replies.push((first.run)(Err(error.clone())));
                Err(error)
            }
        };
        self.report(&result);
        for reply in self.replies {
            reply(result.as_ref().copied().map(drop).map_err(Clone::clone));
        }
    }

    /// Returns whether the commit changed anything.
    fn fill_and_commit(&mut self, tx: Transaction<'_>, priority: Priority, first: WriteJob) -> Result<bool, DbError> {
        let before = tx.total_changes();
        self.fill(&tx, priority, first)?;
        let changed = tx.total_changes() != before;
        let started = Instant::now();
        tx.commit()?;
        let took = started.elapsed();
        self.shared.counters.group(self.replies.len(), took);
        if took > SLOW_COMMIT {
            tracing::warn!(took_ms = took.as_millis(), "the disk is slow to commit");
        }
        Ok(changed)
    }

    fn fill(&mut self, tx: &Transaction<'_>, mut priority: Priority, mut job: WriteJob) -> Result<(), DbError> {
        let opened = Instant::now();
        loop {
            self.has_background |= priority == Priority::Background;
            self.shared.counters.queued(job.queued_at.elapsed());
            self.replies.push((job.run)(Ok(tx)));
            self.fatal = take_fatal().or(self.fatal.take());
            // On some errors (disk full, for one) SQLite undoes the whole transaction, the earlier jobs included.
            if tx.is_autocommit() {
                return Err(self
                    .fatal
                    .clone()
                    .unwrap_or(DbError::Io("the transaction was undone".to_owned())));
            }
            let full = self.replies.len() >= GROUP_JOBS || opened.elapsed() > GROUP_TIME;
            let Some(next) = self.next(full) else { return Ok(()) };
            (priority, job) = next;
        }
    }

    /// A full group still takes one background job when it has none, or these would starve under load.
    fn next(&self, full: bool) -> Option<(Priority, WriteJob)> {
        if !full {
            return self.shared.jobs.try_next();
        }
        let background = if self.has_background {
            None
        } else {
            self.shared.jobs.try_background()
        };
        background.map(|job| (Priority::Background, job))
    }

    fn report(&self, result: &Result<bool, DbError>) {
        // The conversion that made `result` an error has set the flag too; the next group must not see it.
        let fatal = take_fatal().or(self.fatal.clone());
        match (fatal, result) {
            (Some(error), _) => self.shared.health.failing(error),
            (None, Ok(true)) => self.shared.health.recovered(),
            // A commit of nothing touches no disk, and a busy lock is over soon: both say nothing.
            (None, _) => {}
        }
    }
}
