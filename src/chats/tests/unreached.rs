use std::time::Duration;

use wa_client::{Address, LinkEvent, OutgoingContent, OutgoingContext, Receipt, ReceiptKind};

use crate::accounts;
use crate::chats::store::unreached;
use crate::chats::testing::{Inbox, ana, from_ana, sealer, text};
use crate::chats::{Listing, Message, MessageDraft, OwnMessages, Shown, Status, open_in, set_status_in};
use crate::clock::UnixMs;
use crate::db::DbError;
use crate::events::Event;
use crate::ids::PublicId;
use crate::sessions::testing::PHONE;

const HOUR: Duration = Duration::from_secs(3_600);

impl Inbox {
    /// A message of ours that WhatsApp took now.
    async fn taken(&self, to: Address, wa_id: &'static str) -> PublicId {
        let (workspace, session, now) = (self.stage.scope.workspace, self.session.id, self.stage.clock.now());
        let write = move |tx: &rusqlite::Transaction<'_>| {
            let chat = open_in(tx, workspace, session, &to, now)?;
            let draft = MessageDraft {
                chat,
                wa_id: wa_id.into(),
                content: OutgoingContent::Text { body: wa_id.into() },
                context: OutgoingContext::default(),
                file: None,
                changes: None,
                author: None,
            };
            let (message, id) = OwnMessages::new(sealer()).write_in(tx, &draft, now)?;
            set_status_in(tx, message, Status::Sent, None, now)?;
            Ok::<_, DbError>(id)
        };
        self.stage.db.write(write).await.unwrap()
    }

    async fn mark(&self, now: UnixMs) {
        let mark = move |tx: &rusqlite::Transaction<'_>| unreached::mark(tx, 100, now).map(drop);
        self.stage.db.write(mark).await.unwrap();
    }

    async fn as_it_is(&self, id: &PublicId) -> Message {
        self.chats.message(self.stage.scope, id).await.unwrap()
    }
}

fn delivered(wa_id: &str) -> LinkEvent {
    LinkEvent::Receipt(Receipt {
        chat: ana(),
        sender: ana(),
        ids: vec![wa_id.into()],
        kind: ReceiptKind::Delivered,
        at_ms: 0,
    })
}

#[tokio::test]
async fn a_message_without_a_receipt_is_unreached_after_a_day_until_a_receipt_comes() {
    let inbox = Inbox::new().await;
    let (lost, fine) = (inbox.taken(ana(), "LOST").await, inbox.taken(ana(), "FINE").await);
    inbox.stage.emit(&inbox.session, delivered("FINE"));
    let arrives = async || Some(inbox.as_it_is(&fine).await).filter(|message| message.status == Status::Delivered);
    inbox.sees("the receipt", arrives).await;
    let now = inbox.stage.clock.now();
    inbox.mark(now.plus(23 * HOUR)).await;
    assert_eq!(inbox.as_it_is(&lost).await.state(), "sent");
    inbox.mark(now.plus(24 * HOUR)).await;
    assert_eq!(inbox.as_it_is(&lost).await.state(), "unreached");
    assert_eq!(inbox.as_it_is(&fine).await.state(), "delivered");
    for (status, messages) in [
        (Shown::Unreached, vec![&lost]),
        (Shown::Delivered, vec![&fine]),
        (Shown::Sent, vec![]),
    ] {
        let (scope, session) = (inbox.stage.scope, &inbox.session.public_id);
        let listing = Listing {
            statuses: vec![status],
            ..Listing::default()
        };
        let (page, _) = inbox
            .chats
            .messages_of(scope, session, listing, None, 10)
            .await
            .unwrap();
        let found: Vec<_> = page.rows.iter().map(|message| &message.public_id).collect();
        assert_eq!(found, messages, "{status}");
    }
    let told = |event: &Event| matches!(event, Event::MessageStatus { message, status, .. } if *message == lost && status == "unreached");
    assert_eq!(inbox.events().await.iter().filter(|event| told(event)).count(), 1);
    inbox.mark(now.plus(48 * HOUR)).await;
    assert_eq!(
        inbox.events().await.iter().filter(|event| told(event)).count(),
        1,
        "once"
    );
    inbox.stage.emit(&inbox.session, delivered("LOST"));
    let arrives = async || Some(inbox.as_it_is(&lost).await).filter(|message| message.status == Status::Delivered);
    assert_eq!(inbox.sees("the late receipt", arrives).await.state(), "delivered");
}

#[tokio::test]
async fn the_workspace_says_after_how_many_hours_and_groups_and_ourselves_do_not_count() {
    let inbox = Inbox::new().await;
    let workspace = inbox.stage.scope.workspace;
    let set = move |tx: &rusqlite::Transaction<'_>| accounts::set_unreached_after_in(tx, workspace, 2);
    inbox.stage.db.write(set).await.unwrap();
    inbox.deliver(vec![from_ana("A", 1, text("hi"))]).await;
    let direct = inbox.taken(ana(), "D").await;
    let group = inbox.taken(Address::Group("120363-1".into()), "G").await;
    let ourselves = inbox.taken(Address::Phone(PHONE.into()), "O").await;
    inbox.mark(inbox.stage.clock.now().plus(2 * HOUR)).await;
    let states = [
        inbox.as_it_is(&direct).await.state(),
        inbox.as_it_is(&group).await.state(),
        inbox.as_it_is(&ourselves).await.state(),
    ];
    assert_eq!(states, ["unreached", "sent", "sent"]);
}
