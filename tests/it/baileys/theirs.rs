//! What a customer sends with an independent client, as the page of the chat draws it.

use serde_json::{Value, json};
use wamanager::chats::Message;
use wamanager::site::routes::Demo;

use super::{ANA, Baileys, SHOP, base64, linked};
use crate::support::files::{picture, sticker, video};
use crate::support::{Browser, PASSWORD, World, within};

const VCARD: &str =
    "BEGIN:VCARD\nVERSION:3.0\nFN:Bo Okri\nTEL;type=CELL;waid=5511999990002:+55 11 99999-0002\nEND:VCARD";

fn file(bytes: &[u8]) -> Value {
    json!({ "$file": base64(bytes) })
}

/// What she sends, and what the page shows of it.
struct Case {
    command: Value,
    shows: &'static [&'static str],
}

fn content(content: Value, shows: &'static [&'static str]) -> Case {
    let command = json!({ "send": { "to": SHOP, "content": content } });
    Case { command, shows }
}

/// For what the client itself has no word for.
fn relay(message: Value, shows: &'static [&'static str]) -> Case {
    let command = json!({ "relay": { "to": SHOP, "message": message } });
    Case { command, shows }
}

fn words_and_files() -> Vec<Case> {
    let (photo, film) = (file(&picture()), file(&video()));
    vec![
        content(json!({ "text": "*Is* it open?" }), &["<b>Is</b> it open?"]),
        content(
            json!({
                "text": "see https://bakery.example/menu",
                "linkPreview": {
                    "canonical-url": "https://bakery.example/menu", "matched-text": "https://bakery.example/menu",
                    "title": "The menu", "description": "Bread and cakes",
                },
            }),
            &["The menu", "Bread and cakes", "href=\"https://bakery.example/menu\""],
        ),
        content(
            json!({ "text": format!("@{SHOP} hello"), "mentions": [format!("{SHOP}@s.whatsapp.net")] }),
            &["@You"],
        ),
        content(
            json!({ "image": photo, "caption": "our garden" }),
            &["Photo", "our garden", "<img"],
        ),
        content(
            json!({ "video": film, "caption": "the oven", "seconds": 3 }),
            &["Video", "the oven"],
        ),
        content(json!({ "video": film, "gifPlayback": true }), &["GIF"]),
        content(json!({ "video": film, "ptv": true }), &["Video note"]),
        content(
            json!({ "audio": file(b"a song"), "mimetype": "audio/mp4", "seconds": 65 }),
            &["Audio", "1:05"],
        ),
        content(
            json!({ "audio": file(b"a voice"), "mimetype": "audio/ogg; codecs=opus", "ptt": true, "seconds": 7 }),
            &["Voice note", "0:07"],
        ),
        content(json!({ "sticker": file(&sticker()) }), &["Sticker"]),
        content(
            json!({
                "document": file(b"%PDF-1.4\n%%EOF\n"), "mimetype": "application/pdf", "fileName": "bill.pdf",
                "caption": "what you owe",
            }),
            &["bill.pdf", "what you owe"],
        ),
        content(
            json!({ "image": photo, "viewOnce": true }),
            &["View-once photo. Open it on your phone."],
        ),
    ]
}

