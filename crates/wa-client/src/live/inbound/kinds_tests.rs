//! Each kind of message.

use buffa::MessageField;
use waproto::whatsapp::message as part;
use waproto::whatsapp::message::protocol_message::Type as ProtocolType;
use waproto::whatsapp::message_association::AssociationType;

use super::super::making::{key, message, some, text, wrap};
use super::*;
use crate::{Change, Line, MediaKind, PartOf, SealedKind};

/// The words and the card of a message.
fn card(message: &wa::Message) -> (Option<String>, Card) {
    match of(message).0 {
        Content::Card { text, card } => (text, card),
        _ => panic!("not a card"),
    }
}

fn image() -> wa::Message {
    message!(image_message: part::ImageMessage { jpeg_thumbnail: Some(vec![1]) })
}

fn media_kind(message: &wa::Message) -> MediaKind {
    match of(message).0 {
        Content::Media(media) => media.kind,
        _ => panic!("not media"),
    }
}

#[test]
fn what_moves_and_what_is_drawn_is_told_apart() {
    let gif = message!(video_message: part::VideoMessage { gif_playback: Some(true) });
    assert_eq!(media_kind(&gif), MediaKind::Gif);
    let lottie = wa::Message {
        lottie_sticker_message: wrap(message!(sticker_message: part::StickerMessage { is_lottie: Some(true) })),
        ..Default::default()
    };
    let Content::Media(sticker) = of(&lottie).0 else {
        panic!("not media")
    };
    assert_eq!(
        (sticker.kind, sticker.mime.as_str()),
        (MediaKind::Sticker, "application/was")
    );
    let voice = message!(audio_message: part::AudioMessage { ptt: Some(true), waveform: Some(vec![7; 64]) });
    let Content::Media(voice) = of(&voice).0 else {
        panic!("not media")
    };
    assert_eq!(voice.waveform, Some(vec![7; 64]));
}

#[test]
fn view_once_is_said_by_the_wrapper_or_by_the_file_and_keeps_no_picture() {
    let wrapped = |field: fn(&mut wa::Message, MessageField<part::FutureProofMessage>)| {
        let mut message = wa::Message::default();
        field(&mut message, wrap(image()));
        message
    };
    let inside = message!(image_message: part::ImageMessage { view_once: Some(true), jpeg_thumbnail: Some(vec![1]) });
    for message in [
        wrapped(|message, inner| message.view_once_message = inner),
        wrapped(|message, inner| message.view_once_message_v2 = inner),
        wrapped(|message, inner| message.view_once_message_v2_extension = inner),
        inside,
    ] {
        let (content, context) = of(&message);
        assert!(context.view_once);
        assert!(matches!(content, Content::Media(media) if media.thumbnail.is_none()));
    }
    let (content, context) = of(&image());
    assert!(!context.view_once);
    assert!(matches!(content, Content::Media(media) if media.thumbnail.is_some()));
}

#[test]
fn a_live_location_counts_its_updates() {
    let live = message!(live_location_message: part::LiveLocationMessage {
        sequence_number: Some(1_700_000_000_001),
        caption: text("on my way"),
    });
    let (words, card) = card(&live);
    assert_eq!(words, text("on my way"));
    assert!(matches!(
        card,
        Card::LiveLocation {
            sequence: 1_700_000_000_001,
            ..
        }
    ));
}

#[test]
fn a_contact_without_a_name_has_that_of_its_vcard() {
    let contact = |vcard: &str| message!(contact_message: part::ContactMessage { vcard: text(vcard) });
    let named =
        contact("BEGIN:VCARD\r\nVERSION:3.0\r\nN:;Ana;;;\r\nitem1.FN;CHARSET=UTF-8:Ana: the first\r\nEND:VCARD");
    assert_eq!(card(&named).0, text("Ana: the first"));
    assert_eq!(card(&contact("BEGIN:VCARD\nFN:\nEND:VCARD")).0, None);
}

