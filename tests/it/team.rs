//! Members and invitations, through the server.

use std::time::Duration;

use wamanager::accounts::{MemberRole, Password, VisitingBrowser};
use wamanager::audit::{Action, Admin, Filter, Reader};
use wamanager::ids::{PlanId, PublicId, WorkspaceId};
use wamanager::operator::{self, command};
use wamanager::plans;

use crate::support::app::Person;
use crate::support::live::LiveStream;
use crate::support::{Browser, TestApp};

const DAY: u64 = 24 * 60 * 60;
const NEW_PASSWORD: &str = "quiet-marble-harbour-nine";

/// The path of the button in the newest email.
async fn link_to(app: &TestApp, email: &str) -> String {
    let email = app.emails_to(email).await.pop().expect("an email");
    let start = email.text.find("/invitations/").expect("a link");
    email.text[start..]
        .split(|c: char| c.is_whitespace() || matches!(c, ')' | '>' | '"' | ']'))
        .next()
        .unwrap()
        .to_owned()
}

pub async fn invite(owner: &Person, emails: &str, role: &str) {
    let form = [("emails", emails), ("role", role)];
    owner.browser.post("/settings/members/invite", &form).await.expect(303);
}

pub async fn actions(app: &TestApp, workspace: WorkspaceId) -> Vec<Action> {
    let reader = Reader::Workspace(workspace);
    let page = app.app.audit.page(reader, Filter::default(), None, 100).await.unwrap();
    page.rows.iter().map(|act| act.action).collect()
}

async fn members_page(browser: &Browser) -> String {
    browser.get("/settings/members").await.expect(200).body
}

async fn id_of(app: &TestApp, email: &str) -> PublicId {
    app.accounts
        .find_user(Admin::operator(), email)
        .await
        .unwrap()
        .public_id
}

pub async fn open_invitation(app: &TestApp, owner: &Person) -> PublicId {
    let open = app.app.team.open_invitations(owner.scope).await.unwrap();
    open.first().expect("an open invitation").public_id.clone()
}

/// Puts the workspace on the plan with this many seats: 3, 10 or 50.
async fn put_on_plan(app: &TestApp, workspace: WorkspaceId, plan: i64) {
    let now = app.clock.now();
    app.app
        .db
        .write(move |tx| plans::set_plan_in(tx, workspace, PlanId(plan), now))
        .await
        .unwrap();
}

fn browser() -> VisitingBrowser {
    VisitingBrowser {
        address: "192.0.2.7".parse().unwrap(),
        agent: "Firefox".into(),
        device: None,
    }
}

#[tokio::test]
async fn somebody_new_is_invited_makes_a_login_and_works() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    invite(&owner, "bo@example.com", "manager").await;
    let page = members_page(&owner.browser).await;
    assert!(
        page.contains("bo@example.com") && page.contains("1 of 3") && page.contains("1 more is reserved"),
        "{page}"
    );

    let (link, bo) = (link_to(&app, "bo@example.com").await, app.anonymous());
    let form = bo.get(&link).await.expect(200).body;
    assert!(form.contains("Join Shop") && form.contains("name=\"password\""));
    let weak = [("name", "Bo"), ("password", "12345678")];
    let refused = bo.post(&link, &weak).await.expect(422).body;
    assert!(refused.contains("value=\"Bo\"") && !refused.contains("12345678"));

    let joined = bo
        .post(&link, &[("name", "Bo"), ("password", NEW_PASSWORD)])
        .await
        .expect(303);
    assert_eq!(joined.header("location"), "/");
    bo.learn_csrf().await;
    assert!(bo.get("/settings/workspace").await.expect(200).body.contains("Shop"));
    bo.post("/sessions", &[("name", "Till")]).await.expect(303);
    assert!(members_page(&owner.browser).await.contains("Manager"));
    let user = app
        .accounts
        .find_user(Admin::operator(), "bo@example.com")
        .await
        .unwrap();
    assert!(user.verified_at.is_some(), "the link proved the address");

    app.anonymous().get(&link).await.expect(410);
    let twice = [("name", "Eve"), ("password", NEW_PASSWORD)];
    app.anonymous().post(&link, &twice).await.expect(410);
    let seen = actions(&app, owner.workspace.id).await;
    for act in [
        Action::InvitationSent,
        Action::InvitationAccepted,
        Action::UserRegistered,
    ] {
        assert!(seen.contains(&act), "{act}");
    }
}

