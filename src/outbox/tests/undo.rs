//! What was just sent is taken back: nobody gets it, and its words are a draft again.

use std::time::Duration;

use super::{BOB, Post, bodies};
use crate::chats::{Message, Status, Wait};
use crate::ids::PublicId;
use crate::outbox::{Content, FileContent, OutboxError, Queued, SendOptions, UNDO};

impl Post {
    /// A chat in which a message was sent already.
    async fn known(&self) -> PublicId {
        let first = self.send(BOB, "hello").await;
        self.sent(1).await;
        self.ack(&first.wa_id, None);
        self.becomes(&first.message, Status::Sent).await;
        first.chat
    }

    async fn written_on_a_page(&self, chat: &PublicId, contents: Vec<Content>) -> Vec<Queued> {
        let options = SendOptions {
            undoable: true,
            ..SendOptions::default()
        };
        let sent = self
            .outbox
            .send_together(self.inbox.stage.scope, chat, contents, options);
        sent.await.unwrap()
    }

    async fn says(&self, chat: &PublicId, words: &str) -> Queued {
        self.written_on_a_page(chat, vec![Content::Text(words.into())])
            .await
            .remove(0)
    }

    async fn undo(&self, message: &PublicId, begun: Option<&str>) -> Result<Vec<Message>, OutboxError> {
        let undo = self
            .outbox
            .undo(self.inbox.stage.scope, message, begun.map(str::to_owned));
        undo.await
    }

    async fn draft(&self, chat: &PublicId) -> Option<String> {
        let (chat, scope) = (chat.clone(), self.inbox.stage.scope);
        let draft = move |c: &rusqlite::Connection| crate::chats::draft_in(c, scope.workspace, &chat, scope.user);
        self.inbox.stage.db.read(draft).await.unwrap()
    }
}

#[tokio::test]
async fn a_message_from_a_page_goes_out_when_it_cannot_be_taken_back_any_more() {
    let post = Post::new().await;
    let chat = post.known().await;
    let queued = post.says(&chat, "good morning").await;
    let message = post.message(&queued.message).await;
    assert_eq!(message.waits.map(|waits| waits.why), Some(Wait::Undo));
    // A program's message waits for nothing, and stays behind what was written before it.
    post.outbox
        .send_text(post.inbox.stage.scope, &chat, "behind it")
        .await
        .unwrap();
    let elsewhere = post.send("5511999990001", "elsewhere").await;
    assert_eq!(bodies(&post.sent(2).await), ["hello", "elsewhere"]);
    post.ack(&elsewhere.wa_id, None);
    post.becomes(&elsewhere.message, Status::Sent).await;

    post.inbox.stage.pass(UNDO).await;
    let sent = post.sent(3).await;
    assert_eq!(
        (sent[2].id.as_str(), bodies(&sent)[2]),
        (queued.wa_id.as_str(), "good morning")
    );
    let late = post.undo(&queued.message, None).await;
    assert!(matches!(late, Err(OutboxError::OnItsWay)));
    post.ack(&queued.wa_id, None);
    let message = post.becomes(&queued.message, Status::Sent).await;
    assert_eq!(message.waits, None);
    assert!(matches!(
        post.undo(&queued.message, None).await,
        Err(OutboxError::OnItsWay)
    ));
    assert_eq!(bodies(&post.sent(4).await)[3], "behind it");
    assert_eq!(post.draft(&chat).await, None);
}

