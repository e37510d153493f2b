//! What a team shares: labels, notes, quick replies, and the panel beside a conversation.

use super::handling::Team;
use crate::accounts::{MemberRole, Scope};
use crate::chats::testing::{ana_lid, from_ana, text};
use crate::chats::{ChatFilter, ChatState, Colour, Did, HandlingError, NewLabel, NewQuickReply, Shelf, Tab};
use crate::events::Event;
use crate::ids::PublicId;

fn label(name: &str, colour: &str) -> NewLabel {
    NewLabel {
        name: name.into(),
        colour: colour.into(),
    }
}

fn reply(shortcut: &str, body: &str) -> NewQuickReply {
    NewQuickReply {
        shortcut: shortcut.into(),
        body: body.into(),
    }
}

fn with_label(scope: Scope, label: &PublicId, state: ChatState) -> ChatFilter {
    ChatFilter {
        label: Some(label.clone()),
        shelf: Some(Shelf {
            tab: Tab::All,
            state,
            user: scope.user,
        }),
        ..ChatFilter::default()
    }
}

#[tokio::test]
async fn chats_of_a_label_are_listed_in_the_order_of_their_newest_messages() {
    let team = Team::new().await;
    let from = |number: &str, id: &str, second| wa_client::Inbound {
        chat: wa_client::Address::Phone(number.into()),
        sender: wa_client::Address::Phone(number.into()),
        push_name: Some(number.into()),
        ..from_ana(id, second, text("hello"))
    };
    let inbox = &team.inbox;
    for (number, id, second) in [
        ("551199990001", "A", 1),
        ("551199990002", "B", 2),
        ("551199990003", "C", 3),
    ] {
        inbox.deliver(vec![from(number, id, second)]).await;
    }
    let scope = team.scope();
    let urgent = team
        .handling
        .create_label(scope, &label(" Urgent ", "red"))
        .await
        .unwrap();
    let rows = inbox.list().await.rows;
    for chat in &rows[1..] {
        team.handling
            .label_chat(scope, &chat.public_id, &urgent, true)
            .await
            .unwrap();
    }
    let listed = async |state| {
        let page = inbox
            .chats
            .list(scope, with_label(scope, &urgent, state), None)
            .await
            .unwrap();
        page.rows
            .into_iter()
            .map(|chat| chat.title.unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(listed(ChatState::Open).await, ["551199990002", "551199990001"]);
    inbox.deliver(vec![from("551199990001", "D", 4)]).await;
    assert_eq!(listed(ChatState::Open).await, ["551199990001", "551199990002"]);
    assert!(listed(ChatState::Resolved).await.is_empty());
    let own = &inbox.list().await.rows[0].handled.labels;
    assert_eq!((own[0].name.as_str(), own[0].colour), ("Urgent", Colour::Red));

    // The next page goes on after the last of this one.
    let first = inbox.list().await.rows.remove(0);
    let after = crate::chats::ChatCursor {
        pinned: false,
        at: first.last_at,
        chat: first.public_id,
    };
    let rest = inbox
        .chats
        .list(scope, with_label(scope, &urgent, ChatState::Open), Some(after))
        .await
        .unwrap();
    assert_eq!(rest.rows.len(), 1);

    team.handling.delete_label(scope, &urgent).await.unwrap();
    assert!(
        inbox
            .list()
            .await
            .rows
            .iter()
            .all(|chat| chat.handled.labels.is_empty())
    );
}

#[tokio::test]
async fn a_label_is_put_on_a_chat_once_and_every_change_is_in_its_history() {
    let team = Team::new().await;
    team.inbox.deliver(vec![from_ana("A", 1, text("hello"))]).await;
    let (scope, chat) = (team.scope(), team.chat().await.public_id);
    let urgent = team
        .handling
        .create_label(scope, &label("Urgent", "red"))
        .await
        .unwrap();
    for on in [true, true, false, false] {
        team.handling.label_chat(scope, &chat, &urgent, on).await.unwrap();
    }
    let acts = team.handling.history(scope, &chat).await.unwrap();
    let did: Vec<_> = acts.iter().map(|act| (act.did, act.label.as_deref())).collect();
    assert_eq!(
        did,
        [(Did::Unlabelled, Some("Urgent")), (Did::Labelled, Some("Urgent"))]
    );
}

#[tokio::test]
async fn labels_have_names_of_their_own_and_belong_to_one_workspace() {
    let team = Team::new().await;
    team.inbox.deliver(vec![from_ana("A", 1, text("hello"))]).await;
    let (scope, stranger, handling) = (team.scope(), team.inbox.stage.stranger(), &team.handling);
    let urgent = handling.create_label(scope, &label("Urgent", "red")).await.unwrap();
    let late = handling.create_label(scope, &label("Late", "blue")).await.unwrap();
    for wrong in [
        label("URGENT", "red"),
        label(" ", "red"),
        label("x", "plaid"),
        label(&"x".repeat(41), "red"),
    ] {
        let refused = handling.create_label(scope, &wrong).await;
        assert!(matches!(refused, Err(HandlingError::Invalid(_))), "{wrong:?}");
    }
    let refused = handling.change_label(scope, &late, &label("urgent", "blue")).await;
    assert!(matches!(refused, Err(HandlingError::Invalid(_))));
    // Its own name in other letters is no other name.
    handling
        .change_label(scope, &late, &label("LATE", "pink"))
        .await
        .unwrap();

    assert!(handling.labels(stranger).await.unwrap().is_empty());
    let chat = team.chat().await.public_id;
    for refused in [
        handling.change_label(stranger, &urgent, &label("", "")).await,
        handling.delete_label(stranger, &urgent).await,
        handling.label_chat(stranger, &chat, &urgent, true).await,
    ] {
        assert!(matches!(refused, Err(HandlingError::NotFound)));
    }
    let theirs = handling.create_label(stranger, &label("Theirs", "red")).await.unwrap();
    let refused = handling.label_chat(scope, &chat, &theirs, true).await;
    assert!(matches!(refused, Err(HandlingError::NotFound)));
    assert_eq!(handling.labels(scope).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_note_is_no_message_and_counts_as_nothing() {
    let team = Team::new().await;
    team.inbox.deliver(vec![from_ana("A", 1, text("hello"))]).await;
    let before = team.chat().await;
    let note = team
        .handling
        .add_note(team.bo(), &before.public_id, " called her ")
        .await
        .unwrap();
    assert_eq!((note.body.as_str(), note.author.as_deref()), ("called her", Some("Bo")));
    let after = team.chat().await;
    assert_eq!((after.unread, after.last_at), (before.unread, before.last_at));
    assert_eq!(team.inbox.bodies().await, ["hello"]);
    assert_eq!(team.inbox.count("SELECT COUNT(*) FROM outbox").await, 0);
    assert!(
        team.inbox
            .chats
            .search(team.scope(), "called")
            .await
            .unwrap()
            .is_empty()
    );
    let told = team.inbox.events().await;
    assert!(told.iter().any(|event| matches!(event, Event::NoteChanged { .. })));

    let stranger = team.inbox.stage.stranger();
    for refused in [
        team.handling.add_note(stranger, &before.public_id, "").await.err(),
        team.handling.note(stranger, &note.id).await.err(),
        team.handling.delete_note(stranger, &note.id).await.err(),
    ] {
        assert!(matches!(refused, Some(HandlingError::NotFound)));
    }
    let refused = team.handling.add_note(team.bo(), &before.public_id, " ").await;
    assert!(matches!(refused, Err(HandlingError::Invalid(_))));
}

#[tokio::test]
async fn an_agent_deletes_their_own_notes_and_an_owner_any() {
    let team = Team::new().await;
    team.inbox.deliver(vec![from_ana("A", 1, text("hello"))]).await;
    let chat = team.chat().await.public_id;
    let of_owner = team
        .handling
        .add_note(team.scope(), &chat, "by the owner")
        .await
        .unwrap();
    let of_bo = team.handling.add_note(team.bo(), &chat, "by Bo").await.unwrap();
    let of_bo_too = team.handling.add_note(team.bo(), &chat, "by Bo, too").await.unwrap();
    assert_eq!(team.bo().role, MemberRole::Agent);
    let refused = team.handling.delete_note(team.bo(), &of_owner.id).await;
    assert!(matches!(refused, Err(HandlingError::Forbidden(_))));
    team.handling.delete_note(team.bo(), &of_bo.id).await.unwrap();
    team.handling.delete_note(team.scope(), &of_bo_too.id).await.unwrap();
    let details = team.handling.details(team.scope(), &chat).await.unwrap();
    assert_eq!(details.notes, [of_owner]);
}

#[tokio::test]
async fn a_note_is_edited_by_its_author_alone_and_the_history_says_so() {
    let team = Team::new().await;
    team.inbox.deliver(vec![from_ana("A", 1, text("hello"))]).await;
    let chat = team.chat().await.public_id;
    let note = team.handling.add_note(team.bo(), &chat, "wants two").await.unwrap();
    let owner = team.handling.edit_note(team.scope(), &note.id, "no").await;
    assert!(matches!(owner, Err(HandlingError::Forbidden(_))));
    let stranger = team
        .handling
        .edit_note(team.inbox.stage.stranger(), &note.id, "no")
        .await;
    assert!(matches!(stranger, Err(HandlingError::NotFound)));
    let empty = team.handling.edit_note(team.bo(), &note.id, " ").await;
    assert!(matches!(empty, Err(HandlingError::Invalid(_))));
    // The same words are no edit.
    let same = team
        .handling
        .edit_note(team.bo(), &note.id, "wants two ")
        .await
        .unwrap();
    assert_eq!(same, note);
    let edited = team
        .handling
        .edit_note(team.bo(), &note.id, " wants three ")
        .await
        .unwrap();
    assert_eq!((edited.body.as_str(), edited.at), ("wants three", note.at));
    assert!(edited.edited_at.is_some());
    let acts = team.handling.history(team.scope(), &chat).await.unwrap();
    let acts: Vec<_> = acts.iter().map(|act| (act.did, act.who.as_deref())).collect();
    assert_eq!(acts, [(Did::NoteEdited, Some("Bo"))]);
}

#[tokio::test]
async fn quick_replies_are_found_by_the_start_of_their_shortcut() {
    let team = Team::new().await;
    let (scope, handling) = (team.scope(), &team.handling);
    for (shortcut, body) in [
        ("hours", "9 to 5"),
        ("hello", "Hello {name}"),
        ("bye", "Bye"),
        ("100%", ""),
    ] {
        let made = handling.create_quick_reply(scope, &reply(shortcut, body)).await;
        assert_eq!(made.is_ok(), !body.is_empty(), "{shortcut}");
    }
    let found = async |start: &str| {
        let found = handling.quick_replies(scope, Some(start)).await.unwrap();
        found.into_iter().map(|reply| reply.shortcut).collect::<Vec<_>>()
    };
    assert_eq!(found("h").await, ["hello", "hours"]);
    assert_eq!(found("HO").await, ["hours"]);
    assert_eq!(found("").await, ["bye", "hello", "hours"]);
    // Nothing that is typed is a pattern.
    assert!(found("%").await.is_empty());
    let refused = handling.create_quick_reply(scope, &reply("/Hours", "x")).await;
    assert!(matches!(refused, Err(HandlingError::Invalid(_))));

    let hours = handling.quick_replies(scope, Some("hours")).await.unwrap().remove(0);
    handling
        .change_quick_reply(scope, &hours.id, &reply("opening", "9 to 6"))
        .await
        .unwrap();
    let stranger = team.inbox.stage.stranger();
    for refused in [
        handling.change_quick_reply(stranger, &hours.id, &reply("", "")).await,
        handling.delete_quick_reply(stranger, &hours.id).await,
    ] {
        assert!(matches!(refused, Err(HandlingError::NotFound)));
    }
    assert!(handling.quick_replies(stranger, None).await.unwrap().is_empty());
    handling.delete_quick_reply(scope, &hours.id).await.unwrap();
    assert_eq!(found("").await, ["bye", "hello"]);
}

#[tokio::test]
async fn the_panel_knows_the_person_and_how_it_began() {
    let team = Team::new().await;
    let known = wa_client::Inbound {
        sender_alt: Some(ana_lid()),
        ..from_ana("A", 1, text("hello"))
    };
    team.inbox.deliver(vec![known]).await;
    let chat = team.chat().await.public_id;
    let details = team.handling.details(team.scope(), &chat).await.unwrap();
    assert_eq!(details.push_name.as_deref(), Some("Ana Souza"));
    assert_eq!(details.phones, ["5511999990001"]);
    assert_eq!(details.first.unwrap().body.as_deref(), Some("hello"));
    assert!(details.others.is_empty() && details.pictures.is_empty() && details.name.is_none());
    let refused = team.handling.details(team.inbox.stage.stranger(), &chat).await;
    assert!(matches!(refused, Err(HandlingError::NotFound)));
}
