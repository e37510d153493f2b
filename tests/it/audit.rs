//! The audit log, through the server.

use std::time::Duration;

use wamanager::accounts::{MemberRole, NewUser, Password, PlatformRole};
use wamanager::audit::{Action, Actor, Admin, Entry};

use crate::support::app::{PASSWORD, Person};
use crate::support::{Browser, TestApp};

async fn admin(app: &TestApp) -> Browser {
    let new = NewUser {
        name: "Root".into(),
        email: "root@example.com".into(),
        password: Password::new(PASSWORD),
        platform_role: PlatformRole::Admin,
    };
    app.accounts.create_user(Admin::operator(), new).await.unwrap();
    let browser = app.anonymous();
    browser.log_in("root@example.com", PASSWORD).await;
    browser
}

async fn add(app: &TestApp, person: &Person, target: &str) {
    let entry = person.scope.entry(Action::KeyCreated).target(target);
    app.app.audit.record(entry).await.unwrap();
}

#[tokio::test]
async fn owners_and_managers_read_their_log_and_administrators_all() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    add(&app, &ada, "key of Ada").await;
    add(&app, &bob, "key of Bob").await;
    let page = ada.browser.get("/settings/audit").await.expect(200).body;
    assert!(page.contains("key of Ada") && !page.contains("key of Bob"));
    assert!(page.contains("Created an API key"));
    let manager = app.member(&ada.workspace, MemberRole::Manager).await;
    manager.browser.get("/settings/audit").await.expect(200);
    let agent = app.member(&ada.workspace, MemberRole::Agent).await;
    agent.browser.get("/settings/audit").await.expect(403);
    agent.browser.get("/settings/audit.csv").await.expect(403);
    ada.browser.get("/admin/audit").await.expect(403);
    ada.browser.get("/admin/audit.csv").await.expect(403);
    let all = admin(&app).await.get("/admin/audit").await.expect(200).body;
    assert!(all.contains("key of Ada") && all.contains("key of Bob"));
}

#[tokio::test]
async fn an_impersonating_administrator_is_named() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    admin(&app).await;
    let root = app
        .accounts
        .find_user(Admin::operator(), "root@example.com")
        .await
        .unwrap();
    let actor = Actor::Impersonator {
        admin: root.id,
        user: owner.scope.user,
    };
    let entry = Entry::new(actor, Action::SessionDeleted).at(owner.workspace.id);
    app.app.audit.record(entry.target("Till")).await.unwrap();
    let page = owner.browser.get("/settings/audit").await.expect(200).body;
    assert!(page.contains("by administrator Root, viewing as this person"), "{page}");
    assert!(
        !page.contains("root@example.com"),
        "an administrator's address is not shown"
    );
}

#[tokio::test]
async fn the_log_is_filtered_by_the_address_bar() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    add(&app, &owner, "first key").await;
    app.clock.advance(Duration::from_secs(3 * 24 * 60 * 60));
    let entry = owner.scope.entry(Action::MemberAdded).target("bo@example.com");
    app.app.audit.record(entry).await.unwrap();
    for (query, there, not_there) in [
        ("group=member", "bo@example.com", "first key"),
        ("q=FIRST", "first key", "bo@example.com"),
        ("to=2023-11-15", "first key", "bo@example.com"),
        ("from=2023-11-16", "bo@example.com", "first key"),
        ("group=nonsense&from=x&person=1&after=2", "first key", "No results"),
    ] {
        let page = owner
            .browser
            .get(&format!("/settings/audit?{query}"))
            .await
            .expect(200)
            .body;
        assert!(page.contains(there) && !page.contains(not_there), "{query}");
    }
    let nothing = owner
        .browser
        .get("/settings/audit?q=nobody-knows")
        .await
        .expect(200)
        .body;
    assert!(nothing.contains("No results"));
}

#[tokio::test]
async fn a_long_log_is_read_page_by_page_and_exported_whole() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    for number in 0..120 {
        add(&app, &owner, &format!("key-{number:03}!")).await;
    }
    let mut seen = std::collections::BTreeSet::new();
    let mut path = "/settings/audit?group=key".to_owned();
    loop {
        let page = owner.browser.get(&path).await.expect(200).body;
        let before = seen.len();
        for number in 0..120 {
            if page.contains(&format!("key-{number:03}!")) {
                seen.insert(number);
            }
        }
        assert!(seen.len() - before <= 50);
        let Some(next) = page
            .split("rel=\"next\"")
            .next()
            .filter(|_| page.contains("rel=\"next\""))
        else {
            break;
        };
        let href = next.rsplit("href=\"").next().unwrap().split('"').next().unwrap();
        path = href.replace("&#38;", "&").replace("&amp;", "&");
    }
    assert_eq!(seen.len(), 120);

    add(&app, &owner, "=HYPERLINK(\"http://evil.example\")").await;
    let file = owner.browser.get("/settings/audit.csv?group=key").await.expect(200);
    assert!(file.header("content-type").starts_with("text/csv"));
    assert!(
        file.header("content-disposition")
            .contains("attachment; filename=\"audit-2023-11-14.csv\"")
    );
    let lines: Vec<_> = file.body.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 1 + 121);
    assert!(lines[0].starts_with("time,workspace,actor,person,email"));
    assert!(
        lines[1].contains("\"'=HYPERLINK(\"\"http://evil.example\"\")\""),
        "{}",
        lines[1]
    );
    let log = owner.browser.get("/settings/audit").await.expect(200).body;
    assert!(log.contains("Downloaded the audit log"));
}

#[tokio::test]
async fn acts_older_than_a_year_are_pruned_by_the_schedule() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    add(&app, &owner, "old key").await;
    app.clock.advance(wamanager::audit::KEPT + Duration::from_secs(1));
    add(&app, &owner, "new key").await;
    app.app.schedule().tick(&app.app.jobs, "prune-audit").await.unwrap();
    app.settle().await;
    owner.browser.log_in(&owner.email, PASSWORD).await;
    let page = owner.browser.get("/settings/audit?group=key").await.expect(200).body;
    assert!(page.contains("new key") && !page.contains("old key"));
}

#[tokio::test]
async fn changes_to_numbers_are_in_the_log() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let session = app.app.sessions.create(owner.scope, "Till").await.unwrap();
    app.app
        .sessions
        .rename(owner.scope, &session.public_id, "Front desk")
        .await
        .unwrap();
    let page = owner
        .browser
        .get("/settings/audit?group=session")
        .await
        .expect(200)
        .body;
    assert!(page.contains("Added a number") && page.contains("Renamed a number") && page.contains("Front desk"));
}
