//! Marks around a message: its quote, mentions, where it comes from, and that it opens once.

use buffa::MessageField;
use wacore::proto_helpers::MessageExt as _;
use waproto::whatsapp as wa;

use super::{Desk, plain_text};
use crate::phone::content::{Ad, Channel, Frame, Quote};
use crate::phone::stanza::Chat;

/// The address of everybody's statuses.
const STATUS: &str = "status@broadcast";

/// False when the message's kind has no place for the marks.
pub(in crate::phone) fn frame(message: &mut wa::Message, frame: &Frame, desk: &Desk<'_>) -> bool {
    if frame.has_context() {
        let mut context = frame
            .quote
            .as_ref()
            .map_or_else(wa::ContextInfo::default, |quote| quoting(quote, desk));
        add_marks(&mut context, frame, desk);
        if !message.set_context_info(context) {
            return false;
        }
    }
    !frame.view_once || view_once(message)
}

fn add_marks(context: &mut wa::ContextInfo, frame: &Frame, desk: &Desk<'_>) {
    context.mentioned_jid = frame.mentions.iter().map(|number| desk.jid_of(number)).collect();
    if let Some(score) = frame.forwarded {
        context.forwarding_score = Some(score);
        context.is_forwarded = Some(true);
    }
    if let Some(Channel { jid, name }) = &frame.channel {
        context.is_forwarded = Some(true);
        context.forwarded_newsletter_message_info =
            MessageField::some(wa::context_info::ForwardedNewsletterMessageInfo {
                newsletter_jid: Some(jid.clone()),
                newsletter_name: Some(name.clone()),
                server_message_id: Some(1),
                ..Default::default()
            });
    }
    if let Some(seconds) = frame.expiration {
        context.expiration = Some(seconds);
        context.ephemeral_setting_timestamp = Some(desk.now / 1000);
    }
    if let Some(ad) = &frame.ad {
        context.conversion_source = Some("FB_Ads".to_owned());
        context.entry_point_conversion_source = Some("ctwa_ad".to_owned());
        context.entry_point_conversion_app = Some("facebook".to_owned());
        context.external_ad_reply = MessageField::some(advertisement(ad));
    }
}

fn advertisement(ad: &Ad) -> wa::context_info::ExternalAdReplyInfo {
    wa::context_info::ExternalAdReplyInfo {
        title: Some(ad.title.clone()),
        body: ad.body.clone(),
        source_type: Some("ad".to_owned()),
        source_id: ad.source_id.clone(),
        source_url: ad.source_url.clone(),
        ctwa_clid: ad.click_id.clone(),
        thumbnail: ad.thumbnail.clone(),
        show_ad_attribution: Some(true),
        ..Default::default()
    }
}

/// A quote of what the phone remembers, or else of what the caller says about it.
pub(super) fn quoting(quote: &Quote, desk: &Desk<'_>) -> wa::ContextInfo {
    let id = quote.message_id.as_str();
    let shown = desk.board.find(desk.chat.key(), id);
    let author = match (&quote.author, shown, desk.chat) {
        (Some(author), ..) => author.clone(),
        (None, Some(message), _) => message.author.clone(),
        (None, None, Chat::Person(number)) => number.to_string(),
        (None, None, Chat::Group(_)) => desk.board.number.clone(),
    };
    let remembered = desk.memory.find(desk.chat.key(), id);
    let told = quote.text.as_deref().or(shown.map(|message| message.text.as_str()));
    let quoted = match (&quote.text, remembered.and_then(super::Remembered::quotable)) {
        (None, Some(message)) => MessageField::from_box(message),
        _ => MessageField::some(plain_text(told.unwrap_or_default())),
    };
    wa::ContextInfo {
        stanza_id: Some(id.to_owned()),
        participant: Some(desk.jid_of(&author)),
        quoted_message: quoted,
        remote_jid: quote.status.then(|| STATUS.to_owned()),
        ..Default::default()
    }
}

/// The first wrapper of this purpose, and the mark inside, as clients send it.
fn view_once(message: &mut wa::Message) -> bool {
    if let Some(image) = message.image_message.as_option_mut() {
        image.view_once = Some(true);
    } else if let Some(video) = message.video_message.as_option_mut() {
        video.view_once = Some(true);
    } else if let Some(audio) = message.audio_message.as_option_mut() {
        audio.view_once = Some(true);
    } else {
        return false;
    }
    let outside = message.message_context_info.take();
    let inside = std::mem::take(message);
    message.view_once_message = MessageField::some(wa::message::FutureProofMessage {
        message: MessageField::some(inside),
    });
    if let Some(context) = outside {
        message.message_context_info = MessageField::some(context);
    }
    true
}
