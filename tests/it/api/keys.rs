//! API keys: their scopes, their expiry, and who creates them.

use std::time::Duration;

use serde_json::json;
use wamanager::access::{KeyScope, NewKey};
use wamanager::accounts::MemberRole;
use wamanager::audit::Admin;
use wamanager::site::routes::offered_scopes;

use crate::support::{TestApp, fields};

#[tokio::test]
async fn a_key_is_shown_once_opens_its_scopes_and_can_be_revoked() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    app.put_on_plan(&owner, "business").await;
    let api = app.api_of(&owner.email).await;
    let body = json!({ "name": "Shop software", "scopes": ["account:read"] });
    let made = api.post("/v1/api-keys", body).await.expect(201);
    let made_json = made.json();
    let (secret, id) = (
        made_json["secret"].as_str().unwrap(),
        made_json["key"]["id"].as_str().unwrap(),
    );
    assert!(secret.starts_with("wam_live_") && secret.len() > 50);
    assert_eq!(made.header("location"), format!("/v1/api-keys/{id}"));
    let program = app.api().with(secret);
    program.get("/v1/users/me").await.expect(200);
    app.api()
        .send("GET", "/v1/users/me", &[("x-api-key", secret)], "")
        .await
        .expect(200);
    let path = format!("/v1/workspaces/{}", owner.workspace.public_id);
    let change = json!({ "name": "Other", "time_zone": "UTC", "country": "DE" });
    program.put(&path, change).await.problem(403, "missing-scope");

    let listed = api.get("/v1/api-keys").await.expect(200);
    assert!(!listed.body.contains(secret), "the secret is not shown again");
    let listed = listed.json();
    assert_eq!(listed["data"][0]["state"], "active");
    assert!(listed["data"][0]["last_used_at"].is_string());
    api.delete(&format!("/v1/api-keys/{id}"), None).await.expect(200);
    program.get("/v1/users/me").await.problem(401, "invalid-key");
    let shown = api.get(&format!("/v1/api-keys/{id}")).await.expect(200).json();
    assert_eq!(shown["state"], "revoked");
}

#[tokio::test]
async fn no_key_is_stored_in_plain_text() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let (key, tokens) = (
        app.key(&owner, KeyScope::ALL).await.text,
        app.tokens(&owner.email).await,
    );
    let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
    let file = std::fs::read(app.app.data_dir().join("app.db")).unwrap();
    let wal = std::fs::read(app.app.data_dir().join("app.db-wal")).unwrap_or_default();
    let secret = key.strip_prefix("wam_live_").unwrap().split_once('_').unwrap().1;
    for (what, text) in [("secret", &secret[..20]), ("refresh token", &refresh[..])] {
        for bytes in [&file, &wal] {
            assert!(
                !bytes.windows(text.len()).any(|part| part == text.as_bytes()),
                "the {what} is in the database"
            );
        }
    }
}

#[tokio::test]
async fn a_key_expires() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let new = NewKey {
        scopes: vec![KeyScope::AccountRead],
        expires_at: Some(app.clock.now().plus(Duration::from_secs(3600))),
        ..NewKey::default()
    };
    let program = app.api().with(&app.key_like(&owner, new).await.text);
    program.get("/v1/users/me").await.expect(200);
    app.clock.advance(Duration::from_secs(3600));
    program.get("/v1/users/me").await.problem(401, "key-expired");
}

#[tokio::test]
async fn a_key_for_one_number_opens_nothing_else() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let session = app.app.sessions.create(owner.scope, "Front desk").await.unwrap();
    let new = NewKey {
        scopes: KeyScope::ALL.to_vec(),
        session: Some(session.public_id.to_string()),
        ..NewKey::default()
    };
    let program = app.api().with(&app.key_like(&owner, new).await.text);
    program.get("/v1/users/me").await.problem(403, "key-bound");
    let listed = app
        .api_of(&owner.email)
        .await
        .get("/v1/api-keys")
        .await
        .expect(200)
        .json();
    assert_eq!(listed["data"][0]["session"], session.public_id.as_str());
}

#[tokio::test]
async fn a_smaller_plan_disables_keys_and_a_larger_one_enables_them_again() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let program = app.api().with(&app.key(&owner, &[KeyScope::AccountRead]).await.text);
    program.get("/v1/users/me").await.expect(200);
    app.put_on_plan(&owner, "free").await;
    program.get("/v1/users/me").await.problem(403, "feature-not-in-plan");
    let api = app.api_of(&owner.email).await;
    let body = json!({ "name": "Another", "scopes": ["account:read"] });
    api.post("/v1/api-keys", body).await.problem(403, "feature-not-in-plan");
    // Persons keep their tokens, which they need to upgrade again.
    api.get("/v1/users/me/usage").await.expect(200);
    app.put_on_plan(&owner, "business").await;
    program.get("/v1/users/me").await.expect(200);
}

