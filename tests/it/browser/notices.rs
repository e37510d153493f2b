//! How a page tells somebody who looks elsewhere: the tab's icon and title, notifications, a sound.

use serde_json::json;

use super::{ANA, Site, is_unbroken};
use crate::support::chrome::DESK;

/// Stands in for the browser's own notifications, which no test can look at, and for a reader who is elsewhere.
const ELSEWHERE: &str = "
    window.asked = 0;
    window.shown = [];
    window.Notification = class {
        static permission = 'default';
        static async requestPermission() { window.asked++; return this.permission = 'granted'; }
        constructor(title, { body, tag }) { window.shown.push([title, body, tag].join('|')); }
        close() {}
    };
    document.hasFocus = () => false;
    const Audio = window.AudioContext;
    window.chimes = 0;
    window.AudioContext = class extends Audio { createOscillator() { window.chimes += 0.5; return super.createOscillator(); } };";

const ICON: &str = "document.querySelector('link[rel=icon]').getAttribute('href')";

#[tokio::test]
async fn messages_are_announced_to_whoever_chose_so_and_the_tab_counts_them_for_everybody() {
    let (site, _) = Site::linked().await;
    let test = "messages_are_announced_to_whoever_chose_so_and_the_tab_counts_them_for_everybody";
    let Some(chrome) = site.browse(test, DESK, "/settings").await else {
        return site.end().await;
    };
    let plain = chrome.value(ICON).await;
    chrome.run(ELSEWHERE, json!([])).await;
    chrome.until("!document.querySelector('[data-notices]').hidden").await;
    site.write(ANA, "Is anybody there?").await;
    chrome.until("document.title.startsWith('(1) ')").await;
    chrome
        .until(&format!("{ICON} != {plain} && {ICON}.includes('favicon-unread')"))
        .await;
    // Nothing was chosen yet, and nobody was asked.
    assert_eq!(chrome.value("asked + shown.length + chimes").await, 0);

    for what in ["show", "sound"] {
        chrome
            .run(
                &format!("document.querySelector('[data-notice={what}]').click()"),
                json!([]),
            )
            .await;
        chrome
            .until(&format!("document.querySelector('[data-notice={what}]').checked"))
            .await;
    }
    // The sound is heard as it is chosen.
    chrome.until("asked == 1 && chimes == 1").await;
    let chat = site.write(ANA, "Two cakes, please").await;
    chrome.until("shown.length == 1 && chimes == 2").await;
    assert_eq!(
        chrome.value("shown[0]").await,
        format!("Ana Nunes|Two cakes, please|{chat}")
    );

    chrome
        .run("document.querySelector('[data-notice=show]').click()", json!([]))
        .await;
    site.write(ANA, "Or three").await;
    chrome.until("chimes == 3").await;
    assert_eq!(chrome.value("shown.length").await, 1);
    site.world.app.chats.mark_read(site.world.scope, &chat).await.unwrap();
    chrome
        .until(&format!("{ICON} == {plain} && !document.title.startsWith('(')"))
        .await;
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}
