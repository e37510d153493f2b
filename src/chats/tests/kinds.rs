//! What each kind of message is to the thread, the list and the search.

use wa_client::{
    Address, Card, Change, Content, Context, EventAnswer, Inbound, Line, Media, MediaKind, Notice, PartOf, Quote,
};

use crate::chats::testing::{Inbox, ana, change, edit, from_ana, text};
use crate::chats::{Answer, Detail, Kind, Reply};
use crate::events::Event;

fn photo(name: &str) -> Content {
    Content::Media(Media {
        kind: MediaKind::Image,
        mime: "image/jpeg".into(),
        direct_path: format!("/v/{name}"),
        media_key: vec![3; 32],
        sha256: vec![1; 32],
        enc_sha256: vec![2; 32],
        ..Media::default()
    })
}

fn card(text: Option<&str>, card: Card) -> Content {
    Content::Card {
        text: text.map(str::to_owned),
        card,
    }
}

fn part_of(message: Inbound, part_of: PartOf) -> Inbound {
    Inbound {
        context: Context {
            part_of: Some(part_of),
            ..Context::default()
        },
        ..message
    }
}

async fn path_of(inbox: &Inbox, at: usize) -> String {
    let id = inbox.messages().await[at].public_id.clone();
    let sql = "SELECT direct_path FROM media JOIN messages m ON m.id = message_id WHERE m.public_id = ?1";
    let read = inbox
        .stage
        .db
        .read(move |c| Ok::<_, crate::db::DbError>(c.query_row(sql, [&id], |row| row.get(0))?));
    read.await.unwrap()
}

#[tokio::test]
async fn a_picture_in_high_definition_takes_the_place_of_the_other() {
    let inbox = Inbox::new().await;
    let hd = part_of(from_ana("B", 2, photo("hd")), PartOf::Hd("A".into()));
    inbox.deliver(vec![from_ana("A", 1, photo("small")), hd.clone()]).await;
    inbox.deliver(vec![hd]).await;
    assert_eq!(inbox.messages().await.len(), 1);
    assert_eq!(inbox.only_chat().await.unread, 1);
    assert_eq!(path_of(&inbox, 0).await, "/v/hd");
    let changed = inbox.events().await;
    assert!(
        changed
            .iter()
            .any(|event| matches!(event, Event::MessageChanged { .. }))
    );
    // Without the other it is a picture like any.
    let alone = part_of(from_ana("D", 3, photo("alone")), PartOf::Hd("C".into()));
    inbox.deliver(vec![alone]).await;
    assert_eq!(inbox.messages().await.len(), 2);
}

#[tokio::test]
async fn an_album_is_its_pictures_and_no_more() {
    let inbox = Inbox::new().await;
    let album = Card::Album { images: 3, videos: 0 };
    let child = |id, second| part_of(from_ana(id, second, photo(id)), PartOf::Album("P".into()));
    // One comes before the album, one late, one never.
    inbox
        .deliver(vec![
            child("1", 1),
            from_ana("P", 1, card(None, album)),
            from_ana("T", 2, text("and?")),
        ])
        .await;
    inbox.deliver(vec![child("2", 3)]).await;
    let messages = inbox.messages().await;
    let albums: Vec<_> = messages.iter().map(|message| message.album.as_deref()).collect();
    assert_eq!(albums, [Some("P"), None, Some("P")]);
    assert_eq!(inbox.only_chat().await.unread, 3);
}

#[tokio::test]
async fn the_timer_is_a_line_and_a_state_and_never_unread() {
    let inbox = Inbox::new().await;
    let timer = |id, second, seconds| from_ana(id, second, card(None, Card::Line(Line::Timer { seconds })));
    inbox
        .deliver(vec![from_ana("A", 1, text("hi")), timer("T", 2, 604_800)])
        .await;
    let chat = inbox.only_chat().await;
    assert_eq!((chat.unread, chat.expires_after), (1, Some(604_800)));
    assert_eq!(chat.last.unwrap().body.as_deref(), Some("hi"));
    let kinds: Vec<Kind> = inbox.messages().await.iter().map(|message| message.kind).collect();
    assert_eq!(kinds, [Kind::Text, Kind::Line]);
    // An older one that comes late changes nothing, a newer one does; so does what a message was sent with.
    inbox.deliver(vec![timer("U", 1, 86_400)]).await;
    assert_eq!(inbox.only_chat().await.expires_after, Some(604_800));
    inbox.deliver(vec![timer("V", 3, 0)]).await;
    assert_eq!(inbox.only_chat().await.expires_after, None);
    let context = Context {
        expires_after: Some(90),
        ..Context::default()
    };
    inbox
        .deliver(vec![Inbound {
            context,
            ..from_ana("W", 4, text("soon gone"))
        }])
        .await;
    assert_eq!(inbox.only_chat().await.expires_after, Some(90));
}

