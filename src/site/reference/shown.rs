//! Views of the document.

use serde_json::Value;

use super::schema;
use super::views::{AnswerView, BodyView, EntryView, GroupView, OperationView, ParameterView, RefusalView};
use crate::i18n::T;
use crate::site::openapi::{self, Operation, example};
use crate::site::routes::{Route, Verb};
use crate::web::api::Key;

/// The reader of an operation.
pub(super) struct Reader<'a> {
    pub t: &'a T,
    /// The address of this installation.
    pub base: &'a str,
    /// Id of the reader's workspace.
    pub workspace: Option<&'a str>,
}

/// Without backticks, which the page would show literally.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().replace('`', "")
}

pub(super) fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

fn of_document(route: &Route) -> &'static Value {
    &openapi::document()["paths"][route.path][openapi::verb_of(route)]
}

/// The list of operations that contain all words of `query`, in the order of the route table, which is arranged for
/// readers.
pub(super) fn groups(query: &str, current: Option<&str>) -> Vec<GroupView> {
    let tags = openapi::document()["tags"].as_array().into_iter().flatten();
    let mut groups: Vec<GroupView> = tags
        .map(|tag| GroupView {
            id: text(&tag["name"]),
            name: text(&tag["x-displayName"]),
            entries: Vec::new(),
        })
        .collect();
    for route in openapi::described() {
        let operation = of_document(route);
        let entry = EntryView {
            id: text(&operation["operationId"]),
            method: route.verb.method().to_string(),
            path: route.path.to_owned(),
            summary: text(&operation["summary"]),
            current: operation["operationId"] == *current.unwrap_or_default(),
        };
        let group = groups.iter_mut().find(|group| operation["tags"][0] == *group.id);
        if let Some(group) = group.filter(|_| matches(query, &entry, operation)) {
            group.entries.push(entry);
        }
    }
    groups.retain(|group| !group.entries.is_empty());
    groups
}

fn matches(query: &str, entry: &EntryView, operation: &Value) -> bool {
    let description = operation["description"].as_str().unwrap_or_default();
    let EntryView {
        method,
        path,
        summary,
        id,
        ..
    } = entry;
    let all = format!("{method} {path} {summary} {id} {description}").to_lowercase();
    query.split_whitespace().all(|word| all.contains(&word.to_lowercase()))
}

/// The operation with this id.
pub(super) fn operation(id: &str, reader: &Reader<'_>) -> Option<OperationView> {
    let (route, row) = openapi::operations().find(|(route, _)| of_document(route)["operationId"] == *id)?;
    let operation = of_document(route);
    let parameters = parameters(operation, reader);
    let body = body(&operation["requestBody"], row.optional_body);
    let upload = upload(&operation["requestBody"]);
    let answers = operation["responses"].as_object().into_iter().flatten();
    let answers = answers.filter(|(status, _)| status.starts_with(['2', '3']));
    Some(OperationView {
        id: id.to_owned(),
        method: route.verb.method().to_string(),
        path: route.path.to_owned(),
        summary: text(&operation["summary"]),
        description: text(&operation["description"]),
        needs: needs(route, reader.t),
        curl: curl(route, &parameters, body.as_ref(), upload.as_deref(), reader.base),
        refusals: refusals(route, &row, body.is_some()),
        answers: answers
            .map(|(status, answer)| {
                let answer = example::resolved(openapi::document(), answer);
                let mut body = self::body(answer, false);
                // Every field of a response is present, if only as null.
                for field in body.iter_mut().flat_map(|body| &mut body.fields) {
                    field.required = true;
                }
                AnswerView {
                    status: status.clone(),
                    description: text(&answer["description"]),
                    body,
                }
            })
            .collect(),
        parameters,
        body,
        upload,
        guarded: route.access.needs_login(),
        deletes: route.verb == Verb::Delete,
    })
}

fn parameters(operation: &Value, reader: &Reader<'_>) -> Vec<ParameterView> {
    let listed = operation["parameters"].as_array().into_iter().flatten();
    listed
        .map(|parameter| example::resolved(openapi::document(), parameter))
        .map(|parameter| {
            let (name, place) = (text(&parameter["name"]), text(&parameter["in"]));
            let own = reader.workspace.filter(|_| place == "path" && name == "workspace");
            ParameterView {
                required: parameter["required"].as_bool().unwrap_or(false),
                description: text(&parameter["description"]),
                value: own.unwrap_or_default().to_owned(),
                name,
                place,
            }
        })
        .collect()
}

/// The JSON of a request or a response, if there is any.
fn body(of: &Value, optional: bool) -> Option<BodyView> {
    let media = of.pointer("/content/application~1json")?;
    Some(BodyView {
        fields: schema::fields(openapi::document(), &media["schema"]),
        example: serde_json::to_string_pretty(&media["example"]).unwrap_or_default(),
        optional,
    })
}

