//! SQLite the way this product needs it: one thread that writes, a few that read.
//!
//! Both databases of the product are opened through [`Db`]; the crate knows no table. Writers hand over a closure that
//! runs in a savepoint of its own on the writer thread. Closures that wait at the same time share one transaction and
//! so one fsync (group commit), which is what makes `synchronous=FULL` affordable on an SD card.
//!
//! Invariants
//! - A write that returned `Ok` is on disk; one that returned `Err` left nothing behind.
//! - A closure that fails or panics is rolled back alone; the rest of its group commits.
//! - Closures are synchronous, so no transaction can be open across I/O.
//! - Readers cannot write, and each read sees one snapshot.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod backup;
mod connection;
mod db;
mod error;
mod health;
mod peek;
mod queue;
mod readers;
mod stats;
mod writer;

pub use backup::copy_database;
pub use connection::Options;
pub use db::Db;
pub use error::DbError;
pub use health::Health;
pub use peek::peek;
pub use stats::Stats;

#[cfg(test)]
mod tests;
