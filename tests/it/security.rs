//! The second factor, a person's devices, and the emails about both.

use std::time::Duration;

use totp_rs::{Builder, Secret, Totp};
use wamanager::accounts::{
    AccountError, Challenge, LoginKind, MemberRole, Password, Proof, Suspicion, VisitingBrowser, find_api,
};
use wamanager::db::DbError;
use wamanager::ids::LoginId;

use crate::support::live::LiveStream;
use crate::support::{Browser, PASSWORD, Person, Reply, TestApp};

const FACTOR: &str = "/settings/security/second-factor";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1";

/// The text between two marks of a page.
fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let rest = page
        .split(before)
        .nth(1)
        .unwrap_or_else(|| panic!("no {before:?} in {page}"));
    rest.split(after).next().unwrap()
}

/// A person's authenticator app.
struct Phone(Totp);

impl Phone {
    fn scan(page: &str) -> Self {
        let secret = between(page, "<code data-secret>", "</code>").replace(' ', "");
        let secret = Secret::try_from_base32(secret).unwrap();
        Self(Builder::new().with_secret(secret).build().unwrap())
    }

    fn code(&self, app: &TestApp) -> String {
        self.0
            .generate(u64::try_from(app.clock.now().0 / 1_000).unwrap())
            .to_string()
    }

    fn wrong_code(&self, app: &TestApp) -> String {
        let right: u32 = self.code(app).parse().unwrap();
        // Half a million away: not a neighbouring code, with a chance of one in many thousands.
        format!("{:06}", (right + 500_000) % 1_000_000)
    }
}

/// Turns the second factor on, and returns the phone and the recovery codes.
async fn enrol(app: &TestApp, person: &Person) -> (Phone, Vec<String>) {
    let begun = person
        .browser
        .post(&format!("{FACTOR}/begin"), &[("password", PASSWORD)])
        .await;
    begun.expect(303);
    let phone = Phone::scan(&person.browser.get(FACTOR).await.expect(200).body);
    let code = phone.code(app);
    let page = person
        .browser
        .post(&format!("{FACTOR}/confirm"), &[("code", &code)])
        .await
        .expect(200)
        .body;
    let codes: Vec<String> = page
        .split("<code data-recovery>")
        .skip(1)
        .map(|rest| rest.split('<').next().unwrap().to_owned())
        .collect();
    assert_eq!(codes.len(), 10);
    app.clock.advance(Duration::from_secs(30));
    (phone, codes)
}

async fn log_in_as(app: &TestApp, email: &str, agent: &str) -> (Browser, Reply) {
    let browser = app.anonymous();
    let headers = [("sec-fetch-site", "same-origin"), ("user-agent", agent)];
    let reply = browser
        .post_raw("/login", &[("email", email), ("password", PASSWORD)], &headers)
        .await;
    (browser, reply)
}

/// A browser that has sent the right password and is asked for a code.
async fn half_way(app: &TestApp, email: &str) -> Browser {
    let browser = app.anonymous();
    let asked = browser
        .post(
            "/login",
            &[("email", email), ("password", PASSWORD), ("next", "/chats")],
        )
        .await;
    assert_eq!(asked.expect(303).header("location"), "/login/code?next=%2Fchats");
    browser
}

async fn subjects(app: &TestApp, email: &str) -> Vec<String> {
    app.emails_to(email)
        .await
        .into_iter()
        .map(|email| email.subject)
        .collect()
}

#[tokio::test]
async fn the_second_factor_is_on_from_the_first_right_code_and_a_code_works_once() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let wrong = owner
        .browser
        .post(&format!("{FACTOR}/begin"), &[("password", "guess")])
        .await
        .expect(422);
    assert!(wrong.body.contains("This is not your password."));
    owner
        .browser
        .post(&format!("{FACTOR}/begin"), &[("password", PASSWORD)])
        .await
        .expect(303);
    // An unfinished set-up locks nobody out.
    app.anonymous().log_in(&owner.email, PASSWORD).await;
    let (phone, _) = enrol(&app, &owner).await;
    assert!(
        subjects(&app, &owner.email)
            .await
            .contains(&"Two-step verification is on".to_owned())
    );

    let browser = half_way(&app, &owner.email).await;
    browser.get("/settings").await.expect(303);
    let page = browser
        .post("/login/code", &[("code", &phone.wrong_code(&app))])
        .await
        .expect(422)
        .body;
    assert!(page.contains("That code is wrong."), "{page}");
    let code = phone.code(&app);
    let done = browser
        .post("/login/code", &[("code", &code), ("next", "/chats")])
        .await
        .expect(303);
    assert_eq!(done.header("location"), "/chats");
    browser.get("/settings").await.expect(200);

    let other = half_way(&app, &owner.email).await;
    other.post("/login/code", &[("code", &code)]).await.expect(422);
    app.clock.advance(Duration::from_secs(30));
    other
        .post("/login/code", &[("code", &phone.code(&app))])
        .await
        .expect(303);
}

