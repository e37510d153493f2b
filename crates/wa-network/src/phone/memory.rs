//! What the phone keeps of recent messages: to quote them as they are, and to seal and open what belongs to them.

use std::collections::VecDeque;
use std::sync::Arc;

use wacore::proto_helpers::MessageExt as _;
use waproto::whatsapp as wa;

/// How many messages are kept.
const KEPT: usize = 400;

#[derive(Default)]
pub(super) struct Memory(VecDeque<Remembered>);

pub(super) struct Remembered {
    /// Number of the person or JID of the group.
    chat: String,
    id: String,
    /// Number of the author.
    pub author: Arc<str>,
    /// Whether its stanza named the author by LID.
    pub by_lid: bool,
    /// The key of votes, answers and sealed edits.
    pub secret: Option<Vec<u8>>,
    /// The encoded message.
    body: Vec<u8>,
}

impl Memory {
    pub fn add(&mut self, chat: &str, id: &str, author: &Arc<str>, by_lid: bool, message: &wa::Message) {
        if self.find(chat, id).is_some_and(|known| known.author == *author) {
            return;
        }
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        let context = message.message_context_info.as_option();
        self.0.push_back(Remembered {
            chat: chat.to_owned(),
            id: id.to_owned(),
            author: author.clone(),
            by_lid,
            secret: context.and_then(|context| context.message_secret.clone()),
            body: waproto::codec::message_to_vec(message),
        });
    }

    pub fn find(&self, chat: &str, id: &str) -> Option<&Remembered> {
        let wanted = |known: &&Remembered| known.id == id && known.chat == chat;
        self.0.iter().rev().find(wanted)
    }
}

impl Remembered {
    /// The message as a quote carries it.
    pub fn quotable(&self) -> Option<Box<wa::Message>> {
        Some(self.message()?.prepare_for_quote())
    }

    pub fn message(&self) -> Option<wa::Message> {
        waproto::codec::message_decode(&self.body).ok()
    }
}
