//! Messages for later: at their time, once, by the rules of any other.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use wa_client::OutgoingContent;

use super::{BOB, Post, bodies};
use crate::chats::testing::sealer;
use crate::chats::{Kind, OwnMessages, Scheduled, Status, Unsent};
use crate::db::DbError;
use crate::ids::PublicId;
use crate::jobs::{Jobs, Runner};
use crate::media::CleanMedia;
use crate::outbox::{Content, FileContent, OutboxError, Scheduler, SendOptions, SendScheduled, hold_all_in};
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
            .schedule(scope, &self.chat, words(text), Some(START.plus(after)));
        made.await.unwrap()
    }

    async fn waiting(&self) -> Vec<Scheduled> {
        let list = self.scheduler.list(self.post.inbox.stage.scope, None, None, 50);
        list.await.unwrap().rows
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

fn words(text: &str) -> (Vec<Content>, SendOptions) {
    (vec![Content::Text(text.to_owned())], SendOptions::default())
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
        .change(scope, &put_off, Some("better words"), new)
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
    assert_eq!(later.post.message(&queued[0].message).await.status, Status::Pending);
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
        let refused = later.scheduler.schedule(scope, &later.chat, words("hello"), at).await;
        assert!(matches!(refused, Err(OutboxError::NoTime)), "{at:?}");
    }
    let at = Some(START.plus(HOUR));
    let refused = later.scheduler.schedule(scope, &later.chat, words(" "), at).await;
    assert!(matches!(refused, Err(OutboxError::Empty)));

    let ours = later.schedule("ours", HOUR).await;
    for refused in [
        later
            .scheduler
            .schedule(stranger, &later.chat, words(""), None)
            .await
            .err(),
        later.scheduler.change(stranger, &ours, Some(""), None).await.err(),
        later.scheduler.cancel(stranger, &ours).await.err(),
        later.scheduler.send_now(stranger, &ours).await.err(),
        later.scheduler.of_chat(stranger, &later.chat).await.err(),
    ] {
        assert!(matches!(refused, Some(OutboxError::NotFound)), "{refused:?}");
    }
    assert!(
        later
            .scheduler
            .list(stranger, None, None, 50)
            .await
            .unwrap()
            .rows
            .is_empty()
    );
    assert_eq!(later.waiting().await.len(), 1);
}

#[tokio::test]
async fn files_wait_whole_for_their_time_and_go_out_together() {
    let later = Later::new().await;
    let stage = &later.post.inbox.stage;
    let mut contents = Vec::new();
    for shade in [10_u8, 200] {
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::from_pixel(20, 20, image::Rgb([shade; 3]))
            .write_to(&mut png, image::ImageFormat::Png)
            .unwrap();
        contents.push(Content::File(FileContent {
            file: later.post.file(&png.into_inner()).await,
            kind: None,
            caption: (shade == 10).then(|| "our cakes".into()),
            name: None,
            waveform: None,
        }));
    }
    let at = Some(START.plus(50 * HOUR));
    let message = (contents, SendOptions::default());
    let id = later
        .scheduler
        .schedule(stage.scope, &later.chat, message, at)
        .await
        .unwrap();
    let waiting = later.waiting().await;
    assert_eq!((waiting[0].kind, waiting[0].body.as_str()), (Kind::Image, "our cakes"));
    assert_eq!(waiting[0].files.len(), 2);

    // Nobody refers to them by a message, for longer than uploads are kept.
    stage.manual.set(START.plus(48 * HOUR));
    let stop = CancellationToken::new();
    let cleaner = crate::media::Cleaner(later.post.media.clone());
    CleanMedia::enqueue(later.jobs.clone()).await.unwrap();
    let runner = Runner::new(stage.db.clone(), stage.clock.clone(), later.jobs.clone(), stop.clone());
    let running = tokio::spawn(runner.handle::<CleanMedia>(cleaner).run());
    later.jobs.settled().await.unwrap();
    stop.cancel();
    running.await.unwrap();

    later
        .scheduler
        .change(stage.scope, &id, Some("our best cakes"), at)
        .await
        .unwrap();
    later.at(50 * HOUR).await;
    let sent = later.post.sent(4).await;
    assert!(matches!(sent[1].content, OutgoingContent::Album { images: 2, .. }));
    assert!(
        matches!(&sent[2].content, OutgoingContent::Media(media) if media.caption.as_deref() == Some("our best cakes"))
    );
    assert!(later.waiting().await.is_empty());
    let awaited = "SELECT SUM(awaited) FROM media_files";
    assert_eq!(later.count(awaited).await, 0);
}

