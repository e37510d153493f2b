//! Logs devices in and out, and notifies others when an account's device list changes.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::Hub;
use super::accounts::{Device, read, write};
use super::outlet::{Link, Outbound, Outlet};
use super::stanza::{conflict, now};
use super::types::DeviceAddr;
use crate::faults::FaultKind;

/// Why a login is refused; sent as `<failure>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoginRefused {
    /// The key is not that of a paired device (any more).
    NotPaired,
    /// A temporary ban; it ends after so many seconds.
    Banned { expire: u64 },
    /// The client's version is no longer accepted.
    OldVersion,
}

impl LoginRefused {
    pub(crate) fn stanza(self) -> Node {
        match self {
            Self::NotPaired => NodeBuilder::new("failure")
                .attr("reason", 401_u16)
                .attr("location", "sim")
                .build(),
            Self::OldVersion => NodeBuilder::new("failure")
                .attr("reason", 405_u16)
                .attr("location", "sim")
                .build(),
            Self::Banned { expire } => NodeBuilder::new("failure")
                .attr("reason", 402_u16)
                .attr("code", 101_u16)
                .attr("expire", expire)
                .build(),
        }
    }
}

impl Hub {
    /// Checks a login: the Noise key must be the one from the pairing of this very device.
    pub(crate) fn authenticate(
        &self,
        noise_public: &[u8; 32],
        number: &str,
        device: u16,
    ) -> Result<DeviceAddr, LoginRefused> {
        let known = read(&self.directory).by_noise_key.get(noise_public).cloned();
        let addr = known
            .filter(|addr| addr.account.as_ref() == number && addr.device == device)
            .ok_or(LoginRefused::NotPaired)?;
        if self.refuses_version(number) {
            return Err(LoginRefused::OldVersion);
        }
        if let Some(ban) = self.faults.take(number, &[FaultKind::Banned], false) {
            let expire = if ban.ms == 0 { 3600 } else { ban.ms.div_ceil(1000) };
            return Err(LoginRefused::Banned { expire });
        }
        if self.faults.take(number, &[FaultKind::LoggedOut], false).is_some() {
            self.unlink(&addr);
            return Err(LoginRefused::NotPaired);
        }
        Ok(addr)
    }

    /// Whether a client's version counts as too old; without a number, that of a companion to be paired.
    pub(crate) fn refuses_version(&self, number: &str) -> bool {
        self.faults.take_any(number, &[FaultKind::OldVersion405]).is_some()
    }

    /// Whether a number's next companion is signed as that of a number in coexistence with the Business Platform.
    pub(crate) fn signs_as_coexistence(&self, number: &str) -> bool {
        self.faults.take_any(number, &[FaultKind::SignatureMismatch]).is_some()
    }

    /// Makes a connection the device's; an older one is notified that it was replaced.
    /// Returns the number to `detach` with, `None` if the device is gone.
    pub(crate) fn attach(&self, addr: &DeviceAddr, to_socket: UnboundedSender<Outbound>) -> Option<u64> {
        let id = self.ids.next();
        let success = self.success(addr)?;
        self.with_device(addr, |device| {
            device.outlet.end(Some(conflict("replaced")));
            drop(to_socket.send(Outbound::Stanza(Arc::new(success))));
            device.outlet = Outlet::Companion(Some(Link {
                id,
                to_socket,
                active: false,
            }));
        })?;
        self.stats.logged_in();
        Some(id)
    }

    /// The connection is closed. A newer one of the same device stays.
    pub(crate) fn detach(&self, addr: &DeviceAddr, id: u64) {
        let gone = self.with_device(addr, |device| match &mut device.outlet {
            Outlet::Companion(link) if link.as_ref().is_none_or(|link| link.id == id) => {
                *link = None;
                true
            }
            _ => false,
        });
        if gone == Some(true) {
            self.became_unavailable(addr);
        }
    }

    fn success(&self, addr: &DeviceAddr) -> Option<Node> {
        let account = self.account(&addr.account)?;
        let success = NodeBuilder::new("success")
            .attr("t", now())
            .attr("lid", account.lid_jid(addr.device))
            .attr("props", 27_u8)
            .attr("abprops", 10_u8)
            .attr("group_abprops", 11_u8)
            .attr("location", "sim")
            .attr("creation", account.created_at)
            .attr("display_name", account.state().name.as_ref())
            .attr("companion_enc_static", "");
        Some(success.build())
    }

