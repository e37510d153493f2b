//! Accounts, their devices and public keys.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use wacore_binary::{Jid, Node};

use super::appstate::Collections;
use super::delivery::Outlet;
use super::stanza::now;
use super::types::{AccountExists, DeviceAddr, DeviceInfo, FetchedBundle, KeyBundle, NewAccount};
use super::{Hub, delivery::Pending};

/// How many message ids per account are remembered to recognise a resend.
const REMEMBERED_IDS: usize = 20_000;

#[derive(Default)]
pub(super) struct Directory {
    pub by_number: HashMap<Arc<str>, Arc<Account>>,
    pub by_lid: HashMap<Arc<str>, Arc<Account>>,
    /// Noise public key seen at pairing → the device that may log in with it.
    pub by_noise_key: HashMap<[u8; 32], DeviceAddr>,
}

pub(super) struct Account {
    pub number: Arc<str>,
    pub lid: Arc<str>,
    pub identity: [u8; 32],
    /// Unix seconds.
    pub created_at: i64,
    state: Mutex<AccountState>,
}

pub(super) struct AccountState {
    pub name: Arc<str>,
    pub devices: BTreeMap<u16, Device>,
    /// Device numbers are never given out twice.
    pub next_device: u16,
    /// `ADVSignedKeyIndexList` bytes and when the phone signed them (unix seconds).
    pub key_index_list: Option<(Vec<u8>, i64)>,
    pub collections: Collections,
    /// Accounts that asked for this one's device list and must hear of changes.
    pub watchers: HashSet<Arc<str>>,
    /// Devices that subscribed to this account's presence.
    pub subscribers: HashSet<DeviceAddr>,
    /// Devices of this account that said they are available.
    pub available: HashSet<u16>,
    /// Unix seconds of the last time the account stopped being available.
    pub last_seen: i64,
    pub sent_ids: RecentIds,
}

pub(super) struct Device {
    pub platform: String,
    pub key_index: u32,
    pub noise_public: Option<[u8; 32]>,
    pub identity_public: [u8; 32],
    /// `ADVSignedDeviceIdentity` bytes; companions only.
    pub device_identity: Option<Arc<[u8]>>,
    pub bundle: Option<KeyBundle>,
    pub outlet: Outlet,
    /// Stanzas this device has not acknowledged yet, oldest first.
    pub queue: VecDeque<Pending>,
    /// A message held back by a `reorder` fault.
    pub held: Option<Arc<Node>>,
}

/// The last message ids of an account, to count resends.
#[derive(Default)]
pub(super) struct RecentIds {
    known: HashSet<String>,
    order: VecDeque<String>,
}

impl RecentIds {
    /// False when the id was seen before.
    pub fn insert(&mut self, id: &str) -> bool {
        if !self.known.insert(id.to_owned()) {
            return false;
        }
        self.order.push_back(id.to_owned());
        if self.order.len() > REMEMBERED_IDS
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

impl Device {
    pub fn phone(identity_public: [u8; 32], to_phone: UnboundedSender<Node>) -> Self {
        Self {
            platform: "android".to_owned(),
            key_index: 0,
            noise_public: None,
            identity_public,
            device_identity: None,
            bundle: None,
            outlet: Outlet::phone(to_phone),
            queue: VecDeque::new(),
            held: None,
        }
    }
}

impl Account {
    pub fn new(account: &NewAccount, to_phone: UnboundedSender<Node>) -> Self {
        Self::restored(account, to_phone, now())
    }

    pub fn restored(account: &NewAccount, to_phone: UnboundedSender<Node>, created_at: i64) -> Self {
        let phone = Device::phone(account.identity_public, to_phone);
        Self {
            number: account.number.as_str().into(),
            lid: account.lid.as_str().into(),
            identity: account.identity_public,
            created_at,
            state: Mutex::new(AccountState {
                name: account.name.as_str().into(),
                devices: BTreeMap::from([(0, phone)]),
                next_device: 1,
                key_index_list: None,
                collections: Collections::default(),
                watchers: HashSet::new(),
                subscribers: HashSet::new(),
                available: HashSet::new(),
                last_seen: now(),
                sent_ids: RecentIds::default(),
            }),
        }
    }

    /// A poisoned lock means a panic elsewhere; the maps themselves are still whole.
    pub fn state(&self) -> MutexGuard<'_, AccountState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn addr(&self, device: u16) -> DeviceAddr {
        DeviceAddr::new(self.number.clone(), device)
    }

    pub fn pn(&self, device: u16) -> Jid {
        Jid::pn_device(self.number.as_ref(), device)
    }

    pub fn lid_jid(&self, device: u16) -> Jid {
        Jid::lid_device(self.lid.as_ref(), device)
    }

    /// The device's address in the namespace of `like`.
    pub fn jid_like(&self, like: &Jid, device: u16) -> Jid {
        if like.is_lid() {
            self.lid_jid(device)
        } else {
            self.pn(device)
        }
    }
}

pub(super) fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    /// Adds a phone to the network. The receiver yields every stanza for device 0, acks included.
    pub fn add_account(&self, account: NewAccount) -> Result<UnboundedReceiver<Node>, AccountExists> {
        let (to_phone, stanzas) = unbounded_channel();
        let account = Arc::new(Account::new(&account, to_phone));
        let mut directory = write(&self.directory);
        if directory.by_number.contains_key(&account.number) {
            return Err(AccountExists);
        }
        directory.by_lid.insert(account.lid.clone(), account.clone());
        directory.by_number.insert(account.number.clone(), account);
        Ok(stanzas)
    }

    /// The LID this network gives a number; the same for the same seed.
    pub fn lid_for(&self, number: &str) -> String {
        self.ids.lid_for(number)
    }

    /// The LID of an account, if the number has one.
    pub fn lid_of(&self, number: &str) -> Option<Arc<str>> {
        self.account(number).map(|account| account.lid.clone())
    }

    /// The number behind a LID.
    pub fn number_of_lid(&self, lid: &str) -> Option<Arc<str>> {
        read(&self.directory)
            .by_lid
            .get(lid)
            .map(|account| account.number.clone())
    }

    /// The name others see.
    pub fn name_of(&self, number: &str) -> Option<Arc<str>> {
        self.account(number).map(|account| account.state().name.clone())
    }

    /// The device a jid of either namespace means.
    pub fn resolve(&self, jid: &Jid) -> Option<DeviceAddr> {
        self.account_of(jid).map(|account| account.addr(jid.device))
    }

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

    /// Hands out a device's bundle and with it one of its one-time keys.
    pub fn fetch_bundle(&self, addr: &DeviceAddr) -> Option<FetchedBundle> {
        self.with_device(addr, |device| {
            let bundle = device.bundle.as_mut()?;
            let prekey = (!bundle.prekeys.is_empty()).then(|| bundle.prekeys.remove(0));
            Some(FetchedBundle {
                registration_id: bundle.registration_id,
                identity: bundle.identity,
                signed_prekey: bundle.signed_prekey.clone(),
                prekey,
                device_identity: device.device_identity.as_deref().map(<[u8]>::to_vec),
            })
        })
        .flatten()
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
    /// `complete_pairing` and `unlink`, which tell others about the new list.
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
