//! The sender or recipient of a message, without the device.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An account or group on WhatsApp. The text form is its JID, and it is stored in that form.
///
/// A person can have two addresses at once (a phone number and a LID); neither is an identity, see the product's
/// contacts room. `Debug` hides the digits.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Address {
    /// Digits in E.164 without `+`.
    Phone(String),
    /// WhatsApp's hidden id of a person.
    Lid(String),
    /// A group.
    Group(String),
    /// Anything else (newsletter, status, broadcast list), kept as its whole JID so that nothing is lost.
    Other(String),
}

/// The text is not a JID: it has no `user@server` form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a WhatsApp address: expected user@server")]
pub struct AddressError;

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(jid: &str) -> Result<Self, AddressError> {
        let (user, server) = jid.split_once('@').ok_or(AddressError)?;
        if user.is_empty() || server.is_empty() {
            return Err(AddressError);
        }
        // A device suffix (`123:7@lid`) and an agent suffix (`123.0`) name a device of the same account.
        let account = user.split([':', '.']).next().unwrap_or(user).to_owned();
        Ok(match server {
            "s.whatsapp.net" | "c.us" => Self::Phone(account),
            "lid" => Self::Lid(account),
            "g.us" => Self::Group(user.to_owned()),
            _ => Self::Other(jid.to_owned()),
        })
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(jid: String) -> Result<Self, AddressError> {
        jid.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(digits) => write!(f, "{digits}@s.whatsapp.net"),
            Self::Lid(id) => write!(f, "{id}@lid"),
            Self::Group(id) => write!(f, "{id}@g.us"),
            Self::Other(jid) => f.write_str(jid),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Phone(_) => "Phone(…)",
            Self::Lid(_) => "Lid(…)",
            Self::Group(_) => "Group(…)",
            Self::Other(_) => "Other(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_suffix_names_the_same_account() {
        assert_eq!(
            "5511999990001:7@s.whatsapp.net".parse(),
            Ok(Address::Phone("5511999990001".into()))
        );
        assert_eq!("123:2@lid".parse(), Ok(Address::Lid("123".into())));
    }

    #[test]
    fn text_form_round_trips() {
        for jid in [
            "5511999990001@s.whatsapp.net",
            "77@lid",
            "120363-1@g.us",
            "status@broadcast",
        ] {
            assert_eq!(jid.parse::<Address>().expect("valid").to_string(), jid);
        }
    }

    #[test]
    fn debug_hides_the_number() {
        assert!(!format!("{:?}", Address::Phone("5511999990001".into())).contains("5511"));
    }

    #[test]
    fn text_without_a_server_is_refused() {
        assert_eq!("5511999990001".parse::<Address>(), Err(AddressError));
        assert_eq!("@lid".parse::<Address>(), Err(AddressError));
    }
}
