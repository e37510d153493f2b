//! Every route without the required login or role: generated from the table that the server is built from, so that a
//! new route cannot be forgotten here.

use std::collections::BTreeSet;

use wamanager::accounts::MemberRole;
use wamanager::ids::PublicId;
use wamanager::site::routes::{Demo, Route, Verb, all};
use wamanager::web::auth::RouteAccess;

use crate::support::{Browser, Reply, TestApp};

/// Routes that are open to everybody. One that is added without a guard has to be added here.
pub const OPEN_TO_ALL: &[&str] = &[
    "GET /assets/{name:.*}",
    "GET /change-email/{token}",
    "GET /docs/api",
    "GET /docs/api/{operation}",
    "GET /docs/errors",
    "GET /docs/errors/{code}",
    "GET /forgot",
    "GET /forgot/sent",
    "GET /goodbye",
    "GET /healthz",
    "GET /invitations/{token}",
    "GET /login",
    "GET /login/code",
    "GET /media/{file}/signed",
    "GET /readyz",
    "GET /register",
    "GET /register/sent",
    "GET /reset/{token}",
    "GET /setup/{token}",
    "GET /v1/auth/verify-email/{token}",
    "GET /v1/openapi.json",
    "GET /v1/plans",
    "GET /verify-email/{token}",
    "POST /change-email/{token}",
    "POST /forgot",
    "POST /guest",
    "POST /invitations/{token}",
    "POST /login",
    "POST /login/code",
    "POST /password-strength",
    "POST /register",
    "POST /reset/{token}",
    "POST /setup/{token}",
    "POST /v1/auth/forgot-password",
    "POST /v1/auth/login",
    "POST /v1/auth/refresh-token",
    "POST /v1/auth/register",
    "POST /v1/auth/reset-password",
    "POST /verify-email",
    "POST /verify-email/{token}",
    "POST /webhooks/razorpay",
    "POST /webhooks/stripe",
];

/// Routes that change something and need a login, but no membership: a person's own.
const FOR_ANY_LOGIN: &[&str] = &[
    "DELETE /v1/users/me",
    "DELETE /v1/users/me/logins/{login}",
    "DELETE /v1/users/me/second-factor",
    "POST /demo/phone/{number}/{peer}",
    "POST /demo/phone/{number}/{peer}/typing",
    "POST /docs/api/token",
    "POST /impersonation/stop",
    "POST /logout",
    "POST /settings/account/delete",
    "POST /settings/account/export",
    "POST /settings/account/export/{export}/stop",
    "POST /settings/email",
    "POST /settings/password",
    "POST /settings/profile",
    "POST /settings/security/log-out-elsewhere",
    "POST /settings/security/log-out-everywhere",
    "POST /settings/security/logins/{login}/revoke",
    "POST /settings/security/second-factor/begin",
    "POST /settings/security/second-factor/cancel",
    "POST /settings/security/second-factor/codes",
    "POST /settings/security/second-factor/codes.txt",
    "POST /settings/security/second-factor/confirm",
    "POST /settings/security/second-factor/disable",
    "POST /settings/theme",
    "POST /v1/auth/logout",
    "POST /v1/users/me/email",
    "POST /v1/users/me/password",
    "POST /v1/users/me/second-factor",
    "POST /v1/workspaces",
    "POST /v1/workspaces/{workspace}/switch",
    "POST /workspaces",
    "POST /workspaces/invitations/{invitation}/accept",
    "POST /workspaces/{workspace}/choose",
    "PUT /v1/users/me",
    "PUT /v1/users/me/second-factor",
];

pub fn row(route: &Route) -> String {
    format!("{} {}", route.verb.method(), route.path)
}

fn rows(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|row| (*row).to_owned()).collect()
}

/// The path with every parameter replaced by `id`.
pub fn path_of(route: &Route, id: &impl Fn(&str) -> String) -> String {
    let part = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some(name) => id(name),
        None => part.to_owned(),
    };
    route.path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// A well-formed id that does not exist.
