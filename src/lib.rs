//! WhatsApp Manager Pro: the WhatsApp platform a small business can own, in one binary.
//!
//! The library holds the rooms; `main.rs` only parses the command line. `ARCHITECTURE.md` is the map: which room
//! may call which, what is always true, and how a message, a page and a command travel through them.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod access;
pub mod accounts;
pub mod app;
pub mod audit;
pub mod backup;
pub mod billing;
pub mod chats;
pub mod clock;
pub mod config;
pub mod contacts;
pub mod crypto;
pub mod db;
pub mod demo;
pub mod events;
pub mod export;
pub mod fold;
pub mod i18n;
pub mod ids;
pub mod jobs;
pub mod mail;
pub mod media;
pub mod numbers;
pub mod operator;
pub mod outbox;
pub mod plans;
pub mod sessions;
pub mod site;
pub mod team;
pub mod telemetry;
pub mod version;
pub mod web;
pub mod zone;
