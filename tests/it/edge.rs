//! The server towards the world: who is taken for whom, and what every answer says.

use crate::support::{Browser, TestApp};

/// As a proxy on this machine passes on what `client` sent.
async fn wrong_password(browser: &Browser, email: &str, client: &str) -> u16 {
    let form = [("email", email), ("password", "not-the-password")];
    let headers = [("sec-fetch-site", "same-origin"), ("x-forwarded-for", client)];
    browser.post_raw("/login", &form, &headers).await.status
}

#[tokio::test]
async fn behind_a_trusted_proxy_one_client_is_slowed_down_and_the_others_are_not() {
    let app = TestApp::behind_proxy().await;
    let browser = app.anonymous();
    // Many accounts from one machine: it is the machine that is slowed down.
    let mut last = 0;
    for n in 0..30 {
        last = wrong_password(&browser, &format!("user-{n}@example.com"), "198.51.100.7").await;
    }
    assert_eq!(last, 429);
    // Whoever writes a hop in front stays who they are.
    let spoofed = wrong_password(&browser, "else@example.com", "203.0.113.1, 198.51.100.7").await;
    assert_eq!(spoofed, 429);
    assert_eq!(wrong_password(&browser, "else@example.com", "198.51.100.8").await, 422);
    app.stop().await;
}

#[tokio::test]
async fn without_a_trusted_proxy_a_client_cannot_pretend_to_be_many() {
    let app = TestApp::new().await;
    let browser = app.anonymous();
    let mut last = 0;
    for n in 0..30 {
        last = wrong_password(&browser, &format!("user-{n}@example.com"), &format!("198.51.100.{n}")).await;
    }
    assert_eq!(last, 429);
    app.stop().await;
}

#[tokio::test]
async fn pages_answer_head_as_they_answer_get_and_a_live_stream_ends() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    for path in ["/login", "/settings", "/nowhere", "/events"] {
        let headers = [("accept-encoding", "identity")];
        let head = owner.browser.send("HEAD", path, &headers, "").await;
        assert_eq!(head.body, "", "{path}");
        if path == "/events" {
            assert_eq!(head.status, 200);
            assert!(head.header("content-type").starts_with("text/event-stream"));
            continue;
        }
        let full = owner.browser.send("GET", path, &headers, "").await;
        assert_eq!(head.status, full.status, "{path}");
        assert_eq!(head.header("content-type"), full.header("content-type"), "{path}");
    }
    // Looking is all that HEAD does.
    let headers = [("accept-encoding", "identity")];
    assert_eq!(owner.browser.send("HEAD", "/logout", &headers, "").await.status, 405);
    app.stop().await;
}

#[tokio::test]
async fn every_answer_tells_the_browser_how_little_to_trust_it() {
    let app = TestApp::under_https().await;
    let browser = app.anonymous();
    for path in ["/login", "/nowhere", "/healthz", "/settings", "/v1/nowhere"] {
        let reply = browser.get(path).await;
        for (name, part) in [
            ("content-security-policy", "frame-ancestors 'none'"),
            ("content-security-policy", "object-src 'none'"),
            ("content-security-policy", "base-uri 'none'"),
            ("content-security-policy", "form-action 'self'"),
            ("strict-transport-security", "max-age="),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("permissions-policy", "geolocation=()"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert!(
                reply.header(name).contains(part),
                "{path}: {name}: {}",
                reply.header(name)
            );
        }
    }
    app.stop().await;
    let plain = TestApp::new().await;
    let reply = plain.anonymous().get("/login").await;
    // Promised over http it would be ignored, and over a test's https it would outlast the test.
    assert!(reply.headers.get("strict-transport-security").is_none());
    plain.stop().await;
}
