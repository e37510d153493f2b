//! The frame around every page: the navigation, the lists of the two areas, the tab's title, and the progress line of a
//! page that is loading.

use serde_json::{Value, json};
use wa_network::phone::Content;
use wamanager::accounts::{Installation, MemberRole, NewUser, NewWorkspace, Password, PlatformRole};
use wamanager::audit::Admin;

use super::{ANA, BEN, SHOP, Site, bubble, is_unbroken, log_in};
use crate::support::chrome::{Chrome, DESK, ESCAPE, Look, PHONE};
use crate::support::{Browser, PASSWORD};

const TABLET: Look = Look {
    width: 768,
    height: 1024,
    dark: false,
};

/// The positions of the area's list and of the title.
const PLACES: &str = "
    const box = (css) => {
        const { left, top, width } = document.querySelector(css).getBoundingClientRect();
        return [left, top, width].map(Math.round);
    };
    return [box('.subnav'), box('.area'), box('.area-body'), box('.page-head')]";

/// Clicks every entry of the list, and returns what moved meanwhile.
async fn walk_through(chrome: &Chrome, site: &Site, start: &str) -> (usize, Vec<String>) {
    chrome.go(&site.url(start)).await;
    chrome
        .until("document.querySelector('.subnav [aria-current=page]')")
        .await;
    chrome.run("window.mark = 'still here'", json!([])).await;
    let paths = "[...document.querySelectorAll('.subnav a')].map((a) => a.getAttribute('href'))";
    let Value::Array(paths) = chrome.value(paths).await else {
        panic!("no list")
    };
    let first = chrome.run(PLACES, json!([])).await;
    let mut moved = Vec::new();
    for path in paths.iter().map(|path| path.as_str().unwrap()) {
        chrome.click(&format!(".subnav a[href='{path}']")).await;
        let here = format!("document.querySelector('.subnav [aria-current=page]')?.getAttribute('href') == {path:?}");
        chrome.until(&format!("location.pathname == {path:?} && {here}")).await;
        let at = chrome.run(PLACES, json!([])).await;
        if at != first {
            moved.push(format!("{path}: {at} after {first}"));
        }
        let wide = chrome.value("document.documentElement.scrollWidth - innerWidth").await;
        if wide.as_i64().unwrap() > 0 {
            moved.push(format!("{path} scrolls sideways"));
        }
    }
    (paths.len(), moved)
}

#[tokio::test]
async fn the_layout_does_not_shift_between_pages_of_settings_or_admin() {
    let site = Site::open().await;
    let test = "the_layout_does_not_shift_between_pages_of_settings_or_admin";
    let Some(chrome) = site.browse(test, DESK, "/settings").await else {
        return site.end().await;
    };
    for look in [DESK, TABLET, PHONE] {
        chrome.look(look).await;
        for (start, pages) in [("/settings", 9), ("/admin", 10)] {
            let (seen, moved) = walk_through(&chrome, &site, start).await;
            assert_eq!(seen, pages, "{start}");
            assert!(moved.is_empty(), "{} wide: {moved:#?}", look.width);
        }
    }
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}

/// The name of an entry of the navigation, both visible and for screen readers.
const NAMED: &str = "
    const entry = [...document.querySelectorAll('.nav .entry')].find((e) => e.getAttribute('href') == '/settings');
    return entry.checkVisibility() && entry.innerText.trim()";

