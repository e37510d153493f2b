//! The one integration-test binary: it links the world once.

#![allow(clippy::unwrap_used)]

mod accounts;
mod baileys;
mod browser;
mod cli;
mod crash;
mod demo;
mod linking;
mod live;
mod messages;
mod support;
mod tidy;
mod walk;
