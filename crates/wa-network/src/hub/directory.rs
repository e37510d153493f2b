//! The accounts of the network, and looking them up.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use wacore_binary::{Jid, Node};

use super::Hub;
use super::accounts::{Account, Device, read, write};
use super::types::{AccountExists, DeviceAddr, DeviceInfo, NewAccount, Visibility};

impl Hub {
    /// Adds a phone to the network. The receiver yields every stanza for device 0, acks included.
    pub fn add_account(&self, account: NewAccount) -> Result<UnboundedReceiver<Node>, AccountExists> {
        let (to_phone, stanzas) = unbounded_channel();
        let account = Arc::new(Account::new(&account, to_phone));
        account.set_visibility(Visibility {
            lid_only: self.lid_only.load(Ordering::Relaxed),
            ..Visibility::default()
        });
        let mut directory = write(&self.directory);
        if directory.by_number.contains_key(&account.number) {
            return Err(AccountExists);
        }
        directory.by_lid.insert(account.lid(), account.clone());
        directory.by_number.insert(account.number.clone(), account);
        Ok(stanzas)
    }

    /// The LID this network gives a number; the same for the same seed.
    pub fn lid_for(&self, number: &str) -> String {
        self.ids.lid_for(number)
    }

    /// The LID of an account, if the number has one.
    pub fn lid_of(&self, number: &str) -> Option<Arc<str>> {
        self.account(number).map(|account| account.lid())
    }

    /// Gives an account another LID, as WhatsApp does at times; the one before finds nobody from then on. Whoever writes to
    /// it is told by the fault `refresh_lid`. `None` if there is no such account.
    pub fn change_lid(&self, number: &str) -> Option<Arc<str>> {
        let account = self.account(number)?;
        let before = account.lid();
        let lid: Arc<str> = self.ids.lid_for(&format!("{number} after {before}")).into();
        let mut directory = write(&self.directory);
        directory.by_lid.remove(&before);
        directory.by_lid.insert(lid.clone(), account.clone());
        account.set_lid(lid.clone());
        Some(lid)
    }

    /// The number behind a LID.
    pub fn number_of_lid(&self, lid: &str) -> Option<Arc<str>> {
        read(&self.directory)
            .by_lid
            .get(lid)
            .map(|account| account.number.clone())
    }

    /// What others see of an account's number.
    pub fn visibility(&self, number: &str) -> Option<Visibility> {
        self.account(number).map(|account| account.state().visibility.clone())
    }

    /// False if there is no such account.
    pub fn set_visibility(&self, number: &str, visibility: Visibility) -> bool {
        let account = self.account(number);
        if let Some(account) = &account {
            account.set_visibility(visibility);
        }
        account.is_some()
    }

    /// Makes every account show its LID alone, those to come too; or its number again, unless it hides that.
    pub fn set_lid_only(&self, lid_only: bool) {
        self.lid_only.store(lid_only, Ordering::Relaxed);
        for account in self.numbers().iter().filter_map(|number| self.account(number)) {
            let visibility = account.state().visibility.clone();
            account.set_visibility(Visibility { lid_only, ..visibility });
        }
    }

    /// Whether stanzas name an account by LID alone.
    pub fn shows_lid_only(&self, number: &str) -> bool {
        self.account(number).is_some_and(|account| account.lid_only())
    }

    /// An account's address without a device: the LID where asked for or where others see nothing else.
    pub fn address_of(&self, number: &str, by_lid: bool) -> Jid {
        match self.account(number) {
            Some(account) if by_lid || account.lid_only() => account.lid_jid(0),
            _ => Jid::pn(number),
        }
    }

    /// The name others see.
    pub fn name_of(&self, number: &str) -> Option<Arc<str>> {
        self.account(number).map(|account| account.state().name.clone())
    }

    /// The device a jid of either namespace means.
    pub fn resolve(&self, jid: &Jid) -> Option<DeviceAddr> {
        self.account_of(jid).map(|account| account.addr(jid.device))
    }

