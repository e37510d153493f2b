//! Chats and messages as ready values for the reader.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wa_client::Card;

use super::views::{
    Arrival, Attachment, Body, ChatRow, DayView, Failure as Failed, FileView, Item, MessageView, Preview, Quote,
    Reaction as Shown, Tick, TypingLine,
};
use crate::chats::{
    Chat, ChatKind, Detail, Failure, FileInfo, Kind, MediaInfo, Message, Preview as Last, Quoted, Sender, Status,
};
use crate::clock::UnixMs;
use crate::i18n::{T, phone};
use crate::ids::PublicId;
use crate::media::{self, FileState};
use crate::web::layout::Avatar;

/// More characters than one line of any list shows.
const ONE_LINE: usize = 200;

/// Messages of one sender within this time are grouped.
const TOGETHER: std::time::Duration = std::time::Duration::from_secs(5 * 60);

/// A chat's name.
pub(in crate::site) fn name(t: T, chat: &Chat) -> String {
    match (&chat.title, &chat.phone) {
        (Some(title), _) => title.clone(),
        (None, Some(digits)) => phone(digits),
        (None, None) if chat.kind == ChatKind::Group => t.get("chats-group"),
        (None, None) => t.get("chats-unknown"),
    }
}

pub(super) fn avatar(t: T, chat: &Chat) -> Avatar {
    Avatar::of(chat.public_id.as_str(), &name(t, chat))
}

/// The line under the name: the number, and which of our numbers it uses.
pub(in crate::site) fn line(t: T, chat: &Chat) -> String {
    let via = t.with("chats-via", "name", &chat.session_name);
    match &chat.phone {
        Some(digits) if chat.title.is_some() => format!("{} · {via}", phone(digits)),
        _ if chat.kind == ChatKind::Group => format!("{} · {via}", t.get("chats-group")),
        _ => via,
    }
}

pub(in crate::site) fn typing_line(t: T, chat: &Chat, typing: Option<String>) -> TypingLine {
    TypingLine {
        chat: chat.public_id.to_string(),
        line: line(t, chat),
        typing,
    }
}

/// `open` is the chat that the page shows beside the list; `many` adds the name of our number.
pub(super) fn row(t: T, chat: &Chat, open: Option<&PublicId>, many: bool, now: UnixMs) -> ChatRow {
    ChatRow {
        t,
        id: chat.public_id.to_string(),
        href: format!("/chats/{}", chat.public_id),
        name: name(t, chat),
        avatar: avatar(t, chat),
        preview: preview(t, chat),
        at: t.short(chat.last_at, now),
        unread: u64::from(chat.unread),
        current: open == Some(&chat.public_id),
        via: many.then(|| chat.session_name.clone()),
    }
}

pub(in crate::site) fn preview(t: T, chat: &Chat) -> Preview {
    let id = chat.public_id.to_string();
    let Some(last) = &chat.last else {
        return Preview {
            id,
            ..Preview::default()
        };
    };
    let icon = (!last.deleted).then(|| icon(last.kind)).flatten();
    Preview {
        id,
        typing: None,
        tick: tick(t, last.from_me, last.status),
        icon: if last.deleted { Some("ban") } else { icon },
        text: in_one_line(t, last),
    }
}

fn in_one_line(t: T, last: &Last) -> String {
    if last.deleted {
        return t.get("message-deleted");
    }
    let text = last
        .body
        .as_deref()
        .or(last.file_name.as_deref())
        .filter(|text| !text.is_empty());
    match (text, last.seconds) {
        (Some(text), _) => text.chars().take(ONE_LINE).collect(),
        (None, Some(seconds)) => format!("{} · {}", kind_word(t, last.kind, None), t.length(seconds)),
        (None, None) => kind_word(t, last.kind, None),
    }
}

pub(super) fn tick(t: T, from_me: bool, status: Status) -> Option<Tick> {
    from_me.then(|| Tick::of(t, tick_word(status)))
}

const fn tick_word(status: Status) -> &'static str {
    match status {
        Status::Received | Status::Pending => "queued",
        Status::Sent => "sent",
        Status::Delivered => "delivered",
        Status::Read => "read",
        Status::Played => "played",
        Status::Failed => "failed",
    }
}