#[tokio::test]
async fn an_invited_person_with_a_login_accepts_with_it() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    invite(&ada, &bob.email, "agent").await;
    let (link, anonymous) = (link_to(&app, &bob.email).await, app.anonymous());
    let page = anonymous.get(&link).await.expect(200).body;
    assert!(page.contains("/login?next=%2Finvitations%2F") && !page.contains("name=\"password\""));
    let form = [("name", "Bob"), ("password", NEW_PASSWORD)];
    let refused = anonymous.post(&link, &form).await.expect(422).body;
    assert!(refused.contains("has a login here"), "{refused}");

    assert!(
        bob.browser
            .get(&link)
            .await
            .expect(200)
            .body
            .contains("Accept invitation")
    );
    bob.browser.post(&link, &[]).await.expect(303);
    let settings = bob.browser.get("/settings/workspace").await.expect(200).body;
    assert!(
        settings.contains("Ada") && settings.contains("Agent"),
        "the browser looks at the new workspace"
    );
    assert_eq!(bob.browser.post(&link, &[]).await.status, 410, "once only");
}

#[tokio::test]
async fn somebody_else_with_the_link_sees_whose_it_is() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    invite(&ada, "cy@example.com", "owner").await;
    let link = link_to(&app, "cy@example.com").await;
    let page = bob.browser.get(&link).await.expect(200).body;
    assert!(page.contains("cy@example.com") && page.contains(&bob.email) && page.contains("/logout"));
    let refused = bob.browser.post(&link, &[]).await.expect(422).body;
    assert!(refused.contains("is for another address"));
    assert_eq!(app.app.team.workspaces_of(bob.scope.user).await.unwrap().len(), 1);
    assert!(
        app.anonymous()
            .get(&link)
            .await
            .expect(200)
            .body
            .contains("cy@example.com")
    );
}

#[tokio::test]
async fn an_invitation_ends_after_a_week_and_when_it_is_revoked() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    invite(&owner, "bo@example.com", "agent").await;
    let link = link_to(&app, "bo@example.com").await;
    app.clock.advance(Duration::from_secs(7 * DAY));
    app.anonymous().get(&link).await.expect(410);
    assert!(members_page(&owner.browser).await.contains("Expired"));
    // An expired invitation does not block a new one.
    invite(&owner, "bo@example.com", "manager").await;
    let again = link_to(&app, "bo@example.com").await;
    assert_ne!(link, again);
    app.anonymous().get(&again).await.expect(200);

    let id = open_invitation(&app, &owner).await;
    let revoke = format!("/settings/invitations/{id}/revoke");
    owner.browser.post(&revoke, &[]).await.expect(303);
    app.anonymous().get(&again).await.expect(410);
    app.anonymous()
        .post(&again, &[("name", "Bo"), ("password", NEW_PASSWORD)])
        .await
        .expect(410);
    owner.browser.post(&revoke, &[]).await.expect(404);
    assert!(
        actions(&app, owner.workspace.id)
            .await
            .contains(&Action::InvitationRevoked)
    );
}

#[tokio::test]
async fn sending_again_makes_another_link_and_not_at_once() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    invite(&owner, "bo@example.com", "agent").await;
    let first = link_to(&app, "bo@example.com").await;
    let resend = format!("/settings/invitations/{}/resend", open_invitation(&app, &owner).await);
    owner.browser.post(&resend, &[]).await.expect(429);
    app.clock.advance(Duration::from_secs(61));
    owner.browser.post(&resend, &[]).await.expect(303);
    let second = link_to(&app, "bo@example.com").await;
    assert_ne!(first, second);
    app.anonymous().get(&first).await.expect(410);
    app.anonymous().get(&second).await.expect(200);
}

