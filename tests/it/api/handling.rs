//! What a team does with a chat, by the API.

use std::time::Duration;

use serde_json::{Value, json};
use wamanager::chats::NewLabel;

use crate::support::World;

const SHOP: &str = "351910000001";
const ANA: &str = "5511999990001";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_is_assigned_labelled_snoozed_and_resolved_by_the_api() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    let (pages, api) = world.api().await;
    world.write(ANA, SHOP, "hello").await;
    let chat = world.stored("hello").await.0.public_id;
    let path = format!("/v1/sessions/{session}/chats/{chat}");
    let shown = api.get(&format!("{path}/handling")).await.expect(200).json();
    assert_eq!(
        (&shown["state"], &shown["assignee"], &shown["labels"]),
        (&json!("open"), &Value::Null, &json!([]))
    );

    let me = api.get("/v1/users/me").await.expect(200).json()["id"].clone();
    let assigned = api
        .post(&format!("{path}/assign"), json!({ "member": me }))
        .await
        .expect(200)
        .json();
    assert_eq!(assigned["assignee"]["id"], me);
    let stranger = json!({ "member": wamanager::ids::PublicId::new("usr") });
    api.post(&format!("{path}/assign"), stranger)
        .await
        .problem(422, "invalid");
    let freed = api
        .post(&format!("{path}/assign"), json!({ "member": null }))
        .await
        .expect(200)
        .json();
    assert_eq!(freed["assignee"], Value::Null);

    let new = NewLabel {
        name: "Urgent".into(),
        colour: "red".into(),
    };
    let label = world.app.handling.create_label(world.scope, &new).await.unwrap();
    let labels = format!("{path}/labels");
    let labelled = api.put(&labels, json!({ "labels": [label] })).await.expect(200).json();
    assert_eq!(labelled["labels"][0]["name"], "Urgent");
    api.put(&labels, json!({ "labels": ["lbl_unknown"] }))
        .await
        .problem(422, "invalid");
    let bare = api.put(&labels, json!({ "labels": [] })).await.expect(200).json();
    assert_eq!(bare["labels"], json!([]));

    let later = world
        .app
        .clock
        .now()
        .plus(Duration::from_secs(3600))
        .to_utc()
        .to_rfc3339();
    let snoozed = api
        .post(&format!("{path}/snooze"), json!({ "until": later }))
        .await
        .expect(200)
        .json();
    assert_eq!(snoozed["state"], "snoozed");
    for wrong in ["2020-01-01T00:00:00Z", "tomorrow"] {
        api.post(&format!("{path}/snooze"), json!({ "until": wrong }))
            .await
            .problem(422, "invalid");
    }
    let resolved = api.post(&format!("{path}/resolve"), json!({})).await.expect(200).json();
    assert_eq!(
        (&resolved["state"], &resolved["snoozed_until"]),
        (&json!("resolved"), &Value::Null)
    );
    let opened = api.post(&format!("{path}/reopen"), json!({})).await.expect(200).json();
    assert_eq!(opened["state"], "open");
    pages.stop().await;
    world.end().await;
}