/// The icon of a message, and the key of its name where it has no words of its own.
const fn shown_as(kind: Kind) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        Kind::Image => ("image", "message-photo"),
        Kind::Video => ("video", "message-video"),
        Kind::Voice => ("mic", "message-voice"),
        Kind::Audio => ("music", "message-audio"),
        Kind::Document => ("file-text", "message-document"),
        Kind::Sticker => ("sticker", "message-sticker"),
        Kind::Location => ("map-pin", "message-location"),
        Kind::Contact => ("contact-round", "message-contact"),
        Kind::Poll => ("chart-bar", "message-poll"),
        Kind::Undecryptable => ("clock", "message-waiting"),
        Kind::Other => ("circle-help", "message-unknown"),
        Kind::Text | Kind::Reaction | Kind::Edit | Kind::Delete | Kind::Protocol => return None,
    })
}

pub(in crate::site) fn icon(kind: Kind) -> Option<&'static str> {
    shown_as(kind).map(|(icon, _)| icon)
}

/// The name of a message without text; `other` is what WhatsApp calls one of a kind that is not known.
pub(in crate::site) fn kind_word(t: T, kind: Kind, other: Option<&str>) -> String {
    shown_as(kind).map_or_else(String::new, |(_, key)| t.with(key, "kind", other.unwrap_or("?")))
}

/// Messages with day headings. `new_from` is the first that nobody here has read.
pub(super) fn items(
    t: T,
    messages: &[Message],
    new_from: Option<&PublicId>,
    found: Option<&PublicId>,
    now: UnixMs,
) -> Vec<Item> {
    let mut items = Vec::with_capacity(messages.len() + 8);
    let mut before: Option<&Message> = None;
    for message in messages {
        let new_day = before.is_none_or(|before| !t.same_day(before.at, message.at));
        if new_day {
            items.push(Item::Day(day(t, message, now)));
        }
        let new_line = new_from == Some(&message.public_id);
        if new_line {
            items.push(Item::NewLine);
        }
        let mut view = bubble(t, message);
        view.joined = !new_day && !new_line && before.is_some_and(|before| together(before, message));
        view.found = found == Some(&message.public_id);
        items.push(Item::Message(Box::new(view)));
        before = Some(message);
    }
    items
}

fn together(before: &Message, message: &Message) -> bool {
    before.from_me == message.from_me
        && before.sender.as_ref().map(|sender| sender.contact) == message.sender.as_ref().map(|sender| sender.contact)
        && message.at.since(before.at) < TOGETHER
}

/// A message for the end of an open conversation.
pub(in crate::site) fn arrival(t: T, message: &Message, now: UnixMs) -> Arrival {
    Arrival {
        day: day(t, message, now),
        message: bubble(t, message),
    }
}

fn day(t: T, message: &Message, now: UnixMs) -> DayView {
    DayView {
        chat: message.chat.to_string(),
        date: t.date(message.at),
        label: t.day(message.at, now),
    }
}

pub(in crate::site) fn bubble(t: T, message: &Message) -> MessageView {
    let by = message
        .sender
        .as_ref()
        .map_or_else(|| "me".to_owned(), |sender| sender.contact.to_string());
    MessageView {
        t,
        id: message.public_id.to_string(),
        from_me: message.from_me,
        by,
        sender: message
            .sender
            .as_ref()
            .filter(|_| message.in_group)
            .map(|sender| called(t, sender)),
        joined: false,
        quote: message.quoted.as_ref().map(|quoted| quote(t, quoted)),
        body: body(t, message),
        edited: message.edited && !message.deleted,
        reactions: message
            .reactions
            .iter()
            .map(|reaction| Shown {
                emoji: reaction.emoji.clone(),
                count: u64::from(reaction.count),
                label: t.with("message-reaction", "emoji", &reaction.emoji),
            })
            .collect(),
        at: t.at(message.at),
        tick: tick(t, message.from_me, message.status),
        failure: (message.status == Status::Failed).then(|| failure(t, message.failure)),
        held: message.held_until.map(|until| {
            let time = format!("{} ({})", t.full(until), t.zone);
            t.with("plans-held", "time", time)
        }),
        found: false,
    }
}

fn called(t: T, sender: &Sender) -> String {
    let number = sender.phone.as_deref().map(phone);
    sender.name.clone().or(number).unwrap_or_else(|| t.get("chats-unknown"))
}

fn quote(t: T, quoted: &Quoted) -> Quote {
    let you = || t.get("message-you");
    let text = quoted.body.clone().filter(|body| !body.is_empty());
    Quote {
        name: quoted.sender.as_ref().map_or_else(you, |sender| called(t, sender)),
        text: text.unwrap_or_else(|| kind_word(t, quoted.kind, None)),
    }
}

