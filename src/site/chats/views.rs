//! Views of the inbox. Templates add no rules of their own.

use askama::Template;

use super::beginning::NewChat;
pub use super::composer_views::{Composer, Off, TrayFile};
use super::handling::bar::HandlingBar;
use super::handling::notes::NoteView;
use super::handling::panel::Panel;
use super::handling::tabs::Tabs;
use super::history::Beginning;
pub use super::list_views::{ChatList, ChatRow, FilterChip, ListAndTabs, MoreRows};
use super::rich::{Mention, Rich, rich};
use super::schedule::ScheduledInChat;
use crate::i18n::{Stamp, T};
use crate::ids::PublicId;
use crate::web::filters;
use crate::web::layout::{Avatar, PageFrame};
use crate::web::views::fragments;

fragments!(
    OlderLink,
    Preview,
    MessageView,
    DayView,
    Tick,
    Thread,
    TypingLine,
    AnsweringLine,
    PinBar
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
    /// Whose chats and in which state, as fields of the search.
    pub shelf: [(&'static str, &'static str); 2],
    pub tabs: Tabs,
    pub thread: Option<Thread>,
    /// Beside the thread.
    pub panel: Option<Panel>,
    /// `None` for a guest.
    pub new_chat: Option<NewChat>,
    /// No number is linked yet: the page explains the first steps.
    pub nothing_linked: bool,
}

/// The newest message in one line, or that somebody is typing.
#[derive(Template, Clone, Debug, Default)]
#[template(path = "chats/_preview.html")]
pub struct Preview {
    pub t: T,
    /// The row's id.
    pub id: String,
    /// `typing…` or `recording…`, instead of the rest.
    pub typing: Option<String>,
    /// What the reader has begun to write, before all else.
    pub draft: Option<String>,
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
    pub handling: HandlingBar,
    pub pins: PinBar,
    /// To the messages before the first one shown.
    pub older: Option<OlderLink>,
    /// Where the first message there is shows.
    pub beginning: Option<Beginning>,
    /// Address of those after the last one shown. Live updates go to the end, so they wait until it is shown.
    pub newer: Option<String>,
    pub items: Vec<Item>,
    /// What was written for later.
    pub scheduled: ScheduledInChat,
    pub composer: Composer,
}

/// What is pinned, above the messages.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_pins.html")]
pub struct PinBar {
    pub t: T,
    pub chat: String,
    pub pins: Vec<PinView>,
}

#[derive(Clone, Debug)]
pub struct PinView {
    pub href: String,
    pub text: String,
    /// Until when.
    pub until: Option<String>,
}

/// Replaced by the messages before the first one shown, once it comes into view.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_older_link.html")]
pub struct OlderLink {
    t: T,
    href: String,
}

impl OlderLink {
    pub(super) fn before(t: T, chat: &PublicId, first: &PublicId) -> Self {
        let href = format!("/chats/{chat}?before={first}");
        Self { t, href }
    }
}

/// Older messages, replacing the link that requested them.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_older.html")]
pub struct Older {
    pub t: T,
    pub older: Option<OlderLink>,
    pub beginning: Option<Beginning>,
    pub items: Vec<Item>,
}

/// The elements of a thread, from top to bottom.
#[derive(Clone, Debug)]
pub enum Item {
    Day(DayView),
    /// Everything below is unread.
    NewLine,
    Message(Box<MessageView>),
    /// Pictures that were sent together.
    Album(Vec<MessageView>),
    Note(Box<NoteView>),
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
    /// Forwarded, from an ad, a tapped button: above the words.
    pub marks: Vec<Mark>,
    pub quote: Option<Quote>,
    pub body: Body,
    /// The card under a text with an address.
    pub preview: Option<LinkCard>,
    /// The album that it is a picture of.
    pub album: Option<String>,
    /// `edited`, and whether it was edited where we cannot see it.
    pub edited: Option<String>,
    pub kept: bool,
    /// Of our own in a group: how many have it; who they are is asked for.
    pub receipts: Option<String>,
    pub reactions: Vec<Reaction>,
    pub at: Stamp,
    /// `None` for inbound messages.
    pub tick: Option<Tick>,
    pub failure: Option<Failure>,
    /// A change of ours that was not sent, and the message of its own that can be sent again.
    pub unsent_change: Option<(String, String)>,
    /// A note that the daily limit holds it, and until when.
    pub held: Option<Held>,
    /// It has a menu.
    pub acts: bool,
    /// The message that was searched for.
    pub found: bool,
}

