//! The site: every page, API call and live fragment, above all rooms.
//!
//! A screen is seldom of one room, so the screens of all rooms are here, in a folder for each room; rooms know no
//! HTTP. Every path is a row of [`routes`] that says who may call it. The guard made from that row authenticates the
//! browser or the program, checks role and CSRF token, and only then calls the handler.
//!
//! Invariants
//! - No SQL and no rule of a feature is here: a handler reads the request, calls services and renders the response.
//! - No lower room uses the site.

pub mod access;
pub mod accounts;
pub mod admin;
pub mod audit;
pub mod billing;
pub mod chats;
pub mod demo;
pub mod export;
pub mod jobs;
pub mod mail;
pub mod media;
pub mod openapi;
pub mod outbox;
pub mod plans;
pub mod reference;
pub mod routes;
pub mod server;
pub mod sessions;
pub mod subnav;
pub mod team;
