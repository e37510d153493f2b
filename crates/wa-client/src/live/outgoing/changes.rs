//! What changes a message that is there already.

use buffa::MessageField;
use wacore::poll;
use wacore_binary::JidExt as _;
use waproto::whatsapp::{self as wa, message as part};

use super::{Route, body, context};
use crate::live::jid::{address_of, jid_of};
use crate::{LinkError, OutgoingContent, OutgoingContext, Target};

type Protocol = part::protocol_message::Type;

/// `None` for what is a message of its own.
pub(super) fn of(
    content: &OutgoingContent,
    context: &OutgoingContext,
    route: &Route<'_>,
) -> Result<Option<wa::Message>, LinkError> {
    Ok(Some(match content {
        OutgoingContent::Reaction { target, emoji, at_ms } => wa::Message {
            reaction_message: MessageField::some(part::ReactionMessage {
                key: key(target, route),
                text: Some(emoji.clone()),
                sender_timestamp_ms: Some(*at_ms),
                ..Default::default()
            }),
            ..Default::default()
        },
        OutgoingContent::Edit { target, content, at_ms } => edit(target, content, *at_ms, context, route),
        OutgoingContent::Delete { target } => protocol(part::ProtocolMessage {
            key: key(target, route),
            r#type: Some(Protocol::REVOKE),
            ..Default::default()
        }),
        OutgoingContent::Vote {
            target,
            options,
            secret,
            at_ms,
        } => vote(target, options, secret, *at_ms, route)?,
        _ => return Ok(None),
    }))
}

/// The key that names a message to others. Only in a group it has to say whose message it is.
fn key(target: &Target, route: &Route<'_>) -> MessageField<wa::MessageKey> {
    let sender = target
        .sender
        .as_ref()
        .filter(|_| !target.from_me && route.to.is_group());
    MessageField::some(wa::MessageKey {
        remote_jid: Some(route.to.to_string()),
        from_me: Some(target.from_me),
        id: Some(target.id.clone()),
        participant: sender.map(ToString::to_string),
    })
}

fn protocol(protocol: part::ProtocolMessage) -> wa::Message {
    wa::Message {
        protocol_message: MessageField::some(protocol),
        ..Default::default()
    }
}

fn edit(
    target: &Target,
    content: &OutgoingContent,
    at_ms: i64,
    context: &OutgoingContext,
    route: &Route<'_>,
) -> wa::Message {
    let mut edited = body(content);
    context::attach(&mut edited, context, route);
    protocol(part::ProtocolMessage {
        key: key(target, route),
        r#type: Some(Protocol::MESSAGE_EDIT),
        edited_message: MessageField::some(context::wrapped(edited, context)),
        timestamp_ms: Some(at_ms),
        ..Default::default()
    })
}

/// Sealed with the poll's secret; who votes has to be named in the namespace of who asked.
fn vote(
    target: &Target,
    options: &[String],
    secret: &[u8],
    at_ms: i64,
    route: &Route<'_>,
) -> Result<wa::Message, LinkError> {
    let nobody = || LinkError::Permanent("it is not known who made the poll".to_owned());
    let chat = address_of(route.to);
    let creator = match (target.from_me, &target.sender) {
        (false, Some(sender)) => jid_of(sender),
        (false, None) => jid_of(&chat),
        (true, _) => route.own_like(Some(&chat)),
    };
    let creator = creator.ok_or_else(nobody)?;
    let voter = route.own_like(Some(&address_of(&creator))).ok_or_else(nobody)?;
    let hashes: Vec<Vec<u8>> = options
        .iter()
        .map(|name| poll::compute_option_hash(name).to_vec())
        .collect();
    let sealed = poll::encrypt_poll_vote_with_secret(
        &hashes,
        secret,
        &target.id,
        &creator.to_non_ad_string(),
        &voter.to_non_ad_string(),
    );
    let (payload, iv) = sealed.map_err(|error| LinkError::Permanent(error.to_string()))?;
    Ok(wa::Message {
        poll_update_message: MessageField::some(part::PollUpdateMessage {
            poll_creation_message_key: key(target, route),
            vote: MessageField::some(part::PollEncValue {
                enc_payload: Some(payload),
                enc_iv: Some(iv.to_vec()),
            }),
            sender_timestamp_ms: Some(at_ms),
            ..Default::default()
        }),
        ..Default::default()
    })
}
