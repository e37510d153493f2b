//! Verifies the signatures of webhooks. Both schemes sign the raw body, so nothing is parsed before.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::clock::UnixMs;

/// How long a signature is valid.
pub const TOLERANCE: Duration = Duration::from_secs(300);
/// While a secret is rotated there are two signatures; no legitimate header has more than a few.
const MAX_SIGNATURES: usize = 8;

/// `Stripe-Signature: t=1700000000,v1=5257a8…,v1=…`: HMAC-SHA256 over `{t}.{body}`. Returns when it was signed; `None`
/// when it is invalid or old.
///
/// A time in the future is accepted: a board without a battery starts in the past, and only a holder of the secret
/// can sign a time. The event's id prevents a second use of a signature.
#[must_use]
pub fn stripe(header: &str, body: &[u8], secret: &[u8], now: UnixMs) -> Option<UnixMs> {
    let part = |name: &'static str| {
        header
            .split(',')
            .filter_map(move |part| part.trim().split_once('=').filter(|(key, _)| *key == name))
            .map(|(_, value)| value)
    };
    let t = part("t").next()?;
    let at = UnixMs(t.parse::<i64>().ok()?.checked_mul(1000)?);
    if now.since(at) > TOLERANCE {
        return None;
    }
    let valid = |value: &str| right(value, &[t.as_bytes(), b".", body], secret);
    // Every candidate is checked, so that the duration does not reveal which one was close.
    let found = part("v1")
        .take(MAX_SIGNATURES)
        .fold(false, |found, value| found | valid(value));
    found.then_some(at)
}

/// `X-Razorpay-Signature`: HMAC-SHA256 over the body, in hex.
#[must_use]
pub fn razorpay(header: &str, body: &[u8], secret: &[u8]) -> bool {
    right(header.trim(), &[body], secret)
}

fn right(hex: &str, parts: &[&[u8]], secret: &[u8]) -> bool {
    let (Some(given), Ok(mut mac)) = (unhex(hex), Hmac::<Sha256>::new_from_slice(secret)) else {
        return false;
    };
    for part in parts {
        mac.update(part);
    }
    // Compares in constant time.
    mac.verify_slice(&given).is_ok()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = text.as_bytes().chunks(2).map(|pair| match *pair {
        [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
        _ => None,
    });
    (text.len() == 64).then(|| pairs.collect()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1"}"#;
    /// Computed with `openssl dgst -sha256 -hmac whsec_test` over `1700000000.{"id":"evt_1"}`.
    const SIGNED: &str = "c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925";
    /// The same over the body alone.
    const PLAIN: &str = "030fa3b2413d1993c551364bd53bb9b3edb5c0c34d55dba6ada6041245632811";

    fn at(offset: i64) -> UnixMs {
        UnixMs((1_700_000_000 + offset) * 1000)
    }

    #[test]
    fn a_signature_of_stripe_is_valid_for_five_minutes() {
        let header = format!("t=1700000000,v1={SIGNED}");
        let signed = Some(at(0));
        assert_eq!(stripe(&header, BODY, b"whsec_test", at(300)), signed);
        assert_eq!(stripe(&header, BODY, b"whsec_test", at(301)), None);
        // For a clock that is behind, it was signed in the future.
        for offset in [-300, -301, -1_700_000_000] {
            assert_eq!(stripe(&header, BODY, b"whsec_test", at(offset)), signed, "{offset}");
        }
    }

    #[test]
    fn while_a_secret_is_replaced_one_of_several_signatures_is_enough() {
        let other = "0".repeat(64);
        let header = format!("t=1700000000, v0={SIGNED}, v1={other}, v1={SIGNED}");
        assert!(stripe(&header, BODY, b"whsec_test", at(0)).is_some());
        let header = format!("t=1700000000,v0={SIGNED},v1={other}");
        assert!(stripe(&header, BODY, b"whsec_test", at(0)).is_none());
    }

    #[test]
    fn a_changed_body_or_another_secret_is_refused() {
        let header = format!("t=1700000000,v1={SIGNED}");
        assert!(stripe(&header, b"{}", b"whsec_test", at(0)).is_none());
        assert!(stripe(&header, BODY, b"whsec_other", at(0)).is_none());
        let moved = format!("t=1700000001,v1={SIGNED}");
        assert!(stripe(&moved, BODY, b"whsec_test", at(0)).is_none());
        for header in [
            "",
            "t=",
            "v1=",
            "t=now,v1=00",
            "t=1700000000",
            "t=1700000000,v1=zz",
            "t=1700000000,v1=€€",
        ] {
            assert!(stripe(header, BODY, b"whsec_test", at(0)).is_none(), "{header:?}");
        }
    }

    #[test]
    fn a_signature_of_razorpay_is_over_the_body_alone() {
        assert!(razorpay(PLAIN, BODY, b"whsec_test"));
        assert!(razorpay(&PLAIN.to_uppercase(), BODY, b"whsec_test"));
        assert!(!razorpay(PLAIN, b"{}", b"whsec_test"));
        assert!(!razorpay(&PLAIN[..63], BODY, b"whsec_test"));
        assert!(!razorpay("", BODY, b"whsec_test"));
    }
}
