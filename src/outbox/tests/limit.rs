//! The day's limit where messages leave.

use super::*;
use crate::clock::UnixMs;
use crate::plans::{self, Day};

/// The test clock starts at 05:00 in São Paulo, so the day has 19 more hours.
const TO_MIDNIGHT: Duration = Duration::from_secs(19 * 60 * 60);

impl Post {
    /// On a plan with this many messages a day.
    async fn limited(messages: u32) -> Self {
        let post = Self::new().await;
        post.set_limit(messages).await;
        post
    }

    async fn set_limit(&self, messages: u32) {
        let (workspace, now) = (self.inbox.stage.scope.workspace, self.inbox.stage.clock.now());
        let set = move |tx: &rusqlite::Transaction<'_>| {
            let sql = "
                INSERT INTO plans (public_id, code, name, description, price_minor, currency, interval,
                                   messages_per_day, features, position, created_at)
                VALUES ('plan_' || ?1, 'plan-' || ?1, 'Small', '', 0, 'USD', 'month', ?1, '[]', 9, 0)
                ON CONFLICT DO NOTHING RETURNING id";
            tx.query_row(sql, [messages], |_| Ok(()))?;
            tx.execute(
                "
                UPDATE plans SET public_id = 'plan_9000000000000000000000' || printf('%04d', ?1) WHERE code = 'plan-' || ?1",
                [messages],
            )?;
            let id = tx.query_row(
                "
                SELECT id FROM plans WHERE code = 'plan-' || ?1",
                [messages],
                |row| row.get(0),
            )?;
            plans::set_plan_in(tx, workspace, id, now)
        };
        self.inbox.stage.db.write(set).await.unwrap();
    }

    fn today(&self) -> Day {
        Day::of(self.inbox.stage.clock.now(), "America/Sao_Paulo".parse().unwrap())
    }

    /// The messages counted on a day.
    async fn counted(&self, day: Day) -> i64 {
        let workspace = self.inbox.stage.scope.workspace;
        let count = move |c: &rusqlite::Connection| {
            let sql = "
                SELECT COALESCE(SUM(messages), 0) FROM usage_days WHERE workspace_id = ?1 AND day = ?2";
            Ok::<_, DbError>(c.query_row(sql, rusqlite::params![workspace, day], |row| row.get(0))?)
        };
        self.inbox.stage.db.read(count).await.unwrap()
    }

    /// Waits until the limit holds the message; returns until when.
    async fn held(&self, message: &PublicId) -> UnixMs {
        let look = async || self.message(message).await.held_until;
        self.inbox.sees("a message that waits for the limit", look).await
    }
}

fn midnight(post: &Post) -> UnixMs {
    post.inbox.stage.manual.now().plus(TO_MIDNIGHT)
}

#[tokio::test]
async fn messages_over_the_limit_wait_for_midnight_and_are_sent_in_order() {
    let post = Post::limited(2).await;
    post.inbox.stage.gateway.ack_by_itself(post.client(), true);
    let (today, midnight) = (post.today(), midnight(&post));
    for n in 0..3 {
        post.send(BOB, &n.to_string()).await;
    }
    let last = post.send(BOB, "3").await;
    assert_eq!(post.held(&last.message).await, midnight);
    assert_eq!(bodies(&post.sent(2).await), ["0", "1"]);
    assert_eq!(post.message(&last.message).await.status, Status::Pending);
    assert_eq!(post.counted(today).await, 2);
    post.inbox.stage.manual.advance(TO_MIDNIGHT);
    assert_eq!(bodies(&post.sent(4).await), ["0", "1", "2", "3"]);
    let gone = post.becomes(&last.message, Status::Sent).await;
    assert_eq!(gone.held_until, None);
    assert_eq!((post.counted(today).await, post.counted(post.today()).await), (2, 2));
}

#[tokio::test]
async fn a_message_written_behind_one_that_waits_says_so_at_once_and_stays_behind_it() {
    let post = Post::limited(0).await;
    let first = post.send(BOB, "1").await;
    post.held(&first.message).await;
    let second = post.send(BOB, "2").await;
    assert!(post.message(&second.message).await.held_until.is_some());
    post.set_limit(5).await;
    post.outbox
        .limits_changed(post.inbox.stage.scope.workspace)
        .await
        .unwrap();
    assert_eq!(bodies(&post.sent(2).await), ["1", "2"]);
}

#[tokio::test]
async fn a_larger_limit_frees_what_waits_at_once() {
    let post = Post::limited(1).await;
    post.inbox.stage.gateway.ack_by_itself(post.client(), true);
    post.send(BOB, "1").await;
    let waiting = post.send("+55 11 99999-0003", "2").await;
    post.held(&waiting.message).await;
    post.set_limit(9).await;
    post.outbox
        .limits_changed(post.inbox.stage.scope.workspace)
        .await
        .unwrap();
    post.becomes(&waiting.message, Status::Sent).await;
    assert_eq!(post.counted(post.today()).await, 2);
}

#[tokio::test]
async fn a_failed_message_frees_its_slot_for_a_waiting_one() {
    let post = Post::limited(1).await;
    let bad = post.send(BOB, "bad").await;
    post.sent(1).await;
    let waiting = post.send("+55 11 99999-0003", "good").await;
    post.held(&waiting.message).await;
    post.ack(&bad.wa_id, Some(479));
    assert_eq!(bodies(&post.sent(2).await), ["bad", "good"]);
    post.ack(&waiting.wa_id, None);
    post.becomes(&waiting.message, Status::Sent).await;
    assert_eq!(post.counted(post.today()).await, 1);
}

