//! `wamanager demo` for a newcomer: one line when it is ready, a number to link, people who answer.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::demo::{BUSINESS, Demo, default_program, until};
use crate::support::{Browser, within};

fn a_newcomer_links_a_number_and_talks(program: &str) {
    let (temp, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let demo = Demo::start(program, temp.path(), Some(dir.path()));
    let page = ureq::get(&format!("{}/login", demo.text("/url"))).call().unwrap();
    assert_eq!(page.status(), 200);
    assert!(demo.text("/admin/email").contains('@') && demo.text("/admin/password").len() >= 12);
    assert!(demo.text("/network/ws").starts_with("ws://127.0.0.1:"));

    demo.link(dir.path());
    let customer = demo.customer();
    let sent = demo.answer(
        &["send", &customer, "Your bread is ready", "--json", "--wait", "60"],
        dir.path(),
    );
    assert!(
        ["sent", "delivered", "read"].contains(&sent["status"].as_str().unwrap()),
        "{sent}"
    );
    let arrived = demo.arrived(&customer, "Your bread is ready");
    assert_eq!(arrived["copies"], 1);
    let (email, password) = (
        demo.text("/admin/email").to_owned(),
        demo.text("/admin/password").to_owned(),
    );
    demo.stop();

    let again = Demo::start(program, temp.path(), Some(dir.path()));
    assert_eq!(
        (again.text("/admin/email"), again.text("/admin/password")),
        (email.as_str(), password.as_str())
    );
    until("the linked number connected again", || {
        let sessions = again.answer(&["session", "list", "--json"], dir.path());
        (sessions[0]["state"] == "connected").then_some(())
    });
    again.stop();
}

#[test]
fn in_the_demo_a_newcomer_links_a_number_and_chats_and_everything_survives_a_restart() {
    a_newcomer_links_a_number_and_talks(env!("CARGO_BIN_EXE_wamanager"));
}

/// The default build verifies WhatsApp's certificates at every pairing on the wire, so its demo pairs in process.
#[test]
fn the_demo_of_the_default_build_links_and_talks_too() {
    if let Some(program) = default_program("the demo of the default build") {
        a_newcomer_links_a_number_and_talks(&program);
    }
}

#[test]
fn a_demo_without_a_data_directory_leaves_nothing_behind() {
    let temp = tempfile::tempdir().unwrap();
    let demo = Demo::start(env!("CARGO_BIN_EXE_wamanager"), temp.path(), None);
    assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 1);
    demo.stop();
    assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 0);
}

/// Logs in as the demo's owner.
async fn owner_of(demo: &Demo) -> Browser {
    let browser = Browser::new(demo.text("/url"));
    browser
        .log_in(demo.text("/admin/email"), demo.text("/admin/password"))
        .await;
    browser
}

/// Reloads a page until `found` returns something.
async fn page_until<T>(browser: &Browser, path: &str, what: &str, found: impl Fn(&str) -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = found(&browser.get(path).await.expect(200).body) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    within(what, looking).await
}

/// The text between the first `before` and the next double quote.
fn quoted(page: &str, before: &str) -> Option<String> {
    let rest = page.split_once(before)?.1;
    Some(rest.split_once('"')?.0.to_owned())
}

/// Links a number as a newcomer does: only with the pages and their scan button.
async fn link_by_pages(browser: &Browser) {
    let made = browser.post("/sessions", &[("name", "Shop")]).await.expect(303);
    let link = made.header("location").split('?').next().unwrap().to_owned();
    browser.post(&link, &[]).await.expect(303);
    page_until(browser, &link, "a QR code is on the page", |page| {
        quoted(page, "data-code=\"")
    })
    .await;
    let session = link.strip_prefix("/sessions/").unwrap().strip_suffix("/link").unwrap();
    browser.post(&format!("/demo/scan/{session}"), &[]).await.expect(303);
    connected(browser).await;
}

async fn connected(browser: &Browser) {
    page_until(browser, "/sessions", "the number is connected", |page| {
        page.contains(">Connected<").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_default_build_links_and_chats_by_its_pages_and_everything_survives_a_restart() {
    let Some(program) = default_program("the pages of the default build's demo") else {
        return;
    };
    let (temp, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let demo = Demo::start(&program, temp.path(), Some(dir.path()));
    let browser = owner_of(&demo).await;
    link_by_pages(&browser).await;

    let zed = "5511999990077";
    demo.tell("/phones", &json!({"number": zed, "name": "Zed", "auto_reply": false}));
    let asked = json!({"to": BUSINESS, "text": "Rye <b>today</b>?"});
    demo.tell(&format!("/phones/{zed}/send"), &asked);
    let chat = page_until(&browser, "/chats", "the question is in the inbox", |page| {
        let row = page
            .split("class=\"chat-row\"")
            .find(|row| row.contains("Rye &#60;b&#62;today"))?;
        quoted(row, "href=\"")
    })
    .await;
    browser
        .post(&format!("{chat}/messages"), &[("text", "Until six & fresh")])
        .await
        .expect(303);
    assert_eq!(demo.arrived(zed, "Until six & fresh")["copies"], 1);
    demo.stop();

    let again = Demo::start(&program, temp.path(), Some(dir.path()));
    let browser = owner_of(&again).await;
    connected(&browser).await;
    let thread = browser.get(&chat).await.expect(200).body;
    assert!(thread.contains("Rye &lt;b&gt;today") && thread.contains("Until six &amp; fresh"));
    assert_eq!(again.arrived(zed, "Until six & fresh")["copies"], 1);
    again.stop();
}

/// A network with other keys is not WhatsApp: the chain in the key store does not fit, so the client requests a new one
/// and must find that WhatsApp did not sign it. The test build is the control: it accepts the chain, logs in, and is
/// refused as unknown.
#[test]
fn the_default_build_connects_to_no_server_without_whatsapps_certificate() {
    let Some(program) = default_program("the certificate check of the default build") else {
        return;
    };
    let (temp, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let demo = Demo::start(&program, temp.path(), Some(dir.path()));
    demo.link(dir.path());
    demo.stop();
    give_the_network_other_keys(dir.path());

    let (strict, log) = Demo::start_and_listen(&program, temp.path(), dir.path());
    let refusal = "Server certificate verification failed";
    until("the server is refused", || {
        log.try_iter().any(|line| line.contains(refusal)).then_some(())
    });
    let sessions = strict.answer(&["session", "list", "--json"], dir.path());
    let state = sessions[0]["state"].as_str().unwrap();
    assert!(["connecting", "reconnecting"].contains(&state), "{sessions}");
    strict.stop();

    let trusting = Demo::start(env!("CARGO_BIN_EXE_wamanager"), temp.path(), Some(dir.path()));
    until("the test build has talked to the stranger", || {
        let sessions = trusting.answer(&["session", "list", "--json"], dir.path());
        (sessions[0]["state"] == "logged_out").then_some(())
    });
    trusting.stop();
}

fn give_the_network_other_keys(dir: &Path) {
    let file = dir.join("demo.json");
    let mut demo: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    demo["seed"] = json!(demo["seed"].as_u64().unwrap() ^ 1);
    std::fs::write(&file, demo.to_string()).unwrap();
    std::fs::remove_file(dir.join("network.json")).unwrap();
}
