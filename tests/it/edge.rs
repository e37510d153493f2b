//! The server's edge: client addresses and security headers.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use wamanager::accounts::MemberRole;
use wamanager::site::routes::{Demo, Verb, all};

use crate::support::live::LiveStream;
use crate::support::{Browser, PASSWORD, TestApp};
use crate::walk::{path_of, unknown};

/// A request as a proxy on this machine forwards it for `client`.
async fn wrong_password(browser: &Browser, email: &str, client: &str) -> u16 {
    let form = [("email", email), ("password", "not-the-password")];
    let headers = [("sec-fetch-site", "same-origin"), ("x-forwarded-for", client)];
    browser.post_raw("/login", &form, &headers).await.status
}

#[tokio::test]
async fn behind_a_trusted_proxy_one_client_is_slowed_down_and_the_others_are_not() {
    let app = TestApp::behind_proxy().await;
    let browser = app.anonymous();
    // Many accounts from one machine: the machine is throttled.
    let mut last = 0;
    for n in 0..30 {
        last = wrong_password(&browser, &format!("user-{n}@example.com"), "198.51.100.7").await;
    }
    assert_eq!(last, 429);
    // A forged hop in front changes nothing.
    let spoofed = wrong_password(&browser, "else@example.com", "203.0.113.1, 198.51.100.7").await;
    assert_eq!(spoofed, 429);
    assert_eq!(wrong_password(&browser, "else@example.com", "198.51.100.8").await, 422);
    app.stop().await;
}

#[tokio::test]
async fn without_a_trusted_proxy_a_client_cannot_forge_addresses() {
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
    // HEAD only reads.
    let headers = [("accept-encoding", "identity")];
    assert_eq!(owner.browser.send("HEAD", "/logout", &headers, "").await.status, 405);
    app.stop().await;
}

#[tokio::test]
async fn every_response_has_the_security_headers() {
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
    // Over http it would be ignored, and over a test's https it would outlast the test.
    assert!(reply.headers.get("strict-transport-security").is_none());
    plain.stop().await;
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_compressed_body_is_refused_by_every_route_before_anything_reads_it() {
    let app = TestApp::with_rate_limit(100_000).await;
    let programs = app.api();
    let body = gzip("email=ada%40example.com&password=not-the-password");
    let mut walked = 0;
    for route in all(Demo::On).filter(|route| route.verb != Verb::Get) {
        let (method, path) = (route.verb.method(), path_of(route, &unknown));
        for coding in ["gzip", "br", "deflate", "identity, gzip", "GZIP", "made-up"] {
            let headers = [
                ("content-encoding", coding),
                ("content-type", "application/x-www-form-urlencoded"),
            ];
            let reply = programs
                .send_bytes(method.as_str(), &path, &headers, body.clone())
                .await;
            assert_eq!(reply.status, 415, "{method} {path} {coding}: {}", reply.body);
            assert_eq!(reply.header("accept-encoding"), "identity", "{method} {path}");
        }
        walked += 1;
    }
    assert!(walked > 50, "the table has too few routes");
    let refused = programs
        .send_bytes("POST", "/v1/auth/login", &[("content-encoding", "gzip")], body)
        .await;
    refused.problem(415, "encoded-body");
    // An uncompressed body is read, and responses are still compressed.
    let plain = [("content-encoding", "identity"), ("content-type", "application/json")];
    let json = br#"{"email":"nobody@example.com","password":"not-the-password"}"#.to_vec();
    let read = programs.send_bytes("POST", "/v1/auth/login", &plain, json).await;
    read.problem(422, "wrong-credentials");
    let (agent, request) = app.anonymous().raw("/login", &[("accept-encoding", "br")]);
    let page = tokio::task::spawn_blocking(move || agent.run(request).unwrap())
        .await
        .unwrap();
    assert_eq!(page.headers()["content-encoding"], "br");
    app.stop().await;
}

#[tokio::test]
async fn the_meter_and_registration_are_limited_by_address_before_a_password_is_checked() {
    let app = TestApp::behind_proxy().await;
    let browser = app.anonymous();
    let from = |client: &'static str| [("sec-fetch-site", "same-origin"), ("x-forwarded-for", client)];
    let meter = "/password-strength?field=password";
    let mut told = 0;
    for _ in 0..300 {
        let reply = browser
            .post_raw(meter, &[("password", "short")], &from("198.51.100.7"))
            .await;
        if reply.status == 429 {
            assert!(!reply.header("retry-after").is_empty());
            break;
        }
        told += 1;
    }
    assert_eq!(told, 240);
    // One limit covers every check of a stranger's password, invalid forms included.
    let form = [("email", "nope"), ("password", "short")];
    let refused = browser.post_raw("/register", &form, &from("198.51.100.7")).await;
    assert_eq!(refused.status, 429);
    assert!(refused.body.contains("Too many attempts"));
    assert_eq!(
        browser.post_raw("/register", &form, &from("198.51.100.8")).await.status,
        422
    );
    let typed = [("password", "violet harbour mongoose")];
    let other = browser.post_raw(meter, &typed, &from("198.51.100.8")).await.expect(200);
    assert!(other.body.contains("Strong."));
    app.stop().await;
}

#[tokio::test]
async fn one_login_cannot_use_up_the_live_streams_of_a_whole_workspace() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let agent = app.member(&owner.workspace, MemberRole::Agent).await;
    let mut tabs = Vec::new();
    for _ in 0..30 {
        tabs.push(LiveStream::open(&owner.browser, "/events", &[]).await);
    }
    let (browser, request) = owner.browser.raw("/events", &[]);
    let one_more = tokio::task::spawn_blocking(move || browser.run(request).unwrap())
        .await
        .unwrap();
    assert_eq!(one_more.status(), 503);
    assert_eq!(one_more.headers()["retry-after"], "30");
    tabs.push(LiveStream::open(&agent.browser, "/events", &[]).await);
    // The same person on another device has separate streams.
    let elsewhere = app.anonymous();
    elsewhere.log_in(&owner.email, PASSWORD).await;
    tabs.push(LiveStream::open(&elsewhere, "/events", &[]).await);
    app.stop().await;
}

#[tokio::test]
async fn an_origin_of_the_other_scheme_is_another_site() {
    for (app, ours, other) in [
        (TestApp::under_https().await, "https", "http"),
        (TestApp::new().await, "http", "https"),
    ] {
        let (_, request) = app.anonymous().raw("/login", &[]);
        let host = request.uri().authority().unwrap().to_string();
        let form = [("email", "nobody@example.com"), ("password", "not-the-password")];
        let browser = app.anonymous();
        let post = async |scheme: &str| {
            let origin = format!("{scheme}://{host}");
            browser.post_raw("/login", &form, &[("origin", &origin)]).await
        };
        assert_eq!(post(other).await.status, 403, "{ours}");
        assert_eq!(post(ours).await.status, 422, "{ours}");
        app.stop().await;
    }
}

#[tokio::test]
async fn a_page_deletes_for_everybody_or_says_that_it_does_not() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let message = app.one_of_each(&owner).await["message"].clone();
    let path = format!("/chats/messages/{message}/delete");
    for scope in ["me", "junk", ""] {
        let asked = format!("{path}?scope={scope}");
        owner.browser.post(&asked, &[]).await.expect(400);
        owner.browser.post(&path, &[("scope", scope)]).await.expect(400);
    }
    app.stop().await;
}
