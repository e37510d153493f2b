//! Errors for people and for programs.
//!
//! A feature turns its error into a [`Problem`] (`impl From<XError> for Problem` beside its screens). The wrapper
//! that a handler returns decides the form: [`ApiError`] is JSON after RFC 9457, [`PageError`] is a page, or a toast
//! when htmx asked for a fragment. Both only attach the problem to the response; [`present`] renders it, because only
//! there the request is known. It is also the one place that logs: 5xx with their source, the rest at debug.

use std::fmt;
use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse, ResponseError};

use super::api::{self, ProblemField};
use super::auth::visit_of;
use super::frame::reader_of;
use crate::accounts::FieldError;
use crate::db::DbError;
use crate::i18n::{T, Text};

/// Identifies a request in logs, in the `x-request-id` header and in problems.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

type Source = Arc<dyn std::error::Error + Send + Sync>;

/// An error. `code` is stable; `detail` is for people and says what to do.
#[derive(Clone, Debug)]
pub struct Problem {
    pub status: StatusCode,
    pub code: &'static str,
    pub detail: Text,
    pub fields: Vec<FieldError>,
    /// The same for names that come from the request: unknown fields, parameters of the address.
    pub(super) others: Vec<(String, Text)>,
    /// Seconds until it makes sense to try again.
    pub retry_after: Option<u32>,
    /// For the log only.
    pub(super) source: Option<Source>,
}

impl Problem {
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, detail: Text) -> Self {
        Self {
            status,
            code,
            detail,
            fields: Vec::new(),
            others: Vec::new(),
            retry_after: None,
            source: None,
        }
    }

    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", Text::new("problem-not-found"))
    }

    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "not-logged-in",
            Text::new("problem-not-logged-in"),
        )
    }

    #[must_use]
    pub fn forbidden(code: &'static str, detail: Text) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, detail)
    }

    #[must_use]
    pub fn bad_request(detail: Text) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", detail)
    }

    #[must_use]
    pub fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "too-slow", Text::new("problem-too-slow"))
    }

    #[must_use]
    pub fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            Text::new("problem-too-large"),
        )
    }

    #[must_use]
    pub fn encoded_body() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "encoded-body",
            Text::new("problem-encoded-body"),
        )
    }

    /// The form has wrong fields.
    #[must_use]
    pub fn invalid(detail: Text, fields: Vec<FieldError>) -> Self {
        Self {
            fields,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
        }
    }

    /// The same, in the words that every form has for it.
    #[must_use]
    pub fn fields(fields: Vec<FieldError>) -> Self {
        Self::invalid(Text::new("problem-invalid"), fields)
    }

    /// Tells what is wrong with one field or parameter.
    #[must_use]
    pub fn wrong(mut self, field: impl Into<String>, message: Text) -> Self {
        self.others.push((field.into(), message));
        self
    }

    /// Renames fields to the caller's names, where the service uses others: `[("workspace_name", "name")]`.
    #[must_use]
    pub fn renamed(mut self, names: &[(&str, &'static str)]) -> Self {
        for field in &mut self.fields {
            if let Some((_, name)) = names.iter().find(|(from, _)| *from == field.field) {
                field.field = name;
            }
        }
        self
    }

    /// Every invalid field, and what is wrong with it.
    #[must_use]
    pub fn parts(&self) -> Vec<(&str, &Text)> {
        let fields = self.fields.iter().map(|e| (e.field, &e.message));
        let others = self.others.iter().map(|(field, message)| (field.as_str(), message));
        fields.chain(others).collect()
    }

    /// Sets when a retry makes sense.
    #[must_use]
    pub fn again_after(self, wait: std::time::Duration) -> Self {
        Self {
            retry_after: Some(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).max(1)),
            ..self
        }
    }

    /// An internal error: the person sees a constant text and the request's id, the log gets the source.
    #[must_use]
    pub fn internal(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        let problem = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", Text::internal());
        Self {
            source: Some(Arc::new(source)),
            ..problem
        }
    }

    fn causes(&self) -> String {
        let mut text = String::new();
        let mut next = self.source.as_deref().map(|source| source as &dyn std::error::Error);
        while let Some(cause) = next {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause.to_string());
            next = cause.source();
        }
        text
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.detail.fmt(f)
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        match error {
            DbError::NotFound => Self::not_found(),
            DbError::DiskFull => {
                let detail = Text::new("problem-disk-full");
                Self {
                    source: Some(Arc::new(error)),
                    ..Self::new(StatusCode::INSUFFICIENT_STORAGE, "disk-full", detail)
                }
            }
            error => Self::internal(error),
        }
    }
}

/// How a problem is presented.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Surface {
    Page,
    Api,
}

/// Attached to a response for [`present`].
struct Unpresented(Problem, Surface);

/// The error of JSON handlers.
#[derive(Debug)]
pub struct ApiError(pub Problem);

/// The error of page handlers.
#[derive(Debug)]
pub struct PageError(pub Problem);

/// What a handler of `/v1` answers.
pub type ApiResult = Result<HttpResponse, ApiError>;

/// What a handler of a page answers.
pub type PageResult = Result<HttpResponse, PageError>;

