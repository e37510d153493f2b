//! Chats: live in both directions, counted, found, and complete after an absence.

use serde_json::json;
use wa_network::phone::TypingState;
use wamanager::sessions::State;

use super::{ANA, BEN, SHOP, Site, bubble, is_unbroken, tick};
use crate::support::chrome::{DESK, DOWN, ENTER, ESCAPE};

#[tokio::test]
async fn a_chat_is_live_both_ways_with_typing_and_ticks() {
    let (site, _) = Site::linked().await;
    let chat = site.write(ANA, "Good morning! Is my cake ready?").await;
    let test = "a_chat_is_live_both_ways_with_typing_and_ticks";
    let Some(chrome) = site.browse(test, DESK, &format!("/chats/{chat}")).await else {
        return site.end().await;
    };
    chrome.until(&bubble("them", "Good morning! Is my cake ready?")).await;
    // Opening a chat marks it as read, and the phone is notified.
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
        5,
        "three messages, their day and what asks for older ones"
    );
    assert_eq!(chrome.value("document.querySelector('textarea').value").await, "");
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn unread_messages_are_counted_live_and_search_finds_names_and_words() {
    let (site, _) = Site::linked().await;
    site.write(ANA, "Do you have rye bread?").await;
    let test = "unread_messages_are_counted_live_and_search_finds_names_and_words";
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
async fn a_reader_who_was_away_gets_missed_messages_once() {
    let (mut site, _) = Site::linked().await;
    let chat = site.write(ANA, "one").await;
    let test = "a_reader_who_was_away_gets_missed_messages_once";
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
async fn a_text_that_cannot_be_sent_stays_in_the_field_with_the_reason() {
    let (site, session) = Site::linked().await;
    let chat = site.write(ANA, "Hello?").await;
    let test = "a_text_that_cannot_be_sent_stays_in_the_field_with_the_reason";
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
    assert!(reason.as_str().unwrap().contains("unlinked"), "{reason}");
    assert_eq!(chrome.value("window.mark").await, "still here");
    drop(chrome);
    site.end().await;
}

/// Holds back the responses to sent messages until `window.letGo()`.
const HOLD_REPLIES: &str = "
    const real = window.fetch, held = new Promise((go) => { window.letGo = go; });
    window.fetch = async (...call) => {
        const reply = await real(...call);
        if (String(call[0]).endsWith('/messages')) await held;
        return reply;
    };
    document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
        if (ctx.sourceElement.matches('[data-composer]')) window.replied = true;
    });";

#[tokio::test]
async fn a_late_response_does_not_revert_the_ticks() {
    let (site, _) = Site::linked().await;
    let chat = site.write(ANA, "Hello").await;
    let test = "a_late_response_does_not_revert_the_ticks";
    let Some(chrome) = site.browse(test, DESK, &format!("/chats/{chat}")).await else {
        return site.end().await;
    };
    chrome.until(&bubble("them", "Hello")).await;
    chrome.run(HOLD_REPLIES, json!([])).await;
    chrome.fill("textarea", "Good morning").await;
    chrome.press(ENTER).await;
    chrome.until(&tick("Good morning", "delivered")).await;
    chrome.run("window.letGo()", json!([])).await;
    chrome.until("window.replied").await;
    assert_eq!(chrome.value(&tick("Good morning", "delivered")).await, true);
    assert_eq!(chrome.value("document.querySelectorAll('.message').length").await, 2);
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn older_chats_load_on_scrolling_and_stay_when_the_list_changes() {
    let (site, _) = Site::linked().await;
    for number in 0..55 {
        let number = format!("3519222000{number:02}");
        site.world.phone(&number, &format!("Guest {number}"));
        site.world.write(&number, SHOP, "Hello").await;
    }
    for count in 1..=60 {
        site.world.write(ANA, SHOP, &format!("message {count}")).await;
    }
    let chat = site.write(ANA, "the newest").await;
    let test = "older_chats_load_on_scrolling_and_stay_when_the_list_changes";
    let Some(chrome) = site.browse(test, DESK, &format!("/chats/{chat}")).await else {
        return site.end().await;
    };
    chrome.until(&bubble("them", "the newest")).await;
    chrome
        .run("document.querySelector('[data-messages]').scrollTop = 0", json!([]))
        .await;
    chrome.until(&bubble("them", "message 1")).await;
    let texts = chrome
        .value("[...document.querySelectorAll('.messages .text')].map((p) => p.textContent)")
        .await;
    let expected: Vec<String> = (1..=60)
        .map(|count| format!("message {count}"))
        .chain(["the newest".into()])
        .collect();
    assert_eq!(texts, json!(expected));

    let rows = "document.querySelectorAll('#chat-list > .row-box').length";
    assert_eq!(chrome.value(rows).await, 50);
    chrome
        .run("document.querySelector('#chat-list').scrollTop = 1e6", json!([]))
        .await;
    chrome.until(&format!("{rows} == 56")).await;
    site.write(BEN, "One more").await;
    chrome
        .until("document.querySelector('[data-row] .name').textContent == 'Ben Okri'")
        .await;
    assert_eq!(chrome.value(rows).await, 57);
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}

#[tokio::test]
async fn results_are_walked_by_keys_and_escape_brings_the_list_back() {
    let (site, _) = Site::linked().await;
    site.write(ANA, "我想订购两个生日蛋糕，谢谢").await;
    site.write(BEN, "One baguette, please").await;
    let test = "results_are_walked_by_keys_and_escape_brings_the_list_back";
    let Some(chrome) = site.browse(test, DESK, "/chats").await else {
        return site.end().await;
    };
    chrome
        .until("document.querySelectorAll('[data-row]').length == 2")
        .await;
    chrome.fill("[data-search]", "蛋糕").await;
    chrome
        .until("[...document.querySelectorAll('#chat-list mark')].map((m) => m.innerText).join() == '蛋糕'")
        .await;
    chrome.press(DOWN).await;
    chrome.until("document.activeElement.matches('[data-row]')").await;
    chrome.press(ENTER).await;
    chrome
        .until("[...(CSS.highlights.get('found') || [])].map((r) => r.toString()).join() == '蛋糕'")
        .await;
    // What narrows the search stays while more is typed.
    chrome.click(".facets details:nth-of-type(2) summary").await;
    chrome.click(".facets details:nth-of-type(2) a[href*='from=us']").await;
    chrome.until("document.querySelector('#chat-list .empty')").await;
    assert_eq!(
        chrome.value("document.querySelector('#narrow input').value").await,
        json!("us")
    );
    chrome.fill("[data-search]", "baguette").await;
    chrome.until("location.search.includes('baguette')").await;
    chrome.until("document.querySelector('#chat-list .empty')").await;
    chrome.click(".facets details:nth-of-type(2) summary").await;
    chrome.click(".facets details:nth-of-type(2) .sheet a").await;
    chrome
        .until("[...document.querySelectorAll('#chat-list mark')].map((m) => m.innerText).join() == 'baguette'")
        .await;
    chrome
        .run("document.querySelector('#chat-list [data-row]').focus()", json!([]))
        .await;
    chrome.press(ESCAPE).await;
    chrome
        .until("document.querySelectorAll('[data-row]').length == 2 && document.querySelector('[data-search]').value == ''")
        .await;
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}
