//! A message and its parts.

use serde::{Deserialize, Serialize};
use wa_client::{Address, Card, Context, EventAnswer, OutgoingContent, OutgoingContext};

use crate::chats::kind::Kind;
use crate::chats::standing::Waits;
use crate::chats::store::ChatRef;
use crate::clock::UnixMs;
use crate::ids::{ContactId, MessageId, PublicId, UserId};
use crate::media::{FileId, FileState, Why};

crate::words!(
    /// Who or what wrote a message.
    pub enum Origin {
        Contact = "contact",
        /// Our own account, on the phone or another linked device.
        Phone = "phone",
        /// Our own account, from this program.
        App = "app",
    }
);

crate::words!(
    /// A message's delivery status.
    pub enum Status {
        /// Inbound.
        Received = "received",
        /// In the outbox.
        Pending = "pending",
        /// WhatsApp has it.
        Sent = "sent",
        Delivered = "delivered",
        Read = "read",
        Played = "played",
        /// It was not sent; see [`Failure`].
        Failed = "failed",
    }
);

impl Status {
    /// A status is replaced only by one of a higher rank. A failed message can still become sent: the refusal and a
    /// late acknowledgement of an earlier attempt may cross.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::Received | Self::Pending => 0,
            Self::Failed => 1,
            Self::Sent => 2,
            Self::Delivered => 3,
            Self::Read => 4,
            Self::Played => 5,
        }
    }
}

crate::words!(
    /// Why a message of ours was not sent. The words are keys of the texts shown to people: `message-failure-…`.
    pub enum Failure {
        NotOnWhatsApp = "not_on_whatsapp",
        /// The server calls the message invalid.
        Invalid = "invalid",
        /// The server refuses it for another reason.
        Refused = "refused",
        /// Retried for too long.
        Expired = "expired",
        Cancelled = "cancelled",
        /// The number was logged out or deleted.
        NotLinked = "not_linked",
        /// It waited in a backup that was restored, so it may have been sent already: a person decides.
        Restored = "restored",
        /// Its file is not here any more.
        FileGone = "file_gone",
    }
);

/// A kind's data beyond its body; stored as JSON.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    Reaction {
        target: String,
        emoji: String,
    },
    Change {
        target: String,
        /// We wrote the target.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        ours: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        author: Option<Address>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_admin: bool,
    },
    /// The protobuf field's name; never shown.
    Other {
        kind: String,
    },
    /// As the client reads it.
    #[serde(untagged)]
    Card(Card),
}

/// A media file as the message describes it. Its key is stored beside it, sealed.
#[derive(Clone, PartialEq, Debug)]
pub struct MediaInfo {
    pub mime: String,
    pub file_name: Option<String>,
    pub seconds: Option<u32>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// Size in bytes, decrypted.
    pub size: Option<u64>,
    /// A small JPEG sent inside the message.
    pub thumbnail: Option<Vec<u8>>,
    /// Of a voice note: 64 bytes from 0 to 100.
    pub waveform: Option<Vec<u8>>,
    /// Its file, if it can have one.
    pub file: Option<FileInfo>,
}

/// What a message shows of its file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileInfo {
    pub id: PublicId,
    pub state: FileState,
    pub why: Option<Why>,
    /// By its content, once it is here.
    pub mime: String,
    pub has_thumbnail: bool,
}

#[derive(Clone, Debug)]
pub struct Message {
    pub id: MessageId,
    pub public_id: PublicId,
    pub chat: PublicId,
    /// Its sender has to be named.
    pub in_group: bool,
    pub wa_id: String,
    pub from_me: bool,
    /// `None` for our own.
    pub sender: Option<Sender>,
    pub kind: Kind,
    pub origin: Origin,
    pub status: Status,
    pub failure: Option<Failure>,
    /// The plan's daily limit holds it until then.
    pub held_until: Option<UnixMs>,
    /// It is on its way out, but not before something happens.
    pub waits: Option<Waits>,
    /// WhatsApp has it, and nobody got it for longer than the workspace waits.
    pub unreached: bool,
    pub at: UnixMs,
    pub unread: bool,
    pub body: Option<String>,
    pub detail: Option<Detail>,
    pub media: Option<MediaInfo>,
    pub context: Context,
    /// The WhatsApp id of the album that it is a picture of.
    pub album: Option<String>,
    pub quoted: Option<Quoted>,
    /// It shows in the thread: what changes another message does not, nor does a picture that was replaced.
    pub shown: bool,
    /// When it was edited last; of a live location, when it moved last.
    pub edited_at: Option<UnixMs>,
    /// The last edit cannot be opened here: the words are those from before it.
    pub edited_elsewhere: bool,
    /// Deleted by its sender; the body is no longer shown.
    pub deleted: bool,
    /// Kept although the conversation's messages disappear.
    pub kept: bool,
    pub reactions: Vec<Reaction>,
    /// To a poll or an event, oldest first.
    pub answers: Vec<Answered>,
    /// The last change of ours that was not sent.
    pub failed_change: Option<FailedChange>,
    /// Of our own in a group.
    pub receipts: Option<Receipts>,
    /// Who is mentioned, or part of a line.
    pub people: Vec<Person>,
}

