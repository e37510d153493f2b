use wa_client::{Address, Inbound, InboundSink as _, PersonNews};

use crate::chats::testing::{Inbox, ana, ana_lid, edit, from_ana, text};
use crate::chats::{ChatError, ChatFilter, Window};
use crate::events::Event;
use crate::ids::PublicId;

fn both() -> PersonNews {
    PersonNews::same(ana(), ana_lid())
}

/// A message that names its writer by one address and no other.
fn by(address: &Address, id: &str, at: i64, body: &str) -> Inbound {
    Inbound {
        chat: address.clone(),
        sender: address.clone(),
        sender_alt: None,
        ..from_ana(id, at, text(body))
    }
}

impl Inbox {
    async fn learn(&self, news: PersonNews) {
        let session = wa_client::SessionId(self.session.id.0);
        self.ingest().learn(session, vec![news]).await.unwrap();
    }

    async fn ids(&self) -> Vec<PublicId> {
        let mut chats = self.list().await.rows;
        chats.sort_by_key(|chat| chat.id);
        chats.into_iter().map(|chat| chat.public_id).collect()
    }
}

#[tokio::test]
async fn late_knowledge_makes_two_conversations_one_and_both_links_lead_there() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![by(&ana(), "A", 1, "by number")]).await;
    inbox.deliver(vec![by(&ana_lid(), "B", 2, "by hidden id")]).await;
    let before = inbox.ids().await;
    assert_eq!(before.len(), 2);
    inbox.learn(both()).await;
    assert_eq!(inbox.ids().await, before[..1]);
    assert_eq!(inbox.bodies().await, ["by number", "by hidden id"]);
    for id in &before {
        let chat = inbox.chats.get(inbox.stage.scope, id).await.unwrap();
        assert_eq!((&chat.public_id, chat.unread), (&before[0], 2));
        let page = inbox.chats.thread(inbox.stage.scope, id, Window::Latest).await.unwrap();
        assert_eq!(page.messages.len(), 2);
    }
    assert_eq!(
        inbox.chats.former_ids(inbox.stage.scope, &before[0]).await.unwrap(),
        before[1..]
    );
    // What is done by the old link happens in the one conversation.
    inbox.chats.mark_read(inbox.stage.scope, &before[1]).await.unwrap();
    assert_eq!(inbox.only_chat().await.unread, 0);
    let unknown = inbox.chats.get(inbox.stage.scope, &PublicId::new("chat")).await;
    assert!(matches!(unknown, Err(ChatError::NotFound)));
    inbox.deliver(vec![by(&ana_lid(), "C", 3, "again")]).await;
    assert_eq!(inbox.bodies().await, ["by number", "by hidden id", "again"]);
}

#[tokio::test]
async fn a_link_survives_every_merge_that_comes_after_it() {
    let inbox = Inbox::new().await;
    let third = Address::Lid("4242".into());
    for (address, id) in [(&ana(), "A"), (&ana_lid(), "B"), (&third, "C")] {
        inbox.deliver(vec![by(address, id, 1, id)]).await;
    }
    let before = inbox.ids().await;
    inbox.learn(PersonNews::same(ana_lid(), third)).await;
    assert_eq!(inbox.ids().await, before[..2]);
    inbox.learn(both()).await;
    assert_eq!(inbox.ids().await, before[..1]);
    for id in &before {
        let chat = inbox.chats.get(inbox.stage.scope, id).await.unwrap();
        assert_eq!(chat.public_id, before[0]);
    }
}

#[tokio::test]
async fn what_is_known_already_writes_nothing() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![by(&ana(), "A", 1, "hello")]).await;
    inbox.learn(both()).await;
    let events = inbox.events().await;
    assert!(matches!(events.last(), Some(Event::ChatChanged { .. })));
    inbox.learn(both()).await;
    assert_eq!(inbox.events().await.len(), events.len());
    // A pair of strangers is nobody's business here.
    inbox
        .learn(PersonNews::same(
            Address::Phone("4915100000000".into()),
            Address::Lid("9".into()),
        ))
        .await;
    assert_eq!(inbox.count("SELECT COUNT(*) FROM contacts").await, 1);
}

#[tokio::test]
async fn an_edit_under_the_other_address_changes_the_message() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![by(&ana(), "A", 1, "at five")]).await;
    inbox.learn(both()).await;
    let edited = Inbound {
        content: edit("A", "at six", 2_000),
        ..by(&ana_lid(), "B", 2, "")
    };
    inbox.deliver(vec![edited]).await;
    assert_eq!(inbox.bodies().await, ["at six"]);
}

#[tokio::test]
async fn somebody_without_a_number_is_shown_and_found_by_username() {
    let inbox = Inbox::new().await;
    let nameless = Inbound {
        push_name: None,
        ..by(&ana_lid(), "A", 1, "hello")
    };
    inbox.deliver(vec![nameless]).await;
    assert_eq!(inbox.only_chat().await.title, None);
    inbox
        .learn(PersonNews {
            addresses: vec![ana_lid()],
            username: Some("ana.shop".into()),
            ..PersonNews::default()
        })
        .await;
    let chat = inbox.only_chat().await;
    assert_eq!((chat.title.as_deref(), chat.phone), (Some("@ana.shop"), None));
    let sender = inbox.messages().await[0].sender.clone().unwrap();
    assert_eq!((sender.name.as_deref(), sender.phone), (Some("@ana.shop"), None));
    let filter = ChatFilter {
        search: Some("@ana.sh".into()),
        ..ChatFilter::default()
    };
    let found = inbox.chats.list(inbox.stage.scope, filter, None).await.unwrap();
    assert_eq!(found.rows.len(), 1);
}

#[tokio::test]
async fn messages_follow_somebody_to_their_new_number() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![by(&ana(), "A", 1, "hello")]).await;
    inbox.learn(both()).await;
    let new = Address::Phone("5511888880001".into());
    inbox
        .learn(PersonNews {
            addresses: vec![new.clone(), ana(), ana_lid()],
            left: Some(ana()),
            ..PersonNews::default()
        })
        .await;
    let chat = inbox.only_chat().await;
    assert_eq!(chat.phone.as_deref(), Some("5511888880001"));
    let sent_to = "SELECT COUNT(*) FROM chats WHERE address = '5511888880001@s.whatsapp.net'";
    assert_eq!(inbox.count(sent_to).await, 1);
    inbox.deliver(vec![by(&new, "B", 2, "my new number")]).await;
    assert_eq!(inbox.bodies().await, ["hello", "my new number"]);
}
