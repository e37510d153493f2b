//! A decrypted message's content, in the terms of the control API.

use wacore::download::MediaType;
use waproto::whatsapp as wa;

/// A message's parts for inbox and screen.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Reading {
    pub kind: &'static str,
    pub text: Option<String>,
    pub media: Option<FileRef>,
    /// Set when the message acts on another one.
    pub act: Option<Act>,
    pub reply_to: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    React { id: String, emoji: String },
    Edit { id: String, text: String },
    Delete { id: String },
}

/// Where an encrypted file is and how to decrypt it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FileRef {
    pub media_type: MediaType,
    pub mime: String,
    pub direct_path: String,
    pub media_key: Vec<u8>,
    pub sha256: Vec<u8>,
    pub thumbnail: Option<Vec<u8>>,
}

/// Reads a message; `None` for protocol messages (key distribution, app state, history).
pub(super) fn read(message: &wa::Message) -> Option<Reading> {
    let message = unwrap(message);
    text(message)
        .or_else(|| media(message))
        .or_else(|| structured(message))
        .or_else(|| acting(message))
        .or_else(|| other(message))
}

/// Removes the wrappers that only say how to show what is inside.
fn unwrap(message: &wa::Message) -> &wa::Message {
    let envelopes = [
        &message.ephemeral_message,
        &message.view_once_message,
        &message.view_once_message_v2,
        &message.document_with_caption_message,
        &message.edited_message,
    ];
    envelopes
        .into_iter()
        .find_map(|envelope| envelope.as_option()?.message.as_option())
        .map_or(message, unwrap)
}

fn text(message: &wa::Message) -> Option<Reading> {
    if let Some(text) = &message.conversation {
        return Some(Reading {
            kind: "text",
            text: Some(text.clone()),
            ..Reading::default()
        });
    }
    let extended = message.extended_text_message.as_option()?;
    Some(Reading {
        kind: "text",
        text: extended.text.clone(),
        reply_to: extended
            .context_info
            .as_option()
            .and_then(|context| context.stanza_id.clone()),
        ..Reading::default()
    })
}

macro_rules! file {
    ($part:expr, $media_type:expr, $thumbnail:expr) => {
        FileRef {
            media_type: $media_type,
            mime: $part.mimetype.clone().unwrap_or_default(),
            direct_path: $part.direct_path.clone().unwrap_or_default(),
            media_key: $part.media_key.clone().unwrap_or_default(),
            sha256: $part.file_sha256.clone().unwrap_or_default(),
            thumbnail: $thumbnail,
        }
    };
}

fn media(message: &wa::Message) -> Option<Reading> {
    let with = |kind, text: &Option<String>, file, context: &buffa::MessageField<wa::ContextInfo>| {
        Some(Reading {
            kind,
            text: text.clone(),
            media: Some(file),
            reply_to: context.as_option().and_then(|context| context.stanza_id.clone()),
            act: None,
        })
    };
    if let Some(part) = message.image_message.as_option() {
        let file = file!(part, MediaType::Image, part.jpeg_thumbnail.clone());
        return with("image", &part.caption, file, &part.context_info);
    }
    if let Some(part) = message.video_message.as_option() {
        let file = file!(part, MediaType::Video, part.jpeg_thumbnail.clone());
        return with("video", &part.caption, file, &part.context_info);
    }
    if let Some(part) = message.audio_message.as_option() {
        let kind = if part.ptt == Some(true) { "voice" } else { "audio" };
        return with(kind, &None, file!(part, MediaType::Audio, None), &part.context_info);
    }
    if let Some(part) = message.document_message.as_option() {
        let file = file!(part, MediaType::Document, part.jpeg_thumbnail.clone());
        let text = part.caption.clone().or_else(|| part.file_name.clone());
        return with("document", &text, file, &part.context_info);
    }
    let part = message.sticker_message.as_option()?;
    with(
        "sticker",
        &None,
        file!(part, MediaType::Sticker, None),
        &part.context_info,
    )
}

fn structured(message: &wa::Message) -> Option<Reading> {
    let said = |kind, text| {
        Some(Reading {
            kind,
            text,
            ..Reading::default()
        })
    };
    if let Some(place) = message.location_message.as_option() {
        let point = || {
            let (latitude, longitude) = (place.degrees_latitude?, place.degrees_longitude?);
            Some(format!("{latitude},{longitude}"))
        };
        return said("location", place.name.clone().or_else(point));
    }
    if let Some(card) = message.contact_message.as_option() {
        return said("contact", card.display_name.clone());
    }
    let polls = [
        &message.poll_creation_message,
        &message.poll_creation_message_v2,
        &message.poll_creation_message_v3,
    ];
    if let Some(poll) = polls.into_iter().find_map(|poll| poll.as_option()) {
        return said("poll", poll.name.clone());
    }
    message.poll_update_message.as_option()?;
    said("poll_vote", None)
}

fn acting(message: &wa::Message) -> Option<Reading> {
    use wa::message::protocol_message::Type;

    if let Some(reaction) = message.reaction_message.as_option() {
        let emoji = reaction.text.clone().unwrap_or_default();
        let id = reaction.key.as_option()?.id.clone()?;
        return Some(Reading {
            kind: "reaction",
            text: Some(emoji.clone()),
            act: Some(Act::React { id, emoji }),
            ..Reading::default()
        });
    }
    let protocol = message.protocol_message.as_option()?;
    let id = || protocol.key.as_option()?.id.clone();
    match protocol.r#type? {
        Type::REVOKE => Some(Reading {
            kind: "delete",
            act: Some(Act::Delete { id: id()? }),
            ..Reading::default()
        }),
        Type::MESSAGE_EDIT => {
            let text = read(protocol.edited_message.as_option()?)?.text.unwrap_or_default();
            Some(Reading {
                kind: "edit",
                text: Some(text.clone()),
                act: Some(Act::Edit { id: id()?, text }),
                ..Reading::default()
            })
        }
        _ => None,
    }
}

/// Any other visible kind: kept, so that no message is lost, but not parsed.
fn other(message: &wa::Message) -> Option<Reading> {
    let mut rest = message.clone();
    rest.sender_key_distribution_message = buffa::MessageField::none();
    rest.protocol_message = buffa::MessageField::none();
    rest.message_context_info = buffa::MessageField::none();
    (waproto::codec::message_encoded_len(&rest) > 0).then(|| Reading {
        kind: "other",
        ..Reading::default()
    })
}
