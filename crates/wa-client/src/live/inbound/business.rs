//! What businesses send with buttons: templates, lists and the like. Nothing on them can be tapped here.

use waproto::whatsapp::hydrated_template_button::HydratedButton;
use waproto::whatsapp::message::template_message::Format;
use waproto::whatsapp::{self as wa, message as part, template_button};

use super::content::lines;
use crate::{Card, Content};

/// The words and labels of one message.
#[derive(Default)]
struct Face {
    text: Option<String>,
    footer: Option<String>,
    buttons: Vec<String>,
}

pub(super) fn of(message: &wa::Message) -> Option<Content> {
    let face = if let Some(template) = message.template_message.as_option() {
        self::template(template)
    } else if let Some(interactive) = message.interactive_message.as_option() {
        self::interactive(interactive)
    } else if let Some(buttons) = message.buttons_message.as_option() {
        self::buttons(buttons)
    } else if let Some(list) = message.list_message.as_option() {
        self::list(list)
    } else {
        let structured = message.highly_structured_message.as_option()?;
        match structured.hydrated_hsm.as_option() {
            Some(template) => self::template(template),
            None => Face {
                text: words(structured),
                ..Face::default()
            },
        }
    };
    Some(Content::Card {
        text: face.text,
        card: Card::Business {
            footer: face.footer.filter(|footer| !footer.is_empty()),
            buttons: face.buttons,
        },
    })
}

fn template(template: &part::TemplateMessage) -> Face {
    match &template.format {
        Some(Format::HydratedFourRowTemplate(rows)) => hydrated(rows),
        Some(Format::InteractiveMessageTemplate(message)) => interactive(message),
        Some(Format::FourRowTemplate(rows)) => four_rows(rows),
        None => template.hydrated_template.as_option().map(hydrated).unwrap_or_default(),
    }
}

fn hydrated(rows: &part::template_message::HydratedFourRowTemplate) -> Face {
    use part::template_message::hydrated_four_row_template::Title;
    let title = match &rows.title {
        Some(Title::HydratedTitleText(title)) => Some(title),
        _ => None,
    };
    let label = |button: &wa::HydratedTemplateButton| match button.hydrated_button.as_ref()? {
        HydratedButton::QuickReplyButton(button) => button.display_text.clone(),
        HydratedButton::UrlButton(button) => button.display_text.clone(),
        HydratedButton::CallButton(button) => button.display_text.clone(),
    };
    Face {
        text: lines([title, rows.hydrated_content_text.as_ref()]),
        footer: rows.hydrated_footer_text.clone(),
        buttons: rows.hydrated_buttons.iter().filter_map(label).collect(),
    }
}

fn four_rows(rows: &part::template_message::FourRowTemplate) -> Face {
    use template_button::Button;
    let label = |button: &wa::TemplateButton| {
        let text = match button.button.as_ref()? {
            Button::QuickReplyButton(button) => &button.display_text,
            Button::UrlButton(button) => &button.display_text,
            Button::CallButton(button) => &button.display_text,
        };
        words(text.as_option()?)
    };
    Face {
        text: rows.content.as_option().and_then(words),
        footer: rows.footer.as_option().and_then(words),
        buttons: rows.buttons.iter().filter_map(label).collect(),
    }
}

/// Of a text that the receiver's app would put together from its own patterns: what is said in it.
fn words(structured: &part::HighlyStructuredMessage) -> Option<String> {
    let localized = structured.localizable_params.iter().map(|param| param.default.as_ref());
    lines(structured.params.iter().map(Some).chain(localized)).or_else(|| structured.element_name.clone())
}

fn interactive(message: &part::InteractiveMessage) -> Face {
    use part::interactive_message::InteractiveMessage as Kind;
    let header = message.header.as_option();
    let body = message.body.as_option().and_then(|body| body.text.as_ref());
    let mut face = Face {
        text: lines([
            header.and_then(|header| header.title.as_ref()),
            header.and_then(|header| header.subtitle.as_ref()),
            body,
        ]),
        footer: message.footer.as_option().and_then(|footer| footer.text.clone()),
        buttons: Vec::new(),
    };
    match &message.interactive_message {
        Some(Kind::NativeFlowMessage(flow)) => {
            face.buttons = flow.buttons.iter().flat_map(native_labels).collect();
        }
        Some(Kind::CarouselMessage(carousel)) => {
            // A card of a carousel is such a message itself, but never another carousel.
            for card in carousel.cards.iter().filter(|card| !is_carousel(card)) {
                let card = interactive(card);
                face.text = lines([face.text.as_ref(), card.text.as_ref()]);
                face.buttons.extend(card.buttons);
            }
        }
        _ => {}
    }
    face
}

fn is_carousel(message: &part::InteractiveMessage) -> bool {
    use part::interactive_message::InteractiveMessage as Kind;
    matches!(message.interactive_message, Some(Kind::CarouselMessage(_)))
}

/// A button's label, or those of the rows that it opens.
fn native_labels(button: &part::interactive_message::native_flow_message::NativeFlowButton) -> Vec<String> {
    let Some(params) = button
        .button_params_json
        .as_deref()
        .and_then(|json| serde_json::from_str::<serde_json::Value>(json).ok())
    else {
        return Vec::new();
    };
    let text = |value: &serde_json::Value, key: &str| Some(value.get(key)?.as_str()?.to_owned());
    let own = text(&params, "display_text").or_else(|| text(&params, "title"));
    let sections = params.get("sections").and_then(|sections| sections.as_array());
    let rows = sections
        .into_iter()
        .flatten()
        .filter_map(|section| section.get("rows")?.as_array())
        .flatten()
        .filter_map(|row| text(row, "title"));
    own.into_iter().chain(rows).collect()
}

fn buttons(message: &part::ButtonsMessage) -> Face {
    use part::buttons_message::Header;
    let header = match &message.header {
        Some(Header::Text(header)) => Some(header),
        _ => None,
    };
    let label = |button: &part::buttons_message::Button| button.button_text.as_option()?.display_text.clone();
    Face {
        text: lines([header, message.content_text.as_ref()]),
        footer: message.footer_text.clone(),
        buttons: message.buttons.iter().filter_map(label).collect(),
    }
}

fn list(message: &part::ListMessage) -> Face {
    let rows = message.sections.iter().flat_map(|section| &section.rows);
    let titles = rows.filter_map(|row| row.title.clone());
    Face {
        text: lines([message.title.as_ref(), message.description.as_ref()]),
        footer: message.footer_text.clone(),
        buttons: message.button_text.clone().into_iter().chain(titles).collect(),
    }
}
