//! Authentication of browsers: the login cookie, the guard of every route, and the extractors that handlers take.

use std::future::{Ready, ready};

use actix_web::body::MessageBody;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::USER_AGENT;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest};

use super::client_ip::client_address;
use super::problem::{self, Problem, extractor_error};
use super::security::Transport;
use super::{csrf, https};
use crate::access::Caller;
use crate::accounts::{Accounts, Challenge, Forbidden, IssuedLogin, Permission, Scope, Visit, VisitingBrowser};
use crate::audit::Admin;
use crate::i18n::Text;

/// Who may call a route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RouteAccess {
    /// Everybody, and no visitor is looked up: files and health, which must work without the database.
    Open,
    /// Everybody; a logged-in visitor is looked up.
    Public,
    /// Logged-in visitors.
    Login,
    /// Like [`RouteAccess::Login`], but guests may use it too although it changes something: logging out.
    LoginOrGuest,
    /// A member of a workspace.
    Member,
    /// A member whose role allows this.
    Allowed(Permission),
    /// Administrators of the installation.
    Admin,
}

impl RouteAccess {
    #[must_use]
    pub const fn needs_login(self) -> bool {
        !matches!(self, Self::Open | Self::Public)
    }
}

/// The cookie's name: `__Host-` binds it to this host and https, where there is https.
#[must_use]
pub const fn cookie_name(transport: Transport) -> &'static str {
    match transport {
        Transport::Https => "__Host-login",
        Transport::Http => "login",
    }
}

/// The cookie of a new login.
#[must_use]
pub fn login_cookie(transport: Transport, login: &IssuedLogin) -> Cookie<'static> {
    cookie(transport, login.token.clone(), login.lifetime)
}

/// Identifies a browser long after its login has ended.
const DEVICE_COOKIE: &str = "device";
/// As long as browsers keep any cookie.
const DEVICE_LIFETIME: std::time::Duration = std::time::Duration::from_secs(400 * 24 * 60 * 60);
/// Holds a log-in that still needs a code.
const CHALLENGE_COOKIE: &str = "second-factor";

/// The cookie by which the browser is recognised; it grants nothing.
#[must_use]
pub fn device_cookie(transport: Transport, device: &str) -> Cookie<'static> {
    named(DEVICE_COOKIE, transport, device.to_owned(), DEVICE_LIFETIME)
}

/// The cookie of a log-in that still needs a code: only this browser can finish it.
#[must_use]
pub fn challenge_cookie(transport: Transport, challenge: &Challenge) -> Cookie<'static> {
    named(CHALLENGE_COOKIE, transport, challenge.token.clone(), challenge.lifetime)
}

/// The cookie that ends an unfinished log-in.
#[must_use]
pub fn no_challenge_cookie(transport: Transport) -> Cookie<'static> {
    let mut gone = named(CHALLENGE_COOKIE, transport, String::new(), std::time::Duration::ZERO);
    gone.make_removal();
    gone
}

/// The unfinished log-in of this browser.
#[must_use]
pub fn challenge_of(req: &HttpRequest) -> Option<String> {
    let held = req.cookie(CHALLENGE_COOKIE)?;
    Some(held.value().to_owned()).filter(|token| !token.is_empty())
}

/// The cookie that ends the browser's login.
#[must_use]
pub fn logout_cookie(transport: Transport) -> Cookie<'static> {
    let mut gone = cookie(transport, String::new(), std::time::Duration::ZERO);
    gone.make_removal();
    gone
}

fn cookie(transport: Transport, value: String, lifetime: std::time::Duration) -> Cookie<'static> {
    named(cookie_name(transport), transport, value, lifetime)
}

fn named(name: &'static str, transport: Transport, value: String, lifetime: std::time::Duration) -> Cookie<'static> {
    let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(transport == Transport::Https)
        .max_age(actix_web::cookie::time::Duration::seconds(seconds))
        .finish()
}

/// Enforces the route table's requirements before the handler is called.
pub async fn guard<B: MessageBody + 'static>(
    access: RouteAccess,
    mut req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse, Error> {
    let transport = transport_of(req.request());
    let token = req
        .cookie(cookie_name(transport))
        .map(|cookie| cookie.value().to_owned());
    if let Err(problem) = authenticate(access, token.as_deref(), &mut req).await {
        let response = problem::response_for(req.path(), &problem);
        return Ok(req.into_response(response));
    }
    let renewed = visit_of(req.request()).is_some_and(|visit| visit.renewed);
    let mut response = next.call(req).await?.map_into_boxed_body();
    // A handler that logs in or out sets the cookie itself.
    let untouched = response
        .response()
        .cookies()
        .all(|cookie| cookie.name() != cookie_name(transport));
    if let Some(token) = token.filter(|_| renewed && untouched) {
        let again = cookie(transport, token, crate::accounts::LOGIN_LIFETIME);
        response
            .response_mut()
            .add_cookie(&again)
            .map_err(actix_web::error::ErrorInternalServerError)?;
    }
    Ok(response)
}

async fn authenticate(access: RouteAccess, token: Option<&str>, req: &mut ServiceRequest) -> Result<(), Problem> {
    let unsafe_method = !csrf::is_safe(req.method());
    if unsafe_method {
        https::check(req.request())?;
        csrf::check_origin(req.headers(), transport_of(req.request()))?;
    }
    let visit = match token {
        Some(token) if access != RouteAccess::Open => {
            provided::<Accounts>(req.request(), "accounts")?.visit(token).await?
        }
        _ => None,
    };
    if access.needs_login() {
        let visit = visit.as_ref().ok_or_else(Problem::unauthorized)?;
        authorize(access, visit)?;
        if unsafe_method {
            let bound = match access {
                RouteAccess::Member | RouteAccess::Allowed(_) => csrf::Bound::Workspace,
                _ => csrf::Bound::Login,
            };
            csrf::check_token(req, &visit.csrf, bound).await?;
            if visit.read_only() && access != RouteAccess::LoginOrGuest {
                return Err(Problem::forbidden("guest", Text::new("problem-guest")));
            }
        }
    }
    if let Some(visit) = visit {
        req.extensions_mut().insert(visit);
    }
    Ok(())
}

fn authorize(access: RouteAccess, visit: &Visit) -> Result<(), Problem> {
    match (access, visit.scope()) {
        (RouteAccess::Open | RouteAccess::Public | RouteAccess::Login | RouteAccess::LoginOrGuest, _)
        | (RouteAccess::Member, Some(_)) => Ok(()),
        (RouteAccess::Admin, _) if visit.is_admin() => Ok(()),
        (RouteAccess::Admin, _) => Err(admin_only()),
        (RouteAccess::Allowed(permission), Some(scope)) => scope
            .require(permission)
            .map_err(|Forbidden| Problem::forbidden("role", Forbidden.text())),
        (RouteAccess::Member | RouteAccess::Allowed(_), None) => Err(no_workspace()),
    }
}

pub(super) fn admin_only() -> Problem {
    Problem::forbidden("admin-only", Text::new("problem-admin-only"))
}

pub(super) fn no_workspace() -> Problem {
    Problem::forbidden("no-workspace", Text::new("problem-no-workspace"))
}

/// A service that the composition root registered as `Data<T>`.
pub fn provided<T: Clone + 'static>(req: &HttpRequest, what: &'static str) -> Result<T, Problem> {
    let data = req
        .app_data::<Data<T>>()
        .ok_or_else(|| Problem::internal(NotProvided(what)))?;
    Ok(data.get_ref().clone())
}

