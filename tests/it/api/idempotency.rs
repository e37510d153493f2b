//! A repeated request acts once.

use std::time::Duration;

use serde_json::{Value, json};
use wamanager::accounts::{Installation, MOST_FREE_WORKSPACES};
use wamanager::audit::Admin;

use crate::support::{Api, JSON, Reply, TestApp};

async fn make(api: &Api, key: &str, name: &str) -> Reply {
    let body = json!({ "name": name, "time_zone": "UTC", "country": "DE" }).to_string();
    api.send("POST", "/v1/workspaces", &[JSON, ("idempotency-key", key)], &body)
        .await
}

async fn names(api: &Api) -> Vec<String> {
    let page = api.get("/v1/workspaces?limit=100").await.expect(200).json();
    let name = |place: &Value| place["name"].as_str().unwrap().to_owned();
    page["data"].as_array().unwrap().iter().map(name).collect()
}

/// The tests create workspaces, and more of them than a person usually may have.
async fn app_of_many_workspaces() -> TestApp {
    let app = TestApp::new().await;
    let many = Installation {
        free_workspaces: MOST_FREE_WORKSPACES,
        ..app.accounts.installation().await.unwrap()
    };
    let set = app.accounts.set_installation(Admin::operator(), many).await;
    set.unwrap();
    app
}

#[tokio::test]
async fn a_request_that_is_sent_again_gets_its_first_answer() {
    let app = app_of_many_workspaces().await;
    let owner = app.owner("Shop").await;
    let api = app.api_of(&owner.email).await;
    let first = make(&api, "a1", "Second").await.expect(201);
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = make(&api, "a1", "Second").await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(first.body, again.body);
    make(&api, "a1", "Third").await.problem(422, "idempotency-mismatch");
    let elsewhere = [JSON, ("idempotency-key", "a1")];
    api.send("POST", "/v1/auth/logout", &elsewhere, "{}")
        .await
        .problem(422, "idempotency-mismatch");
    assert_eq!(names(&api).await.len(), 2);
    // The same key of another person is a different key.
    let other = app.owner("Other").await;
    make(&app.api_of(&other.email).await, "a1", "Second").await.expect(201);
    app.clock.advance(Duration::from_secs(24 * 60 * 60));
    let api = app.api_of(&owner.email).await;
    make(&api, "a1", "Third").await.expect(201);
    assert_eq!(names(&api).await.len(), 3);
}

#[tokio::test]
async fn two_at_the_same_time_have_one_effect() {
    let app = app_of_many_workspaces().await;
    let owner = app.owner("Shop").await;
    let api = app.api_of(&owner.email).await;
    for round in 0..10 {
        let key = format!("race-{round}");
        let name = format!("Race {round}");
        let (a, b) = tokio::join!(make(&api, &key, &name), make(&api, &key, &name));
        for reply in [a, b] {
            if reply.status == 409 {
                reply.problem(409, "idempotency-in-flight");
            } else {
                reply.expect(201);
            }
        }
        let made = names(&api).await.iter().filter(|made| **made == name).count();
        assert_eq!(made, 1, "{name}");
    }
}

#[tokio::test]
async fn a_refused_request_may_be_retried_with_the_same_key() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let api = app.api_of(&owner.email).await;
    make(&api, "b1", " ").await.problem(422, "invalid");
    make(&api, "b1", "Fine").await.expect(201);
}

#[tokio::test]
async fn secrets_are_returned_again_and_are_sealed_at_rest() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    app.put_on_plan(&owner, "business").await;
    let api = app.api_of(&owner.email).await;
    let body = json!({ "name": "Till", "scopes": ["account:read"] }).to_string();
    let headers = [JSON, ("idempotency-key", "k")];
    let first = api
        .send("POST", "/v1/api-keys", &headers, &body)
        .await
        .expect(201)
        .json();
    let again = api
        .send("POST", "/v1/api-keys", &headers, &body)
        .await
        .expect(201)
        .json();
    assert_eq!(first, again);
    let secret = first["secret"].as_str().unwrap().to_owned();
    let kept: Vec<u8> = app
        .app
        .db
        .read(|c| Ok::<_, wamanager::db::DbError>(c.query_row("SELECT answer FROM idempotency", [], |row| row.get(0))?))
        .await
        .unwrap();
    assert!(
        kept.len() > 100 && !kept.windows(9).any(|part| part == b"wam_live_"),
        "{}",
        secret.len()
    );
}

#[tokio::test]
async fn a_key_that_cannot_be_one_is_refused() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let api = app.api_of(&owner.email).await;
    let long = "x".repeat(256);
    for key in ["", "two words", long.as_str()] {
        make(&api, key, "Second").await.problem(400, "bad-parameter");
    }
    assert_eq!(names(&api).await.len(), 1);
}
