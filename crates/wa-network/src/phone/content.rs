//! What a phone can be asked to send.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    Image,
    Video,
    Audio,
    /// An audio file recorded in the chat.
    Voice,
    Document,
    Sticker,
}

#[derive(Debug, Clone)]
pub struct Media {
    pub kind: MediaKind,
    pub mime: String,
    pub bytes: Bytes,
    pub caption: Option<String>,
    /// Documents only.
    pub file_name: Option<String>,
    /// Length of audio and video.
    pub seconds: Option<u32>,
    /// Small JPEG shown before the file is loaded.
    pub thumbnail: Option<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Location {
    pub latitude: f64,
    pub longitude: f64,
    pub name: Option<String>,
    pub address: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contact {
    pub name: String,
    pub vcard: String,
}

impl Contact {
    /// A card with one telephone number, as phones write it.
    pub fn with_number(name: &str, number: &str) -> Self {
        let vcard = format!(
            "BEGIN:VCARD\nVERSION:3.0\nN:;{name};;;\nFN:{name}\nTEL;type=CELL;waid={number}:+{number}\nEND:VCARD"
        );
        Self {
            name: name.to_owned(),
            vcard,
        }
    }
}

#[derive(Debug, Clone)]
pub enum Content {
    Text(String),
    Media(Media),
    Location(Location),
    Contact(Contact),
    Poll {
        question: String,
        options: Vec<String>,
    },
    /// An empty emoji takes the reaction back.
    Reaction {
        message_id: String,
        emoji: String,
    },
    Reply {
        message_id: String,
        text: String,
    },
    Edit {
        message_id: String,
        text: String,
    },
    Delete {
        message_id: String,
    },
}

impl Content {
    /// The message this one changes or points at.
    pub fn target(&self) -> Option<&str> {
        match self {
            Self::Reaction { message_id, .. }
            | Self::Reply { message_id, .. }
            | Self::Edit { message_id, .. }
            | Self::Delete { message_id } => Some(message_id),
            _ => None,
        }
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
