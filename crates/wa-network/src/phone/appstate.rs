//! App state: the key the phone shares with its companions, and the one patch it writes (its name).

use buffa::MessageField;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};
use wacore::appstate::encode::encode_record;
use wacore::appstate::hash::{HashState, generate_patch_mac};
use wacore::appstate::keys::expand_app_state_keys;
use waproto::whatsapp as wa;

use super::crypto::random;

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
        let keys = expand_app_state_keys(&self.data);
        let value = wa::SyncActionValue {
            timestamp: Some(now_ms),
            push_name_setting: MessageField::some(wa::sync_action_value::PushNameSetting {
                name: Some(name.to_owned()),
            }),
            ..Default::default()
        };
        let set = wa::syncd_mutation::SyncdOperation::SET;
        let (mutation, _) = encode_record(set, NAME_INDEX, &value, &keys, &self.id, &random(rng), 1);
        let mut state = HashState::default();
        // An empty collection has no earlier value to subtract.
        let (_, hashed) = state.update_hash(std::slice::from_ref(&mutation), |_, _| Ok(None));
        hashed.ok()?;
        state.version = 1;
        let mut patch = wa::SyncdPatch {
            version: MessageField::some(wa::SyncdVersion { version: Some(1) }),
            snapshot_mac: Some(state.generate_snapshot_mac(COLLECTION, &keys.snapshot_mac)),
            key_id: MessageField::some(wa::KeyId {
                id: Some(self.id.to_vec()),
            }),
            mutations: vec![mutation],
            ..Default::default()
        };
        patch.patch_mac = Some(generate_patch_mac(&patch, COLLECTION, &keys.patch_mac, state.version));
        Some(waproto::codec::syncd_patch_to_vec(&patch))
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
