//! The text of a linking QR code: `ref,noise key,identity key,ADV secret,client type`, keys in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::types::PhoneError;

/// Newer clients put the code behind this address, so that any camera app opens WhatsApp.
const DEEP_LINK: &str = "https://wa.me/settings/linked_devices#";

#[derive(Debug, PartialEq, Eq)]
pub(super) struct QrText {
    pub reference: String,
    pub noise_public: [u8; 32],
    pub identity_public: [u8; 32],
    pub adv_secret: [u8; 32],
}

impl QrText {
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let text = text.trim();
        let body = text.strip_prefix(DEEP_LINK).unwrap_or(text);
        let mut parts = body.split(',');
        let reference = parts.next().filter(|part| !part.is_empty()).ok_or(PhoneError::BadQr)?;
        let mut key = || parts.next().and_then(key32).ok_or(PhoneError::BadQr);
        let (noise_public, identity_public, adv_secret) = (key()?, key()?, key()?);
        // Older clients end here, newer ones add the client type: an empty or a further field is invalid.
        match (parts.next(), parts.next()) {
            (None, None) => {}
            (Some(client_type), None) if !client_type.is_empty() => {}
            _ => return Err(PhoneError::BadQr),
        }
        Ok(Self {
            reference: reference.to_owned(),
            noise_public,
            identity_public,
            adv_secret,
        })
    }
}

fn key32(text: &str) -> Option<[u8; 32]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> String {
        let key = |byte: u8| STANDARD.encode([byte; 32]);
        format!("2@abc,{},{},{},1", key(1), key(2), key(3))
    }

    #[test]
    fn a_code_is_read_with_and_without_its_link() {
        let plain = QrText::parse(&text()).unwrap();
        assert_eq!(plain.reference, "2@abc");
        assert_eq!(plain.noise_public, [1; 32]);
        assert_eq!(plain.identity_public, [2; 32]);
        assert_eq!(plain.adv_secret, [3; 32]);
        assert_eq!(QrText::parse(&format!("{DEEP_LINK}{}", text())).unwrap(), plain);
        let old = text().trim_end_matches(",1").to_owned();
        assert_eq!(QrText::parse(&old).unwrap(), plain);
    }

    #[test]
    fn malformed_codes_are_refused() {
        let long = format!("{},2", text());
        let empty_type = text().replace(",1", ",");
        for wrong in ["", "hello", "a,b,c,d,1", ",,,,", &text()[..40], &long, &empty_type] {
            assert!(matches!(QrText::parse(wrong), Err(PhoneError::BadQr)), "{wrong}");
        }
    }
}
