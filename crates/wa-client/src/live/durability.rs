//! Commit first, acknowledge after.
//!
//! whatsapp-rust calls [`Durability::on_messages`] for every decrypted message and acknowledges it only when the call
//! returned `Ok`; after an error or a crash the server delivers again. The hook's own documentation names three
//! gaps, and each is closed here:
//! 1. newsletter messages and placeholders recovered from the phone arrive only as events: [`commit_unhooked`];
//! 2. the hook is not called for a message that cannot be decrypted: [`commit_undecryptable`];
//! 3. if the library's own buffer write failed, its ratchet could move past a message that is nowhere on disk. Ours
//!    cannot: the key store writes a ratchet only together with the messages that it moved past (`store::deferred`).

use std::sync::Arc;

use async_trait::async_trait;
use wacore::types::events::{DecryptFailMode, InboundMessage, MessageBatch, UndecryptableMessage};
use whatsapp_rust::{Client, InboundDurabilityHook};

use super::core::Core;
use super::inbound;
use crate::Inbound;

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
    let own = core.own_addresses();
    let messages: Vec<Inbound> = batch
        .iter()
        .map(|item| inbound::from_message(&item.message, &item.info, &own))
        .collect();
    for message in messages.iter().filter(|message| !message.from_me) {
        core.known.insert(&message.sender);
    }
    messages
}

/// Messages that the hook did not see. They were acknowledged on their own paths, so this is necessarily best effort;
/// a failing disk still stops the session.
pub(super) fn commit_unhooked(core: &Arc<Core>, batch: &MessageBatch) {
    if batch.hook_committed {
        return;
    }
    let messages = map(core, &batch.messages);
    spawn_commit(core, messages);
}

/// A placeholder row, until the sender's retry delivers the message itself under the same id.
pub(super) fn commit_undecryptable(core: &Arc<Core>, message: &UndecryptableMessage) {
    // "hide" marks reactions, votes and edits, for which no client shows a placeholder.
    if message.decrypt_fail_mode == DecryptFailMode::Hide {
        return;
    }
    spawn_commit(core, vec![inbound::undecryptable(&message.info)]);
}

fn spawn_commit(core: &Arc<Core>, messages: Vec<Inbound>) {
    let owner = core.clone();
    core.runtime.run(async move {
        // The failure is already reported and has stopped the session.
        let _reported = owner.commit(messages).await;
    });
}
