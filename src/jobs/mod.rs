//! Jobs: work that is done later, kept in the database until it is done.
//!
//! A room puts a job into the queue in the transaction that makes it necessary ([`enqueue_in`]), and the composition
//! root gives the [`Runner`] a [`Handler`] for each kind. Jobs wait in lanes that do not hold up one another; an
//! administrator sees them, tries them again, discards or stops them.
//!
//! Invariants
//! - A job is in the table exactly when the change that needs it is: both are written in one transaction.
//! - A job that was begun and not finished is begun again, also after kill -9. Handlers bear being run twice.
//! - Whoever finishes a job holds its lease. One whose lease ran out changes nothing.
//! - No job is lost: what fails for good, and what no handler knows, is kept as `dead` for a person.
//! - Payloads, errors and keys of jobs hold no secret, no message text and no phone number: administrators read them.

mod model;
mod runner;
mod schedule;
mod service;
mod store;
mod upkeep;

pub use model::{Count, Filter, Hand, Job, JobError, JobRow, JobsError, Lane, Order, Page, State};
pub use runner::{Finisher, Handler, Jitter, Run, Runner};
pub use schedule::{Schedule, ScheduleError};
pub use service::Jobs;
pub use store::enqueue_in;
pub use upkeep::{PruneJobs, Pruner};

#[cfg(test)]
mod tests;
