//! Accessibility: small screens, keyboards only, serious barriers, browsers without JavaScript.

use std::path::Path;

use serde_json::{Value, json};

use super::{ANA, BEN, EMAIL, Site, is_unbroken, log_in, tick};
use crate::support::chrome::{Chrome, DESK, ENTER, ESCAPE, Look, PHONE};
use crate::support::{Browser, PASSWORD, skip, within};

#[tokio::test]
async fn on_a_phone_the_list_leads_to_the_chat_and_back() {
    let (site, _) = Site::linked().await;
    site.write(ANA, "Are you open on Sunday?").await;
    let test = "on_a_phone_the_list_leads_to_the_chat_and_back";
    let Some(chrome) = site.browse(test, PHONE, "/chats").await else {
        return site.end().await;
    };
    let shown = |css: &str| format!("document.querySelector({css:?})?.checkVisibility()");
    let hidden = |css: &str| format!("!document.querySelector({css:?})?.checkVisibility()");
    chrome.until(&shown("[data-row]")).await;
    assert_eq!(chrome.value(&shown(".thread-pane")).await, false);
    chrome.click("[data-row]").await;
    chrome.until(&shown(".thread textarea")).await;
    chrome.until(&hidden("[data-row]")).await;
    // The screen has its own title.
    assert_eq!(chrome.value(&shown("h1")).await, false);
    assert_eq!(chrome.value(&shown(".thread h1")).await, true);
    chrome.fill("textarea", "Until noon.").await;
    chrome.press(ENTER).await;
    chrome.until(&tick("Until noon.", "delivered")).await;
    chrome.click(".thread .back").await;
    chrome.until(&shown("[data-row]")).await;
    chrome.until("location.pathname == '/chats'").await;
    for path in ["/chats", "/sessions", "/sessions/new", "/settings"] {
        chrome.go(&site.url(path)).await;
        let wide = chrome.value("document.documentElement.scrollWidth").await;
        assert_eq!(wide, PHONE.width, "{path} scrolls sideways");
    }
    chrome.is_quiet().await;
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn the_keyboard_is_enough() {
    let (site, _) = Site::linked().await;
    site.write(ANA, "First").await;
    site.write(BEN, "Second").await;
    let Some(chrome) = site.browse("the_keyboard_is_enough", DESK, "/sessions").await else {
        return site.end().await;
    };
    chrome.press_until("gi", "location.pathname == '/chats'").await;
    chrome
        .until("document.querySelectorAll('[data-row]').length == 2")
        .await;
    chrome.press("jj").await;
    chrome
        .until("document.activeElement.innerText.includes('Ana Nunes')")
        .await;
    chrome.press("k").await;
    chrome
        .until("document.activeElement.innerText.includes('Ben Okri')")
        .await;
    chrome.press(ENTER).await;
    chrome
        .until("document.querySelector('.thread h1')?.innerText == 'Ben Okri'")
        .await;
    chrome.until("document.activeElement.matches('textarea')").await;
    chrome.press(ESCAPE).await;
    chrome
        .until("document.activeElement.matches('[data-row][aria-current]')")
        .await;
    chrome.press("r").await;
    chrome.until("document.activeElement.matches('textarea')").await;
    chrome.press("Coming right up").await;
    chrome.press(ENTER).await;
    chrome.until(&tick("Coming right up", "delivered")).await;
    chrome.press(ESCAPE).await;
    chrome.press("?").await;
    chrome.until("document.querySelector('#keys').open").await;
    chrome.press(ESCAPE).await;
    chrome.until("!document.querySelector('#keys').open").await;
    chrome.press("/").await;
    chrome.until("document.activeElement.matches('[data-search]')").await;
    chrome.press(ESCAPE).await;
    chrome.press_until("gn", "location.pathname == '/sessions'").await;
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}

/// The script that finds barriers; `None`, with a note, where it is not installed.
pub fn axe() -> Option<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(file).ok();
    if axe.is_none() {
        skip("accessibility", "axe-core is not installed; run tests/tools/install.sh");
    }
    axe
}

/// What axe rates as serious or worse on the open page.
pub async fn barriers(chrome: &Chrome, axe: &str) -> Vec<String> {
    chrome.run(axe, json!([])).await;
    let script = "const done = arguments[arguments.length - 1];
        axe.run(document, { resultTypes: ['violations'] }).then((r) => done(r.violations), (e) => done(String(e)))";
    let found = chrome
        .ask("/execute/async", json!({ "script": script, "args": [] }))
        .await;
    let Value::Array(found) = found else { panic!("{found}") };
    let serious = found
        .iter()
        .filter(|v| v["impact"] == "serious" || v["impact"] == "critical");
    serious
        .map(|v| format!("{} {}", v["id"], v["nodes"][0]["html"]))
        .collect()
}

