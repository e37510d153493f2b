//! Phones with and without a companion: what their owners see.

use std::time::Duration;

use wa_network::Network;
use wa_network::people::{self, Pace, People, PeopleOptions};
use wa_network::phone::{Content, MessageStatus, NewPhone, PhoneMessage, Phones, ReceiptMode, ReceiptRule};
use whatsapp_rust::Jid;
use whatsapp_rust::types::events::Event;
use whatsapp_rust::waproto::whatsapp as wa;

use crate::support::{BUSINESS, CUSTOMER, Companion, FRIEND, network, text_arrives};

const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until `look` finds something on a phone.
async fn until<T>(phones: &Phones, number: &str, what: &str, look: impl Fn(&Phones) -> Option<T>) -> T {
    let mut changes = phones.watch(number).unwrap();
    let search = async {
        loop {
            if let Some(found) = look(phones) {
                return found;
            }
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, search)
        .await
        .unwrap_or_else(|_| panic!("never seen: {what}"))
}

fn shown(phones: &Phones, number: &str, peer: &str, wanted: impl Fn(&PhoneMessage) -> bool) -> Option<PhoneMessage> {
    phones.conversation(number, peer).unwrap().into_iter().find(wanted)
}

async fn sees(companion: &Companion, what: &str, wanted: impl Fn(&wa::Message) -> bool) {
    companion
        .until(what, |event| {
            event.messages().any(|message| wanted(&message.message)).then_some(())
        })
        .await;
}

fn rule(mode: ReceiptMode, delay_ms: u64) -> ReceiptRule {
    ReceiptRule { mode, delay_ms }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_between_phones_is_sent_delivered_and_read() {
    let network = network().await;
    let phones = network.phones();
    let id = phones.send(CUSTOMER, FRIEND, "hello").await.unwrap();
    let status_is = |status| {
        let id = id.clone();
        move |phones: &Phones| {
            shown(phones, CUSTOMER, FRIEND, |message| {
                message.id == id && message.status == status
            })
        }
    };
    until(&phones, CUSTOMER, "delivered", status_is(MessageStatus::Delivered)).await;
    let chats = phones.conversations(FRIEND).unwrap();
    assert_eq!(
        (chats[0].peer.as_str(), chats[0].peer_name.as_str(), chats[0].unread),
        (CUSTOMER, "Carol", 1)
    );
    phones.mark_read(FRIEND, CUSTOMER).await.unwrap();
    until(&phones, CUSTOMER, "read", status_is(MessageStatus::Read)).await;
    assert_eq!(phones.conversations(FRIEND).unwrap()[0].unread, 0);
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_sends_the_receipts_it_is_told_to() {
    let network = network().await;
    let phones = network.phones();
    phones.receipts(FRIEND, rule(ReceiptMode::None, 0)).unwrap();
    let silent = phones.send(CUSTOMER, FRIEND, "silent").await.unwrap();
    text_arrives(&network, FRIEND, "silent").await;
    phones.receipts(FRIEND, rule(ReceiptMode::Read, 20)).unwrap();
    let read = phones.send(CUSTOMER, FRIEND, "read").await.unwrap();
    until(&phones, CUSTOMER, "read", |phones| {
        shown(phones, CUSTOMER, FRIEND, |message| {
            message.id == read && message.status == MessageStatus::Read
        })
    })
    .await;
    // The later message has its receipt, so one for the earlier would have come already.
    let earlier = shown(&phones, CUSTOMER, FRIEND, |message| message.id == silent).unwrap();
    assert_eq!(earlier.status, MessageStatus::Sent);
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_with_auto_reply_answers_once() {
    let network = network().await;
    let phones = network.phones();
    for number in ["5511999990008", "5511999990009"] {
        let phone = NewPhone {
            number: number.to_owned(),
            name: "Echo".to_owned(),
            auto_reply: true,
        };
        phones.create(phone).unwrap();
    }
    phones.send("5511999990008", "5511999990009", "hello").await.unwrap();
    text_arrives(&network, "5511999990008", "Auto-reply: hello").await;
    // An answer to the answer would arrive before this.
    phones
        .send(
            "5511999990008",
            "5511999990009",
            Content::Text("Auto-reply: end".into()),
        )
        .await
        .unwrap();
    text_arrives(&network, "5511999990009", "Auto-reply: end").await;
    assert_eq!(phones.inbox("5511999990009", 0).unwrap().len(), 2);
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_sees_on_the_phone_what_the_companion_wrote() {
    let network = network().await;
    let phones = network.phones();
    let companion = Companion::linked(&network).await;
    companion
        .client
        .send_text(Jid::pn(CUSTOMER), "from the desk")
        .await
        .unwrap();
    text_arrives(&network, CUSTOMER, "from the desk").await;
    let copy = text_arrives(&network, BUSINESS, "from the desk").await;
    assert_eq!((copy.from.as_str(), copy.chat.as_str()), (BUSINESS, CUSTOMER));
    assert!(phones.conversation(BUSINESS, CUSTOMER).unwrap()[0].from_me);
    phones.send(BUSINESS, CUSTOMER, "from the pocket").await.unwrap();
    companion.receives("from the pocket").await;
    text_arrives(&network, CUSTOMER, "from the pocket").await;
    assert_eq!(network.hub().stats_snapshot().decrypt_failures, 0);
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_companion_shows_every_kind_a_phone_sends() {
    let network = network().await;
    let phones = network.phones();
    let companion = Companion::linked(&network).await;
    let first = phones.send(CUSTOMER, BUSINESS, "first").await.unwrap();
    companion.receives("first").await;
    let id = || first.clone();
    let poll = Content::Poll {
        question: "When?".into(),
        options: vec!["Now".into(), "Later".into()],
    };
    phones.send(CUSTOMER, BUSINESS, poll).await.unwrap();
    sees(&companion, "poll", |message| message.poll_creation_message_v3.is_set()).await;
    let reaction = Content::Reaction {
        message_id: id(),
        emoji: "👍".into(),
    };
    phones.send(CUSTOMER, BUSINESS, reaction).await.unwrap();
    sees(&companion, "reaction", |message| {
        message.reaction_message.text.as_deref() == Some("👍")
    })
    .await;
    let edit = Content::Edit {
        message_id: id(),
        text: "second".into(),
    };
    phones.send(CUSTOMER, BUSINESS, edit).await.unwrap();
    sees(&companion, "edit", |message| {
        message.protocol_message.edited_message.is_set()
    })
    .await;
    phones
        .send(CUSTOMER, BUSINESS, Content::Delete { message_id: id() })
        .await
        .unwrap();
    sees(&companion, "deletion", |message| {
        message.protocol_message.key.id.as_deref() == Some(&*first)
    })
    .await;
    companion.stop().await;
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_begin_to_write_when_the_number_is_linked_and_answer_what_they_get() {
    let network = Network::start(Default::default()).await.unwrap();
    let phones = network.phones();
    let business = phones.create(people::business_phone()).unwrap().number;
    let options = PeopleOptions {
        seed: 3,
        pace: Pace::quick(),
    };
    let people = People::start(phones.clone(), &business, options).await.unwrap();
    let companion = Companion::start(&network).await;
    let qr = companion.qr().await;
    assert!(phones.inbox(&business, 0).unwrap().is_empty());
    phones.scan(&business, &qr).await.unwrap();
    let writer = companion
        .until("the first customer", |event| {
            event
                .messages()
                .find(|message| message.message.conversation.is_some())
                .map(|message| message.info.clone())
        })
        .await;
    let writer = writer.source.sender.to_non_ad();
    companion
        .client
        .send_text(writer.clone(), "Good morning, of course!")
        .await
        .unwrap();
    companion
        .until("typing", |event| match event {
            Event::ChatPresence(presence) if presence.source.chat == writer => Some(()),
            _ => None,
        })
        .await;
    let number = writer.user.as_str();
    until(&phones, number, "the answer is read", |phones| {
        shown(phones, number, &business, |message| {
            message.text == "Good morning, of course!" && message.status == MessageStatus::Read
        })
    })
    .await;
    people.stop().await;
    companion.stop().await;
    network.stop().await;
}
