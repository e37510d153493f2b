//! After a crash: messages that the ratchets have passed but nobody has stored, and resends that a phone requests.
//!
//! The library writes its ratchets independently of our commits. If the process is killed between the two, a
//! redelivered message no longer decrypts, and the library would acknowledge it as known. So a message without a row is
//! not treated as known: it stays at the server, a placeholder is shown, and its sender is asked for a resend. The
//! resend carries the same id, and its receipt also clears the first copy.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use wacore_binary::Jid;
use wacore_binary::builder::NodeBuilder;
use whatsapp_rust::features::RetryRequestOptions;

use super::core::Core;
use super::jid::{address_in, address_of, jid_of};
use super::outgoing::{self, Route};
use crate::store::{KeyStoreError, Recall, StoreResult};
use crate::{Address, Content, Context, Inbound, PersonNews, Received};

pub(super) struct FromProduct {
    core: Weak<Core>,
}

impl FromProduct {
    pub(super) fn new(core: &Arc<Core>) -> Arc<Self> {
        Arc::new(Self {
            core: Arc::downgrade(core),
        })
    }
}

#[async_trait]
impl Recall for FromProduct {
    fn paired(&self, pairs: Vec<(Address, Address)>) {
        let Some(core) = self.core.upgrade() else { return };
        let news = pairs.into_iter().map(|(phone, lid)| PersonNews::same(phone, lid));
        core.learn_soon(news.collect());
    }

    async fn check_received(&self, chat: &str, sender: &str, id: &str) -> StoreResult<()> {
        let (Some(core), Ok(chat), Ok(sender)) = (self.core.upgrade(), chat.parse(), sender.parse()) else {
            return Err(KeyStoreError::Unanswered);
        };
        let lost = Lost { chat, sender, id };
        match core.sink.has(core.session, &lost.name()).await {
            Ok(true) => Ok(()),
            Ok(false) => {
                lost.ask_for_it(&core);
                Err(KeyStoreError::Lost)
            }
            Err(error) => {
                tracing::warn!(session = core.session.0, %error, "a redelivered message is left at the server");
                Err(KeyStoreError::Unanswered)
            }
        }
    }

    async fn sent(&self, chat: &str, id: &str) -> StoreResult<Option<Vec<u8>>> {
        let (Some(core), Some(chat)) = (self.core.upgrade(), address_in(chat)) else {
            return Ok(None);
        };
        let Some(to) = jid_of(&chat) else { return Ok(None) };
        match core.sink.sent(core.session, &chat, id).await {
            Ok(Some((content, context))) => {
                let route = Route {
                    to: &to,
                    own: &core.own_addresses(),
                };
                let message = outgoing::message_of(&content, &context, &route).ok();
                Ok(message.map(|message| waproto::codec::message_to_vec(&message)))
            }
            Ok(None) => Ok(None),
            Err(error) => {
                tracing::warn!(session = core.session.0, %error, "a phone requested a message that cannot be read now");
                Err(KeyStoreError::Unanswered)
            }
        }
    }
}

/// A message that the ratchets have passed and the product has not stored.
struct Lost<'a> {
    chat: Jid,
    sender: Jid,
    id: &'a str,
}

impl Lost<'_> {
    fn name(&self) -> Received {
        Received {
            chat: address_of(&self.chat),
            sender: address_of(&self.sender),
            id: self.id.to_owned(),
        }
    }

    /// A separate task: the caller holds what a send needs.
    fn ask_for_it(self, core: &Arc<Core>) {
        tracing::warn!(
            session = core.session.0,
            "a message was lost in a crash and is requested again"
        );
        let Received { chat, sender, id } = self.name();
        let own = core.own_addresses().contains(&sender);
        let placeholder = Inbound {
            id,
            chat,
            sender,
            sender_alt: None,
            from_me: own,
            push_name: None,
            at_ms: wacore::time::now_millis(),
            content: Content::Undecryptable,
            context: Context::default(),
            raw: Vec::new(),
            offline: true,
        };
        let stanza = self.stanza(own);
        let owner = core.clone();
        core.runtime.run(async move {
            if owner.commit(vec![placeholder]).await.is_err() {
                return;
            }
            let Some(client) = owner.client() else { return };
            let options = RetryRequestOptions::new().with_force_include_keys(true);
            if let Err(error) = client.request_message_retry(&stanza.as_node_ref(), options).await {
                // It is still at the server: the next connection retries.
                tracing::warn!(session = owner.session.0, %error, "a lost message could not be requested again");
            }
        });
    }

    /// The part of the message's stanza that identifies sender and message.
    fn stanza(&self, own: bool) -> wacore_binary::Node {
        let stanza = NodeBuilder::new("message")
            .attr("id", self.id)
            .attr("t", wacore::time::now_secs())
            .attr("type", "text");
        let one_to_one = matches!(address_of(&self.chat), Address::Phone(_) | Address::Lid(_));
        match (one_to_one, own) {
            (true, false) => stanza.attr("from", self.sender.clone()),
            (true, true) => stanza
                .attr("from", self.sender.clone())
                .attr("recipient", self.chat.clone()),
            (false, _) => stanza
                .attr("from", self.chat.clone())
                .attr("participant", self.sender.clone()),
        }
        .build()
    }
}
