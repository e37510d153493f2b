mod calls;
mod closed;
mod kinds;
mod limit;
mod registered;
mod scheduled;
mod undo;
mod waiting;

use std::time::Duration;

use wa_client::testing::SendOutcome;
use wa_client::{
    Ack, AckError, InboundSink as _, LinkError, LinkEvent, Outgoing, OutgoingContent, Receipt, ReceiptKind,
};

use super::{Outbox, OutboxError, Queued, SenderPool};
use crate::chats::testing::{Inbox, ana, from_ana, sealer, text};
use crate::chats::{ChatFilter, Failure, Message, OwnMessages, Status, Window};
use crate::config::MediaConfig;
use crate::db::DbError;
use crate::ids::PublicId;
use crate::media::Media;
use crate::sessions::testing::{Stage, within};
use crate::sessions::{SessionError, State};

const BOB: &str = "+55 11 99999-0002";

/// The inbox with an outbox on it.
struct Post {
    inbox: Inbox,
    outbox: Outbox,
    media: Media,
    _files: tempfile::TempDir,
}

impl Post {
    async fn new() -> Self {
        let mut inbox = Inbox::with_sends().await;
        let stage = &mut inbox.stage;
        let (db, clock, bus) = (stage.db.clone(), stage.clock.clone(), stage.bus.clone());
        let news = stage.sends.take().unwrap();
        let sessions = stage.sessions.clone();
        let (pool, wake) = SenderPool::new(
            db.clone(),
            clock.clone(),
            bus.clone(),
            sessions,
            OwnMessages::new(sealer()),
            news,
            stage.stop.clone(),
        );
        let files = tempfile::tempdir().unwrap();
        let config = MediaConfig {
            max_size: 100_000,
            clamd: None,
            s3: None,
        };
        let media = Media::new(db.clone(), clock.clone(), &config, files.path(), &[7; 32]);
        stage.tracker.spawn(pool.with_files(media.clone()).run());
        let outbox = Outbox::new(db, clock, bus, wake, OwnMessages::new(sealer()));
        Self {
            inbox,
            outbox,
            media,
            _files: files,
        }
    }

    fn client(&self) -> wa_client::SessionId {
        Stage::client(&self.inbox.session)
    }

    async fn send(&self, to: &str, body: &str) -> Queued {
        self.outbox
            .send_to(self.inbox.stage.scope, &self.inbox.session.public_id, to, body)
            .await
            .unwrap()
    }

    async fn sent(&self, count: usize) -> Vec<Outgoing> {
        within(
            "messages to be sent",
            self.inbox.stage.gateway.wait_for_sends(self.client(), count),
        )
        .await
    }

    fn ack(&self, id: &str, code: Option<u32>) {
        let error = code.map(|code| AckError { code });
        self.inbox
            .stage
            .emit(&self.inbox.session, LinkEvent::Ack(Ack { id: id.into(), error }));
    }

    async fn message(&self, id: &PublicId) -> Message {
        self.inbox.chats.message(self.inbox.stage.scope, id).await.unwrap()
    }

    async fn becomes(&self, id: &PublicId, status: Status) -> Message {
        let look = async || Some(self.message(id).await).filter(|message| message.status == status);
        self.inbox.sees(status.word(), look).await
    }

    /// How many rows of the outbox are in each state.
    async fn rows(&self, state: &'static str) -> i64 {
        let count = move |c: &rusqlite::Connection| {
            let sql = "
                SELECT COUNT(*) FROM outbox WHERE state = ?1";
            Ok::<_, DbError>(c.query_row(sql, [state], |row| row.get(0))?)
        };
        self.inbox.stage.db.read(count).await.unwrap()
    }

