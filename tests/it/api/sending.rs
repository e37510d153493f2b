//! Every type of message by the API, as the phone at the other end gets it.

use std::io::Cursor;

use serde_json::{Value, json};
use wa_network::phone::{Choice, ChoiceForm, Content, InboxMessage, Poll};

use super::media::upload;
use crate::support::{Api, World, fields, within};

const SHOP: &str = "351910000001";
const ANA: &str = "5511999990001";
const BO: &str = "5511999990002";

/// Waits until the phone has a message like this.
async fn gets(world: &World, number: &str, what: &str, is: impl Fn(&InboxMessage) -> bool) -> InboxMessage {
    let mut ticks = world.phones().watch(number).unwrap();
    let looking = async {
        loop {
            ticks.borrow_and_update();
            let inbox = world.phones().inbox(number, 0).unwrap();
            if let Some(message) = inbox.into_iter().find(&is) {
                return message;
            }
            ticks.changed().await.expect("the phone is there");
        }
    };
    within(&format!("{number} gets {what}"), looking).await
}

fn picture() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = image::RgbImage::new(40, 30);
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

async fn send(api: &Api, path: &str, kind: &str, said: Value) -> Value {
    let body = json!({ "to": ANA, "type": kind, kind: said });
    let queued = api.post(path, body).await.expect(202).json();
    assert_eq!(queued["direction"], "outbound", "{queued}");
    queued
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_type_arrives_as_what_it_is() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    let (pages, api) = world.api().await;
    let path = format!("/v1/sessions/{session}/messages");
    let file = |bytes: Vec<u8>| {
        let (api, session) = (&api, &session);
        async move { upload(api, session, "", &[], &bytes).await.expect(201).json()["id"].clone() }
    };
    let image = send(
        &api,
        &path,
        "image",
        json!({ "file": file(picture()).await, "caption": "our shop" }),
    )
    .await;
    assert_eq!(image["image"]["caption"], "our shop");
    let got = gets(&world, ANA, "the picture", |message| message.kind == "image").await;
    assert!(got.text.as_deref() == Some("our shop") && got.media_sha256.is_some());
    // Nothing hides the end of a name from whoever gets it.
    let name = "../../\u{202e}bill\n.pdf";
    let bill = json!({ "file": file(b"%PDF-1.4\n%%EOF\n".to_vec()).await, "file_name": name });
    let document = send(&api, &path, "document", bill).await;
    assert_eq!(document["document"]["file_name"], "bill.pdf");
    gets(&world, ANA, "the document", |message| message.kind == "document").await;
    let place = json!({ "latitude": 38.71, "longitude": -9.14, "name": "Shop" });
    let sent = send(&api, &path, "location", place).await;
    assert_eq!(sent["location"]["name"], "Shop");
    gets(&world, ANA, "the place", |message| message.kind == "location").await;
    let people = json!([{ "name": "Bo", "phone": format!("+{BO}") }]);
    let sent = send(&api, &path, "contacts", people).await;
    assert_eq!(sent["contacts"][0]["phone"], format!("+{BO}"));
    gets(&world, ANA, "the contact", |message| {
        message.kind.starts_with("contact")
    })
    .await;
    let poll = json!({ "question": "Which cake?", "options": ["Lemon", "Carrot"] });
    let sent = send(&api, &path, "poll", poll).await;
    assert_eq!(
        (&sent["poll"]["choices"], &sent["poll"]["options"][1]["name"]),
        (&json!(1), &json!("Carrot"))
    );
    gets(&world, ANA, "the poll", |message| message.kind == "poll").await;
    let event = json!({ "name": "Tasting", "starts_at": "2027-01-01T18:00:00Z", "place": "Shop" });
    let sent = send(&api, &path, "event", event).await;
    assert_eq!(sent["event"]["starts_at"], "2027-01-01T18:00:00Z");
    gets(&world, ANA, "the event", |message| message.kind == "event").await;
    pages.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_answered_forwarded_reacted_to_edited_and_deleted() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    world.phone(BO, "Bo");
    let (pages, api) = world.api().await;
    let path = format!("/v1/sessions/{session}/messages");
    world.write(ANA, SHOP, "do you have bread?").await;
    let (_, asked) = world.stored("do you have bread?").await;
    let answer = json!({
        "to": asked.chat, "type": "text", "text": { "body": "we do" }, "reply_to": asked.public_id,
    });
    let answer = api.post(&path, answer).await.expect(202).json();
    assert_eq!(
        (&answer["reply_to"]["id"], &answer["reply_to"]["text"]),
        (&json!(asked.public_id), &json!("do you have bread?"))
    );
    let got = gets(&world, ANA, "the answer", |message| {
        message.text.as_deref() == Some("we do")
    })
    .await;
    assert_eq!(got.reply_to.as_deref(), Some(asked.wa_id.as_str()));
    let own = answer["id"].as_str().unwrap();
    world
        .message_is(&own.parse().unwrap(), wamanager::chats::Status::Delivered)
        .await;

    let forward = json!({ "to": BO, "type": "forward", "forward": { "message": asked.public_id } });
    api.post(&path, forward).await.expect(202);
    let got = gets(&world, BO, "what was forwarded", |message| message.forwarded).await;
    assert_eq!(got.text.as_deref(), Some("do you have bread?"));

    let change = async |kind: &str, said: Value| {
        let body = json!({ "type": kind, kind: said });
        api.post(&path, body).await.expect(202).json()
    };
    let reaction = change("reaction", json!({ "message": asked.public_id, "emoji": "🥖" })).await;
    assert_eq!(reaction["type"], "reaction");
    let got = gets(&world, ANA, "the reaction", |message| message.kind == "reaction").await;
    assert_eq!(got.target.as_deref(), Some(asked.wa_id.as_str()));
    let shown = api.get(&format!("{path}/{}", asked.public_id)).await.expect(200).json();
    assert_eq!(
        (&shown["reactions"][0]["emoji"], &shown["reactions"][0]["mine"]),
        (&json!("🥖"), &json!(true))
    );

    change("edit", json!({ "message": own, "body": "we do, fresh from the oven" })).await;
    gets(&world, ANA, "the edit", |message| message.kind == "edit").await;
    let shown = api.get(&format!("{path}/{own}")).await.expect(200).json();
    assert_eq!(shown["text"]["body"], "we do, fresh from the oven");
    assert!(shown["edited_at"].is_string(), "{shown}");

    let poll = Poll {
        question: "Which cake?".into(),
        options: vec!["Lemon".into(), "Carrot".into()],
        choices: 1,
        announcement: false,
    };
    world.phones().send(ANA, SHOP, Content::PollWith(poll)).await.unwrap();
    let (_, poll) = world.stored("Which cake?").await;
    change("vote", json!({ "message": poll.public_id, "options": ["Carrot"] })).await;
    gets(&world, ANA, "the vote", |message| message.kind == "poll_vote").await;
    let shown = api.get(&format!("{path}/{}", poll.public_id)).await.expect(200).json();
    assert_eq!(shown["poll"]["options"][1]["voters"][0]["phone"], format!("+{SHOP}"));

    let deleted = api.delete(&format!("{path}/{own}"), None).await.expect(202).json();
    assert_eq!((&deleted["deleted"], deleted.get("text")), (&json!(true), None));
    gets(&world, ANA, "the deletion", |message| message.kind == "delete").await;
    // Somebody else's message is deleted here only.
    let theirs = format!("{path}/{}", asked.public_id);
    api.delete(&theirs, None).await.problem(422, "invalid");
    api.delete(&format!("{theirs}?scope=me"), None).await.expect(204);
    pages.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_menu_arrives_in_the_form_that_is_wanted_and_its_answer_names_the_option() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    let (pages, api) = world.api().await;
    let path = format!("/v1/sessions/{session}/messages");
    let menu = |form: Option<&str>, label: Option<&str>| {
        json!({
            "body": "Shall we keep it for you?", "footer": "The bakery", "form": form, "label": label,
            "options": [{ "id": "keep", "title": "Yes, please" }, { "id": "no", "title": "No" }],
        })
    };
    let choice = async |text: &str| {
        world.write(ANA, SHOP, text).await;
        let (_, answer) = world.stored(text).await;
        let answer = api
            .get(&format!("{path}/{}", answer.public_id))
            .await
            .expect(200)
            .json();
        answer["choice"].clone()
    };
    send(&api, &path, "menu", menu(None, None)).await;
    let text = "Shall we keep it for you?\n\n1. Yes, please\n2. No\n\nThe bakery";
    gets(&world, ANA, "the numbers", |message| {
        message.text.as_deref() == Some(text)
    })
    .await;
    assert_eq!(choice(" 2. ").await, "no");
    assert_eq!(choice("yes, PLEASE").await, "keep");
    assert_eq!(choice("3").await, Value::Null);

    let mut shown = String::new();
    for (form, label) in [("buttons", None), ("list", Some("Choose"))] {
        send(&api, &path, "menu", menu(Some(form), label)).await;
        let is_new = |message: &InboxMessage| message.kind == "interactive" && message.id != shown;
        let got = gets(&world, ANA, "the menu", is_new).await;
        assert_eq!(got.text.as_deref(), Some("Shall we keep it for you?"));
        shown = got.id;
    }
    let reply = Choice {
        message_id: shown,
        form: ChoiceForm::Flow,
        id: "keep".into(),
        text: "Yes, please!".into(),
        description: None,
    };
    world.phones().send(ANA, SHOP, Content::Choice(reply)).await.unwrap();
    let (_, answer) = world.stored("Yes, please!").await;
    assert_eq!(answer.context.choice.as_deref(), Some("keep"));
    // After anything else from us a number is a number again.
    send(&api, &path, "text", json!({ "body": "How many loaves?" })).await;
    assert_eq!(choice("1").await, Value::Null);
    let broken = json!({ "to": ANA, "type": "menu", "menu": { "body": "?", "options": [] } });
    api.post(&path, broken).await.problem(422, "invalid");
    pages.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_belong_to_a_type_is_refused_by_its_name() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    let (pages, api) = world.api().await;
    let path = format!("/v1/sessions/{session}/messages");
    world.write(ANA, SHOP, "hello").await;
    let (_, message) = world.stored("hello").await;
    let text = json!({ "body": "hi" });
    let reaction = json!({ "message": message.public_id, "emoji": "👍" });
    let words = upload(&api, &session, "", &[], b"only words").await.expect(201).json()["id"].clone();
    let drawing = upload(&api, &session, "", &[], b"<svg onload='alert(1)'>").await;
    let drawing = drawing.expect(201).json()["id"].clone();
    let long = "x".repeat(256);
    for (body, wrong) in [
        (json!({ "to": ANA, "type": "image" }), &["image"][..]),
        (json!({ "to": ANA, "type": "image", "text": text }), &["text", "image"]),
        (json!({ "type": "text", "text": text }), &["to"]),
        (json!({ "to": ANA, "type": "reaction", "reaction": reaction }), &["to"]),
        (
            json!({ "type": "reaction", "reaction": reaction, "reply_to": message.public_id }),
            &["reply_to"],
        ),
        (
            json!({ "to": ANA, "type": "text", "text": text, "mentions": ["nobody"] }),
            &["mentions"],
        ),
        (
            json!({ "to": ANA, "type": "image", "image": { "file": words } }),
            &["image"],
        ),
        (
            json!({ "to": ANA, "type": "image", "image": { "file": drawing } }),
            &["image"],
        ),
        (
            json!({ "to": ANA, "type": "location", "location": { "latitude": 1, "longitude": 1, "name": long } }),
            &["location"],
        ),
        (
            json!({ "to": ANA, "type": "contacts", "contacts": [{ "name": long, "phone": format!("+{BO}") }] }),
            &["contacts"],
        ),
        (
            json!({ "type": "reaction", "reaction": { "message": message.public_id, "emoji": "👍 thanks" } }),
            &["reaction"],
        ),
        (
            json!({ "to": ANA, "type": "document", "document": { "file": "file_0" } }),
            &["document"],
        ),
        (
            json!({ "to": ANA, "type": "location", "location": { "latitude": 91, "longitude": 0 } }),
            &["location"],
        ),
        (
            json!({ "to": ANA, "type": "contacts", "contacts": [{ "name": "Bo", "phone": "12" }] }),
            &["contacts"],
        ),
        (
            json!({ "to": ANA, "type": "poll", "poll": { "question": "?", "options": ["a"] } }),
            &["poll"],
        ),
        (
            json!({ "to": ANA, "type": "event", "event": { "name": "x", "starts_at": "soon" } }),
            &["event"],
        ),
        (
            json!({ "type": "edit", "edit": { "message": message.public_id, "body": "x" } }),
            &["edit"],
        ),
        (
            json!({ "type": "delete", "delete": { "message": message.public_id } }),
            &["delete"],
        ),
    ] {
        let problem = api.post(&path, body.clone()).await.problem(422, "invalid");
        assert_eq!(fields(&problem), wrong, "{body}");
    }
    for unknown in [
        json!({ "to": ANA, "type": "text", "text": text, "reply_to": "msg_0" }),
        json!({ "type": "reaction", "reaction": { "message": "msg_00000000000000000000000000", "emoji": "👍" } }),
    ] {
        api.post(&path, unknown).await.problem(404, "not-found");
    }
    pages.stop().await;
    world.end().await;
}
