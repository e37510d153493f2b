//! What a message says beside its content.

use waproto::whatsapp::message_association::AssociationType;
use waproto::whatsapp::{self as wa};

use super::opened::Opened;
use super::{content, media, text};
use crate::live::jid::address_in;
use crate::{Ad, Content, Context, Forwarded, LinkPreview, PartOf, Quote};

/// From this score on WhatsApp says "forwarded many times".
const OFTEN: u32 = 5;
const STATUS: &str = "status@broadcast";

pub(super) fn of(opened: &Opened<'_>) -> Context {
    let message = opened.inner;
    let info = info(message);
    let preview = text::preview(message).or_else(|| info.and_then(ad_like_preview));
    Context {
        quote: info.and_then(quote),
        mentions: info.map(mentions).unwrap_or_default(),
        forwarded: info.and_then(forwarded),
        ad: info.and_then(ad),
        expires_after: info.and_then(|info| info.expiration).filter(|seconds| *seconds > 0),
        part_of: opened.association.and_then(part_of),
        view_once: opened.view_once || media::is_view_once(message),
        choice: text::choice(message),
        preview,
    }
}

macro_rules! first_context {
    ($message:expr; $($field:ident)*) => {
        None$(.or_else(|| $message.$field.as_option()?.context_info.as_option()))*
    };
}

/// The context of whatever kind the message is; of an edit, that of the new words.
fn info(message: &wa::Message) -> Option<&wa::ContextInfo> {
    if let Some(edited) = edited(message) {
        return info_of_kind(Opened::new(edited).inner);
    }
    info_of_kind(message)
}

fn edited(message: &wa::Message) -> Option<&wa::Message> {
    message.protocol_message.as_option()?.edited_message.as_option()
}

fn info_of_kind(message: &wa::Message) -> Option<&wa::ContextInfo> {
    first_context!(message;
        extended_text_message image_message video_message ptv_message audio_message document_message sticker_message
        location_message live_location_message contact_message contacts_array_message
        poll_creation_message poll_creation_message_v2 poll_creation_message_v3 poll_creation_message_v5
        poll_creation_message_v6 poll_result_snapshot_message poll_result_snapshot_message_v3
        event_message event_invite_message album_message product_message order_message
        template_message interactive_message buttons_message list_message
        template_button_reply_message buttons_response_message list_response_message interactive_response_message
        group_invite_message newsletter_admin_invite_message newsletter_follower_invite_message_v2
        request_phone_number_message sticker_pack_message split_payment_message rich_response_message call
    )
}

fn quote(info: &wa::ContextInfo) -> Option<Quote> {
    let quoted = info.quoted_message.as_option();
    let id = info.stanza_id.clone().unwrap_or_default();
    if id.is_empty() && quoted.is_none() {
        return None;
    }
    Some(Quote {
        id,
        sender: info.participant.as_deref().and_then(address_in),
        status: info.remote_jid.as_deref() == Some(STATUS),
        content: Box::new(quoted.map_or(Content::Protocol, content::alone)),
    })
}

fn mentions(info: &wa::ContextInfo) -> Vec<crate::Address> {
    let people = info.mentioned_jid.iter().map(String::as_str);
    let groups = info
        .group_mentions
        .iter()
        .filter_map(|group| group.group_jid.as_deref());
    let mut found = Vec::new();
    for address in people.chain(groups).filter_map(address_in) {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

fn forwarded(info: &wa::ContextInfo) -> Option<Forwarded> {
    if let Some(channel) = info.forwarded_newsletter_message_info.as_option() {
        return Some(Forwarded::Channel {
            name: channel.newsletter_name.clone().filter(|name| !name.is_empty()),
        });
    }
    match info.forwarding_score.unwrap_or(0) {
        score if score >= OFTEN => Some(Forwarded::Often),
        score if score > 0 || info.is_forwarded == Some(true) => Some(Forwarded::Once),
        _ => None,
    }
}

/// Clients of the first messages of a chat also say how it was found, for example `global_search_new_chat`; only an ad
/// is one.
fn ad(info: &wa::ContextInfo) -> Option<Ad> {
    let reply = info.external_ad_reply.as_option();
    let quoted = info.quoted_ad.as_option();
    let source = info
        .entry_point_conversion_source
        .as_ref()
        .filter(|source| source.split('_').any(|word| matches!(word, "ad" | "ads" | "ctwa")))
        .or(info.conversion_source.as_ref())
        .cloned();
    let clicked = info.ctwa_payload.is_some() || info.ctwa_signals.is_some();
    if !(reply.is_some_and(is_ad) || quoted.is_some() || source.is_some() || clicked) {
        return None;
    }
    let named = quoted.and_then(|ad| ad.advertiser_name.clone().or_else(|| ad.caption.clone()));
    Some(Ad {
        title: reply.and_then(|reply| reply.title.clone()).or(named),
        url: reply.and_then(|reply| reply.source_url.clone()),
        source: source.or_else(|| reply.and_then(|reply| reply.source_type.clone())),
    })
}

fn is_ad(reply: &wa::context_info::ExternalAdReplyInfo) -> bool {
    reply.ctwa_clid.is_some() || reply.show_ad_attribution == Some(true) || reply.source_type.as_deref() == Some("ad")
}

/// Programs use the ad's fields for cards of their own under a text.
fn ad_like_preview(info: &wa::ContextInfo) -> Option<LinkPreview> {
    let reply = info.external_ad_reply.as_option().filter(|reply| !is_ad(reply))?;
    Some(LinkPreview {
        url: reply.source_url.clone().or_else(|| reply.media_url.clone())?,
        title: reply.title.clone(),
        description: reply.body.clone(),
        thumbnail: reply.thumbnail.clone(),
    })
}

fn part_of(association: &wa::MessageAssociation) -> Option<PartOf> {
    let parent = association.parent_message_key.as_option()?.id.clone()?;
    match association.association_type? {
        AssociationType::MEDIA_ALBUM => Some(PartOf::Album(parent)),
        AssociationType::HD_IMAGE_DUAL_UPLOAD | AssociationType::HD_VIDEO_DUAL_UPLOAD => Some(PartOf::Hd(parent)),
        _ => None,
    }
}
