//! People without a number, and devices that nobody uses.

use serde_json::json;
use whatsapp_rust::Jid;

use crate::control::{get, post};
use crate::support::{BUSINESS, CUSTOMER, Companion, network, text_arrives};

const GHOST: &str = "5511999990099";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_who_hides_the_number_is_known_by_lid_alone() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    let ghost = json!({"number":GHOST,"name":"Ghost","username":"ghost.writer","hidden":true});
    let (status, made) = post(&network, "/phones", ghost).await;
    assert_eq!(status, 201);
    let lid = Jid::lid(made["lid"].as_str().unwrap());
    network.phones().send(GHOST, BUSINESS, "boo").await.unwrap();
    let source = companion
        .until("message", |event| {
            event.messages().next().map(|message| message.info.source.clone())
        })
        .await;
    assert_eq!((source.sender.to_non_ad(), source.sender_alt), (lid.clone(), None));
    companion.client.send_text(lid.clone(), "who is it").await.unwrap();
    text_arrives(&network, GHOST, "who is it").await;
    let found = companion
        .client
        .contacts()
        .is_on_whatsapp(&[Jid::pn(GHOST)])
        .await
        .unwrap();
    assert!(found.iter().all(|result| !result.is_registered));
    let wrong = json!({"number":"5511999990098","username":"No Spaces"});
    assert_eq!(post(&network, "/phones", wrong).await.0, 422);
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stanzas_can_leave_the_number_out() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    assert_eq!(post(&network, "/settings", json!({"lid_only":true})).await.0, 200);
    network.phones().send(CUSTOMER, BUSINESS, "hello").await.unwrap();
    let source = companion
        .until("message", |event| {
            event.messages().next().map(|message| message.info.source.clone())
        })
        .await;
    assert!(source.sender.is_lid() && source.sender_alt.is_none());
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_was_added_while_the_client_was_away_gets_its_copy() {
    let network = network().await;
    let companion = Companion::linked(&network).await;
    companion.client.send_text(Jid::pn(CUSTOMER), "one").await.unwrap();
    text_arrives(&network, CUSTOMER, "one").await;
    let backend = companion.backend.clone();
    companion.stop().await;
    let (status, added) = post(&network, &format!("/phones/{CUSTOMER}/devices"), json!({})).await;
    assert_eq!((status, &added["device_id"]), (201, &json!(1)));
    let companion = Companion::from_store(&network, backend).await;
    companion.connected().await;
    let sent = companion.client.send_text(Jid::pn(CUSTOMER), "two").await.unwrap();
    assert_eq!(companion.ack_of(&sent.message_id).await, None);
    text_arrives(&network, CUSTOMER, "two").await;
    let (_, listed) = get(&network, "/phones").await;
    let phones = listed["phones"].as_array().unwrap();
    let customer = phones.iter().find(|phone| phone["number"] == CUSTOMER).unwrap();
    assert_eq!(customer["linked_devices"][0]["waiting"], 1);
    companion.stop().await;
    network.stop().await;
}
