//! Reader threads: a read-only connection each, one snapshot per job.
//!
//! Threads of our own rather than the runtime's blocking pool: their number and so their memory is fixed, they work
//! from any runtime and from none, and a connection with its statement cache never leaves its thread.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::DbError;
use crate::error::{panic_text, take_fatal};
use crate::health::HealthCell;
use crate::queue::Queue;

pub(crate) type ReadJob = Box<dyn FnOnce(&mut Connection) + Send>;

pub(crate) fn job<T, E, F>(f: F) -> (ReadJob, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
    F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    let span = tracing::Span::current();
    let run = move |conn: &mut Connection| {
        // Nobody waits any more, and a read has no other effect.
        if answer.is_closed() {
            return;
        }
        let out = span.in_scope(|| catch_unwind(AssertUnwindSafe(|| in_snapshot(conn, f))));
        let out = out.unwrap_or_else(|payload| Err(DbError::Panicked(panic_text(&*payload)).into()));
        let _ = answer.send(out);
    };
    (Box::new(run), answered)
}

/// Several statements of one read agree with each other.
fn in_snapshot<T, E, F>(conn: &mut Connection, f: F) -> Result<T, E>
where
    E: From<DbError>,
    F: FnOnce(&Connection) -> Result<T, E>,
{
    let tx = conn.transaction().map_err(DbError::from)?;
    f(&tx)
}

/// A thread's body: returns when the queue is closed and empty.
pub(crate) fn work(mut conn: Connection, jobs: &Queue<ReadJob>, health: &HealthCell) {
    while let Some((_, job)) = jobs.wait() {
        job(&mut conn);
        if let Some(error) = take_fatal() {
            health.failing(error);
        }
    }
}
