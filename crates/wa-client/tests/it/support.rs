//! A network with phones, a gateway on it, and a sink that remembers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use wa_client::live::{LiveGateway, LiveOptions};
use wa_client::store::{KeyStore, MasterKey};
use wa_client::{
    Address, CommitError, Content, Gateway as _, Inbound, InboundSink, Link, LinkEvent, Outgoing, OutgoingContent,
    SessionId,
};
use wa_network::phone::{InboxMessage, NewPhone};
use wa_network::{Network, NetworkOptions};

/// Debug builds on a busy machine are slow; a test that hangs still ends.
const PATIENCE: Duration = Duration::from_secs(60);

pub const SESSION: SessionId = SessionId(7);
pub const BUSINESS: &str = "5511999990001";
pub const CUSTOMER: &str = "5511999990002";

pub async fn patiently<T>(what: &str, work: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(value) => value,
        Err(_) => panic!("waited in vain: {what}"),
    }
}

/// Everything a test needs; the key store lives in a temporary directory.
pub struct World {
    pub network: Network,
    pub gateway: LiveGateway,
    pub keys: KeyStore,
    _directory: tempfile::TempDir,
}

impl World {
    pub async fn new() -> Self {
        Self::on(Network::start(NetworkOptions::default()).await.unwrap(), |_, _| {}).await
    }

    pub async fn on(network: Network, adjust: impl FnOnce(&Network, &mut LiveOptions)) -> Self {
        for (number, name) in [(BUSINESS, "Business"), (CUSTOMER, "Carol")] {
            let phone = NewPhone {
                number: number.to_owned(),
                name: name.to_owned(),
                auto_reply: false,
            };
            network.phones().create(phone).unwrap();
        }
        let directory = tempfile::tempdir().unwrap();
        let keys = KeyStore::open(&directory.path().join("wa.db"), &MasterKey::from([7; 32])).unwrap();
        let mut options = LiveOptions {
            url: Some(network.ws_url().parse().unwrap()),
            pre_key_count: Some(30),
            media_plain_http: true,
            ..LiveOptions::default()
        };
        adjust(&network, &mut options);
        let gateway = LiveGateway::new(keys.clone(), options).unwrap();
        Self {
            network,
            gateway,
            keys,
            _directory: directory,
        }
    }

    pub async fn open(&self, sink: &Arc<Sink>) -> Opened {
        let (link, events) = self.gateway.open(SESSION, sink.clone()).await.unwrap();
        Opened { link, events }
    }

    /// Linked by QR code with the business phone, and connected.
    pub async fn linked(&self, sink: &Arc<Sink>) -> Opened {
        let mut open = self.open(sink).await;
        let code = open.qr().await;
        self.network.phones().scan(BUSINESS, &code).await.unwrap();
        open.connected().await;
        open
    }

    pub async fn customer_writes(&self, text: &str) -> String {
        self.network.phones().send(CUSTOMER, BUSINESS, text).await.unwrap()
    }

    /// Waits until the customer's phone shows what `wanted` accepts.
    pub async fn customer_gets(&self, wanted: impl Fn(&InboxMessage) -> bool) -> InboxMessage {
        let phones = self.network.phones();
        let mut changes = phones.watch(CUSTOMER).unwrap();
        let search = async {
            loop {
                if let Some(found) = phones.inbox(CUSTOMER, 0).unwrap().into_iter().find(&wanted) {
                    return found;
                }
                changes.changed().await.unwrap();
            }
        };
        patiently("a message at the customer's phone", search).await
    }

    pub async fn end(self, open: Opened) {
        patiently("the link to close", open.link.close()).await;
        self.network.stop().await;
        self.keys.close().await;
    }
}

pub struct Opened {
    pub link: Arc<dyn Link>,
    pub events: UnboundedReceiver<LinkEvent>,
}

impl Opened {
    /// The first event that `pick` accepts; those before it are dropped.
    pub async fn until<T>(&mut self, what: &str, pick: impl Fn(&LinkEvent) -> Option<T>) -> T {
        let search = async {
            while let Some(event) = self.events.recv().await {
                if let Some(value) = pick(&event) {
                    return value;
                }
            }
            panic!("the link ended before: {what}");
        };
        patiently(what, search).await
    }

    pub async fn qr(&mut self) -> String {
        self.until("a QR code", |event| match event {
            LinkEvent::Qr { code, .. } => Some(code.clone()),
            _ => None,
        })
        .await
    }

