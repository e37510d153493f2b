//! App state: the key the phone shares with its companions, and the patches it writes: its name, read chats, contacts.

use std::collections::HashMap;

use buffa::MessageField;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};
use wacore::appstate::encode::encode_record;
use wacore::appstate::hash::{HashState, generate_patch_mac};
use wacore::appstate::keys::expand_app_state_keys;
use waproto::whatsapp as wa;

use super::actor::{Phone, now_ms};
use super::crypto::random;
use super::stanza::Chat;
use super::types::PhoneError;

/// Bytes of a MAC at the end of an encrypted value.
const MAC: usize = 32;
pub(super) const COLLECTION: &str = "critical_block";
const NAME_INDEX: &[u8] = br#"["setting_pushName"]"#;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct AppStateKey {
    /// Device 0, then a counter, as real phones number their keys.
    id: [u8; 6],
    data: [u8; 32],
    name_published: bool,
}

impl AppStateKey {
    pub fn new(rng: &mut StdRng) -> Self {
        let counter: [u8; 2] = random(rng);
        Self {
            id: [0, 0, 0, 0, counter[0], counter[1]],
            data: random(rng),
            name_published: false,
        }
    }

    pub fn share(&self, raw_id: u32, current_index: u32, now_ms: i64) -> wa::message::AppStateSyncKeyShare {
        let fingerprint = wa::message::AppStateSyncKeyFingerprint {
            raw_id: Some(raw_id),
            current_index: Some(current_index),
            device_indexes: (0..=current_index).collect(),
        };
        let key = wa::message::AppStateSyncKey {
            key_id: MessageField::some(wa::message::AppStateSyncKeyId {
                key_id: Some(self.id.to_vec()),
            }),
            key_data: MessageField::some(wa::message::AppStateSyncKeyData {
                key_data: Some(self.data.to_vec()),
                fingerprint: MessageField::some(fingerprint),
                timestamp: Some(now_ms),
            }),
        };
        wa::message::AppStateSyncKeyShare { keys: vec![key] }
    }

    /// `SyncdPatch` bytes that take `critical_block` from version 0 to 1; `None` if they were made before.
    pub fn name_patch(&mut self, name: &str, now_ms: i64, rng: &mut StdRng) -> Option<Vec<u8>> {
        if std::mem::replace(&mut self.name_published, true) {
            return None;
        }
        let value = wa::SyncActionValue {
            timestamp: Some(now_ms),
            push_name_setting: MessageField::some(wa::sync_action_value::PushNameSetting {
                name: Some(name.to_owned()),
            }),
            ..Default::default()
        };
        let action = Action {
            collection: COLLECTION,
            index: NAME_INDEX,
            version: 1,
        };
        self.patch(&action, &value, &[], rng)
    }

    /// `SyncdPatch` bytes that set one value, for a collection that these patches have made what it is.
    pub fn patch(
        &self,
        action: &Action<'_>,
        value: &wa::SyncActionValue,
        earlier: &[Vec<u8>],
        rng: &mut StdRng,
    ) -> Option<Vec<u8>> {
        let keys = expand_app_state_keys(&self.data);
        let (mut state, mut known) = replay(earlier)?;
        let set = wa::syncd_mutation::SyncdOperation::SET;
        let id = &self.id;
        let (mutation, _) = encode_record(set, action.index, value, &keys, id, &random(rng), action.version);
        add(&mut state, &mut known, std::slice::from_ref(&mutation))?;
        state.version = earlier.len() as u64 + 1;
        let mut patch = wa::SyncdPatch {
            version: MessageField::some(wa::SyncdVersion {
                version: Some(state.version),
            }),
            snapshot_mac: Some(state.generate_snapshot_mac(action.collection, &keys.snapshot_mac)),
            key_id: MessageField::some(wa::KeyId { id: Some(id.to_vec()) }),
            mutations: vec![mutation],
            ..Default::default()
        };
        patch.patch_mac = Some(generate_patch_mac(
            &patch,
            action.collection,
            &keys.patch_mac,
            state.version,
        ));
        Some(waproto::codec::syncd_patch_to_vec(&patch))
    }
}

/// What a patch sets.
pub(super) struct Action<'a> {
    pub collection: &'a str,
    /// JSON: the action's name and what it is about.
    pub index: &'a [u8],
    /// Of the action's own format.
    pub version: i32,
}

/// Index → the value that it has now, both as their MACs.
type Values = HashMap<Vec<u8>, Vec<u8>>;

/// The collection after these patches. MACs are in the clear, so nothing has to be decrypted.
fn replay(patches: &[Vec<u8>]) -> Option<(HashState, Values)> {
    let (mut state, mut known) = (HashState::default(), Values::new());
    for patch in patches {
        let patch = waproto::codec::syncd_patch_decode(patch).ok()?;
        add(&mut state, &mut known, &patch.mutations)?;
    }
    Some((state, known))
}

