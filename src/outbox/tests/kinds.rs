//! Every kind of message through the queue, and changes of what is there.

use std::io::Write as _;

use wa_client::{MediaKind, OutgoingContext, Target};

use super::*;
use crate::chats::Kind;
use crate::outbox::{Change, Content, FileContent, SendOptions, Unfit};

/// A file as small as it can be that is taken for a PDF.
const PDF: &[u8] = b"%PDF-1.4\n%%EOF\n";

impl Post {
    async fn send_kind(&self, content: Content) -> Queued {
        self.outbox
            .send(
                self.inbox.stage.scope,
                &self.inbox.session.public_id,
                BOB,
                content,
                SendOptions::default(),
            )
            .await
            .unwrap()
    }

    async fn change(&self, message: &PublicId, change: Change) -> Result<Queued, OutboxError> {
        self.outbox.change(self.inbox.stage.scope, message, change).await
    }

    /// A message of Ana's that is here.
    pub(super) async fn hears(&self, id: &str, body: &str) -> Message {
        self.inbox.deliver(vec![from_ana(id, 1, text(body))]).await;
        let scope = self.inbox.stage.scope;
        let chats = self.inbox.chats.list(scope, ChatFilter::default(), None).await.unwrap();
        let chat = &chats.rows[0].public_id;
        let page = self.inbox.chats.thread(scope, chat, Window::Latest).await.unwrap();
        page.messages.into_iter().find(|message| message.wa_id == id).unwrap()
    }

    /// A text to Bob that WhatsApp has.
    async fn said(&self, body: &str) -> Queued {
        let queued = self.send(BOB, body).await;
        self.ack_when_sent(&queued).await;
        queued
    }

    async fn ack_when_sent(&self, queued: &Queued) {
        within("a send", async {
            while !self
                .inbox
                .stage
                .gateway
                .sends(self.client())
                .iter()
                .any(|sent| sent.id == queued.wa_id)
            {
                tokio::task::yield_now().await;
            }
        })
        .await;
        self.ack(&queued.wa_id, None);
        self.becomes(&queued.message, Status::Sent).await;
    }

    pub(super) async fn file(&self, bytes: &[u8]) -> PublicId {
        let staged = self.media.stage().await.unwrap();
        staged.writer().unwrap().write_all(bytes).unwrap();
        self.media.keep(self.inbox.stage.scope, staged).await.unwrap().public_id
    }

    async fn document(&self) -> Content {
        Content::File(FileContent {
            file: self.file(PDF).await,
            kind: None,
            caption: Some("the bill".into()),
            name: Some("bill.pdf".into()),
            waveform: None,
        })
    }
}

fn ours(id: &str) -> Target {
    Target {
        id: id.to_owned(),
        from_me: true,
        sender: None,
    }
}

#[tokio::test]
async fn every_kind_is_written_and_sent_as_what_it_is() {
    let post = Post::new().await;
    post.inbox.stage.gateway.ack_by_itself(post.client(), true);
    let poll = Content::Poll {
        question: "Which bread?".into(),
        options: vec!["Rye".into(), "Wheat".into()],
        choices: 1,
    };
    let place = Content::Location {
        latitude: 52.5,
        longitude: 13.4,
        name: Some("The bakery".into()),
        address: None,
    };
    let contact = Content::Contacts(vec![
        post.outbox
            .contact_card(post.inbox.stage.scope, "Ana Souza", "+55 11 99999-0001")
            .await
            .unwrap(),
    ]);
    let event = Content::Event {
        name: "Tasting".into(),
        description: None,
        starts_at: 1_800_000_000,
        ends_at: None,
        place: None,
        link: None,
    };
    let cases = [
        (poll, Kind::Poll, "Which bread?"),
        (place, Kind::Location, "The bakery"),
        (contact, Kind::Contact, "Ana Souza"),
        (event, Kind::Event, "Tasting"),
    ];
    for (content, kind, body) in cases {
        let queued = post.send_kind(content).await;
        let message = post.becomes(&queued.message, Status::Sent).await;
        assert_eq!((message.kind, message.body.as_deref()), (kind, Some(body)));
    }
    let sent = post.sent(4).await;
    assert!(
        matches!(&sent[0].content, OutgoingContent::Poll { options, choices: 1, secret, .. }
            if options.len() == 2 && secret.len() == 32)
    );
    assert!(matches!(&sent[1].content, OutgoingContent::Location { .. }));
    assert!(matches!(&sent[2].content, OutgoingContent::Contacts(cards)
        if cards[0].vcard.contains("waid=5511999990001")));
    assert!(matches!(&sent[3].content, OutgoingContent::Event { .. }));
}

