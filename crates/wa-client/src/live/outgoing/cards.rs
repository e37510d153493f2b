//! Places, contacts, polls, events and albums.

use buffa::MessageField;
use waproto::whatsapp::{self as wa, message as part};

use super::with_secret;
use crate::{OutgoingContact, OutgoingContent};

pub(super) fn of(content: &OutgoingContent) -> Option<wa::Message> {
    Some(match content {
        OutgoingContent::Location {
            latitude,
            longitude,
            name,
            address,
        } => wa::Message {
            location_message: MessageField::some(part::LocationMessage {
                degrees_latitude: Some(*latitude),
                degrees_longitude: Some(*longitude),
                name: name.clone(),
                address: address.clone(),
                ..Default::default()
            }),
            ..Default::default()
        },
        OutgoingContent::Contacts(cards) => contacts(cards),
        OutgoingContent::Poll {
            question,
            options,
            choices,
            secret,
        } => with_secret(poll(question, options, *choices), secret),
        OutgoingContent::Event {
            name,
            description,
            starts_at,
            ends_at,
            place,
            link,
            secret,
        } => {
            let place = place.as_ref().map(|name| part::LocationMessage {
                name: Some(name.clone()),
                ..Default::default()
            });
            let event = part::EventMessage {
                name: Some(name.clone()),
                description: description.clone(),
                start_time: Some(*starts_at),
                end_time: *ends_at,
                join_link: link.clone(),
                location: place.map(MessageField::some).unwrap_or_default(),
                is_canceled: Some(false),
                ..Default::default()
            };
            let message = wa::Message {
                event_message: MessageField::some(event),
                ..Default::default()
            };
            with_secret(message, secret)
        }
        OutgoingContent::Album { images, videos } => wa::Message {
            album_message: MessageField::some(part::AlbumMessage {
                expected_image_count: Some(*images),
                expected_video_count: Some(*videos),
                ..Default::default()
            }),
            ..Default::default()
        },
        _ => return None,
    })
}

/// One contact is a message of another kind than several.
fn contacts(cards: &[OutgoingContact]) -> wa::Message {
    let mut parts: Vec<part::ContactMessage> = cards.iter().map(contact).collect();
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => wa::Message {
            contact_message: MessageField::some(only),
            ..Default::default()
        },
        (last, _) => {
            parts.extend(last);
            let names: Vec<&str> = cards.iter().map(|card| card.name.as_str()).collect();
            wa::Message {
                contacts_array_message: MessageField::some(part::ContactsArrayMessage {
                    display_name: Some(names.join(", ")),
                    contacts: parts,
                    ..Default::default()
                }),
                ..Default::default()
            }
        }
    }
}

fn contact(card: &OutgoingContact) -> part::ContactMessage {
    part::ContactMessage {
        display_name: Some(card.name.clone()),
        vcard: Some(card.vcard.clone()),
        ..Default::default()
    }
}

/// A poll with one choice has a field of its own, as WhatsApp Web writes it.
fn poll(question: &str, options: &[String], choices: u32) -> wa::Message {
    let option = |name: &String| part::poll_creation_message::Option {
        option_name: Some(name.clone()),
        ..Default::default()
    };
    let poll = MessageField::some(part::PollCreationMessage {
        name: Some(question.to_owned()),
        options: options.iter().map(option).collect(),
        selectable_options_count: Some(choices),
        poll_content_type: Some(part::PollContentType::TEXT),
        ..Default::default()
    });
    let mut message = wa::Message::default();
    if choices == 1 {
        message.poll_creation_message_v3 = poll;
    } else {
        message.poll_creation_message = poll;
    }
    message
}
