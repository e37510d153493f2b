//! Reading on the phone, as its linked devices learn of it.

use serde_json::json;
use wacore::appstate::patch_decode::WAPatchName;
use whatsapp_rust::Jid;
use whatsapp_rust::types::events::Event;

use crate::control::post;
use crate::support::{BUSINESS, CUSTOMER, Companion, network};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_that_the_phone_reads_or_marks_is_synced_to_the_client() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    network.phones().send(CUSTOMER, BUSINESS, "hello").await.unwrap();
    companion.receives("hello").await;
    crate::support::text_arrives(&network, BUSINESS, "hello").await;
    let path = format!("/phones/{BUSINESS}/read");
    for (body, read) in [
        (json!({"chat":CUSTOMER,"via":"app_state"}), true),
        (json!({"chat":CUSTOMER,"unread":true}), false),
        (json!({"chat":CUSTOMER}), true),
    ] {
        assert_eq!(post(&network, &path, body).await.0, 200);
        companion.catch_up(WAPatchName::RegularLow).await;
        let (jid, marked) = companion
            .until("mark", |event| match event {
                Event::MarkChatAsReadUpdate(update) => Some((update.jid.clone(), update.action.read)),
                _ => None,
            })
            .await;
        assert_eq!((jid, marked), (Jid::pn(CUSTOMER), Some(read)));
    }
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_reads_clears_the_chat_on_its_phone() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    network.phones().send(CUSTOMER, BUSINESS, "hello").await.unwrap();
    let id = companion.receives("hello").await;
    crate::support::text_arrives(&network, BUSINESS, "hello").await;
    let phones = network.phones();
    let mut changes = phones.watch(BUSINESS).unwrap();
    let unread = || phones.conversations(BUSINESS).unwrap()[0].unread;
    assert_eq!(unread(), 1);
    let chat = Jid::pn(CUSTOMER);
    companion.client.mark_as_read(&chat, None, &[&id]).await.unwrap();
    while unread() > 0 {
        changes.changed().await.unwrap();
    }
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_phones_address_book_is_synced_to_the_client() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    let body = json!({"number":CUSTOMER,"name":"Carol Baker"});
    assert_eq!(
        post(&network, &format!("/phones/{BUSINESS}/contacts"), body).await.0,
        200
    );
    companion.catch_up(WAPatchName::CriticalUnblockLow).await;
    let name = companion
        .until("contact", |event| match event {
            Event::ContactUpdate(update) => Some(update.action.full_name.clone()),
            _ => None,
        })
        .await;
    assert_eq!(name.as_deref(), Some("Carol Baker"));
    companion.stop().await;
    network.stop().await;
}
