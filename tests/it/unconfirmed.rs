//! Unconfirmed registrations: which link confirms which, what takes precedence over them, and when they are deleted.

use std::time::Duration;

use serde_json::json;
use wamanager::accounts::{MemberRole, PruneLinks, User};
use wamanager::audit::Admin;
use wamanager::db::DbError;

use crate::support::app::EmailDraft;
use crate::support::{PASSWORD, Reply, TestApp};
use crate::team::invite;

const EMAIL: &str = "ada@example.com";
const OTHERS: &str = "copper kettle under snow";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn register(app: &TestApp, name: &str, password: &str) {
    let body = json!({
        "name": name, "email": EMAIL, "password": password,
        "workspace": format!("{name} Shop"), "time_zone": "Europe/Berlin", "country": "DE",
    });
    app.api().post("/v1/auth/register", body).await.expect(202);
}

async fn emails(app: &TestApp) -> Vec<EmailDraft> {
    app.settle().await;
    app.emails_to(EMAIL).await
}

/// The link in the newest email that greets this name.
async fn link_of(app: &TestApp, name: &str) -> String {
    let greeting = format!("Hello {name},");
    let all = emails(app).await;
    let own = all.iter().rev().find(|email| email.text.contains(&greeting));
    own.unwrap_or_else(|| panic!("no email to {name} among {all:?}")).link()
}

async fn try_log_in(app: &TestApp, password: &str) -> Reply {
    let form = [("email", EMAIL), ("password", password)];
    app.anonymous().post("/login", &form).await
}

async fn users(app: &TestApp) -> Vec<String> {
    let email = |user: User| user.email.to_string();
    app.accounts
        .list_users(Admin::operator())
        .await
        .unwrap()
        .into_iter()
        .map(email)
        .collect()
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    let count = move |c: &rusqlite::Connection| Ok::<_, DbError>(c.query_row(sql, [], |row| row.get(0))?);
    app.app.db.read(count).await.unwrap()
}

/// Runs the nightly schedule.
async fn night(app: &TestApp) {
    PruneLinks::enqueue(app.app.jobs.clone()).await.unwrap();
    app.settle().await;
}

#[tokio::test]
async fn a_link_confirms_the_registration_it_was_mailed_for_whatever_was_registered_later() {
    let app = TestApp::new().await;
    register(&app, "Ada", PASSWORD).await;
    register(&app, "Mallory", OTHERS).await;
    let (own, others) = (link_of(&app, "Ada").await, link_of(&app, "Mallory").await);
    let page = app.anonymous().get(&own).await.expect(200).body;
    assert!(page.contains("Ada Shop") && !page.contains("Mallory"), "{page}");
    app.anonymous().post(&own, &[]).await.expect(303);
    app.anonymous().post(&others, &[]).await.expect(410);
    try_log_in(&app, OTHERS).await.expect(422);
    let browser = app.anonymous();
    browser.log_in(EMAIL, PASSWORD).await;
    assert!(browser.get("/sessions").await.expect(200).body.contains("Ada Shop"));
    assert!(
        browser
            .get("/settings")
            .await
            .expect(200)
            .body
            .contains("value=\"Ada\"")
    );
    assert_eq!(count(&app, "SELECT COUNT(*) FROM workspaces").await, 1);
}

#[tokio::test]
async fn the_later_link_confirms_the_later_registration_over_the_api() {
    let app = TestApp::new().await;
    register(&app, "Ada", PASSWORD).await;
    register(&app, "Bea", OTHERS).await;
    let (first, second) = (link_of(&app, "Ada").await, link_of(&app, "Bea").await);
    let path = |link: &str| format!("/v1/auth/verify-email/{}", link.rsplit('/').next().unwrap());
    let user = app.api().get(&path(&second)).await.expect(200).json();
    assert_eq!(user["name"], "Bea");
    app.api().get(&path(&first)).await.problem(410, "link-expired");
    let body = |password| json!({ "email": EMAIL, "password": password });
    app.api()
        .post("/v1/auth/login", body(PASSWORD))
        .await
        .problem(422, "wrong-credentials");
    let tokens = app.api().post("/v1/auth/login", body(OTHERS)).await.expect(200).json();
    assert_eq!(tokens["workspace"]["name"], "Bea Shop");
}

#[tokio::test]
async fn a_repeated_link_is_for_the_same_registration() {
    let app = TestApp::new().await;
    register(&app, "Ada", PASSWORD).await;
    let first = link_of(&app, "Ada").await;
    // A day later the link has expired, but not the registration.
    app.clock.advance(DAY);
    night(&app).await;
    register(&app, "Mallory", OTHERS).await;
    app.anonymous().post(&first, &[]).await.expect(410);
    app.anonymous()
        .post("/verify-email", &[("email", EMAIL)])
        .await
        .expect(303);
    let again = link_of(&app, "Ada").await;
    assert_ne!(again, first);
    app.anonymous().post(&again, &[]).await.expect(303);
    app.anonymous().log_in(EMAIL, PASSWORD).await;
    try_log_in(&app, OTHERS).await.expect(422);
}

