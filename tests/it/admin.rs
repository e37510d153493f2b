//! The administrator's pages, as an administrator uses them.

use wamanager::accounts::MemberRole;
use wamanager::audit::Admin;
use wamanager::ids::PublicId;

use crate::support::{Browser, PASSWORD, TestApp};

async fn id_of(app: &TestApp, email: &str) -> PublicId {
    app.accounts
        .find_user(Admin::operator(), email)
        .await
        .unwrap()
        .public_id
}

#[tokio::test]
async fn people_are_found_by_a_part_of_their_address_and_listed_in_pages() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for n in 0..60 {
        let email = format!("worker-{n:02}@example.com");
        app.plain_user(&email).await;
    }
    let first = admin.get("/admin/users?q=worker").await;
    assert!(first.body.contains("worker-59@") && !first.body.contains("worker-05@"));
    let next = first.link_with("after=");
    let second = admin.get(&next).await;
    assert!(second.body.contains("worker-05@") && !second.body.contains("worker-59@"));
    let found = admin.get("/admin/users?q=worker-07").await;
    assert!(found.body.contains("worker-07@") && !found.body.contains("worker-08@"));
    let none = admin.get("/admin/users?q=%25").await;
    assert!(
        none.body.contains("No people found"),
        "a percent sign is a letter like any other"
    );
}

#[tokio::test]
async fn a_suspended_person_is_logged_out_at_once_and_can_log_in_when_reinstated() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let owner = app.owner("Shop").await;
    let id = id_of(&app, &owner.email).await;

    let reply = admin.post(&format!("/admin/users/{id}/suspend"), &[]).await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    assert_eq!(
        owner.browser.get("/sessions").await.status,
        303,
        "the open login has ended"
    );
    let refused = app.anonymous();
    let reply = refused
        .post_raw(
            "/login",
            &[("email", owner.email.as_str()), ("password", PASSWORD)],
            &[],
        )
        .await;
    assert!(reply.body.contains("suspended"), "{}", reply.body);

    admin.post(&format!("/admin/users/{id}/resume"), &[]).await;
    let back = app.anonymous();
    back.log_in(&owner.email, PASSWORD).await;
    assert_eq!(back.get("/sessions").await.status, 200);
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let own = id_of(&app, "admin@example.com").await;
    let reply = admin.post(&format!("/admin/users/{own}/suspend"), &[]).await;
    assert_eq!(reply.status, 403);
    let reply = admin
        .post(&format!("/admin/users/{own}/role"), &[("role", "user")])
        .await;
    assert_eq!(reply.status, 409, "{}", reply.body);

    let other = app.plain_user("second@example.com").await;
    let path = format!("/admin/users/{other}/role");
    assert_eq!(admin.post(&path, &[("role", "emperor")]).await.status, 400);
    assert_eq!(admin.post(&path, &[("role", "admin")]).await.status, 303);
    let reply = admin
        .post(&format!("/admin/users/{own}/role"), &[("role", "user")])
        .await;
    assert_eq!(reply.status, 303, "now there is another one");
    assert_eq!(admin.get("/admin").await.status, 403);
}

#[tokio::test]
async fn an_administrator_sees_what_a_person_sees_under_a_banner_and_comes_back() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let owner = app.owner("Shop").await;
    let id = id_of(&app, &owner.email).await;

    let reply = admin.post(&format!("/admin/users/{id}/impersonate"), &[]).await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    admin.learn_csrf().await;
    let page = admin.get("/sessions").await;
    assert!(page.body.contains("You’re viewing as"), "{}", page.body);
    assert_eq!(
        admin.get("/admin/users").await.status,
        403,
        "no administration while impersonating"
    );

    assert_eq!(admin.post("/impersonation/stop", &[]).await.status, 303);
    assert_eq!(admin.get("/admin/users").await.status, 200);
    let log = admin.get("/admin/audit").await.body;
    for act in ["Started viewing as someone", "Stopped viewing as someone"] {
        assert!(log.contains(act), "{act} is not in the log");
    }
    assert_eq!(owner.browser.post("/impersonation/stop", &[]).await.status, 404);
}

#[tokio::test]
async fn impersonation_ends_after_an_hour_even_while_in_use() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let owner = app.owner("Shop").await;
    let id = id_of(&app, &owner.email).await;
    admin.post(&format!("/admin/users/{id}/impersonate"), &[]).await;
    for _ in 0..5 {
        app.clock.advance(std::time::Duration::from_secs(11 * 60));
        assert_eq!(admin.get("/sessions").await.status, 200);
    }
    app.clock.advance(std::time::Duration::from_secs(6 * 60));
    assert_eq!(admin.get("/sessions").await.status, 303);
}

