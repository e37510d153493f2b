//! What a chat and a message are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::accounts::Forbidden;
use crate::clock::UnixMs;
use crate::db::DbError;
use crate::ids::{ChatId, ContactId, MalformedId, MessageId, PublicId, SessionId, UserId, WorkspaceId};

crate::words!(
    pub enum ChatKind {
        Direct = "direct",
        Group = "group",
        /// A broadcast list, a newsletter, status: read only.
        Other = "other",
    }
);

crate::words!(
    /// What a message is. The last ones are kept, but show on their target or not at all.
    pub enum Kind {
        Text = "text",
        Image = "image",
        Video = "video",
        Voice = "voice",
        Audio = "audio",
        Document = "document",
        Sticker = "sticker",
        Location = "location",
        Contact = "contact",
        Poll = "poll",
        Reaction = "reaction",
        Edit = "edit",
        Delete = "delete",
        Undecryptable = "undecryptable",
        Protocol = "protocol",
        Other = "other",
    }
);

impl Kind {
    /// Whether it has a place of its own in the thread.
    #[must_use]
    pub const fn is_shown(self) -> bool {
        !matches!(self, Self::Reaction | Self::Edit | Self::Delete | Self::Protocol)
    }

    #[must_use]
    pub const fn is_media(self) -> bool {
        matches!(
            self,
            Self::Image | Self::Video | Self::Voice | Self::Audio | Self::Document | Self::Sticker
        )
    }
}

crate::words!(
    /// Who or what wrote a message.
    pub enum Origin {
        Contact = "contact",
        /// Our own account, on the phone or another linked device.
        Phone = "phone",
        /// Our own account, from here.
        App = "app",
    }
);

crate::words!(
    /// How far a message got.
    pub enum Status {
        /// Theirs.
        Received = "received",
        /// In the outbox.
        Pending = "pending",
        /// WhatsApp has it.
        Sent = "sent",
        Delivered = "delivered",
        Read = "read",
        Played = "played",
        /// It did not go out; see [`Failure`].
        Failed = "failed",
    }
);

impl Status {
    /// A status is replaced only by one of a higher rank. A failed message can still turn out to be sent: the refusal
    /// and a late acknowledgement of an earlier try may cross.
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
    /// Why a message of ours did not go out. The words are keys of the texts shown to people: `message-failure-…`.
    pub enum Failure {
        NotOnWhatsApp = "not_on_whatsapp",
        /// The server calls the message invalid.
        Invalid = "invalid",
        /// The server refuses it for another reason.
        Refused = "refused",
        /// Tried for too long.
        Expired = "expired",
        Cancelled = "cancelled",
        /// The number was logged out or deleted.
        NotLinked = "not_linked",
        /// It waited in a backup that was restored, so it may have gone out already: a person decides.
        Restored = "restored",
    }
);

/// What a kind has beyond its body; stored as JSON.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    Location {
        latitude: f64,
        longitude: f64,
    },
    Contact {
        vcard: String,
    },
    Poll {
        options: Vec<String>,
    },
    Reaction {
        target: String,
        emoji: String,
    },
    Change {
        target: String,
    },
    /// The protobuf field's name.
    Other {
        kind: String,
    },
}

/// A media file as the message describes it. How to open it is kept beside, sealed.
#[derive(Clone, PartialEq, Debug)]
pub struct MediaInfo {
    pub mime: String,
    pub file_name: Option<String>,
    pub seconds: Option<u32>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// Plain size in bytes.
    pub size: Option<u64>,
    /// A small JPEG that travelled inside the message.
    pub thumbnail: Option<Vec<u8>>,
}

/// A conversation, as the list shows it.
#[derive(Clone, Debug)]
pub struct Chat {
    pub id: ChatId,
    pub public_id: PublicId,
    pub session: PublicId,
    pub session_name: String,
    pub kind: ChatKind,
    /// The contact's or group's name; `None` leaves the phone number.
    pub title: Option<String>,
    /// Digits of E.164 without the plus, where known.
    pub phone: Option<String>,
    pub contact: Option<PublicId>,
    pub unread: u32,
    pub last: Option<Preview>,
    pub last_at: UnixMs,
}

