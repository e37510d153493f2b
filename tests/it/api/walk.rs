//! Every route of `/v1` without the required credential: generated from the route table like the walk of the pages.

use wamanager::access::KeyScope;
use wamanager::accounts::MemberRole;
use wamanager::site::openapi;
use wamanager::site::routes::{Demo, Route, Verb, all};
use wamanager::web::api::Key;
use wamanager::web::auth::RouteAccess;

use crate::support::{Api, JSON, Reply, TestApp};
use crate::walk::{OPEN_TO_ALL, path_of, row, unknown};

/// A body that fits the document's schema, so that a route refuses the caller and not the body.
fn body_of(route: &Route) -> Option<String> {
    let document = openapi::document();
    let operation = &document["paths"][route.path][route.verb.method().as_str().to_lowercase()];
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let pointer = schema["$ref"]
        .as_str()
        .or_else(|| schema["oneOf"].as_array()?.iter().find_map(|s| s["$ref"].as_str()))?;
    let schema = document.pointer(pointer.strip_prefix('#').unwrap()).unwrap();
    let field = |(name, schema): (&String, &serde_json::Value)| {
        let value = match name.as_str() {
            "scopes" => serde_json::json!(["account:read"]),
            "role" => "agent".into(),
            "time_zone" => "UTC".into(),
            "country" => "DE".into(),
            "type" => "text".into(),
            "state" => "typing".into(),
            "text" if schema["oneOf"].is_array() => serde_json::json!({ "body": "walker" }),
            "messages" => serde_json::json!([{ "to": "walker", "type": "text", "text": { "body": "walker" } }]),
            "message" if schema["type"] != "string" => {
                serde_json::json!({ "to": "walker", "type": "text", "text": { "body": "walker" } })
            }
            "labels" | "members" => serde_json::json!([]),
            "admins_only" | "locked" => serde_json::Value::Null,
            "types" => serde_json::json!(["text"]),
            "session" | "expires_at" | "by" | "from" => serde_json::Value::Null,
            "to" if schema["type"] != "string" => serde_json::Value::Null,
            // Contents of other types.
            _ if schema["oneOf"].is_array() => serde_json::Value::Null,
            _ if schema["type"]
                .as_array()
                .is_some_and(|kinds| kinds.iter().any(|kind| kind == "array")) =>
            {
                serde_json::Value::Null
            }
            _ if schema["type"] == "boolean" => false.into(),
            "email" => "walker@example.com".into(),
            _ => "walker".into(),
        };
        (name.clone(), value)
    };
    let object: serde_json::Map<_, _> = schema["properties"].as_object().unwrap().iter().map(field).collect();
    Some(serde_json::Value::Object(object).to_string())
}

async fn call(api: &Api, route: &Route, path: &str) -> Reply {
    let body = body_of(route);
    let headers: &[_] = if body.is_some() { &[JSON] } else { &[] };
    api.send(route.verb.method().as_str(), path, headers, &body.unwrap_or_default())
        .await
}

fn guarded() -> impl Iterator<Item = &'static Route> {
    openapi::described().filter(|route| route.access.needs_login())
}

#[tokio::test]
async fn without_a_credential_every_guarded_route_says_which_one_it_needs() {
    let app = TestApp::new().await;
    let mut walked = 0;
    for route in guarded() {
        let reply = call(&app.api(), route, &path_of(route, &unknown)).await;
        assert!(reply.header("www-authenticate").starts_with("Bearer"), "{}", route.path);
        reply.problem(401, "not-logged-in");
        for bad in ["nonsense", "a.b.c", "wam_live_00000000_guess"] {
            let reply = call(&app.api().with(bad), route, &path_of(route, &unknown)).await;
            assert_eq!(reply.status, 401, "{bad} {}", route.path);
        }
        walked += 1;
    }
    let calls = all(Demo::Off).filter(|route| route.path.starts_with("/v1/"));
    assert_eq!(
        walked,
        calls
            .filter(|route| !OPEN_TO_ALL.contains(&row(route).as_str()))
            .count()
    );
}

#[tokio::test]
async fn with_the_wrong_role_a_route_is_forbidden() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let workspace = owner.workspace.public_id.to_string();
    let own = |name: &str| {
        if name == "workspace" {
            workspace.clone()
        } else {
            unknown(name)
        }
    };
    let (mut walked, mut expected) = (0, 0);
    for role in [MemberRole::Agent, MemberRole::Manager] {
        let refuses = |route: &&Route| matches!(route.access, RouteAccess::Allowed(needed) if !role.may(needed));
        expected += all(Demo::Off)
            .filter(|route| route.path.starts_with("/v1/"))
            .filter(refuses)
            .count();
        let api = app.api_of(&app.member(&owner.workspace, role).await.email).await;
        for route in guarded() {
            let RouteAccess::Allowed(permission) = route.access else {
                continue;
            };
            if role.may(permission) {
                continue;
            }
            call(&api, route, &path_of(route, &own)).await.problem(403, "role");
            walked += 1;
        }
    }
    assert_eq!(walked, expected);
    assert!(walked > 0, "no route requires a role");
}

