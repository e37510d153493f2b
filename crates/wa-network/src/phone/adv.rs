//! How a phone verifies its companions: each one's signed identity, and the signed list of those still linked.

use rand::rngs::StdRng;
use wacore::libsignal::protocol::KeyPair;
use waproto::codec;
use waproto::whatsapp as wa;

use super::crypto::{hmac_sha256, public32};
use super::types::PhoneError;

const COMPANION_PREFIX: [u8; 2] = [6, 0];
const HOSTED_PREFIX: [u8; 2] = [6, 5];
const INDEX_LIST_PREFIX: [u8; 2] = [6, 2];

/// The account's list of companions. Its `raw_id` never changes: clients drop all companions when it does.
#[derive(Debug, Clone)]
pub(super) struct Companions {
    pub raw_id: u32,
    /// The last key index used; 0 before the first companion.
    pub current_index: u32,
    pub valid_indexes: Vec<u32>,
}

impl Companions {
    pub fn new(raw_id: u32) -> Self {
        Self {
            raw_id,
            current_index: 0,
            valid_indexes: vec![0],
        }
    }

    pub fn take_index(&mut self) -> u32 {
        self.current_index += 1;
        self.valid_indexes.push(self.current_index);
        self.current_index
    }

    pub fn forget(&mut self, key_index: u32) {
        self.valid_indexes.retain(|index| *index != key_index);
    }

    /// `ADVSignedKeyIndexList` bytes; `at` in unix seconds.
    pub fn signed_list(&self, identity: &KeyPair, at: u64, rng: &mut StdRng) -> Result<Vec<u8>, PhoneError> {
        let details = codec::adv_key_index_list_to_vec(&wa::ADVKeyIndexList {
            raw_id: Some(self.raw_id),
            timestamp: Some(at),
            current_index: Some(self.current_index),
            valid_indexes: self.valid_indexes.clone(),
            account_type: Some(wa::ADVEncryptionType::E2EE),
        });
        let signature = sign(identity, &[&INDEX_LIST_PREFIX, &details], rng)?;
        Ok(codec::adv_signed_key_index_list_to_vec(&wa::ADVSignedKeyIndexList {
            details: Some(details),
            account_signature: Some(signature),
            account_signature_key: Some(public32(identity).to_vec()),
        }))
    }
}

/// What `pair-success` carries: the companion's identity signed by the account, under the secret its QR code showed.
///
/// Returns `ADVSignedDeviceIdentityHMAC` bytes; `at` in unix seconds.
pub(super) fn sign_companion(
    identity: &KeyPair,
    companion: &NewCompanion,
    at: u64,
    rng: &mut StdRng,
) -> Result<Vec<u8>, PhoneError> {
    use buffa::Message as _;

    let details = wa::ADVDeviceIdentity {
        raw_id: Some(companion.raw_id),
        timestamp: Some(at),
        key_index: Some(companion.key_index),
        account_type: Some(wa::ADVEncryptionType::E2EE),
        device_type: Some(wa::ADVEncryptionType::E2EE),
    }
    .encode_to_vec();
    let signature = sign(
        identity,
        &[&COMPANION_PREFIX, &details, &companion.identity_public],
        rng,
    )?;
    let signed = codec::adv_signed_device_identity_to_vec(&wa::ADVSignedDeviceIdentity {
        details: Some(details),
        account_signature_key: Some(public32(identity).to_vec()),
        account_signature: Some(signature),
        device_signature: None,
    });
    // The outer type decides about the HMAC, the signed inner one about the account's signature.
    let (account_type, authenticated) = match companion.coexistence {
        true => (wa::ADVEncryptionType::HOSTED, [&HOSTED_PREFIX[..], &signed].concat()),
        false => (wa::ADVEncryptionType::E2EE, signed.clone()),
    };
    let hmac = hmac_sha256(&companion.adv_secret, &authenticated);
    Ok(wa::ADVSignedDeviceIdentityHMAC {
        details: Some(signed),
        hmac: Some(hmac.to_vec()),
        account_type: Some(account_type),
    }
    .encode_to_vec())
}

pub(super) struct NewCompanion {
    pub identity_public: [u8; 32],
    pub adv_secret: [u8; 32],
    pub raw_id: u32,
    pub key_index: u32,
    /// The number also runs on the Business Platform.
    pub coexistence: bool,
}

fn sign(identity: &KeyPair, parts: &[&[u8]], rng: &mut StdRng) -> Result<Vec<u8>, PhoneError> {
    let signature = identity
        .calculate_signature(&parts.concat(), rng)
        .map_err(|error| PhoneError::Signal(error.to_string()))?;
    Ok(signature.to_vec())
}

#[cfg(test)]
mod tests {
    use super::super::crypto::phone_rng;
    use super::*;

    #[test]
    fn the_signed_list_keeps_linked_companions_and_drops_unlinked_ones() {
        let mut rng = phone_rng(1, "491", 0);
        let identity = KeyPair::generate(&mut rng);
        let mut book = Companions::new(77);
        let (first, second) = (book.take_index(), book.take_index());
        book.forget(first);
        let bytes = book.signed_list(&identity, 1_700_000_000, &mut rng).unwrap();
        let decoded = wacore::adv::decode_key_index_list(&bytes).unwrap();
        assert_eq!(decoded.raw_id, 77);
        assert!(!wacore::adv::is_key_index_valid(Some(first), &decoded));
        assert!(wacore::adv::is_key_index_valid(Some(second), &decoded));
    }

    #[test]
    fn a_companion_accepts_the_signed_identity_and_its_answer_verifies() {
        let mut rng = phone_rng(1, "491", 0);
        let identity = KeyPair::generate(&mut rng);
        let companion_identity = KeyPair::generate(&mut rng);
        let companion = NewCompanion {
            identity_public: public32(&companion_identity),
            adv_secret: [9; 32],
            raw_id: 5,
            key_index: 1,
            coexistence: false,
        };
        let blob = sign_companion(&identity, &companion, 1_700_000_000, &mut rng).unwrap();
        let state = wacore::pair::DeviceState {
            identity_key: companion_identity.clone(),
            noise_key: KeyPair::generate(&mut rng),
            adv_secret_key: [9; 32],
        };
        let (answer, key_index) = wacore::pair::PairUtils::do_pair_crypto(&state, &blob).unwrap();
        assert_eq!(key_index, 1);
        let valid = wacore::adv::validate_adv_with_identity_key(
            &answer,
            &companion.identity_public,
            Some(&public32(&identity)),
        );
        assert!(matches!(valid, wacore::adv::AdvValidation::Valid));
        let coexistence = NewCompanion {
            coexistence: true,
            ..companion
        };
        let blob = sign_companion(&identity, &coexistence, 1_700_000_000, &mut rng).unwrap();
        let refused = wacore::pair::PairUtils::do_pair_crypto(&state, &blob).unwrap_err();
        assert_eq!((refused.code, refused.text), (401, "signature-mismatch"));
        let mut wrong = state;
        wrong.adv_secret_key = [8; 32];
        assert!(wacore::pair::PairUtils::do_pair_crypto(&wrong, &blob).is_err());
    }
}
