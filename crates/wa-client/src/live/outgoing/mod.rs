//! Sending: our messages as protobufs, a file for each family of kinds.

mod cards;
mod changes;
mod context;
mod errors;
mod files;
mod known;
mod menu;

use buffa::MessageField;
use wacore_binary::Jid;
use waproto::whatsapp as wa;

pub(super) use errors::{iq_error, send_error};
pub(super) use known::KnownRecipients;

use super::jid::jid_of;
use crate::{Address, LinkError, OutgoingContent, OutgoingContext};

/// Where a message goes, and who sends it.
pub(super) struct Route<'a> {
    pub to: &'a Jid,
    /// Our own account, in one namespace or in both.
    pub own: &'a [Address],
}

impl Route<'_> {
    /// Our own address in the namespace of `like`, or whichever is known.
    fn own_like(&self, like: Option<&Address>) -> Option<Jid> {
        let is_lid = |address: &&Address| matches!(address, Address::Lid(_));
        let wanted = matches!(like, Some(Address::Lid(_)));
        let same = self.own.iter().find(|address| is_lid(address) == wanted);
        jid_of(same.or(self.own.first())?)
    }
}

/// # Errors
/// [`LinkError::Permanent`] for what cannot be sent: a file that was not uploaded, an address that is none.
pub(super) fn message_of(
    content: &OutgoingContent,
    context: &OutgoingContext,
    route: &Route<'_>,
) -> Result<wa::Message, LinkError> {
    if let OutgoingContent::Media(media) = content
        && media.direct_path.is_empty()
    {
        return Err(LinkError::Permanent("the file was not uploaded".to_owned()));
    }
    let mut message = match changes::of(content, context, route)? {
        Some(change) => return Ok(change),
        None => body(content),
    };
    context::attach(&mut message, context, route);
    Ok(context::wrapped(message, context))
}

/// The message without context: what is kept of a message of ours, and what a quote shows of it.
///
/// A change of another message has none: it is empty.
pub(super) fn body(content: &OutgoingContent) -> wa::Message {
    match content {
        OutgoingContent::Text { body } => wa::Message {
            conversation: Some(body.clone()),
            ..Default::default()
        },
        OutgoingContent::Media(media) => files::of(media),
        OutgoingContent::Menu {
            body,
            footer,
            options,
            form,
        } => menu::of(body, footer.as_deref(), options, form),
        other => cards::of(other).unwrap_or_default(),
    }
}

/// The protobuf of a message of ours, as the product keeps it: votes and answers are opened with the secret inside.
#[must_use]
pub fn encoded(content: &OutgoingContent) -> Vec<u8> {
    waproto::codec::message_to_vec(&body(content))
}

/// The secret of a message, from its protobuf: votes and answers to it are sealed with it.
#[must_use]
pub fn secret_of(raw: &[u8]) -> Option<Vec<u8>> {
    let message: wa::Message = waproto::codec::message_decode(raw).ok()?;
    message.message_context_info.as_option()?.message_secret.clone()
}

fn with_secret(mut message: wa::Message, secret: &[u8]) -> wa::Message {
    message.message_context_info = MessageField::some(wa::MessageContextInfo {
        message_secret: Some(secret.to_vec()),
        ..Default::default()
    });
    message
}
