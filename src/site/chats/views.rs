//! Views of the inbox. Templates add no rules of their own.

use askama::Template;

use super::results::SearchResults;
use crate::i18n::{Stamp, T};
use crate::site::plans::views::LimitNotice;
use crate::site::sessions::views::SendingNote;
use crate::web::filters;
use crate::web::layout::{Avatar, PageFrame};
use crate::web::views::{Badge, fragments};

fragments!(
    ChatRow,
    ChatList,
    Preview,
    MessageView,
    DayView,
    Tick,
    Thread,
    Composer,
    TypingLine
);

/// `GET /chats` and `GET /chats/{id}`: the list, and the open conversation beside it.
#[derive(Template)]
#[template(path = "chats/index.html", blocks = ["main"])]
pub struct ChatsPage {
    pub frame: PageFrame,
    pub list: ChatList,
    /// The search text, as typed.
    pub query: String,
    /// The filter's word in the address; empty for all.
    pub filter: String,
    pub chips: Vec<FilterChip>,
    pub thread: Option<Thread>,
    /// No number is linked yet: the page explains the first steps.
    pub nothing_linked: bool,
}

/// A filter; it is a link, so that reloading and sharing work.
#[derive(Clone, Debug)]
pub struct FilterChip {
    pub label: String,
    pub href: String,
    pub chosen: bool,
    /// Kept up to date by the live stream.
    pub count: Option<Badge>,
}

/// The rows of the list; also the reply to a search and to `chats-changed`.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_list.html")]
pub struct ChatList {
    pub t: T,
    /// The address of this list, with its filter; the search field adds its text.
    pub href: String,
    pub rows: Vec<ChatRow>,
    /// What was searched for, in place of the rows.
    pub results: Option<SearchResults>,
    /// Address of the next rows.
    pub more: Option<String>,
    /// Whether a filter is active: an empty list then shows another text.
    pub filtered: bool,
}

/// Further rows, replacing the link that requested them.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_rows.html")]
pub struct MoreRows {
    pub t: T,
    pub rows: Vec<ChatRow>,
    pub more: Option<String>,
}

#[derive(Template, Clone, Debug)]
#[template(path = "chats/_row.html")]
pub struct ChatRow {
    pub t: T,
    pub id: String,
    pub href: String,
    pub name: String,
    pub avatar: Avatar,
    pub preview: Preview,
    pub at: Stamp,
    pub unread: u64,
    pub current: bool,
    /// The linked number it uses, if the workspace has several.
    pub via: Option<String>,
}

/// The newest message in one line, or that somebody is typing.
#[derive(Template, Clone, Debug, Default)]
#[template(path = "chats/_preview.html")]
pub struct Preview {
    /// The row's id.
    pub id: String,
    /// `typing…` or `recording…`, instead of the rest.
    pub typing: Option<String>,
    pub tick: Option<Tick>,
    /// For a message that is not text.
    pub icon: Option<&'static str>,
    pub text: String,
}

/// A message's delivery status, as an icon with a label.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_tick.html")]
pub struct Tick {
    /// The status as stored: queued, sending, sent, delivered, read, played, failed.
    pub status: &'static str,
    pub label: String,
}

impl Tick {
    /// The tick of a stored status word.
    #[must_use]
    pub fn of(t: T, status: &'static str) -> Self {
        let key = match status {
            "sent" => "tick-sent",
            "delivered" => "tick-delivered",
            "read" => "tick-read",
            "played" => "tick-played",
            "failed" => "tick-failed",
            _ => "tick-queued",
        };
        Self {
            status,
            label: t.get(key),
        }
    }

    #[must_use]
    pub fn picture(&self) -> &'static str {
        match self.status {
            "sent" => "check",
            "delivered" | "read" | "played" => "check-check",
            "failed" => "circle-alert",
            _ => "clock",
        }
    }
}

/// The open conversation.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_thread.html")]
pub struct Thread {
    pub t: T,
    pub id: String,
    pub name: String,
    pub avatar: Avatar,
    /// Phone number or members, and the linked number.
    pub line: String,
    /// Opening it marks it as read, except for guests.
    pub reads: bool,
    /// Address of the messages before the first one shown.
    pub older: Option<String>,
    /// Address of those after the last one shown. Live updates go to the end, so they wait until it is shown.
    pub newer: Option<String>,
    pub items: Vec<Item>,
    pub composer: Composer,
}

/// Older messages, replacing the link that requested them.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_older.html")]
pub struct Older {
    pub t: T,
    pub older: Option<String>,
    pub items: Vec<Item>,
}

/// The elements of a thread, from top to bottom.
#[derive(Clone, Debug)]
pub enum Item {
    Day(DayView),
    /// Everything below is unread.
    NewLine,
    Message(Box<MessageView>),
}

