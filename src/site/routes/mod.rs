//! THE list: every path of the program, who may call it, and its handler.
//!
//! The server is built from this table and the tests that walk all routes read it, so there is no way to add a path
//! that they do not see. Names of parameters are the singular of their room (`{chat}`, `{session}`): the walk fills
//! them with another workspace's ids.

mod accounts;
mod admin;
mod api;
mod billing;
mod plans;
mod product;
mod security;
mod team;

use actix_web::HttpRequest;
use actix_web::guard::{self, Guard};
use actix_web::http::Method;
use actix_web::middleware::{Condition, from_fn};
use actix_web::web::{self, ServiceConfig};
use utoipa::__dev::{SchemaReferences, Tags};

use crate::access::KeyScope;
use crate::site::openapi::Operation;
use crate::web::api::Key;
use crate::web::api::cors::{self, Origins};
use crate::web::api::guard::{self as api_guard, Gate};
use crate::web::auth::{self, RouteAccess};
use crate::web::problem;

/// The method of a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    Get,
    Post,
    Put,
    Delete,
}

impl Verb {
    #[must_use]
    pub const fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
            Self::Put => Method::PUT,
            Self::Delete => Method::DELETE,
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy)]
pub struct Route {
    pub verb: Verb,
    /// With parameters in braces.
    pub path: &'static str,
    pub access: RouteAccess,
    /// Which API key may use it; only for `/v1`, since keys do not authenticate pages.
    pub key: Key,
    /// Its description in the API document; only for `/v1`.
    pub operation: Option<Operation>,
    /// A route with only its handler; method and guard come from the row.
    handler: fn() -> actix_web::Route,
}

impl Route {
    /// The names of the parameters in the path.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}

impl Route {
    /// The same route, also for API keys with a scope.
    const fn key(mut self, key: Key) -> Self {
        self.key = key;
        self
    }

    /// The same route, described: `P` is the `__path_…` type beside the handler, `codes` are those that the handler
    /// itself may answer with.
    const fn operation<P>(mut self, codes: &'static [&'static str]) -> Self
    where
        P: utoipa::Path + SchemaReferences + for<'t> Tags<'t>,
    {
        self.operation = Some(Operation::of::<P>(codes));
        self
    }

    /// [`Self::operation`] that answers with a page of a list.
    const fn list<P>(mut self, codes: &'static [&'static str]) -> Self
    where
        P: utoipa::Path + SchemaReferences + for<'t> Tags<'t>,
    {
        self.operation = Some(Operation::of::<P>(codes).that_lists());
        self
    }

    /// [`Self::operation`] that answers with a file.
    const fn file<P>(mut self, codes: &'static [&'static str]) -> Self
    where
        P: utoipa::Path + SchemaReferences + for<'t> Tags<'t>,
    {
        self.operation = Some(Operation::of::<P>(codes).that_gives_a_file());
        self
    }

    /// [`Self::operation`] with an optional body.
    const fn bodiless<P>(mut self, codes: &'static [&'static str]) -> Self
    where
        P: utoipa::Path + SchemaReferences + for<'t> Tags<'t>,
    {
        self.operation = Some(Operation::of::<P>(codes).with_optional_body());
        self
    }

    #[must_use]
    pub fn is_api(&self) -> bool {
        problem::is_api(self.path)
    }

    fn answers_head(&self) -> bool {
        self.verb == Verb::Get
    }

    /// Every GET route also answers HEAD; actix leaves the body out by itself.
    fn method_guard(&self) -> impl Guard {
        let asked = guard::Any(guard::Method(self.verb.method()));
        if self.answers_head() {
            asked.or(guard::Head())
        } else {
            asked
        }
    }
}

const fn get(path: &'static str, access: RouteAccess, handler: fn() -> actix_web::Route) -> Route {
    Route {
        verb: Verb::Get,
        path,
        access,
        key: Key::Never,
        operation: None,
        handler,
    }
}

const fn post(path: &'static str, access: RouteAccess, handler: fn() -> actix_web::Route) -> Route {
    Route {
        verb: Verb::Post,
        path,
        access,
        key: Key::Never,
        operation: None,
        handler,
    }
}

const fn put(path: &'static str, access: RouteAccess, handler: fn() -> actix_web::Route) -> Route {
    Route {
        verb: Verb::Put,
        path,
        access,
        key: Key::Never,
        operation: None,
        handler,
    }
}

const fn delete(path: &'static str, access: RouteAccess, handler: fn() -> actix_web::Route) -> Route {
    Route {
        verb: Verb::Delete,
        path,
        access,
        key: Key::Never,
        operation: None,
        handler,
    }
}

