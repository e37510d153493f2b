use buffa::MessageField;
use waproto::whatsapp::message as part;
use waproto::whatsapp::message::protocol_message::Type as ProtocolType;

use super::*;
use crate::{Change, Media, MediaKind, Target};

fn some<T: Default>(value: T) -> MessageField<T> {
    MessageField::some(value)
}

fn content(message: &wa::Message) -> Content {
    of(message).0
}

fn change(id: &str, change: Change) -> Content {
    let target = Target {
        id: id.to_owned(),
        ..Default::default()
    };
    Content::Change { target, change }
}

fn new_words(id: &str, body: &str) -> Content {
    change(
        id,
        Change::Edit {
            body: Some(body.to_owned()),
            card: None,
            at_ms: None,
        },
    )
}

fn words(body: &str) -> wa::Message {
    wa::Message {
        conversation: Some(body.to_owned()),
        ..Default::default()
    }
}

fn text_content(body: &str) -> Content {
    Content::Text { body: body.to_owned() }
}

fn envelope(inner: wa::Message) -> MessageField<part::FutureProofMessage> {
    some(part::FutureProofMessage { message: some(inner) })
}

fn key(id: &str) -> MessageField<wa::MessageKey> {
    some(wa::MessageKey {
        id: Some(id.to_owned()),
        ..Default::default()
    })
}

fn media_of(message: &wa::Message) -> Media {
    match content(message) {
        Content::Media(media) => media,
        _ => panic!("not media"),
    }
}

#[test]
fn a_plain_text_is_text() {
    assert!(content(&words("hello")) == text_content("hello"));
}

#[test]
fn a_reply_names_what_it_quotes() {
    let message = wa::Message {
        extended_text_message: some(part::ExtendedTextMessage {
            text: Some("yes".to_owned()),
            context_info: some(wa::ContextInfo {
                stanza_id: Some("Q1".to_owned()),
                ..Default::default()
            }),
            ..Default::default()
        }),
        ..Default::default()
    };
    let (content, context) = of(&message);
    assert!(content == text_content("yes"));
    let quote = context.quote.unwrap();
    assert!(quote.id == "Q1" && *quote.content == Content::Protocol);
}

#[test]
fn every_wrapper_is_opened() {
    let inner = || envelope(words("inside"));
    let messages = [
        wa::Message {
            ephemeral_message: inner(),
            ..Default::default()
        },
        wa::Message {
            view_once_message: inner(),
            ..Default::default()
        },
        wa::Message {
            view_once_message_v2: inner(),
            ..Default::default()
        },
        wa::Message {
            view_once_message_v2_extension: inner(),
            ..Default::default()
        },
        wa::Message {
            document_with_caption_message: inner(),
            ..Default::default()
        },
        wa::Message {
            edited_message: inner(),
            ..Default::default()
        },
        wa::Message {
            ephemeral_message: envelope(wa::Message {
                view_once_message: inner(),
                ..Default::default()
            }),
            ..Default::default()
        },
        wa::Message {
            device_sent_message: some(part::DeviceSentMessage {
                message: some(words("inside")),
                ..Default::default()
            }),
            ..Default::default()
        },
    ];
    for (index, message) in messages.iter().enumerate() {
        assert!(content(message) == text_content("inside"), "envelope {index}");
    }
}

#[test]
fn endless_wrappers_are_not_followed() {
    let mut message = words("deep");
    for _ in 0..20 {
        message = wa::Message {
            ephemeral_message: envelope(message),
            ..Default::default()
        };
    }
    assert!(matches!(content(&message), Content::Other { .. }));
}

#[test]
fn a_photo_keeps_what_is_needed_to_fetch_it() {
    let message = wa::Message {
        image_message: some(part::ImageMessage {
            mimetype: Some("image/jpeg".to_owned()),
            caption: Some("look".to_owned()),
            file_length: Some(1234),
            width: Some(640),
            height: Some(480),
            direct_path: Some("/v/abc".to_owned()),
            media_key: Some(vec![1; 32]),
            file_sha256: Some(vec![2; 32]),
            file_enc_sha256: Some(vec![3; 32]),
            jpeg_thumbnail: Some(vec![4; 8]),
            ..Default::default()
        }),
        ..Default::default()
    };
    let expected = Media {
        kind: MediaKind::Image,
        mime: "image/jpeg".to_owned(),
        caption: Some("look".to_owned()),
        file_name: None,
        seconds: None,
        width: Some(640),
        height: Some(480),
        size: Some(1234),
        direct_path: "/v/abc".to_owned(),
        media_key: vec![1; 32],
        sha256: vec![2; 32],
        enc_sha256: vec![3; 32],
        thumbnail: Some(vec![4; 8]),
        waveform: None,
    };
    assert!(media_of(&message) == expected);
}

