//! A linking that is secured with the account's passkey: the authenticator, and the phone's half of the exchange.
//!
//! Read, not seen: shaped after the published client library (whatsapp-rust 0.7.0 and its `wacore::shortcake`). The
//! passkey itself is simulated: it signs with a key of Curve25519, where real ones use others; clients pass on what it
//! signs without looking.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use buffa::Message as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use wacore::libsignal::crypto::aes_256_gcm_decrypt;
use wacore::libsignal::protocol::{KeyPair, PublicKey};
use wacore::shortcake::ShortcakeUtils;
use waproto::whatsapp as wa;

use super::crypto::{phone_rng, public32, random, sha256};
use super::types::PhoneError;
use crate::hub::PasskeyWord;

const SITE: &str = "web.whatsapp.com";
const ORIGIN: &str = "https://web.whatsapp.com";
/// Present and verified.
const FLAGS: u8 = 0b101;
/// Where the randomness of passkeys begins, far from that of the phone itself.
const PASSKEYS: u64 = 1 << 33;

fn wrong(why: &'static str) -> PhoneError {
    PhoneError::Passkey(why)
}

/// The passkey of an account, on one of its owner's devices.
pub(super) struct Authenticator {
    key: KeyPair,
    rng: StdRng,
}

impl Authenticator {
    pub fn of(seed: u64, number: &str) -> Self {
        let mut rng = phone_rng(seed, number, PASSKEYS);
        Self {
            key: KeyPair::generate(&mut rng),
            rng,
        }
    }

    fn credential(&self) -> Vec<u8> {
        sha256(&public32(&self.key))[..16].to_vec()
    }

    /// What a browser answers at WhatsApp's site to this question, as JSON.
    pub fn answer(&mut self, options: &str) -> Result<String, PhoneError> {
        let options: Value = serde_json::from_str(options).map_err(|_| wrong("the question is not JSON"))?;
        let challenge = options["challenge"]
            .as_str()
            .ok_or(wrong("the question has no challenge"))?;
        if options["rpId"] != SITE {
            return Err(wrong("the question is another site's"));
        }
        let id = URL_SAFE_NO_PAD.encode(self.credential());
        let allowed = options["allowCredentials"].as_array();
        if allowed.is_some_and(|allowed| !allowed.is_empty() && !allowed.iter().any(|one| one["id"] == id.as_str())) {
            return Err(wrong("the account has no such passkey"));
        }
        let client = json!({ "type": "webauthn.get", "challenge": challenge, "origin": ORIGIN, "crossOrigin": false });
        let client = client.to_string();
        let data = [&sha256(SITE.as_bytes())[..], &[FLAGS], &[0; 4]].concat();
        let signed = [&data[..], &sha256(client.as_bytes())].concat();
        let signature = self.key.calculate_signature(&signed, &mut self.rng);
        let signature = signature.map_err(|error| PhoneError::Signal(error.to_string()))?;
        let answer = json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
                "authenticatorData": URL_SAFE_NO_PAD.encode(data),
                "signature": URL_SAFE_NO_PAD.encode(signature),
                "userHandle": null,
            },
        });
        Ok(answer.to_string())
    }

    /// Whether this passkey signed the challenge.
    fn check(&self, challenge: &str, credential: &[u8], assertion: &[u8]) -> Option<()> {
        let assertion: Value = serde_json::from_slice(assertion).ok()?;
        let part = |name: &str| URL_SAFE_NO_PAD.decode(assertion["response"][name].as_str()?).ok();
        let (client, data, signature) = (part("clientDataJSON")?, part("authenticatorData")?, part("signature")?);
        let said: Value = serde_json::from_slice(&client).ok()?;
        let right = credential == self.credential()
            && said["type"] == "webauthn.get"
            && said["challenge"] == challenge
            && said["origin"] == ORIGIN
            && data.get(..32)? == sha256(SITE.as_bytes())
            && data.get(32)? & FLAGS == FLAGS;
        let signed = [&data[..], &sha256(&client)].concat();
        (right && self.key.public_key.verify_signature(&signed, &signature)).then_some(())
    }
}

/// What the companion will be, by its own word.
pub(super) struct Confirmed {
    pub identity: [u8; 32],
    pub noise: [u8; 32],
    pub secret: [u8; 32],
}

/// One linking by passkey.
pub(super) struct Ceremony {
    challenge: String,
    authenticator: Authenticator,
    ephemeral: KeyPair,
    nonce: [u8; 32],
    /// The companion's ephemeral identity, and its hash together with a nonce that is not known yet.
    prologue: Option<(Vec<u8>, [u8; 32])>,
}

impl Ceremony {
    /// `reference` is the companion's own, so that no two ceremonies are alike.
    pub fn new(seed: u64, number: &str, reference: &str) -> Self {
        let mut rng = phone_rng(seed, &format!("{number} {reference}"), PASSKEYS);
        Self {
            challenge: URL_SAFE_NO_PAD.encode(random::<32>(&mut rng)),
            authenticator: Authenticator::of(seed, number),
            ephemeral: KeyPair::generate(&mut rng),
            nonce: random(&mut rng),
            prologue: None,
        }
    }

