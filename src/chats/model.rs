//! Chats, messages and what pages show of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use wa_client::Card;

use crate::accounts::Forbidden;
use crate::clock::UnixMs;
use crate::db::DbError;
use crate::i18n::Text;
use crate::ids::{ChatId, ContactId, MalformedId, MessageId, PublicId, SessionId, UserId, WorkspaceId};
use crate::media::{FileState, Why};

crate::words!(
    pub enum ChatKind {
        Direct = "direct",
        Group = "group",
        /// A broadcast list, a newsletter, status: read only.
        Other = "other",
    }
);

crate::words!(
    /// What a message is. The last kinds are stored, but show on their target or not at all.
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

impl From<&Card> for Kind {
    fn from(card: &Card) -> Self {
        match card {
            Card::Location { .. } => Self::Location,
            Card::Contact { .. } => Self::Contact,
            Card::Poll { .. } => Self::Poll,
        }
    }
}

impl Kind {
    /// Whether it shows as a message in the thread.
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
    },
    /// The protobuf field's name.
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
    pub at: UnixMs,
    pub unread: bool,
    pub body: Option<String>,
    pub detail: Option<Detail>,
    pub media: Option<MediaInfo>,
    pub quoted: Option<Quoted>,
    pub edited: bool,
    /// Deleted by its sender; the body is no longer shown.
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
    /// Our own account is among those who reacted this way.
    pub mine: bool,
}

/// Filters of the list of chats.
#[derive(Clone, Debug, Default)]
pub struct ChatFilter {
    /// Part of a name or number.
    pub search: Option<String>,
    pub unread: bool,
    pub session: Option<PublicId>,
}

/// The cursor of the list. Its text form goes into addresses.
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

/// Which part of a thread to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Window {
    #[default]
    Latest,
    /// Messages before this one.
    Before(PublicId),
    /// Messages after this one.
    After(PublicId),
    /// This message, with those before and after it.
    Around(PublicId),
}

#[derive(Clone, Debug)]
pub struct ThreadPage {
    /// Oldest first.
    pub messages: Vec<Message>,
    /// Pass it to [`Window::Before`] for more.
    pub older: Option<PublicId>,
    /// Pass it to [`Window::After`] for more.
    pub newer: Option<PublicId>,
    /// The first message that nobody here has read.
    pub first_unread: Option<PublicId>,
}

/// A number's message counts since a given time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Traffic {
    pub session: PublicId,
    pub received: u64,
    /// Our messages that WhatsApp has, from here and from the phone.
    pub sent: u64,
    /// The newest message, whenever it was.
    pub last_at: Option<UnixMs>,
}

/// A hit of the search over all messages.
#[derive(Clone, Debug)]
pub struct Found {
    pub message: Message,
    pub chat: Chat,
}

/// Narrows a search over messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageFilter {
    pub session: Option<PublicId>,
    pub from: Option<Author>,
    /// Any of these; empty for all.
    pub kinds: Vec<Kind>,
    pub since: Option<UnixMs>,
    /// Exclusive.
    pub until: Option<UnixMs>,
    /// Only those that were stored before this message: the next page.
    pub before: Option<PublicId>,
}

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    Us,
    Others,
    Contact(PublicId),
}

/// Rows from before that cannot be found yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    pub left: u64,
    pub total: u64,
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

/// Why a chat operation failed; each says what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text())]
pub enum ChatError {
    NotFound,
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Db(DbError),
}

impl ChatError {
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::NotFound => Text::new("chats-not-found"),
            Self::Forbidden(forbidden) => forbidden.text(),
            Self::Db(_) => Text::internal(),
        }
    }
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
    fn origins_and_statuses_match_the_schema() {
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
    fn both_kinds_match_the_schema() {
        assert_eq!(
            words_in("kind"),
            ChatKind::ALL.iter().map(|w| w.word()).collect::<Vec<_>>()
        );
        let dir = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap();
        let migrations = dir.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        let sql = migrations.collect::<String>();
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