#[tokio::test]
async fn no_secret_and_no_code_is_stored_in_plain_text() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    owner
        .browser
        .post(&format!("{FACTOR}/begin"), &[("password", PASSWORD)])
        .await
        .expect(303);
    let page = owner.browser.get(FACTOR).await.body;
    assert!(page.contains("<svg") && page.contains("aria-label=\"QR code"));
    let shown = between(&page, "<code data-secret>", "</code>").replace(' ', "");
    let secret = Secret::try_from_base32(shown).unwrap().as_bytes().to_vec();
    let sealed: Vec<u8> = app
        .app
        .db
        .read(|c| Ok::<_, DbError>(c.query_row("SELECT secret FROM second_factors", [], |row| row.get(0))?))
        .await
        .unwrap();
    assert!(!sealed.windows(secret.len()).any(|window| window == secret));
    let (_, codes) = enrol(&app, &owner).await;
    let file = owner
        .browser
        .post(&format!("{FACTOR}/codes.txt"), &[("codes", &codes.join(" "))])
        .await
        .expect(200);
    assert!(file.header("content-disposition").contains("recovery-codes.txt"));
    assert_eq!(file.body.lines().collect::<Vec<_>>(), codes);
    let echoed = owner
        .browser
        .post(
            &format!("{FACTOR}/codes.txt"),
            &[("codes", "<script>alert(1)</script>")],
        )
        .await;
    assert_eq!(echoed.expect(200).body.trim(), "");
}

#[tokio::test]
async fn a_recovery_code_works_once_and_its_owner_is_mailed_how_many_are_left() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let (phone, codes) = enrol(&app, &owner).await;
    let browser = half_way(&app, &owner.email).await;
    let typed = codes[3].to_uppercase().replace('-', " ");
    browser.post("/login/code", &[("code", &typed)]).await.expect(303);
    let emails = app.emails_to(&owner.email).await;
    let told = emails
        .iter()
        .find(|email| email.subject == "A recovery code was used")
        .unwrap();
    assert!(told.text.contains("9 recovery codes left"), "{}", told.text);
    let again = half_way(&app, &owner.email).await;
    again.post("/login/code", &[("code", &codes[3])]).await.expect(422);
    // New ones replace the old.
    let form = [("password", PASSWORD), ("code", phone.code(&app).as_str())].map(|(k, v)| (k, v.to_owned()));
    let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let page = owner
        .browser
        .post(&format!("{FACTOR}/codes"), &form)
        .await
        .expect(200)
        .body;
    assert!(!page.contains(&codes[4]));
    again.post("/login/code", &[("code", &codes[4])]).await.expect(422);
}

#[tokio::test]
async fn turning_it_off_takes_the_password_and_a_code() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let (phone, _) = enrol(&app, &owner).await;
    let off = format!("{FACTOR}/disable");
    owner
        .browser
        .post(&off, &[("password", PASSWORD), ("code", "000000")])
        .await
        .expect(422);
    let code = phone.code(&app);
    owner
        .browser
        .post(&off, &[("password", "guess"), ("code", &code)])
        .await
        .expect(422);
    owner
        .browser
        .post(&off, &[("password", PASSWORD), ("code", &code)])
        .await
        .expect(303);
    assert!(
        subjects(&app, &owner.email)
            .await
            .contains(&"Two-step verification is off".to_owned())
    );
    app.anonymous().log_in(&owner.email, PASSWORD).await;
}

#[tokio::test]
async fn an_unfinished_log_in_ends_after_five_minutes() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let (phone, _) = enrol(&app, &owner).await;
    let browser = half_way(&app, &owner.email).await;
    browser.get("/login/code").await.expect(200);
    app.clock.advance(Duration::from_secs(5 * 60));
    let page = browser
        .post("/login/code", &[("code", &phone.code(&app))])
        .await
        .expect(410)
        .body;
    assert!(page.contains("Log in again"), "{page}");
    // Without the cookie there is nothing to finish.
    let stranger = app
        .anonymous()
        .post("/login/code", &[("code", &phone.code(&app))])
        .await;
    assert_eq!(stranger.expect(303).header("location"), "/login");
}