#[tokio::test]
async fn a_file_is_uploaded_once_however_often_its_message_is_sent() {
    let post = Post::new().await;
    let busy = LinkError::Transient("busy".into());
    post.inbox
        .stage
        .gateway
        .next_send(post.client(), SendOutcome::Fails(busy));
    let queued = post.send_kind(post.document().await).await;
    post.sent(1).await;
    post.rows_become("queued", 1).await;
    post.inbox.stage.pass(Duration::from_secs(10)).await;
    let sent = post.sent(2).await;
    assert_eq!(sent[0].id, sent[1].id);
    let uploads = post.inbox.stage.gateway.uploads(post.client());
    assert_eq!(uploads, [(MediaKind::Document, PDF.to_vec())]);
    for message in &sent {
        let OutgoingContent::Media(media) = &message.content else {
            panic!("not a file");
        };
        assert_eq!(
            (media.direct_path.as_str(), &media.media_key[..]),
            ("/v/scripted-1", &[7; 32][..])
        );
        assert_eq!(media.caption.as_deref(), Some("the bill"));
        assert_eq!(media.file_name.as_deref(), Some("bill.pdf"));
    }
    let message = post.message(&queued.message).await;
    assert_eq!(message.kind, Kind::Document);
    assert!(message.media.unwrap().file.is_some());
    // The phone may ask for it again.
    let again = post
        .inbox
        .ingest()
        .sent(
            post.client(),
            &"5511999990002@s.whatsapp.net".parse().unwrap(),
            &queued.wa_id,
        )
        .await
        .unwrap();
    assert!(matches!(again, Some((OutgoingContent::Media(media), _)) if media.direct_path == "/v/scripted-1"));
}