impl Message {
    /// Whether it has words of its own that can be changed: a text, or a file with a caption.
    #[must_use]
    pub const fn is_editable(&self) -> bool {
        matches!(self.kind, Kind::Text)
            || (matches!(self.kind, Kind::Image | Kind::Video | Kind::Gif | Kind::Document) && !self.context.view_once)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    pub contact: ContactId,
    pub name: Option<String>,
    pub phone: Option<String>,
}

/// Somebody whom a message names by an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub address: Address,
    /// Our own account.
    pub ours: bool,
    pub name: Option<String>,
    /// Digits of E.164 without the plus.
    pub phone: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Quoted {
    /// The message itself, where it is in the conversation.
    pub message: Option<PublicId>,
    pub from_me: bool,
    pub sender: Option<Sender>,
    pub kind: Kind,
    pub body: Option<String>,
    /// An answer to a status.
    pub status: bool,
    pub deleted: bool,
    pub view_once: bool,
}

/// The answered message as it was said with the answer; stored as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::chats) struct StoredQuote {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ours: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<Address>,
    pub kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub status: bool,
}

/// What somebody said to a poll or an event; stored as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The SHA-256 of each chosen option, in hex.
    Vote(Vec<String>),
    Event {
        reply: Reply,
        #[serde(default)]
        guests: u32,
    },
}

crate::words!(
    pub enum Reply {
        Going = "going",
        NotGoing = "not_going",
        Maybe = "maybe",
    }
);

impl From<EventAnswer> for Reply {
    fn from(answer: EventAnswer) -> Self {
        match answer {
            EventAnswer::Going => Self::Going,
            EventAnswer::NotGoing => Self::NotGoing,
            EventAnswer::Maybe => Self::Maybe,
        }
    }
}

/// An answer and who gave it.
#[derive(Clone, Debug)]
pub struct Answered {
    /// `None`: our own account.
    pub sender: Option<Sender>,
    pub answer: Answer,
}

/// How many members of a group have a message of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Receipts {
    /// Those who have read it included.
    pub delivered: u32,
    pub read: u32,
}

/// What became of a message of ours at one member of a group.
#[derive(Clone, Debug)]
pub struct ReceiptOf {
    pub member: Person,
    pub status: Status,
    pub at: UnixMs,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    pub emoji: String,
    pub count: u32,
    /// Our own account is among those who reacted this way.
    pub mine: bool,
    /// The others, as far as they have names.
    pub by: Vec<String>,
}

/// A message of ours, to be written before it is sent.
#[derive(Clone)]
pub struct MessageDraft {
    pub chat: ChatRef,
    pub wa_id: String,
    pub content: OutgoingContent,
    pub context: OutgoingContext,
    /// The file of a media message.
    pub file: Option<FileId>,
    /// The message that it changes.
    pub changes: Option<MessageId>,
    pub author: Option<UserId>,
}

impl MessageDraft {
    /// Whether its words say everything.
    pub(in crate::chats) fn is_plain(&self) -> bool {
        matches!(self.content, OutgoingContent::Text { .. }) && self.context == OutgoingContext::default()
    }

    /// Whether it changes another message instead of being one.
    #[must_use]
    pub const fn is_change(&self) -> bool {
        self.changes.is_some()
    }
}

/// An edit, deletion, reaction or vote of ours that did not reach WhatsApp; here it shows all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedChange {
    pub message: PublicId,
    pub kind: Kind,
    pub failure: Option<Failure>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_kinds_and_statuses_are_unique() {
        let kinds: std::collections::BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        assert_eq!(kinds.len(), Kind::ALL.len());
        let statuses: std::collections::BTreeSet<_> = Status::ALL.iter().map(|status| status.word()).collect();
        assert_eq!(statuses.len(), Status::ALL.len());
    }

    #[test]
    fn details_of_earlier_releases_are_read() {
        let read = |json: &str| serde_json::from_str::<Detail>(json).unwrap();
        assert_eq!(
            read(r#"{"change":{"target":"A"}}"#),
            Detail::Change {
                target: "A".into(),
                ours: false,
                author: None,
                by_admin: false,
            }
        );
        let place = read(r#"{"location":{"latitude":1.5,"longitude":2.5}}"#);
        assert!(matches!(place, Detail::Card(Card::Location { address: None, .. })));
        let poll = read(r#"{"poll":{"options":["a"]}}"#);
        assert!(matches!(poll, Detail::Card(Card::Poll { choices: 0, .. })));
    }
}
