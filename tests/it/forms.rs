//! Rejected forms, as htmx sends them and as the address bar requests them: generated from the table that the server is
//! built from.

use wamanager::audit::Admin;
use wamanager::db;
use wamanager::site::routes::{Demo, Route, Verb, all};
use wamanager::web::auth::RouteAccess;

use crate::support::{Browser, PASSWORD, Reply, TestApp};
use crate::walk::{path_of, unknown};

/// Every route for a form of a page.
fn forms() -> impl Iterator<Item = &'static Route> {
    all(Demo::Off).filter(|route| !route.is_api() && route.verb == Verb::Post && route.access != RouteAccess::Open)
}

/// What htmx sends for a boosted form: the reply replaces the whole page.
async fn boosted(browser: &Browser, path: &str, body: &str) -> Reply {
    let csrf = browser.csrf();
    let headers = [
        ("hx-request", "true"),
        ("hx-boosted", "true"),
        ("hx-request-type", "full"),
        ("sec-fetch-site", "same-origin"),
        ("accept", "text/html"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-csrf-token", csrf.as_str()),
    ];
    browser.send("POST", path, &headers, body).await
}

#[tokio::test]
async fn a_refused_form_keeps_the_frame_and_the_address() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let ids = app.one_of_each(&owner).await;
    let promote = |tx: &rusqlite::Transaction<'_>| {
        tx.execute(
            "UPDATE users SET platform_role = 'admin' WHERE email LIKE 'owner-of-shop@%'",
            [],
        )?;
        Ok::<_, db::DbError>(())
    };
    app.app.db.write(promote).await.unwrap();
    let browser = app.anonymous();
    let (mut pages, mut notes, mut wrong) = (Vec::new(), 0, Vec::new());
    for route in forms() {
        let id = |name: &str| ids.get(name).map_or_else(|| unknown(name), ToString::to_string);
        let path = path_of(route, &id);
        for body in [
            "",
            "name=&emails=nope&role=agent&confirm=other&phone=1&code=1&email=nope&text=&plan=nope",
        ] {
            if route.access.needs_login() && browser.cookie("login").is_none() {
                browser.log_in(&owner.email, PASSWORD).await;
            }
            let reply = boosted(&browser, &path, body).await;
            if reply.status < 400 {
                continue;
            }
            if reply.header("hx-push-url") != "false" {
                wrong.push(format!("{path} ({}) becomes the address of the page", reply.status));
            }
            if !reply.header("hx-retarget").is_empty() {
                notes += 1;
                continue;
            }
            if reply.body.contains("<!doctype html>") && reply.body.contains("<main id=\"main\"") {
                pages.push(route.path);
            } else {
                wrong.push(format!(
                    "{path} ({}) is no page: {:.80}",
                    reply.status,
                    reply.body.trim()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    pages.dedup();
    assert!(pages.len() >= 15 && notes >= 20, "{notes} toasts, {pages:#?}");
}

#[tokio::test]
async fn an_address_that_only_takes_a_form_leads_to_the_page_of_the_form() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    for route in forms() {
        let path = path_of(route, &unknown);
        if all(Demo::Off).any(|other| other.verb == Verb::Get && other.path == route.path) {
            continue;
        }
        // As the address bar requests it.
        let reply = owner
            .browser
            .send("GET", &path, &[("accept", "text/html,*/*")], "")
            .await;
        assert_eq!(reply.status, 303, "{path}");
        let to = reply.header("location").to_owned();
        let served = all(Demo::Off).any(|other| {
            other.verb == Verb::Get && path_of(other, &unknown).split('/').count() == to.split('/').count()
        });
        assert!(
            served && path.starts_with(to.trim_end_matches('/')),
            "{path} leads to {to}"
        );
        // As a program requests it.
        assert_eq!(owner.browser.get(&path).await.status, 405, "{path}");
    }
    let led = owner
        .browser
        .send("GET", "/settings/members/invite", &[("accept", "text/html")], "")
        .await;
    assert_eq!(led.header("location"), "/settings/members");
}

#[tokio::test]
async fn what_cannot_be_read_is_told_without_the_words_of_a_library() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let form = "This form could not be read. Reload the page and try again.";
    let csrf = owner.browser.csrf();
    for (kind, body) in [
        ("application/x-www-form-urlencoded", "name=Till"),
        ("application/x-www-form-urlencoded", "key_name=a&key_name=b"),
        ("text/plain", "key_name=Till"),
    ] {
        let headers = [
            ("sec-fetch-site", "same-origin"),
            ("accept", "text/html"),
            ("content-type", kind),
            ("x-csrf-token", csrf.as_str()),
        ];
        let reply = owner.browser.send("POST", "/settings/keys", &headers, body).await;
        assert_eq!(reply.status, 400, "{body}");
        assert!(reply.body.contains(form), "{body}: {}", reply.body);
        assert!(
            !reply.body.contains("key_name") && !reply.body.contains("rror:"),
            "{body}"
        );
    }
    for path in ["/settings/members?q=a&q=b", "/events?after=zz", "/chats?q=a&q=b"] {
        let reply = owner.browser.get(path).await;
        assert_eq!(reply.status, 400, "{path}");
        assert!(
            reply.body.contains("Part of this address could not be read."),
            "{path}: {}",
            reply.body
        );
    }
}

/// The browser's own headers: plain http, although the site is to be reached by https.
const PLAIN: &[(&str, &str)] = &[
    ("origin", "http://shop.example"),
    ("host", "shop.example"),
    ("accept", "text/html"),
];

#[tokio::test]
async fn a_form_opened_by_plain_http_under_an_https_address_says_so_and_does_nothing() {
    let app = TestApp::under_https().await;
    let token = app.accounts.offer_setup().await.unwrap().unwrap();
    for route in forms().filter(|route| !route.access.needs_login()) {
        let path = path_of(route, &|_: &str| token.clone());
        let fields = [
            ("name", "Ines"),
            ("email", "ines@example.com"),
            ("password", PASSWORD),
            ("workspace", "Flor"),
            ("zone", "UTC"),
            ("country", "PT"),
        ];
        let reply = app.anonymous().post_raw(&path, &fields, PLAIN).await;
        let told = reply.body.contains("https-needed") && reply.body.contains("https://shop.example/");
        assert!(reply.status == 403 && told, "{path}: {} {}", reply.status, reply.body);
        assert_eq!(reply.header("set-cookie"), "", "{path}");
    }
    app.accounts.check_setup(&token).await.expect("the link is not used up");
    assert!(
        app.accounts
            .find_user(Admin::operator(), "ines@example.com")
            .await
            .is_err()
    );

    // On the machine itself browsers store the cookie, and a visitor by https can log in.
    let set_up = [
        ("name", "Ines"),
        ("email", "ines@example.com"),
        ("password", PASSWORD),
        ("workspace", "Flor"),
        ("zone", "UTC"),
        ("country", "PT"),
    ];
    let here = app.base.trim_start_matches("http://").replace("127.0.0.1", "localhost");
    let local = [("origin", format!("http://{here}")), ("host", here)];
    let mut local: Vec<_> = local.iter().map(|(name, value)| (*name, value.as_str())).collect();
    local.push(("sec-fetch-site", "same-origin"));
    let path = format!("/setup/{token}");
    let reply = app.anonymous().post_raw(&path, &set_up, &local).await.expect(303);
    assert!(reply.header("set-cookie").starts_with("__Host-login="));
    let secure = [("origin", "https://shop.example"), ("host", "shop.example")];
    let log_in = [("email", "ines@example.com"), ("password", PASSWORD)];
    app.anonymous().post_raw("/login", &log_in, &secure).await.expect(303);
}

#[tokio::test]
async fn before_the_set_up_there_is_nothing_to_log_in_to_and_nobody_registers() {
    let app = TestApp::new().await;
    let token = app.accounts.offer_setup().await.unwrap().unwrap();
    let browser = app.anonymous();
    let home = browser.get("/").await.expect(303);
    let page = browser.get(home.header("location")).await.expect(200).body;
    assert!(page.contains("Not set up yet") && page.contains("link"), "{page}");
    assert!(
        !page.contains("name=\"password\"") && !page.contains("/register"),
        "{page}"
    );
    browser.get("/register").await.expect(403);
    let fields = [
        ("email", "ada@example.com"),
        ("password", PASSWORD),
        ("name", "Ada"),
        ("workspace", "Ada"),
        ("zone", "UTC"),
        ("country", "PT"),
    ];
    browser.post("/register", &fields).await.expect(403);

    let set_up = [
        ("name", "Ines"),
        ("email", "ines@example.com"),
        ("password", PASSWORD),
        ("workspace", "Flor"),
        ("zone", "UTC"),
        ("country", "PT"),
    ];
    browser.post(&format!("/setup/{token}"), &set_up).await.expect(303);
    let stranger = app.anonymous();
    assert!(
        stranger
            .get("/login")
            .await
            .expect(200)
            .body
            .contains("name=\"password\"")
    );
    stranger.get("/register").await.expect(200);
    let used = stranger.get(&format!("/setup/{token}")).await.expect(410).body;
    assert!(
        used.contains("href=\"/login\"") && !used.contains("Restart the server"),
        "{used}"
    );
}

#[tokio::test]
async fn an_error_page_keeps_the_frame_of_a_logged_in_user() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    for path in [
        "/no-such-page",
        "/admin",
        "/sessions/ses_00000000000000000000000000/link",
    ] {
        let page = owner.browser.get(path).await;
        assert!(
            page.status >= 400 && page.body.contains("<nav class=\"nav\""),
            "{path}: {}",
            page.body
        );
        assert!(page.body.contains("class=\"fault\""), "{path}");
    }
    let stranger = app.anonymous().get("/no-such-page").await.expect(404).body;
    assert!(stranger.contains("class=\"fault\"") && !stranger.contains("<nav class=\"nav\""));
}