pub fn unknown(name: &str) -> String {
    let prefix = match name {
        "workspace" => "wsp",
        "session" => "ses",
        "chat" => "chat",
        "user" | "member" => "usr",
        "message" => "msg",
        "file" => "file",
        "label" => "lbl",
        "scheduled" => "sch",
        "note" => "note",
        "reply" => "qr",
        "invoice" => "bill",
        "plan" => "plan",
        "invitation" => "inv",
        "contact" => "con",
        "job" => "job",
        "mail" => "mail",
        "login" => "log",
        "export" => "exp",
        "key" => "key",
        other => return format!("no-such-{}", other.split(':').next().unwrap()),
    };
    PublicId::new(prefix).to_string()
}

/// Fields of all forms together, so that a route refuses the id and not an incomplete form.
pub const FIELDS: &[(&str, &str)] = &[
    ("name", "Walker"),
    ("text", "Hello"),
    ("phone", "+491701234567"),
    ("theme", "dark"),
    ("workspace", "Walked over"),
    ("zone", "UTC"),
    ("current_password", "x"),
    ("new_password", "x"),
    ("password", "x"),
    ("code", "000000"),
    ("colour", "green"),
    ("shortcut", "walk"),
    ("body", "Walked over"),
    ("note", "Walked over"),
];

async fn call(browser: &Browser, route: &Route, path: &str) -> Reply {
    match route.verb {
        Verb::Get => browser.get(path).await,
        Verb::Post => browser.post(path, FIELDS).await,
        Verb::Put => browser.put(path, FIELDS).await,
        Verb::Delete => browser.delete(path).await,
    }
}

/// Routes for browsers; those for programs are walked in `api/walk.rs`.
fn pages(demo: Demo) -> impl Iterator<Item = &'static Route> {
    all(demo).filter(|route| !route.is_api())
}

fn guarded() -> impl Iterator<Item = &'static Route> {
    pages(Demo::On).filter(|route| route.access.needs_login())
}

#[tokio::test]
async fn without_a_login_every_guarded_route_leads_to_the_login_page() {
    let app = TestApp::new().await;
    let browser = app.anonymous();
    let mut walked = 0;
    for route in pages(Demo::Off).filter(|route| route.access.needs_login()) {
        let path = path_of(route, &unknown);
        let reply = call(&browser, route, &path).await;
        assert_eq!(reply.status, 303, "{:?} {path}", route.verb);
        assert!(reply.header("location").starts_with("/login"), "{path}");
        let fragment = [
            ("hx-request", "true"),
            ("hx-request-type", "partial"),
            ("sec-fetch-site", "same-origin"),
        ];
        let reply = browser.send(route.verb.method().as_str(), &path, &fragment, "").await;
        assert_eq!(reply.status, 204, "{:?} {path}", route.verb);
        assert!(reply.header("hx-redirect").starts_with("/login"), "{path}");
        let json = [("accept", "application/json"), ("sec-fetch-site", "same-origin")];
        assert_eq!(
            browser
                .send(route.verb.method().as_str(), &path, &json, "")
                .await
                .status,
            401,
            "{path}"
        );
        walked += 1;
    }
    let open = rows(OPEN_TO_ALL);
    assert_eq!(
        walked,
        pages(Demo::Off).filter(|route| !open.contains(&row(route))).count()
    );
}

#[tokio::test]
async fn with_the_wrong_role_a_route_is_forbidden() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let mut walked = 0;
    for role in [MemberRole::Agent, MemberRole::Manager] {
        let member = app.member(&owner.workspace, role).await;
        for route in pages(Demo::Off) {
            let RouteAccess::Allowed(permission) = route.access else {
                continue;
            };
            if role.may(permission) {
                continue;
            }
            let path = path_of(route, &unknown);
            let reply = call(&member.browser, route, &path).await;
            assert_eq!(reply.status, 403, "{role} {:?} {path}", route.verb);
            walked += 1;
        }
    }
    let asking = |role: MemberRole| {
        let refuses = move |route: &&Route| matches!(route.access, RouteAccess::Allowed(needed) if !role.may(needed));
        pages(Demo::Off).filter(refuses).count()
    };
    assert_eq!(walked, asking(MemberRole::Agent) + asking(MemberRole::Manager));
    assert!(asking(MemberRole::Manager) > 0, "a manager may do everything");
}

