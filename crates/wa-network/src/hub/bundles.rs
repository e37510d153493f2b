//! The Signal keys that devices publish on the server.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Server};

use super::Hub;
use super::types::{DeviceAddr, FetchedBundle, KeyBundle};

/// Below this many one-time keys a companion is asked for more.
const LOW_WATER: usize = 5;

impl Hub {
    /// Puts a device's public keys on the server; one-time keys are added to those still there.
    pub fn publish_bundle(&self, addr: &DeviceAddr, bundle: KeyBundle) {
        self.with_device(addr, |device| match &mut device.bundle {
            Some(old) => {
                let mut prekeys = std::mem::take(&mut old.prekeys);
                prekeys.extend(bundle.prekeys);
                *old = KeyBundle { prekeys, ..bundle };
            }
            empty => *empty = Some(bundle),
        });
    }

    /// Fetches a device's bundle, which consumes one of its one-time keys.
    pub fn fetch_bundle(&self, addr: &DeviceAddr) -> Option<FetchedBundle> {
        let (bundle, left) = self.with_device(addr, |device| {
            let bundle = device.bundle.as_mut()?;
            let prekey = (!bundle.prekeys.is_empty()).then(|| bundle.prekeys.remove(0));
            let fetched = FetchedBundle {
                registration_id: bundle.registration_id,
                identity: bundle.identity,
                signed_prekey: bundle.signed_prekey.clone(),
                prekey,
                device_identity: device.device_identity.as_deref().map(<[u8]>::to_vec),
            };
            Some((fetched, bundle.prekeys.len()))
        })??;
        // Asked once, when the reserve is reached.
        if left + 1 == LOW_WATER && bundle.prekey.is_some() && !addr.is_phone() {
            let count = NodeBuilder::new("count").attr("value", left).build();
            let news = self.notification(Jid::new("", Server::Pn), "encrypt").children([count]);
            self.deliver(addr, news.build());
        }
        Some(bundle)
    }
}

#[cfg(test)]
mod tests {
    use super::super::stanza::attr_is;
    use super::super::testing::{connect, hub_with, link};

    #[test]
    fn a_companion_that_runs_out_of_prekeys_is_asked_once_for_more() {
        let (hub, _phones) = hub_with(&["1"]);
        let companion = link(&hub, "1");
        let mut socket = connect(&hub, &companion);
        for _ in 0..3 {
            assert!(hub.fetch_bundle(&companion).unwrap().prekey.is_some());
        }
        assert!(socket.stanzas().is_empty());
        for _ in 0..5 {
            hub.fetch_bundle(&companion).unwrap();
        }
        let asked = socket.stanzas();
        assert!(asked.len() == 1 && attr_is(&asked[0], "type", "encrypt"));
        assert!(hub.fetch_bundle(&companion).unwrap().prekey.is_none());
    }
}
