//! The history that a phone sends once after pairing.
//!
//! It arrives as one compressed blob of possibly many megabytes; conversations are read from it one at a time,
//! on a blocking thread, and committed in batches. The library acknowledges the blob itself, so a crash in the middle
//! loses the rest of it: history also stays on the phone, and new messages never come this way.

use std::sync::Arc;

use tokio::sync::mpsc;
use wacore::types::events::LazyHistorySync;
use waproto::whatsapp as wa;

use super::core::Core;
use super::{inbound, people};
use crate::{Address, Inbound, PersonNews};

const BUNDLE: usize = 500;

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
    core.runtime.run(async move {
        while let Some(bundle) = ready.recv().await {
            owner.learn(bundle.people).await;
            if owner.commit_history(bundle.messages).await.is_err() {
                return;
            }
        }
        match reader.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(session = owner.session.0, %error, "the history could not be read to its end")
            }
            Err(error) => tracing::error!(session = owner.session.0, %error, "a panic interrupted the history"),
        }
    });
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
) -> Result<(), wacore::history_sync::HistorySyncError> {
    let mut stream = wacore::history_sync::HistorySyncStream::new(compressed, size as u64);
    let mut conversation = wa::Conversation::default();
    let mut bundle = Bundle::default();
    while stream.next_conversation_into(&mut conversation)? {
        bundle.people.extend(people::of_conversation(&conversation));
        for entry in &conversation.messages {
            if let Some(message) = entry.message.as_option()
                && let Some(mut message) = inbound::from_history(&conversation.id, message, own)
            {
                name_writer(&mut message, &conversation);
                bundle.messages.push(message);
            }
            if bundle.is_full() && bundles.blocking_send(std::mem::take(&mut bundle)).is_err() {
                return Ok(());
            }
        }
    }
    // A closed channel means that the session is stopping.
    let _stopping = bundles.blocking_send(bundle);
    Ok(())
}
