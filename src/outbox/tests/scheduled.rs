//! Messages for later: at their time, once, by the rules of any other.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{BOB, Post, bodies};
use crate::chats::testing::sealer;
use crate::chats::{OwnMessages, Scheduled, Status, Unsent};
use crate::db::DbError;
use crate::ids::PublicId;
use crate::jobs::{Jobs, Runner};
use crate::outbox::{OutboxError, Scheduler, SendScheduled, hold_all_in};
use crate::sessions::State;
use crate::sessions::testing::START;

const HOUR: Duration = Duration::from_secs(60 * 60);

struct Later {
    post: Post,
    scheduler: Scheduler,
    jobs: Jobs,
    chat: PublicId,
}

impl Later {
    /// With a chat in which one message was sent.
    async fn new() -> Self {
        let post = Post::new().await;
        let first = post.send(BOB, "now").await;
        post.sent(1).await;
        // Or it would go out again while the tests' hours pass.
        post.ack(&first.wa_id, None);
        post.becomes(&first.message, Status::Sent).await;
        let chat = first.chat;
        let stage = &post.inbox.stage;
        let jobs = Jobs::new(stage.db.clone(), stage.clock.clone());
        let parts = (stage.db.clone(), stage.clock.clone(), stage.bus.clone());
        let scheduler = Scheduler::new(
            parts,
            post.outbox.wake.clone(),
            OwnMessages::new(sealer()),
            jobs.clone(),
        );
        Self {
            post,
            scheduler,
            jobs,
            chat,
        }
    }

    async fn schedule(&self, text: &str, after: Duration) -> PublicId {
        let scope = self.post.inbox.stage.scope;
        let made = self
            .scheduler
            .schedule(scope, &self.chat, text, Some(START.plus(after)));
        made.await.unwrap()
    }

    async fn waiting(&self) -> Vec<Scheduled> {
        self.scheduler
            .list(self.post.inbox.stage.scope, None, 200)
            .await
            .unwrap()
    }

    /// Does what is due at this time. Each call is a program that was started anew.
    async fn at(&self, after: Duration) {
        let stage = &self.post.inbox.stage;
        stage.manual.set(START.plus(after));
        let stop = CancellationToken::new();
        let runner = Runner::new(stage.db.clone(), stage.clock.clone(), self.jobs.clone(), stop.clone())
            .handle::<SendScheduled>(self.scheduler.clone());
        let running = tokio::spawn(runner.run());
        self.jobs.settled().await.unwrap();
        stop.cancel();
        running.await.unwrap();
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let count = move |c: &rusqlite::Connection| Ok::<_, DbError>(c.query_row(sql, [], |row| row.get(0))?);
        self.post.inbox.stage.db.read(count).await.unwrap()
    }
}

const MESSAGES: &str = "SELECT COUNT(*) FROM messages";

#[tokio::test]
async fn a_scheduled_message_goes_out_at_its_time_and_once() {
    let later = Later::new().await;
    later.schedule("good morning", HOUR).await;
    let waiting = later.waiting().await;
    assert_eq!(
        (waiting[0].body.as_str(), waiting[0].author.as_deref()),
        ("good morning", Some("A"))
    );
    later.at(HOUR - Duration::from_secs(1)).await;
    assert_eq!(later.count(MESSAGES).await, 1, "it is no message yet");
    later.at(HOUR).await;
    let sent = later.post.sent(2).await;
    assert_eq!(bodies(&sent), ["now", "good morning"]);
    assert!(later.waiting().await.is_empty());
    later.at(2 * HOUR).await;
    assert_eq!(later.count(MESSAGES).await, 2);
}