/// A new message for the end of a conversation, with its day heading, which the page drops if it has it.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_arrival.html")]
pub struct Arrival {
    pub day: DayView,
    pub message: MessageView,
}

/// A text beyond these is taller than the style sheet's limit on any screen.
const LONG_CHARS: usize = 1500;
const LONG_LINES: usize = 24;

impl MessageView {
    /// Whether the time needs a separate line below the body.
    #[must_use]
    pub fn is_block(&self) -> bool {
        let plainly_edited = self
            .edited
            .as_ref()
            .is_none_or(|word| *word == self.t.get("message-edited"));
        !matches!(&self.body, Body::Text(_)) || self.preview.is_some() || self.kept || !plainly_edited
    }
}

/// A message's content by kind.
#[derive(Clone, Debug)]
pub enum Body {
    Text(Text),
    Attachment(Attachment),
    Place(Place),
    Contacts(Vec<ContactCard>),
    Poll(Poll),
    Event(EventCard),
    Offer(Offer),
    /// A kind of which the phone shows more: one line, and the words inside.
    Notice {
        icon: &'static str,
        text: String,
        words: Rich,
    },
    /// A line of the conversation, centred and without a bubble.
    Line {
        icon: &'static str,
        text: String,
    },
    /// Deleted, or not yet readable.
    Lost {
        icon: &'static str,
        text: String,
    },
}

/// The words of a message.
#[derive(Clone, Debug, Default)]
pub struct Text {
    pub html: Rich,
    /// Taller than a screen: it is truncated until it is expanded.
    pub long: bool,
    /// Where the whole text is, when the page carries only its beginning.
    pub whole: Option<String>,
}

impl Text {
    /// Letters of one message that a page carries at most.
    const MOST: usize = 3_000;
    /// Bytes of its HTML: links and marks make many of few letters.
    const MOST_HTML: usize = 12_000;

    /// The beginning of a text that a page carries, and its HTML.
    pub(super) fn shown<'a>(text: &'a str, mentions: &[Mention]) -> (&'a str, Rich) {
        let mut most = Self::MOST;
        loop {
            let shown = text.char_indices().nth(most).map_or(text, |(at, _)| &text[..at]);
            let html = rich(shown, mentions);
            if html.len() <= Self::MOST_HTML || most < 100 {
                return (shown, html);
            }
            // As many letters as would fit if all took as much, and a few less.
            most = shown.chars().count().min(most) * Self::MOST_HTML / html.len() * 9 / 10;
        }
    }

    /// `whole` is where the rest can be had.
    #[must_use]
    pub fn of(text: &str, mentions: &[Mention], whole: String) -> Self {
        let (shown, html) = Self::shown(text, mentions);
        let cut = (shown.len() < text.len()).then_some(());
        Self {
            html,
            long: shown.chars().nth(LONG_CHARS).is_some() || shown.lines().nth(LONG_LINES).is_some(),
            whole: cut.map(|()| whole),
        }
    }
}

/// The whole of a long text, in place of its beginning.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_whole.html")]
pub struct WholeText {
    pub id: String,
    pub html: Rich,
}

/// Who got and who read a message of ours in a group, below its bubble.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_receipts.html")]
pub struct ReceiptList {
    pub id: String,
    pub rows: Vec<ReceiptRow>,
}

#[derive(Clone, Debug)]
pub struct ReceiptRow {
    pub name: String,
    pub tick: Tick,
    pub at: String,
}

/// A word with a picture, above what is said.
#[derive(Clone, Debug)]
pub struct Mark {
    pub icon: &'static str,
    pub text: String,
}

