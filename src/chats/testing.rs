//! The test setup with an inbox, for this room and the outbox.

use std::sync::Arc;

use wa_client::{Address, Change, Content, Context, Inbound, Target};

use super::{Chats, Ingest, ReceiptWorker};
use crate::crypto::Sealer;
use crate::sessions::Session;
use crate::sessions::testing::{PHONE, START, Stage, within};

pub(crate) struct Inbox {
    pub stage: Stage,
    pub chats: Chats,
    pub session: Session,
}

pub(crate) fn sealer() -> Sealer {
    Sealer::new(&[7; 32], "app.db")
}

impl Inbox {
    /// One connected number with a running receipt worker and no sender.
    pub(crate) async fn new() -> Self {
        let mut inbox = Self::with_sends().await;
        inbox.stage.sends = None;
        inbox
    }

    /// The same for tests that play the sender.
    pub(crate) async fn with_sends() -> Self {
        let mut stage =
            Stage::new(|db, clock, bus| Arc::new(Ingest::new(db.clone(), clock.clone(), bus.clone(), sealer()))).await;
        let news = stage.chats.take().unwrap();
        let (db, clock, bus) = (stage.db.clone(), stage.clock.clone(), stage.bus.clone());
        let (receipts, handle) = ReceiptWorker::new(db.clone(), clock.clone(), bus.clone(), news, stage.stop.clone());
        stage.tracker.spawn(receipts.run());
        let chats = Chats::new(db, clock, bus, handle);
        let session = stage.connected(PHONE).await;
        Self { stage, chats, session }
    }

    /// The sink that the client commits to.
    pub(crate) fn ingest(&self) -> Ingest {
        let stage = &self.stage;
        Ingest::new(stage.db.clone(), stage.clock.clone(), stage.bus.clone(), sealer())
    }

    pub(crate) async fn deliver(&self, messages: Vec<Inbound>) {
        self.stage
            .gateway
            .deliver(Stage::client(&self.session), messages)
            .await
            .unwrap();
    }

    /// Waits until `look` returns something, calling it again at every event of the workspace.
    pub(crate) async fn sees<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let mut news = self.stage.bus.subscribe(self.stage.scope.workspace);
        within(what, async {
            loop {
                if let Some(value) = look().await {
                    return value;
                }
                news.next().await.unwrap();
            }
        })
        .await
    }
}

pub(crate) fn ana() -> Address {
    Address::Phone("5511999990001".into())
}

pub(crate) fn ana_lid() -> Address {
    Address::Lid("77".into())
}

/// A message from Ana, `second` seconds after the start of the test clock, that waited at the server.
pub(crate) fn from_ana(id: &str, second: i64, content: Content) -> Inbound {
    Inbound {
        id: id.into(),
        chat: ana(),
        sender: ana(),
        sender_alt: None,
        from_me: false,
        push_name: Some("Ana Souza".into()),
        at_ms: START.0 - 1_000_000 + second * 1_000,
        content,
        context: Context::default(),
        raw: b"\x0a\x02hi".to_vec(),
        offline: true,
    }
}

pub(crate) fn text(body: &str) -> Content {
    Content::Text { body: body.into() }
}

/// A change to the message with this id; in a conversation of two its author need not be named.
pub(crate) fn change(id: &str, change: Change) -> Content {
    Content::Change {
        target: Target {
            id: id.into(),
            ..Target::default()
        },
        change,
    }
}

pub(crate) fn edit(id: &str, body: &str, at_ms: i64) -> Content {
    let body = Some(body.into());
    change(
        id,
        Change::Edit {
            body,
            card: None,
            at_ms: Some(at_ms),
        },
    )
}

pub(crate) fn react(id: &str, emoji: &str) -> Content {
    change(id, Change::Reaction { emoji: emoji.into() })
}

pub(crate) fn delete(id: &str, by_admin: bool) -> Content {
    change(id, Change::Delete { by_admin })
}
