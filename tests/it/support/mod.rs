//! What the tests stand on: a running program on a free port, and browsers that visit it.

pub mod app;
pub mod browser;
pub mod live;

pub use app::TestApp;
pub use browser::{Browser, Reply};
