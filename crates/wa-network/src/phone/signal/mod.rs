//! A phone's Signal state: identity, prekeys, sessions and sender keys, all in memory.
//!
//! Sessions are keyed by account and device, never by JID text: a client may encrypt to the LID session of a contact
//! while it writes phone-number JIDs on the stanza.

mod stores;

use rand::rngs::StdRng;
use wacore::libsignal::protocol::{
    CiphertextMessage, DeviceId, GenericSignedPreKey as _, IdentityKey, KeyPair, PreKeyBundle, PreKeyRecord,
    PreKeySignalMessage, ProtocolAddress, PublicKey, SenderKeyDistributionMessage, SenderKeyName, SignalMessage,
    SignalProtocolError, SignedPreKeyRecord, Timestamp, UsePQRatchet, create_sender_key_distribution_message,
    group_decrypt, group_encrypt, message_decrypt, message_encrypt, process_prekey_bundle,
    process_sender_key_distribution_message,
};

use self::stores::{Identities, PreKeys, SenderKeys, Sessions, SignedPreKeys};
use super::crypto::{public32, random};
use crate::hub::{DeviceAddr, FetchedBundle, KeyBundle, SignedPreKey};

pub(super) use self::stores::StoredSignal;

/// How many one-time keys a phone publishes at a time.
pub(super) const PREKEY_BATCH: u32 = 30;
/// Below this many it publishes the next batch.
const PREKEYS_LOW: usize = 10;
const SIGNED_PREKEY_ID: u32 = 1;

pub(super) struct SignalState {
    pub identity: KeyPair,
    identities: Identities,
    sessions: Sessions,
    prekeys: PreKeys,
    signed_prekeys: SignedPreKeys,
    sender_keys: SenderKeys,
    signed_prekey: SignedPreKey,
    next_prekey: u32,
}

/// One ciphertext, as `<enc type=…>` carries it.
pub(super) struct Sealed {
    pub kind: &'static str,
    pub bytes: Vec<u8>,
}

type Result<T> = std::result::Result<T, SignalProtocolError>;

impl SignalState {
    pub fn new(rng: &mut StdRng) -> Result<Self> {
        let identity = KeyPair::generate(rng);
        // Registration ids have 14 bits and are not 0.
        let registration_id = u32::from(u16::from_be_bytes(random(rng)) & 0x3fff).max(1);
        let signed_pair = KeyPair::generate(rng);
        let signature = identity.calculate_signature(&signed_pair.public_key.serialize(), rng)?;
        let record = SignedPreKeyRecord::new(
            SIGNED_PREKEY_ID.into(),
            Timestamp::from_epoch_millis(0),
            &signed_pair,
            &signature,
        );
        Ok(Self {
            identities: Identities::new(identity.clone(), registration_id),
            sessions: Sessions::default(),
            prekeys: PreKeys::default(),
            signed_prekeys: SignedPreKeys::new(record),
            sender_keys: SenderKeys::default(),
            signed_prekey: SignedPreKey {
                id: SIGNED_PREKEY_ID,
                public: public32(&signed_pair),
                signature: signature.to_vec(),
            },
            next_prekey: 1,
            identity,
        })
    }

    pub fn registration_id(&self) -> u32 {
        self.identities.registration_id
    }

    pub fn identity_public(&self) -> [u8; 32] {
        public32(&self.identity)
    }

    /// A new batch of one-time keys with the other public keys.
    pub fn next_bundle(&mut self, count: u32, rng: &mut StdRng) -> KeyBundle {
        let prekeys = (0..count).map(|_| self.new_prekey(rng)).collect();
        KeyBundle {
            registration_id: self.registration_id(),
            identity: self.identity_public(),
            signed_prekey: self.signed_prekey.clone(),
            prekeys,
        }
    }

    fn new_prekey(&mut self, rng: &mut StdRng) -> (u32, [u8; 32]) {
        let id = self.next_prekey;
        self.next_prekey += 1;
        let pair = KeyPair::generate(rng);
        self.prekeys.insert(id, PreKeyRecord::new(id.into(), &pair));
        (id, public32(&pair))
    }

    pub fn prekeys_are_low(&self) -> bool {
        self.prekeys.len() < PREKEYS_LOW
    }

    pub fn has_session(&self, peer: &DeviceAddr) -> bool {
        self.sessions.contains(&address(peer))
    }

