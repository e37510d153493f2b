//! What was just sent comes back into the composer; and menus on the rows of the list.

use serde_json::json;

use super::{ANA, BEN, SHOP, Site, bubble, is_unbroken};
use crate::support::chrome::{DESK, ENTER, PHONE};

const FIELD: &str = "[data-composer] textarea";

#[tokio::test]
async fn a_message_is_taken_back_and_written_on() {
    let (site, _) = Site::linked().await;
    let chat = site.write(ANA, "Is my cake ready?").await;
    let test = "a_message_is_taken_back_and_written_on";
    let Some(chrome) = site.browse(test, DESK, &format!("/chats/{chat}")).await else {
        return site.end().await;
    };
    chrome.until("document.querySelector('[data-composer] textarea')").await;
    chrome.fill(FIELD, "No, tomorow").await;
    chrome.press(ENTER).await;
    chrome.until(&bubble("me", "No, tomorow")).await;
    chrome.fill(FIELD, "And").await;
    chrome.click("[data-undo]").await;
    let field = "document.querySelector('[data-composer] textarea')";
    chrome.until(&format!("{field}.value == 'No, tomorow\\nAnd'")).await;
    chrome.until(&format!("document.activeElement == {field}")).await;
    chrome.until("!document.querySelector('.message[data-from=me]')").await;

    chrome.fill(FIELD, "No, tomorrow").await;
    chrome.press(ENTER).await;
    chrome.until(&bubble("me", "No, tomorrow")).await;
    // The keys that undo, in the field that is empty again.
    let undo = "document.querySelector('[data-composer] textarea').dispatchEvent(
        new KeyboardEvent('keydown', { key: 'z', ctrlKey: true, bubbles: true, cancelable: true }))";
    chrome.run(undo, json!([])).await;
    chrome.until(&format!("{field}.value == 'No, tomorrow'")).await;
    chrome.fill(FIELD, "No, on Friday").await;
    chrome.press(ENTER).await;
    site.world.arrived(ANA, "No, on Friday").await;
    chrome.until("!document.querySelector('[data-undo]')").await;
    is_unbroken(&chrome).await;
    let thread = site.world.phones().conversation(ANA, SHOP).unwrap();
    let texts: Vec<_> = thread.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["Is my cake ready?", "No, on Friday"]);
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn rows_of_the_list_have_menus_by_key_and_by_finger() {
    let (site, _) = Site::linked().await;
    let ben = site.write(BEN, "One baguette, please").await;
    let ana = site.write(ANA, "Is my cake ready?").await;
    for (look, name) in [(DESK, "desk"), (PHONE, "phone")] {
        let test = format!("rows_of_the_list_have_menus_by_key_and_by_finger_{name}");
        let Some(chrome) = site.browse(&test, look, "/chats").await else {
            return site.end().await;
        };
        let row = format!("document.querySelector('#row-{ben}')");
        chrome.until(&row).await;
        if name == "desk" {
            chrome.run(&format!("{row}.focus()"), json!([])).await;
            chrome.press("m").await;
        } else {
            chrome.click(&format!("#row-{ben} + .row-menu summary")).await;
        }
        let menu = format!("{row}.nextElementSibling.querySelector('[data-sheet]')");
        chrome.until(&menu).await;
        let act = if name == "desk" { "pin" } else { "unpin" };
        chrome.click(&format!("#row-{ben} + .row-menu [value={act}]")).await;
        let first = if name == "desk" { &ben } else { &ana };
        chrome
            .until(&format!("document.querySelector('[data-row]').id == 'row-{first}'"))
            .await;
        is_unbroken(&chrome).await;
        // The reader stays at the row while the list moves.
        if name == "desk" {
            chrome.until(&format!("document.activeElement == {row}")).await;
            site.write(ANA, "Hello?").await;
            chrome
                .until(&format!(
                    "document.querySelector('#row-{ana}').innerText.includes('Hello?')"
                ))
                .await;
            assert_eq!(chrome.value("document.activeElement.id").await, format!("row-{ben}"));
        }
    }
    site.end().await;
}
