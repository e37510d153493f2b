//! Which version this is.

use crate::config::TEST_NETWORK;

/// What `--version` says; a test build must not be taken for the real one.
pub const VERSION: &str = if TEST_NETWORK {
    concat!(
        env!("CARGO_PKG_VERSION"),
        " (TEST-NETWORK BUILD: trusts any server on loopback, refuses all others)"
    )
} else {
    env!("CARGO_PKG_VERSION")
};
