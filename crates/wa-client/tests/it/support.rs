//! A network with phones, a gateway on it, and a recording sink.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use wa_client::live::{LiveGateway, LiveOptions};
use wa_client::store::{KeyStore, MasterKey};
use wa_client::{
    Ack, Address, Change, CommitError, Content, Gateway as _, Inbound, InboundSink, Link, LinkEvent, Outgoing,
    OutgoingContent, OutgoingContext, Received, SessionId, Target,
};
use wa_network::hub::DeviceAddr;
use wa_network::phone::{InboxMessage, NewPhone};
use wa_network::{Network, NetworkOptions};
use wacore_binary::builder::NodeBuilder;

/// Debug builds on a busy machine are slow; a test that hangs still ends.
const PATIENCE: Duration = Duration::from_secs(60);

pub const SESSION: SessionId = SessionId(7);
pub const BUSINESS: &str = "5511999990001";
pub const CUSTOMER: &str = "5511999990002";

pub async fn patiently<T>(what: &str, work: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(value) => value,
        Err(_) => panic!("timed out waiting: {what}"),
    }
}

/// Everything a test needs; the key store lives in a temporary directory.
pub struct World {
    pub network: Network,
    pub gateway: LiveGateway,
    pub keys: KeyStore,
    directory: tempfile::TempDir,
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
            directory,
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

    /// Deletes from the key store what a crash would have lost.
    pub fn lose_rows_of(&self, table: &str) -> usize {
        self.change_keys(&format!("DELETE FROM {table}"))
    }

    /// Changes the key store's file; the link must be closed. Returns the number of rows.
    pub fn change_keys(&self, sql: &str) -> usize {
        let file = rusqlite::Connection::open(self.directory.path().join("wa.db")).unwrap();
        file.busy_timeout(PATIENCE).unwrap();
        file.execute(sql, []).unwrap()
    }

    pub async fn customer_writes(&self, text: &str) -> String {
        self.network.phones().send(CUSTOMER, BUSINESS, text).await.unwrap()
    }

    /// The customer's phone reports that it could not decrypt a message of ours.
    pub fn ask_again(&self, id: &str) {
        let hub = self.network.hub();
        let companion = hub.devices(BUSINESS).into_iter().find(|device| device.addr.device != 0);
        let retry = NodeBuilder::new("retry")
            .attr("count", 1_u8)
            .attr("id", id)
            .attr("t", 1_700_000_000_u64)
            .attr("v", 1_u8)
            .build();
        let registration = NodeBuilder::new("registration").bytes(vec![0, 0, 0, 1]).build();
        let receipt = NodeBuilder::new("receipt")
            .attr("to", companion.unwrap().addr.jid())
            .attr("id", id)
            .attr("type", "retry")
            .children([retry, registration])
            .build();
        hub.submit(&DeviceAddr::phone(CUSTOMER), receipt);
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
            LinkEvent::Ack(Ack { id: acked, error: None }) => (acked == id).then_some(()),
            _ => None,
        })
        .await;
    }

    /// Reads until the stream ends, and returns the events.
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

/// The product's database, simulated: rows by (chat, sender, id). The first one wins, except over a placeholder.
pub struct Sink {
    rows: Mutex<Vec<Inbound>>,
    past: Mutex<Vec<Inbound>>,
    /// Id and text of sent messages.
    pub sent: Mutex<Vec<(String, String)>>,
    commits: watch::Sender<usize>,
    pub refuse: AtomicBool,
    pub hang: AtomicBool,
    hanging: AtomicUsize,
    all: Mutex<Vec<Inbound>>,
}

impl Default for Sink {
    fn default() -> Self {
        Self {
            rows: Mutex::default(),
            past: Mutex::default(),
            sent: Mutex::default(),
            commits: watch::Sender::new(0),
            refuse: AtomicBool::new(false),
            hang: AtomicBool::new(false),
            hanging: AtomicUsize::new(0),
            all: Mutex::default(),
        }
    }
}

impl Sink {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Waits for this many commits, refused and hanging ones included.
    pub async fn wait_for_attempt(&self, count: usize) {
        let mut commits = self.commits.subscribe();
        patiently("a commit", commits.wait_for(|seen| *seen >= count))
            .await
            .unwrap();
    }

    /// Waits until a commit hangs.
    pub async fn wait_for_hanging(&self) {
        let mut commits = self.commits.subscribe();
        let hangs = async {
            while self.hanging.load(Ordering::SeqCst) == 0 {
                commits.changed().await.unwrap();
            }
        };
        patiently("a commit that hangs", hangs).await;
    }

    /// Whether a row of this id ever had this content.
    pub fn was_stored(&self, id: &str, content: &Content) -> bool {
        let all = self.all.lock().unwrap();
        all.iter().any(|row| row.id == id && row.content == *content)
    }

    /// The texts of rows that have one.
    pub fn texts(&self) -> Vec<String> {
        texts(&self.rows.lock().unwrap())
    }

    /// Waits for the row with this text.
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

    /// Waits for a row.
    pub async fn row(&self, what: &str, is_it: impl Fn(&Inbound) -> bool) -> Inbound {
        let find = || self.rows.lock().unwrap().iter().find(|row| is_it(row)).cloned();
        self.find(what, find).await
    }

    /// Waits for a row that changes another in this way.
    pub async fn change(&self, what: &str, is_it: impl Fn(&Change) -> bool) -> Inbound {
        let matches = |row: &&Inbound| matches!(&row.content, Content::Change { change, .. } if is_it(change));
        let find = || self.rows.lock().unwrap().iter().find(matches).cloned();
        self.find(what, find).await
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

pub fn change_of(row: &Inbound) -> (&Target, &Change) {
    match &row.content {
        Content::Change { target, change } => (target, change),
        _ => panic!("not a change"),
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
            self.hanging.fetch_add(1, Ordering::SeqCst);
            self.commits.send_modify(|count| *count += 1);
            std::future::pending::<()>().await;
        }
        if self.refuse.load(Ordering::SeqCst) {
            return Err(CommitError("the disk is full".to_owned()));
        }
        {
            let mut rows = self.rows.lock().unwrap();
            self.all.lock().unwrap().extend(messages.iter().cloned());
            for message in messages {
                match rows.iter_mut().find(|row| same(row, &message)) {
                    Some(row) if row.content == Content::Undecryptable => *row = message,
                    Some(_) => {}
                    None => rows.push(message),
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

    async fn has(&self, _session: SessionId, message: &Received) -> Result<bool, CommitError> {
        let is_it = |row: &Inbound| {
            (&row.chat, &row.sender, &row.id) == (&message.chat, &message.sender, &message.id)
                && row.content != Content::Undecryptable
        };
        Ok(self.rows.lock().unwrap().iter().any(is_it))
    }

    async fn sent(
        &self,
        _session: SessionId,
        _chat: &Address,
        id: &str,
    ) -> Result<Option<(OutgoingContent, OutgoingContext)>, CommitError> {
        let sent = self.sent.lock().unwrap();
        let text = sent.iter().find(|(of, _)| of == id).map(|(_, body)| body.clone());
        Ok(text.map(|body| (OutgoingContent::Text { body }, OutgoingContext::default())))
    }
}

pub fn text(id: &str, to: &str, body: &str) -> Outgoing {
    Outgoing {
        id: id.to_owned(),
        to: Address::Phone(to.to_owned()),
        content: OutgoingContent::Text { body: body.to_owned() },
        context: OutgoingContext::default(),
    }
}
