//! Numbers that WhatsApp registers under another, or not at all.

use wa_client::{Address, Registered};

use super::*;

const TYPED: &str = "+55 31 99123-4567";

fn filed() -> Registered {
    Registered {
        address: Address::Phone("553191234567".into()),
        lid: Some(Address::Lid("88".into())),
    }
}

impl Post {
    async fn goes_offline(&self) {
        let lost = LinkEvent::Disconnected {
            why: "gone".into(),
            retry_in: None,
        };
        self.inbox.stage.emit(&self.inbox.session, lost);
        let session = &self.inbox.session.public_id;
        self.inbox.stage.becomes(session, State::Reconnecting).await;
    }

    /// Counts of contacts, chats, messages, and addresses that were only typed.
    async fn people(&self) -> [i64; 4] {
        let count = |c: &rusqlite::Connection| {
            let of = |what: &str| c.query_row(&format!("SELECT COUNT(*) FROM {what}"), [], |row| row.get(0));
            Ok::<_, DbError>([
                of("contacts WHERE merged_into IS NULL")?,
                of("chats")?,
                of("messages")?,
                of("contact_addresses WHERE typed = 1")?,
            ])
        };
        self.inbox.stage.db.read(count).await.unwrap()
    }

    async fn people_become(&self, expected: [i64; 4]) {
        self.inbox
            .sees("the stored rows", async || {
                (self.people().await == expected).then_some(())
            })
            .await;
    }

    fn look_up_finds(&self, answer: Result<Option<Registered>, LinkError>) {
        self.inbox.stage.gateway.next_look_up(self.client(), answer);
    }
}

#[tokio::test]
async fn an_unregistered_number_is_refused_before_anything_is_written() {
    let post = Post::new().await;
    post.look_up_finds(Err(LinkError::NotOnWhatsApp));
    let (scope, session) = (post.inbox.stage.scope, &post.inbox.session.public_id);
    let refused = post.outbox.send_to(scope, session, TYPED, "hello?").await;
    assert!(matches!(refused, Err(OutboxError::NotOnWhatsApp)), "{refused:?}");
    assert_eq!(post.people().await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn a_message_written_offline_to_an_unregistered_number_is_removed_again() {
    let post = Post::new().await;
    post.goes_offline().await;
    for text in ["one", "two"] {
        post.send(TYPED, text).await;
    }
    assert_eq!(post.people().await, [1, 1, 2, 0]);
    for _ in 0..2 {
        let fails = SendOutcome::Fails(LinkError::NotOnWhatsApp);
        post.inbox.stage.gateway.next_send(post.client(), fails);
    }
    post.inbox.stage.emit(&post.inbox.session, LinkEvent::Connected);
    post.people_become([0, 0, 0, 0]).await;
    assert_eq!(post.rows("failed").await, 0);
}

#[tokio::test]
async fn a_person_who_was_here_before_stays_when_the_number_is_not_on_whatsapp_any_more() {
    let post = Post::new().await;
    post.inbox.deliver(vec![from_ana("A", 1, text("hi"))]).await;
    let before = post.people().await;
    let fails = SendOutcome::Fails(LinkError::NotOnWhatsApp);
    post.inbox.stage.gateway.next_send(post.client(), fails);
    let queued = post.send(&ana().to_string(), "still there?").await;
    let failed = post.becomes(&queued.message, Status::Failed).await;
    assert_eq!(failed.failure, Some(Failure::NotOnWhatsApp));
    assert_eq!(post.people().await, [before[0], before[1], before[2] + 1, 0]);
}

#[tokio::test]
async fn the_address_that_whatsapp_names_is_used_and_kept() {
    let post = Post::new().await;
    post.look_up_finds(Ok(Some(filed())));
    let first = post.send(TYPED, "one").await;
    // Both spellings are known from now on, so no lookup happens any more.
    post.look_up_finds(Err(LinkError::NotOnWhatsApp));
    for (to, body) in [(TYPED, "two"), ("553191234567@s.whatsapp.net", "three")] {
        assert_eq!(post.send(to, body).await.chat, first.chat);
    }
    let sent = post.sent(3).await;
    assert!(sent.iter().all(|message| message.to == filed().address));
    assert_eq!(post.people().await, [1, 1, 3, 1]);
}

#[tokio::test]
async fn the_address_is_learned_when_the_message_goes_out_later() {
    let post = Post::new().await;
    post.goes_offline().await;
    let typed = post.send(TYPED, "to the typed number").await;
    let by_lid = post.send("88@lid", "to the same person").await;
    assert_ne!(typed.chat, by_lid.chat);
    let gateway = &post.inbox.stage.gateway;
    gateway.ack_by_itself(post.client(), true);
    gateway.next_send(post.client(), SendOutcome::SentTo(filed()));
    post.inbox.stage.emit(&post.inbox.session, LinkEvent::Connected);
    post.becomes(&typed.message, Status::Sent).await;
    post.becomes(&by_lid.message, Status::Sent).await;
    assert_eq!(post.people().await, [1, 1, 2, 1]);
    let last = post.send(TYPED, "again").await;
    let sent = post.sent(3).await;
    assert_eq!(sent[2].to, filed().address);
    assert_eq!(post.message(&last.message).await.body.as_deref(), Some("again"));
}

#[tokio::test]
async fn a_link_that_does_not_answer_delays_nobody() {
    let post = Post::new().await;
    post.look_up_finds(Err(LinkError::TimedOut));
    post.send(TYPED, "hello").await;
    assert_eq!(post.sent(1).await.len(), 1);
}
