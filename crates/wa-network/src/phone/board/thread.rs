//! One chat: its bubbles, and how later messages change them.

use crate::phone::reading::{Act, Reading};
use crate::phone::stanza::Chat;
use crate::phone::types::{MessageStatus, PhoneMessage};

#[derive(Default)]
pub(in crate::phone) struct Thread {
    pub messages: Vec<PhoneMessage>,
    pub unread: u32,
}

/// A decrypted message to be added to the board.
pub(in crate::phone) struct Arrival<'a> {
    pub id: &'a str,
    /// Number of the author.
    pub author: &'a str,
    pub chat: &'a Chat,
    pub reading: &'a Reading,
    /// Unix milliseconds.
    pub at: i64,
}

impl Thread {
    pub fn act(&mut self, act: &Act) {
        let (Act::React { id, .. } | Act::Edit { id, .. } | Act::Delete { id }) = act else {
            return;
        };
        let Some(target) = self.messages.iter_mut().rev().find(|message| message.id == *id) else {
            return;
        };
        match act {
            Act::React { emoji, .. } => target.reaction = (!emoji.is_empty()).then(|| emoji.clone()),
            Act::Edit { text, .. } => {
                target.text.clone_from(text);
                target.edited = true;
            }
            Act::Delete { .. } => {
                target.text.clear();
                target.thumbnail = None;
                target.deleted = true;
            }
            Act::Nothing => {}
        }
    }
}

pub(super) fn bubble(arrival: &Arrival<'_>, from_me: bool, status: MessageStatus) -> PhoneMessage {
    let reading = arrival.reading;
    PhoneMessage {
        id: arrival.id.to_owned(),
        from_me,
        author: arrival.author.to_owned(),
        kind: reading.kind.to_owned(),
        text: reading.text.clone().unwrap_or_default(),
        at: arrival.at,
        status,
        reply_to: reading.reply_to.clone(),
        reaction: None,
        edited: false,
        deleted: false,
        thumbnail: reading.media.as_ref().and_then(|file| file.thumbnail.clone()),
        has_media: false,
    }
}
