//! The demo: a simulated phone scans, and is played in a second window.

use super::{ANA, SHOP, Site, bubble, is_unbroken, tick};
use crate::support::chrome::{DESK, ENTER};

#[tokio::test]
async fn the_demo_is_played_in_two_windows() {
    let site = Site::demo().await;
    let test = "the_demo_is_played_in_two_windows";
    let Some(inbox) = site.browse(test, DESK, "/sessions/new").await else {
        return site.end().await;
    };
    inbox.fill("[name=name]", "Shop").await;
    inbox.press(ENTER).await;
    inbox.click("form[action^='/demo/scan/'] button").await;
    inbox
        .until("document.querySelector('.qr h2')?.textContent == 'Linked'")
        .await;
    inbox.click("a[href='/chats'].button").await;

    let path = format!("/demo/phone?number={ANA}&peer={SHOP}");
    let Some(phone) = site.browse(test, DESK, &path).await else {
        return site.end().await;
    };
    phone.fill("#phone textarea", "Do you bake on Mondays?").await;
    phone.press(ENTER).await;
    phone.until(&bubble("me", "Do you bake on Mondays?")).await;
    inbox
        .until("document.querySelector('[data-row] .preview')?.innerText == 'Do you bake on Mondays?'")
        .await;
    inbox.click("[data-row]").await;
    phone.until(&tick("Do you bake on Mondays?", "read")).await;

    inbox.fill("textarea", "Every day but Sunday.").await;
    phone
        .until("document.querySelector('#phone header p').innerText == 'typing…'")
        .await;
    inbox.press(ENTER).await;
    phone.until(&bubble("them", "Every day but Sunday.")).await;
    inbox.until(&tick("Every day but Sunday.", "read")).await;

    phone.fill("#phone textarea", "Wonderful").await;
    inbox
        .until("document.querySelector('.under-name').innerText == 'typing…'")
        .await;
    is_unbroken(&inbox).await;
    is_unbroken(&phone).await;
    drop((inbox, phone));
    site.end().await;
}
