//! The API reference: finding an operation, sending it, and its line for a shell.

use serde_json::{Value, json};
use wamanager::access::{CreatedKey, KeyScope, NewKey};

use super::{EMAIL, Site, reach};
use crate::support::PASSWORD;
use crate::support::chrome::{Chrome, DESK, ENTER, Look, PHONE};

async fn key(site: &Site) -> CreatedKey {
    let new = NewKey {
        name: "Till".into(),
        scopes: vec![KeyScope::AccountRead],
        ..NewKey::default()
    };
    site.world.app.access.create_key(site.world.scope, new).await.unwrap()
}

/// Waits for a response and returns what the page shows of it.
async fn answer(chrome: &Chrome) -> String {
    chrome
        .until("/^[0-9]/.test(document.querySelector('[data-result] [data-status]')?.textContent)")
        .await;
    chrome.text("[data-result]").await
}

/// Presses Send and returns what the page shows.
async fn send(chrome: &Chrome) -> String {
    let clear = "document.querySelector('[data-result] [data-status]').textContent = ''";
    chrome.run(clear, json!([])).await;
    chrome.click("[data-send]").await;
    answer(chrome).await
}

/// Opens an operation from the list at the side.
async fn choose(chrome: &Chrome, operation: &str) {
    chrome
        .click(&format!(".operations a[href='/docs/api/{operation}']"))
        .await;
    chrome
        .until(&format!(
            "location.pathname == '/docs/api/{operation}' && document.querySelector('[data-operation]') \
             && document.querySelector('.operations [aria-current]')?.pathname == location.pathname"
        ))
        .await;
}