fn failure(t: T, failure: Option<Failure>) -> Failed {
    let key = match failure {
        Some(Failure::NotOnWhatsApp) => "message-failed-not-on-whatsapp",
        Some(Failure::Invalid) => "message-failed-invalid",
        Some(Failure::Refused) | None => "message-failed-refused",
        Some(Failure::Expired) => "message-failed-expired",
        Some(Failure::Cancelled) => "message-failed-cancelled",
        Some(Failure::NotLinked) => "message-failed-not-linked",
        Some(Failure::Restored) => "message-failed-restored",
    };
    Failed {
        why: t.get(key),
        // A cancelled message has left the outbox.
        can_retry: failure != Some(Failure::Cancelled),
    }
}

fn body(t: T, message: &Message) -> Body {
    let lost = |icon, text| Body::Lost { icon, text };
    if message.deleted {
        return lost("ban", t.get("message-deleted"));
    }
    let text = || message.body.clone().unwrap_or_default();
    match (message.kind, &message.detail) {
        (Kind::Text, _) => Body::Text(text()),
        (_, Some(Detail::Card(Card::Poll { options }))) => Body::Poll {
            question: text(),
            options: options.clone(),
        },
        (kind, Some(Detail::Card(card))) => Body::Attachment(attached(t, kind, text(), card)),
        (Kind::Other, Some(Detail::Other { kind })) => lost("circle-help", kind_word(t, Kind::Other, Some(kind))),
        (kind, _) if kind.is_media() => Body::Attachment(file(t, message)),
        (kind, _) => lost(icon(kind).unwrap_or("circle-help"), kind_word(t, kind, None)),
    }
}

fn attached(t: T, kind: Kind, text: String, card: &Card) -> Attachment {
    let word = kind_word(t, kind, None);
    let detail = match card {
        Card::Location { latitude, longitude } => format!("{latitude:.5}, {longitude:.5}"),
        _ if text.is_empty() => String::new(),
        _ => word.clone(),
    };
    Attachment {
        icon: icon(kind).unwrap_or("circle-help"),
        title: if text.is_empty() { word } else { text },
        detail,
        ..Attachment::default()
    }
}

fn file(t: T, message: &Message) -> Attachment {
    let media = message.media.as_ref();
    let named = media
        .and_then(|media| media.file_name.clone())
        .filter(|name| !name.is_empty());
    let word = kind_word(t, message.kind, None);
    let length = media
        .and_then(|media| media.seconds)
        .filter(|_| message.kind == Kind::Voice);
    // A wave replaces the detail.
    let unnamed = || length.map_or(word.clone(), |seconds| format!("{word} · {}", t.length(seconds)));
    let thumbnail = media.and_then(|media| media.thumbnail.as_ref());
    Attachment {
        icon: icon(message.kind).unwrap_or("file-text"),
        title: named.unwrap_or_else(unnamed),
        detail: media.map(|media| about(t, media)).unwrap_or_default(),
        caption: message.body.clone().filter(|caption| !caption.is_empty()),
        picture: thumbnail.map(|jpeg| format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg))),
        wave: message.kind == Kind::Voice,
        file: media
            .and_then(|media| media.file.as_ref())
            .map(|file| file_view(t, message, file)),
    }
}

/// What the bubble shows in place, or offers to download or to get.
fn file_view(t: T, message: &Message, file: &FileInfo) -> FileView {
    let href = format!("/media/{}", file.id);
    if file.state != FileState::Present {
        let label = match file.state {
            FileState::Wanted => Some("media-get"),
            FileState::Gone => Some("media-ask-phone"),
            FileState::Present | FileState::Quarantined => None,
        };
        return FileView::Missing {
            text: t.text(&media::missing(file.state, file.why)),
            get: label.map(|key| (format!("/chats/messages/{}/file", message.public_id), t.get(key))),
        };
    }
    match file.mime.split('/').next() {
        _ if !media::is_shown(&file.mime) => FileView::Download {
            href: format!("{href}?download=1"),
            label: t.get("media-save"),
        },
        Some("image") => FileView::Picture {
            small: if file.has_thumbnail {
                format!("{href}/thumbnail")
            } else {
                href.clone()
            },
            href,
        },
        Some("audio") => FileView::Sound { href },
        _ => FileView::Video { href },
    }
}

/// Length and size, if the message contains them.
fn about(t: T, media: &MediaInfo) -> String {
    let length = media
        .seconds
        .filter(|&seconds| seconds > 0)
        .map(|seconds| t.length(seconds));
    let size = media.size.filter(|&size| size > 0).map(|size| t.size(size));
    [length, size].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
