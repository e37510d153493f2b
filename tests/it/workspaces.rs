//! Workspaces, through the server and by the operator's hand.

use wamanager::accounts::{Admin, MemberRole};
use wamanager::audit::{Act, Action, Filter, Reader};
use wamanager::db::DbError;

use crate::cli::{command, refused};
use crate::support::TestApp;
use crate::team::{invite, open_invitation};

#[tokio::test]
async fn without_a_workspace_one_sees_what_waits_and_joins() {
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
    let form = [("workspace", "Bakery"), ("zone", "Europe/Paris"), ("country", "FR")];
    let made = owner.browser.post("/workspaces", &form).await.expect(303);
    assert_eq!(made.header("location"), "/");
    let page = owner.browser.get("/settings/workspace").await.expect(200).body;
    assert!(page.contains("value=\"Bakery\"") && page.contains("Shop"));
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
    let wrong = [("workspace", ""), ("zone", "Nowhere"), ("country", "XXX")];
    let refused = owner.browser.post("/workspaces", &wrong).await.expect(422).body;
    assert!(refused.contains("Write a name.") && refused.contains("Choose a country"));
    for number in 2..20 {
        let name = format!("Shop {number}");
        let form = [("workspace", name.as_str()), ("zone", "UTC"), ("country", "DE")];
        owner.browser.post("/workspaces", &form).await.expect(303);
    }
    let refused = owner.browser.post("/workspaces", &form).await.expect(422).body;
    assert!(refused.contains("20 workspaces already"));
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
async fn a_deleted_workspace_is_gone_for_everybody() {
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
                .contains("in no workspace")
        );
    }
    for email in [&owner.email, &agent.email] {
        let letters = app.letters_to(email).await;
        assert!(
            letters.iter().any(|letter| letter.subject == "Shop was deleted"),
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
        .page(Reader::Installation, Filter::default(), None, 100)
        .await
        .unwrap();
    assert!(page.acts.iter().any(|act| act.action == Action::WorkspaceDeleted));
    let of_it = |act: &&Act| act.workspace_ref.as_deref() == Some(owner.workspace.public_id.as_str());
    assert!(
        page.acts
            .iter()
            .filter(of_it)
            .all(|act| act.target.is_none() && act.address.is_none())
    );
}

#[tokio::test]
async fn members_of_a_suspended_workspace_are_told_so() {
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

/// The answer of a command over a data directory on which no server runs.
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
