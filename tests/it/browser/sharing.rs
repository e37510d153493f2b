//! What a team shares in the inbox: notes, labels, quick replies, and the panel beside a chat.

use serde_json::json;
use wamanager::chats::{NewLabel, NewQuickReply};

use super::{ANA, BEN, Site, is_unbroken};
use crate::support::chrome::{DESK, ENTER};

#[tokio::test]
async fn a_note_is_seen_by_the_team_and_never_sent() {
    let (site, _) = Site::linked().await;
    let chat = site.write(ANA, "Is my cake ready?").await;
    let (test, path) = ("a_note_is_seen_by_the_team_and_never_sent", format!("/chats/{chat}"));
    let Some(one) = site.browse(test, DESK, &path).await else {
        return site.end().await;
    };
    let Some(other) = site.browse(&format!("{test}_other"), DESK, &path).await else {
        return site.end().await;
    };
    other.until("document.querySelector('.note-form')").await;
    one.run("document.activeElement.blur()", json!([])).await;
    one.press("n").await;
    one.until("document.activeElement.name == 'note'").await;
    one.fill(".note-form textarea", "Called her, wants two").await;
    one.click(".note-form button").await;
    let note = "document.querySelector('.messages .note .text')?.textContent == 'Called her, wants two'";
    one.until(note).await;
    other.until(note).await;
    assert!(other.text(".messages .note .by").await.contains("Ines"));
    one.until("!document.querySelector('.note-form').open").await;
    assert_eq!(one.value("document.querySelectorAll('.note').length").await, 1);
    assert_eq!(one.value("document.querySelectorAll('.messages .day').length").await, 1);

    // What is sent afterwards arrives, the note does not.
    one.fill("[data-composer] textarea", "At five").await;
    one.press(ENTER).await;
    site.world.arrived(ANA, "At five").await;
    assert_eq!(site.world.phones().inbox(ANA, 0).unwrap().len(), 1);

    one.click(".messages .note button").await;
    one.until("!document.querySelector('.messages .note')").await;
    other.until("!document.querySelector('.messages .note')").await;
    is_unbroken(&one).await;
    other.is_quiet().await;
    drop((one, other));
    site.end().await;
}

#[tokio::test]
async fn labels_are_put_on_in_the_panel_and_narrow_the_list() {
    let (site, _) = Site::linked().await;
    site.write(BEN, "One baguette, please").await;
    let chat = site.write(ANA, "Is my cake ready?").await;
    let urgent = NewLabel {
        name: "Urgent".into(),
        colour: "red".into(),
    };
    site.world
        .app
        .handling
        .create_label(site.world.scope, &urgent)
        .await
        .unwrap();
    let test = "labels_are_put_on_in_the_panel_and_narrow_the_list";
    let Some(chrome) = site.browse(test, DESK, &format!("/chats/{chat}")).await else {
        return site.end().await;
    };
    chrome.until("document.querySelector('.handling')").await;
    chrome.click(".handling details:nth-of-type(3) summary").await;
    chrome.click(".handling details:nth-of-type(3) a.item").await;
    chrome.until("document.querySelector('#chat-panel [data-panel]')").await;
    let phones = chrome.text("#chat-panel .plain").await;
    assert!(phones.contains("+351 911 111 101"), "{phones}");
    chrome.click("#chat-panel .labels-form button").await;
    chrome
        .until("document.querySelector('#chat-list .label')?.innerText == 'Urgent'")
        .await;
    chrome
        .until("document.querySelector('#chat-panel .labels-form [aria-pressed=true]')")
        .await;
    chrome.fill("#panel-name", "Ana from the market").await;
    chrome.click("#chat-panel .pick button").await;
    chrome
        .until("document.querySelector('#chat-list [data-row] .name')?.innerText == 'Ana from the market'")
        .await;
    chrome.click("#chat-tabs a.label").await;
    chrome
        .until("[...document.querySelectorAll('#chat-list .name')].map((n) => n.innerText).join() == 'Ana from the market'")
        .await;
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn a_slash_offers_quick_replies_for_this_person() {
    let (site, _) = Site::linked().await;
    let chat = site.write(ANA, "When are you open?").await;
    for (shortcut, body) in [("hours", "Hello {name}, from 9 to 5"), ("bye", "See you, {name}")] {
        let new = NewQuickReply {
            shortcut: shortcut.into(),
            body: body.into(),
        };
        site.world
            .app
            .handling
            .create_quick_reply(site.world.scope, &new)
            .await
            .unwrap();
    }
    let test = "a_slash_offers_quick_replies_for_this_person";
    let Some(chrome) = site.browse(test, DESK, &format!("/chats/{chat}")).await else {
        return site.end().await;
    };
    chrome.until("document.querySelector('[data-composer] textarea')").await;
    chrome.fill("[data-composer] textarea", "/").await;
    chrome
        .until("document.querySelectorAll('[data-insert]').length == 2")
        .await;
    chrome.fill("[data-composer] textarea", "/ho").await;
    chrome
        .until("document.querySelectorAll('[data-insert]').length == 1")
        .await;
    chrome.press(ENTER).await;
    chrome
        .until("document.querySelector('[data-composer] textarea').value == 'Hello Ana Nunes, from 9 to 5'")
        .await;
    chrome.until("!document.querySelector('[data-insert]')").await;
    chrome.press(ENTER).await;
    site.world.arrived(ANA, "Hello Ana Nunes, from 9 to 5").await;
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}
