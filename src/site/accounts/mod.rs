//! Pages of accounts: set-up, registration, log-in and out, recovery, settings.

pub mod api;
pub mod deletion;
pub mod login;
pub mod recover;
pub mod register;
pub mod second_factor;
pub mod security;
mod security_views;
pub mod sent;
pub mod settings;
pub mod setup;
pub mod strength;
pub mod verify;
pub mod views;

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;

use crate::accounts::{AccountError, FieldError};
use crate::i18n::T;
use crate::web::problem::Problem;
use crate::web::views::Field;

/// The field as typed, with what is wrong with it.
fn field(t: T, name: &str, value: impl Into<String>, errors: &[FieldError]) -> Field {
    let error = errors.iter().find(|error| error.field == name);
    Field::new(value, error.map(|error| t.text(&error.message)))
}

/// The invalid fields of a refused form; any other error is passed on.
fn wrong_fields(error: AccountError) -> Result<Vec<FieldError>, AccountError> {
    match error {
        AccountError::Invalid(errors) => Ok(errors),
        AccountError::EmailTaken => Ok(vec![FieldError::new("email", AccountError::EmailTaken.text())]),
        other => Err(other),
    }
}

/// Adds `Retry-After` for programs.
fn again_after(mut reply: HttpResponse, wait: Duration) -> HttpResponse {
    reply.headers_mut().insert(RETRY_AFTER, wait.as_secs().max(1).into());
    reply
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        let detail = error.text();
        match error {
            AccountError::Invalid(fields) => Self::invalid(detail, fields),
            AccountError::WrongCredentials => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "wrong-credentials", detail),
            AccountError::Throttled(wait) => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-attempts", detail).again_after(wait)
            }
            AccountError::EmailTaken => Self::invalid(detail.clone(), vec![FieldError::new("email", detail)]),
            AccountError::SetupClosed => Self::new(StatusCode::GONE, "setup-closed", detail),
            AccountError::AlreadySetUp => Self::new(StatusCode::GONE, "already-set-up", detail),
            AccountError::NotVerified => Self::forbidden("email-not-verified", detail),
            AccountError::Suspended => Self::forbidden("suspended", detail),
            AccountError::WorkspaceSuspended => Self::forbidden("workspace-suspended", detail),
            AccountError::RegisteredTwice => Self::new(StatusCode::CONFLICT, "registered-twice", detail),
            AccountError::RegistrationClosed => Self::forbidden("registration-closed", detail),
            AccountError::LinkExpired => Self::new(StatusCode::GONE, "link-expired", detail),
            AccountError::WrongCode => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "wrong-code", detail),
            AccountError::ChallengeOver => Self::new(StatusCode::GONE, "challenge-over", detail),
            AccountError::SecondFactorOn => Self::new(StatusCode::CONFLICT, "second-factor-on", detail),
            AccountError::LastAdmin => Self::new(StatusCode::CONFLICT, "last-admin", detail),
            AccountError::OnlyOwner(_) => Self::new(StatusCode::CONFLICT, "only-owner", detail),
            AccountError::NoGuestLogin => Self::forbidden("no-tour", detail),
            AccountError::NotFound => Self::not_found(),
            AccountError::Forbidden(_) => Self::forbidden("role", detail),
            AccountError::Hash(_) => Self::internal(error),
            AccountError::Db(error) => error.into(),
        }
    }
}

/// A cookie that does not fit into a header is an internal error.
fn cookie_failed(error: impl std::error::Error + Send + Sync + 'static) -> Problem {
    Problem::internal(error)
}
