//! Errors of the key store, and how the protocol library sees them.

use sqlite::DbError;
use wacore::store::error::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum KeyStoreError {
    /// The canary record does not open: the file was written under another key.
    #[error("the master key does not fit the key store; give the key that this data directory was created with")]
    WrongMasterKey,
    /// A record was not sealed for this place: damaged, or moved there.
    #[error("a sealed record of {0} does not open; the key store was damaged or tampered with, link the number again")]
    Sealed(&'static str),
    #[error("a record of {0} has an unknown form ({1}); was it written by a newer version of this program?")]
    Form(&'static str, String),
    #[error("the key store could not be brought up to date: {0}")]
    Migration(String),
    /// The session was logged out or deleted while its client was still writing.
    #[error("the keys of this session were deleted")]
    Forgotten,
    /// The ratchet has passed a message that the product does not have; a resend is requested.
    #[error("a message was lost in a crash")]
    Lost,
    #[error("the product could not be asked about a message")]
    Unanswered,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<rusqlite::Error> for KeyStoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Db(error.into())
    }
}

impl From<KeyStoreError> for StoreError {
    fn from(error: KeyStoreError) -> Self {
        Self::Database(Box::new(error))
    }
}

pub(crate) type Result<T> = std::result::Result<T, KeyStoreError>;

/// What the library's traits return.
pub(super) type StoreResult<T> = std::result::Result<T, StoreError>;
