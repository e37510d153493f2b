//! Which other sites' pages may call the API: those that the operator configures, none by default.

use actix_cors::Cors;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, RETRY_AFTER};

/// How long a browser caches a preflight response.
const MAX_AGE_SECONDS: usize = 600;

/// Provided as `Data<Origins>`: `https://app.example.com`, or `*` for every site. Credentials are in a header that no
/// browser adds by itself, so even `*` gives nothing to a page without a token.
#[derive(Clone, Debug, Default)]
pub struct Origins(pub Vec<String>);

/// The middleware for these origins.
pub fn middleware(origins: &Origins) -> Cors {
    let mut cors = Cors::default()
        .allowed_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE])
        .allowed_headers([AUTHORIZATION, CONTENT_TYPE, IF_NONE_MATCH])
        .allowed_headers(["idempotency-key", "x-api-key", "x-workspace"])
        .expose_headers([ETAG, LOCATION, RETRY_AFTER])
        .expose_headers([
            "ratelimit-limit",
            "ratelimit-remaining",
            "ratelimit-reset",
            "x-request-id",
            "idempotency-replayed",
        ])
        .max_age(MAX_AGE_SECONDS);
    for origin in &origins.0 {
        cors = if origin == "*" {
            cors.allow_any_origin().send_wildcard()
        } else {
            cors.allowed_origin(origin)
        };
    }
    cors
}
