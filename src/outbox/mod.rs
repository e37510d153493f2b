//! Outbox: the only way a message leaves this machine.
//!
//! The chat page, the command line and (later) campaigns, bots and the API insert rows here; one sender task per
//! connected number sends them.
//!
//! Invariants
//! - A row's WhatsApp id is chosen when the row is written, so a re-send after a crash is the same message.
//! - A row is deleted only when WhatsApp has acknowledged the message or a person has cancelled it.
//! - No transaction is open during a network call.
//! - A chat's messages are sent in the order in which they were written; trouble in one chat never delays another.
//! - Only `delivery.rs`, for a sender, calls `Link::send`; a file is uploaded before, once.
//! - Edits, deletions, reactions and votes are messages with rows of their own; the plan does not count them.
//! - A message goes to the address under which WhatsApp files the account; a number that has none leaves no contact and
//!   no chat behind.

mod compose;
mod content;
mod delivery;
mod judging;
mod later;
mod model;
mod opening;
mod outcomes;
mod removal;
mod saying;
mod scheduled;
mod sender;
mod sender_pool;
mod service;
mod store;

pub use content::{Change, Content, DELETED_WITHIN, EDITED_WITHIN, FileContent, SendOptions, UNDO, Unfit};
pub use model::{HeldMessage, OutboxError, Queued};
pub use scheduled::{Scheduler, SendScheduled};
pub use sender_pool::{SenderPool, Wake};
pub use service::{Outbox, hold_all_in};
pub use store::count_held_in;

#[cfg(test)]
mod tests;
