//! Hostile bodies, for every operation that takes one.

use serde_json::{Map, Value, json};
use wamanager::site::openapi;

use crate::support::{Api, JSON, TestApp};

/// Each operation with a body: method, path, schema's properties.
fn operations() -> Vec<(String, String, Map<String, Value>)> {
    let document = openapi::document();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (verb, operation) in item.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let Some(reference) = schema["$ref"].as_str() else {
                continue;
            };
            let schema = document.pointer(reference.strip_prefix('#').unwrap()).unwrap();
            let properties = schema["properties"].as_object().unwrap().clone();
            found.push((verb.to_uppercase(), path.clone(), properties));
        }
    }
    found
}

fn fitting(schema: &Value) -> Value {
    match &schema["type"] {
        Value::String(kind) if kind == "array" => json!(["account:read"]),
        Value::String(kind) if kind == "boolean" => json!(false),
        _ => json!("text"),
    }
}

/// The values that each field is tried with.
fn poisons() -> Vec<Value> {
    vec![
        json!(null),
        json!(0),
        json!(-1),
        json!(1e308),
        json!(u64::MAX),
        json!(true),
        json!([]),
        json!({}),
        json!([[[[]]]]),
        json!(""),
        json!(" "),
        json!("\u{0}"),
        json!("a\u{0}b"),
        json!("\u{202e}evil"),
        json!("'; DROP TABLE users; --"),
        json!("<script>alert(1)</script>"),
        json!("../../etc/passwd"),
        json!("\u{fffd}\u{1f600}"),
        json!("x".repeat(100_000)),
        json!("é".repeat(5_000)),
    ]
}

async fn send(api: &Api, method: &str, path: &str, body: Vec<u8>) -> u16 {
    let reply = api.send_bytes(method, path, &[JSON], body).await;
    assert!(reply.status < 500, "{method} {path}: {} {}", reply.status, reply.body);
    if reply.status >= 400 {
        assert_eq!(
            reply.header("content-type"),
            "application/problem+json",
            "{method} {path}"
        );
    }
    reply.status
}

/// The path with valid parameters, so that the request reaches its body; the caller recreates what it may end.
fn filled(path: &str, workspace: &str) -> String {
    path.replace("{workspace}", workspace)
        .replace("{session}", "ses_00000000000000000000000000")
        .replace("{chat}", "chat_00000000000000000000000000")
        .replace("{message}", "msg_00000000000000000000000000")
        .replace("{file}", "file_00000000000000000000000000")
        .replace("{member}", "usr_00000000000000000000000000")
        .replace("{key}", "key_00000000000000000000000000")
}

#[tokio::test]
async fn no_body_makes_the_server_fail() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    app.put_on_plan(&owner, "business").await;
    let workspace = owner.workspace.public_id.to_string();
    let mut api = app.api_of(&owner.email).await;
    let mut tried = 0;
    for (method, path, properties) in operations() {
        let whole: Map<_, _> = properties
            .iter()
            .map(|(name, schema)| (name.clone(), fitting(schema)))
            .collect();
        let target = filled(&path, &workspace);
        // Valid bodies log out.
        let ends_login = path == "/v1/auth/logout";
        for name in properties.keys() {
            for poison in poisons() {
                let mut body = whole.clone();
                body.insert(name.clone(), poison);
                send(&api, &method, &target, Value::Object(body).to_string().into_bytes()).await;
                tried += 1;
                if ends_login {
                    api = app.api_of(&owner.email).await;
                }
            }
            let value = &whole[name];
            let twice = format!("{{\"{name}\":{value},\"{name}\":{value}}}").into_bytes();
            assert_eq!(send(&api, &method, &target, twice).await, 400, "{path} {name} twice");
            let mut missing = whole.clone();
            missing.remove(name);
            send(&api, &method, &target, Value::Object(missing).to_string().into_bytes()).await;
            if ends_login {
                api = app.api_of(&owner.email).await;
            }
        }
    }
    assert!(tried > 300, "the document lists too few bodies: {tried}");
    app.settle().await;
}

#[tokio::test]
async fn a_body_that_does_not_fit_the_schema_is_refused_everywhere() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    app.put_on_plan(&owner, "business").await;
    let workspace = owner.workspace.public_id.to_string();
    let api = app.api_of(&owner.email).await;
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let nested = format!("{}1{}", "{\"name\":".repeat(10_000), "}".repeat(10_000));
    let bodies: [&[u8]; 12] = [
        b"{",
        b"null",
        b"[]",
        b"1",
        b"\"text\"",
        b"{\"surprise\":1}",
        b"{\"email\":\"\\ud800\"}",
        b"{\"email\":\"\xff\xfe\"}",
        b"\xef\xbb\xbf{}",
        b"{\"email\":1e999999}",
        deep.as_bytes(),
        nested.as_bytes(),
    ];
    for (method, path, _) in operations() {
        let target = filled(&path, &workspace);
        for body in bodies {
            let status = send(&api, &method, &target, body.to_vec()).await;
            assert_eq!(
                status,
                400,
                "{method} {path}: {}",
                String::from_utf8_lossy(&body[..body.len().min(40)])
            );
        }
    }
}
