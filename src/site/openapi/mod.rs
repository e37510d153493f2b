//! The document of `/v1`, OpenAPI 3.1, made from the route table.
//!
//! A row names its handler's description: the request and the successful response. Everything that follows
//! from the row and the conventions (credentials, errors, shared headers and parameters) is added here, so no handler
//! can forget it.

mod errors;
pub mod example;
mod row;
pub(in crate::site) mod shared;

use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use crate::site::routes::{self, Demo, Route, Verb};
use crate::web::api::guard::Key;
use crate::web::api::{Problem, ProblemField};
use crate::web::auth::RouteAccess;
use crate::web::https::PublicUrl;

pub use row::Operation;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "WhatsApp Manager Pro",
        description = "Everything below `/v1` speaks JSON. Errors are problem details (RFC 9457) with a stable `code`; each \
                       code is explained at `/docs/errors`. Times are RFC 3339 in UTC.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(Problem, ProblemField))
)]
struct Frame;

/// Identifier, display name, and description.
const TAGS: &[(&str, &str, &str)] = &[
    ("auth", "Authentication", "Registering, logging in, and access tokens."),
    (
        "users",
        "Current user",
        "The caller: profile, plan, usage, logins and two-step verification.",
    ),
    ("workspaces", "Workspaces", "Workspaces, their members and invitations."),
    (
        "sessions",
        "Numbers",
        "Linked WhatsApp numbers: linking, status, pausing and removing them.",
    ),
    (
        "messages",
        "Messages",
        "What is said in the chats of a number: sending, reading, finding, deleting.",
    ),
    (
        "media",
        "Files",
        "Files of messages: uploading what is to be sent, downloading what came.",
    ),
    ("chats", "Chats", "Chats of a number: listing, marking as read, typing."),
    (
        "groups",
        "Groups",
        "Groups that a number is in: creating and changing them, their members, leaving.",
    ),
    ("plans", "Plans", "The plans on offer."),
    (
        "api-keys",
        "API keys",
        "Keys for your own software. Only people can create and revoke them.",
    ),
];

static DOCUMENT: LazyLock<Value> = LazyLock::new(make);

/// The document, for use within the program.
#[must_use]
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// The output of `wamanager openapi`.
#[must_use]
pub fn text() -> String {
    serde_json::to_string_pretty(document()).unwrap_or_default()
}

/// `GET /v1/openapi.json`: the document with the address of this installation.
pub async fn serve(request: HttpRequest) -> HttpResponse {
    let body = match PublicUrl::of(&request) {
        Some(public) => located(public.shown()).to_string(),
        None => document().to_string(),
    };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(body)
}

/// The document of an installation at this address. Without one, its URLs are relative to the document's own.
#[must_use]
pub fn located(address: &str) -> Value {
    let mut document = document().clone();
    document["servers"] = json!([{ "url": address }]);
    document["info"]["contact"]["url"] = format!("{address}/docs/api").into();
    document
}

/// The rows of the table that are operations of the document.
pub fn operations() -> impl Iterator<Item = (&'static Route, Operation)> {
    routes::all(Demo::Off).filter_map(|route| Some((route, route.operation?)))
}

/// The same rows, without their descriptions.
pub fn described() -> impl Iterator<Item = &'static Route> {
    operations().map(|(route, _)| route)
}

fn make() -> Value {
    let mut document = serde_json::to_value(Frame::openapi()).unwrap_or_default();
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    document["info"]["contact"] = json!({ "name": "WhatsApp Manager Pro", "url": "/docs/api" });
    document["servers"] = json!([{ "url": "/" }]);
    let tag = |(name, shown, description): &(&str, &str, &str)| json!({ "name": name, "x-displayName": shown, "description": description });
    document["tags"] = TAGS.iter().map(tag).collect();
    document["components"]["securitySchemes"] = shared::credentials();
    document["components"]["headers"] = shared::headers();
    document["components"]["parameters"] = shared::parameters();
    let (mut schemas, mut responses) = (Vec::new(), Map::new());
    responses.insert("NotModified".to_owned(), shared::not_modified());
    for (route, operation) in operations() {
        let described = serde_json::to_value((operation.describe)(&mut schemas)).unwrap_or_default();
        let Value::Object(mut described) = described else {
            continue;
        };
        complete(&mut described, &mut responses, route, &operation);
        document["paths"][route.path][verb_of(route)] = described.into();
    }
    document["components"]["responses"] = responses.into();
    for (name, schema) in schemas {
        document["components"]["schemas"][name] = serde_json::to_value(schema).unwrap_or_default();
    }
    share_items(&mut document["components"]["schemas"]);
    add_examples(&mut document);
    document
}

