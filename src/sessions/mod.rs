//! Sessions: the linked WhatsApp numbers of a workspace.
//!
//! [`Sessions`] is what pages and commands call: create, link, rename, pause, log out, delete. Behind it the supervisor
//! runs one owner task per session; the owner alone opens and closes the session's link, and what happens on the link
//! becomes the session's state there.
//!
//! Invariants
//! - The state says what is true, not what is hoped: `connected` only while frames flow, and a state that the disk does
//!   not take is shown from memory.
//! - A state changes only along [`State::may_become`], in one transaction with its event.
//! - One owner task per session; two clients never run on one session's keys.
//! - Keys are forgotten after a log-out or a deletion, never because of an error.
//! - A phone number is linked at most once in the installation.
//!
//! Rooms above (chats, outbox) get the news of a link through [`Ports`]; this room knows neither.

mod all_sessions;
mod keys;
mod linked;
mod linked_commands;
mod machine;
mod model;
mod owner;
mod ports;
mod saving;
mod service;
mod store;
mod supervisor;
mod within_plan;

pub use all_sessions::{AllSessions, Placed};
pub use model::{Fix, Name, PairingCode, PlanHold, Qr, Reason, Session, SessionError, State};
pub use ports::{ChatNews, Ports, SendNews};
pub use service::Sessions;
pub use store::{drop_deleted_in, find_in, is_linked_in, list as list_in, locked_until_in, workspace_of};
pub use supervisor::Supervisor;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
