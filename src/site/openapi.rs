//! The document of `/v1`, OpenAPI 3.1, made from the code.
//!
//! Handlers say what only they know: what goes in and what comes out when all is well. Everything that follows from
//! the route table and the conventions (credentials, errors, shared headers and parameters) is added here, so no
//! handler can forget it.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use crate::site::routes::{self, Demo, Route, Verb};
use crate::web::api::guard::Key;
use crate::web::api::{Problem, ProblemField, codes};
use crate::web::auth::Access;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "WhatsApp Manager Pro",
        description = "Everything below `/v1` speaks JSON. Errors are problems after RFC 9457 with a stable `code`; each \
                       code is explained at `/docs/errors`. Times are RFC 3339 in UTC.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "auth", description = "Registering, logging in, and the tokens of a person."),
        (name = "users", description = "The caller: profile, plan, usage, logins and second factor."),
        (name = "workspaces", description = "Workspaces, their members and invitations."),
        (name = "plans", description = "What can be had."),
        (name = "api-keys", description = "Keys for programs. Only persons make and revoke them."),
    ),
    paths(
        crate::site::access::api::register,
        crate::site::access::api::log_in,
        crate::site::access::api::log_out,
        crate::site::access::api::refresh_token,
        crate::site::access::api::forgot_password,
        crate::site::access::api::reset_password,
        crate::site::access::api::verify_email,
        crate::site::access::api::list_keys,
        crate::site::access::api::create_key,
        crate::site::access::api::show_key,
        crate::site::access::api::revoke_key,
        crate::site::accounts::api::me,
        crate::site::accounts::api::change_me,
        crate::site::accounts::api::delete_me,
        crate::site::accounts::api::change_password,
        crate::site::accounts::api::change_email,
        crate::site::accounts::api::logins,
        crate::site::accounts::api::end_login,
        crate::site::accounts::api::second_factor,
        crate::site::accounts::api::begin_second_factor,
        crate::site::accounts::api::confirm_second_factor,
        crate::site::accounts::api::disable_second_factor,
        crate::site::team::api::list,
        crate::site::team::api::create,
        crate::site::team::api::show,
        crate::site::team::api::change,
        crate::site::team::api::delete,
        crate::site::team::api::switch,
        crate::site::team::api::members,
        crate::site::team::api::change_member,
        crate::site::team::api::remove_member,
        crate::site::team::api::invitations,
        crate::site::team::api::invite,
        crate::site::team::api::revoke_invitation,
        crate::site::plans::api::list,
        crate::site::plans::api::usage,
        crate::site::billing::api::show,
        crate::site::billing::api::choose,
        crate::site::billing::api::invoices,
    ),
    components(schemas(Problem, ProblemField))
)]
struct Document;

/// The document as text, made once.
static TEXT: LazyLock<String> = LazyLock::new(|| serde_json::to_string_pretty(&document()).unwrap_or_default());

/// What `wamanager openapi` prints and `/v1/openapi.json` serves.
#[must_use]
pub fn text() -> &'static str {
    &TEXT
}

/// `GET /v1/openapi.json`.
pub async fn serve() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(text())
}

/// The rows of the table that the document describes: all of `/v1` but the document itself.
pub fn described() -> impl Iterator<Item = &'static Route> {
    routes::all(Demo::Off).filter(|route| route.path.starts_with("/v1/") && route.path != "/v1/openapi.json")
}

/// The document.
#[must_use]
pub fn document() -> Value {
    let mut document = serde_json::to_value(Document::openapi()).unwrap_or_default();
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    document["servers"] = json!([{ "url": "/" }]);
    document["components"]["securitySchemes"] = json!({
        "token": {
            "type": "http", "scheme": "bearer",
            "description": "An access token of POST /v1/auth/login, or an API key.",
        },
        "key": {
            "type": "apiKey", "in": "header", "name": "X-API-Key",
            "description": "An API key, where a proxy needs Authorization for itself.",
        },
    });
    document["components"]["headers"] = headers();
    document["components"]["parameters"] = parameters();
    for route in described() {
        let verb = route.verb.method().as_str().to_lowercase();
        if let Some(operation) = document["paths"][route.path][verb.as_str()].as_object_mut() {
            complete(operation, route);
        }
    }
    document
}