#[test]
fn a_voice_note_is_distinguished_from_an_audio_file() {
    let audio = |ptt| wa::Message {
        audio_message: some(part::AudioMessage {
            ptt: Some(ptt),
            seconds: Some(7),
            ..Default::default()
        }),
        ..Default::default()
    };
    assert_eq!(media_of(&audio(true)).kind, MediaKind::Voice);
    assert_eq!(media_of(&audio(true)).seconds, Some(7));
    assert_eq!(media_of(&audio(false)).kind, MediaKind::Audio);
}

#[test]
fn videos_documents_and_stickers_are_media() {
    let video = wa::Message {
        video_message: some(part::VideoMessage::default()),
        ..Default::default()
    };
    let round = wa::Message {
        ptv_message: some(part::VideoMessage::default()),
        ..Default::default()
    };
    let sticker = wa::Message {
        sticker_message: some(part::StickerMessage::default()),
        ..Default::default()
    };
    let document = wa::Message {
        document_message: some(part::DocumentMessage {
            title: Some("bill.pdf".to_owned()),
            ..Default::default()
        }),
        ..Default::default()
    };
    assert_eq!(media_of(&video).kind, MediaKind::Video);
    assert_eq!(media_of(&round).kind, MediaKind::VideoNote);
    assert_eq!(media_of(&sticker).kind, MediaKind::Sticker);
    assert_eq!(media_of(&document).file_name.as_deref(), Some("bill.pdf"));
}

#[test]
fn an_old_media_address_still_gives_a_path() {
    let message = wa::Message {
        image_message: some(part::ImageMessage {
            url: Some("https://mmg.whatsapp.net/v/t62.7118?ccb=1".to_owned()),
            ..Default::default()
        }),
        ..Default::default()
    };
    assert_eq!(media_of(&message).direct_path, "/v/t62.7118");
}

#[test]
fn places_are_locations() {
    let place = wa::Message {
        location_message: some(part::LocationMessage {
            degrees_latitude: Some(-23.5),
            degrees_longitude: Some(-46.6),
            name: Some("Shop".to_owned()),
            ..Default::default()
        }),
        ..Default::default()
    };
    let expected = Content::Card {
        text: Some("Shop".to_owned()),
        card: Card::Location {
            latitude: -23.5,
            longitude: -46.6,
            address: None,
            url: None,
        },
    };
    assert!(content(&place) == expected);
    let live = wa::Message {
        live_location_message: some(part::LiveLocationMessage::default()),
        ..Default::default()
    };
    let unnamed = |content| {
        matches!(
            content,
            Content::Card {
                text: None,
                card: Card::LiveLocation { .. }
            }
        )
    };
    assert!(unnamed(content(&live)));
}

#[test]
fn several_contacts_are_one_content() {
    let card = |name: &str| part::ContactMessage {
        display_name: Some(name.to_owned()),
        vcard: Some(format!("BEGIN:VCARD\nFN:{name}\nEND:VCARD")),
        ..Default::default()
    };
    let one = wa::Message {
        contact_message: some(card("Ana")),
        ..Default::default()
    };
    let expected = Content::Card {
        text: Some("Ana".to_owned()),
        card: Card::Contact {
            vcard: "BEGIN:VCARD\nFN:Ana\nEND:VCARD".to_owned(),
        },
    };
    assert!(content(&one) == expected);
    let two = wa::Message {
        contacts_array_message: some(part::ContactsArrayMessage {
            contacts: vec![card("Ana"), card("Bo")],
            ..Default::default()
        }),
        ..Default::default()
    };
    match content(&two) {
        Content::Card {
            text: Some(name),
            card: Card::Contact { vcard },
        } => {
            assert_eq!((name.as_str(), vcard.matches("BEGIN:VCARD").count()), ("Ana, Bo", 2))
        }
        _ => panic!("not a contact"),
    }
}

#[test]
fn every_version_of_a_poll_is_a_poll() {
    let poll = || {
        some(part::PollCreationMessage {
            name: Some("When?".to_owned()),
            options: ["Mon", "Tue"]
                .map(|name| part::poll_creation_message::Option {
                    option_name: Some(name.to_owned()),
                    ..Default::default()
                })
                .into(),
            ..Default::default()
        })
    };
    let expected = Content::Card {
        text: Some("When?".to_owned()),
        card: Card::Poll {
            options: vec!["Mon".to_owned(), "Tue".to_owned()],
            choices: 0,
            quiz: None,
        },
    };
    for message in [
        wa::Message {
            poll_creation_message: poll(),
            ..Default::default()
        },
        wa::Message {
            poll_creation_message_v2: poll(),
            ..Default::default()
        },
        wa::Message {
            poll_creation_message_v3: poll(),
            ..Default::default()
        },
        wa::Message {
            poll_creation_message_v4: envelope(wa::Message {
                poll_creation_message: poll(),
                ..Default::default()
            }),
            ..Default::default()
        },
        wa::Message {
            poll_creation_message_v5: poll(),
            ..Default::default()
        },
        wa::Message {
            poll_creation_message_v6: poll(),
            ..Default::default()
        },
    ] {
        assert!(content(&message) == expected);
    }
}

