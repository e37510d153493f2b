//! THE list: every path of the program, who may call it, and what answers.
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

use actix_web::guard::{self, Guard};
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

use super::auth::{self, Access};

/// How a path is called.
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
    pub access: Access,
    /// A route with its handler and nothing else; method and guard come from the row.
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
    /// Watchers of a machine ask with HEAD; actix leaves the body out by itself.
    fn method_guard(&self) -> impl Guard {
        let asked = guard::Any(guard::Method(self.verb.method()));
        if self.access == Access::Open {
            asked.or(guard::Head())
        } else {
            asked
        }
    }
}

const fn get(path: &'static str, access: Access, handler: fn() -> actix_web::Route) -> Route {
    Route {
        verb: Verb::Get,
        path,
        access,
        handler,
    }
}

const fn post(path: &'static str, access: Access, handler: fn() -> actix_web::Route) -> Route {
    Route {
        verb: Verb::Post,
        path,
        access,
        handler,
    }
}

const fn put(path: &'static str, access: Access, handler: fn() -> actix_web::Route) -> Route {
    Route {
        verb: Verb::Put,
        path,
        access,
        handler,
    }
}

const fn delete(path: &'static str, access: Access, handler: fn() -> actix_web::Route) -> Route {
    Route {
        verb: Verb::Delete,
        path,
        access,
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

/// Registers the table with the server.
pub fn register(config: &mut ServiceConfig, demo: Demo) {
    let mut paths: Vec<&str> = Vec::new();
    for route in all(demo) {
        if !paths.contains(&route.path) {
            paths.push(route.path);
        }
    }
    for path in paths {
        // One resource per path, so that a wrong method is told apart from a wrong path.
        let mut resource = web::resource(path).default_service(web::to(super::errors::wrong_method));
        for route in all(demo).filter(|route| route.path == path) {
            let access = route.access;
            let guard = from_fn(move |req, next| auth::guard(access, req, next));
            resource = resource.route((route.handler)().guard(route.method_guard()).wrap(guard));
        }
        config.service(resource);
    }
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
    fn whoever_may_change_something_is_known() {
        let public: Vec<_> = all(Demo::Off)
            .filter(|r| !r.access.needs_login() && r.verb != Verb::Get)
            .map(|r| r.path)
            .collect();
        assert_eq!(public, ["/setup/{token}", "/login"]);
    }

    #[test]
    fn parameters_are_read_from_the_path() {
        let route = post("/a/{chat}/b/{message}", Access::Member, || {
            web::to(super::super::health::healthz)
        });
        assert_eq!(route.parameters().collect::<Vec<_>>(), ["chat", "message"]);
    }
}
