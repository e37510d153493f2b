//! What a team shares, and messages for later, by the API.

use std::time::Duration;

use serde_json::{Value, json};
use wamanager::accounts::MemberRole;

use crate::support::{TestApp, World};

const SHOP: &str = "351910000001";
const ANA: &str = "5511999990001";

#[tokio::test]
async fn notes_labels_and_quick_replies_are_kept_by_the_api() {
    let app = TestApp::new().await;
    let owner = app.owner("Corner").await;
    let ids = app.one_of_each(&owner).await;
    let api = app.api_of(&owner.email).await;
    let path = format!("/v1/sessions/{}/chats/{}", ids["session"], ids["chat"]);

    let labels = api.get("/v1/labels").await.expect(200).json();
    let label = labels["data"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(label, ids["label"].as_str());
    let one = format!("{path}/labels/{label}");
    for _ in 0..2 {
        let labelled = api.put(&one, json!({})).await.expect(200).json();
        assert_eq!(labelled["labels"][0]["id"], label);
    }
    let bare = api.delete(&one, None).await.expect(200).json();
    assert_eq!(bare["labels"], json!([]));

    let notes = format!("{path}/notes");
    let made = api.post(&notes, json!({ "text": "wants two" })).await.expect(201);
    let at = made.header("location").to_owned();
    let made = made.json();
    assert_eq!((&made["text"], &made["edited_at"]), (&json!("wants two"), &Value::Null));
    api.post(&notes, json!({ "text": " " })).await.problem(422, "invalid");
    let edited = api.put(&at, json!({ "text": "wants three" })).await.expect(200).json();
    assert!(edited["edited_at"].is_string(), "{edited}");
    let first = api.get(&format!("{notes}?limit=1")).await.expect(200).json();
    assert_eq!(first["data"][0], edited);
    let next = first["next_cursor"].as_str().unwrap();
    let rest = api.get(&format!("{notes}?cursor={next}")).await.expect(200).json();
    assert_eq!(rest["data"][0]["id"], ids["note"].as_str());
    // Only its author changes a note.
    let agent = app.member(&owner.workspace, MemberRole::Agent).await;
    let other = app.api_of(&agent.email).await;
    other.put(&at, json!({ "text": "no" })).await.problem(403, "role");
    other.delete(&at, None).await.problem(403, "role");
    api.delete(&at, None).await.expect(204);
    api.get(&at).await.problem(404, "not-found");

    let new = json!({ "shortcut": "/hours", "text": "9 to 6" });
    let made = api.post("/v1/quick-replies", new.clone()).await.expect(201).json();
    assert_eq!(made["shortcut"], "hours");
    api.post("/v1/quick-replies", new).await.problem(422, "invalid");
    let at = format!("/v1/quick-replies/{}", made["id"].as_str().unwrap());
    let changed = json!({ "shortcut": "hours", "text": "10 to 6" });
    assert_eq!(api.put(&at, changed).await.expect(200).json()["text"], "10 to 6");
    let first = api.get("/v1/quick-replies?limit=1").await.expect(200).json();
    let next = first["next_cursor"].as_str().unwrap();
    let rest = api
        .get(&format!("/v1/quick-replies?cursor={next}"))
        .await
        .expect(200)
        .json();
    assert_ne!(first["data"][0]["id"], rest["data"][0]["id"]);
    api.delete(&at, None).await.expect(204);
    api.get(&at).await.problem(404, "not-found");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_scheduled_changed_and_cancelled_by_the_api() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    let (pages, api) = world.api().await;
    world.write(ANA, SHOP, "hello").await;
    let to = world.stored("hello").await.0.public_id;
    let path = format!("/v1/sessions/{session}/scheduled");
    let at = |hours: u64| {
        let at = world.app.clock.now().plus(Duration::from_secs(3600 * hours));
        at.to_utc().to_rfc3339()
    };
    let poll = json!({ "to": to, "type": "poll", "poll": { "question": "Rye?", "options": ["Yes", "No"] } });
    let made = api
        .post(&path, json!({ "send_at": at(1), "message": poll }))
        .await
        .expect(201);
    let one = made.header("location").to_owned();
    let made = made.json();
    assert_eq!(
        (&made["type"], &made["text"], &made["failure"]),
        (&json!("poll"), &json!("Rye?"), &Value::Null)
    );
    let listed = api.get(&path).await.expect(200).json();
    assert_eq!(listed["data"][0], made);
    let later = api.put(&one, json!({ "send_at": at(2) })).await.expect(200).json();
    assert_ne!(later["send_at"], made["send_at"]);
    let text = json!({ "to": to, "type": "text", "text": { "body": "x" } });
    for (send_at, message) in [
        ("2020-01-01T00:00:00Z".to_owned(), text.clone()),
        ("soon".to_owned(), text),
        (
            at(1),
            json!({ "type": "reaction", "reaction": { "message": "msg_x", "emoji": "👍" } }),
        ),
    ] {
        let refused = api.post(&path, json!({ "send_at": send_at, "message": message })).await;
        assert!(matches!(refused.status, 404 | 422), "{}", refused.status);
    }
    api.delete(&one, None).await.expect(204);
    api.get(&one).await.problem(404, "not-found");
    assert_eq!(api.get(&path).await.expect(200).json()["data"], json!([]));
    pages.stop().await;
    world.end().await;
}
