//! Unusable pages: an invisible reply, a name that displaces the buttons, a time over the text.

use std::net::TcpListener;

use serde_json::{Value, json};
use wamanager::accounts::NewWorkspace;
use wamanager::app::{self, App};
use wamanager::audit::Admin;
use wamanager::site::routes::Demo;

use super::{ANA, BEN, EMAIL, SHOP, Site, bubble, tick};
use crate::support::chrome::{Chrome, DESK, ENTER, Look, PHONE};
use crate::support::{PASSWORD, World};

/// Elements outside the window, by tag and text. Rows that scroll by themselves are allowed.
const OUTSIDE: &str = "
    const wide = innerWidth, out = [];
    for (const e of document.querySelectorAll('main *, nav *, header *, dialog[open] *, #toasts *')) {
        if (!e.checkVisibility({ visibilityProperty: true }) || e.closest('.chips, .subnav, pre, .code-block, .sr, svg, .avatar')) continue;
        const box = e.getBoundingClientRect();
        let { left, right } = box;
        for (let up = e.parentElement; up !== document.body; up = up.parentElement) {
            if (!['hidden', 'clip'].includes(getComputedStyle(up).overflowX)) continue;
            const frame = up.getBoundingClientRect();
            left = Math.max(left, frame.left);
            right = Math.min(right, frame.right);
        }
        if (right - left < 2 || box.height < 2 || (right <= wide + 1 && left >= -1)) continue;
        out.push(`${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 30)} ${Math.round(left)} to ${Math.round(right)}`);
    }
    for (const e of [document.documentElement, document.querySelector('main')]) {
        if (e.scrollWidth > e.clientWidth + 1) out.push(`${e.tagName} is ${e.scrollWidth} wide`);
    }
    return out.slice(0, 6)";

const SEND: &str = "
    const box = document.querySelector('.composer .send').getBoundingClientRect();
    return [box.left, box.right, box.top, box.bottom]";

/// The longest name that a form accepts, without a break.
fn long(max: usize) -> String {
    "Wolfeschlegelsteinhausenbergerdorff"
        .chars()
        .cycle()
        .take(max)
        .collect()
}

