//! Which version this is.

/// What `--version` says; a test build must not be taken for the real one.
pub const VERSION: &str = if cfg!(feature = "test-network") {
    concat!(
        env!("CARGO_PKG_VERSION"),
        " (TEST-NETWORK BUILD: trusts any server on loopback, refuses all others)"
    )
} else {
    env!("CARGO_PKG_VERSION")
};
