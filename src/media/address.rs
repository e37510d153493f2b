//! Addresses that open one file for a while, without a login: for programs that are given one.

use hmac::{Hmac, KeyInit as _, Mac as _};
use zeroize::Zeroizing;

use crate::clock::UnixMs;
use crate::crypto;
use crate::ids::PublicId;

/// Signs addresses with a key of the installation's own.
#[derive(Clone)]
pub(super) struct Signer(Zeroizing<[u8; 32]>);

impl Signer {
    pub(super) fn new(master_key: &[u8; 32]) -> Self {
        Self(crypto::derive_key(master_key, "media-addresses"))
    }

    /// The path of `file`, good until `until`, to the second.
    pub(super) fn sign(&self, file: &PublicId, until: UnixMs) -> String {
        let until = until.0 / 1000;
        format!("/media/{file}/signed?exp={until}&sig={}", self.signature(file, until))
    }

    /// Whether the signature is ours; `exp` is judged by the caller.
    pub(super) fn is_ours(&self, file: &PublicId, exp: i64, sig: &str) -> bool {
        crypto::constant_time_eq(self.signature(file, exp).as_bytes(), sig.as_bytes())
    }

    fn signature(&self, file: &PublicId, exp: i64) -> String {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&*self.0).expect("HMAC takes a key of any length");
        mac.update(format!("{file}|{exp}").as_bytes());
        let bytes = mac.finalize().into_bytes();
        // Half of it is 128 bits, which nobody guesses.
        bytes[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_for_one_file_one_time_and_one_installation() {
        let (signer, file) = (Signer::new(&[7; 32]), PublicId::new("file"));
        let path = signer.sign(&file, UnixMs(1_800_000_000_999));
        let sig = path.split("sig=").nth(1).unwrap();
        assert!(path.contains("exp=1800000000&"));
        assert!(signer.is_ours(&file, 1_800_000_000, sig));
        assert!(!signer.is_ours(&file, 1_800_000_001, sig));
        assert!(!signer.is_ours(&PublicId::new("file"), 1_800_000_000, sig));
        assert!(!Signer::new(&[8; 32]).is_ours(&file, 1_800_000_000, sig));
        assert!(!signer.is_ours(&file, 1_800_000_000, ""));
    }
}
