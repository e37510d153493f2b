//! Location: what the browser knows is not asked again.

use std::net::TcpListener;

use serde_json::json;
use wamanager::app::{self, App};

use super::Demo;
use crate::support::World;
use crate::support::chrome::{Chrome, DESK};

#[tokio::test]
async fn the_set_up_page_knows_the_zone_and_the_country_of_the_browser() {
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
    let test = "the_set_up_page_knows_the_zone_and_the_country_of_the_browser";
    if let Some(chrome) = Chrome::open(test, DESK).await {
        // An old name that browsers still use for a renamed zone.
        let zone = json!({ "timezoneId": "Asia/Calcutta" });
        chrome.devtools("Emulation.setTimezoneOverride", zone).await;
        chrome.go(&format!("{base}/setup/{token}")).await;
        chrome
            .until("document.querySelector('#zone')?.value == 'Asia/Kolkata'")
            .await;
        assert_eq!(chrome.value("document.querySelector('#country').value").await, "IN");
        // The hundreds of zones are rendered only when somebody opens their list.
        let zones = "document.querySelectorAll('#zone option').length";
        assert_eq!(chrome.value(zones).await, 1);
        chrome.run("document.querySelector('#zone').focus()", json!([])).await;
        chrome.until(&format!("{zones} > 400")).await;
        let names = "[...document.querySelectorAll('#zone option')].map((o) => o.value)";
        assert_eq!(
            chrome
                .value(&format!(
                    "[document.querySelector('#zone').value, {names}.includes('Europe/Lisbon'), {names}.includes('Asia/Calcutta')]"
                ))
                .await,
            json!(["Asia/Kolkata", true, false])
        );
        // The password can be shown before it is sent.
        let kind = "document.querySelector('[name=password]').type";
        chrome.fill("[name=password]", "correct horse battery").await;
        chrome.click("[data-reveal]").await;
        chrome.until(&format!("{kind} == 'text'")).await;
        chrome.click("[data-reveal]").await;
        chrome.until(&format!("{kind} == 'password'")).await;
        chrome.is_quiet().await;
    }
    pages.stop().await;
    app.stop().await;
    world.end().await;
}
