//! The program's version.

/// What `--version` prints; a test build must be recognisable.
pub const VERSION: &str = if cfg!(feature = "test-network") {
    concat!(
        env!("CARGO_PKG_VERSION"),
        " (TEST-NETWORK BUILD: trusts any server on loopback, refuses all others)"
    )
} else {
    env!("CARGO_PKG_VERSION")
};
