//! Composes a message: from a request to send, to the protobuf message and the attributes of its stanza.

mod files;
mod frame;
mod kinds;
mod sealed;

use std::borrow::Cow;

use buffa::MessageField;
use buffa::encoding::{Tag, WireType};
use rand::rngs::StdRng;
use wacore::send::should_hide_decrypt_fail;
use waproto::whatsapp as wa;

use crate::hub::Hub;
use crate::phone::board::Board;
use crate::phone::content::{Contact, Content, Location, Poll, Quote, Raw};
use crate::phone::crypto::random;
use crate::phone::memory::{Memory, Remembered};
use crate::phone::stanza::{Chat, Shape};
use crate::phone::types::PhoneError;

pub(in crate::phone) use self::files::{hd_child, hd_parent, media_message};
pub(in crate::phone) use self::frame::frame;
pub(in crate::phone) use self::kinds::album;
pub(in crate::phone) use self::sealed::options_of;

/// Number of the field `deviceSentMessage`.
const DEVICE_SENT_MESSAGE: u32 = 31;

/// The context of a message: its chat, and what the phone remembers of it.
pub(in crate::phone) struct Desk<'a> {
    pub hub: &'a Hub,
    pub board: &'a Board,
    pub memory: &'a Memory,
    pub chat: &'a Chat,
    /// Unix milliseconds.
    pub now: i64,
    pub rng: &'a mut StdRng,
}

impl Desk<'_> {
    /// The JID that others see of a number.
    fn jid_of(&self, number: &str) -> String {
        self.hub.address_of(number, false).to_string()
    }

    fn chat_jid(&self) -> String {
        self.chat.address(self.hub)
    }
}

/// Everything but media, which has to be uploaded first (see [`media_message`]).
pub(in crate::phone) fn compose(content: &Content, desk: &mut Desk<'_>) -> Result<(wa::Message, Shape), PhoneError> {
    let message = match content {
        Content::Text(text) => return Ok((with_secret(plain_text(text), desk.rng), Shape::text())),
        Content::Location(place) => location(place),
        Content::Contact(card) => contact(card),
        Content::Poll { question, options } => {
            let poll = Poll {
                question: question.clone(),
                options: options.clone(),
                choices: 1,
                announcement: false,
            };
            return Ok(shaped(kinds::poll(&poll, desk.rng)));
        }
        Content::PollWith(poll) => return Ok(shaped(kinds::poll(poll, desk.rng))),
        Content::Event(event) => return Ok(shaped(kinds::event(event, desk.rng))),
        Content::Reaction { message_id, emoji } => return Ok(reaction(desk, message_id, emoji)),
        Content::Reply { message_id, text } => reply(desk, message_id, text),
        Content::Edit { message_id, text } => return edit(desk, message_id, text),
        Content::SealedEdit { message_id, text } => {
            let (open, _) = edit(desk, message_id, text)?;
            return Ok((sealed::edit(desk, message_id, &open)?, changing("1")));
        }
        Content::Delete { message_id } => return delete(desk, message_id),
        Content::AdminDelete { message_id } => return Ok(revoke(key(desk, message_id), "8")),
        Content::Vote { message_id, options } => sealed::vote(desk, message_id, options)?,
        Content::EventAnswer {
            message_id,
            answer,
            guests,
        } => sealed::event_answer(desk, message_id, *answer, *guests)?,
        Content::Contacts { name, cards } => kinds::contacts(name, cards),
        Content::LiveLocation(place) => kinds::live_location(place),
        Content::Pin { message_id, seconds } => kinds::pin(desk, message_id, *seconds),
        Content::Keep { message_id, keep } => kinds::keep(desk, message_id, *keep),
        Content::Disappearing(seconds) => kinds::disappearing(desk, *seconds),
        Content::Choice(choice) => {
            let mut message = kinds::choice(choice);
            let quote = Quote {
                message_id: choice.message_id.clone(),
                ..Quote::default()
            };
            let context = frame::quoting(&quote, desk);
            wacore::proto_helpers::MessageExt::set_context_info(&mut message, context);
            message
        }
        Content::RequestNumber => kinds::request_number(),
        Content::ShareNumber => kinds::share_number(),
        Content::LimitSharing(on) => kinds::limit_sharing(*on, desk.now),
        Content::Raw(raw) => return decoded(raw),
        Content::Framed { frame: marks, content } => {
            let (mut message, _) = compose(content, desk)?;
            if !frame(&mut message, marks, desk) {
                return Err(PhoneError::NoPlaceForMarks);
            }
            message
        }
        Content::Media(_) | Content::Album(_) | Content::Hd(_) => {
            return Err(PhoneError::Media("the file has not been uploaded".to_owned()));
        }
    };
    let message = if acts(&message) {
        message
    } else {
        with_secret(message, desk.rng)
    };
    Ok(shaped(message))
}

