//! Texts, receipts and typing, both ways.

use wa_client::{Ack, Address, Change, LinkError, LinkEvent, Receipt, ReceiptKind, TypingState};
use wa_network::faults::{FaultKind, FaultSpec};
use wa_network::phone::{self, MessageStatus, ReceiptMode, ReceiptRule};
use wa_network::{Network, NetworkOptions};

use crate::support::{BUSINESS, CUSTOMER, Sink, World, change_of, patiently, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_go_both_ways_with_acks_and_receipts() {
    let world = World::new().await;
    let sink = Sink::new();
    let rule = ReceiptRule {
        mode: ReceiptMode::Read,
        delay_ms: 0,
    };
    world.network.phones().receipts(CUSTOMER, rule).unwrap();
    let mut open = world.linked(&sink).await;

    let id = world.customer_writes("good morning").await;
    let row = sink.text("good morning").await;
    assert_eq!(row.id, id);
    assert_eq!(
        (row.chat.clone(), row.sender),
        (Address::Phone(CUSTOMER.into()), Address::Phone(CUSTOMER.into()))
    );
    assert_eq!(
        (row.from_me, row.offline, row.push_name.as_deref()),
        (false, false, Some("Carol"))
    );
    assert!(!row.raw.is_empty());

    open.link
        .send(&text("OUT1", CUSTOMER, "good morning to you"))
        .await
        .unwrap();
    let arrived = world.customer_gets(|message| message.id == "OUT1").await;
    assert_eq!(
        (arrived.text.as_deref(), arrived.copies),
        (Some("good morning to you"), 1)
    );
    // Acknowledgement and receipts come in any order, so the test waits for the last step of each.
    let (mut acked, mut read) = (false, false);
    while !(acked && read) {
        let event = patiently("ack and read receipt", open.events.recv()).await.unwrap();
        acked |= matches!(&event, LinkEvent::Ack(Ack { id, error: None }) if id == "OUT1");
        read |= matches!(&event, LinkEvent::Receipt(Receipt { ids, kind: ReceiptKind::Read, .. }) if ids.contains(&"OUT1".to_owned()));
    }
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_written_on_the_phone_are_stored_as_ours() {
    let world = World::new().await;
    let sink = Sink::new();
    let open = world.linked(&sink).await;
    world
        .network
        .phones()
        .send(BUSINESS, CUSTOMER, "typed on the phone")
        .await
        .unwrap();
    let row = sink.text("typed on the phone").await;
    assert_eq!((row.from_me, row.chat), (true, Address::Phone(CUSTOMER.into())));
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_is_not_on_whatsapp_is_refused_permanently() {
    let world = World::new().await;
    let sink = Sink::new();
    let open = world.linked(&sink).await;
    let sent = open.link.send(&text("OUT2", "5511900000000", "anybody there?")).await;
    assert!(matches!(sent, Err(LinkError::NotOnWhatsApp)), "{sent:?}");
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_message_is_reported_with_its_code() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    world
        .network
        .hub()
        .inject_fault(FaultSpec::new(FaultKind::Timelock463).for_session(BUSINESS));
    open.link.send(&text("OUT3", CUSTOMER, "new here")).await.unwrap();
    let code = open.until("the refusal", |event| match event {
        LinkEvent::Ack(Ack { id, error: Some(error) }) if id == "OUT3" => Some(error.code),
        _ => None,
    });
    assert_eq!(code.await, 463);
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_and_typing_are_reported_both_ways() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    let phones = world.network.phones();
    let id = world.customer_writes("are you there?").await;
    sink.text("are you there?").await;
    let carol = Address::Phone(CUSTOMER.to_owned());

    let mut changes = phones.watch(CUSTOMER).unwrap();
    open.link
        .mark_read(&carol, None, std::slice::from_ref(&id))
        .await
        .unwrap();
    open.link.typing(&carol, TypingState::Composing).await.unwrap();
    patiently("read and typing at the customer's phone", async {
        loop {
            let thread = phones.conversation(CUSTOMER, BUSINESS).unwrap();
            let read = thread
                .iter()
                .any(|message| message.id == id && message.status == MessageStatus::Read);
            if read && !phones.typing_of(CUSTOMER).unwrap().is_empty() {
                return;
            }
            changes.changed().await.unwrap();
        }
    })
    .await;

    open.link.set_available(true).await.unwrap();
    phones
        .typing(CUSTOMER, BUSINESS, phone::TypingState::Composing)
        .await
        .unwrap();
    let typing = open.until("typing", |event| match event {
        LinkEvent::Typing { chat, state, .. } => Some((chat.clone(), *state)),
        _ => None,
    });
    assert_eq!(typing.await, (carol, TypingState::Composing));
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_and_a_delete_name_their_target() {
    let world = World::new().await;
    let sink = Sink::new();
    let open = world.linked(&sink).await;
    let phones = world.network.phones();
    let id = world.customer_writes("teh").await;
    sink.text("teh").await;
    let edit = phone::Content::Edit {
        message_id: id.clone(),
        text: "the".to_owned(),
    };
    phones.send(CUSTOMER, BUSINESS, edit).await.unwrap();
    let row = sink
        .change("an edit", |change| matches!(change, Change::Edit { .. }))
        .await;
    let (target, change) = change_of(&row);
    assert!(target.id == id && target.sender.as_ref() == Some(&row.sender) && !target.from_me);
    assert!(matches!(change, Change::Edit { body: Some(body), at_ms: Some(_), .. } if body == "the"));
    phones
        .send(CUSTOMER, BUSINESS, phone::Content::Delete { message_id: id.clone() })
        .await
        .unwrap();
    let row = sink
        .change("a delete", |change| matches!(change, Change::Delete { .. }))
        .await;
    assert_eq!(change_of(&row).0.id, id);
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_written_to_and_read_like_a_person() {
    let world = World::new().await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    let phones = world.network.phones();
    let group = phones
        .create_group(CUSTOMER, "Friends of bread", &[BUSINESS.to_owned()])
        .unwrap();
    phones.send(CUSTOMER, &group.jid, "hello all").await.unwrap();
    let row = sink.text("hello all").await;
    assert_eq!(row.chat.to_string(), group.jid);
    assert_ne!(row.sender, row.chat);

    let mut message = text("GROUP1", CUSTOMER, "hello Carol and all");
    message.to = row.chat.clone();
    open.link.send(&message).await.unwrap();
    open.acked("GROUP1").await;
    let arrived = world.customer_gets(|message| message.id == "GROUP1").await;
    assert_eq!(arrived.chat, group.jid);
    world.end(open).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lid_migrated_account_is_reached_by_either_address() {
    let options = NetworkOptions {
        lid_migrated: true,
        ..NetworkOptions::default()
    };
    let world = World::on(Network::start(options).await.unwrap(), |_, _| {}).await;
    let sink = Sink::new();
    let mut open = world.linked(&sink).await;
    world.customer_writes("hello from both").await;
    let row = sink.text("hello from both").await;
    let phone = Address::Phone(CUSTOMER.to_owned());
    let both = [row.sender, row.sender_alt.expect("the other namespace")];
    assert!(both.contains(&phone));
    let lid = both
        .into_iter()
        .find(|address| matches!(address, Address::Lid(_)))
        .expect("a LID");
    for (id, to) in [("LID1", lid), ("LID2", phone)] {
        let mut message = text(id, CUSTOMER, "got it");
        message.to = to;
        open.link.send(&message).await.unwrap();
        open.acked(id).await;
        world.customer_gets(|message| message.id == id).await;
    }
    world.end(open).await;
}