    /// Whether the session with this device was made with an identity other than its current one.
    pub fn is_stale(&self, peer: &DeviceAddr, identity_public: &[u8; 32]) -> bool {
        self.identities
            .of(&address(peer))
            .is_some_and(|known| known.public_key().public_key_bytes() != identity_public)
    }

    pub fn drop_session(&mut self, peer: &DeviceAddr) {
        self.sessions.remove(&address(peer));
    }

    pub async fn open_session(&mut self, peer: &DeviceAddr, bundle: &FetchedBundle, rng: &mut StdRng) -> Result<()> {
        let key = |bytes: &[u8; 32]| PublicKey::from_djb_public_key_bytes(bytes);
        let prekey = match &bundle.prekey {
            Some((id, public)) => Some(((*id).into(), key(public)?)),
            None => None,
        };
        let bundle = PreKeyBundle::new(
            bundle.registration_id,
            DeviceId::new(peer.device.into()),
            prekey,
            bundle.signed_prekey.id.into(),
            key(&bundle.signed_prekey.public)?,
            bundle.signed_prekey.signature.clone(),
            IdentityKey::new(key(&bundle.identity)?),
        )?;
        let (sessions, identities) = (&mut self.sessions, &mut self.identities);
        process_prekey_bundle(&address(peer), sessions, identities, &bundle, rng, UsePQRatchet::No).await?;
        Ok(())
    }

    pub async fn encrypt(&mut self, peer: &DeviceAddr, plaintext: &[u8]) -> Result<Sealed> {
        let sealed = message_encrypt(plaintext, &address(peer), &mut self.sessions, &mut self.identities).await?;
        let kind = match &sealed {
            CiphertextMessage::PreKeySignalMessage(_) => "pkmsg",
            _ => "msg",
        };
        Ok(Sealed {
            kind,
            bytes: sealed.serialize().to_vec(),
        })
    }

    pub async fn decrypt(&mut self, peer: &DeviceAddr, kind: &str, bytes: &[u8], rng: &mut StdRng) -> Result<Vec<u8>> {
        let message = match kind {
            "pkmsg" => CiphertextMessage::PreKeySignalMessage(PreKeySignalMessage::try_from(bytes)?),
            _ => CiphertextMessage::SignalMessage(SignalMessage::try_from(bytes)?),
        };
        let opened = message_decrypt(
            &message,
            &address(peer),
            &mut self.sessions,
            &mut self.identities,
            &mut self.prekeys,
            &self.signed_prekeys,
            rng,
            UsePQRatchet::No,
        )
        .await?;
        if let Some(used) = opened.consumed_prekey_id {
            self.prekeys.remove(used.into());
        }
        Ok(opened.plaintext)
    }

    /// The key of this phone's own messages in a group, created at first use.
    pub async fn own_distribution(&mut self, group: &str, me: &DeviceAddr, rng: &mut StdRng) -> Result<Vec<u8>> {
        let name = sender_key_name(group, me);
        let message = create_sender_key_distribution_message(&name, &mut self.sender_keys, rng).await?;
        Ok(message.serialized().to_vec())
    }

    pub fn rotate_own_sender_key(&mut self, group: &str, me: &DeviceAddr) {
        self.sender_keys.remove(&sender_key_name(group, me));
    }

    pub async fn accept_distribution(&mut self, group: &str, sender: &DeviceAddr, bytes: &[u8]) -> Result<()> {
        let message = SenderKeyDistributionMessage::try_from(bytes)?;
        let name = sender_key_name(group, sender);
        process_sender_key_distribution_message(&name, &message, &mut self.sender_keys).await
    }

    pub async fn group_encrypt(
        &mut self,
        group: &str,
        me: &DeviceAddr,
        plain: &[u8],
        rng: &mut StdRng,
    ) -> Result<Vec<u8>> {
        let sealed = group_encrypt(&mut self.sender_keys, &sender_key_name(group, me), plain, rng).await?;
        Ok(sealed.serialized().to_vec())
    }

    pub async fn group_decrypt(&mut self, group: &str, sender: &DeviceAddr, bytes: &[u8]) -> Result<Vec<u8>> {
        group_decrypt(bytes, &mut self.sender_keys, &sender_key_name(group, sender)).await
    }
}

fn address(peer: &DeviceAddr) -> ProtocolAddress {
    ProtocolAddress::new(&peer.account, DeviceId::new(peer.device.into()))
}

fn sender_key_name(group: &str, sender: &DeviceAddr) -> SenderKeyName {
    SenderKeyName::from_parts(group, address(sender).as_str())
}

#[cfg(test)]
mod tests;
