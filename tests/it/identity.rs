//! One person is one contact with one conversation, whatever WhatsApp calls them, over the simulated network.

use wa_client::{Address, Inbound, InboundSink as _, PersonNews};
use wa_network::faults::{FaultKind, FaultSpec};
use wa_network::hub::Visibility;
use wa_network::phone::{Content, PastMessage};
use wamanager::chats::{Chat, ChatFilter, Ingest};
use wamanager::crypto::Sealer;
use wamanager::db::DbError;
use wamanager::ids::PublicId;

use crate::support::{TestApp, World};

const SHOP: &str = "351910000001";
const ANA: &str = "351910000002";

fn hidden(username: &str) -> Visibility {
    Visibility {
        username: Some(username.into()),
        hidden: true,
        lid_only: false,
        ..Visibility::default()
    }
}

fn lid_only() -> Visibility {
    Visibility {
        lid_only: true,
        ..Visibility::default()
    }
}

impl World {
    /// All addresses of a contact.
    async fn addresses(&self, contact: &PublicId) -> Vec<String> {
        let contact = contact.clone();
        let read = self.app.db.read(move |c| {
            let sql = "SELECT a.address FROM contact_addresses a JOIN contacts k ON k.id = a.contact_id
                        WHERE k.public_id = ?1";
            let mut statement = c.prepare(sql)?;
            let rows = statement.query_map([&contact], |row| row.get(0))?;
            Ok::<_, DbError>(rows.collect::<Result<Vec<String>, _>>()?)
        });
        read.await.unwrap()
    }

    async fn only_chat(&self) -> Chat {
        let mut chats = self.chats().await;
        assert_eq!(chats.len(), 1);
        chats.remove(0)
    }

