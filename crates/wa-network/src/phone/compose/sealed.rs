//! What is sealed with the secret of another message: votes, answers to events, edits.

use buffa::MessageField;
use wacore::event::encrypt_event_response_with_secret;
use wacore::message_edit::{MessageEditContext, encrypt_message_edit};
use wacore::poll::{compute_option_hash, encrypt_poll_vote_with_secret};
use waproto::whatsapp as wa;

use super::{Desk, Remembered, key, own_key};
use crate::phone::content::Answer;
use crate::phone::types::PhoneError;

/// The other message, its secret, and both people's addresses in the namespace of the chat.
struct Seal<'a> {
    target: &'a Remembered,
    secret: &'a [u8],
    author: String,
    me: String,
}

impl<'a> Seal<'a> {
    fn of(desk: &Desk<'a>, id: &str) -> Result<Self, PhoneError> {
        let target = desk.memory.find(desk.chat.key(), id).ok_or(PhoneError::NoSecret)?;
        let secret = target.secret.as_deref().ok_or(PhoneError::NoSecret)?;
        let me = &desk.board.number;
        let by_lid = target.by_lid || desk.hub.shows_lid_only(me);
        Ok(Self {
            target,
            secret,
            author: desk.hub.address_of(&target.author, by_lid).to_string(),
            me: desk.hub.address_of(me, by_lid).to_string(),
        })
    }
}

fn sealed<E: std::fmt::Display>(error: E) -> PhoneError {
    PhoneError::Signal(error.to_string())
}

pub(super) fn vote(desk: &Desk<'_>, id: &str, options: &[String]) -> Result<wa::Message, PhoneError> {
    let seal = Seal::of(desk, id)?;
    let offered = seal.target.message().map(|poll| options_of(&poll)).unwrap_or_default();
    if options.iter().any(|option| !offered.contains(option)) {
        return Err(PhoneError::NoSuchOption);
    }
    let hashes: Vec<Vec<u8>> = options
        .iter()
        .map(|option| compute_option_hash(option).to_vec())
        .collect();
    let (payload, iv) =
        encrypt_poll_vote_with_secret(&hashes, seal.secret, id, &seal.author, &seal.me).map_err(sealed)?;
    Ok(wa::Message {
        poll_update_message: MessageField::some(wa::message::PollUpdateMessage {
            poll_creation_message_key: MessageField::some(key(desk, id)),
            vote: MessageField::some(wa::message::PollEncValue {
                enc_payload: Some(payload),
                enc_iv: Some(iv.to_vec()),
            }),
            sender_timestamp_ms: Some(desk.now),
            ..Default::default()
        }),
        ..Default::default()
    })
}

/// The names of a poll's options; empty for other messages.
pub(in crate::phone) fn options_of(message: &wa::Message) -> Vec<String> {
    let poll = crate::phone::reading::poll_of(message);
    let options = poll.map(|poll| poll.options.iter());
    options
        .into_iter()
        .flatten()
        .filter_map(|option| option.option_name.clone())
        .collect()
}

pub(super) fn event_answer(
    desk: &Desk<'_>,
    id: &str,
    answer: Answer,
    guests: Option<i32>,
) -> Result<wa::Message, PhoneError> {
    use wa::message::event_response_message::EventResponseType;

    let seal = Seal::of(desk, id)?;
    let response = wa::message::EventResponseMessage {
        response: Some(match answer {
            Answer::Going => EventResponseType::GOING,
            Answer::NotGoing => EventResponseType::NOT_GOING,
            Answer::Maybe => EventResponseType::MAYBE,
        }),
        timestamp_ms: Some(desk.now),
        extra_guest_count: guests,
    };
    let (payload, iv) =
        encrypt_event_response_with_secret(&response, seal.secret, id, &seal.author, &seal.me).map_err(sealed)?;
    Ok(wa::Message {
        enc_event_response_message: MessageField::some(wa::message::EncEventResponseMessage {
            event_creation_message_key: MessageField::some(key(desk, id)),
            enc_payload: Some(payload),
            enc_iv: Some(iv.to_vec()),
        }),
        ..Default::default()
    })
}

/// An edit around which there is nothing to see but the id of the edited message.
pub(super) fn edit(desk: &Desk<'_>, id: &str, open: &wa::Message) -> Result<wa::Message, PhoneError> {
    let target = own_key(desk, id)?;
    let seal = Seal::of(desk, id)?;
    let context = MessageEditContext {
        original_msg_id: id,
        original_sender_jid: &seal.me,
        editor_jid: &seal.me,
    };
    let (payload, iv) = encrypt_message_edit(open, seal.secret, &context).map_err(sealed)?;
    Ok(wa::Message {
        secret_encrypted_message: MessageField::some(wa::message::SecretEncryptedMessage {
            target_message_key: MessageField::some(target),
            enc_payload: Some(payload),
            enc_iv: Some(iv.to_vec()),
            secret_enc_type: Some(wa::message::secret_encrypted_message::SecretEncType::MESSAGE_EDIT),
            ..Default::default()
        }),
        ..Default::default()
    })
}
