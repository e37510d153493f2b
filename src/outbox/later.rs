//! What is said by a message for later, as it is kept until then: as it was asked for, not as WhatsApp gets it.

use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use wa_client::Address;

use super::compose;
use super::content::{Content, SendOptions, Unfit, checked_text};
use super::model::OutboxError;
use crate::accounts::Scope;
use crate::chats::{ChatRef, Kind, MessageDraft, Scheduled};
use crate::ids::PublicId;
use crate::media::FileId;

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Later {
    contents: Vec<Content>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply_to: Option<PublicId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mentions: Vec<Address>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    view_once: bool,
}

/// What a list shows of it, and what has to be kept for it.
pub(super) struct About {
    pub kind: Kind,
    pub files: Vec<FileId>,
}

impl Later {
    /// The same, tidied.
    ///
    /// # Errors
    /// For what cannot be sent, whoever gets it.
    pub fn new(contents: Vec<Content>, options: SendOptions) -> Result<Self, OutboxError> {
        Ok(Self {
            contents: contents.into_iter().map(Content::checked).collect::<Result<_, _>>()?,
            reply_to: options.reply_to,
            mentions: options.mentions,
            view_once: options.view_once,
        })
    }

    pub fn of(scheduled: &Scheduled) -> Result<Self, OutboxError> {
        match &scheduled.content {
            None => Self::new(vec![Content::Text(scheduled.body.clone())], SendOptions::default()),
            Some(json) => serde_json::from_str(json).map_err(|_| Unfit::File.into()),
        }
    }

    /// The messages that it is.
    pub fn drafts(&self, c: &Connection, scope: Scope, chat: &ChatRef) -> Result<Vec<MessageDraft>, OutboxError> {
        let options = SendOptions {
            reply_to: self.reply_to.clone(),
            mentions: self.mentions.clone(),
            view_once: self.view_once,
            undoable: false,
        };
        let drafts = compose::together(c, scope, chat, self.contents.clone(), &options);
        // The chat is there, so it is the message that it answers or forwards.
        drafts.map_err(|error| match error {
            OutboxError::NotFound => Unfit::Deleted.into(),
            other => other,
        })
    }

    /// What these are.
    pub fn about(drafts: &[MessageDraft]) -> About {
        let mut kinds = drafts.iter().map(|draft| Kind::of(&draft.content.as_received()));
        About {
            kind: kinds.find(|kind| kind.is_shown()).unwrap_or(Kind::Text),
            files: drafts.iter().filter_map(|draft| draft.file).collect(),
        }
    }

    /// Other words, where it has any; what has none stays as it is.
    pub fn reword(&mut self, words: &str) -> Result<(), OutboxError> {
        match self.contents.first_mut() {
            Some(Content::Text(text)) => *text = checked_text(words)?,
            Some(first @ Content::File(_)) => {
                if let Content::File(file) = first {
                    file.caption = Some(words.to_owned());
                }
                *first = first.clone().checked()?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The words that can be changed, or what stands for it in a list.
    pub fn words(&self) -> String {
        let words: Vec<String> = self.contents.iter().filter_map(words).collect();
        words.join("\n")
    }

    /// `None` for a plain text, which is its words.
    pub fn json(&self) -> Option<String> {
        let plain = self.reply_to.is_none() && self.mentions.is_empty();
        match &*self.contents {
            [Content::Text(_)] if plain => None,
            _ => serde_json::to_string(self).ok(),
        }
    }
}

fn words(content: &Content) -> Option<String> {
    match content {
        Content::Text(text) => Some(text.clone()),
        Content::File(file) => file.caption.clone(),
        Content::Location {
            latitude,
            longitude,
            name,
            address,
        } => name
            .clone()
            .or_else(|| address.clone())
            .or_else(|| Some(format!("{latitude}, {longitude}"))),
        Content::Contacts(cards) => {
            let names: Vec<&str> = cards.iter().map(|card| card.name.as_str()).collect();
            Some(names.join(", "))
        }
        Content::Poll { question, .. } => Some(question.clone()),
        Content::Event { name, .. } => Some(name.clone()),
        Content::Menu { body, .. } => Some(body.clone()),
        Content::Forward(_) => None,
    }
}