    /// The question, in the form of the web's `PublicKeyCredentialRequestOptions`.
    pub fn options(&self) -> String {
        let id = URL_SAFE_NO_PAD.encode(self.authenticator.credential());
        let options = json!({
            "challenge": self.challenge,
            "timeout": 300_000,
            "rpId": SITE,
            "allowCredentials": [{ "type": "public-key", "id": id }],
            "userVerification": "required",
        });
        options.to_string()
    }

    /// The companion's first word; returns the phone's ephemeral identity.
    pub fn begin(&mut self, word: PasskeyWord) -> Result<Vec<u8>, PhoneError> {
        let PasskeyWord::Prologue {
            credential_id,
            assertion,
            payload,
        } = word
        else {
            return Err(wrong("the companion does not begin with its prologue"));
        };
        self.authenticator
            .check(&self.challenge, &credential_id, &assertion)
            .ok_or(wrong("the passkey did not sign this"))?;
        let payload = wa::ProloguePayload::decode_from_slice(&payload).map_err(|_| wrong("the prologue is cut"))?;
        let identity = payload.companion_ephemeral_identity.unwrap_or_default();
        let hash = payload
            .commitment
            .as_option()
            .and_then(|commitment| commitment.hash.clone());
        let hash = hash.and_then(|hash| hash.try_into().ok());
        self.prologue = Some((identity, hash.ok_or(wrong("the prologue commits to nothing"))?));
        let primary = wa::PrimaryEphemeralIdentity {
            public_key: Some(public32(&self.ephemeral).to_vec()),
            nonce: Some(self.nonce.to_vec()),
        };
        Ok(primary.encode_to_vec())
    }

    /// The companion's second word; returns the code that both show.
    pub fn code(&self, word: PasskeyWord) -> Result<String, PhoneError> {
        let (PasskeyWord::Nonce(nonce), Some((identity, hash))) = (word, &self.prologue) else {
            return Err(wrong("the companion does not reveal its nonce"));
        };
        if ShortcakeUtils::commitment_hash(identity, &nonce) != *hash {
            return Err(wrong("the companion had committed to another nonce"));
        }
        let code = ShortcakeUtils::derive_verification_code(&nonce, &public32(&self.ephemeral), &self.nonce);
        Ok(format!("{}-{}", &code[..4], &code[4..]))
    }

    /// The companion's last word, after its owner has compared the codes.
    pub fn finish(&self, word: PasskeyWord) -> Result<Confirmed, PhoneError> {
        let PasskeyWord::Request(sealed) = word else {
            return Err(wrong("the companion does not ask to be linked"));
        };
        self.open(&sealed)
            .ok_or(wrong("the companion's request cannot be opened"))
    }

    fn open(&self, sealed: &[u8]) -> Option<Confirmed> {
        let (identity, _) = self.prologue.as_ref()?;
        let identity = wa::CompanionEphemeralIdentity::decode_from_slice(identity).ok()?;
        let companion = PublicKey::from_djb_public_key_bytes(identity.public_key.as_deref()?).ok()?;
        let shared = self.ephemeral.calculate_agreement(&companion).ok()?;
        let shared: [u8; 32] = shared[..].try_into().ok()?;
        let kind = identity.device_type?;
        let reference = identity.r#ref?;
        let key = ShortcakeUtils::derive_encryption_key_from_shared_secret(&shared, kind, &reference).ok()?;
        let sealed = wa::EncryptedPairingRequest::decode_from_slice(sealed).ok()?;
        let (iv, mut plain) = (sealed.iv?, Vec::new());
        let payload = sealed.encrypted_payload?;
        aes_256_gcm_decrypt(&key, iv.as_slice().try_into().ok()?, b"", &payload, &mut plain).ok()?;
        let request = wa::PairingRequest::decode_from_slice(&plain).ok()?;
        Some(Confirmed {
            identity: request.companion_identity_key?.try_into().ok()?,
            noise: request.companion_public_key?.try_into().ok()?,
            secret: request.adv_secret?.try_into().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_accounts_own_passkey_signs_and_only_this_challenge() {
        let ceremony = Ceremony::new(1, "491", "ref");
        let answer = Authenticator::of(1, "491").answer(&ceremony.options()).unwrap();
        let credential = Authenticator::of(1, "491").credential();
        let own = Authenticator::of(1, "491");
        let challenge = ceremony.challenge.as_str();
        assert!(own.check(challenge, &credential, answer.as_bytes()).is_some());
        assert!(own.check("other", &credential, answer.as_bytes()).is_none());
        assert!(own.check(challenge, b"other", answer.as_bytes()).is_none());
        let other = Authenticator::of(1, "492");
        assert!(other.check(challenge, &other.credential(), answer.as_bytes()).is_none());
        let foreign = Authenticator::of(1, "492").answer(&ceremony.options());
        assert!(matches!(foreign, Err(PhoneError::Passkey(_))));
    }
}
