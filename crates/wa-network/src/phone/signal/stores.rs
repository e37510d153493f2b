//! The library's store traits over hash maps.

use std::collections::HashMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use wacore::libsignal::protocol::error::Result;
use wacore::libsignal::protocol::{
    Direction, GenericSignedPreKey as _, IdentityChange, IdentityKey, IdentityKeyPair, IdentityKeyStore, KeyPair,
    PreKeyId, PreKeyRecord, PreKeyStore, PrivateKey, ProtocolAddress, SenderKeyName, SenderKeyRecord, SenderKeyStore,
    SessionRecord, SessionStore, SignalProtocolError, SignedPreKeyId, SignedPreKeyRecord, SignedPreKeyStore,
};

use super::{SIGNED_PREKEY_ID, SignalState};
use crate::hub::SignedPreKey;

pub(super) struct Identities {
    own: KeyPair,
    pub registration_id: u32,
    known: HashMap<String, IdentityKey>,
}

impl Identities {
    pub fn new(own: KeyPair, registration_id: u32) -> Self {
        Self {
            own,
            registration_id,
            known: HashMap::new(),
        }
    }

    pub fn of(&self, address: &ProtocolAddress) -> Option<&IdentityKey> {
        self.known.get(address.as_str())
    }
}

/// Trusts any identity that the server shows: people of a simulated network do not compare safety numbers.
#[async_trait]
impl IdentityKeyStore for Identities {
    async fn get_identity_key_pair(&self) -> Result<IdentityKeyPair> {
        Ok(IdentityKeyPair::from(self.own.clone()))
    }

    async fn get_local_registration_id(&self) -> Result<u32> {
        Ok(self.registration_id)
    }

    async fn save_identity(&mut self, address: &ProtocolAddress, identity: &IdentityKey) -> Result<IdentityChange> {
        let before = self.known.insert(address.as_str().to_owned(), *identity);
        Ok(IdentityChange::from_changed(
            before.is_some_and(|known| known != *identity),
        ))
    }

    async fn is_trusted_identity(&self, _: &ProtocolAddress, _: &IdentityKey, _: Direction) -> Result<bool> {
        Ok(true)
    }

    async fn get_identity(&self, address: &ProtocolAddress) -> Result<Option<IdentityKey>> {
        Ok(self.of(address).copied())
    }
}

#[derive(Default)]
pub(super) struct Sessions(HashMap<String, SessionRecord>);

impl Sessions {
    pub fn contains(&self, address: &ProtocolAddress) -> bool {
        self.0.contains_key(address.as_str())
    }

    pub fn remove(&mut self, address: &ProtocolAddress) {
        self.0.remove(address.as_str());
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn load_session(&self, address: &ProtocolAddress) -> Result<Option<SessionRecord>> {
        Ok(self.0.get(address.as_str()).cloned())
    }

    async fn has_session(&self, address: &ProtocolAddress) -> Result<bool> {
        Ok(self.contains(address))
    }

    async fn store_session(&mut self, address: &ProtocolAddress, record: SessionRecord) -> Result<()> {
        self.0.insert(address.as_str().to_owned(), record);
        Ok(())
    }
}

#[derive(Default)]
pub(super) struct PreKeys(HashMap<u32, PreKeyRecord>);

impl PreKeys {
    pub fn insert(&mut self, id: u32, record: PreKeyRecord) {
        self.0.insert(id, record);
    }

