//! Strangers who guess passwords: whom they throttle, and whom they do not.

use serde_json::json;

use crate::support::app::Person;
use crate::support::{Browser, PASSWORD, Reply, TestApp};

const NEW: &str = "copper kettle under snow";

/// `/login` from this address.
async fn log_in_from(browser: &Browser, address: &str, email: &str, password: &str) -> Reply {
    let headers = [("sec-fetch-site", "same-origin"), ("x-forwarded-for", address)];
    let form = [("email", email), ("password", password)];
    browser.post_raw("/login", &form, &headers).await
}

/// Wrong passwords from eight networks, until even a right one must wait.
async fn hammer(app: &TestApp, email: &str) {
    for network in 0..8 {
        let address = format!("198.51.{network}.7");
        for _ in 0..5 {
            log_in_from(&app.anonymous(), &address, email, "guess").await;
        }
    }
    let waits = log_in_from(&app.anonymous(), "203.0.113.9", email, PASSWORD).await;
    waits.expect(429);
}

async fn stage() -> (TestApp, Person) {
    let app = TestApp::behind_proxy().await;
    let owner = app.owner("Shop").await;
    hammer(&app, &owner.email).await;
    (app, owner)
}

#[tokio::test]
async fn a_known_browser_can_log_in_while_strangers_must_wait() {
    let (app, owner) = stage().await;
    let away = "192.0.2.33";
    owner.browser.post("/logout", &[]).await.expect(303);
    log_in_from(&owner.browser, away, &owner.email, "guess")
        .await
        .expect(422);
    log_in_from(&owner.browser, away, &owner.email, PASSWORD)
        .await
        .expect(303);
    // The cookie does not bypass the limit: its own guesses are counted.
    for _ in 0..5 {
        log_in_from(&owner.browser, away, &owner.email, "guess")
            .await
            .expect(422);
    }
    log_in_from(&owner.browser, away, &owner.email, PASSWORD)
        .await
        .expect(429);
    // Nor does it help with somebody else's account.
    let other = app.owner("Other").await;
    hammer(&app, &other.email).await;
    log_in_from(&owner.browser, "192.0.2.34", &other.email, PASSWORD)
        .await
        .expect(429);
}

#[tokio::test]
async fn a_program_in_a_known_network_can_log_in_while_strangers_must_wait() {
    let (app, owner) = stage().await;
    let body = json!({ "email": owner.email, "password": PASSWORD });
    let from = |address: &'static str| {
        let (api, body) = (app.api(), body.to_string());
        let headers = [("content-type", "application/json"), ("x-forwarded-for", address)];
        async move { api.send("POST", "/v1/auth/login", &headers, &body).await }
    };
    from("203.0.113.10").await.problem(429, "too-many-attempts");
    // The owner has logged in from this network before, with a program of this name.
    app.api().post("/v1/auth/login", body.clone()).await.expect(200);
}

#[tokio::test]
async fn strangers_do_not_throttle_the_settings_of_a_logged_in_person() {
    let (app, owner) = stage().await;
    let change = [("current_password", PASSWORD), ("new_password", NEW)];
    owner.browser.post("/settings/password", &change).await.expect(303);
    let begun = [("password", NEW)];
    owner
        .browser
        .post("/settings/security/second-factor/begin", &begun)
        .await
        .expect(303);
    drop(app);
}

#[tokio::test]
async fn emails_of_one_kind_do_not_use_up_the_limit_of_another() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let form = [("email", owner.email.as_str()), ("password", NEW)];
    for _ in 0..4 {
        app.anonymous().post("/register", &form).await.expect(303);
    }
    app.anonymous()
        .post("/forgot", &[("email", &owner.email)])
        .await
        .expect(303);
    app.settle().await;
    let emails = app.emails_to(&owner.email).await;
    let subjects: Vec<_> = emails.iter().map(|email| email.subject.as_str()).collect();
    assert_eq!(emails.len(), 4, "three of one kind and one of another: {subjects:?}");
    assert!(emails.last().unwrap().link().starts_with("/reset/"), "{subjects:?}");
}
