//! What a team does with chats, seen by two of its browsers.

use serde_json::json;

use super::{ANA, BEN, Site, is_unbroken};
use crate::support::chrome::{DESK, ENTER};

const ROWS: &str = "[...document.querySelectorAll('#chat-list .name')].map((n) => n.innerText).join()";

/// The first menu says the state, the second whose chat it is.
fn bar(word: &str) -> String {
    format!("document.querySelector('.handling')?.textContent.includes({word:?})")
}

#[tokio::test]
async fn what_one_member_does_with_a_chat_the_others_see() {
    let (site, _) = Site::linked().await;
    site.write(BEN, "One baguette, please").await;
    let chat = site.write(ANA, "Is my cake ready?").await;
    let test = "what_one_member_does_with_a_chat_the_others_see";
    let Some(one) = site.browse(test, DESK, &format!("/chats/{chat}")).await else {
        return site.end().await;
    };
    let Some(other) = site.browse(&format!("{test}_other"), DESK, "/chats").await else {
        return site.end().await;
    };
    other.until(&format!("{ROWS} == 'Ana Nunes,Ben Okri'")).await;
    one.until("document.querySelector('.handling')").await;

    // By keyboard: the menu opens with the first member in focus.
    one.run("document.activeElement.blur()", json!([])).await;
    one.press("a").await;
    one.until("document.activeElement.matches('button[name=member]')").await;
    one.press(ENTER).await;
    one.until(&bar("Ines")).await;
    other
        .until("document.querySelector('#chat-list [data-row] .whose')?.title.includes('Ines')")
        .await;
    other.click("#chat-tabs a[href*='tab=mine']").await;
    other.until(&format!("{ROWS} == 'Ana Nunes'")).await;
    other
        .until("document.querySelector('#chat-tabs [aria-current] .count').innerText == '1'")
        .await;

    one.run("document.activeElement.blur()", json!([])).await;
    one.press("e").await;
    one.until(&bar("Resolved")).await;
    other.until("document.querySelector('#chat-list .empty')").await;
    other.click("#chat-tabs a[href*='state=resolved']").await;
    other.until(&format!("{ROWS} == 'Ana Nunes'")).await;

    // A message opens it again, on both.
    site.write(ANA, "One more thing").await;
    one.until(&bar("Open")).await;
    other.until("document.querySelector('#chat-list .empty')").await;

    one.click(".handling details:nth-of-type(3) summary").await;
    one.click(".handling details:nth-of-type(3) a.item").await;
    one.until("document.querySelectorAll('#chat-panel .acts li').length == 3")
        .await;
    let newest = one.text("#chat-panel .acts li").await;
    assert!(newest.contains("A new message reopened it"), "{newest}");
    one.click("#chat-panel [data-close-panel]").await;
    one.until("!document.querySelector('#chat-panel [data-panel]')").await;
    is_unbroken(&one).await;
    other.is_quiet().await;
    drop((one, other));
    site.end().await;
}

#[tokio::test]
async fn a_chat_is_snoozed_pinned_and_marked_unread_from_its_menus() {
    let (site, _) = Site::linked().await;
    let chat = site.write(ANA, "Is my cake ready?").await;
    site.write(BEN, "One baguette, please").await;
    let test = "a_chat_is_snoozed_pinned_and_marked_unread_from_its_menus";
    let Some(chrome) = site.browse(test, DESK, &format!("/chats/{chat}")).await else {
        return site.end().await;
    };
    chrome.until("document.querySelector('.handling')").await;
    chrome.click(".handling details:nth-of-type(1) summary").await;
    chrome.click("button[name=quick][value=tomorrow]").await;
    chrome.until(&bar("Snoozed until")).await;
    chrome.until(&format!("{ROWS} == 'Ben Okri'")).await;
    // No time was chosen: nothing changes, and the reader is told.
    chrome.click(".handling details:nth-of-type(1) summary").await;
    chrome.click(".handling .pick button").await;
    chrome
        .until("document.querySelector('.toast')?.innerText.includes('Choose one')")
        .await;
    chrome.click("button[name=act][value=open]").await;
    chrome.until(&bar("Open")).await;
    chrome.until(&format!("{ROWS} == 'Ben Okri,Ana Nunes'")).await;

    chrome.click(".handling details:nth-of-type(3) summary").await;
    chrome.click("button[name=act][value=pin]").await;
    chrome.until(&format!("{ROWS} == 'Ana Nunes,Ben Okri'")).await;

    chrome
        .until("!document.querySelector('[data-row][aria-current] .count')")
        .await;
    chrome.click(".handling details:nth-of-type(3) summary").await;
    chrome.click("button[name=act][value=unread]").await;
    chrome.until("location.pathname == '/chats'").await;
    chrome
        .until("document.querySelector('#chat-list [data-unread] .name')?.innerText == 'Ana Nunes'")
        .await;
    // The console tells of the refusal, so only the page itself is looked at.
    assert_eq!(chrome.value("window.mark").await, "still here");
    drop(chrome);
    site.end().await;
}