fn headers() -> Value {
    let whole = json!({ "type": "integer", "minimum": 0 });
    json!({
        "RateLimit-Limit": { "description": "Requests a minute.", "schema": whole },
        "RateLimit-Remaining": { "description": "Requests that are left now.", "schema": whole },
        "RateLimit-Reset": { "description": "Seconds until all of them are there again.", "schema": whole },
        "X-Request-Id": { "description": "Names the request in the server's log.", "schema": { "type": "string" } },
    })
}

fn parameters() -> Value {
    json!({
        "workspace-header": {
            "name": "X-Workspace", "in": "header", "required": false,
            "description": "Id of the workspace that the request is about, for a person with several.",
            "schema": { "type": "string", "pattern": "^[!-~]{1,64}$" },
        },
        "idempotency-key": {
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "Any text of your own, new for each thing to do. Sent again within a day, it gives the first \
                            answer again instead of doing it twice.",
            "schema": { "type": "string", "pattern": "^[!-~]{1,255}$" },
        },
        "if-none-match": {
            "name": "If-None-Match", "in": "header", "required": false,
            "description": "The ETag of an earlier answer; 304 when nothing changed.",
            "schema": { "type": "string", "pattern": "^[ -~]{1,200}$" },
        },
        "fields": {
            "name": "fields", "in": "query", "required": false,
            "description": "Only these fields, with commas between them.",
            "schema": { "type": "string" },
        },
        "limit": {
            "name": "limit", "in": "query", "required": false, "description": "How many at most.",
            "schema": { "type": "integer", "minimum": 1, "maximum": 100, "default": 50 },
        },
        "cursor": {
            "name": "cursor", "in": "query", "required": false,
            "description": "The next_cursor of the page before.",
            "schema": { "type": "string" },
        },
    })
}

fn complete(operation: &mut Map<String, Value>, route: &Route) {
    let guarded = route.access.needs_login();
    operation.insert("security".to_owned(), security(route));
    // The section for readers of the code; the errors of an operation are its responses.
    if let Some(text) = operation.get("description").and_then(Value::as_str) {
        let text = text.split("# Errors").next().unwrap_or_default().trim().to_owned();
        operation.insert("description".to_owned(), text.into());
    }
    if guarded {
        operation.insert("x-required-scope".to_owned(), scope_words(route).into());
    }
    let lists = operation["responses"]["200"].to_string().contains("Page_");
    let tagged = route.verb == Verb::Get && guarded && operation["responses"].get("200").is_some();
    let mut shared = Vec::new();
    if guarded {
        shared.push("workspace-header");
    }
    if route.verb == Verb::Post {
        shared.push("idempotency-key");
    }
    if tagged {
        shared.extend(["fields", "if-none-match"]);
    }
    if lists {
        shared.extend(["limit", "cursor"]);
    }
    let list = operation.entry("parameters").or_insert_with(|| json!([]));
    if let Some(list) = list.as_array_mut() {
        list.extend(
            shared
                .iter()
                .map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })),
        );
    }
    let has_body = operation.contains_key("requestBody");
    if operation.get("operationId").is_some_and(|id| id == "logOut") {
        // The only body that may be left out; utoipa would say so by allowing null.
        operation["requestBody"]["required"] = false.into();
    }
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
        return;
    };
    if tagged {
        responses.insert(
            "304".to_owned(),
            json!({ "description": "Nothing changed since the ETag." }),
        );
    }
    for status in statuses(route, has_body) {
        responses.entry(status.to_string()).or_insert_with(|| error(status));
    }
    for response in responses.values_mut() {
        add_headers(response, tagged);
    }
}

fn security(route: &Route) -> Value {
    match (route.access.needs_login(), route.key) {
        (false, _) => json!([]),
        (true, Key::Never) => json!([{ "token": [] }]),
        (true, Key::With(_)) => json!([{ "token": [] }, { "key": [] }]),
    }
}

/// The scope that a key needs for this route, or who may call it at all.
#[must_use]
pub fn scope_words(route: &Route) -> &'static str {
    match (route.access, route.key) {
        (Access::Open | Access::Public, _) => "anybody",
        (_, Key::Never) => "a person's access token",
        (_, Key::With(scope)) => scope.word(),
    }
}

/// Which errors this route may answer with.
fn statuses(route: &Route, has_body: bool) -> Vec<u16> {
    let (guarded, changes) = (route.access.needs_login(), route.verb != Verb::Get);
    let mut statuses = vec![400, 404, 429, 500];
    if guarded {
        statuses.extend([401, 403]);
    }
    if changes {
        statuses.extend([403, 409, 422, 507]);
    }
    if route.path.starts_with("/v1/auth/") {
        statuses.extend([401, 403, 410, 422]);
    }
    if has_body {
        statuses.extend([408, 413, 415]);
    }
    if route.path.ends_with("/subscription") && changes {
        statuses.push(503);
    }
    statuses
}

