use super::*;

fn some<T: Default>(value: T) -> MessageField<T> {
    MessageField::some(value)
}

fn content(message: &wa::Message) -> Content {
    of(message, &waproto::codec::message_to_vec(message))
}

fn words(body: &str) -> wa::Message {
    wa::Message {
        conversation: Some(body.to_owned()),
        ..Default::default()
    }
}

fn text_content(body: &str) -> Content {
    Content::Text {
        body: body.to_owned(),
        quoted_id: None,
    }
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
    assert!(
        content(&message)
            == Content::Text {
                body: "yes".to_owned(),
                quoted_id: Some("Q1".to_owned())
            }
    );
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
    assert_eq!(media_of(&round).kind, MediaKind::Video);
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
                card: Card::Location { .. }
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
            poll_creation_message_v5: poll(),
            ..Default::default()
        },
    ] {
        assert!(content(&message) == expected);
    }
}

#[test]
fn a_reaction_names_its_target_and_an_empty_one_removes_it() {
    let reaction = |emoji: &str| wa::Message {
        reaction_message: some(part::ReactionMessage {
            key: key("T1"),
            text: Some(emoji.to_owned()),
            ..Default::default()
        }),
        ..Default::default()
    };
    assert!(
        content(&reaction("👍"))
            == Content::Reaction {
                target_id: "T1".to_owned(),
                emoji: "👍".to_owned()
            }
    );
    assert!(
        content(&reaction(""))
            == Content::Reaction {
                target_id: "T1".to_owned(),
                emoji: String::new()
            }
    );
}

fn protocol_message(protocol: part::ProtocolMessage) -> wa::Message {
    wa::Message {
        protocol_message: some(protocol),
        ..Default::default()
    }
}

#[test]
fn an_edit_contains_the_new_text_even_inside_a_wrapper() {
    let edit = protocol_message(part::ProtocolMessage {
        r#type: Some(ProtocolType::MESSAGE_EDIT),
        key: key("T2"),
        edited_message: some(words("better")),
        ..Default::default()
    });
    let expected = Content::Edit {
        target_id: "T2".to_owned(),
        body: "better".to_owned(),
    };
    assert!(content(&edit) == expected);
    assert!(
        content(&wa::Message {
            edited_message: envelope(edit),
            ..Default::default()
        }) == expected
    );
}

#[test]
fn an_edited_caption_is_an_edit() {
    let photo = part::ImageMessage {
        caption: Some("new caption".to_owned()),
        ..Default::default()
    };
    let edit = protocol_message(part::ProtocolMessage {
        r#type: Some(ProtocolType::MESSAGE_EDIT),
        key: key("T3"),
        edited_message: some(wa::Message {
            image_message: some(photo),
            ..Default::default()
        }),
        ..Default::default()
    });
    assert!(
        content(&edit)
            == Content::Edit {
                target_id: "T3".to_owned(),
                body: "new caption".to_owned()
            }
    );
}

#[test]
fn a_revoke_is_a_delete_and_the_rest_is_protocol() {
    let revoke = protocol_message(part::ProtocolMessage {
        r#type: Some(ProtocolType::REVOKE),
        key: key("T4"),
        ..Default::default()
    });
    assert!(
        content(&revoke)
            == Content::Delete {
                target_id: "T4".to_owned()
            }
    );
    let timer = protocol_message(part::ProtocolMessage {
        r#type: Some(ProtocolType::EPHEMERAL_SETTING),
        ..Default::default()
    });
    assert!(content(&timer) == Content::Protocol);
}

#[test]
fn a_tapped_button_counts_as_text() {
    let button = wa::Message {
        buttons_response_message: some(part::ButtonsResponseMessage {
            response: Some(part::buttons_response_message::Response::SelectedDisplayText(
                "Yes please".to_owned(),
            )),
            ..Default::default()
        }),
        ..Default::default()
    };
    let list = wa::Message {
        list_response_message: some(part::ListResponseMessage {
            title: Some("Tuesday".to_owned()),
            ..Default::default()
        }),
        ..Default::default()
    };
    assert!(content(&button) == text_content("Yes please"));
    assert!(content(&list) == text_content("Tuesday"));
}

#[test]
fn an_unmodelled_kind_is_kept_by_name() {
    let invite = wa::Message {
        group_invite_message: some(part::GroupInviteMessage::default()),
        ..Default::default()
    };
    let expected = Content::Other {
        kind: "group_invite_message".to_owned(),
    };
    assert!(content(&invite) == expected);
    assert!(
        content(&wa::Message {
            ephemeral_message: envelope(invite),
            ..Default::default()
        }) == expected
    );
}

#[test]
fn a_vote_is_housekeeping() {
    let vote = wa::Message {
        poll_update_message: some(part::PollUpdateMessage::default()),
        ..Default::default()
    };
    assert!(content(&vote) == Content::Protocol);
    assert!(content(&wa::Message::default()) == Content::Protocol);
}
