//! Every kind of message as a browser draws it, and the beginning of a chat.
//!
//! With `PICTURES_OF_KINDS` set to a folder, the first test writes what it sees there as PNG files.

use wa_client::{Card, Content as Said, Context, Inbound, InboundSink as _, Notice};
use wa_network::phone::{
    Ad, Answer, Choice, ChoiceForm, Contact, Content, Event, Frame, HistoryMode, HistoryRule, LiveLocation, Location,
    Media, MediaKind, NewPhone, PastMessage, Poll, Quote,
};
use wamanager::chats::Ingest;
use wamanager::crypto::Sealer;
use wamanager::ids::PublicId;
use wamanager::outbox::{Change, Content as Ours, SendOptions};

use super::{ANA, BEN, SHOP, Site, is_unbroken};
use crate::support::chrome::{Chrome, DESK, Look, PHONE};
use crate::support::files::{picture, recording, sticker, video};

/// Wider than the window, or wider than its place.
const TOO_WIDE: &str = "[document.documentElement, ...document.querySelectorAll('.messages, .message, .bubble')]
    .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => (e.id || e.className) + ' ' + e.innerText.slice(0, 60))";

fn media(kind: MediaKind, mime: &str, bytes: Vec<u8>) -> Media {
    Media {
        kind,
        mime: mime.into(),
        bytes: bytes.into(),
        caption: None,
        file_name: None,
        seconds: None,
        thumbnail: None,
    }
}

fn photo(caption: &str) -> Media {
    Media {
        caption: Some(caption.into()),
        ..media(MediaKind::Image, "image/png", picture())
    }
}

fn framed(frame: Frame, content: Content) -> Content {
    Content::Framed {
        frame: Box::new(frame),
        content: Box::new(content),
    }
}

/// What Ana's phone can send by itself, one after the other.
fn from_the_phone() -> Vec<Content> {
    let place = Location {
        latitude: 38.7,
        longitude: -9.1,
        name: Some("Flor Bakery".into()),
        address: Some("Rua Augusta 1, 1100-048 Lisboa".into()),
    };
    let timed = |kind, mime: &str, seconds| Media {
        seconds: Some(seconds),
        ..media(kind, mime, recording())
    };
    let quote = |text: &str, status| Quote {
        message_id: "3EB0OLD".into(),
        status,
        author: Some(SHOP.into()),
        text: Some(text.into()),
    };
    vec![
        Content::Text(
            "*Bold*, _italic_, ~struck~ and ```mono```\n> a quote\n- one\n- two\nhttps://bakery.example/menu".into(),
        ),
        Content::Media(photo(
            "Our garden in spring, with a caption that is long enough to need two lines",
        )),
        Content::Media(Media {
            seconds: Some(3),
            ..media(MediaKind::Video, "video/mp4", video())
        }),
        Content::Media(media(MediaKind::Gif, "video/mp4", video())),
        Content::Media(media(MediaKind::Ptv, "video/mp4", video())),
        Content::Media(timed(MediaKind::Voice, "audio/ogg; codecs=opus", 7)),
        Content::Media(timed(MediaKind::Audio, "audio/wav", 65)),
        Content::Media(media(MediaKind::Sticker, "image/webp", sticker())),
        Content::Media(Media {
            caption: Some("what you owe".into()),
            file_name: Some("A bill with a very long name that does not fit on one line of a phone.pdf".into()),
            ..media(MediaKind::Document, "application/pdf", b"%PDF-1.4\n%%EOF\n".to_vec())
        }),
        framed(
            Frame {
                view_once: true,
                ..Frame::default()
            },
            Content::Media(photo("secret")),
        ),
        Content::Album(vec![photo(""), photo(""), photo("")]),
        Content::Location(place.clone()),
        Content::LiveLocation(LiveLocation {
            latitude: 38.7,
            longitude: -9.1,
            caption: Some("On my way".into()),
            sequence: 1,
            ..LiveLocation::default()
        }),
        Content::Contact(Contact::with_number("Ben Okri", BEN)),
        Content::Contacts {
            name: "2 contacts".into(),
            cards: vec![
                Contact::with_number("Ben Okri", BEN),
                Contact::with_number("Cy Reis", "351911111103"),
            ],
        },
        Content::PollWith(Poll {
            question: "Which cake shall it be?".into(),
            options: vec!["Lemon".into(), "Carrot, with nuts and a thick layer of cream".into()],
            choices: 1,
            announcement: false,
        }),
        Content::Event(Event {
            name: "Tasting".into(),
            description: Some("Bring friends".into()),
            start: Some(1_800_000_000),
            end: Some(1_800_007_200),
            place: Some(place),
            join_link: Some("https://call.example/abc".into()),
            cancelled: false,
        }),
        framed(
            Frame {
                quote: Some(quote("We open at eight on Sundays", false)),
                ..Frame::default()
            },
            Content::Text("And on Mondays?".into()),
        ),
        framed(
            Frame {
                quote: Some(quote("New: rye bread", true)),
                ..Frame::default()
            },
            Content::Text("I want one".into()),
        ),
        framed(
            Frame {
                forwarded: Some(7),
                ..Frame::default()
            },
            Content::Text("Everybody has seen this".into()),
        ),
        framed(
            Frame {
                ad: Some(Ad {
                    title: "Fresh bread every day".into(),
                    ..Ad::default()
                }),
                ..Frame::default()
            },
            Content::Text("Hello, I saw your ad".into()),
        ),
        Content::Choice(Choice {
            message_id: "3EB0OLD".into(),
            form: ChoiceForm::Buttons,
            id: "yes".into(),
            text: "Yes, please".into(),
            description: None,
        }),
        Content::RequestNumber,
        Content::Disappearing(86_400),
        Content::LimitSharing(true),
    ]
}

