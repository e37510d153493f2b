//! What a message of ours says beside its content.

use buffa::MessageField;
use wacore::proto_helpers::MessageExt as _;
use waproto::whatsapp::{self as wa, message as part};

use super::{Route, body};
use crate::live::jid::{address_of, jid_of};
use crate::{OutgoingContext, OutgoingQuote};

/// Writes it into whatever kind the message is.
pub(super) fn attach(message: &mut wa::Message, context: &OutgoingContext, route: &Route<'_>) {
    if let Some(album) = &context.album {
        let info = message.message_context_info.get_or_insert_default();
        info.message_association = MessageField::some(wa::MessageAssociation {
            association_type: Some(wa::message_association::AssociationType::MEDIA_ALBUM),
            parent_message_key: MessageField::some(wa::MessageKey {
                remote_jid: Some(route.to.to_string()),
                from_me: Some(true),
                id: Some(album.clone()),
                ..Default::default()
            }),
            ..Default::default()
        });
    }
    let says_nothing = context.quote.is_none()
        && context.mentions.is_empty()
        && context.forwarded == 0
        && context.expires_after.is_none();
    if says_nothing {
        return;
    }
    let mut info = context
        .quote
        .as_ref()
        .map(|quote| quoting(quote, route))
        .unwrap_or_default();
    info.mentioned_jid = context.mentions.iter().map(ToString::to_string).collect();
    if context.forwarded > 0 {
        info.is_forwarded = Some(true);
        info.forwarding_score = Some(context.forwarded);
    }
    info.expiration = context.expires_after;
    // A kind without a place for it is sent without it.
    message.set_context_info(info);
}

/// The quoted message's author is named even in a chat of two.
fn quoting(quote: &OutgoingQuote, route: &Route<'_>) -> wa::ContextInfo {
    let chat = address_of(route.to);
    let author = match (quote.target.from_me, &quote.target.sender) {
        (true, _) => route.own_like(Some(&chat)),
        (false, Some(sender)) => jid_of(sender),
        (false, None) => Some(route.to.clone()),
    };
    wa::ContextInfo {
        stanza_id: Some(quote.target.id.clone()),
        participant: author.map(|author| author.to_non_ad_string()),
        quoted_message: MessageField::some(body(&quote.content)),
        ..Default::default()
    }
}

/// The envelopes that say how to show what is inside.
pub(super) fn wrapped(mut message: wa::Message, context: &OutgoingContext) -> wa::Message {
    if context.view_once && open_once(&mut message) {
        let info = message.message_context_info.take();
        let recorded = message.audio_message.is_set();
        let inside = envelope(message);
        let mut outer = wa::Message::default();
        if recorded {
            outer.view_once_message_v2_extension = inside;
        } else {
            outer.view_once_message = inside;
        }
        outer.message_context_info = info.map(MessageField::some).unwrap_or_default();
        return outer;
    }
    let captioned = message
        .document_message
        .as_option()
        .is_some_and(|document| document.caption.is_some());
    if captioned {
        return wa::Message {
            document_with_caption_message: envelope(message),
            ..Default::default()
        };
    }
    message
}

fn envelope(message: wa::Message) -> MessageField<part::FutureProofMessage> {
    MessageField::some(part::FutureProofMessage {
        message: MessageField::some(message),
    })
}

/// Whether it is of a kind that can be opened once.
fn open_once(message: &mut wa::Message) -> bool {
    if let Some(image) = message.image_message.as_option_mut() {
        image.view_once = Some(true);
    } else if let Some(video) = message.video_message.as_option_mut() {
        video.view_once = Some(true);
    } else if let Some(audio) = message.audio_message.as_option_mut() {
        audio.view_once = Some(true);
    } else {
        return false;
    }
    true
}