fn cards() -> Vec<Case> {
    let two = [VCARD, &VCARD.replace("Bo Okri", "Cy Reis").replace("0002", "0003")];
    vec![
        content(
            json!({ "location": {
                "degreesLatitude": 38.7, "degreesLongitude": -9.1, "name": "The bakery", "address": "Rua Augusta 1",
            } }),
            &["The bakery", "Rua Augusta 1", "openstreetmap.org", "Open map"],
        ),
        relay(
            json!({ "liveLocationMessage": {
                "degreesLatitude": 38.7, "degreesLongitude": -9.1, "sequenceNumber": 1, "caption": "on my way",
            } }),
            &["on my way", "Last seen here at"],
        ),
        content(
            json!({ "contacts": { "displayName": "Bo", "contacts": [{ "displayName": "Bo Okri", "vcard": VCARD }] } }),
            &["Bo Okri", "+55 11 99999-0002"],
        ),
        content(
            json!({ "contacts": { "displayName": "2 contacts", "contacts": [
                { "displayName": "Bo Okri", "vcard": two[0] }, { "displayName": "Cy Reis", "vcard": two[1] },
            ] } }),
            &["Bo Okri", "Cy Reis"],
        ),
        content(
            json!({ "poll": { "name": "Which cake?", "values": ["Lemon", "Carrot"], "selectableCount": 1 } }),
            &["Which cake?", "Lemon", "Carrot", "Choose one answer"],
        ),
        content(
            json!({ "poll": { "name": "Which breads?", "values": ["Rye", "Wheat"], "selectableCount": 0 } }),
            &["Which breads?", "Rye", "Choose one or more answers"],
        ),
        content(
            json!({ "event": {
                "name": "Tasting", "startDate": { "$date": 1_800_000_000 }, "description": "Bring friends",
                "location": { "name": "The bakery" },
            } }),
            &["Tasting", "2027", "The bakery", "Bring friends"],
        ),
        content(
            json!({
                "product": {
                    "productImage": file(&picture()), "productId": "1", "title": "Sourdough", "currencyCode": "EUR",
                    "priceAmount1000": 4500, "productImageCount": 1,
                },
                "businessOwnerJid": format!("{SHOP}@s.whatsapp.net"), "body": "Is this there today?",
            }),
            &["Sourdough", "4.50 EUR"],
        ),
        relay(
            json!({ "orderMessage": {
                "orderId": "7", "itemCount": 3, "orderTitle": "Party", "message": "For Saturday", "totalAmount1000": 12_000,
                "totalCurrencyCode": "EUR", "status": 1, "surface": 1, "token": "x",
            } }),
            &["3 items", "12.00 EUR"],
        ),
        content(
            json!({ "groupInvite": {
                "inviteCode": "abc", "inviteExpiration": 1_800_000_000, "text": "Join us", "jid": "120363@g.us",
                "subject": "Bread friends",
            } }),
            &["Bread friends", "Invitation to a group", "Join us", "valid until"],
        ),
        relay(
            json!({ "newsletterAdminInviteMessage": {
                "newsletterJid": "120363@newsletter", "newsletterName": "Bread news", "caption": "Write with us",
                "inviteExpiration": 1_800_000_000,
            } }),
            &["Bread news", "Invitation to a channel"],
        ),
        relay(
            json!({ "pollResultSnapshotMessage": {
                "name": "Best bread", "pollVotes": [{ "optionName": "Rye", "optionVoteCount": 4 }],
            } }),
            &["Best bread", "Rye", "This poll has ended"],
        ),
    ]
}

fn from_businesses() -> Vec<Case> {
    let flow = json!({ "display_text": "Track it", "id": "track" }).to_string();
    vec![
        relay(
            json!({ "buttonsMessage": {
                "contentText": "Anything else?", "footerText": "The bakery", "headerType": 1,
                "buttons": [{ "buttonId": "y", "buttonText": { "displayText": "Yes please" }, "type": 1 }],
            } }),
            &["Anything else?", "The bakery", "<li dir=\"auto\">Yes please</li>"],
        ),
        relay(
            json!({ "listMessage": {
                "title": "Breads", "description": "Take your pick", "buttonText": "Show all", "listType": 1,
                "sections": [{ "title": "Today", "rows": [{ "title": "Rye loaf", "rowId": "rye" }] }],
            } }),
            &["Take your pick", "Show all", "Rye loaf"],
        ),
        relay(
            json!({ "templateMessage": { "hydratedTemplate": {
                "hydratedContentText": "Your order is ready", "hydratedFooterText": "See you",
                "hydratedButtons": [{ "index": 0, "quickReplyButton": { "displayText": "On my way", "id": "go" } }],
            } } }),
            &["Your order is ready", "See you", "On my way"],
        ),
        relay(
            json!({ "interactiveMessage": {
                "body": { "text": "It left the oven" },
                "nativeFlowMessage": { "buttons": [{ "name": "quick_reply", "buttonParamsJson": flow }] },
            } }),
            &["It left the oven", "Track it"],
        ),
        content(
            json!({ "buttonReply": { "displayText": "Yes please", "id": "y" }, "type": "plain" }),
            &["Yes please", "Chosen from what was offered"],
        ),
        content(
            json!({ "buttonReply": { "displayText": "On my way", "id": "go", "index": 0 }, "type": "template" }),
            &["On my way", "Chosen from what was offered"],
        ),
        content(
            json!({ "listReply": { "title": "Rye loaf", "listType": 1, "singleSelectReply": { "selectedRowId": "rye" } } }),
            &["Rye loaf", "Chosen from what was offered"],
        ),
    ]
}