/// Makes pages of lists refer to their items' schema, which utoipa repeats in each.
fn share_items(schemas: &mut Value) {
    let known = schemas.clone();
    let known: Vec<_> = known.as_object().into_iter().flatten().collect();
    for schema in schemas.as_object_mut().into_iter().flat_map(Map::values_mut) {
        let Some(items) = schema.pointer_mut("/properties/data/items") else {
            continue;
        };
        if let Some((name, _)) = known.iter().find(|(_, whole)| *whole == items) {
            *items = shared::reference("schemas", name);
        }
    }
}

/// The method as the document writes it.
#[must_use]
pub fn verb_of(route: &Route) -> String {
    route.verb.method().as_str().to_lowercase()
}

fn complete(
    described: &mut Map<String, Value>,
    shared_responses: &mut Map<String, Value>,
    route: &Route,
    operation: &Operation,
) {
    let guarded = route.access.needs_login();
    described.insert("security".to_owned(), security(route));
    // This section is for readers of the code; an operation's errors are its responses.
    if let Some(text) = described.get("description").and_then(Value::as_str) {
        let text = text
            .split("# Errors")
            .next()
            .unwrap_or_default()
            .trim()
            .replace('\n', " ");
        described.insert("description".to_owned(), text.into());
    }
    if guarded {
        described.insert("x-required-scope".to_owned(), scope_words(route).into());
    }
    let tagged = route.verb == Verb::Get && guarded && described["responses"].get("200").is_some();
    let mut shared = Vec::new();
    if guarded {
        shared.push("workspace-header");
    }
    if route.verb == Verb::Post {
        shared.push("idempotency-key");
    }
    if operation.gives_file {
        shared.extend(["range", "if-none-match"]);
    } else if tagged {
        shared.extend(["fields", "if-none-match"]);
    }
    if operation.lists {
        shared.extend(["limit", "cursor"]);
    }
    let list = described.entry("parameters").or_insert_with(|| json!([]));
    if let Some(list) = list.as_array_mut() {
        // Those that the handler describes itself stay.
        list.retain(|parameter| parameter["in"] != "path" || parameter["description"].is_string());
        let is_described = |id: &Value| list.iter().any(|parameter| parameter["name"] == id["name"]);
        let mut ids = path_parameters(route.path);
        ids.retain(|id| !is_described(id));
        list.splice(0..0, ids);
        list.extend(shared.iter().map(|name| shared::reference("parameters", name)));
    }
    let has_body = described
        .get("requestBody")
        .is_some_and(|body| body["content"]["application/json"].is_object());
    if operation.optional_body {
        // utoipa would express that by allowing null.
        described["requestBody"]["required"] = false.into();
    }
    let Some(responses) = described.get_mut("responses").and_then(Value::as_object_mut) else {
        return;
    };
    for response in responses.values_mut() {
        response["headers"] = shared::every_answer();
        if tagged {
            response["headers"]["ETag"] = shared::reference("headers", "ETag");
        }
    }
    if tagged {
        responses.insert("304".to_owned(), shared::reference("responses", "NotModified"));
    }
    errors::add(responses, shared_responses, &codes_of(route, operation, has_body));
}

/// The ids that a path names.
fn path_parameters(path: &str) -> Vec<Value> {
    let names = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name: &str| {
        let what = match name {
            "session" => "number",
            "member" => "person",
            "key" => "API key",
            "reply" => "quick reply",
            "scheduled" => "scheduled message",
            "chat" if path.contains("/groups/") => "group's chat",
            other => other,
        };
        let description = format!("ID of the {what}.");
        json!({
            "name": name, "in": "path", "required": true, "description": description, "schema": { "type": "string" },
        })
    };
    names.map(parameter).collect()
}

pub use errors::codes_of;

/// Adds examples of request and response bodies.
fn add_examples(document: &mut Value) {
    let bare = document.clone();
    let Some(paths) = document["paths"].as_object_mut() else {
        return;
    };
    for operation in paths
        .values_mut()
        .filter_map(Value::as_object_mut)
        .flat_map(Map::values_mut)
    {
        let (body, responses) = (operation.get("requestBody").cloned(), &mut operation["responses"]);
        for response in responses.as_object_mut().into_iter().flat_map(Map::values_mut) {
            add_example(&bare, response);
        }
        if let Some(mut body) = body {
            add_example(&bare, &mut body);
            operation["requestBody"] = body;
        }
    }
}

