//! Request bodies: JSON, known fields only, each at most once.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Bytes;
use actix_web::{Error, FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

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
        let message = error.to_string();
        let field = field_named(&message).or_else(|| field_at(bytes, error.line(), error.column()));
        let problem = Problem::bad_request(Text::new("api-body-wrong"));
        let problem = Problem {
            code: "malformed-body",
            ..problem
        };
        let readable = message.split(" at line ").next().unwrap_or_default();
        match field.filter(|_| error.is_data()) {
            Some(field) => problem.wrong(field, Text::verbatim(readable)),
            None => Problem {
                detail: Text::new("api-body-unreadable").with("why", message),
                ..problem
            },
        }
    })
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
