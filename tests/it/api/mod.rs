//! `/v1` as programs use it.

mod auth;
mod conventions;
mod hostile;
mod idempotency;
mod keys;
mod limits;
mod numbers;
mod reference;
mod users;
mod walk;
