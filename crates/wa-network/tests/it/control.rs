//! The control API over HTTP, exactly as network-control.md specifies it.

use serde_json::{Value, json};
use wa_network::Network;
use whatsapp_rust::types::events::Event;

use crate::support::{BUSINESS, CUSTOMER, Companion, FRIEND, network, text_arrives};

/// One call; the status and the body.
pub async fn call(network: &Network, method: &'static str, path: &str, body: Value) -> (u16, Value) {
    let url = format!("{}{path}", network.control_url());
    tokio::task::spawn_blocking(move || {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        let agent = ureq::Agent::new_with_config(config);
        let mut response = match method {
            "GET" => agent.get(&url).call(),
            "DELETE" => agent.delete(&url).call(),
            _ => agent.post(&url).send_json(body),
        }
        .unwrap();
        let problem = response
            .headers()
            .get("content-type")
            .is_some_and(|kind| kind == "application/problem+json");
        assert_eq!(problem, response.status().as_u16() >= 400);
        let text = response.body_mut().read_to_string().unwrap();
        (
            response.status().as_u16(),
            serde_json::from_str(&text).unwrap_or(Value::Null),
        )
    })
    .await
    .unwrap()
}

pub async fn post(network: &Network, path: &str, body: Value) -> (u16, Value) {
    call(network, "POST", path, body).await
}