fn error(status: u16) -> Value {
    let codes: Vec<_> = codes::ALL
        .iter()
        .filter(|code| code.api && code.status == status)
        .map(|code| format!("`{}`", code.code))
        .collect();
    let mut response = json!({
        "description": format!("A problem: {}.", codes.join(", ")),
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    });
    if status == 429 {
        response["headers"] = json!({
            "Retry-After": { "description": "Seconds to wait.", "schema": { "type": "integer", "minimum": 1 } },
        });
    }
    if status == 401 {
        let scheme = json!({ "description": "What to send.", "schema": { "type": "string" } });
        response["headers"] = json!({ "WWW-Authenticate": scheme });
    }
    response
}

fn add_headers(response: &mut Value, tagged: bool) {
    let Some(response) = response.as_object_mut() else {
        return;
    };
    let headers = response.entry("headers").or_insert_with(|| json!({}));
    for name in [
        "RateLimit-Limit",
        "RateLimit-Remaining",
        "RateLimit-Reset",
        "X-Request-Id",
    ] {
        headers[name] = json!({ "$ref": format!("#/components/headers/{name}") });
    }
    if tagged
        && response
            .get("description")
            .is_some_and(|text| !text.as_str().unwrap_or_default().starts_with("A problem"))
    {
        let tag = json!({ "description": "Names this state of the answer.", "schema": { "type": "string" } });
        response["headers"]["ETag"] = tag;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn operations() -> Vec<(String, String, Value)> {
        let document = document();
        let mut operations = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (verb, operation) in item.as_object().unwrap() {
                operations.push((path.clone(), verb.to_uppercase(), operation.clone()));
            }
        }
        operations
    }

    #[test]
    fn every_route_is_described_and_every_description_is_a_route() {
        let table: BTreeSet<_> = described()
            .map(|route| (route.path.to_owned(), route.verb.method().to_string()))
            .collect();
        let document: BTreeSet<_> = operations().into_iter().map(|(path, verb, _)| (path, verb)).collect();
        let missing: Vec<_> = table.difference(&document).collect();
        let invented: Vec<_> = document.difference(&table).collect();
        assert!(
            missing.is_empty() && invented.is_empty(),
            "missing {missing:?}, invented {invented:?}"
        );
    }

    #[test]
    fn every_operation_says_what_it_does_who_may_and_what_can_go_wrong() {
        let mut ids = BTreeSet::new();
        for (path, verb, operation) in operations() {
            let name = format!("{verb} {path}");
            assert!(
                ids.insert(operation["operationId"].to_string()),
                "{name}: operationId is used twice"
            );
            assert!(
                operation["summary"].as_str().is_some_and(|text| text.len() > 5),
                "{name} has no summary"
            );
            assert!(
                operation["tags"][0].is_string() && operation["security"].is_array(),
                "{name}"
            );
            assert!(!operation["description"].to_string().contains("# Errors"), "{name}");
            let responses = operation["responses"].as_object().unwrap();
            assert!(
                responses.keys().any(|status| status.starts_with('2')),
                "{name} never succeeds"
            );
            for status in ["400", "429", "500"] {
                assert!(responses.contains_key(status), "{name} hides {status}");
            }
            for (status, response) in responses {
                if status.starts_with('4') || status.starts_with('5') {
                    assert!(
                        response["content"]["application/problem+json"].is_object(),
                        "{name} {status}"
                    );
                    assert!(
                        response["description"].as_str().unwrap().contains('`'),
                        "{name} {status} names no code"
                    );
                }
                assert!(response["headers"]["RateLimit-Limit"].is_object(), "{name} {status}");
            }
            let declared: BTreeSet<_> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
                .collect();
            let route = described().find(|route| route.path == path && route.verb.method().as_str() == verb);
            let wanted: BTreeSet<_> = route.unwrap().parameters().map(str::to_owned).collect();
            assert_eq!(declared, wanted, "{name}");
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references(value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(object) => {
                    found.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
                    object.values().for_each(|value| references(value, found));
                }
                Value::Array(array) => array.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        let document = document();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 20);
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    #[test]
    fn the_document_is_of_version_3_1() {
        assert!(document()["openapi"].as_str().unwrap().starts_with("3.1"));
    }
}
