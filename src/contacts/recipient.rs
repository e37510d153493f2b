//! Reads a recipient in every form in which people and programs write it.

use wa_client::Address;

use crate::i18n::Text;
use crate::ids::PublicId;
use crate::numbers::{self, Refused, Why};

/// The recipient of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Recipient {
    Address(Address),
    Contact(PublicId),
    /// Without the `@`.
    Username(String),
}

/// The text identifies nobody; the message says which forms do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text())]
pub enum RecipientError {
    Number(Refused),
    Address,
    Contact,
    Username,
}

impl RecipientError {
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Number(refused) => match refused.why {
                // A text without any number may have been meant as something else.
                Why::Nothing | Why::Letters | Why::Unreadable | Why::Mail => {
                    refused.text().followed_by(Text::new("recipient-other-forms"))
                }
                _ => refused.text(),
            },
            Self::Address => Text::new("recipient-no-address"),
            Self::Contact => Text::new("recipient-no-contact"),
            Self::Username => Text::new("recipient-no-username"),
        }
    }
}

impl Recipient {
    /// Reads a phone number as [`numbers::read`] does in `country` (ISO 3166-1 alpha-2), a JID, a contact's id, or the
    /// `@username` of one.
    ///
    /// # Errors
    /// [`RecipientError`] for anything else.
    pub fn parse(text: &str, country: &str) -> Result<Self, RecipientError> {
        let text = text.trim();
        let is_jid = ["@s.whatsapp.net", "@c.us", "@lid", "@g.us", "@broadcast", "@newsletter"]
            .iter()
            .any(|server| text.ends_with(server));
        if is_jid {
            return jid(text).map(Self::Address).ok_or(RecipientError::Address);
        }
        if text.starts_with("con_") {
            return text.parse().map(Self::Contact).map_err(|_| RecipientError::Contact);
        }
        if let Some(username) = text.strip_prefix('@').filter(|name| is_username(name)) {
            return Ok(Self::Username(username.to_ascii_lowercase()));
        }
        numbers::read(text, country)
            .map(|number| Self::Address(Address::Phone(number.into_digits())))
            .map_err(RecipientError::Number)
    }
}

/// As WhatsApp has them.
fn is_username(name: &str) -> bool {
    (3..=35).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_'))
}

/// A person or a group; messages to broadcast lists and newsletters are not supported.
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
        let ana = Recipient::parse(" @Ana.Shop", "BR").unwrap();
        assert_eq!(ana, Recipient::Username("ana.shop".into()));
    }

    #[test]
    fn a_text_that_identifies_nobody_is_refused() {
        for text in [
            "",
            "12",
            "call Ana",
            "con_1",
            "status@broadcast",
            "x@s.whatsapp.net",
            "ana@example.com",
            "@an",
            "@ana shop",
            "12/05/1990",
            "+1234567890123456",
        ] {
            assert!(Recipient::parse(text, "BR").is_err(), "{text:?}");
        }
    }
}
