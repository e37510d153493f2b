//! A login from registration to a change of address, by the pages and the mailed links.

use std::time::Duration;

use wamanager::accounts::Installation;
use wamanager::audit::Admin;

use crate::support::app::{PASSWORD, Person};
use crate::support::{Browser, TestApp};

const EMAIL: &str = "ada@example.com";
const NEW: &str = "copper kettle under snow";
const FORM: &[(&str, &str)] = &[("password", PASSWORD), ("email", EMAIL), ("zone", "Africa/Cairo")];

impl TestApp {
    /// The path of the link in the newest email to this address.
    async fn newest_link(&self, email: &str) -> String {
        self.settle().await;
        let emails = self.emails_to(email).await;
        emails.last().unwrap_or_else(|| panic!("no email to {email}")).link()
    }

    async fn newest_subject(&self, email: &str) -> String {
        self.settle().await;
        let emails = self.emails_to(email).await;
        emails.last().map(|email| email.subject.clone()).unwrap_or_default()
    }
}

async fn try_log_in(browser: &Browser, email: &str, password: &str) -> crate::support::Reply {
    browser
        .post("/login", &[("email", email), ("password", password)])
        .await
}

#[tokio::test]
async fn a_login_lives_from_registration_to_another_address() {
    let app = TestApp::new().await;
    let browser = app.anonymous();
    let page = browser.get("/login").await.expect(200).body;
    assert!(page.contains("href=\"/register\"") && page.contains("href=\"/forgot\""));

    let done = browser.post("/register", FORM).await.expect(303);
    assert_eq!(done.header("location"), "/register/sent");
    let sent = browser.get("/register/sent").await.expect(200).body;
    assert!(sent.contains("One more step") && sent.contains(EMAIL));
    assert!(
        sent.contains("can’t send email yet"),
        "nobody is left waiting for an email"
    );

    let early = try_log_in(&browser, EMAIL, PASSWORD).await.expect(403).body;
    assert!(early.contains("Confirm your email address first"));

    let link = app.newest_link(EMAIL).await;
    assert!(link.starts_with("/verify-email/"), "{link}");
    for _ in 0..2 {
        let looked = app.anonymous().get(&link).await.expect(200).body;
        assert!(looked.contains(EMAIL), "looking does not use the link up");
    }
    let confirmed = browser.post(&link, &[]).await.expect(303);
    assert_eq!(confirmed.header("location"), "/login?said=verified");
    let login = browser.get("/login?said=verified").await.expect(200).body;
    assert!(login.contains("Your address is confirmed"));
    let again = browser.post(&link, &[]).await.expect(303);
    assert_eq!(again.header("location"), "/login?said=verified");
    browser.log_in(EMAIL, PASSWORD).await;
    assert!(
        browser
            .get("/sessions")
            .await
            .expect(200)
            .body
            .contains("Ada&#39;s workspace")
    );

    let other = app.anonymous();
    let asked = other.post("/forgot", &[("email", EMAIL)]).await.expect(303);
    assert_eq!(asked.header("location"), "/forgot/sent");
    let link = app.newest_link(EMAIL).await;
    assert!(link.starts_with("/reset/"), "{link}");
    let weak = other.post(&link, &[("password", "ada12345")]).await.expect(422).body;
    assert!(weak.contains("Too easy to guess") && weak.contains("data-score=\""));
    assert!(!weak.contains("ada12345"));
    let reset = other.post(&link, &[("password", NEW)]).await.expect(303);
    assert_eq!(reset.header("location"), "/login?said=reset");
    assert_eq!(app.newest_subject(EMAIL).await, "Your password was changed");
    browser.get("/settings").await.expect(303);
    try_log_in(&other, EMAIL, PASSWORD).await.expect(422);
    other
        .post(&link, &[("password", "yet another good one")])
        .await
        .expect(410);

    browser.log_in(EMAIL, NEW).await;
    other.log_in(EMAIL, NEW).await;
    let change = [("email", "ada@new.example"), ("current_password", NEW)];
    let asked = browser.post("/settings/email", &change).await.expect(303);
    assert_eq!(asked.header("location"), "/settings?said=mailed");
    assert_eq!(app.newest_subject(EMAIL).await, "Your email address is about to change");
    let link = app.newest_link("ada@new.example").await;
    let moved = browser.post(&link, &[]).await.expect(303);
    assert_eq!(moved.header("location"), "/settings?said=email");
    assert!(
        browser
            .get("/settings")
            .await
            .expect(200)
            .body
            .contains("ada@new.example")
    );
    other.get("/settings").await.expect(303);
    try_log_in(&app.anonymous(), EMAIL, NEW).await.expect(422);
    app.anonymous().log_in("ada@new.example", NEW).await;
    assert_eq!(app.newest_subject(EMAIL).await, "Your email address was changed");
}