/// The part of a form that is a file.
fn upload(of: &Value) -> Option<String> {
    let form = of.pointer("/content/multipart~1form-data/schema")?;
    let form = example::resolved(openapi::document(), form);
    let mut parts = form["properties"].as_object()?.iter();
    parts
        .find(|(_, part)| part["format"] == "binary")
        .map(|(name, _)| name.clone())
}

fn refusals(route: &Route, row: &Operation, has_body: bool) -> Vec<RefusalView> {
    let codes = openapi::codes_of(route, row, has_body).into_iter();
    codes.map(|(status, codes)| RefusalView { status, codes }).collect()
}

fn needs(route: &Route, t: &T) -> String {
    match (route.access.needs_login(), route.key) {
        (false, _) => t.get("reference-needs-nothing"),
        (true, Key::Never) => t.get("reference-needs-person"),
        (true, Key::With(scope)) => t.with("reference-needs-scope", "scope", scope.word()),
    }
}

/// The command for a shell. The page's script generates the same from the typed values.
fn curl(
    route: &Route,
    parameters: &[ParameterView],
    body: Option<&BodyView>,
    upload: Option<&str>,
    base: &str,
) -> String {
    let mut path = route.path.to_owned();
    for parameter in parameters.iter().filter(|parameter| parameter.place == "path") {
        let blank = format!("{}_ID", parameter.name.to_uppercase());
        let value = if parameter.value.is_empty() {
            &blank
        } else {
            &parameter.value
        };
        path = path.replace(&format!("{{{}}}", parameter.name), value);
    }
    let mut parts = match route.verb {
        Verb::Get => vec![format!("curl {}", quoted(&format!("{base}{path}")))],
        verb => vec![format!(
            "curl -X {} {}",
            verb.method(),
            quoted(&format!("{base}{path}"))
        )],
    };
    if route.access.needs_login() {
        parts.push("-H \"Authorization: Bearer $TOKEN\"".to_owned());
    }
    if let Some(body) = body {
        parts.push("-H 'Content-Type: application/json'".to_owned());
        parts.push(format!("-d {}", quoted(&body.example)));
    }
    if let Some(part) = upload {
        parts.push(format!("-F {}", quoted(&format!("{part}=@FILE"))));
    }
    parts.join(" \\\n  ")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(id: &str, workspace: Option<&str>) -> OperationView {
        let reader = Reader {
            t: &T::default(),
            base: "https://wa.example.com",
            workspace,
        };
        operation(id, &reader).unwrap()
    }

    #[test]
    fn every_operation_is_listed_and_has_a_page() {
        let groups = groups("", None);
        let entries: Vec<_> = groups.iter().flat_map(|group| &group.entries).collect();
        assert_eq!(entries.len(), openapi::described().count());
        for entry in entries {
            let shown = shown(&entry.id, None);
            assert_eq!((shown.path, shown.method), (entry.path.clone(), entry.method.clone()));
            assert!(!shown.answers.is_empty() && !shown.refusals.is_empty());
        }
    }

    #[test]
    fn a_search_finds_what_has_all_words() {
        let found = |query: &str| -> Vec<String> {
            let groups = groups(query, None);
            groups
                .into_iter()
                .flat_map(|group| group.entries)
                .map(|entry| entry.id)
                .collect()
        };
        assert_eq!(found("invoices"), ["listInvoices"]);
        assert_eq!(found("DELETE  invitation"), ["revokeInvitation"]);
        assert_eq!(found("nothing like this"), [""; 0]);
    }

    #[test]
    fn an_operation_with_a_body_begins_with_an_example_of_it() {
        let body: Value = serde_json::from_str(&shown("logIn", None).body.unwrap().example).unwrap();
        assert_eq!(body["email"], "ada@example.com");
        let out = shown("logOut", None).body.unwrap();
        assert!(out.optional);
        assert_eq!(out.example, "{\n  \"everywhere\": false\n}");
    }

    #[test]
    fn the_shell_command_is_complete() {
        assert_eq!(shown("listPlans", None).curl, "curl 'https://wa.example.com/v1/plans'");
        let changed = shown("changeMember", Some("wsp_1")).curl;
        let lines: Vec<_> = changed.lines().collect();
        assert_eq!(
            lines[..3],
            [
                "curl -X PUT 'https://wa.example.com/v1/workspaces/wsp_1/members/MEMBER_ID' \\",
                "  -H \"Authorization: Bearer $TOKEN\" \\",
                "  -H 'Content-Type: application/json' \\",
            ]
        );
        let upload = shown("uploadFile", None);
        assert_eq!(upload.upload.as_deref(), Some("file"));
        assert!(upload.curl.ends_with("-F 'file=@FILE'"), "{}", upload.curl);
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }
}
