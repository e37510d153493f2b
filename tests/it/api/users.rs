//! The caller's account, workspaces, members, plan and bills.

use serde_json::json;
use wamanager::access::KeyScope;
use wamanager::accounts::MemberRole;

use crate::support::{PASSWORD, TestApp, fields};

#[tokio::test]
async fn a_person_sees_and_ends_logins() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let (one, other) = (app.api_of(&owner.email).await, app.api_of(&owner.email).await);
    let logins = one.get("/v1/users/me/logins").await.expect(200).json();
    let logins = logins["data"].as_array().unwrap();
    assert_eq!(logins.len(), 3, "the browser and two programs");
    assert_eq!(logins.iter().filter(|login| login["current"] == true).count(), 1);
    let kinds: Vec<_> = logins.iter().map(|login| login["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "api").count(), 2);
    let theirs = logins
        .iter()
        .find(|login| login["kind"] == "api" && login["current"] == false)
        .unwrap();
    one.delete(&format!("/v1/users/me/logins/{}", theirs["id"].as_str().unwrap()), None)
        .await
        .expect(204);
    other.get("/v1/users/me").await.problem(401, "invalid-token");
    let stranger = app.owner("Other").await;
    let path = format!("/v1/users/me/logins/{}", logins[0]["id"].as_str().unwrap());
    app.api_of(&stranger.email)
        .await
        .delete(&path, None)
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn deleting_an_account_needs_its_password() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let api = app.api_of(&owner.email).await;
    let wrong = json!({ "email": owner.email, "password": "not this one" });
    let problem = api.delete("/v1/users/me", Some(wrong)).await.problem(422, "invalid");
    assert_eq!(fields(&problem), ["password"]);
    let body = json!({ "email": owner.email, "password": PASSWORD });
    api.delete("/v1/users/me", Some(body.clone())).await.expect(204);
    api.get("/v1/users/me").await.problem(401, "invalid-token");
    app.api()
        .post("/v1/auth/login", body)
        .await
        .problem(422, "wrong-credentials");
    app.settle().await;
}

#[tokio::test]
async fn a_changed_address_is_confirmed_by_mail() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let api = app.api_of(&owner.email).await;
    let body = json!({ "email": "new@example.com", "password": "not this one" });
    let problem = api.post("/v1/users/me/email", body).await.problem(422, "invalid");
    assert_eq!(fields(&problem), ["password"]);
    let body = json!({ "email": "new@example.com", "password": PASSWORD });
    api.post("/v1/users/me/email", body).await.expect(202);
    assert_eq!(app.emails_to("new@example.com").await.len(), 1);
    assert_eq!(api.get("/v1/users/me").await.expect(200).json()["email"], owner.email);
}

#[tokio::test]
async fn a_person_works_in_several_workspaces() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let api = app.api_of(&owner.email).await;
    let body = json!({ "name": "Branch", "time_zone": "Asia/Kolkata", "country": "in" });
    let made = api.post("/v1/workspaces", body).await.expect(201);
    let branch = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(made.header("location"), format!("/v1/workspaces/{branch}"));
    let named = |id: &str| {
        let (api, id) = (api.clone(), id.to_owned());
        async move { api.send("GET", "/v1/users/me", &[("x-workspace", &id)], "").await }
    };
    assert_eq!(named(&branch).await.expect(200).json()["workspace"]["name"], "Branch");
    let other = app.owner("Other").await;
    named(other.workspace.public_id.as_str())
        .await
        .problem(404, "not-found");
    named("nonsense").await.problem(404, "not-found");
    let switched = api
        .send("POST", &format!("/v1/workspaces/{branch}/switch"), &[], "")
        .await
        .expect(200)
        .json();
    let moved = app.api().with(switched["access_token"].as_str().unwrap());
    assert_eq!(
        moved.get("/v1/users/me").await.expect(200).json()["workspace"]["id"],
        branch.as_str()
    );
    let path = format!("/v1/workspaces/{branch}");
    let body = json!({ "name": "", "time_zone": "x", "country": "x" });
    let problem = api.put(&path, body).await.problem(422, "invalid");
    assert_eq!(fields(&problem), ["name", "time_zone", "country"]);
    api.delete(&path, Some(json!({ "name": "Wrong" })))
        .await
        .problem(422, "invalid");
    api.delete(&path, Some(json!({ "name": "Branch" }))).await.expect(204);
    api.get(&path).await.problem(404, "not-found");
    app.settle().await;
}

