//! Messages that the product has when this file does not.
//!
//! A crash can leave the two databases inconsistent: a ratchet here has passed a message that the product never got, or
//! a sent message is acknowledged there whose copy never came here. The product's database answers both, by the same
//! keys.

use async_trait::async_trait;

use super::error::Result;
use crate::Address;

/// The product's side of a session's store, while a client runs on it. All names are JIDs in the library's form.
#[async_trait]
pub(crate) trait Recall: Send + Sync {
    /// Called for a redelivered message that no longer decrypts and has no pending row here.
    async fn check_received(&self, chat: &str, sender: &str, id: &str) -> Result<()>;

    /// The protobuf of a message that we sent.
    async fn sent(&self, chat: &str, id: &str) -> Result<Option<Vec<u8>>>;

    /// Each pair is one account's phone number and LID. Must not wait: the caller holds what a send needs.
    fn paired(&self, pairs: Vec<(Address, Address)>);
}