pub async fn get(network: &Network, path: &str) -> (u16, Value) {
    call(network, "GET", path, Value::Null).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trust_names_the_socket_and_the_root_key() {
    let network = network().await;
    let (status, trust) = get(&network, "/trust").await;
    assert_eq!(status, 200);
    assert_eq!(trust["websocket"], json!(network.ws_url()));
    let key = trust["root_public_key"].as_str().unwrap();
    assert_eq!(key.len(), 64);
    let first = format!("{:02x}", network.root_public_key()[0]);
    assert!(key.starts_with(&first));
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn phones_are_created_once_and_listed() {
    let network = network().await;
    let ana = json!({"number":"5511999990009","name":"Ana","auto_reply":false});
    let (status, made) = post(&network, "/phones", ana.clone()).await;
    assert_eq!(status, 201);
    assert_eq!(made["number"], "5511999990009");
    assert_eq!(made["jid"], "5511999990009@s.whatsapp.net");
    assert!(made["lid"].as_str().is_some_and(|lid| !lid.is_empty()));
    assert_eq!(post(&network, "/phones", ana).await.0, 409);
    assert_eq!(post(&network, "/phones", json!({"number":"abc"})).await.0, 422);
    let (_, listed) = get(&network, "/phones").await;
    let phones = listed["phones"].as_array().unwrap();
    assert_eq!(phones.len(), 4);
    let ana = phones.iter().find(|phone| phone["name"] == "Ana").unwrap();
    assert_eq!(ana["online"], true);
    assert_eq!(ana["linked_devices"], json!([]));
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_companion_is_linked_and_unlinked() {
    let network = network().await;
    let companion = Companion::start(&network).await;
    let qr = companion.qr().await;
    let scan = format!("/phones/{BUSINESS}/scan");
    assert_eq!(post(&network, &scan, json!({"qr":"no code"})).await.0, 422);
    let stale = qr.replacen('@', "@x", 1);
    assert_eq!(post(&network, &scan, json!({ "qr": stale })).await.0, 422);
    let (status, linked) = post(&network, &scan, json!({ "qr": qr })).await;
    assert_eq!((status, &linked["device_id"]), (200, &json!(1)));
    companion.connected().await;
    assert_eq!(post(&network, &scan, json!({ "qr": qr })).await.0, 422);
    let (_, listed) = get(&network, "/phones").await;
    let phones = listed["phones"].as_array().unwrap();
    let business = phones.iter().find(|phone| phone["number"] == BUSINESS).unwrap();
    assert_eq!(business["linked_devices"][0]["id"], 1);
    assert_eq!(business["linked_devices"][0]["connected"], true);
    let unlink = format!("/phones/{BUSINESS}/unlink");
    assert_eq!(post(&network, &unlink, json!({"device_id":7})).await.0, 404);
    assert_eq!(post(&network, &unlink, json!({"device_id":1})).await.0, 200);
    companion
        .until("logged out", |event| matches!(event, Event::LoggedOut(_)).then_some(()))
        .await;
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_message_is_sent_and_shows_in_the_inbox() {
    let network = network().await;
    let send = format!("/phones/{CUSTOMER}/send");
    let (status, sent) = post(&network, &send, json!({"to":FRIEND,"text":"one","id":"MYID"})).await;
    assert_eq!((status, &sent["id"]), (201, &json!("MYID")));
    for (body, kind) in [
        (
            json!({"media":{"kind":"image","mime":"image/png","base64":"AAEC","caption":"c"}}),
            "image",
        ),
        (
            json!({"media":{"kind":"voice","mime":"audio/ogg","base64":"AAEC"}}),
            "voice",
        ),
        (
            json!({"media":{"kind":"document","mime":"text/plain","base64":"AAEC"}}),
            "document",
        ),
        (
            json!({"location":{"latitude":1.5,"longitude":2.5,"name":"Here"}}),
            "location",
        ),
        (json!({"contact":{"name":"Ben","number":"4915112345"}}), "contact"),
        (json!({"poll":{"question":"When?","options":["now","later"]}}), "poll"),
        (json!({"reaction":{"message_id":"MYID","emoji":"👍"}}), "reaction"),
        (json!({"reply":{"message_id":"MYID"},"text":"two"}), "text"),
        (json!({"edit":{"message_id":"MYID"},"text":"uno"}), "edit"),
        (json!({"delete":{"message_id":"MYID"}}), "delete"),
    ] {
        let mut body = body;
        body["to"] = json!(FRIEND);
        let (status, sent) = post(&network, &send, body).await;
        assert_eq!(status, 201, "{kind}: {sent}");
        let id = sent["id"].as_str().unwrap().to_owned();
        let seen = crate::support::inbox_until(&network, FRIEND, |message| message.id == id).await;
        assert_eq!((seen.kind.as_str(), seen.copies), (kind, 1));
        assert_eq!(seen.from, CUSTOMER);
    }
    let (_, inbox) = get(&network, &format!("/phones/{FRIEND}/inbox?after=1")).await;
    let messages = inbox["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 10);
    assert_eq!(messages[0]["seq"], 2);
    let digest = messages[0]["media_sha256"].as_str().unwrap();
    assert_eq!(
        digest,
        "ae4b3280e56e2faf83f414a6e3dabe9d5fbe18976544c05fed121accb85b53fc"
    );
    let stranger = json!({"to":"4900000000","text":"hello"});
    assert_eq!(post(&network, &send, stranger).await.0, 422);
    assert_eq!(post(&network, &send, json!({"to":FRIEND})).await.0, 422);
    assert_eq!(
        post(&network, "/phones/499999999/send", json!({"to":FRIEND,"text":"x"}))
            .await
            .0,
        404
    );
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offline_phone_gets_waiting_messages_and_a_repeated_id_is_a_copy() {
    let network = network().await;
    let online = format!("/phones/{FRIEND}/online");
    assert_eq!(post(&network, &online, json!({"online":false})).await.0, 200);
    let send = format!("/phones/{CUSTOMER}/send");
    for _ in 0..2 {
        post(&network, &send, json!({"to":FRIEND,"text":"later","id":"SAME"})).await;
    }
    assert_eq!(get(&network, "/stats").await.1["queued"], 2);
    let (_, inbox) = get(&network, &format!("/phones/{FRIEND}/inbox")).await;
    assert_eq!(inbox["messages"], json!([]));
    assert_eq!(post(&network, &online, json!({"online":true})).await.0, 200);
    crate::support::inbox_until(&network, FRIEND, |message| message.copies == 2).await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_faults_typing_and_receipts_are_accepted() {
    let network = network().await;
    let members = json!({"subject":"Team","owner":CUSTOMER,"members":[BUSINESS, FRIEND]});
    let (status, group) = post(&network, "/groups", members).await;
    assert_eq!(status, 201);
    let jid = group["jid"].as_str().unwrap().to_owned();
    let text = json!({"to":jid,"text":"all"});
    assert_eq!(post(&network, &format!("/phones/{FRIEND}/send"), text).await.0, 201);
    assert_eq!(text_arrives(&network, CUSTOMER, "all").await.chat, jid);
    let (status, fault) = post(&network, "/faults", json!({"session":null,"kind":"drop","count":1})).await;
    assert_eq!(status, 201);
    assert!(!fault["id"].is_null());
    assert_eq!(post(&network, "/faults", json!({"kind":"melt"})).await.0, 400);
    assert_eq!(call(&network, "DELETE", "/faults", Value::Null).await.0, 200);
    let typing = json!({"to":CUSTOMER,"state":"composing"});
    assert_eq!(post(&network, &format!("/phones/{FRIEND}/typing"), typing).await.0, 200);
    let receipts = json!({"mode":"read","delay_ms":5});
    assert_eq!(
        post(&network, &format!("/phones/{FRIEND}/receipts"), receipts).await.0,
        200
    );
    assert_eq!(get(&network, "/nothing").await.0, 404);
    let (_, stats) = get(&network, "/stats").await;
    for counter in [
        "connections",
        "logins",
        "messages_relayed",
        "duplicate_ids",
        "decrypt_failures",
        "queued",
        "bytes",
    ] {
        assert!(stats[counter].is_u64(), "{counter}");
    }
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_reset_with_a_seed_everything_repeats() {
    let network = network().await;
    let mut runs = Vec::new();
    for _ in 0..2 {
        assert_eq!(post(&network, "/reset", json!({"seed":5})).await.0, 200);
        assert_eq!(get(&network, "/phones").await.1["phones"], json!([]));
        let mut run = Vec::new();
        for number in [CUSTOMER, FRIEND] {
            run.push(post(&network, "/phones", json!({"number":number,"name":"X"})).await.1);
        }
        for text in ["one", "two"] {
            let sent = post(
                &network,
                &format!("/phones/{CUSTOMER}/send"),
                json!({"to":FRIEND,"text":text}),
            )
            .await;
            run.push(sent.1);
        }
        runs.push(run);
    }
    assert_eq!(runs[0], runs[1]);
    post(&network, "/reset", json!({"seed":6})).await;
    let other = post(&network, "/phones", json!({"number":CUSTOMER,"name":"X"})).await.1;
    assert_ne!(other["lid"], runs[0][0]["lid"]);
    network.stop().await;
}