#[tokio::test]
async fn only_administrators_reach_the_administration() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let mut walked = 0;
    for route in pages(Demo::Off).filter(|route| route.access == RouteAccess::Admin) {
        let path = path_of(route, &unknown);
        let reply = call(&owner.browser, route, &path).await;
        assert_eq!(reply.status, 403, "{:?} {path}", route.verb);
        walked += 1;
    }
    let administration = pages(Demo::Off).filter(|route| route.path.starts_with("/admin"));
    assert_eq!(walked, administration.count());
}

#[tokio::test]
async fn without_a_workspace_nothing_of_a_workspace_can_be_reached() {
    let app = TestApp::new().await;
    let stranger = app.stranger().await;
    for route in pages(Demo::Off) {
        if matches!(route.access, RouteAccess::Member | RouteAccess::Allowed(_)) {
            let path = path_of(route, &unknown);
            assert_eq!(
                call(&stranger, route, &path).await.status,
                403,
                "{:?} {path}",
                route.verb
            );
        }
    }
}

#[tokio::test]
async fn a_guest_changes_nothing() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let guest = app.guest(&owner.workspace).await;
    for route in pages(Demo::Off).filter(|route| route.verb != Verb::Get) {
        if matches!(
            route.access,
            RouteAccess::Open | RouteAccess::Public | RouteAccess::LoginOrGuest
        ) {
            continue;
        }
        let path = path_of(route, &unknown);
        let reply = call(&guest.browser, route, &path).await;
        assert_eq!(reply.status, 403, "{:?} {path}", route.verb);
    }
}

#[tokio::test]
async fn an_unknown_or_malformed_id_is_not_found_on_every_route() {
    let app = TestApp::new().await;
    let (owner, admin) = (app.owner("Shop").await, app.admin().await);
    let mut walked = 0;
    for route in pages(Demo::Off).filter(|route| route.access.needs_login() && route.parameters().next().is_some()) {
        let browser = if route.access == RouteAccess::Admin {
            &admin
        } else {
            &owner.browser
        };
        for id in [unknown, |_: &str| "1".to_owned(), |_: &str| "..%2f..%2fetc".to_owned()] {
            let path = path_of(route, &id);
            let reply = call(browser, route, &path).await;
            assert_eq!(reply.status, 404, "{:?} {path}: {}", route.verb, reply.body);
        }
        walked += 1;
    }
    let open = rows(OPEN_TO_ALL);
    let with_id = |route: &&Route| route.path.contains('{') && !open.contains(&row(route));
    assert_eq!(walked, pages(Demo::Off).filter(with_id).count());
}

#[tokio::test]
async fn every_route_answers_not_found_for_another_workspaces_rows() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    let foreign = app.one_of_each(&bob).await;
    // Administrators see every workspace, so nothing is foreign to them.
    let of_workspaces = |route: &&Route| route.access.needs_login() && route.access != RouteAccess::Admin;
    for route in pages(Demo::Off)
        .filter(of_workspaces)
        .filter(|route| route.parameters().next().is_some())
    {
        let path = path_of(route, &|name: &str| {
            foreign
                .get(name)
                .unwrap_or_else(|| panic!("the walk has no foreign {name:?} for {}", route.path))
                .to_string()
        });
        let reply = call(&ada.browser, route, &path).await;
        assert_eq!(reply.status, 404, "{:?} {path}: {}", route.verb, reply.body);
    }
}

#[tokio::test]
async fn the_demos_routes_exist_only_in_the_demo() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let ordinary: Vec<_> = pages(Demo::Off).map(|route| (route.path, route.verb)).collect();
    for route in guarded().filter(|route| !ordinary.contains(&(route.path, route.verb))) {
        let path = path_of(route, &unknown);
        assert_eq!(
            call(&owner.browser, route, &path).await.status,
            404,
            "{:?} {path}",
            route.verb
        );
    }
}

#[test]
fn routes_open_to_everybody_or_to_any_login_are_listed() {
    let open = all(Demo::On).filter(|route| !route.access.needs_login());
    assert_eq!(open.map(row).collect::<BTreeSet<_>>(), rows(OPEN_TO_ALL));
    let changing = all(Demo::On).filter(|route| route.verb != Verb::Get);
    let for_any_login = changing.filter(|route| matches!(route.access, RouteAccess::Login | RouteAccess::LoginOrGuest));
    assert_eq!(for_any_login.map(row).collect::<BTreeSet<_>>(), rows(FOR_ANY_LOGIN));
}
