//! The event log: what happened in a workspace, as rows, plus a nudge.
//!
//! A room appends its event in the transaction that makes the change and nudges the [`Bus`] after the commit. Readers
//! (live pages today, the API's streams and webhooks later) keep a cursor and read the table; the nudge carries no
//! data, so a slow or absent reader loses nothing.
//!
//! Invariants
//! - An event is in the log if and only if its change is in the database.
//! - Ids only grow, and are never reused.
//! - What must not be stored (typing, a QR code with its secret) is a [`Transient`]: current subscribers receive it,
//!   and it is stored nowhere.

mod bus;
mod kinds;
mod store;

pub use bus::{Bus, Signal, Subscription, Transient};
pub use kinds::Event;
pub use store::{Row, after, append, latest, prune};
