//! What the composer and the menu of a message send, from the browser to the phone.

use std::io::Cursor;

use serde_json::json;
use wa_network::phone::{InboxMessage, PhoneMessage};
use wamanager::ids::PublicId;

use crate::support::{Browser, PASSWORD, Reply, World, within};

const SHOP: &str = "351910000001";
const ANA: &str = "5511999990001";
const BO: &str = "5511999990002";

/// A linked number with one conversation, and a browser that is logged in.
struct Desk {
    world: World,
    browser: Browser,
    chat: PublicId,
    _pages: wamanager::app::Pages,
}

impl Desk {
    async fn new() -> Self {
        let world = World::new().await;
        world.link(SHOP).await;
        for (number, name) in [(ANA, "Ana"), (BO, "Bo")] {
            world.phone(number, name);
        }
        world.write(ANA, SHOP, "do you have bread?").await;
        let (chat, _) = world.stored("do you have bread?").await;
        let (pages, _) = world.api().await;
        let browser = Browser::new(&format!("http://{}", pages.address()));
        browser.log_in("ines@example.com", PASSWORD).await;
        Self {
            world,
            browser,
            chat: chat.public_id,
            _pages: pages,
        }
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        self.browser.post(path, form).await
    }

    /// The answer to a script.
    async fn fragment(&self, path: &str, form: &[(&str, &str)]) -> String {
        let csrf = self.browser.csrf();
        let headers = [
            ("sec-fetch-site", "same-origin"),
            ("x-csrf-token", &csrf),
            ("hx-request", "true"),
            ("hx-request-type", "partial"),
        ];
        self.browser.post_raw(path, form, &headers).await.expect(200).body
    }

    /// What the composer sends.
    async fn compose(&self, form: &[(&str, &str)]) {
        self.post(&format!("/chats/{}/messages", self.chat), form)
            .await
            .expect(303);
    }

    /// Waits for a message at a phone.
    async fn gets(&self, number: &str, what: &str, wanted: impl Fn(&InboxMessage) -> bool) -> InboxMessage {
        let phones = self.world.phones();
        let mut changes = phones.watch(number).unwrap();
        within(what, async {
            loop {
                if let Some(found) = phones.inbox(number, 0).unwrap().into_iter().find(&wanted) {
                    return found;
                }
                changes.changed().await.unwrap();
            }
        })
        .await
    }

    /// Waits until a bubble of Ana's phone looks like this.
    async fn bubble(&self, id: &str, wanted: impl Fn(&PhoneMessage) -> bool) {
        let phones = self.world.phones();
        let mut changes = phones.watch(ANA).unwrap();
        within("a bubble", async {
            loop {
                let thread = phones.conversation(ANA, SHOP).unwrap();
                if thread.iter().any(|message| message.id == id && wanted(message)) {
                    return;
                }
                changes.changed().await.unwrap();
            }
        })
        .await;
    }

    async fn upload(&self, name: &str, file: &[u8]) -> String {
        let boundary = "a-boundary-of-the-test";
        let head = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        );
        let body = [head.as_bytes(), file, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
        let kind = format!("multipart/form-data; boundary={boundary}");
        let csrf = self.browser.csrf();
        let headers = [
            ("content-type", kind.as_str()),
            ("sec-fetch-site", "same-origin"),
            ("x-csrf-token", &csrf),
        ];
        let path = format!("/chats/{}/media", self.chat);
        let made = self.browser.send_bytes("POST", &path, &headers, body).await.expect(201);
        made.json()["id"].as_str().unwrap().to_owned()
    }

    /// A text that Ana's phone has; the id here, and the one at WhatsApp.
    async fn says(&self, text: &str) -> (PublicId, String) {
        self.compose(&[("text", text)]).await;
        let seen = self
            .gets(ANA, text, |message| message.text.as_deref() == Some(text))
            .await;
        let (_, message) = self.world.stored(text).await;
        self.world
            .message_is(&message.public_id, wamanager::chats::Status::Delivered)
            .await;
        (message.public_id, seen.id)
    }
}

