use wa_client::{Card, Content, Inbound, InboundSink as _, Media, MediaKind, Received};

use crate::chats::ingest::{PIECE_BYTES, PIECE_MESSAGES, pieces};
use crate::chats::testing::{Inbox, ana, ana_lid, delete, edit, from_ana, react, sealer, text};
use crate::chats::{Ingest, Kind, Origin, Status};
use crate::db;
use crate::events::Event;
use crate::sessions::testing::{START, Stage};

fn photo() -> Media {
    Media {
        kind: MediaKind::Image,
        mime: "image/jpeg".into(),
        caption: Some("the invoice".into()),
        direct_path: "/v/t62".into(),
        media_key: b"a very secret media key of 32 by".to_vec(),
        sha256: vec![1; 32],
        enc_sha256: vec![2; 32],
        ..Media::default()
    }
}

#[tokio::test]
async fn a_redelivered_message_is_stored_once() {
    let inbox = Inbox::new().await;
    inbox
        .deliver(vec![from_ana("A", 1, text("one")), from_ana("A", 1, text("one"))])
        .await;
    inbox
        .deliver(vec![from_ana("A", 1, text("one")), from_ana("B", 2, text("two"))])
        .await;
    assert_eq!(inbox.bodies().await, ["one", "two"]);
    let chat = inbox.only_chat().await;
    assert_eq!((chat.unread, chat.title.as_deref()), (2, Some("Ana Souza")));
    let received = inbox
        .events()
        .await
        .iter()
        .filter(|e| matches!(e, Event::MessageReceived { .. }))
        .count();
    assert_eq!(received, 2);
}

#[tokio::test]
async fn the_same_id_of_another_sender_is_another_message() {
    let inbox = Inbox::new().await;
    let mine = Inbound {
        from_me: true,
        ..from_ana("A", 2, text("mine"))
    };
    inbox.deliver(vec![from_ana("A", 1, text("hers")), mine]).await;
    assert_eq!(inbox.bodies().await, ["hers", "mine"]);
}

#[tokio::test]
async fn no_kind_is_dropped_and_secrets_are_sealed() {
    let inbox = Inbox::new().await;
    let contents = [
        text("hello"),
        Content::Media(photo()),
        Content::Card {
            text: Some("Shop".into()),
            card: Card::Location {
                latitude: 1.5,
                longitude: 2.5,
                address: None,
                url: None,
            },
        },
        Content::Card {
            text: Some("Bob".into()),
            card: Card::Contact {
                vcard: "BEGIN:VCARD".into(),
            },
        },
        Content::Card {
            text: Some("When?".into()),
            card: Card::Poll {
                options: vec!["now".into()],
                choices: 1,
                quiz: None,
            },
        },
        react("M0", "👍"),
        edit("none", "x", 1),
        delete("none", false),
        Content::Undecryptable,
        Content::Protocol,
        Content::Other {
            kind: Some("a_new_message".into()),
            text: None,
        },
    ];
    let total = contents.len();
    let raw = b"protobuf with a very secret media key of 32 by".to_vec();
    let messages = contents.into_iter().enumerate().map(|(n, content)| Inbound {
        raw: raw.clone(),
        ..from_ana(&format!("M{n}"), i64::try_from(n).unwrap(), content)
    });
    inbox.deliver(messages.collect()).await;
    assert_eq!(
        inbox.count("SELECT COUNT(*) FROM messages").await,
        i64::try_from(total).unwrap()
    );

    let shown = inbox.messages().await;
    let kinds: Vec<Kind> = shown.iter().map(|message| message.kind).collect();
    let expected = [
        Kind::Text,
        Kind::Image,
        Kind::Location,
        Kind::Contact,
        Kind::Poll,
        Kind::Undecryptable,
        Kind::Other,
    ];
    assert_eq!(kinds, expected);
    assert_eq!(shown[0].reactions[0].emoji, "👍");
    assert_eq!(shown[1].media.as_ref().unwrap().mime, "image/jpeg");
    assert_eq!(shown[1].body.as_deref(), Some("the invoice"));

    let id = shown[1].public_id.clone();
    let (sealed_raw, sealed_key) = inbox
        .stage
        .db
        .read(move |c| {
            let row: (Vec<u8>, Vec<u8>) = c.query_row(
                "
                SELECT m.raw, md.media_key FROM messages m JOIN media md ON md.message_id = m.id WHERE public_id = ?1",
                [&id],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            Ok::<_, db::DbError>(row)
        })
        .await
        .unwrap();
    let id = &shown[1].public_id;
    assert_eq!(sealer().open(&format!("messages|raw|{id}"), &sealed_raw), Ok(raw));
    assert_eq!(
        sealer().open(&format!("media|media_key|{id}"), &sealed_key),
        Ok(photo().media_key)
    );
    inbox.stage.db.close().await;
    for entry in std::fs::read_dir(inbox.stage.dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(
            !bytes.windows(17).any(|window| window == b"secret media key "),
            "a media key is readable on disk"
        );
    }
}

#[tokio::test]
async fn history_is_neither_unread_nor_notified() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("B", 100, text("today"))]).await;
    let (db, clock, bus) = (
        inbox.stage.db.clone(),
        inbox.stage.clock.clone(),
        inbox.stage.bus.clone(),
    );
    let ingest = Ingest::new(db, clock, bus, sealer());
    let past = vec![from_ana("A", 1, text("long ago")), from_ana("B", 100, text("today"))];
    ingest
        .commit_history(Stage::client(&inbox.session), past)
        .await
        .unwrap();
    assert_eq!(inbox.bodies().await, ["long ago", "today"]);
    assert_eq!(inbox.only_chat().await.unread, 1);
    let received = inbox
        .events()
        .await
        .iter()
        .filter(|e| matches!(e, Event::MessageReceived { .. }))
        .count();
    assert_eq!(received, 1);
}

