//! A message's content, from its protobuf.

use buffa::MessageField;
use waproto::whatsapp::message as part;
use waproto::whatsapp::{self as wa, message::protocol_message::Type as ProtocolType};

use super::names;
use crate::{Card, Content, Media, MediaKind};

/// Limits nested wrappers; a hostile message must not cause deep recursion.
const MAX_WRAPPERS: usize = 8;

/// `raw` is `message`, encoded.
pub(super) fn of(message: &wa::Message, raw: &[u8]) -> Content {
    let inner = unwrapped(message);
    if let Some(content) = protocol(inner)
        .or_else(|| text(inner))
        .or_else(|| media(inner))
        .or_else(|| other_kinds(inner))
    {
        return content;
    }
    if std::ptr::eq(inner, message) {
        names::unmodelled(raw)
    } else {
        names::unmodelled(&waproto::codec::message_to_vec(inner))
    }
}

/// The message inside its wrappers: disappearing, view once, caption, edit, a copy from our own phone, and so on.
fn unwrapped(message: &wa::Message) -> &wa::Message {
    let mut current = message;
    for _ in 0..MAX_WRAPPERS {
        match wrapped(current) {
            Some(inner) => current = inner,
            None => break,
        }
    }
    current
}

fn wrapped(message: &wa::Message) -> Option<&wa::Message> {
    if let Some(sent) = message.device_sent_message.as_option() {
        return sent.message.as_option();
    }
    let envelopes = [
        &message.ephemeral_message,
        &message.view_once_message,
        &message.view_once_message_v2,
        &message.view_once_message_v2_extension,
        &message.document_with_caption_message,
        &message.edited_message,
        &message.group_mentioned_message,
        &message.bot_invoke_message,
        &message.bot_forwarded_message,
        &message.bot_task_message,
        &message.associated_child_message,
        &message.lottie_sticker_message,
        &message.event_cover_image,
        &message.poll_creation_option_image_message,
        &message.poll_creation_message_v4,
        &message.question_message,
        &message.question_reply_message,
        &message.spoiler_message,
        &message.limit_sharing_message,
        &message.status_mention_message,
        &message.status_add_yours,
        &message.group_status_message,
        &message.group_status_message_v2,
        &message.group_status_mention_message,
        &message.newsletter_admin_profile_message,
        &message.newsletter_admin_profile_message_v2,
    ];
    envelopes
        .into_iter()
        .find_map(|envelope| envelope.as_option()?.message.as_option())
}

/// Protocol messages.
fn protocol(message: &wa::Message) -> Option<Content> {
    if let Some(reaction) = message.reaction_message.as_option() {
        return Some(Content::Reaction {
            target_id: key_id(&reaction.key),
            emoji: reaction.text.clone().unwrap_or_default(),
        });
    }
    let protocol = message.protocol_message.as_option()?;
    if protocol.r#type == Some(ProtocolType::REVOKE) {
        return Some(Content::Delete {
            target_id: key_id(&protocol.key),
        });
    }
    Some(match protocol.edited_message.as_option() {
        Some(edited) => Content::Edit {
            target_id: key_id(&protocol.key),
            body: body_of(unwrapped(edited)),
        },
        None => Content::Protocol,
    })
}

fn key_id(key: &MessageField<wa::MessageKey>) -> String {
    key.as_option().and_then(|key| key.id.clone()).unwrap_or_default()
}

/// The text of a message, in whatever field.
fn body_of(message: &wa::Message) -> String {
    match text(message).or_else(|| media(message)) {
        Some(Content::Text { body, .. }) => body,
        Some(Content::Media(media)) => media.caption.unwrap_or_default(),
        _ => String::new(),
    }
}

fn text(message: &wa::Message) -> Option<Content> {
    if let Some(body) = &message.conversation {
        return Some(Content::Text {
            body: body.clone(),
            quoted_id: None,
        });
    }
    if let Some(extended) = message.extended_text_message.as_option() {
        return Some(said(extended.text.as_ref(), &extended.context_info));
    }
    answer(message)
}

/// A tapped button or list entry counts as the person's text.
fn answer(message: &wa::Message) -> Option<Content> {
    if let Some(reply) = message.buttons_response_message.as_option() {
        let label = reply
            .response
            .as_ref()
            .map(|part::buttons_response_message::Response::SelectedDisplayText(label)| label);
        return Some(said(label.or(reply.selected_button_id.as_ref()), &reply.context_info));
    }
    if let Some(reply) = message.template_button_reply_message.as_option() {
        return Some(said(
            reply.selected_display_text.as_ref().or(reply.selected_id.as_ref()),
            &reply.context_info,
        ));
    }
    if let Some(reply) = message.list_response_message.as_option() {
        return Some(said(
            reply.title.as_ref().or(reply.description.as_ref()),
            &reply.context_info,
        ));
    }
    let reply = message.interactive_response_message.as_option()?;
    let body = reply.body.as_option().and_then(|body| body.text.as_ref());
    Some(said(body, &reply.context_info))
}

fn said(body: Option<&String>, context: &MessageField<wa::ContextInfo>) -> Content {
    Content::Text {
        body: body.cloned().unwrap_or_default(),
        quoted_id: context.as_option().and_then(|context| context.stanza_id.clone()),
    }
}

