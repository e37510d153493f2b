//! Turns what somebody wants to send into the message that is written: finds its file, what it answers, what it changes.

use rusqlite::Connection;
use wa_client::{
    Card, Forwarded, Media as Wire, MediaKind, OutgoingContact, OutgoingContent, OutgoingContext, OutgoingQuote,
};

use super::content::{Change, Content, DELETED_WITHIN, EDITED_WITHIN, FileContent, SendOptions, Unfit, checked_text};
use super::model::{OutboxError, new_wa_id};
use crate::accounts::Scope;
use crate::chats::{self, ChatRef, Detail, Kind, Message, MessageDraft, OwnMessages, Status, vcard};
use crate::clock::UnixMs;
use crate::ids::{MessageId, PublicId, UserId};
use crate::media::{self, FileId, FileState, MediaFile};

/// Phones show a larger one nowhere.
const LARGEST_THUMBNAIL: usize = 32 * 1024;
/// Phones say "many times" from this on.
const OFTEN: u32 = 5;

/// The operator is nobody's user, and so is whoever is gone.
fn author(scope: Scope) -> Option<UserId> {
    Some(scope.user).filter(|user| *user != UserId(0))
}

/// A new message in `chat`.
pub(super) fn draft(
    c: &Connection,
    scope: Scope,
    chat: &ChatRef,
    content: Content,
    options: &SendOptions,
) -> Result<MessageDraft, OutboxError> {
    let mut context = OutgoingContext {
        mentions: options.mentions.clone(),
        view_once: options.view_once,
        ..OutgoingContext::default()
    };
    if let Some(answered) = &options.reply_to {
        context.quote = Some(quote(c, scope, chat, answered)?);
    }
    let (content, file) = match content {
        Content::File(file) => of_file(c, scope, file)?,
        Content::Forward(message) => {
            let (content, file, times) = forwarded(c, scope, &message)?;
            context.forwarded = times;
            (content, file)
        }
        other => (other.outgoing().ok_or(OutboxError::NotFound)?, None),
    };
    context.view_once &= matches!(&content, OutgoingContent::Media(media) if can_be_opened_once(media.kind));
    Ok(MessageDraft {
        chat: chat.clone(),
        wa_id: new_wa_id(),
        content,
        context,
        file,
        changes: None,
        author: author(scope),
    })
}

/// Files, and a text with them, in their order; two pictures or videos and more are an album, which phones show as one.
pub(super) fn together(
    c: &Connection,
    scope: Scope,
    chat: &ChatRef,
    contents: Vec<Content>,
    options: &SendOptions,
) -> Result<Vec<MessageDraft>, OutboxError> {
    if contents.is_empty() {
        return Err(OutboxError::Empty);
    }
    let mut drafts = Vec::with_capacity(contents.len() + 1);
    let mut options = options.clone();
    for content in contents {
        drafts.push(draft(c, scope, chat, content, &options)?);
        options.reply_to = None;
    }
    let (images, videos) = (of_kind(&drafts, MediaKind::Image), of_kind(&drafts, MediaKind::Video));
    if images + videos < 2 || options.view_once {
        return Ok(drafts);
    }
    let head = MessageDraft {
        chat: chat.clone(),
        wa_id: new_wa_id(),
        content: OutgoingContent::Album { images, videos },
        context: OutgoingContext::default(),
        file: None,
        changes: None,
        author: author(scope),
    };
    for draft in &mut drafts {
        if matches!(kind_of_draft(draft), Some(MediaKind::Image | MediaKind::Video)) {
            draft.context.album = Some(head.wa_id.clone());
        }
    }
    drafts.insert(0, head);
    Ok(drafts)
}

fn kind_of_draft(draft: &MessageDraft) -> Option<MediaKind> {
    match &draft.content {
        OutgoingContent::Media(media) => Some(media.kind),
        _ => None,
    }
}

fn of_kind(drafts: &[MessageDraft], kind: MediaKind) -> u32 {
    let found = drafts.iter().filter(|draft| kind_of_draft(draft) == Some(kind));
    u32::try_from(found.count()).unwrap_or(u32::MAX)
}

const fn can_be_opened_once(kind: MediaKind) -> bool {
    matches!(kind, MediaKind::Image | MediaKind::Video | MediaKind::Voice)
}

fn quote(c: &Connection, scope: Scope, chat: &ChatRef, answered: &PublicId) -> Result<OutgoingQuote, OutboxError> {
    let message = chats::message_in(c, scope.workspace, answered)?;
    if message.chat != chat.public_id {
        return Err(Unfit::Reply.into());
    }
    if !message.shown || message.deleted {
        return Err(Unfit::Deleted.into());
    }
    if is_unsent(&message) {
        return Err(Unfit::NotSent.into());
    }
    Ok(OutgoingQuote {
        target: chats::target_in(c, chat, &message)?,
        content: Box::new(said(&message)),
    })
}