/// Every area of an ordinary installation.
const AREAS: &[&[Route]] = &[
    product::MACHINE,
    product::SESSIONS,
    product::CHATS,
    accounts::ACCOUNTS,
    security::SECURITY,
    team::TEAM,
    plans::PLANS,
    billing::BILLING,
    admin::ADMIN,
    api::API,
];

/// Whether the demo's own pages exist.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Demo {
    On,
    Off,
}

/// All rows of the table.
pub fn all(demo: Demo) -> impl Iterator<Item = &'static Route> {
    let extra = if demo == Demo::On { product::DEMO } else { &[] };
    AREAS.iter().copied().flatten().chain(extra)
}

/// The scopes that at least one row accepts, in the order of their list: what forms and commands offer.
#[must_use]
pub fn offered_scopes() -> Vec<KeyScope> {
    let opens = |scope: &KeyScope| all(Demo::Off).any(|route| route.key == Key::With(*scope));
    KeyScope::ALL.iter().copied().filter(opens).collect()
}

/// Whether any route accepts a key that is bound to one number.
#[must_use]
pub fn offers_numbers() -> bool {
    all(Demo::Off).any(|route| route.key != Key::Never && route.parameters().any(|name| name == "session"))
}

/// Registers the table with the server. `origins` are those of other sites whose pages may call the API.
pub fn register(config: &mut ServiceConfig, demo: Demo, origins: &Origins) {
    let mut paths: Vec<&str> = Vec::new();
    for route in all(demo) {
        if !paths.contains(&route.path) {
            paths.push(route.path);
        }
    }
    let (programs, people): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| problem::is_api(path));
    let mut scope = web::scope(V1);
    for path in programs {
        scope = scope.service(resource(path, path.trim_start_matches(V1), demo));
    }
    let cors = Condition::new(!origins.0.is_empty(), cors::middleware(origins));
    config.service(
        scope
            .default_service(web::to(crate::web::errors::not_found_here))
            .wrap(cors)
            .wrap(from_fn(api_guard::in_form)),
    );
    for path in people {
        config.service(resource(path, path, demo));
    }
}

const V1: &str = "/v1";

/// For a path that only takes a form: how many of its parts make the nearest page above. `0` is the home page.
fn page_of_form(path: &str, demo: Demo) -> Option<usize> {
    let mut rows = all(demo).filter(|route| route.path == path);
    if !rows.all(|route| route.verb == Verb::Post && !route.is_api() && route.access != RouteAccess::Open) {
        return None;
    }
    let is_page = |above: &str| all(demo).any(|route| route.verb == Verb::Get && route.path == above);
    let mut above = path;
    while let Some((parent, _)) = above.rsplit_once('/') {
        if is_page(parent) {
            return Some(parent.matches('/').count());
        }
        above = parent;
    }
    Some(0)
}

