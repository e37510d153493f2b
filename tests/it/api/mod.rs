//! `/v1` as programs use it.

mod auth;
mod chats;
mod conventions;
mod handling;
mod hostile;
mod idempotency;
mod keys;
mod limits;
pub mod media;
mod messages;
mod numbers;
mod reference;
mod sending;
mod team;
mod users;
mod walk;
