use wa_client::{Address, Change, Content, Inbound, Sealed, SealedKind, Target};

use crate::chats::Kind;
use crate::chats::testing::{Inbox, ana, ana_lid, change, delete, edit, from_ana, react, text};

#[tokio::test]
async fn an_edit_that_comes_before_its_message_waits_for_it() {
    let inbox = Inbox::new().await;
    inbox
        .deliver(vec![
            from_ana("E2", 3, edit("A", "newest", 3_000)),
            from_ana("E1", 2, edit("A", "newer", 2_000)),
        ])
        .await;
    inbox.deliver(vec![from_ana("A", 1, text("old"))]).await;
    let messages = inbox.messages().await;
    assert_eq!(messages[0].body.as_deref(), Some("newest"));
    assert!(messages[0].edited_at.is_some());
    assert_eq!(inbox.chats.search(inbox.stage.scope, "newest").await.unwrap().len(), 1);
    assert!(inbox.chats.search(inbox.stage.scope, "old").await.unwrap().is_empty());
    assert_eq!(inbox.count("SELECT COUNT(*) FROM waiting_changes").await, 0);
}

#[tokio::test]
async fn of_edits_within_one_second_the_last_one_shows_whatever_the_order() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("A", 1, text("zero"))]).await;
    for (n, words) in [(2, "two"), (5, "five"), (1, "one"), (4, "four"), (3, "three")] {
        inbox
            .deliver(vec![from_ana(&format!("E{n}"), 2, edit("A", words, 2_000 + n))])
            .await;
    }
    assert_eq!(inbox.bodies().await, ["five"]);
    // With the same time the one that came last.
    inbox.deliver(vec![from_ana("E6", 2, edit("A", "six", 2_005))]).await;
    assert_eq!(inbox.bodies().await, ["six"]);
    let first = "SELECT COUNT(*) FROM messages WHERE original = 'zero'";
    assert_eq!(inbox.count(first).await, 1);
}

#[tokio::test]
async fn an_edit_without_words_leaves_those_that_are_there() {
    let inbox = Inbox::new().await;
    let silent = change(
        "A",
        Change::Edit {
            body: None,
            card: None,
            at_ms: Some(5_000),
        },
    );
    inbox
        .deliver(vec![from_ana("A", 1, text("the words")), from_ana("E", 2, silent)])
        .await;
    assert_eq!(inbox.bodies().await, ["the words"]);
    assert!(inbox.messages().await[0].edited_at.is_some());
}

#[tokio::test]
async fn a_sealed_edit_that_cannot_be_opened_marks_the_message_and_keeps_its_words() {
    let inbox = Inbox::new().await;
    let sealed = Content::Sealed(Sealed {
        kind: SealedKind::Edit,
        target: Target {
            id: "A".into(),
            ..Target::default()
        },
        payload: vec![1; 32],
        iv: vec![2; 12],
        at_ms: 0,
    });
    inbox
        .deliver(vec![from_ana("A", 1, text("the words")), from_ana("E", 2, sealed)])
        .await;
    let message = inbox.messages().await.remove(0);
    assert_eq!(message.body.as_deref(), Some("the words"));
    assert!(message.edited_elsewhere);
    // An edit that is readable takes the mark away.
    inbox
        .deliver(vec![from_ana("F", 3, edit("A", "new words", i64::MAX / 2))])
        .await;
    let message = inbox.messages().await.remove(0);
    assert_eq!(message.body.as_deref(), Some("new words"));
    assert!(!message.edited_elsewhere);
}

#[tokio::test]
async fn only_the_sender_edits_or_deletes_a_message() {
    let inbox = Inbox::new().await;
    let mine = Inbound {
        from_me: true,
        ..from_ana("A", 1, text("mine"))
    };
    let forged = from_ana("E", 2, edit("A", "forged", 5_000));
    inbox
        .deliver(vec![mine, forged, from_ana("D", 3, delete("A", false))])
        .await;
    // Nor does the claim to be an administrator count where there is none.
    inbox.deliver(vec![from_ana("D2", 4, delete("A", true))]).await;
    let messages = inbox.messages().await;
    assert_eq!(
        (messages[0].body.as_deref(), messages[0].deleted),
        (Some("mine"), false)
    );
}

fn bob() -> Address {
    Address::Phone("5511999990002".into())
}

