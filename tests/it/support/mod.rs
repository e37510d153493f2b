//! What the tests stand on: a running program on a free port, and browsers that visit it.

pub mod app;
pub mod browser;
pub mod chrome;
pub mod demo;
pub mod live;
pub mod world;

pub use app::{PASSWORD, TestApp};
pub use browser::{Browser, Reply};
pub use world::{World, within};

/// Says that a test cannot run here. With CI=true nothing may be skipped.
pub fn skip(what: &str, why: &str) {
    assert_ne!(
        std::env::var("CI").as_deref(),
        Ok("true"),
        "CI=true, and {what} cannot be tested: {why}"
    );
    println!("SKIPPED: {what}: {why}");
}
