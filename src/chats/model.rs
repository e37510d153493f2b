//! Chats, messages and what pages show of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use wa_client::{Address, Card, Context, EventAnswer, OutgoingContent, OutgoingContext};

use super::handling::{Handled, Shelf};
pub(super) use super::kind::Kind;
pub(super) use super::standing::{Standing, UNREACHED, Waits};
use super::store::ChatRef;
use crate::accounts::Forbidden;
use crate::clock::UnixMs;
use crate::db::DbError;
use crate::i18n::Text;
use crate::ids::{ChatId, ContactId, MalformedId, MessageId, PublicId, UserId};
use crate::media::{FileId, FileState, Why};

crate::words!(
    pub enum ChatKind {
        Direct = "direct",
        Group = "group",
        /// A broadcast list, a newsletter, status: read only.
        Other = "other",
    }
);

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
    /// The conversation's messages disappear after these seconds.
    pub expires_after: Option<u32>,
    pub handled: Handled,
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
    /// Of a notice and of a line.
    pub detail: Option<Detail>,
    /// Of a line; `None` for our own.
    pub sender: Option<Sender>,
    pub view_once: bool,
    /// Who is mentioned in the words.
    pub people: Vec<Person>,
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

/// A message at the top of its conversation.
#[derive(Clone, Debug)]
pub struct Pinned {
    pub message: Message,
    pub until: Option<UnixMs>,
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

/// Filters of the list of chats.
#[derive(Clone, Debug, Default)]
pub struct ChatFilter {
    /// Part of a name or number.
    pub search: Option<String>,
    pub unread: bool,
    pub session: Option<PublicId>,
    /// Only those with this label.
    pub label: Option<PublicId>,
    /// Whose chats, and in which state; `None` for all there are.
    pub shelf: Option<Shelf>,
}

impl ChatFilter {
    /// Whether pinned chats come first: on a shelf that nothing else narrows.
    pub(in crate::chats) fn pinned_first(&self) -> bool {
        let narrowed = self.search.is_some() || self.unread || self.session.is_some() || self.label.is_some();
        self.shelf.is_some() && !narrowed
    }
}

/// The cursor of the list. Its text form goes into addresses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChatCursor {
    pub pinned: bool,
    pub at: UnixMs,
    pub chat: PublicId,
}

impl fmt::Display for ChatCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pinned = if self.pinned { "p" } else { "" };
        write!(f, "{pinned}{}.{}", self.at.0, self.chat)
    }
}

impl FromStr for ChatCursor {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        let (at, chat) = text.split_once('.').ok_or(MalformedId)?;
        let (pinned, at) = at.strip_prefix('p').map_or((false, at), |at| (true, at));
        Ok(Self {
            pinned,
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

crate::words!(
    /// Why a scheduled message did not go out at its time.
    pub enum Unsent {
        NotLinked = "not_linked",
        ReadOnly = "read_only",
        /// It waited in a backup that was restored.
        Restored = "restored",
    }
);

/// A message that was written for later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheduled {
    pub id: PublicId,
    pub chat: PublicId,
    /// The chat's name.
    pub to: Option<String>,
    /// Digits of E.164 without the plus, where the chat's address is a phone number.
    pub phone: Option<String>,
    /// The name of whoever wrote it; `None` once they are gone.
    pub author: Option<String>,
    pub by: Option<UserId>,
    pub body: String,
    pub due_at: UnixMs,
    /// A person decides.
    pub failure: Option<Unsent>,
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
}

/// An edit, deletion, reaction or vote of ours that did not reach WhatsApp; here it shows all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedChange {
    pub message: PublicId,
    pub kind: Kind,
    pub failure: Option<Failure>,
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
    fn origins_and_kinds_of_chats_match_the_schema() {
        assert_eq!(
            words_in("origin"),
            Origin::ALL.iter().map(|w| w.word()).collect::<Vec<_>>()
        );
        assert_eq!(
            words_in("kind"),
            ChatKind::ALL.iter().map(|w| w.word()).collect::<Vec<_>>()
        );
    }

    #[test]
    fn reasons_of_unsent_messages_match_the_schema() {
        let sql = include_str!("../../migrations/V034__scheduled.sql");
        let words: Vec<_> = Unsent::ALL.iter().map(|word| format!("'{word}'")).collect();
        assert!(sql.contains(&format!("CHECK (failure IN ({}))", words.join(", "))));
    }

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

    #[test]
    fn a_cursor_round_trips() {
        for pinned in [false, true] {
            let cursor = ChatCursor {
                pinned,
                at: UnixMs(17),
                chat: PublicId::new("chat"),
            };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        assert!("17".parse::<ChatCursor>().is_err());
    }
}
