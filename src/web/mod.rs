//! The HTTP machinery: it knows how pages and JSON travel, and no business word.
//!
//! Extractors that know who asks, guards, problems, the live stream, assets, the frame of a page. What answers a path
//! stands above, in `site`.
//!
//! Invariants
//! - No SQL, no rule of a feature and no handler of one stands here.
//! - A handler spawns nothing: each worker has a runtime of its own that a spawned task would die with.
//! - What goes wrong is a [`problem::Problem`]; it is shown as a page, a fragment or JSON in one place, and logged once.

pub mod api;
pub mod assets;
pub mod auth;
pub mod body_timeout;
pub mod client_ip;
pub mod csrf;
pub mod errors;
pub mod filters;
pub mod flash;
pub mod health;
pub mod htmx;
pub mod https;
pub mod layout;
pub mod problem;
pub mod render_mode;
pub mod security;
pub mod shell;
pub mod sse;
pub mod views;
