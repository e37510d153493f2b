//! Messages as plain types, in both directions.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Address;

/// A received message, decrypted. Own messages sent from the phone arrive here too, with `from_me`.
#[derive(Clone)]
pub struct Inbound {
    /// WhatsApp's id; unique only within (chat, sender).
    pub id: String,
    pub chat: Address,
    /// The account that wrote it.
    pub sender: Address,
    /// The same account in the other namespace, if the stanza contained it.
    pub sender_alt: Option<Address>,
    pub from_me: bool,
    pub push_name: Option<String>,
    /// Unix milliseconds, by WhatsApp's clock.
    pub at_ms: i64,
    pub content: Content,
    /// The protobuf as received, complete: later features read from it what today's `content` leaves out.
    pub raw: Vec<u8>,
    /// It waited at the server while the client was offline.
    pub offline: bool,
}

/// A message's content. Kinds that we do not model yet arrive as [`Content::Other`]; nothing is dropped.
#[derive(Clone, PartialEq)]
pub enum Content {
    Text {
        body: String,
        quoted_id: Option<String>,
    },
    Media(Media),
    /// `text` is what is read and searched of it: the name of a place or a contact, the question of a poll.
    Card {
        text: Option<String>,
        card: Card,
    },
    /// An empty emoji removes the reaction.
    Reaction {
        target_id: String,
        emoji: String,
    },
    Edit {
        target_id: String,
        body: String,
    },
    Delete {
        target_id: String,
    },
    /// It arrived but could not be decrypted (yet); the library requests a resend. When that succeeds, the message
    /// itself is committed under the same (chat, sender, id) and replaces this row.
    Undecryptable,
    /// A protocol housekeeping message, not shown to people.
    Protocol,
    /// `kind` is the protobuf field's name, for example `call_log_message`.
    Other {
        kind: String,
    },
}

/// What is neither text nor a file. Its JSON is stored as it is, so names stay.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Card {
    Location { latitude: f64, longitude: f64 },
    Contact { vcard: String },
    Poll { options: Vec<String> },
}

/// Without the content.
impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Card(…)")
    }
}

/// Where a media file is and how to decrypt it. Downloading is a later, separate step.
#[derive(Clone, PartialEq, Default)]
pub struct Media {
    pub kind: MediaKind,
    pub mime: String,
    pub caption: Option<String>,
    pub file_name: Option<String>,
    pub seconds: Option<u32>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// Size in bytes, decrypted.
    pub size: Option<u64>,
    pub direct_path: String,
    pub media_key: Vec<u8>,
    pub sha256: Vec<u8>,
    pub enc_sha256: Vec<u8>,
    /// A small JPEG sent inside the message.
    pub thumbnail: Option<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum MediaKind {
    #[default]
    Image,
    Video,
    /// Recorded in the chat (push-to-talk).
    Voice,
    Audio,
    Document,
    Sticker,
}

/// A message to send. `id` was chosen and stored before, so sending again repeats nothing.
#[derive(Clone)]
pub struct Outgoing {
    pub id: String,
    pub to: Address,
    pub content: OutgoingContent,
}

#[derive(Clone)]
pub enum OutgoingContent {
    Text { body: String },
}
