//! A phone's visible state: inbox, chats, ticks, who is typing.

mod thread;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};

use crate::phone::crypto::hex;
use crate::phone::types::{
    Conversation, HistoryRule, InboxMessage, MediaFile, MessageStatus, PastMessage, PhoneMessage, ReceiptRule,
    TypingState,
};

use self::thread::bubble;
pub(in crate::phone) use self::thread::{Arrival, Thread};

/// A "typing…" without an end expires, as on a real phone.
const TYPING_FADES: Duration = Duration::from_secs(25);
/// Files kept for the screen; older ones are dropped.
const KEPT_FILES: usize = 64;

pub(in crate::phone) struct Board {
    pub number: String,
    pub lid: String,
    pub name: String,
    pub online: bool,
    pub auto_reply: bool,
    pub receipts: ReceiptRule,
    pub history: HistoryRule,
    /// The account is secured with a passkey: linking asks for it.
    pub has_passkey: bool,
    /// Shown by the phone in the passkey step, to be compared.
    pub passkey_code: Option<String>,
    /// How often the owner has tapped "Continue" in the passkey step.
    pub passkey_taps: Arc<Semaphore>,
    inbox: Vec<InboxMessage>,
    /// (sender, id) → place in the inbox.
    arrived: HashMap<(String, String), usize>,
    chats: HashMap<String, Thread>,
    names: HashMap<String, String>,
    typing: HashMap<String, (String, Instant)>,
    files: VecDeque<(String, MediaFile)>,
    ticks: watch::Sender<u64>,
}

impl Board {
    pub fn new(number: String, lid: String, name: String, auto_reply: bool) -> Self {
        Self {
            number,
            lid,
            name,
            online: true,
            auto_reply,
            receipts: ReceiptRule::default(),
            history: HistoryRule::default(),
            has_passkey: false,
            passkey_code: None,
            passkey_taps: Arc::new(Semaphore::new(0)),
            inbox: Vec::new(),
            arrived: HashMap::new(),
            chats: HashMap::new(),
            names: HashMap::new(),
            typing: HashMap::new(),
            files: VecDeque::new(),
            ticks: watch::Sender::new(0),
        }
    }

    pub fn watch(&self) -> watch::Receiver<u64> {
        self.ticks.subscribe()
    }

    /// Notifies watchers that something has changed.
    pub fn tick(&self) {
        self.ticks.send_modify(|count| *count += 1);
    }

    /// Adds a received message to inbox and chat. False if its id had arrived before: then only its copies are counted.
    pub fn receive(&mut self, arrival: &Arrival<'_>) -> bool {
        let key = (arrival.author.to_owned(), arrival.id.to_owned());
        if let Some(place) = self.arrived.get(&key) {
            self.inbox[*place].copies += 1;
            self.tick();
            return false;
        }
        self.arrived.insert(key, self.inbox.len());
        let reading = arrival.reading;
        self.inbox.push(InboxMessage {
            seq: self.inbox.len() as u64 + 1,
            id: arrival.id.to_owned(),
            from: arrival.author.to_owned(),
            chat: arrival.chat.key().to_owned(),
            kind: reading.kind.to_owned(),
            text: reading.text.clone(),
            media_sha256: reading.media.as_ref().map(|file| hex(&file.sha256)),
            at: arrival.at,
            copies: 1,
            reply_to: reading.reply_to.clone(),
            target: reading.marks.target.clone(),
            parent: reading.marks.parent.clone(),
            mentions: reading.marks.mentions.clone(),
            view_once: reading.marks.view_once,
            forwarded: reading.marks.forwarded,
            expiration: reading.marks.expiration,
        });
        self.typing.remove(arrival.chat.key());
        let own = arrival.author == self.number;
        self.show(
            arrival,
            if own {
                MessageStatus::Sent
            } else {
                MessageStatus::Delivered
            },
        );
        true
    }

    /// Shows a message: as a bubble, or as a change to another.
    pub fn show(&mut self, arrival: &Arrival<'_>, status: MessageStatus) {
        let from_me = arrival.author == self.number;
        let thread = self.chats.entry(arrival.chat.key().to_owned()).or_default();
        match &arrival.reading.act {
            Some(act) => thread.act(act),
            None => {
                thread.messages.push(bubble(arrival, from_me, status));
                if !from_me {
                    thread.unread += 1;
                }
            }
        }
        self.tick();
    }

    pub fn remember_name(&mut self, number: &str, name: &str) {
        if !name.is_empty() && number != self.number {
            self.names.insert(number.to_owned(), name.to_owned());
        }
    }

    pub fn add_past(&mut self, past: &PastMessage, id: String) {
        self.remember_name(&past.peer, &past.peer_name);
        let author = if past.from_me { &self.number } else { &past.peer };
        let message = PhoneMessage {
            id,
            from_me: past.from_me,
            author: author.clone(),
            kind: "text".to_owned(),
            text: past.text.clone(),
            at: past.at,
            status: MessageStatus::Read,
            reply_to: None,
            reaction: None,
            edited: false,
            deleted: false,
            thumbnail: None,
            has_media: false,
        };
        let thread = self.chats.entry(past.peer.clone()).or_default();
        thread.messages.push(message);
        thread.messages.sort_by_key(|message| message.at);
        self.tick();
    }

