//! Texts, receipts, the offline queue, presence.

use std::time::Duration;

use wa_network::phone::{ReceiptMode, ReceiptRule, TypingState};
use whatsapp_rust::Jid;
use whatsapp_rust::types::events::Event;
use whatsapp_rust::wacore::types::presence::ReceiptType;

use crate::support::{BUSINESS, CUSTOMER, Companion, network, text_arrives};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_go_both_ways_and_come_back_as_delivered_and_read() {
    let network = network().await;
    let read = ReceiptRule {
        mode: ReceiptMode::Read,
        delay_ms: 0,
    };
    network.phones().receipts(CUSTOMER, read).unwrap();
    let companion = Companion::linked(&network).await;
    let sent = companion
        .client
        .send_text(Jid::pn(CUSTOMER), "how are you")
        .await
        .unwrap();
    let arrived = text_arrives(&network, CUSTOMER, "how are you").await;
    assert_eq!((arrived.id.as_str(), arrived.copies), (sent.message_id.as_str(), 1));
    assert_eq!(arrived.from, BUSINESS);
    companion
        .until("read receipt", |event| match event {
            Event::Receipt(receipt) if receipt.r#type == ReceiptType::Read => {
                receipt.message_ids.contains(&sent.message_id).then_some(())
            }
            _ => None,
        })
        .await;
    // The business's own phone has its copy, too.
    text_arrives(&network, BUSINESS, "how are you").await;
    network
        .phones()
        .send(CUSTOMER, BUSINESS, "fine, and you")
        .await
        .unwrap();
    companion.receives("fine, and you").await;
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_while_a_companion_is_away_waits_for_it() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    network.phones().send(CUSTOMER, BUSINESS, "hello").await.unwrap();
    companion.receives("hello").await;
    let url_and_store = companion.backend.clone();
    companion.stop().await;
    for text in ["one", "two", "three"] {
        network.phones().send(CUSTOMER, BUSINESS, text).await.unwrap();
    }
    assert!(network.hub().stats_snapshot().queued >= 3);
    let companion = Companion::from_store(&network, url_and_store).await;
    for text in ["one", "two", "three"] {
        assert_eq!(companion.next_text().await.0, text);
    }
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offline_phone_gets_its_message_once_it_is_back() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    network.phones().set_online(CUSTOMER, false).await.unwrap();
    let sent = companion.client.send_text(Jid::pn(CUSTOMER), "later").await.unwrap();
    assert_eq!(companion.ack_of(&sent.message_id).await, None);
    assert!(network.phones().inbox(CUSTOMER, 0).unwrap().is_empty());
    network.phones().set_online(CUSTOMER, true).await.unwrap();
    text_arrives(&network, CUSTOMER, "later").await;
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typing_is_seen_on_both_sides() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    network
        .phones()
        .typing(CUSTOMER, BUSINESS, TypingState::Composing)
        .await
        .unwrap();
    companion
        .until("typing", |event| matches!(event, Event::ChatPresence(_)).then_some(()))
        .await;
    let phones = network.phones();
    let mut changes = phones.watch(CUSTOMER).unwrap();
    companion
        .client
        .chatstate()
        .send_composing(&Jid::pn(CUSTOMER))
        .await
        .unwrap();
    let seen = async {
        while phones.typing_of(CUSTOMER).unwrap().is_empty() {
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(30), seen).await.unwrap();
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_numbers_with_an_account_are_on_whatsapp() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    let asked = [Jid::pn(CUSTOMER), Jid::pn("4912345678901")];
    let found = companion.client.contacts().is_on_whatsapp(&asked).await.unwrap();
    let on = |number: &str| {
        found
            .iter()
            .find(|result| result.jid.user == number)
            .map(|result| result.is_registered)
    };
    assert_eq!(on(CUSTOMER), Some(true));
    assert_ne!(on("4912345678901"), Some(true));
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_linked_businesses_chat_with_each_other() {
    let network = network().await;
    let one = Companion::linked(&network).await;
    let two = Companion::start(&network).await;
    two.link(&network, CUSTOMER).await;
    one.client.send_text(Jid::pn(CUSTOMER), "ping").await.unwrap();
    two.receives("ping").await;
    two.client.send_text(Jid::pn(BUSINESS), "pong").await.unwrap();
    one.receives("pong").await;
    text_arrives(&network, BUSINESS, "pong").await;
    one.stop().await;
    two.stop().await;
    network.stop().await;
}
