//! Composes a message: from a request to send, to the protobuf message and the attributes of its stanza.

mod files;

use buffa::MessageField;
use rand::rngs::StdRng;
use waproto::whatsapp as wa;

use crate::phone::board::Board;
use crate::phone::content::{Contact, Content, Location};
use crate::phone::crypto::random;
use crate::phone::stanza::{Chat, Shape};
use crate::phone::types::PhoneError;

pub(in crate::phone) use self::files::media_message;

/// The context of a message: its chat, and what the phone remembers of it.
pub(in crate::phone) struct Desk<'a> {
    pub board: &'a Board,
    pub chat: &'a Chat,
    /// Unix milliseconds.
    pub now: i64,
    pub rng: &'a mut StdRng,
}

/// Everything but media, which has to be uploaded first (see [`media_message`]).
pub(in crate::phone) fn compose(content: &Content, desk: &mut Desk<'_>) -> Result<(wa::Message, Shape), PhoneError> {
    let composed = match content {
        Content::Text(text) => (plain_text(text), Shape::text()),
        Content::Location(place) => (location(place), media_shape("location")),
        Content::Contact(card) => (contact(card), media_shape("vcard")),
        Content::Poll { question, options } => poll(question, options, desk.rng),
        Content::Reaction { message_id, emoji } => reaction(desk, message_id, emoji),
        Content::Reply { message_id, text } => (reply(desk, message_id, text), Shape::text()),
        Content::Edit { message_id, text } => edit(desk, message_id, text)?,
        Content::Delete { message_id } => delete(desk, message_id)?,
        Content::Media(_) => return Err(PhoneError::Media("the file has not been uploaded".to_owned())),
    };
    Ok(composed)
}

fn plain_text(text: &str) -> wa::Message {
    wa::Message {
        conversation: Some(text.to_owned()),
        ..Default::default()
    }
}

fn media_shape(mediatype: &'static str) -> Shape {
    Shape {
        stanza_type: "media",
        mediatype: Some(mediatype),
        ..Shape::default()
    }
}

fn location(place: &Location) -> wa::Message {
    wa::Message {
        location_message: MessageField::some(wa::message::LocationMessage {
            degrees_latitude: Some(place.latitude),
            degrees_longitude: Some(place.longitude),
            name: place.name.clone(),
            address: place.address.clone(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn contact(card: &Contact) -> wa::Message {
    wa::Message {
        contact_message: MessageField::some(wa::message::ContactMessage {
            display_name: Some(card.name.clone()),
            vcard: Some(card.vcard.clone()),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn poll(question: &str, options: &[String], rng: &mut StdRng) -> (wa::Message, Shape) {
    let option = |name: &String| wa::message::poll_creation_message::Option {
        option_name: Some(name.clone()),
        ..Default::default()
    };
    let message = wa::Message {
        poll_creation_message_v3: MessageField::some(wa::message::PollCreationMessage {
            name: Some(question.to_owned()),
            options: options.iter().map(option).collect(),
            selectable_options_count: Some(1),
            ..Default::default()
        }),
        // Voters encrypt their choice with this secret.
        message_context_info: MessageField::some(wa::MessageContextInfo {
            message_secret: Some(random::<32>(rng).to_vec()),
            ..Default::default()
        }),
        ..Default::default()
    };
    let shape = Shape {
        stanza_type: "poll",
        poll: true,
        ..Shape::default()
    };
    (message, shape)
}

/// The key that identifies a message to others. An unknown one counts as the recipient's.
fn key(desk: &Desk<'_>, id: &str) -> wa::MessageKey {
    let known = desk.board.find(desk.chat.key(), id);
    let from_me = known.is_some_and(|message| message.from_me);
    let participant = match (desk.chat, known) {
        (Chat::Group(_), Some(message)) if !from_me => Some(format!("{}@s.whatsapp.net", message.author)),
        _ => None,
    };
    wa::MessageKey {
        remote_jid: Some(desk.chat.jid_text()),
        from_me: Some(from_me),
        id: Some(id.to_owned()),
        participant,
    }
}

fn own_key(desk: &Desk<'_>, id: &str) -> Result<wa::MessageKey, PhoneError> {
    if desk
        .board
        .find(desk.chat.key(), id)
        .is_some_and(|message| !message.from_me)
    {
        return Err(PhoneError::NotOwn);
    }
    Ok(wa::MessageKey {
        from_me: Some(true),
        ..key(desk, id)
    })
}

fn reaction(desk: &Desk<'_>, id: &str, emoji: &str) -> (wa::Message, Shape) {
    let message = wa::Message {
        reaction_message: MessageField::some(wa::message::ReactionMessage {
            key: MessageField::some(key(desk, id)),
            text: Some(emoji.to_owned()),
            sender_timestamp_ms: Some(desk.now),
            ..Default::default()
        }),
        ..Default::default()
    };
    let shape = Shape {
        stanza_type: "reaction",
        hide_failure: true,
        ..Shape::default()
    };
    (message, shape)
}

fn reply(desk: &Desk<'_>, id: &str, text: &str) -> wa::Message {
    let quoted = desk.board.find(desk.chat.key(), id);
    let author = match (quoted, desk.chat) {
        (Some(message), _) => message.author.clone(),
        (None, Chat::Person(number)) => number.to_string(),
        (None, Chat::Group(_)) => desk.board.number.clone(),
    };
    let context = wa::ContextInfo {
        stanza_id: Some(id.to_owned()),
        participant: Some(format!("{author}@s.whatsapp.net")),
        quoted_message: MessageField::some(plain_text(quoted.map_or("", |message| &message.text))),
        ..Default::default()
    };
    wa::Message {
        extended_text_message: MessageField::some(wa::message::ExtendedTextMessage {
            text: Some(text.to_owned()),
            context_info: MessageField::some(context),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn edit(desk: &Desk<'_>, id: &str, text: &str) -> Result<(wa::Message, Shape), PhoneError> {
    let protocol = wa::message::ProtocolMessage {
        key: MessageField::some(own_key(desk, id)?),
        r#type: Some(wa::message::protocol_message::Type::MESSAGE_EDIT),
        edited_message: MessageField::some(plain_text(text)),
        timestamp_ms: Some(desk.now),
        ..Default::default()
    };
    Ok((protocol_message(protocol), changing("1")))
}

fn delete(desk: &Desk<'_>, id: &str) -> Result<(wa::Message, Shape), PhoneError> {
    let protocol = wa::message::ProtocolMessage {
        key: MessageField::some(own_key(desk, id)?),
        r#type: Some(wa::message::protocol_message::Type::REVOKE),
        ..Default::default()
    };
    Ok((protocol_message(protocol), changing("7")))
}

fn changing(edit: &'static str) -> Shape {
    Shape {
        edit: Some(edit),
        hide_failure: true,
        ..Shape::text()
    }
}

pub(in crate::phone) fn protocol_message(protocol: wa::message::ProtocolMessage) -> wa::Message {
    wa::Message {
        protocol_message: MessageField::some(protocol),
        ..Default::default()
    }
}

/// The copy for the phone's own linked devices: the message with its chat.
pub(in crate::phone) fn device_sent(chat: &Chat, message: &wa::Message) -> wa::Message {
    wa::Message {
        device_sent_message: MessageField::some(wa::message::DeviceSentMessage {
            destination_jid: Some(chat.jid_text()),
            message: MessageField::some(message.clone()),
            ..Default::default()
        }),
        // Readers of the copy look for the secret outside as well.
        message_context_info: message.message_context_info.clone(),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests;
