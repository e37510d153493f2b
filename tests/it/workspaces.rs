//! Workspaces, through the server and the operator's commands.

use serde_json::json;
use wamanager::accounts::{MemberRole, NewWorkspace};
use wamanager::audit::{Act, Action, Admin, Filter, Reader};
use wamanager::db::DbError;

use crate::cli::{command, refused};
use crate::support::TestApp;
use crate::team::{invite, open_invitation};

#[tokio::test]
async fn without_a_workspace_a_person_sees_their_invitations_and_joins() {
    let app = TestApp::new().await;
    let (owner, stranger) = (app.owner("Shop").await, app.stranger().await);
    let refused = stranger.get("/chats").await.expect(403).body;
    assert!(refused.contains("href=\"/workspaces\""));
    invite(&owner, "stranger@example.com", "agent").await;
    let page = stranger.get("/workspaces").await.expect(200).body;
    assert!(page.contains("Invitations for you") && page.contains("Shop"));
    let id = open_invitation(&app, &owner).await;
    let accept = format!("/workspaces/invitations/{id}/accept");
    owner.browser.post(&accept, &[]).await.expect(404);
    stranger.post(&accept, &[]).await.expect(303);
    stranger.get("/chats").await.expect(200);
    stranger.post(&accept, &[]).await.expect(404);
}

#[tokio::test]
async fn a_person_makes_workspaces_and_switches_between_them() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let wrong = [("workspace", ""), ("zone", "Nowhere"), ("country", "XXX")];
    let refused = owner.browser.post("/workspaces", &wrong).await.expect(422).body;
    assert!(refused.contains("Write a name.") && refused.contains("Choose a country"));
    let form = [("workspace", "Bakery"), ("zone", "Europe/Paris"), ("country", "FR")];
    let made = owner.browser.post("/workspaces", &form).await.expect(303);
    assert_eq!(made.header("location"), "/");
    let page = owner.browser.get("/settings/workspace").await.expect(200).body;
    assert!(page.contains("value=\"Bakery\"") && page.contains("Shop"));
    // A page that another tab loaded before shows the shop, and must not change the bakery.
    let rename = [("workspace", "Cakes"), ("zone", "Europe/Paris"), ("country", "FR")];
    let refused = owner
        .browser
        .post("/settings/workspace", &rename)
        .await
        .expect(403)
        .body;
    assert!(refused.contains("switched to another workspace"), "{refused}");
    owner.browser.learn_csrf().await;
    assert!(
        owner
            .browser
            .get("/settings/workspace")
            .await
            .body
            .contains("value=\"Bakery\"")
    );
    owner.browser.post("/settings/workspace", &rename).await.expect(303);
    assert!(
        owner
            .browser
            .get("/settings/workspace")
            .await
            .body
            .contains("value=\"Cakes\"")
    );
    let choose = format!("/workspaces/{}/choose", owner.workspace.public_id);
    assert_eq!(
        owner.browser.post(&choose, &[]).await.expect(303).header("location"),
        "/"
    );
    assert!(
        owner
            .browser
            .get("/settings/workspace")
            .await
            .expect(200)
            .body
            .contains("value=\"Shop\"")
    );
}

#[tokio::test]
async fn a_person_has_two_free_workspaces_and_as_many_paid_ones_as_they_like() {
    let app = TestApp::new().await;
    let (admin, owner) = (app.admin().await, app.owner("Shop").await);
    let form = [("workspace", "Bakery"), ("zone", "UTC"), ("country", "DE")];
    owner.browser.post("/workspaces", &form).await.expect(303);
    let refused = owner.browser.post("/workspaces", &form).await.expect(422).body;
    assert!(refused.contains("2 free workspaces"), "{refused}");
    let page = owner.browser.get("/workspaces/new").await.expect(200).body;
    assert!(
        page.contains("2 free workspaces"),
        "said before the form is filled in: {page}"
    );
    let api = app.api_of(&owner.email).await;
    let body = json!({ "name": "Café", "time_zone": "UTC", "country": "DE" });
    let problem = api
        .post("/v1/workspaces", body.clone())
        .await
        .problem(403, "free-workspaces");
    assert!(problem["detail"].as_str().unwrap().contains("2 free workspaces"));
    // A paid workspace does not count.
    app.put_on_plan(&owner, "pro").await;
    owner.browser.post("/workspaces", &form).await.expect(303);
    owner.browser.post("/workspaces", &form).await.expect(422);
    let page = admin.get("/admin/settings").await.expect(200).body;
    assert!(
        page.contains("name=\"free_workspaces\"") && page.contains("value=\"2\""),
        "{page}"
    );
    for wrong in ["0", "-1", "many", "1000000"] {
        let set = [("registration", "on"), ("free_workspaces", wrong)];
        let refused = admin.post("/admin/settings", &set).await.expect(422).body;
        assert!(refused.contains("from 1 to"), "{refused}");
    }
    let set = [("registration", "on"), ("free_workspaces", "3")];
    admin.post("/admin/settings", &set).await.expect(303);
    api.post("/v1/workspaces", body.clone()).await.expect(201);
    let problem = api.post("/v1/workspaces", body).await.problem(403, "free-workspaces");
    assert!(problem["detail"].as_str().unwrap().contains("3 free workspaces"));
}

