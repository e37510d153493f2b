//! The media host: keeps encrypted files in memory and serves them over plain HTTP on loopback.
//!
//! Clients upload to `/mms/{kind}/{token}` and fetch by `direct_path`; phones of this process use the store
//! itself. A token is the base64url SHA-256 of the encrypted file, and a file that does not match it is refused.

mod host;
mod store;

pub(crate) use host::MediaHost;
pub use store::{MediaStore, StoredMedia};

/// The upload credential of `media_conn`; any other is answered with 401, and the client requests a new one.
pub(crate) const AUTH: &str = "sim-auth";
