//! Jobs: background work, stored in the database until it is done.
//!
//! A room enqueues a job in the transaction that makes it necessary ([`enqueue_in`]), and the composition root gives
//! the [`Runner`] a [`Handler`] for each kind. Jobs wait in lanes that do not block one another; an administrator sees,
//! retries, discards or stops them.
//!
//! Invariants
//! - A job is in the table exactly when the change that needs it is: both are written in one transaction.
//! - A job that was started and not finished is started again, even after kill -9. Handlers are idempotent.
//! - Only the holder of a job's lease finishes it. One whose lease ran out changes nothing.
//! - No job is lost: permanent failures and unknown kinds are kept as `dead` for a person.
//! - Payloads, errors and keys of jobs contain no secret, no message text and no phone number: administrators read
//!   them.

mod model;
mod runner;
mod schedule;
mod service;
mod store;
mod upkeep;

pub use model::{Count, Filter, Job, JobError, JobRow, JobsError, Lane, Order, State};
pub use runner::{Finisher, Handler, Jitter, Run, Runner};
pub use schedule::{Schedule, ScheduleError};
pub use service::Jobs;
pub use store::enqueue_in;
pub use upkeep::{PruneJobs, Pruner};

#[cfg(test)]
mod tests;