#[tokio::test]
async fn a_message_written_on_the_phone_is_ours_and_not_unread() {
    let inbox = Inbox::new().await;
    let mine = Inbound {
        from_me: true,
        push_name: Some("Me".into()),
        ..from_ana("A", 1, text("from my phone"))
    };
    inbox.deliver(vec![mine]).await;
    let message = inbox.messages().await.remove(0);
    assert_eq!(
        (message.from_me, message.origin, message.status),
        (true, Origin::Phone, Status::Sent)
    );
    let chat = inbox.only_chat().await;
    assert_eq!((chat.unread, chat.title), (0, None));
}

#[tokio::test]
async fn a_live_answer_sorts_after_the_message_it_answers() {
    let inbox = Inbox::new().await;
    inbox.stage.manual.advance(std::time::Duration::from_millis(700));
    let mine = Inbound {
        from_me: true,
        offline: false,
        at_ms: START.0,
        ..from_ana("A", 0, text("ping"))
    };
    inbox.deliver(vec![mine]).await;
    // WhatsApp's timestamps are whole seconds: the answer has the same one.
    inbox
        .deliver(vec![Inbound {
            offline: false,
            at_ms: START.0,
            ..from_ana("B", 0, text("pong"))
        }])
        .await;
    assert_eq!(inbox.bodies().await, ["ping", "pong"]);
}

#[tokio::test]
async fn the_client_finds_a_stored_message_by_every_address_of_its_sender() {
    let inbox = Inbox::new().await;
    let message = Inbound {
        sender_alt: Some(ana_lid()),
        ..from_ana("A", 1, text("one"))
    };
    inbox
        .deliver(vec![message, from_ana("B", 2, Content::Undecryptable)])
        .await;
    let ingest = inbox.ingest();
    let client = Stage::client(&inbox.session);
    let has = async |id: &str, who: wa_client::Address| {
        let message = Received {
            chat: who.clone(),
            sender: who,
            id: id.into(),
        };
        ingest.has(client, &message).await.unwrap()
    };
    assert!(has("A", ana()).await);
    assert!(has("A", ana_lid()).await, "it may come again under the other address");
    assert!(!has("B", ana()).await, "a placeholder does not count");
    assert!(!has("C", ana()).await);
    assert!(!has("A", wa_client::Address::Phone("5511999990009".into())).await);
}

#[tokio::test]
async fn a_large_batch_is_stored_in_pieces_and_in_its_order() {
    let large = |n: usize| Inbound {
        raw: vec![0x5a; PIECE_BYTES / 2],
        ..from_ana(&format!("L{n}"), 1_000, text("large"))
    };
    let small = |n: i64| from_ana(&format!("S{n}"), n, text(&format!("small {n}")));
    let many: Vec<Inbound> = (0..450).map(small).collect();
    let lengths = |messages| pieces(messages).iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(lengths(many.clone()), [PIECE_MESSAGES, PIECE_MESSAGES, 50]);
    assert_eq!(lengths((0..5).map(large).collect()), [2, 2, 1]);
    // One that is too large for a piece is a piece.
    let huge = Inbound {
        raw: vec![0x5a; 3 * PIECE_BYTES],
        ..small(1)
    };
    assert_eq!(lengths(vec![small(0), huge, small(2)]), [1, 1, 1]);
    assert!(pieces(Vec::new()).is_empty());
    let inbox = Inbox::new().await;
    inbox.deliver(many).await;
    let expected: Vec<String> = (0..450).map(|n| format!("small {n}")).collect();
    assert_eq!(inbox.count("SELECT COUNT(*) FROM messages").await, 450);
    assert_eq!(inbox.bodies().await, expected[450 - inbox.bodies().await.len()..]);
}