/// The newest message in one line.
#[derive(Clone, Debug)]
pub struct Preview {
    pub kind: Kind,
    pub from_me: bool,
    pub origin: Origin,
    pub status: Status,
    pub body: Option<String>,
    pub deleted: bool,
    /// For a voice note, a video or a song.
    pub seconds: Option<u32>,
    pub file_name: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Message {
    pub id: MessageId,
    pub public_id: PublicId,
    pub chat: PublicId,
    /// Its writer has to be named.
    pub in_group: bool,
    pub wa_id: String,
    pub from_me: bool,
    /// `None` for our own.
    pub sender: Option<Sender>,
    pub kind: Kind,
    pub origin: Origin,
    pub status: Status,
    pub failure: Option<Failure>,
    /// It waits until then because the day's limit of the plan is reached.
    pub held_until: Option<UnixMs>,
    pub at: UnixMs,
    pub unread: bool,
    pub body: Option<String>,
    pub detail: Option<Detail>,
    pub media: Option<MediaInfo>,
    pub quoted: Option<Quoted>,
    pub edited: bool,
    /// Taken back by its writer; what it said is no longer shown.
    pub deleted: bool,
    pub reactions: Vec<Reaction>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    pub contact: ContactId,
    pub name: Option<String>,
    pub phone: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Quoted {
    pub from_me: bool,
    pub sender: Option<Sender>,
    pub kind: Kind,
    pub body: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    pub emoji: String,
    pub count: u32,
    /// We are among those who reacted so.
    pub mine: bool,
}

/// What the list of chats is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct ChatFilter {
    /// Part of a name or number.
    pub search: Option<String>,
    pub unread: bool,
    pub session: Option<PublicId>,
}

/// Where a page of the list ends. Its text form goes into addresses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChatCursor {
    pub at: UnixMs,
    pub chat: PublicId,
}

impl fmt::Display for ChatCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.0, self.chat)
    }
}

impl FromStr for ChatCursor {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        let (at, chat) = text.split_once('.').ok_or(MalformedId)?;
        Ok(Self {
            at: UnixMs(at.parse().map_err(|_| MalformedId)?),
            chat: chat.parse()?,
        })
    }
}

#[derive(Clone, Debug)]
pub struct ChatPage {
    /// Newest first.
    pub chats: Vec<Chat>,
    pub next: Option<ChatCursor>,
}

/// Which part of a thread to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Window {
    #[default]
    Latest,
    /// What was said before this message.
    Before(PublicId),
    /// What was said after this message.
    After(PublicId),
}

#[derive(Clone, Debug)]
pub struct ThreadPage {
    /// Oldest first.
    pub messages: Vec<Message>,
    /// Ask [`Window::Before`] with it for more.
    pub older: Option<PublicId>,
    /// Ask [`Window::After`] with it for more.
    pub newer: Option<PublicId>,
    /// The first one that nobody here has seen.
    pub first_unread: Option<PublicId>,
}

/// What went over a number since a moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Traffic {
    pub session: PublicId,
    pub received: u64,
    /// Ours that WhatsApp has, from here and from the phone.
    pub sent: u64,
    /// The newest message of all times.
    pub last_at: Option<UnixMs>,
}

/// A hit of the search over all messages.
#[derive(Clone, Debug)]
pub struct Found {
    pub message: Message,
    pub chat: Chat,
}

/// A message of ours, to be written before it is sent.
#[derive(Clone, Debug)]
pub struct MessageDraft {
    pub workspace: WorkspaceId,
    pub session: SessionId,
    pub chat: ChatId,
    pub wa_id: String,
    pub body: String,
    pub author: Option<UserId>,
}

/// Why something could not be done with a chat; each says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    #[error("There is no such chat or message in this workspace.")]
    NotFound,
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Db(DbError),
}

impl From<DbError> for ChatError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::NotFound => Self::NotFound,
            other => Self::Db(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words_in(column: &str) -> Vec<String> {
        let sql = include_str!("../../migrations/V005__chats.sql");
        let list = sql
            .split_once(&format!("CHECK ({column} IN ("))
            .unwrap()
            .1
            .split_once("))")
            .unwrap()
            .0;
        list.split(',')
            .map(|word| word.trim().trim_matches('\'').to_owned())
            .collect()
    }

    #[test]
    fn the_words_of_origin_and_status_are_the_words_of_the_table() {
        assert_eq!(
            words_in("origin"),
            Origin::ALL.iter().map(|w| w.word()).collect::<Vec<_>>()
        );
        assert_eq!(
            words_in("status"),
            Status::ALL.iter().map(|w| w.word()).collect::<Vec<_>>()
        );
    }

    #[test]
    fn the_words_of_both_kinds_are_the_words_of_their_tables() {
        assert_eq!(
            words_in("kind"),
            ChatKind::ALL.iter().map(|w| w.word()).collect::<Vec<_>>()
        );
        let sql = include_str!("../../migrations/V005__chats.sql");
        for kind in Kind::ALL {
            assert!(sql.contains(&format!("'{kind}'")), "{kind}");
        }
    }

    #[test]
    fn a_cursor_round_trips() {
        let cursor = ChatCursor {
            at: UnixMs(17),
            chat: PublicId::new("chat"),
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        assert!("17".parse::<ChatCursor>().is_err());
    }
}