#[test]
fn a_quiz_knows_its_answer() {
    let quiz = message!(poll_creation_message_v5: part::PollCreationMessage {
        name: text("2 + 2?"),
        poll_type: Some(part::PollType::QUIZ),
        selectable_options_count: Some(1),
        correct_answer: some(part::poll_creation_message::Option { option_name: text("4"), ..Default::default() }),
    });
    assert!(matches!(card(&quiz).1, Card::Poll { quiz: Some(right), choices: 1, .. } if right == "4"));
    let untold = message!(poll_creation_message: part::PollCreationMessage { poll_type: Some(part::PollType::QUIZ) });
    assert!(matches!(card(&untold).1, Card::Poll { quiz: Some(right), .. } if right.is_empty()));
}

#[test]
fn the_end_of_a_poll_is_its_votes() {
    let votes = part::poll_result_snapshot_message::PollVote {
        option_name: text("Mon"),
        option_vote_count: Some(3),
    };
    let result = message!(poll_result_snapshot_message: part::PollResultSnapshotMessage {
        name: text("When?"),
        poll_votes: vec![votes],
    });
    let (words, card) = card(&result);
    assert_eq!(words, text("When?"));
    assert!(matches!(card, Card::PollResult { options } if options == [("Mon".to_owned(), 3)]));
}

#[test]
fn an_event_says_when_and_where() {
    let place = part::LocationMessage {
        name: text("Bakery"),
        address: text("1 High Street"),
        ..Default::default()
    };
    let event = message!(event_message: part::EventMessage {
        name: text("Tasting"),
        start_time: Some(1_800_000_000),
        end_time: Some(1_800_003_600_000),
        location: some(place),
        is_canceled: Some(true),
    });
    let expected = Card::Event {
        starts_at: Some(1_800_000_000),
        ends_at: Some(1_800_003_600),
        description: None,
        place: text("Bakery\n1 High Street"),
        link: None,
        cancelled: true,
    };
    assert!(card(&event) == (text("Tasting"), expected));
    let invite = message!(event_invite_message: part::EventInviteMessage {
        event_title: text("Tasting"),
        caption: text("come!"),
    });
    assert!(matches!(card(&invite).1, Card::Event { description: Some(said), .. } if said == "come!"));
}

#[test]
fn an_edited_poll_or_event_has_its_new_card() {
    let poll = message!(poll_creation_message: part::PollCreationMessage { name: text("When then?") });
    let edit = message!(protocol_message: part::ProtocolMessage {
        r#type: Some(ProtocolType::MESSAGE_EDIT),
        key: key("P"),
        edited_message: some(poll),
    });
    let Content::Change { change, .. } = of(&edit).0 else {
        panic!("not a change")
    };
    let Change::Edit { body, card, .. } = change else {
        panic!("not an edit")
    };
    assert_eq!(body, text("When then?"));
    assert!(matches!(card, Some(Card::Poll { .. })));
}

fn associated(kind: AssociationType) -> wa::Message {
    let association = wa::MessageAssociation {
        association_type: Some(kind),
        parent_message_key: key("PARENT"),
        ..Default::default()
    };
    wa::Message {
        message_context_info: some(wa::MessageContextInfo {
            message_association: some(association),
            ..Default::default()
        }),
        ..image()
    }
}

#[test]
fn the_parts_of_an_album_and_of_a_picture_in_two_sizes_name_their_parent() {
    let album = message!(album_message: part::AlbumMessage {
        expected_image_count: Some(2),
        expected_video_count: Some(1),
    });
    assert!(matches!(card(&album).1, Card::Album { images: 2, videos: 1 }));
    let part_of = |message: &wa::Message| of(message).1.part_of;
    let album = Some(PartOf::Album("PARENT".to_owned()));
    assert!(part_of(&associated(AssociationType::MEDIA_ALBUM)) == album);
    let hd = Some(PartOf::Hd("PARENT".to_owned()));
    let child = wa::Message {
        associated_child_message: wrap(associated(AssociationType::HD_IMAGE_DUAL_UPLOAD)),
        ..Default::default()
    };
    assert!(part_of(&child) == hd);
    let outside = wa::Message {
        message_context_info: associated(AssociationType::HD_VIDEO_DUAL_UPLOAD).message_context_info,
        associated_child_message: wrap(image()),
        ..Default::default()
    };
    assert!(part_of(&outside) == hd);
}