#[tokio::test]
async fn nobody_owns_more_than_twenty_workspaces() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    for number in 1..20 {
        let new = NewWorkspace {
            name: format!("Shop {number}"),
            time_zone: "UTC".into(),
            country: "DE".into(),
        };
        app.accounts
            .create_workspace(Admin::operator(), owner.scope.user, new)
            .await
            .unwrap();
    }
    let form = [("workspace", "Bakery"), ("zone", "UTC"), ("country", "DE")];
    let refused = owner.browser.post("/workspaces", &form).await.expect(422).body;
    assert!(refused.contains("20 workspaces already"));
}

#[tokio::test]
async fn switching_to_a_suspended_workspace_is_refused_with_the_reason() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let form = [("workspace", "Bakery"), ("zone", "UTC"), ("country", "DE")];
    owner.browser.post("/workspaces", &form).await.expect(303);
    let api = app.api_of(&owner.email).await;
    let id = owner.workspace.public_id.clone();
    let closed = app.accounts.suspend_workspace(Admin::operator(), id.clone()).await;
    closed.unwrap();
    let refused = owner
        .browser
        .post(&format!("/workspaces/{id}/choose"), &[])
        .await
        .expect(403)
        .body;
    assert!(refused.contains("This workspace is suspended"), "{refused}");
    let switch = format!("/v1/workspaces/{id}/switch");
    let problem = api
        .send("POST", &switch, &[], "")
        .await
        .problem(403, "workspace-suspended");
    assert!(problem["detail"].as_str().unwrap().contains("suspended"));
    let shown = api.get(&format!("/v1/workspaces/{id}")).await;
    shown.problem(403, "workspace-suspended");
    let named = api
        .send("GET", "/v1/users/me", &[("x-workspace", id.as_str())], "")
        .await;
    named.problem(403, "workspace-suspended");
    // A stranger learns nothing.
    let other = app.owner("Other").await;
    other
        .browser
        .post(&format!("/workspaces/{id}/choose"), &[])
        .await
        .expect(404);
    let others = app.api_of(&other.email).await;
    others.send("POST", &switch, &[], "").await.problem(404, "not-found");
}

#[tokio::test]
async fn an_owner_changes_the_workspace_and_the_log_says_what() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let form = [
        ("workspace", "Corner Shop"),
        ("zone", "Africa/Cairo"),
        ("country", "EG"),
    ];
    owner.browser.post("/settings/workspace", &form).await.expect(303);
    let page = owner.browser.get("/settings/workspace").await.expect(200).body;
    assert!(page.contains("value=\"Corner Shop\"") && page.contains(" selected>Africa/Cairo"));
    let log = owner.browser.get("/settings/audit").await.expect(200).body;
    assert!(log.contains("Changed the workspace") && log.contains("Shop → Corner Shop"));
    let agent = app.member(&owner.workspace, MemberRole::Agent).await;
    let page = agent.browser.get("/settings/workspace").await.expect(200).body;
    assert!(!page.contains("name=\"workspace\""));
}

#[tokio::test]
async fn a_deleted_workspace_no_longer_exists_for_anybody() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let agent = app.member(&owner.workspace, MemberRole::Agent).await;
    app.one_of_each(&owner).await;
    let wrong = [("confirm", "shop")];
    let refused = owner
        .browser
        .post("/settings/workspace/delete", &wrong)
        .await
        .expect(422)
        .body;
    assert!(refused.contains("The name differs"));
    agent
        .browser
        .post("/settings/workspace/delete", &[("confirm", "Shop")])
        .await
        .expect(403);
    owner
        .browser
        .post("/settings/workspace/delete", &[("confirm", "Shop")])
        .await
        .expect(303);
    for browser in [&owner.browser, &agent.browser] {
        browser.get("/chats").await.expect(403);
        assert!(
            browser
                .get("/workspaces")
                .await
                .expect(200)
                .body
                .contains("not in a workspace")
        );
    }
    for email in [&owner.email, &agent.email] {
        let emails = app.emails_to(email).await;
        assert!(
            emails.iter().any(|email| email.subject == "Shop was deleted"),
            "{email}"
        );
    }
    app.app.start().await.unwrap();
    app.settle().await;
    let left: i64 = app
        .app
        .db
        .read(|c| Ok::<_, DbError>(c.query_row("SELECT COUNT(*) FROM workspaces", [], |row| row.get(0))?))
        .await
        .unwrap();
    assert_eq!(left, 0);
    let page = app
        .app
        .audit
        .page(Reader::Installation(Admin::operator()), Filter::default(), None, 100)
        .await
        .unwrap();
    assert!(page.rows.iter().any(|act| act.action == Action::WorkspaceDeleted));
    let of_it = |act: &&Act| act.workspace_ref.as_deref() == Some(owner.workspace.public_id.as_str());
    assert!(
        page.rows
            .iter()
            .filter(of_it)
            .all(|act| act.target.is_none() && act.address.is_none())
    );
}