fn picture(shade: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(40, 30, image::Rgb([shade; 3]))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_go_out_with_their_words_and_arrive_whole() {
    let desk = Desk::new().await;
    let bill = b"%PDF-1.4\n%%EOF\n";
    let id = desk.upload("bill.pdf", bill).await;
    let files = json!([{ "id": id, "name": "bill.pdf" }]).to_string();
    desk.compose(&[("text", "your bill"), ("files", &files)]).await;
    let seen = desk.gets(ANA, "a document", |message| message.kind == "document").await;
    assert_eq!(seen.text.as_deref(), Some("your bill"));
    desk.bubble(&seen.id, |message| message.has_media).await;
    let file = desk.world.phones().media(ANA, &seen.id).unwrap().unwrap();
    assert_eq!(&file.bytes[..], bill);

    let pictures = [
        desk.upload("a.png", &picture(10)).await,
        desk.upload("b.png", &picture(200)).await,
    ];
    let files = json!(pictures.map(|id| json!({ "id": id, "name": "x.png" }))).to_string();
    desk.compose(&[("text", ""), ("files", &files)]).await;
    let album = desk.gets(ANA, "an album", |message| message.kind == "album").await;
    let of_album = |message: &InboxMessage| message.parent.as_deref() == Some(&album.id);
    desk.gets(ANA, "both pictures", |message| {
        of_album(message) && message.seq > album.seq + 1
    })
    .await;
    let page = desk.browser.get(&format!("/chats/{}", desk.chat)).await.expect(200);
    assert!(page.body.contains("class=\"album\"") && page.body.contains("bill.pdf"));
    desk.world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_a_contact_and_a_poll_are_sent_from_their_forms() {
    let desk = Desk::new().await;
    let path = format!("/chats/{}/card", desk.chat);
    let form = desk.browser.get(&format!("{path}?kind=poll")).await.expect(200);
    assert!(form.body.contains("name=\"options\""));
    for (fields, kind, text) in [
        (
            &[
                ("kind", "location"),
                ("place", "52.5163, 13.3777"),
                ("title", "The bakery"),
            ][..],
            "location",
            "The bakery",
        ),
        (
            &[
                ("kind", "contact"),
                ("title", "Bo Silva"),
                ("phone", "+55 11 99999-0002"),
            ],
            "contact",
            "Bo Silva",
        ),
        (
            &[
                ("kind", "poll"),
                ("question", "Which bread?"),
                ("options", "Rye\r\nWheat\r\n"),
            ],
            "poll",
            "Which bread?",
        ),
    ] {
        desk.post(&path, fields).await.expect(303);
        let seen = desk.gets(ANA, kind, |message| message.kind == kind).await;
        assert_eq!(seen.text.as_deref(), Some(text));
    }
    let wrong = [("kind", "poll"), ("question", "Which bread?"), ("options", "Rye")];
    let refused = desk.post(&path, &wrong).await.expect(422);
    assert!(refused.body.contains("2 to 12 options") && refused.body.contains("Which bread?"));
    desk.world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_menu_of_a_message_does_what_it_says() {
    let desk = Desk::new().await;
    let (message, id) = desk.says("fresh form the oven").await;
    let at = |action: &str| format!("/chats/messages/{message}/{action}");
    let menu = desk.browser.get(&at("actions")).await.expect(200);
    for entry in ["Reply", "Forward", "Copy text", "Edit", "Delete for everyone"] {
        assert!(menu.body.contains(entry), "{entry}");
    }

    desk.post(&at("edit"), &[("text", "fresh from the oven")])
        .await
        .expect(303);
    desk.bubble(&id, |bubble| bubble.edited && bubble.text == "fresh from the oven")
        .await;
    let empty = desk.post(&at("edit"), &[("text", " ")]).await.expect(422);
    assert!(empty.body.contains("Write something first."));

    for shown in [Some("👍"), None] {
        desk.post(&at("reaction"), &[("emoji", "👍")]).await.expect(303);
        desk.bubble(&id, |bubble| bubble.reaction.as_deref() == shown).await;
    }

    desk.compose(&[("text", "and warm"), ("reply_to", message.as_str())])
        .await;
    let answer = desk
        .gets(ANA, "an answer", |seen| seen.text.as_deref() == Some("and warm"))
        .await;
    assert_eq!(answer.reply_to, Some(id.clone()));

    desk.world.write(BO, SHOP, "and for me?").await;
    let (bo, _) = desk.world.stored("and for me?").await;
    let choose = desk.browser.get(&at("forward")).await.expect(200);
    assert!(choose.body.contains(bo.public_id.as_str()));
    desk.post(&at("forward"), &[]).await.expect(422);
    desk.post(&at("forward"), &[(bo.public_id.as_str(), "on")])
        .await
        .expect(303);
    let forwarded = desk.gets(BO, "the message", |seen| seen.forwarded).await;
    assert_eq!(forwarded.text.as_deref(), Some("fresh from the oven"));

    desk.post(&at("delete"), &[]).await.expect(303);
    desk.bubble(&id, |bubble| bubble.deleted).await;
    let gone = desk.browser.get(&format!("/chats/{}", desk.chat)).await.expect(200);
    assert!(gone.body.contains("This message was deleted"));
    desk.world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vote_and_its_change_reach_who_asked() {
    let desk = Desk::new().await;
    let poll = wa_network::phone::Content::PollWith(wa_network::phone::Poll {
        question: "Which bread?".into(),
        options: vec!["Rye".into(), "Wheat".into()],
        choices: 1,
        announcement: false,
    });
    desk.world.phones().send(ANA, SHOP, poll).await.unwrap();
    let (_, message) = desk.world.stored("Which bread?").await;
    let path = format!("/chats/messages/{}/vote", message.public_id);
    for choice in ["Rye", "Wheat"] {
        desk.post(&path, &[("option", choice)]).await.expect(303);
        desk.gets(ANA, choice, |seen| {
            seen.kind == "poll_vote" && seen.text.as_deref() == Some(choice)
        })
        .await;
    }
    desk.world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sent_from_the_page_is_taken_back_with_its_files() {
    let desk = Desk::new().await;
    let id = desk.upload("bill.pdf", b"%PDF-1.4\n%%EOF\n").await;
    let files = json!([{ "id": id, "name": "bill.pdf" }]).to_string();
    desk.compose(&[("text", "wrong bill"), ("files", &files)]).await;
    let (_, message) = desk.world.stored("wrong bill").await;
    let path = format!("/chats/messages/{}/undo", message.public_id);
    let begun = [("text", "and"), ("files", ""), ("reply_to", "")];
    let fragment = desk.fragment(&path, &begun).await;
    assert!(
        fragment.contains("wrong bill\nand") && fragment.contains(&id),
        "{fragment}"
    );
    desk.browser.post(&path, &[]).await.expect(404);
    // A poll comes back as its form.
    let poll = [("kind", "poll"), ("question", "Rye?"), ("options", "Yes\nNo")];
    desk.post(&format!("/chats/{}/card", desk.chat), &poll)
        .await
        .expect(303);
    let (_, poll) = desk.world.stored("Rye?").await;
    let path = format!("/chats/messages/{}/undo", poll.public_id);
    let fragment = desk.fragment(&path, &[]).await;
    assert!(
        fragment.contains("name=\"options\"") && fragment.contains("Yes\nNo"),
        "{fragment}"
    );
    desk.says("the right words").await;
    let inbox = desk.world.phones().inbox(ANA, 0).unwrap();
    assert_eq!(inbox.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_pictures_for_one_look_and_the_end_of_a_chat_are_sent_from_the_composer() {
    let desk = Desk::new().await;
    let id = desk.upload("cake.png", &picture(10)).await;
    let files = json!([{ "id": id, "name": "cake.png" }]).to_string();
    let form = [
        ("text", ""),
        ("files", files.as_str()),
        ("once", "on"),
        ("then", "resolve"),
    ];
    desk.compose(&form).await;
    desk.gets(ANA, "a picture", |message| message.kind == "image").await;
    let chat = desk.world.app.chats.get(desk.world.scope, &desk.chat).await.unwrap();
    assert_eq!(chat.handled.state, wamanager::chats::ChatState::Resolved);
    assert!(chat.last.unwrap().view_once);

    let event = |starts: &'static str| {
        [
            ("kind", "event"),
            ("title", "Tasting"),
            ("starts", starts),
            ("address", "Bread Street 1"),
            ("about", "Six cakes"),
        ]
    };
    let path = format!("/chats/{}/card", desk.chat);
    desk.post(&path, &event("")).await.expect(422);
    desk.post(&path, &event("2030-05-01T15:00")).await.expect(303);
    desk.gets(ANA, "an event", |message| message.kind == "event").await;

    // For later, and cancelled: it stands in the list until then.
    let mut later = event("2030-05-01T15:00").to_vec();
    let tomorrow = desk.world.app.clock.now().plus(std::time::Duration::from_secs(86_400));
    let tomorrow = tomorrow.to_utc().format("%Y-%m-%dT%H:%M").to_string();
    later.push(("at", &tomorrow));
    desk.post(&path, &later).await.expect(303);
    let list = desk.browser.get("/scheduled").await.expect(200).body;
    assert!(
        list.contains("Tasting") && list.contains("1 scheduled message"),
        "{list}"
    );
}
