//! The one integration-test binary: it links the world once.

#![allow(clippy::unwrap_used)]

mod accounts;
mod live;
mod support;
mod tidy;
mod walk;
