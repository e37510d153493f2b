//! What is being written: drafts that stay, who else is answering, and chats that are begun here.

use serde_json::json;
use wamanager::accounts::{MemberRole, NewUser, Password, PlatformRole};
use wamanager::audit::Admin;

use super::{ANA, BEN, Site, bubble, is_unbroken};
use crate::support::PASSWORD;
use crate::support::chrome::{Chrome, DESK, ENTER};

const FIELD: &str = "[data-composer] textarea";

#[tokio::test]
async fn a_draft_stays_with_its_chat_until_it_is_sent() {
    let (site, _) = Site::linked().await;
    let ben = site.write(BEN, "One baguette, please").await;
    let ana = site.write(ANA, "Is my cake ready?").await;
    let test = "a_draft_stays_with_its_chat_until_it_is_sent";
    let Some(chrome) = site.browse(test, DESK, &format!("/chats/{ana}")).await else {
        return site.end().await;
    };
    chrome.until("document.querySelector('[data-composer] textarea')").await;
    chrome.fill(FIELD, "Yes, f").await;
    chrome.click(&format!("#row-{ben}")).await;
    chrome.until(&bubble("them", "One baguette, please")).await;
    let draft = format!("document.querySelector('#row-{ana} .draft')?.parentElement.innerText");
    chrome.until(&format!("{draft}?.includes('Yes, f')")).await;
    chrome.click(&format!("#row-{ana}")).await;
    chrome
        .until("document.querySelector('[data-composer] textarea')?.value == 'Yes, f'")
        .await;
    chrome.fill(FIELD, "Yes, five o'clock").await;
    chrome.press(ENTER).await;
    site.world.arrived(ANA, "Yes, five o'clock").await;
    chrome
        .until(&format!("document.querySelector('#row-{ana}') && !{draft}"))
        .await;
    is_unbroken(&chrome).await;
    chrome.go(&site.url(&format!("/chats/{ana}"))).await;
    chrome.until(&bubble("me", "Yes, five o'clock")).await;
    assert_eq!(
        chrome
            .value("document.querySelector('[data-composer] textarea').value")
            .await,
        ""
    );
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn a_member_sees_that_another_is_typing_an_answer() {
    let (site, _) = Site::linked().await;
    let chat = site.write(ANA, "Is my cake ready?").await;
    let bo = NewUser {
        name: "Bo".into(),
        email: "bo@example.com".into(),
        password: Password::new(PASSWORD),
        platform_role: PlatformRole::User,
    };
    let team = &site.world.app.team;
    team.create(Admin::operator(), site.world.scope.workspace, bo, MemberRole::Agent)
        .await
        .unwrap();
    let (test, path) = (
        "a_member_sees_that_another_is_typing_an_answer",
        format!("/chats/{chat}"),
    );
    let Some(ines) = site.browse(test, DESK, &path).await else {
        return site.end().await;
    };
    let Some(bo) = Chrome::open(&format!("{test}_other"), DESK).await else {
        return site.end().await;
    };
    bo.go(&site.url(&format!("/login?next={path}"))).await;
    bo.fill("[name=email]", "bo@example.com").await;
    bo.fill("[name=password]", PASSWORD).await;
    bo.press(ENTER).await;
    bo.until("document.querySelector('[data-composer] textarea')").await;
    ines.until("document.querySelector('[data-composer] textarea')").await;
    bo.fill(FIELD, "It is").await;
    ines.until("document.querySelector('.answering')?.innerText == 'Bo is typing an answer'")
        .await;
    assert_eq!(bo.value("document.querySelector('.answering').innerText").await, "");
    is_unbroken(&ines).await;
    drop((ines, bo));
    site.end().await;
}

#[tokio::test]
async fn a_chat_is_begun_with_a_number_or_a_contact_and_a_refusal_says_what_works() {
    let (site, _) = Site::linked().await;
    let ana = site.write(ANA, "Hello").await;
    let test = "a_chat_is_begun_with_a_number_or_a_contact_and_a_refusal_says_what_works";
    let Some(chrome) = site.browse(test, DESK, "/chats").await else {
        return site.end().await;
    };
    chrome.click("[data-dialog=new-chat]").await;
    chrome.until("document.querySelector('#new-chat').open").await;
    chrome.fill("#new-chat-to", "12").await;
    chrome.press(ENTER).await;
    let error = chrome
        .until("document.querySelector('#new-chat-error')?.innerText")
        .await;
    assert!(error.as_str().unwrap().len() > 20, "{error}");
    assert_eq!(chrome.value("document.querySelector('#new-chat').open").await, true);
    // A number of the workspace's country, as people write it.
    chrome.fill("#new-chat-to", "911 111 102").await;
    chrome.press(ENTER).await;
    chrome.until("location.pathname.startsWith('/chats/chat_')").await;
    chrome
        .until("document.querySelector('.thread .who')?.innerText.includes('+351 911 111 102')")
        .await;
    chrome.fill(FIELD, "Good morning, Ben").await;
    chrome.press(ENTER).await;
    site.world.arrived(BEN, "Good morning, Ben").await;

    chrome.run("document.activeElement.blur()", json!([])).await;
    chrome.press("c").await;
    chrome.until("document.querySelector('#new-chat').open").await;
    chrome.fill("#new-chat-to", "nun").await;
    chrome.until("document.querySelector('#new-chat-people button')").await;
    chrome.click("#new-chat-people button").await;
    chrome.until(&format!("location.pathname == '/chats/{ana}'")).await;
    drop(chrome);
    site.end().await;
}
