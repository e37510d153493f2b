//! The first message to somebody: their phone can read it, or it is not sent.

use wa_client::LinkError;
use wa_network::faults::{FaultKind, FaultSpec};
use wa_network::phone::NewPhone;

use crate::support::{BUSINESS, CUSTOMER, Sink, World, text};

const OTHER: &str = "5511999990003";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_message_that_the_phone_could_not_read_is_not_sent() {
    let world = World::new().await;
    let sink = Sink::new();
    let open = world.linked(&sink).await;
    let hub = world.network.hub();
    hub.inject_fault(FaultSpec::new(FaultKind::Unkeyable).for_session(CUSTOMER).times(100));
    let relayed = hub.stats_snapshot().messages_relayed;
    for _ in 0..2 {
        let sent = open.link.send(&text("OUT1", CUSTOMER, "can you read this?")).await;
        assert!(matches!(sent, Err(LinkError::NoKeys)), "{sent:?}");
    }
    assert_eq!(hub.stats_snapshot().messages_relayed, relayed, "nothing went out");
    hub.clear_faults();
    open.link
        .send(&text("OUT1", CUSTOMER, "can you read this?"))
        .await
        .unwrap();
    let arrived = world.customer_gets(|message| message.id == "OUT1").await;
    assert_eq!(
        (arrived.text.as_deref(), arrived.copies),
        (Some("can you read this?"), 1)
    );
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_key_bundle_counts_as_none() {
    let world = World::new().await;
    let sink = Sink::new();
    let open = world.linked(&sink).await;
    let hub = world.network.hub();
    hub.inject_fault(FaultSpec::new(FaultKind::BadPrekey).for_session(BUSINESS));
    let sent = open.link.send(&text("OUT2", CUSTOMER, "hello")).await;
    assert!(matches!(sent, Err(LinkError::NoKeys)), "{sent:?}");
    open.link.send(&text("OUT2", CUSTOMER, "hello")).await.unwrap();
    world.customer_gets(|message| message.id == "OUT2").await;
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_messages_at_the_same_time_fetch_one_key_bundle() {
    let world = World::new().await;
    let phone = NewPhone {
        number: OTHER.to_owned(),
        name: "Dan".to_owned(),
        auto_reply: false,
    };
    world.network.phones().create(phone).unwrap();
    let sink = Sink::new();
    let open = world.linked(&sink).await;
    // From here on there is a session with the own phone, which gets a copy of everything.
    open.link.send(&text("WARM", OTHER, "warming up")).await.unwrap();
    let hub = world.network.hub();
    let before = hub.stats_snapshot().key_bundles;
    let ids = ["A", "B", "C", "D", "E", "F"];
    let messages = ids.map(|id| text(id, CUSTOMER, id));
    for sent in futures_util::future::join_all(messages.iter().map(|message| open.link.send(message))).await {
        sent.unwrap();
    }
    for id in ids {
        let arrived = world.customer_gets(|message| message.id == id).await;
        assert_eq!(arrived.copies, 1, "{id}");
    }
    let stats = hub.stats_snapshot();
    assert_eq!(
        (stats.key_bundles - before, stats.decrypt_failures),
        (1, 0),
        "every bundle replaces the session of the one before"
    );
    world.end(open).await;
}
