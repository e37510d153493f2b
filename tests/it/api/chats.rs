//! Chats by the API: listed, read, and what the other side sees of it.

use serde_json::{Value, json};
use wa_network::phone::{Content, MessageStatus};

use crate::support::{World, fields, within};

const SHOP: &str = "351910000001";
const ANA: &str = "5511999990001";
const BO: &str = "5511999990002";

/// Waits until the phone shows something.
async fn shows(world: &World, number: &str, what: &str, look: impl Fn() -> bool) {
    let mut ticks = world.phones().watch(number).unwrap();
    let looking = async {
        loop {
            ticks.borrow_and_update();
            if look() {
                return;
            }
            ticks.changed().await.expect("the phone is there");
        }
    };
    within(&format!("{number} shows {what}"), looking).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chats_are_listed_by_their_newest_message_and_marked_as_read() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    world.phone(BO, "Bo");
    let (pages, api) = world.api().await;
    let path = format!("/v1/sessions/{session}/chats");
    assert_eq!(api.get(&path).await.expect(200).json()["data"], json!([]));
    world.write(ANA, SHOP, "one").await;
    world.stored("one").await;
    let wa_id = world.write(BO, SHOP, "two").await;
    world.stored("two").await;
    let list = api.get(&format!("{path}?limit=1")).await.expect(200).json();
    let cursor = list["next_cursor"].as_str().unwrap();
    let rest = api
        .get(&format!("{path}?limit=1&cursor={cursor}"))
        .await
        .expect(200)
        .json();
    assert!(rest["next_cursor"].is_null());
    let mut rows = [&list["data"][0], &rest["data"][0]];
    rows.sort_by_key(|row| row["name"].to_string());
    let (ana, bo) = (rows[0], rows[1]);
    assert_eq!(
        (
            &ana["name"],
            &ana["phone"],
            &ana["unread"],
            &ana["last_message"]["text"]
        ),
        (&json!("Ana"), &json!(format!("+{ANA}")), &json!(1), &json!("one"))
    );
    assert!(ana["lid"].as_str().unwrap().ends_with("@lid"), "{ana}");
    let found = api
        .get(&format!("{path}?search=bo&unread=true"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (found["data"].as_array().unwrap().len(), &found["data"][0]["id"]),
        (1, &bo["id"])
    );

    let own = format!("{path}/{}", bo["id"].as_str().unwrap());
    api.post(&format!("{own}/read"), json!({})).await.expect(204);
    assert_eq!(api.get(&own).await.expect(200).json()["unread"], 0);
    let unread = api.get(&format!("{path}?unread=true")).await.expect(200).json();
    assert_eq!(
        (unread["data"].as_array().unwrap().len(), &unread["data"][0]["id"]),
        (1, &ana["id"])
    );
    // The sender sees it, too.
    shows(&world, BO, "that it was read", || {
        let thread = world.phones().conversation(BO, SHOP).unwrap();
        thread
            .iter()
            .any(|message| message.id == wa_id && message.status == MessageStatus::Read)
    })
    .await;
    let typing = json!({ "state": "typing" });
    api.post(&format!("{own}/typing"), typing).await.expect(204);
    shows(&world, BO, "that somebody is typing", || {
        !world.phones().typing_of(BO).unwrap().is_empty()
    })
    .await;
    for state in ["recording", "paused"] {
        api.post(&format!("{own}/typing"), json!({ "state": state }))
            .await
            .expect(204);
    }
    let problem = api.post(&format!("{own}/typing"), json!({ "state": "asleep" })).await;
    assert_eq!(fields(&problem.problem(400, "malformed-body")), ["state"]);
    pages.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_a_chat_whose_members_are_named_by_both_addresses() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    let group = world.phones().create_group(ANA, "Bakers", &[SHOP.to_owned()]).unwrap();
    let (pages, api) = world.api().await;
    world
        .phones()
        .send(ANA, &group.jid, Content::Text("hello all".into()))
        .await
        .unwrap();
    world.stored("hello all").await;
    let list = api
        .get(&format!("/v1/sessions/{session}/chats"))
        .await
        .expect(200)
        .json();
    let chat = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["type"] == "group")
        .unwrap();
    assert!(chat["address"].as_str().unwrap().ends_with("@g.us"), "{chat}");
    assert_eq!(
        (&chat["phone"], &chat["lid"], &chat["contact"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let path = format!(
        "/v1/sessions/{session}/chats/{}/messages?type=text",
        chat["id"].as_str().unwrap()
    );
    let messages = api.get(&path).await.expect(200).json();
    let said = &messages["data"][0];
    assert_eq!(
        (&said["text"]["body"], &said["from"]["name"]),
        (&json!("hello all"), &json!("Ana"))
    );
    assert_eq!(said["from"]["phone"], format!("+{ANA}"));
    assert!(said["from"]["lid"].as_str().unwrap().ends_with("@lid"), "{said}");
    pages.stop().await;
    world.end().await;
}
