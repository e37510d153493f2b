//! Shared by the tests: a running program on a free port, and browsers that use it.

pub mod api;
pub mod app;
pub mod browser;
pub mod chrome;
pub mod demo;
pub mod files;
pub mod hostile;
pub mod live;
pub mod media;
pub mod proxy;
pub mod receiver;
pub mod sharing;
pub mod world;

pub use api::{Api, JSON, fields};
pub use app::{PASSWORD, Person, TestApp};
pub use browser::{Browser, Reply};
pub use world::{World, within};

/// Reports that a test cannot run here. With CI=true nothing may be skipped.
pub fn skip(what: &str, why: &str) {
    assert_ne!(
        std::env::var("CI").as_deref(),
        Ok("true"),
        "CI=true, and {what} cannot be tested: {why}"
    );
    println!("SKIPPED: {what}: {why}");
}

/// A program that a Debian package installs; `None`, with a note, where it is not there.
pub fn debian_tool(what: &str, name: &str) -> Option<std::path::PathBuf> {
    let dirs = std::env::var_os("PATH").unwrap_or_default();
    // Daemons are not in everybody's path.
    let dirs = std::env::split_paths(&dirs).chain(["/usr/sbin".into()]);
    let found = dirs.map(|dir| dir.join(name)).find(|path| path.exists());
    if found.is_none() {
        skip(what, &format!("{name} is not installed; tests/run installs it"));
    }
    found
}

/// A program of `tests/tools/requirements.txt`; `None`, with a note, where they are not installed.
pub fn python_tool(what: &str, name: &str) -> Option<std::path::PathBuf> {
    let own = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/.venv/bin");
    let dir = std::env::var_os("PYTHON_TOOLS").map_or(own, std::path::PathBuf::from);
    let path = dir.join(name);
    if path.exists() {
        return Some(path);
    }
    skip(
        what,
        "the Python packages of tests/tools are not installed; tests/run installs them",
    );
    None
}
