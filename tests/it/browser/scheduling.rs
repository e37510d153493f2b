//! Messages for later: from the composer to the list, and out.

use super::{ANA, Site, bubble, is_unbroken};
use crate::support::chrome::DESK;

#[tokio::test]
async fn a_message_is_scheduled_changed_and_sent_before_its_time() {
    let (site, _) = Site::linked().await;
    let chat = site.write(ANA, "Can I come tomorrow?").await;
    let test = "a_message_is_scheduled_changed_and_sent_before_its_time";
    let Some(chrome) = site.browse(test, DESK, &format!("/chats/{chat}")).await else {
        return site.end().await;
    };
    chrome.until("document.querySelector('.schedule-menu')").await;
    chrome.fill("[data-composer] textarea", "We are open").await;
    chrome.click(".schedule-menu summary").await;
    chrome.click(".schedule-menu button.item:nth-of-type(2)").await;
    chrome
        .until("document.querySelector('.scheduled .later .text')?.textContent == 'We are open'")
        .await;
    chrome
        .until("document.querySelector('[data-composer] textarea').value == ''")
        .await;
    is_unbroken(&chrome).await;

    chrome.click(".scheduled .later a").await;
    chrome.until("location.pathname == '/scheduled'").await;
    chrome.fill(".scheduled-row textarea", "We are open from nine").await;
    chrome.click(".scheduled-row form button").await;
    chrome
        .until("document.querySelector('.scheduled-row textarea')?.defaultValue == 'We are open from nine'")
        .await;
    chrome.click(".scheduled-row form[action$='/send'] button").await;
    chrome.until("document.querySelector('.empty')").await;
    site.world.arrived(ANA, "We are open from nine").await;
    chrome.go(&site.url(&format!("/chats/{chat}"))).await;
    chrome.until(&bubble("me", "We are open from nine")).await;
    assert_eq!(
        chrome.value("document.querySelector('.later')").await,
        serde_json::Value::Null
    );
    drop(chrome);
    site.end().await;
}
