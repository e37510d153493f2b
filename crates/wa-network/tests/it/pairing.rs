//! Linking, logging in, logging out.

use wa_network::NetworkOptions;
use whatsapp_rust::types::events::Event;

use crate::support::{BUSINESS, CUSTOMER, Companion, network, network_with, text_arrives};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_companion_is_linked_by_qr_code() {
    let network = network().await;
    let companion = Companion::start(&network).await;
    let qr = companion.qr().await;
    let device = network.phones().scan(BUSINESS, &qr).await.unwrap();
    companion.connected().await;
    assert_eq!(device, 1);
    let jid = companion.client.pn().unwrap();
    assert_eq!((jid.user.as_str(), jid.device), (BUSINESS, 1));
    let linked = network.phones().info(BUSINESS).unwrap().linked_devices;
    assert!(linked.len() == 1 && linked[0].connected);
    let again = network.phones().scan(BUSINESS, &qr).await;
    assert!(again.is_err(), "a used code was accepted again");
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_companion_is_linked_by_code() {
    let network = network().await;
    let companion = Companion::start_by_code(&network, BUSINESS).await;
    let code = companion
        .until("pairing code", |event| match event {
            Event::PairingCode(pairing) => Some(pairing.code.clone()),
            _ => None,
        })
        .await;
    network.phones().pairing_code(BUSINESS, &code).await.unwrap();
    companion.connected().await;
    network.phones().send(CUSTOMER, BUSINESS, "hello").await.unwrap();
    companion.receives("hello").await;
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_linked_device_logs_in_again_with_what_it_stored() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    let mut companion = companion.restarted().await;
    companion.connected().await;
    // The chain is cached after the first login, so this one is Noise IK.
    companion = companion.restarted().await;
    companion.connected().await;
    companion.client.send_text(jid(CUSTOMER), "still me").await.unwrap();
    text_arrives(&network, CUSTOMER, "still me").await;
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unlinked_device_is_logged_out() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    network.phones().unlink(BUSINESS, 1).await.unwrap();
    companion
        .until("logged out", |event| matches!(event, Event::LoggedOut(_)).then_some(()))
        .await;
    assert!(network.phones().info(BUSINESS).unwrap().linked_devices.is_empty());
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_older_of_two_connections_of_one_device_is_replaced() {
    let network = network().await;
    let older = Companion::linked(&network).await;
    let newer = Companion::from_store(&network, older.backend.clone()).await;
    older
        .until("replaced", |event| {
            matches!(event, Event::StreamReplaced(_)).then_some(())
        })
        .await;
    newer.connected().await;
    older.stop().await;
    newer.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_companions_of_one_phone_both_get_its_messages() {
    let network = network().await;
    let one = Companion::linked(&network).await;
    let two = Companion::linked(&network).await;
    network
        .phones()
        .send(CUSTOMER, BUSINESS, "to all of you")
        .await
        .unwrap();
    one.receives("to all of you").await;
    two.receives("to all of you").await;
    one.client.send_text(jid(CUSTOMER), "from one").await.unwrap();
    text_arrives(&network, CUSTOMER, "from one").await;
    two.receives("from one").await;
    one.stop().await;
    two.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_saved_network_knows_its_linked_devices_when_it_is_started_again() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    companion.client.send_text(jid(CUSTOMER), "before").await.unwrap();
    text_arrives(&network, CUSTOMER, "before").await;
    let state = network.export_state().await.unwrap();
    network.stop().await;
    let options = NetworkOptions {
        state: Some(state),
        ..Default::default()
    };
    let again = wa_network::Network::start(options).await.unwrap();
    let companion = companion.moved_to(&again).await;
    companion.connected().await;
    companion.client.send_text(jid(CUSTOMER), "after").await.unwrap();
    text_arrives(&again, CUSTOMER, "after").await;
    again.phones().send(CUSTOMER, BUSINESS, "and back").await.unwrap();
    companion.receives("and back").await;
    companion.stop().await;
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lid_migrated_account_chats_by_lid() {
    let options = NetworkOptions {
        lid_migrated: true,
        ..Default::default()
    };
    let network = network_with(options).await;
    let companion = Companion::linked(&network).await;
    companion.client.send_text(jid(CUSTOMER), "by lid").await.unwrap();
    text_arrives(&network, CUSTOMER, "by lid").await;
    network.phones().send(CUSTOMER, BUSINESS, "lid too").await.unwrap();
    companion.receives("lid too").await;
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_companion_pins_the_other_sees_pinned() {
    let network = network().await;
    let one = Companion::linked(&network).await;
    let two = Companion::linked(&network).await;
    one.client.chat_actions().pin_chat(&jid(CUSTOMER)).await.unwrap();
    two.until("pin", |event| matches!(event, Event::PinUpdate(_)).then_some(()))
        .await;
    two.client
        .chat_actions()
        .archive_chat(&jid(CUSTOMER), None)
        .await
        .unwrap();
    one.until("archive", |event| {
        matches!(event, Event::ArchiveUpdate(_)).then_some(())
    })
    .await;
    one.stop().await;
    two.stop().await;
    network.stop().await;
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let options = NetworkOptions {
        listen: "0.0.0.0".parse().unwrap(),
        ..Default::default()
    };
    let refused = wa_network::Network::start(options).await.err().unwrap();
    assert!(refused.to_string().contains("loopback"));
}

fn jid(number: &str) -> whatsapp_rust::Jid {
    whatsapp_rust::Jid::pn(number)
}