#[tokio::test]
async fn members_of_a_suspended_workspace_see_that_it_is_suspended() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let id = owner.workspace.public_id.clone();
    app.accounts
        .suspend_workspace(Admin::operator(), id.clone())
        .await
        .unwrap();
    owner.browser.get("/chats").await.expect(403);
    assert_eq!(
        owner.browser.get("/").await.expect(303).header("location"),
        "/workspaces"
    );
    let page = owner.browser.get("/workspaces").await.expect(200).body;
    assert!(page.contains("Your workspace is suspended") && page.contains("Suspended"));
    app.accounts.resume_workspace(Admin::operator(), id).await.unwrap();
    owner.browser.get("/chats").await.expect(200);
}

/// The output of a command on a data directory without a server.
fn told(dir: &std::path::Path, args: &[&str]) -> serde_json::Value {
    let output = command(args).arg("--json").arg("--data-dir").arg(dir).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {text}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_operator_manages_workspaces_on_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let told = |args: &[&str]| told(dir.path(), args);
    let refuse = |args: &[&str], exit, words: &[&str]| {
        let output = command(args).arg("--data-dir").arg(dir.path()).output().unwrap();
        refused(&output, exit, words);
    };
    for (email, workspace) in [("ada@example.com", "Shop"), ("bo@example.com", "Shop")] {
        let args = [
            "user",
            "create",
            email,
            "--name",
            "Somebody",
            "--member",
            "owner",
            "--workspace",
            workspace,
        ];
        told(&args);
    }
    let made = told(&[
        "workspace",
        "create",
        "Bakery",
        "--owner",
        "ada@example.com",
        "--country",
        "FR",
    ]);
    assert_eq!(
        (made["name"].as_str(), made["members"].as_u64()),
        (Some("Bakery"), Some(1))
    );
    let all = told(&["workspace", "list"]);
    assert_eq!(all.as_array().unwrap().len(), 2);
    refuse(
        &["workspace", "create", "Third", "--owner", "ada@example.com"],
        11,
        &["2 free workspaces"],
    );
    refuse(&["workspace", "members"], 11, &["several workspaces"]);

    let at = ["--workspace", "Bakery"];
    let run = |args: &[&str]| told(&[args, &at].concat());
    assert_eq!(run(&["workspace", "add-member", "bo@example.com"])["role"], "agent");
    assert_eq!(
        run(&["workspace", "set-role", "bo@example.com", "manager"])["role"],
        "manager"
    );
    assert_eq!(run(&["workspace", "invite", "cy@example.com"])["invited"], 1);
    refuse(
        &["workspace", "invite", "di@example.com", "--workspace", "Bakery"],
        11,
        &["3 seats"],
    );
    assert_eq!(run(&["workspace", "rename", "Bread"])["name"], "Bread");
    let at = ["--workspace", "Bread"];
    let run = |args: &[&str]| told(&[args, &at].concat());
    assert_eq!(run(&["workspace", "members"]).as_array().unwrap().len(), 2);
    run(&["workspace", "remove-member", "bo@example.com"]);
    refuse(
        &["workspace", "remove-member", "ada@example.com", "--workspace", "Bread"],
        11,
        &["needs an owner"],
    );
    refuse(
        &["workspace", "remove-member", "x@example.com", "--workspace", "Bread"],
        10,
        &[],
    );

    let log = run(&["audit", "list", "--action", "member", "--since", "1h"]);
    let acts: Vec<_> = log["acts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|act| act["action"].clone())
        .collect();
    assert_eq!(
        acts,
        [
            "member.removed",
            "member.invited",
            "member.role_changed",
            "member.added"
        ]
    );
    assert_eq!(log["acts"][0]["actor"], "operator");
    refuse(&["audit", "list", "--action", "weather"], 11, &["member.added"]);

    refuse(&["workspace", "delete", "Bread"], 2, &["--yes"]);
    told(&["workspace", "delete", "Bread", "--yes"]);
    refuse(
        &["workspace", "members", "--workspace", "Bread"],
        11,
        &["has no members"],
    );
}
