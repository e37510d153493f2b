//! Conventions of all responses: problems, tags, fields, pages, origins and compression.

use serde_json::json;

use crate::support::{JSON, TestApp, fields};

#[tokio::test]
async fn whatever_goes_wrong_below_v1_is_a_problem() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let api = app.api_of(&owner.email).await;
    for path in [
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1/users",
        "/v1/users/me/",
        "/v1/users/me/x/y",
        "/v1/%00",
        "/v1/../v1/x",
    ] {
        api.get(path).await.problem(404, "not-found");
    }
    for (method, path, allowed) in [
        ("POST", "/v1/users/me", "GET, PUT, DELETE, HEAD"),
        ("GET", "/v1/auth/login", "POST"),
        ("PATCH", "/v1/users/me", "GET, PUT, DELETE, HEAD"),
        ("OPTIONS", "/v1/plans", "GET, HEAD"),
        ("DELETE", "/v1/openapi.json", "GET, HEAD"),
    ] {
        let reply = api.send(method, path, &[], "").await;
        assert_eq!(reply.header("allow"), allowed, "{method} {path}");
        let problem = reply.problem(405, "wrong-method");
        assert!(problem["detail"].as_str().unwrap().contains("Allow"), "{problem}");
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for headers in [
        &form[..],
        &[],
        &[("content-type", "text/json")],
        &[("content-type", "")],
    ] {
        let reply = api.send("PUT", "/v1/users/me", headers, "{\"name\":\"A\"}").await;
        reply.problem(415, "not-json");
    }
    let utf8 = [("content-type", "Application/JSON; charset=utf-8")];
    api.send("PUT", "/v1/users/me", &utf8, "{\"name\":\"Ada\"}")
        .await
        .expect(200);
    let problem = api
        .put("/v1/users/me", json!({ "nmae": "A" }))
        .await
        .problem(400, "malformed-body");
    assert_eq!(fields(&problem), ["nmae"]);
    let huge = json!({ "name": "x".repeat(300_000) }).to_string();
    api.send("PUT", "/v1/users/me", &[JSON], &huge)
        .await
        .problem(413, "too-large");
}

#[tokio::test]
async fn a_browser_that_asks_for_html_gets_json_all_the_same() {
    let app = TestApp::new().await;
    for accept in ["text/html", "*/*", "application/json"] {
        let reply = app.api().send("GET", "/v1/users/me", &[("accept", accept)], "").await;
        reply.problem(401, "not-logged-in");
    }
}

#[tokio::test]
async fn an_unchanged_response_is_not_sent_again() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let api = app.api_of(&owner.email).await;
    let first = api.get("/v1/users/me").await.expect(200);
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 10, "{tag}");
    let again = api
        .send("GET", "/v1/users/me", &[("if-none-match", &tag)], "")
        .await
        .expect(304);
    assert!(again.body.is_empty() && again.header("etag") == tag);
    api.put("/v1/users/me", json!({ "name": "Somebody Else" }))
        .await
        .expect(200);
    let changed = api
        .send("GET", "/v1/users/me", &[("if-none-match", &tag)], "")
        .await
        .expect(200);
    assert_ne!(changed.header("etag"), tag);
    let plain = [("accept-encoding", "identity")];
    let head = api.send("HEAD", "/v1/users/me", &plain, "").await.expect(200);
    assert!(head.body.is_empty());
}

