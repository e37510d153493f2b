//! The task of a phone: it owns the keys, runs commands and processes the server's stanzas.

use parking_lot::{Mutex, MutexGuard};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rand::rngs::StdRng;
use tokio::sync::mpsc::{UnboundedReceiver, WeakUnboundedSender};
use wacore_binary::Node;

use super::adv::Companions;
use super::appstate::AppStateKey;
use super::board::Board;
use super::command::{Command, LinkStep};
use super::crypto::{hex, phone_rng, random};
use super::fanout::{GroupKeyUse, SentLog};
use super::memory::Memory;
use super::receipts::{Due, Partners};
use super::signal::SignalState;
use super::stanza::{Chat, chat_state, presence};
use super::types::{PhoneError, TypingState};
use crate::hub::{DeviceAddr, Hub};

pub(super) type SharedBoard = Arc<Mutex<Board>>;

pub(super) struct Phone {
    pub me: DeviceAddr,
    pub hub: Arc<Hub>,
    pub board: SharedBoard,
    pub signal: SignalState,
    pub rng: StdRng,
    /// How often this phone was restored from a snapshot; keeps its randomness from repeating.
    pub epoch: u64,
    pub companions: Companions,
    pub app_state: AppStateKey,
    pub sent: SentLog,
    pub memory: Memory,
    pub groups: HashMap<Arc<str>, GroupKeyUse>,
    /// How often a device was asked for a resend.
    pub retries: HashMap<(String, DeviceAddr), u32>,
    pub partners: Partners,
    /// Receipts that fell due while the phone was offline.
    pub waiting: Vec<Due>,
    /// Weak, so that the task ends when no sender of commands is left.
    pub commands: WeakUnboundedSender<Command>,
}

impl Phone {
    /// A new phone with keys drawn from the network's seed and its number.
    pub fn new(
        hub: Arc<Hub>,
        seed: u64,
        board: SharedBoard,
        commands: WeakUnboundedSender<Command>,
    ) -> Result<Self, PhoneError> {
        let number = lock(&board).number.clone();
        let mut rng = phone_rng(seed, &number, 0);
        Ok(Self {
            signal: SignalState::new(&mut rng).map_err(signal_error)?,
            companions: Companions::new(u32::from_be_bytes(random(&mut rng)) >> 1),
            app_state: AppStateKey::new(&mut rng),
            me: DeviceAddr::phone(number),
            epoch: 0,
            sent: SentLog::default(),
            memory: Memory::default(),
            groups: HashMap::new(),
            retries: HashMap::new(),
            partners: Partners::default(),
            waiting: Vec::new(),
            hub,
            board,
            rng,
            commands,
        })
    }

    pub async fn run(mut self, mut stanzas: UnboundedReceiver<Node>, mut commands: UnboundedReceiver<Command>) {
        if self.require_online().is_ok() {
            self.hub.submit(&self.me, presence(&self.name(), true));
        }
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Stop) | None => break,
                    Some(command) => self.obey(command).await,
                },
                stanza = stanzas.recv() => match stanza {
                    Some(stanza) => self.take(stanza).await,
                    // The network was reset: this account is gone.
                    None => break,
                },
            }
        }
    }

    /// The caller may be gone by now: its answer is then dropped.
    async fn obey(&mut self, command: Command) {
        match command {
            Command::Send { to, content, id, reply } => drop(reply.send(self.send(&to, &content, id).await)),
            Command::Typing { to, state, reply } => drop(reply.send(self.typing(&to, state))),
            Command::Mark { chat, mark, reply } => drop(reply.send(self.mark(&chat, mark))),
            Command::AddContact { number, name, reply } => drop(reply.send(self.add_contact(&number, &name))),
            Command::SetOnline { online, reply } => {
                self.set_online(online);
                drop(reply.send(Ok(())));
            }
            Command::Remember { past, reply } => {
                self.remember(&past);
                drop(reply.send(Ok(())));
            }
            Command::Snapshot { reply } => drop(reply.send(self.snapshot())),
            Command::Receipt(due) => self.settle(due),
            Command::Link(step) => self.link(step).await,
            Command::Stop => {}
        }
    }

    async fn link(&mut self, step: LinkStep) {
        match step {
            LinkStep::Sign {
                identity,
                secret,
                reply,
            } => drop(reply.send(self.sign(identity, secret))),
            LinkStep::Linked { device, reply } => drop(reply.send(self.linked(&device).await)),
            LinkStep::Unsigned { key_index } => self.unsigned(key_index),
            LinkStep::StartExchange { code, wrapped, reply } => self.start_exchange(code, wrapped, reply),
            LinkStep::FinishExchange {
                exchange,
                finish,
                reply,
            } => {
                drop(reply.send(exchange.finish(&self.signal.identity, &finish)));
            }
            LinkStep::Unlink { device, reply } => drop(reply.send(self.unlink(device))),
        }
    }

    pub async fn take(&mut self, stanza: Node) {
        match stanza.tag.as_ref() {
            "message" => self.take_message(&stanza).await,
            "receipt" => self.take_receipt(&stanza).await,
            "ack" => self.take_ack(&stanza),
            "chatstate" => self.take_chat_state(&stanza),
            "notification" => self.take_notification(&stanza),
            // Answers to the phone's own queries and presence of others need no action.
            _ => {}
        }
    }

    fn typing(&mut self, to: &str, state: TypingState) -> Result<(), PhoneError> {
        self.require_online()?;
        let chat = Chat::parse(&self.hub, to)?;
        self.require_known(&chat)?;
        self.hub.submit(&self.me, chat_state(&chat, state));
        Ok(())
    }

    fn set_online(&mut self, online: bool) {
        {
            let mut board = self.board();
            board.online = online;
            board.tick();
        }
        self.hub.set_online(&self.me.account, online);
        if online {
            self.hub.submit(&self.me, presence(&self.name(), true));
            for due in std::mem::take(&mut self.waiting) {
                self.settle(due);
            }
        }
    }

    pub fn require_online(&self) -> Result<(), PhoneError> {
        if self.board().online {
            Ok(())
        } else {
            Err(PhoneError::Offline)
        }
    }

    /// Whether the network knows the chat's recipient.
    pub fn require_known(&self, chat: &Chat) -> Result<(), PhoneError> {
        match chat {
            Chat::Person(number) if self.hub.lid_of(number).is_some() => Ok(()),
            Chat::Person(_) => Err(PhoneError::NotOnNetwork),
            Chat::Group(jid) => {
                let group = self.hub.group(jid).ok_or(PhoneError::NoGroup)?;
                let member = group.participants.iter().any(|member| member.number == self.me.account);
                if member { Ok(()) } else { Err(PhoneError::NoGroup) }
            }
        }
    }

    pub fn board(&self) -> MutexGuard<'_, Board> {
        lock(&self.board)
    }

    pub fn name(&self) -> String {
        self.board().name.clone()
    }

    /// An id as Android phones make them.
    pub fn new_message_id(&mut self) -> String {
        format!("AC{}", hex(&random::<15>(&mut self.rng)).to_uppercase())
    }
}

/// A poisoned lock means a panic elsewhere; the board itself is still whole.
pub(super) fn lock(board: &Mutex<Board>) -> MutexGuard<'_, Board> {
    board.lock()
}

pub(super) fn signal_error(error: wacore::libsignal::protocol::SignalProtocolError) -> PhoneError {
    PhoneError::Signal(error.to_string())
}

/// Unix milliseconds.
pub(super) fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
