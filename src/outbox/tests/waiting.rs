//! Messages that wait for something other than their turn.

use super::*;
use crate::chats::{Wait, Waits};

const CAROL: &str = "+55 11 99999-0003";

impl Post {
    fn phone_has_no_keys(&self) {
        let fails = SendOutcome::Fails(LinkError::NoKeys);
        self.inbox.stage.gateway.next_send(self.client(), fails);
    }

    /// Waits until the message waits for this.
    async fn waits(&self, id: &PublicId, wait: Wait) -> Waits {
        let look = async || self.message(id).await.waits.filter(|waits| waits.why == wait);
        self.inbox.sees(wait.word(), look).await
    }
}

#[tokio::test]
async fn a_message_that_the_phone_could_not_read_waits_and_says_until_when() {
    let post = Post::new().await;
    post.phone_has_no_keys();
    let queued = post.send(BOB, "hello").await;
    let waits = post.waits(&queued.message, Wait::Keys).await;
    let now = post.inbox.stage.clock.now();
    assert_eq!(waits.until.since(now), Duration::from_secs(30));
    let message = post.message(&queued.message).await;
    assert_eq!((message.status, message.state()), (Status::Pending, "waiting_for_keys"));
    let behind = post.send(BOB, "and another").await;
    let other = post.send(CAROL, "good morning").await;
    let sent = post.sent(2).await;
    assert_eq!(
        bodies(&sent),
        ["hello", "good morning"],
        "its chat waits, others do not"
    );
    post.ack(&other.wa_id, None);
    post.becomes(&other.message, Status::Sent).await;

    post.phone_has_no_keys();
    post.inbox.stage.pass(Duration::from_secs(35)).await;
    post.sent(3).await;
    let longer = async || {
        let again = post.message(&queued.message).await.waits?;
        (again.until > waits.until).then_some(again.until.since(waits.until))
    };
    let longer = post.inbox.sees("a longer wait", longer).await;
    assert!(longer >= Duration::from_secs(60), "{longer:?}");
    post.inbox.stage.pass(Duration::from_secs(65)).await;
    let sent = post.sent(4).await;
    assert_eq!(sent[3].id, queued.wa_id, "the same message");
    post.ack(&queued.wa_id, None);
    let message = post.becomes(&queued.message, Status::Sent).await;
    assert_eq!((message.waits, message.state()), (None, "sent"));
    assert_eq!(post.sent(5).await[4].id, behind.wa_id);
}

#[tokio::test]
async fn a_message_that_waits_for_keys_can_be_cancelled_and_costs_nothing_of_the_day() {
    let post = Post::new().await;
    post.phone_has_no_keys();
    let queued = post.send(BOB, "hello").await;
    post.waits(&queued.message, Wait::Keys).await;
    let claimed = |c: &rusqlite::Connection| {
        let sql = "
            SELECT COUNT(*) FROM outbox WHERE claimed_day IS NOT NULL";
        Ok::<_, DbError>(c.query_row(sql, [], |row| row.get::<_, i64>(0))?)
    };
    assert_eq!(post.inbox.stage.db.read(claimed).await.unwrap(), 0);
    post.outbox
        .cancel(post.inbox.stage.scope, &queued.message)
        .await
        .unwrap();
    let message = post.message(&queued.message).await;
    assert_eq!(
        (message.status, message.failure, message.waits),
        (Status::Failed, Some(Failure::Cancelled), None)
    );
    post.inbox.stage.pass(Duration::from_secs(60)).await;
    assert_eq!(post.sent(1).await.len(), 1, "it is not tried again");
}

