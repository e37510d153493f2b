//! Registration, log-in, and the lifetime of tokens.

use std::time::Duration;

use serde_json::json;
use wamanager::accounts::MemberRole;

use crate::support::{PASSWORD, TestApp};

fn registration(email: &str) -> serde_json::Value {
    json!({
        "name": "Ada", "email": email, "password": PASSWORD,
        "workspace": "Corner Shop", "time_zone": "Europe/Berlin", "country": "de",
    })
}

#[tokio::test]
async fn a_program_registers_confirms_the_address_and_logs_in() {
    let (app, email) = (TestApp::new().await, "ada@example.com");
    let api = app.api();
    api.post("/v1/auth/register", registration(email)).await.expect(202);
    let body = json!({ "email": email, "password": PASSWORD });
    api.post("/v1/auth/login", body.clone())
        .await
        .problem(403, "email-not-verified");
    let link = app.emails_to(email).await.last().unwrap().link();
    let token = link.rsplit('/').next().unwrap();
    let user = api
        .get(&format!("/v1/auth/verify-email/{token}"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (user["email"].as_str(), user["verified"].as_bool()),
        (Some(email), Some(true))
    );
    let tokens = api.post("/v1/auth/login", body).await.expect(200);
    assert_eq!(tokens.header("cache-control"), "no-store");
    let tokens = tokens.json();
    assert_eq!(
        (tokens["token_type"].as_str(), tokens["expires_in"].as_u64()),
        (Some("Bearer"), Some(900))
    );
    let me = api
        .with(tokens["access_token"].as_str().unwrap())
        .get("/v1/users/me")
        .await
        .expect(200)
        .json();
    assert_eq!(me["workspace"]["name"], "Corner Shop");
    assert_eq!(me["workspace"]["country"], "DE");
}

#[tokio::test]
async fn registering_names_wrong_fields_as_the_request_does() {
    let app = TestApp::new().await;
    let body = json!({
        "name": " ", "email": "nobody", "password": "password",
        "workspace": "", "time_zone": "Nowhere/City", "country": "Germany",
    });
    let problem = app.api().post("/v1/auth/register", body).await.problem(422, "invalid");
    let mut fields = crate::support::fields(&problem);
    fields.sort_unstable();
    assert_eq!(
        fields,
        ["country", "email", "name", "password", "time_zone", "workspace"]
    );
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_the_same() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let mut answers = Vec::new();
    for email in [owner.email.as_str(), "nobody@example.com"] {
        let body = json!({ "email": email, "password": "not this one" });
        let mut problem = app
            .api()
            .post("/v1/auth/login", body)
            .await
            .problem(422, "wrong-credentials");
        problem["request_id"] = json!(null);
        answers.push(problem);
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_a_code_is_enough() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let api = app.api_of(&owner.email).await;
    let path = "/v1/users/me/second-factor";
    api.post(path, json!({ "password": "wrong" }))
        .await
        .problem(422, "invalid");
    let enrolment = api.post(path, json!({ "password": PASSWORD })).await.expect(201).json();
    let totp = totp_rs::Totp::from_url(enrolment["uri"].as_str().unwrap()).unwrap();
    let code = |app: &TestApp| {
        totp.generate(u64::try_from(app.clock.now().0 / 1000).unwrap())
            .to_string()
    };
    api.put(path, json!({ "code": "000000" }))
        .await
        .problem(422, "wrong-code");
    let codes = api.put(path, json!({ "code": code(&app) })).await.expect(200).json();
    assert!(codes["recovery_codes"].as_array().unwrap().len() >= 8);
    assert_eq!(api.get(path).await.expect(200).json()["on"], true);

    let body = json!({ "email": owner.email, "password": PASSWORD });
    app.api()
        .post("/v1/auth/login", body.clone())
        .await
        .problem(422, "second-factor-required");
    let mut with_code = body;
    with_code["code"] = json!("123123");
    app.api()
        .post("/v1/auth/login", with_code.clone())
        .await
        .problem(422, "wrong-code");
    app.clock.advance(Duration::from_secs(60));
    with_code["code"] = json!(code(&app));
    app.api().post("/v1/auth/login", with_code.clone()).await.expect(200);
    // A code works once.
    app.api()
        .post("/v1/auth/login", with_code)
        .await
        .problem(422, "wrong-code");
    app.clock.advance(Duration::from_secs(60));
    let off = json!({ "password": PASSWORD, "code": code(&app) });
    api.delete(path, Some(off)).await.expect(204);
    assert_eq!(api.get(path).await.expect(200).json()["on"], false);
}

#[tokio::test]
async fn a_refresh_token_is_exchanged_once_and_its_second_use_ends_the_login() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let first = app.tokens(&owner.email).await;
    let trade = |token: &serde_json::Value| {
        let (api, body) = (app.api(), json!({ "refresh_token": token }));
        async move { api.post("/v1/auth/refresh-token", body).await }
    };
    let second = trade(&first["refresh_token"]).await.expect(200).json();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    // Both access tokens belong to the same login, so both are valid.
    for tokens in [&first, &second] {
        let api = app.api().with(tokens["access_token"].as_str().unwrap());
        api.get("/v1/users/me").await.expect(200);
    }
    let before = app.emails_to(&owner.email).await.len();
    app.clock.advance(past_the_window());
    trade(&first["refresh_token"]).await.problem(401, "token-reused");
    for tokens in [&first, &second] {
        let api = app.api().with(tokens["access_token"].as_str().unwrap());
        api.get("/v1/users/me").await.problem(401, "invalid-token");
    }
    trade(&second["refresh_token"])
        .await
        .problem(401, "invalid-refresh-token");
    assert_eq!(
        app.emails_to(&owner.email).await.len(),
        before + 1,
        "the owner is notified"
    );
    // The browser is a separate login and stays.
    owner.browser.get("/settings").await.expect(200);
}

/// Longer than two legitimate concurrent requests are apart.
const fn past_the_window() -> Duration {
    Duration::from_secs(11)
}

#[tokio::test]
async fn two_concurrent_requests_with_one_refresh_token_are_one_exchange() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let tokens = app.tokens(&owner.email).await;
    let (api, body) = (app.api(), json!({ "refresh_token": tokens["refresh_token"] }));
    let (a, b) = tokio::join!(
        api.post("/v1/auth/refresh-token", body.clone()),
        api.post("/v1/auth/refresh-token", body)
    );
    let (a, b) = (a.expect(200).json(), b.expect(200).json());
    assert_eq!(a["refresh_token"], b["refresh_token"], "one exchange, answered twice");
    for tokens in [&a, &b] {
        let api = app.api().with(tokens["access_token"].as_str().unwrap());
        api.get("/v1/users/me").await.expect(200);
    }
}

