//! The pages in a real browser, over the whole program and the simulated network.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use serde_json::{Value, json};
use wa_network::phone::TypingState;
use wamanager::accounts::PlatformRole;
use wamanager::app::{self, App, Pages};
use wamanager::ids::PublicId;
use wamanager::sessions::State;
use wamanager::web::routes::Demo;

use crate::support::chrome::{Chrome, DESK, ENTER, ESCAPE, Look, PHONE};
use crate::support::{Browser, PASSWORD, World, skip, within};

const EMAIL: &str = "ines@example.com";
const SHOP: &str = "351910000100";
const ANA: &str = "351911111101";
const BEN: &str = "351911111102";

/// The program with its pages.
struct Site {
    world: World,
    pages: Option<Pages>,
    address: SocketAddr,
}

impl Site {
    async fn open() -> Self {
        let world = World::new().await;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut site = Self {
            world,
            pages: None,
            address,
        };
        site.serve(listener);
        site
    }

    /// With a linked number, and two people who can write to it.
    async fn linked() -> (Self, PublicId) {
        let site = Self::open().await;
        let session = site.world.link(SHOP).await;
        site.world.phone(ANA, "Ana Nunes");
        site.world.phone(BEN, "Ben Okri");
        (site, session)
    }

    fn serve(&mut self, listener: TcpListener) {
        let World { app, config, .. } = &self.world;
        self.pages = Some(app.serve_pages(config, listener, Demo::Off, |_| {}).unwrap());
    }

    /// The pages go away, and the numbers stay connected.
    async fn stop_pages(&mut self) {
        self.pages.take().unwrap().stop().await;
    }