#[tokio::test]
async fn a_quote_of_what_is_not_here_is_drawn_from_the_answer() {
    let inbox = Inbox::new().await;
    let answer = |id: &str, second, quoted: Content, status| Inbound {
        context: Context {
            quote: Some(Quote {
                id: "GONE".into(),
                sender: Some(ana()),
                status,
                content: Box::new(quoted),
            }),
            ..Context::default()
        },
        // Every kind can be an answer.
        ..from_ana(id, second, photo("x"))
    };
    inbox
        .deliver(vec![
            answer("A", 1, text("long before"), false),
            answer("B", 2, photo("y"), true),
            answer("C", 3, Content::Protocol, false),
            answer("D", 4, text(""), false),
        ])
        .await;
    let messages = inbox.messages().await;
    let quoted = messages[0].quoted.as_ref().unwrap();
    assert_eq!((quoted.body.as_deref(), quoted.status), (Some("long before"), false));
    assert_eq!(quoted.sender.as_ref().unwrap().name.as_deref(), Some("Ana Souza"));
    let quoted = messages[1].quoted.as_ref().unwrap();
    assert_eq!((quoted.kind, quoted.status, quoted.from_me), (Kind::Image, true, false));
    assert!(messages[2].quoted.is_none() && messages[3].quoted.is_none());
}

#[tokio::test]
async fn mentioned_people_have_names_and_are_found_by_them() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("A", 1, text("hi"))]).await;
    let bob = Address::Lid("88".into());
    let context = Context {
        mentions: vec![ana(), bob.clone()],
        ..Context::default()
    };
    let words = "ask @5511999990001 or @88";
    inbox
        .deliver(vec![Inbound {
            context,
            ..from_ana("B", 2, text(words))
        }])
        .await;
    let message = inbox.messages().await.remove(1);
    assert_eq!(message.body.as_deref(), Some(words));
    assert_eq!(message.people[0].name.as_deref(), Some("Ana Souza"));
    assert_eq!((&message.people[1].address, &message.people[1].phone), (&bob, &None));
    let found = inbox.chats.search(inbox.stage.scope, "souza").await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(inbox.only_chat().await.last.unwrap().people.len(), 2);
    // An edit changes the words and not whom it is about.
    inbox
        .deliver(vec![from_ana("E", 3, edit("B", "never mind", i64::MAX / 2))])
        .await;
    assert!(inbox.chats.search(inbox.stage.scope, "mind").await.unwrap().len() == 1);
}

fn poll(options: &[&str]) -> Card {
    Card::Poll {
        options: options.iter().map(ToString::to_string).collect(),
        choices: 1,
        quiz: None,
    }
}

