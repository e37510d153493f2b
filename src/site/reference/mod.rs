//! `/docs/api`: the reference, from the document, with forms to try it. `/docs/errors`: every code explained.

pub mod views;

use actix_web::HttpResponse;
use actix_web::web::Path;
use serde_json::Value;

use self::views::{CodePage, CodeView, ErrorsPage, GroupView, OperationView, ParameterView, ReferencePage};
use crate::i18n::T;
use crate::site::openapi;
use crate::web::api::codes::{self, Code};
use crate::web::layout::Shell;
use crate::web::problem::{PageError, Problem};
use crate::web::want::{Want, html};

/// `GET /docs/errors`.
pub async fn errors(want: Want, shell: Shell) -> HttpResponse {
    let page = ErrorsPage {
        codes: codes::ALL.iter().map(|code| view(code, &shell.t)).collect(),
        shell,
    };
    want.html(&page, page.as_main())
}

/// `GET /docs/errors/{code}`.
pub async fn code(want: Want, shell: Shell, code: Path<String>) -> Result<HttpResponse, PageError> {
    let code = codes::find(&code).ok_or_else(Problem::not_found)?;
    let page = CodePage {
        code: view(code, &shell.t),
        shell,
    };
    Ok(want.html(&page, page.as_main()))
}

fn view(code: &Code, t: &T) -> CodeView {
    CodeView {
        code: code.code,
        status: code.status,
        means: code.means(t),
        fix: code.fix(t),
        on_pages: !code.api,
    }
}

/// `GET /docs/api`.
pub async fn reference(shell: Shell) -> HttpResponse {
    let document: Value = serde_json::from_str(openapi::text()).unwrap_or_default();
    let page = ReferencePage {
        version: text(&document["info"]["version"]),
        groups: groups(&document),
        shell,
    };
    html(actix_web::http::StatusCode::OK, &page)
}

fn groups(document: &Value) -> Vec<GroupView> {
    let mut groups: Vec<GroupView> = document["tags"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|tag| GroupView {
            id: text(&tag["name"]),
            name: text(&tag["name"]),
            description: text(&tag["description"]),
            operations: Vec::new(),
        })
        .collect();
    // In the order of the route table, which was written to be read.
    for route in openapi::described() {
        let verb = route.verb.method().to_string();
        let operation = &document["paths"][route.path][verb.to_lowercase()];
        let tag = text(&operation["tags"][0]);
        let view = OperationView {
            needs: openapi::scope_words(route).to_owned(),
            ..operation_view(document, operation, &verb, route.path)
        };
        if let Some(group) = groups.iter_mut().find(|group| group.id == tag) {
            group.operations.push(view);
        }
    }
    groups.retain(|group| !group.operations.is_empty());
    groups
}

fn operation_view(document: &Value, operation: &Value, verb: &str, path: &str) -> OperationView {
    let id = text(&operation["operationId"]);
    let listed = operation["parameters"].as_array().into_iter().flatten();
    let parameters = listed
        .map(|parameter| resolved(document, parameter))
        .map(|parameter| ParameterView {
            field: format!("{id}-{}", text(&parameter["name"])),
            name: text(&parameter["name"]),
            place: text(&parameter["in"]),
            required: parameter["required"].as_bool().unwrap_or(false),
            description: text(&parameter["description"]),
        })
        .collect();
    let answers = operation["responses"].as_object().into_iter().flatten();
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    OperationView {
        method: verb.to_owned(),
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        description: text(&operation["description"]),
        needs: String::new(),
        parameters,
        body: (!schema.is_null()).then(|| {
            let example = example(document, schema);
            serde_json::to_string_pretty(&example).unwrap_or_default()
        }),
        answers: answers
            .map(|(status, answer)| (status.clone(), text(&answer["description"])))
            .collect(),
        id,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

/// Something of this shape to begin with.
fn example(document: &Value, schema: &Value) -> Value {
    let schema = resolved(document, schema);
    if let Some(given) = schema.get("example") {
        return given.clone();
    }
    if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
        let real = choices.iter().find(|choice| choice["type"] != "null");
        return real.map_or(Value::Null, |choice| example(document, choice));
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) if kinds.iter().any(|kind| kind == "null") => return Value::Null,
        kind => kind.as_str().unwrap_or_default(),
    };
    match kind {
        "object" => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            properties
                .map(|(name, schema)| (name.clone(), example(document, schema)))
                .collect()
        }
        "array" => Value::Array(vec![example(document, &schema["items"])]),
        "boolean" => false.into(),
        "integer" | "number" => 0.into(),
        _ => "".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_on_the_page() {
        let document: Value = serde_json::from_str(openapi::text()).unwrap();
        let shown: usize = groups(&document).iter().map(|group| group.operations.len()).sum();
        assert_eq!(shown, openapi::described().count());
    }

    #[test]
    fn an_operation_with_a_body_begins_with_an_example_of_it() {
        let document: Value = serde_json::from_str(openapi::text()).unwrap();
        let groups = groups(&document);
        let all = groups.iter().flat_map(|group| &group.operations);
        let log_in = all.clone().find(|operation| operation.id == "logIn").unwrap();
        let body: Value = serde_json::from_str(log_in.body.as_ref().unwrap()).unwrap();
        assert_eq!(body["email"], "ada@example.com");
        let out = all.clone().find(|operation| operation.id == "logOut").unwrap();
        assert_eq!(out.body.as_deref(), Some("{\n  \"everywhere\": false\n}"));
    }
}