#[tokio::test]
async fn a_request_seconds_late_gets_the_newest_refresh_token() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let first = app.tokens(&owner.email).await["refresh_token"].clone();
    let trade = |token: &serde_json::Value| {
        let (api, body) = (app.api(), json!({ "refresh_token": token }));
        async move { api.post("/v1/auth/refresh-token", body).await }
    };
    let second = trade(&first).await.expect(200).json()["refresh_token"].clone();
    let third = trade(&second).await.expect(200).json()["refresh_token"].clone();
    app.clock.advance(Duration::from_secs(9));
    assert_eq!(trade(&first).await.expect(200).json()["refresh_token"], third);
    let emails = app.emails_to(&owner.email).await.len();
    app.clock.advance(Duration::from_secs(1));
    // After this long a client has either stored the token or stolen it.
    trade(&first).await.problem(401, "token-reused");
    trade(&third).await.problem(401, "invalid-refresh-token");
    assert_eq!(app.emails_to(&owner.email).await.len(), emails + 1);
}

#[tokio::test]
async fn wrong_codes_of_a_program_are_reported_by_mail_as_on_the_page() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let api = app.api_of(&owner.email).await;
    let path = "/v1/users/me/second-factor";
    let enrolment = api.post(path, json!({ "password": PASSWORD })).await.expect(201).json();
    let totp = totp_rs::Totp::from_url(enrolment["uri"].as_str().unwrap()).unwrap();
    let now = |app: &TestApp| u64::try_from(app.clock.now().0 / 1000).unwrap();
    let code = totp.generate(now(&app)).to_string();
    api.put(path, json!({ "code": code })).await.expect(200);
    let told = |emails: Vec<crate::support::app::EmailDraft>| {
        let known = |email: &&crate::support::app::EmailDraft| email.subject == "Someone knows your password";
        emails.iter().filter(known).count()
    };
    for tried in 1..=5 {
        let code: u32 = totp.generate(now(&app)).to_string().parse().unwrap();
        let wrong = format!("{:06}", (code + 500_000) % 1_000_000);
        let body = json!({ "email": owner.email, "password": PASSWORD, "code": wrong });
        app.api().post("/v1/auth/login", body).await.problem(422, "wrong-code");
        // Slowly: each in a separate log-in, each after the timeout of the one before.
        app.clock.advance(Duration::from_secs(6 * 60));
        let emails = told(app.emails_to(&owner.email).await);
        assert_eq!(emails, usize::from(tried == 5), "after {tried} wrong codes");
    }
}