#[test]
fn a_double_of_a_picture_is_not_a_second_picture() {
    for kind in [AssociationType::MOTION_PHOTO, AssociationType::HEVC_VIDEO_DUAL_UPLOAD] {
        assert!(of(&associated(kind)).0 == Content::Protocol);
    }
}

#[test]
fn products_orders_and_catalogues_are_cards() {
    let snapshot = part::product_message::ProductSnapshot {
        title: text("Rye bread"),
        description: text("1 kg"),
        currency_code: text("EUR"),
        price_amount1000: Some(5_500),
        url: text("https://bakery.example/rye"),
        ..Default::default()
    };
    let product = message!(product_message: part::ProductMessage { product: some(snapshot), body: text("this one?") });
    let expected = Card::Product {
        price: Some((5_500, "EUR".to_owned())),
        description: text("1 kg"),
        url: text("https://bakery.example/rye"),
        thumbnail: None,
    };
    assert!(card(&product) == (text("Rye bread\nthis one?"), expected));
    let order = message!(order_message: part::OrderMessage {
        item_count: Some(2),
        total_amount1000: Some(11_000),
        total_currency_code: text("EUR"),
        message: text("for Friday"),
    });
    let (words, order) = card(&order);
    assert_eq!(words, text("for Friday"));
    assert!(matches!(
        order,
        Card::Order {
            items: Some(2),
            total: Some((11_000, _)),
            ..
        }
    ));
    let catalogue = message!(list_message: part::ListMessage {
        title: text("Our bread"),
        product_list_info: some(part::list_message::ProductListInfo::default()),
    });
    assert!(matches!(card(&catalogue), (Some(title), Card::Product { .. }) if title == "Our bread"));
}

/// What a business says, its footer and its labels.
fn business(message: &wa::Message) -> (Option<String>, Option<String>, Vec<String>) {
    match card(message) {
        (text, Card::Business { footer, buttons }) => (text, footer, buttons),
        _ => panic!("not of a business"),
    }
}

#[test]
fn templates_buttons_and_lists_show_their_words_and_labels() {
    let labels = |labels: &[&str]| labels.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>();
    let button = part::buttons_message::Button {
        button_text: some(part::buttons_message::button::ButtonText {
            display_text: text("Yes"),
        }),
        ..Default::default()
    };
    let buttons = message!(buttons_message: part::ButtonsMessage {
        content_text: text("Come?"),
        footer_text: text("Bakery"),
        header: Some(part::buttons_message::Header::Text("Tasting".to_owned())),
        buttons: vec![button],
    });
    assert_eq!(
        business(&buttons),
        (text("Tasting\nCome?"), text("Bakery"), labels(&["Yes"]))
    );

    let row = part::list_message::Row {
        title: text("Tuesday"),
        ..Default::default()
    };
    let list = message!(list_message: part::ListMessage {
        description: text("When?"),
        button_text: text("Days"),
        sections: vec![part::list_message::Section { rows: vec![row], ..Default::default() }],
    });
    assert_eq!(business(&list), (text("When?"), None, labels(&["Days", "Tuesday"])));

    use wa::hydrated_template_button::{HydratedButton, HydratedURLButton};
    let link = HydratedURLButton {
        display_text: text("Open"),
        ..Default::default()
    };
    let rows = part::template_message::HydratedFourRowTemplate {
        hydrated_content_text: text("Your parcel"),
        hydrated_buttons: vec![wa::HydratedTemplateButton {
            hydrated_button: Some(HydratedButton::UrlButton(Box::new(link))),
            ..Default::default()
        }],
        ..Default::default()
    };
    let template = message!(template_message: part::TemplateMessage { hydrated_template: some(rows) });
    assert_eq!(business(&template), (text("Your parcel"), None, labels(&["Open"])));
}