#[tokio::test]
async fn a_message_that_may_have_gone_out_keeps_its_slot() {
    let post = Post::limited(1).await;
    post.inbox
        .stage
        .gateway
        .next_send(post.client(), SendOutcome::Fails(LinkError::TimedOut));
    let lost = post.send(BOB, "lost").await;
    post.sent(1).await;
    post.rows_become("queued", 1).await;
    let waiting = post.send("+55 11 99999-0003", "waiting").await;
    post.held(&waiting.message).await;
    assert_eq!(post.counted(post.today()).await, 1);
    // It is sent again on its existing claim, and the acknowledgement completes it; nothing is counted twice.
    post.inbox.stage.pass(Duration::from_secs(10)).await;
    post.sent(2).await;
    post.ack(&lost.wa_id, None);
    post.becomes(&lost.message, Status::Sent).await;
    assert_eq!(post.counted(post.today()).await, 1);
    assert_eq!(post.sent(2).await.len(), 2);
}

#[tokio::test]
async fn a_change_counts_nothing_and_goes_out_when_the_day_is_used_up() {
    let post = Post::limited(1).await;
    let queued = post.send(BOB, "teh").await;
    post.sent(1).await;
    post.ack(&queued.wa_id, None);
    post.becomes(&queued.message, Status::Sent).await;
    let other = post.send("+55 11 99999-0003", "over the limit").await;
    post.held(&other.message).await;
    let edit = crate::outbox::Change::Edit("the".into());
    let edit = post
        .outbox
        .change(post.inbox.stage.scope, &queued.message, edit)
        .await
        .unwrap();
    assert_eq!(ids(&post.sent(2).await), [queued.wa_id.as_str(), edit.wa_id.as_str()]);
    post.ack(&edit.wa_id, None);
    post.becomes(&edit.message, Status::Sent).await;
    assert_eq!(post.counted(post.today()).await, 1);
}

#[tokio::test]
async fn a_crash_between_lease_and_outcome_counts_a_message_once() {
    let post = Post::limited(1).await;
    post.inbox.stage.gateway.next_send(post.client(), SendOutcome::Hangs);
    let queued = post.send(BOB, "hello").await;
    post.sent(1).await;
    let today = post.today();
    assert_eq!(post.counted(today).await, 1);
    // The process crashes here.
    let Post {
        inbox: Inbox { stage, session, chats },
        outbox,
        media,
        _files,
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
    let inbox = Inbox { stage, session, chats };
    let post = Post {
        inbox,
        outbox,
        media,
        _files,
    };
    assert_eq!(ids(&post.sent(1).await), [queued.wa_id.as_str()]);
    post.ack(&queued.wa_id, None);
    post.becomes(&queued.message, Status::Sent).await;
    assert_eq!(post.counted(today).await, 1);
}

#[tokio::test]
async fn a_message_that_was_in_doubt_over_midnight_counts_on_the_day_of_its_last_try() {
    let post = Post::limited(1).await;
    let yesterday = post.today();
    post.inbox.stage.manual.advance(TO_MIDNIGHT - Duration::from_secs(2));
    post.inbox
        .stage
        .gateway
        .next_send(post.client(), SendOutcome::Fails(LinkError::TimedOut));
    let queued = post.send(BOB, "late").await;
    post.sent(1).await;
    post.rows_become("queued", 1).await;
    post.inbox.stage.pass(Duration::from_secs(10)).await;
    post.sent(2).await;
    post.ack(&queued.wa_id, None);
    post.becomes(&queued.message, Status::Sent).await;
    assert_eq!(
        (post.counted(yesterday).await, post.counted(post.today()).await),
        (0, 1)
    );
}

#[tokio::test]
async fn a_message_does_not_expire_while_the_limit_holds_it() {
    let post = Post::limited(0).await;
    post.inbox.stage.gateway.ack_by_itself(post.client(), true);
    let queued = post.send(BOB, "patient").await;
    let mut held = post.held(&queued.message).await;
    for _ in 0..3 {
        post.inbox.stage.manual.advance(Duration::from_secs(24 * 60 * 60));
        let look = async || {
            post.message(&queued.message)
                .await
                .held_until
                .filter(|until| *until > held)
        };
        held = post.inbox.sees("another day", look).await;
    }
    post.set_limit(1).await;
    post.outbox
        .limits_changed(post.inbox.stage.scope.workspace)
        .await
        .unwrap();
    post.becomes(&queued.message, Status::Sent).await;
}

#[tokio::test]
async fn a_cancelled_message_returns_its_claim() {
    let post = Post::limited(1).await;
    post.inbox
        .stage
        .gateway
        .next_send(post.client(), SendOutcome::Fails(LinkError::TimedOut));
    let doubtful = post.send(BOB, "1").await;
    post.sent(1).await;
    post.rows_become("queued", 1).await;
    assert_eq!(post.counted(post.today()).await, 1);
    post.outbox
        .cancel(post.inbox.stage.scope, &doubtful.message)
        .await
        .unwrap();
    assert_eq!(post.counted(post.today()).await, 0);
}

#[tokio::test]
async fn another_workspace_has_a_separate_counter() {
    let post = Post::limited(1).await;
    let (mine, other) = (post.inbox.stage.scope.workspace, post.inbox.stage.stranger().workspace);
    let now = post.inbox.stage.clock.now();
    let claim = move |tx: &rusqlite::Transaction<'_>| {
        let first = plans::claim_messages_in(tx, mine, 5, now)?;
        let second = plans::claim_messages_in(tx, mine, 5, now)?;
        let theirs = plans::claim_messages_in(tx, other, 5, now)?;
        Ok::<_, DbError>([first.granted, second.granted, theirs.granted])
    };
    assert_eq!(post.inbox.stage.db.write(claim).await.unwrap(), [1, 0, 5]);
}
