//! What a phone can be asked to send.

mod frame;
mod kinds;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub use frame::{Ad, Channel, Frame, Quote};
pub use kinds::{Answer, Choice, ChoiceForm, Event, HdPair, LiveLocation, Poll, Raw};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    Image,
    Video,
    /// A video without sound that repeats.
    Gif,
    /// A round video note.
    Ptv,
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
    /// Removes somebody else's message from a group; only an admin's phone is obeyed.
    AdminDelete {
        message_id: String,
    },
    /// Edits as phones of 2026 do: sealed with the secret of the message.
    SealedEdit {
        message_id: String,
        text: String,
    },
    /// A poll with all its settings.
    PollWith(Poll),
    /// Votes for these options of a poll and no others.
    Vote {
        message_id: String,
        options: Vec<String>,
    },
    Event(Event),
    EventAnswer {
        message_id: String,
        answer: Answer,
        guests: Option<i32>,
    },
    Contacts {
        name: String,
        cards: Vec<Contact>,
    },
    LiveLocation(LiveLocation),
    /// Pictures and videos that are shown as one.
    Album(Vec<Media>),
    /// The same picture or video twice: soon, then sharp.
    Hd(Box<HdPair>),
    Pin {
        message_id: String,
        /// Seconds until it ends by itself; `None` takes the pin away.
        seconds: Option<u32>,
    },
    Keep {
        message_id: String,
        keep: bool,
    },
    /// Sets the chat's disappearing timer, in seconds; 0 ends it.
    Disappearing(u32),
    /// The answer to buttons, a list or a template of a business.
    Choice(Choice),
    RequestNumber,
    ShareNumber,
    LimitSharing(bool),
    Raw(Raw),
    /// A message with marks around it: quote, mentions, forwarded and so on.
    Framed {
        frame: Box<Frame>,
        content: Box<Content>,
    },
}

impl Content {
    /// The message this one changes or points at.
    pub fn target(&self) -> Option<&str> {
        match self {
            Self::Reaction { message_id, .. }
            | Self::Reply { message_id, .. }
            | Self::Edit { message_id, .. }
            | Self::SealedEdit { message_id, .. }
            | Self::Vote { message_id, .. }
            | Self::EventAnswer { message_id, .. }
            | Self::Pin { message_id, .. }
            | Self::Keep { message_id, .. }
            | Self::AdminDelete { message_id }
            | Self::Delete { message_id } => Some(message_id),
            Self::Choice(choice) => Some(&choice.message_id),
            Self::Framed { content, .. } => content.target(),
            _ => None,
        }
    }
}

impl Content {
    pub(crate) fn is_media(&self) -> bool {
        matches!(self, Self::Media(_) | Self::Album(_) | Self::Hd(_))
    }

    /// Whether it is a message by itself, which marks can be put around.
    pub(crate) fn can_be_framed(&self) -> bool {
        match self {
            Self::Choice(_) => false,
            Self::RequestNumber => true,
            Self::Disappearing(_) | Self::ShareNumber | Self::LimitSharing(_) | Self::Raw(_) | Self::Framed { .. } => {
                false
            }
            content => content.target().is_none(),
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
