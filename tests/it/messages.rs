//! Messages in both directions, over the real protocol.

use wa_network::NetworkOptions;
use wa_network::faults::{FaultKind, FaultSpec};
use wa_network::phone::{ChatMark, Content, Location, Media, MediaKind, ReceiptMode, ReceiptRule};
use wamanager::chats::{Kind, Origin, Status};
use wamanager::outbox::OutboxError;

use crate::support::World;

const SHOP: &str = "351910000001";
const ANA: &str = "5511999990001";

async fn linked() -> (World, wamanager::ids::PublicId) {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    (world, session)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_arrives_and_the_answer_gets_its_ticks() {
    let (world, _) = linked().await;
    world.write(ANA, SHOP, "do you have bread?").await;
    let (chat, message) = world.stored("do you have bread?").await;
    assert_eq!(
        (message.from_me, message.status, chat.unread),
        (false, Status::Received, 1)
    );
    let rule = ReceiptRule {
        mode: ReceiptMode::Read,
        delay_ms: 0,
    };
    world.phones().receipts(ANA, rule).unwrap();
    let sent = world
        .app
        .outbox
        .send_text(world.scope, &chat.public_id, "fresh from the oven")
        .await
        .unwrap();
    assert_eq!(world.arrived(ANA, "fresh from the oven").await, 1);
    world.message_is(&sent.message, Status::Read).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_is_started_with_a_number_in_any_form() {
    let (world, session) = linked().await;
    let sent = world
        .app
        .outbox
        .send_to(world.scope, &session, "+55 (11) 99999-0001", "hello Ana")
        .await
        .unwrap();
    world.arrived(ANA, "hello Ana").await;
    world.message_is(&sent.message, Status::Delivered).await;
    world.write(ANA, SHOP, "hello shop").await;
    let (chat, _) = world.stored("hello shop").await;
    assert_eq!(world.thread(&chat.public_id).await.len(), 2, "both are in one chat");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lid_migrated_person_has_one_chat() {
    let world = World::over(NetworkOptions {
        lid_migrated: true,
        ..NetworkOptions::default()
    })
    .await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    world
        .app
        .outbox
        .send_to(world.scope, &session, ANA, "hello Ana")
        .await
        .unwrap();
    world.arrived(ANA, "hello Ana").await;
    world.write(ANA, SHOP, "hello shop").await;
    let (chat, _) = world.stored("hello shop").await;
    assert_eq!(
        world.thread(&chat.public_id).await.len(),
        2,
        "number and LID are one person"
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_arrived_while_the_program_was_stopped_are_stored_once() {
    let (world, _) = linked().await;
    world.write(ANA, SHOP, "before").await;
    world.stored("before").await;
    world.app.clone().stop().await;
    for turn in 0..20 {
        world.write(ANA, SHOP, &format!("while away {turn}")).await;
    }
    let world = world.restart().await;
    world.stored("while away 19").await;
    let messages = world.messages().await;
    for turn in 0..20 {
        let text = format!("while away {turn}");
        let count = messages
            .iter()
            .filter(|message| message.body.as_ref() == Some(&text))
            .count();
        assert_eq!(count, 1, "{text}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_delivered_twice_is_stored_once() {
    let (world, _) = linked().await;
    world.write(ANA, SHOP, "first").await;
    world.stored("first").await;
    world
        .network
        .hub()
        .inject_fault(FaultSpec::new(FaultKind::Duplicate).for_session(SHOP));
    world.write(ANA, SHOP, "twice").await;
    world.write(ANA, SHOP, "after").await;
    world.stored("after").await;
    let twice = world.messages().await;
    assert_eq!(
        twice
            .iter()
            .filter(|message| message.body.as_deref() == Some("twice"))
            .count(),
        1
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_acknowledgement_sends_the_same_message_again() {
    let (world, session) = linked().await;
    world
        .app
        .outbox
        .send_to(world.scope, &session, ANA, "warm up")
        .await
        .unwrap();
    world.arrived(ANA, "warm up").await;
    world
        .network
        .hub()
        .inject_fault(FaultSpec::new(FaultKind::LoseAck).for_session(SHOP));
    let sent = world
        .app
        .outbox
        .send_to(world.scope, &session, ANA, "once only")
        .await
        .unwrap();
    world.arrived(ANA, "once only").await;
    // After the reconnect the sender gives up on the lost acknowledgement and sends again.
    world.app.sessions.reconnect(world.scope, &session).await.unwrap();
    world
        .until("the message is taken", async || {
            let message = world.app.chats.message(world.scope, &sent.message).await.unwrap();
            matches!(message.status, Status::Sent | Status::Delivered | Status::Read).then_some(())
        })
        .await;
    let inbox = world.phones().inbox(ANA, 0).unwrap();
    let same = inbox
        .iter()
        .filter(|message| message.text.as_deref() == Some("once only"));
    assert_eq!(same.count(), 1, "one message, however often it was on the wire");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_message_fails_with_why_and_can_be_tried_again() {
    let (world, session) = linked().await;
    world
        .app
        .outbox
        .send_to(world.scope, &session, ANA, "warm up")
        .await
        .unwrap();
    world.arrived(ANA, "warm up").await;
    world
        .network
        .hub()
        .inject_fault(FaultSpec::new(FaultKind::Refuse).for_session(SHOP));
    let sent = world
        .app
        .outbox
        .send_to(world.scope, &session, ANA, "no luck")
        .await
        .unwrap();
    let failed = world.message_is(&sent.message, Status::Failed).await;
    assert!(failed.failure.is_some(), "a failure has a reason");
    world.network.hub().clear_faults();
    world.app.outbox.retry(world.scope, &sent.message).await.unwrap();
    world.arrived(ANA, "no luck").await;
    world.message_is(&sent.message, Status::Delivered).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_to_a_number_without_whatsapp_is_refused() {
    let (world, session) = linked().await;
    let outbox = &world.app.outbox;
    let refused = outbox
        .send_to(world.scope, &session, "+55 11 98888-7777", "hello?")
        .await;
    assert!(matches!(refused, Err(OutboxError::NotOnWhatsApp)), "{refused:?}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_message_is_stored_as_its_kind() {
    let (world, _) = linked().await;
    let first = world.write(ANA, SHOP, "look at this").await;
    let media = Media {
        kind: MediaKind::Image,
        mime: "image/png".into(),
        bytes: vec![1, 2, 3, 4].into(),
        caption: Some("our garden".into()),
        file_name: None,
        seconds: None,
        thumbnail: None,
    };
    let voice = Media {
        kind: MediaKind::Voice,
        mime: "audio/ogg; codecs=opus".into(),
        caption: None,
        seconds: Some(7),
        ..media.clone()
    };
    let place = Location {
        latitude: 38.7,
        longitude: -9.1,
        name: Some("The shop".into()),
        address: None,
    };
    let phones = world.phones();
    let send = async |content: Content| phones.send(ANA, SHOP, content).await.unwrap();
    send(Content::Media(media)).await;
    send(Content::Media(voice)).await;
    send(Content::Location(place)).await;
    send(Content::Poll {
        question: "Cake?".into(),
        options: vec!["yes".into(), "no".into()],
    })
    .await;
    send(Content::Reaction {
        message_id: first,
        emoji: "👍".into(),
    })
    .await;
    world.write(ANA, SHOP, "that was all").await;
    let (chat, _) = world.stored("that was all").await;
    let thread = world.thread(&chat.public_id).await;
    let kinds: Vec<Kind> = thread.iter().map(|message| message.kind).collect();
    assert_eq!(
        kinds,
        [
            Kind::Text,
            Kind::Image,
            Kind::Voice,
            Kind::Location,
            Kind::Poll,
            Kind::Text
        ]
    );
    assert_eq!(thread[1].body.as_deref(), Some("our garden"));
    assert_eq!(thread[2].media.as_ref().and_then(|media| media.seconds), Some(7));
    assert_eq!(thread[0].reactions.len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_written_on_the_phone_are_in_the_chat_too() {
    let (world, _) = linked().await;
    world.write(ANA, SHOP, "hello").await;
    world.stored("hello").await;
    world.write(SHOP, ANA, "written on the phone").await;
    let (chat, message) = world.stored("written on the phone").await;
    assert!(message.from_me);
    assert_eq!(message.origin, Origin::Phone);
    assert_eq!(world.thread(&chat.public_id).await.len(), 2);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_workspace_sees_nothing_of_it() {
    let (world, session) = linked().await;
    world.write(ANA, SHOP, "secret").await;
    let (chat, message) = world.stored("secret").await;
    let stranger = wamanager::accounts::Scope {
        workspace: wamanager::ids::WorkspaceId(world.scope.workspace.0 + 1),
        ..world.scope
    };
    let app = &world.app;
    assert!(app.chats.get(stranger, &chat.public_id).await.is_err());
    assert!(app.chats.message(stranger, &message.public_id).await.is_err());
    assert!(app.chats.search(stranger, "secret").await.unwrap().is_empty());
    assert!(app.sessions.get(stranger, &session).await.is_err());
    assert!(app.outbox.send_to(stranger, &session, ANA, "hi").await.is_err());
    assert!(app.outbox.send_text(stranger, &chat.public_id, "hi").await.is_err());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_to_a_phone_without_keys_waits_says_so_and_can_be_cancelled() {
    let (world, session) = linked().await;
    let unkeyable = FaultSpec::new(FaultKind::Unkeyable).for_session(ANA).times(100);
    world.network.hub().inject_fault(unkeyable);
    let sent = world
        .app
        .outbox
        .send_to(world.scope, &session, ANA, "can you read this?");
    let sent = sent.await.unwrap();
    let waits = async || {
        let message = world.app.chats.message(world.scope, &sent.message).await.unwrap();
        (message.state() == "waiting_for_keys").then_some(message)
    };
    let message = world.until("it waits for keys", waits).await;
    assert_eq!(message.status, Status::Pending);
    world.app.outbox.cancel(world.scope, &sent.message).await.unwrap();
    world.message_is(&sent.message, Status::Failed).await;
    world.network.hub().clear_faults();
    world
        .app
        .outbox
        .send_to(world.scope, &session, ANA, "and this?")
        .await
        .unwrap();
    assert_eq!(world.arrived(ANA, "and this?").await, 1);
    let inbox = world.phones().inbox(ANA, 0).unwrap();
    assert!(
        inbox
            .iter()
            .all(|message| message.text.as_deref() != Some("can you read this?"))
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_owner_reads_or_marks_on_the_phone_is_read_or_unread_here() {
    let (world, _) = linked().await;
    for (turn, mark) in [ChatMark::Receipt, ChatMark::ReadSelf, ChatMark::AppState]
        .into_iter()
        .enumerate()
    {
        let text = format!("question {turn}");
        world.write(ANA, SHOP, &text).await;
        let (chat, _) = world.stored(&text).await;
        assert_eq!(chat.unread, 1, "{text}");
        // The phone reads what it has got itself.
        let mut changes = world.phones().watch(SHOP).unwrap();
        while world.phones().conversations(SHOP).unwrap()[0].unread == 0 {
            changes.changed().await.unwrap();
        }
        world.phones().mark(SHOP, ANA, mark).await.unwrap();
        let read = async || (world.chats().await[0].unread == 0).then_some(());
        world.until("it is read here, too", read).await;
    }
    world.phones().mark(SHOP, ANA, ChatMark::Unread).await.unwrap();
    let unread = async || (world.chats().await[0].unread == 1).then_some(());
    world.until("it is unread again", unread).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_owner_reads_of_a_group_on_the_phone_is_read_here() {
    let (world, _) = linked().await;
    let group = world.phones().create_group(SHOP, "Bakers", &[ANA.to_owned()]).unwrap();
    for (turn, mark) in [ChatMark::Receipt, ChatMark::ReadSelf, ChatMark::AppState]
        .into_iter()
        .enumerate()
    {
        let text = format!("to all {turn}");
        world
            .phones()
            .send(ANA, &group.jid, Content::Text(text.clone()))
            .await
            .unwrap();
        let (chat, _) = world.stored(&text).await;
        assert_eq!(chat.unread, 1, "{text}");
        world.arrived(SHOP, &text).await;
        world.phones().mark(SHOP, &group.jid, mark).await.unwrap();
        let read = async || {
            let chats = world.chats().await;
            chats.iter().all(|chat| chat.unread == 0).then_some(())
        };
        world.until("it is read here, too", read).await;
    }
    world.end().await;
}
