//! Companions: signed at pairing, sent keys, history and name after it, removed when unlinked.

use buffa::MessageField;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::sync::Arc;
use wacore_binary::Node;
use waproto::whatsapp as wa;

use super::actor::{Phone, now_ms};
use super::adv::{NewCompanion, sign_companion};
use super::appstate::COLLECTION;
use super::command::Reply;
use super::compose::protocol_message;
use super::crypto::random;
use super::fanout::{Encoded, Route, Sent};
use super::history;
use super::linkcode::Exchange;
use super::stanza::{Chat, Origin, Shape, enc};
use super::types::{PastMessage, PhoneError};
use crate::hub::stanza::{jid_attr, now};
use crate::hub::{DeviceAddr, DeviceInfo, PairSuccess};

impl Phone {
    /// Signs a companion and adds its key index to the list that others check.
    pub fn sign(&mut self, identity_public: [u8; 32], adv_secret: [u8; 32]) -> Result<PairSuccess, PhoneError> {
        self.require_online()?;
        let companion = NewCompanion {
            identity_public,
            adv_secret,
            raw_id: self.companions.raw_id,
            key_index: self.companions.take_index(),
            coexistence: self.hub.signs_as_coexistence(&self.me.account),
        };
        let at = u64::try_from(now()).unwrap_or_default();
        let hmac_blob = sign_companion(&self.signal.identity, &companion, at, &mut self.rng)?;
        self.publish_index_list()?;
        Ok(PairSuccess {
            number: self.me.account.to_string(),
            hmac_blob,
            key_index: companion.key_index,
        })
    }

    pub fn unsigned(&mut self, key_index: u32) {
        self.companions.forget(key_index);
        if let Err(error) = self.publish_index_list() {
            tracing::debug!(%error, "the list of companions could not be signed");
        }
    }

    fn publish_index_list(&mut self) -> Result<(), PhoneError> {
        let at = now();
        let list = self
            .companions
            .signed_list(&self.signal.identity, at.unsigned_abs(), &mut self.rng)?;
        self.hub.set_key_index_list(&self.me.account, list, at);
        Ok(())
    }

    /// The key derivation is slow, so it runs on a separate thread.
    pub fn start_exchange(&mut self, code: String, wrapped: Vec<u8>, reply: Reply<Exchange>) {
        let identity = self.signal.identity_public();
        let mut rng = StdRng::from_seed(random(&mut self.rng));
        tokio::task::spawn_blocking(move || drop(reply.send(Exchange::start(&code, &wrapped, identity, &mut rng))));
    }

    /// What a phone sends a companion right after pairing. It waits at the server until the companion logs in.
    pub async fn linked(&mut self, device: &DeviceAddr) -> Result<(), PhoneError> {
        self.signal.drop_session(device);
        let devices = self.own_companions();
        let device = devices
            .iter()
            .find(|info| info.addr == *device)
            .ok_or(PhoneError::NoDevice)?;
        self.publish_name();
        self.share_keys(device).await?;
        let migrated = self.hub.lid_migrated();
        let notifications = {
            let board = self.board();
            let lid_of = |number: &str| self.hub.lid_of(number).map(|lid| lid.to_string());
            let visibility = |number: &str| self.hub.visibility(number).unwrap_or_default();
            history::notifications(&board, &lid_of, migrated, &visibility)
        };
        for notification in notifications {
            self.send_peer(device, protocol_message(notification)).await?;
        }
        self.board().tick();
        Ok(())
    }

    async fn share_keys(&mut self, device: &DeviceInfo) -> Result<(), PhoneError> {
        let share = self
            .app_state
            .share(self.companions.raw_id, self.companions.current_index, now_ms());
        let message = wa::message::ProtocolMessage {
            r#type: Some(wa::message::protocol_message::Type::APP_STATE_SYNC_KEY_SHARE),
            app_state_sync_key_share: MessageField::some(share),
            ..Default::default()
        };
        self.send_peer(device, protocol_message(message)).await
    }