#[tokio::test]
async fn a_search_leads_to_an_operation() {
    let site = Site::open().await;
    let Some(chrome) = site.browse("a_search_leads_to_an_operation", DESK, "/docs/api").await else {
        return site.end().await;
    };
    chrome.press("/").await;
    chrome.until("document.activeElement.matches('[data-search]')").await;
    chrome.press("turn two STEP off").await;
    chrome
        .until("document.querySelector('[data-found]').textContent == '1 operation'")
        .await;
    let shown = "[...document.querySelectorAll('.operations a')].filter((a) => a.checkVisibility()).length";
    assert_eq!(chrome.value(shown).await, 1);
    chrome.press(ENTER).await;
    chrome
        .until("document.querySelector('h1').textContent == 'Turn off two-step verification'")
        .await;
    assert_eq!(chrome.value("location.pathname").await, "/docs/api/disableSecondFactor");
    chrome
        .until("document.title.startsWith('Turn off two-step verification')")
        .await;
    chrome.fill("[data-search]", "nothing like this").await;
    chrome
        .until("document.querySelector('[data-found]').textContent == 'No operations match.'")
        .await;
    super::is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn requests_are_sent_with_the_readers_login_or_a_key_and_responses_are_shown() {
    let site = Site::open().await;
    let key = key(&site).await.text;
    let test = "requests_are_sent_with_the_readers_login_or_a_key_and_responses_are_shown";
    let Some(chrome) = site.browse(test, DESK, "/docs/api/showMe").await else {
        return site.end().await;
    };
    for _ in 0..2 {
        let shown = send(&chrome).await;
        assert!(shown.starts_with("200") && shown.contains(EMAIL), "{shown}");
        assert!(shown.contains("ratelimit-remaining"), "{shown}");
    }
    // A key is not a person.
    chrome.fill("#bearer", &key).await;
    choose(&chrome, "listLogins").await;
    let shown = send(&chrome).await;
    assert!(shown.starts_with("403") && shown.contains("person-only"), "{shown}");
    let means = chrome.value("document.querySelector('[data-means]').pathname").await;
    assert_eq!(means, "/docs/errors/person-only");
    choose(&chrome, "showMe").await;
    assert!(send(&chrome).await.starts_with("200"));

    choose(&chrome, "logIn").await;
    let typed = json!({ "email": EMAIL, "password": PASSWORD }).to_string();
    chrome
        .run("document.querySelector('#body').value = arguments[0]", json!([typed]))
        .await;
    for _ in 0..2 {
        let shown = send(&chrome).await;
        assert!(shown.starts_with("200") && shown.contains("access_token"), "{shown}");
        assert_eq!(chrome.value("document.querySelector('#body').value").await, typed);
    }
    // Nothing was reloaded, so the key is still there, even after going back.
    assert_eq!(chrome.value("window.mark").await, "still here");
    chrome.run("history.back()", json!([])).await;
    chrome
        .until("document.querySelector('h1').textContent == 'Get the current user'")
        .await;
    assert_eq!(chrome.value("document.querySelector('#bearer').value").await, key);
    assert!(send(&chrome).await.starts_with("200"));
    assert_eq!(chrome.value("localStorage.length + sessionStorage.length").await, 0);
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn a_file_is_uploaded_and_downloaded_from_the_page() {
    let site = Site::open().await;
    let test = "a_file_is_uploaded_and_downloaded_from_the_page";
    let Some(chrome) = site.browse(test, DESK, "/docs/api/uploadFile").await else {
        return site.end().await;
    };
    let session = site.world.unlinked().await;
    let pick = "const picked = new DataTransfer(); \
                picked.items.add(new File([arguments[0]], 'fox.txt')); \
                const field = document.querySelector('#upload'); field.files = picked.files; \
                field.dispatchEvent(new Event('input', { bubbles: true }))";
    chrome.run(pick, json!(["The quick brown fox"])).await;
    chrome.fill("[data-name=session]", session.as_str()).await;
    let line = chrome.value("document.querySelector('[data-curl]').value").await;
    assert!(line.as_str().unwrap().ends_with("-F 'file=@fox.txt'"), "{line}");
    let shown = send(&chrome).await;
    assert!(shown.starts_with("201") && shown.contains("text/plain"), "{shown}");
    let found = chrome
        .value("document.querySelector('[data-body]').textContent.match(/file_[0-9a-z]+/)[0]")
        .await;
    choose(&chrome, "downloadFile").await;
    chrome.fill("[data-name=session]", session.as_str()).await;
    chrome.fill("[data-name=file]", found.as_str().unwrap()).await;
    let shown = send(&chrome).await;
    assert!(shown.starts_with("200") && shown.contains("19 B"), "{shown}");
    super::is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn an_operation_that_deletes_asks_for_confirmation() {
    let site = Site::open().await;
    let id = key(&site).await.key.public_id;
    let Some(chrome) = site
        .browse(
            "an_operation_that_deletes_asks_for_confirmation",
            DESK,
            "/docs/api/revokeKey",
        )
        .await
    else {
        return site.end().await;
    };
    let revoked = async || {
        let key = site.world.app.access.key(site.world.scope, id.clone()).await.unwrap();
        key.revoked_at.is_some()
    };
    chrome.fill("[data-name=key]", id.as_str()).await;
    chrome.click("[data-send]").await;
    chrome.until("document.querySelector('[data-ask]').open").await;
    let asked = chrome.text("[data-ask-line]").await;
    assert_eq!(asked, format!("DELETE /v1/api-keys/{id}"));
    chrome.click("[data-ask] [value=cancel]").await;
    chrome.until("!document.querySelector('[data-ask]').open").await;
    assert_eq!(
        chrome.value("document.querySelector('[data-result]').hidden").await,
        true
    );
    assert!(!revoked().await);
    chrome.click("[data-send]").await;
    chrome.click("[data-ask] [value=send]").await;
    let shown = answer(&chrome).await;
    assert!(shown.starts_with("200") && shown.contains("revoked"), "{shown}");
    assert!(revoked().await);
    super::is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn the_line_for_a_shell_says_what_was_typed() {
    let site = Site::open().await;
    let test = "the_line_for_a_shell_says_what_was_typed";
    let Some(chrome) = site.browse(test, DESK, "/docs/api/listInvoices").await else {
        return site.end().await;
    };
    let base = site.url("");
    let line = "document.querySelector('[data-curl]').value";
    chrome.fill("[data-name=limit]", "2").await;
    chrome.fill("[data-name='X-Workspace']", "wsp_1").await;
    let wanted = format!(
        "curl '{base}/v1/invoices?limit=2' \\\n  -H \"Authorization: Bearer $TOKEN\" \\\n  -H 'X-Workspace: wsp_1'"
    );
    assert_eq!(chrome.value(line).await, wanted);

    chrome.go(&site.url("/docs/api/changeMember")).await;
    chrome.until("!document.querySelector('[data-send]').hidden").await;
    let own = chrome
        .value("document.querySelector('[data-name=workspace]').value")
        .await;
    let own = own.as_str().unwrap();
    assert!(own.starts_with("wsp_"));
    chrome.fill("[data-name=member]", "a b/c").await;
    chrome.fill("#body", "{\"role\": \"it's\"}").await;
    let wanted = format!(
        "curl -X PUT '{base}/v1/workspaces/{own}/members/a%20b%2Fc' \\\n  -H \"Authorization: Bearer $TOKEN\" \\\n  \
         -H 'Content-Type: application/json' \\\n  -d '{{\"role\": \"it'\\''s\"}}'"
    );
    assert_eq!(chrome.value(line).await, wanted);
    chrome.is_quiet().await;

    // Before anything is typed, it is the line that the server rendered.
    for operation in ["listPlans", "changeMember", "logIn", "revokeInvitation"] {
        chrome.go(&site.url(&format!("/docs/api/{operation}"))).await;
        chrome.until("document.querySelector('[data-operation]')").await;
        let written = chrome.value(line).await;
        let typed = "document.querySelector('[data-in]').dispatchEvent(new Event('input', { bubbles: true }))";
        chrome.run(typed, json!([])).await;
        assert_eq!(chrome.value(line).await, written, "{operation}");
    }
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn the_reference_has_no_serious_barrier_and_fits_a_phone() {
    let Some(axe) = reach::axe() else { return };
    let site = Site::open().await;
    let test = "the_reference_has_no_serious_barrier_and_fits_a_phone";
    let Some(chrome) = site.browse(test, DESK, "/docs/api").await else {
        return site.end().await;
    };
    let mut found: Vec<String> = Vec::new();
    for look in [DESK, Look { dark: true, ..DESK }, PHONE, Look { dark: true, ..PHONE }] {
        chrome.look(look).await;
        for page in ["/docs/api", "/docs/api/showSubscription", "/docs/api/changeMember"] {
            chrome.go(&site.url(page)).await;
            chrome.until("document.querySelector('main h1')").await;
            if page.ends_with("Subscription") {
                let open = "for (const one of document.querySelectorAll('details')) one.open = true";
                chrome.run(open, json!([])).await;
                chrome.click("[data-send]").await;
                answer(&chrome).await;
            }
            let Value::Number(wide) = chrome.value("document.documentElement.scrollWidth").await else {
                panic!()
            };
            let told = format!("{page} ({} wide, dark {})", look.width, look.dark);
            if wide.as_u64() != Some(look.width.into()) {
                found.push(format!("{told}: scrolls sideways to {wide}"));
            }
            found.extend(
                reach::barriers(&chrome, &axe)
                    .await
                    .iter()
                    .map(|barrier| format!("{told}: {barrier}")),
            );
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    // Shows either the list or the operation, and a way back.
    let shown = |css: &str| format!("document.querySelector('{css}').checkVisibility()");
    assert_eq!(chrome.value(&shown(".operations")).await, false);
    chrome.click(".back a").await;
    chrome.until(&shown(".operations")).await;
    choose(&chrome, "listPlans").await;
    assert_eq!(chrome.value(&shown(".operations")).await, false);
    chrome.is_quiet().await;
    drop(chrome);
    site.end().await;
}