#[tokio::test]
async fn the_page_asks_for_an_address_and_a_password_and_for_nothing_else() {
    let app = TestApp::new().await;
    let browser = app.anonymous();
    let page = browser.get("/register").await.expect(200).body;
    assert_eq!(page.matches("<label").count(), 2, "{page}");
    let form = [
        ("email", "ada.king@example.com"),
        ("password", PASSWORD),
        ("zone", "Mars/Base"),
    ];
    browser.post("/register", &form).await.expect(303);
    browser
        .post(&app.newest_link("ada.king@example.com").await, &[])
        .await
        .expect(303);
    browser.log_in("ada.king@example.com", PASSWORD).await;
    let workspace = browser.get("/settings/workspace").await.expect(200).body;
    assert!(workspace.contains("value=\"Ada King&#39;s workspace\""), "{workspace}");
    assert!(
        workspace.contains(" selected>UTC</option>"),
        "a zone that is not known here is no reason to refuse"
    );
    assert!(
        browser
            .get("/settings")
            .await
            .expect(200)
            .body
            .contains("value=\"Ada King\"")
    );
    // People can change the defaults.
    let own = [("workspace", "King"), ("zone", "Africa/Cairo"), ("country", "EG")];
    browser.post("/settings/workspace", &own).await.expect(303);
    browser.post("/settings/profile", &[("name", "Ada")]).await.expect(303);
    assert!(browser.get("/settings/workspace").await.body.contains("value=\"King\""));
}

#[tokio::test]
async fn links_expire_and_open_nothing_else() {
    let app = TestApp::new().await;
    let browser = app.anonymous();
    browser.post("/register", FORM).await.expect(303);
    let link = app.newest_link(EMAIL).await;
    let token = link.rsplit('/').next().unwrap();
    for page in ["reset", "change-email"] {
        browser.get(&format!("/{page}/{token}")).await.expect(410);
        let posted = browser.post(&format!("/{page}/{token}"), &[("password", NEW)]).await;
        posted.expect(410);
    }
    browser.get("/verify-email/no-such-token").await.expect(410);
    app.clock.advance(Duration::from_secs(24 * 60 * 60));
    browser.get(&link).await.expect(410);
    let over = browser.post(&link, &[]).await.expect(410).body;
    assert!(over.contains("no longer works") && over.contains("action=\"/verify-email\""));
    let again = browser.post("/verify-email", &[("email", EMAIL)]).await.expect(303);
    assert_eq!(again.header("location"), "/register/sent?again=1");
    let newer = app.newest_link(EMAIL).await;
    assert_ne!(newer, link);
    browser.post(&newer, &[]).await.expect(303);
    browser.log_in(EMAIL, PASSWORD).await;
}

#[tokio::test]
async fn no_response_reveals_whether_an_address_has_a_login() {
    let app = TestApp::new().await;
    let known = app.owner("Shop").await.email;
    let unknown = "nobody@example.com".to_owned();
    let answers = |email: String| {
        let app = &app;
        async move {
            let browser = app.anonymous();
            let mut form = FORM.to_vec();
            form[1] = ("email", &email);
            let mut seen = Vec::new();
            for (path, form) in [
                ("/register", form.as_slice()),
                ("/forgot", &[("email", email.as_str())]),
                ("/verify-email", &[("email", email.as_str())]),
            ] {
                let reply = browser.post(path, form).await;
                let location = reply.header("location").to_owned();
                let page = browser.get(&location).await;
                seen.push((reply.status, location, page.status, page.body.replace(&email, "")));
            }
            let wrong = try_log_in(&browser, &email, "not the password").await;
            seen.push((wrong.status, String::new(), 0, wrong.body.replace(&email, "")));
            seen
        }
    };
    assert_eq!(answers(known.clone()).await, answers(unknown.clone()).await);
    app.settle().await;
    let subjects: Vec<_> = app.emails_to(&known).await.into_iter().map(|l| l.subject).collect();
    assert_eq!(subjects, ["You already have an account", "Set a new password"]);
}

#[tokio::test]
async fn an_address_with_a_login_cannot_be_claimed_and_the_answer_is_the_same() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    for new in [bob.email.as_str(), "free@example.com"] {
        let change = [("email", new), ("current_password", PASSWORD)];
        let asked = ada.browser.post("/settings/email", &change).await.expect(303);
        assert_eq!(asked.header("location"), "/settings?said=mailed");
    }
    app.settle().await;
    assert!(app.emails_to(&bob.email).await.is_empty());
    let wrong = [("email", "else@example.com"), ("current_password", "guess")];
    let page = ada.browser.post("/settings/email", &wrong).await.expect(422).body;
    assert!(page.contains("This is not your current password.") && page.contains("else@example.com"));
}