#[tokio::test]
async fn a_poll_and_an_answer_wait_for_their_time() {
    let later = Later::new().await;
    let scope = later.post.inbox.stage.scope;
    let poll = Content::Poll {
        question: "Rye or wheat?".into(),
        options: vec!["Rye".into(), "Wheat".into()],
        choices: 1,
    };
    let at = Some(START.plus(HOUR));
    let message = (vec![poll], SendOptions::default());
    later.scheduler.schedule(scope, &later.chat, message, at).await.unwrap();
    let one = &later.waiting().await[0];
    assert_eq!(
        (one.kind, one.body.as_str(), one.has_words()),
        (Kind::Poll, "Rye or wheat?", false)
    );
    // Words are no part of it; the time is.
    later
        .scheduler
        .change(scope, &one.id, Some("words"), Some(START.plus(2 * HOUR)))
        .await
        .unwrap();
    later.at(2 * HOUR).await;
    let sent = later.post.sent(2).await;
    assert!(matches!(&sent[1].content, OutgoingContent::Poll { question, .. } if question == "Rye or wheat?"));
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_when_it_is_scheduled_or_says_so_later() {
    let later = Later::new().await;
    let scope = later.post.inbox.stage.scope;
    let at = Some(START.plus(HOUR));
    let missing = Content::File(FileContent {
        file: PublicId::new("file"),
        kind: None,
        caption: None,
        name: None,
        waveform: None,
    });
    let message = (vec![missing], SendOptions::default());
    let refused = later.scheduler.schedule(scope, &later.chat, message, at).await;
    assert!(matches!(refused, Err(OutboxError::Unfit(_))));

    let first = later.count("SELECT id FROM messages").await;
    let id = move |c: &rusqlite::Connection| {
        let sql = "
            SELECT public_id FROM messages WHERE id = ?1";
        Ok::<PublicId, DbError>(c.query_row(sql, [first], |row| row.get(0))?)
    };
    let answered = later.post.inbox.stage.db.read(id).await.unwrap();
    let options = SendOptions {
        reply_to: Some(answered.clone()),
        ..SendOptions::default()
    };
    let message = (vec![Content::Text("to that".into())], options);
    later.scheduler.schedule(scope, &later.chat, message, at).await.unwrap();
    later.post.outbox.remove(scope, &later.chat, &answered).await.unwrap();
    later.at(HOUR).await;
    assert_eq!(later.waiting().await[0].failure, Some(Unsent::Unfit));
}

#[tokio::test]
async fn a_long_list_is_read_page_by_page_even_while_it_shrinks() {
    let later = Later::new().await;
    let scope = later.post.inbox.stage.scope;
    let mut made = Vec::new();
    for number in 0..5 {
        // Two at each time.
        made.push(later.schedule(&number.to_string(), HOUR * (1 + number / 2)).await);
    }
    let page = async |after| later.scheduler.list(scope, None, after, 2).await.unwrap();
    let first = page(None).await;
    later.scheduler.cancel(scope, &first.rows[1].id).await.unwrap();
    let second = page(first.next).await;
    let third = page(second.next).await;
    let seen: std::collections::BTreeSet<PublicId> = [first.rows, second.rows, third.rows]
        .concat()
        .into_iter()
        .map(|row| row.id)
        .collect();
    assert_eq!(seen, made.into_iter().collect());
    assert_eq!((third.next, later.scheduler.count(scope).await.unwrap()), (None, 4));
}
