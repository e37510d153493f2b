//! Set-up, log-in, log-out, settings and their guards, through the server.

use std::time::Duration;

use wamanager::accounts::{MemberRole, Password};
use wamanager::audit::Admin;

use crate::support::TestApp;
use crate::support::app::PASSWORD;

const DAY: u64 = 24 * 60 * 60;

const SETUP: &[(&str, &str)] = &[
    ("name", "Ada Lovelace"),
    ("email", "ada@example.com"),
    ("password", PASSWORD),
    ("workspace", "Corner Shop"),
    ("zone", "Africa/Cairo"),
    ("country", "EG"),
];

#[tokio::test]
async fn the_setup_link_leads_to_a_working_owner_and_then_to_nothing() {
    let app = TestApp::new().await;
    let token = app.accounts.offer_setup().await.unwrap().unwrap();
    let (path, browser) = (format!("/setup/{token}"), app.anonymous());
    let page = browser.get(&path).await.expect(200);
    assert!(page.body.contains("name=\"workspace\"") && page.body.contains("Egypt"));
    let done = browser.post(&path, SETUP).await.expect(303);
    assert_eq!(done.header("location"), "/sessions");
    let settings = browser.get("/settings").await.expect(200).body;
    assert!(settings.contains("ada@example.com") && settings.contains("Corner Shop"));
    app.anonymous().get(&path).await.expect(410);
    app.anonymous().post(&path, SETUP).await.expect(410);
}

#[tokio::test]
async fn a_refused_setup_form_comes_back_with_what_was_typed_but_not_the_password() {
    let app = TestApp::new().await;
    let token = app.accounts.offer_setup().await.unwrap().unwrap();
    let mut form = SETUP.to_vec();
    form[2] = ("password", "password123");
    form[3] = ("workspace", "");
    let page = app
        .anonymous()
        .post(&format!("/setup/{token}"), &form)
        .await
        .expect(422)
        .body;
    assert!(page.contains("value=\"ada@example.com\""));
    assert!(page.contains("Too easy to guess.") && page.contains("Write a name."));
    assert!(!page.contains("password123"));
}

#[tokio::test]
async fn without_a_login_a_visitor_is_redirected_to_the_login_page_and_back() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let browser = app.anonymous();
    let led = browser.get("/settings?tab=1").await.expect(303);
    assert_eq!(led.header("location"), "/login?next=%2Fsettings%3Ftab%3D1");
    assert!(
        browser
            .get(led.header("location"))
            .await
            .expect(200)
            .body
            .contains("value=\"/settings?tab=1\"")
    );
    let form = [
        ("email", owner.email.as_str()),
        ("password", PASSWORD),
        ("next", "/settings?tab=1"),
    ];
    let back = browser.post("/login", &form).await.expect(303);
    assert_eq!(back.header("location"), "/settings?tab=1");
    let form = [
        ("email", owner.email.as_str()),
        ("password", PASSWORD),
        ("next", "//evil.example"),
    ];
    assert_eq!(
        app.anonymous()
            .post("/login", &form)
            .await
            .expect(303)
            .header("location"),
        "/"
    );
}

#[tokio::test]
async fn a_fragment_request_without_a_login_sends_the_whole_page_to_log_in() {
    let app = TestApp::new().await;
    let headers = [
        ("hx-request", "true"),
        ("hx-request-type", "partial"),
        ("hx-current-url", "http://shop.example/chats?filter=unread#x"),
    ];
    let reply = app.anonymous().send("GET", "/settings", &headers, "").await.expect(204);
    assert_eq!(reply.header("hx-redirect"), "/login?next=%2Fchats%3Ffilter%3Dunread");
    let json = app
        .anonymous()
        .send("GET", "/settings", &[("accept", "application/json")], "")
        .await
        .expect(401);
    assert_eq!(json.header("content-type"), "application/problem+json");
    assert_eq!(json.json()["code"], "not-logged-in");
    assert_eq!(json.json()["request_id"], json.header("x-request-id"));
}

#[tokio::test]
async fn a_wrong_password_says_so_on_the_page_and_then_asks_to_wait() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let browser = app.anonymous();
    let form = [("email", owner.email.as_str()), ("password", "wrong")];
    for _ in 0..5 {
        let page = browser.post("/login", &form).await.expect(422).body;
        assert!(page.contains("Email or password is wrong"));
    }
    let right = [("email", owner.email.as_str()), ("password", PASSWORD)];
    let wait = browser.post("/login", &right).await.expect(429);
    assert_eq!(wait.header("retry-after"), "15");
    assert!(wait.body.contains("Try again in 15 seconds"));
}