#[tokio::test]
async fn settings_workspace_switch_and_log_out_are_reachable_at_every_width() {
    let site = Site::open().await;
    let app = &site.world.app;
    let second = NewWorkspace {
        name: "Second Shop".into(),
        time_zone: "UTC".into(),
        country: "PT".into(),
    };
    app.accounts
        .create_workspace(Admin::operator(), site.world.scope.user, second)
        .await
        .unwrap();
    let test = "settings_workspace_switch_and_log_out_are_reachable_at_every_width";
    let Some(chrome) = site.browse(test, DESK, "/sessions").await else {
        return site.end().await;
    };
    for look in [DESK, TABLET, PHONE] {
        chrome.look(look).await;
        assert_eq!(chrome.run(NAMED, json!([])).await, "Settings", "{} wide", look.width);
        let before = chrome.text(".nav .switcher bdi").await;
        chrome.click(".nav .switcher summary").await;
        let other = "[...document.querySelectorAll('.switcher button')].find((b) => !b.matches('[aria-current]'))";
        let inside = format!(
            "(() => {{ const b = {other}.getBoundingClientRect();
                return b.height && b.left >= 0 && b.right <= innerWidth && b.top >= 0 && b.bottom <= innerHeight }})()"
        );
        chrome.until(&inside).await;
        // Escape closes the menu and returns the focus.
        chrome.press(ESCAPE).await;
        chrome
            .until("!document.querySelector('.switcher').open && document.activeElement.matches('.switcher summary')")
            .await;
        chrome.click(".nav .switcher summary").await;
        chrome.run(&format!("{other}.click()"), json!([])).await;
        chrome
            .until(&format!(
                "document.readyState == 'complete' && document.querySelector('.nav .switcher summary bdi')?.textContent != {before:?}"
            ))
            .await;
        chrome.click(".nav .person summary").await;
        chrome.click(".nav .person form button").await;
        chrome.until("location.pathname == '/login'").await;
        log_in(&chrome).await;
        chrome
            .until("location.pathname != '/login' && document.querySelector('.nav')")
            .await;
    }
    chrome.is_quiet().await;
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn the_tab_says_how_many_chats_wait_wherever_the_reader_is() {
    let (site, _) = Site::linked().await;
    let test = "the_tab_says_how_many_chats_wait_wherever_the_reader_is";
    let Some(chrome) = site.browse(test, DESK, "/settings").await else {
        return site.end().await;
    };
    assert!(!chrome.value("document.title").await.as_str().unwrap().starts_with('('));
    let chat = site.write(ANA, "Good morning").await;
    chrome.until("document.title.startsWith('(1) Profile')").await;
    site.write(BEN, "Hello").await;
    chrome.until("document.title.startsWith('(2) Profile')").await;
    chrome.click("a.entry[href='/sessions']").await;
    chrome.until("document.title.startsWith('(2) Numbers')").await;
    // Without scripts the page itself shows the count.
    let browser = Browser::new(&site.url(""));
    browser.log_in(super::EMAIL, PASSWORD).await;
    assert!(browser.get("/sessions").await.body.contains("<title>(2) Numbers"));
    // A chat that is read anywhere is no longer counted anywhere.
    for read in [&chat, &site.world.stored("Hello").await.0.public_id] {
        site.world.app.chats.mark_read(site.world.scope, read).await.unwrap();
    }
    chrome.until("document.title.startsWith('Numbers')").await;
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}

/// Holds back page responses until `window.letGo()`.
const HOLD_PAGES: &str = "
    const real = window.fetch, held = new Promise((go) => { window.letGo = go; });
    window.fetch = async (...call) => { await held; return real(...call); };";

