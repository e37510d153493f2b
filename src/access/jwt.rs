//! Access tokens: HS256 and nothing else.
//!
//! `jsonwebtoken` brings its own ciphers or uses ours. Ours supports one algorithm, so a token that names another, or
//! `none`, fails before its signature is checked, whatever the validation says.

use std::sync::Once;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{self, Signer as SignerTrait, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::model::Refused;
use crate::clock::UnixMs;
use crate::ids::PublicId;

/// Issuer and audience; a token of another program that shares the key by mistake is refused.
const ISSUER: &str = "wamanager";

/// The claims of an access token.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Claims {
    pub iss: String,
    /// Public id of the user.
    pub sub: String,
    pub email: String,
    /// Public id of the workspace; absent for a person without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wsp: Option<String>,
    /// The name of the workspace's plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Public id of the login.
    pub sid: String,
    /// Seconds since 1970.
    pub iat: i64,
    pub exp: i64,
}

/// Signs and verifies. Cheap to clone.
#[derive(Clone)]
pub(super) struct Signer {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl Signer {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        install();
        Self {
            encoding: EncodingKey::from_secret(key),
            decoding: DecodingKey::from_secret(key),
        }
    }

    pub(super) fn sign(&self, claims: &Claims) -> Result<String> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            ..claims.clone()
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
    }

    /// # Errors
    /// [`Refused::Token`], or [`Refused::TokenExpired`] for one that was good.
    pub(super) fn verify(&self, token: &str, now: UnixMs) -> std::result::Result<Claims, Refused> {
        let mut validation = Validation::new(Algorithm::HS256);
        // Checked against our own clock, below.
        validation.validate_exp = false;
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation)
            .map_err(|_| Refused::Token)?
            .claims;
        if claims.exp.saturating_mul(1000) <= now.0 {
            return Err(Refused::TokenExpired);
        }
        Ok(claims)
    }
}

impl Claims {
    /// The public ids that a token must contain to identify a login.
    pub(super) fn ids(&self) -> std::result::Result<(PublicId, PublicId), Refused> {
        let user = self.sub.parse().map_err(|_| Refused::Token)?;
        let login = self.sid.parse().map_err(|_| Refused::Token)?;
        Ok((user, login))
    }
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| Ok(Box::new(Hs256::new(*algorithm, key.as_bytes())?)),
    verifier_factory: |algorithm, key| Ok(Box::new(Hs256::new(*algorithm, key.try_get_as_bytes()?)?)),
    key_utils: KeyUtils::new_unimplemented(),
};

fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Fails only if it is installed already, and nothing else installs one.
        let _ = PROVIDER.install_default();
    });
}

struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(algorithm: Algorithm, key: &[u8]) -> Result<Self> {
        if algorithm != Algorithm::HS256 {
            return Err(ErrorKind::InvalidAlgorithm.into());
        }
        let mac = Hmac::new_from_slice(key).map_err(|_| ErrorKind::InvalidKeyFormat)?;
        Ok(Self(mac))
    }
}

impl SignerTrait<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, signature::Error> {
        let mut mac = self.0.clone();
        mac.update(message);
        Ok(mac.finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), signature::Error> {
        let mut mac = self.0.clone();
        mac.update(message);
        mac.verify_slice(signature).map_err(|_| signature::Error::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    const NOW: UnixMs = UnixMs(1_700_000_000_000);

    fn claims() -> Claims {
        Claims {
            iss: String::new(),
            sub: PublicId::new("usr").to_string(),
            email: "ada@example.com".into(),
            wsp: None,
            plan: Some("Free".into()),
            sid: PublicId::new("log").to_string(),
            iat: NOW.0 / 1000,
            exp: NOW.0 / 1000 + 900,
        }
    }

    fn signer() -> Signer {
        Signer::new(&[7; 32])
    }

    #[test]
    fn a_token_identifies_its_user_until_it_expires() {
        let claims = claims();
        let token = signer().sign(&claims).unwrap();
        assert_eq!(signer().verify(&token, NOW).unwrap().sub, claims.sub);
        let later = UnixMs(NOW.0 + 900_000);
        assert_eq!(signer().verify(&token, later), Err(Refused::TokenExpired));
        assert_eq!(Signer::new(&[8; 32]).verify(&token, NOW), Err(Refused::Token));
    }

    #[test]
    fn the_signature_is_that_of_rfc_7515() {
        // Appendix A.1 of the RFC: the key, the signed text, and the signature.
        let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let key = URL_SAFE_NO_PAD.decode(key).unwrap();
        let message = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0\
                       dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signed = Hs256::new(Algorithm::HS256, &key)
            .unwrap()
            .try_sign(message.as_bytes())
            .unwrap();
        assert_eq!(
            URL_SAFE_NO_PAD.encode(signed),
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        );
    }

    #[test]
    fn a_token_with_another_algorithm_or_without_a_signature_is_refused() {
        let token = signer().sign(&claims()).unwrap();
        let (_, rest) = token.split_once('.').unwrap();
        let (payload, signature) = rest.split_once('.').unwrap();
        for header in [
            r#"{"alg":"none"}"#,
            r#"{"alg":"None"}"#,
            r#"{"alg":"RS256"}"#,
            r#"{"alg":"HS512"}"#,
            r#"{"alg":"EdDSA"}"#,
            "{}",
        ] {
            let header = URL_SAFE_NO_PAD.encode(header);
            for signature in [signature, ""] {
                let forged = format!("{header}.{payload}.{signature}");
                assert_eq!(signer().verify(&forged, NOW), Err(Refused::Token), "{header}");
            }
        }
    }

    #[test]
    fn a_changed_token_is_refused() {
        let token = signer().sign(&claims()).unwrap();
        let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
        let other = URL_SAFE_NO_PAD.encode(
            serde_json::to_vec(&Claims {
                exp: i64::MAX,
                ..claims()
            })
            .unwrap(),
        );
        parts[1] = other;
        assert_eq!(signer().verify(&parts.join("."), NOW), Err(Refused::Token));
        assert_eq!(signer().verify(&format!("{token}A"), NOW), Err(Refused::Token));
        assert_eq!(signer().verify("", NOW), Err(Refused::Token));
    }
}
