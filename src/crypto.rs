//! Randomness, token hashes and sealed columns of `app.db`; the only user of the random generator in the product.
//!
//! The key store of WhatsApp sessions seals its own records (`wa_client::store`) under the same master key with another
//! purpose, so no key ever protects two kinds of data.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{Key, KeyInit as _, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// Identifies the key that sealed a value, so that a later key can coexist while rows are resealed.
const KEY_ID: u8 = 1;
const NONCE_LEN: usize = 24;

/// `N` bytes from the operating system's generator.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    rand::random()
}

/// A secret for a link, a cookie or a key: 256 random bits in URL-safe base64.
#[must_use]
pub fn random_token() -> String {
    URL_SAFE_NO_PAD.encode(random_bytes::<32>())
}

/// The stored form of a token. A plain hash is enough: the token has 256 random bits and cannot be guessed.
#[must_use]
pub fn hash_token(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Compares in constant time.
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// The value was sealed under another key, for another place, or was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value cannot be opened: wrong master key, or the row was changed")]
pub struct Unsealable;

/// Seals column values. A sealed value opens only at the place it was sealed for: moving it to another row fails.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
}

/// A key for one purpose, so that no two kinds of data are ever protected by the same one.
#[must_use]
pub fn derive_key(master_key: &[u8; 32], purpose: &str) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, master_key)
        .expand(purpose.as_bytes(), &mut *key)
        .expect("32 bytes are within what HKDF can give");
    key
}

impl Sealer {
    /// `purpose` separates the keys of different kinds of data under one master key.
    #[must_use]
    pub fn new(master_key: &[u8; 32], purpose: &str) -> Self {
        let key = derive_key(master_key, purpose);
        Self {
            cipher: XChaCha20Poly1305::new(&Key::from(*key)),
        }
    }

    /// `place` is the table, column and row the value is for, for example `messages|media_key|17`.
    #[must_use]
    pub fn seal(&self, place: &str, plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = random_bytes();
        let body = self
            .cipher
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: plain,
                    aad: place.as_bytes(),
                },
            )
            .expect("a value of a row is far below the cipher's limit");
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + body.len());
        sealed.push(KEY_ID);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&body);
        sealed
    }

    /// # Errors
    /// [`Unsealable`] for every reason alike, so that an attacker learns nothing from which it was.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, Unsealable> {
        let (&key_id, rest) = sealed.split_first().ok_or(Unsealable)?;
        let (nonce, body) = rest.split_at_checked(NONCE_LEN).ok_or(Unsealable)?;
        let nonce: [u8; NONCE_LEN] = nonce.try_into().map_err(|_| Unsealable)?;
        if key_id != KEY_ID {
            return Err(Unsealable);
        }
        self.cipher
            .decrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: body,
                    aad: place.as_bytes(),
                },
            )
            .map_err(|_| Unsealable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_at_its_place_and_under_its_key() {
        let sealer = Sealer::new(&[7; 32], "test");
        let sealed = sealer.seal("t|c|1", b"secret");
        assert_eq!(sealer.open("t|c|1", &sealed), Ok(b"secret".to_vec()));
        assert_eq!(sealer.open("t|c|2", &sealed), Err(Unsealable));
        assert_eq!(Sealer::new(&[8; 32], "test").open("t|c|1", &sealed), Err(Unsealable));
        assert_eq!(Sealer::new(&[7; 32], "other").open("t|c|1", &sealed), Err(Unsealable));
    }

    #[test]
    fn a_changed_or_cut_value_does_not_open() {
        let sealer = Sealer::new(&[7; 32], "test");
        let mut sealed = sealer.seal("p", b"secret");
        assert_eq!(sealer.open("p", &sealed[..10]), Err(Unsealable));
        *sealed.last_mut().unwrap() ^= 1;
        assert_eq!(sealer.open("p", &sealed), Err(Unsealable));
        assert_eq!(sealer.open("p", &[]), Err(Unsealable));
    }

    #[test]
    fn tokens_are_long_and_their_hash_is_not_the_token() {
        let token = random_token();
        assert_eq!(token.len(), 43);
        assert_ne!(hash_token(&token), token.as_bytes());
        assert_eq!(hash_token(&token), hash_token(&token));
    }
}