#[tokio::test]
async fn five_wrong_codes_end_the_log_in_slow_the_next_down_and_warn_the_owner() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let (phone, _) = enrol(&app, &owner).await;
    let browser = half_way(&app, &owner.email).await;
    for _ in 0..5 {
        browser
            .post("/login/code", &[("code", &phone.wrong_code(&app))])
            .await
            .expect(422);
    }
    assert!(
        subjects(&app, &owner.email)
            .await
            .contains(&"Someone knows your password".to_owned())
    );
    browser
        .post("/login/code", &[("code", &phone.code(&app))])
        .await
        .expect(410);
    let next = half_way(&app, &owner.email).await;
    let slowed = next
        .post("/login/code", &[("code", &phone.code(&app))])
        .await
        .expect(429);
    assert!(!slowed.header("retry-after").is_empty());
    app.clock.advance(Duration::from_secs(60));
    next.post("/login/code", &[("code", &phone.code(&app))])
        .await
        .expect(303);
}

#[tokio::test]
async fn a_new_device_is_reported_to_its_owner_and_a_known_one_is_not() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let alert = "New login to your account".to_owned();
    let count = async || {
        subjects(&app, &owner.email)
            .await
            .into_iter()
            .filter(|s| *s == alert)
            .count()
    };
    assert_eq!(count().await, 0, "the very first log-in sends no alert");
    log_in_as(&app, &owner.email, FIREFOX).await.1.expect(303);
    assert_eq!(count().await, 1);
    let email = app
        .emails_to(&owner.email)
        .await
        .into_iter()
        .find(|email| email.subject == alert)
        .unwrap();
    assert!(
        email.text.contains("Firefox on Linux") && email.text.contains("127.0.0.1"),
        "{}",
        email.text
    );
    assert!(email.text.contains("/forgot"), "{}", email.text);
    log_in_as(&app, &owner.email, FIREFOX).await.1.expect(303);
    assert_eq!(count().await, 1, "the same browser in the same network is known");
    // A wrong password from yet another device sends no email.
    let stranger = app.anonymous();
    let headers = [("sec-fetch-site", "same-origin"), ("user-agent", SAFARI)];
    let wrong = [("email", owner.email.as_str()), ("password", "guess")];
    stranger.post_raw("/login", &wrong, &headers).await.expect(422);
    assert_eq!(count().await, 1);
}

#[tokio::test]
async fn devices_are_listed_and_ended_one_by_one() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let (phone, reply) = log_in_as(&app, &owner.email, SAFARI).await;
    reply.expect(303);
    let page = owner.browser.get("/settings/security").await.expect(200).body;
    assert!(
        page.contains("Safari on iOS") && page.contains("This browser"),
        "{page}"
    );
    let revoke = between(&page, "action=\"/settings/security/logins/", "/revoke\"");
    phone.get("/settings").await.expect(200);
    let mut stream = LiveStream::open(&phone, "/events", &[]).await;
    owner
        .browser
        .post(&format!("/settings/security/logins/{revoke}/revoke"), &[])
        .await
        .expect(303);
    phone.get("/settings").await.expect(303);
    assert_eq!(stream.next().await.unwrap().event.as_deref(), Some("bye"));
    owner.browser.get("/settings").await.expect(200);
    let again = owner
        .browser
        .post(&format!("/settings/security/logins/{revoke}/revoke"), &[])
        .await;
    again.expect(404);
    assert!(
        !owner
            .browser
            .get("/settings/security")
            .await
            .body
            .contains("Safari on iOS")
    );
}

/// A program logs in as the person.
async fn program(app: &TestApp, email: &str) -> LoginId {
    let from = VisitingBrowser {
        address: "192.0.2.7".parse().unwrap(),
        agent: "curl/8".into(),
        device: None,
    };
    let Proof::Complete(proven) = app
        .accounts
        .authenticate(email, Password::new(PASSWORD), &from)
        .await
        .unwrap()
    else {
        panic!("a code is asked for");
    };
    let (accounts, now) = (app.accounts.clone(), app.clock.now());
    let login = app
        .app
        .db
        .write(move |tx| accounts.issue_api_in(tx, &proven, None, &from, now))
        .await
        .unwrap();
    app.accounts.entered();
    login
}

async fn lives(app: &TestApp, login: LoginId) -> bool {
    let now = app.clock.now();
    app.app
        .db
        .read(move |c| find_api(c, login, now))
        .await
        .unwrap()
        .is_some()
}

