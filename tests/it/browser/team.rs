//! Members and invitations in a real browser.

use serde_json::json;

use super::{Site, is_unbroken};
use crate::support::chrome::{DESK, ENTER};

#[tokio::test]
async fn an_invitations_link_is_copied_by_keyboard_and_says_so() {
    let site = Site::open().await;
    let test = "an_invitations_link_is_copied_by_keyboard_and_says_so";
    let Some(chrome) = site.browse(test, DESK, "/settings/members").await else {
        return site.end().await;
    };
    let origin = site.url("");
    let granted = json!({ "origin": origin.trim_end_matches('/'),
                          "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    chrome.devtools("Browser.grantPermissions", granted).await;
    chrome.fill("#emails", "bo@example.com").await;
    chrome.click("#invite [type=submit]").await;
    chrome.until("document.querySelector('[data-link-of]')").await;
    chrome
        .run("document.querySelector('[data-link-of]').focus()", json!([]))
        .await;
    chrome.press(ENTER).await;
    // One click is enough: the link is created, shown, and copied.
    chrome
        .until("document.querySelector('.toast')?.innerText.includes('copied')")
        .await;
    let shown = chrome.value("document.querySelector('[id^=link-inv]').value").await;
    assert!(shown.as_str().unwrap().contains("/invitations/"), "{shown}");
    let copied = "const done = arguments[0]; navigator.clipboard.readText().then(done, (e) => done(String(e)))";
    let copied = chrome
        .ask("/execute/async", json!({ "script": copied, "args": [] }))
        .await;
    assert_eq!(copied, shown);
    // And again, with the button beside the field.
    chrome
        .run(
            "document.querySelectorAll('.toast').forEach((t) => t.remove())",
            json!([]),
        )
        .await;
    chrome
        .run("document.querySelector('[data-copy]').focus()", json!([]))
        .await;
    chrome.press(ENTER).await;
    chrome
        .until("document.querySelector('.toast')?.innerText.includes('copied')")
        .await;
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}
