//! Older messages of a chat: asked for, come, or not.

use std::time::Duration;

use wa_client::testing::Asked;
use wa_client::{Address, Inbound, LinkEvent};

use crate::chats::testing::{Inbox, ana, from_ana, text};
use crate::chats::{Older, OlderState};
use crate::events::Event;
use crate::ids::PublicId;
use crate::sessions::testing::Stage;

impl Inbox {
    async fn ask_older(&self, chat: &PublicId) -> Option<Older> {
        self.chats.ask_older(self.stage.scope, chat).await.unwrap()
    }

    async fn older_is(&self, chat: &PublicId, state: OlderState) -> Older {
        self.sees(&format!("older messages: {state}"), async || {
            let older = self.chats.older(self.stage.scope, chat).await.unwrap();
            older.filter(|older| older.state == state)
        })
        .await
    }

    /// The phone's answer, as the client stores and then tells it.
    async fn answers(&self, messages: Vec<Inbound>, ended: bool) {
        let client = Stage::client(&self.session);
        self.stage.gateway.deliver_history(client, messages).await.unwrap();
        let chat = ana();
        assert!(self.stage.gateway.emit(client, LinkEvent::OlderHistory { chat, ended }));
    }

    async fn was_asked(&self, chat: Address, before: &str) {
        let client = Stage::client(&self.session);
        let asked = Asked::History {
            chat,
            before: before.into(),
            count: 50,
        };
        self.stage.gateway.wait_until_asked(client, &asked).await;
    }
}

#[tokio::test]
async fn what_the_phone_still_has_comes_above_the_first_message_once_and_as_read() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("C", 100, text("today"))]).await;
    let chat = inbox.only_chat().await;
    let asked = inbox.ask_older(&chat.public_id).await.unwrap();
    assert_eq!(asked.state, OlderState::Asked);
    inbox.was_asked(ana(), "C").await;
    // A second person looks at it meanwhile.
    inbox.ask_older(&chat.public_id).await.unwrap();
    inbox
        .answers(
            vec![from_ana("A", 1, text("long ago")), from_ana("B", 2, text("then"))],
            false,
        )
        .await;
    let older = inbox.older_is(&chat.public_id, OlderState::Came).await;
    assert!(older.came && older.from == asked.from);
    assert_eq!(inbox.bodies().await, ["long ago", "then", "today"]);
    let now = inbox.only_chat().await;
    assert_eq!((now.unread, now.last_at), (chat.unread, chat.last_at));
    let received = inbox.events().await;
    let received = received.iter().filter(|e| matches!(e, Event::MessageReceived { .. }));
    assert_eq!(received.count(), 1);
    let asked = inbox.stage.gateway.asked(Stage::client(&inbox.session));
    let asked = asked.iter().filter(|call| matches!(call, Asked::History { .. }));
    assert_eq!(asked.count(), 1);

    // The next request begins where the first one ended; the phone sends some of it again, and has no more.
    inbox.ask_older(&chat.public_id).await.unwrap();
    inbox.was_asked(ana(), "A").await;
    inbox.answers(vec![from_ana("A", 1, text("long ago"))], false).await;
    inbox.older_is(&chat.public_id, OlderState::Ended).await;
    assert_eq!(inbox.bodies().await, ["long ago", "then", "today"]);
}

#[tokio::test]
async fn a_phone_that_does_not_answer_is_given_up_and_heard_later_all_the_same() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("B", 100, text("today"))]).await;
    let chat = inbox.only_chat().await.public_id;
    inbox.ask_older(&chat).await.unwrap();
    inbox.was_asked(ana(), "B").await;
    inbox.stage.manual.advance(Duration::from_secs(46));
    inbox.older_is(&chat, OlderState::NoAnswer).await;
    inbox.answers(vec![from_ana("A", 1, text("long ago"))], true).await;
    let older = inbox.older_is(&chat, OlderState::Ended).await;
    assert!(older.came);
    assert_eq!(inbox.bodies().await, ["long ago", "today"]);
}

#[tokio::test]
async fn a_number_that_is_not_connected_is_said_to_be() {
    let inbox = Inbox::new().await;
    inbox.deliver(vec![from_ana("B", 100, text("today"))]).await;
    let chat = inbox.only_chat().await.public_id;
    inbox.stage.gateway.end(Stage::client(&inbox.session));
    inbox.ask_older(&chat).await.unwrap();
    inbox.older_is(&chat, OlderState::NotConnected).await;
}

#[test]
fn states_of_a_request_match_the_schema() {
    let sql = include_str!("../../../migrations/V043__older.sql");
    let words: Vec<_> = OlderState::ALL.iter().map(|word| format!("'{word}'")).collect();
    assert!(sql.contains(&format!("CHECK (older_state IN ({}))", words.join(", "))));
}
