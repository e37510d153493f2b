//! Shared parts of operations: credentials, headers and parameters.

use serde_json::{Map, Value, json};

/// The description of a plan's limits, whose schema is made from the table of limits.
pub(in crate::site) const LIMITS: &str = "What a plan allows; null is no limit.";

/// The headers of every response, as references.
pub(super) fn every_answer() -> Value {
    let names = [
        "RateLimit-Limit",
        "RateLimit-Remaining",
        "RateLimit-Reset",
        "X-Request-Id",
    ];
    let references = names.map(|name| (name.to_owned(), reference("headers", name)));
    Value::Object(Map::from_iter(references))
}

/// A reference to a shared part.
pub(super) fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

pub(super) fn credentials() -> Value {
    json!({
        "token": {
            "type": "http", "scheme": "bearer",
            "description": "An access token from POST /v1/auth/login, or an API key.",
        },
        "key": {
            "type": "apiKey", "in": "header", "name": "X-API-Key",
            "description": "An API key, for when a proxy needs the Authorization header for itself.",
        },
    })
}

pub(super) fn headers() -> Value {
    let whole = json!({ "type": "integer", "minimum": 0 });
    let text = json!({ "type": "string" });
    json!({
        "RateLimit-Limit": { "description": "Requests per minute.", "schema": whole },
        "RateLimit-Remaining": { "description": "Requests left now.", "schema": whole },
        "RateLimit-Reset": { "description": "Seconds until the limit is full again.", "schema": whole },
        "X-Request-Id": { "description": "Identifies the request in the server's log.", "schema": text },
        "ETag": { "description": "Identifies this version of the answer.", "schema": text },
        "Retry-After": { "description": "Seconds to wait.", "schema": { "type": "integer", "minimum": 1 } },
        "WWW-Authenticate": { "description": "Which credentials to send.", "schema": text },
    })
}

/// The 304 response.
pub(super) fn not_modified() -> Value {
    let mut headers = every_answer();
    headers["ETag"] = reference("headers", "ETag");
    json!({ "description": "Nothing has changed since the ETag.", "headers": headers })
}

pub(super) fn parameters() -> Value {
    json!({
        "workspace-header": {
            "name": "X-Workspace", "in": "header", "required": false,
            "description": "ID of the workspace to work in, for people who have several.",
            "schema": { "type": "string", "pattern": "^[!-~]{1,64}$" },
        },
        "idempotency-key": {
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "A text of your own, new for each thing to do. If you send it again within a day, you get \
                            the first answer and nothing is done twice.",
            "schema": { "type": "string", "pattern": "^[!-~]{1,255}$" },
        },
        "if-none-match": {
            "name": "If-None-Match", "in": "header", "required": false,
            "description": "The ETag of an earlier answer. You get 304 if nothing has changed.",
            "schema": { "type": "string", "pattern": "^[ -~]{1,200}$" },
        },
        "range": {
            "name": "Range", "in": "header", "required": false,
            "description": "The part of the file to send, such as `bytes=0-1023`.",
            "schema": { "type": "string", "pattern": "^[ -~]{1,200}$" },
        },
        "fields": {
            "name": "fields", "in": "query", "required": false,
            "description": "Return only these fields, separated by commas.",
            "schema": { "type": "string" },
        },
        "limit": {
            "name": "limit", "in": "query", "required": false, "description": "How many to return.",
            "schema": { "type": "integer", "minimum": 1, "maximum": 100, "default": 50 },
        },
        "cursor": {
            "name": "cursor", "in": "query", "required": false,
            "description": "The next_cursor of the page before.",
            "schema": { "type": "string" },
        },
    })
}