fn add(state: &mut HashState, known: &mut Values, mutations: &[wa::SyncdMutation]) -> Option<()> {
    let (_, hashed) = state.update_hash(mutations, |index, _| Ok(known.get(index).cloned()));
    hashed.ok()?;
    for mutation in mutations {
        let record = mutation.record.as_option()?;
        let index = record.index.blob.clone()?;
        let blob = record.value.blob.as_deref()?;
        let removed = mutation
            .operation
            .is_some_and(|operation| operation == wa::syncd_mutation::SyncdOperation::REMOVE);
        if removed {
            known.remove(&index);
        } else {
            known.insert(index, blob[blob.len().checked_sub(MAC)?..].to_vec());
        }
    }
    Some(())
}

impl Phone {
    /// Tells the linked devices by app state that a chat is read, or unread.
    pub fn sync_read(&mut self, chat: &Chat, read: bool) -> Result<(), PhoneError> {
        let jid = match chat {
            Chat::Person(number) => self.hub.address_of(number, self.hub.lid_migrated()).to_string(),
            Chat::Group(jid) => jid.to_string(),
        };
        let value = wa::SyncActionValue {
            timestamp: Some(now_ms()),
            mark_chat_as_read_action: MessageField::some(wa::sync_action_value::MarkChatAsReadAction {
                read: Some(read),
                message_range: MessageField::some(wa::sync_action_value::SyncActionMessageRange {
                    last_message_timestamp: Some(now_ms() / 1000),
                    ..Default::default()
                }),
            }),
            ..Default::default()
        };
        self.publish("regular_low", &["markChatAsRead", &jid], 3, &value)
    }

    /// Puts a person into the phone's address book.
    pub fn add_contact(&mut self, number: &str, name: &str) -> Result<(), PhoneError> {
        let chat = Chat::parse(&self.hub, number)?;
        self.board().remember_name(chat.key(), name);
        let visibility = self.hub.visibility(chat.key()).unwrap_or_default();
        let (first, _) = name.split_once(' ').unwrap_or((name, ""));
        let value = wa::SyncActionValue {
            timestamp: Some(now_ms()),
            contact_action: MessageField::some(wa::sync_action_value::ContactAction {
                full_name: Some(name.to_owned()),
                first_name: Some(first.to_owned()),
                lid_jid: Some(self.hub.address_of(chat.key(), true).to_string()),
                pn_jid: (!visibility.hidden).then(|| format!("{}@s.whatsapp.net", chat.key())),
                username: visibility.username,
                save_on_primary_addressbook: Some(true),
            }),
            ..Default::default()
        };
        let jid = chat.address(&self.hub);
        self.publish("critical_unblock_low", &["contact", &jid], 2, &value)
    }

    fn publish(
        &mut self,
        collection: &str,
        index: &[&str],
        version: i32,
        value: &wa::SyncActionValue,
    ) -> Result<(), PhoneError> {
        let index = serde_json::json!(index).to_string();
        let action = Action {
            collection,
            index: index.as_bytes(),
            version,
        };
        loop {
            let earlier = self.hub.patches(&self.me.account, collection);
            let patch = self.app_state.patch(&action, value, &earlier, &mut self.rng);
            let patch = patch.ok_or(PhoneError::AppState)?;
            // A companion may have been faster: then its patch counts first.
            if self
                .hub
                .put_patch_after(&self.me.account, collection, earlier.len(), patch)
            {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::crypto::phone_rng;
    use super::*;

    #[test]
    fn the_name_patch_is_made_once_and_decodes_to_the_name() {
        let mut rng = phone_rng(1, "491", 0);
        let mut key = AppStateKey::new(&mut rng);
        let bytes = key.name_patch("Flor & Co.", 1_700_000_000_000, &mut rng).unwrap();
        assert!(key.name_patch("Flor & Co.", 1_700_000_000_000, &mut rng).is_none());
        let patch = waproto::codec::syncd_patch_decode(&bytes).unwrap();
        let record = patch.mutations[0].record.as_option().unwrap();
        let keys = expand_app_state_keys(&key.data);
        let set = wa::syncd_mutation::SyncdOperation::SET;
        let (decoded, _) = wacore::appstate::decode::decode_record(set, record, &keys, &key.id, true).unwrap();
        let value = decoded.action_value.unwrap();
        assert_eq!(
            value.push_name_setting.as_option().unwrap().name.as_deref(),
            Some("Flor & Co.")
        );
        let mac = generate_patch_mac(&patch, COLLECTION, &keys.patch_mac, 1);
        assert_eq!(patch.patch_mac.unwrap(), mac);
    }
}
