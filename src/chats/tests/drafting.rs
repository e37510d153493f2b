//! What members have begun to write, and the sign that they do.

use super::handling::Team;
use crate::chats::HandlingError;
use crate::chats::testing::{from_ana, text};
use crate::events::{Signal, Transient};

#[tokio::test]
async fn a_draft_is_kept_for_its_member_and_chat_until_it_is_empty() {
    let team = Team::new().await;
    team.inbox.deliver(vec![from_ana("A", 1, text("hello"))]).await;
    let chat = team.chat().await.public_id;
    let draft = async |scope| team.handling.draft(scope, &chat).await.unwrap();
    team.handling.save_draft(team.scope(), &chat, "Yes, f").await.unwrap();
    team.handling
        .save_draft(team.scope(), &chat, "Yes, five o'clock")
        .await
        .unwrap();
    assert_eq!(draft(team.scope()).await.as_deref(), Some("Yes, five o'clock"));
    assert_eq!(draft(team.bo()).await, None);
    // What could not be sent is not cut in silence.
    let long = "x".repeat(65_537);
    let refused = team.handling.save_draft(team.scope(), &chat, &long).await;
    assert!(matches!(refused, Err(HandlingError::Invalid(_))), "{refused:?}");
    assert_eq!(draft(team.scope()).await.as_deref(), Some("Yes, five o'clock"));
    team.handling.save_draft(team.scope(), &chat, &long[1..]).await.unwrap();
    team.handling.save_draft(team.scope(), &chat, " \n").await.unwrap();
    assert_eq!(draft(team.scope()).await, None);
    let stranger = team.inbox.stage.stranger();
    let refused = team.handling.save_draft(stranger, &chat, "x").await;
    assert!(matches!(refused, Err(HandlingError::NotFound)));
    assert_eq!(draft(stranger).await, None);
}

#[tokio::test]
async fn the_others_hear_who_is_answering_and_nothing_is_stored() {
    let team = Team::new().await;
    team.inbox.deliver(vec![from_ana("A", 1, text("hello"))]).await;
    let chat = team.chat().await.public_id;
    let events = team.inbox.events().await.len();
    let mut news = team.inbox.stage.bus.subscribe(team.scope().workspace);
    team.handling.answering(team.bo(), &chat).await.unwrap();
    let heard = news.next().await.unwrap();
    let Signal::Transient(Transient::Answering {
        chat: heard,
        user,
        name,
    }) = heard
    else {
        panic!("{heard:?}");
    };
    assert_eq!((heard, user, name.as_str()), (chat.clone(), team.bo().user, "Bo"));
    assert_eq!(team.inbox.events().await.len(), events);
    let refused = team.handling.answering(team.inbox.stage.stranger(), &chat).await;
    assert!(matches!(refused, Err(HandlingError::NotFound)));
}
