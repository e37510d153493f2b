//! Converts between the library's JIDs and our addresses.

use wacore_binary::{Jid, Server};

use crate::Address;

/// The account or group of a JID; the device part is dropped.
pub(super) fn address_of(jid: &Jid) -> Address {
    match jid.server {
        Server::Pn | Server::Hosted | Server::Legacy => Address::Phone(jid.user.to_string()),
        Server::Lid | Server::HostedLid => Address::Lid(jid.user.to_string()),
        Server::Group => Address::Group(jid.user.to_string()),
        _ => Address::Other(jid.to_non_ad().to_string()),
    }
}

/// `None` when the library does not support the address.
pub(super) fn jid_of(address: &Address) -> Option<Jid> {
    Some(match address {
        Address::Phone(digits) => Jid::pn(digits.as_str()),
        Address::Lid(id) => Jid::lid(id.as_str()),
        Address::Group(id) => Jid::group(id.as_str()),
        Address::Other(jid) => jid.parse().ok()?,
    })
}

/// Parses a JID in text form, as it occurs inside messages.
pub(super) fn address_in(text: &str) -> Option<Address> {
    match text.parse::<Jid>() {
        Ok(jid) => Some(address_of(&jid)),
        Err(_unknown_server) => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_address_round_trips() {
        for text in [
            "5511999990001@s.whatsapp.net",
            "77@lid",
            "120363-1@g.us",
            "status@broadcast",
            "1203@newsletter",
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address_of(&jid_of(&address).unwrap()), address, "{text}");
        }
    }

    #[test]
    fn a_device_is_its_account() {
        assert_eq!(
            address_of(&"5511999990001:7@s.whatsapp.net".parse().unwrap()),
            Address::Phone("5511999990001".into())
        );
        assert_eq!(address_in("12:3@lid"), Some(Address::Lid("12".into())));
    }
}
