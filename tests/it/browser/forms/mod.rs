//! Every form of every page, submitted with invalid input in a real browser. The walk finds the forms by following
//! links, and the table of routes says which ones it must find.

mod furnish;
mod walk;

use std::collections::BTreeSet;
use std::net::TcpListener;

use serde_json::json;
use wamanager::accounts::{MemberRole, NewUser, NewWorkspace, Password, PlatformRole, Scope};
use wamanager::app::{self, App};
use wamanager::audit::Admin;
use wamanager::config::{Smtp, SmtpSecurity};
use wamanager::site::routes::{Demo, Verb, all};
use wamanager::web::auth::RouteAccess;

use furnish::{FACTOR, begin, enter, furnish, outside, somebody};
use walk::{Form, Walk};

use super::{ANA, EMAIL, SHOP, Site};
use crate::support::chrome::{Chrome, DESK, ENTER};
use crate::support::{Browser, PASSWORD};

/// Forms that no page shows, or only while something is running or due.
const UNSEEN: &[&str] = &[
    // Sent by the page itself, while somebody types, reads or presses a button beside a message or an operation.
    "/password-strength",
    "/docs/api/token",
    "/chats/{chat}/read",
    "/chats/{chat}/typing",
    "/chats/{chat}/draft",
    "/chats/{chat}/schedule",
    "/chats/messages/{message}/undo",
    "/chats/messages/{message}/retry",
    "/chats/messages/{message}/cancel",
    "/chats/messages/{message}/file",
    "/chats/messages/{message}/contact",
    "/chats/{chat}/media",
    // In the menu of a message, which comes when it is opened.
    "/chats/messages/{message}/reaction",
    "/chats/messages/{message}/vote",
    "/chats/messages/{message}/delete",
    "/chats/messages/{message}/edit",
    "/chats/messages/{message}/forward",
    "/demo/phone/{number}/{peer}/typing",
    // On the page of a group; the demo has none.
    "/chats/{chat}/group",
    "/chats/{chat}/group/members",
    "/chats/{chat}/group/link",
    "/chats/{chat}/group/leave",
    // While WhatsApp waits for a passkey.
    "/sessions/{session}/passkey",
    "/sessions/{session}/passkey/confirm",
    // While an export is written, a connection is bad, or a paid plan ends.
    "/sessions/{session}/reconnect",
    "/settings/account/export/{export}/stop",
    "/settings/billing/keep",
    // After a restore, while held messages wait for a decision.
    "/held/resume",
    "/held/discard",
    "/admin/held/resume",
    "/admin/held/discard",
];

/// The second factor: half set up, just set up, on, and asked for.
async fn send_factor(walk: &mut Walk<'_>, site: &Site) {
    let (chrome, here) = (walk.chrome, |path: &str| vec![path.to_owned()]);
    let half = somebody(site, "half@example.com").await;
    begin(&half).await;
    // A second device, and a person whom nothing prevents from leaving.
    Browser::new(&site.url("")).log_in("half@example.com", PASSWORD).await;
    enter(chrome, &walk.base, &half).await;
    let own = [FACTOR, "/settings/security", "/settings/account"];
    walk.send_all(&own.map(ToOwned::to_owned), false, true).await;

    let whole = somebody(site, "whole@example.com").await;
    let code = begin(&whole).await;
    enter(chrome, &walk.base, &whole).await;
    chrome.go(&site.url(FACTOR)).await;
    chrome.fill("form[action$='/confirm'] [name=code]", &code).await;
    chrome.press(ENTER).await;
    chrome.until("document.querySelector('[data-recovery]')").await;
    let codes = Form {
        method: "post".into(),
        action: format!("{FACTOR}/codes.txt"),
        page: FACTOR.into(),
        fields: 0,
    };
    walk.send(&codes, "stale", true).await;
    walk.covered.insert("/settings/security/second-factor/codes.txt");
    walk.send_all(&here(FACTOR), false, true).await;

    let asked = somebody(site, "asked@example.com").await;
    let code = begin(&asked).await;
    asked
        .post(&format!("{FACTOR}/confirm"), &[("code", &code)])
        .await
        .expect(200);
    let again = Browser::new(&site.url(""));
    let log_in = [("email", "asked@example.com"), ("password", PASSWORD)];
    again.post("/login", &log_in).await.expect(303);
    enter(chrome, &walk.base, &again).await;
    walk.send_all(&here("/login/code"), false, false).await;
}

/// The ways to link a number: by QR code, which a simulated phone scans, and by code, which needs a real network.
async fn send_link(walk: &mut Walk<'_>, site: &Site, owner: &Browser) {
    let session = site.world.unlinked().await;
    site.world.shown_qr(&session).await;
    let page = format!("/sessions/{session}/link");
    enter(walk.chrome, &walk.base, owner).await;
    walk.send_all(std::slice::from_ref(&page), false, true).await;

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let shown = std::mem::replace(&mut walk.base, format!("http://{}", listener.local_addr().unwrap()));
    let world = &site.world;
    let pages = world
        .app
        .serve_pages(&world.config, listener, Demo::Off, |_| {})
        .unwrap();
    enter(walk.chrome, &walk.base, owner).await;
    walk.send_all(&[format!("{page}?way=code")], false, true).await;
    pages.stop().await;
    walk.base = shown;
}

