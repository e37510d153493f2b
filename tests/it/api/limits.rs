//! Rate limits of the API.

use std::time::Duration;

use serde_json::json;
use wamanager::access::KeyScope;

use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn a_caller_gets_its_remaining_limit_and_when_to_retry() {
    let app = TestApp::with_rate_limit(6).await;
    let owner = app.owner("Shop").await;
    let api = app.api_of(&owner.email).await;
    for left in (0..6).rev() {
        let reply = api.get("/v1/users/me").await.expect(200);
        assert_eq!(reply.header("ratelimit-limit"), "6");
        assert_eq!(reply.header("ratelimit-remaining"), left.to_string());
        assert_eq!(reply.header("ratelimit-reset"), (60 - left * 10).to_string());
    }
    let refused = api.get("/v1/users/me").await;
    assert_eq!(
        (refused.header("retry-after"), refused.header("ratelimit-remaining")),
        ("10", "0")
    );
    refused.problem(429, "rate-limited");
    // Logins of one person share a limit; each key has its own.
    let key = app.key(&owner, &[KeyScope::AccountRead]).await.text;
    app.api().with(&key).get("/v1/users/me").await.expect(200);
    app.clock.advance(Duration::from_secs(10));
    api.get("/v1/users/me").await.expect(200);
    api.get("/v1/users/me").await.problem(429, "rate-limited");
}

#[tokio::test]
async fn requests_without_a_credential_are_counted_by_address() {
    let app = TestApp::with_rate_limit(5).await;
    let owner = app.owner("Shop").await;
    let tokens = app.tokens(&owner.email).await;
    let body = json!({ "email": "nobody@example.com", "password": PASSWORD });
    app.api()
        .post("/v1/auth/login", body.clone())
        .await
        .problem(422, "wrong-credentials");
    app.api()
        .with("a.b.c")
        .get("/v1/users/me")
        .await
        .problem(401, "invalid-token");
    app.api()
        .with("wam_live_00000000_guess")
        .get("/v1/users/me")
        .await
        .problem(401, "invalid-key");
    app.api().get("/v1/users/me").await.problem(401, "not-logged-in");
    app.api()
        .post("/v1/auth/login", body)
        .await
        .problem(429, "rate-limited");
    app.api().get("/v1/plans").await.problem(429, "rate-limited");
    // An authenticated caller is not affected by others at the same address.
    app.api()
        .with(tokens["access_token"].as_str().unwrap())
        .get("/v1/users/me")
        .await
        .expect(200);
    // Pages have their own throttle.
    app.anonymous().get("/login").await.expect(200);
}
