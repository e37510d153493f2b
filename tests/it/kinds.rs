//! Every kind of message over the real protocol: what phones send, and what the conversation shows.

use wa_network::phone::{
    Answer as Reply, Content, Event, Frame, HdPair, LiveLocation, Media, MediaKind, Poll, Quote, Raw,
};
use wamanager::chats::{Answer, Detail, Kind, Message, Window};
use wamanager::ids::PublicId;

use crate::support::World;

const SHOP: &str = "351910000001";
const ANA: &str = "5511999990001";
const BO: &str = "5511999990002";

async fn linked() -> World {
    let world = World::new().await;
    world.link(SHOP).await;
    world.phone(ANA, "Ana");
    world
}

impl World {
    async fn says(&self, content: Content) -> String {
        self.phones().send(ANA, SHOP, content).await.unwrap()
    }

    /// Ana's conversation once everything that she has sent is there.
    async fn conversation(&self) -> (PublicId, Vec<Message>) {
        self.write(ANA, SHOP, "that was all").await;
        let (chat, _) = self.stored("that was all").await;
        let mut messages = self.thread(&chat.public_id).await;
        messages.retain(|message| message.body.as_deref() != Some("that was all"));
        (chat.public_id, messages)
    }

    /// Waits until the first message of the only conversation looks so.
    async fn first(&self, what: &str, mut is: impl FnMut(&Message) -> bool) -> Message {
        self.until(what, async || {
            let chat = self.chats().await.pop()?;
            let first = self.thread(&chat.public_id).await.into_iter().next()?;
            is(&first).then_some(first)
        })
        .await
    }
}