#[tokio::test]
async fn a_used_up_quota_delays_new_chats_and_not_known_ones() {
    let post = Post::new().await;
    post.inbox.deliver(vec![from_ana("A", 1, text("hi"))]).await;
    let stranger = post.send(BOB, "buy now").await;
    post.sent(1).await;
    post.ack(&stranger.wa_id, Some(475));
    post.waits(&stranger.message, Wait::Quota).await;
    let another = post.send(CAROL, "you too").await;
    post.waits(&another.message, Wait::Quota).await;
    let known = post.send(&ana().to_string(), "hello Ana").await;
    assert_eq!(post.sent(2).await[1].id, known.wa_id);
    post.ack(&known.wa_id, None);
    post.becomes(&known.message, Status::Sent).await;
}

#[tokio::test]
async fn first_messages_to_one_new_contact_go_out_one_after_the_other() {
    let post = Post::new().await;
    post.inbox.stage.gateway.next_send(post.client(), SendOutcome::Hangs);
    let first = post.send(BOB, "one").await;
    for text in ["two", "three"] {
        // In other spellings, as other parts of the program may write them.
        let to = if text == "two" {
            "5511999990002@s.whatsapp.net"
        } else {
            "0055 11 99999 0002"
        };
        assert_eq!(post.send(to, text).await.chat, first.chat);
    }
    let other = post.send(CAROL, "another person").await;
    let sent = post.sent(2).await;
    assert_eq!(ids(&sent), [first.wa_id.as_str(), other.wa_id.as_str()]);
    post.ack(&other.wa_id, None);
    post.becomes(&other.message, Status::Sent).await;
    // The link gives up on the first: it and those behind it follow in their order.
    post.inbox.stage.pass(Duration::from_secs(70)).await;
    let sent = post.sent(3).await;
    assert_eq!(sent[2].id, first.wa_id);
}

#[tokio::test]
async fn new_chats_follow_the_end_that_whatsapp_names_and_go_at_once_when_it_lifts_the_lock() {
    let post = Post::new().await;
    let (stage, session) = (&post.inbox.stage, &post.inbox.session);
    let lock = |active, until: Option<crate::clock::UnixMs>| {
        LinkEvent::TimeLock(wa_client::TimeLock {
            active,
            until_ms: until.map(|until| until.0),
            kind: None,
        })
    };
    let end = stage.clock.now().plus(Duration::from_secs(3 * 24 * 60 * 60));
    stage.emit(session, lock(true, Some(end)));
    stage.becomes(&session.public_id, State::Restricted).await;
    let queued = post.send(BOB, "buy now").await;
    assert_eq!(post.waits(&queued.message, Wait::Lock).await.until, end);
    let later = end.plus(Duration::from_secs(3_600));
    stage.emit(session, lock(true, Some(later)));
    let moved = async || {
        post.message(&queued.message)
            .await
            .waits
            .filter(|waits| waits.until == later)
    };
    post.inbox.sees("the later end", moved).await;
    let behind = post.send(BOB, "really").await;
    stage.emit(session, lock(false, None));
    let sent = post.sent(2).await;
    assert_eq!(ids(&sent), [queued.wa_id.as_str(), behind.wa_id.as_str()]);
}

#[tokio::test]
async fn a_new_chat_outlives_a_lock_that_is_longer_than_a_day() {
    let post = Post::new().await;
    let (stage, session) = (&post.inbox.stage, &post.inbox.session);
    let end = stage.clock.now().plus(Duration::from_secs(26 * 60 * 60));
    let quota = wa_client::Quota {
        total: Some(10),
        used: 10,
        ends_at_ms: Some(end.0),
        ..wa_client::Quota::default()
    };
    stage.emit(session, LinkEvent::Quota(quota));
    stage.becomes(&session.public_id, State::Restricted).await;
    let queued = post.send(BOB, "buy now").await;
    assert_eq!(post.waits(&queued.message, Wait::Quota).await.until, end);
    let client = post.client();
    stage.gateway.set_last_frame_age(client, Some(Duration::ZERO));
    stage.manual.set(end.plus(Duration::from_secs(5)));
    stage.pass(Duration::from_secs(10)).await;
    assert_eq!(ids(&post.sent(1).await), [queued.wa_id.as_str()]);
}