#[test]
fn an_interactive_message_shows_the_labels_of_its_flow() {
    use part::interactive_message::{Body, InteractiveMessage as Kind, NativeFlowMessage, native_flow_message};
    let button = |json: &str| native_flow_message::NativeFlowButton {
        button_params_json: text(json),
        ..Default::default()
    };
    let flow = NativeFlowMessage {
        buttons: vec![
            button(r#"{"display_text":"Reply"}"#),
            button(r#"{"title":"Days","sections":[{"rows":[{"title":"Mon"},{"title":"Tue"}]}]}"#),
            button("not json"),
        ],
        ..Default::default()
    };
    let message = message!(interactive_message: part::InteractiveMessage {
        body: some(Body { text: text("Pick") }),
        interactive_message: Some(Kind::NativeFlowMessage(Box::new(flow))),
    });
    let (words, _, labels) = business(&message);
    assert_eq!(words, text("Pick"));
    assert_eq!(labels, ["Reply", "Days", "Mon", "Tue"]);
}

#[test]
fn a_tapped_button_counts_as_text_and_keeps_its_id() {
    use part::buttons_response_message::Response;
    use part::interactive_response_message::{Body, InteractiveResponseMessage as Flow, NativeFlowResponseMessage};
    let flow = |json: &str| {
        let response = NativeFlowResponseMessage {
            params_json: text(json),
            ..Default::default()
        };
        message!(interactive_response_message: part::InteractiveResponseMessage {
            body: some(Body { text: text("Yes"), ..Default::default() }),
            interactive_response_message: Some(Flow::NativeFlowResponseMessage(Box::new(response))),
        })
    };
    let row = part::list_response_message::SingleSelectReply {
        selected_row_id: text("y"),
    };
    for (message, id) in [
        (
            message!(buttons_response_message: part::ButtonsResponseMessage {
                response: Some(Response::SelectedDisplayText("Yes".to_owned())),
                selected_button_id: text("y"),
            }),
            "y",
        ),
        (
            message!(template_button_reply_message: part::TemplateButtonReplyMessage {
                selected_display_text: text("Yes"),
                selected_id: text("y"),
            }),
            "y",
        ),
        (
            message!(list_response_message: part::ListResponseMessage {
                title: text("Yes"),
                single_select_reply: some(row),
            }),
            "y",
        ),
        (flow(r#"{"id":"y"}"#), "y"),
        (flow(r#"{"date":"2026-12-01"}"#), r#"{"date":"2026-12-01"}"#),
    ] {
        let (content, context) = of(&message);
        assert!(content == Content::Text { body: "Yes".to_owned() });
        assert_eq!(context.choice.as_deref(), Some(id));
    }
}

#[test]
fn invites_name_where_to_and_until_when() {
    let group = message!(group_invite_message: part::GroupInviteMessage {
        group_name: text("Bread lovers"),
        caption: text("join us"),
        invite_expiration: Some(1_800_000_000),
    });
    let expected = Card::Invite {
        channel: false,
        name: text("Bread lovers"),
        expires_at: Some(1_800_000_000),
    };
    assert!(card(&group) == (text("join us"), expected));
    let channel = message!(newsletter_admin_invite_message: part::NewsletterAdminInviteMessage {
        newsletter_name: text("News"),
    });
    assert!(matches!(card(&channel), (Some(name), Card::Invite { channel: true, .. }) if name == "News"));
}

#[test]
fn settings_are_lines_of_the_thread() {
    let protocol = |protocol: part::ProtocolMessage| wa::Message {
        protocol_message: some(protocol),
        ..Default::default()
    };
    let timer = protocol(part::ProtocolMessage {
        r#type: Some(ProtocolType::EPHEMERAL_SETTING),
        ephemeral_expiration: Some(604_800),
        ..Default::default()
    });
    assert!(card(&timer).1 == Card::Line(Line::Timer { seconds: 604_800 }));
    let shared = protocol(part::ProtocolMessage {
        r#type: Some(ProtocolType::SHARE_PHONE_NUMBER),
        ..Default::default()
    });
    assert!(card(&shared).1 == Card::Line(Line::PhoneShared));
    let limit = wa::LimitSharing {
        sharing_limited: Some(true),
        ..Default::default()
    };
    let limited = protocol(part::ProtocolMessage {
        r#type: Some(ProtocolType::LIMIT_SHARING),
        limit_sharing: some(limit),
        ..Default::default()
    });
    assert!(card(&limited).1 == Card::Line(Line::LimitSharing { on: true }));
}

#[test]
fn pins_and_keeps_say_on_or_off_and_for_how_long() {
    use part::pin_in_chat_message::Type as Pin;
    let pin = |kind| wa::Message {
        message_context_info: some(wa::MessageContextInfo {
            message_add_on_duration_in_secs: Some(86_400),
            ..Default::default()
        }),
        ..message!(pin_in_chat_message: part::PinInChatMessage { key: key("T"), r#type: Some(kind) })
    };
    let change = |message: &wa::Message| match of(message).0 {
        Content::Change { target, change } if target.id == "T" => change,
        _ => panic!("not a change"),
    };
    let seconds = Some(86_400);
    assert!(change(&pin(Pin::PIN_FOR_ALL)) == Change::Pin { on: true, seconds });
    assert!(
        change(&pin(Pin::UNPIN_FOR_ALL))
            == Change::Pin {
                on: false,
                seconds: None
            }
    );
    for (kind, on) in [
        (wa::KeepType::KEEP_FOR_ALL, true),
        (wa::KeepType::UNDO_KEEP_FOR_ALL, false),
    ] {
        let keep = message!(keep_in_chat_message: part::KeepInChatMessage { key: key("T"), keep_type: Some(kind) });
        assert!(change(&keep) == Change::Keep { on });
    }
}

#[test]
fn what_is_sealed_says_what_it_is_for() {
    use part::secret_encrypted_message::SecretEncType;
    let secret = |kind| {
        message!(secret_encrypted_message: part::SecretEncryptedMessage {
            target_message_key: key("T"),
            secret_enc_type: Some(kind),
        })
    };
    let vote = message!(poll_update_message: part::PollUpdateMessage {
        poll_creation_message_key: key("T"),
        sender_timestamp_ms: Some(5),
    });
    let answer = message!(enc_event_response_message: part::EncEventResponseMessage {
        event_creation_message_key: key("T"),
    });
    let reaction = message!(enc_reaction_message: part::EncReactionMessage { target_message_key: key("T") });
    for (message, kind) in [
        (vote, SealedKind::Vote),
        (answer, SealedKind::EventAnswer),
        (reaction, SealedKind::Reaction),
        (secret(SecretEncType::MESSAGE_EDIT), SealedKind::Edit),
        (secret(SecretEncType::EVENT_EDIT), SealedKind::EventEdit),
        (secret(SecretEncType::POLL_EDIT), SealedKind::PollEdit),
        (secret(SecretEncType::POLL_ADD_OPTION), SealedKind::PollOption),
    ] {
        let Content::Sealed(sealed) = of(&message).0 else {
            panic!("not sealed")
        };
        assert_eq!((sealed.kind, sealed.target.id.as_str()), (kind, "T"));
    }
}

#[test]
fn odd_numbers_and_words_survive() {
    let place = message!(location_message: part::LocationMessage {
        degrees_latitude: Some(f64::NAN),
        degrees_longitude: Some(f64::INFINITY),
    });
    assert!(matches!(card(&place).1, Card::Location { latitude, .. } if latitude.is_nan()));
    let huge = message!(document_message: part::DocumentMessage {
        file_length: Some(u64::MAX),
        file_name: text("a\0\u{202e}fdp.exe"),
    });
    let Content::Media(file) = of(&huge).0 else {
        panic!("not media")
    };
    assert_eq!(
        (file.size, file.file_name),
        (Some(u64::MAX), text("a\0\u{202e}fdp.exe"))
    );
    let option = |number: usize| part::poll_creation_message::Option {
        option_name: Some(number.to_string()),
        ..Default::default()
    };
    let poll = message!(poll_creation_message: part::PollCreationMessage { options: (0..2000).map(option).collect() });
    assert!(matches!(card(&poll).1, Card::Poll { options, .. } if options.len() == 2000));
}
