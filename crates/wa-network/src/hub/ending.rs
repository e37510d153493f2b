//! Ends connections: by faults, by unlinking, all at once.

use super::Hub;
use super::stanza::{conflict, stream_error};
use super::types::DeviceAddr;
use crate::faults::{FaultKind, FaultSpec};

impl Hub {
    /// Faults that were armed while the session was offline.
    pub(super) fn faults_after_login(&self, addr: &DeviceAddr) {
        self.expiration_after_login(addr);
        let kinds = [FaultKind::Drop, FaultKind::Restart515];
        if let Some(hit) = self.faults.take(&addr.account, &kinds, false) {
            self.end_session(addr, hit.kind);
        }
    }

    /// A fault that waited for this session's message: it ends the connection instead of the acknowledgement.
    pub(super) fn fault_after_send(&self, addr: &DeviceAddr) -> bool {
        let Some(hit) = self.faults.take(&addr.account, &FaultKind::ENDING, true) else {
            return false;
        };
        if hit.kind == FaultKind::Banned {
            let ban = FaultSpec::new(FaultKind::Banned)
                .for_session(addr.account.as_ref())
                .ms(hit.ms);
            self.faults.arm(ban);
        }
        self.end_session(addr, hit.kind);
        true
    }

    /// Applies a fault that ends connections to the open ones it is armed for.
    pub(super) fn end_connected(&self, session: Option<&str>, kind: FaultKind) {
        for number in self.numbers() {
            if session.is_some_and(|wanted| wanted != number.as_ref()) {
                continue;
            }
            let open = self
                .devices(&number)
                .into_iter()
                .filter(|device| device.connected && !device.addr.is_phone());
            for device in open {
                // A ban is consumed by the login it refuses; here it only ends the connection.
                if kind == FaultKind::Banned {
                    self.with_device(&device.addr, |device| device.outlet.end(None));
                } else if let Some(hit) = self.faults.take(&number, &[kind], false) {
                    self.end_session(&device.addr, hit.kind);
                }
            }
        }
    }

    /// Ends one session's connection the way the fault says.
    pub(super) fn end_session(&self, addr: &DeviceAddr, kind: FaultKind) {
        match kind {
            FaultKind::LoggedOut => {
                self.unlink(addr);
            }
            FaultKind::Restart515 => {
                self.with_device(addr, |device| device.outlet.end(Some(stream_error(515))));
            }
            _ => {
                self.with_device(addr, |device| device.outlet.end(None));
            }
        }
    }

    /// Cuts every companion's connection, as in the outage of a data centre.
    pub(crate) fn end_all(&self) {
        for number in self.numbers() {
            if let Some(account) = self.account(&number) {
                account
                    .state()
                    .devices
                    .values_mut()
                    .for_each(|device| device.outlet.end(None));
            }
        }
    }

    /// Removes a companion from its account: it is notified and logged out, and others learn of the shorter list.
    /// False if there is no such companion.
    pub fn unlink(&self, addr: &DeviceAddr) -> bool {
        if addr.is_phone() {
            return false;
        }
        let Some(mut device) = self.forget_device(addr) else {
            return false;
        };
        device.outlet.end(Some(conflict("device_removed")));
        self.tell_device_change(addr, device.key_index, "remove");
        true
    }
}