    pub async fn connected(&mut self) {
        self.until("connected", |event| matches!(event, LinkEvent::Connected).then_some(()))
            .await;
    }

    pub async fn acked(&mut self, id: &str) {
        self.until("an ack", |event| match event {
            LinkEvent::Ack { id: acked, error: None } => (acked == id).then_some(()),
            _ => None,
        })
        .await;
    }

    /// Reads until the stream ends, and tells what came.
    pub async fn rest(&mut self) -> Vec<LinkEvent> {
        let mut events = Vec::new();
        patiently("the end of the link", async {
            while let Some(event) = self.events.recv().await {
                events.push(event);
            }
        })
        .await;
        events
    }
}

/// What the product's database would hold: rows by (chat, sender, id), the first one wins.
pub struct Sink {
    rows: Mutex<Vec<Inbound>>,
    past: Mutex<Vec<Inbound>>,
    commits: watch::Sender<usize>,
    pub refuse: AtomicBool,
    pub hang: AtomicBool,
}

impl Default for Sink {
    fn default() -> Self {
        Self {
            rows: Mutex::default(),
            past: Mutex::default(),
            commits: watch::Sender::new(0),
            refuse: AtomicBool::new(false),
            hang: AtomicBool::new(false),
        }
    }
}

impl Sink {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Every commit so far, refused and hanging ones included.
    pub async fn wait_for_attempt(&self, count: usize) {
        let mut commits = self.commits.subscribe();
        patiently("a commit", commits.wait_for(|seen| *seen >= count))
            .await
            .unwrap();
    }

    /// Rows with words, by their words.
    pub fn texts(&self) -> Vec<String> {
        texts(&self.rows.lock().unwrap())
    }

    /// Waits for the row with these words.
    pub async fn text(&self, body: &str) -> Inbound {
        let find = || {
            self.rows
                .lock()
                .unwrap()
                .iter()
                .find(|row| text_of(row) == Some(body))
                .cloned()
        };
        self.find("a stored text", find).await
    }

    /// Waits for a row that says exactly this.
    pub async fn content(&self, content: &Content) -> Inbound {
        let find = || {
            self.rows
                .lock()
                .unwrap()
                .iter()
                .find(|row| row.content == *content)
                .cloned()
        };
        self.find("a stored row", find).await
    }

    pub async fn past(&self, body: &str) -> Inbound {
        let find = || {
            self.past
                .lock()
                .unwrap()
                .iter()
                .find(|row| text_of(row) == Some(body))
                .cloned()
        };
        self.find("a text of the past", find).await
    }

    async fn find(&self, what: &str, find: impl Fn() -> Option<Inbound>) -> Inbound {
        let mut commits = self.commits.subscribe();
        patiently(what, async {
            loop {
                if let Some(found) = find() {
                    return found;
                }
                commits.changed().await.unwrap();
            }
        })
        .await
    }
}

fn text_of(row: &Inbound) -> Option<&str> {
    match &row.content {
        Content::Text { body, .. } => Some(body),
        _ => None,
    }
}

fn texts(rows: &[Inbound]) -> Vec<String> {
    rows.iter().filter_map(text_of).map(str::to_owned).collect()
}

fn same(one: &Inbound, other: &Inbound) -> bool {
    (&one.chat, &one.sender, &one.id) == (&other.chat, &other.sender, &other.id)
}

#[async_trait]
impl InboundSink for Sink {
    async fn commit(&self, session: SessionId, messages: Vec<Inbound>) -> Result<(), CommitError> {
        assert_eq!(session, SESSION);
        self.commits.send_modify(|count| *count += 1);
        if self.hang.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if self.refuse.load(Ordering::SeqCst) {
            return Err(CommitError("the disk is full".to_owned()));
        }
        {
            let mut rows = self.rows.lock().unwrap();
            for message in messages {
                if !rows.iter().any(|row| same(row, &message)) {
                    rows.push(message);
                }
            }
        }
        self.commits.send_modify(|count| *count += 1);
        Ok(())
    }

    async fn commit_history(&self, _session: SessionId, messages: Vec<Inbound>) -> Result<(), CommitError> {
        self.past.lock().unwrap().extend(messages);
        self.commits.send_modify(|count| *count += 1);
        Ok(())
    }
}

pub fn text(id: &str, to: &str, body: &str) -> Outgoing {
    Outgoing {
        id: id.to_owned(),
        to: Address::Phone(to.to_owned()),
        content: OutgoingContent::Text { body: body.to_owned() },
    }
}
