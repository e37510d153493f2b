//! Request bodies: JSON, known fields only, each at most once.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Bytes;
use actix_web::{Error, FromRequest, HttpRequest};
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::i18n::Text;
use crate::web::problem::{Problem, extractor_error};

/// A required body.
pub struct Body<T>(pub T);

/// An optional body.
pub struct OptionalBody<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, bytes) = (req.clone(), Bytes::from_request(req, payload));
        Box::pin(async move {
            let read = read(&req, bytes.await).and_then(|bytes| parse(&bytes));
            read.map(Self).map_err(|problem| extractor_error(problem, &req))
        })
    }
}

impl<T: DeserializeOwned + Default + 'static> FromRequest for OptionalBody<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, bytes) = (req.clone(), Bytes::from_request(req, payload));
        Box::pin(async move {
            let read = match bytes.await {
                Ok(bytes) if bytes.is_empty() => Ok(T::default()),
                bytes => read(&req, bytes).and_then(|bytes| parse(&bytes)),
            };
            read.map(Self).map_err(|problem| extractor_error(problem, &req))
        })
    }
}

fn read(req: &HttpRequest, bytes: Result<Bytes, Error>) -> Result<Bytes, Problem> {
    if !is_json(req) {
        let detail = Text::new("api-not-json");
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json", detail));
    }
    bytes.map_err(|error| match error.as_response_error().status_code() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
        _ => Problem::bad_request(Text::new("api-body-cut")),
    })
}

fn is_json(req: &HttpRequest) -> bool {
    let content_type = req.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|text| text.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

/// Every body is an object: serde alone would also accept a list of the fields' values.
fn is_object(bytes: &[u8]) -> bool {
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if !is_object(bytes) {
        let detail = Text::new("api-body-no-object");
        return Err(Problem {
            code: "malformed-body",
            ..Problem::bad_request(detail)
        });
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let problem = Problem {
            code: "malformed-body",
            ..Problem::bad_request(Text::new("api-body-wrong"))
        };
        // serde_json also calls some values of a wrong type a mistake in the syntax.
        if !error.is_data() && serde_json::from_slice::<IgnoredAny>(bytes).is_err() {
            let detail = Text::new("api-body-syntax")
                .with("line", error.line())
                .with("column", error.column());
            return Problem { detail, ..problem };
        }
        let message = error.to_string();
        match field_named(&message).or_else(|| field_at(bytes, error.line(), error.column())) {
            Some(field) => problem.wrong(field, fault(&message)),
            None => Problem {
                detail: Text::new("api-body-unfit"),
                ..problem
            },
        }
    })
}

/// What is wrong with a field. serde has no kinds of data errors, so they are told by how its messages begin; the words
/// of the message itself are for developers of this program and stay inside.
fn fault(message: &str) -> Text {
    let message = message.rsplit_once(" at line ").map_or(message, |(said, _)| said);
    if message.starts_with("missing field `") {
        return Text::new("api-field-missing");
    }
    if message.starts_with("duplicate field `") {
        return Text::new("api-field-twice");
    }
    let expected = message.rsplit_once(", expected ").map_or("", |(_, expected)| expected);
    let choices = || expected.split('`').skip(1).step_by(2).collect::<Vec<_>>().join(", ");
    if message.starts_with("unknown field `") {
        return match choices() {
            none if none.is_empty() => Text::new("api-field-unknown"),
            known => Text::new("api-field-unknown-of").with("known", known),
        };
    }
    if message.starts_with("unknown variant `") {
        return Text::new("api-choose-from").with("known", choices());
    }
    if message.starts_with("invalid type: ") {
        return Text::new(kind_expected(expected));
    }
    let is_number = message.starts_with("invalid value: ") && kind_expected(expected) == "api-field-whole-number";
    Text::new(if is_number {
        "api-field-out-of-range"
    } else {
        "api-field-unusable"
    })
}

/// What a field must be, by what serde calls the expected type.
fn kind_expected(expected: &str) -> &'static str {
    match expected {
        "a string" => "api-field-string",
        "a boolean" => "api-field-boolean",
        "a sequence" => "api-field-list",
        "a map" => "api-field-object",
        "f32" | "f64" => "api-field-number",
        "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "isize" => "api-field-whole-number",
        named if named.starts_with("struct ") => "api-field-object",
        _ => "api-field-unusable",
    }
}

/// The field that serde names: "missing field `email`".
fn field_named(message: &str) -> Option<String> {
    let known = ["missing field `", "unknown field `", "duplicate field `"];
    let after = known.iter().find_map(|start| message.strip_prefix(start))?;
    after.split('`').next().map(str::to_owned)
}

