//! What a phone's owner sees.

use tokio::sync::watch;

use super::Phones;
use crate::phone::actor::lock;
use crate::phone::types::{Conversation, MediaFile, PhoneError, PhoneMessage};

impl Phones {
    /// The chat list, newest first. Names that the phone does not know come from the network.
    pub fn conversations(&self, number: &str) -> Result<Vec<Conversation>, PhoneError> {
        let entry = self.entry(number)?;
        let mut lines = lock(&entry.board).conversations();
        for line in lines.iter_mut().filter(|line| line.peer_name.is_empty()) {
            line.peer_name = self.name_of(&line.peer);
        }
        Ok(lines)
    }

    /// One chat, oldest message first; empty when there is none.
    pub fn conversation(&self, number: &str, peer: &str) -> Result<Vec<PhoneMessage>, PhoneError> {
        let entry = self.entry(number)?;
        let board = lock(&entry.board);
        Ok(board.thread(peer).to_vec())
    }

    /// Chats in which somebody is typing to this phone, with the number that does.
    pub fn typing_of(&self, number: &str) -> Result<Vec<(String, String)>, PhoneError> {
        let entry = self.entry(number)?;
        let board = lock(&entry.board);
        Ok(board.typing())
    }

    /// The file of a message, as long as the phone keeps it.
    pub fn media(&self, number: &str, message_id: &str) -> Result<Option<MediaFile>, PhoneError> {
        let entry = self.entry(number)?;
        let board = lock(&entry.board);
        Ok(board.file(message_id))
    }

    /// Ticks whenever something on the phone changes: a message, a receipt, typing, a linked device.
    pub fn watch(&self, number: &str) -> Result<watch::Receiver<u64>, PhoneError> {
        let entry = self.entry(number)?;
        let board = lock(&entry.board);
        Ok(board.watch())
    }

    /// The name a number or group shows; empty when the network does not know it.
    pub fn name_of(&self, peer: &str) -> String {
        if peer.contains('@') {
            return self
                .inner
                .hub
                .group(peer)
                .map(|group| group.subject)
                .unwrap_or_default();
        }
        self.inner
            .hub
            .name_of(peer)
            .map(|name| name.to_string())
            .unwrap_or_default()
    }
}