    async fn titled(&self, title: &str) -> Chat {
        self.until(&format!("a conversation is called {title}"), async || {
            let chats = self.chats().await;
            chats.into_iter().find(|chat| chat.title.as_deref() == Some(title))
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_names_only_the_hidden_id_comes_into_the_conversation_of_the_number() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    let sent = world
        .app
        .outbox
        .send_to(world.scope, &session, ANA, "hello")
        .await
        .unwrap();
    world.arrived(ANA, "hello").await;
    world.phones().set_visibility(ANA, lid_only()).unwrap();
    world.write(ANA, SHOP, "who is it?").await;
    let (chat, _) = world.stored("who is it?").await;
    assert_eq!(chat.public_id, sent.chat);
    assert_eq!(chat.phone.as_deref(), Some(ANA));
    assert_eq!(world.only_chat().await.public_id, sent.chat);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_who_is_known_by_hidden_id_alone_is_the_person_whose_number_is_typed_later() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    world.phones().set_visibility(ANA, lid_only()).unwrap();
    world.write(ANA, SHOP, "hello").await;
    let (first, _) = world.stored("hello").await;
    assert_eq!(first.phone, None);
    let sent = world
        .app
        .outbox
        .send_to(world.scope, &session, ANA, "hello Ana")
        .await
        .unwrap();
    world.arrived(ANA, "hello Ana").await;
    assert_eq!(sent.chat, first.public_id);
    let chat = world.only_chat().await;
    assert_eq!((chat.public_id, chat.phone.as_deref()), (first.public_id, Some(ANA)));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_without_a_number_is_shown_found_and_answered_by_username() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "");
    world.phones().set_visibility(ANA, hidden("ana.shop")).unwrap();
    world.write(ANA, SHOP, "do you deliver?").await;
    let (first, _) = world.stored("do you deliver?").await;
    assert_eq!(first.phone, None);
    // The phone's owner saves them, which is how usernames reach linked devices.
    world
        .phones()
        .add_contact(SHOP, ANA, "Ana of the market")
        .await
        .unwrap();
    let chat = world.titled("Ana of the market").await;
    assert_eq!((chat.public_id, chat.phone), (first.public_id.clone(), None));
    let filter = ChatFilter {
        search: Some("@ana.shop".into()),
        ..ChatFilter::default()
    };
    let found = world.app.chats.list(world.scope, filter, None).await.unwrap().rows;
    assert_eq!(found.len(), 1);
    let sent = world
        .app
        .outbox
        .send_to(world.scope, &session, "@ana.shop", "we do")
        .await
        .unwrap();
    assert_eq!(sent.chat, first.public_id);
    assert_eq!(world.arrived(ANA, "we do").await, 1);
    let nobody = world
        .app
        .outbox
        .send_to(world.scope, &session, "@nobody.here", "we do")
        .await;
    assert!(nobody.is_err());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_phones_address_book_names_people_and_their_profile_does_not_undo_it() {
    let world = World::new().await;
    world.link(SHOP).await;
    world.phone(ANA, "ana *");
    world.write(ANA, SHOP, "hello").await;
    let (chat, _) = world.stored("hello").await;
    assert_eq!(chat.title.as_deref(), Some("ana *"));
    world.phones().add_contact(SHOP, ANA, "Ana Souza").await.unwrap();
    world.titled("Ana Souza").await;
    world.write(ANA, SHOP, "again").await;
    let (chat, _) = world.stored("again").await;
    assert_eq!(chat.title.as_deref(), Some("Ana Souza"));
    let contact = chat.contact.unwrap();
    world
        .app
        .contacts
        .rename(world.scope, &contact, "Ana from church")
        .await
        .unwrap();
    world.phones().add_contact(SHOP, ANA, "Ana S.").await.unwrap();
    world
        .until("the new name of the address book is here", async || {
            let contact = world.app.contacts.get(world.scope, &contact).await.unwrap();
            (contact.book_name.as_deref() == Some("Ana S.")).then_some(())
        })
        .await;
    assert_eq!(world.only_chat().await.title.as_deref(), Some("Ana from church"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sealed_edit_under_the_hidden_id_changes_the_message_that_came_under_the_number() {
    let world = World::new().await;
    world.link(SHOP).await;
    world.phone(ANA, "Ana");
    let id = world.write(ANA, SHOP, "at five").await;
    let (chat, message) = world.stored("at five").await;
    assert_eq!(chat.phone.as_deref(), Some(ANA));
    world.phones().set_visibility(ANA, lid_only()).unwrap();
    let edit = Content::SealedEdit {
        message_id: id,
        text: "at six".into(),
    };
    world.phones().send(ANA, SHOP, edit).await.unwrap();
    let (same, edited) = world.stored("at six").await;
    assert_eq!((same.public_id, edited.public_id), (chat.public_id, message.public_id));
    assert!(edited.edited_at.is_some() && !edited.edited_elsewhere);
    world.only_chat().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_names_people_as_the_phone_does_and_goes_on_in_the_same_conversation() {
    let world = World::new().await;
    world.phone(SHOP, "Flor Bakery");
    world.phone(ANA, "ana *");
    let past = PastMessage {
        peer: ANA.into(),
        peer_name: "Ana Souza".into(),
        from_me: false,
        text: "a year ago".into(),
        at: 1_700_000_000_000,
    };
    world.phones().remember(SHOP, vec![past]).await.unwrap();
    world.phones().set_visibility(ANA, lid_only()).unwrap();
    let session = world.unlinked().await;
    world.pair(&session, SHOP).await;
    let (first, _) = world.stored("a year ago").await;
    assert_eq!(first.title.as_deref(), Some("Ana Souza"));
    world.write(ANA, SHOP, "today").await;
    let (chat, _) = world.stored("today").await;
    assert_eq!(chat.public_id, first.public_id);
    assert_eq!(chat.title.as_deref(), Some("Ana Souza"));
    let contact = world
        .app
        .contacts
        .get(world.scope, &chat.contact.unwrap())
        .await
        .unwrap();
    assert_eq!(
        (contact.book_name.as_deref(), contact.push_name.as_deref()),
        (Some("Ana Souza"), Some("ana *"))
    );
    world.end().await;
}

/// A message that names its writer by one address and no other, as no phone of the simulated network sends it.
fn by(address: &Address, id: &str) -> Inbound {
    Inbound {
        id: id.into(),
        chat: address.clone(),
        sender: address.clone(),
        sender_alt: None,
        from_me: false,
        push_name: None,
        at_ms: 1_700_000_000_000,
        content: wa_client::Content::Text {
            body: format!("message {id}"),
        },
        context: wa_client::Context::default(),
        raw: Vec::new(),
        offline: false,
    }
}

#[tokio::test]
async fn the_link_of_a_conversation_that_went_into_another_leads_there_for_its_workspace_only() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    let session = app.app.sessions.create(ada.scope, "Front desk").await.unwrap();
    let of = wa_client::SessionId(session.id.0);
    let sealer = Sealer::new(&[0x2a; 32], "app.db");
    let ingest = Ingest::new(app.app.db.clone(), app.app.clock.clone(), app.app.bus.clone(), sealer);
    let (phone, lid) = (Address::Phone("15550001111".into()), Address::Lid("77".into()));
    ingest.commit(of, vec![by(&phone, "A"), by(&lid, "B")]).await.unwrap();
    let mut chats = app
        .app
        .chats
        .list(ada.scope, ChatFilter::default(), None)
        .await
        .unwrap()
        .rows;
    chats.sort_by_key(|chat| chat.id);
    let links: Vec<String> = chats.iter().map(|chat| format!("/chats/{}", chat.public_id)).collect();
    assert_eq!(links.len(), 2);
    ingest.learn(of, vec![PersonNews::same(phone, lid)]).await.unwrap();

    let moved = ada.browser.get(&format!("{}?at=x", links[1])).await;
    assert_ne!(moved.status, 200, "a message that does not exist is no place in it");
    let moved = ada.browser.get(&links[1]).await.expect(301);
    assert_eq!(moved.header("location"), links[0]);
    let page = ada.browser.get(&links[0]).await.expect(200).body;
    assert!(page.contains("message A") && page.contains("message B"));
    // A page that is still open goes on working.
    let fragment = [("hx-request", "true"), ("hx-request-type", "partial")];
    let part = ada.browser.send("GET", &links[1], &fragment, "").await.expect(200);
    assert!(part.body.contains("message A"));
    for link in &links {
        bob.browser.get(link).await.expect(404);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_whose_hidden_id_changes_stays_one_contact_with_one_conversation() {
    let world = World::new().await;
    let session = world.link(SHOP).await;
    world.phone(ANA, "Ana");
    world.write(ANA, SHOP, "hello").await;
    let (first, _) = world.stored("hello").await;
    let contact = first.contact.clone().unwrap();
    let before = Address::Lid(world.phones().info(ANA).unwrap().lid);
    let now = Address::Lid(world.phones().change_lid(ANA).unwrap());
    assert!(before != now);
    let marked = FaultSpec::new(FaultKind::RefreshLid).for_session(SHOP);
    world.network.hub().inject_fault(marked);
    let sent = world.app.outbox.send_to(world.scope, &session, ANA, "good morning");
    let sent = sent.await.unwrap();
    assert_eq!(sent.chat, first.public_id);
    // The acknowledgement says that it has changed, and WhatsApp is asked for the one of now.
    let learned = async || {
        let addresses = world.addresses(&contact).await;
        addresses.contains(&now.to_string()).then_some(addresses)
    };
    let known = world.until("the new hidden id", learned).await;
    assert!(known.contains(&before.to_string()), "{known:?}");
    world.arrived(ANA, "good morning").await;
    // From here on nothing but the new id names her.
    world.phones().set_visibility(ANA, lid_only()).unwrap();
    world.write(ANA, SHOP, "are you open?").await;
    let (chat, _) = world.stored("are you open?").await;
    assert_eq!((chat.public_id, chat.contact), (first.public_id.clone(), Some(contact)));
    let answer = world.app.outbox.send_text(world.scope, &first.public_id, "we are");
    answer.await.unwrap();
    world.arrived(ANA, "we are").await;
    assert_eq!(world.only_chat().await.public_id, first.public_id);
    world.end().await;
}

#[tokio::test]
async fn programs_find_a_merged_conversation_and_its_messages_under_both_ids() {
    let app = TestApp::new().await;
    let (ada, bob) = (app.owner("Ada").await, app.owner("Bob").await);
    let session = app.app.sessions.create(ada.scope, "Front desk").await.unwrap();
    let of = wa_client::SessionId(session.id.0);
    let sealer = Sealer::new(&[0x2a; 32], "app.db");
    let ingest = Ingest::new(app.app.db.clone(), app.app.clock.clone(), app.app.bus.clone(), sealer);
    let (phone, lid) = (Address::Phone("15550001111".into()), Address::Lid("77".into()));
    ingest.commit(of, vec![by(&phone, "A"), by(&lid, "B")]).await.unwrap();
    let api = app.api_of(&ada.email).await;
    let chats = format!("/v1/sessions/{}/chats", session.public_id);
    let listed = api.get(&chats).await.expect(200).json();
    let rows = listed["data"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 2);
    let people: Vec<&str> = rows.iter().map(|row| row["contact"].as_str().unwrap()).collect();
    ingest.learn(of, vec![PersonNews::same(phone, lid)]).await.unwrap();

    let stays = api.get(&chats).await.expect(200).json()["data"][0].clone();
    assert_eq!(
        (&stays["phone"], &stays["lid"]),
        (&serde_json::json!("+15550001111"), &serde_json::json!("77@lid"))
    );
    for row in &rows {
        let path = format!("{chats}/{}", row["id"].as_str().unwrap());
        // The merged object, with its own id.
        assert_eq!(api.get(&path).await.expect(200).json(), stays);
        let messages = api.get(&format!("{path}/messages")).await.expect(200).json();
        let mut bodies: Vec<&str> = messages["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["text"]["body"].as_str().unwrap())
            .collect();
        bodies.sort_unstable();
        assert_eq!(bodies, ["message A", "message B"]);
        let listed = format!(
            "/v1/sessions/{}/messages?chat={}",
            session.public_id,
            row["id"].as_str().unwrap()
        );
        assert_eq!(
            api.get(&listed).await.expect(200).json()["data"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
    }
    // So are the contact's messages, whichever id names the person.
    let search = format!("/v1/sessions/{}/messages/search", session.public_id);
    for person in people {
        let found = api
            .post(&search, serde_json::json!({ "query": "message", "by": person }))
            .await;
        assert_eq!(
            found.expect(200).json()["data"].as_array().unwrap().len(),
            2,
            "{person}"
        );
    }
    let other = app.api_of(&bob.email).await;
    for row in &rows {
        let path = format!("{chats}/{}", row["id"].as_str().unwrap());
        other.get(&path).await.problem(404, "not-found");
    }
    app.stop().await;
}