#[test]
fn a_reaction_names_its_target_and_an_empty_one_removes_it() {
    for emoji in ["👍", ""] {
        let message = wa::Message {
            reaction_message: some(part::ReactionMessage {
                key: key("T1"),
                text: Some(emoji.to_owned()),
                ..Default::default()
            }),
            ..Default::default()
        };
        let emoji = emoji.to_owned();
        assert!(content(&message) == change("T1", Change::Reaction { emoji }));
    }
}

fn protocol_message(protocol: part::ProtocolMessage) -> wa::Message {
    wa::Message {
        protocol_message: some(protocol),
        ..Default::default()
    }
}

fn edit_of(id: &str, edited: wa::Message) -> wa::Message {
    protocol_message(part::ProtocolMessage {
        r#type: Some(ProtocolType::MESSAGE_EDIT),
        key: key(id),
        edited_message: some(edited),
        ..Default::default()
    })
}

#[test]
fn an_edit_contains_the_new_text_even_inside_a_wrapper() {
    let edit = edit_of("T2", words("better"));
    assert!(content(&edit) == new_words("T2", "better"));
    let wrapped = wa::Message {
        edited_message: envelope(edit),
        ..Default::default()
    };
    assert!(content(&wrapped) == new_words("T2", "better"));
}

#[test]
fn an_edited_caption_is_an_edit() {
    let photo = |caption: Option<&str>| wa::Message {
        image_message: some(part::ImageMessage {
            caption: caption.map(str::to_owned),
            ..Default::default()
        }),
        ..Default::default()
    };
    assert!(content(&edit_of("T3", photo(Some("new caption")))) == new_words("T3", "new caption"));
    assert!(content(&edit_of("T3", photo(None))) == new_words("T3", ""));
}

#[test]
fn an_edit_of_something_without_words_keeps_the_words() {
    let place = wa::Message {
        live_location_message: some(part::LiveLocationMessage::default()),
        ..Default::default()
    };
    let expected = Change::Edit {
        body: None,
        card: None,
        at_ms: None,
    };
    assert!(content(&edit_of("T5", place)) == change("T5", expected));
}

#[test]
fn edits_tell_their_time_to_the_millisecond() {
    let mut edit = edit_of("T6", words("fifth"));
    edit.protocol_message.as_option_mut().unwrap().timestamp_ms = Some(1_700_000_000_005);
    let expected = Change::Edit {
        body: Some("fifth".to_owned()),
        card: None,
        at_ms: Some(1_700_000_000_005),
    };
    assert!(content(&edit) == change("T6", expected));
}

#[test]
fn a_revoke_is_a_delete_and_the_rest_is_protocol() {
    let revoke = protocol_message(part::ProtocolMessage {
        r#type: Some(ProtocolType::REVOKE),
        key: key("T4"),
        ..Default::default()
    });
    assert!(content(&revoke) == change("T4", Change::Delete { by_admin: false }));
    for kind in [
        ProtocolType::APP_STATE_SYNC_KEY_SHARE,
        ProtocolType::STATUS_MENTION_MESSAGE,
    ] {
        let housekeeping = protocol_message(part::ProtocolMessage {
            r#type: Some(kind),
            ..Default::default()
        });
        assert!(content(&housekeeping) == Content::Protocol);
    }
}

#[test]
fn a_kind_newer_than_the_library_is_not_nothing() {
    let unknown = Content::Other { kind: None, text: None };
    assert!(content(&wa::Message::default()) == unknown);
    let context = wa::MessageContextInfo {
        message_secret: Some(vec![1; 32]),
        ..Default::default()
    };
    let with_context = wa::Message {
        message_context_info: some(context),
        ..Default::default()
    };
    assert!(content(&with_context) == unknown);
    let wrapped = wa::Message {
        ephemeral_message: envelope(wa::Message::default()),
        ..Default::default()
    };
    assert!(content(&wrapped) == unknown);
    let keys = wa::Message {
        sender_key_distribution_message: some(part::SenderKeyDistributionMessage::default()),
        ..Default::default()
    };
    assert!(content(&keys) == Content::Protocol);
}

#[test]
fn an_unmodelled_kind_is_kept_by_name() {
    let hidden = wa::Message {
        conditional_reveal_message: some(part::ConditionalRevealMessage::default()),
        ..Default::default()
    };
    let expected = Content::Other {
        kind: Some("conditional_reveal_message".to_owned()),
        text: None,
    };
    assert!(content(&hidden) == expected);
}