/// A program with a mail server that does not answer.
async fn send_mailed(walk: &mut Walk<'_>, site: &Site) {
    let dir = tempfile::tempdir().unwrap();
    let mut config = site.world.config.clone();
    config.data_dir = dir.path().to_owned();
    config.mail.smtp = Some(Smtp {
        host: "127.0.0.1".into(),
        port: 9,
        security: SmtpSecurity::None,
        login: None,
        ca_file: None,
    });
    let mailed = App::open(&config, app::Network::of(&config)).await.unwrap();
    let admin = NewUser {
        name: "Ines".into(),
        email: EMAIL.into(),
        password: Password::new(PASSWORD),
        platform_role: PlatformRole::Admin,
    };
    let home = NewWorkspace {
        name: "Flor".into(),
        time_zone: "UTC".into(),
        country: "PT".into(),
    };
    let admin = mailed.accounts.create_user(Admin::operator(), admin).await.unwrap();
    let home = mailed
        .accounts
        .create_workspace(Admin::operator(), admin.id, home)
        .await
        .unwrap();
    let scope = Scope::person(home.id, admin.id, MemberRole::Owner);
    mailed
        .team
        .invite(scope, "invited@example.com", MemberRole::Agent)
        .await
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    walk.base = format!("http://{}", listener.local_addr().unwrap());
    let pages = mailed.serve_pages(&config, listener, Demo::Off, |_| {}).unwrap();
    let browser = Browser::new(&walk.base);
    browser.log_in(EMAIL, PASSWORD).await;
    let mail = browser
        .get("/admin/mail")
        .await
        .expect(200)
        .link_with("/admin/mail/mail_");
    enter(walk.chrome, &walk.base, &browser).await;
    let starts = ["/settings/members".to_owned(), "/admin/mail".to_owned(), mail];
    walk.send_all(&starts, false, true).await;
    pages.stop().await;
    mailed.stop().await;
}

/// A separate program, before anybody is set up.
async fn send_set_up(walk: &mut Walk<'_>, site: &Site) {
    let dir = tempfile::tempdir().unwrap();
    let mut config = site.world.config.clone();
    config.data_dir = dir.path().to_owned();
    let fresh = App::open(&config, app::Network::of(&config)).await.unwrap();
    let token = fresh.accounts.offer_setup().await.unwrap().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    walk.base = format!("http://{}", listener.local_addr().unwrap());
    let pages = fresh.serve_pages(&config, listener, Demo::Off, |_| {}).unwrap();
    walk.chrome.go(&walk.base).await;
    walk.send_all(&[format!("/setup/{token}")], false, false).await;
    pages.stop().await;
    fresh.stop().await;
}

#[tokio::test]
async fn every_form_sent_with_invalid_input_shows_an_error() {
    let site = Site::demo().await;
    let owner = Browser::new(&site.url(""));
    owner.log_in(EMAIL, PASSWORD).await;
    let agent = furnish(&site, &owner).await;
    let Some(chrome) = Chrome::open("every_form_sent_with_invalid_input_shows_an_error", DESK).await else {
        return site.end().await;
    };
    chrome.ask("/timeouts", json!({ "script": 120_000 })).await;
    let mut walk = Walk {
        chrome: &chrome,
        base: site.url(""),
        covered: BTreeSet::new(),
        wrong: Vec::new(),
        sent: 0,
    };
    let outside = outside(&site, &owner).await;
    send_factor(&mut walk, &site).await;

    // While impersonating, with a login that ends there.
    let admin = Browser::new(&site.url(""));
    admin.log_in(EMAIL, PASSWORD).await;
    enter(&chrome, &walk.base, &admin).await;
    chrome.go(&site.url(&format!("/admin/users/{}", agent.public_id))).await;
    chrome.click("form[action$='/impersonate'] button").await;
    chrome
        .until("document.querySelector('form[action=\"/impersonation/stop\"]')")
        .await;
    walk.send_all(&["/settings".to_owned()], false, true).await;

    send_link(&mut walk, &site, &owner).await;

    // As the owner, on all pages.
    enter(&chrome, &walk.base, &owner).await;
    let mut starts: Vec<String> = all(Demo::On)
        .filter(|route| route.verb == Verb::Get && route.access.needs_login() && !route.is_api())
        .filter(|route| route.parameters().next().is_none() && !route.path.ends_with("events"))
        .map(|route| route.path.to_owned())
        .collect();
    starts.push(format!("/demo/phone?number={ANA}&peer={SHOP}"));
    walk.send_all(&starts, true, true).await;

    chrome.devtools("Network.clearBrowserCookies", json!({})).await;
    chrome.go(&site.url("/login")).await;
    walk.send_all(&outside, false, false).await;
    send_mailed(&mut walk, &site).await;
    send_set_up(&mut walk, &site).await;

    let asked: BTreeSet<&str> = all(Demo::On)
        .filter(|route| route.verb == Verb::Post && !route.is_api() && route.access != RouteAccess::Open)
        .map(|route| route.path)
        .filter(|path| !UNSEEN.contains(path))
        .collect();
    let missed: Vec<_> = asked.difference(&walk.covered).collect();
    let Walk { wrong, sent, .. } = walk;
    println!("{sent} forms sent wrongly");
    assert!(
        missed.is_empty() && wrong.is_empty(),
        "not found: {missed:#?}\nwrong: {wrong:#?}"
    );
    drop(chrome);
    site.end().await;
}
