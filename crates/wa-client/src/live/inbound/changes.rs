//! Messages that change another message, and the settings that come as messages.

use buffa::MessageField;
use waproto::whatsapp::message::protocol_message::Type as ProtocolType;
use waproto::whatsapp::message::secret_encrypted_message::SecretEncType;
use waproto::whatsapp::{self as wa, message as part};

use super::content;
use super::opened::Opened;
use crate::live::jid::address_in;
use crate::{Card, Change, Content, Line, Sealed, SealedKind, Target};

pub(super) fn of(opened: &Opened<'_>) -> Option<Content> {
    let message = opened.inner;
    if let Some(reaction) = message.reaction_message.as_option() {
        let emoji = reaction.text.clone().unwrap_or_default();
        return Some(change(&reaction.key, Change::Reaction { emoji }));
    }
    pin_or_keep(opened)
        .or_else(|| addition(message))
        .or_else(|| sealed(message).map(Content::Sealed))
        .or_else(|| protocol(message.protocol_message.as_option()?))
}

fn change(key: &MessageField<wa::MessageKey>, change: Change) -> Content {
    Content::Change {
        target: target(key),
        change,
    }
}

/// As the sender of the change sees it: `from_me` is theirs.
fn target(key: &MessageField<wa::MessageKey>) -> Target {
    let key = key.as_option();
    let text = |of: fn(&wa::MessageKey) -> Option<&String>| key.and_then(of).cloned();
    Target {
        id: text(|key| key.id.as_ref()).unwrap_or_default(),
        from_me: key.and_then(|key| key.from_me).unwrap_or(false),
        sender: text(|key| key.participant.as_ref()).and_then(|jid| address_in(&jid)),
    }
}

fn pin_or_keep(opened: &Opened<'_>) -> Option<Content> {
    if let Some(pin) = opened.inner.pin_in_chat_message.as_option() {
        let on = pin.r#type == Some(part::pin_in_chat_message::Type::PIN_FOR_ALL);
        let seconds = opened.seconds.filter(|_| on);
        return Some(change(&pin.key, Change::Pin { on, seconds }));
    }
    let keep = opened.inner.keep_in_chat_message.as_option()?;
    let on = keep.keep_type == Some(wa::KeepType::KEEP_FOR_ALL);
    Some(change(&keep.key, Change::Keep { on }))
}

fn addition(message: &wa::Message) -> Option<Content> {
    let addition = message.poll_add_option_message.as_option()?;
    let name = addition.add_option.as_option()?.option_name.clone()?;
    Some(change(&addition.poll_creation_message_key, Change::PollOption { name }))
}

fn sealed(message: &wa::Message) -> Option<Sealed> {
    if let Some(update) = message.poll_update_message.as_option() {
        let vote = update.vote.as_option();
        return Some(Sealed {
            kind: SealedKind::Vote,
            target: target(&update.poll_creation_message_key),
            payload: vote.and_then(|vote| vote.enc_payload.clone()).unwrap_or_default(),
            iv: vote.and_then(|vote| vote.enc_iv.clone()).unwrap_or_default(),
            at_ms: update.sender_timestamp_ms.unwrap_or(0),
        });
    }
    let of = |kind, key, payload: &Option<Vec<u8>>, iv: &Option<Vec<u8>>| Sealed {
        kind,
        target: target(key),
        payload: payload.clone().unwrap_or_default(),
        iv: iv.clone().unwrap_or_default(),
        at_ms: 0,
    };
    if let Some(answer) = message.enc_event_response_message.as_option() {
        let key = &answer.event_creation_message_key;
        return Some(of(SealedKind::EventAnswer, key, &answer.enc_payload, &answer.enc_iv));
    }
    if let Some(reaction) = message.enc_reaction_message.as_option() {
        let key = &reaction.target_message_key;
        return Some(of(SealedKind::Reaction, key, &reaction.enc_payload, &reaction.enc_iv));
    }
    let secret = message.secret_encrypted_message.as_option()?;
    let kind = match secret.secret_enc_type? {
        SecretEncType::MESSAGE_EDIT => SealedKind::Edit,
        SecretEncType::EVENT_EDIT => SealedKind::EventEdit,
        SecretEncType::POLL_EDIT => SealedKind::PollEdit,
        SecretEncType::POLL_ADD_OPTION => SealedKind::PollOption,
        SecretEncType::UNKNOWN | SecretEncType::MESSAGE_SCHEDULE => return None,
    };
    Some(of(
        kind,
        &secret.target_message_key,
        &secret.enc_payload,
        &secret.enc_iv,
    ))
}

fn protocol(protocol: &part::ProtocolMessage) -> Option<Content> {
    if let Some(edited) = protocol.edited_message.as_option() {
        return Some(change(&protocol.key, edit(edited, protocol.timestamp_ms)));
    }
    let line = |line| Content::Card {
        text: None,
        card: Card::Line(line),
    };
    Some(match protocol.r#type {
        Some(ProtocolType::REVOKE) => change(&protocol.key, Change::Delete { by_admin: false }),
        Some(ProtocolType::EPHEMERAL_SETTING) => line(Line::Timer {
            seconds: protocol.ephemeral_expiration.unwrap_or(0),
        }),
        Some(ProtocolType::SHARE_PHONE_NUMBER) => line(Line::PhoneShared),
        Some(ProtocolType::LIMIT_SHARING) => line(Line::LimitSharing {
            on: protocol
                .limit_sharing
                .as_option()
                .is_some_and(|limit| limit.sharing_limited == Some(true)),
        }),
        _ => Content::Protocol,
    })
}

/// What `edited` makes of the message that it replaces.
pub(super) fn edit(edited: &wa::Message, at_ms: Option<i64>) -> Change {
    let (body, card) = match content::alone(edited) {
        Content::Text { body } => (Some(body), None),
        // Photos and files are edited in their words alone, and may have none.
        Content::Media(media) => (Some(media.caption.unwrap_or_default()), None),
        Content::Card {
            text,
            card: card @ (Card::Poll { .. } | Card::Event { .. }),
        } => (text, Some(card)),
        _ => (None, None),
    };
    Change::Edit { body, card, at_ms }
}
