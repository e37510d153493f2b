//! Calls to a number, and the text that answers them.

use wa_client::Call;
use wa_client::testing::Asked;

use super::*;
use crate::chats::{Kind, Origin};
use crate::sessions::{CallRule, SessionError};

fn call(id: &str, rings: bool) -> Call {
    Call {
        id: id.into(),
        from: ana(),
        alt: None,
        video: false,
        rings,
        at_ms: crate::sessions::testing::START.0,
        peer: "5511999990001@s.whatsapp.net".into(),
        creator: "5511999990001@s.whatsapp.net".into(),
    }
}

impl Post {
    fn rejected(&self) -> Vec<String> {
        let id = |asked: &Asked| match asked {
            Asked::RejectCall { id } => Some(id.clone()),
            _ => None,
        };
        self.inbox
            .stage
            .gateway
            .asked(self.client())
            .iter()
            .filter_map(id)
            .collect()
    }

    /// The missed calls of the only conversation, once there are so many.
    async fn missed(&self, count: usize) -> Vec<Message> {
        let look = async || {
            let scope = self.inbox.stage.scope;
            let chat = self.inbox.chats.list(scope, ChatFilter::default(), None).await.unwrap();
            let chat = chat.rows.first()?.public_id.clone();
            let thread = self.inbox.chats.thread(scope, &chat, Window::Latest).await.unwrap();
            let is_call = |message: &Message| message.kind == Kind::Notice && message.origin == Origin::Contact;
            let calls: Vec<Message> = thread.messages.into_iter().filter(is_call).collect();
            (calls.len() == count).then_some(calls)
        };
        self.inbox.sees("missed calls", look).await
    }
}

#[tokio::test]
async fn a_call_is_rejected_noted_and_answered_once() {
    let post = Post::new().await;
    let (stage, session) = (&post.inbox.stage, &post.inbox.session);
    let rule = CallRule {
        rejects: true,
        reply: Some(" Please write to us. ".into()),
    };
    stage
        .sessions
        .set_call_rule(stage.scope, &session.public_id, rule)
        .await
        .unwrap();
    stage.emit(session, LinkEvent::Call(call("C1", true)));
    let sent = post.sent(1).await;
    assert_eq!(bodies(&sent), ["Please write to us."]);
    assert_eq!(post.rejected(), ["C1"]);
    let missed = post.missed(1).await;
    assert!(missed[0].unread, "somebody should look at it");
    stage.emit(session, LinkEvent::Call(call("C2", true)));
    post.missed(2).await;
    assert_eq!(post.rejected(), ["C1", "C2"]);
    assert_eq!(post.sent(1).await.len(), 1, "who calls again gets no second answer");
}

#[tokio::test]
async fn a_call_that_rings_on_is_missed_only_if_nobody_answers() {
    let post = Post::new().await;
    let (stage, session) = (&post.inbox.stage, &post.inbox.session);
    for (id, answered) in [("C1", true), ("C2", false)] {
        stage.emit(session, LinkEvent::Call(call(id, true)));
        let id = id.to_owned();
        stage.emit(session, LinkEvent::CallEnded { id, answered });
    }
    stage.emit(session, LinkEvent::Call(call("C3", false)));
    post.missed(2).await;
    assert!(post.rejected().is_empty());
    assert!(stage.gateway.sends(post.client()).is_empty());
}

#[tokio::test]
async fn the_answer_to_calls_is_bounded_and_another_workspaces_is_unknown() {
    let post = Post::new().await;
    let (stage, session) = (&post.inbox.stage, &post.inbox.session);
    let long = CallRule {
        rejects: true,
        reply: Some("x".repeat(CallRule::MAX_REPLY + 1)),
    };
    let set = stage
        .sessions
        .set_call_rule(stage.scope, &session.public_id, long)
        .await;
    assert!(matches!(set, Err(SessionError::LongReply)));
    let foreign = stage.sessions.call_rule(stage.stranger(), &session.public_id).await;
    assert!(matches!(foreign, Err(SessionError::NotFound)));
}
