//! The way to all phones of a network: cheap to clone, usable from any thread.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::runtime::Handle as Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use wacore_binary::Node;

use super::actor::{Phone, SharedBoard, lock};
use super::board::Board;
use super::command::{Command, Reply};
use super::content::Content;
use super::linkcode;
use super::qr::QrText;
use super::signal::PREKEY_BATCH;
use super::snapshot::PhoneSnapshot;
use super::stanza::digits;
use super::types::{
    Conversation, InboxMessage, LinkedDevice, MediaFile, NewPhone, PastMessage, PhoneError, PhoneInfo, PhoneMessage,
    ReceiptRule, TypingState,
};
use crate::hub::{GroupError, GroupInfo, Hub, NewAccount, PairError};

#[derive(Clone)]
pub struct Phones {
    inner: Arc<Inner>,
}

struct Inner {
    hub: Arc<Hub>,
    seed: AtomicU64,
    /// Phones live on the runtime the network was started on, whoever creates them.
    runtime: Runtime,
    phones: RwLock<Registry>,
}

/// Number → the phone and its task.
type Registry = BTreeMap<String, (Entry, JoinHandle<()>)>;

#[derive(Clone)]
struct Entry {
    board: SharedBoard,
    commands: UnboundedSender<Command>,
}

impl Phones {
    /// Call it on the runtime the phones shall live on.
    pub(crate) fn new(hub: Arc<Hub>, seed: u64) -> Self {
        let inner = Inner {
            hub,
            seed: AtomicU64::new(seed),
            runtime: Runtime::current(),
            phones: RwLock::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Switches a new phone on.
    pub fn create(&self, new: NewPhone) -> Result<PhoneInfo, PhoneError> {
        let number = digits(&new.number)?;
        if self.entry(&number).is_ok() {
            return Err(PhoneError::Exists);
        }
        let hub = &self.inner.hub;
        let lid = hub.lid_for(&number);
        let (entry, commands) = entry(Board::new(number.clone(), lid.clone(), new.name, new.auto_reply));
        let weak = entry.commands.downgrade();
        let mut phone = Phone::new(hub.clone(), self.seed(), entry.board.clone(), weak)?;
        let stanzas = self.join(&phone, &lid)?;
        let bundle = phone.signal.next_bundle(PREKEY_BATCH, &mut phone.rng);
        hub.publish_bundle(&phone.me, bundle);
        self.start(number.clone(), entry, phone, commands, stanzas);
        self.info(&number)
    }

    fn join(&self, phone: &Phone, lid: &str) -> Result<UnboundedReceiver<Node>, PhoneError> {
        let account = NewAccount {
            number: phone.me.account.to_string(),
            lid: lid.to_owned(),
            name: phone.name(),
            identity_public: phone.signal.identity_public(),
        };
        self.inner.hub.add_account(account).map_err(|_| PhoneError::Exists)
    }

    fn start(
        &self,
        number: String,
        entry: Entry,
        phone: Phone,
        commands: UnboundedReceiver<Command>,
        stanzas: UnboundedReceiver<Node>,
    ) {
        let task = self.inner.runtime.spawn(phone.run(stanzas, commands));
        self.write().insert(number, (entry, task));
    }

    pub fn list(&self) -> Vec<PhoneInfo> {
        let numbers: Vec<String> = self.read().keys().cloned().collect();
        numbers.iter().filter_map(|number| self.info(number).ok()).collect()
    }

    pub fn info(&self, number: &str) -> Result<PhoneInfo, PhoneError> {
        let entry = self.entry(number)?;
        let board = lock(&entry.board);
        let devices = self.inner.hub.devices(&board.number);
        let companion = |device: crate::hub::DeviceInfo| LinkedDevice {
            id: device.addr.device,
            platform: device.platform,
            connected: device.connected,
        };
        Ok(PhoneInfo {
            number: board.number.clone(),
            lid: board.lid.clone(),
            name: board.name.clone(),
            online: board.online,
            linked_devices: devices
                .into_iter()
                .filter(|device| !device.addr.is_phone())
                .map(companion)
                .collect(),
        })
    }

    /// Scans a linking QR code. Answers the companion's device number once it is linked.
    pub async fn scan(&self, number: &str, qr: &str) -> Result<u16, PhoneError> {
        let entry = self.entry(number)?;
        let qr = QrText::parse(qr)?;
        let candidate = self
            .inner
            .hub
            .pairing_candidate(&qr.reference)
            .ok_or(PairError::Stale)?;
        if candidate.noise_public != qr.noise_public || candidate.identity_public != qr.identity_public {
            return Err(PhoneError::BadQr);
        }
        self.pair(&entry, &qr.reference, qr.identity_public, qr.adv_secret)
            .await
    }

    /// Types the code a companion shows that asked to be linked with this number.
    pub async fn pairing_code(&self, number: &str, code: &str) -> Result<u16, PhoneError> {
        let entry = self.entry(number)?;
        let code = linkcode::normalise(code)?;
        let hub = &self.inner.hub;
        let own = lock(&entry.board).number.clone();
        let hello = hub.link_code_hello(&own).ok_or(PhoneError::NoPendingCode)?;
        let exchange = entry
            .ask(|reply| Command::StartExchange {
                code,
                wrapped_companion_ephemeral: hello.wrapped_companion_ephemeral,
                reply,
            })
            .await?;
        let finish = hub.primary_hello(&hello.reference, exchange.hello.clone()).await?;
        let identity_public = finish.companion_identity_public;
        let adv_secret = entry
            .ask(|reply| Command::FinishExchange {
                exchange,
                finish,
                reply,
            })
            .await?;
        self.pair(&entry, &hello.reference, identity_public, adv_secret).await
    }

    async fn pair(
        &self,
        entry: &Entry,
        reference: &str,
        identity_public: [u8; 32],
        adv_secret: [u8; 32],
    ) -> Result<u16, PhoneError> {
        let success = entry
            .ask(|reply| Command::Sign {
                identity_public,
                adv_secret,
                reply,
            })
            .await?;
        let key_index = success.key_index;
        match self.inner.hub.complete_pairing(reference, success).await {
            Ok(device) => {
                let id = device.device;
                entry.ask(|reply| Command::Linked { device, reply }).await?;
                Ok(id)
            }
            Err(error) => {
                entry.tell(Command::Unsigned { key_index });
                Err(error.into())
            }
        }
    }

    /// Unlinks a companion: it is logged out.
    pub async fn unlink(&self, number: &str, device: u16) -> Result<(), PhoneError> {
        self.entry(number)?.ask(|reply| Command::Unlink { device, reply }).await
    }

    /// Sends to a number, a JID of a person or a group; answers the message's id.
    pub async fn send(&self, number: &str, to: &str, content: impl Into<Content>) -> Result<String, PhoneError> {
        self.send_as(number, to, content.into(), None).await
    }

    /// Like [`Phones::send`], with an id of the caller's choice.
    pub async fn send_as(
        &self,
        number: &str,
        to: &str,
        content: Content,
        id: Option<String>,
    ) -> Result<String, PhoneError> {
        let to = to.to_owned();
        let command = |reply: Reply<String>| Command::Send { to, content, id, reply };
        self.entry(number)?.ask(command).await
    }

    /// What arrived with a sequence number above `after`.
    pub fn inbox(&self, number: &str, after: u64) -> Result<Vec<InboxMessage>, PhoneError> {
        let entry = self.entry(number)?;
        let board = lock(&entry.board);
        Ok(board.inbox(after).to_vec())
    }

    pub fn receipts(&self, number: &str, rule: ReceiptRule) -> Result<(), PhoneError> {
        lock(&self.entry(number)?.board).receipts = rule;
        Ok(())
    }

    pub async fn typing(&self, number: &str, to: &str, state: TypingState) -> Result<(), PhoneError> {
        let to = to.to_owned();
        self.entry(number)?
            .ask(|reply| Command::Typing { to, state, reply })
            .await
    }

    /// An offline phone's messages wait at the server.
    pub async fn set_online(&self, number: &str, online: bool) -> Result<(), PhoneError> {
        self.entry(number)?
            .ask(|reply| Command::SetOnline { online, reply })
            .await
    }

    /// Marks everything in a chat read and says so to the other side.
    pub async fn mark_read(&self, number: &str, chat: &str) -> Result<(), PhoneError> {
        let chat = chat.to_owned();
        self.entry(number)?.ask(|reply| Command::MarkRead { chat, reply }).await
    }

    /// Gives the phone conversations of the past, for the history its companions get.
    pub async fn remember(&self, number: &str, past: Vec<PastMessage>) -> Result<(), PhoneError> {
        self.entry(number)?.ask(|reply| Command::Remember { past, reply }).await
    }

    /// The chat list, the newest first. Names of people the phone has not heard of come from the network.
    pub fn conversations(&self, number: &str) -> Result<Vec<Conversation>, PhoneError> {
        let entry = self.entry(number)?;
        let mut lines = lock(&entry.board).conversations();
        for line in lines.iter_mut().filter(|line| line.peer_name.is_empty()) {
            line.peer_name = self.name_of(&line.peer);
        }
        Ok(lines)
    }

    /// One chat, the oldest message first; empty when the two have never talked.
    pub fn conversation(&self, number: &str, peer: &str) -> Result<Vec<PhoneMessage>, PhoneError> {
        let entry = self.entry(number)?;
        let board = lock(&entry.board);
        Ok(board.thread(peer).to_vec())
    }

    /// Chats in which somebody is typing to this phone, with the number that does.
    pub fn typing_of(&self, number: &str) -> Result<Vec<(String, String)>, PhoneError> {
        let entry = self.entry(number)?;
        let board = lock(&entry.board);
        Ok(board.typing())
    }

    /// The file of a message, as long as the phone keeps it.
    pub fn media(&self, number: &str, message_id: &str) -> Result<Option<MediaFile>, PhoneError> {
        let entry = self.entry(number)?;
        let board = lock(&entry.board);
        Ok(board.file(message_id))
    }

    /// Ticks whenever something on the phone changes: a message, a receipt, typing, a linked device.
    pub fn watch(&self, number: &str) -> Result<watch::Receiver<u64>, PhoneError> {
        let entry = self.entry(number)?;
        let board = lock(&entry.board);
        Ok(board.watch())
    }

    /// The name a number or group shows; empty when the network does not know it.
    pub fn name_of(&self, peer: &str) -> String {
        if peer.contains('@') {
            return self
                .inner
                .hub
                .group(peer)
                .map(|group| group.subject)
                .unwrap_or_default();
        }
        self.inner
            .hub
            .name_of(peer)
            .map(|name| name.to_string())
            .unwrap_or_default()
    }

    pub fn create_group(&self, owner: &str, subject: &str, members: &[String]) -> Result<GroupInfo, GroupError> {
        let number = |text: &String| digits(text).map_err(|_| GroupError::UnknownNumber);
        let owner = number(&owner.to_owned())?;
        let members = members.iter().map(number).collect::<Result<Vec<_>, _>>()?;
        self.inner.hub.create_group(&owner, subject, &members)
    }

    /// Forgets all phones; those created from now on draw their keys from `seed`.
    pub(crate) async fn reset(&self, seed: u64) {
        self.inner.seed.store(seed, Ordering::Relaxed);
        self.stop().await;
    }

    /// Switches every phone off and waits until none of them acts any more.
    pub(crate) async fn stop(&self) {
        let phones = std::mem::take(&mut *self.write());
        for (entry, task) in phones.into_values() {
            entry.tell(Command::Stop);
            if let Err(error) = task.await {
                tracing::warn!(%error, "a simulated phone did not end well");
            }
        }
    }

    /// Every phone, written down.
    pub(crate) async fn export_state(&self) -> serde_json::Value {
        let entries: Vec<Entry> = self.read().values().map(|(entry, _)| entry.clone()).collect();
        let mut all = Vec::with_capacity(entries.len());
        for entry in entries {
            // A phone that is just being switched off has nothing to keep.
            if let Ok(snapshot) = entry.ask(|reply| Command::Snapshot { reply }).await {
                all.push(serde_json::json!(snapshot));
            }
        }
        serde_json::Value::Array(all)
    }

    /// Brings the phones back, after the hub has its accounts back.
    pub(crate) async fn import_state(&self, state: serde_json::Value) -> anyhow::Result<()> {
        let phones: Vec<PhoneSnapshot> = serde_json::from_value(state)?;
        for stored in &phones {
            self.restore(stored)?;
        }
        Ok(())
    }

    fn restore(&self, stored: &PhoneSnapshot) -> Result<(), PhoneError> {
        let hub = &self.inner.hub;
        let stanzas = hub.attach_phone(&stored.number).ok_or(PhoneError::UnknownPhone)?;
        let (number, lid, name) = (stored.number.clone(), stored.lid.clone(), stored.name.clone());
        let (entry, commands) = entry(Board::new(number.clone(), lid, name, false));
        let weak = entry.commands.downgrade();
        let phone = Phone::restore(hub.clone(), self.seed(), stored, entry.board.clone(), weak)?;
        self.start(number, entry, phone, commands, stanzas);
        Ok(())
    }

    fn seed(&self) -> u64 {
        self.inner.seed.load(Ordering::Relaxed)
    }

    fn entry(&self, number: &str) -> Result<Entry, PhoneError> {
        let number = number.strip_prefix('+').unwrap_or(number);
        self.read()
            .get(number)
            .map(|(entry, _)| entry.clone())
            .ok_or(PhoneError::UnknownPhone)
    }

    fn read(&self) -> RwLockReadGuard<'_, Registry> {
        self.inner.phones.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Registry> {
        self.inner.phones.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry(board: Board) -> (Entry, UnboundedReceiver<Command>) {
    let (commands, received) = unbounded_channel();
    let entry = Entry {
        board: Arc::new(Mutex::new(board)),
        commands,
    };
    (entry, received)
}

impl Entry {
    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, PhoneError> {
        let (reply, answer) = oneshot::channel();
        self.tell(command(reply));
        answer.await.map_err(|_| PhoneError::Gone)?
    }

    /// A phone that has been switched off hears nothing; whoever waits for an answer learns it by that.
    fn tell(&self, command: Command) {
        drop(self.commands.send(command));
    }
}
