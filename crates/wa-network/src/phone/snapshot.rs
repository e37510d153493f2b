//! Saves and restores a phone, for a network that keeps its state across restarts.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::WeakUnboundedSender;

use super::actor::{Phone, SharedBoard, lock, signal_error};
use super::adv::Companions;
use super::appstate::AppStateKey;
use super::board::{Board, Thread};
use super::command::Command;
use super::crypto::phone_rng;
use super::fanout::SentLog;
use super::memory::Memory;
use super::receipts::Partners;
use super::signal::{SignalState, StoredSignal};
use super::types::{HistoryRule, InboxMessage, PhoneError, PhoneMessage, ReceiptRule};
use crate::hub::{DeviceAddr, Hub};

/// The state of a phone that survives a restart. Files and typing do not; sender keys are distributed again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PhoneSnapshot {
    pub number: String,
    pub lid: String,
    pub name: String,
    pub online: bool,
    auto_reply: bool,
    receipts: ReceiptRule,
    #[serde(default)]
    history: HistoryRule,
    epoch: u64,
    raw_id: u32,
    current_index: u32,
    valid_indexes: Vec<u32>,
    app_state: AppStateKey,
    signal: StoredSignal,
    inbox: Vec<InboxMessage>,
    chats: HashMap<String, StoredThread>,
    names: HashMap<String, String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredThread {
    messages: Vec<PhoneMessage>,
    unread: u32,
}

impl Phone {
    pub fn snapshot(&self) -> Result<PhoneSnapshot, PhoneError> {
        let board = self.board();
        let (inbox, chats, names) = board.parts();
        let stored = |thread: &Thread| StoredThread {
            messages: thread.messages.iter().cloned().map(without_file).collect(),
            unread: thread.unread,
        };
        Ok(PhoneSnapshot {
            number: board.number.clone(),
            lid: board.lid.clone(),
            name: board.name.clone(),
            online: board.online,
            auto_reply: board.auto_reply,
            receipts: board.receipts,
            history: board.history,
            epoch: self.epoch,
            raw_id: self.companions.raw_id,
            current_index: self.companions.current_index,
            valid_indexes: self.companions.valid_indexes.clone(),
            app_state: self.app_state.clone(),
            signal: self.signal.store().map_err(signal_error)?,
            inbox: inbox.to_vec(),
            chats: chats
                .iter()
                .map(|(peer, thread)| (peer.clone(), stored(thread)))
                .collect(),
            names: names.clone(),
        })
    }

    pub fn restore(
        hub: Arc<Hub>,
        seed: u64,
        stored: &PhoneSnapshot,
        board: SharedBoard,
        commands: WeakUnboundedSender<Command>,
    ) -> Result<Self, PhoneError> {
        let epoch = stored.epoch + 1;
        lock(&board).refill(stored);
        Ok(Self {
            signal: SignalState::restore(&stored.signal).map_err(signal_error)?,
            rng: phone_rng(seed, &stored.number, epoch),
            epoch,
            companions: Companions {
                raw_id: stored.raw_id,
                current_index: stored.current_index,
                valid_indexes: stored.valid_indexes.clone(),
            },
            app_state: stored.app_state.clone(),
            me: DeviceAddr::phone(stored.number.as_str()),
            sent: SentLog::default(),
            memory: Memory::default(),
            groups: HashMap::new(),
            retries: HashMap::new(),
            partners: Partners::default(),
            waiting: Vec::new(),
            hub,
            board,
            commands,
        })
    }
}

impl Board {
    fn refill(&mut self, stored: &PhoneSnapshot) {
        self.online = stored.online;
        self.auto_reply = stored.auto_reply;
        self.receipts = stored.receipts;
        self.history = stored.history;
        let thread = |stored: &StoredThread| Thread {
            messages: stored.messages.clone(),
            unread: stored.unread,
        };
        let chats = stored
            .chats
            .iter()
            .map(|(peer, messages)| (peer.clone(), thread(messages)))
            .collect();
        self.restore(stored.inbox.clone(), chats, stored.names.clone());
    }
}

fn without_file(message: PhoneMessage) -> PhoneMessage {
    PhoneMessage {
        has_media: false,
        ..message
    }
}
