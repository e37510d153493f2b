//! The error codes of each operation.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};

use super::row::Operation;
use crate::site::routes::{Route, Verb};
use crate::web::api::Key;
use crate::web::api::codes;
use crate::web::auth::RouteAccess;

/// Codes of the extractors that read a body.
const OF_BODIES: &[&str] = &["malformed-body", "too-slow", "too-large", "not-json", "encoded-body"];
/// Codes of an `Idempotency-Key`.
const OF_KEPT_ANSWERS: &[&str] = &["bad-parameter", "idempotency-in-flight", "idempotency-mismatch"];
/// Codes of credentials, and of the requested workspace.
const OF_CREDENTIALS: &[&str] = &[
    "not-logged-in",
    "invalid-token",
    "token-expired",
    "invalid-key",
    "key-expired",
    "feature-not-in-plan",
    "workspace-suspended",
    "not-found",
];

/// This row's codes, by status.
#[must_use]
pub fn codes_of(route: &Route, operation: &Operation, has_body: bool) -> BTreeMap<u16, Vec<&'static str>> {
    let mut found = vec!["bad-request", "rate-limited", "internal"];
    if has_body {
        found.extend(OF_BODIES);
    }
    match route.verb {
        Verb::Get => {
            if operation.lists || route.access.needs_login() {
                found.push("bad-parameter");
            }
        }
        Verb::Post => found.extend(OF_KEPT_ANSWERS),
        Verb::Put | Verb::Delete => {}
    }
    if route.verb != Verb::Get {
        found.push("disk-full");
    }
    if route.parameters().next().is_some() {
        found.push("not-found");
    }
    if route.access.needs_login() {
        found.extend(OF_CREDENTIALS);
        found.extend(of_the_guard(route));
    }
    found.extend(operation.codes);
    let mut by_status: BTreeMap<u16, Vec<_>> = BTreeMap::new();
    for code in found.into_iter().filter_map(codes::find) {
        let list = by_status.entry(code.status).or_default();
        if !list.contains(&code.code) {
            list.push(code.code);
        }
    }
    by_status.values_mut().for_each(|list| list.sort_unstable());
    by_status
}

fn of_the_guard(route: &Route) -> Vec<&'static str> {
    let mut found = match route.key {
        Key::Never => vec!["person-only"],
        Key::With(_) => vec!["missing-scope", "key-bound"],
    };
    match route.access {
        RouteAccess::Open | RouteAccess::Public | RouteAccess::Login | RouteAccess::LoginOrGuest => {}
        RouteAccess::Member => found.push("no-workspace"),
        RouteAccess::Allowed(_) => found.extend(["no-workspace", "role"]),
        RouteAccess::Admin => found.push("admin-only"),
    }
    if route.verb != Verb::Get && route.access != RouteAccess::LoginOrGuest {
        found.push("guest");
    }
    found
}

/// The response with this status, shared by all operations; each names its codes beside the reference.
fn shared(status: StatusCode) -> Value {
    let mut response = json!({
        "description": "A problem. Its `code` says which.",
        "content": { "application/problem+json": {
            "schema": { "$ref": "#/components/schemas/Problem" },
        } },
        "headers": super::shared::every_answer(),
    });
    match status {
        StatusCode::TOO_MANY_REQUESTS => {
            response["headers"]["Retry-After"] = json!({ "$ref": "#/components/headers/Retry-After" });
        }
        StatusCode::UNAUTHORIZED => {
            response["headers"]["WWW-Authenticate"] = json!({ "$ref": "#/components/headers/WWW-Authenticate" });
        }
        _ => {}
    }
    response
}

fn name_of(status: StatusCode) -> String {
    let reason = status.canonical_reason().unwrap_or("Problem");
    reason.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Adds an operation's codes to its responses, and their shared parts to `components`.
pub(super) fn add(
    responses: &mut Map<String, Value>,
    components: &mut Map<String, Value>,
    codes: &BTreeMap<u16, Vec<&'static str>>,
) {
    for (status, codes) in codes {
        let Ok(status) = StatusCode::from_u16(*status) else {
            continue;
        };
        let name = name_of(status);
        let words: Vec<_> = codes.iter().map(|code| format!("`{code}`")).collect();
        let reference = json!({
            "$ref": format!("#/components/responses/{name}"),
            "description": words.join(", "),
        });
        responses.insert(status.as_str().to_owned(), reference);
        components.entry(name).or_insert_with(|| shared(status));
    }
}
