//! Pages with as much of everything as anybody can send: none is too heavy, and nothing is out of reach.

use std::collections::BTreeSet;
use std::time::Duration;

use wa_client::{Address, Card, Content, Inbound, InboundSink as _, LinkPreview, Media, MediaKind};
use wamanager::chats::{ChatFilter, Ingest, NewQuickReply};
use wamanager::crypto::Sealer;
use wamanager::ids::PublicId;
use wamanager::outbox::{Content as Outgoing, SendOptions};

use crate::support::{Person, TestApp};

/// Bytes of one page, unpacked.
const MOST: usize = 200_000;

/// What is behind a link, with as much of everything as there is room for.
fn large_preview() -> LinkPreview {
    LinkPreview {
        url: format!("https://example.com/{}", "x".repeat(1_900)),
        title: Some("t".repeat(60_000)),
        description: Some("d".repeat(60_000)),
        thumbnail: Some(vec![0xff; 30_000]),
    }
}

fn received(id: usize, content: Content, preview: Option<LinkPreview>) -> Inbound {
    let address = Address::Phone("5511900000001".to_owned());
    Inbound {
        id: format!("M{id}"),
        chat: address.clone(),
        sender: address,
        sender_alt: None,
        from_me: false,
        push_name: Some("A very long name ".repeat(100)),
        at_ms: 1_700_000_000_000 + id as i64 * 1_000,
        content,
        context: wa_client::Context {
            preview,
            ..wa_client::Context::default()
        },
        raw: Vec::new(),
        offline: true,
    }
}

fn text(body: String) -> Content {
    Content::Text { body }
}

fn card(text: &str, card: Card) -> Content {
    Content::Card {
        text: Some(text.to_owned()),
        card,
    }
}

/// Every kind of large message.
fn large() -> Vec<Content> {
    let vcard = |n: usize| {
        let long = "x".repeat(2_000);
        let mails: String = (0..9).map(|m| format!("EMAIL:{m}-{long}@example.com\n")).collect();
        format!("BEGIN:VCARD\nFN:Person {n} {long}\nORG:{long}\nTEL:+55119{n:08}\n{mails}END:VCARD\n")
    };
    let options: Vec<String> = (0..300).map(|n| format!("{n} {}", "option ".repeat(500))).collect();
    vec![
        text("https://a.example/b ".repeat(3_000)),
        text("*a* _b_ ~c~ `d` ".repeat(4_000)),
        text("漢字".repeat(30_000)),
        text("مرحبا بالعالم ".repeat(4_600)),
        text("नमस्ते दुनिया ".repeat(4_000)),
        text("สวัสดีชาวโลก".repeat(5_000)),
        text("Привет, мир! ".repeat(5_000)),
        text("z\u{301}\u{302}\u{303}".repeat(16_000)),
        text("<&\"'>".repeat(13_000)),
        text("@5511900000002 ".repeat(4_000)),
        text("- a\n".repeat(16_000)),
        text("👩‍👩‍👧‍👦\u{202e}".repeat(5_000)),
        card(
            "60 people",
            Card::Contact {
                vcard: (0..60).map(vcard).collect(),
            },
        ),
        card(
            &"question ".repeat(7_000),
            Card::Poll {
                options,
                choices: 0,
                quiz: None,
            },
        ),
        card(
            "offer",
            Card::Business {
                footer: Some("f".repeat(60_000)),
                buttons: (0..500).map(|n| format!("{n} {}", "b".repeat(1_000))).collect(),
            },
        ),
        Content::Media(Media {
            kind: MediaKind::Document,
            mime: "application/pdf".to_owned(),
            caption: Some("www.example.com ".repeat(4_000)),
            file_name: Some("n".repeat(60_000)),
            direct_path: "/v/x".to_owned(),
            thumbnail: Some(vec![0xff; 31_000]),
            ..Media::default()
        }),
    ]
}

async fn weigh(person: &Person, path: &str) -> String {
    let page = person.browser.get(path).await.expect(200).body;
    assert!(page.len() <= MOST, "{path}: {} bytes", page.len());
    page
}

/// What stands behind each `start` up to the next quote.
fn after<'a>(page: &'a str, start: &str) -> Vec<&'a str> {
    let rest = page.split(start).skip(1);
    rest.map(|rest| rest.split(['"', '#']).next().unwrap()).collect()
}