fn add_example(document: &Value, of: &mut Value) {
    if let Some(media) = of.pointer_mut("/content/application~1json") {
        media["example"] = example::of(document, &media["schema"]);
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
        (RouteAccess::Open | RouteAccess::Public, _) => "anybody",
        (_, Key::Never) => "a person's access token",
        (_, Key::With(scope)) => scope.word(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::operations as operations_of_the_table;
    use super::*;
    use crate::web::api::codes;

    /// Path, method and operation from the document.
    fn operations() -> Vec<(String, String, Value)> {
        let mut operations = Vec::new();
        for (path, item) in document()["paths"].as_object().unwrap() {
            for (verb, operation) in item.as_object().unwrap() {
                operations.push((path.clone(), verb.to_uppercase(), operation.clone()));
            }
        }
        operations
    }

    #[test]
    fn every_route_is_described_and_every_description_is_a_route() {
        // All of `/v1` except the document itself.
        let table: BTreeSet<_> = routes::all(Demo::Off)
            .filter(|route| route.path.starts_with("/v1/") && route.path != "/v1/openapi.json")
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
            let description = operation["description"].as_str().unwrap_or_default();
            assert!(
                description.len() > 20 && !description.contains("# Errors"),
                "{name}: {description:?}"
            );
            let responses = operation["responses"].as_object().unwrap();
            assert!(
                responses.keys().any(|status| status.starts_with('2')),
                "{name} never succeeds"
            );
            for status in ["400", "429", "500"] {
                assert!(responses.contains_key(status), "{name} hides {status}");
            }
            for (status, response) in responses {
                let whole = example::resolved(document(), response);
                if status.starts_with('4') || status.starts_with('5') {
                    assert!(
                        whole["content"]["application/problem+json"].is_object(),
                        "{name} {status}"
                    );
                    assert!(
                        response["description"].as_str().unwrap().contains('`'),
                        "{name} {status} names no code"
                    );
                }
                assert!(whole["headers"]["RateLimit-Limit"].is_object(), "{name} {status}");
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
    fn a_row_and_its_handler_name_the_same_path_and_verb() {
        for (route, operation) in operations_of_the_table() {
            let (path, methods) = (operation.named)();
            let verb = serde_json::to_value(&methods[0]).unwrap();
            assert_eq!((path.as_str(), methods.len()), (route.path, 1));
            assert!(verb.as_str().unwrap().eq_ignore_ascii_case(&verb_of(route)), "{path}");
        }
    }

    /// Whether a value contains placeholder texts.
    fn is_hollow(value: &Value) -> bool {
        match value {
            Value::String(text) => text.is_empty() || text == "string",
            Value::Array(items) => items.iter().any(is_hollow),
            Value::Object(fields) => fields.values().any(is_hollow),
            _ => false,
        }
    }

    #[test]
    fn every_body_is_shown_by_example() {
        for (path, verb, operation) in operations() {
            let answers = operation["responses"].as_object().unwrap().iter();
            let answers = answers
                .filter(|(status, _)| status.starts_with('2'))
                .map(|(_, answer)| answer);
            for body in answers.chain([&operation["requestBody"]]) {
                let media = &body["content"]["application/json"];
                if media.is_object() {
                    let example = &media["example"];
                    assert!(example.is_object() && !is_hollow(example), "{verb} {path}: {example}");
                }
            }
        }
    }

    #[test]
    fn the_codes_of_the_rows_are_exactly_the_listed_ones() {
        let mut met = BTreeSet::new();
        for (route, operation) in operations_of_the_table() {
            for code in operation.codes {
                let listed = codes::find(code).unwrap_or_else(|| panic!("{}: {code} is not in the list", route.path));
                assert!(listed.api, "{}: {code} is of pages only", route.path);
            }
            met.extend(codes_of(route, &operation, true).into_values().flatten());
        }
        // The table handles a wrong method before there is an operation.
        let unmet: Vec<_> = codes::ALL
            .iter()
            .filter(|code| code.api && !met.contains(code.code) && code.code != "wrong-method")
            .collect();
        assert!(unmet.is_empty(), "no operation answers with: {unmet:?}");
    }

    #[test]
    fn every_shared_part_is_used() {
        let text = document().to_string();
        for (kind, parts) in document()["components"].as_object().unwrap() {
            for name in parts.as_object().unwrap().keys().filter(|_| kind != "securitySchemes") {
                assert!(
                    text.contains(&format!("\"#/components/{kind}/{name}\"")),
                    "{kind}/{name} is unused"
                );
            }
        }
    }

    #[test]
    fn the_document_stays_small_per_operation() {
        let size = document().to_string().len() / described().count();
        assert!(
            size < 3_300,
            "{size} bytes an operation, with its share of what is common"
        );
    }

    #[test]
    fn an_installation_names_its_own_address() {
        let document = located("https://wa.example.com");
        assert_eq!(document["servers"][0]["url"], "https://wa.example.com");
        assert_eq!(document["info"]["contact"]["url"], "https://wa.example.com/docs/api");
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
        references(document, &mut found);
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
