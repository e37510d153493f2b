//! Groups on their pages: made, changed, and mentioned in.

use serde_json::json;

use super::{ANA, BEN, SHOP, Site};
use crate::support::chrome::{DESK, ENTER, PHONE};

const FIELD: &str = "[data-composer] textarea";

#[tokio::test]
async fn a_group_is_created_changed_and_left_on_its_pages() {
    let (site, _) = Site::linked().await;
    site.write(ANA, "Hello").await;
    let test = "a_group_is_created_changed_and_left_on_its_pages";
    let Some(chrome) = site.browse(test, PHONE, "/groups/new").await else {
        return site.end().await;
    };
    chrome.fill("#group-subject", "Bakers").await;
    chrome.fill("#group-find", "ana").await;
    chrome
        .until("document.querySelector('#group-people input[name=member]')")
        .await;
    chrome.click("#group-people input[name=member]").await;
    chrome.fill("#group-others", &format!("+{BEN}")).await;
    chrome.click("#new-group .actions button").await;
    chrome
        .until("document.querySelector('[data-thread] h1')?.innerText == 'Bakers'")
        .await;
    let chat = chrome
        .value("document.querySelector('[data-thread]').dataset.thread")
        .await;
    let group = format!("/chats/{}/group", chat.as_str().unwrap());
    chrome.go(&site.url(&group)).await;
    chrome
        .until("document.querySelectorAll('.group-members li').length == 3")
        .await;
    let wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";
    assert_eq!(chrome.value(wide).await, true);

    chrome.fill("#group-subject", "Night bakers").await;
    chrome.click("#group-about ~ form button").await;
    chrome
        .until("document.querySelector('h1')?.innerText == 'Night bakers' && document.querySelector('.toast')")
        .await;
    // By keyboard: the menu of the first who is not ourselves.
    chrome
        .run("document.querySelector('.group-members summary').focus()", json!([]))
        .await;
    chrome.press(ENTER).await;
    chrome
        .run(
            "document.querySelector('.group-members [name=promote]').focus()",
            json!([]),
        )
        .await;
    chrome.press(ENTER).await;
    chrome
        .until("document.querySelectorAll('.group-members .chip').length == 2")
        .await;
    chrome.fill("#group-add-field", "+351 911 999 999").await;
    chrome.click("#group-add ~ form button").await;
    chrome
        .until("document.querySelector('[role=alert] li')?.innerText.includes('not on WhatsApp')")
        .await;
    chrome.click("form[action$=link] button").await;
    chrome
        .until("document.querySelector('.copy-link input')?.value.startsWith('https://chat.whatsapp.com/')")
        .await;
    chrome.click("details summary[data-kind=danger]").await;
    chrome.click("form[action$=leave] button").await;
    chrome
        .until("document.querySelector('.notice')?.innerText.includes('has left the group')")
        .await;
    chrome.go(&site.url(group.trim_end_matches("/group"))).await;
    chrome
        .until("document.querySelector('.composer-off')?.innerText.includes('has left the group')")
        .await;
    chrome.is_quiet().await;
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn a_member_is_mentioned_from_the_keyboard() {
    let (site, _) = Site::linked().await;
    let members = [SHOP.to_owned(), BEN.to_owned()];
    let group = site.world.phones().create_group(ANA, "Bakers", &members).unwrap();
    site.world.write(BEN, &group.jid, "Who opens?").await;
    let (chat, _) = site.world.stored("Who opens?").await;
    let groups = &site.world.app.groups;
    let all = async || {
        let members = groups
            .members(site.world.scope, &chat.public_id, "", 0, 50)
            .await
            .unwrap();
        (members.rows.len() == 3).then_some(())
    };
    site.world.until("all are known", all).await;
    let test = "a_member_is_mentioned_from_the_keyboard";
    let Some(chrome) = site.browse(test, DESK, &format!("/chats/{}", chat.public_id)).await else {
        return site.end().await;
    };
    chrome.until("document.querySelector('[data-composer] textarea')").await;
    chrome.fill(FIELD, "Please, @be").await;
    chrome
        .until("document.querySelector('.quick-replies [data-mention][aria-selected]')")
        .await;
    chrome.press(ENTER).await;
    chrome
        .until("document.querySelector('[data-composer] textarea').value == 'Please, @Ben Okri '")
        .await;
    chrome.until("!document.querySelector('.quick-replies')").await;
    chrome.press(ENTER).await;
    chrome
        .until("document.querySelector('.message[data-from=me] .text')?.innerText.includes('@Ben Okri')")
        .await;
    let text = format!("Please, @{BEN}");
    site.world.arrived(BEN, &text).await;
    let inbox = site.world.phones().inbox(BEN, 0).unwrap();
    let got = inbox
        .iter()
        .find(|message| message.text.as_deref() == Some(&text))
        .unwrap();
    assert_eq!(got.mentions.len(), 1);
    chrome.is_quiet().await;
    drop(chrome);
    site.end().await;
}