#[tokio::test]
async fn a_slow_page_shows_its_progress() {
    let site = Site::open().await;
    let test = "a_slow_page_shows_its_progress";
    let Some(chrome) = site.browse(test, DESK, "/sessions").await else {
        return site.end().await;
    };
    let line = "parseFloat(getComputedStyle(document.body, '::before').inlineSize)";
    let moves = "getComputedStyle(document.body, '::before').animationDuration != '1e-05s'";
    assert_eq!(chrome.value(&format!("{line} > 0")).await, false);
    chrome.run(HOLD_PAGES, json!([])).await;
    chrome.click("a.entry[href='/settings']").await;
    chrome.until(&format!("{line} > 20 && {moves}")).await;
    // With reduced motion it does not move.
    let still = json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] });
    chrome.devtools("Emulation.setEmulatedMedia", still).await;
    chrome.until(&format!("{line} > 0 && !({moves})")).await;
    chrome.run("window.letGo()", json!([])).await;
    chrome.until("location.pathname == '/settings'").await;
    chrome.until(&format!("!({line} > 0)")).await;
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn a_refused_page_keeps_the_navigation_of_a_logged_in_visitor() {
    let site = Site::open().await;
    let app = &site.world.app;
    let agent = NewUser {
        name: "Rui".into(),
        email: "rui@example.com".into(),
        password: Password::new(PASSWORD),
        platform_role: PlatformRole::User,
    };
    let agent = app.accounts.create_user(Admin::operator(), agent).await.unwrap();
    let (workspace, user) = (site.world.scope.workspace, agent.id);
    let join = move |tx: &rusqlite::Transaction<'_>| {
        let sql = "INSERT INTO members (workspace_id, user_id, role, created_at) VALUES (?1, ?2, 'agent', 1)";
        tx.execute(sql, rusqlite::params![workspace, user])?;
        Ok::<_, wamanager::db::DbError>(())
    };
    app.db.write(join).await.unwrap();
    let browser = Browser::new(&site.url(""));
    browser.log_in("rui@example.com", PASSWORD).await;
    let stranger = Browser::new(&site.url(""));
    let rail = |body: &str| body.contains("<nav class=\"nav\"");
    for (path, status) in [
        ("/no-such-page", 404),
        ("/chats/chat_00000000000000000000000000", 404),
        ("/admin", 403),
        ("/settings/keys/new", 403),
        ("/setup/used-long-ago", 410),
    ] {
        let reply = browser.get(path).await.expect(status);
        assert!(rail(&reply.body) && reply.body.contains("class=\"fault\""), "{path}");
    }
    // A request that fails before a handler: the method is wrong.
    let put = browser
        .send("PUT", "/settings/profile", &[("accept", "text/html")], "")
        .await;
    assert!(put.status == 405 && rail(&put.body), "{}", put.body);
    // An internal error keeps the frame too, and names the request for the operator.
    let owner = Browser::new(&site.url(""));
    owner.log_in(super::EMAIL, PASSWORD).await;
    let gone =
        |tx: &rusqlite::Transaction<'_>| Ok::<_, wamanager::db::DbError>(tx.execute_batch("DROP TABLE api_keys")?);
    app.db.write(gone).await.unwrap();
    let failed = owner.get("/settings/keys").await.expect(500).body;
    assert!(
        rail(&failed) && failed.contains("class=\"fault\"") && failed.contains("<code"),
        "{failed}"
    );
    assert!(!failed.contains("api_keys"), "{failed}");
    // A visitor sees the site's name, and nothing of its content.
    let reply = stranger.get("/no-such-page").await.expect(404);
    assert!(!rail(&reply.body) && reply.body.contains("class=\"logo\""));
    let used = stranger.get("/setup/used-long-ago").await.expect(410).body;
    assert!(used.contains("href=\"/login\"") && !used.contains("Restart"), "{used}");
    site.end().await;
}