#[tokio::test]
async fn an_owner_invites_and_manages_members() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let agent = app.member(&owner.workspace, MemberRole::Agent).await;
    let api = app.api_of(&owner.email).await;
    let base = format!("/v1/workspaces/{}", owner.workspace.public_id);
    let bad = json!({ "email": "bo@example.com", "role": "king" });
    let problem = api
        .post(&format!("{base}/invitations"), bad)
        .await
        .problem(422, "invalid");
    assert_eq!(fields(&problem), ["role"]);
    let body = json!({ "email": "bo@example.com", "role": "agent" });
    let made = api
        .post(&format!("{base}/invitations"), body.clone())
        .await
        .expect(201)
        .json();
    assert_eq!(app.emails_to("bo@example.com").await.len(), 1);
    let problem = api
        .post(&format!("{base}/invitations"), body)
        .await
        .problem(422, "invalid");
    assert_eq!(fields(&problem), ["email"]);
    let third = json!({ "email": "cy@example.com", "role": "agent" });
    api.post(&format!("{base}/invitations"), third)
        .await
        .problem(403, "limit-reached");
    let listed = api.get(&format!("{base}/invitations")).await.expect(200).json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    let path = format!("{base}/invitations/{}", made["id"].as_str().unwrap());
    api.delete(&path, None).await.expect(204);
    api.delete(&path, None).await.problem(404, "not-found");

    let members = api.get(&format!("{base}/members")).await.expect(200).json();
    let member = |email: &str| {
        let found = members["data"]
            .as_array()
            .unwrap()
            .iter()
            .find(|member| member["email"] == email);
        format!("{base}/members/{}", found.unwrap()["id"].as_str().unwrap())
    };
    let path = member(&agent.email);
    let changed = api.put(&path, json!({ "role": "manager" })).await.expect(200).json();
    assert_eq!(changed["role"], "manager");
    api.put(&member(&owner.email), json!({ "role": "agent" }))
        .await
        .problem(409, "last-owner");
    api.delete(&path, None).await.expect(204);
    api.delete(&path, None).await.problem(404, "not-found");
}

#[tokio::test]
async fn plan_usage_and_invoices_are_shown() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    app.one_of_each(&owner).await;
    let api = app.api_of(&owner.email).await;
    let plans = app.api().get("/v1/plans").await.expect(200).json();
    let codes: Vec<_> = plans["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|plan| plan["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["free", "pro", "business"]);
    let usage = api.get("/v1/users/me/usage").await.expect(200).json();
    assert_eq!(usage["plan"]["code"], "free");
    assert_eq!(usage["sessions"], json!({ "used": 1, "limit": 1 }));
    let subscription = api.get("/v1/users/me/subscription").await.expect(200).json();
    assert_eq!(
        (&subscription["plan"]["code"], &subscription["status"]),
        (&json!("free"), &json!(null))
    );
    let unknown = api
        .post("/v1/users/me/subscription", json!({ "plan": "gold" }))
        .await
        .problem(422, "invalid");
    assert_eq!(fields(&unknown), ["plan"]);
    // Without a provider the plan is requested from the administrator.
    let chosen = api
        .post("/v1/users/me/subscription", json!({ "plan": "business" }))
        .await
        .expect(200)
        .json();
    assert_eq!(chosen["next"], "ask");
    assert_eq!(chosen["subscription"]["pending_plan"]["code"], "business");
    let bills = api.get("/v1/invoices").await.expect(200).json();
    assert_eq!(
        (&bills["data"][0]["amount_minor"], &bills["data"][0]["status"]),
        (&json!(1900), &json!("paid"))
    );
    let key = app.key(&owner, &[KeyScope::AccountRead]).await.text;
    let program = app.api().with(&key);
    program.get("/v1/users/me/usage").await.expect(200);
    program
        .post("/v1/users/me/subscription", json!({ "plan": "free" }))
        .await
        .problem(403, "person-only");
}

#[tokio::test]
async fn a_person_without_a_workspace_has_an_account_all_the_same() {
    let app = TestApp::new().await;
    app.plain_user("alone@example.com").await;
    let api = app.api_of("alone@example.com").await;
    assert_eq!(
        api.get("/v1/users/me").await.expect(200).json()["workspace"],
        json!(null)
    );
    api.get("/v1/users/me/usage").await.problem(403, "no-workspace");
    assert_eq!(api.get("/v1/workspaces").await.expect(200).json()["data"], json!([]));
}
