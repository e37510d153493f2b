//! Examples, generated from a schema's fields.

use serde_json::{Value, json};

/// The target of a reference; any other value is returned unchanged.
#[must_use]
pub fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

/// An example value of this schema.
#[must_use]
pub fn of(document: &Value, schema: &Value) -> Value {
    let schema = resolved(document, schema);
    if let Some(given) = schema.get("example") {
        return given.clone();
    }
    if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
        let real = choices.iter().find(|choice| choice["type"] != "null");
        return real.map_or(Value::Null, |choice| of(document, choice));
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) if kinds.iter().any(|kind| kind == "null") => return Value::Null,
        kind => kind.as_str().unwrap_or_default(),
    };
    match (kind, schema["format"].as_str().unwrap_or_default()) {
        ("object", _) => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            properties
                .map(|(name, schema)| (name.clone(), of(document, schema)))
                .collect()
        }
        ("array", _) => json!([of(document, &schema["items"])]),
        ("boolean", _) => false.into(),
        ("integer" | "number", _) => 0.into(),
        (_, "date-time") => "2026-11-24T09:30:00Z".into(),
        (_, "password") => "velvet-otter-sings-loud".into(),
        _ => "".into(),
    }
}
