//! Words: texts, and the answers that a person gives by tapping.

use waproto::whatsapp::{self as wa, message as part};

use crate::{Card, Content, LinkPreview, Notice};

pub(super) fn of(message: &wa::Message) -> Option<Content> {
    if let Some(body) = &message.conversation {
        return Some(said(Some(body)));
    }
    if let Some(extended) = message.extended_text_message.as_option() {
        return Some(song(extended).unwrap_or_else(|| said(extended.text.as_ref())));
    }
    answer(message)
}

fn said(body: Option<&String>) -> Content {
    Content::Text {
        body: body.cloned().unwrap_or_default(),
    }
}

/// A shared piece of music without words of its own.
fn song(extended: &part::ExtendedTextMessage) -> Option<Content> {
    let music = extended.music_metadata.as_option()?;
    if extended.text.as_ref().is_some_and(|text| !text.is_empty()) {
        return None;
    }
    Some(Content::Card {
        text: super::content::lines([music.title.as_ref(), music.author.as_ref()]),
        card: Card::Notice(Notice::Music),
    })
}

/// A tapped button or list entry counts as the person's text.
fn answer(message: &wa::Message) -> Option<Content> {
    if let Some(reply) = message.buttons_response_message.as_option() {
        let label = reply
            .response
            .as_ref()
            .map(|part::buttons_response_message::Response::SelectedDisplayText(label)| label);
        return Some(said(label.or(reply.selected_button_id.as_ref())));
    }
    if let Some(reply) = message.template_button_reply_message.as_option() {
        return Some(said(
            reply.selected_display_text.as_ref().or(reply.selected_id.as_ref()),
        ));
    }
    if let Some(reply) = message.list_response_message.as_option() {
        return Some(said(reply.title.as_ref().or(reply.description.as_ref())));
    }
    let reply = message.interactive_response_message.as_option()?;
    Some(said(reply.body.as_option().and_then(|body| body.text.as_ref())))
}

/// The id of a tapped button or list row; what a form was filled in with, as JSON.
pub(super) fn choice(message: &wa::Message) -> Option<String> {
    if let Some(reply) = message.buttons_response_message.as_option() {
        return reply.selected_button_id.clone();
    }
    if let Some(reply) = message.template_button_reply_message.as_option() {
        return reply.selected_id.clone();
    }
    if let Some(reply) = message.list_response_message.as_option() {
        return reply.single_select_reply.as_option()?.selected_row_id.clone();
    }
    use part::interactive_response_message::InteractiveResponseMessage as Response;
    let reply = message.interactive_response_message.as_option()?;
    let Some(Response::NativeFlowResponseMessage(flow)) = &reply.interactive_response_message else {
        return None;
    };
    let params = flow.params_json.clone()?;
    let id = serde_json::from_str::<serde_json::Value>(&params)
        .ok()
        .and_then(|params| Some(params.get("id")?.as_str()?.to_owned()));
    Some(id.unwrap_or(params))
}

/// The card under a text with an address, as its sender made it.
pub(super) fn preview(message: &wa::Message) -> Option<LinkPreview> {
    let extended = message.extended_text_message.as_option()?;
    let full = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (title, description) = (full(&extended.title), full(&extended.description));
    let thumbnail = extended.jpeg_thumbnail.clone().filter(|jpeg| !jpeg.is_empty());
    if title.is_none() && description.is_none() && thumbnail.is_none() {
        return None;
    }
    Some(LinkPreview {
        url: full(&extended.matched_text)?,
        title,
        description,
        thumbnail,
    })
}