#[tokio::test]
async fn an_address_and_a_password_are_enough_to_register() {
    let app = TestApp::new().await;
    // The installation's first workspace determines country and zone.
    app.owner("Shop").await;
    let email = "grace.hopper+wa@example.com";
    let body = json!({ "email": email, "password": PASSWORD });
    app.api().post("/v1/auth/register", body.clone()).await.expect(202);
    let link = app.emails_to(email).await.last().unwrap().link();
    let token = link.rsplit('/').next().unwrap();
    let user = app
        .api()
        .get(&format!("/v1/auth/verify-email/{token}"))
        .await
        .expect(200)
        .json();
    assert_eq!(user["name"], "Grace Hopper");
    let tokens = app.api().post("/v1/auth/login", body).await.expect(200).json();
    let workspace = &tokens["workspace"];
    assert_eq!(workspace["name"], "Grace Hopper's workspace");
    assert_eq!(
        (&workspace["time_zone"], &workspace["country"]),
        (&json!("Europe/Berlin"), &json!("DE"))
    );
    // All of it can be changed.
    let api = app.api().with(tokens["access_token"].as_str().unwrap());
    let me = api
        .put("/v1/users/me", json!({ "name": "Grace" }))
        .await
        .expect(200)
        .json();
    assert_eq!(me["name"], "Grace");
    let path = format!("/v1/workspaces/{}", workspace["id"].as_str().unwrap());
    let new = json!({ "name": "Navy", "time_zone": "America/New_York", "country": "US" });
    let changed = api.put(&path, new).await.expect(200).json();
    assert_eq!(
        (&changed["name"], &changed["time_zone"], &changed["country"]),
        (&json!("Navy"), &json!("America/New_York"), &json!("US"))
    );
    let odd = json!({ "email": "x@example.com", "password": PASSWORD, "name": null, "country": "ch" });
    app.api().post("/v1/auth/register", odd).await.expect(202);
}

#[tokio::test]
async fn tokens_expire() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let tokens = app.tokens(&owner.email).await;
    let api = app.api().with(tokens["access_token"].as_str().unwrap());
    app.clock.advance(Duration::from_secs(14 * 60 + 59));
    api.get("/v1/users/me").await.expect(200);
    app.clock.advance(Duration::from_secs(1));
    let reply = api.get("/v1/users/me").await;
    assert_eq!(
        reply.header("www-authenticate"),
        "Bearer realm=\"wamanager\", error=\"invalid_token\""
    );
    reply.problem(401, "token-expired");
    app.clock.advance(Duration::from_secs(7 * 24 * 60 * 60));
    let body = json!({ "refresh_token": tokens["refresh_token"] });
    app.api()
        .post("/v1/auth/refresh-token", body)
        .await
        .problem(401, "invalid-refresh-token");
}

#[tokio::test]
async fn logging_out_acts_at_once_here_or_everywhere() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let (one, other) = (app.api_of(&owner.email).await, app.api_of(&owner.email).await);
    one.send("POST", "/v1/auth/logout", &[], "").await.expect(204);
    one.get("/v1/users/me").await.problem(401, "invalid-token");
    other.get("/v1/users/me").await.expect(200);
    other
        .post("/v1/auth/logout", json!({ "everywhere": true }))
        .await
        .expect(204);
    other.get("/v1/users/me").await.problem(401, "invalid-token");
    owner.browser.get("/settings").await.expect(303);
}