#[tokio::test]
async fn an_administrator_cannot_impersonate_another() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let other = app.plain_user("second@example.com").await;
    admin
        .post(&format!("/admin/users/{other}/role"), &[("role", "admin")])
        .await;
    let reply = admin.post(&format!("/admin/users/{other}/impersonate"), &[]).await;
    assert_eq!(reply.status, 403);
}

#[tokio::test]
async fn a_suspended_workspace_is_closed_and_opens_again() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let owner = app.owner("Shop").await;
    let agent = app.member(&owner.workspace, MemberRole::Agent).await;
    let path = format!("/admin/workspaces/{}", owner.workspace.public_id);
    let page = admin.get(&path).await;
    assert!(
        page.body.contains(&owner.email) && page.body.contains("Europe/Berlin"),
        "{}",
        page.body
    );

    assert_eq!(admin.post(&format!("{path}/suspend"), &[]).await.status, 303);
    assert_ne!(agent.browser.get("/sessions").await.status, 200);
    let listed = admin.get("/admin/workspaces?show=suspended").await;
    assert!(listed.body.contains("Shop"));
    assert_eq!(admin.post(&format!("{path}/resume"), &[]).await.status, 303);
    assert_eq!(agent.browser.get("/sessions").await.status, 200);
    assert!(
        !admin
            .get("/admin/workspaces?show=suspended")
            .await
            .body
            .contains("Shop")
    );
}

#[tokio::test]
async fn a_plan_that_is_assigned_holds_at_once() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let owner = app.owner("Shop").await;
    let path = format!("/admin/workspaces/{}", owner.workspace.public_id);
    let business = app.app.plans.find("business").await.unwrap().public_id;
    let reply = admin
        .post(&format!("{path}/plan"), &[("plan", business.as_str())])
        .await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    assert_eq!(app.app.plans.plan(owner.scope).await.unwrap().code, "business");
    let reply = admin.post(&format!("{path}/plan"), &[("plan", "gold")]).await;
    assert_eq!(reply.status, 400);
    // An archived plan is kept by who is on it, and given to nobody else.
    let (plans, operator) = (&app.app.plans, Admin::operator());
    plans.set_archived(operator, &business, true).await.unwrap();
    let archived = [("plan", business.as_str())];
    let form = admin.get(&path).await.expect(200).body;
    assert!(
        form.contains(&format!("value=\"{business}\" selected")),
        "the form keeps it, too: {form}"
    );
    admin.post(&format!("{path}/plan"), &archived).await.expect(303);
    let free = plans.find("free").await.unwrap().public_id;
    let reply = admin.post(&format!("{path}/plan"), &[("plan", free.as_str())]).await;
    reply.expect(303);
    let reply = admin.post(&format!("{path}/plan"), &archived).await;
    assert_eq!(reply.status, 409);
    assert!(
        reply.body.contains("An archived plan can’t be chosen."),
        "{}",
        reply.body
    );
    assert_eq!(plans.plan(owner.scope).await.unwrap().code, "free");
}

#[tokio::test]
async fn numbers_of_all_workspaces_are_listed_and_handled() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    let first = app.app.sessions.create(ada.scope, "Front desk").await.unwrap();
    app.app.sessions.create(bob.scope, "Garage").await.unwrap();
    let page = admin.get("/admin/sessions").await.body;
    assert!(page.contains("Front desk") && page.contains("Garage") && page.contains("2 numbers"));
    assert!(!admin.get("/admin/sessions?show=failing").await.body.contains("Garage"));
    let reply = admin
        .post(&format!("/admin/sessions/{}/pause", first.public_id), &[])
        .await;
    assert_eq!(reply.status, 409, "no phone is linked: {}", reply.body);
}

#[tokio::test]
async fn health_and_logs_are_shown() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let health = admin.get("/admin").await.body;
    assert!(
        health.contains("database") && health.contains("Memory in use"),
        "{health}"
    );
    assert_eq!(admin.get("/admin/logs?level=error&q=none").await.status, 200);
}

#[tokio::test]
async fn registration_is_closed_and_a_tour_needs_a_workspace() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let owner = app.owner("Sample").await;
    let refused = admin.post("/admin/settings", &[("tour", "on")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Choose the workspace"), "{}", refused.body);
    let workspace = owner.workspace.public_id.to_string();
    let saved = admin
        .post(
            "/admin/settings",
            &[("tour", "on"), ("tour_workspace", workspace.as_str())],
        )
        .await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let now = app.accounts.installation().await.unwrap();
    assert!(!now.registration_open && now.guest_tour);
    assert_eq!(now.guest_workspace, Some(owner.workspace.id));
}

#[tokio::test]
async fn the_operator_needs_no_login_to_govern() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let id = id_of(&app, &owner.email).await;
    let suspended = app.accounts.suspend_user(Admin::operator(), id.clone()).await.unwrap();
    assert!(suspended.suspended_at.is_some());
    let out: &Browser = &owner.browser;
    assert_eq!(out.get("/sessions").await.status, 303);
}