#[tokio::test]
async fn logging_out_everywhere_ends_programs_too() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let (login, elsewhere) = (program(&app, &owner.email).await, app.anonymous());
    elsewhere.log_in(&owner.email, PASSWORD).await;
    let own = app.accounts.own_logins(owner.scope.user).await.unwrap();
    assert!(own.iter().any(|own| own.kind == LoginKind::Api) && lives(&app, login).await);
    let page = owner.browser.get("/settings/security").await.body;
    assert!(page.contains("curl") && page.contains("Program"));
    owner
        .browser
        .post("/settings/security/log-out-elsewhere", &[])
        .await
        .expect(303);
    assert!(!lives(&app, login).await);
    elsewhere.get("/settings").await.expect(303);
    owner.browser.get("/settings").await.expect(200);
    let login = program(&app, &owner.email).await;
    let out = owner
        .browser
        .post("/settings/security/log-out-everywhere", &[])
        .await
        .expect(303);
    assert_eq!(out.header("location"), "/login");
    owner.browser.get("/settings").await.expect(303);
    assert!(!lives(&app, login).await);
}

#[tokio::test]
async fn a_program_is_asked_for_a_code_as_well() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let (phone, _) = enrol(&app, &owner).await;
    let from = VisitingBrowser {
        address: "192.0.2.7".parse().unwrap(),
        agent: "curl/8".into(),
        device: None,
    };
    let proof = app
        .accounts
        .authenticate(&owner.email, Password::new(PASSWORD), &from)
        .await
        .unwrap();
    let Proof::SecondFactor(Challenge { token, .. }) = proof else {
        panic!("no code is asked for");
    };
    let wrong = app
        .accounts
        .authenticate_code(&token, &phone.wrong_code(&app), &from)
        .await;
    assert!(matches!(wrong, Err(AccountError::WrongCode)));
    let proven = app
        .accounts
        .authenticate_code(&token, &phone.code(&app), &from)
        .await
        .unwrap();
    assert_eq!(proven.user(), owner.scope.user);
    let again = app.accounts.authenticate_code(&token, &phone.code(&app), &from).await;
    assert!(matches!(again, Err(AccountError::ChallengeOver)));
}

#[tokio::test]
async fn without_the_password_the_state_of_an_account_is_not_revealed() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let member = app.member(&owner.workspace, MemberRole::Agent).await;
    app.app
        .db
        .write(|tx| {
            tx.execute("UPDATE users SET suspended_at = 1 WHERE email LIKE 'owner%'", [])?;
            tx.execute("UPDATE users SET verified_at = NULL WHERE email LIKE 'agent%'", [])?;
            Ok::<_, DbError>(())
        })
        .await
        .unwrap();
    for (email, words) in [
        (&owner.email, "is suspended"),
        (&member.email, "Confirm your email address"),
    ] {
        let guess = [("email", email.as_str()), ("password", "guess")];
        let page = app.anonymous().post("/login", &guess).await.expect(422).body;
        assert!(page.contains("password is wrong"), "{page}");
        let right = [("email", email.as_str()), ("password", PASSWORD)];
        let page = app.anonymous().post("/login", &right).await.expect(403).body;
        assert!(page.contains(words), "{page}");
    }
    assert_eq!(app.emails_to(&member.email).await.len(), 1, "the link is mailed again");
    // A login without a password, as a guest has: no password is right.
    app.app
        .db
        .write(|tx| Ok::<_, DbError>(tx.execute("UPDATE users SET password_hash = ''", [])?))
        .await
        .unwrap();
    let right = [("email", owner.email.as_str()), ("password", PASSWORD)];
    app.anonymous().post("/login", &right).await.expect(422);
}

#[tokio::test]
async fn a_person_ends_no_login_of_somebody_else() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    let bobs = app
        .accounts
        .own_logins(bob.scope.user)
        .await
        .unwrap()
        .remove(0)
        .public_id;
    ada.browser
        .post(&format!("/settings/security/logins/{bobs}/revoke"), &[])
        .await
        .expect(404);
    bob.browser.get("/settings").await.expect(200);
}

#[tokio::test]
async fn a_stolen_token_ends_its_login_and_is_reported() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let (stolen, other) = (program(&app, &owner.email).await, program(&app, &owner.email).await);
    let reason = Suspicion::TokenReused(stolen);
    app.accounts.end_suspicious(owner.scope.user, reason).await.unwrap();
    assert!(!lives(&app, stolen).await && lives(&app, other).await);
    owner.browser.get("/settings").await.expect(200);
    let told = "Suspicious activity in your account".to_owned();
    assert!(subjects(&app, &owner.email).await.contains(&told));
    app.accounts
        .end_suspicious(owner.scope.user, Suspicion::Exposed)
        .await
        .unwrap();
    assert!(!lives(&app, other).await);
    owner.browser.get("/settings").await.expect(303);
}