/// A day heading. Its id keeps a live update from showing it twice.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_day.html")]
pub struct DayView {
    pub chat: String,
    /// `2026-11-24`.
    pub date: String,
    pub label: String,
}

#[derive(Template, Clone, Debug)]
#[template(path = "chats/_message.html")]
pub struct MessageView {
    pub t: T,
    pub id: String,
    pub from_me: bool,
    /// The sender, for grouping: never shown.
    pub by: String,
    /// Name above the text, in groups.
    pub sender: Option<String>,
    /// Follows a message of the same sender within five minutes.
    pub joined: bool,
    pub quote: Option<Quote>,
    pub body: Body,
    pub edited: bool,
    pub reactions: Vec<Reaction>,
    pub at: Stamp,
    /// `None` for inbound messages.
    pub tick: Option<Tick>,
    pub failure: Option<Failure>,
    /// A note that the daily limit holds it, and until when.
    pub held: Option<String>,
    /// The message that was searched for.
    pub found: bool,
}

/// A new message for the end of a conversation, with its day heading, which the page drops if it has it.
#[derive(Template, Clone, Debug)]
#[template(source = "{{ day }}{{ message }}", ext = "html")]
pub struct Arrival {
    pub day: DayView,
    pub message: MessageView,
}

/// A text beyond these is taller than the style sheet's limit on any screen.
const LONG_CHARS: usize = 1500;
const LONG_BYTES: usize = LONG_CHARS;
const LONG_LINES: usize = 24;

impl MessageView {
    /// Whether the time needs a separate line below the body.
    #[must_use]
    pub fn is_block(&self) -> bool {
        !matches!(&self.body, Body::Text(_))
    }

    /// Whether the text fills screens: it is truncated until it is expanded.
    #[must_use]
    pub fn is_long(&self) -> bool {
        let Body::Text(text) = &self.body else { return false };
        text.len() > LONG_BYTES && text.chars().count() > LONG_CHARS || text.lines().count() > LONG_LINES
    }
}

/// A message's content by kind.
#[derive(Clone, Debug)]
pub enum Body {
    Text(String),
    Attachment(Attachment),
    Poll {
        question: String,
        options: Vec<String>,
    },
    /// Deleted, not yet readable, or of an unsupported kind.
    Lost {
        icon: &'static str,
        text: String,
    },
}

/// A photo, voice note, document, place, contact: an icon, a name, and details.
#[derive(Clone, Debug, Default)]
pub struct Attachment {
    pub icon: &'static str,
    pub title: String,
    pub detail: String,
    pub caption: Option<String>,
    /// `data:image/jpeg;base64,…` of the thumbnail inside the message.
    pub picture: Option<String>,
    /// A voice note: a wave replaces the detail line.
    pub wave: bool,
    /// Its file, where it can have one.
    pub file: Option<FileView>,
}

/// A message's file, as its bubble shows it.
#[derive(Clone, Debug)]
pub enum FileView {
    /// `small` may be the whole one.
    Picture {
        href: String,
        small: String,
    },
    Sound {
        href: String,
    },
    Video {
        href: String,
    },
    Download {
        href: String,
        label: String,
    },
    /// Not here; `get` is the button that gets it, if anything does.
    Missing {
        text: String,
        get: Option<(String, String)>,
    },
}

#[derive(Clone, Debug)]
pub struct Quote {
    pub name: String,
    pub text: String,
}

#[derive(Clone, Debug)]
pub struct Reaction {
    pub emoji: String,
    pub count: u64,
    pub label: String,
}

/// Why a message was not sent, and what can be done.
#[derive(Clone, Debug)]
pub struct Failure {
    pub why: String,
    pub can_retry: bool,
}

/// The composer, or why there is none.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_composer.html")]
pub struct Composer {
    pub t: T,
    pub chat: String,
    pub text: String,
    pub error: Option<String>,
    pub off: Option<Off>,
    /// The note above the field while messages have to wait.
    pub note: SendingNote,
    /// The daily limit is reached: new messages wait.
    pub limit: Option<LimitNotice>,
    /// The end of the conversation is shown, so new messages are added there.
    pub at_end: bool,
    /// For the form without JavaScript.
    pub csrf: String,
}

/// Why nothing can be sent, and the link that helps.
#[derive(Clone, Debug)]
pub struct Off {
    pub reason: String,
    pub help: Option<(String, String)>,
}

/// The line under the name: who is typing, or the number.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_typing.html")]
pub struct TypingLine {
    pub chat: String,
    pub line: String,
    /// `typing…` or `recording…`.
    pub typing: Option<String>,
}

impl Thread {
    #[must_use]
    pub fn typing_line(&self) -> TypingLine {
        TypingLine {
            chat: self.id.clone(),
            line: self.line.clone(),
            typing: None,
        }
    }
}
