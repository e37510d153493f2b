use wa_client::{Content, Inbound};

use crate::chats::Kind;
use crate::chats::testing::{Inbox, ana, ana_lid, from_ana, text};

#[tokio::test]
async fn an_edit_that_comes_before_its_message_waits_for_it() {
    let inbox = Inbox::new().await;
    let edit = |id, second, body: &str| {
        from_ana(
            id,
            second,
            Content::Edit {
                target_id: "A".into(),
                body: body.into(),
            },
        )
    };
    inbox
        .deliver(vec![edit("E2", 3, "newest"), edit("E1", 2, "newer")])
        .await;
    inbox.deliver(vec![from_ana("A", 1, text("old"))]).await;
    let messages = inbox.messages().await;
    assert_eq!(
        (messages[0].body.as_deref(), messages[0].edited),
        (Some("newest"), true)
    );
    assert_eq!(inbox.chats.search(inbox.stage.scope, "newest").await.unwrap().len(), 1);
    assert!(inbox.chats.search(inbox.stage.scope, "old").await.unwrap().is_empty());
}

#[tokio::test]
async fn only_the_sender_edits_or_deletes_a_message() {
    let inbox = Inbox::new().await;
    let mine = Inbound {
        from_me: true,
        ..from_ana("A", 1, text("mine"))
    };
    let edit = from_ana(
        "E",
        2,
        Content::Edit {
            target_id: "A".into(),
            body: "forged".into(),
        },
    );
    let delete = from_ana("D", 3, Content::Delete { target_id: "A".into() });
    inbox.deliver(vec![mine, edit, delete]).await;
    let messages = inbox.messages().await;
    assert_eq!(
        (messages[0].body.as_deref(), messages[0].deleted),
        (Some("mine"), false)
    );
}

#[tokio::test]
async fn a_deleted_message_loses_its_text() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("A", 1, text("a slip"))]).await;
    inbox
        .deliver(vec![from_ana("D", 2, Content::Delete { target_id: "A".into() })])
        .await;
    let messages = inbox.messages().await;
    assert_eq!((messages[0].body.as_deref(), messages[0].deleted), (None, true));
    assert!(inbox.chats.search(inbox.stage.scope, "slip").await.unwrap().is_empty());
    assert!(inbox.only_chat().await.last.unwrap().deleted);
}

#[tokio::test]
async fn the_last_reaction_of_a_person_counts_whatever_the_order() {
    let inbox = Inbox::new().await;
    let react = |id, second, emoji: &str| {
        from_ana(
            id,
            second,
            Content::Reaction {
                target_id: "A".into(),
                emoji: emoji.into(),
            },
        )
    };
    inbox
        .deliver(vec![
            react("R2", 3, "🎉"),
            from_ana("A", 1, text("hi")),
            react("R1", 2, "👍"),
        ])
        .await;
    let emojis: Vec<String> = inbox.messages().await[0]
        .reactions
        .iter()
        .map(|r| r.emoji.clone())
        .collect();
    assert_eq!(emojis, ["🎉"]);
    inbox.deliver(vec![react("R3", 4, "")]).await;
    assert!(inbox.messages().await[0].reactions.is_empty());
}

#[tokio::test]
async fn an_undecryptable_message_is_replaced_once_it_is_readable() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("A", 1, Content::Undecryptable)]).await;
    let before = inbox.messages().await.remove(0);
    inbox.deliver(vec![from_ana("A", 1, text("now readable"))]).await;
    inbox.deliver(vec![from_ana("A", 1, Content::Undecryptable)]).await;
    let after = inbox.messages().await;
    assert_eq!(after.len(), 1);
    assert_eq!(
        (after[0].kind, after[0].public_id.clone()),
        (Kind::Text, before.public_id)
    );
    assert_eq!(inbox.only_chat().await.unread, 1);
    assert_eq!(
        inbox.chats.search(inbox.stage.scope, "readable").await.unwrap().len(),
        1
    );
}

#[tokio::test]
async fn chats_of_both_addresses_become_one_when_they_are_one_person() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("A", 1, text("by number"))]).await;
    let by_lid = |id, second, alt| Inbound {
        chat: ana_lid(),
        sender: ana_lid(),
        sender_alt: alt,
        ..from_ana(id, second, text(id))
    };
    inbox.deliver(vec![by_lid("by lid", 2, None)]).await;
    assert_eq!(inbox.list().await.rows.len(), 2);
    inbox.deliver(vec![by_lid("both", 3, Some(ana()))]).await;
    assert_eq!(inbox.bodies().await, ["by number", "by lid", "both"]);
    let chat = inbox.only_chat().await;
    assert_eq!((chat.unread, chat.phone.as_deref()), (3, Some("5511999990001")));
    // Both addresses lead there now.
    inbox
        .deliver(vec![
            from_ana("D", 4, text("again by number")),
            by_lid("again by lid", 5, Some(ana())),
        ])
        .await;
    assert_eq!(inbox.messages().await.len(), 5);
}
