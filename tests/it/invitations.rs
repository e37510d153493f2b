//! Invitations are mail to strangers that somebody else asked for: how much of it is sent, what it may contain, and the
//! link that the sender may share by hand.

use std::time::Duration;

use serde_json::json;
use wamanager::accounts::MemberRole;
use wamanager::audit::Admin;

use crate::cli::{command, refused};
use crate::support::app::{PASSWORD, Person};
use crate::support::{Browser, Reply, TestApp};
use crate::team::{invite, open_invitation};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const STRANGER: &str = "stranger@elsewhere.example";
const NEW_PASSWORD: &str = "quiet-marble-harbour-nine";
/// Far more than any limit.
const TRIES: usize = 40;

async fn try_to_invite(person: &Person, email: &str) -> Reply {
    let form = [("emails", email), ("role", "agent")];
    person.browser.post("/settings/members/invite", &form).await
}

async fn take_back(app: &TestApp, person: &Person) {
    let id = open_invitation(app, person).await;
    let path = format!("/settings/invitations/{id}/revoke");
    person.browser.post(&path, &[]).await.expect(303);
}

/// Invites and revokes until it is refused; returns how often it succeeded, and the refusal.
async fn insist(app: &TestApp, person: &Person, email: impl Fn(usize) -> String) -> (usize, Option<Reply>) {
    for nth in 0..TRIES {
        let reply = try_to_invite(person, &email(nth)).await;
        if reply.status != 303 {
            return (nth, Some(reply));
        }
        take_back(app, person).await;
    }
    (TRIES, None)
}

#[tokio::test]
async fn a_mailbox_gets_three_invitations_a_day_even_if_some_are_revoked() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    let (sent, refusal) = insist(&app, &ada, |_| STRANGER.to_owned()).await;
    assert_eq!(sent, 3, "mails to a stranger before anybody is stopped");
    let page = refusal.expect("a refusal").expect(422).body;
    assert!(page.contains("<main") && page.contains(STRANGER), "{page}");
    assert!(
        page.contains("Wednesday, 15 November 2023, 23:14"),
        "the page says until when: {page}"
    );
    // Another workspace does not raise the mailbox's limit, and a program gets a problem.
    let path = format!("/v1/workspaces/{}/invitations", bob.workspace.public_id);
    let api = app.api_of(&bob.email).await;
    let body = json!({ "email": STRANGER, "role": "agent" });
    let refusal = api.post(&path, body.clone()).await;
    let wait: u64 = refusal.header("retry-after").parse().expect("a time to wait");
    assert!((1..=DAY.as_secs()).contains(&wait), "{wait}");
    let problem = refusal.problem(429, "too-many-invitations");
    assert!(problem["detail"].as_str().unwrap().contains("24 hours"), "{problem}");
    assert_eq!(app.emails_to(STRANGER).await.len(), 3);
    app.clock.advance(DAY);
    let api = app.api_of(&bob.email).await;
    api.post(&path, body).await.expect(201);
}

#[tokio::test]
async fn sending_an_invitation_again_is_counted_too() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    invite(&owner, STRANGER, "agent").await;
    let resend = format!("/settings/invitations/{}/resend", open_invitation(&app, &owner).await);
    for _ in 0..2 {
        app.clock.advance(Duration::from_secs(61));
        owner.browser.post(&resend, &[]).await.expect(303);
    }
    app.clock.advance(Duration::from_secs(61));
    let refusal = owner.browser.post(&resend, &[]).await.expect(429);
    assert!(!refusal.header("retry-after").is_empty());
    assert_eq!(app.emails_to(STRANGER).await.len(), 3);
}

#[tokio::test]
async fn revoking_invitations_does_not_raise_a_workspaces_daily_limit() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let (sent, refusal) = insist(&app, &owner, |nth| format!("p{nth}@elsewhere.example")).await;
    assert_eq!(
        sent, 10,
        "mails to strangers before a workspace with three seats is stopped"
    );
    let page = refusal.expect("a refusal").expect(422).body;
    assert!(page.contains("Wednesday, 15 November 2023"), "{page}");
    app.clock.advance(DAY);
    invite(&owner, "later@elsewhere.example", "agent").await;
}

