//! The network against an unmodified `whatsapp-rust` client, over real sockets.

#![allow(clippy::unwrap_used)]

mod support;

mod control;
mod faults;
mod groups;
mod kinds;
mod limits;
mod media;
mod messages;
mod pairing;
mod phones;
mod reading;
mod seeded;
mod visibility;
mod wire;