#[tokio::test]
async fn the_result_of_a_plain_form_is_shown_once_on_the_next_page() {
    let site = Site::open().await;
    let app = &site.world.app;
    let invited = app
        .team
        .invite(site.world.scope, "bo@example.com", MemberRole::Agent)
        .await;
    invited.unwrap();
    let owner = Browser::new(&site.url(""));
    owner.log_in(super::EMAIL, PASSWORD).await;
    let page = owner.get("/settings/members").await.expect(200);
    let asks = page.body.split("action=\"").filter_map(|part| part.split('"').next());
    let copy = asks
        .into_iter()
        .find(|path| path.ends_with("/link"))
        .expect("a link to copy");
    let made = owner.post(copy, &[]).await.expect(200).body;
    let link = made.split("value=\"http").nth(1).unwrap().split('"').next().unwrap();
    let path = &link[link.find("/invitations/").unwrap()..];

    let Some(chrome) = Chrome::open("the_result_of_a_plain_form_is_shown_once_on_the_next_page", DESK).await else {
        return site.end().await;
    };
    chrome.go(&site.url(path)).await;
    chrome.fill("[name=name]", "Bo").await;
    chrome.fill("[name=password]", PASSWORD).await;
    chrome.click("form.form button[type=submit]").await;
    chrome.until("document.querySelector('.nav')").await;
    let said = chrome.until("document.querySelector('.toast')?.innerText").await;
    assert!(said.as_str().unwrap().contains("Welcome to Flor"), "{said}");
    chrome.go(&site.url("/sessions")).await;
    chrome.until("document.querySelector('.nav')").await;
    assert_eq!(chrome.value("document.querySelector('.toast')").await, Value::Null);
    chrome.is_quiet().await;
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn escape_clears_the_search_and_keeps_the_focus() {
    let (site, _) = Site::linked().await;
    site.write(ANA, &format!("{} and one baguette", "A loaf of bread ".repeat(20)))
        .await;
    site.write(BEN, "Hello").await;
    let test = "escape_clears_the_search_and_keeps_the_focus";
    let Some(chrome) = site.browse(test, DESK, "/chats").await else {
        return site.end().await;
    };
    let marked = "[...document.querySelectorAll('#chat-list mark')].map((mark) => mark.innerText).join()";
    chrome.fill("[data-search]", "bague").await;
    chrome
        .until("document.querySelectorAll('[data-row]').length == 1")
        .await;
    chrome.until(&format!("{marked} == 'baguette'")).await;
    // The match is visible, although it is at the end of a long message.
    let seen = "(() => {
        const word = document.querySelector('#chat-list mark').getBoundingClientRect();
        const row = document.querySelector('[data-row]').getBoundingClientRect();
        return word.width > 0 && word.right <= row.right })()";
    assert_eq!(chrome.value(seen).await, true);
    chrome.click("[data-row]").await;
    chrome.until("document.querySelector('[data-found]')").await;
    let in_the_chat = "[...(CSS.highlights.get('found') || [])].map((r) => r.toString()).join() == 'baguette'";
    chrome.until(in_the_chat).await;

    chrome
        .run("document.querySelector('[data-search]').focus()", json!([]))
        .await;
    chrome.press(ESCAPE).await;
    chrome
        .until("document.querySelectorAll('[data-row]').length == 2")
        .await;
    let state = "[document.querySelector('[data-search]').value, document.activeElement.matches('[data-search]'), CSS.highlights.get('found').size]";
    assert_eq!(chrome.value(state).await, json!(["", true, 0]));
    assert!(!chrome.value("location.href").await.as_str().unwrap().contains("bague"));
    // A second Escape leaves the field.
    chrome.press(ESCAPE).await;
    chrome.until("!document.activeElement.matches('[data-search]')").await;
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn a_guest_can_read_and_sees_how_to_write() {
    let (site, _) = Site::linked().await;
    let chat = site.write(ANA, "Are you open on Sunday?").await;
    let app = &site.world.app;
    let tour = Installation {
        registration_open: true,
        guest_tour: true,
        guest_workspace: Some(site.world.scope.workspace),
        free_workspaces: 2,
    };
    app.accounts.set_installation(Admin::operator(), tour).await.unwrap();
    let Some(chrome) = Chrome::open("a_guest_can_read_and_sees_how_to_write", DESK).await else {
        return site.end().await;
    };
    chrome.go(&site.url("/login")).await;
    chrome.click("form[action='/guest'] button").await;
    chrome.until("location.pathname == '/chats'").await;
    chrome.go(&site.url(&format!("/chats/{chat}"))).await;
    chrome.until(&bubble("them", "Are you open on Sunday?")).await;
    assert_eq!(chrome.value("document.querySelector('textarea')").await, Value::Null);
    assert!(chrome.text(".composer-off").await.contains("Log in"));
    for page in ["/settings", "/settings/members"] {
        let guest = Browser::new(&site.url(""));
        guest.get("/login").await;
        guest.post("/guest", &[]).await.expect(303);
        let body = guest.get(page).await.expect(200).body;
        assert!(body.contains("Guest") && !body.contains("guest.invalid"), "{page}");
    }
    chrome.click(".composer-off a").await;
    chrome.until("document.querySelector('[name=password]')").await;
    log_in(&chrome).await;
    chrome
        .until(&format!(
            "location.pathname == '/chats/{chat}' && document.querySelector('textarea')"
        ))
        .await;
    chrome.is_quiet().await;
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn a_long_message_is_truncated_until_it_is_expanded() {
    let (site, _) = Site::linked().await;
    let long = site
        .world
        .write(ANA, SHOP, "A very long order. ".repeat(2000).trim())
        .await;
    let chat = site.write(ANA, "That was all").await;
    let test = "a_long_message_is_truncated_until_it_is_expanded";
    let Some(chrome) = site.browse(test, PHONE, &format!("/chats/{chat}")).await else {
        return site.end().await;
    };
    chrome.until(&bubble("them", "That was all")).await;
    let height = "document.querySelector('[data-long]').getBoundingClientRect().height";
    let cut = chrome.value(height).await.as_f64().unwrap();
    assert!(cut < 600.0, "{cut}");
    chrome
        .run(
            "document.querySelector('[data-more]').scrollIntoView({ block: 'center' })",
            json!([]),
        )
        .await;
    chrome.click("[data-more]").await;
    chrome.until(&format!("{height} > 4000")).await;
    assert_eq!(
        chrome
            .value("!!document.querySelector('[data-more]')?.checkVisibility()")
            .await,
        false
    );
    // A reaction does not interrupt a reader.
    let reaction = Content::Reaction {
        message_id: long,
        emoji: "👍".into(),
    };
    site.world.phones().send(ANA, SHOP, reaction).await.unwrap();
    chrome.until("document.querySelector('.reactions')").await;
    assert_eq!(chrome.value(&format!("{height} > 4000")).await, true);
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}