#[tokio::test]
async fn logging_out_ends_this_browser_only() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let other = app.anonymous();
    other.log_in(&owner.email, PASSWORD).await;
    let kept = owner.browser.cookie("login").unwrap();
    owner.browser.post("/logout", &[]).await.expect(303);
    assert_eq!(owner.browser.cookie("login"), None);
    let stolen = format!("login={kept}");
    app.anonymous()
        .send("GET", "/settings", &[("cookie", &stolen)], "")
        .await
        .expect(303);
    other.get("/settings").await.expect(200);
}

#[tokio::test]
async fn a_login_in_use_is_renewed_now_and_then_and_ends_when_it_is_not() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let token = owner.browser.cookie("login").unwrap();
    assert_eq!(
        owner.browser.get("/settings").await.expect(200).header("set-cookie"),
        ""
    );
    app.clock.advance(Duration::from_secs(29 * DAY));
    let renewed = owner.browser.get("/settings").await.expect(200);
    let cookie = renewed.header("set-cookie");
    assert!(
        cookie.starts_with(&format!("login={token};")) && cookie.contains("Max-Age=2592000"),
        "{cookie}"
    );
    app.clock.advance(Duration::from_secs(29 * DAY));
    owner.browser.get("/settings").await.expect(200);
    app.clock.advance(Duration::from_secs(31 * DAY));
    owner.browser.get("/settings").await.expect(303);
}

#[tokio::test]
async fn health_checks_answer_head_requests() {
    let app = TestApp::new().await;
    let browser = app.anonymous();
    for path in ["/healthz", "/readyz"] {
        let full = browser.get(path).await.expect(200);
        assert_eq!(full.json()["status"], if path == "/healthz" { "ok" } else { "ready" });
        let head = browser
            .send("HEAD", path, &[("accept-encoding", "identity")], "")
            .await
            .expect(200);
        assert_eq!(head.body, "");
    }
    app.app.stopping().cancel();
    assert_eq!(
        browser.get("/readyz").await.expect(503).json()["checks"][0]["ok"],
        false
    );
}

#[tokio::test]
async fn under_https_the_cookie_is_bound_to_the_host() {
    let app = TestApp::under_https().await;
    let token = app.accounts.offer_setup().await.unwrap().unwrap();
    let done = app
        .anonymous()
        .post(&format!("/setup/{token}"), SETUP)
        .await
        .expect(303);
    let cookie = done.header("set-cookie");
    assert!(cookie.starts_with("__Host-login=") && cookie.contains("Secure") && cookie.contains("HttpOnly"));
    assert!(cookie.contains("SameSite=Lax") && cookie.contains("Path=/"));
    assert!(done.header("strict-transport-security").starts_with("max-age="));
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let app = TestApp::new().await;
    let browser = app.anonymous();
    for path in ["/login", "/nowhere", "/healthz", "/settings"] {
        let reply = browser.get(path).await;
        assert!(
            reply.header("content-security-policy").contains("default-src 'self'"),
            "{path}"
        );
        assert!(!reply.header("content-security-policy").contains("unsafe"), "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert!(reply.header("x-request-id").starts_with("req_"), "{path}");
    }
}

#[tokio::test]
async fn another_site_cannot_post_in_the_name_of_a_visitor() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let form = [("name", "Mallory")];
    let cross = [("sec-fetch-site", "cross-site")];
    owner
        .browser
        .post_raw("/settings/profile", &form, &cross)
        .await
        .expect(403);
    let origin = [("origin", "https://evil.example")];
    owner
        .browser
        .post_raw("/settings/profile", &form, &origin)
        .await
        .expect(403);
    owner
        .browser
        .post_raw("/settings/profile", &form, &[])
        .await
        .expect(403);
    owner
        .browser
        .post_raw("/settings/profile", &[("name", "Mallory"), ("csrf", "x")], &[])
        .await
        .expect(403);
    let login = [("email", owner.email.as_str()), ("password", PASSWORD)];
    app.anonymous().post_raw("/login", &login, &cross).await.expect(403);
    assert!(!owner.browser.get("/settings").await.body.contains("Mallory"));
    owner.browser.post("/settings/profile", &form).await.expect(303);
    assert!(owner.browser.get("/settings").await.body.contains("Mallory"));
}

