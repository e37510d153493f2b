//! What a route's row requires of a request to `/v1`, checked before its handler is called.

use std::future::{Ready, ready};
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest};

use super::idempotency;
use super::limit::{self, RateLimit, RateLimitState};
use crate::access::{self, AccessError, Caller, Credential, How, KeyScope};
use crate::accounts::{Forbidden, Visit};
use crate::i18n::{Locale, T, Text};
use crate::ids::PublicId;
use crate::web::auth::{self, RouteAccess, browser_of, provided};
use crate::web::csrf;
use crate::web::problem::{self, Problem, extractor_error};
use crate::zone::Zone;

/// Which credentials a route accepts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key {
    /// Access tokens only: members, roles, invitations, keys, billing, and a person's own account.
    Never,
    /// A key with this scope too.
    With(KeyScope),
}

/// The row's requirements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gate {
    pub access: RouteAccess,
    pub key: Key,
}

impl Gate {
    #[must_use]
    pub const fn of(access: RouteAccess, key: Key) -> Self {
        Self { access, key }
    }
}

/// Middleware around everything below `/v1`: a refusal in plain text becomes a problem.
pub async fn in_form<B: MessageBody + 'static>(req: ServiceRequest, next: Next<B>) -> Result<ServiceResponse, Error> {
    let response = next.call(req).await?.map_into_boxed_body();
    let status = response.status();
    let refused = status.is_client_error() || status.is_server_error();
    if !refused || problem::is_problem(response.response()) {
        return Ok(response);
    }
    let problem = match status {
        StatusCode::NOT_FOUND => Problem::not_found(),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
        StatusCode::RANGE_NOT_SATISFIABLE => Problem::new(status, "bad-range", Text::new("api-bad-range")),
        status if status.is_server_error() => Problem::internal(Unexplained(status.as_u16())),
        _ => Problem::bad_request(Text::new("api-bad-request")),
    };
    let (request, bare) = response.into_parts();
    let mut formed = problem::response_for(request.path(), &problem);
    for (name, value) in bare.headers() {
        formed.headers_mut().append(name.clone(), value.clone());
    }
    Ok(ServiceResponse::new(request, formed))
}

/// An inner service answered with an error that is not a problem.
#[derive(Debug, thiserror::Error)]
#[error("a service below /v1 answered {0} without a problem")]
struct Unexplained(u16);

pub async fn guard<B: MessageBody + 'static>(
    gate: Gate,
    mut req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse, Error> {
    let (state, admitted) = authenticate(gate, &mut req).await;
    let mut response = match admitted {
        Ok(caller) => idempotency::run(caller, req, next).await?,
        Err(problem) => {
            let response = problem::response_for(req.path(), &problem);
            req.into_response(response)
        }
    };
    if let Some(state) = state {
        tell(&mut response, state);
    }
    Ok(response)
}

/// Counts the request for its caller and authorizes it. Returns the caller's name.
async fn authenticate(gate: Gate, req: &mut ServiceRequest) -> (Option<RateLimitState>, Result<String, Problem>) {
    let recognised = if gate.access.needs_login() {
        recognise(req.request()).await
    } else {
        Ok(None)
    };
    let name = match &recognised {
        Ok(Some(caller)) => caller.name().to_string(),
        // A caller who guesses credentials is counted by address, too.
        _ => limit::address_name(browser_of(req.request()).address),
    };
    let state = match provided::<RateLimit>(req.request(), "the rate limit") {
        Ok(limit) => limit.count(&name),
        Err(problem) => return (None, Err(problem)),
    };
    let decided = if state.allowed {
        recognised.and_then(|caller| decide(gate, caller, req))
    } else {
        Err(too_many(state))
    };
    (Some(state), decided.map(|()| name))
}

fn decide(gate: Gate, caller: Option<Caller>, req: &ServiceRequest) -> Result<(), Problem> {
    if !gate.access.needs_login() {
        return Ok(());
    }
    let caller = caller.ok_or_else(no_credential)?;
    allow_key(gate.key, &caller.how, req.match_info().get("session"))?;
    authorize(gate.access, &caller)?;
    if !csrf::is_safe(req.method()) && caller.read_only() && gate.access != RouteAccess::LoginOrGuest {
        return Err(Problem::forbidden("guest", Text::new("problem-guest")));
    }
    if let Some(visit) = caller.visit() {
        req.extensions_mut().insert(visit);
    }
    req.extensions_mut().insert(caller);
    Ok(())
}

