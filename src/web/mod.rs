//! The HTTP machinery: it knows how pages and JSON travel, and no business word.
//!
//! Every path of the program is a row of `routes.rs` that says who may call it. The guard made from that row
//! recognises the browser, checks the role and the CSRF token, and only then calls the handler; so a handler that
//! takes a `Scope` has one, and a new route cannot be forgotten by the tests that walk the table.
//!
//! Invariants
//! - No SQL and no rule of a feature lives here; handlers of features live in the features' `pages.rs` and `api.rs`.
//! - A handler spawns nothing: each worker has a runtime of its own that a spawned task would die with.
//! - What goes wrong is a [`problem::Problem`]; it is shown as a page, a fragment or JSON in one place, and logged once.

pub mod api;
pub mod assets;
pub mod auth;
pub mod csrf;
pub mod errors;
pub mod filters;
pub mod health;
pub mod htmx;
pub mod https;
pub mod layout;
pub mod patience;
pub mod peer;
pub mod problem;
pub mod routes;
pub mod security;
pub mod server;
pub mod shell;
pub mod sse;
pub mod subnav;
pub mod views;
pub mod want;