macro_rules! wrapper {
    ($name:ident, $surface:expr) => {
        impl<E: Into<Problem>> From<E> for $name {
            fn from(error: E) -> Self {
                Self(error.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl ResponseError for $name {
            fn status_code(&self) -> StatusCode {
                self.0.status
            }

            fn error_response(&self) -> HttpResponse<BoxBody> {
                unpresented(&self.0, $surface)
            }
        }
    };
}
wrapper!(ApiError, Surface::Api);
wrapper!(PageError, Surface::Page);

fn unpresented(problem: &Problem, surface: Surface) -> HttpResponse {
    let mut response = HttpResponse::new(problem.status);
    response.extensions_mut().insert(Unpresented(problem.clone(), surface));
    response
}

/// The response to a request that was refused before a handler, in the form of its path.
#[must_use]
pub fn response_for(path: &str, problem: &Problem) -> HttpResponse {
    unpresented(problem, if is_api(path) { Surface::Api } else { Surface::Page })
}

/// Whether a path belongs to the API, which always answers in JSON.
#[must_use]
pub fn is_api(path: &str) -> bool {
    path == "/v1" || path.starts_with("/v1/")
}

/// Whether the response is a problem that is not rendered yet.
#[must_use]
pub fn is_problem<B>(response: &HttpResponse<B>) -> bool {
    response.extensions().contains::<Unpresented>()
}

/// For actix's own extractors, whose errors would otherwise be plain text.
#[must_use]
pub fn extractor_error(problem: Problem, req: &HttpRequest) -> Error {
    if is_api(req.path()) {
        ApiError(problem).into()
    } else {
        PageError(problem).into()
    }
}

/// Middleware: renders every problem.
pub async fn present(req: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse, Error> {
    let mut response = next.call(req).await?.map_into_boxed_body();
    let left = response.response_mut().extensions_mut().remove::<Unpresented>();
    let Some(Unpresented(problem, surface)) = left else {
        return Ok(response);
    };
    log(&problem);
    let (request, bare) = response.into_parts();
    let id = request
        .extensions()
        .get::<RequestId>()
        .map(|id| id.0.clone())
        .unwrap_or_default();
    let mut shown = match surface {
        Surface::Api => json(&problem, &id, reader_of(visit_of(&request).as_ref())),
        Surface::Page if wants_json(&request) => json(&problem, &id, reader_of(visit_of(&request).as_ref())),
        Surface::Page => super::errors::page(&request, &problem, &id).await,
    };
    if let Some(seconds) = problem.retry_after {
        shown.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    // Headers that guards and other middleware added to the problem: limits, origins, methods.
    for (name, value) in bare.headers() {
        if !shown.headers().contains_key(name) {
            shown.headers_mut().append(name.clone(), value.clone());
        }
    }
    Ok(ServiceResponse::new(request, shown))
}

fn log(problem: &Problem) {
    let status = problem.status.as_u16();
    if problem.status.is_server_error() {
        tracing::error!(status, code = problem.code, causes = problem.causes(), "request failed");
    } else {
        tracing::debug!(status, code = problem.code, detail = %problem.detail, "request refused");
    }
}

fn wants_json(request: &HttpRequest) -> bool {
    let accept = request
        .headers()
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    accept.contains("json") && !accept.contains("text/html")
}

fn json(problem: &Problem, request_id: &str, t: T) -> HttpResponse {
    let errors = problem.parts().into_iter().map(|(field, message)| ProblemField {
        field: field.to_owned(),
        message: t.text(message),
    });
    // Programs have a list, and no marks beside fields.
    let detail = if problem.detail == Text::new("problem-invalid") {
        t.get("api-body-wrong")
    } else {
        t.text(&problem.detail)
    };
    let body = api::Problem {
        r#type: format!("/docs/errors/{}", problem.code),
        title: problem.status.canonical_reason().unwrap_or("Error").to_owned(),
        status: problem.status.as_u16(),
        code: problem.code.to_owned(),
        detail,
        errors: errors.collect(),
        request_id: request_id.to_owned(),
    };
    let mut response = HttpResponse::build(problem.status);
    if problem.status == StatusCode::UNAUTHORIZED {
        // Which credential a caller without one needs, and what is wrong with an invalid one.
        let error = match problem.code {
            "not-logged-in" => "",
            _ => ", error=\"invalid_token\"",
        };
        response.insert_header((WWW_AUTHENTICATE, format!("Bearer realm=\"wamanager\"{error}")));
    }
    response
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_TYPE, "application/problem+json"))
        .body(serde_json::to_string(&body).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_names_the_problem_its_fields_and_the_request() {
        let problem = Problem::invalid(
            Text::verbatim("Please correct."),
            vec![FieldError::new("email", Text::verbatim("Write one."))],
        );
        let body = json(&problem, "r1", T::default()).into_body().try_into_bytes().unwrap();
        let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            value,
            serde_json::json!({
                "type": "/docs/errors/invalid", "title": "Unprocessable Entity", "status": 422, "code": "invalid",
                "detail": "Please correct.", "errors": [{"field": "email", "message": "Write one."}], "request_id": "r1",
            })
        );
    }

    #[test]
    fn programs_are_not_told_of_marks_on_a_page() {
        let problem = Problem::fields(vec![FieldError::new("email", Text::verbatim("Write one."))]);
        assert_eq!(problem.to_string(), "Please correct the marked fields.");
        let body = json(&problem, "r1", T::default()).into_body().try_into_bytes().unwrap();
        let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(value["detail"], "Some fields are not right; see errors.");
    }

    #[test]
    fn the_cause_of_an_internal_problem_is_for_the_log_only() {
        let problem = Problem::from(DbError::Io("sector 7".into()));
        assert!(!problem.to_string().contains("sector 7"));
        assert!(problem.causes().contains("sector 7"));
    }
}
