//! The phone's half of linking by an eight-character code (protocol.md §3.2).

use rand::rngs::StdRng;
use wacore::libsignal::crypto::aes_256_gcm_decrypt;
use wacore::libsignal::protocol::{KeyPair, PublicKey};
use wacore::pair_code::PairCodeUtils;

use super::crypto::{hkdf32, public32};
use super::types::PhoneError;
use crate::hub::{CompanionFinish, PrimaryHello};

const BUNDLE_INFO: &[u8] = b"link_code_pairing_key_bundle_encryption_key";

/// The code as the key derivation needs it: eight upper-case characters without the dash that people type.
pub(super) fn normalise(code: &str) -> Result<String, PhoneError> {
    let code: String = code
        .chars()
        .filter(|c| !matches!(c, '-' | ' '))
        .map(|c| c.to_ascii_uppercase())
        .collect();
    if PairCodeUtils::validate_code(&code) {
        Ok(code)
    } else {
        Err(PhoneError::BadCode)
    }
}

/// One attempt: from the companion's hello to its final message.
pub(super) struct Exchange {
    ephemeral: KeyPair,
    companion_ephemeral: PublicKey,
    pub hello: PrimaryHello,
}

impl Exchange {
    /// Slow on purpose (two rounds of PBKDF2): call it on a blocking thread.
    pub fn start(
        code: &str,
        wrapped_companion_ephemeral: &[u8],
        identity_public: [u8; 32],
        rng: &mut StdRng,
    ) -> Result<Self, PhoneError> {
        let opened = PairCodeUtils::decrypt_primary_ephemeral_pub(wrapped_companion_ephemeral, code)
            .map_err(|_| PhoneError::WrongCode)?;
        let companion_ephemeral = PublicKey::from_djb_public_key_bytes(&opened).map_err(|_| PhoneError::WrongCode)?;
        let ephemeral = KeyPair::generate(rng);
        let wrapped = PairCodeUtils::encrypt_ephemeral_pub(&public32(&ephemeral), code);
        Ok(Self {
            ephemeral,
            companion_ephemeral,
            hello: PrimaryHello {
                wrapped_primary_ephemeral: wrapped.to_vec(),
                primary_identity_public: identity_public,
            },
        })
    }

    /// The ADV secret that both sides now share. A wrong code is detected here, since the bundle cannot be decrypted.
    pub fn finish(&self, identity: &KeyPair, finish: &CompanionFinish) -> Result<[u8; 32], PhoneError> {
        let wrong = |_| PhoneError::WrongCode;
        let shared = self
            .ephemeral
            .calculate_agreement(&self.companion_ephemeral)
            .map_err(wrong)?;
        let bundle = open_bundle(&shared, &finish.wrapped_key_bundle).ok_or(PhoneError::WrongCode)?;
        let (companion, rest) = bundle.split_at(32);
        let (primary, random) = rest.split_at(32);
        if companion != finish.companion_identity_public || primary != public32(identity) {
            return Err(PhoneError::WrongCode);
        }
        let companion = PublicKey::from_djb_public_key_bytes(companion).map_err(wrong)?;
        let identity_shared = identity.calculate_agreement(&companion).map_err(wrong)?;
        let secret = [&shared[..], &identity_shared[..], random].concat();
        Ok(hkdf32(&secret, None, b"adv_secret"))
    }
}

/// companion identity ‖ primary identity ‖ random32, out of salt32 ‖ iv12 ‖ AES-GCM.
fn open_bundle(shared: &[u8; 32], wrapped: &[u8]) -> Option<[u8; 96]> {
    let (salt, rest) = wrapped.split_at_checked(32)?;
    let (nonce, sealed) = rest.split_at_checked(12)?;
    let key = hkdf32(shared, Some(salt), BUNDLE_INFO);
    let mut plain = Vec::with_capacity(96);
    aes_256_gcm_decrypt(&key, nonce.try_into().ok()?, b"", sealed, &mut plain).ok()?;
    plain.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::super::crypto::phone_rng;
    use super::*;

    #[test]
    fn a_typed_code_is_normalised_or_refused() {
        assert_eq!(normalise("abcd-efgh").unwrap(), "ABCDEFGH");
        for wrong in ["", "ABC", "ABCD-EFG!", "ABCD-EFGHI"] {
            assert!(matches!(normalise(wrong), Err(PhoneError::BadCode)), "{wrong}");
        }
    }

    #[test]
    fn both_sides_derive_one_secret_from_the_same_code_only() {
        let mut rng = phone_rng(1, "491", 0);
        let identity = KeyPair::generate(&mut rng);
        let (companion_ephemeral, companion_identity) = (KeyPair::generate(&mut rng), KeyPair::generate(&mut rng));
        let wrapped = PairCodeUtils::encrypt_ephemeral_pub(&public32(&companion_ephemeral), "ABCDEFGH");
        let finish = |exchange: &Exchange| {
            let opened =
                PairCodeUtils::decrypt_primary_ephemeral_pub(&exchange.hello.wrapped_primary_ephemeral, "ABCDEFGH")
                    .unwrap();
            let (bundle, secret) = PairCodeUtils::prepare_key_bundle(
                &companion_ephemeral,
                &opened,
                &exchange.hello.primary_identity_public,
                &companion_identity,
            )
            .unwrap();
            let finish = CompanionFinish {
                wrapped_key_bundle: bundle,
                companion_identity_public: public32(&companion_identity),
            };
            (finish, secret)
        };
        let right = Exchange::start("ABCDEFGH", &wrapped, public32(&identity), &mut rng).unwrap();
        let (answer, secret) = finish(&right);
        assert_eq!(right.finish(&identity, &answer).unwrap(), secret);
        let wrong = Exchange::start("ABCDEFGJ", &wrapped, public32(&identity), &mut rng).unwrap();
        let (answer, _) = finish(&wrong);
        assert!(matches!(wrong.finish(&identity, &answer), Err(PhoneError::WrongCode)));
    }
}
