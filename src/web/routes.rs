//! THE list: every path of the program, who may call it, and what answers.
//!
//! The server is built from this table and the tests that walk all routes read it, so there is no way to add a path
//! that they do not see. Names of parameters are the singular of their room (`{chat}`, `{session}`): the walk fills
//! them with another workspace's ids.

use actix_web::guard::{self, Guard};
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

use super::auth::{self, Access};
use super::{assets, health, sse};
use crate::accounts::Permission::{ManageSessions, UseInbox};
use crate::accounts::pages as accounts;
use crate::chats::pages as chats;
use crate::demo::pages as demo;
use crate::sessions::pages as sessions;

/// How a path is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    Get,
    Post,
    Delete,
}

impl Verb {
    #[must_use]
    pub const fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
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

/// The machine's own.
const MACHINE: &[Route] = &[
    get("/healthz", Access::Open, || web::to(health::healthz)),
    get("/readyz", Access::Open, || web::to(health::readyz)),
    get("/assets/{name:.*}", Access::Open, || web::to(assets::serve)),
    get("/events", Access::Member, || web::to(sse::events)),
];

const ACCOUNTS: &[Route] = &[
    get("/", Access::Login, || web::to(sessions::home)),
    get("/setup/{token}", Access::Public, || web::to(accounts::setup::form)),
    post("/setup/{token}", Access::Public, || web::to(accounts::setup::submit)),
    get("/login", Access::Public, || web::to(accounts::login::form)),
    post("/login", Access::Public, || web::to(accounts::login::submit)),
    post("/logout", Access::LoginOrGuest, || web::to(accounts::login::log_out)),
    get("/settings", Access::Login, || web::to(accounts::settings::show)),
    post("/settings/profile", Access::Login, || {
        web::to(accounts::settings::profile)
    }),
    post("/settings/password", Access::Login, || {
        web::to(accounts::settings::password)
    }),
    post("/settings/theme", Access::LoginOrGuest, || {
        web::to(accounts::settings::theme)
    }),
    post(
        "/settings/workspace",
        Access::Allowed(crate::accounts::Permission::ManageWorkspace),
        || web::to(accounts::settings::workspace),
    ),
    post("/workspaces/{workspace}/choose", Access::LoginOrGuest, || {
        web::to(accounts::settings::choose_workspace)
    }),
];

const SESSIONS: &[Route] = &[
    get("/sessions", Access::Member, || web::to(sessions::index)),
    post("/sessions", MANAGING, || web::to(sessions::create)),
    get("/sessions/new", MANAGING, || web::to(sessions::new)),
    get("/sessions/{session}/link", MANAGING, || web::to(sessions::link::show)),
    post("/sessions/{session}/link", MANAGING, || web::to(sessions::link::start)),
    post("/sessions/{session}/pairing-code", MANAGING, || {
        web::to(sessions::link::pairing_code)
    }),
    post("/sessions/{session}/pause", MANAGING, || web::to(sessions::pause)),
    post("/sessions/{session}/resume", MANAGING, || web::to(sessions::reconnect)),
    post("/sessions/{session}/reconnect", MANAGING, || {
        web::to(sessions::reconnect)
    }),
    post("/sessions/{session}/rename", MANAGING, || web::to(sessions::rename)),
    post("/sessions/{session}/logout", MANAGING, || web::to(sessions::logout)),
    post("/sessions/{session}/delete", MANAGING, || web::to(sessions::delete)),
];
const MANAGING: Access = Access::Allowed(ManageSessions);

const CHATS: &[Route] = &[
    get("/chats", IN_INBOX, || web::to(chats::index)),
    get("/chats/{chat}", IN_INBOX, || web::to(chats::open)),
    post("/chats/{chat}/messages", IN_INBOX, || web::to(chats::send)),
    post("/chats/{chat}/read", IN_INBOX, || web::to(chats::read)),
    post("/chats/{chat}/typing", IN_INBOX, || web::to(chats::typing)),
    post("/chats/messages/{message}/retry", IN_INBOX, || web::to(chats::retry)),
];
const IN_INBOX: Access = Access::Allowed(UseInbox);

/// Every area of an ordinary installation.
const AREAS: &[&[Route]] = &[MACHINE, ACCOUNTS, SESSIONS, CHATS];

/// What exists only while the demo runs: without it these paths are not found.
const DEMO: &[Route] = &[
    get("/demo/phone", Access::Login, || web::to(demo::show)),
    get("/demo/phone/events", Access::Login, || web::to(demo::events)),
    post("/demo/phone/{number}/{peer}", Access::LoginOrGuest, || {
        web::to(demo::write)
    }),
    post("/demo/phone/{number}/{peer}/typing", Access::LoginOrGuest, || {
        web::to(demo::typing)
    }),
    post(
        "/demo/scan/{session}",
        Access::Allowed(crate::accounts::Permission::ManageSessions),
        || web::to(demo::scan),
    ),
];

/// Whether the demo's own pages exist.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Demo {
    On,
    Off,
}

/// All rows of the table.
pub fn all(demo: Demo) -> impl Iterator<Item = &'static Route> {
    let extra = if demo == Demo::On { DEMO } else { &[] };
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
        let route = post("/a/{chat}/b/{message}", Access::Member, || web::to(health::healthz));
        assert_eq!(route.parameters().collect::<Vec<_>>(), ["chat", "message"]);
    }
}
