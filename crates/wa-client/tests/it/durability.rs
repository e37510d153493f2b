//! WhatsApp is told only what was stored, and what was not stored comes again.

use std::sync::atomic::Ordering;

use wa_client::LinkEvent;

use crate::support::{Sink, World, patiently};

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
async fn what_waited_at_the_server_arrives_in_order_and_once() {
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
