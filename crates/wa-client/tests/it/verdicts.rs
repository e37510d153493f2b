//! What WhatsApp says of the account itself, pushed and asked for, and what the library leaves unread.

use serde_json::json;
use wa_client::{Address, Limits, LinkEvent, Receipt, ReceiptKind};
use wa_network::faults::{FaultKind, FaultSpec};
use wa_network::phone::ChatMark;

use crate::support::{BUSINESS, CUSTOMER, Sink, World};

fn fault(kind: FaultKind) -> FaultSpec {
    FaultSpec::new(kind).for_session(BUSINESS)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_and_a_quota_are_pushed_and_answered() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    let Limits { time_lock, quota } = open.link.limits().await.unwrap();
    assert!(time_lock.is_some_and(|lock| !lock.active));
    assert!(quota.is_some_and(|quota| quota.total.is_none() && !quota.is_used_up()));

    let hub = world.network.hub();
    let data = json!({"is_active": true, "time_enforcement_ends": "1900000000", "enforcement_type": "BIZ_QUALITY"});
    hub.inject_fault(fault(FaultKind::PushTimelock).data(data));
    let pushed = open.until("a pushed lock", |event| match event {
        LinkEvent::TimeLock(lock) => Some(lock.clone()),
        _ => None,
    });
    let pushed = pushed.await;
    assert_eq!((pushed.active, pushed.until_ms), (true, Some(1_900_000_000_000)));
    assert_eq!(pushed.kind.as_deref(), Some("BIZ_QUALITY"));
    hub.inject_fault(fault(FaultKind::PushCapping));
    let used_up = open.until("a pushed quota", |event| match event {
        LinkEvent::Quota(quota) => Some(quota.clone()),
        _ => None,
    });
    let used_up = used_up.await;
    assert!(used_up.is_used_up(), "{used_up:?}");
    assert_eq!(
        (used_up.total, used_up.extension.as_deref()),
        (Some(100), Some("ELIGIBLE"))
    );
    let asked = open.link.limits().await.unwrap();
    assert_eq!((asked.time_lock, asked.quota), (Some(pushed), Some(used_up)));
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_the_clients_version_is_announced() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    let now = wacore::time::now_millis();
    world
        .network
        .hub()
        .inject_fault(fault(FaultKind::ClientExpiration).ms(86_400_000));
    let at = open.until("the announcement", |event| match event {
        LinkEvent::ClientRetires { at_ms } => Some(*at_ms),
        _ => None,
    });
    let ahead = at.await - now;
    assert!((86_000_000..87_000_000).contains(&ahead), "{ahead}");
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_of_the_business_platform_is_recognised_when_it_is_linked() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.open(&sink).await;
    world.network.hub().inject_fault(fault(FaultKind::SignatureMismatch));
    let code = open.qr().await;
    drop(world.network.phones().scan(BUSINESS, &code).await);
    open.until("the refusal", |event| {
        matches!(event, LinkEvent::PairingRefusedForPlatform).then_some(())
    })
    .await;
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_that_whatsapp_refuses_is_told_as_such() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    let hub = world.network.hub();
    hub.inject_fault(fault(FaultKind::OldVersion405));
    hub.inject_fault(fault(FaultKind::Drop));
    open.until("outdated", |event| matches!(event, LinkEvent::Outdated).then_some(()))
        .await;
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_owner_reads_on_the_phone_names_the_chat() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    for mark in [ChatMark::Receipt, ChatMark::ReadSelf] {
        let body = format!("{mark:?}");
        let id = world.customer_writes(&body).await;
        sink.text(&body).await;
        let mut changes = world.network.phones().watch(BUSINESS).unwrap();
        while world.network.phones().conversations(BUSINESS).unwrap()[0].unread == 0 {
            changes.changed().await.unwrap();
        }
        world.network.phones().mark(BUSINESS, CUSTOMER, mark).await.unwrap();
        let read = open.until("the owner's receipt", |event| match event {
            LinkEvent::Receipt(Receipt {
                chat,
                ids,
                kind: ReceiptKind::ReadSelf,
                ..
            }) if ids.contains(&id) => Some(chat.clone()),
            _ => None,
        });
        assert_eq!(read.await, Address::Phone(CUSTOMER.to_owned()), "{body}");
    }
    world.end(open).await;
}