#[tokio::test]
async fn a_long_name_pushes_nothing_out_of_the_window() {
    let (site, session) = Site::linked().await;
    let world = &site.world;
    let phone = "351922222201";
    world.phone(phone, &long(100));
    world.write(phone, SHOP, "Hello").await;
    let contact = world.stored("Hello").await.0.public_id;
    let group = world.phones().create_group(phone, &long(100), &[SHOP.into()]).unwrap();
    world.write(phone, &group.jid, "All together").await;
    let group = world.stored("All together").await.0.public_id;
    world
        .app
        .sessions
        .rename(world.scope, &session, &long(60))
        .await
        .unwrap();
    let lengthen = {
        let name = long(100);
        move |tx: &rusqlite::Transaction<'_>| {
            tx.execute("UPDATE users SET name = ?1", [&name])?;
            tx.execute("UPDATE workspaces SET name = ?1", [&name])?;
            Ok::<_, wamanager::db::DbError>(())
        }
    };
    world.app.db.write(lengthen).await.unwrap();
    let other = NewWorkspace {
        name: "Other".into(),
        time_zone: "UTC".into(),
        country: "PT".into(),
    };
    world
        .app
        .accounts
        .create_workspace(Admin::operator(), world.scope.user, other)
        .await
        .unwrap();
    let invited = wamanager::accounts::MemberRole::Agent;
    let email = format!("{}@example.com", long(60));
    world.app.team.invite(world.scope, &email, invited).await.unwrap();

    let test = "a_long_name_pushes_nothing_out_of_the_window";
    let Some(chrome) = site.browse(test, PHONE, &format!("/chats/{contact}")).await else {
        return site.end().await;
    };
    let mut wrong: Vec<String> = Vec::new();
    let tablet = Look {
        width: 768,
        height: 1024,
        ..DESK
    };
    let pages = [
        format!("/chats/{contact}"),
        format!("/chats/{group}"),
        "/chats".into(),
        "/sessions".into(),
        format!("/sessions/{session}/link"),
        "/settings".into(),
        "/settings/workspace".into(),
        "/settings/members".into(),
        "/settings/security".into(),
        "/settings/audit".into(),
        "/workspaces".into(),
        "/admin".into(),
        "/admin/users".into(),
        "/admin/workspaces".into(),
        "/admin/sessions".into(),
        "/admin/audit".into(),
        "/admin/mail".into(),
        "/admin/settings".into(),
    ];
    for look in [PHONE, tablet, DESK] {
        chrome.look(look).await;
        for page in &pages {
            chrome.go(&site.url(page)).await;
            chrome.until("document.querySelector('main')").await;
            if page.starts_with("/chats/") {
                let Value::Array(at) = chrome.run(SEND, json!([])).await else {
                    panic!()
                };
                let at: Vec<f64> = at.iter().map(|edge| edge.as_f64().unwrap()).collect();
                let inside =
                    at[0] >= 0.0 && at[1] <= f64::from(look.width) && at[2] >= 0.0 && at[3] <= f64::from(look.height);
                if !inside {
                    wrong.push(format!("{page} at {}: Send is at {at:?}", look.width));
                }
            }
            chrome.run("document.dispatchEvent(new CustomEvent('toast', { detail: { text: arguments[0], tone: 'good' } }))", json!([long(100)])).await;
            let open = "for (const menu of document.querySelectorAll('main details')) menu.open = true";
            chrome.run(open, json!([])).await;
            let Value::Array(out) = chrome.run(OUTSIDE, json!([])).await else {
                panic!()
            };
            wrong.extend(out.iter().map(|what| format!("{page} at {}: {what}", look.width)));
        }
    }
    // The dialogs of a number contain its name.
    chrome.look(PHONE).await;
    chrome.go(&site.url("/sessions")).await;
    for dialog in ["rename", "logout", "delete"] {
        let script = "for (const d of document.querySelectorAll('dialog')) d.close();
            document.getElementById(arguments[0])?.showModal()";
        chrome.run(script, json!([format!("{dialog}-{session}")])).await;
        let Value::Array(out) = chrome.run(OUTSIDE, json!([])).await else {
            panic!()
        };
        wrong.extend(out.iter().map(|what| format!("{dialog}: {what}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    drop(chrome);
    site.end().await;
}

/// Bubbles whose text overlaps their time.
const TOUCHING: &str = "
    return [...document.querySelectorAll('.message')].filter((message) => {
        const meta = message.querySelector('.meta').getBoundingClientRect();
        const range = document.createRange();
        const text = message.querySelector('.text, .caption');
        if (!text) return false;
        range.selectNodeContents(text);
        return [...range.getClientRects()].some((line) =>
            line.width > 1 && Math.min(line.right, meta.right) - Math.max(line.left, meta.left) > 1
            && Math.min(line.bottom, meta.bottom) - Math.max(line.top, meta.top) > 4);
    }).map((message) => message.querySelector('.text').textContent)";

#[tokio::test]
async fn no_text_overlaps_its_time_in_either_direction() {
    let (site, _) = Site::linked().await;
    let words = [
        "مرحبا",
        "كيف",
        "حالك",
        "اليوم",
        "هل",
        "الكعكة",
        "جاهزة",
        "للاستلام",
        "مساء",
        "شكرا",
    ];
    let hebrew = [
        "שלום",
        "מה",
        "שלומך",
        "היום",
        "האם",
        "העוגה",
        "מוכנה",
        "תודה",
        "רבה",
        "מאוד",
    ];
    let latin = [
        "Good",
        "morning,",
        "is",
        "my",
        "cake",
        "ready",
        "for",
        "this",
        "afternoon?",
        "Thanks",
    ];
    let mut chat = None;
    for words in [words, hebrew, latin] {
        for count in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] {
            chat = Some(site.write(ANA, &words[..count].join(" ")).await);
        }
    }
    let chat = chat.unwrap();
    for text in [
        "جاهزة الساعة الخامسة مساء اليوم إن شاء الله",
        "כן, בחמש אחר הצהריים",
        "Yes, at five.",
    ] {
        site.world
            .app
            .outbox
            .send_text(site.world.scope, &chat, text)
            .await
            .unwrap();
    }
    site.world.arrived(ANA, "Yes, at five.").await;
    let test = "no_text_overlaps_its_time_in_either_direction";
    let Some(chrome) = site.browse(test, PHONE, &format!("/chats/{chat}")).await else {
        return site.end().await;
    };
    chrome.until(&tick("Yes, at five.", "delivered")).await;
    let mut touching = Vec::new();
    for look in [PHONE, Look { width: 768, ..DESK }, DESK] {
        chrome.look(look).await;
        for dir in ["ltr", "rtl"] {
            chrome
                .run("document.documentElement.dir = arguments[0]", json!([dir]))
                .await;
            let Value::Array(found) = chrome.run(TOUCHING, json!([])).await else {
                panic!()
            };
            touching.extend(found.iter().map(|text| format!("{} {dir}: {text}", look.width)));
        }
    }
    assert_eq!(chrome.value("document.querySelectorAll('.message').length").await, 33);
    assert!(touching.is_empty(), "{touching:#?}");
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn a_set_up_link_opened_by_plain_http_says_why_it_does_not_work_and_stays() {
    let world = World::new().await;
    // A separate program, without the owner that `World` has, and behind a proxy that does not run yet.
    let dir = tempfile::tempdir().unwrap();
    let mut config = world.config.clone();
    config.data_dir = dir.path().to_owned();
    config.public_url = Some("https://wa.shop.example/".parse().unwrap());
    let app = App::open(&config, app::Network::of(&config)).await.unwrap();
    let token = app.accounts.offer_setup().await.unwrap().expect("nobody is there yet");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let pages = app.serve_pages(&config, listener, Demo::Off, |_| {}).unwrap();
    let test = "a_set_up_link_opened_by_plain_http_says_why_it_does_not_work_and_stays";
    if let Some(chrome) = Chrome::open(test, DESK).await {
        chrome.go(&format!("http://shop.test:{port}/setup/{token}")).await;
        chrome
            .until("document.querySelector('[data-needs-https]')?.checkVisibility()")
            .await;
        assert!(
            chrome
                .text("[data-needs-https]")
                .await
                .contains("https://wa.shop.example")
        );
        fill_set_up(&chrome).await;
        chrome.until("document.querySelector('.fault h1')").await;
        let said = chrome.text("main").await;
        assert!(
            said.contains("http") && said.contains("https://wa.shop.example"),
            "{said}"
        );
        let link = chrome.value("document.querySelector('main a').href").await;
        assert_eq!(link, format!("https://wa.shop.example/setup/{token}"));
        app.accounts.check_setup(&token).await.expect("the link is not used up");

        // On the machine itself the same link works at once: browsers store the cookie there.
        chrome.go(&format!("http://localhost:{port}/setup/{token}")).await;
        assert_eq!(
            chrome
                .value("document.querySelector('[data-needs-https]').checkVisibility()")
                .await,
            false
        );
        fill_set_up(&chrome).await;
        chrome.until("location.pathname == '/sessions'").await;

        chrome.go(&format!("http://shop.test:{port}/login")).await;
        chrome
            .until("document.querySelector('[data-needs-https]')?.checkVisibility()")
            .await;
        super::log_in(&chrome).await;
        chrome.until("document.querySelector('.fault h1')").await;
        assert!(chrome.text("main").await.contains("https://wa.shop.example"));
    }
    pages.stop().await;
    app.stop().await;
    world.end().await;
}

async fn fill_set_up(chrome: &Chrome) {
    chrome.fill("[name=name]", "Ines Duarte").await;
    chrome.fill("[name=email]", EMAIL).await;
    chrome.fill("[name=password]", PASSWORD).await;
    chrome.fill("[name=workspace]", "Flor & Co.").await;
    chrome
        .run("document.querySelector('[name=country]').value = 'PT'", json!([]))
        .await;
    chrome.press(ENTER).await;
}

/// A reader who follows an outdated link keeps the navigation.
#[tokio::test]
async fn a_missing_page_keeps_the_navigation() {
    let (site, _) = Site::linked().await;
    site.write(BEN, "Hello").await;
    let Some(chrome) = site
        .browse("a_missing_page_keeps_the_navigation", DESK, "/sessions")
        .await
    else {
        return site.end().await;
    };
    let leave = "const a = document.createElement('a'); a.href = '/no-such-page'; a.textContent = 'x';
        document.querySelector('main').append(a); htmx.process(document.querySelector('main')); a.click()";
    chrome.run(leave, json!([])).await;
    chrome.until("document.querySelector('.fault h1')").await;
    chrome
        .until("document.querySelector('nav.nav .entry')?.checkVisibility()")
        .await;
    // It is live like every page.
    site.write(ANA, "Still there?").await;
    chrome
        .until("document.querySelector('#nav-unread').innerText == '2'")
        .await;
    chrome.click("nav.nav a[href='/chats']").await;
    chrome.until(&format!("!{}", bubble("them", "never"))).await;
    chrome.until("location.pathname == '/chats'").await;
    drop(chrome);
    site.end().await;
}