/// Whether a message only changes another or the chat: such messages carry no secret.
fn acts(message: &wa::Message) -> bool {
    should_hide_decrypt_fail(message) || message.protocol_message.is_set()
}

/// Real clients put a secret into nearly every message: votes, answers and edits are sealed with it.
pub(in crate::phone) fn with_secret(mut message: wa::Message, rng: &mut StdRng) -> wa::Message {
    let context = message.message_context_info.get_or_insert_default();
    if context.message_secret.is_none() {
        context.message_secret = Some(random::<32>(rng).to_vec());
    }
    message
}

/// The message and the stanza attributes that follow from it.
pub(in crate::phone) fn shaped(message: wa::Message) -> (wa::Message, Shape) {
    let shape = Shape::of(&message);
    (message, shape)
}

fn decoded(raw: &Raw) -> Result<(wa::Message, Shape), PhoneError> {
    let message = waproto::codec::message_decode(&raw.message).map_err(|_| PhoneError::BadRaw)?;
    let mut shape = Shape::of(&message);
    let owned = |text: &Option<String>| text.clone().map(Cow::Owned);
    if let Some(kind) = owned(&raw.stanza_type) {
        shape.stanza_type = kind;
    }
    shape.mediatype = owned(&raw.mediatype).or(shape.mediatype);
    shape.edit = owned(&raw.edit).or(shape.edit);
    shape.hide_failure = raw.hide_failure.unwrap_or(shape.hide_failure);
    Ok((message, shape))
}

fn plain_text(text: &str) -> wa::Message {
    wa::Message {
        conversation: Some(text.to_owned()),
        ..Default::default()
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

/// The key that identifies a message to others. An unknown one counts as the recipient's.
fn key(desk: &Desk<'_>, id: &str) -> wa::MessageKey {
    let known = desk.board.find(desk.chat.key(), id);
    let from_me = known.is_some_and(|message| message.from_me);
    let participant = match (desk.chat, known) {
        (Chat::Group(_), Some(message)) if !from_me => Some(desk.jid_of(&message.author)),
        _ => None,
    };
    wa::MessageKey {
        remote_jid: Some(desk.chat_jid()),
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
    shaped(message)
}

fn reply(desk: &Desk<'_>, id: &str, text: &str) -> wa::Message {
    let quote = Quote {
        message_id: id.to_owned(),
        ..Quote::default()
    };
    wa::Message {
        extended_text_message: MessageField::some(wa::message::ExtendedTextMessage {
            text: Some(text.to_owned()),
            context_info: MessageField::some(frame::quoting(&quote, desk)),
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
    Ok(revoke(own_key(desk, id)?, "7"))
}

fn revoke(key: wa::MessageKey, edit: &'static str) -> (wa::Message, Shape) {
    let protocol = wa::message::ProtocolMessage {
        key: MessageField::some(key),
        r#type: Some(wa::message::protocol_message::Type::REVOKE),
        ..Default::default()
    };
    (protocol_message(protocol), changing(edit))
}

fn changing(edit: &'static str) -> Shape {
    Shape {
        edit: Some(Cow::Borrowed(edit)),
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

/// The copy for the phone's own linked devices: the message with its chat, both as encoded bytes.
pub(in crate::phone) fn device_sent(chat: &str, message: &[u8], context: Option<&wa::MessageContextInfo>) -> Vec<u8> {
    let mut sent = Vec::with_capacity(message.len() + chat.len() + 16);
    Tag::new(1, WireType::LengthDelimited).encode(&mut sent);
    buffa::types::encode_string(chat, &mut sent);
    Tag::new(2, WireType::LengthDelimited).encode(&mut sent);
    buffa::types::encode_bytes(message, &mut sent);
    let mut copy = Vec::with_capacity(sent.len() + 64);
    Tag::new(DEVICE_SENT_MESSAGE, WireType::LengthDelimited).encode(&mut copy);
    buffa::types::encode_bytes(&sent, &mut copy);
    // Readers of the copy look for the secret outside as well.
    if let Some(context) = context {
        let outside = wa::Message {
            message_context_info: MessageField::some(context.clone()),
            ..Default::default()
        };
        copy.extend(waproto::codec::message_to_vec(&outside));
    }
    copy
}

#[cfg(test)]
mod tests;
