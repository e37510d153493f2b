//! Small pieces of cryptography that pairing and messages share.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use sha2::{Digest, Sha256};
use wacore::libsignal::protocol::KeyPair;

/// The phone's own source of randomness: the same seed, number and epoch give the same keys and ids.
///
/// The epoch moves on when a phone is restored from a snapshot, so that nothing it drew before is drawn again.
pub(super) fn phone_rng(seed: u64, number: &str, epoch: u64) -> StdRng {
    let mut hash = Sha256::new();
    hash.update(b"wa-network phone");
    hash.update(seed.to_be_bytes());
    hash.update(epoch.to_be_bytes());
    hash.update(number.as_bytes());
    StdRng::from_seed(hash.finalize().into())
}

pub(super) fn random<const N: usize>(rng: &mut StdRng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

pub(super) fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(data);
    mac.finalize().into_bytes().into()
}

pub(super) fn hkdf32(secret: &[u8], salt: Option<&[u8]>, info: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(salt, secret)
        .expand(info, &mut key)
        .expect("32 bytes are within HKDF's limit");
    key
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The public half without its type byte.
pub(super) fn public32(pair: &KeyPair) -> [u8; 32] {
    pair.public_key
        .public_key_bytes()
        .try_into()
        .expect("a Curve25519 key has 32 bytes")
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