    /// Advances the status of sent messages; it never goes back.
    pub fn progress(&mut self, chat: &str, ids: &[String], status: MessageStatus) {
        let Some(thread) = self.chats.get_mut(chat) else {
            return;
        };
        let recent = thread
            .messages
            .iter_mut()
            .rev()
            .filter(|message| message.from_me && ids.contains(&message.id));
        for message in recent {
            let refused = status == MessageStatus::Failed && message.status == MessageStatus::Pending;
            if refused || message.status < status {
                message.status = status;
            }
        }
        self.tick();
    }

    /// The unread messages of a chat, oldest first: (author, ids). They count as read from now on.
    pub fn take_unread(&mut self, chat: &str) -> Vec<(String, Vec<String>)> {
        let mut groups: Vec<(String, Vec<String>)> = Vec::new();
        let Some(thread) = self.chats.get_mut(chat) else {
            return groups;
        };
        thread.unread = 0;
        for message in thread.messages.iter_mut() {
            if message.from_me || message.status != MessageStatus::Delivered {
                continue;
            }
            message.status = MessageStatus::Read;
            match groups.iter_mut().find(|(author, _)| *author == message.author) {
                Some((_, ids)) => ids.push(message.id.clone()),
                None => groups.push((message.author.clone(), vec![message.id.clone()])),
            }
        }
        self.tick();
        groups
    }

    /// The owner marks a chat as not read.
    pub fn mark_unread(&mut self, chat: &str) {
        let thread = self.chats.entry(chat.to_owned()).or_default();
        thread.unread = thread.unread.max(1);
        self.tick();
    }

    /// One message was read.
    pub fn read_one(&mut self, chat: &str, id: &str) {
        let Some(thread) = self.chats.get_mut(chat) else {
            return;
        };
        let unread = |message: &&mut PhoneMessage| message.id == id && message.status == MessageStatus::Delivered;
        if let Some(message) = thread
            .messages
            .iter_mut()
            .rev()
            .filter(|message| !message.from_me)
            .find(unread)
        {
            message.status = MessageStatus::Read;
            thread.unread = thread.unread.saturating_sub(1);
            self.tick();
        }
    }

    /// Another device of the account has read the chat.
    pub fn read_elsewhere(&mut self, chat: &str) {
        drop(self.take_unread(chat));
    }

    pub fn find(&self, chat: &str, id: &str) -> Option<&PhoneMessage> {
        self.chats
            .get(chat)?
            .messages
            .iter()
            .rev()
            .find(|message| message.id == id)
    }

    pub fn set_typing(&mut self, chat: &str, who: &str, state: TypingState) {
        match state {
            TypingState::Composing => {
                self.typing.insert(chat.to_owned(), (who.to_owned(), Instant::now()));
            }
            TypingState::Paused => {
                self.typing.remove(chat);
            }
        }
        self.tick();
    }

    /// Chats in which somebody is typing right now, with who it is.
    pub fn typing(&self) -> Vec<(String, String)> {
        let fresh = self
            .typing
            .iter()
            .filter(|(_, (_, since))| since.elapsed() < TYPING_FADES);
        fresh.map(|(chat, (who, _))| (chat.clone(), who.clone())).collect()
    }

    pub fn keep_file(&mut self, id: &str, file: MediaFile) {
        if self.files.len() == KEPT_FILES {
            self.files.pop_front();
        }
        self.files.push_back((id.to_owned(), file));
        for message in self.chats.values_mut().flat_map(|thread| &mut thread.messages) {
            if message.id == id {
                message.has_media = true;
            }
        }
        self.tick();
    }

    pub fn file(&self, id: &str) -> Option<MediaFile> {
        let found = self.files.iter().rev().find(|(kept, _)| kept == id)?;
        Some(found.1.clone())
    }

    /// Messages that arrived after number `after`.
    pub fn inbox(&self, after: u64) -> &[InboxMessage] {
        let from = usize::try_from(after).unwrap_or(usize::MAX).min(self.inbox.len());
        &self.inbox[from..]
    }

    /// The chat list, the newest first.
    pub fn conversations(&self) -> Vec<Conversation> {
        let mut all: Vec<_> = self
            .chats
            .iter()
            .map(|(peer, thread)| self.line(peer, thread))
            .collect();
        all.sort_by_key(|line| std::cmp::Reverse(line.last.as_ref().map_or(0, |message| message.at)));
        all
    }

    fn line(&self, peer: &str, thread: &Thread) -> Conversation {
        Conversation {
            peer: peer.to_owned(),
            peer_name: self.names.get(peer).cloned().unwrap_or_default(),
            last: thread.messages.last().cloned(),
            unread: thread.unread,
        }
    }

    pub fn thread(&self, chat: &str) -> &[PhoneMessage] {
        self.chats.get(chat).map_or(&[], |thread| &thread.messages)
    }

    pub fn parts(&self) -> (&[InboxMessage], &HashMap<String, Thread>, &HashMap<String, String>) {
        (&self.inbox, &self.chats, &self.names)
    }

    /// Restores the result of [`Board::parts`].
    pub fn restore(
        &mut self,
        inbox: Vec<InboxMessage>,
        chats: HashMap<String, Thread>,
        names: HashMap<String, String>,
    ) {
        let key = |(place, message): (usize, &InboxMessage)| ((message.from.clone(), message.id.clone()), place);
        self.arrived = inbox.iter().enumerate().map(key).collect();
        self.inbox = inbox;
        self.chats = chats;
        self.names = names;
    }
}

#[cfg(test)]
mod tests;