fn picture(bytes: &'static [u8]) -> Media {
    Media {
        kind: MediaKind::Image,
        mime: "image/png".into(),
        bytes: bytes.into(),
        caption: None,
        file_name: None,
        seconds: None,
        thumbnail: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn votes_are_opened_and_counted_while_people_change_their_minds() {
    let world = linked().await;
    let poll = world
        .says(Content::PollWith(Poll {
            question: "Which cake?".into(),
            options: vec!["Lemon".into(), "Carrot".into()],
            choices: 1,
            announcement: false,
        }))
        .await;
    world.stored("Which cake?").await;
    let vote = |option: &str| Content::Vote {
        message_id: poll.clone(),
        options: vec![option.into()],
    };
    world.says(vote("Carrot")).await;
    world.first("her vote is counted", |poll| poll.answers.len() == 1).await;
    world.says(vote("Lemon")).await;
    // The owner votes on the phone.
    world.phones().send(SHOP, ANA, vote("Lemon")).await.unwrap();
    let poll = world
        .first("both votes are counted", |poll| {
            let votes: Vec<_> = poll.answers.iter().map(|answered| &answered.answer).collect();
            votes.len() == 2 && votes[0] == votes[1]
        })
        .await;
    assert!(matches!(&poll.answers[0].answer, Answer::Vote(chosen) if chosen.len() == 1));
    assert_eq!(world.chats().await[0].unread, 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sealed_edit_is_opened() {
    let world = linked().await;
    let message_id = world.write(ANA, SHOP, "two breads").await;
    world.stored("two breads").await;
    let text = "three breads".into();
    world.says(Content::SealedEdit { message_id, text }).await;
    let edited = world
        .first("the new words", |message| {
            message.body.as_deref() == Some("three breads")
        })
        .await;
    assert!(edited.edited_at.is_some() && !edited.edited_elsewhere);
    assert_eq!(world.app.chats.search(world.scope, "three").await.unwrap().len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_to_an_event_is_known() {
    let world = linked().await;
    let event = world
        .says(Content::Event(Event {
            name: "Tasting".into(),
            start: Some(1_800_000_000),
            ..Event::default()
        }))
        .await;
    world.stored("Tasting").await;
    let answer = Content::EventAnswer {
        message_id: event,
        answer: Reply::Maybe,
        guests: Some(1),
    };
    world.phones().send(SHOP, ANA, answer).await.unwrap();
    let event = world.first("an answer", |event| event.answers.len() == 1).await;
    let expected = Answer::Event {
        reply: wamanager::chats::Reply::Maybe,
        guests: 1,
    };
    assert_eq!(event.answers[0].answer, expected);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_that_belong_together_are_shown_together() {
    let world = linked().await;
    world.says(Content::Album(vec![picture(b"one"), picture(b"two")])).await;
    world
        .says(Content::Hd(Box::new(HdPair {
            standard: picture(b"small"),
            hd: picture(b"large, and sharp"),
        })))
        .await;
    let (_, messages) = world.conversation().await;
    let albums: Vec<bool> = messages.iter().map(|message| message.album.is_some()).collect();
    assert_eq!(albums, [true, true, false]);
    assert_eq!(messages[0].album, messages[1].album);
    let sharp = messages[2].media.as_ref().and_then(|media| media.size);
    assert_eq!(sharp, Some(16), "the sharp one shows");
    // And the text.
    assert_eq!(world.chats().await[0].unread, 4);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_in_a_conversation_is_a_line_and_what_moves_stays_one_message() {
    let world = linked().await;
    world.write(ANA, SHOP, "hello").await;
    world.says(Content::Disappearing(604_800)).await;
    world.says(Content::LimitSharing(true)).await;
    for sequence in [1, 2, 3] {
        world
            .says(Content::LiveLocation(LiveLocation {
                latitude: 10.0 + f64::from(i32::try_from(sequence).unwrap()),
                longitude: 2.0,
                sequence,
                ..LiveLocation::default()
            }))
            .await;
    }
    let (chat, messages) = world.conversation().await;
    let kinds: Vec<Kind> = messages.iter().map(|message| message.kind).collect();
    assert_eq!(kinds, [Kind::Text, Kind::Line, Kind::Line, Kind::LiveLocation]);
    let moved = format!("{:?}", messages[3].edited_at.is_some());
    assert_eq!(moved, "true");
    let chat = world.app.chats.get(world.scope, &chat).await.unwrap();
    assert_eq!((chat.unread, chat.expires_after), (3, Some(604_800)));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_shows_what_it_answers_even_what_was_never_here() {
    let world = linked().await;
    let framed = |frame: Frame, content: Content| Content::Framed {
        frame: Box::new(frame),
        content: Box::new(content),
    };
    let quote = Quote {
        message_id: "3EB0NEVERHERE".into(),
        status: true,
        author: Some(SHOP.into()),
        text: Some("Our new oven".into()),
    };
    let frame = Frame {
        quote: Some(quote),
        forwarded: Some(7),
        ..Frame::default()
    };
    world.says(framed(frame, Content::Media(picture(b"oven")))).await;
    let frame = Frame {
        view_once: true,
        ..Frame::default()
    };
    world.says(framed(frame, Content::Media(picture(b"secret")))).await;
    // A field that nobody knows yet, holding the text "new".
    let unknown = vec![0xfa, 0x3e, 0x05, 0x0a, 0x03, b'n', b'e', b'w'];
    world
        .says(Content::Raw(Raw {
            message: unknown,
            ..Raw::default()
        }))
        .await;
    let (_, messages) = world.conversation().await;
    let quoted = messages[0].quoted.as_ref().unwrap();
    assert_eq!(
        (quoted.body.as_deref(), quoted.status, quoted.from_me),
        (Some("Our new oven"), true, true)
    );
    assert_eq!(messages[0].context.forwarded, Some(wa_client::Forwarded::Often));
    assert!(messages[1].context.view_once);
    assert!(messages[1].media.as_ref().is_some_and(|media| media.file.is_none()));
    assert_eq!(messages[2].kind, Kind::Other);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_group_only_an_administrator_takes_back_what_others_wrote() {
    let world = linked().await;
    world.phone(BO, "Bo");
    let group = world
        .phones()
        .create_group(ANA, "Bakers", &[BO.to_owned(), SHOP.to_owned()])
        .unwrap();
    let written = world
        .phones()
        .send(BO, &group.jid, Content::Text("of Bo".into()))
        .await
        .unwrap();
    let (chat, _) = world.stored("of Bo").await;
    let pin = Content::Pin {
        message_id: written.clone(),
        seconds: Some(86_400),
    };
    world.phones().send(ANA, &group.jid, pin).await.unwrap();
    world
        .until("the message is pinned", async || {
            let pins = world.app.chats.pins(world.scope, &chat.public_id).await.unwrap();
            (pins.len() == 1).then_some(())
        })
        .await;
    let delete = Content::AdminDelete { message_id: written };
    world.phones().send(ANA, &group.jid, delete).await.unwrap();
    world
        .until("the message is deleted", async || {
            let page = world
                .app
                .chats
                .thread(world.scope, &chat.public_id, Window::Latest)
                .await;
            page.unwrap()
                .messages
                .iter()
                .any(|message| message.deleted)
                .then_some(())
        })
        .await;
    let pins = world.app.chats.pins(world.scope, &chat.public_id).await.unwrap();
    assert!(pins.is_empty(), "what is deleted is not at the top");
    let messages = world.messages().await;
    let is_other = |message: &Message| matches!(message.detail, Some(Detail::Other { .. }));
    assert!(!messages.iter().any(is_other));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_timer_of_a_chat_goes_out_with_every_answer_whatever_happens_in_between() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    world.write(ANA, SHOP, "hello").await;
    world.says(Content::Disappearing(86_400)).await;
    let set = async |world: &World| {
        world
            .until("the timer is known", async || {
                let chats = world.chats().await;
                chats.iter().find(|chat| chat.expires_after == Some(86_400)).cloned()
            })
            .await
    };
    set(&world).await;
    let answers = async |world: &World, to: &str, text: &str| {
        world.app.outbox.send_to(world.scope, &session, to, text).await.unwrap();
        world.arrived(ANA, text).await;
        let inbox = world.phones().inbox(ANA, 0).unwrap();
        let got = inbox.into_iter().find(|message| message.text.as_deref() == Some(text));
        got.unwrap().expiration
    };
    assert_eq!(answers(&world, ANA, "at once").await, Some(86_400));
    let world = Box::pin(world.restart()).await;
    world.session_is(&session, wamanager::sessions::State::Connected).await;
    assert_eq!(answers(&world, ANA, "after a restart").await, Some(86_400));
    world.says(Content::Disappearing(0)).await;
    world
        .until("the timer is off", async || {
            world
                .chats()
                .await
                .iter()
                .all(|chat| chat.expires_after.is_none())
                .then_some(())
        })
        .await;
    assert_eq!(answers(&world, ANA, "kept").await, None);
    world.end().await;
}
