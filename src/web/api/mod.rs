//! What every answer of `/v1` has in common.
//!
//! A row of the route table says who may call and which scope a key needs; [`guard`] checks it, counts the request and
//! answers a repeated `Idempotency-Key`. Handlers in `site/<room>/api.rs` take [`Body`], [`Paging`] and a `Scope` or a
//! [`Person`], call one service method and answer with [`reply`]. Every refusal is an RFC 9457 problem whose code is
//! listed in [`codes`].
//!
//! Invariants
//! - Cookies authenticate nothing here, and tokens and keys no page; so no request needs a CSRF token.
//! - Every error below `/v1` is problem+json, even for an unknown path.
//! - Every operation of the document is a route and every route is an operation: a test compares them.

pub mod body;
pub mod codes;
pub mod cors;
pub mod guard;
pub mod idempotency;
pub mod limit;
pub mod page;
pub mod reply;

pub use body::{Body, OptionalBody};
pub use guard::{Key, Person};
pub use page::{Page, Paging};

use utoipa::ToSchema;

/// A time as the API writes it: RFC 3339 in UTC, to the second.
#[must_use]
pub fn time(at: crate::clock::UnixMs) -> String {
    at.to_utc().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// An error after RFC 9457.
#[derive(serde::Serialize, ToSchema)]
pub struct Problem {
    /// Address of the page that explains the code.
    #[schema(example = "/docs/errors/not-found", format = "uri-reference")]
    pub r#type: String,
    #[schema(example = "Not Found")]
    pub title: String,
    #[schema(example = 404, minimum = 400, maximum = 599)]
    pub status: u16,
    /// Stable; decide by this one.
    #[schema(example = "not-found")]
    pub code: String,
    /// For people: what happened and what to do.
    pub detail: String,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<ProblemField>,
    /// Names the request in the server's log.
    #[schema(example = "req_06c2m9k1t4v7x0z3a5b8d1f4h7")]
    pub request_id: String,
}

/// What is wrong with one field of a request.
#[derive(serde::Serialize, ToSchema)]
pub struct ProblemField {
    #[schema(example = "email")]
    pub field: String,
    pub message: String,
}