#[tokio::test]
async fn a_csrf_token_is_valid_for_its_own_login_only() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    let page = bob.browser.get("/settings").await.body;
    let token = page
        .split("name=\"csrf\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let headers = [("x-csrf-token", token)];
    ada.browser
        .post_raw("/settings/profile", &[("name", "Mallory")], &headers)
        .await
        .expect(403);
    bob.browser
        .post_raw("/settings/profile", &[("name", "Robert")], &headers)
        .await
        .expect(303);
}

#[tokio::test]
async fn a_changed_password_ends_the_other_browsers() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let other = app.anonymous();
    other.log_in(&owner.email, PASSWORD).await;
    let wrong = [
        ("current_password", "guess"),
        ("new_password", "copper kettle under snow"),
    ];
    let page = owner.browser.post("/settings/password", &wrong).await.expect(422).body;
    assert!(page.contains("This is not your current password."));
    let weak = [("current_password", PASSWORD), ("new_password", "12345678")];
    assert!(
        owner
            .browser
            .post("/settings/password", &weak)
            .await
            .expect(422)
            .body
            .contains("Too easy to guess.")
    );
    let right = [
        ("current_password", PASSWORD),
        ("new_password", "copper kettle under snow"),
    ];
    owner.browser.post("/settings/password", &right).await.expect(303);
    owner.browser.get("/settings").await.expect(200);
    other.get("/settings").await.expect(303);
    app.anonymous().log_in(&owner.email, "copper kettle under snow").await;
}

#[tokio::test]
async fn an_agent_cannot_change_the_workspace_and_a_guest_nothing_at_all() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let agent = app.member(&owner.workspace, MemberRole::Agent).await;
    let guest = app.guest(&owner.workspace).await;
    let form = [("workspace", "Mine now"), ("zone", "UTC")];
    agent.browser.post("/settings/workspace", &form).await.expect(403);
    guest.browser.post("/settings/workspace", &form).await.expect(403);
    guest
        .browser
        .post("/settings/profile", &[("name", "Changed")])
        .await
        .expect(403);
    owner.browser.post("/settings/workspace", &form).await.expect(303);
    assert!(owner.browser.get("/settings").await.body.contains("Mine now"));
    guest.browser.post("/logout", &[]).await.expect(303);
}

#[tokio::test]
async fn the_theme_is_stored_by_the_browser() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    owner
        .browser
        .post("/settings/theme", &[("theme", "dark")])
        .await
        .expect(303);
    assert!(
        owner
            .browser
            .get("/settings")
            .await
            .body
            .contains("data-theme=\"dark\"")
    );
    owner
        .browser
        .post("/settings/theme", &[("theme", "\"><script>")])
        .await
        .expect(303);
    assert_eq!(owner.browser.cookie("theme").unwrap(), "auto");
}

#[tokio::test]
async fn a_password_reset_by_the_operator_closes_the_open_browser() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    app.accounts
        .reset_password(Admin::operator(), &owner.email, Password::generate())
        .await
        .unwrap();
    owner.browser.get("/settings").await.expect(303);
}

#[tokio::test]
async fn a_too_large_or_invalid_body_is_a_problem_and_not_a_crash() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let large = "x".repeat(300 * 1024);
    owner
        .browser
        .post("/settings/profile", &[("name", &large)])
        .await
        .expect(413);
    let form = [("email", large.as_str()), ("password", "x")];
    app.anonymous().post("/login", &form).await.expect(413);
    let json = [("content-type", "application/json")];
    app.anonymous().send("POST", "/login", &json, "{}").await.expect(400);
    let twice = [("email", "a"), ("email", "b")];
    app.anonymous().post_raw("/login", &twice, &[]).await.expect(400);
    // A missing field counts as an empty one.
    let half = app.anonymous().post_raw("/login", &[("email", "a")], &[]).await;
    assert!(half.expect(422).body.contains("Email or password is wrong"));
}

#[tokio::test]
async fn a_wrong_method_is_distinguished_from_a_wrong_path() {
    let app = TestApp::new().await;
    let browser = app.anonymous();
    browser.send("POST", "/healthz", &[], "").await.expect(405);
    let lost = browser.get("/nowhere").await.expect(404);
    assert!(lost.body.contains("There is nothing here"));
}