/// What only businesses send, or newer phones.
fn cards() -> Vec<(Option<&'static str>, Card)> {
    let buttons = |footer: &str, buttons: &[&str]| Card::Business {
        footer: Some(footer.into()),
        buttons: buttons.iter().map(|label| (*label).into()).collect(),
    };
    vec![
        (
            Some("Sourdough"),
            Card::Product {
                price: Some((4_500, "EUR".into())),
                description: Some("A kilo, baked this morning".into()),
                url: Some("https://bakery.example/sourdough".into()),
                thumbnail: None,
            },
        ),
        (
            Some("For Saturday"),
            Card::Order {
                items: Some(3),
                total: Some((12_000, "EUR".into())),
                thumbnail: None,
            },
        ),
        (
            Some("Your parcel is on its way"),
            buttons(
                "Parcel service",
                &["Track it", "Leave it with a neighbour", "Call the driver"],
            ),
        ),
        (
            Some("Join us"),
            Card::Invite {
                channel: false,
                name: Some("Bread friends".into()),
                expires_at: Some(1_800_000_000),
            },
        ),
        (
            Some("Best bread of the year"),
            Card::PollResult {
                options: vec![("Rye".into(), 4), ("Wheat".into(), 1)],
            },
        ),
        (Some("for the cake"), Card::Notice(Notice::PaymentRequest)),
        (None, Card::Notice(Notice::MissedVideoCall)),
        (None, Card::Notice(Notice::OnlyOnPhone)),
    ]
}

impl Site {
    /// Ana's chat with every kind in it.
    async fn with_every_kind(&self, session: &PublicId) -> PublicId {
        let world = &self.world;
        let first = world
            .phones()
            .send(ANA, SHOP, Content::Text("Good morning".into()))
            .await
            .unwrap();
        let (chat, _) = world.stored("Good morning").await;
        for content in from_the_phone() {
            world.phones().send(ANA, SHOP, content).await.unwrap();
        }
        let typo = world
            .phones()
            .send(ANA, SHOP, Content::Text("Two loafs".into()))
            .await
            .unwrap();
        let text = "Two loaves".into();
        world
            .phones()
            .send(ANA, SHOP, Content::Edit { message_id: typo, text })
            .await
            .unwrap();
        let wrong = world
            .phones()
            .send(ANA, SHOP, Content::Text("Wrong chat".into()))
            .await
            .unwrap();
        world
            .phones()
            .send(ANA, SHOP, Content::Delete { message_id: wrong })
            .await
            .unwrap();
        world.write(ANA, SHOP, "that was all").await;
        world.stored("that was all").await;

        let number = world.session(session).await;
        let (db, clock, bus) = (world.app.db.clone(), world.app.clock.clone(), world.app.bus.clone());
        let ingest = Ingest::new(db, clock, bus, Sealer::new(&[7; 32], "kinds"));
        let ana = wa_client::Address::Phone(ANA.into());
        let inbound = |(at, (text, card)): (usize, (Option<&str>, Card))| Inbound {
            id: format!("3EB0CARD{at}"),
            chat: ana.clone(),
            sender: ana.clone(),
            sender_alt: None,
            from_me: false,
            push_name: None,
            at_ms: world.app.clock.now().0,
            content: Said::Card {
                text: text.map(str::to_owned),
                card,
            },
            context: Context::default(),
            raw: Vec::new(),
            offline: false,
        };
        let cards = cards().into_iter().enumerate().map(inbound).collect();
        ingest.commit(wa_client::SessionId(number.id.0), cards).await.unwrap();
        self.answered(&chat.public_id, first).await;
        chat.public_id
    }

