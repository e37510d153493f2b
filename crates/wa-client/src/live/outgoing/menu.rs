//! Menus: as a numbered text, which every phone shows, or as buttons or a list.

use buffa::MessageField;
use serde_json::json;
use waproto::whatsapp::message::interactive_message::native_flow_message::NativeFlowButton;
use waproto::whatsapp::message::interactive_message::{Body, Footer, InteractiveMessage as Kind, NativeFlowMessage};
use waproto::whatsapp::{self as wa, message as part};

use crate::{MenuForm, MenuOption};

pub(super) fn of(body: &str, footer: Option<&str>, options: &[MenuOption], form: &MenuForm) -> wa::Message {
    let buttons = match form {
        MenuForm::Numbers => {
            return wa::Message {
                conversation: Some(numbered(body, footer, options)),
                ..Default::default()
            };
        }
        MenuForm::Buttons => options.iter().map(button).collect(),
        MenuForm::List { label } => vec![list(label, options)],
    };
    let flow = NativeFlowMessage {
        buttons,
        message_version: Some(1),
        ..Default::default()
    };
    let footer = footer.map(|text| Footer {
        text: Some(text.to_owned()),
        ..Default::default()
    });
    wa::Message {
        interactive_message: MessageField::some(part::InteractiveMessage {
            body: MessageField::some(Body {
                text: Some(body.to_owned()),
            }),
            footer: footer.map(MessageField::some).unwrap_or_default(),
            interactive_message: Some(Kind::NativeFlowMessage(Box::new(flow))),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// The options are answered by their numbers.
fn numbered(body: &str, footer: Option<&str>, options: &[MenuOption]) -> String {
    let lines = options
        .iter()
        .zip(1..)
        .map(|(option, at)| format!("{at}. {}", option.title));
    let list = lines.collect::<Vec<_>>().join("\n");
    let parts = [Some(body), Some(list.as_str()), footer];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

fn button(option: &MenuOption) -> NativeFlowButton {
    named("quick_reply", &json!({ "display_text": option.title, "id": option.id }))
}

fn list(label: &str, options: &[MenuOption]) -> NativeFlowButton {
    let rows: Vec<_> = options
        .iter()
        .map(|option| json!({ "title": option.title, "id": option.id }))
        .collect();
    named(
        "single_select",
        &json!({ "title": label, "sections": [{ "title": label, "rows": rows }] }),
    )
}

fn named(name: &str, params: &serde_json::Value) -> NativeFlowButton {
    NativeFlowButton {
        name: Some(name.to_owned()),
        button_params_json: Some(params.to_string()),
    }
}