fn one_liners() -> Vec<Case> {
    vec![
        content(
            json!({ "requestPhoneNumber": true }),
            &["Asks for your phone number. You can share it from your phone."],
        ),
        content(json!({ "sharePhoneNumber": true }), &["shared their phone number"]),
        content(json!({ "limitSharing": true }), &["limited sharing in this chat"]),
        content(
            json!({ "disappearingMessagesInChat": 86_400 }),
            &["set messages to disappear after"],
        ),
        relay(
            json!({ "requestPaymentMessage": {
                "currencyCodeIso4217": "EUR", "amount1000": 5_000, "noteMessage": { "conversation": "for the cake" },
            } }),
            &["A payment request. Open it on your phone.", "for the cake"],
        ),
        relay(
            json!({ "scheduledCallCreationMessage": { "scheduledTimestampMs": 1_800_000_000_000_i64, "title": "A chat" } }),
            &["A scheduled call. Open it on your phone to join."],
        ),
        relay(
            json!({ "stickerPackMessage": { "name": "Loaves", "publisher": "The bakery" } }),
            &["A sticker pack. Open it on your phone.", "Loaves"],
        ),
        relay(
            json!({ "placeholderMessage": { "type": 0 } }),
            &["WhatsApp shows this message only on the phone."],
        ),
    ]
}

impl World {
    /// The page of Ana's chat, to be read while it is open.
    async fn drawn(&self, done: impl Fn(&[Message]) -> bool) -> (String, Vec<Message>) {
        self.until("the messages are as they shall be", async || {
            let chat = self.chats().await.pop()?;
            done(&self.thread(&chat.public_id).await).then_some(())
        })
        .await;
        let chat = self.chats().await.remove(0);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let browser = Browser::new(&format!("http://{}", listener.local_addr().unwrap()));
        let pages = self.app.serve_pages(&self.config, listener, Demo::Off, |_| {}).unwrap();
        browser.log_in("ines@example.com", PASSWORD).await;
        let path = format!("/chats/{}", chat.public_id);
        let page = browser.get(&path).await.expect(200).body;
        let thread = self.thread(&chat.public_id).await;
        pages.stop().await;
        (page, thread)
    }
}

/// The element of a message.
fn element<'a>(page: &'a str, message: &Message) -> &'a str {
    let id = format!("id=\"message-{}\"", message.public_id);
    let from = page
        .find(&id)
        .unwrap_or_else(|| panic!("a {} is not drawn", message.kind));
    let rest = &page[from..];
    let end = rest[1..].find("id=\"message-msg_").map_or(rest.len(), |at| at + 1);
    &rest[..end]
}

fn assert_drawn(page: &str, thread: &[Message], id: &str, case: &Case) {
    let message = thread.iter().find(|message| message.wa_id == id);
    let message = message.unwrap_or_else(|| panic!("not in the chat: {}", case.command));
    let drawn = element(page, message);
    for words in case.shows {
        assert!(
            drawn.contains(words),
            "{words:?} is missing for {}:\n{drawn}",
            case.command
        );
    }
}