#[tokio::test]
async fn an_address_has_a_daily_limit_across_its_workspaces() {
    let app = TestApp::new().await;
    let mut sent = 0;
    for shop in 0..8 {
        let owner = app.owner(&format!("Shop{shop}")).await;
        sent += insist(&app, &owner, |nth| format!("p{nth}-of-{shop}@elsewhere.example"))
            .await
            .0;
    }
    assert_eq!(sent, 60, "mails to strangers before a machine is stopped");
}

/// Each command is a separate process, so it reads earlier ones' counts from the disk.
#[test]
fn a_restart_resets_no_limit_and_the_command_line_says_until_when() {
    let dir = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| command(args).arg("--data-dir").arg(dir.path()).output().unwrap();
    let ran = |args: &[&str]| {
        let output = run(args);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {text}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let person = |email: &str, role: &str| {
        let words = ["user", "create", email, "--name", "Somebody", "--member", role];
        ran(&[&words[..], &["--workspace", "Shop0"]].concat());
    };
    person("ada@example.com", "owner");
    person("bo@example.com", "agent");
    // Two each, which is what one person may have for free.
    let owners = [("Shop1", "ada"), ("Shop2", "bo"), ("Shop3", "bo")];
    for (shop, owner) in owners {
        let owner = format!("{owner}@example.com");
        ran(&["workspace", "create", shop, "--owner", &owner, "--country", "FR"]);
    }
    for shop in ["Shop0", "Shop1", "Shop2"] {
        let said = ran(&["workspace", "invite", STRANGER, "--workspace", shop]);
        assert!(!said.contains("will be sent"), "there is no mail server: {said}");
        assert!(said.contains("/invitations/"), "the link to pass on: {said}");
    }
    let last = run(&["workspace", "invite", STRANGER, "--workspace", "Shop3"]);
    refused(&last, 11, &[STRANGER, "24 hours"]);
}

#[tokio::test]
async fn names_are_short_and_plain_in_every_mail() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let member = app.member(&owner.workspace, MemberRole::Agent).await;
    let name = "You won! Claim it at https://evil.example/prize before noon, or ask me@evil.example";
    let name: String = name.chars().take(80).collect();
    let place = "www.evil.example/win \u{2028} your prize waits, press the link now, it is all yours";
    let rename = [("workspace", place), ("zone", "Europe/Berlin"), ("country", "DE")];
    owner.browser.post("/settings/workspace", &rename).await.expect(303);
    let rename = [("name", name.as_str())];
    owner.browser.post("/settings/profile", &rename).await.expect(303);
    member.browser.post("/settings/profile", &rename).await.expect(303);

    invite(&owner, STRANGER, "agent").await;
    let change = [("email", "ada@new.example"), ("current_password", PASSWORD)];
    owner.browser.post("/settings/email", &change).await.expect(303);
    app.anonymous()
        .post("/forgot", &[("email", &member.email)])
        .await
        .expect(303);
    owner.browser.post("/settings/account/export", &[]).await.expect(303);
    let change = [("current_password", PASSWORD), ("new_password", NEW_PASSWORD)];
    member.browser.post("/settings/password", &change).await.expect(303);
    app.settle().await;
    let id = app
        .accounts
        .find_user(Admin::operator(), &member.email)
        .await
        .unwrap()
        .public_id;
    let remove = format!("/settings/members/{id}/remove");
    owner.browser.post(&remove, &[]).await.expect(303);
    let typed: String = place.split_whitespace().collect::<Vec<_>>().join(" ");
    let delete = [("confirm", typed.as_str())];
    owner
        .browser
        .post("/settings/workspace/delete", &delete)
        .await
        .expect(303);

    let mut seen = Vec::new();
    for email in [STRANGER, "ada@new.example", &owner.email, &member.email] {
        for email in app.emails_to(email).await {
            let whole = format!("{}\n{}", email.subject, email.text);
            for bad in ["evil.example", "https://evil", "www.evil", "\u{2028}"] {
                assert!(!whole.contains(bad), "{bad:?} in: {whole}");
            }
            assert!(email.subject.chars().count() <= 110, "{}", email.subject);
            assert!(!whole.contains(name.as_str()) && !whole.contains(&typed), "{whole}");
            seen.push(email.subject);
        }
    }
    assert!(seen.len() >= 7, "the walk writes hardly anything any more: {seen:?}");
}

/// The link that the page shows for copying.
fn shown_link(page: &str) -> Option<String> {
    let field = page
        .split("<input")
        .find(|part| part.contains("readonly") && part.contains("/invitations/"))?;
    let link = field.split("value=\"").nth(1)?.split('"').next()?;
    Some(link.parse::<url::Url>().ok()?[url::Position::BeforePath..].to_owned())
}