/// The caller that the request's credential identifies, if it has one.
async fn recognise(req: &HttpRequest) -> Result<Option<Caller>, Problem> {
    let Some(credential) = credential_of(req)? else {
        return Ok(None);
    };
    // The workspace in the path takes precedence over the header.
    let named = req
        .match_info()
        .get("workspace")
        .or_else(|| text_header(req, "x-workspace"));
    let workspace = match named {
        Some(id) => Some(
            id.parse::<PublicId>()
                .map_err(|_| Problem::from(AccessError::Workspace))?,
        ),
        None => None,
    };
    let access = provided::<access::Access>(req, "access")?;
    Ok(Some(access.authenticate(credential, workspace).await?))
}

fn credential_of(req: &HttpRequest) -> Result<Option<Credential>, Problem> {
    let bad = || {
        let detail = Text::new("api-bad-credential");
        Problem::new(StatusCode::UNAUTHORIZED, "invalid-token", detail)
    };
    if let Some(key) = req.headers().get("x-api-key") {
        let key = key.to_str().ok().and_then(|key| key.parse().ok());
        // A token in this header is a mistake that should be noticed.
        let key = key.filter(|credential| matches!(credential, Credential::Key { .. }));
        return key.map(Some).ok_or_else(bad);
    }
    let Some(value) = req.headers().get(AUTHORIZATION) else {
        return Ok(None);
    };
    let (scheme, rest) = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or_else(bad)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(bad());
    }
    rest.parse().map(Some).map_err(|_| bad())
}

fn text_header<'a>(req: &'a HttpRequest, name: &str) -> Option<&'a str> {
    // A header value that is not text is not an id either.
    req.headers().get(name).map(|value| value.to_str().unwrap_or_default())
}

fn no_credential() -> Problem {
    let detail = Text::new("api-no-credential");
    Problem::new(StatusCode::UNAUTHORIZED, "not-logged-in", detail)
}

fn allow_key(key: Key, how: &How, session: Option<&str>) -> Result<(), Problem> {
    let How::Key {
        scopes, session: bound, ..
    } = how
    else {
        return Ok(());
    };
    let needed = match key {
        Key::With(scope) => scope,
        Key::Never => {
            return Err(Problem::forbidden("person-only", Text::new("api-person-only")));
        }
    };
    if !scopes.contains(&needed) {
        let detail = Text::new("api-missing-scope").with("scope", needed);
        return Err(Problem::forbidden("missing-scope", detail));
    }
    match (bound, session) {
        (None, _) => Ok(()),
        (Some(bound), Some(asked)) if bound.as_str() == asked => Ok(()),
        // Another number of the workspace is treated as if it did not exist.
        (Some(_), Some(_)) => Err(Problem::not_found()),
        (Some(_), None) => Err(Problem::forbidden("key-bound", Text::new("api-key-bound"))),
    }
}

fn authorize(access: RouteAccess, caller: &Caller) -> Result<(), Problem> {
    match (access, caller.scope()) {
        (RouteAccess::Open | RouteAccess::Public | RouteAccess::Login | RouteAccess::LoginOrGuest, _)
        | (RouteAccess::Member, Some(_)) => Ok(()),
        (RouteAccess::Admin, _) if caller.visit().is_some_and(|visit| visit.is_admin()) => Ok(()),
        (RouteAccess::Admin, _) => Err(auth::admin_only()),
        (RouteAccess::Allowed(permission), Some(scope)) => scope
            .require(permission)
            .map_err(|Forbidden| Problem::forbidden("role", Forbidden.text())),
        (RouteAccess::Member | RouteAccess::Allowed(_), None) => Err(auth::no_workspace()),
    }
}

fn too_many(state: RateLimitState) -> Problem {
    let detail = Text::new("api-rate-limited").number("most", state.limit);
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate-limited", detail).again_after(whole_seconds(state.reset))
}

/// Rounded up, so that a caller who waits this long is not too early.
fn whole_seconds(span: Duration) -> Duration {
    Duration::from_secs(u64::try_from(span.as_millis().div_ceil(1000)).unwrap_or(u64::MAX))
}

