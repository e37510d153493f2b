//! What WhatsApp says about an account, and the refusals that go with it.

use serde_json::json;
use wa_network::faults::{FaultKind, FaultSpec};
use whatsapp_rust::Jid;
use whatsapp_rust::features::MexRequest;
use whatsapp_rust::types::events::Event;

use crate::control::{call, post};
use crate::support::{BUSINESS, CUSTOMER, Companion, inbox_until, network};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verdicts_are_pushed_and_answer_the_queries() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    assert_eq!(
        companion
            .client
            .mex()
            .fetch_reachout_timelock()
            .await
            .unwrap()
            .is_active,
        Some(false)
    );
    let lock = json!({"session":BUSINESS,"kind":"push_timelock"});
    assert_eq!(post(&network, "/faults", lock).await.0, 201);
    let capping = json!({"session":BUSINESS,"kind":"push_capping","data":{"total_quota":50,"used_quota":"49"}});
    assert_eq!(post(&network, "/faults", capping).await.0, 201);
    for (name, field) in [
        (
            "NotificationUserReachoutTimelockUpdate",
            "/data/xwa2_notify_account_reachout_timelock/is_active",
        ),
        (
            "MessageCappingInfoNotification",
            "/data/xwa2_notify_new_chat_messages_capping_info_update/used_quota",
        ),
    ] {
        let payload = companion
            .until(name, |event| match event {
                Event::MexNotification(news) if news.op_name == name => Some(news.payload.clone()),
                _ => None,
            })
            .await;
        assert!(payload.pointer(field).is_some(), "{payload}");
    }
    let locked = companion.client.mex().fetch_reachout_timelock().await.unwrap();
    assert_eq!(locked.is_active, Some(true));
    let input = json!({"input":{"type":"INDIVIDUAL_NEW_CHAT_THREAD"}});
    let request = MexRequest::new(
        "WAWebMexFetchNewChatMessageCappingInfoJobQuery",
        "27910975521856601",
        input,
    );
    let answer = companion.client.mex().query(request).await.unwrap().data.unwrap();
    assert_eq!(answer["xwa2_message_capping_info"]["total_quota"], 50);
    call(&network, "DELETE", "/faults", json!(null)).await;
    let free = companion.client.mex().fetch_reachout_timelock().await.unwrap();
    assert_eq!(free.is_active, Some(false));
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_used_up_quota_refuses_the_message() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    let hub = network.hub();
    hub.inject_fault(FaultSpec::new(FaultKind::Nack475).for_session(BUSINESS));
    let sent = companion.client.send_text(Jid::pn(CUSTOMER), "hello").await.unwrap();
    assert_eq!(companion.ack_of(&sent.message_id).await.as_deref(), Some("475"));
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recipient_without_keys_gets_nothing_although_the_message_is_acknowledged() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    let hub = network.hub();
    hub.inject_fault(FaultSpec::new(FaultKind::Unkeyable).for_session(CUSTOMER).times(10));
    let sent = companion.client.send_text(Jid::pn(CUSTOMER), "lost").await.unwrap();
    assert_eq!(companion.ack_of(&sent.message_id).await, None);
    // The own phone has its copy, so the message has been passed on.
    inbox_until(&network, BUSINESS, |message| message.text.as_deref() == Some("lost")).await;
    assert!(network.phones().inbox(CUSTOMER, 0).unwrap().is_empty());
    hub.clear_faults();
    companion.client.send_text(Jid::pn(CUSTOMER), "found").await.unwrap();
    inbox_until(&network, CUSTOMER, |message| message.text.as_deref() == Some("found")).await;
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_version_is_refused_at_login() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    let hub = network.hub();
    hub.inject_fault(FaultSpec::new(FaultKind::OldVersion405).for_session(BUSINESS));
    hub.inject_fault(FaultSpec::new(FaultKind::Drop).for_session(BUSINESS));
    companion
        .until("outdated", |event| {
            matches!(event, Event::ClientOutdated(_)).then_some(())
        })
        .await;
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_in_coexistence_cannot_be_linked() {
    let network = network().await;
    let hub = network.hub();
    hub.inject_fault(FaultSpec::new(FaultKind::SignatureMismatch).for_session(BUSINESS));
    let companion = Companion::start(&network).await;
    let qr = companion.qr().await;
    let refused = network.phones().scan(BUSINESS, &qr).await.unwrap_err();
    assert!(refused.to_string().contains("401"), "{refused}");
    companion
        .until("pair error", |event| matches!(event, Event::PairError(_)).then_some(()))
        .await;
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_a_version_and_a_changed_lid_are_announced() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    let _raw = companion.client.acquire_raw_node_forwarding();
    let hub = network.hub();
    hub.inject_fault(FaultSpec::new(FaultKind::ClientExpiration).for_session(BUSINESS));
    companion
        .until("expiration", |event| match event {
            Event::RawNode(node) => node.get().get_optional_child("client_expiration").map(drop),
            _ => None,
        })
        .await;
    hub.inject_fault(FaultSpec::new(FaultKind::RefreshLid).for_session(BUSINESS));
    companion.client.send_text(Jid::pn(CUSTOMER), "hello").await.unwrap();
    companion
        .until("refreshed LID", |event| match event {
            Event::RawNode(node) => {
                let node = node.get();
                let marked = node.attrs().optional_string("refresh_lid").is_some();
                (node.tag == "ack" && marked).then_some(())
            }
            _ => None,
        })
        .await;
    companion.stop().await;
    network.stop().await;
}