#[tokio::test]
async fn logging_in_before_confirming_mails_the_link_of_ones_own_registration() {
    let app = TestApp::new().await;
    register(&app, "Ada", PASSWORD).await;
    register(&app, "Mallory", OTHERS).await;
    let before = emails(&app).await.len();
    try_log_in(&app, PASSWORD).await.expect(403);
    let all = emails(&app).await;
    assert_eq!(all.len(), before + 1);
    let newest = all.last().unwrap();
    assert!(newest.text.contains("Hello Ada,"), "{}", newest.text);
    app.anonymous().post(&newest.link(), &[]).await.expect(303);
    app.anonymous().log_in(EMAIL, PASSWORD).await;
    try_log_in(&app, OTHERS).await.expect(422);
}

#[tokio::test]
async fn an_invitation_overrides_a_strangers_registration() {
    let app = TestApp::new().await;
    register(&app, "Mallory", OTHERS).await;
    let strangers = link_of(&app, "Mallory").await;
    let owner = app.owner("Team").await;
    invite(&owner, EMAIL, "agent").await;
    let link = emails(&app).await.last().unwrap().link();
    assert!(link.starts_with("/invitations/"), "{link}");
    let browser = app.anonymous();
    let page = browser.get(&link).await.expect(200).body;
    assert!(page.contains("name=\"password\""), "a new login is offered: {page}");
    let form = [("name", "Ada"), ("password", PASSWORD)];
    browser.post(&link, &form).await.expect(303);
    let team = browser.get("/sessions").await.expect(200).body;
    assert!(team.contains("Team") && !team.contains("Mallory Shop"), "{team}");
    app.anonymous().post(&strangers, &[]).await.expect(410);
    try_log_in(&app, OTHERS).await.expect(422);
    app.anonymous().log_in(EMAIL, PASSWORD).await;
    app.settle().await;
    assert_eq!(count(&app, "SELECT COUNT(*) FROM workspaces").await, 1);
    assert_eq!(users(&app).await.len(), 2);
}

#[tokio::test]
async fn a_verified_address_overrides_a_strangers_registration() {
    let app = TestApp::new().await;
    register(&app, "Mallory", OTHERS).await;
    let owner = app.owner("Shop").await;
    let change = [("email", EMAIL), ("current_password", PASSWORD)];
    owner.browser.post("/settings/email", &change).await.expect(303);
    let link = emails(&app).await.last().unwrap().link();
    assert!(link.starts_with("/change-email/"), "{link}");
    owner.browser.post(&link, &[]).await.expect(303);
    app.anonymous().log_in(EMAIL, PASSWORD).await;
    try_log_in(&app, OTHERS).await.expect(422);
}

#[tokio::test]
async fn a_member_who_joined_a_team_is_not_registered_again() {
    let app = TestApp::new().await;
    register(&app, "Ada", PASSWORD).await;
    let link = link_of(&app, "Ada").await;
    let owner = app.owner("Team").await;
    let ada = app.accounts.find_user(Admin::operator(), EMAIL).await.unwrap().id;
    let team = owner.workspace.public_id.clone();
    app.accounts
        .put_member(Admin::operator(), team, ada, MemberRole::Agent)
        .await
        .unwrap();
    register(&app, "Mallory", OTHERS).await;
    let all = emails(&app).await;
    assert_eq!(all.last().unwrap().subject, "You already have an account");
    app.anonymous().post(&link, &[]).await.expect(303);
    try_log_in(&app, OTHERS).await.expect(422);
    let browser = app.anonymous();
    browser.log_in(EMAIL, PASSWORD).await;
    assert!(browser.get("/workspaces").await.expect(200).body.contains("Team"));
}

#[tokio::test]
async fn an_address_that_was_registered_twice_cannot_be_verified_by_hand() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    register(&app, "Mallory", OTHERS).await;
    let id = app
        .accounts
        .find_user(Admin::operator(), EMAIL)
        .await
        .unwrap()
        .public_id;
    let vouch = format!("/admin/users/{id}/vouch");
    register(&app, "Ada", PASSWORD).await;
    let refused = admin.post(&vouch, &[]).await.expect(409).body;
    assert!(refused.contains("registered more than once"), "{refused}");
    try_log_in(&app, OTHERS).await.expect(403);
    try_log_in(&app, PASSWORD).await.expect(403);
}