#[tokio::test]
async fn a_key_can_do_no_more_than_its_maker_and_ends_with_the_membership() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let second = app.member(&owner.workspace, MemberRole::Owner).await;
    let program = app.api().with(&app.key(&second, &[KeyScope::AccountRead]).await.text);
    let bills = "/v1/users/me/subscription";
    program.get(bills).await.expect(200);
    let workspace = owner.workspace.public_id.clone();
    app.accounts
        .put_member(Admin::operator(), workspace, second.scope.user, MemberRole::Agent)
        .await
        .unwrap();
    program.get(bills).await.problem(403, "role");
    program.get("/v1/users/me").await.expect(200);
    let id = app
        .api_of(&second.email)
        .await
        .get("/v1/users/me")
        .await
        .expect(200)
        .json()["id"]
        .clone();
    let path = format!(
        "/v1/workspaces/{}/members/{}",
        owner.workspace.public_id,
        id.as_str().unwrap()
    );
    app.api_of(&owner.email).await.delete(&path, None).await.expect(204);
    program.get("/v1/users/me").await.problem(401, "invalid-key");
}

#[tokio::test]
async fn a_key_cannot_do_what_only_a_person_may() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let program = app.api().with(&app.key(&owner, KeyScope::ALL).await.text);
    let body = json!({ "name": "Child", "scopes": ["account:read"] });
    program.post("/v1/api-keys", body).await.problem(403, "person-only");
    program.get("/v1/users/me/logins").await.problem(403, "person-only");
    let other = app.owner("Other").await;
    let path = format!("/v1/workspaces/{}", other.workspace.public_id);
    program.get(&path).await.problem(404, "not-found");
}

#[tokio::test]
async fn errors_of_a_new_key_are_reported_by_field() {
    let app = TestApp::new().await;
    let (owner, other) = (app.owner("Shop").await, app.owner("Other").await);
    app.put_on_plan(&owner, "business").await;
    let api = app.api_of(&owner.email).await;
    let foreign = app.app.sessions.create(other.scope, "Theirs").await.unwrap().public_id;
    for (body, field) in [
        (json!({ "name": "", "scopes": ["account:read"] }), "name"),
        (json!({ "name": "x".repeat(81), "scopes": ["account:read"] }), "name"),
        (json!({ "name": "A", "scopes": [] }), "scopes"),
        (json!({ "name": "A", "scopes": ["everything"] }), "scopes"),
        (
            json!({ "name": "A", "scopes": ["account:read"], "expires_at": "2020-01-01T00:00:00Z" }),
            "expires_at",
        ),
        (
            json!({ "name": "A", "scopes": ["account:read"], "expires_at": "tomorrow" }),
            "expires_at",
        ),
        (
            json!({ "name": "A", "scopes": ["account:read"], "session": "ses_1" }),
            "session",
        ),
        (
            json!({ "name": "A", "scopes": ["account:read"], "session": foreign }),
            "session",
        ),
    ] {
        let problem = api.post("/v1/api-keys", body.clone()).await.problem(422, "invalid");
        assert_eq!(fields(&problem), [field], "{body}");
    }
}

#[tokio::test]
async fn the_pages_make_a_key_show_it_once_and_revoke_it() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    assert!(
        owner
            .browser
            .get("/settings/keys")
            .await
            .expect(200)
            .body
            .contains("The API is not part of")
    );
    app.put_on_plan(&owner, "business").await;
    owner.browser.get("/settings/keys/new").await.expect(200);
    let refused = owner
        .browser
        .post("/settings/keys", &[("key_name", "Till"), ("days", "30")])
        .await
        .expect(422);
    assert!(refused.body.contains("Choose at least one"));
    let form = [("key_name", "Till"), ("days", "30"), ("account_read", "1")];
    let page = owner.browser.post("/settings/keys", &form).await.expect(200);
    let secret = page
        .body
        .split("value=\"wam_live_")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let secret = format!("wam_live_{secret}");
    app.api().with(&secret).get("/v1/users/me").await.expect(200);
    let list = owner.browser.get("/settings/keys").await.expect(200).body;
    assert!(list.contains("Till") && !list.contains(&secret));
    let id = list
        .split("/settings/keys/key_")
        .nth(1)
        .unwrap()
        .split('/')
        .next()
        .unwrap();
    owner
        .browser
        .post(&format!("/settings/keys/key_{id}/revoke"), &[])
        .await
        .expect(303);
    app.api()
        .with(&secret)
        .get("/v1/users/me")
        .await
        .problem(401, "invalid-key");
}

