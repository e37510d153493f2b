//! The key store, `wa.db`: the keys of linked numbers. If it is lost, every number must be linked again.
//!
//! [`KeyStore`] opens the file; [`KeyStore::session`] returns the store of one linked number, a [`SessionStore`], which
//! is the protocol library's whole `Backend`. Only the live client uses it.
//!
//! Invariants
//! - Every row has its session, and every statement binds it.
//! - Every secret is sealed under the master key and bound to its place: moved to another row it does not open.
//! - Signal state never goes back in time. A file restored from a backup would do that, which is why this is not the
//!   product's database.
//! - A ratchet that has moved past a message is on disk only together with that message, or after the product has
//!   committed it (see `deferred`); where the library does not ensure that, the product is asked (`recall`).
//! - A store that was forgotten refuses writes, so a client that ends late cannot recreate rows.

mod app_sync;
mod deferred;
mod device;
mod error;
mod key;
mod key_store;
mod lids;
mod messages;
mod msg_secrets;
mod protocol;
mod recall;
mod seal;
mod session_store;
mod signal;
mod tc_tokens;

#[cfg(test)]
mod tests;

pub use error::KeyStoreError;
pub(crate) use error::Result as StoreResult;
pub use key::MasterKey;
pub use key_store::{Glimpse, KeyStore};
pub(crate) use recall::Recall;
pub use session_store::SessionStore;
