//! The one integration-test binary: it links the world once.

#![allow(clippy::unwrap_used)]

mod accounts;
mod admin;
mod audit;
mod api;
mod baileys;
mod billing;
mod browser;
mod cli;
mod crash;
mod demo;
mod export;
mod hostile;
mod linking;
mod live;
mod mail;
mod messages;
mod plans;
mod registration;
mod security;
mod schemathesis;
mod support;
mod team;
mod tidy;
mod walk;
