//! An installation without a mail server: no text claims that mail was sent, and every link can be shared by hand.

use serde_json::json;
use wamanager::audit::Admin;
use wamanager::config::{Smtp, SmtpSecurity};

use crate::support::app::{PASSWORD, Person};
use crate::support::{Reply, TestApp};
use crate::team::{invite, open_invitation};

/// What only a program with a mail server may say.
const CLAIMS: &[&str] = &[
    "on its way",
    "on their way",
    "ve sent",
    "ve emailed",
    "ll email",
    "get an email",
    "gets an email",
    "Check your inbox",
    "spam folder",
    "went out",
    "was sent to",
];

#[track_caller]
fn claims_nothing(what: &str, text: &str) {
    // Scripts and styles contain no texts for people.
    for claim in CLAIMS {
        assert!(!text.contains(claim), "{what} says {claim:?}:\n{text}");
    }
}

/// All text of a response: its page, and its toast.
fn told(reply: &Reply) -> String {
    format!("{}\n{}", reply.header("hx-trigger"), reply.body)
}

async fn register(app: &TestApp, email: &str) {
    let form = [
        ("name", "Ada"),
        ("email", email),
        ("password", PASSWORD),
        ("workspace", "Corner Shop"),
        ("zone", "Africa/Cairo"),
        ("country", "EG"),
    ];
    app.anonymous().post("/register", &form).await.expect(303);
}

/// All acts of a person and an administrator that write a mail, and what the pages then say.
async fn everything(app: &TestApp, owner: &Person) -> Vec<(&'static str, String)> {
    let mut said = Vec::new();
    let browser = &owner.browser;
    let mut note = |what: &'static str, reply: &Reply| said.push((what, told(reply)));
    let form = [("emails", "bo@example.com"), ("role", "agent")];
    note(
        "inviting",
        &browser.post("/settings/members/invite", &form).await.expect(303),
    );
    note("the members", &browser.get("/settings/members").await.expect(200));
    let resend = format!("/settings/invitations/{}/resend", open_invitation(app, owner).await);
    note("inviting again at once", &browser.post(&resend, &[]).await.expect(429));
    app.clock.advance(std::time::Duration::from_secs(61));
    note("inviting again", &browser.post(&resend, &[]).await.expect(303));
    note("the workspace", &browser.get("/settings/workspace").await.expect(200));
    note("the settings", &browser.get("/settings").await.expect(200));
    note(
        "another address",
        &browser.get("/settings?said=mailed").await.expect(200),
    );
    let export = browser.post("/settings/account/export", &[]).await.expect(303);
    note("an export", &export);
    note("the export", &browser.get("/settings/account").await.expect(200));

    register(app, "ada@example.com").await;
    let anonymous = app.anonymous();
    for page in [
        "/register/sent",
        "/register/sent?again=1",
        "/forgot/sent",
        "/forgot/sent?again=1",
        "/goodbye",
    ] {
        note(page, &anonymous.get(page).await.expect(200));
    }
    let form = [("email", "ada@example.com"), ("password", PASSWORD)];
    note(
        "log-in before the address is confirmed",
        &anonymous.post("/login", &form).await.expect(403),
    );
    let api = app.api();
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    note(
        "the same by a program",
        &api.post("/v1/auth/login", body).await.expect(403),
    );
    let body = json!({ "email": "cy@example.com", "name": "Cy", "password": PASSWORD, "workspace": "Cy's",
                       "time_zone": "UTC", "country": "DE" });
    note(
        "registering by a program",
        &api.post("/v1/auth/register", body).await.expect(202),
    );
    let body = json!({ "email": "cy@example.com" });
    note(
        "a reset by a program",
        &api.post("/v1/auth/forgot-password", body).await.expect(202),
    );
    let body = json!({ "email": "new@example.com", "password": PASSWORD });
    let person = app.api_of(&owner.email).await;
    note(
        "another address by a program",
        &person.post("/v1/users/me/email", body).await.expect(202),
    );

    let admin = app.admin().await;
    note("a test mail", &admin.post("/admin/mail/test", &[]).await.expect(303));
    app.settle().await;
    note("the mail", &admin.get("/admin/mail").await.expect(200));
    said
}

#[tokio::test]
async fn without_a_mail_server_no_text_claims_that_mail_was_sent() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    for (what, said) in everything(&app, &owner).await {
        claims_nothing(what, &said);
    }
    let link = app.emails_to("bo@example.com").await.pop().unwrap().link();
    claims_nothing(
        "the invitation's page",
        &app.anonymous().get(&link).await.expect(200).body,
    );
    let page = owner.browser.get(&link).await.expect(200).body;
    claims_nothing("the invitation of somebody else", &page);
}

#[tokio::test]
async fn with_a_mail_server_people_are_asked_to_check_their_mail() {
    let smtp = Smtp {
        host: "127.0.0.1".to_owned(),
        port: 9,
        login: None,
        security: SmtpSecurity::None,
        ca_file: None,
    };
    let app = TestApp::with_smtp(smtp).await;
    let owner = app.owner("Shop").await;
    let form = [("emails", "bo@example.com"), ("role", "agent")];
    let invited = owner.browser.post("/settings/members/invite", &form).await.expect(303);
    assert!(told(&invited).contains("on its way"));
    let page = owner.browser.get("/settings/members").await.expect(200).body;
    assert!(page.contains("gets an email") && page.contains("Send again"), "{page}");
    let sent = app.anonymous().get("/register/sent").await.expect(200).body;
    assert!(
        sent.contains("Check your inbox") && sent.contains("spam folder"),
        "{sent}"
    );
    app.stop().await;
}

#[tokio::test]
async fn a_filed_mail_has_its_link_to_copy_and_cannot_be_sent() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    invite(&owner, "bo@example.com", "agent").await;
    app.settle().await;
    let admin = app.admin().await;
    let mails = app.app.mail.list(Admin::operator(), None, None).await.unwrap().rows;
    let mail = mails.iter().find(|mail| mail.to == "bo@example.com").unwrap();
    let path = format!("/admin/mail/{}", mail.public_id);
    let page = admin.get(&path).await.expect(200).body;
    let link = app.emails_to("bo@example.com").await.remove(0).link();
    let field = page
        .split("<input")
        .find(|part| part.contains("readonly"))
        .unwrap_or_default();
    assert!(field.contains(&link), "no link to select in {page}");
    assert!(page.contains("Copy link") && page.contains("data-copy"), "{page}");
    assert!(!page.contains("Send now"), "there is nothing to send it by");
    let again = admin.post(&format!("{path}/again"), &[]).await.expect(303);
    claims_nothing("sending again", &told(&again));
    let list = admin.get("/admin/mail").await.expect(200).body;
    assert!(list.contains(&path) && list.contains("Copy link"), "{list}");
}
