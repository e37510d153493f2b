//! Chats and messages as ready values for the reader.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wa_client::Card;

use super::rich::Mention;
use super::timeline::day;
use super::views::{
    Arrival, Attachment, Body, Failure as Failed, FileView, MessageView, PinBar, PinView, Preview, Quote, ReceiptList,
    ReceiptRow, Text, Tick, TypingLine, WholeText,
};
use super::waiting::held;
use super::{acting, cards, lines, plain, rich};
use crate::chats::{
    Chat, ChatKind, Detail, Failure, FileInfo, Kind, MediaInfo, Message, Pinned, Preview as Last, Quoted, ReceiptOf,
    Sender, Status,
};
use crate::clock::UnixMs;
use crate::i18n::{T, phone};
use crate::ids::PublicId;
use crate::media::{self, FileState};
use crate::web::layout::Avatar;

/// More characters than one line of any list shows.
pub(super) const ONE_LINE: usize = 200;

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

/// The words of a message that was found by them.
pub(super) fn found_in(t: T, message: &Message) -> String {
    let body = message.body.as_deref().filter(|body| !body.is_empty());
    let body = body.map(|words| mentioned(words, &cards::mentions(t, &message.people)));
    let named = message.media.as_ref().and_then(|media| media.file_name.as_deref());
    match (body, named.map(plain::file_name)) {
        (None, None) => kind_word(t, message.kind),
        (body, named) => body.into_iter().chain(named).collect::<Vec<_>>().join(" · "),
    }
}

/// A text with the names of those it mentions.
pub(super) fn mentioned(text: &str, mentions: &[Mention]) -> String {
    mentions.iter().fold(text.to_owned(), |text, mention| {
        text.replace(&format!("@{}", mention.user), &format!("@{}", mention.name))
    })
}

pub(in crate::site) fn preview(t: T, chat: &Chat) -> Preview {
    let id = chat.public_id.to_string();
    let Some(last) = &chat.last else {
        return Preview {
            t,
            id,
            ..Preview::default()
        };
    };
    Preview {
        t,
        id,
        typing: None,
        draft: None,
        tick: tick(t, last.from_me, last.status).filter(|_| last.kind != Kind::Line),
        icon: if last.deleted { Some("ban") } else { icon_of(t, last) },
        text: in_one_line(t, last),
    }
}

fn icon_of(t: T, last: &Last) -> Option<&'static str> {
    match &last.detail {
        _ if last.view_once && last.kind.is_media() => Some("eye"),
        Some(Detail::Card(Card::Notice(notice))) => Some(cards::notice_as(*notice).0),
        Some(Detail::Card(Card::Line(line))) => Some(lines::line(t, line, None, &last.people).0),
        _ => icon(last.kind),
    }
}

fn in_one_line(t: T, last: &Last) -> String {
    if last.deleted {
        return t.get("message-deleted");
    }
    if last.view_once && last.kind.is_media() {
        return t.get(view_once_word(last.kind));
    }
    let words = last.body.as_deref().filter(|text| !text.is_empty());
    let text = words
        .map(|words| plain::one_line(&mentioned(words, &cards::mentions(t, &last.people)), ONE_LINE))
        .or_else(|| {
            last.file_name
                .as_deref()
                .filter(|name| !name.is_empty())
                .map(plain::file_name)
        });
    match (&last.detail, text, last.seconds) {
        (Some(Detail::Card(Card::Line(line))), ..) => lines::line(t, line, last.sender.as_ref(), &last.people).1,
        (Some(Detail::Card(Card::Notice(notice))), None, _) => t.get(cards::notice_as(*notice).1),
        (_, Some(text), _) => text,
        (_, None, Some(seconds)) => format!("{} · {}", kind_word(t, last.kind), t.length(seconds)),
        (_, None, None) => kind_word(t, last.kind),
    }
}

const fn view_once_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Image => "message-once-photo",
        Kind::Voice | Kind::Audio => "message-once-voice",
        _ => "message-once-video",
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
        Kind::Gif => ("image-play", "message-gif"),
        Kind::VideoNote => ("circle-play", "message-video-note"),
        Kind::Voice => ("mic", "message-voice"),
        Kind::Audio => ("music", "message-audio"),
        Kind::Document => ("file-text", "message-document"),
        Kind::Sticker => ("sticker", "message-sticker"),
        Kind::Location => ("map-pin", "message-location"),
        Kind::LiveLocation => ("navigation", "message-live-location"),
        Kind::Contact => ("contact-round", "message-contact"),
        Kind::Poll => ("chart-bar", "message-poll"),
        Kind::PollResult => ("chart-bar", "message-poll-result"),
        Kind::Event => ("calendar", "message-event"),
        Kind::Product => ("shopping-bag", "message-product"),
        Kind::Order => ("shopping-cart", "message-order"),
        Kind::Business => ("store", "message-business"),
        Kind::Invite => ("users", "message-invite"),
        Kind::Notice => ("info", "message-notice"),
        Kind::Undecryptable => ("clock", "message-waiting"),
        Kind::Other => ("smartphone", "message-unknown"),
        Kind::Text
        | Kind::Line
        | Kind::Album
        | Kind::Reaction
        | Kind::Edit
        | Kind::Delete
        | Kind::Vote
        | Kind::PollOption
        | Kind::EventAnswer
        | Kind::Pin
        | Kind::Keep
        | Kind::Protocol => return None,
    })
}

