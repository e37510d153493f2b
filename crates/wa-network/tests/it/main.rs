//! The network against an unmodified `whatsapp-rust` client, over real sockets.

#![allow(clippy::unwrap_used)]

mod support;

mod control;
mod faults;
mod groups;
mod media;
mod messages;
mod pairing;
mod phones;
mod seeded;
mod wire;