#[tokio::test]
async fn in_a_group_members_take_back_their_own_and_administrators_what_they_name() {
    let inbox = Inbox::new().await;
    let group = |message: Inbound| Inbound {
        chat: Address::Group("1203".into()),
        ..message
    };
    let of_bob = |message: Inbound| Inbound {
        sender: bob(),
        push_name: Some("Bob".into()),
        ..group(message)
    };
    let ours = |message: Inbound| Inbound {
        from_me: true,
        ..group(message)
    };
    // Three messages with one id.
    inbox
        .deliver(vec![
            group(from_ana("A", 1, text("of Ana"))),
            of_bob(from_ana("A", 2, text("of Bob"))),
            ours(from_ana("A", 3, text("of us"))),
        ])
        .await;
    inbox.deliver(vec![of_bob(from_ana("D1", 4, delete("A", false)))]).await;
    let left = async || -> Vec<bool> { inbox.messages().await.iter().map(|message| message.deleted).collect() };
    assert_eq!(left().await, [false, true, false]);

    let named = |sender: Option<Address>, from_me| Content::Change {
        target: Target {
            id: "A".into(),
            from_me,
            sender,
        },
        change: Change::Delete { by_admin: true },
    };
    // Without a name it could be either of two.
    inbox.deliver(vec![of_bob(from_ana("D2", 5, named(None, false)))]).await;
    assert_eq!(left().await, [false, true, false]);
    inbox
        .deliver(vec![of_bob(from_ana("D3", 6, named(Some(ana()), false)))])
        .await;
    assert_eq!(left().await, [true, true, false]);
    inbox.deliver(vec![of_bob(from_ana("D4", 7, named(None, true)))]).await;
    assert_eq!(left().await, [true, true, true]);
}

#[tokio::test]
async fn a_deleted_message_loses_its_text() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("A", 1, text("a slip"))]).await;
    inbox.deliver(vec![from_ana("D", 2, delete("A", false))]).await;
    let messages = inbox.messages().await;
    assert_eq!((messages[0].body.as_deref(), messages[0].deleted), (None, true));
    assert!(inbox.chats.search(inbox.stage.scope, "slip").await.unwrap().is_empty());
    assert!(inbox.only_chat().await.last.unwrap().deleted);
    let kept = "SELECT COUNT(*) FROM messages WHERE original = 'a slip'";
    assert_eq!(inbox.count(kept).await, 1);
}

#[tokio::test]
async fn what_was_deleted_before_it_could_be_read_stays_deleted() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("A", 1, Content::Undecryptable)]).await;
    inbox.deliver(vec![from_ana("D", 2, delete("A", false))]).await;
    assert!(inbox.messages().await[0].deleted);
    inbox.deliver(vec![from_ana("A", 1, text("a slip"))]).await;
    let messages = inbox.messages().await;
    assert_eq!((messages[0].body.as_deref(), messages[0].deleted), (None, true));
    assert!(inbox.chats.search(inbox.stage.scope, "slip").await.unwrap().is_empty());
}

#[tokio::test]
async fn the_last_reaction_of_a_person_counts_whatever_the_order() {
    let inbox = Inbox::new().await;
    inbox
        .deliver(vec![
            from_ana("R2", 3, react("A", "🎉")),
            from_ana("A", 1, text("hi")),
            from_ana("R1", 2, react("A", "👍")),
        ])
        .await;
    let reactions = inbox.messages().await.remove(0).reactions;
    assert_eq!((reactions.len(), reactions[0].emoji.as_str()), (1, "🎉"));
    assert_eq!(reactions[0].by, ["Ana Souza"]);
    let long = "👍".repeat(5_000);
    inbox.deliver(vec![from_ana("R3", 4, react("A", &long))]).await;
    assert_eq!(inbox.messages().await[0].reactions[0].emoji, "👍");
    inbox.deliver(vec![from_ana("R4", 5, react("A", ""))]).await;
    assert!(inbox.messages().await[0].reactions.is_empty());
}

#[tokio::test]
async fn a_reaction_that_was_unreadable_at_first_is_not_unread() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("A", 1, text("hi"))]).await;
    inbox.deliver(vec![from_ana("R", 2, Content::Undecryptable)]).await;
    assert_eq!(inbox.only_chat().await.unread, 2);
    inbox.deliver(vec![from_ana("R", 2, react("A", "👍"))]).await;
    let chat = inbox.only_chat().await;
    assert_eq!((chat.unread, chat.last.unwrap().body.as_deref()), (1, Some("hi")));
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
