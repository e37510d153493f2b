//! The live client: whatsapp-rust behind [`Gateway`](crate::Gateway) and [`Link`](crate::Link).
//!
//! One [`Bot`](whatsapp_rust::bot::Bot) per open session, all in the caller's tokio runtime. The supervisor of the
//! product opens and closes links; nothing else calls this module.
//!
//! Invariants
//! - A session's keys are used by one client at a time. [`LiveGateway`] issues one claim per session, which is
//!   released only when the old client's run loop and every task it ever spawned have ended (`runtime`).
//! - A message is acknowledged to WhatsApp only after the product's commit returned `Ok` (`durability`). A commit
//!   that fails stops the session: redelivery on the next connection repairs everything, going on would not.
//! - No message kind is dropped: what we do not model is `Content::Other` or `Content::Protocol`, with its bytes.
//! - A build that skips the certificate signatures talks to loopback only (`options`).

mod app_state;
mod backoff;
mod caches;
mod calls;
mod core;
mod durability;
mod events;
mod files;
mod first_send;
mod gateway;
mod groups;
mod history;
mod http;
mod inbound;
mod jid;
mod limits;
mod link;
mod logs;
mod options;
mod outgoing;
mod passkey;
mod people;
mod proxy;
mod recall;
mod runtime;
mod seeded;
mod session;
mod stanzas;
mod transport;
mod version;

pub use gateway::LiveGateway;
pub use inbound::{chosen, read};
pub use logs::LOG_CURBS;
pub use options::{AddressRefused, LiveOptions, TEST_NETWORK};
pub use outgoing::{encoded, secret_of};
pub use seeded::{CompanionKeys, SeededDevice, SeededOffer, SeededPairing};