/// What a quote shows of a message.
fn said(message: &Message) -> OutgoingContent {
    let body = message.body.clone();
    if let (Some(kind), Some(file)) = (message.kind.media(), &message.media) {
        return OutgoingContent::Media(Wire {
            kind,
            mime: file.mime.clone(),
            caption: body,
            file_name: file.file_name.clone(),
            seconds: file.seconds,
            thumbnail: file.thumbnail.clone().filter(|_| !message.context.view_once),
            ..Wire::default()
        });
    }
    match card_of(message) {
        Some(card) => card,
        None => OutgoingContent::Text {
            body: body.unwrap_or_default(),
        },
    }
}

/// A place or contacts, to be said again.
fn card_of(message: &Message) -> Option<OutgoingContent> {
    match message.detail.as_ref()? {
        Detail::Card(Card::Location {
            latitude,
            longitude,
            address,
            ..
        }) => Some(OutgoingContent::Location {
            latitude: *latitude,
            longitude: *longitude,
            name: message.body.clone().filter(|name| Some(name) != address.as_ref()),
            address: address.clone(),
        }),
        Detail::Card(Card::Contact { vcard: text }) => {
            let cards: Vec<OutgoingContact> = vcard::apart(text)
                .into_iter()
                .map(|(name, vcard)| OutgoingContact {
                    name: name.or_else(|| message.body.clone()).unwrap_or_default(),
                    vcard,
                })
                .collect();
            (!cards.is_empty()).then_some(OutgoingContent::Contacts(cards))
        }
        _ => None,
    }
}

fn of_file(
    c: &Connection,
    scope: Scope,
    wanted: FileContent,
) -> Result<(OutgoingContent, Option<FileId>), OutboxError> {
    let file = media::find_in(c, scope.workspace, &wanted.file)?.ok_or(Unfit::File)?;
    if file.state != FileState::Present {
        return Err(Unfit::File.into());
    }
    let kind = wanted.kind.unwrap_or_else(|| kind_of(&file, wanted.waveform.is_some()));
    if !suits(kind, &file.mime) {
        return Err(Unfit::FileKind.into());
    }
    let captioned = !matches!(
        kind,
        MediaKind::Voice | MediaKind::Audio | MediaKind::Sticker | MediaKind::VideoNote
    );
    let media = Wire {
        kind,
        caption: wanted.caption.filter(|_| captioned),
        file_name: match kind {
            MediaKind::Document => Some(wanted.name.unwrap_or_else(|| unnamed(&file))),
            _ => None,
        },
        waveform: wanted.waveform.filter(|_| kind == MediaKind::Voice),
        ..wire(c, &file)?
    };
    Ok((OutgoingContent::Media(media), Some(file.id)))
}

/// What is known of a file that is here.
fn wire(c: &Connection, file: &MediaFile) -> Result<Wire, OutboxError> {
    let thumbnail = media::thumbnail_in(c, file.id)?;
    Ok(Wire {
        mime: wire_mime(&file.mime).to_owned(),
        seconds: file.seconds,
        width: file.width,
        height: file.height,
        size: Some(file.size),
        sha256: file.sha256.0.to_vec(),
        thumbnail: thumbnail.filter(|thumbnail| thumbnail.len() <= LARGEST_THUMBNAIL),
        ..Wire::default()
    })
}

fn unnamed(file: &MediaFile) -> String {
    format!("{}.{}", file.public_id, media::extension(&file.mime))
}

/// Phones play Opus under this name only.
fn wire_mime(mime: &str) -> &str {
    match mime {
        "audio/ogg" | "audio/opus" => "audio/ogg; codecs=opus",
        other => other,
    }
}

/// What a file is sent as when nobody says: phones show these kinds in place, and everything else is a document.
fn kind_of(file: &MediaFile, recorded: bool) -> MediaKind {
    match file.mime.as_str() {
        "image/jpeg" | "image/png" => MediaKind::Image,
        "video/mp4" | "video/3gpp" => MediaKind::Video,
        mime if is_opus(mime) && recorded => MediaKind::Voice,
        mime if mime.starts_with("audio/") => MediaKind::Audio,
        _ => MediaKind::Document,
    }
}

fn is_opus(mime: &str) -> bool {
    mime.starts_with("audio/ogg") || mime.starts_with("audio/opus")
}

/// Whether phones take a file of this type for this kind.
fn suits(kind: MediaKind, mime: &str) -> bool {
    match kind {
        // Drawings can run programs, and phones show photos of Apple's format to nobody else.
        MediaKind::Image => matches!(mime, "image/jpeg" | "image/png" | "image/gif" | "image/webp"),
        MediaKind::Video | MediaKind::Gif | MediaKind::VideoNote => mime.starts_with("video/"),
        MediaKind::Voice => is_opus(mime),
        MediaKind::Audio => mime.starts_with("audio/"),
        MediaKind::Sticker => mime == "image/webp",
        MediaKind::Document => true,
    }
}