    /// All devices of an account, the phone first. Empty for a number that is not on the network.
    pub fn devices(&self, number: &str) -> Vec<DeviceInfo> {
        let Some(account) = self.account(number) else {
            return Vec::new();
        };
        let state = account.state();
        let info = |(id, device): (&u16, &Device)| DeviceInfo {
            addr: account.addr(*id),
            key_index: device.key_index,
            platform: device.platform.clone(),
            connected: device.outlet.is_connected(),
            waiting: device.queue.iter().filter(|pending| pending.is_message()).count(),
            identity_public: device.identity_public,
            device_identity: device.device_identity.as_deref().map(<[u8]>::to_vec),
        };
        state.devices.iter().map(info).collect()
    }

    /// The addresses of an account's devices, the phone first.
    pub(super) fn device_addrs(&self, number: &str) -> Vec<DeviceAddr> {
        let Some(account) = self.account(number) else {
            return Vec::new();
        };
        let state = account.state();
        state.devices.keys().map(|device| account.addr(*device)).collect()
    }

    /// Stores the `ADVSignedKeyIndexList` of a phone (`at`: unix seconds). Call it before
    /// `complete_pairing` and `unlink`, which notify others of the new list.
    pub fn set_key_index_list(&self, number: &str, signed: Vec<u8>, at: i64) {
        if let Some(account) = self.account(number) {
            account.state().key_index_list = Some((signed, at));
        }
    }

    /// One of the numbers that have an account.
    pub fn numbers(&self) -> Vec<Arc<str>> {
        let mut numbers: Vec<_> = read(&self.directory).by_number.keys().cloned().collect();
        numbers.sort();
        numbers
    }

    pub(super) fn account(&self, number: &str) -> Option<Arc<Account>> {
        read(&self.directory).by_number.get(number).cloned()
    }

    /// The account of a dialled number. WhatsApp registers some accounts under the number that they had when they were
    /// created, and finds them by both: Brazil with and without the ninth digit, Mexico with and without
    /// the 1, Argentina with and without the 9.
    pub(super) fn dialled(&self, digits: &str) -> Option<Arc<Account>> {
        self.account(digits).or_else(|| self.account(&other_form(digits)?))
    }

    pub(super) fn account_of(&self, jid: &Jid) -> Option<Arc<Account>> {
        let directory = read(&self.directory);
        let map = match jid {
            jid if jid.is_lid() => &directory.by_lid,
            jid if jid.is_pn() => &directory.by_number,
            _ => return None,
        };
        map.get(jid.user.as_str()).cloned()
    }

    pub(super) fn with_device<T>(&self, addr: &DeviceAddr, work: impl FnOnce(&mut Device) -> T) -> Option<T> {
        let account = self.account(&addr.account)?;
        let mut state = account.state();
        state.devices.get_mut(&addr.device).map(work)
    }
}

/// The same number before or after its country changed its plan.
fn other_form(digits: &str) -> Option<String> {
    let (code, national) = digits.split_at_checked(2)?;
    match (code, national.len()) {
        ("55", 11) => {
            let (area, subscriber) = national.split_at(2);
            Some(format!("55{area}{}", subscriber.strip_prefix('9')?))
        }
        ("55", 10) => {
            let (area, subscriber) = national.split_at(2);
            Some(format!("55{area}9{subscriber}"))
        }
        ("52", 11) => Some(format!("52{}", national.strip_prefix('1')?)),
        ("52", 10) => Some(format!("521{national}")),
        ("54", 11) => Some(format!("54{}", national.strip_prefix('9')?)),
        ("54", 10) => Some(format!("549{national}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::hub_with;
    use super::*;

    #[test]
    fn a_number_is_taken_once() {
        let (hub, _phones) = hub_with(&["1"]);
        let again = NewAccount {
            number: "1".to_owned(),
            lid: "2".to_owned(),
            name: "Again".to_owned(),
            identity_public: [0; 32],
        };
        assert!(hub.add_account(again).is_err());
        assert_eq!(hub.number_of_lid(&hub.lid_for("1")).as_deref(), Some("1"));
        let other = hub.change_lid("1").unwrap();
        assert_eq!(hub.number_of_lid(&other).as_deref(), Some("1"));
        assert_eq!(hub.number_of_lid(&hub.lid_for("1")), None);
    }
}
