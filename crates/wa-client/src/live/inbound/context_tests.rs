//! What is said beside the content.

use waproto::whatsapp::message as part;

use super::super::making::{message, some, text};
use super::*;
use crate::{Address, Forwarded};

fn context(info: wa::ContextInfo) -> Context {
    of(&message!(image_message: part::ImageMessage { context_info: some(info) })).1
}

#[test]
fn every_kind_can_be_an_answer_with_the_words_of_what_it_answers() {
    let info = || {
        some(wa::ContextInfo {
            stanza_id: text("Q"),
            participant: text("5511999990001@s.whatsapp.net"),
            quoted_message: some(message!(location_message: part::LocationMessage { name: text("Bakery") })),
            ..Default::default()
        })
    };
    for message in [
        message!(extended_text_message: part::ExtendedTextMessage { context_info: info() }),
        message!(image_message: part::ImageMessage { context_info: info() }),
        message!(audio_message: part::AudioMessage { context_info: info() }),
        message!(location_message: part::LocationMessage { context_info: info() }),
        message!(contact_message: part::ContactMessage { context_info: info() }),
        message!(poll_creation_message: part::PollCreationMessage { context_info: info() }),
        message!(event_message: part::EventMessage { context_info: info() }),
        message!(sticker_message: part::StickerMessage { context_info: info() }),
    ] {
        let quote = of(&message).1.quote.unwrap();
        assert_eq!(quote.id, "Q");
        assert_eq!(quote.sender, Some(Address::Phone("5511999990001".to_owned())));
        assert!(!quote.status);
        assert!(matches!(*quote.content, Content::Card { text: Some(name), .. } if name == "Bakery"));
    }
}

#[test]
fn an_answer_to_a_status_says_so() {
    let quote = context(wa::ContextInfo {
        stanza_id: text("S"),
        remote_jid: text("status@broadcast"),
        ..Default::default()
    });
    assert!(quote.quote.unwrap().status);
}

#[test]
fn forwarding_is_counted_and_a_channel_is_named() {
    let forwarded = |score: u32| {
        context(wa::ContextInfo {
            forwarding_score: Some(score),
            is_forwarded: Some(score > 0),
            ..Default::default()
        })
        .forwarded
    };
    assert!(forwarded(0).is_none());
    assert!(forwarded(1) == Some(Forwarded::Once));
    assert!(forwarded(5) == Some(Forwarded::Often));
    let info = wa::context_info::ForwardedNewsletterMessageInfo {
        newsletter_name: text("News"),
        ..Default::default()
    };
    let channel = context(wa::ContextInfo {
        forwarded_newsletter_message_info: some(info),
        is_forwarded: Some(true),
        ..Default::default()
    });
    assert!(channel.forwarded == Some(Forwarded::Channel { name: text("News") }));
}

#[test]
fn an_ad_is_told_from_other_ways_to_a_chat_and_from_a_card() {
    let reply = |source_type: Option<&str>| {
        some(wa::context_info::ExternalAdReplyInfo {
            title: text("Bread"),
            source_url: text("https://bakery.example"),
            source_type: source_type.map(str::to_owned),
            ..Default::default()
        })
    };
    let ad = context(wa::ContextInfo {
        external_ad_reply: reply(Some("ad")),
        entry_point_conversion_source: text("ctwa_ad"),
        ..Default::default()
    });
    let found = ad.ad.unwrap();
    assert_eq!((found.title, found.source), (text("Bread"), text("ctwa_ad")));
    assert!(ad.preview.is_none());
    let card = context(wa::ContextInfo {
        external_ad_reply: reply(None),
        ..Default::default()
    });
    assert!(card.ad.is_none());
    assert_eq!(card.preview.unwrap().title, text("Bread"));
    let searched = context(wa::ContextInfo {
        entry_point_conversion_source: text("global_search_new_chat"),
        ..Default::default()
    });
    assert!(searched.ad.is_none());
    let campaign = context(wa::ContextInfo {
        conversion_source: text("FB_Ads"),
        ..Default::default()
    });
    assert_eq!(campaign.ad.unwrap().source, text("FB_Ads"));
}

#[test]
fn mentions_and_the_timer_are_read() {
    let context = context(wa::ContextInfo {
        mentioned_jid: vec!["77@lid".to_owned(), "77@lid".to_owned(), "nobody".to_owned()],
        expiration: Some(86_400),
        ..Default::default()
    });
    assert_eq!(context.mentions, [Address::Lid("77".to_owned())]);
    assert_eq!(context.expires_after, Some(86_400));
    assert!(
        super::of(&message!(protocol_message: part::ProtocolMessage {
            edited_message: some(message!(extended_text_message: part::ExtendedTextMessage {
                text: text("@77"),
                context_info: some(wa::ContextInfo { mentioned_jid: vec!["77@lid".to_owned()], ..Default::default() }),
            })),
        }))
        .1
        .mentions
            == [Address::Lid("77".to_owned())]
    );
}

#[test]
fn a_text_with_an_address_has_the_card_of_its_sender() {
    let linked = message!(extended_text_message: part::ExtendedTextMessage {
        text: text("see https://bakery.example"),
        matched_text: text("https://bakery.example"),
        title: text("Bakery"),
        jpeg_thumbnail: Some(vec![1]),
    });
    let preview = of(&linked).1.preview.unwrap();
    assert_eq!(
        (preview.url.as_str(), preview.title),
        ("https://bakery.example", text("Bakery"))
    );
    let bare = message!(extended_text_message: part::ExtendedTextMessage { matched_text: text("https://a.example") });
    assert!(of(&bare).1.preview.is_none());
}
