//! Set-up, log-in, and numbers: linked, paused, renamed, lost and deleted.

use std::net::TcpListener;

use serde_json::json;
use wamanager::accounts::PlatformRole;
use wamanager::app::{self, App};
use wamanager::audit::Admin;
use wamanager::site::routes::Demo;

use super::{EMAIL, SHOP, Site, is_unbroken, log_in};
use crate::support::chrome::{Chrome, DESK, ENTER};
use crate::support::{PASSWORD, World};

#[tokio::test]
async fn a_newcomer_sets_the_program_up_and_comes_back() {
    let world = World::new().await;
    // A separate program, without the owner that `World` has.
    let dir = tempfile::tempdir().unwrap();
    let mut config = world.config.clone();
    config.data_dir = dir.path().to_owned();
    let app = App::open(&config, app::Network::of(&config)).await.unwrap();
    let token = app.accounts.offer_setup().await.unwrap().expect("nobody is there yet");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let pages = app.serve_pages(&config, listener, Demo::Off, |_| {}).unwrap();

    let test = "a_newcomer_sets_the_program_up_and_comes_back";
    if let Some(chrome) = Chrome::open(test, DESK).await {
        chrome.go(&format!("{base}/setup/{token}")).await;
        chrome.fill("[name=name]", "Ines Duarte").await;
        chrome.fill("[name=email]", EMAIL).await;
        chrome.fill("[name=password]", "short").await;
        chrome.fill("[name=workspace]", "Flor & Co.").await;
        chrome
            .run("document.querySelector('form').noValidate = true", json!([]))
            .await;
        chrome.click("form button[type=submit]").await;
        chrome.until("document.querySelector('#password-error')").await;
        assert_eq!(
            chrome.value("document.querySelector('[name=name]').value").await,
            "Ines Duarte"
        );
        chrome.fill("[name=password]", PASSWORD).await;
        chrome
            .run("document.querySelector('[name=country]').value = 'PT'", json!([]))
            .await;
        chrome.click("form button[type=submit]").await;
        chrome.until("location.pathname == '/sessions'").await;
        assert!(chrome.text("main").await.contains("Link your first number"));
        let user = app.accounts.find_user(Admin::operator(), EMAIL).await.unwrap();
        assert_eq!(user.platform_role, PlatformRole::Admin);

        chrome.go(&format!("{base}/settings")).await;
        chrome.click(".nav .person summary").await;
        chrome.click("form[action='/logout'] button").await;
        chrome.until("location.pathname == '/login'").await;
        log_in(&chrome).await;
        chrome.until("location.pathname == '/sessions'").await;
    }
    pages.stop().await;
    app.stop().await;
    world.end().await;
}

#[tokio::test]
async fn a_number_is_linked_by_the_code_on_the_page_and_nothing_reloads() {
    let site = Site::open().await;
    site.world.phone(SHOP, "Flor Bakery");
    let test = "a_number_is_linked_by_the_code_on_the_page_and_nothing_reloads";
    let Some(chrome) = site.browse(test, DESK, "/sessions").await else {
        return site.end().await;
    };
    chrome.click("a[href='/sessions/new']").await;
    chrome.fill("[name=name]", "Shop").await;
    chrome.press(ENTER).await;
    let code = chrome.until("document.querySelector('.qr')?.dataset.code").await;
    chrome
        .until("/^[0-9]+ s$/.test(document.querySelector('.ring output').textContent)")
        .await;
    site.world.phones().scan(SHOP, code.as_str().unwrap()).await.unwrap();
    chrome
        .until("document.querySelector('.qr h2')?.textContent == 'Linked'")
        .await;
    chrome
        .until(
            "document.title.startsWith('Shop is linked') && document.querySelector('h1').innerText == 'Shop is linked'",
        )
        .await;
    assert_eq!(
        chrome.value("document.querySelector('.steps, [role=tab]')").await,
        json!(null)
    );
    chrome.click(".qr a[href='/chats']").await;
    chrome
        .until("location.pathname == '/chats' && document.querySelector('#inbox')")
        .await;
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn a_number_is_linked_by_typing_a_code_on_the_phone() {
    let site = Site::open().await;
    site.world.phone(SHOP, "Flor Bakery");
    let session = site.world.unlinked().await;
    let test = "a_number_is_linked_by_typing_a_code_on_the_phone";
    let path = format!("/sessions/{session}/link?way=code");
    let Some(chrome) = site.browse(test, DESK, &path).await else {
        return site.end().await;
    };
    chrome.fill("#phone", "12").await;
    chrome.press(ENTER).await;
    chrome.until("document.querySelector('#phone-error')").await;
    assert_eq!(chrome.value("document.activeElement.id").await, "phone");
    chrome.fill("#phone", "+351 910 000 100").await;
    chrome.press(ENTER).await;
    let code = chrome
        .until("document.querySelector('.pair-code')?.getAttribute('aria-label')")
        .await;
    site.world
        .phones()
        .pairing_code(SHOP, code.as_str().unwrap())
        .await
        .unwrap();
    chrome
        .until("document.querySelector('.qr h2')?.textContent == 'Linked'")
        .await;
    assert_eq!(chrome.value("window.mark").await, "still here");
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn changes_of_a_number_show_at_once_and_deleting_asks_for_its_name() {
    let (site, session) = Site::linked().await;
    let test = "changes_of_a_number_show_at_once_and_deleting_asks_for_its_name";
    let Some(chrome) = site.browse(test, DESK, "/sessions").await else {
        return site.end().await;
    };
    let state = |word: &str| format!("document.querySelector('.session .state')?.innerText.includes({word:?})");
    chrome.until(&state("Connected")).await;
    chrome.click(".session summary").await;
    chrome.click("form[action$=pause] button").await;
    chrome.until(&state("Paused")).await;
    chrome.click("form[action$=resume] button").await;
    chrome.until(&state("Connected")).await;

    chrome.click(".session summary").await;
    chrome.click("[data-dialog^=rename]").await;
    chrome.fill("dialog[open] [name=name]", "Front desk").await;
    chrome.press(ENTER).await;
    chrome
        .until("document.querySelector('.session h2').innerText == 'Front desk'")
        .await;

    // From outside: the phone removes the link, and the page is updated.
    let device = site.world.phones().info(SHOP).unwrap().linked_devices[0].id;
    site.world.phones().unlink(SHOP, device).await.unwrap();
    chrome.until(&state("Unlinked")).await;
    chrome
        .until("document.querySelector('#nav-failing').innerText == '1'")
        .await;
    assert_eq!(chrome.text("#sessions-line").await, "1 number needs attention.");

    chrome.click(".session summary").await;
    chrome.click("[data-dialog^=delete]").await;
    chrome.fill("dialog[open] [name=confirm]", "Back door").await;
    chrome.press(ENTER).await;
    assert_eq!(
        chrome
            .value("document.querySelector('dialog[open] form.body').checkValidity()")
            .await,
        false
    );
    chrome.fill("dialog[open] [name=confirm]", "Front desk").await;
    chrome.press(ENTER).await;
    chrome.until("document.querySelector('#session-cards .empty')").await;
    chrome
        .until("document.querySelector('#toasts').innerText.includes('Front desk was deleted')")
        .await;
    assert!(site.world.app.sessions.get(site.world.scope, &session).await.is_err());
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}