#[tokio::test]
async fn a_failed_upload_is_tried_again_and_a_lost_file_is_told() {
    let post = Post::new().await;
    let busy = LinkError::Transient("busy".into());
    post.inbox.stage.gateway.fail_next_upload(post.client(), busy);
    post.send_kind(post.document().await).await;
    within("the first upload", async {
        while post.inbox.stage.gateway.uploads(post.client()).is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    post.rows_become("queued", 1).await;
    post.inbox.stage.pass(Duration::from_secs(10)).await;
    post.sent(1).await;
    assert_eq!(post.inbox.stage.gateway.uploads(post.client()).len(), 2);

    let content = Content::File(FileContent {
        file: post.file(b"%PDF-1.4\n%another\n%%EOF\n").await,
        kind: None,
        caption: None,
        name: None,
        waveform: None,
    });
    let lost = LinkEvent::Disconnected {
        why: "gone".into(),
        retry_in: None,
    };
    post.inbox.stage.emit(&post.inbox.session, lost);
    post.inbox
        .stage
        .becomes(&post.inbox.session.public_id, State::Reconnecting)
        .await;
    let queued = post.send_kind(content).await;
    let clear = |tx: &rusqlite::Transaction<'_>| {
        let sql = "
            UPDATE media_files SET state = 'gone' WHERE id = (SELECT MAX(id) FROM media_files)";
        Ok::<_, DbError>(tx.execute(sql, [])?)
    };
    post.inbox.stage.db.write(clear).await.unwrap();
    post.inbox.stage.emit(&post.inbox.session, LinkEvent::Connected);
    let failed = post.becomes(&queued.message, Status::Failed).await;
    assert_eq!(failed.failure, Some(Failure::FileGone));
}

#[tokio::test]
async fn a_file_that_waits_is_referred_to() {
    let post = Post::new().await;
    post.inbox.stage.gateway.next_send(post.client(), SendOutcome::Hangs);
    post.send_kind(post.document().await).await;
    let refs = |c: &rusqlite::Connection| {
        let sql = "
            SELECT refs FROM media_files";
        Ok::<_, DbError>(c.query_row(sql, [], |row| row.get::<_, i64>(0))?)
    };
    assert_eq!(post.inbox.stage.db.read(refs).await.unwrap(), 1);
}

#[tokio::test]
async fn several_pictures_are_an_album() {
    let post = Post::new().await;
    post.inbox.stage.gateway.ack_by_itself(post.client(), true);
    let chat = post.send(BOB, "hello").await.chat;
    let mut files = Vec::new();
    for shade in [10, 200] {
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::from_pixel(4, 4, image::Rgb([shade; 3]))
            .write_to(&mut png, image::ImageFormat::Png)
            .unwrap();
        files.push(Content::File(FileContent {
            file: post.file(&png.into_inner()).await,
            kind: None,
            caption: None,
            name: None,
            waveform: None,
        }));
    }
    let queued = post
        .outbox
        .send_together(post.inbox.stage.scope, &chat, files, SendOptions::default())
        .await
        .unwrap();
    let sent = post.sent(4).await;
    assert!(matches!(
        sent[1].content,
        OutgoingContent::Album { images: 2, videos: 0 }
    ));
    for message in &sent[2..] {
        assert_eq!(message.context.album.as_deref(), Some(sent[1].id.as_str()));
    }
    assert!(!post.message(&queued[0].message).await.shown);
    assert_eq!(
        post.message(&queued[1].message).await.album.as_deref(),
        Some(sent[1].id.as_str())
    );
}

#[tokio::test]
async fn an_answer_says_what_it_answers() {
    let post = Post::new().await;
    let asked = post.hears("Q1", "open today?").await;
    let options = SendOptions {
        reply_to: Some(asked.public_id.clone()),
        ..SendOptions::default()
    };
    let content = Content::Text("until six".into());
    let queued = post
        .outbox
        .send_in(post.inbox.stage.scope, &asked.chat, content, options.clone())
        .await
        .unwrap();
    let sent = post.sent(1).await;
    let quote = sent[0].context.quote.as_ref().unwrap();
    assert_eq!(
        (quote.target.id.as_str(), quote.target.sender.clone()),
        ("Q1", Some(ana()))
    );
    assert!(matches!(&*quote.content, OutgoingContent::Text { body } if body == "open today?"));
    let quoted = post.message(&queued.message).await.quoted.unwrap();
    assert_eq!(
        (quoted.message, quoted.body.as_deref()),
        (Some(asked.public_id), Some("open today?"))
    );
    // In another conversation it would be nobody's.
    let elsewhere = post.send(BOB, "hello").await.chat;
    let wrong = post
        .outbox
        .send_in(post.inbox.stage.scope, &elsewhere, Content::Text("no".into()), options)
        .await;
    assert!(matches!(wrong, Err(OutboxError::Unfit(Unfit::Reply))), "{wrong:?}");
}

#[tokio::test]
async fn what_is_forwarded_says_so() {
    let post = Post::new().await;
    let heard = post.hears("F1", "fresh bread").await;
    let queued = post.send_kind(Content::Forward(heard.public_id)).await;
    let sent = post.sent(1).await;
    assert!(matches!(&sent[0].content, OutgoingContent::Text { body } if body == "fresh bread"));
    assert_eq!(sent[0].context.forwarded, 1);
    post.ack(&queued.wa_id, None);
    post.becomes(&queued.message, Status::Sent).await;
    post.send_kind(Content::Forward(queued.message)).await;
    assert_eq!(post.sent(2).await[1].context.forwarded, 2);
}

#[tokio::test]
async fn changes_show_at_once_and_go_out_in_order() {
    let post = Post::new().await;
    let first = post.said("teh").await;
    let edit = post.change(&first.message, Change::Edit("the".into())).await.unwrap();
    let shown = post.message(&first.message).await;
    assert_eq!(shown.body.as_deref(), Some("the"));
    assert!(shown.edited_at.is_some());
    post.change(&first.message, Change::React("👍".into())).await.unwrap();
    assert!(post.message(&first.message).await.reactions[0].mine);
    post.change(&first.message, Change::React(String::new())).await.unwrap();
    assert!(post.message(&first.message).await.reactions.is_empty());
    post.change(&first.message, Change::Delete).await.unwrap();
    assert!(post.message(&first.message).await.deleted);

    let sent = post.sent(5).await;
    assert_eq!(sent[1].id, edit.wa_id);
    assert!(matches!(&sent[1].content, OutgoingContent::Edit { target, content, .. }
        if *target == ours(&first.wa_id) && content.words() == Some("the")));
    assert!(matches!(&sent[2].content, OutgoingContent::Reaction { emoji, .. } if emoji == "👍"));
    assert!(matches!(&sent[3].content, OutgoingContent::Reaction { emoji, .. } if emoji.is_empty()));
    assert!(matches!(&sent[4].content, OutgoingContent::Delete { target } if *target == ours(&first.wa_id)));
    assert!(sent.iter().all(|message| message.context == OutgoingContext::default()));
}

#[tokio::test]
async fn a_change_that_was_not_sent_is_told_at_its_message_and_tried_again() {
    let post = Post::new().await;
    let first = post.said("teh").await;
    let refused = LinkError::Permanent("no".into());
    post.inbox
        .stage
        .gateway
        .next_send(post.client(), SendOutcome::Fails(refused));
    let edit = post.change(&first.message, Change::Edit("the".into())).await.unwrap();
    let look = async || post.message(&first.message).await.failed_change;
    let failed = post.inbox.sees("the failed edit", look).await;
    assert_eq!((&failed.message, failed.kind), (&edit.message, Kind::Edit));
    assert_eq!(failed.failure, Some(Failure::Refused));

    let shown = post.outbox.retry(post.inbox.stage.scope, &edit.message).await.unwrap();
    assert_eq!(shown, first.message);
    assert_eq!(post.message(&first.message).await.failed_change, None);
    let sent = post.sent(3).await;
    assert_eq!(sent[1].id, sent[2].id);
    assert!(sent[1].content == sent[2].content);
}

#[tokio::test]
async fn only_what_may_be_changed_is() {
    let post = Post::new().await;
    let theirs = post.hears("T1", "hello").await;
    let said = post.said("mine").await;
    let place = post
        .send_kind(Content::Location {
            latitude: 1.0,
            longitude: 2.0,
            name: None,
            address: None,
        })
        .await;
    post.ack_when_sent(&place).await;
    let edit = || Change::Edit("other".into());
    let unfit = async |message: &PublicId, change: Change| match post.change(message, change).await {
        Err(OutboxError::Unfit(unfit)) => unfit,
        other => panic!("{other:?}"),
    };
    assert_eq!(unfit(&theirs.public_id, edit()).await, Unfit::NotOurs);
    assert_eq!(unfit(&theirs.public_id, Change::Delete).await, Unfit::NotOurs);
    assert_eq!(unfit(&place.message, edit()).await, Unfit::NotEditable);
    let vote = Change::Vote(vec!["x".into()]);
    assert_eq!(unfit(&said.message, vote).await, Unfit::Vote);
    let waiting = post.send("+55 11 99999-0009", "waits").await;
    assert_eq!(unfit(&waiting.message, edit()).await, Unfit::NotSent);
    post.inbox.stage.pass(Duration::from_secs(16 * 60)).await;
    assert_eq!(unfit(&said.message, edit()).await, Unfit::TooLateToEdit);
    post.inbox.stage.pass(Duration::from_secs(48 * 60 * 60)).await;
    assert_eq!(unfit(&said.message, Change::Delete).await, Unfit::TooLateToDelete);
    let stranger = post.inbox.stage.stranger();
    let foreign = post.outbox.change(stranger, &said.message, Change::Delete).await;
    assert!(matches!(foreign, Err(OutboxError::NotFound)), "{foreign:?}");
}