    /// Removes a device from its account and its key from those that may log in.
    pub(super) fn forget_device(&self, addr: &DeviceAddr) -> Option<Device> {
        let account = self.account(&addr.account)?;
        let device = {
            let mut state = account.state();
            state.available.remove(&addr.device);
            state.devices.remove(&addr.device)?
        };
        if let Some(key) = device.noise_public {
            write(&self.directory).by_noise_key.remove(&key);
        }
        Some(device)
    }

    /// Notifies the account's other devices and everyone who queried its device list of a change
    /// (`add` or `remove`) of one companion.
    pub(super) fn tell_device_change(&self, changed: &DeviceAddr, key_index: u32, change: &'static str) {
        let Some(account) = self.account(&changed.account) else {
            return;
        };
        let watchers: Vec<_> = account.state().watchers.iter().cloned().collect();
        let own = std::iter::once(account.number.clone());
        let devices = own.chain(watchers).flat_map(|number| self.device_addrs(&number));
        for addr in devices.filter(|addr| addr != changed) {
            // Own devices know each other by number.
            let own = addr.account == account.number;
            let seen = |device| if own { account.pn(device) } else { account.seen(device) };
            let list = self.key_index_list_node(&account.number);
            let device = NodeBuilder::new("device")
                .attr("jid", seen(changed.device))
                .attr("lid", account.lid_jid(changed.device))
                .attr("key-index", key_index);
            let change = NodeBuilder::new(change)
                .attr("device_hash", "2:sim")
                .children([device.build(), list])
                .build();
            self.deliver(
                &addr,
                self.notification(seen(0), "devices")
                    .attr("lid", account.lid_jid(0))
                    .children([change])
                    .build(),
            );
        }
    }

    /// `<key-index-list ts>` with the phone's signed list; without that, clients ignore companions.
    pub(super) fn key_index_list_node(&self, number: &str) -> Node {
        let list = self
            .account(number)
            .and_then(|account| account.state().key_index_list.clone());
        match list {
            Some((signed, at)) => NodeBuilder::new("key-index-list").attr("ts", at).bytes(signed).build(),
            None => NodeBuilder::new("key-index-list").attr("ts", now()).build(),
        }
    }

    /// The head of a `<notification>` of the server's own.
    pub(super) fn notification(&self, from: Jid, kind: &'static str) -> NodeBuilder {
        NodeBuilder::new("notification")
            .attr("from", from)
            .attr("id", self.ids.stanza())
            .attr("t", now())
            .attr("type", kind)
    }
}

#[cfg(test)]
mod tests {
    use super::super::stanza::attr_is;
    use super::super::testing::{NOISE_KEY, connect, hub_with, link};
    use super::*;
    use crate::faults::FaultSpec;

    #[test]
    fn only_the_key_seen_at_pairing_logs_a_device_in() {
        let (hub, _phones) = hub_with(&["1", "2"]);
        let companion = link(&hub, "1");
        assert_eq!(hub.authenticate(&NOISE_KEY, "1", 1), Ok(companion.clone()));
        assert_eq!(hub.authenticate(&NOISE_KEY, "1", 2), Err(LoginRefused::NotPaired));
        assert_eq!(hub.authenticate(&NOISE_KEY, "2", 1), Err(LoginRefused::NotPaired));
        assert_eq!(hub.authenticate(&[8; 32], "1", 1), Err(LoginRefused::NotPaired));
        assert!(hub.unlink(&companion) && !hub.unlink(&companion));
        assert_eq!(hub.authenticate(&NOISE_KEY, "1", 1), Err(LoginRefused::NotPaired));
    }

    #[test]
    fn a_ban_lasts_for_as_many_logins_as_its_count() {
        let (hub, _phones) = hub_with(&["1"]);
        link(&hub, "1");
        hub.inject_fault(FaultSpec::new(FaultKind::Banned).for_session("1").ms(5000));
        let refused = hub.authenticate(&NOISE_KEY, "1", 1);
        assert_eq!(refused, Err(LoginRefused::Banned { expire: 5 }));
        assert!(hub.authenticate(&NOISE_KEY, "1", 1).is_ok());
    }

    #[test]
    fn a_second_login_replaces_the_first_and_survives_its_end() {
        let (hub, _phones) = hub_with(&["1"]);
        let companion = link(&hub, "1");
        let mut older = connect(&hub, &companion);
        let _newer = connect(&hub, &companion);
        let last_word = older.stanzas().pop().unwrap();
        assert!(attr_is(
            last_word.get_optional_child("conflict").unwrap(),
            "type",
            "replaced"
        ));
        hub.detach(&companion, older.link);
        assert!(hub.devices("1")[1].connected);
    }
}
