//! What `/v1` sends, as an independent client and the phone beside it read it.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use wa_network::phone::{Content, Poll};
use wamanager::ids::PublicId;

use super::{ANA, Baileys, SHOP, linked};
use crate::api::media::upload;
use crate::support::files::{picture, recording, sticker, video};
use crate::support::{Api, World};

const BO: &str = "+55 11 99999-0002";

/// A program that sends with one number.
struct Sender<'a> {
    api: &'a Api,
    session: &'a PublicId,
    path: String,
}

impl Sender<'_> {
    async fn sends(&self, kind: &str, said: Value) -> Value {
        self.asks(json!({ "to": ANA, "type": kind, kind: said })).await
    }

    async fn asks(&self, body: Value) -> Value {
        self.api.post(&self.path, body).await.expect(202).json()
    }

    async fn file(&self, query: &str, bytes: &[u8]) -> Value {
        upload(self.api, self.session, query, &[], bytes)
            .await
            .expect(201)
            .json()
    }
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl World {
    /// Waits until Ana's phone has a message of this kind; its text.
    async fn phone_has(&self, kind: &str) -> Option<String> {
        let mut ticks = self.phones().watch(ANA).unwrap();
        let looking = async {
            loop {
                ticks.borrow_and_update();
                let inbox = self.phones().inbox(ANA, 0).unwrap();
                if let Some(message) = inbox.into_iter().find(|message| message.kind == kind) {
                    return message.text;
                }
                ticks.changed().await.expect("the phone is there");
            }
        };
        crate::support::within(&format!("the phone has a {kind}"), looking).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_client_reads_every_file_that_we_send() {
    let test = "another_client_reads_every_file_that_we_send";
    let Some((world, session, mut baileys)) = linked(test).await else {
        return;
    };
    let (pages, api) = world.api().await;
    let sender = Sender {
        api: &api,
        session: &session,
        path: format!("/v1/sessions/{session}/messages"),
    };
    let pdf = b"%PDF-1.4\n%%EOF\n".to_vec();
    // Type here, the client's word, the phone's word, the file, what else is said.
    let files: [(&str, &str, &str, Vec<u8>, Value); 4] = [
        (
            "image",
            "imageMessage",
            "image",
            picture(),
            json!({ "caption": "our shop" }),
        ),
        (
            "video",
            "videoMessage",
            "video",
            video(),
            json!({ "caption": "the oven" }),
        ),
        (
            "document",
            "documentMessage",
            "document",
            pdf,
            json!({ "file_name": "bill.pdf" }),
        ),
        ("sticker", "stickerMessage", "sticker", sticker(), json!({})),
    ];
    for (kind, theirs, phones, bytes, mut said) in files {
        said["file"] = sender.file("", &bytes).await["id"].clone();
        sender.sends(kind, said.clone()).await;
        let got = baileys.gets(theirs).await;
        assert_eq!(baileys.opens(&got).await, digest(&bytes), "{kind}");
        for (ours, field) in [("caption", "caption"), ("file_name", "fileName")] {
            assert_eq!(got["content"].get(field), said.get(ours), "{kind}: {got}");
        }
        world.phone_has(phones).await;
    }
    // A recording becomes a voice message.
    let voice = sender.file("?as=voice", &recording()).await;
    sender
        .sends("voice", json!({ "file": voice["id"], "waveform": voice["waveform"] }))
        .await;
    let got = baileys.gets("audioMessage").await;
    assert_eq!(
        (&got["content"]["ptt"], &got["content"]["seconds"]),
        (&json!(true), &json!(1)),
        "{got}"
    );
    assert!(got["content"]["waveform"].is_string(), "{got}");
    world.phone_has("voice").await;
    let song = sender.file("", &recording()).await;
    sender.sends("audio", json!({ "file": song["id"] })).await;
    let got = baileys.gets("audioMessage").await;
    assert_ne!(got["content"]["ptt"], json!(true), "{got}");
    assert_eq!(baileys.opens(&got).await, digest(&recording()));
    world.phone_has("audio").await;
    let once = sender.file("", &picture()).await;
    sender
        .sends("image", json!({ "file": once["id"], "view_once": true }))
        .await;
    let got = baileys.gets("imageMessage").await;
    assert_eq!(got["content"]["viewOnce"], json!(true), "{got}");
    drop(baileys);
    pages.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_client_reads_every_card_that_we_send() {
    let test = "another_client_reads_every_card_that_we_send";
    let Some((world, session, mut baileys)) = linked(test).await else {
        return;
    };
    let (pages, api) = world.api().await;
    let sender = Sender {
        api: &api,
        session: &session,
        path: format!("/v1/sessions/{session}/messages"),
    };
    sender
        .sends(
            "location",
            json!({ "latitude": 38.7, "longitude": -9.1, "name": "The bakery" }),
        )
        .await;
    let got = baileys.gets("locationMessage").await;
    assert_eq!(
        (&got["content"]["name"], &got["content"]["degreesLatitude"]),
        (&json!("The bakery"), &json!(38.7))
    );
    assert_eq!(world.phone_has("location").await.as_deref(), Some("The bakery"));

    sender.sends("contacts", json!([{ "name": "Bo", "phone": BO }])).await;
    let got = baileys.gets("contactMessage").await;
    assert!(
        got["content"]["vcard"].as_str().unwrap().contains("waid=5511999990002"),
        "{got}"
    );
    world.phone_has("contact").await;
    sender
        .sends(
            "contacts",
            json!([{ "name": "Bo", "phone": BO }, { "name": "Ana", "phone": format!("+{ANA}") }]),
        )
        .await;
    let got = baileys.gets("contactsArrayMessage").await;
    assert_eq!(got["content"]["contacts"].as_array().unwrap().len(), 2, "{got}");
    world.phone_has("contacts").await;

    sender
        .sends(
            "poll",
            json!({ "question": "Which cake?", "options": ["Lemon", "Carrot"] }),
        )
        .await;
    let got = baileys.gets("pollCreationMessageV3").await;
    assert_eq!(got["content"]["options"][1]["optionName"], "Carrot");
    assert_eq!(world.phone_has("poll").await.as_deref(), Some("Which cake?"));
    sender
        .sends(
            "poll",
            json!({ "question": "Which breads?", "options": ["Rye", "Wheat"], "choices": 0 }),
        )
        .await;
    let got = baileys.gets("pollCreationMessage").await;
    assert_eq!(got["content"]["name"], "Which breads?");

    let event = json!({ "name": "Tasting", "starts_at": "2027-01-01T18:00:00Z", "place": "The bakery" });
    sender.sends("event", event).await;
    let got = baileys.gets("eventMessage").await;
    assert_eq!(
        (&got["content"]["name"], &got["content"]["startTime"]),
        (&json!("Tasting"), &json!(1_798_826_400))
    );
    assert_eq!(world.phone_has("event").await.as_deref(), Some("Tasting"));

    let menu = json!({
        "body": "Shall we keep it?", "options": [{ "id": "keep", "title": "Yes" }, { "id": "no", "title": "No" }],
        "form": "buttons",
    });
    sender.sends("menu", menu).await;
    let got = baileys.gets("interactiveMessage").await;
    assert_eq!(got["content"]["body"]["text"], "Shall we keep it?");
    let buttons = got["content"]["nativeFlowMessage"]["buttons"].as_array().unwrap();
    assert!(buttons.len() == 2 && buttons[0].to_string().contains("keep"), "{got}");
    world.phone_has("interactive").await;
    drop(baileys);
    pages.stop().await;
    world.end().await;
}

async fn text_of(baileys: &mut Baileys, text: &str) -> Value {
    loop {
        let message = baileys.told("message").await;
        if message["from_me"] == json!(false) && message["text"] == text {
            return message;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_client_reads_what_we_answer_change_and_send_on() {
    let test = "another_client_reads_what_we_answer_change_and_send_on";
    let Some((world, session, mut baileys)) = linked(test).await else {
        return;
    };
    let (pages, api) = world.api().await;
    let sender = Sender {
        api: &api,
        session: &session,
        path: format!("/v1/sessions/{session}/messages"),
    };
    baileys.send(SHOP, "do you have bread?");
    let (_, asked) = world.stored("do you have bread?").await;
    let to = asked.chat.to_string();
    let mention = format!("@{ANA} we do");
    let answer = sender
        .asks(json!({
            "to": to, "type": "text", "text": { "body": mention }, "reply_to": asked.public_id,
            "mentions": [format!("+{ANA}")],
        }))
        .await;
    let got = text_of(&mut baileys, &mention).await;
    let context = &got["content"]["contextInfo"];
    assert_eq!(context["stanzaId"], json!(asked.wa_id), "{got}");
    assert_eq!(
        context["mentionedJid"],
        json!([format!("{ANA}@s.whatsapp.net")]),
        "{got}"
    );
    let own = answer["id"].as_str().unwrap();
    world
        .message_is(&own.parse().unwrap(), wamanager::chats::Status::Delivered)
        .await;

    let change = async |kind: &str, said: Value| sender.asks(json!({ "type": kind, kind: said })).await;
    change("reaction", json!({ "message": asked.public_id, "emoji": "🥖" })).await;
    let got = baileys.gets("reactionMessage").await;
    assert_eq!(
        (&got["content"]["text"], &got["content"]["key"]["id"]),
        (&json!("🥖"), &json!(asked.wa_id))
    );
    change("edit", json!({ "message": own, "body": "we do, fresh" })).await;
    let got = baileys.gets("protocolMessage").await;
    assert!(got.to_string().contains("we do, fresh"), "{got}");
    sender
        .asks(json!({ "to": to, "type": "forward", "forward": { "message": asked.public_id } }))
        .await;
    let got = text_of(&mut baileys, "do you have bread?").await;
    assert_eq!(got["content"]["contextInfo"]["isForwarded"], json!(true), "{got}");

    let poll = Poll {
        question: "Which cake?".into(),
        options: vec!["Lemon".into(), "Carrot".into()],
        choices: 1,
        announcement: false,
    };
    world.phones().send(ANA, SHOP, Content::PollWith(poll)).await.unwrap();
    let (_, poll) = world.stored("Which cake?").await;
    change("vote", json!({ "message": poll.public_id, "options": ["Carrot"] })).await;
    let got = baileys.gets("pollUpdateMessage").await;
    assert_eq!(
        got["content"]["pollCreationMessageKey"]["id"],
        json!(poll.wa_id),
        "{got}"
    );
    // The phone holds the poll's secret and opens the vote.
    assert_eq!(world.phone_has("poll_vote").await.as_deref(), Some("Carrot"));

    change("delete", json!({ "message": own })).await;
    let got = baileys.gets("protocolMessage").await;
    assert_eq!(got["content"]["key"]["id"], answer["whatsapp_id"], "{got}");
    world.phone_has("delete").await;
    drop(baileys);
    pages.stop().await;
    world.end().await;
}