/// The message again, its file if it has one, and how often it was forwarded then.
fn forwarded(
    c: &Connection,
    scope: Scope,
    id: &PublicId,
) -> Result<(OutgoingContent, Option<FileId>, u32), OutboxError> {
    let message = chats::message_in(c, scope.workspace, id)?;
    let hidden = !message.shown || message.deleted || message.context.view_once;
    if hidden {
        return Err(Unfit::NotForwarded.into());
    }
    let times = match &message.context.forwarded {
        None => 1,
        Some(Forwarded::Once) => 2,
        Some(Forwarded::Often | Forwarded::Channel { .. }) => OFTEN,
    };
    if let Some(kind) = message.kind.media() {
        let info = message.media.as_ref();
        let known = info.and_then(|info| info.file.as_ref()).ok_or(Unfit::File)?;
        let file = media::find_in(c, scope.workspace, &known.id)?.ok_or(Unfit::File)?;
        if file.state != FileState::Present {
            return Err(Unfit::File.into());
        }
        let media = Wire {
            kind,
            caption: message.body.clone(),
            file_name: info.and_then(|info| info.file_name.clone()),
            seconds: info.and_then(|info| info.seconds),
            waveform: info.and_then(|info| info.waveform.clone()),
            mime: info.map(|info| info.mime.clone()).unwrap_or_default(),
            ..wire(c, &file)?
        };
        return Ok((OutgoingContent::Media(media), Some(file.id), times));
    }
    let content = match message.kind {
        Kind::Text => OutgoingContent::Text {
            body: message.body.clone().ok_or(Unfit::NotForwarded)?,
        },
        _ => card_of(&message).ok_or(Unfit::NotForwarded)?,
    };
    Ok((content, None, times))
}

/// A change of a message that is there.
pub(super) fn change(
    c: &Connection,
    own: &OwnMessages,
    scope: Scope,
    id: &PublicId,
    change: Change,
    now: UnixMs,
) -> Result<MessageDraft, OutboxError> {
    let message = chats::message_in(c, scope.workspace, id)?;
    let chat = chats::ref_in(c, scope.workspace, &message.chat)?;
    if !message.shown {
        return Err(OutboxError::NotFound);
    }
    if message.deleted {
        return Err(Unfit::Deleted.into());
    }
    if is_unsent(&message) {
        return Err(Unfit::NotSent.into());
    }
    let target = chats::target_in(c, &chat, &message)?;
    let at_ms = now.0;
    let content = match change {
        Change::React(emoji) => {
            if !emoji.is_empty() && !chats::is_one_emoji(&emoji) {
                return Err(Unfit::Emoji.into());
            }
            OutgoingContent::Reaction { target, emoji, at_ms }
        }
        Change::Edit(words) => {
            ours_within(&message, EDITED_WITHIN, now, Unfit::TooLateToEdit)?;
            let content = Box::new(edited(&message, &words)?);
            OutgoingContent::Edit { target, content, at_ms }
        }
        Change::Delete => {
            ours_within(&message, DELETED_WITHIN, now, Unfit::TooLateToDelete)?;
            OutgoingContent::Delete { target }
        }
        Change::Vote(options) => {
            may_choose(&message, &options)?;
            let secret = own.secret_in(c, message.id, &message.public_id)?.ok_or(Unfit::Vote)?;
            OutgoingContent::Vote {
                target,
                options,
                secret,
                at_ms,
            }
        }
    };
    Ok(drafted(chat, content, message.id, scope))
}

fn drafted(chat: ChatRef, content: OutgoingContent, changes: MessageId, scope: Scope) -> MessageDraft {
    MessageDraft {
        chat,
        wa_id: new_wa_id(),
        content,
        context: OutgoingContext::default(),
        file: None,
        changes: Some(changes),
        author: author(scope),
    }
}

/// It waits, or it has failed: nobody has it who could be told about it.
fn is_unsent(message: &Message) -> bool {
    message.from_me && matches!(message.status, Status::Pending | Status::Failed)
}

fn ours_within(message: &Message, within: std::time::Duration, now: UnixMs, late: Unfit) -> Result<(), OutboxError> {
    if !message.from_me {
        return Err(Unfit::NotOurs.into());
    }
    if now.since(message.at) > within {
        return Err(late.into());
    }
    Ok(())
}

fn edited(message: &Message, words: &str) -> Result<OutgoingContent, OutboxError> {
    if !message.is_editable() {
        return Err(Unfit::NotEditable.into());
    }
    let words = checked_text(words)?;
    let (Some(kind), Some(info)) = (message.kind.media(), &message.media) else {
        return Ok(OutgoingContent::Text { body: words });
    };
    Ok(OutgoingContent::Media(Wire {
        kind,
        mime: info.mime.clone(),
        caption: Some(words),
        file_name: info.file_name.clone(),
        seconds: info.seconds,
        width: info.width,
        height: info.height,
        thumbnail: info.thumbnail.clone(),
        ..Wire::default()
    }))
}

fn may_choose(message: &Message, options: &[String]) -> Result<(), OutboxError> {
    let Some(Detail::Card(Card::Poll {
        options: offered,
        choices,
        ..
    })) = &message.detail
    else {
        return Err(Unfit::Vote.into());
    };
    let too_many = *choices > 0 && options.len() > *choices as usize;
    if too_many || !options.iter().all(|option| offered.contains(option)) {
        return Err(Unfit::Vote.into());
    }
    Ok(())
}