#[tokio::test]
async fn invited_people_and_members_are_named_in_the_error() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    invite(&owner, "bo@example.com", "agent").await;
    let emails = format!("bo@example.com {}", owner.email);
    let form = [("emails", emails.as_str()), ("role", "agent")];
    let page = owner
        .browser
        .post("/settings/members/invite", &form)
        .await
        .expect(422)
        .body;
    assert!(page.contains("bo@example.com is invited already"), "{page}");
    assert!(page.contains(&format!("{} is a member already", owner.email)));
    let form = [("emails", "nonsense"), ("role", "agent")];
    let page = owner
        .browser
        .post("/settings/members/invite", &form)
        .await
        .expect(422)
        .body;
    assert!(page.contains("” is not an email address"));
    assert_eq!(app.emails_to("bo@example.com").await.len(), 1);
}

#[tokio::test]
async fn more_than_the_plan_has_seats_for_are_not_invited() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let three = [
        ("emails", "a@example.com b@example.com c@example.com"),
        ("role", "agent"),
    ];
    let page = owner
        .browser
        .post("/settings/members/invite", &three)
        .await
        .expect(422)
        .body;
    assert!(
        page.contains("3 seats") && page.contains("href=\"/settings/billing\""),
        "{page}"
    );
    assert!(app.emails_to("a@example.com").await.is_empty(), "all or nobody");
    invite(&owner, "a@example.com, b@example.com", "agent").await;
    let full = members_page(&owner.browser).await;
    assert!(full.contains("1 of 3") && full.contains("2 more are reserved") && full.contains("All seats are taken"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_who_accept_at_once_one_gets_the_last_seat() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    put_on_plan(&app, owner.workspace.id, 3).await;
    for chunk in 0..3 {
        let emails: Vec<_> = (0..16).map(|n| format!("p{chunk}x{n}@example.com")).collect();
        invite(&owner, &emails.join(" "), "agent").await;
    }
    invite(&owner, "last@example.com", "agent").await;
    let mut tokens = Vec::new();
    for chunk in 0..3 {
        for n in 0..16 {
            let link = link_to(&app, &format!("p{chunk}x{n}@example.com")).await;
            tokens.push(link.rsplit('/').next().unwrap().to_owned());
        }
    }
    tokens.push(
        link_to(&app, "last@example.com")
            .await
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned(),
    );
    // A smaller plan: the owner and one more have seats, and another member joins in between.
    put_on_plan(&app, owner.workspace.id, 1).await;
    app.member(&owner.workspace, MemberRole::Agent).await;
    let accepts = tokens.into_iter().map(|token| {
        let team = app.app.team.clone();
        tokio::spawn(async move {
            team.join(&token, "Somebody", Password::new(NEW_PASSWORD), browser())
                .await
        })
    });
    let mut joined = 0;
    for accept in accepts.collect::<Vec<_>>() {
        joined += usize::from(accept.await.unwrap().is_ok());
    }
    assert_eq!(joined, 1);
    assert_eq!(app.app.team.seats(owner.scope).await.unwrap().members, 3);
}

#[tokio::test]
async fn the_last_owner_stays_an_owner() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let agent = app.member(&owner.workspace, MemberRole::Agent).await;
    let me = id_of(&app, &owner.email).await;
    let role = format!("/settings/members/{me}/role");
    owner.browser.post(&role, &[("role", "agent")]).await.expect(409);
    owner
        .browser
        .post(&format!("/settings/members/{me}/remove"), &[])
        .await
        .expect(409);
    let refused = owner.browser.post("/settings/members/leave", &[]).await.expect(409);
    assert!(refused.body.contains("needs an owner"));

    let other = id_of(&app, &agent.email).await;
    let promote = format!("/settings/members/{other}/role");
    owner.browser.post(&promote, &[("role", "owner")]).await.expect(303);
    owner.browser.post("/settings/members/leave", &[]).await.expect(303);
    assert_eq!(owner.browser.get("/settings/members").await.status, 403);
    agent.browser.get("/settings/members").await.expect(200);
    let acts = actions(&app, owner.workspace.id).await;
    assert!(acts.contains(&Action::MemberRoleChanged) && acts.contains(&Action::MemberLeft));
}