    async fn rows_become(&self, state: &'static str, count: i64) {
        within(state, async {
            while self.rows(state).await != count {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

fn ids(sent: &[Outgoing]) -> Vec<&str> {
    sent.iter().map(|message| message.id.as_str()).collect()
}

fn bodies(sent: &[Outgoing]) -> Vec<&str> {
    sent.iter()
        .map(|message| match &message.content {
            OutgoingContent::Text { body } => body.as_str(),
            _ => panic!("not a text"),
        })
        .collect()
}

#[tokio::test]
async fn an_answer_carries_the_timer_of_its_conversation() {
    let post = Post::new().await;
    let timer = wa_client::Card::Line(wa_client::Line::Timer { seconds: 604_800 });
    let timer = wa_client::Content::Card {
        text: None,
        card: timer,
    };
    post.inbox.deliver(vec![from_ana("T", 1, timer)]).await;
    post.send("5511999990001", "soon gone").await;
    post.send(BOB, "stays").await;
    let mut timers: Vec<(String, Option<u32>)> = post
        .sent(2)
        .await
        .iter()
        .map(|message| match &message.content {
            OutgoingContent::Text { body } => (body.clone(), message.context.expires_after),
            _ => panic!("not a text"),
        })
        .collect();
    timers.sort();
    assert_eq!(
        timers,
        [("soon gone".to_owned(), Some(604_800)), ("stays".to_owned(), None)]
    );
}

#[tokio::test]
async fn a_message_is_pending_until_whatsapp_has_it() {
    let post = Post::new().await;
    let queued = post.send(BOB, "hello").await;
    assert_eq!(post.message(&queued.message).await.status, Status::Pending);
    let sent = post.sent(1).await;
    assert_eq!(
        (ids(&sent), bodies(&sent)),
        (vec![queued.wa_id.as_str()], vec!["hello"])
    );
    assert_eq!(post.rows("sending").await, 1);
    post.ack(&queued.wa_id, None);
    let message = post.becomes(&queued.message, Status::Sent).await;
    assert!(message.from_me);
    post.rows_become("sending", 0).await;
}

#[tokio::test]
async fn a_message_without_an_answer_is_sent_again_under_the_same_id() {
    let post = Post::new().await;
    let queued = post.send(BOB, "hello").await;
    post.sent(1).await;
    post.inbox.stage.pass(Duration::from_secs(25)).await;
    assert_eq!(ids(&post.sent(2).await), [queued.wa_id.as_str(), queued.wa_id.as_str()]);
    post.ack(&queued.wa_id, None);
    post.becomes(&queued.message, Status::Sent).await;
}

#[tokio::test]
async fn a_failed_send_is_retried_automatically() {
    let post = Post::new().await;
    post.inbox
        .stage
        .gateway
        .next_send(post.client(), SendOutcome::Fails(LinkError::Transient("busy".into())));
    let queued = post.send(BOB, "hello").await;
    post.sent(1).await;
    post.rows_become("queued", 1).await;
    // Nothing else happens that would wake the sender.
    post.inbox.stage.pass(Duration::from_secs(10)).await;
    assert_eq!(ids(&post.sent(2).await), [queued.wa_id.as_str(), queued.wa_id.as_str()]);
}

#[tokio::test]
async fn after_a_crash_the_same_message_goes_out_under_the_same_id() {
    let post = Post::new().await;
    post.inbox.stage.gateway.next_send(post.client(), SendOutcome::Hangs);
    let queued = post.send(BOB, "hello").await;
    post.sent(1).await;
    // The process crashes here: nothing is asked to stop, and the row still says that it is being sent.
    let Post {
        inbox: Inbox { stage, session, .. },
        ..
    } = post;
    let mut stage = stage.restarted(|db, clock, bus| {
        let (db, clock, bus) = (db.clone(), clock.clone(), bus.clone());
        std::sync::Arc::new(crate::chats::Ingest::new(
            db,
            clock,
            bus,
            crate::chats::testing::sealer(),
        ))
    });
    let news = stage.sends.take().unwrap();
    let (db, clock, bus) = (stage.db.clone(), stage.clock.clone(), stage.bus.clone());
    let (pool, _wake) = SenderPool::new(
        db,
        clock,
        bus,
        stage.sessions.clone(),
        crate::chats::OwnMessages::new(crate::chats::testing::sealer()),
        news,
        stage.stop.clone(),
    );
    stage.tracker.spawn(pool.run());
    stage.supervisor.restore().await.unwrap();
    stage.gateway.wait_until_open(Stage::client(&session)).await;
    stage.emit(&session, LinkEvent::Connected);
    let sent = within("the message", stage.gateway.wait_for_sends(Stage::client(&session), 1)).await;
    assert_eq!(
        (ids(&sent), bodies(&sent)),
        (vec![queued.wa_id.as_str()], vec!["hello"])
    );
}

#[tokio::test]
async fn what_is_queued_while_the_number_is_away_goes_out_when_it_is_back() {
    let post = Post::new().await;
    let lost = LinkEvent::Disconnected {
        why: "gone".into(),
        retry_in: None,
    };
    post.inbox.stage.emit(&post.inbox.session, lost);
    post.inbox
        .stage
        .becomes(&post.inbox.session.public_id, State::Reconnecting)
        .await;
    let queued = post.send(BOB, "later").await;
    post.inbox.stage.emit(&post.inbox.session, LinkEvent::Connected);
    assert_eq!(ids(&post.sent(1).await), [queued.wa_id.as_str()]);
}

#[tokio::test]
async fn a_chat_keeps_its_order_through_failures_and_delays_no_other_chat() {
    let post = Post::new().await;
    post.inbox.stage.gateway.ack_by_itself(post.client(), true);
    post.inbox
        .stage
        .gateway
        .next_send(post.client(), SendOutcome::Fails(LinkError::Transient("busy".into())));
    let first = post.send(BOB, "1").await;
    post.sent(1).await;
    post.rows_become("queued", 1).await;
    post.send(BOB, "2").await;
    let other = post.send("+55 11 99999-0003", "other").await;
    post.becomes(&other.message, Status::Sent).await;
    assert_eq!(bodies(&post.sent(2).await), ["1", "other"]);
    post.inbox.stage.pass(Duration::from_secs(10)).await;
    let sent = post.sent(4).await;
    assert_eq!(bodies(&sent), ["1", "other", "1", "2"]);
    assert_eq!(sent[0].id, sent[2].id);
    post.becomes(&first.message, Status::Sent).await;
}

#[tokio::test]
async fn many_messages_of_one_chat_stay_in_order() {
    let post = Post::new().await;
    post.inbox.stage.gateway.ack_by_itself(post.client(), true);
    let mut last = None;
    for n in 0..300 {
        last = Some(post.send(BOB, &n.to_string()).await);
    }
    post.becomes(&last.unwrap().message, Status::Sent).await;
    let sent = post.sent(300).await;
    assert_eq!(bodies(&sent), (0..300).map(|n| n.to_string()).collect::<Vec<_>>());
    post.rows_become("sending", 0).await;
    post.rows_become("queued", 0).await;
}

#[tokio::test]
async fn what_cannot_go_out_fails_with_its_reason_and_can_be_tried_again() {
    let post = Post::new().await;
    post.inbox.stage.gateway.next_send(
        post.client(),
        SendOutcome::Fails(LinkError::Permanent("not acceptable".into())),
    );
    let queued = post.send(BOB, "hello").await;
    let failed = post.becomes(&queued.message, Status::Failed).await;
    assert_eq!(failed.failure, Some(Failure::Refused));
    post.outbox
        .retry(post.inbox.stage.scope, &queued.message)
        .await
        .unwrap();
    let sent = post.sent(2).await;
    assert_eq!(sent[0].id, sent[1].id);
    post.ack(&queued.wa_id, None);
    let again = post.becomes(&queued.message, Status::Sent).await;
    assert_eq!(again.failure, None);
    let gone = post.outbox.retry(post.inbox.stage.scope, &queued.message).await;
    assert!(matches!(gone, Err(OutboxError::NotFound)));
}

#[tokio::test]
async fn a_refusal_of_the_server_fails_only_that_message() {
    let post = Post::new().await;
    let bad = post.send(BOB, "bad").await;
    let good = post.send(BOB, "good").await;
    post.sent(2).await;
    post.ack(&bad.wa_id, Some(479));
    post.ack(&good.wa_id, None);
    assert_eq!(
        post.becomes(&bad.message, Status::Failed).await.failure,
        Some(Failure::Invalid)
    );
    post.becomes(&good.message, Status::Sent).await;
}

#[tokio::test]
async fn a_time_lock_delays_new_chats_and_not_known_ones() {
    let post = Post::new().await;
    post.inbox.deliver(vec![from_ana("A", 1, text("hi"))]).await;
    let stranger = post.send(BOB, "buy now").await;
    post.sent(1).await;
    post.ack(&stranger.wa_id, Some(463));
    post.inbox
        .stage
        .becomes(&post.inbox.session.public_id, State::Restricted)
        .await;
    post.rows_become("parked", 1).await;
    let another = post.send("+55 11 99999-0003", "you too").await;
    let known = post.send(&ana().to_string(), "hello Ana").await;
    post.sent(2).await;
    post.ack(&known.wa_id, None);
    post.becomes(&known.message, Status::Sent).await;
    post.rows_become("parked", 2).await;
    assert_eq!(post.message(&another.message).await.status, Status::Pending);
    post.inbox.stage.pass(Duration::from_secs(3_610)).await;
    assert_eq!(post.sent(4).await.len(), 4);
}

#[tokio::test]
async fn a_receipt_replaces_a_lost_acknowledgement() {
    let post = Post::new().await;
    let queued = post.send(BOB, "hello").await;
    post.sent(1).await;
    let (chat, ids) = (ana(), vec![queued.wa_id.clone()]);
    let receipt = LinkEvent::Receipt(Receipt {
        sender: chat.clone(),
        chat,
        ids,
        kind: ReceiptKind::Delivered,
        at_ms: 0,
    });
    post.inbox.stage.emit(&post.inbox.session, receipt);
    post.becomes(&queued.message, Status::Delivered).await;
    post.rows_become("sending", 0).await;
    post.ack(&queued.wa_id, None);
    post.inbox.stage.pass(Duration::from_secs(30)).await;
    assert_eq!(post.sent(1).await.len(), 1);
    assert_eq!(post.message(&queued.message).await.status, Status::Delivered);
}

#[tokio::test]
async fn a_message_can_be_cancelled_only_before_it_is_sent() {
    let post = Post::new().await;
    let scope = post.inbox.stage.scope;
    let on_its_way = post.send(BOB, "1").await;
    post.sent(1).await;
    let refused = post.outbox.cancel(scope, &on_its_way.message).await;
    assert!(matches!(refused, Err(OutboxError::OnItsWay)));
    let lost = LinkEvent::Disconnected {
        why: "gone".into(),
        retry_in: None,
    };
    post.inbox.stage.emit(&post.inbox.session, lost);
    post.inbox
        .stage
        .becomes(&post.inbox.session.public_id, State::Reconnecting)
        .await;
    let waiting = post.send(BOB, "2").await;
    post.outbox.cancel(scope, &waiting.message).await.unwrap();
    assert_eq!(post.message(&waiting.message).await.failure, Some(Failure::Cancelled));
    assert_eq!(post.rows("queued").await, 0);
}

#[tokio::test]
async fn a_message_follows_its_chat_when_two_become_one() {
    let post = Post::new().await;
    let lost = LinkEvent::Disconnected {
        why: "gone".into(),
        retry_in: None,
    };
    post.inbox.stage.emit(&post.inbox.session, lost);
    post.inbox
        .stage
        .becomes(&post.inbox.session.public_id, State::Reconnecting)
        .await;
    post.send("77@lid", "by lid").await;
    post.send("5511999990001@s.whatsapp.net", "by number").await;
    let both = wa_client::Inbound {
        sender_alt: Some(wa_client::Address::Lid("77".into())),
        ..from_ana("A", 1, text("x"))
    };
    post.inbox.deliver(vec![both]).await;
    post.inbox.stage.emit(&post.inbox.session, LinkEvent::Connected);
    let mut sent = post.sent(2).await;
    sent.sort_by_key(|message| message.to.to_string());
    let page = post
        .inbox
        .chats
        .list(post.inbox.stage.scope, ChatFilter::default(), None)
        .await
        .unwrap();
    assert_eq!(page.rows.len(), 1);
    let thread = post
        .inbox
        .chats
        .thread(post.inbox.stage.scope, &page.rows[0].public_id, Window::Latest)
        .await
        .unwrap();
    assert_eq!(thread.messages.len(), 3);
}

#[tokio::test]
async fn a_number_that_is_not_linked_takes_nothing() {
    let post = Post::new().await;
    let queued = post.send(BOB, "hello").await;
    post.sent(1).await;
    post.inbox
        .stage
        .sessions
        .logout(post.inbox.stage.scope, &post.inbox.session.public_id)
        .await
        .unwrap();
    let refused = post
        .outbox
        .send_text(post.inbox.stage.scope, &queued.chat, "again")
        .await;
    assert!(matches!(refused, Err(OutboxError::NotLinked)));
}

#[tokio::test]
async fn nonsense_is_refused_before_anything_is_written() {
    let post = Post::new().await;
    let (scope, session) = (post.inbox.stage.scope, &post.inbox.session.public_id);
    let send = async |to: &'static str, body: String| post.outbox.send_to(scope, session, to, &body).await;
    assert!(matches!(send(BOB, "  ".into()).await, Err(OutboxError::Empty)));
    assert!(matches!(send(BOB, "x".repeat(65_537)).await, Err(OutboxError::TooLong)));
    assert!(matches!(
        send("nobody", "x".into()).await,
        Err(OutboxError::Recipient(_))
    ));
    assert!(matches!(
        send(PublicId::new("con").to_string().leak(), "x".into()).await,
        Err(OutboxError::NotFound)
    ));
    assert_eq!(post.rows("queued").await, 0);
}

#[tokio::test]
async fn another_workspace_cannot_send_retry_or_cancel() {
    let post = Post::new().await;
    let stranger = post.inbox.stage.stranger();
    let queued = post.send(BOB, "mine").await;
    let session = &post.inbox.session.public_id;
    let not_found = |result: Result<(), OutboxError>| assert!(matches!(result, Err(OutboxError::NotFound)));
    not_found(post.outbox.send_text(stranger, &queued.chat, "x").await.map(|_| ()));
    not_found(post.outbox.send_to(stranger, session, BOB, "x").await.map(|_| ()));
    not_found(post.outbox.retry(stranger, &queued.message).await.map(|_| ()));
    not_found(post.outbox.cancel(stranger, &queued.message).await);
    assert!(matches!(
        post.inbox.stage.sessions.get(stranger, session).await,
        Err(SessionError::NotFound)
    ));
}

#[tokio::test]
async fn a_phone_that_asks_for_a_resend_gets_only_messages_sent_to_it() {
    let post = Post::new().await;
    let queued = post.send("+55 11 99999-0001", "at nine").await;
    let id = post.sent(1).await[0].id.clone();
    post.ack(&id, None);
    post.becomes(&queued.message, Status::Sent).await;
    let ingest = post.inbox.ingest();
    let sent = ingest.sent(post.client(), &ana(), &id).await.unwrap();
    assert!(matches!(sent, Some((OutgoingContent::Text { body }, _)) if body == "at nine"));
    let bob = wa_client::Address::Phone("5511999990002".into());
    assert!(ingest.sent(post.client(), &bob, &id).await.unwrap().is_none());
    assert!(ingest.sent(post.client(), &ana(), "OTHER").await.unwrap().is_none());
    post.inbox.stage.manual.advance(Duration::from_secs(31 * 24 * 60 * 60));
    assert!(
        ingest.sent(post.client(), &ana(), &id).await.unwrap().is_none(),
        "no phone requests it any more"
    );
}
