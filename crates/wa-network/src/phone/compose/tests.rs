use super::*;
use crate::phone::board::Arrival;
use crate::phone::crypto::phone_rng;
use crate::phone::reading::{Act, Reading, read};
use crate::phone::types::MessageStatus;

fn hub() -> std::sync::Arc<Hub> {
    Hub::new(1, false, std::sync::Arc::new(crate::server::ServerKeys::from_seed(1)))
}

fn said(content: &Content) -> (Reading, Shape) {
    let mut board = Board::new("491".into(), "1".into(), "Ana".into(), false);
    let chat = Chat::Person("492".into());
    let reading = Reading {
        kind: "text",
        text: Some("before".into()),
        ..Reading::default()
    };
    for (id, author) in [("MINE", "491"), ("THEIRS", "492")] {
        let arrival = Arrival {
            id,
            author,
            chat: &chat,
            reading: &reading,
            at: 1,
        };
        board.show(&arrival, MessageStatus::Sent);
    }
    let mut desk = Desk {
        hub: &hub(),
        board: &board,
        memory: &Memory::default(),
        chat: &chat,
        now: 9,
        rng: &mut phone_rng(1, "491", 0),
    };
    let (message, shape) = compose(content, &mut desk).unwrap();
    let body = waproto::codec::message_to_vec(&message);
    let context = message.message_context_info.as_option();
    let copy = device_sent("492@s.whatsapp.net", &body, context);
    let copy = waproto::codec::message_decode(&copy).unwrap();
    assert_eq!(copy.device_sent_message.message.as_option(), Some(&message));
    assert_eq!(copy.message_context_info, message.message_context_info);
    (read(&message).unwrap(), shape)
}

#[test]
fn what_is_composed_reads_back_as_what_was_meant() {
    let id = |id: &str| id.to_owned();
    let (reading, shape) = said(&Content::from("hello"));
    assert_eq!(
        (reading.kind, reading.text.as_deref(), &*shape.stanza_type),
        ("text", Some("hello"), "text")
    );
    let (reading, _) = said(&Content::Reply {
        message_id: id("THEIRS"),
        text: "yes".into(),
    });
    assert_eq!((reading.kind, reading.reply_to.as_deref()), ("text", Some("THEIRS")));
    let (reading, shape) = said(&Content::Reaction {
        message_id: id("THEIRS"),
        emoji: "👍".into(),
    });
    assert_eq!(shape.stanza_type, "reaction");
    assert_eq!(
        reading.act,
        Some(Act::React {
            id: id("THEIRS"),
            emoji: "👍".into()
        })
    );
    let (reading, shape) = said(&Content::Edit {
        message_id: id("MINE"),
        text: "after".into(),
    });
    assert_eq!(shape.edit.as_deref(), Some("1"));
    assert_eq!(
        reading.act,
        Some(Act::Edit {
            id: id("MINE"),
            text: "after".into()
        })
    );
    let (reading, shape) = said(&Content::Delete { message_id: id("MINE") });
    assert_eq!(shape.edit.as_deref(), Some("7"));
    assert_eq!(reading.act, Some(Act::Delete { id: id("MINE") }));
    let (reading, shape) = said(&Content::Poll {
        question: "When?".into(),
        options: vec!["Now".into()],
    });
    assert_eq!(
        (reading.kind, reading.text.as_deref(), shape.meta),
        ("poll", Some("When?"), Some(("polltype", "creation")))
    );
    let place = Location {
        latitude: 1.5,
        longitude: -2.0,
        ..Location::default()
    };
    let (reading, shape) = said(&Content::Location(place));
    assert_eq!((reading.kind, reading.text.as_deref()), ("location", Some("1.5,-2")));
    assert_eq!(shape.mediatype.as_deref(), Some("location"));
    let (reading, _) = said(&Content::Contact(Contact::with_number("Ben", "492")));
    assert_eq!((reading.kind, reading.text.as_deref()), ("contact", Some("Ben")));
}

#[test]
fn another_persons_message_cannot_be_edited_or_deleted() {
    let mut board = Board::new("491".into(), "1".into(), "Ana".into(), false);
    let chat = Chat::Person("492".into());
    let reading = Reading {
        kind: "text",
        ..Reading::default()
    };
    let arrival = Arrival {
        id: "THEIRS",
        author: "492",
        chat: &chat,
        reading: &reading,
        at: 1,
    };
    board.show(&arrival, MessageStatus::Delivered);
    let mut desk = Desk {
        hub: &hub(),
        board: &board,
        memory: &Memory::default(),
        chat: &chat,
        now: 9,
        rng: &mut phone_rng(1, "491", 0),
    };
    let message_id = "THEIRS".to_owned();
    let delete = compose(&Content::Delete { message_id }, &mut desk);
    assert!(matches!(delete, Err(PhoneError::NotOwn)));
}