#[tokio::test]
async fn one_that_is_put_off_goes_out_at_the_new_time_only_and_one_that_is_cancelled_never() {
    let later = Later::new().await;
    let scope = later.post.inbox.stage.scope;
    let put_off = later.schedule("first words", HOUR).await;
    let cancelled = later.schedule("never", HOUR).await;
    let new = Some(START.plus(3 * HOUR));
    later
        .scheduler
        .change(scope, &put_off, "better words", new)
        .await
        .unwrap();
    later.scheduler.cancel(scope, &cancelled).await.unwrap();
    later.at(2 * HOUR).await;
    assert_eq!(later.count(MESSAGES).await, 1);
    later.at(3 * HOUR).await;
    assert_eq!(bodies(&later.post.sent(2).await), ["now", "better words"]);
    later.at(9 * HOUR).await;
    assert_eq!(later.count(MESSAGES).await, 2);
}

#[tokio::test]
async fn it_is_sent_at_once_on_request() {
    let later = Later::new().await;
    let scope = later.post.inbox.stage.scope;
    let scheduled = later.schedule("after all now", HOUR).await;
    let queued = later.scheduler.send_now(scope, &scheduled).await.unwrap();
    assert_eq!(bodies(&later.post.sent(2).await), ["now", "after all now"]);
    assert_eq!(later.post.message(&queued.message).await.status, Status::Pending);
    later.at(HOUR).await;
    assert_eq!(later.count(MESSAGES).await, 2);
    let gone = later.scheduler.send_now(scope, &scheduled).await;
    assert!(matches!(gone, Err(OutboxError::NotFound)));
}

#[tokio::test]
async fn what_cannot_go_out_at_its_time_stays_and_says_why() {
    let later = Later::new().await;
    let (stage, session) = (&later.post.inbox.stage, &later.post.inbox.session);
    later.schedule("too late", HOUR).await;
    stage.sessions.logout(stage.scope, &session.public_id).await.unwrap();
    stage.becomes(&session.public_id, State::LoggedOut).await;
    later.at(HOUR).await;
    assert_eq!(later.waiting().await[0].failure, Some(Unsent::NotLinked));
    assert_eq!(later.count(MESSAGES).await, 1);
}

#[tokio::test]
async fn what_was_due_in_a_restored_database_waits_for_a_person() {
    let later = Later::new().await;
    let stage = &later.post.inbox.stage;
    later.schedule("sent before the restore, perhaps", HOUR).await;
    later.schedule("still to come", 3 * HOUR).await;
    let restored_at = START.plus(2 * HOUR);
    stage.db.write(move |tx| hold_all_in(tx, restored_at)).await.unwrap();
    later.at(2 * HOUR).await;
    let failures: Vec<_> = later.waiting().await.into_iter().map(|one| one.failure).collect();
    assert_eq!(failures, [Some(Unsent::Restored), None]);
    assert_eq!(later.count(MESSAGES).await, 1);
}

#[tokio::test]
async fn wrong_texts_and_times_are_refused_and_others_messages_do_not_exist() {
    let later = Later::new().await;
    let (scope, stranger) = (later.post.inbox.stage.scope, later.post.inbox.stage.stranger());
    for at in [
        None,
        Some(START),
        Some(START.minus(HOUR)),
        Some(START.plus(2 * Scheduler::LONGEST)),
    ] {
        let refused = later.scheduler.schedule(scope, &later.chat, "hello", at).await;
        assert!(matches!(refused, Err(OutboxError::NoTime)), "{at:?}");
    }
    let at = Some(START.plus(HOUR));
    let refused = later.scheduler.schedule(scope, &later.chat, " ", at).await;
    assert!(matches!(refused, Err(OutboxError::Empty)));

    let ours = later.schedule("ours", HOUR).await;
    for refused in [
        later.scheduler.schedule(stranger, &later.chat, "", None).await.err(),
        later.scheduler.change(stranger, &ours, "", None).await.err(),
        later.scheduler.cancel(stranger, &ours).await.err(),
        later.scheduler.send_now(stranger, &ours).await.err(),
        later.scheduler.of_chat(stranger, &later.chat).await.err(),
    ] {
        assert!(matches!(refused, Some(OutboxError::NotFound)), "{refused:?}");
    }
    assert!(later.scheduler.list(stranger, None, 200).await.unwrap().is_empty());
    assert_eq!(later.waiting().await.len(), 1);
}