#[tokio::test]
async fn a_closed_installation_says_whom_to_ask() {
    let app = TestApp::new().await;
    let closed = Installation {
        registration_open: false,
        ..app.accounts.installation().await.unwrap()
    };
    app.accounts.set_installation(Admin::operator(), closed).await.unwrap();
    let browser = app.anonymous();
    let page = browser.get("/register").await.expect(403).body;
    assert!(page.contains("Sign-up is closed") && page.contains("invitation"));
    browser.post("/register", FORM).await.expect(403);
    assert!(!browser.get("/login").await.body.contains("href=\"/register\""));
    assert!(app.emails_to(EMAIL).await.is_empty());
}

#[tokio::test]
async fn one_machine_registers_ten_people_an_hour() {
    let app = TestApp::new().await;
    let browser = app.anonymous();
    let people: Vec<String> = (0..11).map(|n| format!("person-{n}@example.com")).collect();
    let form = |n: usize| {
        let mut form = FORM.to_vec();
        form[1] = ("email", &people[n]);
        form
    };
    for n in 0..10 {
        browser.post("/register", &form(n)).await.expect(303);
    }
    let wait = browser.post("/register", &form(10)).await.expect(429);
    assert_eq!(wait.header("retry-after"), "3600");
    assert!(wait.body.contains("Too many attempts") && wait.body.contains("person-10@example.com"));
    app.clock.advance(Duration::from_secs(60 * 60));
    browser.post("/register", &form(10)).await.expect(303);
}

#[tokio::test]
async fn a_refused_registration_comes_back_with_what_was_typed_but_not_the_password() {
    let app = TestApp::new().await;
    let form = [("email", "<b>ada@@example.com"), ("password", "password1")];
    let page = app.anonymous().post("/register", &form).await.expect(422).body;
    for told in ["Enter an email address", "Too easy to guess"] {
        assert!(page.contains(told), "{told}");
    }
    assert!(page.contains("ada@@example.com") && !page.contains("<b>ada") && !page.contains("password1"));
}

#[tokio::test]
async fn the_strength_of_a_password_is_shown_while_it_is_typed() {
    let app = TestApp::new().await;
    let browser = app.anonymous();
    let ask = |password: &'static str| {
        let browser = browser.clone();
        async move {
            let form = [("password", password), ("name", "Ada Lovelace"), ("email", EMAIL)];
            browser
                .post("/password-strength?field=password", &form)
                .await
                .expect(200)
                .body
        }
    };
    assert!(ask("").await.contains("data-score=\"0\""));
    assert!(ask("short").await.contains("Use at least 8 characters."));
    let own = ask("adalovelace").await;
    assert!(
        own.contains("data-score=\"1\"") || own.contains("data-score=\"2\""),
        "{own}"
    );
    assert!(ask(PASSWORD).await.contains("Strong."));
    assert!(
        browser
            .get("/register")
            .await
            .body
            .contains("hx-post=\"/password-strength?field=password\"")
    );
}

#[tokio::test]
async fn a_guest_can_read_where_guests_are_allowed_and_changes_nothing() {
    let app = TestApp::new().await;
    let owner: Person = app.owner("Shop").await;
    let visitor = app.anonymous();
    visitor.post("/guest", &[]).await.expect(403);
    assert!(!visitor.get("/login").await.body.contains("action=\"/guest\""));
    let open = Installation {
        registration_open: true,
        guest_tour: true,
        guest_workspace: Some(owner.workspace.id),
        free_workspaces: 2,
    };
    app.accounts.set_installation(Admin::operator(), open).await.unwrap();
    assert!(visitor.get("/login").await.body.contains("action=\"/guest\""));
    let cross = [("sec-fetch-site", "cross-site")];
    visitor.post_raw("/guest", &[], &cross).await.expect(403);
    let entered = visitor.post("/guest", &[]).await.expect(303);
    assert!(entered.header("set-cookie").contains("Max-Age=7200"));
    visitor.learn_csrf().await;
    visitor.get("/sessions").await.expect(200);
    visitor.get("/chats").await.expect(200);
    let settings = visitor.get("/settings").await.expect(200).body;
    assert!(
        !settings.contains("action=\"/settings/profile\""),
        "what a visitor cannot do is not offered"
    );
    visitor
        .post("/settings/profile", &[("name", "Mallory")])
        .await
        .expect(403);
    visitor.post("/sessions", &[("name", "Mine")]).await.expect(403);
    visitor.post("/logout", &[]).await.expect(303);
}
