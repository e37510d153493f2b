//! Commit first, acknowledge after.
//!
//! whatsapp-rust calls [`Durability::on_messages`] for every decrypted message and tells WhatsApp only when it
//! returned `Ok`; after an error or a crash the server delivers again. The hook's own documentation names three
//! holes, and each is closed here:
//! 1. newsletter messages and placeholders recovered from the phone arrive only as events: [`commit_unhooked`];
//! 2. a message that cannot be decrypted is no message to the hook: [`commit_undecryptable`];
//! 3. if the library's own buffer write failed, its ratchet could move past a message that is nowhere on disk. Ours
//!    cannot: the key store writes a ratchet only together with the messages that it moved past (`store::deferred`).

use std::sync::Arc;

use async_trait::async_trait;
use wacore::types::events::{DecryptFailMode, InboundMessage, MessageBatch, UndecryptableMessage};
use whatsapp_rust::{Client, InboundDurabilityHook};

use super::core::Core;
use super::inbound;
use crate::{Content, Inbound};

pub(super) struct Durability {
    pub(super) core: Arc<Core>,
}

#[async_trait]
impl InboundDurabilityHook for Durability {
    async fn on_messages(&self, _client: Arc<Client>, batch: &[InboundMessage]) -> anyhow::Result<()> {
        let messages = map(&self.core, batch);
        Ok(self.core.commit(messages).await?)
    }
}

fn map(core: &Core, batch: &[InboundMessage]) -> Vec<Inbound> {
    let messages: Vec<Inbound> = batch
        .iter()
        .map(|item| inbound::from_message(&item.message, &item.info))
        .collect();
    for message in messages.iter().filter(|message| !message.from_me) {
        core.known.insert(&message.sender);
    }
    messages
}

/// Messages that the hook did not see. They were acknowledged on their own paths, so this is best effort by nature;
/// a failing disk still stops the session.
pub(super) fn commit_unhooked(core: &Arc<Core>, batch: &MessageBatch) {
    if batch.hook_committed {
        return;
    }
    let messages = map(core, &batch.messages);
    spawn_commit(core, messages);
}

/// A row that says "a message came", until the sender's retry brings the message itself under the same id.
pub(super) fn commit_undecryptable(core: &Arc<Core>, message: &UndecryptableMessage) {
    // "hide" marks reactions, votes and edits: additions to another message that no client shows a placeholder for.
    if message.decrypt_fail_mode == DecryptFailMode::Hide {
        return;
    }
    spawn_commit(
        core,
        vec![inbound::with_content(&message.info, Content::Undecryptable, Vec::new())],
    );
}

fn spawn_commit(core: &Arc<Core>, messages: Vec<Inbound>) {
    let owner = core.clone();
    core.runtime.run(async move {
        // The failure was reported and has stopped the session already.
        let _reported = owner.commit(messages).await;
    });
}