/// The composition root forgot to provide a service.
#[derive(Debug, thiserror::Error)]
#[error("the server was started without {0}")]
struct NotProvided(&'static str);

/// How the site is reached; plain http unless configured.
#[must_use]
pub fn transport_of(req: &HttpRequest) -> Transport {
    req.app_data::<Data<Transport>>()
        .map_or(Transport::Http, |transport| *transport.get_ref())
}

/// The logged-in visitor, on public routes too.
#[must_use]
pub fn visit_of(req: &HttpRequest) -> Option<Visit> {
    req.extensions().get::<Visit>().cloned()
}

/// The visitor also where no guard ran: on unknown paths, or behind a guard that refused. Only for rendering the page's
/// frame; it grants no access.
pub(super) async fn recognise(req: &HttpRequest) -> Option<Visit> {
    if let Some(visit) = visit_of(req) {
        return Some(visit);
    }
    let token = req.cookie(cookie_name(transport_of(req)))?;
    let accounts = provided::<Accounts>(req, "accounts").ok()?;
    let visit = accounts.visit(token.value()).await.ok()??;
    req.extensions_mut().insert(visit.clone());
    Some(visit)
}

/// What is stored about the browser when it logs in.
#[must_use]
pub fn browser_of(req: &HttpRequest) -> VisitingBrowser {
    let agent = req
        .headers()
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let device = req
        .cookie(DEVICE_COOKIE)
        .map(|cookie| cookie.value().to_owned())
        .filter(|device| !device.is_empty());
    VisitingBrowser {
        address: client_address(req),
        agent: agent.to_owned(),
        device,
    }
}

/// The logged-in visitor.
pub struct Actor(pub Visit);

impl FromRequest for Actor {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(
            visit_of(req)
                .map(Self)
                .ok_or_else(|| extractor_error(Problem::unauthorized(), req)),
        )
    }
}

/// An administrator, by the same word that the guard has of the visitor: behind any other row of the table there is none.
impl FromRequest for Admin {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let address = browser_of(req).address;
        let admin = visit_of(req).ok_or_else(Problem::unauthorized);
        let admin = admin.and_then(|visit| visit.admin(address).map_err(|Forbidden| admin_only()));
        ready(admin.map_err(|problem| extractor_error(problem, req)))
    }
}

impl FromRequest for Scope {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        // A key is not a visitor, and a token's visitor acts in the workspace that the caller named.
        let caller = req.extensions().get::<Caller>().map(Caller::scope);
        let scope = match caller.or_else(|| visit_of(req).map(|visit| visit.scope())) {
            None => Err(Problem::unauthorized()),
            Some(scope) => scope.ok_or_else(no_workspace),
        };
        let scope = scope.map(|scope| Self {
            address: Some(browser_of(req).address),
            ..scope
        });
        ready(scope.map_err(|problem| extractor_error(problem, req)))
    }
}

/// Where to go after logging in: only a local path, since the value comes from the address bar.
#[must_use]
pub fn local_path(next: &str) -> Option<&str> {
    let safe = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.contains(|c: char| c.is_control());
    (safe && !next.starts_with("/login") && !next.starts_with("/logout")).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_login_only_a_path_of_ours_is_followed() {
        assert_eq!(local_path("/inbox?chat=1"), Some("/inbox?chat=1"));
        for bad in [
            "",
            "inbox",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nb",
            "/login?next=/",
        ] {
            assert_eq!(local_path(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_cookie_is_bound_to_the_host_under_https() {
        let login = IssuedLogin {
            token: "t".into(),
            user: crate::ids::UserId(1),
            lifetime: std::time::Duration::from_secs(60),
        };
        let text = login_cookie(Transport::Https, &login).to_string();
        assert_eq!(
            text,
            "__Host-login=t; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60"
        );
        assert!(!login_cookie(Transport::Http, &login).to_string().contains("Secure"));
    }
}
