//! The handle of all phones of a network: cheap to clone, usable from any thread.

mod linking;
mod screen;

use parking_lot::{Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::runtime::Handle as Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use wacore_binary::Node;

use crate::hub::{GroupError, GroupInfo, GroupSettings, Hub, NewAccount, Visibility};
use crate::phone::actor::{Phone, SharedBoard, lock};
use crate::phone::board::Board;
use crate::phone::command::{Command, Reply};
use crate::phone::content::Content;
use crate::phone::signal::PREKEY_BATCH;
use crate::phone::snapshot::PhoneSnapshot;
use crate::phone::stanza::digits;
use crate::phone::types::{
    ChatMark, HistoryRule, InboxMessage, LinkedDevice, NewPhone, PastMessage, PhoneError, PhoneInfo, ReceiptRule,
    TypingState,
};

#[derive(Clone)]
pub struct Phones {
    inner: Arc<Inner>,
}

struct Inner {
    hub: Arc<Hub>,
    seed: AtomicU64,
    /// Phones run on the runtime that the network was started on, whoever creates them.
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
    /// Call it on the runtime that the phones should run on.
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
            waiting: device.waiting,
        };
        Ok(PhoneInfo {
            number: board.number.clone(),
            lid: board.lid.clone(),
            name: board.name.clone(),
            online: board.online,
            username: self.inner.hub.visibility(&board.number).and_then(|seen| seen.username),
            linked_devices: devices
                .into_iter()
                .filter(|device| !device.addr.is_phone())
                .map(companion)
                .collect(),
        })
    }

    /// Gives the account another LID; see [`Hub::change_lid`].
    pub fn change_lid(&self, number: &str) -> Result<String, PhoneError> {
        let entry = self.entry(number)?;
        let number = lock(&entry.board).number.clone();
        let lid = self.inner.hub.change_lid(&number).ok_or(PhoneError::UnknownPhone)?;
        lock(&entry.board).lid = lid.to_string();
        Ok(lid.to_string())
    }

    /// Sends to a number, a JID of a person or a group; returns the message's id.
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
        let ids = self.send_all(number, to, content, id).await?;
        ids.into_iter().next().ok_or(PhoneError::Gone)
    }

    /// Like [`Phones::send_as`]; returns the ids of all messages, for albums and pairs.
    pub async fn send_all(
        &self,
        number: &str,
        to: &str,
        content: Content,
        id: Option<String>,
    ) -> Result<Vec<String>, PhoneError> {
        let to = to.to_owned();
        let command = |reply: Reply<Vec<String>>| Command::Send { to, content, id, reply };
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

    /// What the phone gives away of its history from now on.
    pub fn history(&self, number: &str, rule: HistoryRule) -> Result<(), PhoneError> {
        lock(&self.entry(number)?.board).history = rule;
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

    /// Marks everything in a chat as read and sends the receipts.
    pub async fn mark_read(&self, number: &str, chat: &str) -> Result<(), PhoneError> {
        self.mark(number, chat, ChatMark::Receipt).await
    }

    /// Marks a chat as read or unread.
    pub async fn mark(&self, number: &str, chat: &str, mark: ChatMark) -> Result<(), PhoneError> {
        let chat = chat.to_owned();
        self.entry(number)?
            .ask(|reply| Command::Mark { chat, mark, reply })
            .await
    }

    /// Saves a person in the phone's address book, which its linked devices see.
    pub async fn add_contact(&self, number: &str, contact: &str, name: &str) -> Result<(), PhoneError> {
        let (contact, name) = (contact.to_owned(), name.to_owned());
        let command = |reply| Command::AddContact {
            number: contact,
            name,
            reply,
        };
        self.entry(number)?.ask(command).await
    }

    /// What others see of the phone's number from now on.
    pub fn set_visibility(&self, number: &str, visibility: Visibility) -> Result<(), PhoneError> {
        let number = lock(&self.entry(number)?.board).number.clone();
        match self.inner.hub.set_visibility(&number, visibility) {
            true => Ok(()),
            false => Err(PhoneError::UnknownPhone),
        }
    }

    /// Adds past conversations to the phone, for the history that its companions get.
    pub async fn remember(&self, number: &str, past: Vec<PastMessage>) -> Result<(), PhoneError> {
        self.entry(number)?.ask(|reply| Command::Remember { past, reply }).await
    }

    pub fn create_group(&self, owner: &str, subject: &str, members: &[String]) -> Result<GroupInfo, GroupError> {
        self.create_group_with(owner, subject, members, GroupSettings::default())
    }

    pub fn create_group_with(
        &self,
        owner: &str,
        subject: &str,
        members: &[String],
        settings: GroupSettings,
    ) -> Result<GroupInfo, GroupError> {
        let number = |text: &String| digits(text).map_err(|_| GroupError::UnknownNumber);
        let owner = number(&owner.to_owned())?;
        let members = members.iter().map(number).collect::<Result<Vec<_>, _>>()?;
        self.inner.hub.create_group_with(&owner, subject, &members, settings)
    }

    /// Drops all phones; those created from now on derive their keys from `seed`.
    pub(crate) async fn reset(&self, seed: u64) {
        self.inner.seed.store(seed, Ordering::Relaxed);
        self.stop().await;
    }

    /// Switches every phone off and waits until all tasks have ended.
    pub(crate) async fn stop(&self) {
        let phones = std::mem::take(&mut *self.write());
        for (entry, task) in phones.into_values() {
            entry.tell(Command::Stop);
            if let Err(error) = task.await {
                tracing::warn!(%error, "a simulated phone ended with an error");
            }
        }
    }

    /// A snapshot of every phone.
    pub(crate) async fn export_state(&self) -> serde_json::Value {
        let entries: Vec<Entry> = self.read().values().map(|(entry, _)| entry.clone()).collect();
        let mut all = Vec::with_capacity(entries.len());
        for entry in entries {
            // A phone that is being switched off has nothing to save.
            if let Ok(snapshot) = entry.ask(|reply| Command::Snapshot { reply }).await {
                all.push(serde_json::json!(snapshot));
            }
        }
        serde_json::Value::Array(all)
    }

    /// Restores the phones, after the hub's accounts are restored.
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
        self.inner.phones.read()
    }

    fn write(&self) -> RwLockWriteGuard<'_, Registry> {
        self.inner.phones.write()
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

    /// A phone that has been switched off receives nothing; a caller sees its reply channel closed.
    fn tell(&self, command: Command) {
        drop(self.commands.send(command));
    }
}