pub(in crate::site) fn icon(kind: Kind) -> Option<&'static str> {
    shown_as(kind).map(|(icon, _)| icon)
}

/// The name of a message without text.
pub(in crate::site) fn kind_word(t: T, kind: Kind) -> String {
    shown_as(kind).map_or_else(String::new, |(_, key)| t.get(key))
}

/// A message for the end of an open conversation.
pub(in crate::site) fn arrival(t: T, message: &Message, now: UnixMs) -> Arrival {
    Arrival {
        day: day(t, &message.chat, message.at, now),
        message: bubble(t, message),
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
        marks: if message.deleted {
            Vec::new()
        } else {
            cards::marks(t, message)
        },
        quote: message
            .quoted
            .as_ref()
            .filter(|_| !message.deleted)
            .map(|quoted| quote(t, &message.chat, quoted)),
        body: body(t, message),
        preview: cards::preview(message).filter(|_| message.kind == Kind::Text && !message.deleted),
        album: message.album.clone(),
        edited: edited(t, message),
        kept: message.kept && !message.deleted,
        receipts: message.receipts.map(|receipts| {
            let (delivered, read) = (receipts.delivered.to_string(), receipts.read.to_string());
            t.with_all("message-receipts", &[("delivered", &delivered), ("read", &read)])
        }),
        reactions: message
            .reactions
            .iter()
            .map(|reaction| acting::reaction_of(t, reaction))
            .collect(),
        at: t.at(message.at),
        tick: tick(t, message.from_me, message.status),
        failure: (message.status == Status::Failed).then(|| failure(t, message.failure)),
        unsent_change: acting::unsent_change(t, message),
        acts: acting::has_menu(message),
        held: held(t, message),
        found: false,
    }
}

fn edited(t: T, message: &Message) -> Option<String> {
    // Of a live location it is when it moved.
    let was = message.edited_at.is_some() && !message.deleted && message.kind != Kind::LiveLocation;
    was.then(|| {
        t.get(if message.edited_elsewhere {
            "message-edited-elsewhere"
        } else {
            "message-edited"
        })
    })
}

pub(super) fn called(t: T, sender: &Sender) -> String {
    plain::one_line(&cards::named(t, sender.name.as_deref(), sender.phone.as_deref()), 80)
}

fn quote(t: T, chat: &PublicId, quoted: &Quoted) -> Quote {
    let text = quoted.body.as_deref().filter(|body| !body.is_empty());
    let text = match text {
        _ if quoted.deleted => t.get("message-deleted"),
        _ if quoted.view_once && quoted.kind.is_media() => t.get(view_once_word(quoted.kind)),
        Some(text) => plain::one_line(text, ONE_LINE),
        None if quoted.kind == Kind::Protocol => t.get("message-status"),
        None => kind_word(t, quoted.kind),
    };
    Quote {
        name: match &quoted.sender {
            _ if quoted.from_me => t.get("message-you"),
            Some(sender) => called(t, sender),
            None => t.get("chats-unknown"),
        },
        note: quoted.status.then(|| t.get("message-status")),
        icon: icon(quoted.kind).filter(|_| !quoted.deleted),
        text,
        href: quoted.message.as_ref().map(|id| format!("/chats/{chat}?at={id}")),
    }
}

/// The bar above a conversation.
pub(super) fn pin_bar(t: T, chat: &PublicId, pins: &[Pinned]) -> PinBar {
    let pin = |pinned: &Pinned| {
        let message = &pinned.message;
        PinView {
            href: format!("/chats/{chat}?at={}", message.public_id),
            text: match message.body.as_deref().filter(|body| !body.is_empty()) {
                Some(body) => plain::one_line(&mentioned(body, &cards::mentions(t, &message.people)), ONE_LINE),
                None => kind_word(t, message.kind),
            },
            until: pinned
                .until
                .map(|until| t.with("message-pinned-until", "time", t.full(until))),
        }
    };
    PinBar {
        t,
        chat: chat.to_string(),
        pins: pins.iter().map(pin).collect(),
    }
}

/// By member of a group.
pub(super) fn receipts(t: T, message: &PublicId, of: &[ReceiptOf]) -> ReceiptList {
    let row = |receipt: &ReceiptOf| ReceiptRow {
        name: lines::person(t, &receipt.member),
        tick: Tick::of(t, tick_word(receipt.status)),
        at: t.full(receipt.at),
    };
    ReceiptList {
        id: message.to_string(),
        rows: of.iter().map(row).collect(),
    }
}

/// Where the whole of a long text is.
pub(super) fn whole(message: &Message) -> String {
    format!("/chats/messages/{}/text", message.public_id)
}

/// A text of which the page carries only the beginning.
pub(super) fn whole_text(t: T, message: &Message) -> WholeText {
    let text = long_text(message).unwrap_or_default();
    WholeText {
        id: message.public_id.to_string(),
        html: rich::rich(text, &cards::mentions(t, &message.people)),
    }
}