async fn chat_with(messages: Vec<Content>, preview: Option<LinkPreview>) -> (TestApp, Person, PublicId) {
    let app = TestApp::new().await;
    let owner = app.owner("Flor").await;
    let session = app.app.sessions.create(owner.scope, "Front desk").await.unwrap();
    let sealer = Sealer::new(&[0x2a; 32], "app.db");
    let ingest = Ingest::new(app.app.db.clone(), app.app.clock.clone(), app.app.bus.clone(), sealer);
    let messages = messages
        .into_iter()
        .enumerate()
        .map(|(id, content)| received(id, content, preview.clone()));
    ingest
        .commit(wa_client::SessionId(session.id.0), messages.collect())
        .await
        .unwrap();
    let chats = app
        .app
        .chats
        .list(owner.scope, ChatFilter::default(), None)
        .await
        .unwrap();
    let chat = chats.rows[0].public_id.clone();
    (app, owner, chat)
}

#[tokio::test]
async fn a_conversation_of_large_messages_has_shorter_pages_and_loses_none() {
    let kinds = large().len();
    let messages: Vec<Content> = (0..6).flat_map(|_| large()).collect();
    let count = messages.len();
    let (app, owner, chat) = chat_with(messages, Some(large_preview())).await;
    weigh(&owner, "/chats").await;
    let mut seen = BTreeSet::new();
    let mut path = format!("/chats/{chat}");
    let mut pages = 0;
    loop {
        let page = weigh(&owner, &path).await;
        let ids: Vec<String> = after(&page, " id=\"message-").iter().map(ToString::to_string).collect();
        assert!(!ids.is_empty(), "{path}: {page}");
        seen.extend(ids);
        pages += 1;
        let older = format!("/chats/{chat}?before=");
        match after(&page, &older).first() {
            Some(before) => path = format!("{older}{before}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), count, "{pages} pages");
    assert!(pages > 2, "{pages} pages of {kinds} kinds");
    // Around any of them, too, and it is there.
    for message in seen.iter().step_by(7) {
        let page = weigh(&owner, &format!("/chats/{chat}?at={message}")).await;
        assert!(page.contains(&format!("id=\"message-{message}\"")), "{message}");
    }
    app.stop().await;
}

#[tokio::test]
async fn an_ordinary_conversation_still_has_fifty_messages_on_a_page() {
    let messages = (0..60)
        .map(|n| text(format!("Message {n}: see www.example.com, *please*")))
        .collect();
    let (app, owner, chat) = chat_with(messages, None).await;
    let page = weigh(&owner, &format!("/chats/{chat}")).await;
    assert_eq!(after(&page, " id=\"message-").len(), 50);
    app.stop().await;
}

#[tokio::test]
async fn long_scheduled_messages_are_listed_by_their_beginning_and_changed_one_by_one() {
    let (app, owner, chat) = chat_with(vec![text("hello".to_owned())], None).await;
    let body = |n: usize| format!("{n} {}", "漢".repeat(65_000));
    for n in 0..40 {
        let at = app.app.clock.now().plus(Duration::from_secs(3_600 + n as u64));
        let text = (vec![Outgoing::Text(body(n))], SendOptions::default());
        let scheduled = app.app.scheduler.schedule(owner.scope, &chat, text, Some(at)).await;
        scheduled.unwrap();
    }
    weigh(&owner, &format!("/chats/{chat}")).await;
    let mut seen = BTreeSet::new();
    let mut path = "/scheduled".to_owned();
    loop {
        let page = weigh(&owner, &path).await;
        seen.extend(after(&page, "/scheduled?edit=").iter().map(ToString::to_string));
        match after(&page, "/scheduled?from=").first() {
            Some(from) => path = format!("/scheduled?from={from}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 40);
    let one = owner
        .browser
        .get(&format!("/scheduled?edit={}", seen.first().unwrap()))
        .await;
    assert!(one.expect(200).body.contains(&"漢".repeat(65_000)));
    app.stop().await;
}

#[tokio::test]
async fn many_long_quick_replies_are_listed_in_parts_and_changed_one_by_one() {
    let (app, owner, chat) = chat_with(vec![text("hello".to_owned())], None).await;
    for n in 0..120 {
        let new = NewQuickReply {
            shortcut: format!("reply{n}"),
            body: format!("{n} {}", "漢".repeat(4_000)),
        };
        app.app.handling.create_quick_reply(owner.scope, &new).await.unwrap();
    }
    weigh(&owner, &format!("/chats/{chat}/quick-replies?q=")).await;
    let mut seen = BTreeSet::new();
    let mut path = "/settings/inbox".to_owned();
    loop {
        let page = weigh(&owner, &path).await;
        seen.extend(after(&page, "/settings/inbox?reply=").iter().map(ToString::to_string));
        match after(&page, "/settings/inbox?from=").first() {
            Some(from) => path = format!("/settings/inbox?from={from}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 120);
    let one = weigh(&owner, &format!("/settings/inbox?reply={}", seen.first().unwrap())).await;
    assert!(one.contains(&"漢".repeat(4_000)));
    app.stop().await;
}