#[tokio::test]
async fn no_page_has_a_serious_barrier_in_light_or_dark() {
    let Some(axe) = axe() else { return };
    let (site, session) = Site::linked().await;
    let chat = site.write(ANA, "Can you read this?").await;
    site.world
        .app
        .outbox
        .send_text(site.world.scope, &chat, "Clearly.")
        .await
        .unwrap();
    site.world.arrived(ANA, "Clearly.").await;
    let unlinked = site.world.unlinked().await;
    site.world.shown_qr(&unlinked).await;
    let test = "no_page_has_a_serious_barrier_in_light_or_dark";
    let Some(chrome) = site.browse(test, DESK, "/chats").await else {
        return site.end().await;
    };
    let pages = [
        "/chats".to_owned(),
        format!("/chats/{chat}"),
        "/chats?q=nobody".to_owned(),
        "/sessions".to_owned(),
        "/sessions/new".to_owned(),
        format!("/sessions/{unlinked}/link"),
        format!("/sessions/{unlinked}/link?way=code"),
        format!("/sessions/{session}/link"),
        "/settings".to_owned(),
        "/settings/members".to_owned(),
        "/settings/workspace".to_owned(),
        "/settings/billing".to_owned(),
        "/settings/storage".to_owned(),
        "/admin/users".to_owned(),
    ];
    let mut found = Vec::new();
    for look in [DESK, Look { dark: true, ..DESK }, PHONE] {
        chrome.look(look).await;
        // Each page that is loaded whole takes a live stream until it is missed, and a login has only so many.
        chrome.devtools("Network.clearBrowserCookies", json!({})).await;
        chrome.go(&site.url("/login?next=/chats")).await;
        log_in(&chrome).await;
        chrome.until("location.pathname == '/chats'").await;
        for page in &pages {
            chrome.go(&site.url(page)).await;
            chrome.until("document.querySelector('main h1, main h2')").await;
            for barrier in barriers(&chrome, &axe).await {
                found.push(format!("{page} ({} wide, dark {}): {barrier}", look.width, look.dark));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    chrome.is_quiet().await;
    chrome.go(&site.url("/chats/chat_00000000000000000000000000")).await;
    assert_eq!(barriers(&chrome, &axe).await, [""; 0]);
    chrome.devtools("Network.clearBrowserCookies", json!({})).await;
    chrome.go(&site.url("/login")).await;
    chrome.until("document.querySelector('[name=password]')").await;
    assert_eq!(barriers(&chrome, &axe).await, [""; 0]);
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn without_javascript_the_forms_do_the_same() {
    let (site, session) = Site::linked().await;
    let chat = site.write(ANA, "Plain and simple").await;
    let browser = Browser::new(&site.url(""));
    browser.log_in(EMAIL, PASSWORD).await;
    let thread = browser.get(&format!("/chats/{chat}")).await.expect(200).body;
    assert!(thread.contains("Plain and simple") && thread.contains("<noscript>"));
    let read = format!("/chats/{chat}/read");
    assert_eq!(
        browser.post(&read, &[]).await.expect(303).header("location"),
        format!("/chats/{chat}")
    );
    assert_eq!(site.world.app.chats.unread_chats(site.world.scope).await.unwrap(), 0);

    let send = format!("/chats/{chat}/messages");
    let refused = browser.post(&send, &[("text", "  ")]).await.expect(422).body;
    assert!(refused.contains("<!doctype html>") && refused.contains("Write something first."));
    browser.post(&send, &[("text", "Just so")]).await.expect(303);
    within("the text arrives", site.world.arrived(ANA, "Just so")).await;

    let refused = browser.post("/sessions", &[("name", " ")]).await.expect(422).body;
    assert!(refused.contains("name-error"));
    let made = browser.post("/sessions", &[("name", "Second")]).await.expect(303);
    assert!(made.header("location").starts_with("/sessions/ses_"));
    browser.get(made.header("location")).await.expect(200);

    let wrong = browser
        .post(&format!("/sessions/{session}/delete"), &[("confirm", "other")])
        .await;
    assert!(wrong.expect(422).body.contains("That isn’t the number’s name"));
    browser
        .post(&format!("/sessions/{session}/delete"), &[("confirm", "Shop")])
        .await
        .expect(303);
    assert_eq!(browser.get(&format!("/chats/{chat}")).await.status, 404);
    site.end().await;
}