    fn serve_again(&mut self) {
        self.serve(TcpListener::bind(self.address).unwrap());
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn write(&self, from: &str, text: &str) -> PublicId {
        self.world.write(from, SHOP, text).await;
        self.world.stored(text).await.0.public_id
    }

    /// A browser that is logged in and shows the page. Its window is marked: a reload would lose the mark.
    async fn browse(&self, test: &str, look: Look, path: &str) -> Option<Chrome> {
        let chrome = Chrome::open(test, look).await?;
        let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
        chrome.go(&self.url(&format!("/login?next={next}"))).await;
        log_in(&chrome).await;
        chrome
            .until(&format!("location.pathname + location.search == {path:?}"))
            .await;
        chrome.run("window.mark = 'still here'", json!([])).await;
        Some(chrome)
    }

    async fn end(mut self) {
        self.stop_pages().await;
        self.world.end().await;
    }
}

async fn log_in(chrome: &Chrome) {
    chrome.fill("[name=email]", EMAIL).await;
    chrome.fill("[name=password]", PASSWORD).await;
    chrome.press(ENTER).await;
}

/// The page was never loaded again, and nothing went wrong on it.
async fn is_unbroken(chrome: &Chrome) {
    assert_eq!(chrome.value("window.mark").await, "still here");
    chrome.is_quiet().await;
}

/// Text of a bubble, by whose it is.
fn bubble(from: &str, text: &str) -> String {
    format!("[...document.querySelectorAll('.message[data-from={from}] .text')].some((p) => p.textContent == {text:?})")
}

fn tick(text: &str, status: &str) -> String {
    format!(
        "[...document.querySelectorAll('.message[data-from=me]')].find((m) => m.querySelector('.text').textContent \
         == {text:?})?.querySelector('.tick').dataset.status == {status:?}"
    )
}

#[tokio::test]
async fn a_newcomer_sets_the_program_up_and_comes_back() {
    let world = World::new().await;
    // A program of its own, without the owner that `World` has.
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
        chrome.click("form button[type=submit]").await;
        chrome.until("location.pathname == '/sessions'").await;
        assert!(chrome.text("main").await.contains("Link your first number"));
        let user = app.accounts.find_user(EMAIL).await.unwrap();
        assert_eq!(user.platform_role, PlatformRole::Admin);

        chrome.go(&format!("{base}/settings")).await;
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
async fn what_is_done_to_a_number_shows_at_once_and_deleting_asks_for_its_name() {
    let (site, session) = Site::linked().await;
    let test = "what_is_done_to_a_number_shows_at_once_and_deleting_asks_for_its_name";
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

    // Not from here: the phone removes the link, and the page hears of it.
    let device = site.world.phones().info(SHOP).unwrap().linked_devices[0].id;
    site.world.phones().unlink(SHOP, device).await.unwrap();
    chrome.until(&state("Logged out")).await;
    chrome
        .until("document.querySelector('#nav-failing').innerText == '1'")
        .await;
    assert_eq!(chrome.text("#sessions-line").await, "One number needs you.");

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

#[tokio::test]
async fn a_chat_is_live_both_ways_with_typing_and_ticks() {
    let (site, _) = Site::linked().await;
    let chat = site.write(ANA, "Good morning! Is my cake ready?").await;
    let test = "a_chat_is_live_both_ways_with_typing_and_ticks";
    let Some(chrome) = site.browse(test, DESK, &format!("/chats/{chat}")).await else {
        return site.end().await;
    };
    chrome.until(&bubble("them", "Good morning! Is my cake ready?")).await;
    // Who opens a chat has read it, and the phone is told so.
    chrome
        .until("document.querySelector('#nav-unread').innerText == ''")
        .await;

    chrome.fill("textarea", "Yes, at five.").await;
    chrome.press(ENTER).await;
    chrome.until(&tick("Yes, at five.", "delivered")).await;
    site.world.arrived(ANA, "Yes, at five.").await;
    site.world.phones().mark_read(ANA, SHOP).await.unwrap();
    chrome.until(&tick("Yes, at five.", "read")).await;

    site.world
        .phones()
        .typing(ANA, SHOP, TypingState::Composing)
        .await
        .unwrap();
    chrome
        .until("document.querySelector('.under-name').innerText == 'typing…'")
        .await;
    site.write(ANA, "Wonderful, thank you").await;
    chrome.until(&bubble("them", "Wonderful, thank you")).await;
    chrome
        .until("document.querySelector('.under-name').innerText.includes('+351 911 111 101')")
        .await;

    let ids = "[...document.querySelectorAll('.messages [id]')].map((e) => e.id)";
    assert_eq!(
        chrome
            .value(&format!("{ids}.length == new Set({ids}).size && {ids}.length"))
            .await,
        4
    );
    assert_eq!(chrome.value("document.querySelector('textarea').value").await, "");
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn what_is_unread_is_counted_live_and_search_finds_names_and_words() {
    let (site, _) = Site::linked().await;
    site.write(ANA, "Do you have rye bread?").await;
    let test = "what_is_unread_is_counted_live_and_search_finds_names_and_words";
    let Some(chrome) = site.browse(test, DESK, "/chats").await else {
        return site.end().await;
    };
    chrome
        .until("document.querySelector('#nav-unread').innerText == '1'")
        .await;
    site.write(BEN, "One baguette, please").await;
    chrome
        .until("document.querySelector('#nav-unread').innerText == '2'")
        .await;
    chrome
        .until("document.querySelector('#chip-unread').innerText == '2'")
        .await;
    // The newest is on top.
    chrome
        .until("document.querySelector('[data-row] .name')?.innerText == 'Ben Okri'")
        .await;

    chrome.fill("[data-search]", "nun").await;
    chrome
        .until("[...document.querySelectorAll('[data-row] .name')].map((n) => n.innerText).join() == 'Ana Nunes'")
        .await;
    assert_eq!(chrome.value("location.search").await, "?q=nun");
    chrome.fill("[data-search]", "bague").await;
    chrome.until("[...document.querySelectorAll('[data-row] .preview')].map((n) => n.innerText).join() == 'One baguette, please'").await;
    chrome.click("[data-row]").await;
    chrome
        .until("document.querySelector('[data-found] .text')?.innerText == 'One baguette, please'")
        .await;
    chrome.fill("[data-search]", "nothing like it").await;
    chrome.until("document.querySelector('#chat-list .empty')").await;
    chrome.click("#chat-list .empty a").await;
    chrome
        .until("document.querySelectorAll('[data-row]').length == 2")
        .await;
    chrome.click(".chips a[href*=unread]").await;
    chrome
        .until("[...document.querySelectorAll('[data-row] .name')].map((n) => n.innerText).join() == 'Ana Nunes'")
        .await;
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn on_a_phone_the_list_leads_to_the_chat_and_back() {
    let (site, _) = Site::linked().await;
    site.write(ANA, "Are you open on Sunday?").await;
    let test = "on_a_phone_the_list_leads_to_the_chat_and_back";
    let Some(chrome) = site.browse(test, PHONE, "/chats").await else {
        return site.end().await;
    };
    let shown = |css: &str| format!("document.querySelector({css:?})?.checkVisibility()");
    let hidden = |css: &str| format!("!document.querySelector({css:?})?.checkVisibility()");
    chrome.until(&shown("[data-row]")).await;
    assert_eq!(chrome.value(&shown(".thread-pane")).await, false);
    chrome.click("[data-row]").await;
    chrome.until(&shown(".thread textarea")).await;
    chrome.until(&hidden("[data-row]")).await;
    chrome.fill("textarea", "Until noon.").await;
    chrome.press(ENTER).await;
    chrome.until(&tick("Until noon.", "delivered")).await;
    chrome.click(".thread .back").await;
    chrome.until(&shown("[data-row]")).await;
    chrome.until("location.pathname == '/chats'").await;
    for path in ["/chats", "/sessions", "/sessions/new", "/settings"] {
        chrome.go(&site.url(path)).await;
        let wide = chrome.value("document.documentElement.scrollWidth").await;
        assert_eq!(wide, PHONE.width, "{path} scrolls sideways");
    }
    chrome.is_quiet().await;
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn the_keyboard_is_enough() {
    let (site, _) = Site::linked().await;
    site.write(ANA, "First").await;
    site.write(BEN, "Second").await;
    let Some(chrome) = site.browse("the_keyboard_is_enough", DESK, "/sessions").await else {
        return site.end().await;
    };
    chrome.press("gi").await;
    chrome
        .until("location.pathname == '/chats' && document.querySelectorAll('[data-row]').length == 2")
        .await;
    chrome.press("jj").await;
    chrome
        .until("document.activeElement.innerText.includes('Ana Nunes')")
        .await;
    chrome.press("k").await;
    chrome
        .until("document.activeElement.innerText.includes('Ben Okri')")
        .await;
    chrome.press(ENTER).await;
    chrome
        .until("document.querySelector('.thread h2')?.innerText == 'Ben Okri'")
        .await;
    chrome.until("document.activeElement.matches('textarea')").await;
    chrome.press(ESCAPE).await;
    chrome
        .until("document.activeElement.matches('[data-row][aria-current]')")
        .await;
    chrome.press("r").await;
    chrome.until("document.activeElement.matches('textarea')").await;
    chrome.press("Coming right up").await;
    chrome.press(ENTER).await;
    chrome.until(&tick("Coming right up", "delivered")).await;
    chrome.press(ESCAPE).await;
    chrome.press("?").await;
    chrome.until("document.querySelector('#keys').open").await;
    chrome.press(ESCAPE).await;
    chrome.until("!document.querySelector('#keys').open").await;
    chrome.press("/").await;
    chrome.until("document.activeElement.matches('[data-search]')").await;
    chrome.press(ESCAPE).await;
    chrome.press("gn").await;
    chrome.until("location.pathname == '/sessions'").await;
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn who_was_away_gets_what_came_meanwhile_once() {
    let (mut site, _) = Site::linked().await;
    let chat = site.write(ANA, "one").await;
    let test = "who_was_away_gets_what_came_meanwhile_once";
    let Some(chrome) = site.browse(test, DESK, &format!("/chats/{chat}")).await else {
        return site.end().await;
    };
    chrome.until(&bubble("them", "one")).await;
    site.write(ANA, "two").await;
    chrome.until(&bubble("them", "two")).await;
    site.stop_pages().await;
    chrome
        .until("document.querySelector('#live-status').dataset.state == 'lost'")
        .await;
    for text in ["three", "four"] {
        site.write(ANA, text).await;
    }
    site.serve_again();
    chrome.until(&bubble("them", "four")).await;
    site.write(ANA, "five").await;
    chrome.until(&bubble("them", "five")).await;
    let texts = chrome
        .value("[...document.querySelectorAll('.messages .text')].map((p) => p.textContent).join(' ')")
        .await;
    assert_eq!(texts, "one two three four five");
    chrome
        .until("document.querySelector('#live-status').dataset.state != 'lost'")
        .await;
    assert_eq!(chrome.value("window.mark").await, "still here");
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn what_cannot_be_sent_stays_in_the_field_with_the_reason() {
    let (site, session) = Site::linked().await;
    let chat = site.write(ANA, "Hello?").await;
    let test = "what_cannot_be_sent_stays_in_the_field_with_the_reason";
    let Some(chrome) = site.browse(test, DESK, &format!("/chats/{chat}")).await else {
        return site.end().await;
    };
    chrome.until(&bubble("them", "Hello?")).await;
    site.world.app.sessions.pause(site.world.scope, &session).await.unwrap();
    chrome
        .until("document.querySelector('.sending-note').checkVisibility()")
        .await;
    chrome.fill("textarea", "Waits for the connection").await;
    chrome.press(ENTER).await;
    chrome.until(&tick("Waits for the connection", "queued")).await;
    site.world
        .app
        .sessions
        .reconnect(site.world.scope, &session)
        .await
        .unwrap();
    chrome.until(&tick("Waits for the connection", "delivered")).await;
    chrome
        .until("!document.querySelector('.sending-note').checkVisibility()")
        .await;

    site.world
        .app
        .sessions
        .logout(site.world.scope, &session)
        .await
        .unwrap();
    site.world.session_is(&session, State::LoggedOut).await;
    chrome.fill("textarea", "Too late").await;
    chrome.press(ENTER).await;
    let reason = chrome.until("document.querySelector('.composer-off')?.innerText").await;
    assert!(reason.as_str().unwrap().contains("logged out"), "{reason}");
    assert_eq!(chrome.value("window.mark").await, "still here");
    drop(chrome);
    site.end().await;
}

/// What axe calls serious or worse on the open page.
async fn barriers(chrome: &Chrome, axe: &str) -> Vec<String> {
    chrome.run(axe, json!([])).await;
    let script = "const done = arguments[arguments.length - 1];
        axe.run(document, { resultTypes: ['violations'] }).then((r) => done(r.violations), (e) => done(String(e)))";
    let found = chrome
        .ask("/execute/async", json!({ "script": script, "args": [] }))
        .await;
    let Value::Array(found) = found else { panic!("{found}") };
    let serious = found
        .iter()
        .filter(|v| v["impact"] == "serious" || v["impact"] == "critical");
    serious
        .map(|v| format!("{} {}", v["id"], v["nodes"][0]["html"]))
        .collect()
}

#[tokio::test]
async fn no_page_has_a_serious_barrier_in_light_or_dark() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/node_modules/axe-core/axe.min.js");
    let Ok(axe) = std::fs::read_to_string(file) else {
        return skip("accessibility", "axe-core is not installed; run tests/tools/install.sh");
    };
    let (site, session) = Site::linked().await;
    let chat = site.write(ANA, "Can you read this?").await;
    site.world
        .app
        .outbox
        .send_text(site.world.scope, &chat, "Clearly.")
        .await
        .unwrap();
    site.world.arrived(ANA, "Clearly.").await;
    let unlinked = site.world.unlinked().await;
    site.world.shown_qr(&unlinked).await;
    let test = "no_page_has_a_serious_barrier_in_light_or_dark";
    let Some(chrome) = site.browse(test, DESK, "/chats").await else {
        return site.end().await;
    };
    let pages = [
        "/chats".to_owned(),
        format!("/chats/{chat}"),
        "/chats?q=nobody".to_owned(),
        "/sessions".to_owned(),
        "/sessions/new".to_owned(),
        format!("/sessions/{unlinked}/link"),
        format!("/sessions/{unlinked}/link?way=code"),
        format!("/sessions/{session}/link"),
        "/settings".to_owned(),
    ];
    let mut found = Vec::new();
    for look in [DESK, Look { dark: true, ..DESK }, PHONE] {
        chrome.look(look).await;
        for page in &pages {
            chrome.go(&site.url(page)).await;
            chrome.until("document.querySelector('main h1, main h2')").await;
            for barrier in barriers(&chrome, &axe).await {
                found.push(format!("{page} ({} wide, dark {}): {barrier}", look.width, look.dark));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    chrome.is_quiet().await;
    chrome.go(&site.url("/chats/chat_00000000000000000000000000")).await;
    assert_eq!(barriers(&chrome, &axe).await, [""; 0]);
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn without_javascript_the_forms_do_the_same() {
    let (site, session) = Site::linked().await;
    let chat = site.write(ANA, "Plain and simple").await;
    let browser = Browser::new(&site.url(""));
    browser.log_in(EMAIL, PASSWORD).await;
    let thread = browser.get(&format!("/chats/{chat}")).await.expect(200).body;
    assert!(thread.contains("Plain and simple") && thread.contains("<noscript>"));
    let read = format!("/chats/{chat}/read");
    assert_eq!(
        browser.post(&read, &[]).await.expect(303).header("location"),
        format!("/chats/{chat}")
    );
    assert_eq!(site.world.app.chats.unread_chats(site.world.scope).await.unwrap(), 0);

    let send = format!("/chats/{chat}/messages");
    let refused = browser.post(&send, &[("text", "  ")]).await.expect(422).body;
    assert!(refused.contains("<!doctype html>") && refused.contains("Write something first."));
    browser.post(&send, &[("text", "Just so")]).await.expect(303);
    within("the text arrives", site.world.arrived(ANA, "Just so")).await;

    let refused = browser.post("/sessions", &[("name", " ")]).await.expect(422).body;
    assert!(refused.contains("name-error"));
    let made = browser.post("/sessions", &[("name", "Second")]).await.expect(303);
    assert!(made.header("location").starts_with("/sessions/ses_"));
    browser.get(made.header("location")).await.expect(200);

    let wrong = browser
        .post(&format!("/sessions/{session}/delete"), &[("confirm", "other")])
        .await;
    assert!(wrong.expect(422).body.contains("This is not the name"));
    browser
        .post(&format!("/sessions/{session}/delete"), &[("confirm", "Shop")])
        .await
        .expect(303);
    assert_eq!(browser.get(&format!("/chats/{chat}")).await.status, 404);
    site.end().await;
}
