//! Audit: who did what, for the people who are accountable for it.
//!
//! A room records its sensitive act in the transaction that does it, so the log has exactly what happened. A
//! workspace's log is read by its owners and managers, the whole log by administrators.
//!
//! Invariants
//! - Rows are only added, and pruned by age.
//! - A row contains no message text, no password and no token; phone numbers only if they are the target of the act.
//! - When a workspace is deleted, its acts stay visible to the administrator, without personal data.

mod admin;
mod model;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use admin::Admin;
pub use model::{Act, Action, Actor, ActorKind, Entry, Filter, Reader, Who};
pub use service::{Audit, KEPT, PRUNED_AT_ONCE};
pub use store::{forget_user_in, forget_workspace_in, record_in};
