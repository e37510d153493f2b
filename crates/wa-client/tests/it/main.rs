//! The live gateway against the simulated network: real sockets, handshakes and encryption, keys in a real key store.

#![allow(clippy::unwrap_used)]

mod support;

mod durability;
mod first_send;
mod groups;
mod kinds;
mod lifecycle;
mod logs;
mod messages;
mod pairing;
mod proxy;
mod soak;
mod verdicts;
