//! Recipients: spellings, accounts that WhatsApp registers under another number, and unregistered numbers.

use rusqlite::Connection;
use wamanager::chats::Status;
use wamanager::db::DbError;
use wamanager::ids::PublicId;

use crate::support::World;

const SHOP: &str = "351910000001";

/// A world whose workspace uses the national numbers of `country`.
async fn linked_in(country: &'static str) -> (World, PublicId) {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    let set = move |tx: &rusqlite::Transaction<'_>| {
        Ok::<_, DbError>(tx.execute("UPDATE workspaces SET country = ?1", [country])?)
    };
    world.app.db.write(set).await.unwrap();
    (world, session)
}

/// Contacts that were not merged, and conversations; the linked number's own are not counted.
async fn people_and_chats(world: &World) -> (i64, i64) {
    let count = |c: &Connection| {
        let others = "NOT IN (SELECT contact_id FROM contact_addresses WHERE address = '351910000001@s.whatsapp.net')";
        let of = |what: String| c.query_row(&format!("SELECT COUNT(*) FROM {what}"), [], |row| row.get(0));
        Ok::<_, DbError>((
            of(format!("contacts WHERE merged_into IS NULL AND id {others}"))?,
            of(format!("chats WHERE contact_id {others}"))?,
        ))
    };
    world.app.db.read(count).await.unwrap()
}

/// Sends in every spelling; each message must arrive on the one phone, which stays one contact with one chat.
async fn all_reach(country: &'static str, phone: &str, spellings: &[&str]) {
    let (world, session) = Box::pin(linked_in(country)).await;
    world.phone(phone, "Ana");
    for spelling in spellings {
        let text = format!("to {spelling}");
        let sent = Box::pin(world.app.outbox.send_to(world.scope, &session, spelling, &text)).await;
        let sent = sent.unwrap_or_else(|error| panic!("{country} {spelling}: {error}"));
        let message = world
            .until(&format!("{country} {spelling} is settled"), async || {
                let message = world.app.chats.message(world.scope, &sent.message).await.unwrap();
                (message.status.rank() > 0).then_some(message)
            })
            .await;
        assert!(message.failure.is_none(), "{country} {spelling}: {:?}", message.failure);
        assert_eq!(world.arrived(phone, &text).await, 1, "{country} {spelling}");
        assert_eq!(people_and_chats(&world).await, (1, 1), "{country} {spelling}");
    }
    world.write(phone, SHOP, "got them all").await;
    let (chat, _) = world.stored("got them all").await;
    assert_eq!(world.thread(&chat.public_id).await.len(), spellings.len() + 1);
    assert_eq!(
        people_and_chats(&world).await,
        (1, 1),
        "the answer comes from the same person"
    );
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brazilian_without_the_ninth_digit_is_reached_in_every_spelling() {
    let spellings = [
        "+55 31 99123-4567",
        "(31) 99123-4567",
        "553191234567",
        "+55 31 9123-4567",
        "(31) 9123-4567",
        "553191234567@s.whatsapp.net",
    ];
    all_reach("BR", "553191234567", &spellings).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_brazilian_with_the_ninth_digit_is_reached_without_it_too() {
    let spellings = ["+55 31 99123-4567", "553191234567@s.whatsapp.net", "(31) 9123-4567"];
    all_reach("BR", "5531991234567", &spellings).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mexican_with_a_1_is_reached_in_every_spelling() {
    let spellings = [
        "+52 55 1234 5678",
        "55 1234 5678",
        "5215512345678",
        "+52 1 55 1234 5678",
        "044 55 1234 5678",
    ];
    all_reach("MX", "5215512345678", &spellings).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mexican_without_a_1_is_reached_with_it_too() {
    let spellings = ["+52 1 55 9888 7777", "5215598887777@s.whatsapp.net", "55 9888 7777"];
    all_reach("MX", "525598887777", &spellings).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_argentine_mobile_is_reached_in_every_spelling() {
    let spellings = [
        "11 2345-6789",
        "+54 11 2345-6789",
        "+54 9 11 2345-6789",
        "011 15-2345-6789",
    ];
    all_reach("AR", "5491123456789", &spellings).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_dialled_abroad_from_the_us_is_not_read_as_one_in_hanoi() {
    let (world, session) = linked_in("US").await;
    world.phone("4915112345678", "Anna");
    world.phone("495112345678", "Hanover");
    let send = world
        .app
        .outbox
        .send_to(world.scope, &session, "011 49 151 12345678", "hello");
    send.await.unwrap();
    world.arrived("4915112345678", "hello").await;
    assert!(world.phones().inbox("495112345678", 0).unwrap().is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_wrote_first_is_found_under_the_typed_number() {
    let (world, session) = linked_in("BR").await;
    world.phone("553191234567", "Ana");
    world.write("553191234567", SHOP, "hello shop").await;
    let (chat, _) = world.stored("hello shop").await;
    let sent = world
        .app
        .outbox
        .send_to(world.scope, &session, "(31) 99123-4567", "hello Ana");
    let sent = sent.await.unwrap();
    world.arrived("553191234567", "hello Ana").await;
    world.message_is(&sent.message, Status::Delivered).await;
    assert_eq!(sent.chat, chat.public_id);
    assert_eq!(people_and_chats(&world).await, (1, 1));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_send_leaves_no_contact_and_no_chat_behind() {
    let (world, session) = linked_in("BR").await;
    for recipient in [
        "+55 11 98888-7777",
        "(65) 8123-4567",
        "12/05/1990",
        "123.456.789-09",
        "91234-5678",
    ] {
        let sent = world
            .app
            .outbox
            .send_to(world.scope, &session, recipient, "hello?")
            .await;
        if let Ok(sent) = &sent {
            world
                .until("it is refused", async || {
                    match world.app.chats.message(world.scope, &sent.message).await {
                        Ok(message) => (message.status == Status::Failed).then_some(()),
                        Err(_) => Some(()),
                    }
                })
                .await;
        }
        assert_eq!(people_and_chats(&world).await, (0, 0), "{recipient}");
    }
    world.end().await;
}
