//! The server's keys and its certificate chain, all derived from the seed.

use buffa::{Message as _, MessageField};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sha2::{Digest, Sha256};
use wacore::libsignal::protocol::{KeyPair, PrivateKey};
use waproto::whatsapp::CertChain;
use waproto::whatsapp::cert_chain::NoiseCertificate;
use waproto::whatsapp::cert_chain::noise_certificate::Details;

use crate::hub::CertificateValidity;

/// 2020 to 2100: clients cache the chain and compare it with their clock.
const NOT_BEFORE: u64 = 1_577_836_800;
const NOT_AFTER: u64 = 4_102_444_800;

const INTERMEDIATE_SERIAL: u32 = 1;

pub(crate) struct ServerKeys {
    root_public: [u8; 32],
    intermediate_public: [u8; 32],
    static_key: KeyPair,
    /// Serialized `CertChain`.
    chain: Vec<u8>,
}

impl ServerKeys {
    pub fn from_seed(seed: u64) -> Self {
        let root = derived(seed, "root");
        let intermediate = derived(seed, "intermediate");
        let leaf = derived(seed, "leaf");
        // Signatures are randomised; a seeded generator makes the whole chain reproducible.
        let mut rng = StdRng::from_seed(digest(seed, "signatures"));
        let chain = CertChain {
            intermediate: MessageField::some(certificate(&root, INTERMEDIATE_SERIAL, 0, &intermediate, &mut rng)),
            leaf: MessageField::some(certificate(&intermediate, 2, INTERMEDIATE_SERIAL, &leaf, &mut rng)),
        };
        Self {
            root_public: public(&root),
            intermediate_public: public(&intermediate),
            chain: chain.encode_to_vec(),
            static_key: leaf,
        }
    }

    /// The root that a client has to trust instead of WhatsApp's.
    pub fn root_public(&self) -> [u8; 32] {
        self.root_public
    }

    /// Public half of the Noise static key, the subject of the leaf certificate.
    pub fn static_public(&self) -> [u8; 32] {
        public(&self.static_key)
    }

    pub(super) fn static_private(&self) -> &[u8; 32] {
        self.static_key.private_key.serialize()
    }

    pub(super) fn chain(&self) -> &[u8] {
        &self.chain
    }

    pub fn validity(&self) -> CertificateValidity {
        CertificateValidity {
            leaf_key: self.static_public(),
            leaf_not_before: NOT_BEFORE as i64,
            leaf_not_after: NOT_AFTER as i64,
            intermediate_key: self.intermediate_public,
            intermediate_not_before: NOT_BEFORE as i64,
            intermediate_not_after: NOT_AFTER as i64,
        }
    }
}

fn certificate(
    issuer: &KeyPair,
    serial: u32,
    issuer_serial: u32,
    subject: &KeyPair,
    rng: &mut StdRng,
) -> NoiseCertificate {
    let details = Details {
        serial: Some(serial),
        issuer_serial: Some(issuer_serial),
        key: Some(public(subject).to_vec()),
        not_before: Some(NOT_BEFORE),
        not_after: Some(NOT_AFTER),
    }
    .encode_to_vec();
    let signature = issuer
        .calculate_signature(&details, rng)
        .expect("a Curve25519 key signs any message");
    NoiseCertificate {
        details: Some(details),
        signature: Some(signature.to_vec()),
    }
}

fn public(pair: &KeyPair) -> [u8; 32] {
    let mut key = [0; 32];
    key.copy_from_slice(pair.public_key.public_key_bytes());
    key
}

fn derived(seed: u64, what: &str) -> KeyPair {
    let private = PrivateKey::deserialize(&digest(seed, what)).expect("32 bytes make a private key");
    KeyPair::try_from(private).expect("a private key has a public one")
}

fn digest(seed: u64, what: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"wa-network server key");
    hash.update(seed.to_be_bytes());
    hash.update(what.as_bytes());
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wacore::libsignal::protocol::PublicKey;

    #[test]
    fn the_chain_leads_from_the_root_to_the_static_key() {
        let keys = ServerKeys::from_seed(1);
        let chain = CertChain::decode_from_slice(keys.chain()).unwrap();
        let check = |certificate: &NoiseCertificate, issuer: [u8; 32]| {
            let issuer = PublicKey::from_djb_public_key_bytes(&issuer).unwrap();
            let details = certificate.details.as_deref().unwrap();
            assert!(issuer.verify_signature(details, certificate.signature.as_deref().unwrap()));
            Details::decode_from_slice(details).unwrap()
        };
        let intermediate = check(chain.intermediate.as_option().unwrap(), keys.root_public());
        let key: [u8; 32] = intermediate.key.as_deref().unwrap().try_into().unwrap();
        let leaf = check(chain.leaf.as_option().unwrap(), key);
        assert_eq!(leaf.key.as_deref(), Some(keys.static_public().as_slice()));
        assert_eq!(
            (intermediate.issuer_serial, leaf.issuer_serial),
            (Some(0), intermediate.serial)
        );
    }

    #[test]
    fn the_same_seed_gives_the_same_chain() {
        assert_eq!(ServerKeys::from_seed(3).chain(), ServerKeys::from_seed(3).chain());
        assert_ne!(ServerKeys::from_seed(3).chain(), ServerKeys::from_seed(4).chain());
    }
}