fn media(message: &wa::Message) -> Option<Content> {
    let media = if let Some(image) = message.image_message.as_option() {
        self::image(image)
    } else if let Some(video) = message.video_message.as_option().or(message.ptv_message.as_option()) {
        self::video(video)
    } else if let Some(audio) = message.audio_message.as_option() {
        self::audio(audio)
    } else if let Some(document) = message.document_message.as_option() {
        self::document(document)
    } else {
        self::sticker(message.sticker_message.as_option()?)
    };
    Some(Content::Media(media))
}

/// The fields that every kind of media has under the same names.
macro_rules! file {
    ($kind:expr, $part:expr) => {
        Media {
            kind: $kind,
            mime: $part.mimetype.clone().unwrap_or_default(),
            size: $part.file_length,
            direct_path: path($part.direct_path.as_deref(), $part.url.as_deref()),
            media_key: $part.media_key.clone().unwrap_or_default(),
            sha256: $part.file_sha256.clone().unwrap_or_default(),
            enc_sha256: $part.file_enc_sha256.clone().unwrap_or_default(),
            ..Media::default()
        }
    };
}

/// Old clients send only the full URL; its path works as well.
fn path(direct: Option<&str>, url: Option<&str>) -> String {
    let from_url = || {
        let url = url::Url::parse(url?).ok()?;
        Some(url.path().to_owned())
    };
    direct.map(str::to_owned).or_else(from_url).unwrap_or_default()
}

fn image(image: &part::ImageMessage) -> Media {
    Media {
        caption: image.caption.clone(),
        width: image.width,
        height: image.height,
        thumbnail: image.jpeg_thumbnail.clone(),
        ..file!(MediaKind::Image, image)
    }
}

fn video(video: &part::VideoMessage) -> Media {
    Media {
        caption: video.caption.clone(),
        seconds: video.seconds,
        width: video.width,
        height: video.height,
        thumbnail: video.jpeg_thumbnail.clone(),
        ..file!(MediaKind::Video, video)
    }
}

fn audio(audio: &part::AudioMessage) -> Media {
    let kind = if audio.ptt == Some(true) {
        MediaKind::Voice
    } else {
        MediaKind::Audio
    };
    Media {
        seconds: audio.seconds,
        ..file!(kind, audio)
    }
}

fn document(document: &part::DocumentMessage) -> Media {
    Media {
        caption: document.caption.clone(),
        file_name: document.file_name.clone().or_else(|| document.title.clone()),
        thumbnail: document.jpeg_thumbnail.clone(),
        ..file!(MediaKind::Document, document)
    }
}

fn sticker(sticker: &part::StickerMessage) -> Media {
    Media {
        width: sticker.width,
        height: sticker.height,
        ..file!(MediaKind::Sticker, sticker)
    }
}

fn other_kinds(message: &wa::Message) -> Option<Content> {
    if let Some(place) = message.location_message.as_option() {
        let name = place.name.as_ref().or(place.address.as_ref());
        return Some(location(place.degrees_latitude, place.degrees_longitude, name));
    }
    if let Some(place) = message.live_location_message.as_option() {
        let name = place.caption.as_ref();
        return Some(location(place.degrees_latitude, place.degrees_longitude, name));
    }
    contacts(message).or_else(|| poll(message))
}

fn location(latitude: Option<f64>, longitude: Option<f64>, name: Option<&String>) -> Content {
    Content::Card {
        text: name.cloned(),
        card: Card::Location {
            latitude: latitude.unwrap_or_default(),
            longitude: longitude.unwrap_or_default(),
        },
    }
}

fn contacts(message: &wa::Message) -> Option<Content> {
    let found = |name: String, vcard: String| Content::Card {
        text: Some(name),
        card: Card::Contact { vcard },
    };
    if let Some(contact) = message.contact_message.as_option() {
        let (name, vcard) = (contact.display_name.clone(), contact.vcard.clone());
        return Some(found(name.unwrap_or_default(), vcard.unwrap_or_default()));
    }
    let array = message.contacts_array_message.as_option()?;
    let joined = |of: fn(&part::ContactMessage) -> Option<&String>, between: &str| {
        array
            .contacts
            .iter()
            .filter_map(of)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(between)
    };
    // A vCard file may contain several cards, so several contacts are still one content.
    Some(found(
        joined(|contact| contact.display_name.as_ref(), ", "),
        joined(|contact| contact.vcard.as_ref(), "\n"),
    ))
}

fn poll(message: &wa::Message) -> Option<Content> {
    let versions = [
        &message.poll_creation_message,
        &message.poll_creation_message_v2,
        &message.poll_creation_message_v3,
        &message.poll_creation_message_v5,
        &message.poll_creation_message_v6,
    ];
    let poll = versions.into_iter().find_map(MessageField::as_option)?;
    let options = poll.options.iter().filter_map(|option| option.option_name.clone());
    Some(Content::Card {
        text: Some(poll.name.clone().unwrap_or_default()),
        card: Card::Poll {
            options: options.collect(),
        },
    })
}

#[cfg(test)]
#[path = "content_tests.rs"]
mod tests;