#[tokio::test]
async fn a_key_reaches_only_the_routes_of_its_scopes() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let workspace = owner.workspace.public_id.to_string();
    let own = |name: &str| {
        if name == "workspace" {
            workspace.clone()
        } else {
            unknown(name)
        }
    };
    let mut walked = 0;
    for route in guarded() {
        let path = path_of(route, &own);
        match route.key {
            Key::Never => {
                let all = app.key(&owner, KeyScope::ALL).await;
                call(&app.api().with(&all.text), route, &path)
                    .await
                    .problem(403, "person-only");
                revoke(&app, &owner, all).await;
            }
            Key::With(needed) => {
                let others: Vec<_> = KeyScope::ALL.iter().copied().filter(|scope| *scope != needed).collect();
                let without = app.key(&owner, &others).await;
                call(&app.api().with(&without.text), route, &path)
                    .await
                    .problem(403, "missing-scope");
                revoke(&app, &owner, without).await;
                walked += 1;
            }
        }
    }
    let open_to_keys = |route: &&Route| route.access.needs_login() && route.key != Key::Never;
    assert_eq!(walked, all(Demo::Off).filter(open_to_keys).count());
}

async fn revoke(app: &TestApp, owner: &crate::support::app::Person, key: wamanager::access::CreatedKey) {
    app.app.access.revoke_key(owner.scope, key.key.public_id).await.unwrap();
}

#[tokio::test]
async fn a_guest_changes_nothing() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let guest = app.guest(&owner.workspace).await;
    let workspace = owner.workspace.public_id.to_string();
    let own = |name: &str| {
        if name == "workspace" {
            workspace.clone()
        } else {
            unknown(name)
        }
    };
    let api = app.api_of(&guest.email).await;
    for route in guarded().filter(|route| route.verb != Verb::Get && route.access != RouteAccess::LoginOrGuest) {
        call(&api, route, &path_of(route, &own)).await.problem(403, "guest");
    }
}

#[tokio::test]
async fn an_unknown_malformed_or_foreign_id_is_not_found_on_every_route() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    let foreign = app.one_of_each(&bob).await;
    let api = app.api_of(&ada.email).await;
    let own = ada.workspace.public_id.to_string();
    let number = app.app.sessions.create(ada.scope, "Own").await.unwrap().public_id;
    let theirs = |name: &str| match name {
        "member" => bob.scope.user.to_string(),
        name => foreign.get(name).map_or_else(|| unknown(name), ToString::to_string),
    };
    let mut walked = 0;
    for route in guarded().filter(|route| route.parameters().next().is_some()) {
        let fills: [&dyn Fn(&str) -> String; 4] = [
            &unknown,
            &|_: &str| "1".to_owned(),
            &|_: &str| "..%2f..%2fetc".to_owned(),
            &theirs,
        ];
        for fill in fills {
            let path = path_of(route, &|name: &str| fill(name));
            call(&api, route, &path).await.problem(404, "not-found");
            // Things of another workspace are not found through the person's own workspace either.
            if route.parameters().count() > 1 {
                let path = path_of(route, &|name: &str| {
                    if name == "workspace" { own.clone() } else { fill(name) }
                });
                call(&api, route, &path).await.problem(404, "not-found");
                let path = path_of(route, &|name: &str| {
                    if name == "session" {
                        number.to_string()
                    } else {
                        fill(name)
                    }
                });
                call(&api, route, &path).await.problem(404, "not-found");
            }
        }
        walked += 1;
    }
    let with_id = |route: &&Route| route.path.starts_with("/v1/") && route.path.contains('{');
    let closed = all(Demo::Off)
        .filter(with_id)
        .filter(|route| !OPEN_TO_ALL.contains(&row(route).as_str()));
    assert_eq!(walked, closed.count());
}

#[tokio::test]
async fn without_a_workspace_nothing_of_a_workspace_can_be_reached() {
    let app = TestApp::new().await;
    app.plain_user("alone@example.com").await;
    let api = app.api_of("alone@example.com").await;
    for route in guarded().filter(|route| matches!(route.access, RouteAccess::Member | RouteAccess::Allowed(_))) {
        let reply = call(&api, route, &path_of(route, &unknown)).await;
        let expected = if route.path.contains("{workspace}") { 404 } else { 403 };
        assert_eq!(reply.status, expected, "{:?} {}", route.verb, route.path);
    }
}