#[tokio::test]
async fn only_the_fields_that_are_asked_for_are_sent() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let api = app.api_of(&owner.email).await;
    let me = api.get("/v1/users/me?fields=name,email").await.expect(200).json();
    let keys: Vec<_> = me.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["email", "name"]);
    let plans = app.api().get("/v1/plans?fields=code").await.expect(200).json();
    assert_eq!(plans["data"][0], json!({ "code": "free" }));
    let problem = api
        .get("/v1/users/me?fields=name,password_hash")
        .await
        .problem(400, "bad-parameter");
    assert_eq!(fields(&problem), ["fields"]);
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    app.put_on_plan(&owner, "business").await;
    let api = app.api_of(&owner.email).await;
    for n in 0..5 {
        let body = json!({ "name": format!("Key {n}"), "scopes": ["account:read"] });
        api.post("/v1/api-keys", body).await.expect(201);
    }
    let (mut seen, mut path, mut pages) = (Vec::new(), "/v1/api-keys?limit=2".to_owned(), 0);
    loop {
        let page = api.get(&path).await.expect(200).json();
        seen.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|key| key["name"].as_str().unwrap().to_owned()),
        );
        pages += 1;
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/v1/api-keys?limit=2&cursor={cursor}");
    }
    assert_eq!((pages, seen.len()), (3, 5));
    assert_eq!((seen[0].as_str(), seen[4].as_str()), ("Key 4", "Key 0"));
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("cursor=x", "cursor"),
    ] {
        let problem = api
            .get(&format!("/v1/api-keys?{query}"))
            .await
            .problem(400, "bad-parameter");
        assert_eq!(fields(&problem), [field]);
    }
    // A cursor of one list is not valid for another.
    let workspaces = api.get("/v1/plans?limit=1").await.expect(200).json();
    let cursor = workspaces["next_cursor"].as_str().unwrap();
    api.get(&format!("/v1/api-keys?cursor={cursor}"))
        .await
        .problem(400, "bad-parameter");
}

#[tokio::test]
async fn pages_of_configured_origins_may_call_and_no_others() {
    let app = TestApp::with_origins(&["https://app.example"]).await;
    let owner = app.owner("Shop").await;
    let api = app.api_of(&owner.email).await;
    let ask = [
        ("origin", "https://app.example"),
        ("access-control-request-method", "PUT"),
        (
            "access-control-request-headers",
            "authorization,content-type,idempotency-key",
        ),
    ];
    let preflight = app.api().send("OPTIONS", "/v1/users/me", &ask, "").await.expect(200);
    assert_eq!(preflight.header("access-control-allow-origin"), "https://app.example");
    assert!(preflight.header("access-control-allow-methods").contains("PUT"));
    assert!(preflight.header("access-control-allow-credentials").is_empty());
    let asked = api.send("GET", "/v1/users/me", &ask[..1], "").await.expect(200);
    assert_eq!(asked.header("access-control-allow-origin"), "https://app.example");
    assert!(
        asked
            .header("access-control-expose-headers")
            .to_lowercase()
            .contains("ratelimit-remaining")
    );
    // A page must be able to read a refusal, too.
    let refused = app.api().send("GET", "/v1/users/me", &ask[..1], "").await;
    assert_eq!(refused.header("access-control-allow-origin"), "https://app.example");
    refused.problem(401, "not-logged-in");
    let evil = [
        ("origin", "https://evil.example"),
        ("access-control-request-method", "PUT"),
    ];
    let refused = app.api().send("OPTIONS", "/v1/users/me", &evil, "").await;
    assert!(refused.header("access-control-allow-origin").is_empty());
    refused.problem(400, "bad-request");
    let refused = api.send("GET", "/v1/users/me", &evil[..1], "").await;
    assert!(refused.header("access-control-allow-origin").is_empty());
}

#[tokio::test]
async fn by_default_no_other_site_may_call() {
    let app = TestApp::new().await;
    let ask = [
        ("origin", "https://app.example"),
        ("access-control-request-method", "GET"),
    ];
    let reply = app.api().send("OPTIONS", "/v1/plans", &ask, "").await;
    assert!(reply.header("access-control-allow-origin").is_empty());
    reply.problem(405, "wrong-method");
    let reply = app.api().send("GET", "/v1/plans", &ask[..1], "").await.expect(200);
    assert!(reply.header("access-control-allow-origin").is_empty());
}

#[tokio::test]
async fn long_responses_are_compressed_for_clients_that_accept_it() {
    let app = TestApp::new().await;
    for encoding in ["gzip", "br"] {
        let address = app.base.trim_start_matches("http://").to_owned();
        let head = tokio::task::spawn_blocking(move || head_of(&address, encoding))
            .await
            .unwrap();
        assert!(head.contains(&format!("content-encoding: {encoding}\r\n")), "{head}");
    }
}

/// The raw head of a response, since every client would decompress it.
fn head_of(address: &str, encoding: &str) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let request = format!(
        "GET /v1/openapi.json HTTP/1.1\r\nHost: {address}\r\nAccept-Encoding: {encoding}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer)
        .split("\r\n\r\n")
        .next()
        .unwrap()
        .to_lowercase()
        + "\r\n"
}