#[tokio::test]
async fn a_changed_password_ends_other_logins_and_a_reset_all_of_them() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let (one, other) = (app.api_of(&owner.email).await, app.api_of(&owner.email).await);
    let (wrong, new) = ("not this one", "purple-lizard-drinks-tea");
    let body = |current: &str| json!({ "current_password": current, "new_password": new });
    let problem = one
        .post("/v1/users/me/password", body(wrong))
        .await
        .problem(422, "invalid");
    assert_eq!(crate::support::fields(&problem), ["current_password"]);
    one.post("/v1/users/me/password", body(PASSWORD)).await.expect(204);
    one.get("/v1/users/me").await.expect(200);
    other.get("/v1/users/me").await.problem(401, "invalid-token");

    app.api()
        .post("/v1/auth/forgot-password", json!({ "email": owner.email }))
        .await
        .expect(202);
    app.settle().await;
    let link = app.emails_to(&owner.email).await.last().unwrap().link();
    assert!(link.starts_with("/reset/"), "{link}");
    let token = link.rsplit('/').next().unwrap();
    let weak = json!({ "token": token, "password": "password" });
    app.api()
        .post("/v1/auth/reset-password", weak)
        .await
        .problem(422, "invalid");
    let body = json!({ "token": token, "password": "orange-walrus-reads-maps" });
    app.api()
        .post("/v1/auth/reset-password", body.clone())
        .await
        .expect(204);
    app.api()
        .post("/v1/auth/reset-password", body)
        .await
        .problem(410, "link-expired");
    one.get("/v1/users/me").await.problem(401, "invalid-token");
}

#[tokio::test]
async fn a_password_reset_request_does_not_reveal_who_has_an_account() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let mut answers = Vec::new();
    for email in [owner.email.as_str(), "nobody@example.com"] {
        answers.push(
            app.api()
                .post("/v1/auth/forgot-password", json!({ "email": email }))
                .await
                .expect(202)
                .body,
        );
    }
    assert_eq!(answers[0], answers[1]);
    assert!(app.emails_to("nobody@example.com").await.is_empty());
}

#[tokio::test]
async fn cookies_do_not_authenticate_the_api_nor_api_credentials_the_pages() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let cookie = format!("login={}", owner.browser.cookie("login").unwrap());
    let reply = app.api().send("GET", "/v1/users/me", &[("cookie", &cookie)], "").await;
    assert_eq!(reply.header("www-authenticate"), "Bearer realm=\"wamanager\"");
    reply.problem(401, "not-logged-in");
    let api = app.api_of(&owner.email).await;
    for path in ["/settings", "/sessions", "/events"] {
        assert_eq!(api.get(path).await.status, 303, "{path}");
    }
    let key = app.key(&owner, wamanager::access::KeyScope::ALL).await.text;
    assert_eq!(app.api().with(&key).get("/settings").await.status, 303);
    // Conversely, a token is not a cookie.
    let tokens = app.tokens(&owner.email).await;
    for token in [&tokens["access_token"], &tokens["refresh_token"]] {
        let cookie = format!("login={}", token.as_str().unwrap());
        assert_eq!(
            app.api()
                .send("GET", "/settings", &[("cookie", &cookie)], "")
                .await
                .status,
            303
        );
    }
}

#[tokio::test]
async fn a_suspended_person_is_locked_out_at_once() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let agent = app.member(&owner.workspace, MemberRole::Agent).await;
    let api = app.api_of(&agent.email).await;
    api.get("/v1/users/me").await.expect(200);
    let user = agent.scope.user;
    app.app
        .db
        .write(move |tx| {
            Ok::<_, wamanager::db::DbError>(tx.execute("UPDATE users SET suspended_at = 1 WHERE id = ?1", [user])?)
        })
        .await
        .unwrap();
    api.get("/v1/users/me").await.problem(401, "invalid-token");
    let body = json!({ "email": agent.email, "password": PASSWORD });
    app.api().post("/v1/auth/login", body).await.problem(403, "suspended");
}
