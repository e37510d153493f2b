//! Receipts: which ones the phone sends, when, and how it handles those of others.

use std::collections::HashMap;
use std::time::Duration;

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::actor::Phone;
use super::command::Command;
use super::compose::device_sent;
use super::fanout::{Route, Sent};
use super::signal::PREKEY_BATCH;
use super::stanza::{Chat, Origin, enc, receipt, receipt_ids};
use super::types::{ChatMark, MessageStatus, PhoneError, ReceiptMode, ReceiptRule, TypingState};
use crate::hub::stanza::{attr, jid_attr, leaf, now, prekey_id};
use crate::hub::{DeviceInfo, KeyBundle};

/// After this many attempts a message is given up, as by real clients.
const MAX_RETRIES: u32 = 5;
/// The type byte of a Curve25519 key.
const KEY_TYPE: u8 = 5;

/// A receipt and when it is due.
pub(super) struct Due {
    origin: Origin,
    id: String,
    mode: ReceiptMode,
}

/// How the server last addressed each author of each chat: receipts use the same address.
#[derive(Default)]
pub(super) struct Partners(HashMap<(String, String), Origin>);

impl Partners {
    pub fn remember(&mut self, origin: &Origin) {
        let key = (origin.chat.key().to_owned(), origin.device.account.to_string());
        self.0.insert(key, origin.clone());
    }

    fn find(&self, chat: &str, author: &str) -> Option<&Origin> {
        self.0.get(&(chat.to_owned(), author.to_owned()))
    }
}

