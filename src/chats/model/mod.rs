//! Chats, messages and what pages show of them.

mod listing;
mod message;

pub use self::listing::{Author, Backlog, ChatCursor, ChatFilter, Found, MessageFilter, ThreadPage, Window};
pub(in crate::chats) use self::message::StoredQuote;
pub use self::message::{
    Answer, Answered, Detail, FailedChange, Failure, FileInfo, MediaInfo, Message, MessageDraft, Origin, Person,
    Quoted, Reaction, ReceiptOf, Receipts, Reply, Sender, Status,
};
use super::handling::Handled;
pub(super) use super::kind::Kind;
pub(super) use super::standing::{Shown, Standing, UNREACHED, Waits};
use crate::accounts::Forbidden;
use crate::clock::UnixMs;
use crate::db::DbError;
use crate::i18n::Text;
use crate::ids::{ChatId, PublicId, TimeCursor, UserId};

crate::words!(
    pub enum ChatKind {
        Direct = "direct",
        Group = "group",
        /// A broadcast list, a newsletter, status: read only.
        Other = "other",
    }
);

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

crate::words!(
    /// Why a scheduled message did not go out at its time.
    pub enum Unsent {
        NotLinked = "not_linked",
        ReadOnly = "read_only",
        /// It waited in a backup that was restored.
        Restored = "restored",
        /// A file of it, or the message that it answers, is gone.
        Unfit = "unfit",
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
    /// Of several files the first one's.
    pub kind: Kind,
    /// Of a text or of files the words that can be changed; of anything else what stands for it.
    pub body: String,
    /// Its files.
    pub files: Vec<PublicId>,
    /// JSON of what is more than a plain text; its sender knows it.
    pub content: Option<String>,
    pub due_at: UnixMs,
    /// A person decides.
    pub failure: Option<Unsent>,
}

impl Scheduled {
    #[must_use]
    pub fn place(&self) -> TimeCursor {
        TimeCursor {
            at: self.due_at,
            id: self.id.clone(),
        }
    }

    /// Whether its words can be changed; the other kinds have a form of their own.
    #[must_use]
    pub const fn has_words(&self) -> bool {
        matches!(
            self.kind,
            Kind::Text | Kind::Image | Kind::Video | Kind::Gif | Kind::Document
        )
    }
}

/// A message at the top of its conversation.
#[derive(Clone, Debug)]
pub struct Pinned {
    pub message: Message,
    pub until: Option<UnixMs>,
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

crate::from_db!(ChatError);

#[cfg(test)]
mod tests {
    use super::*;

    fn words_in(column: &str) -> Vec<String> {
        let sql = include_str!("../../../migrations/V005__chats.sql");
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
}
