//! Phones driven stanza by stanza, for cases that a real client would not produce.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use wacore_binary::Node;

use super::actor::Phone;
use super::board::Board;
use super::content::Content;
use crate::hub::{DeviceAddr, Hub, NewAccount};
use crate::server::ServerKeys;

struct Hand {
    phone: Phone,
    stanzas: UnboundedReceiver<Node>,
}

fn hub() -> Arc<Hub> {
    Hub::new(1, false, Arc::new(ServerKeys::from_seed(1)))
}

impl Hand {
    fn new(hub: &Arc<Hub>, number: &str) -> Self {
        let lid = hub.lid_for(number);
        let board = Board::new(number.to_owned(), lid.clone(), format!("Phone {number}"), false);
        let commands = unbounded_channel().0.downgrade();
        let mut phone = Phone::new(hub.clone(), 1, Arc::new(Mutex::new(board)), commands).unwrap();
        let account = NewAccount {
            number: number.to_owned(),
            lid,
            name: phone.name(),
            identity_public: phone.signal.identity_public(),
        };
        let stanzas = hub.add_account(account).unwrap();
        let bundle = phone.signal.next_bundle(12, &mut phone.rng);
        hub.publish_bundle(&phone.me, bundle);
        Self { phone, stanzas }
    }

    async fn send(&mut self, to: &str, text: &str) {
        self.phone.send(to, &Content::from(text), None).await.unwrap();
    }

    /// Processes what is queued; returns how many.
    async fn take(&mut self) -> usize {
        let mut taken = 0;
        while let Ok(stanza) = self.stanzas.try_recv() {
            self.phone.take(stanza).await;
            taken += 1;
        }
        taken
    }

    fn texts(&self) -> Vec<(String, u32)> {
        let board = self.phone.board();
        let text = |message: &super::InboxMessage| (message.text.clone().unwrap_or_default(), message.copies);
        board.inbox(0).iter().map(text).collect()
    }
}

/// Runs both sides until neither sends anything.
async fn settle(one: &mut Hand, two: &mut Hand) {
    while one.take().await + two.take().await > 0 {}
}

#[tokio::test]
async fn a_phone_that_lost_its_session_asks_again_and_gets_the_message_once() {
    let hub = hub();
    let (mut ana, mut ben) = (Hand::new(&hub, "491000001"), Hand::new(&hub, "491000002"));
    ana.send("491000002", "one").await;
    settle(&mut ana, &mut ben).await;
    ben.send("491000001", "two").await;
    settle(&mut ana, &mut ben).await;
    ben.phone.signal.drop_session(&DeviceAddr::phone("491000001"));
    ana.send("491000002", "three").await;
    settle(&mut ana, &mut ben).await;
    assert_eq!(ben.texts(), [("one".to_owned(), 1), ("three".to_owned(), 1)]);
    assert_eq!(hub.stats_snapshot().decrypt_failures, 1);
    ben.send("491000001", "four").await;
    settle(&mut ana, &mut ben).await;
    assert_eq!(ana.texts(), [("two".to_owned(), 1), ("four".to_owned(), 1)]);
    assert_eq!(hub.stats_snapshot().decrypt_failures, 1);
}

#[tokio::test]
async fn a_message_that_never_opens_is_given_up_after_five_attempts() {
    let hub = hub();
    let (mut ana, mut ben) = (Hand::new(&hub, "491000001"), Hand::new(&hub, "491000002"));
    let chat = super::stanza::Chat::Person("491000002".into());
    let enc = super::stanza::enc("pkmsg", vec![1, 2, 3], &super::stanza::Shape::text(), 0);
    for _ in 0..9 {
        let stanza = super::stanza::Shape::text()
            .message(chat.jid(), "BAD")
            .children([enc.clone()])
            .build();
        hub.submit(&ana.phone.me, stanza);
    }
    ben.take().await;
    let mut asked = 0;
    while let Ok(stanza) = ana.stanzas.try_recv() {
        asked += usize::from(crate::hub::stanza::attr_is(&stanza, "type", "retry"));
    }
    assert_eq!(asked, 5);
    assert!(ben.texts().is_empty());
}

#[tokio::test]
async fn a_member_without_the_sender_key_gets_it_with_the_message() {
    let hub = hub();
    let (mut ana, mut ben) = (Hand::new(&hub, "491000001"), Hand::new(&hub, "491000002"));
    let group = hub
        .create_group("491000001", "Team", &["491000002".to_owned()])
        .unwrap()
        .jid;
    ana.send(&group, "one").await;
    settle(&mut ana, &mut ben).await;
    ben.phone
        .signal
        .rotate_own_sender_key(&group, &DeviceAddr::phone("491000001"));
    ana.send(&group, "two").await;
    settle(&mut ana, &mut ben).await;
    ana.send(&group, "three").await;
    settle(&mut ana, &mut ben).await;
    let texts: Vec<String> = ben.texts().into_iter().map(|(text, _)| text).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    assert_eq!(hub.stats_snapshot().decrypt_failures, 1);
}

#[tokio::test]
async fn one_time_keys_are_published_again_before_they_run_out() {
    let hub = hub();
    let mut ana = Hand::new(&hub, "491000001");
    for number in 0..40 {
        let mut other = Hand::new(&hub, &format!("4920000{number:02}"));
        other.send("491000001", "hello").await;
        ana.take().await;
    }
    assert_eq!(ana.texts().len(), 40);
    let bundle = hub.fetch_bundle(&DeviceAddr::phone("491000001")).unwrap();
    assert!(bundle.prekey.is_some());
}

#[tokio::test]
async fn a_restored_phone_goes_on_where_it_was() {
    let hub = hub();
    let (mut ana, mut ben) = (Hand::new(&hub, "491000001"), Hand::new(&hub, "491000002"));
    ana.send("491000002", "one").await;
    settle(&mut ana, &mut ben).await;
    let json = serde_json::to_value(ben.phone.snapshot().unwrap()).unwrap();
    let stored: super::snapshot::PhoneSnapshot = serde_json::from_value(json).unwrap();
    let board = Board::new("491000002".into(), stored.lid.clone(), stored.name.clone(), false);
    let commands = unbounded_channel().0.downgrade();
    ben.phone = Phone::restore(hub.clone(), 1, &stored, Arc::new(Mutex::new(board)), commands).unwrap();
    ben.send("491000001", "two").await;
    ana.send("491000002", "three").await;
    settle(&mut ana, &mut ben).await;
    assert_eq!(ben.texts(), [("one".to_owned(), 1), ("three".to_owned(), 1)]);
    assert_eq!(ana.texts(), [("two".to_owned(), 1)]);
    assert_eq!(hub.stats_snapshot().decrypt_failures, 0);
}