#[tokio::test]
async fn what_is_taken_back_reaches_nobody_and_is_a_draft_again() {
    let post = Post::new().await;
    let chat = post.known().await;
    let first = post.says(&chat, "on my way").await;
    let second = post.says(&chat, "really").await;
    let undone = post.undo(&first.message, Some("half a thought")).await.unwrap();
    assert_eq!(undone.len(), 1);
    assert_eq!(undone[0].body.as_deref(), Some("on my way"));
    assert_eq!(post.draft(&chat).await.as_deref(), Some("on my way\nhalf a thought"));
    assert!(!post.message(&first.message).await.shown);
    post.inbox.stage.pass(UNDO).await;
    let sent = post.sent(2).await;
    assert_eq!(bodies(&sent), ["hello", "really"]);
    post.ack(&second.wa_id, None);
    post.becomes(&second.message, Status::Sent).await;
    assert_eq!(post.rows("queued").await, 0);
    // Without a field the stored draft is what was begun.
    let third = post.says(&chat, "one more").await;
    let stage = &post.inbox.stage;
    let (scope, now) = (stage.scope, stage.clock.now());
    let place = chat.clone();
    let save = move |tx: &rusqlite::Transaction<'_>| {
        let chat = crate::chats::ref_in(tx, scope.workspace, &place)?;
        crate::chats::save_draft_in(tx, chat.id, scope.user, "and", now)
    };
    stage.db.write(save).await.unwrap();
    post.undo(&third.message, None).await.unwrap();
    assert_eq!(post.draft(&chat).await.as_deref(), Some("one more\nand"));
    let again = post.undo(&third.message, None).await;
    assert!(matches!(again, Err(OutboxError::NotFound)));
}

#[tokio::test]
async fn files_that_went_together_come_back_together() {
    let post = Post::new().await;
    let chat = post.known().await;
    let mut contents = Vec::new();
    for shade in [10_u8, 200] {
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::from_pixel(20, 20, image::Rgb([shade; 3]))
            .write_to(&mut png, image::ImageFormat::Png)
            .unwrap();
        contents.push(Content::File(FileContent {
            file: post.file(&png.into_inner()).await,
            kind: None,
            caption: (shade == 10).then(|| "our cakes".into()),
            name: None,
            waveform: None,
        }));
    }
    let queued = post.written_on_a_page(&chat, contents).await;
    assert_eq!(queued.len(), 3, "the head of an album is a message, too");
    let undone = post.undo(&queued[2].message, None).await.unwrap();
    assert_eq!(undone.len(), 2);
    assert!(
        undone
            .iter()
            .all(|message| message.media.as_ref().unwrap().file.is_some())
    );
    assert_eq!(post.draft(&chat).await.as_deref(), Some("our cakes"));
    assert_eq!(post.rows("queued").await, 0);
    post.inbox.stage.pass(UNDO).await;
    post.says(&chat, "after all words only").await;
    post.inbox.stage.pass(UNDO).await;
    assert_eq!(bodies(&post.sent(2).await), ["hello", "after all words only"]);
}

#[tokio::test]
async fn nobody_takes_back_what_came_in_or_is_another_workspaces() {
    let post = Post::new().await;
    let theirs = post.hears("T1", "yours").await;
    let chat = post.known().await;
    let queued = post.says(&chat, "ours").await;
    let stranger = post.outbox.undo(post.inbox.stage.stranger(), &queued.message, None);
    assert!(matches!(stranger.await, Err(OutboxError::NotFound)));
    assert!(matches!(
        post.undo(&theirs.public_id, None).await,
        Err(OutboxError::NotFound)
    ));
    post.inbox.stage.pass(UNDO + Duration::from_secs(1)).await;
    assert_eq!(bodies(&post.sent(2).await), ["hello", "ours"]);
}

#[tokio::test]
async fn a_contact_who_has_written_stays_known_when_our_copy_is_removed() {
    let post = Post::new().await;
    let theirs = post.hears("T1", "hello").await;
    let scope = post.inbox.stage.scope;
    post.outbox
        .remove(scope, &theirs.chat, &theirs.public_id)
        .await
        .unwrap();
    let answered = |c: &rusqlite::Connection| {
        let sql = "
            SELECT answered FROM chats";
        Ok::<_, crate::db::DbError>(c.query_row(sql, [], |row| row.get::<_, bool>(0))?)
    };
    assert!(post.inbox.stage.db.read(answered).await.unwrap());
}
