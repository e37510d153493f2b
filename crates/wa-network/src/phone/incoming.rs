//! Receives messages: decrypts, adds them to the board, sends receipts; requests a resend of an undecryptable one.

use wacore::libsignal::protocol::SignalProtocolError;
use wacore::messages::decode_plaintext;
use wacore_binary::Node;
use waproto::whatsapp as wa;

use super::actor::{Phone, now_ms};
use super::board::Arrival;
use super::content::Content;
use super::media;
use super::reading::{Reading, read};
use super::stanza::{Chat, Origin};
use super::types::ReceiptRule;
use crate::hub::stanza::{attr, attr_is, content};

/// The prefix of an automatic answer; a text with it is never answered, or two phones would not stop.
const AUTO_REPLY: &str = "Auto-reply: ";

/// The result of decrypting one stanza.
enum Opened {
    Message(Box<wa::Message>),
    /// Keys only.
    Nothing,
    /// Seen before: the ratchet has moved past it.
    Duplicate,
    Failed,
}

impl Phone {
    pub async fn take_message(&mut self, stanza: &Node) {
        let (Some(origin), Some(id)) = (Origin::of(&self.hub, stanza), attr(stanza, "id")) else {
            return;
        };
        let id = id.into_owned();
        self.partners.remember(&origin);
        // The rule when the message arrives: later changes of it do not apply.
        let rule = self.board().receipts;
        if let Some(name) = attr(stanza, "notify") {
            self.board().remember_name(&origin.device.account, &name);
        }
        match self.open(&origin, stanza).await {
            Opened::Message(message) if attr_is(stanza, "category", "peer") => {
                self.take_peer_message(&origin, &id, &message).await;
            }
            Opened::Message(message) => self.take_opened(&origin, &id, &message, rule).await,
            Opened::Nothing | Opened::Duplicate => self.acknowledge(&origin, &id, rule),
            Opened::Failed => {
                self.hub.stats().decrypt_failed();
                self.ask_again(&origin, stanza, &id);
            }
        }
        self.refill_prekeys();
    }

    /// Decrypts every `<enc>` in turn: in a group the first may carry the key of the second.
    async fn open(&mut self, origin: &Origin, stanza: &Node) -> Opened {
        let mut best = Opened::Failed;
        for part in stanza.get_children_by_tag("enc") {
            match self.open_part(origin, part).await {
                Opened::Message(message) => return Opened::Message(message),
                Opened::Failed => {}
                // A sender key alone does not compensate for a message that fails to decrypt after it.
                Opened::Nothing if stanza.get_children_by_tag("enc").count() > 1 => {}
                other => best = other,
            }
        }
        best
    }

    async fn open_part(&mut self, origin: &Origin, part: &Node) -> Opened {
        let (Some(kind), Some(bytes)) = (attr(part, "type"), content(part)) else {
            return Opened::Failed;
        };
        let plain = match (&origin.chat, kind.as_ref()) {
            (Chat::Group(jid), "skmsg") => self.signal.group_decrypt(jid, &origin.device, bytes).await,
            (_, kind) => self.signal.decrypt(&origin.device, kind, bytes, &mut self.rng).await,
        };
        let version = attr(part, "v").and_then(|v| v.parse().ok()).unwrap_or(2);
        let message = match plain {
            Ok(plain) => decode_plaintext(&plain, version),
            Err(SignalProtocolError::DuplicatedMessage(..)) => return Opened::Duplicate,
            Err(error) => {
                tracing::debug!(kind = %kind, error = failure(&error), "a message cannot be decrypted");
                return Opened::Failed;
            }
        };
        let Ok(message) = message else {
            return Opened::Failed;
        };
        self.accept_sender_key(origin, &message).await;
        let readable = read(&message).is_some() || message.protocol_message.is_set();
        if readable || message.device_sent_message.is_set() {
            Opened::Message(Box::new(message))
        } else {
            Opened::Nothing
        }
    }

    async fn accept_sender_key(&mut self, origin: &Origin, message: &wa::Message) {
        let Some(key) = message.sender_key_distribution_message.as_option() else {
            return;
        };
        let group = key.group_id.as_deref().unwrap_or(origin.chat.key()).to_owned();
        let bytes = key
            .axolotl_sender_key_distribution_message
            .as_deref()
            .unwrap_or_default();
        // Without the key the message itself cannot be decrypted, and a resend is requested.
        if let Err(error) = self.signal.accept_distribution(&group, &origin.device, bytes).await {
            tracing::debug!(error = failure(&error), "a sender key is not usable");
        }
    }

    async fn take_opened(&mut self, origin: &Origin, id: &str, message: &wa::Message, rule: ReceiptRule) {
        let (chat, message) = match message.device_sent_message.as_option() {
            Some(sent) => match self.sent_elsewhere(sent) {
                Some(found) => found,
                None => return,
            },
            None => (origin.chat.clone(), message),
        };
        let own = origin.device.account == self.me.account;
        let Some(mut reading) = read(message) else {
            return self.acknowledge(origin, id, rule);
        };
        let author = origin.device.account.clone();
        self.open_sealed(&chat, &author, message, &mut reading);
        self.memory.add(chat.key(), id, &author, origin.by_lid(), message);
        let first = self.board().receive(&Arrival {
            id,
            author: &origin.device.account,
            chat: &chat,
            reading: &reading,
            at: now_ms(),
        });
        if let Some(file) = reading
            .media
            .as_ref()
            .filter(|_| first)
            .and_then(|file| media::download(self.hub.media(), file))
        {
            self.board().keep_file(id, file);
        }
        if own {
            return self.submit_receipt(origin, Some("sender"), &[id.to_owned()]);
        }
        self.acknowledge(origin, id, rule);
        if first {
            self.auto_reply(&chat, &reading).await;
        }
    }

    /// A copy of what a companion of this account has sent.
    fn sent_elsewhere<'a>(&self, sent: &'a wa::message::DeviceSentMessage) -> Option<(Chat, &'a wa::Message)> {
        let chat = Chat::parse(&self.hub, sent.destination_jid.as_deref()?).ok()?;
        Some((chat, sent.message.as_option()?))
    }

    async fn auto_reply(&mut self, chat: &Chat, reading: &Reading) {
        let Some(text) = reading.text.as_deref().filter(|_| reading.kind == "text") else {
            return;
        };
        let wanted = self.board().auto_reply && matches!(chat, Chat::Person(_)) && !text.starts_with(AUTO_REPLY);
        if !wanted {
            return;
        }
        let answer = Content::Text(format!("{AUTO_REPLY}{text}"));
        if let Err(error) = self.send(chat.key(), &answer, None).await {
            tracing::debug!(%error, "an automatic answer was not sent");
        }
    }

    pub fn take_notification(&mut self, stanza: &Node) {
        match attr(stanza, "type").as_deref() {
            // The server or a companion itself may have unlinked a device: its key index must not stay valid.
            Some("devices") => {
                for removed in stanza.get_children_by_tag("remove") {
                    self.forget_removed(removed);
                }
            }
            Some("encrypt") => self.refill_prekeys(),
            _ => {}
        }
    }
}

/// The kind of failure, without the addresses the library's own text names.
fn failure(error: &SignalProtocolError) -> &'static str {
    match error {
        SignalProtocolError::SessionNotFound(_) => "no session",
        SignalProtocolError::NoSenderKeyState(_) => "no sender key",
        SignalProtocolError::InvalidPreKeyId => "unknown prekey",
        SignalProtocolError::InvalidMessage(..) | SignalProtocolError::BadMac(_) => "wrong session",
        _ => "malformed",
    }
}