#[tokio::test]
async fn a_removed_members_pages_and_streams_end() {
    let app = TestApp::with_echo().await;
    let owner = app.owner("Shop").await;
    let agent = app.member(&owner.workspace, MemberRole::Agent).await;
    let mut stream = LiveStream::open(&agent.browser, "/events", &[]).await;
    let id = id_of(&app, &agent.email).await;
    owner
        .browser
        .post(&format!("/settings/members/{id}/remove"), &[])
        .await
        .expect(303);
    assert_eq!(stream.next().await.unwrap().event.as_deref(), Some("bye"));
    assert_eq!(stream.next().await, None, "the stream ends");
    agent.browser.get("/chats").await.expect(403);
    let home = agent.browser.get("/").await.expect(303);
    assert_eq!(home.header("location"), "/workspaces");
    let page = agent.browser.get("/workspaces").await.expect(200).body;
    assert!(page.contains("You’re not in a workspace") && page.contains("/workspaces/new"));
    assert!(
        app.emails_to(&agent.email).await[0]
            .subject
            .contains("removed from Shop")
    );
    assert!(actions(&app, owner.workspace.id).await.contains(&Action::MemberRemoved));
}

#[tokio::test]
async fn rows_of_another_workspace_cannot_be_changed() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    invite(&bob, "cy@example.com", "agent").await;
    let invitation = open_invitation(&app, &bob).await;
    for act in ["resend", "revoke"] {
        let path = format!("/settings/invitations/{invitation}/{act}");
        ada.browser.post(&path, &[]).await.expect(404);
    }
    // A user who exists, but elsewhere.
    let other = id_of(&app, &bob.email).await;
    let role = [("role", "agent")];
    ada.browser
        .post(&format!("/settings/members/{other}/role"), &role)
        .await
        .expect(404);
    ada.browser
        .post(&format!("/settings/members/{other}/remove"), &[])
        .await
        .expect(404);
    bob.browser.get("/settings/members").await.expect(200);
}

#[tokio::test]
async fn members_are_found_by_name_and_only_owners_manage_them() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let manager = app.member(&owner.workspace, MemberRole::Manager).await;
    let page = manager.browser.get("/settings/members").await.expect(200).body;
    assert!(page.contains(&owner.email) && !page.contains("/settings/members/invite"));
    let found = owner.browser.get("/settings/members?q=MANAGER-").await.expect(200).body;
    assert!(
        found.contains(&manager.email) && found.contains("1 of 2 members"),
        "{found}"
    );
    let none = owner.browser.get("/settings/members?q=nobody").await.expect(200).body;
    assert!(none.contains("No members found"));
    let form = [("emails", "x@example.com"), ("role", "agent")];
    manager
        .browser
        .post("/settings/members/invite", &form)
        .await
        .expect(403);
    // A guest does not see the form, and cannot submit it.
    let guest = app.guest(&owner.workspace).await;
    let page = guest.browser.get("/settings/members").await.expect(200).body;
    assert!(!page.contains("/settings/members/invite") && !page.contains("/settings/members/leave"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_made_on_the_command_line_takes_a_seat_or_is_not_made() {
    let app = TestApp::new().await;
    let shop = app.owner("Shop").await;
    let home = shop.workspace.public_id.to_string();
    let create = async |email: &str, role: &str| {
        let arguments = [
            "user",
            "create",
            email,
            "--name",
            "Somebody",
            "--role",
            role,
            "--workspace",
            &home,
        ];
        let (news, _heard) = tokio::sync::mpsc::channel(1);
        let request = command(&arguments).unwrap().into();
        let answer = operator::handle(&app.app, &request, &news).await;
        answer.map(|_| ()).map_err(|failure| failure.message)
    };
    create("bo@example.com", "user").await.unwrap();
    create("cy@example.com", "user").await.unwrap();
    let refused = create("di@example.com", "user").await.unwrap_err();
    assert!(refused.contains("has 3 seats, and all are taken"), "{refused}");
    let users = app.app.accounts.list_users(Admin::operator()).await.unwrap();
    assert!(users.iter().all(|user| user.email.as_str() != "di@example.com"));
    create("gil@example.com", "guest").await.unwrap();
    let seats = app.app.team.seats(shop.scope).await.unwrap();
    assert_eq!((seats.members, seats.limit), (3, Some(3)), "guests take none");
    app.stop().await;
}
