//! A simulated WhatsApp network that speaks the real wire protocol on loopback.
//!
//! - `hub`: what WhatsApp's servers know, in memory, and how stanzas find their way.
//! - `server`: WebSocket, Noise handshakes and binary nodes around it; `media`: the file host.
//! - `phone`: simulated phones with real Signal sessions; `people`: demo people who are alive.
//! - `control`: the HTTP API by which tests and demos drive it all; `faults` and `stats` belong to it.
//! - `network`: all of it, started and stopped together.
//!
//! Clients under test know nothing of this crate, and it knows nothing of them.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod control;
pub mod faults;
pub mod hub;
pub mod media;
mod network;
pub mod people;
pub mod phone;
mod server;
pub mod stats;

pub use network::{Network, NetworkOptions};
