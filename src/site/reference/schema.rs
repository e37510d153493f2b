//! A schema as a list of fields.

use serde_json::Value;

use super::shown;
use super::views::FieldView;
use crate::site::openapi::example::resolved;

/// The fields of an object, each followed by its nested fields.
pub(super) fn fields(document: &Value, schema: &Value) -> Vec<FieldView> {
    let mut list = List {
        document,
        told: Vec::new(),
        fields: Vec::new(),
    };
    list.add("", schema);
    list.fields
}

struct List<'a> {
    document: &'a Value,
    /// Schemas whose fields are listed already.
    told: Vec<&'a str>,
    fields: Vec<FieldView>,
}

impl<'a> List<'a> {
    fn add(&mut self, before: &str, schema: &'a Value) {
        let whole = resolved(self.document, schema);
        let required = |name: &str| {
            let listed = whole["required"].as_array();
            listed.is_some_and(|listed| listed.iter().any(|one| one == name))
        };
        for (name, field) in whole["properties"].as_object().into_iter().flatten() {
            let (inner, nullable) = real(field);
            let (inner, many) = match resolved(self.document, inner) {
                array if array["type"] == "array" => (&array["items"], true),
                _ => (inner, false),
            };
            let name_of_schema = inner["$ref"]
                .as_str()
                .and_then(|reference| reference.rsplit('/').next());
            let nullable = nullable || is_nullable(inner);
            let full = format!("{before}{name}");
            let described = [field, inner, resolved(self.document, inner)];
            let description = described.iter().find(|one| one["description"].is_string());
            self.fields.push(FieldView {
                kind: kind(inner, name_of_schema, many, nullable),
                required: required(name),
                description: description
                    .map_or_else(String::new, |one| shown::text(&one["description"]).replace('\n', " ")),
                name: full.clone(),
            });
            if let Some(known) = name_of_schema
                && !self.told.contains(&known)
            {
                self.told.push(known);
                self.add(&format!("{full}{}.", if many { "[]" } else { "" }), inner);
            }
        }
    }
}

/// The schema that is not null, and whether null is also allowed.
fn real(schema: &Value) -> (&Value, bool) {
    match schema["oneOf"].as_array() {
        Some(choices) => {
            let nullable = choices.iter().any(|choice| choice["type"] == "null");
            let real = choices.iter().find(|choice| choice["type"] != "null");
            (real.unwrap_or(schema), nullable)
        }
        None => (schema, false),
    }
}

fn is_nullable(schema: &Value) -> bool {
    let kinds = schema["type"].as_array();
    kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "null"))
}

fn kind(schema: &Value, name: Option<&str>, many: bool, nullable: bool) -> String {
    let plain = match (&schema["type"], name) {
        (_, Some(name)) => name.trim_end_matches("View"),
        (Value::Array(kinds), None) => {
            let real = kinds.iter().find(|kind| *kind != "null");
            real.and_then(Value::as_str).unwrap_or_default()
        }
        (kind, None) => kind.as_str().unwrap_or_default(),
    };
    let mut words = plain.to_owned();
    if let Some(format) = schema["format"].as_str().filter(|_| plain == "string") {
        words = format!("{words} ({format})");
    }
    if many {
        words.push_str("[]");
    }
    if nullable {
        words.push_str(" | null");
    }
    let most = ["maxLength", "maximum"].iter().find_map(|name| schema[*name].as_u64());
    let least = ["minLength", "minimum"].iter().find_map(|name| schema[*name].as_u64());
    match (least, most) {
        (Some(least), Some(most)) => format!("{words}, {least}–{most}"),
        (Some(least), None) if least > 0 => format!("{words}, ≥ {least}"),
        (None, Some(most)) => format!("{words}, ≤ {most}"),
        _ => words,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nested_fields_are_listed_once() {
        let document = json!({ "components": { "schemas": {
            "PlanView": { "type": "object", "required": ["code"], "properties": {
                "code": { "type": "string", "maxLength": 20, "description": "A word." },
            } },
        } } });
        let plan = json!({ "$ref": "#/components/schemas/PlanView" });
        let schema = json!({ "type": "object", "required": ["plans"], "properties": {
            "next": { "oneOf": [{ "type": "null" }, plan] },
            "plans": { "type": "array", "items": plan },
            "until": { "type": ["string", "null"], "format": "date-time" },
        } });
        let told: Vec<_> = fields(&document, &schema)
            .into_iter()
            .map(|field| (field.name, field.kind, field.required))
            .collect();
        let row = |name: &str, kind: &str, required| (name.to_owned(), kind.to_owned(), required);
        assert_eq!(
            told,
            [
                row("next", "Plan | null", false),
                row("next.code", "string, ≤ 20", true),
                row("plans", "Plan[]", true),
                row("until", "string (date-time) | null", false),
            ]
        );
    }
}