async fn all_are_drawn(test: &str, cases: Vec<Case>) {
    let Some((world, _, mut baileys)) = linked(test).await else {
        return;
    };
    let mut ids = Vec::new();
    for case in &cases {
        ids.push(baileys.sends(case.command.clone()).await);
    }
    let there = |thread: &[Message], id: &String| thread.iter().any(|message| message.wa_id == *id);
    let (page, thread) = world.drawn(|thread| ids.iter().all(|id| there(thread, id))).await;
    for (case, id) in cases.iter().zip(&ids) {
        assert_drawn(&page, &thread, id, case);
    }
    drop(baileys);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_and_files_of_another_client_are_drawn() {
    all_are_drawn("words_and_files_of_another_client_are_drawn", words_and_files()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cards_of_another_client_are_drawn() {
    all_are_drawn("cards_of_another_client_are_drawn", cards()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_businesses_send_and_customers_choose_is_drawn() {
    let test = "what_businesses_send_and_customers_choose_is_drawn";
    all_are_drawn(test, from_businesses()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_one_line_here_is_drawn_as_such() {
    all_are_drawn("what_is_one_line_here_is_drawn_as_such", one_liners()).await;
}

/// Sends a content; its id.
async fn say(baileys: &mut Baileys, content: Value) -> String {
    baileys
        .sends(json!({ "send": { "to": SHOP, "content": content } }))
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_another_client_show_on_their_message() {
    let test = "changes_of_another_client_show_on_their_message";
    let Some((world, session, mut baileys)) = linked(test).await else {
        return;
    };
    let sent = world
        .app
        .outbox
        .send_to(world.scope, &session, ANA, "We open at eight")
        .await;
    let ours = sent.unwrap().message;
    let got = baileys.gets("conversation").await;
    let ours_id = got["id"].as_str().unwrap().to_owned();
    let key = |id: &str| json!({ "$key": id });

    let edited = say(&mut baileys, json!({ "text": "two loafs" })).await;
    say(&mut baileys, json!({ "text": "two loaves", "edit": key(&edited) })).await;
    let deleted = say(&mut baileys, json!({ "text": "never mind" })).await;
    say(&mut baileys, json!({ "delete": key(&deleted) })).await;
    say(&mut baileys, json!({ "react": { "text": "👍", "key": key(&ours_id) } })).await;
    say(
        &mut baileys,
        json!({ "pin": key(&ours_id), "type": 1, "time": 604_800 }),
    )
    .await;
    let keep =
        json!({ "keepInChatMessage": { "key": key(&ours_id), "keepType": 1, "timestampMs": 1_800_000_000_000_i64 } });
    baileys.sends(json!({ "relay": { "to": SHOP, "message": keep } })).await;
    let answer = json!({ "send": { "to": SHOP, "content": { "text": "wonderful" }, "quoted": ours_id } });
    let answer = baileys.sends(answer).await;
    let forwarded = say(
        &mut baileys,
        json!({ "forward": { "$message": answer }, "force": true }),
    )
    .await;

    let by = |thread: &[Message], id: &str| thread.iter().find(|message| message.wa_id == id).cloned();
    let (page, thread) = world
        .drawn(|thread| {
            let words = by(thread, &edited).and_then(|message| message.body);
            let ours = by(thread, &ours_id);
            words.as_deref() == Some("two loaves")
                && by(thread, &deleted).is_some_and(|message| message.deleted)
                && ours.is_some_and(|message| message.kept && !message.reactions.is_empty())
                && by(thread, &forwarded).is_some()
        })
        .await;
    let drawn = |id: &str| element(&page, &by(&thread, id).unwrap()).to_owned();
    assert!(drawn(&edited).contains("two loaves") && drawn(&edited).contains("edited"));
    assert!(drawn(&deleted).contains("This message was deleted.") && !drawn(&deleted).contains("never mind"));
    assert!(drawn(&ours_id).contains("👍") && drawn(&ours_id).contains("Kept"));
    assert!(drawn(&answer).contains("class=\"quote\"") && drawn(&answer).contains("We open at eight"));
    assert!(drawn(&forwarded).contains("Forwarded"));
    let pins = world.app.chats.pins(world.scope, &thread[0].chat).await.unwrap();
    assert_eq!(pins[0].message.public_id, ours);
    assert!(page.contains("until"), "the pin says until when");
    drop(baileys);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_album_of_another_client_is_one_group_of_pictures() {
    let test = "an_album_of_another_client_is_one_group_of_pictures";
    let Some((world, _, mut baileys)) = linked(test).await else {
        return;
    };
    let album = json!({ "album": { "expectedImageCount": 2, "expectedVideoCount": 0 } });
    let head = say(&mut baileys, album).await;
    let mut pictures = Vec::new();
    for _ in 0..2 {
        let picture = json!({ "image": file(&picture()), "albumParentKey": { "$key": head } });
        pictures.push(say(&mut baileys, picture).await);
    }
    let (page, thread) = world.drawn(|thread| thread.len() == 2).await;
    assert_eq!(page.matches("class=\"album\"").count(), 1);
    let ids: Vec<_> = thread.iter().map(|message| &message.wa_id).collect();
    assert_eq!(ids, pictures.iter().collect::<Vec<_>>());
    assert_eq!(world.chats().await[0].unread, 2);
    drop(baileys);
    Box::pin(within("the program ends", world.end())).await;
}