#[tokio::test]
async fn a_link_followed_again_answers_the_same_and_viewing_does_not_use_it_up() {
    let app = TestApp::new().await;
    register(&app, "Ada", PASSWORD).await;
    let link = link_of(&app, "Ada").await;
    let path = format!("/v1/auth/verify-email/{}", link.rsplit('/').next().unwrap());
    for _ in 0..2 {
        let looked = app
            .anonymous()
            .send("HEAD", &path, &[("accept-encoding", "identity")], "")
            .await
            .expect(200);
        assert!(looked.body.is_empty());
        app.anonymous()
            .send("HEAD", &link, &[("accept-encoding", "identity")], "")
            .await
            .expect(200);
    }
    let unused = app.accounts.find_user(Admin::operator(), EMAIL).await.unwrap();
    assert_eq!(unused.verified_at, None);
    let first = app.api().get(&path).await.expect(200).json();
    assert_eq!((&first["verified"], &first["name"]), (&json!(true), &json!("Ada")));
    let browser = app.anonymous();
    for _ in 0..2 {
        assert_eq!(app.api().get(&path).await.expect(200).json(), first);
        app.anonymous()
            .send("HEAD", &path, &[("accept-encoding", "identity")], "")
            .await
            .expect(200);
        for reply in [browser.get(&link).await, browser.post(&link, &[]).await] {
            assert_eq!(reply.expect(303).header("location"), "/login?said=verified");
        }
    }
    browser.log_in(EMAIL, PASSWORD).await;
    // A changed password revokes valid links; this one is no longer valid anyway.
    let change = [("current_password", PASSWORD), ("new_password", OTHERS)];
    browser.post("/settings/password", &change).await.expect(303);
    app.api().get(&path).await.expect(200);
    browser.log_in(EMAIL, OTHERS).await;
    app.clock.advance(DAY);
    app.api().get(&path).await.problem(410, "link-expired");
    let head = app
        .anonymous()
        .send("HEAD", &path, &[("accept-encoding", "identity")], "")
        .await;
    assert_eq!(head.status, 410);
}

#[tokio::test]
async fn unconfirmed_registrations_are_deleted_after_a_fortnight() {
    let app = TestApp::new().await;
    let owner = app.owner("Stays").await;
    register(&app, "Ada", PASSWORD).await;
    app.clock.advance(DAY * 13);
    night(&app).await;
    assert_eq!(users(&app).await, [EMAIL, owner.email.as_str()]);
    // After a new attempt, the link that was just mailed works as long as it says.
    register(&app, "Ada", OTHERS).await;
    app.clock.advance(DAY);
    night(&app).await;
    assert!(users(&app).await.contains(&EMAIL.to_owned()));
    app.clock.advance(DAY * 13);
    let written = emails(&app).await.len();
    night(&app).await;
    app.settle().await;
    assert_eq!(users(&app).await, [owner.email.as_str()]);
    assert_eq!(count(&app, "SELECT COUNT(*) FROM workspaces").await, 1);
    assert_eq!(count(&app, "SELECT COUNT(*) FROM links").await, 0);
    assert_eq!(emails(&app).await.len(), written, "strangers get no further email");
    register(&app, "Ada", PASSWORD).await;
    app.anonymous().post(&link_of(&app, "Ada").await, &[]).await.expect(303);
    app.anonymous().log_in(EMAIL, PASSWORD).await;
}

#[tokio::test]
async fn an_unconfirmed_owner_does_not_count_as_the_last_and_deletes_no_business() {
    let app = TestApp::new().await;
    let owner = app.owner("Bakery").await;
    // Long after the bakery: the registration's own data is distinguished from it by age.
    app.clock.advance(Duration::from_secs(60));
    register(&app, "Ada", PASSWORD).await;
    let ada = app.accounts.find_user(Admin::operator(), EMAIL).await.unwrap().id;
    let bakery = owner.workspace.public_id.clone();
    app.accounts
        .put_member(Admin::operator(), bakery, ada, MemberRole::Owner)
        .await
        .unwrap();
    let refused = owner.browser.post("/settings/members/leave", &[]).await;
    assert_eq!(
        refused.expect(409).header("location"),
        "",
        "nobody could act as its owner"
    );

    // If it happens all the same (an earlier release allowed it), no data of the business is deleted.
    let gone = app
        .accounts
        .find_user(Admin::operator(), &owner.email)
        .await
        .unwrap()
        .id;
    let leave = move |tx: &rusqlite::Transaction<'_>| {
        Ok::<_, DbError>(tx.execute("DELETE FROM members WHERE user_id = ?", [gone])?)
    };
    app.app.db.write(leave).await.unwrap();
    let other = app.owner("Other").await;
    invite(&other, EMAIL, "agent").await;
    let link = emails(&app).await.last().unwrap().link();
    let browser = app.anonymous();
    let form = [("name", "Ada"), ("password", PASSWORD)];
    browser.post(&link, &form).await.expect(303);
    app.settle().await;
    let open = "SELECT COUNT(*) FROM workspaces WHERE name = 'Bakery' AND suspended_at IS NULL";
    assert_eq!(count(&app, open).await, 1);
    assert_eq!(
        count(&app, "SELECT COUNT(*) FROM workspaces WHERE name = 'Ada Shop'").await,
        0
    );
}
