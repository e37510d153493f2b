//! The screen of a simulated phone.

use wa_network::phone::{Conversation, MessageStatus, PhoneInfo, PhoneMessage};

use super::address;
use super::views::{PhoneRow, PhoneScreen, PhoneView};
use crate::chats::Kind;
use crate::clock::UnixMs;
use crate::demo::Stage;
use crate::i18n::{T, phone};
use crate::site::chats::render;
use crate::site::chats::views::{Attachment, Body, DayView, Item, MessageView, Quote, Reaction, Text, Tick};
use crate::web::layout::{Avatar, PageFrame};

/// Messages on a screen; the phone stores more.
const SHOWN: usize = 100;
/// Messages of one sender within this time are grouped.
const TOGETHER_MS: i64 = 5 * 60 * 1000;

pub(super) fn draw(
    stage: &Stage,
    owner: &PhoneInfo,
    peer: Option<&str>,
    frame: &PageFrame,
    now: UnixMs,
) -> PhoneScreen {
    let t = frame.t;
    let view = match peer {
        Some(peer) => chat(stage, owner, peer, t, now),
        None => PhoneView::Conversations(rows(stage, owner, t, now)),
    };
    PhoneScreen {
        t,
        owner: owner.name.clone(),
        number: owner.number.clone(),
        clock: t.clock(now),
        href: address(&owner.number, peer),
        view,
        csrf: frame.csrf.clone(),
    }
}

/// The chats, with the business even before the first message.
fn rows(stage: &Stage, owner: &PhoneInfo, t: T, now: UnixMs) -> Vec<PhoneRow> {
    let mut chats = stage.phones.conversations(&owner.number).unwrap_or_default();
    for business in stage.businesses() {
        if !chats.iter().any(|chat| chat.peer == business.number) {
            chats.push(Conversation {
                peer: business.number,
                peer_name: business.name,
                last: None,
                unread: 0,
            });
        }
    }
    chats.iter().map(|chat| row(owner, chat, t, now)).collect()
}

fn row(owner: &PhoneInfo, chat: &Conversation, t: T, now: UnixMs) -> PhoneRow {
    let at = chat.last.as_ref().map_or(now, |last| UnixMs(last.at));
    PhoneRow {
        href: address(&owner.number, Some(&chat.peer)),
        name: named(&chat.peer, &chat.peer_name),
        avatar: Avatar::of(&chat.peer, &chat.peer_name),
        last: chat.last.as_ref().map(|last| in_one_line(last, t)).unwrap_or_default(),
        at: t.short(at, now),
        unread: u64::from(chat.unread),
    }
}

fn named(peer: &str, name: &str) -> String {
    if name.is_empty() { phone(peer) } else { name.to_owned() }
}

fn in_one_line(message: &PhoneMessage, t: T) -> String {
    match message.text.as_str() {
        "" => kind_word(t, message),
        text => text.to_owned(),
    }
}

fn chat(stage: &Stage, owner: &PhoneInfo, peer: &str, t: T, now: UnixMs) -> PhoneView {
    let messages = stage.phones.conversation(&owner.number, peer).unwrap_or_default();
    let typing = stage.phones.typing_of(&owner.number).unwrap_or_default();
    let name = stage.phones.name_of(peer);
    PhoneView::Chat {
        peer: peer.to_owned(),
        name: named(peer, &name),
        avatar: Avatar::of(peer, &name),
        typing: typing.iter().any(|(chat, _)| chat == peer),
        back: address(&owner.number, None),
        items: items(stage, peer, &messages, t, now),
        action: format!("/demo/phone/{}/{peer}", owner.number),
    }
}

fn items(stage: &Stage, peer: &str, messages: &[PhoneMessage], t: T, now: UnixMs) -> Vec<Item> {
    let shown = &messages[messages.len().saturating_sub(SHOWN)..];
    let mut items = Vec::with_capacity(shown.len() + 4);
    let mut before: Option<&PhoneMessage> = None;
    for message in shown {
        let at = UnixMs(message.at);
        if before.is_none_or(|before| !t.same_day(UnixMs(before.at), at)) {
            let date = at.to_utc().format("%Y-%m-%d").to_string();
            items.push(Item::Day(DayView {
                chat: peer.to_owned(),
                date,
                label: t.day(at, now),
            }));
        }
        let joined = before.is_some_and(|before| {
            before.author == message.author && message.at - before.at < TOGETHER_MS && t.same_day(UnixMs(before.at), at)
        });
        let quoted = message
            .reply_to
            .as_ref()
            .and_then(|id| messages.iter().find(|other| &other.id == id));
        let quote = quoted.map(|quoted| Quote {
            name: author(stage, quoted),
            text: in_one_line(quoted, t),
            ..Quote::default()
        });
        items.push(Item::Message(Box::new(bubble(stage, peer, message, joined, quote, t))));
        before = Some(message);
    }
    items
}

fn author(stage: &Stage, message: &PhoneMessage) -> String {
    named(&message.author, &stage.phones.name_of(&message.author))
}

fn bubble(stage: &Stage, peer: &str, message: &PhoneMessage, joined: bool, quote: Option<Quote>, t: T) -> MessageView {
    let in_group = peer.contains('@');
    let reaction = |emoji: &String| Reaction {
        emoji: emoji.clone(),
        count: 1,
        label: emoji.clone(),
    };
    MessageView {
        t,
        id: message.id.clone(),
        from_me: message.from_me,
        by: message.author.clone(),
        sender: (in_group && !message.from_me).then(|| author(stage, message)),
        joined,
        marks: Vec::new(),
        quote,
        body: body(message, t),
        preview: None,
        album: None,
        edited: message.edited.then(|| t.get("message-edited")),
        kept: false,
        receipts: None,
        reactions: message
            .reaction
            .iter()
            .filter(|emoji| !emoji.is_empty())
            .map(reaction)
            .collect(),
        at: t.at(UnixMs(message.at)),
        tick: message.from_me.then(|| Tick::of(t, status(message.status))),
        failure: None,
        unsent_change: None,
        acts: false,
        held: None,
        found: false,
    }
}

fn status(status: MessageStatus) -> &'static str {
    match status {
        MessageStatus::Failed => "failed",
        MessageStatus::Pending => "queued",
        MessageStatus::Sent => "sent",
        MessageStatus::Delivered => "delivered",
        MessageStatus::Read => "read",
    }
}

fn kind(message: &PhoneMessage) -> Kind {
    message.kind.parse().unwrap_or(Kind::Other)
}

fn kind_word(t: T, message: &PhoneMessage) -> String {
    render::kind_word(t, kind(message))
}

fn body(message: &PhoneMessage, t: T) -> Body {
    if message.deleted {
        return Body::Lost {
            icon: "ban",
            text: t.get("message-deleted"),
        };
    }
    let kind = kind(message);
    if kind == Kind::Text {
        return Body::Text(words(&message.text));
    }
    Body::Attachment(Attachment {
        icon: render::icon(kind).unwrap_or("file-text"),
        title: kind_word(t, message),
        caption: (!message.text.is_empty()).then(|| words(&message.text)),
        picture: render::data_picture(message.thumbnail.as_deref()),
        wave: (kind == Kind::Voice).then(|| render::wave(None)),
        ..Attachment::default()
    })
}

/// A phone has no page for the rest of a long text.
fn words(text: &str) -> Text {
    Text {
        whole: None,
        ..Text::of(text, &[], String::new())
    }
}
