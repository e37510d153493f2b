//! Errors as `application/problem+json` (RFC 9457).

use std::fmt;

use actix_web::error::{JsonPayloadError, PathError, QueryPayloadError};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use crate::hub::GroupError;
use crate::phone::PhoneError;

#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
}

impl Problem {
    pub fn unprocessable(detail: impl Into<String>) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            detail: detail.into(),
        }
    }

    pub fn not_found(detail: impl Into<String>) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            detail: detail.into(),
        }
    }

    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let body = serde_json::json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        HttpResponse::build(self.status)
            .content_type("application/problem+json")
            .body(body.to_string())
    }
}

impl From<PhoneError> for Problem {
    fn from(error: PhoneError) -> Self {
        use PhoneError as E;
        let status = match &error {
            E::UnknownPhone | E::NoDevice => StatusCode::NOT_FOUND,
            E::Exists | E::Offline | E::Gone => StatusCode::CONFLICT,
            E::Media(_) | E::Signal(_) | E::AppState => StatusCode::INTERNAL_SERVER_ERROR,
            E::BadNumber
            | E::BadQr
            | E::BadCode
            | E::NoPendingCode
            | E::WrongCode
            | E::Pairing(_)
            | E::NotOnNetwork
            | E::NoGroup
            | E::NoSecret
            | E::NoSuchOption
            | E::BadRaw
            | E::NoPlaceForMarks
            | E::NotOwn
            | E::Passkey(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self {
            status,
            detail: error.to_string(),
        }
    }
}

impl From<GroupError> for Problem {
    fn from(error: GroupError) -> Self {
        Self::unprocessable(error.to_string())
    }
}

pub(super) fn bad_body(error: JsonPayloadError, _: &HttpRequest) -> actix_web::Error {
    Problem::bad_request(format!("the body is not what this call takes: {error}")).into()
}

pub(super) fn bad_query(error: QueryPayloadError, _: &HttpRequest) -> actix_web::Error {
    Problem::bad_request(format!("the query is not what this call takes: {error}")).into()
}

pub(super) fn bad_path(error: PathError, _: &HttpRequest) -> actix_web::Error {
    Problem::bad_request(format!("the path is not what this call takes: {error}")).into()
}

pub(super) async fn no_such_call(request: HttpRequest) -> HttpResponse {
    let detail = format!(
        "there is no call {} {}: docs/simulated-network.md has the list",
        request.method(),
        request.path()
    );
    Problem {
        status: StatusCode::NOT_FOUND,
        detail,
    }
    .error_response()
}