/// One resource per path, so that a wrong method is distinguished from a wrong path.
fn resource(path: &'static str, pattern: &str, demo: Demo) -> actix_web::Resource {
    let rows = || all(demo).filter(move |route| route.path == path);
    let mut verbs: Vec<_> = rows().map(|route| route.verb.method().to_string()).collect();
    if rows().any(Route::answers_head) {
        verbs.push("HEAD".to_owned());
    }
    let (allowed, page) = (verbs.join(", "), page_of_form(path, demo));
    let mut resource = web::resource(pattern).default_service(web::to(move |request: HttpRequest| {
        let refused = crate::web::errors::wrong_method(&request, &allowed, page);
        async move { refused }
    }));
    for route in rows() {
        let (access, gate) = (route.access, Gate::of(route.access, route.key));
        let plain = (route.handler)().guard(route.method_guard());
        resource = if route.is_api() {
            resource.route(plain.wrap(from_fn(move |req, next| api_guard::guard(gate, req, next))))
        } else {
            resource.route(plain.wrap(from_fn(move |req, next| auth::guard(access, req, next))))
        };
    }
    resource
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_and_verb_is_listed_once() {
        let mut seen: Vec<_> = all(Demo::On)
            .map(|route| (route.path, route.verb.method().to_string()))
            .collect();
        let listed = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), listed);
    }

    #[test]
    fn changing_routes_without_a_login_are_listed() {
        let public: Vec<_> = all(Demo::Off)
            .filter(|r| !r.access.needs_login() && r.verb != Verb::Get)
            .map(|r| r.path)
            .collect();
        let expected = [
            "/setup/{token}",
            "/login",
            "/guest",
            "/register",
            "/password-strength",
            "/verify-email",
            "/verify-email/{token}",
            "/change-email/{token}",
            "/forgot",
            "/reset/{token}",
            "/login/code",
            "/invitations/{token}",
            "/webhooks/stripe",
            "/webhooks/razorpay",
            "/v1/auth/register",
            "/v1/auth/login",
            "/v1/auth/refresh-token",
            "/v1/auth/forgot-password",
            "/v1/auth/reset-password",
        ];
        assert_eq!(public, expected);
    }

    /// A key is one person's decision that outlives their attention: it must not create owners, keys or payments.
    #[test]
    fn changing_routes_open_to_keys_are_listed() {
        let changed: Vec<_> = all(Demo::Off)
            .filter(|route| route.verb != Verb::Get && route.key != Key::Never)
            .map(|route| format!("{} {}", route.verb.method(), route.path))
            .collect();
        let expected = [
            "PUT /v1/workspaces/{workspace}",
            "POST /v1/sessions",
            "PUT /v1/sessions/{session}",
            "DELETE /v1/sessions/{session}",
            "PUT /v1/sessions/{session}/proxy",
            "DELETE /v1/sessions/{session}/proxy",
            "PUT /v1/sessions/{session}/calls",
            "PUT /v1/sessions/{session}/presence",
            "POST /v1/sessions/{session}/qr",
            "POST /v1/sessions/{session}/pairing-code",
            "POST /v1/sessions/{session}/logout",
            "POST /v1/sessions/{session}/pause",
            "POST /v1/sessions/{session}/resume",
            "POST /v1/sessions/{session}/reconnect",
            "POST /v1/sessions/{session}/messages",
            "POST /v1/sessions/{session}/messages/search",
            "POST /v1/sessions/{session}/messages/bulk",
            "POST /v1/sessions/{session}/messages/{message}/retry",
            "DELETE /v1/sessions/{session}/messages/{message}",
            "POST /v1/sessions/{session}/media",
            "POST /v1/sessions/{session}/chats/{chat}/read",
            "POST /v1/sessions/{session}/chats/{chat}/typing",
            "POST /v1/sessions/{session}/chats/{chat}/history",
            "POST /v1/sessions/{session}/chats/{chat}/assign",
            "POST /v1/sessions/{session}/chats/{chat}/resolve",
            "POST /v1/sessions/{session}/chats/{chat}/reopen",
            "POST /v1/sessions/{session}/chats/{chat}/snooze",
            "PUT /v1/sessions/{session}/chats/{chat}/labels",
            "POST /v1/sessions/{session}/groups",
            "PUT /v1/sessions/{session}/groups/{chat}",
            "POST /v1/sessions/{session}/groups/{chat}/members",
            "POST /v1/sessions/{session}/groups/{chat}/members/remove",
            "POST /v1/sessions/{session}/groups/{chat}/members/promote",
            "POST /v1/sessions/{session}/groups/{chat}/members/demote",
            "POST /v1/sessions/{session}/groups/{chat}/leave",
            "POST /v1/sessions/{session}/groups/{chat}/link",
            "PUT /v1/sessions/{session}/chats/{chat}/labels/{label}",
            "DELETE /v1/sessions/{session}/chats/{chat}/labels/{label}",
            "POST /v1/sessions/{session}/chats/{chat}/notes",
            "PUT /v1/sessions/{session}/chats/{chat}/notes/{note}",
            "DELETE /v1/sessions/{session}/chats/{chat}/notes/{note}",
            "POST /v1/quick-replies",
            "PUT /v1/quick-replies/{reply}",
            "DELETE /v1/quick-replies/{reply}",
            "POST /v1/sessions/{session}/scheduled",
            "PUT /v1/sessions/{session}/scheduled/{scheduled}",
            "DELETE /v1/sessions/{session}/scheduled/{scheduled}",
        ];
        assert_eq!(changed, expected);
    }

    #[test]
    fn exactly_the_scopes_that_a_route_accepts_are_offered() {
        let offered = offered_scopes();
        assert!(!offered.is_empty());
        for scope in KeyScope::ALL {
            let opens = all(Demo::On).filter(|route| route.key == Key::With(*scope)).count();
            assert_eq!(opens > 0, offered.contains(scope), "{scope} opens {opens} routes");
        }
        // Keys do not authenticate pages.
        assert!(all(Demo::On).all(|route| route.key == Key::Never || route.is_api()));
    }

    #[test]
    fn parameters_are_read_from_the_path() {
        let route = post("/a/{chat}/b/{message}", RouteAccess::Member, || {
            web::to(crate::web::health::healthz)
        });
        assert_eq!(route.parameters().collect::<Vec<_>>(), ["chat", "message"]);
    }
}