async fn copied(app: &TestApp, browser: &Browser, owner: &Person) -> String {
    let path = format!("/settings/invitations/{}/link", open_invitation(app, owner).await);
    let page = browser.post(&path, &[]).await.expect(200).body;
    assert!(page.contains("<main"), "a whole page without JavaScript: {page}");
    shown_link(&page).unwrap_or_else(|| panic!("no link to copy in {page}"))
}

#[tokio::test]
async fn an_open_invitation_has_a_link_to_copy_that_leaves_the_mailed_one_alone() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    invite(&owner, STRANGER, "agent").await;
    let page = owner.browser.get("/settings/members").await.expect(200).body;
    assert!(page.contains("Copy link"), "{page}");
    assert_eq!(shown_link(&page), None, "a link is a secret until it is asked for");
    let mailed = app.emails_to(STRANGER).await.remove(0).link();
    let link = copied(&app, &owner.browser, &owner).await;
    assert_ne!(link, mailed);
    for works in [&mailed, &link] {
        app.anonymous().get(works).await.expect(200);
    }
    // A member who may not invite gets no link, and a revoked one is not valid.
    let agent = app.member(&owner.workspace, MemberRole::Agent).await;
    let path = format!("/settings/invitations/{}/link", open_invitation(&app, &owner).await);
    agent.browser.post(&path, &[]).await.expect(403);
    take_back(&app, &owner).await;
    for over in [&mailed, &link] {
        app.anonymous().get(over).await.expect(410);
    }
    owner.browser.post(&path, &[]).await.expect(404);
}

/// The inviter could follow the link themselves, so it must not prove another person's address.
#[tokio::test]
async fn a_copied_link_works_for_its_address_only_and_verifies_no_address() {
    let app = TestApp::new().await;
    let (owner, bob) = (app.owner("Shop").await, app.owner("Bob").await);
    invite(&owner, STRANGER, "agent").await;
    let link = copied(&app, &owner.browser, &owner).await;
    let joiner = app.anonymous();
    let form = [("name", "Eve"), ("password", NEW_PASSWORD)];
    let joined = joiner.post(&link, &form).await.expect(303);
    assert_eq!(joined.header("location"), "/register/sent");
    let user = app.accounts.find_user(Admin::operator(), STRANGER).await.unwrap();
    assert!(
        user.verified_at.is_none(),
        "nobody has shown that the mailbox is theirs"
    );
    let form = [("email", STRANGER), ("password", NEW_PASSWORD)];
    joiner.post("/login", &form).await.expect(403);
    let confirm = app.emails_to(STRANGER).await.pop().unwrap().link();
    assert!(confirm.starts_with("/verify-email/"), "{confirm}");
    joiner.post(&confirm, &[]).await.expect(303);
    joiner.log_in(STRANGER, NEW_PASSWORD).await;
    assert!(
        joiner
            .get("/settings/workspace")
            .await
            .expect(200)
            .body
            .contains("Shop")
    );

    // An existing login has nothing to prove.
    invite(&owner, &bob.email, "agent").await;
    let link = copied(&app, &owner.browser, &owner).await;
    bob.browser.post(&link, &[]).await.expect(303);
    assert_eq!(app.app.team.workspaces_of(bob.scope.user).await.unwrap().len(), 2);
}

/// An administrator may verify anybody, so an administrator's link counts like a mailed one.
#[tokio::test]
async fn a_link_that_the_administrator_copied_verifies_the_address() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let admin = app.admin().await;
    let user = app
        .accounts
        .find_user(Admin::operator(), "admin@example.com")
        .await
        .unwrap()
        .id;
    let shop = owner.workspace.public_id.clone();
    app.accounts
        .put_member(Admin::operator(), shop, user, MemberRole::Owner)
        .await
        .unwrap();
    // The page from before showed no workspace.
    admin.learn_csrf().await;
    invite(&owner, STRANGER, "agent").await;
    let link = copied(&app, &admin, &owner).await;
    let joiner = app.anonymous();
    let form = [("name", "Bo"), ("password", NEW_PASSWORD)];
    assert_eq!(joiner.post(&link, &form).await.expect(303).header("location"), "/");
    joiner.learn_csrf().await;
    assert!(
        joiner
            .get("/settings/workspace")
            .await
            .expect(200)
            .body
            .contains("Shop")
    );
}
