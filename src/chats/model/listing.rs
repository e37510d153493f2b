//! What lists, threads and searches are asked for, and what they give.

use std::fmt;
use std::str::FromStr;

use super::{Chat, Message};
use crate::chats::handling::Shelf;
use crate::chats::kind::Kind;
use crate::clock::UnixMs;
use crate::ids::{MalformedId, PublicId};

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
    pub chat: Option<PublicId>,
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

#[cfg(test)]
mod tests {
    use super::*;

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
