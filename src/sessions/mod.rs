//! Sessions: the linked WhatsApp numbers of a workspace.
//!
//! [`Sessions`] is what pages and commands call: create, link, rename, pause, log out, delete. Behind it the supervisor
//! runs one actor per session; only the actor opens and closes the session's link and turns the link's events into the
//! session's state.
//!
//! Invariants
//! - The state is what is true, not what is hoped: `connected` only while frames flow, and a state that cannot be
//!   written to disk is shown from memory.
//! - A state changes only along [`State::may_become`], in one transaction with its event.
//! - One actor per session; two clients never run on one session's keys.
//! - Keys are deleted after a log-out or a deletion, never because of an error.
//! - A phone number is linked at most once in the installation.
//!
//! Rooms above (chats, outbox) get a link's events through [`Ports`]; this room knows neither of them.

mod actor;
mod all_sessions;
mod calls;
mod health;
mod keys;
mod linked;
mod linked_commands;
mod machine;
mod model;
mod passkey;
mod ports;
mod saving;
mod service;
mod settings;
mod store;
mod supervisor;
mod syncing;
mod within_plan;

pub use all_sessions::{AllSessions, Placed};
pub use model::{
    CallRule, Fix, Health, Name, PairingCode, Passkey, PastState, PlanHold, Qr, QuotaNow, Reason, Session,
    SessionError, State,
};
pub use ports::{ChatNews, Ports, SendNews};
pub use service::Sessions;
pub use store::{
    drop_deleted_in, find_in, get as get_in, is_linked_in, list as list_in, new_chats_blocked_in, workspace_of,
};
pub use supervisor::Supervisor;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