impl Phone {
    /// Acknowledges a message by the phone's rule: at once, or after its delay.
    pub fn acknowledge(&mut self, origin: &Origin, id: &str, rule: ReceiptRule) {
        let due = Due {
            origin: origin.clone(),
            id: id.to_owned(),
            mode: rule.mode,
        };
        if rule.mode == ReceiptMode::None {
            return;
        }
        if rule.delay_ms == 0 {
            return self.settle(due);
        }
        let commands = self.commands.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(rule.delay_ms)).await;
            if let Some(commands) = commands.upgrade() {
                drop(commands.send(Command::Receipt(due)));
            }
        });
    }

    pub fn settle(&mut self, due: Due) {
        if self.require_online().is_err() {
            self.waiting.push(due);
            return;
        }
        let ids = [due.id];
        self.submit_receipt(&due.origin, None, &ids);
        if due.mode == ReceiptMode::Read {
            self.board().read_one(due.origin.chat.key(), &ids[0]);
            self.submit_receipt(&due.origin, Some("read"), &ids);
        }
    }

    /// The phone's owner opens a chat, or marks it: everything unread in it is read now, or it is unread again.
    pub fn mark(&mut self, chat: &str, mark: ChatMark) -> Result<(), PhoneError> {
        self.require_online()?;
        let chat = Chat::parse(&self.hub, chat)?;
        if mark == ChatMark::Unread {
            self.board().mark_unread(chat.key());
            return self.sync_read(&chat, false);
        }
        let unread = self.board().take_unread(chat.key());
        let kind = match mark {
            ChatMark::ReadSelf => "read-self",
            _ => "read",
        };
        for (author, ids) in unread {
            if mark != ChatMark::AppState
                && let Some(origin) = self.partners.find(chat.key(), &author).cloned()
            {
                self.submit_receipt(&origin, Some(kind), &ids);
            }
        }
        match mark {
            ChatMark::Read | ChatMark::AppState => self.sync_read(&chat, true),
            _ => Ok(()),
        }
    }

    pub fn submit_receipt(&self, origin: &Origin, kind: Option<&'static str>, ids: &[String]) {
        if let Some(node) = receipt(origin, kind, ids, now()) {
            self.hub.submit(&self.me, node);
        }
    }

    pub fn take_ack(&mut self, ack: &Node) {
        if attr(ack, "class").as_deref() != Some("message") {
            return;
        }
        let (Some(id), Some(to)) = (attr(ack, "id"), jid_attr(ack, "from")) else {
            return;
        };
        let Some(chat) = Chat::of_jid(&self.hub, &to) else {
            return;
        };
        let refused = ack.attrs.get("error").is_some();
        let status = if refused {
            MessageStatus::Failed
        } else {
            MessageStatus::Sent
        };
        self.board().progress(chat.key(), &[id.into_owned()], status);
    }

    pub async fn take_receipt(&mut self, node: &Node) {
        let Some(origin) = Origin::of(&self.hub, node) else {
            return;
        };
        let ids = receipt_ids(node);
        match attr(node, "type").as_deref() {
            Some("retry") => {
                // After a failure here the sender keeps asking, which is all a phone can do about it.
                if let Err(error) = self.send_again(&origin, node).await {
                    tracing::debug!(%error, "a message could not be sent again");
                }
            }
            None | Some("inactive") => self.board().progress(origin.chat.key(), &ids, MessageStatus::Delivered),
            Some("read" | "read-self") if origin.device.account == self.me.account => {
                let chat = match &origin.chat {
                    Chat::Group(_) => Some(origin.chat.clone()),
                    Chat::Person(_) => jid_attr(node, "recipient").and_then(|jid| Chat::of_jid(&self.hub, &jid)),
                };
                if let Some(chat) = chat {
                    self.board().read_elsewhere(chat.key());
                }
            }
            Some("read" | "played") => self.board().progress(origin.chat.key(), &ids, MessageStatus::Read),
            _ => {}
        }
    }

    /// A device could not decrypt a message: opens a new session if the old one is broken, and sends the message again.
    async fn send_again(&mut self, origin: &Origin, node: &Node) -> Result<(), PhoneError> {
        let Some(asked) = node.get_optional_child("retry") else {
            return Ok(());
        };
        let id = attr(asked, "id").unwrap_or_default().into_owned();
        let count = attr(asked, "count").and_then(|count| count.parse().ok()).unwrap_or(1);
        let Some(sent) = self.sent.find(&id).cloned() else {
            return Ok(());
        };
        let device = self
            .hub
            .devices(&origin.device.account)
            .into_iter()
            .find(|info| info.addr == origin.device);
        let Some(device) = device else { return Ok(()) };
        if count > MAX_RETRIES {
            return Ok(());
        }
        // In a group the first request usually means that only the sender key is missing.
        let only_key_missing = matches!(&sent.route, Route::To(Chat::Group(_))) && count == 1;
        if !only_key_missing {
            self.signal.drop_session(&device.addr);
        }
        let stanza = self.repeat(&device, &id, &sent, count).await?;
        if let Some(stanza) = stanza {
            self.hub.submit(&self.me, stanza);
        }
        Ok(())
    }

    async fn repeat(
        &mut self,
        device: &DeviceInfo,
        id: &str,
        sent: &Sent,
        count: u32,
    ) -> Result<Option<Node>, PhoneError> {
        let own = device.addr.account == self.me.account;
        let mut bytes = sent.message.bytes.clone();
        let head = match &sent.route {
            Route::Peer => sent.shape.message(device.addr.jid(), id).attr("category", "peer"),
            Route::To(chat @ Chat::Group(jid)) => {
                // Fields in a row are one message.
                bytes.extend(waproto::codec::message_to_vec(&self.distribution(jid).await?));
                let head = sent.shape.message(chat.jid(), id).attr("addressing_mode", "pn");
                head.attr("participant", device.addr.jid())
            }
            Route::To(chat) => {
                if own {
                    bytes = device_sent(&chat.address(&self.hub), &bytes, sent.message.context.as_ref());
                }
                sent.shape.message(device.addr.jid(), id)
            }
        };
        let plain = self.padded(bytes);
        let sealed = self.seal(device, &plain).await?;
        Ok(sealed.map(|sealed| {
            head.children([enc(sealed.kind, sealed.bytes, &sent.shape, count)])
                .build()
        }))
    }

    /// Requests a resend of a message that could not be decrypted.
    pub fn ask_again(&mut self, origin: &Origin, stanza: &Node, id: &str) {
        let count = self.retries.entry((id.to_owned(), origin.device.clone())).or_default();
        *count += 1;
        let count = *count;
        if count > MAX_RETRIES {
            return;
        }
        let retry = NodeBuilder::new("retry")
            .attr("count", count)
            .attr("id", id)
            .attr("t", attr(stanza, "t").unwrap_or_default().as_ref())
            .attr("v", 1_u8)
            .build();
        let registration = leaf("registration", self.signal.registration_id().to_be_bytes());
        // From the second request on it includes fresh keys, in case the session is broken.
        let keys = (count > 1).then(|| key_node(&self.signal.next_bundle(1, &mut self.rng)));
        let mut node = NodeBuilder::new("receipt")
            .attr("to", origin.from.clone())
            .attr("id", id)
            .attr("type", "retry")
            .children([Some(retry), Some(registration), keys].into_iter().flatten())
            .build();
        for (key, value) in [
            ("participant", &origin.participant),
            ("recipient", &stanza.attrs.get("recipient").cloned()),
        ] {
            if let Some(value) = value {
                node.attrs.insert(key, value.clone());
            }
        }
        self.hub.submit(&self.me, node);
    }

    /// Publishes more one-time keys when few are left.
    pub fn refill_prekeys(&mut self) {
        if self.signal.prekeys_are_low() {
            let bundle = self.signal.next_bundle(PREKEY_BATCH, &mut self.rng);
            self.hub.publish_bundle(&self.me, bundle);
        }
    }

    pub fn take_chat_state(&mut self, node: &Node) {
        let Some(origin) = Origin::of(&self.hub, node) else {
            return;
        };
        let composing = node.get_optional_child("composing").is_some();
        let state = if composing {
            TypingState::Composing
        } else {
            TypingState::Paused
        };
        self.board()
            .set_typing(origin.chat.key(), &origin.device.account, state);
    }
}

/// `<keys>` of a retry receipt: what opens a new session with this phone.
fn key_node(bundle: &KeyBundle) -> Node {
    let pair = |tag, id: u32, public: &[u8; 32], signature: Option<&Vec<u8>>| {
        let parts = [
            Some(leaf("id", prekey_id(id))),
            Some(leaf("value", *public)),
            signature.map(|signature| leaf("signature", signature.clone())),
        ];
        NodeBuilder::new(tag).children(parts.into_iter().flatten()).build()
    };
    let prekey = bundle
        .prekeys
        .first()
        .map(|(id, public)| pair("key", *id, public, None));
    let signed = &bundle.signed_prekey;
    let children = [
        Some(leaf("type", [KEY_TYPE])),
        Some(leaf("identity", bundle.identity)),
        prekey,
        Some(pair("skey", signed.id, &signed.public, Some(&signed.signature))),
    ];
    NodeBuilder::new("keys")
        .children(children.into_iter().flatten())
        .build()
}
