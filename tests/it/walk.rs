//! Every route of the program, walked by those who may not: generated from the table that the server is built from,
//! so that a new route cannot be forgotten here.

use wamanager::accounts::{MemberRole, Permission};
use wamanager::ids::PublicId;
use wamanager::site::routes::{Demo, Route, Verb, all};
use wamanager::web::auth::Access;

use crate::support::{Browser, Reply, TestApp};

/// The path with every parameter filled in by `id`.
pub fn path_of(route: &Route, id: &impl Fn(&str) -> String) -> String {
    let part = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some(name) => id(name),
        None => part.to_owned(),
    };
    route.path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// A well-formed id that is nobody's.
pub fn unknown(name: &str) -> String {
    let prefix = match name {
        "workspace" => "wsp",
        "session" => "ses",
        "chat" => "chat",
        "user" | "member" => "usr",
        "message" => "msg",
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

/// Fields of all forms together, so that a route is refused for its id and not for a form that could not be read.
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
];

async fn call(browser: &Browser, route: &Route, path: &str) -> Reply {
    match route.verb {
        Verb::Get => browser.get(path).await,
        Verb::Post => browser.post(path, FIELDS).await,
        Verb::Put => browser.put(path, FIELDS).await,
        Verb::Delete => browser.delete(path).await,
    }
}

/// What browsers ask for; programs have a walk of their own in `api/walk.rs`.
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
    assert!(walked >= 8, "the table has lost its routes");
}

#[tokio::test]
async fn with_the_wrong_role_a_route_is_forbidden() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let mut walked = 0;
    for role in [MemberRole::Agent, MemberRole::Manager] {
        let member = app.member(&owner.workspace, role).await;
        for route in pages(Demo::Off) {
            let Access::Allowed(permission) = route.access else {
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
    assert!(walked >= 2, "no route asks for a role any more");
}

#[tokio::test]
async fn only_administrators_reach_the_administration() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let mut walked = 0;
    for route in pages(Demo::Off).filter(|route| route.access == Access::Admin) {
        let path = path_of(route, &unknown);
        let reply = call(&owner.browser, route, &path).await;
        assert_eq!(reply.status, 403, "{:?} {path}", route.verb);
        walked += 1;
    }
    assert!(walked >= 10, "the administration has lost its routes");
}

#[tokio::test]
async fn without_a_workspace_nothing_of_a_workspace_can_be_reached() {
    let app = TestApp::new().await;
    let stranger = app.stranger().await;
    for route in pages(Demo::Off) {
        if matches!(route.access, Access::Member | Access::Allowed(_)) {
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
        if matches!(route.access, Access::Open | Access::Public | Access::LoginOrGuest) {
            continue;
        }
        let path = path_of(route, &unknown);
        let reply = call(&guest.browser, route, &path).await;
        assert_eq!(reply.status, 403, "{:?} {path}", route.verb);
    }
}

#[tokio::test]
async fn an_id_that_is_nobodys_or_malformed_is_not_found_on_every_route() {
    let app = TestApp::new().await;
    let (owner, admin) = (app.owner("Shop").await, app.admin().await);
    let mut walked = 0;
    for route in pages(Demo::Off).filter(|route| route.access.needs_login() && route.parameters().next().is_some()) {
        let browser = if route.access == Access::Admin {
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
    assert!(walked >= 1, "no route has a parameter any more");
}

#[tokio::test]
async fn what_belongs_to_another_workspace_is_not_found_on_every_route() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    let foreign = app.one_of_each(&bob).await;
    // Administrators see every workspace, so nothing is foreign to them.
    let of_workspaces = |route: &&Route| route.access.needs_login() && route.access != Access::Admin;
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
fn every_changing_route_asks_for_a_member_at_least() {
    let exempt = [
        "/setup/{token}",
        "/login",
        "/login/code",
        "/logout",
        "/workspaces/{workspace}/choose",
        "/invitations/{token}",
        "/workspaces",
        "/workspaces/invitations/{invitation}/accept",
        "/impersonation/stop",
        "/guest",
        "/register",
        "/password-strength",
        "/verify-email",
        "/verify-email/{token}",
        "/change-email/{token}",
        "/forgot",
        "/reset/{token}",
        "/docs/api/token",
    ];
    for route in pages(Demo::On).filter(|route| route.verb != Verb::Get && !exempt.contains(&route.path)) {
        // Whoever plays a customer in the demo changes nothing of the workspace.
        let exempt = route.path.starts_with("/settings/") || route.path.starts_with("/demo/phone/");
        // The provider's signature is the proof.
        let exempt = exempt || route.path.starts_with("/webhooks/");
        let guarded = matches!(route.access, Access::Member | Access::Allowed(_) | Access::Admin);
        assert!(guarded || exempt, "{:?} {}", route.verb, route.path);
    }
    assert!(MemberRole::Owner.may(Permission::ManageMembers));
}
