//! A message's content and context, from its protobuf.

use waproto::whatsapp as wa;
use waproto::whatsapp::message_association::AssociationType;

use super::opened::Opened;
use super::{business, cards, changes, context, media, names, notices, text};
use crate::{Card, Content, Context};

pub(super) fn of(message: &wa::Message) -> (Content, Context) {
    let opened = Opened::new(message);
    let (mut content, context) = (content(&opened), context::of(&opened));
    // What is to be seen once is not kept in small.
    if let (true, Content::Media(media)) = (context.view_once, &mut content) {
        media.thumbnail = None;
    }
    (content, context)
}

/// The content alone: of a quoted message, or of one that an edit carries.
pub(super) fn alone(message: &wa::Message) -> Content {
    content(&Opened::new(message))
}

fn content(opened: &Opened<'_>) -> Content {
    if opened.hidden || is_double(opened) {
        return Content::Protocol;
    }
    let inner = opened.inner;
    let found = changes::of(opened)
        .or_else(|| text::of(inner))
        .or_else(|| media::of(inner).map(Content::Media))
        .or_else(|| cards::of(inner))
        .or_else(|| business::of(inner))
        .or_else(|| notices::of(inner));
    match (found, opened.notice) {
        (Some(Content::Text { body }), Some(notice)) => Content::Card {
            text: Some(body),
            card: Card::Notice(notice),
        },
        (Some(content), _) => content,
        (None, _) => names::unmodelled(&waproto::codec::message_to_vec(inner)),
    }
}

/// The moving part of a photo, or a video that has been sent in a form that everything plays as well.
fn is_double(opened: &Opened<'_>) -> bool {
    let kind = opened.association.and_then(|association| association.association_type);
    matches!(
        kind,
        Some(AssociationType::MOTION_PHOTO | AssociationType::HEVC_VIDEO_DUAL_UPLOAD)
    )
}

/// The words of a content.
pub(super) fn words(content: Content) -> Option<String> {
    match content {
        Content::Text { body } => Some(body),
        Content::Media(media) => media.caption,
        Content::Card { text, .. } | Content::Other { text, .. } => text,
        Content::Change { .. } | Content::Sealed(_) | Content::Undecryptable | Content::Protocol => None,
    }
}

/// Without what is empty, one below the other.
pub(super) fn lines<'a>(parts: impl IntoIterator<Item = Option<&'a String>>) -> Option<String> {
    let parts: Vec<&str> = parts
        .into_iter()
        .flatten()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

#[cfg(test)]
#[path = "content_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "kinds_tests.rs"]
mod kinds_tests;

#[cfg(test)]
#[path = "context_tests.rs"]
mod context_tests;

#[cfg(test)]
#[path = "notices_tests.rs"]
mod notices_tests;
