//! Reads a recipient in every form that people and programs write it.

use std::str::FromStr as _;

use phonenumber::country;
use wa_client::Address;

use crate::ids::PublicId;

/// Who a message is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Recipient {
    Address(Address),
    Contact(PublicId),
}

/// The text names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "Not a recipient: write a phone number with its country code (+55 11 99999-0001), a WhatsApp address \
     (…@s.whatsapp.net, …@lid, …@g.us) or a contact's id."
)]
pub struct RecipientError;

impl Recipient {
    /// Reads E.164 in any punctuation, a national number of `country` (ISO 3166-1 alpha-2), a JID, or a contact's id.
    ///
    /// # Errors
    /// [`RecipientError`] for anything else.
    pub fn parse(text: &str, country: &str) -> Result<Self, RecipientError> {
        let text = text.trim();
        if text.contains('@') {
            return jid(text).map(Self::Address).ok_or(RecipientError);
        }
        if text.starts_with("con_") {
            return text.parse().map(Self::Contact).map_err(|_| RecipientError);
        }
        phone(text, country)
            .map(|digits| Self::Address(Address::Phone(digits)))
            .ok_or(RecipientError)
    }
}

/// A person or a group; nobody writes to a broadcast list or a newsletter by hand.
fn jid(text: &str) -> Option<Address> {
    let address: Address = text.parse().ok()?;
    let all_digits = |id: &str| id.bytes().all(|b| b.is_ascii_digit());
    match &address {
        Address::Phone(digits) if all_digits(digits) && digits.len() <= 15 => Some(address),
        Address::Lid(id) if all_digits(id) => Some(address),
        Address::Group(id) if id.bytes().all(|b| b.is_ascii_digit() || b == b'-') => Some(address),
        _ => None,
    }
}

/// The digits of E.164. A number that is valid in the country is national; else it is read as if it had a plus.
fn phone(text: &str, country: &str) -> Option<String> {
    let usual = |c: char| c.is_ascii_digit() || "+-(). /\u{a0}\u{2011}".contains(c);
    if !text.chars().all(usual) {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if text.starts_with('+') {
        return international(&digits);
    }
    if let Some(rest) = digits.strip_prefix("00") {
        return international(rest);
    }
    let home = country::Id::from_str(country).ok();
    let national = phonenumber::parse(home, text).ok().filter(phonenumber::is_valid);
    national.map(|number| e164(&number)).or_else(|| international(&digits))
}

/// Digits with a country code. What the numbering plans call impossible may exist all the same (test networks, new
/// ranges), so only the length of E.164 decides; WhatsApp knows who exists.
fn international(digits: &str) -> Option<String> {
    if !(8..=15).contains(&digits.len()) || digits.starts_with('0') {
        return None;
    }
    let parsed = phonenumber::parse(None, format!("+{digits}"))
        .ok()
        .filter(phonenumber::is_valid);
    Some(parsed.map_or_else(|| digits.to_owned(), |number| e164(&number)))
}

fn e164(number: &phonenumber::PhoneNumber) -> String {
    number
        .format()
        .mode(phonenumber::Mode::E164)
        .to_string()
        .trim_start_matches('+')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str, country: &str) -> Option<String> {
        match Recipient::parse(text, country) {
            Ok(Recipient::Address(Address::Phone(digits))) => Some(digits),
            _ => None,
        }
    }

    #[test]
    fn a_number_is_read_in_any_usual_form() {
        for text in [
            "+55 11 99999-0001",
            "+55 (11) 99999.0001",
            "0055 11 99999 0001",
            "5511999990001",
            "11 99999-0001",
            "(011) 99999-0001",
            "5511999990001@s.whatsapp.net",
            "5511999990001:3@s.whatsapp.net",
        ] {
            assert_eq!(digits(text, "BR").as_deref(), Some("5511999990001"), "{text}");
        }
    }

    #[test]
    fn a_number_of_another_country_is_read_without_its_plus() {
        assert_eq!(digits("4915112345678", "BR").as_deref(), Some("4915112345678"));
        assert_eq!(digits("0151 12345678", "DE").as_deref(), Some("4915112345678"));
    }

    #[test]
    fn groups_lids_and_contacts_are_recipients() {
        let group = Recipient::parse("120363041234567890@g.us", "BR").unwrap();
        assert_eq!(group, Recipient::Address(Address::Group("120363041234567890".into())));
        assert_eq!(
            Recipient::parse("77@lid", "BR").unwrap(),
            Recipient::Address(Address::Lid("77".into()))
        );
        let id = PublicId::new("con");
        assert_eq!(Recipient::parse(id.as_str(), "BR").unwrap(), Recipient::Contact(id));
    }

    #[test]
    fn what_names_nobody_is_refused() {
        for text in [
            "",
            "12",
            "call Ana",
            "con_1",
            "status@broadcast",
            "x@s.whatsapp.net",
            "+1234567890123456",
        ] {
            assert_eq!(Recipient::parse(text, "BR"), Err(RecipientError), "{text:?}");
        }
    }
}
