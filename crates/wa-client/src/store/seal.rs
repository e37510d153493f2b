//! Sealing: encryption that also binds a record to its place.
//!
//! Each record is bound to `table.column`, session and row key as associated data. An attacker who can write the file
//! but has no key can thus neither read a record nor replace one by another (except by an older value of the very same
//! place).

use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use rand::Rng;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::error::{KeyStoreError, Result};
use super::key::MasterKey;

/// Identifies the derived key that sealed a record. A rotation adds the next id and reseals row by row.
const KEY_ID: u8 = 1;
const NONCE: usize = 24;
const TAG: usize = 16;
const HEADER: usize = 1 + NONCE;

pub(super) struct Seal {
    cipher: XChaCha20Poly1305,
}

impl Seal {
    /// The master key is shared with the product's own sealed columns; the label separates the two derived keys.
    pub(super) fn new(master: &MasterKey) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        let derived = Hkdf::<Sha256>::new(None, master.as_bytes()).expand(b"wamanager key store v1", key.as_mut());
        derived.expect("32 bytes are less than HKDF's limit");
        Self {
            cipher: XChaCha20Poly1305::new((&*key).into()),
        }
    }

    pub(super) fn seal(&self, place: &SealContext, plain: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(HEADER + plain.len() + TAG);
        let mut nonce = [0; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        sealed.push(KEY_ID);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let body = InOutBuf::from(&mut sealed[HEADER..]);
        let tag = self.cipher.encrypt_inout_detached(&XNonce::from(nonce), &place.0, body);
        sealed.extend_from_slice(&tag.expect("records are far below the cipher's limit of 256 GiB"));
        sealed
    }

    /// # Errors
    /// [`KeyStoreError::Sealed`] with `table` when the record is not what was sealed for this place.
    pub(super) fn open(&self, place: &SealContext, sealed: &[u8]) -> Result<Vec<u8>> {
        let broken = || KeyStoreError::Sealed(place.1);
        let (header, rest) = sealed.split_at_checked(HEADER).ok_or_else(broken)?;
        let (body, tag) = rest.split_last_chunk::<TAG>().ok_or_else(broken)?;
        let (key_id, nonce) = header.split_first_chunk::<1>().ok_or_else(broken)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| broken())?;
        if key_id != &[KEY_ID] {
            return Err(broken());
        }
        let mut plain = body.to_vec();
        let opened = self.cipher.decrypt_inout_detached(
            &XNonce::from(nonce),
            &place.0,
            InOutBuf::from(plain.as_mut_slice()),
            &Tag::from(*tag),
        );
        opened.map_err(|_| broken())?;
        Ok(plain)
    }
}

/// A record's place: the associated data of its seal, and the table's name for errors.
pub(super) struct SealContext(Vec<u8>, &'static str);

impl SealContext {
    /// `column` is `table.column`. The parts are length-prefixed, so no two places have the same bytes.
    pub(super) fn new(column: &'static str, session: i64, row: &[&[u8]]) -> Self {
        let mut data = Vec::with_capacity(column.len() + 9 + row.iter().map(|part| part.len() + 4).sum::<usize>());
        data.extend_from_slice(column.as_bytes());
        data.push(0);
        data.extend_from_slice(&session.to_be_bytes());
        for part in row {
            let length = u32::try_from(part.len()).expect("row keys are short");
            data.extend_from_slice(&length.to_be_bytes());
            data.extend_from_slice(part);
        }
        Self(data, column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal() -> Seal {
        Seal::new(&MasterKey::from([7; 32]))
    }

    #[test]
    fn a_record_opens_in_its_own_place_only() {
        let place = |session, row: &str| SealContext::new("t.c", session, &[row.as_bytes()]);
        let sealed = seal().seal(&place(1, "a"), b"secret");
        assert_eq!(seal().open(&place(1, "a"), &sealed).unwrap(), b"secret");
        for elsewhere in [place(2, "a"), place(1, "b"), SealContext::new("t.d", 1, &[b"a"])] {
            assert!(matches!(
                seal().open(&elsewhere, &sealed),
                Err(KeyStoreError::Sealed(_))
            ));
        }
    }

    #[test]
    fn row_keys_of_several_parts_do_not_run_together() {
        let (one, other) = (
            SealContext::new("t.c", 1, &[b"ab", b"c"]),
            SealContext::new("t.c", 1, &[b"a", b"bc"]),
        );
        assert!(seal().open(&other, &seal().seal(&one, b"secret")).is_err());
    }

    #[test]
    fn a_changed_byte_anywhere_is_noticed() {
        let place = SealContext::new("t.c", 1, &[b"a"]);
        let sealed = seal().seal(&place, b"secret");
        for i in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[i] ^= 1;
            assert!(seal().open(&place, &changed).is_err(), "byte {i}");
        }
        for cut in 0..sealed.len() {
            assert!(seal().open(&place, &sealed[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn another_master_key_opens_nothing() {
        let place = SealContext::new("t.c", 1, &[b"a"]);
        let sealed = seal().seal(&place, b"secret");
        assert!(Seal::new(&MasterKey::from([8; 32])).open(&place, &sealed).is_err());
    }
}