    pub fn remove(&mut self, id: u32) {
        self.0.remove(&id);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

#[async_trait]
impl PreKeyStore for PreKeys {
    async fn get_pre_key(&self, id: PreKeyId) -> Result<PreKeyRecord> {
        self.0
            .get(&id.into())
            .cloned()
            .ok_or(SignalProtocolError::InvalidPreKeyId)
    }

    async fn save_pre_key(&mut self, id: PreKeyId, record: &PreKeyRecord) -> Result<()> {
        self.insert(id.into(), record.clone());
        Ok(())
    }

    async fn remove_pre_key(&mut self, id: PreKeyId) -> Result<()> {
        self.remove(id.into());
        Ok(())
    }
}

/// A phone has one signed prekey for its whole life.
pub(super) struct SignedPreKeys(SignedPreKeyRecord);

impl SignedPreKeys {
    pub fn new(record: SignedPreKeyRecord) -> Self {
        Self(record)
    }
}

#[async_trait]
impl SignedPreKeyStore for SignedPreKeys {
    async fn get_signed_pre_key(&self, id: SignedPreKeyId) -> Result<SignedPreKeyRecord> {
        if u32::from(id) == SIGNED_PREKEY_ID {
            Ok(self.0.clone())
        } else {
            Err(SignalProtocolError::InvalidSignedPreKeyId)
        }
    }

    async fn save_signed_pre_key(&mut self, _: SignedPreKeyId, record: &SignedPreKeyRecord) -> Result<()> {
        self.0 = record.clone();
        Ok(())
    }
}

#[derive(Default)]
pub(super) struct SenderKeys(HashMap<String, SenderKeyRecord>);

impl SenderKeys {
    pub fn remove(&mut self, name: &SenderKeyName) {
        self.0.remove(name.cache_key());
    }
}

#[async_trait]
impl SenderKeyStore for SenderKeys {
    async fn store_sender_key(&mut self, name: &SenderKeyName, record: SenderKeyRecord) -> Result<()> {
        self.0.insert(name.cache_key().to_owned(), record);
        Ok(())
    }

    async fn load_sender_key(&self, name: &SenderKeyName) -> Result<Option<SenderKeyRecord>> {
        Ok(self.0.get(name.cache_key()).cloned())
    }
}

/// The Signal state in serialisable form; every blob is the library's own serialisation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::phone) struct StoredSignal {
    identity_private: Vec<u8>,
    registration_id: u32,
    signed_prekey: SignedPreKey,
    signed_prekey_record: Vec<u8>,
    next_prekey: u32,
    prekeys: HashMap<u32, Vec<u8>>,
    sessions: HashMap<String, Vec<u8>>,
    identities: HashMap<String, Vec<u8>>,
    sender_keys: HashMap<String, Vec<u8>>,
}

impl SignalState {
    pub fn store(&self) -> Result<StoredSignal> {
        Ok(StoredSignal {
            identity_private: self.identity.private_key.serialize().to_vec(),
            registration_id: self.registration_id(),
            signed_prekey: self.signed_prekey.clone(),
            signed_prekey_record: self.signed_prekeys.0.serialize()?,
            next_prekey: self.next_prekey,
            prekeys: each(&self.prekeys.0, PreKeyRecord::serialize)?,
            sessions: each(&self.sessions.0, SessionRecord::serialize)?,
            identities: each(&self.identities.known, |key| Ok(key.serialize().to_vec()))?,
            sender_keys: each(&self.sender_keys.0, SenderKeyRecord::serialize)?,
        })
    }

    pub fn restore(stored: &StoredSignal) -> Result<Self> {
        let identity = KeyPair::try_from(PrivateKey::deserialize(&stored.identity_private)?)?;
        let mut identities = Identities::new(identity.clone(), stored.registration_id);
        identities.known = each(&stored.identities, |bytes| IdentityKey::decode(bytes))?;
        Ok(Self {
            identities,
            sessions: Sessions(each(&stored.sessions, |bytes| SessionRecord::deserialize(bytes))?),
            prekeys: PreKeys(each(&stored.prekeys, |bytes| PreKeyRecord::deserialize(bytes))?),
            signed_prekeys: SignedPreKeys::new(SignedPreKeyRecord::deserialize(&stored.signed_prekey_record)?),
            sender_keys: SenderKeys(each(&stored.sender_keys, |bytes| SenderKeyRecord::deserialize(bytes))?),
            signed_prekey: stored.signed_prekey.clone(),
            next_prekey: stored.next_prekey,
            identity,
        })
    }
}

fn each<K, A, B>(map: &HashMap<K, A>, convert: impl Fn(&A) -> Result<B>) -> Result<HashMap<K, B>>
where
    K: Clone + Eq + std::hash::Hash,
{
    map.iter()
        .map(|(key, value)| Ok((key.clone(), convert(value)?)))
        .collect()
}
