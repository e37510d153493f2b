//! A simulated WhatsApp network that speaks the real wire protocol on loopback.
//!
//! - `hub`: the state of WhatsApp's servers, in memory, and the routing of stanzas.
//! - `server`: WebSocket, Noise handshakes and binary nodes around it; `media`: the file host.
//! - `phone`: simulated phones with real Signal sessions; `people`: demo people who use them.
//! - `control`: the HTTP API by which tests and demos drive it all; `faults` and `stats` belong to it.
//! - `network`: starts and stops all of it together.
//!
//! Clients under test do not depend on this crate, nor it on them.
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
