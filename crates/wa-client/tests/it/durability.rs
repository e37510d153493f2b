//! Only stored messages are acknowledged, and all others are redelivered.

use std::sync::atomic::Ordering;

use wa_client::{Content, LinkEvent};

use crate::support::{CUSTOMER, Sink, World, patiently, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stops_the_session_and_the_message_comes_again() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    sink.refuse.store(true, Ordering::SeqCst);
    world.customer_writes("keep me").await;
    let why = open.until("the reason", |event| match event {
        LinkEvent::Disconnected { why, retry_in: None } => Some(why.clone()),
        _ => None,
    });
    assert!(why.await.contains("disk is full"));
    open.rest().await;
    assert!(sink.texts().is_empty());

    sink.refuse.store(false, Ordering::SeqCst);
    let mut again = world.open(&sink).await;
    again.connected().await;
    sink.text("keep me").await;
    world.end(again).await;
    assert_eq!(sink.texts(), ["keep me"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_closed_in_the_middle_of_a_commit_gets_the_message_again() {
    let world = World::new().await;
    let sink = Sink::new();
    let open = world.linked(&sink).await;
    sink.hang.store(true, Ordering::SeqCst);
    world.customer_writes("half stored").await;
    sink.wait_for_attempt(1).await;
    patiently("the link to close", open.link.close()).await;
    assert!(sink.texts().is_empty());

    sink.hang.store(false, Ordering::SeqCst);
    let mut again = world.open(&sink).await;
    again.connected().await;
    sink.text("half stored").await;
    world.end(again).await;
    assert_eq!(sink.texts(), ["half stored"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_waited_at_the_server_arrive_in_order_and_once() {
    let world = World::new().await;
    let sink = Sink::new();
    let open = world.linked(&sink).await;
    patiently("the link to close", open.link.close()).await;
    let sent: Vec<String> = (0..30).map(|number| format!("waiting {number}")).collect();
    for text in &sent {
        world.customer_writes(text).await;
    }
    let again = world.open(&sink).await;
    let last = sink.text("waiting 29").await;
    assert!(last.offline);
    world.end(again).await;
    assert_eq!(sink.texts(), sent);
}

/// The library writes a ratchet independently of our commits. After a kill before the message itself is on disk
/// anywhere, the redelivered message does not decrypt, and nobody has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_lost_between_ratchet_and_commit_is_requested_again() {
    let world = World::new().await;
    let sink = Sink::new();
    let open = world.linked(&sink).await;
    world.customer_writes("before").await;
    sink.text("before").await;
    sink.hang.store(true, Ordering::SeqCst);
    let (first, second) = (
        world.customer_writes("lost").await,
        world.customer_writes("lost as well").await,
    );
    sink.wait_for_hanging().await;
    patiently("the link to close", open.link.close()).await;
    assert_ne!(
        world.lose_rows_of("pending_inbound"),
        0,
        "the ratchet has passed a message"
    );

    sink.hang.store(false, Ordering::SeqCst);
    let again = world.open(&sink).await;
    assert_eq!(sink.text("lost").await.id, first);
    assert_eq!(sink.text("lost as well").await.id, second);
    world.customer_writes("after").await;
    sink.text("after").await;
    patiently("the link to close", again.link.close()).await;
    assert_eq!(sink.texts(), ["before", "lost", "lost as well", "after"]);
    assert_eq!(
        world.network.hub().stats_snapshot().queued,
        0,
        "the server got the acknowledgement"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_undecryptable_message_is_a_placeholder_until_its_sender_resends_it() {
    let world = World::new().await;
    let sink = Sink::new();
    let open = world.linked(&sink).await;
    world.customer_writes("before").await;
    sink.text("before").await;
    patiently("the link to close", open.link.close()).await;
    assert_ne!(world.lose_rows_of("signal_sessions"), 0);
    let again = world.open(&sink).await;
    let id = world.customer_writes("opens at the second attempt").await;
    let row = sink.text("opens at the second attempt").await;
    assert_eq!(row.id, id);
    assert!(sink.was_stored(&id, &Content::Undecryptable), "a placeholder was shown");
    world.end(again).await;
}

/// The server has acknowledged it, so the outbox has deleted it, and the crash lost the key store's copy.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_requests_a_resend_after_a_crash_gets_the_message() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    open.link
        .send(&text("OUT1", CUSTOMER, "see you at nine"))
        .await
        .unwrap();
    open.acked("OUT1").await;
    world.customer_gets(|message| message.id == "OUT1").await;
    patiently("the link to close", open.link.close()).await;
    assert_eq!(world.lose_rows_of("sent_messages"), 1);
    sink.sent
        .lock()
        .unwrap()
        .push(("OUT1".into(), "see you at nine".into()));

    let mut again = world.open(&sink).await;
    again.connected().await;
    world.ask_again("OUT1");
    let repeated = world
        .customer_gets(|message| message.id == "OUT1" && message.copies == 2)
        .await;
    assert_eq!(repeated.text.as_deref(), Some("see you at nine"));
    world.end(again).await;
}

/// The phone was away, and this program was started anew in between.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_requests_a_resend_after_days_and_a_restart_gets_the_very_message() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    open.link
        .send(&text("OUT2", CUSTOMER, "the key is under the mat"))
        .await
        .unwrap();
    open.acked("OUT2").await;
    world.customer_gets(|message| message.id == "OUT2").await;
    patiently("the link to close", open.link.close()).await;
    let days = "UPDATE sent_messages SET stored_at = stored_at - 13 * 86400";
    assert_eq!(world.change_keys(days), 1);

    // The product has nothing to make it of.
    let mut again = world.open(&sink).await;
    for copies in [2, 3] {
        again.connected().await;
        world.ask_again("OUT2");
        let repeated = world
            .customer_gets(|message| message.id == "OUT2" && message.copies == copies)
            .await;
        assert_eq!(repeated.text.as_deref(), Some("the key is under the mat"));
        // Another request is ignored while the first is being answered.
        patiently("the link to close", again.link.close()).await;
        again = world.open(&sink).await;
    }
    again.connected().await;
    world.end(again).await;
}
