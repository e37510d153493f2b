//! Accounts, their devices and public keys.

use parking_lot::{Mutex, MutexGuard, RwLock};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc::UnboundedSender;
use wacore_binary::{Jid, Node};

use super::appstate::Collections;
use super::outlet::Outlet;
use super::outlet::Pending;
use super::stanza::now;
use super::types::{DeviceAddr, KeyBundle, NewAccount, Visibility};
use super::verdicts::Verdicts;

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
    /// Never held while another lock is taken.
    lid: RwLock<Arc<str>>,
    pub identity: [u8; 32],
    /// Unix seconds.
    pub created_at: i64,
    lid_only: AtomicBool,
    state: Mutex<AccountState>,
}

pub(super) struct AccountState {
    pub name: Arc<str>,
    pub devices: BTreeMap<u16, Device>,
    /// Device numbers are never reused.
    pub next_device: u16,
    /// `ADVSignedKeyIndexList` bytes and when the phone signed them (unix seconds).
    pub key_index_list: Option<(Vec<u8>, i64)>,
    pub collections: Collections,
    /// Accounts that queried this one's device list and must be notified of changes.
    pub watchers: HashSet<Arc<str>>,
    /// Devices that subscribed to this account's presence.
    pub subscribers: HashSet<DeviceAddr>,
    /// Devices of this account that sent available presence.
    pub available: HashSet<u16>,
    /// Unix seconds of the last time the account stopped being available.
    pub last_seen: i64,
    pub sent_ids: RecentIds,
    pub visibility: Visibility,
    pub verdicts: Verdicts,
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
            lid: RwLock::new(account.lid.as_str().into()),
            identity: account.identity_public,
            created_at,
            lid_only: AtomicBool::new(false),
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
                visibility: Visibility::default(),
                verdicts: Verdicts::default(),
            }),
        }
    }

    /// A poisoned lock means a panic elsewhere; the maps themselves are still whole.
    pub fn state(&self) -> MutexGuard<'_, AccountState> {
        self.state.lock()
    }

    pub fn addr(&self, device: u16) -> DeviceAddr {
        DeviceAddr::new(self.number.clone(), device)
    }

    pub fn pn(&self, device: u16) -> Jid {
        Jid::pn_device(self.number.as_ref(), device)
    }

    pub fn lid_jid(&self, device: u16) -> Jid {
        Jid::lid_device(self.lid().as_ref(), device)
    }

    pub fn lid(&self) -> Arc<str> {
        self.lid.read().clone()
    }

    pub fn set_lid(&self, lid: Arc<str>) {
        *self.lid.write() = lid;
    }

    /// Whether stanzas name it by LID alone. Takes no lock, so that it may be asked under the account's own.
    pub fn lid_only(&self) -> bool {
        self.lid_only.load(Ordering::Relaxed)
    }

    pub fn set_visibility(&self, visibility: Visibility) {
        let lid_only = visibility.hidden || visibility.lid_only;
        self.state().visibility = visibility;
        self.lid_only.store(lid_only, Ordering::Relaxed);
    }

    /// The device's address in the namespace of `like`, or the only one that others may see.
    pub fn jid_like(&self, like: &Jid, device: u16) -> Jid {
        if like.is_lid() || self.lid_only() {
            self.lid_jid(device)
        } else {
            self.pn(device)
        }
    }
}

impl Account {
    /// The device's address as others see it: by number, unless the account shows its LID alone.
    pub fn seen(&self, device: u16) -> Jid {
        self.jid_like(&self.pn(0), device)
    }
}

pub(super) fn read<T>(lock: &RwLock<T>) -> parking_lot::RwLockReadGuard<'_, T> {
    lock.read()
}

pub(super) fn write<T>(lock: &RwLock<T>) -> parking_lot::RwLockWriteGuard<'_, T> {
    lock.write()
}