    async fn send_peer(&mut self, device: &DeviceInfo, message: wa::Message) -> Result<(), PhoneError> {
        let message = Encoded::new(&message);
        let plain = self.padded(message.bytes.clone());
        let Some(sealed) = self.seal(device, &plain).await? else {
            return Err(PhoneError::NoDevice);
        };
        let id = self.new_message_id();
        let shape = Shape::text();
        let stanza = shape
            .message(device.addr.jid(), &id)
            .attr("category", "peer")
            .children([enc(sealed.kind, sealed.bytes, &shape, 0)])
            .build();
        let sent = Sent {
            route: Route::Peer,
            message: Arc::new(message),
            shape,
        };
        self.sent.add(&id, sent);
        self.hub.submit(&self.me, stanza);
        Ok(())
    }

    /// Publishes the account's name for companions; once is enough.
    fn publish_name(&mut self) {
        let name = self.name();
        if let Some(patch) = self.app_state.name_patch(&name, now_ms(), &mut self.rng) {
            self.hub.put_patch(&self.me.account, COLLECTION, patch);
        }
    }

    pub async fn take_peer_message(&mut self, origin: &Origin, id: &str, message: &wa::Message) {
        use wa::message::protocol_message::Type;

        self.submit_receipt(origin, Some("peer_msg"), &[id.to_owned()]);
        let device = self
            .own_companions()
            .into_iter()
            .find(|info| info.addr == origin.device);
        let (Some(protocol), Some(device)) = (message.protocol_message.as_option(), device) else {
            return;
        };
        let done = match protocol.r#type {
            Some(Type::APP_STATE_SYNC_KEY_REQUEST) => self.share_keys(&device).await,
            Some(Type::PEER_DATA_OPERATION_REQUEST_MESSAGE) => match self.older_history(id, protocol) {
                Some(answer) => self.send_peer(&device, protocol_message(answer)).await,
                None => Ok(()),
            },
            _ => Ok(()),
        };
        if let Err(error) = done {
            tracing::debug!(%error, "a companion's request could not be answered");
        }
    }

    /// What to answer to a request for older messages of a chat.
    fn older_history(
        &self,
        session_id: &str,
        protocol: &wa::message::ProtocolMessage,
    ) -> Option<wa::message::ProtocolMessage> {
        let asked = protocol.peer_data_operation_request_message.as_option()?;
        let request = asked.history_sync_on_demand_request.as_option()?;
        let chat = Chat::parse(&self.hub, request.chat_jid.as_deref()?).ok()?;
        history::older(&self.board(), chat.key(), request, session_id)
    }

    pub fn unlink(&mut self, device: u16) -> Result<(), PhoneError> {
        let found = self
            .own_companions()
            .into_iter()
            .find(|info| info.addr.device == device);
        let Some(found) = found else {
            return Err(PhoneError::NoDevice);
        };
        // The shorter list first: the hub passes it on with the notification.
        self.companions.forget(found.key_index);
        self.publish_index_list()?;
        self.signal.drop_session(&found.addr);
        self.hub.unlink(&found.addr);
        self.board().tick();
        Ok(())
    }

    /// Handles a device that was removed from the account elsewhere.
    pub fn forget_removed(&mut self, removed: &Node) {
        for device in removed.get_children_by_tag("device") {
            let Some(jid) = jid_attr(device, "jid") else { continue };
            if jid.user != *self.me.account {
                continue;
            }
            self.signal
                .drop_session(&DeviceAddr::new(self.me.account.clone(), jid.device));
            let linked: Vec<u32> = self.own_companions().iter().map(|info| info.key_index).collect();
            self.companions
                .valid_indexes
                .retain(|index| *index == 0 || linked.contains(index));
            if let Err(error) = self.publish_index_list() {
                tracing::debug!(%error, "the list of companions could not be signed");
            }
        }
        self.board().tick();
    }

    pub fn remember(&mut self, past: &[PastMessage]) {
        for message in past {
            let id = self.new_message_id();
            self.board().add_past(message, id);
        }
    }
}