#[tokio::test]
async fn no_key_may_change_members_roles_or_invitations() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let program = app.api().with(&app.key(&owner, KeyScope::ALL).await.text);
    let agent = app.member(&owner.workspace, MemberRole::Agent).await;
    let id = app
        .accounts
        .find_user(Admin::operator(), &agent.email)
        .await
        .unwrap()
        .public_id;
    let workspace = format!("/v1/workspaces/{}", owner.workspace.public_id);
    let member = format!("{workspace}/members/{id}");
    let role = json!({ "role": "owner" });
    program.put(&member, role).await.problem(403, "person-only");
    program.delete(&member, None).await.problem(403, "person-only");
    let invitations = format!("{workspace}/invitations");
    let body = json!({ "email": "accomplice@example.com", "role": "owner" });
    program.post(&invitations, body).await.problem(403, "person-only");
    app.app
        .team
        .invite(owner.scope, "bo@example.com", MemberRole::Agent)
        .await
        .unwrap();
    let open = app.app.team.open_invitations(owner.scope).await.unwrap();
    let path = format!("{invitations}/{}", open[0].public_id);
    program.delete(&path, None).await.problem(403, "person-only");
    assert!(app.emails_to("accomplice@example.com").await.is_empty());
    // What it still may do: read, and rename the workspace.
    program.get(&format!("{workspace}/members")).await.expect(200);
    let change = json!({ "name": "Other", "time_zone": "UTC", "country": "DE" });
    program.put(&workspace, change).await.expect(200);
}

#[tokio::test]
async fn only_scopes_that_a_route_needs_are_offered_and_older_keys_keep_theirs() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let old = app.key(&owner, KeyScope::ALL).await;
    let form = owner.browser.get("/settings/keys/new").await.expect(200).body;
    let (api, offered) = (app.api_of(&owner.email).await, offered_scopes());
    for scope in KeyScope::ALL {
        assert_eq!(form.contains(scope.word()), offered.contains(scope), "{scope}");
    }
    let nothing = KeyScope::ALL.iter().filter(|scope| !offered.contains(scope));
    for nothing in nothing.map(|scope| scope.word()).chain(["weather:read"]) {
        let body = json!({ "name": "A", "scopes": ["account:read", nothing] });
        let problem = api.post("/v1/api-keys", body).await.problem(422, "invalid");
        assert_eq!(fields(&problem), ["scopes"]);
    }
    app.api().with(&old.text).get("/v1/users/me").await.expect(200);
    let listed = app
        .api_of(&owner.email)
        .await
        .get("/v1/api-keys")
        .await
        .expect(200)
        .json();
    assert_eq!(
        listed["data"][0]["scopes"].as_array().unwrap().len(),
        KeyScope::ALL.len()
    );
}

#[tokio::test]
async fn a_deleted_number_cannot_be_bound_and_its_keys_are_deleted_with_it() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let session = app.app.sessions.create(owner.scope, "Old till").await.unwrap();
    let new = NewKey {
        scopes: KeyScope::ALL.to_vec(),
        session: Some(session.public_id.to_string()),
        ..NewKey::default()
    };
    let bound = app.key_like(&owner, new).await;
    let program = app.api().with(&bound.text);
    program.get("/v1/users/me").await.problem(403, "key-bound");
    // Deleted, but not yet removed from the database, which takes as long as the number has messages.
    let id = session.id;
    let delete = move |tx: &rusqlite::Transaction<'_>| {
        tx.execute("UPDATE sessions SET deleted_at = 1 WHERE id = ?1", [id])?;
        Ok::<_, wamanager::db::DbError>(())
    };
    app.app.db.write(delete).await.unwrap();
    assert!(app.app.access.numbers(owner.scope).await.unwrap().is_empty());
    let form = owner.browser.get("/settings/keys/new").await.expect(200).body;
    assert!(!form.contains("Old till"));
    let api = app.api_of(&owner.email).await;
    let body = json!({ "name": "A", "scopes": ["account:read"], "session": session.public_id });
    let problem = api.post("/v1/api-keys", body).await.problem(422, "invalid");
    assert_eq!(fields(&problem), ["session"]);
    program.get("/v1/users/me").await.problem(401, "invalid-key");
    let listed = api.get("/v1/api-keys").await.expect(200);
    assert!(!listed.body.contains("Old till") && !listed.body.contains(session.public_id.as_str()));
}