/// What can be long in a message: its words, or those of its card.
pub(super) fn long_text(message: &Message) -> Option<&str> {
    match &message.detail {
        _ if message.deleted => None,
        Some(Detail::Card(Card::Event { description, .. } | Card::Product { description, .. })) => {
            description.as_deref()
        }
        _ => message.body.as_deref(),
    }
}

pub(super) fn failure(t: T, failure: Option<Failure>) -> Failed {
    let key = match failure {
        Some(Failure::NotOnWhatsApp) => "message-failed-not-on-whatsapp",
        Some(Failure::Invalid) => "message-failed-invalid",
        Some(Failure::Refused) | None => "message-failed-refused",
        Some(Failure::Expired) => "message-failed-expired",
        Some(Failure::Cancelled) => "message-failed-cancelled",
        Some(Failure::NotLinked) => "message-failed-not-linked",
        Some(Failure::Restored) => "message-failed-restored",
        Some(Failure::FileGone) => "message-failed-file-gone",
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
    let mentions = cards::mentions(t, &message.people);
    let words = || message.body.as_deref().unwrap_or_default();
    match (message.kind, &message.detail) {
        (Kind::Text, _) => Body::Text(Text::of(words(), &mentions, whole(message))),
        (_, Some(Detail::Card(card))) => cards::body(t, message, card, &mentions),
        (Kind::Other, _) => Body::Notice {
            icon: "smartphone",
            text: t.get("message-unknown"),
            words: rich::rich(&words().chars().take(3_000).collect::<String>(), &mentions),
        },
        (kind, _) if kind.is_media() && message.context.view_once => lost("eye", t.get(once_sentence(kind))),
        (kind, _) if kind.is_media() => Body::Attachment(file(t, message, &mentions)),
        (kind, _) => lost(icon(kind).unwrap_or("circle-help"), kind_word(t, kind)),
    }
}

const fn once_sentence(kind: Kind) -> &'static str {
    match kind {
        Kind::Image => "message-once-photo-open",
        Kind::Voice | Kind::Audio => "message-once-voice-open",
        _ => "message-once-video-open",
    }
}

fn file(t: T, message: &Message, mentions: &[Mention]) -> Attachment {
    let media = message.media.as_ref();
    let named = media
        .and_then(|media| media.file_name.as_deref())
        .filter(|name| !name.is_empty())
        .map(plain::file_name);
    let word = kind_word(t, message.kind);
    let voice = message.kind == Kind::Voice;
    let length = media.and_then(|media| media.seconds).filter(|_| voice);
    // A wave replaces the detail.
    let unnamed = || length.map_or(word.clone(), |seconds| format!("{word} · {}", t.length(seconds)));
    let caption = message.body.as_deref().filter(|caption| !caption.is_empty());
    Attachment {
        icon: icon(message.kind).unwrap_or("file-text"),
        title: named.unwrap_or_else(unnamed),
        detail: media.map(|media| about(t, media)).unwrap_or_default(),
        caption: caption.map(|caption| Text::of(caption, mentions, whole(message))),
        picture: data_picture(media.and_then(|media| media.thumbnail.as_deref())),
        shape: match message.kind {
            Kind::VideoNote => Some("round"),
            Kind::Sticker => Some("sticker"),
            _ => None,
        },
        badge: (message.kind == Kind::Gif).then(|| t.get("message-gif")),
        wave: voice.then(|| wave(media.and_then(|media| media.waveform.as_deref()))),
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

/// Small pictures inside messages have a few kilobytes; larger ones would make the page heavy.
const LARGEST_PICTURE: usize = 32 * 1024;

/// What a small picture takes of a page.
pub(super) const fn picture_bytes(jpeg: &[u8]) -> usize {
    if jpeg.len() > LARGEST_PICTURE {
        0
    } else {
        jpeg.len() * 4 / 3
    }
}

pub(in crate::site) fn data_picture(jpeg: Option<&[u8]>) -> Option<String> {
    let jpeg = jpeg.filter(|jpeg| !jpeg.is_empty() && jpeg.len() <= LARGEST_PICTURE)?;
    Some(format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg)))
}

/// The bars of a voice note as a path in a box of 150 by 20; without its own wave, one that stands for any.
pub(in crate::site) fn wave(levels: Option<&[u8]>) -> String {
    const BARS: usize = 38;
    const ANY: [u8; 25] = [
        10, 30, 60, 20, 40, 70, 50, 20, 10, 30, 70, 50, 30, 10, 40, 60, 80, 30, 20, 50, 30, 10, 20, 30, 10,
    ];
    let levels = levels.filter(|levels| !levels.is_empty()).unwrap_or(&ANY);
    let bars = (0..BARS).map(|bar| {
        let level = usize::from(levels[bar * levels.len() / BARS].min(100));
        let height = 1 + level * 8 / 100;
        format!("M{} {}v{}", 2 + bar * 146 / (BARS - 1), 10 - height, 2 * height)
    });
    bars.collect()
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
