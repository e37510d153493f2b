//! The OpenAPI document and the pages made from it.

use wamanager::audit::Admin;
use wamanager::site::openapi;
use wamanager::site::routes::Route;
use wamanager::web::api::codes;

use crate::support::{Browser, TestApp};

#[tokio::test]
async fn the_document_is_served_to_everybody() {
    let app = TestApp::new().await;
    let document = app.api().get("/v1/openapi.json").await.expect(200);
    assert_eq!(document.header("content-type"), "application/json");
    let document = document.json();
    assert_eq!(document, *openapi::document());
    assert!(document["paths"]["/v1/auth/login"]["post"].is_object());
}

#[test]
fn the_command_line_prints_the_same_document() {
    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_wamanager"))
        .arg("openapi")
        .output()
        .unwrap();
    assert!(printed.status.success());
    let printed: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(printed, *openapi::document());
}

/// The id of an operation, as in the address of its page.
fn id_of(route: &Route) -> &'static str {
    openapi::document()["paths"][route.path][openapi::verb_of(route)]["operationId"]
        .as_str()
        .unwrap()
}

#[tokio::test]
async fn every_operation_is_listed_and_has_a_page_with_a_form() {
    let app = TestApp::new().await;
    let list = app.anonymous().get("/docs/api").await.expect(200);
    assert!(list.header("content-security-policy").contains("default-src 'self'"));
    assert!(list.body.contains("/assets/js/try"));
    for route in openapi::described() {
        let address = format!("/docs/api/{}", id_of(route));
        assert!(list.body.contains(&format!("href=\"{address}\"")), "{address}");
        let page = app.anonymous().get(&address).await.expect(200).body;
        let form = format!("data-method=\"{}\" data-path=\"{}\"", route.verb.method(), route.path);
        assert!(page.contains(&form), "{form}");
    }
    app.anonymous().get("/docs/api/noSuchOperation").await.expect(404);
}

#[tokio::test]
async fn a_page_is_readable_and_searchable_without_scripts() {
    let app = TestApp::new().await;
    let page = app.anonymous().get("/docs/api/changeMember").await.expect(200).body;
    for text in [
        "Update a member",
        "curl -X PUT",
        "/workspaces/WORKSPACE_ID/members/MEMBER_ID",
        "manager",
        "/docs/errors/last-owner",
    ] {
        assert!(page.contains(text), "{text}");
    }
    let found = app
        .anonymous()
        .get("/docs/api?q=delete+workspace")
        .await
        .expect(200)
        .body;
    assert!(found.contains("/docs/api/deleteWorkspace\"") && !found.contains("/docs/api/listPlans\""));
    let owner = app.owner("Shop").await;
    let own = owner.browser.get("/docs/api/showWorkspace").await.expect(200).body;
    assert!(own.contains(&format!("value=\"{}\"", owner.workspace.public_id)));
}

#[tokio::test]
async fn an_installation_puts_its_address_into_the_document_and_the_lines() {
    let app = TestApp::under_https().await;
    let document = app.api().get("/v1/openapi.json").await.expect(200).json();
    let address = document["servers"][0]["url"].as_str().unwrap().to_owned();
    assert!(address.starts_with("https://"), "{address}");
    assert_eq!(document, openapi::located(&address));
    let page = app.anonymous().get("/docs/api/listPlans").await.expect(200).body;
    assert!(page.contains(&format!("{address}/v1/plans")));
}

/// The token that this login's page sends with.
async fn own_token(browser: &Browser) -> String {
    let reply = browser.post("/docs/api/token", &[]).await.expect(200);
    assert_eq!(reply.header("cache-control"), "no-store");
    reply.json()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_readers_own_token_is_theirs_and_ends_with_their_login() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let token = own_token(&owner.browser).await;
    let api = app.api().with(&token);
    let me = api.get("/v1/users/me").await.expect(200).json();
    assert_eq!(me["email"], owner.email.as_str());
    assert_eq!(me["workspace"]["id"], owner.workspace.public_id.as_str());
    // It created no login.
    let logins = api.get("/v1/users/me/logins").await.expect(200).json();
    let kinds: Vec<_> = logins["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|login| &login["kind"])
        .collect();
    assert!(kinds.iter().all(|kind| *kind == "browser"), "{logins}");
    app.clock.advance(std::time::Duration::from_secs(15 * 60));
    api.get("/v1/users/me").await.problem(401, "token-expired");

    let token = own_token(&owner.browser).await;
    owner.browser.post("/logout", &[]).await.expect(303);
    app.api()
        .with(&token)
        .get("/v1/users/me")
        .await
        .problem(401, "invalid-token");
}

#[tokio::test]
async fn a_token_is_issued_to_a_logged_in_page_only_and_never_while_impersonating() {
    let app = TestApp::new().await;
    let (admin, owner) = (app.admin().await, app.owner("Shop").await);
    let forged = [("sec-fetch-site", "same-origin"), ("accept", "application/json")];
    assert_eq!(
        owner.browser.post_raw("/docs/api/token", &[], &forged).await.status,
        403
    );
    assert_eq!(
        app.anonymous().post_raw("/docs/api/token", &[], &forged).await.status,
        401
    );
    // Impersonation and the administrator's own login share one browser.
    let before = own_token(&admin).await;
    let id = app
        .app
        .accounts
        .find_user(Admin::operator(), &owner.email)
        .await
        .unwrap()
        .public_id;
    admin
        .post(&format!("/admin/users/{id}/impersonate"), &[])
        .await
        .expect(303);
    admin.learn_csrf().await;
    assert_eq!(admin.post("/docs/api/token", &[]).await.status, 403);
    let reply = app.api().with(&before).get("/v1/users/me").await;
    assert!(reply.status == 401 || reply.json()["email"] != owner.email.as_str());

    let guest = app.guest(&owner.workspace).await;
    let api = app.api().with(&own_token(&guest.browser).await);
    api.get("/v1/users/me").await.expect(200);
    api.put("/v1/users/me", serde_json::json!({ "name": "Other" }))
        .await
        .problem(403, "guest");
}

#[tokio::test]
async fn every_code_has_a_page() {
    let app = TestApp::new().await;
    let all = app.anonymous().get("/docs/errors").await.expect(200).body;
    for code in codes::ALL {
        assert!(all.contains(&format!("/docs/errors/{}\"", code.code)), "{}", code.code);
        let page = app
            .anonymous()
            .get(&format!("/docs/errors/{}", code.code))
            .await
            .expect(200)
            .body;
        assert!(page.contains(code.code) && page.contains(&code.status.to_string()));
    }
    app.anonymous().get("/docs/errors/no-such-code").await.expect(404);
}
