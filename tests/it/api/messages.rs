//! Messages by the API: sent, listed, followed, removed.

use serde_json::{Value, json};
use wa_network::faults::{FaultKind, FaultSpec};
use wa_network::phone::{Content, Location, Poll, ReceiptMode, ReceiptRule};
use wamanager::access::{KeyScope, NewKey};
use wamanager::chats::Status;
use wamanager::ids::PublicId;

use crate::support::{Api, JSON, TestApp, World, fields};

const SHOP: &str = "351910000001";
const ANA: &str = "5511999990001";
const BO: &str = "5511999990002";

async fn linked() -> (World, String) {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    (world, format!("/v1/sessions/{session}/messages"))
}

fn text(to: &str, body: &str) -> Value {
    json!({ "to": to, "type": "text", "text": { "body": body } })
}

/// Asks for the message until it has this status.
async fn once(world: &World, api: &Api, path: &str, status: &str) -> Value {
    let id: PublicId = path.rsplit('/').next().unwrap().parse().unwrap();
    world.message_is(&id, status.parse().unwrap()).await;
    let message = api.get(path).await.expect(200).json();
    assert_eq!(message["status"], status, "{message}");
    message
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_sends_a_text_and_follows_it_until_it_is_read() {
    let (world, path) = linked().await;
    let (pages, api) = world.api().await;
    let rule = ReceiptRule {
        mode: ReceiptMode::Read,
        delay_ms: 0,
    };
    world.phones().receipts(ANA, rule).unwrap();
    let queued = api
        .post(&path, text("+55 (11) 99999-0001", "Your order is ready."))
        .await
        .expect(202)
        .json();
    assert_eq!(
        (&queued["direction"], &queued["origin"], &queued["text"]["body"]),
        (&json!("outbound"), &json!("app"), &json!("Your order is ready."))
    );
    assert_eq!(queued["from"]["phone"], format!("+{SHOP}"));
    assert!(queued["from"]["lid"].as_str().unwrap().ends_with("@lid"), "{queued}");
    assert_eq!(queued["chat"]["phone"], format!("+{ANA}"));
    assert_eq!(world.arrived(ANA, "Your order is ready.").await, 1);
    let own = format!("{path}/{}", queued["id"].as_str().unwrap());
    let read = once(&world, &api, &own, "read").await;
    for time in ["sent_at", "delivered_at", "read_at"] {
        assert!(read[time].as_str() >= read["at"].as_str(), "{time}: {read}");
    }
    assert!(read["played_at"].is_null() && read["failure"].is_null());
    // The answer, with both of her addresses.
    world.write(ANA, SHOP, "on my way").await;
    world.stored("on my way").await;
    let list = api.get(&format!("{path}?direction=inbound")).await.expect(200).json();
    let answer = &list["data"][0];
    assert_eq!(
        (answer["text"]["body"].as_str(), answer["status"].as_str()),
        (Some("on my way"), Some("received"))
    );
    assert_eq!(
        (&answer["from"]["name"], &answer["from"]["phone"]),
        (&json!("Ana"), &json!(format!("+{ANA}")))
    );
    assert!(answer["from"]["lid"].as_str().unwrap().ends_with("@lid"), "{answer}");
    assert_eq!(answer["chat"]["id"], queued["chat"]["id"]);
    assert_eq!(answer["chat"]["contact"], answer["from"]["contact"]);
    pages.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_goes_out_once_for_one_idempotency_key() {
    let (world, path) = linked().await;
    let (pages, api) = world.api().await;
    let headers = [JSON, ("idempotency-key", "order-17")];
    let body = text(ANA, "once").to_string();
    let first = api.send("POST", &path, &headers, &body).await.expect(202).json();
    let again = api.send("POST", &path, &headers, &body).await.expect(202);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.json()["id"], first["id"]);
    assert_eq!(world.arrived(ANA, "once").await, 1);
    assert_eq!(world.messages().await.len(), 1);
    pages.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_line_of_many_is_accepted_or_refused_by_itself() {
    let (world, path) = linked().await;
    let (pages, api) = world.api().await;
    world.phone(BO, "Bo");
    let lines = json!({ "messages": [
        text(ANA, "first"),
        text("not a number", "lost"),
        text(BO, "to Bo"),
        text("+5511900000000", "nobody"),
        text(ANA, ""),
        { "to": ANA, "type": "text" },
        text(ANA, "second"),
    ] });
    let done = api.post(&format!("{path}/bulk"), lines).await.expect(202).json();
    assert_eq!((&done["accepted"], &done["refused"]), (&json!(3), &json!(4)));
    let line = |n: usize| &done["data"][n];
    for (n, body) in [(0, "first"), (2, "to Bo"), (6, "second")] {
        assert_eq!(line(n)["message"]["text"]["body"], body);
        assert!(line(n)["problem"].is_null());
    }
    for (n, field) in [(1, "to"), (3, "to"), (4, "text"), (5, "text")] {
        let problem = &line(n)["problem"];
        assert_eq!(
            (&problem["code"], &problem["field"]),
            (&json!("invalid"), &json!(field)),
            "{done}"
        );
        assert!(line(n)["message"].is_null());
    }
    assert!(
        line(3)["problem"]["detail"]
            .as_str()
            .unwrap()
            .contains("isn’t on WhatsApp"),
        "{done}"
    );
    for (number, body) in [(ANA, "first"), (BO, "to Bo"), (ANA, "second")] {
        assert_eq!(world.arrived(number, body).await, 1);
    }
    let inbox = world.phones().inbox(ANA, 0).unwrap();
    let texts: Vec<_> = inbox.iter().filter_map(|message| message.text.as_deref()).collect();
    assert_eq!(texts, ["first", "second"], "in their order");
    for bad in [json!([]), Value::from(vec![text(ANA, "x"); 101])] {
        let problem = api.post(&format!("{path}/bulk"), json!({ "messages": bad })).await;
        assert_eq!(fields(&problem.problem(422, "invalid")), ["messages"]);
    }
    pages.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_filtered_and_read_to_its_end() {
    let (world, path) = linked().await;
    let (pages, api) = world.api().await;
    world.phone(BO, "Bo");
    for n in 0..5 {
        world.write(ANA, SHOP, &format!("ana {n}")).await;
        world.stored(&format!("ana {n}")).await;
    }
    world.write(BO, SHOP, "bo").await;
    let (bo, _) = world.stored("bo").await;
    let sent = api.post(&path, text(BO, "to bo")).await.expect(202).json();
    world
        .message_is(&sent["id"].as_str().unwrap().parse().unwrap(), Status::Delivered)
        .await;
    let (mut seen, mut next) = (Vec::new(), format!("{path}?limit=3"));
    loop {
        let page = api.get(&next).await.expect(200).json();
        let rows = page["data"].as_array().unwrap();
        assert!(rows.len() <= 3);
        seen.extend(rows.iter().map(|row| row["text"]["body"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        next = format!("{path}?limit=3&cursor={cursor}");
    }
    seen.sort();
    assert_eq!(seen, ["ana 0", "ana 1", "ana 2", "ana 3", "ana 4", "bo", "to bo"]);
    let count = async |query: &str| {
        let page = api.get(&format!("{path}?{query}")).await.expect(200).json();
        page["data"].as_array().unwrap().len()
    };
    let chat = format!("chat={}", bo.public_id);
    for (query, rows) in [
        (chat.as_str(), 2),
        ("direction=outbound", 1),
        ("type=text,image", 7),
        ("type=image", 0),
        ("status=delivered,read", 1),
        ("status=failed", 0),
        ("from=2100-01-01T00:00:00Z", 0),
        ("to=2100-01-01T00:00:00Z", 7),
        ("direction=inbound&fields=id", 6),
    ] {
        assert_eq!(count(query).await, rows, "{query}");
    }
    let problem = api
        .get(&format!("{path}?status=lost&type=x"))
        .await
        .problem(400, "bad-parameter");
    assert_eq!(fields(&problem), ["type"]);
    api.get(&format!("{path}?chat={}", PublicId::new("chat")))
        .await
        .problem(404, "not-found");
    // The same by the chat itself.
    let messages = format!(
        "{}/chats/{}/messages",
        path.strip_suffix("/messages").unwrap(),
        bo.public_id
    );
    let page = api
        .get(&format!("{messages}?direction=inbound"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (page["data"].as_array().unwrap().len(), &page["data"][0]["text"]["body"]),
        (1, &json!("bo"))
    );
    pages.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_finds_words_and_goes_on() {
    let (world, path) = linked().await;
    let (pages, api) = world.api().await;
    for n in 0..3 {
        world.write(ANA, SHOP, &format!("Invoice {n}, please")).await;
        world.stored(&format!("Invoice {n}, please")).await;
    }
    let sent = api
        .post(&path, text(ANA, "the invoices are on their way"))
        .await
        .expect(202)
        .json();
    let search = format!("{path}/search");
    let found = async |body: Value| {
        let page = api.post(&search, body).await.expect(200).json();
        page["data"].as_array().unwrap().len()
    };
    assert_eq!(found(json!({ "query": "invoice" })).await, 4);
    assert_eq!(found(json!({ "query": "invoice", "by": "others" })).await, 3);
    assert_eq!(
        found(json!({ "query": "invoice", "by": "me", "types": ["text"] })).await,
        1
    );
    assert_eq!(
        found(json!({ "query": "invoice", "by": sent["chat"]["contact"] })).await,
        3
    );
    assert_eq!(
        found(json!({ "query": "invoice", "to": "2001-01-01T00:00:00Z" })).await,
        0
    );
    assert_eq!(found(json!({ "query": "receipt" })).await, 0);
    let first = api
        .post(&format!("{search}?limit=3"), json!({ "query": "INVOICE" }))
        .await
        .expect(200)
        .json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = api
        .post(
            &format!("{search}?limit=3&cursor={cursor}"),
            json!({ "query": "INVOICE" }),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(
        (rest["data"].as_array().unwrap().len(), &rest["next_cursor"]),
        (1, &Value::Null)
    );
    assert_eq!(rest["data"][0]["text"]["body"], "Invoice 0, please");
    let wrong = json!({ "query": " ", "by": "nobody", "types": ["picture"], "from": "now" });
    let problem = api.post(&search, wrong).await.problem(422, "invalid");
    let mut named = fields(&problem);
    named.sort_unstable();
    assert_eq!(named, ["by", "from", "query", "types"]);
    pages.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_copy_of_a_message_is_removed_and_stays_away() {
    let (world, path) = linked().await;
    let (pages, api) = world.api().await;
    world.write(ANA, SHOP, "keep this").await;
    world.stored("keep this").await;
    world.write(ANA, SHOP, "my password is tulip").await;
    let (chat, secret) = world.stored("my password is tulip").await;
    let own = format!("{path}/{}", secret.public_id);
    let reaction = Content::Reaction {
        message_id: secret.wa_id.clone(),
        emoji: "🌷".into(),
    };
    world.phones().send(ANA, SHOP, reaction).await.unwrap();
    world
        .until("the reaction shows", async || {
            let thread = world.thread(&chat.public_id).await;
            (!thread.last()?.reactions.is_empty()).then_some(())
        })
        .await;
    let problem = api.delete(&format!("{own}?scope=us"), None).await;
    assert_eq!(fields(&problem.problem(400, "bad-parameter")), ["scope"]);
    api.delete(&format!("{own}?scope=me"), None).await.expect(204);
    api.get(&own).await.problem(404, "not-found");
    api.delete(&format!("{own}?scope=me"), None)
        .await
        .problem(404, "not-found");
    let list = api.get(&path).await.expect(200).json();
    assert_eq!(list["data"].as_array().unwrap().len(), 1, "{list}");
    assert!(world.app.chats.search(world.scope, "tulip").await.unwrap().is_empty());
    let chats = world.chats().await;
    let last = chats[0].last.as_ref().unwrap();
    assert_eq!((last.body.as_deref(), chats[0].unread), (Some("keep this"), 1));
    // Nothing of it is on the disk, and the phone still has it.
    let traces = world
        .app
        .db
        .read(|c| {
            let sql = "SELECT (SELECT COUNT(*) FROM messages WHERE body LIKE '%tulip%' OR detail LIKE '%tulip%')
                            + (SELECT COUNT(*) FROM reactions) + (SELECT COUNT(*) FROM messages WHERE shown = 0
                                 AND kind = 'text' AND raw IS NOT NULL)";
            Ok::<i64, wamanager::db::DbError>(c.query_row(sql, [], |row| row.get(0))?)
        })
        .await
        .unwrap();
    assert_eq!(traces, 0);
    pages.stop().await;
    world.end().await;
}

#[tokio::test]
async fn a_message_that_waits_is_not_sent_once_it_is_removed() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    let (pages, api) = world.api().await;
    let path = format!("/v1/sessions/{session}/messages");
    api.post(&path, text(ANA, "hello")).await.expect(202);
    world.arrived(ANA, "hello").await;
    api.post(&format!("/v1/sessions/{session}/pause"), json!({}))
        .await
        .expect(200);
    let waits = api.post(&path, text(ANA, "never mind")).await.expect(202).json();
    assert_eq!(waits["status"], "pending");
    let own = format!("{path}/{}", waits["id"].as_str().unwrap());
    api.delete(&format!("{own}?scope=me"), None).await.expect(204);
    api.post(&path, text(ANA, "the last one")).await.expect(202);
    api.post(&format!("/v1/sessions/{session}/resume"), json!({}))
        .await
        .expect(200);
    world.arrived(ANA, "the last one").await;
    let inbox = world.phones().inbox(ANA, 0).unwrap();
    let texts: Vec<_> = inbox.iter().filter_map(|message| message.text.as_deref()).collect();
    assert_eq!(texts, ["hello", "the last one"]);
    pages.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_message_says_why_and_is_sent_again() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    let (pages, api) = world.api().await;
    let path = format!("/v1/sessions/{session}/messages");
    let sent = api.post(&path, text(ANA, "hello")).await.expect(202).json();
    world.arrived(ANA, "hello").await;
    let own = format!("{path}/{}", sent["id"].as_str().unwrap());
    api.post(&format!("{own}/retry"), json!({}))
        .await
        .problem(409, "not-failed");
    world
        .network
        .hub()
        .inject_fault(FaultSpec::new(FaultKind::Refuse).for_session(SHOP));
    let lost = api.post(&path, text(ANA, "again")).await.expect(202).json();
    let own = format!("{path}/{}", lost["id"].as_str().unwrap());
    let failed = once(&world, &api, &own, "failed").await;
    assert!(failed["failure"]["code"].is_string(), "{failed}");
    assert!(failed["failure"]["text"].as_str().unwrap().len() > 10, "{failed}");
    world.network.hub().clear_faults();
    let again = api.post(&format!("{own}/retry"), json!({})).await.expect(202).json();
    assert_eq!((&again["id"], &again["failure"]), (&lost["id"], &Value::Null));
    assert_eq!(world.arrived(ANA, "again").await, 1);
    pages.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_message_says_stands_in_the_field_of_its_type() {
    let (world, path) = linked().await;
    let (pages, api) = world.api().await;
    let says = async |content: Content| world.phones().send(ANA, SHOP, content).await.unwrap();
    says(Content::Location(Location {
        latitude: 38.71,
        longitude: -9.14,
        name: Some("Shop".into()),
        address: None,
    }))
    .await;
    let poll = says(Content::PollWith(Poll {
        question: "Which cake?".into(),
        options: vec!["Lemon".into(), "Carrot".into()],
        choices: 1,
        announcement: false,
    }))
    .await;
    world.stored("Which cake?").await;
    says(Content::Vote {
        message_id: poll,
        options: vec!["Carrot".into()],
    })
    .await;
    world.write(ANA, SHOP, "that was all").await;
    world.stored("that was all").await;
    let list = api.get(&format!("{path}?type=location,poll")).await.expect(200).json();
    let of = |kind: &str| {
        let rows = list["data"].as_array().unwrap();
        rows.iter()
            .find(|row| row["type"] == kind)
            .unwrap_or_else(|| panic!("{kind}: {list}"))
    };
    let place = of("location");
    assert_eq!(
        (&place["location"]["latitude"], &place["location"]["name"]),
        (&json!(38.71), &json!("Shop"))
    );
    assert!(place.get("text").is_none() && place.get("poll").is_none(), "{place}");
    let poll = &of("poll")["poll"];
    assert_eq!(
        (&poll["question"], &poll["options"][0]["votes"]),
        (&json!("Which cake?"), &json!(0))
    );
    let voter = &poll["options"][1]["voters"][0];
    assert_eq!(
        (&poll["options"][1]["votes"], &voter["phone"]),
        (&json!(1), &json!(format!("+{ANA}")))
    );
    pages.stop().await;
    world.end().await;
}

#[tokio::test]
async fn a_key_for_one_number_reaches_the_messages_of_that_number_only() {
    let app = TestApp::new().await;
    let owner = app.owner("Shop").await;
    let theirs = app.one_of_each(&owner).await;
    app.put_on_plan(&owner, "business").await;
    let other = app.app.sessions.create(owner.scope, "Other").await.unwrap().public_id;
    let new = |session: &PublicId, scopes: &[KeyScope]| NewKey {
        scopes: scopes.to_vec(),
        session: Some(session.to_string()),
        ..NewKey::default()
    };
    let (session, message, chat) = (&theirs["session"], &theirs["message"], &theirs["chat"]);
    let reads = app.key_like(&owner, new(session, &[KeyScope::MessagesRead])).await.text;
    let reads = app.api().with(&reads);
    reads
        .get(&format!("/v1/sessions/{session}/messages/{message}"))
        .await
        .expect(200);
    reads
        .get(&format!("/v1/sessions/{session}/chats/{chat}"))
        .await
        .expect(200);
    let path = format!("/v1/sessions/{session}/messages");
    reads
        .post(&path, text(ANA, "hello"))
        .await
        .problem(403, "missing-scope");
    reads
        .post(&format!("/v1/sessions/{session}/chats/{chat}/read"), json!({}))
        .await
        .problem(403, "missing-scope");
    // What belongs to one number is not found through another.
    let both = app
        .key(&owner, &[KeyScope::MessagesRead, KeyScope::MessagesSend])
        .await
        .text;
    let both = app.api().with(&both);
    for reply in [
        both.get(&format!("/v1/sessions/{other}/messages/{message}")).await,
        both.delete(&format!("/v1/sessions/{other}/messages/{message}?scope=me"), None)
            .await,
        both.get(&format!("/v1/sessions/{other}/chats/{chat}")).await,
        both.get(&format!("/v1/sessions/{other}/chats/{chat}/messages")).await,
        both.get(&format!("/v1/sessions/{other}/messages?chat={chat}")).await,
        both.post(&format!("/v1/sessions/{other}/chats/{chat}/read"), json!({}))
            .await,
        both.post(&format!("/v1/sessions/{other}/messages"), text(chat.as_str(), "hello"))
            .await,
        reads.get(&format!("/v1/sessions/{other}/messages")).await,
    ] {
        reply.problem(404, "not-found");
    }
    both.post(&path, text(ANA, "hello")).await.problem(409, "not-linked");
    assert_eq!(
        fields(&both.post(&path, text("abc", "hello")).await.problem(422, "invalid")),
        ["to"]
    );
}
