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
    /// Marks that are not part of the content.
    pub marks: Marks,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// The message that it is about, for kinds that do not change what is on the screen.
    pub target: Option<String>,
    pub view_once: bool,
    pub forwarded: bool,
    pub mentions: Vec<String>,
    pub expiration: Option<u32>,
    /// The message whose picture belongs to it: the head of an album, or the first of a pair.
    pub parent: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    React {
        id: String,
        emoji: String,
    },
    Edit {
        id: String,
        text: String,
    },
    Delete {
        id: String,
    },
    /// Shows as no bubble and changes none.
    Nothing,
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
pub(super) fn read(outer: &wa::Message) -> Option<Reading> {
    let message = unwrap(outer);
    let mut reading = text(message)
        .or_else(|| media(message))
        .or_else(|| structured(message))
        .or_else(|| about_another(message))
        .or_else(|| acting(message))
        .or_else(|| other(message))?;
    if let Some(context) = context_of(message) {
        reading.reply_to = context.stanza_id.clone();
        reading.marks.forwarded = context.is_forwarded == Some(true);
        reading.marks.mentions.clone_from(&context.mentioned_jid);
        reading.marks.expiration = context.expiration;
    }
    let boxes = [
        &outer.view_once_message,
        &outer.view_once_message_v2,
        &outer.view_once_message_v2_extension,
    ];
    reading.marks.view_once = boxes.into_iter().any(|wrapper| wrapper.is_set());
    let association = outer
        .message_context_info
        .as_option()
        .and_then(|info| info.message_association.as_option());
    if let Some(Act::React { id, .. } | Act::Edit { id, .. } | Act::Delete { id }) = &reading.act {
        reading.marks.target = Some(id.clone());
    }
    reading.marks.parent = association.and_then(|association| association.parent_message_key.id.clone());
    Some(reading)
}

/// Removes the wrappers that only say how to show what is inside.
fn unwrap(message: &wa::Message) -> &wa::Message {
    let envelopes = [
        &message.ephemeral_message,
        &message.view_once_message,
        &message.view_once_message_v2,
        &message.view_once_message_v2_extension,
        &message.document_with_caption_message,
        &message.edited_message,
        &message.associated_child_message,
        &message.group_mentioned_message,
        &message.lottie_sticker_message,
        &message.poll_creation_message_v4,
        &message.spoiler_message,
    ];
    envelopes
        .into_iter()
        .find_map(|envelope| envelope.as_option()?.message.as_option())
        .map_or(message, unwrap)
}

/// The context of whichever part of the message has one.
fn context_of(message: &wa::Message) -> Option<&wa::ContextInfo> {
    macro_rules! first {
        ($($field:ident),+ $(,)?) => {
            None$(.or_else(|| message.$field.as_option()?.context_info.as_option()))+
        };
    }
    first!(
        extended_text_message,
        image_message,
        video_message,
        ptv_message,
        audio_message,
        document_message,
        sticker_message,
        location_message,
        live_location_message,
        contact_message,
        contacts_array_message,
        poll_creation_message,
        poll_creation_message_v2,
        poll_creation_message_v3,
        event_message,
        buttons_message,
        buttons_response_message,
        list_message,
        list_response_message,
        template_message,
        template_button_reply_message,
        interactive_message,
        interactive_response_message,
        product_message,
        order_message,
        group_invite_message,
        request_phone_number_message,
        album_message,
    )
}

/// The poll inside, whichever version its writer used.
pub(super) fn poll_of(message: &wa::Message) -> Option<&wa::message::PollCreationMessage> {
    let message = unwrap(message);
    let polls = [
        &message.poll_creation_message,
        &message.poll_creation_message_v2,
        &message.poll_creation_message_v3,
        &message.poll_creation_message_v5,
        &message.poll_creation_message_v6,
    ];
    polls.into_iter().find_map(|poll| poll.as_option())
}

fn said(kind: &'static str, text: Option<String>) -> Option<Reading> {
    Some(Reading {
        kind,
        text,
        ..Reading::default()
    })
}

/// Something that is no bubble.
fn quiet(kind: &'static str, text: Option<String>) -> Option<Reading> {
    Some(Reading {
        kind,
        text,
        act: Some(Act::Nothing),
        ..Reading::default()
    })
}