    /// What we answer and do, and what she does about that.
    async fn answered(&self, chat: &PublicId, first: String) {
        let (world, scope) = (&self.world, self.world.scope);
        let thread = world.thread(chat).await;
        let good_morning = thread.iter().find(|message| message.wa_id == first).unwrap();
        let poll = thread
            .iter()
            .find(|message| message.kind == wamanager::chats::Kind::Poll)
            .unwrap();
        let event = thread
            .iter()
            .find(|message| message.kind == wamanager::chats::Kind::Event)
            .unwrap();
        let outbox = &world.app.outbox;
        let reply = SendOptions {
            reply_to: Some(good_morning.public_id.clone()),
            ..SendOptions::default()
        };
        let text = Ours::Text("Good morning, Ana!".into());
        let ours = outbox.send_in(scope, chat, text, reply).await.unwrap();
        world
            .message_is(&ours.message, wamanager::chats::Status::Delivered)
            .await;
        outbox
            .change(scope, &good_morning.public_id, Change::React("🥖".into()))
            .await
            .unwrap();
        outbox
            .change(scope, &poll.public_id, Change::Vote(vec!["Lemon".into()]))
            .await
            .unwrap();
        let vote = Content::Vote {
            message_id: poll.wa_id.clone(),
            options: vec!["Lemon".into()],
        };
        world.phones().send(ANA, SHOP, vote).await.unwrap();
        let going = Content::EventAnswer {
            message_id: event.wa_id.clone(),
            answer: Answer::Going,
            guests: Some(1),
        };
        world.phones().send(ANA, SHOP, going).await.unwrap();
        let pin = Content::Pin {
            message_id: first,
            seconds: Some(604_800),
        };
        world.phones().send(ANA, SHOP, pin).await.unwrap();
        world.write(ANA, SHOP, "and that").await;
        world.stored("and that").await;
    }
}

async fn look_at(chrome: &Chrome, name: &str, look: Look) {
    let height = if look.width < 500 { 9_000 } else { 6_500 };
    chrome.look(Look { height, ..look }).await;
    chrome
        .until("[...document.querySelectorAll('.messages img')].every((image) => image.complete)")
        .await;
    let too_wide = chrome.value(TOO_WIDE).await;
    assert_eq!(too_wide, serde_json::json!([]), "{name}");
    if let Some(folder) = std::env::var_os("PICTURES_OF_KINDS") {
        let file = std::path::Path::new(&folder).join(format!("{name}.png"));
        std::fs::write(file, chrome.picture().await).unwrap();
    }
}

#[tokio::test]
async fn every_kind_fits_its_place_in_every_look() {
    let (site, session) = Site::linked().await;
    let test = "every_kind_fits_its_place_in_every_look";
    let chat = site.with_every_kind(&session).await;
    let Some(chrome) = site.browse(test, DESK, &format!("/chats/{chat}")).await else {
        return site.end().await;
    };
    for (name, look) in [("desk", DESK), ("phone", PHONE)] {
        look_at(&chrome, &format!("{name}-light"), look).await;
        look_at(&chrome, &format!("{name}-dark"), Look { dark: true, ..look }).await;
    }
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}

/// Scrolls to the beginning until it says so.
const AT_THE_BEGINNING: &str = "(document.querySelector('[data-messages]').scrollTop = 0,
    document.querySelector('.older')?.innerText.includes('no older messages'))";

#[tokio::test]
async fn whoever_scrolls_to_the_beginning_gets_what_the_phone_still_has() {
    let site = Site::open().await;
    let phones = site.world.phones();
    let shop = NewPhone {
        number: SHOP.into(),
        name: "Flor Bakery".into(),
        auto_reply: false,
    };
    phones.create(shop).unwrap();
    site.world.phone(ANA, "Ana Nunes");
    let past = |at: i64| PastMessage {
        peer: ANA.into(),
        peer_name: "Ana Nunes".into(),
        from_me: at % 2 == 0,
        text: format!("line {at}"),
        at: 1_700_000_000_000 + at * 60_000,
    };
    phones.remember(SHOP, (0..120).map(past).collect()).await.unwrap();
    let rule = HistoryRule {
        mode: HistoryMode::Answer,
        at_linking: Some(60),
    };
    phones.history(SHOP, rule).unwrap();
    let session = site.world.unlinked().await;
    site.world.pair(&session, SHOP).await;
    let (chat, _) = site.world.stored("line 119").await;
    // The older part of what comes at linking.
    let world = &site.world;
    world
        .until("the whole history is here", async || {
            let found = world.app.chats.search(world.scope, "60").await.unwrap();
            (!found.is_empty()).then_some(())
        })
        .await;
    let test = "whoever_scrolls_to_the_beginning_gets_what_the_phone_still_has";
    let path = format!("/chats/{}", chat.public_id);
    let Some(chrome) = site.browse(test, DESK, &path).await else {
        return site.end().await;
    };
    chrome.until(AT_THE_BEGINNING).await;
    let lines = "[...document.querySelectorAll('.message .text')].map((p) => p.textContent)";
    let expected: Vec<_> = (0..120).map(|at| format!("line {at}")).collect();
    assert_eq!(chrome.value(lines).await, serde_json::json!(expected));
    assert_eq!(
        chrome.value("document.querySelector('#nav-unread').innerText").await,
        ""
    );
    is_unbroken(&chrome).await;
    drop(chrome);
    site.end().await;
}
