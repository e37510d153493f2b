//! The only integration-test binary, so that everything is linked once.

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
mod invitations;
mod jobs;
mod linking;
mod live;
mod lost_keys;
mod mail;
mod media;
mod messages;
mod number_states;
mod over_plan;
mod pairing;
mod plan_editor;
mod plans;
mod recipients;
mod registration;
mod restore;
mod s3;
mod schemathesis;
mod security;
mod support;
mod team;
mod throttled;
mod tidy;
mod time;
mod unconfirmed;
mod unmailed;
mod upgrade;
mod walk;
mod workspaces;