fn text(message: &wa::Message) -> Option<Reading> {
    if let Some(text) = &message.conversation {
        return said("text", Some(text.clone()));
    }
    said("text", message.extended_text_message.as_option()?.text.clone())
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
    let with = |kind, text: &Option<String>, file| {
        Some(Reading {
            kind,
            text: text.clone(),
            media: Some(file),
            ..Reading::default()
        })
    };
    if let Some(part) = message.image_message.as_option() {
        let file = file!(part, MediaType::Image, part.jpeg_thumbnail.clone());
        return with("image", &part.caption, file);
    }
    if let Some(part) = message.video_message.as_option() {
        let kind = if part.gif_playback == Some(true) {
            "gif"
        } else {
            "video"
        };
        let file = file!(part, MediaType::Video, part.jpeg_thumbnail.clone());
        return with(kind, &part.caption, file);
    }
    if let Some(part) = message.ptv_message.as_option() {
        let file = file!(part, MediaType::Video, part.jpeg_thumbnail.clone());
        return with("ptv", &part.caption, file);
    }
    if let Some(part) = message.audio_message.as_option() {
        let kind = if part.ptt == Some(true) { "voice" } else { "audio" };
        return with(kind, &None, file!(part, MediaType::Audio, None));
    }
    if let Some(part) = message.document_message.as_option() {
        let file = file!(part, MediaType::Document, part.jpeg_thumbnail.clone());
        let text = part.caption.clone().or_else(|| part.file_name.clone());
        return with("document", &text, file);
    }
    let part = message.sticker_message.as_option()?;
    with("sticker", &None, file!(part, MediaType::Sticker, None))
}

fn structured(message: &wa::Message) -> Option<Reading> {
    let point = |latitude: Option<f64>, longitude: Option<f64>| Some(format!("{},{}", latitude?, longitude?));
    if let Some(place) = message.location_message.as_option() {
        let here = || point(place.degrees_latitude, place.degrees_longitude);
        return said("location", place.name.clone().or_else(here));
    }
    if let Some(place) = message.live_location_message.as_option() {
        return said("live_location", point(place.degrees_latitude, place.degrees_longitude));
    }
    if let Some(card) = message.contact_message.as_option() {
        return said("contact", card.display_name.clone());
    }
    if let Some(cards) = message.contacts_array_message.as_option() {
        return said("contacts", cards.display_name.clone());
    }
    if let Some(poll) = poll_of(message) {
        return said("poll", poll.name.clone());
    }
    if let Some(event) = message.event_message.as_option() {
        return said("event", event.name.clone());
    }
    if message.album_message.is_set() {
        return quiet("album", None);
    }
    if let Some(reply) = message.buttons_response_message.as_option() {
        use wa::message::buttons_response_message::Response;

        let label = reply
            .response
            .as_ref()
            .map(|Response::SelectedDisplayText(text)| text.clone());
        return said("choice", label);
    }
    if let Some(reply) = message.list_response_message.as_option() {
        return said("choice", reply.title.clone());
    }
    if let Some(reply) = message.template_button_reply_message.as_option() {
        return said("choice", reply.selected_display_text.clone());
    }
    if let Some(reply) = message.interactive_response_message.as_option() {
        return said("choice", reply.body.as_option().and_then(|body| body.text.clone()));
    }
    if let Some(menu) = message.interactive_message.as_option() {
        return said("interactive", menu.body.as_option().and_then(|body| body.text.clone()));
    }
    message.request_phone_number_message.as_option()?;
    said("number_request", None)
}

/// What belongs to another message without changing its bubble.
fn about_another(message: &wa::Message) -> Option<Reading> {
    use wa::message::pin_in_chat_message::Type as Pin;

    let about = |kind, key: &buffa::MessageField<wa::MessageKey>| {
        let mut reading = quiet(kind, None)?;
        reading.marks.target = key.as_option().and_then(|key| key.id.clone());
        Some(reading)
    };
    if let Some(vote) = message.poll_update_message.as_option() {
        return about("poll_vote", &vote.poll_creation_message_key);
    }
    if let Some(answer) = message.enc_event_response_message.as_option() {
        return about("event_answer", &answer.event_creation_message_key);
    }
    if let Some(edit) = message.secret_encrypted_message.as_option() {
        return about("edit", &edit.target_message_key);
    }
    if let Some(pin) = message.pin_in_chat_message.as_option() {
        let kind = if pin.r#type == Some(Pin::UNPIN_FOR_ALL) {
            "unpin"
        } else {
            "pin"
        };
        return about(kind, &pin.key);
    }
    let keep = message.keep_in_chat_message.as_option()?;
    let kept = keep.keep_type == Some(wa::KeepType::KEEP_FOR_ALL);
    about(if kept { "keep" } else { "unkeep" }, &keep.key)
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
        Type::EPHEMERAL_SETTING => {
            let seconds = protocol.ephemeral_expiration.unwrap_or(0);
            quiet("disappearing", Some(seconds.to_string()))
        }
        Type::SHARE_PHONE_NUMBER => quiet("number_shared", None),
        Type::LIMIT_SHARING => quiet("limit_sharing", None),
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
