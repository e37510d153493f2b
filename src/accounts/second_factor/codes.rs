//! Codes: how they are generated, written and read.

use totp_rs::{Builder, Secret, Totp};

use crate::clock::UnixMs;
use crate::crypto::{self, Sealer};
use crate::ids::UserId;

/// The name of this program in authenticator apps.
const ISSUER: &str = "WhatsApp Manager Pro";
/// 160 bits, as RFC 4226 recommends.
const SECRET_LEN: usize = 20;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What a person needs to set up an app.
#[derive(Clone)]
pub struct Enrolment {
    /// `otpauth://…`, for the QR code.
    pub address: String,
    /// The same secret for typing, in groups of four.
    pub secret: String,
}

pub(super) fn new_secret() -> [u8; SECRET_LEN] {
    crypto::random_bytes()
}

fn place(user: UserId) -> String {
    format!("second_factors|secret|{user}")
}

pub(super) fn seal(sealer: &Sealer, user: UserId, secret: &[u8]) -> Vec<u8> {
    sealer.seal(&place(user), secret)
}

/// `None` when the secret was sealed under another key: then no code is right, but recovery codes still are.
pub(super) fn open(sealer: &Sealer, user: UserId, sealed: &[u8]) -> Option<Totp> {
    let secret = sealer.open(&place(user), sealed).ok();
    if secret.is_none() {
        tracing::error!(%user, "a second factor cannot be opened with this master key");
    }
    Builder::new().with_secret(secret?).build().ok()
}

pub(super) fn enrolment(sealer: &Sealer, user: UserId, sealed: &[u8], email: &str) -> Option<Enrolment> {
    let secret = sealer.open(&place(user), sealed).ok()?;
    // Colons separate the parts of the address.
    let account = email.replace(':', "");
    let builder = Builder::new().with_secret(Secret::from(secret));
    let totp = builder
        .with_account_name(account)
        .with_issuer(Some(ISSUER))
        .build()
        .ok()?;
    let text = totp.secret().to_base32();
    let groups: Vec<String> = text
        .as_bytes()
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    Some(Enrolment {
        address: totp.to_url().ok()?,
        secret: groups.join(" "),
    })
}

/// The half minute of the code, if it is the current one, the previous or the next.
pub(super) fn step_of(totp: &Totp, code: &str, now: UnixMs) -> Option<i64> {
    let seconds = u64::try_from(now.0 / 1_000).ok()?;
    totp.check(code, seconds).and_then(|step| i64::try_from(step).ok())
}

/// A code as typed, without separators.
pub(super) fn tidy(code: &str) -> String {
    let plain = code.chars().filter(char::is_ascii_alphanumeric);
    plain.take(64).collect::<String>().to_ascii_lowercase()
}

pub(super) fn is_of_app(tidy: &str) -> bool {
    tidy.len() == 6 && tidy.bytes().all(|b| b.is_ascii_digit())
}

/// A recovery code of 80 random bits, for people to copy: `abcd-efgh-jkmn-pqrs`.
pub(super) fn new_recovery() -> String {
    let bytes: [u8; 16] = crypto::random_bytes();
    let letters: Vec<char> = bytes
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]))
        .collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let sealer = Sealer::new(&[1; 32], "test");
        let sealed = seal(&sealer, UserId(1), b"12345678901234567890");
        let totp = open(&sealer, UserId(1), &sealed).unwrap();
        // Appendix B, the last six of eight digits.
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(step_of(&totp, code, UnixMs(seconds * 1_000)), Some(seconds / 30));
        }
        assert_eq!(step_of(&totp, "287082", UnixMs(89_000)), Some(1), "half a minute late");
        assert_eq!(step_of(&totp, "287082", UnixMs(120_000)), None, "a whole minute late");
        assert!(open(&sealer, UserId(2), &sealed).is_none(), "the secret of another row");
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        assert_eq!(tidy(" 123 456 "), "123456");
        assert!(is_of_app("123456") && !is_of_app("12345a") && !is_of_app("1234567"));
        let code = new_recovery();
        assert_eq!(tidy(&code.to_uppercase()), code.replace('-', ""));
        assert!(code.len() == 19 && code != new_recovery());
    }

    #[test]
    fn an_app_is_given_a_standard_address() {
        let sealer = Sealer::new(&[1; 32], "test");
        let sealed = seal(&sealer, UserId(1), b"12345678901234567890");
        let shown = enrolment(&sealer, UserId(1), &sealed, "ada@example.com").unwrap();
        assert!(shown.address.starts_with("otpauth://totp/"), "{}", shown.address);
        assert_eq!(shown.secret, "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }
}
