//! Access for programs: what may stand in `Authorization` and whom it stands for.
//!
//! Two kinds of credentials open `/v1`. A person's program logs in with the password and gets an **access token**, a
//! JWT of fifteen minutes, and a **refresh token** of seven days that is traded for the next pair. A workspace's
//! program gets an **API key**, which an owner makes by hand and which opens only what its scopes name. A person who
//! sends a request from the reference gets an access token for the login of their browser, without a refresh token.
//!
//! Invariants
//! - Refresh tokens and secrets of keys are kept as SHA-256 and shown once; the key that signs access tokens is derived
//!   from the master key and is stored nowhere.
//! - A signature alone opens nothing: every request looks whether the login behind the token still lives, so logging
//!   out and a changed password act at once.
//! - A refresh token works once. Within [`REFRESH_GRACE`] it is told again what it was traded for; a use after that ends
//!   its whole family, since one of the two users stole it.
//! - A key can do at most what the member who made it may do, only where the plan includes the API, and ends with the
//!   membership.

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
    /// Of the hashes of request bodies.
    mac_key: std::sync::Arc<Zeroizing<[u8; 32]>>,
    /// Leads from a refresh token to the next.
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
