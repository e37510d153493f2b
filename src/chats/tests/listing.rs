//! Messages and chats as programs list them.

use super::super::listing::Listing;
use super::super::store::listing::EXAMINED;
use super::super::testing::{Inbox, ana_lid, from_ana, text};
use super::super::{Cast, ChatError, Kind, Message, Shown};
use crate::accounts::Scope;
use crate::db::{DbError, Page};
use crate::ids::{PublicId, TimeCursor};

impl Inbox {
    async fn page(
        &self,
        listing: &Listing,
        after: Option<TimeCursor>,
        limit: u32,
    ) -> (Page<Message, TimeCursor>, Cast) {
        self.chats
            .messages_of(self.stage.scope, &self.session.public_id, listing.clone(), after, limit)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_filter_that_few_messages_pass_ends_a_page_after_so_many_rows() {
    let inbox = Inbox::new().await;
    let many = i64::from(EXAMINED) + 10;
    let messages = (0..many)
        .map(|n| from_ana(&format!("M{n}"), n, text(&format!("number {n}"))))
        .collect();
    inbox.deliver(messages).await;
    // The oldest two were pictures.
    inbox
        .stage
        .db
        .write(|tx| {
            let sql = "UPDATE messages SET kind = 'image' WHERE id IN (SELECT id FROM messages ORDER BY at LIMIT 2)";
            Ok::<_, DbError>(tx.execute(sql, [])?)
        })
        .await
        .unwrap();
    let pictures = Listing {
        kinds: vec![Kind::Image],
        ..Listing::default()
    };
    let (first, _) = inbox.page(&pictures, None, 1).await;
    assert!(first.rows.is_empty() && first.next.is_some());
    let (second, _) = inbox.page(&pictures, first.next, 1).await;
    assert_eq!(second.rows[0].body.as_deref(), Some("number 1"));
    let (third, _) = inbox.page(&pictures, second.next, 1).await;
    assert_eq!(third.rows[0].body.as_deref(), Some("number 0"));
    assert_eq!(third.next, None);
}

#[tokio::test]
async fn a_person_is_named_by_both_addresses_once_they_are_known() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("M1", 1, text("hello"))]).await;
    let (page, cast) = inbox.page(&Listing::default(), None, 10).await;
    let ana = cast.sender(page.rows[0].sender.as_ref().unwrap());
    assert_eq!(
        (ana.phone.as_deref(), ana.lid.as_deref()),
        (Some("5511999990001"), None)
    );
    let mut by_lid = from_ana("M2", 2, text("again"));
    by_lid.sender_alt = Some(ana_lid());
    inbox.deliver(vec![by_lid]).await;
    let (page, cast) = inbox.page(&Listing::default(), None, 10).await;
    assert_eq!(page.rows.len(), 2);
    for message in &page.rows {
        let ana = cast.sender(message.sender.as_ref().unwrap());
        assert_eq!(
            (ana.phone.as_deref(), ana.lid.as_deref()),
            (Some("5511999990001"), Some("77@lid"))
        );
        let chat = &cast.conversations[&message.chat];
        assert!(chat.party == ana && !chat.is_group());
    }
}

#[tokio::test]
async fn a_removed_message_is_not_brought_back_by_whatsapp() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("M1", 1, text("secret"))]).await;
    let (page, _) = inbox.page(&Listing::default(), None, 10).await;
    let (chat, message) = (page.rows[0].chat.clone(), page.rows[0].public_id.clone());
    let (workspace, now, removed) = (inbox.stage.scope.workspace, inbox.stage.clock.now(), message.clone());
    inbox
        .stage
        .db
        .write(move |tx| {
            let chat = super::super::ref_in(tx, workspace, &chat)?;
            super::super::remove_in(tx, &chat, &removed, now)
        })
        .await
        .unwrap();
    inbox.deliver(vec![from_ana("M1", 1, text("secret"))]).await;
    let (page, _) = inbox.page(&Listing::default(), None, 10).await;
    assert!(page.rows.is_empty());
    let (scope, session) = (inbox.stage.scope, inbox.session.public_id.clone());
    assert!(matches!(
        inbox.chats.message_of(scope, &session, &message).await,
        Err(ChatError::NotFound)
    ));
    assert_eq!(
        inbox
            .count("SELECT COUNT(*) FROM messages WHERE body IS NOT NULL OR raw IS NOT NULL")
            .await,
        0
    );
}

#[tokio::test]
async fn another_workspaces_number_has_no_messages_here() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("M1", 1, text("hello"))]).await;
    let (page, _) = inbox.page(&Listing::default(), None, 10).await;
    let (session, message) = (inbox.session.public_id.clone(), page.rows[0].public_id.clone());
    let stranger = Scope {
        workspace: crate::ids::WorkspaceId(77),
        ..inbox.stage.scope
    };
    let listed = inbox
        .chats
        .messages_of(stranger, &session, Listing::default(), None, 10)
        .await;
    assert!(matches!(listed, Err(ChatError::NotFound)));
    let found = inbox.chats.message_of(stranger, &session, &message).await;
    assert!(matches!(found, Err(ChatError::NotFound)));
    let other = inbox
        .chats
        .message_of(inbox.stage.scope, &PublicId::new("ses"), &message)
        .await;
    assert!(matches!(other, Err(ChatError::NotFound)));
}

#[test]
fn a_listing_admits_what_passes_every_filter() {
    let listing = Listing {
        from_me: Some(true),
        kinds: vec![Kind::Text, Kind::Image],
        statuses: vec![Shown::Read],
        ..Listing::default()
    };
    assert!(listing.admits(true, Kind::Image, Shown::Read));
    for (from_me, kind, status) in [
        (false, Kind::Image, Shown::Read),
        (true, Kind::Video, Shown::Read),
        (true, Kind::Text, Shown::Sent),
    ] {
        assert!(!listing.admits(from_me, kind, status));
    }
    assert!(Listing::default().admits(false, Kind::Other, Shown::Received));
}
