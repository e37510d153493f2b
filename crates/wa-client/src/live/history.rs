//! The history of a phone: it sends the recent part once after pairing, and older messages of a chat when it is asked.
//!
//! It arrives as one compressed blob of possibly many megabytes; conversations are read from it one at a time,
//! on a blocking thread, and committed in batches. The library acknowledges the blob itself, so a crash in the middle
//! loses the rest of it: history also stays on the phone, and new messages never come this way.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::mpsc;
use wacore::types::events::LazyHistorySync;
use wacore_binary::Jid;
use waproto::whatsapp as wa;
use whatsapp_rust::Client;

use super::core::Core;
use super::jid::address_in;
use super::{inbound, people};
use crate::{Address, Inbound, LinkError, LinkEvent, Oldest, PersonNews};

const BUNDLE: usize = 500;
/// Requests that are remembered; the oldest have waited in vain.
const ASKED: usize = 64;

type Sync = wa::message::HistorySyncType;
type End = wa::conversation::EndOfHistoryTransferType;

/// The chats whose older messages the phone was asked for.
#[derive(Default)]
pub(super) struct Asked(Mutex<VecDeque<Request>>);

struct Request {
    chat: Address,
    /// What the answer names; `None` while the request is being sent.
    id: Option<String>,
}

impl Asked {
    fn begin(&self, chat: &Address) {
        let mut requests = self.0.lock();
        requests.retain(|request| request.chat != *chat);
        if requests.len() == ASKED {
            requests.pop_front();
        }
        let chat = chat.clone();
        requests.push_back(Request { chat, id: None });
    }

    fn sent(&self, chat: &Address, id: Option<String>) {
        let mut requests = self.0.lock();
        match id {
            Some(id) => {
                for request in requests.iter_mut().filter(|request| request.chat == *chat) {
                    request.id = Some(id.clone());
                }
            }
            None => requests.retain(|request| request.chat != *chat),
        }
    }

    /// The chat that an answer is about. One that came before its request's id was known is the request without an id.
    fn answered(&self, id: Option<&str>) -> Option<Address> {
        let mut requests = self.0.lock();
        let place = requests
            .iter()
            .position(|request| request.id.is_some() && request.id.as_deref() == id)
            .or_else(|| requests.iter().position(|request| request.id.is_none()))?;
        Some(requests.remove(place)?.chat)
    }
}

/// Asks the phone for what came before a message.
pub(super) async fn ask(
    core: &Core,
    client: &Arc<Client>,
    chat: &Jid,
    before: &Oldest<'_>,
    count: u32,
) -> Result<(), LinkError> {
    core.asked_history.begin(before.chat);
    let count = i32::try_from(count).unwrap_or(i32::MAX);
    let asked = client
        .fetch_message_history(chat, before.id, before.from_me, before.at_ms, count)
        .await;
    match asked {
        Ok(id) => {
            core.asked_history.sent(before.chat, Some(id));
            Ok(())
        }
        Err(error) => {
            core.asked_history.sent(before.chat, None);
            Err(LinkError::Transient(error.to_string()))
        }
    }
}

/// What is stored at once.
#[derive(Default)]
struct Bundle {
    people: Vec<PersonNews>,
    messages: Vec<Inbound>,
}

impl Bundle {
    fn is_full(&self) -> bool {
        self.messages.len() >= BUNDLE || self.people.len() >= BUNDLE
    }
}

/// Starts to store the content of `blob`.
pub(super) fn commit(core: &Arc<Core>, blob: &LazyHistorySync) {
    let (compressed, size) = (blob.compressed_bytes().clone(), blob.decompressed_size());
    let own = core
        .client()
        .and_then(|client| client.pn())
        .map(|jid| super::jid::address_of(&jid));
    // One batch in flight and one being read: the disk sets the pace.
    let (bundles, mut ready) = mpsc::channel::<Bundle>(1);
    let reader = core
        .runtime
        .run_blocking(move || read(&compressed, size, own.as_ref(), &bundles));
    let owner = core.clone();
    let told = Told::of(blob);
    core.runtime.run(async move {
        while let Some(bundle) = ready.recv().await {
            owner.learn(bundle.people).await;
            if owner.commit_history(bundle.messages).await.is_err() {
                return;
            }
        }
        match reader.await {
            Ok(Ok(chats)) => told.tell(&owner, chats),
            Ok(Err(error)) => {
                tracing::warn!(session = owner.session.0, %error, "the history could not be read to its end")
            }
            Err(error) => tracing::error!(session = owner.session.0, %error, "a panic interrupted the history"),
        }
    });
}

