//! Calls, which this client never answers.

use wacore::types::call::{CallAction, IncomingCall, MissedCall, MissedReason};
use wacore_binary::Jid;
use whatsapp_rust::Client;

use super::jid::address_of;
use super::outgoing;
use crate::{Call, LinkError, LinkEvent};

/// How the server says that another device of ours answered.
const ANSWERED: &str = "accepted_elsewhere";

/// A call that begins or ends. What happens in between is of no interest.
pub(super) fn incoming(call: &IncomingCall) -> Option<LinkEvent> {
    match &call.action {
        CallAction::Offer {
            call_id,
            call_creator,
            caller_pn,
            is_video,
            group_jid: None,
            ..
        } => Some(LinkEvent::Call(Call {
            id: call_id.clone(),
            from: address_of(&call.from),
            alt: caller_pn.as_ref().map(address_of),
            video: *is_video,
            rings: true,
            at_ms: call.timestamp.timestamp_millis(),
            peer: call.from.to_string(),
            creator: call_creator.to_string(),
        })),
        CallAction::Accept { call_id, .. } => Some(ended(call_id, true)),
        CallAction::Terminate { call_id, reason, .. } => Some(ended(call_id, reason.as_deref() == Some(ANSWERED))),
        _ => None,
    }
}

fn ended(id: &str, answered: bool) -> LinkEvent {
    LinkEvent::CallEnded {
        id: id.to_owned(),
        answered,
    }
}

pub(super) fn missed(call: &MissedCall) -> LinkEvent {
    match call.reason {
        MissedReason::Offline => LinkEvent::Call(Call {
            id: call.call_id.clone(),
            from: address_of(&call.from),
            alt: None,
            // The server does not say.
            video: false,
            rings: false,
            at_ms: call.timestamp.timestamp_millis(),
            peer: call.from.to_string(),
            creator: call.from.to_string(),
        }),
        _ => ended(&call.call_id, false),
    }
}

pub(super) async fn reject(client: &Client, call: &Call) -> Result<(), LinkError> {
    let jid = |text: &str| {
        text.parse::<Jid>()
            .map_err(|_| LinkError::Permanent("the caller's address is of an unknown kind".to_owned()))
    };
    let (peer, creator) = (jid(&call.peer)?, jid(&call.creator)?);
    client
        .voip()
        .reject_call(&call.id, &peer, &creator)
        .await
        .map_err(|error| match error {
            whatsapp_rust::CallError::Send(error) => outgoing::send_error(error.into()),
            other => LinkError::Transient(other.to_string()),
        })
}
