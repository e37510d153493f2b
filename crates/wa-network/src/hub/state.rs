//! The hub's state as a value, so that a demo can be stopped and started again with its linked devices.
//!
//! Transient state of connections (presence, running pairings, faults) is not part of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use wacore_binary::Node;
use wacore_binary::marshal::{marshal, unmarshal_ref};
use wacore_binary::util::unpack;

use super::Hub;
use super::accounts::{Account, AccountState, Device, read, write};
use super::groups::Group;
use super::outlet::{Outlet, Pending};
use super::pictures::Picture;
use super::types::{DeviceAddr, KeyBundle, NewAccount, Visibility};

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct HubState {
    counter: u64,
    accounts: Vec<SavedAccount>,
    groups: Vec<Group>,
    #[serde(default)]
    pictures: BTreeMap<String, Picture>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct SavedAccount {
    number: String,
    lid: String,
    name: String,
    identity: [u8; 32],
    created_at: i64,
    next_device: u16,
    key_index_list: Option<(Bytes64, i64)>,
    collections: BTreeMap<String, Vec<Bytes64>>,
    watchers: Vec<String>,
    devices: BTreeMap<u16, SavedDevice>,
    #[serde(default)]
    visibility: Visibility,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct SavedDevice {
    platform: String,
    key_index: u32,
    noise_public: Option<[u8; 32]>,
    identity_public: [u8; 32],
    device_identity: Option<Bytes64>,
    bundle: Option<KeyBundle>,
    /// Stanzas in their binary form.
    queue: Vec<Bytes64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Bytes64(#[serde(with = "super::b64")] Vec<u8>);

impl Hub {
    pub(crate) fn export_state(&self) -> HubState {
        let numbers = self.numbers();
        let accounts = numbers
            .iter()
            .filter_map(|number| self.account(number))
            .map(|account| saved(&account));
        HubState {
            counter: self.ids.counter(),
            accounts: accounts.collect(),
            groups: self.groups().values().cloned().collect(),
            pictures: self.pictures.lock().clone().into_iter().collect(),
        }
    }

    /// Restores accounts, devices and groups into an empty hub. Phones then connect by `attach_phone`.
    pub(crate) fn import_state(&self, state: HubState) {
        self.ids.continue_after(state.counter);
        let mut directory = write(&self.directory);
        for saved in state.accounts {
            let account = Arc::new(restored(&saved));
            for (device, SavedDevice { noise_public, .. }) in &saved.devices {
                if let Some(key) = noise_public {
                    directory.by_noise_key.insert(*key, account.addr(*device));
                }
            }
            directory.by_lid.insert(account.lid(), account.clone());
            directory.by_number.insert(account.number.clone(), account);
        }
        drop(directory);
        self.pictures.lock().extend(state.pictures);
        let mut groups = self.groups.lock();
        groups.extend(state.groups.into_iter().map(|group| (group.jid(), group)));
    }

    /// Reconnects a restored account's phone; queued stanzas come first.
    pub fn attach_phone(&self, number: &str) -> Option<UnboundedReceiver<Node>> {
        let (to_phone, stanzas) = unbounded_channel();
        let known = read(&self.directory).by_number.contains_key(number);
        if !known {
            return None;
        }
        self.with_device(&DeviceAddr::phone(number), |phone| {
            phone.outlet = Outlet::phone(to_phone)
        });
        self.set_online(number, true);
        Some(stanzas)
    }
}

fn saved(account: &Account) -> SavedAccount {
    let state = account.state();
    let AccountState {
        collections,
        devices,
        visibility,
        ..
    } = &*state;
    let patches = |patches: &Vec<Vec<u8>>| patches.iter().cloned().map(Bytes64).collect();
    SavedAccount {
        number: account.number.to_string(),
        lid: account.lid().to_string(),
        name: state.name.to_string(),
        identity: account.identity,
        created_at: account.created_at,
        next_device: state.next_device,
        key_index_list: state.key_index_list.clone().map(|(list, at)| (Bytes64(list), at)),
        collections: collections
            .iter()
            .map(|(name, list)| (name.clone(), patches(list)))
            .collect(),
        watchers: state.watchers.iter().map(|number| number.to_string()).collect(),
        devices: devices.iter().map(|(id, device)| (*id, saved_device(device))).collect(),
        visibility: visibility.clone(),
    }
}

fn saved_device(device: &Device) -> SavedDevice {
    let stanzas = device.queue.iter().filter_map(|pending| marshal(&pending.node).ok());
    SavedDevice {
        platform: device.platform.clone(),
        key_index: device.key_index,
        noise_public: device.noise_public,
        identity_public: device.identity_public,
        device_identity: device.device_identity.as_deref().map(|bytes| Bytes64(bytes.to_vec())),
        bundle: device.bundle.clone(),
        queue: stanzas.map(Bytes64).collect(),
    }
}

fn restored(saved: &SavedAccount) -> Account {
    // Until the phone is attached, its stanzas queue.
    let (to_nobody, _) = unbounded_channel();
    let account = Account::restored(
        &NewAccount {
            number: saved.number.clone(),
            lid: saved.lid.clone(),
            name: saved.name.clone(),
            identity_public: saved.identity,
        },
        to_nobody,
        saved.created_at,
    );
    account.set_visibility(saved.visibility.clone());
    {
        let mut state = account.state();
        state.next_device = saved.next_device;
        state.key_index_list = saved.key_index_list.clone().map(|(list, at)| (list.0, at));
        let patches = |list: &Vec<Bytes64>| list.iter().map(|patch| patch.0.clone()).collect();
        state.collections = saved
            .collections
            .iter()
            .map(|(name, list)| (name.clone(), patches(list)))
            .collect();
        state.watchers = saved.watchers.iter().map(|number| number.as_str().into()).collect();
        for (id, device) in &saved.devices {
            restore_device(&mut state, *id, device);
        }
    }
    account
}

fn restore_device(state: &mut AccountState, id: u16, saved: &SavedDevice) {
    let stanza = |bytes: &Bytes64| {
        let bytes = Bytes::from(bytes.0.clone());
        let node = unmarshal_ref(&unpack(&bytes).ok()?).ok()?.to_owned();
        Some(Pending { node: Arc::new(node) })
    };
    let old = state.devices.remove(&id);
    let outlet = match old.map(|phone| phone.outlet) {
        Some(Outlet::Phone { to_phone, .. }) => Outlet::Phone {
            to_phone,
            online: false,
        },
        _ => Outlet::Companion(None),
    };
    state.devices.insert(
        id,
        Device {
            platform: saved.platform.clone(),
            key_index: saved.key_index,
            noise_public: saved.noise_public,
            identity_public: saved.identity_public,
            device_identity: saved.device_identity.as_ref().map(|bytes| bytes.0.clone().into()),
            bundle: saved.bundle.clone(),
            outlet,
            queue: saved.queue.iter().filter_map(stanza).collect(),
            held: None,
        },
    );
}

#[cfg(test)]
mod tests {
    use super::super::testing::{hub_with, text};
    use super::*;
    use crate::server::ServerKeys;

    #[test]
    fn a_restored_hub_still_has_what_waited_for_an_offline_phone() {
        let (hub, _phones) = hub_with(&["1", "2"]);
        hub.create_group("1", "Both", &["2".to_owned()]).unwrap();
        hub.set_online("2", false);
        hub.submit(&DeviceAddr::phone("1"), text("2", "A"));
        let json = serde_json::to_string(&hub.export_state()).unwrap();

        let again = Hub::new(1, false, Arc::new(ServerKeys::from_seed(1)));
        again.import_state(serde_json::from_str(&json).unwrap());
        assert_eq!(again.groups_of("2").len(), 1);
        let mut stanzas = again.attach_phone("2").unwrap();
        let message = stanzas.try_recv().unwrap();
        assert!(super::super::stanza::attr_is(&message, "id", "A"));
        assert!(again.attach_phone("3").is_none());
    }
}
