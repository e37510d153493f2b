//! Opening, closing, losing the connection, logging out.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::tungstenite::Message;
use wa_client::live::{LiveGateway, LiveOptions};
use wa_client::{Gateway as _, LinkError, LinkEvent, LoggedOutReason, OpenError};
use wa_network::faults::{FaultKind, FaultSpec};
use wa_network::phone::ChatMark;

use crate::support::{BUSINESS, CUSTOMER, Opened, SESSION, Sink, World, patiently, text};

async fn logged_out(open: &mut Opened) -> LoggedOutReason {
    open.until("logged out", |event| match event {
        LinkEvent::LoggedOut { reason } => Some(*reason),
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_client_per_session_and_a_closed_one_opens_again_at_once() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    assert!(matches!(
        world.gateway.open(SESSION, sink.clone()).await,
        Err(OpenError::AlreadyOpen)
    ));
    assert!(matches!(
        world.gateway.forget(SESSION).await,
        Err(OpenError::AlreadyOpen)
    ));
    for round in 0..3 {
        patiently("the link to close", open.link.close()).await;
        let news = |event: &LinkEvent| matches!(event, LinkEvent::Disconnected { .. } | LinkEvent::LoggedOut { .. });
        assert!(!open.rest().await.iter().any(news), "closing emits no event");
        assert!(matches!(
            open.link.send(&text("LATE", CUSTOMER, "x")).await,
            Err(LinkError::NotConnected)
        ));
        open = world.open(&sink).await;
        open.connected().await;
        let id = format!("ROUND{round}");
        open.link.send(&text(&id, CUSTOMER, "still here")).await.unwrap();
        world.customer_gets(|message| message.id == id).await;
    }
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_twice_at_once_is_closing() {
    let world = World::new().await;
    let sink = Sink::new();
    let open = world.linked(&sink).await;
    patiently("both to return", async {
        tokio::join!(open.link.close(), open.link.close())
    })
    .await;
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_connection_reconnects_automatically() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    world
        .network
        .hub()
        .inject_fault(FaultSpec::new(FaultKind::Drop).for_session(BUSINESS));
    let wait = open.until("the loss", |event| match event {
        LinkEvent::Disconnected { retry_in, .. } => Some(*retry_in),
        _ => None,
    });
    assert!(wait.await.is_some_and(|wait| wait.as_secs() <= 2));
    open.connected().await;
    world.customer_writes("after the drop").await;
    sink.text("after the drop").await;
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watchdog_can_renew_the_connection() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    open.link.reconnect().await;
    open.until("the renewal", |event| {
        matches!(event, LinkEvent::Disconnected { .. }).then_some(())
    })
    .await;
    open.connected().await;
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreachable_network_is_reported_with_the_next_attempt() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    world.network.stop().await;
    let unreachable = open.until("unreachable", |event| match event {
        LinkEvent::Disconnected { why, retry_in } if why.contains("cannot be reached") => *retry_in,
        _ => None,
    });
    assert!(unreachable.await.as_secs() >= 1);
    patiently("the link to close", open.link.close()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logging_out_ends_the_link_and_forgetting_starts_over() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    open.link.logout().await.unwrap();
    assert_eq!(logged_out(&mut open).await, LoggedOutReason::Requested);
    let again = |event: &LinkEvent| matches!(event, LinkEvent::Disconnected { .. } | LinkEvent::LoggedOut { .. });
    assert!(!open.rest().await.iter().any(again), "a logout is reported once");
    assert!(world.network.phones().info(BUSINESS).unwrap().linked_devices.is_empty());
    assert!(matches!(open.link.logout().await, Err(LinkError::NotConnected)));

    world.gateway.forget(SESSION).await.unwrap();
    assert!(!world.gateway.is_paired(SESSION).await.unwrap());
    let again = world.linked(&sink).await;
    world.customer_writes("linked anew").await;
    sink.text("linked anew").await;
    world.end(again).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_removed_on_the_phone_is_logged_out() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    world.network.phones().unlink(BUSINESS, 1).await.unwrap();
    assert_eq!(logged_out(&mut open).await, LoggedOutReason::RemovedOnPhone);
    open.rest().await;
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ban_ends_the_link_with_its_time() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    world
        .network
        .hub()
        .inject_fault(FaultSpec::new(FaultKind::Banned).for_session(BUSINESS));
    let lasts = open.until("the ban", |event| match event {
        LinkEvent::Banned { expires_in, .. } => Some(*expires_in),
        _ => None,
    });
    assert!(lasts.await.is_some());
    world.end(open).await;
}

/// Accepts any client and speaks WebSocket, but not WhatsApp.
async fn babbler() -> (String, tokio::task::JoinHandle<()>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/ws/chat", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let mut socket = tokio_tungstenite::accept_async(socket).await.unwrap();
            let _hello = socket.next().await;
            let _gone = socket.send(Message::binary(vec![0, 0, 5, 0xff, 1, 2, 3, 4])).await;
            while let Some(Ok(_)) = socket.next().await {}
        }
    });
    (url, serving)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_another_protocol_is_reported_and_retried() {
    let world = World::new().await;
    let (url, serving) = babbler().await;
    let options = LiveOptions {
        url: Some(url.parse().unwrap()),
        ..LiveOptions::default()
    };
    let gateway = LiveGateway::new(world.keys.clone(), options).unwrap();
    let (link, events) = gateway.open(SESSION, Sink::new()).await.unwrap();
    let mut open = Opened { link, events };
    for _attempt in 0..2 {
        let retry = open.until("the failed handshake", |event| match event {
            LinkEvent::Disconnected { why, retry_in } if why.contains("handshake") => *retry_in,
            _ => None,
        });
        assert!(retry.await.as_secs() >= 1);
    }
    world.end(open).await;
    serving.abort();
}

/// A phone changes its mind faster than one change is fetched.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_of_many_quick_marks_of_the_phone_is_not_missed() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    let phones = world.network.phones();
    phones.send(CUSTOMER, BUSINESS, "hello").await.unwrap();
    for round in 0..5 {
        for _ in 0..5 {
            phones.mark(BUSINESS, CUSTOMER, ChatMark::Read).await.unwrap();
        }
        phones.mark(BUSINESS, CUSTOMER, ChatMark::Unread).await.unwrap();
        open.until(&format!("unread of round {round}"), |event| match event {
            LinkEvent::ChatMarked { read: false, .. } => Some(()),
            _ => None,
        })
        .await;
    }
    world.end(open).await;
}