/// A conversation of an answer.
struct Part {
    chat: Address,
    ended: bool,
}

/// What a blob is an answer to.
enum Told {
    /// A request for older messages; its id, where the phone names it.
    Asked(Option<String>),
    /// The pairing: how much of the history has come with it, in percent.
    Linking(u32),
    Nothing,
}

impl Told {
    fn of(blob: &LazyHistorySync) -> Self {
        let kind = blob.sync_type();
        let is = |other: Sync| kind == other as i32;
        if is(Sync::ON_DEMAND) {
            return Self::Asked(blob.peer_data_request_session_id().map(str::to_owned));
        }
        match blob.progress() {
            Some(percent) if is(Sync::INITIAL_BOOTSTRAP) || is(Sync::RECENT) || is(Sync::FULL) => {
                Self::Linking(percent.min(100))
            }
            _ => Self::Nothing,
        }
    }

    /// Once everything is stored.
    fn tell(self, core: &Core, parts: Vec<Part>) {
        match self {
            Self::Nothing => {}
            Self::Linking(percent) => core.emit(LinkEvent::HistoryProgress { percent }),
            Self::Asked(id) => {
                let asked = core.asked_history.answered(id.as_deref());
                // A phone that has nothing more names no conversation.
                let ended = parts.iter().all(|part| part.ended);
                let chat = asked.or_else(|| parts.into_iter().next().map(|part| part.chat));
                if let Some(chat) = chat {
                    core.emit(LinkEvent::OlderHistory { chat, ended });
                }
            }
        }
    }
}

/// Whether the phone has nothing before what it sent of this conversation.
fn is_whole(conversation: &wa::Conversation) -> bool {
    let end = conversation.end_of_history_transfer_type;
    conversation.messages.is_empty() || end == Some(End::COMPLETE_AND_NO_MORE_MESSAGE_REMAIN_ON_PRIMARY)
}

/// Phones send the newest first. Those of one second keep their order only when they are stored from the oldest on.
fn from_the_oldest_on(messages: &mut [wa::HistorySyncMsg]) {
    let second = |entry: &wa::HistorySyncMsg| entry.message.as_option().and_then(|message| message.message_timestamp);
    let ends = messages.first().zip(messages.last());
    if ends.is_some_and(|(first, last)| second(first) >= second(last)) {
        messages.reverse();
    }
    messages.sort_by_key(second);
}

/// Old messages lack the name that their sender goes by; the conversation with them has it.
fn name_writer(message: &mut Inbound, conversation: &wa::Conversation) {
    let direct = matches!(message.chat, Address::Phone(_) | Address::Lid(_));
    if direct && !message.from_me && message.push_name.is_none() {
        message.push_name.clone_from(&conversation.display_name);
    }
}

fn read(
    compressed: &[u8],
    size: usize,
    own: Option<&Address>,
    bundles: &mpsc::Sender<Bundle>,
) -> Result<Vec<Part>, wacore::history_sync::HistorySyncError> {
    let mut parts = Vec::new();
    let mut stream = wacore::history_sync::HistorySyncStream::new(compressed, size as u64);
    let mut conversation = wa::Conversation::default();
    let mut bundle = Bundle::default();
    while stream.next_conversation_into(&mut conversation)? {
        bundle.people.extend(people::of_conversation(&conversation));
        if let Some(chat) = address_in(&conversation.id) {
            let ended = is_whole(&conversation);
            parts.push(Part { chat, ended });
        }
        from_the_oldest_on(&mut conversation.messages);
        for entry in &conversation.messages {
            if let Some(message) = entry.message.as_option()
                && let Some(mut message) = inbound::from_history(&conversation.id, message, own)
            {
                name_writer(&mut message, &conversation);
                bundle.messages.push(message);
            }
            if bundle.is_full() && bundles.blocking_send(std::mem::take(&mut bundle)).is_err() {
                return Ok(parts);
            }
        }
    }
    // A closed channel means that the session is stopping.
    let _stopping = bundles.blocking_send(bundle);
    Ok(parts)
}
