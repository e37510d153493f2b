//! The HTTP machinery: how pages and JSON are transported, without any business term.
//!
//! Extractors that identify the visitor, guards, problems, the live stream, assets, the frame of a page. Handlers of
//! paths are above, in `site`.
//!
//! Invariants
//! - No SQL, no rule of a feature and no handler of one is here.
//! - A handler spawns nothing: a spawned task would end with the runtime of its worker.
//! - Every error is a [`problem::Problem`]; it is shown as a page, a fragment or JSON in one place, and logged once.

pub mod act;
pub mod address;
pub mod api;
pub mod assets;
pub mod auth;
pub mod body_timeout;
pub mod client_ip;
pub mod compress;
pub mod csrf;
pub mod errors;
pub mod filters;
pub mod flash;
pub mod frame;
pub mod health;
pub mod htmx;
pub mod https;
pub mod layout;
pub mod problem;
pub mod render_mode;
pub mod security;
pub mod sse;
pub mod views;
