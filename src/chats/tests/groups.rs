//! Groups: who is in them, and what follows from it.

use wa_client::{Address, Change, Content, Group, GroupMember, Inbound, LinkEvent, Receipt, ReceiptKind, Target};

use super::*;
use crate::chats::Status;
use crate::chats::store::groups;
use crate::chats::testing::{ana, from_ana, text};

fn bob() -> Address {
    Address::Lid("88".into())
}

fn ours() -> Address {
    Address::Phone(crate::sessions::testing::PHONE.into())
}

fn bakers() -> Address {
    Address::Group("1203".into())
}

fn member(address: Address, admin: bool) -> GroupMember {
    GroupMember {
        address,
        alt: None,
        admin,
    }
}

impl Inbox {
    /// WhatsApp says that these people are in the group.
    async fn group(&self, subject: &str, members: Vec<GroupMember>) {
        let group = Group {
            address: bakers(),
            subject: subject.into(),
            description: None,
            members,
            admins_only: false,
            locked: false,
        };
        let (workspace, session, now) = (self.stage.scope.workspace, self.session.id, self.stage.clock.now());
        self.stage
            .db
            .write(move |tx| groups::write(tx, workspace, session, &group, now))
            .await
            .unwrap();
    }

    async fn writes(&self, id: &str, second: i64, sender: Address, content: Content) {
        let message = Inbound {
            chat: bakers(),
            sender,
            ..from_ana(id, second, content)
        };
        self.deliver(vec![message]).await;
    }

    fn receipt(&self, sender: Address, kind: ReceiptKind) {
        let receipt = Receipt {
            chat: bakers(),
            sender,
            ids: vec!["A".into()],
            kind,
            at_ms: 5,
        };
        self.stage.emit(&self.session, LinkEvent::Receipt(receipt));
    }
}

#[tokio::test]
async fn a_group_has_its_name_before_anybody_writes_and_follows_its_changes() {
    let inbox = Inbox::new().await;
    inbox
        .group("Bakers", vec![member(ours(), false), member(ana(), true)])
        .await;
    assert!(inbox.list().await.rows.is_empty(), "nobody has written");
    inbox.writes("A", 1, ana(), text("hello")).await;
    let chat = inbox.only_chat().await;
    assert_eq!(chat.title.as_deref(), Some("Bakers"));
    inbox.group("Night bakers", vec![member(ours(), true)]).await;
    assert_eq!(inbox.only_chat().await.title.as_deref(), Some("Night bakers"));
}

#[tokio::test]
async fn an_administrators_delete_is_believed_of_administrators_only() {
    let inbox = Inbox::new().await;
    inbox
        .group(
            "Bakers",
            vec![member(ours(), false), member(ana(), true), member(bob(), false)],
        )
        .await;
    inbox.writes("A", 1, ana(), text("of Ana")).await;
    inbox.writes("B", 2, bob(), text("of Bob")).await;
    let takes_back = |id: &str, author: Address| Content::Change {
        target: Target {
            id: id.into(),
            from_me: false,
            sender: Some(author),
        },
        change: Change::Delete { by_admin: true },
    };
    let gone = async || -> Vec<bool> { inbox.messages().await.iter().map(|message| message.deleted).collect() };
    inbox.writes("D1", 3, bob(), takes_back("A", ana())).await;
    assert_eq!(gone().await, [false, false]);
    inbox.writes("D2", 4, ana(), takes_back("B", bob())).await;
    assert_eq!(gone().await, [false, true]);
}

#[tokio::test]
async fn a_message_is_delivered_and_read_when_all_members_have_it() {
    let inbox = Inbox::new().await;
    let known = GroupMember {
        alt: Some(Address::Phone("5511999990088".into())),
        ..member(bob(), false)
    };
    inbox
        .group("Bakers", vec![member(ours(), false), member(ana(), true), known])
        .await;
    inbox
        .deliver(vec![Inbound {
            chat: bakers(),
            from_me: true,
            ..from_ana("A", 1, text("hi all"))
        }])
        .await;
    inbox.receipt(ana(), ReceiptKind::Read);
    let read_by = async |count: u32| {
        let look = async || {
            let message = inbox.messages().await.pop()?;
            let receipts = message.receipts?;
            (receipts.read == count).then_some(message.status)
        };
        inbox.sees("a receipt", look).await
    };
    assert_eq!(read_by(1).await, Status::Sent);
    // By the other of the member's addresses.
    inbox.receipt(Address::Phone("5511999990088".into()), ReceiptKind::Delivered);
    let becomes = async |status: Status| {
        let look = async || inbox.messages().await.pop().filter(|message| message.status == status);
        inbox.sees(status.word(), look).await
    };
    becomes(Status::Delivered).await;
    inbox.receipt(bob(), ReceiptKind::Read);
    becomes(Status::Read).await;
}
