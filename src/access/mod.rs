//! Access for programs: credentials in `Authorization`, and whom they identify.
//!
//! `/v1` accepts two kinds of credentials. A person's program logs in with the password and gets an **access token**, a
//! JWT of fifteen minutes, and a **refresh token** of seven days that is exchanged for the next pair. A workspace's
//! program gets an **API key**, which an owner creates by hand and which is limited to its scopes. A person who sends a
//! request from the reference gets an access token for the login of their browser, without a refresh token.
//!
//! Invariants
//! - Refresh tokens and secrets of keys are stored as SHA-256 and shown once; the key that signs access tokens is
//!   derived from the master key and is stored nowhere.
//! - A signature alone is not enough: every request checks whether the token's login is still valid, so logging out and
//!   a changed password take effect at once.
//! - A refresh token works once. Within [`REFRESH_GRACE`] it returns the same successor again; a later use ends its
//!   whole family, since one of the two users stole it.
//! - A key can do at most what the member who created it may do, only where the plan includes the API, and ends with
//!   the membership.

mod jwt;
mod keys;
mod model;
mod replays;
mod store;
#[cfg(test)]
mod tests;
mod tokens;

use zeroize::Zeroizing;

use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::crypto::{self, Sealer};
use crate::db::Db;

pub use keys::{CreatedKey, NewKey};
pub use model::{AccessError, ApiKey, Caller, Credential, How, KeyScope, KeyState, Refused};
pub use replays::{Answer, Claim, Request as ReplayRequest};
pub use tokens::{ACCESS_LIFETIME, Issued, REFRESH_GRACE, REFRESH_LIFETIME};

/// Cheap to clone.
#[derive(Clone)]
pub struct Access {
    db: Db,
    clock: Clock,
    accounts: Accounts,
    signer: jwt::Signer,
    sealer: Sealer,
    /// For the hashes of request bodies.
    mac_key: std::sync::Arc<Zeroizing<[u8; 32]>>,
    /// Derives a refresh token's successor.
    refresh_key: std::sync::Arc<Zeroizing<[u8; 32]>>,
}

impl Access {
    #[must_use]
    pub fn new(db: Db, clock: Clock, accounts: Accounts, master_key: &[u8; 32]) -> Self {
        Self {
            db,
            clock,
            accounts,
            signer: jwt::Signer::new(&crypto::derive_key(master_key, "access tokens")),
            sealer: Sealer::new(master_key, "answers kept for idempotency"),
            mac_key: std::sync::Arc::new(crypto::derive_key(master_key, "hashes of request bodies")),
            refresh_key: std::sync::Arc::new(crypto::derive_key(master_key, "refresh tokens")),
        }
    }
}
