//! The one integration-test binary: it links the world once.

#![allow(clippy::unwrap_used)]

mod accounts;
mod admin;
mod api;
mod audit;
mod backup;
mod baileys;
mod billing;
mod browser;
mod cli;
mod crash;
mod demo;
mod edge;
mod export;
mod forms;
mod hostile;
mod jobs;
mod linking;
mod live;
mod mail;
mod messages;
mod plans;
mod registration;
mod restore;
mod schemathesis;
mod security;
mod support;
mod team;
mod tidy;
mod time;
mod upgrade;
mod walk;
mod workspaces;