fn tell(response: &mut ServiceResponse, state: RateLimitState) {
    let headers = response.headers_mut();
    let mut set = |name, value: u64| {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    };
    set("ratelimit-limit", state.limit.into());
    set("ratelimit-remaining", state.remaining.into());
    set("ratelimit-reset", whole_seconds(state.reset).as_secs());
}

/// The person of an access token. A key is not a person; handlers that take `Person` refuse keys.
pub struct Person(pub Visit);

impl FromRequest for Person {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let visit = auth::visit_of(req).map(Self);
        ready(visit.ok_or_else(|| extractor_error(no_credential(), req)))
    }
}

/// The caller, person or key.
pub struct Called(pub Caller);

impl Called {
    /// The caller's texts: in the workspace's time zone, and so far one language.
    #[must_use]
    pub fn reader(&self) -> T {
        let zone = self.0.membership.as_ref().map_or(Zone::UTC, |m| m.workspace.time_zone);
        T::new(Locale::En, zone)
    }

    /// ISO 3166-1 alpha-2: how the workspace's national phone numbers are read.
    #[must_use]
    pub fn country(&self) -> &str {
        self.0.membership.as_ref().map_or("", |m| m.workspace.country.as_str())
    }
}

impl FromRequest for Called {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = req.extensions().get::<Caller>().cloned().map(Self);
        ready(caller.ok_or_else(|| extractor_error(no_credential(), req)))
    }
}

/// An id from the path; a malformed one is not found.
pub fn id(text: &str) -> Result<PublicId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::ids::ApiKeyId;

    fn key(scopes: &[KeyScope], session: Option<&PublicId>) -> How {
        How::Key {
            id: ApiKeyId(1),
            public_id: PublicId::new("key"),
            scopes: scopes.to_vec(),
            session: session.cloned(),
        }
    }

    fn code(result: Result<(), Problem>) -> Option<&'static str> {
        result.err().map(|problem| problem.code)
    }

    #[test]
    fn a_key_opens_only_what_its_scopes_name() {
        let needed = Key::With(KeyScope::AccountRead);
        assert_eq!(
            code(allow_key(needed, &key(&[KeyScope::AccountRead], None), None)),
            None
        );
        let other = key(&[KeyScope::AccountWrite, KeyScope::SessionsRead], None);
        assert_eq!(code(allow_key(needed, &other, None)), Some("missing-scope"));
        let all = key(KeyScope::ALL, None);
        assert_eq!(code(allow_key(Key::Never, &all, None)), Some("person-only"));
        let token = How::Token {
            login: crate::ids::LoginId(1),
        };
        assert_eq!(code(allow_key(Key::Never, &token, None)), None);
    }

    #[test]
    fn a_key_that_is_bound_to_a_number_opens_only_that_number() {
        let (own, other) = (PublicId::new("ses"), PublicId::new("ses"));
        let (needed, bound) = (Key::With(KeyScope::SessionsRead), key(KeyScope::ALL, Some(&own)));
        assert_eq!(code(allow_key(needed, &bound, Some(own.as_str()))), None);
        assert_eq!(code(allow_key(needed, &bound, Some(other.as_str()))), Some("not-found"));
        assert_eq!(code(allow_key(needed, &bound, None)), Some("key-bound"));
    }

    #[test]
    fn only_a_bearer_credential_is_one() {
        let read = |name: &'static str, value: &'static str| {
            let request = TestRequest::get().insert_header((name, value)).to_http_request();
            credential_of(&request)
                .map(|found| found.is_some())
                .map_err(|problem| problem.code)
        };
        assert_eq!(read("accept", "*/*"), Ok(false));
        assert_eq!(read("authorization", "Bearer a.b.c"), Ok(true));
        assert_eq!(read("authorization", "bearer wam_live_0a1b2c3d_x"), Ok(true));
        assert_eq!(read("x-api-key", "wam_live_0a1b2c3d_x"), Ok(true));
        for (name, value) in [
            ("authorization", "Basic YTpi"),
            ("authorization", "Bearer"),
            ("authorization", "a.b.c"),
            ("authorization", "Bearer nonsense"),
            ("x-api-key", "a.b.c"),
            ("x-api-key", ""),
        ] {
            assert_eq!(read(name, value), Err("invalid-token"), "{name}: {value}");
        }
    }
}