#[tokio::test]
async fn the_last_vote_of_a_person_counts() {
    let inbox = Inbox::new().await;
    inbox
        .deliver(vec![from_ana("P", 1, card(Some("Cake?"), poll(&["yes", "no"])))])
        .await;
    let vote = |id: &str, hash: u8, at_ms| {
        let options = vec![vec![hash; 2]];
        from_ana(id, 2, change("P", Change::Vote { options, at_ms }))
    };
    inbox.deliver(vec![vote("V2", 2, 9), vote("V1", 1, 5)]).await;
    let answers = inbox.messages().await.remove(0).answers;
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].answer, Answer::Vote(vec!["0202".into()]));
    assert_eq!(inbox.only_chat().await.unread, 1);
    // An option that somebody adds can be chosen and found.
    let name = "perhaps".to_owned();
    inbox
        .deliver(vec![from_ana("O", 3, change("P", Change::PollOption { name }))])
        .await;
    let message = inbox.messages().await.remove(0);
    assert!(matches!(&message.detail, Some(Detail::Card(Card::Poll { options, .. })) if options.len() == 3));
    assert_eq!(inbox.chats.search(inbox.stage.scope, "perhaps").await.unwrap().len(), 1);
    // An edited poll shows its new question, and its options are found.
    let edited = change(
        "P",
        Change::Edit {
            body: Some("Bread?".into()),
            card: Some(poll(&["rye"])),
            at_ms: Some(9_000),
        },
    );
    inbox.deliver(vec![from_ana("E", 4, edited)]).await;
    assert_eq!(inbox.bodies().await, ["Bread?"]);
    assert_eq!(inbox.chats.search(inbox.stage.scope, "rye").await.unwrap().len(), 1);
    assert!(
        inbox
            .chats
            .search(inbox.stage.scope, "perhaps")
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn answers_to_an_event_are_kept_by_person() {
    let inbox = Inbox::new().await;
    let event = Card::Event {
        starts_at: Some(1_800_000_000),
        ends_at: None,
        description: Some("Bring a chair".into()),
        place: Some("The garden".into()),
        link: None,
        cancelled: false,
    };
    inbox.deliver(vec![from_ana("P", 1, card(Some("Party"), event))]).await;
    let answer = Change::EventAnswer {
        answer: EventAnswer::Going,
        guests: 2,
        at_ms: 5,
    };
    inbox.deliver(vec![from_ana("V", 2, change("P", answer))]).await;
    let answers = inbox.messages().await.remove(0).answers;
    let expected = Answer::Event {
        reply: Reply::Going,
        guests: 2,
    };
    assert_eq!(answers[0].answer, expected);
    for word in ["party", "chair", "garden"] {
        assert_eq!(
            inbox.chats.search(inbox.stage.scope, word).await.unwrap().len(),
            1,
            "{word}"
        );
    }
}

#[tokio::test]
async fn a_live_location_is_one_message_that_moves() {
    let inbox = Inbox::new().await;
    let at = |id: &str, second, latitude, sequence| {
        let place = Card::LiveLocation {
            latitude,
            longitude: 2.0,
            sequence,
        };
        from_ana(id, second, card(None, place))
    };
    inbox
        .deliver(vec![
            at("A", -20_000, 1.0, 1),
            at("C", -19_940, 3.0, 3),
            at("B", -19_970, 2.0, 2),
        ])
        .await;
    let messages = inbox.messages().await;
    assert_eq!((messages.len(), inbox.only_chat().await.unread), (1, 1));
    let place = |detail: &Option<Detail>| match detail {
        Some(Detail::Card(Card::LiveLocation { latitude, .. })) => *latitude,
        _ => panic!("no live location"),
    };
    assert!((place(&messages[0].detail) - 3.0).abs() < 1e-9);
    // Hours later it is another walk.
    inbox.deliver(vec![at("D", 0, 9.0, 4)]).await;
    assert_eq!(inbox.messages().await.len(), 2);
}

#[tokio::test]
async fn pins_and_kept_messages_are_known() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("A", 1, text("at nine"))]).await;
    let chat = inbox.only_chat().await.public_id;
    let pins = async || inbox.chats.pins(inbox.stage.scope, &chat).await.unwrap();
    let pin = |id: &str, second, on, seconds| from_ana(id, second, change("A", Change::Pin { on, seconds }));
    inbox.deliver(vec![pin("P", 2, true, Some(2_592_000))]).await;
    let pinned = pins().await;
    assert_eq!(pinned[0].message.body.as_deref(), Some("at nine"));
    assert!(pinned[0].until.is_some());
    inbox
        .deliver(vec![pin("U", 3, false, None), pin("P0", 1, true, None)])
        .await;
    assert!(pins().await.is_empty());
    inbox.deliver(vec![pin("Q", 4, true, Some(1))]).await;
    assert!(pins().await.is_empty(), "it has expired");
    inbox
        .deliver(vec![from_ana("K", 5, change("A", Change::Keep { on: true }))])
        .await;
    assert!(inbox.messages().await[0].kept);
    assert_eq!(inbox.only_chat().await.unread, 1);
}

#[tokio::test]
async fn what_is_seen_once_says_nothing_here() {
    let inbox = Inbox::new().await;
    let Content::Media(media) = photo("x") else {
        unreachable!()
    };
    let media = Media {
        caption: Some("our secret".into()),
        ..media
    };
    let context = Context {
        view_once: true,
        ..Context::default()
    };
    inbox
        .deliver(vec![Inbound {
            context,
            ..from_ana("A", 1, Content::Media(media))
        }])
        .await;
    let message = inbox.messages().await.remove(0);
    assert!(message.context.view_once && message.body.is_none());
    assert!(inbox.only_chat().await.last.unwrap().view_once);
    assert!(
        inbox
            .chats
            .search(inbox.stage.scope, "secret")
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn words_inside_any_kind_are_found() {
    let inbox = Inbox::new().await;
    let business = Card::Business {
        footer: Some("Reply STOP".into()),
        buttons: vec!["Track parcel".into()],
    };
    let vcard = "BEGIN:VCARD\nFN:Bo\nTEL:+44 7700 900123\nEND:VCARD".to_owned();
    let file = Content::Media(Media {
        kind: MediaKind::Document,
        file_name: Some("Offer-2026.pdf".into()),
        ..Media::default()
    });
    let contents = vec![
        card(Some("Your order"), business),
        card(Some("Bo"), Card::Contact { vcard }),
        card(Some("brought by bike"), Card::Notice(Notice::Comment)),
        file,
        Content::Other {
            kind: Some("musicMessage".into()),
            text: Some("quite new".into()),
        },
    ];
    let count = contents.len();
    let messages = contents.into_iter().enumerate();
    let messages = messages.map(|(n, content)| from_ana(&format!("M{n}"), i64::try_from(n).unwrap(), content));
    inbox.deliver(messages.collect()).await;
    assert_eq!(usize::try_from(inbox.only_chat().await.unread).unwrap(), count);
    for word in ["parcel", "stop", "900123", "bike", "offer", "new"] {
        assert_eq!(
            inbox.chats.search(inbox.stage.scope, word).await.unwrap().len(),
            1,
            "{word}"
        );
    }
}