/// The outermost key within whose value the position lies; `line` and `column` count from one.
fn field_at(bytes: &[u8], line: usize, column: usize) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let before: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let end = (before + column).min(text.len());
    let (mut depth, mut string, mut escaped, mut start) = (0usize, false, false, 0);
    let (mut last, mut field) = (None, None);
    for (at, byte) in text.bytes().enumerate().take(end) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if string => escaped = true,
            b'"' => {
                string = !string;
                if string {
                    start = at + 1;
                } else if depth == 1 {
                    last = text.get(start..at);
                }
            }
            _ if string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b':' if depth == 1 => field = last,
            _ => {}
        }
    }
    field.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is tested")]
    struct Form {
        name: String,
        #[serde(default)]
        scopes: Vec<String>,
    }

    fn wrong(body: &str) -> (String, Vec<String>) {
        let problem = parse::<Form>(body.as_bytes()).unwrap_err();
        assert_eq!(problem.status, 400);
        let fields = problem.parts().into_iter().map(|(field, _)| field.to_owned()).collect();
        (problem.code.to_owned(), fields)
    }

    #[test]
    fn an_invalid_body_names_the_field() {
        for (body, field) in [
            ("{}", "name"),
            (r#"{"name": 1}"#, "name"),
            (r#"{"name": null}"#, "name"),
            (r#"{"name": "a", "name": "b"}"#, "name"),
            (r#"{"name": "a", "colour": 1}"#, "colour"),
            ("{\n \"name\": \"a:{\\\"\",\n \"scopes\": [\"x\", 5]}", "scopes"),
            (r#"{"name": "a", "scopes": {"name": 1}}"#, "scopes"),
        ] {
            assert_eq!(
                wrong(body),
                ("malformed-body".to_owned(), vec![field.to_owned()]),
                "{body}"
            );
        }
    }

    #[derive(serde::Deserialize, Debug)]
    #[serde(rename_all = "lowercase")]
    enum Colour {
        Red,
        Green,
    }

    #[derive(serde::Deserialize, Debug, Default)]
    #[serde(deny_unknown_fields, default)]
    struct Kinds {
        text: String,
        flag: bool,
        count: u32,
        share: f64,
        list: Vec<String>,
        inner: Option<Box<Kinds>>,
        colour: Option<Colour>,
    }

    #[derive(serde::Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}

    fn said<T: DeserializeOwned + std::fmt::Debug>(body: &str) -> String {
        let problem = parse::<T>(body.as_bytes()).unwrap_err();
        let parts = problem.parts();
        parts.first().map_or(&problem.detail, |(_, text)| *text).to_string()
    }

    #[test]
    fn a_wrong_field_is_told_in_a_sentence_of_the_catalogue() {
        for (body, sentence) in [
            ("{}", "This field is missing."),
            (
                r#"{"name": "a", "name": "b"}"#,
                "This field appears twice. Send it once.",
            ),
            (
                r#"{"name": "a", "col`, expected our": 1}"#,
                "There is no field with this name. Known fields: name, scopes.",
            ),
            (r#"{"name": 1}"#, "This must be a string."),
            (r#"{"name": "a", "scopes": "x"}"#, "This must be a list."),
        ] {
            assert_eq!(said::<Form>(body), sentence, "{body}");
        }
        for (body, sentence) in [
            (r#"{"text": null}"#, "This must be a string."),
            (r#"{"flag": "yes"}"#, "This must be true or false."),
            (r#"{"count": "1"}"#, "This must be a whole number."),
            (r#"{"count": -1}"#, "This number is too small or too large."),
            (r#"{"share": "1"}"#, "This must be a number."),
            (r#"{"inner": 1}"#, "This must be an object."),
            (r#"{"inner": {"flag": 1}}"#, "This must be true or false."),
            (r#"{"colour": "blue"}"#, "Choose from: red, green."),
            (
                r#"{"colour": 1}"#,
                "This value can’t be used here. See the documentation.",
            ),
        ] {
            assert_eq!(said::<Kinds>(body), sentence, "{body}");
        }
        assert_eq!(said::<Nothing>(r#"{"a": 1}"#), "There is no field with this name.");
    }

    #[test]
    fn invalid_json_is_told_by_its_place() {
        for (body, sentence) in [
            ("{1: 2}", "The body is not valid JSON (line 1, column 2)."),
            ("{\n \"name\": ", "The body is not valid JSON (line 2, column 9)."),
        ] {
            assert_eq!(said::<Form>(body), sentence, "{body}");
        }
    }

    #[test]
    fn invalid_json_is_refused_without_a_field() {
        let deep = "[".repeat(100_000);
        for body in [
            "",
            "{",
            "nul",
            "[]",
            "\"x\"",
            "{\"name\": \"\\ud800\"}",
            deep.as_str(),
            "\u{0}",
        ] {
            let (code, _) = wrong(body);
            assert_eq!(code, "malformed-body");
        }
        assert!(parse::<Form>(b"{\"name\": \"\xff\"}").is_err());
    }
}