/// A photo, voice note, document: an icon, a name, and details.
#[derive(Clone, Debug, Default)]
pub struct Attachment {
    pub icon: &'static str,
    pub title: String,
    pub detail: String,
    pub caption: Option<Text>,
    /// `data:image/jpeg;base64,…` of the thumbnail inside the message.
    pub picture: Option<String>,
    /// How its picture is drawn: `round`, `sticker`.
    pub shape: Option<&'static str>,
    /// On the picture: `GIF`.
    pub badge: Option<String>,
    /// A voice note: the path of its wave, which replaces the detail line.
    pub wave: Option<String>,
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

/// A place on the map.
#[derive(Clone, Debug, Default)]
pub struct Place {
    pub icon: &'static str,
    pub title: String,
    pub address: Option<String>,
    /// Coordinates, or when it moved last.
    pub detail: String,
    /// `None` for coordinates that are no place.
    pub map: Option<String>,
}

/// A contact that was sent.
#[derive(Clone, Debug, Default)]
pub struct ContactCard {
    pub name: String,
    pub detail: Option<String>,
    /// Each as written and as a `tel:` link.
    pub numbers: Vec<(String, String)>,
    pub emails: Vec<String>,
    /// Digits that a conversation can be opened with.
    pub account: Option<String>,
}

/// A poll or how it ended.
#[derive(Clone, Debug, Default)]
pub struct Poll {
    pub question: String,
    /// How many one may choose, or that it is over.
    pub rule: String,
    pub options: Vec<PollOption>,
    /// The largest number of votes for an option, at least 1.
    pub most: u64,
    pub total: String,
}

#[derive(Clone, Debug, Default)]
pub struct PollOption {
    pub name: String,
    pub votes: u64,
    /// Our own account chose it.
    pub mine: bool,
    pub right: bool,
    /// Names, one after the other.
    pub voters: String,
}

#[derive(Clone, Debug, Default)]
pub struct EventCard {
    pub title: String,
    pub when: String,
    pub place: Option<String>,
    pub about: Option<Text>,
    pub link: Option<String>,
    pub cancelled: bool,
    /// Who comes: the word, and names.
    pub answers: Vec<(String, String)>,
}

/// A product, an order, an invitation, a message with buttons.
#[derive(Clone, Debug, Default)]
pub struct Offer {
    pub icon: &'static str,
    /// What it is.
    pub label: String,
    pub title: Option<String>,
    pub text: Option<Text>,
    /// Price, items, expiry.
    pub facts: Vec<String>,
    pub picture: Option<String>,
    pub footer: Option<String>,
    /// Nothing here can be tapped.
    pub buttons: Vec<String>,
    pub link: Option<String>,
}

/// What is behind a link, as its sender's phone saw it.
#[derive(Clone, Debug, Default)]
pub struct LinkCard {
    pub href: String,
    pub host: String,
    pub title: Option<String>,
    pub text: Option<String>,
    pub picture: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Quote {
    pub name: String,
    /// `Status`, when a status is answered.
    pub note: Option<String>,
    pub icon: Option<&'static str>,
    pub text: String,
    /// The message itself, where it is in the conversation.
    pub href: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Reaction {
    pub emoji: String,
    pub count: u64,
    /// Which, and by whom.
    pub label: String,
}

/// Why a message of ours is not with its reader yet, beyond the ordinary.
#[derive(Clone, Debug)]
pub struct Held {
    pub text: String,
    pub can_cancel: bool,
    /// It was just sent, and comes back into the composer.
    pub undoable: bool,
}

/// Why a message was not sent, and what can be done.
#[derive(Clone, Debug)]
pub struct Failure {
    pub why: String,
    pub can_retry: bool,
}

/// Which other member is typing an answer.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_answering.html")]
pub struct AnsweringLine {
    pub t: T,
    pub chat: String,
    pub name: Option<String>,
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
    pub fn answering_line(&self) -> AnsweringLine {
        AnsweringLine {
            t: self.t,
            chat: self.id.clone(),
            name: None,
        }
    }

    #[must_use]
    pub fn typing_line(&self) -> TypingLine {
        TypingLine {
            chat: self.id.clone(),
            line: self.line.clone(),
            typing: None,
        }
    }
}
