//! Messages of the rarer kinds.

use buffa::MessageField;
use rand::rngs::StdRng;
use waproto::whatsapp as wa;

use super::{Desk, contact, location, protocol_message, with_secret};
use crate::phone::content::{Choice, ChoiceForm, Contact, Event, LiveLocation, Media, MediaKind, Poll};

type Protocol = wa::message::protocol_message::Type;

pub(super) fn poll(poll: &Poll, rng: &mut StdRng) -> wa::Message {
    let option = |name: &String| wa::message::poll_creation_message::Option {
        option_name: Some(name.clone()),
        ..Default::default()
    };
    let body = MessageField::some(wa::message::PollCreationMessage {
        name: Some(poll.question.clone()),
        options: poll.options.iter().map(option).collect(),
        selectable_options_count: Some(poll.choices),
        ..Default::default()
    });
    let mut message = wa::Message::default();
    match (poll.announcement, poll.choices) {
        (true, _) => message.poll_creation_message_v2 = body,
        (false, 1) => message.poll_creation_message_v3 = body,
        (false, _) => message.poll_creation_message = body,
    }
    with_secret(message, rng)
}

pub(super) fn event(event: &Event, rng: &mut StdRng) -> wa::Message {
    let place = event.place.as_ref().map(|place| location(place).location_message);
    let message = wa::Message {
        event_message: MessageField::some(wa::message::EventMessage {
            name: Some(event.name.clone()),
            description: event.description.clone(),
            start_time: event.start,
            end_time: event.end,
            join_link: event.join_link.clone(),
            is_canceled: Some(event.cancelled),
            location: place.unwrap_or_default(),
            extra_guests_allowed: Some(true),
            ..Default::default()
        }),
        ..Default::default()
    };
    with_secret(message, rng)
}

pub(super) fn contacts(name: &str, cards: &[Contact]) -> wa::Message {
    let card = |card: &Contact| contact(card).contact_message.into_option();
    wa::Message {
        contacts_array_message: MessageField::some(wa::message::ContactsArrayMessage {
            display_name: Some(name.to_owned()),
            contacts: cards.iter().filter_map(card).collect(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

pub(super) fn live_location(place: &LiveLocation) -> wa::Message {
    wa::Message {
        live_location_message: MessageField::some(wa::message::LiveLocationMessage {
            degrees_latitude: Some(place.latitude),
            degrees_longitude: Some(place.longitude),
            accuracy_in_meters: place.accuracy_meters,
            speed_in_mps: place.speed,
            caption: place.caption.clone(),
            sequence_number: Some(place.sequence),
            time_offset: place.seconds,
            ..Default::default()
        }),
        ..Default::default()
    }
}

pub(super) fn pin(desk: &Desk<'_>, id: &str, seconds: Option<u32>) -> wa::Message {
    use wa::message::pin_in_chat_message::Type;

    let pin = wa::message::PinInChatMessage {
        key: MessageField::some(super::key(desk, id)),
        r#type: Some(if seconds.is_some() {
            Type::PIN_FOR_ALL
        } else {
            Type::UNPIN_FOR_ALL
        }),
        sender_timestamp_ms: Some(desk.now),
    };
    wa::Message {
        pin_in_chat_message: MessageField::some(pin),
        message_context_info: MessageField::some(wa::MessageContextInfo {
            message_add_on_duration_in_secs: seconds,
            ..Default::default()
        }),
        ..Default::default()
    }
}

pub(super) fn keep(desk: &Desk<'_>, id: &str, keep: bool) -> wa::Message {
    wacore::proto_helpers::build_keep_in_chat_message(super::key(desk, id), keep, desk.now)
}

pub(super) fn disappearing(desk: &Desk<'_>, seconds: u32) -> wa::Message {
    protocol_message(wa::message::ProtocolMessage {
        key: MessageField::some(wa::MessageKey {
            remote_jid: Some(desk.chat_jid()),
            from_me: Some(true),
            ..Default::default()
        }),
        r#type: Some(Protocol::EPHEMERAL_SETTING),
        ephemeral_expiration: Some(seconds),
        ephemeral_setting_timestamp: Some(desk.now / 1000),
        ..Default::default()
    })
}

pub(super) fn share_number() -> wa::Message {
    protocol_message(wa::message::ProtocolMessage {
        r#type: Some(Protocol::SHARE_PHONE_NUMBER),
        ..Default::default()
    })
}

pub(super) fn limit_sharing(on: bool, now: i64) -> wa::Message {
    protocol_message(wa::message::ProtocolMessage {
        r#type: Some(Protocol::LIMIT_SHARING),
        limit_sharing: MessageField::some(wa::LimitSharing {
            sharing_limited: Some(on),
            limit_sharing_setting_timestamp: Some(now / 1000),
            ..Default::default()
        }),
        ..Default::default()
    })
}

pub(super) fn request_number() -> wa::Message {
    wa::Message {
        request_phone_number_message: MessageField::some(wa::message::RequestPhoneNumberMessage::default()),
        ..Default::default()
    }
}

/// What a customer chose. It quotes the business's message, as real clients do.
pub(super) fn choice(choice: &Choice) -> wa::Message {
    use wa::message::{buttons_response_message, interactive_response_message, list_response_message};

    let (id, text) = (Some(choice.id.clone()), Some(choice.text.clone()));
    let mut message = wa::Message::default();
    match choice.form {
        ChoiceForm::Buttons => {
            message.buttons_response_message = MessageField::some(wa::message::ButtonsResponseMessage {
                selected_button_id: id,
                r#type: Some(buttons_response_message::Type::DISPLAY_TEXT),
                response: text.map(buttons_response_message::Response::SelectedDisplayText),
                ..Default::default()
            });
        }
        ChoiceForm::List => {
            message.list_response_message = MessageField::some(wa::message::ListResponseMessage {
                title: text,
                description: choice.description.clone(),
                list_type: Some(list_response_message::ListType::SINGLE_SELECT),
                single_select_reply: MessageField::some(list_response_message::SingleSelectReply {
                    selected_row_id: id,
                }),
                ..Default::default()
            });
        }
        ChoiceForm::Template => {
            message.template_button_reply_message = MessageField::some(wa::message::TemplateButtonReplyMessage {
                selected_id: id,
                selected_display_text: text,
                selected_index: Some(0),
                ..Default::default()
            });
        }
        ChoiceForm::Flow => {
            let flow = interactive_response_message::NativeFlowResponseMessage {
                name: Some("quick_reply".to_owned()),
                params_json: Some(serde_json::json!({ "id": choice.id, "display_text": choice.text }).to_string()),
                version: Some(3),
            };
            message.interactive_response_message = MessageField::some(wa::message::InteractiveResponseMessage {
                body: MessageField::some(interactive_response_message::Body {
                    text,
                    ..Default::default()
                }),
                interactive_response_message: Some(
                    interactive_response_message::InteractiveResponseMessage::NativeFlowResponseMessage(Box::new(flow)),
                ),
                ..Default::default()
            });
        }
    }
    message
}

/// The invisible head of an album, which says how many pictures follow.
pub(in crate::phone) fn album(files: &[Media], rng: &mut StdRng) -> wa::Message {
    let videos = files.iter().filter(|file| file.kind == MediaKind::Video).count();
    let count = |count: usize| u32::try_from(count).ok();
    let message = wa::Message {
        album_message: MessageField::some(wa::message::AlbumMessage {
            expected_image_count: count(files.len() - videos),
            expected_video_count: count(videos),
            ..Default::default()
        }),
        ..Default::default()
    };
    with_secret(message, rng)
}
