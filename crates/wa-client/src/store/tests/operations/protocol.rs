use proptest::prelude::*;
use proptest::sample::select;
use wacore::store::traits::{Backend, DeviceInfo, DeviceListRecord, LidPnMappingEntry};

use super::{Record, Word, address, answer, few, group, id, record, sorted, time, user};

type Mapping = (Word, Word, i64);
type DeviceList = (Word, Vec<u32>);

#[derive(Clone, Debug)]
pub(in super::super) enum ProtocolOp {
    GetSenderKeyDevices(Word),
    SetSenderKeyStatus(Word, Vec<(Word, bool)>),
    ClearSenderKeyDevices(Word),
    DeleteSenderKeyDeviceRows(Vec<Word>),
    ClearAllSenderKeyDevices,
    GetLidMapping(Word),
    GetPnMapping(Word),
    PutLidMapping(Mapping),
    PutLidMappings(Vec<Mapping>),
    GetAllLidMappings,
    SaveBaseKey(Word, Word, Record),
    HasSameBaseKey(Word, Word, Record),
    DeleteBaseKey(Word, Word),
    UpdateDeviceList(DeviceList),
    UpdateDeviceLists(Vec<DeviceList>),
    GetDevices(Word),
    DeleteDevices(Word),
    GetGroupMetadata(Word),
    PutGroupMetadata(Word, Record),
    DeleteGroupMetadata(Word),
}

use ProtocolOp::*;

pub(super) fn any_op() -> impl Strategy<Value = ProtocolOp> {
    prop_oneof![groups(), mappings(), devices()]
}

fn groups() -> impl Strategy<Value = ProtocolOp> {
    prop_oneof![
        group().prop_map(GetSenderKeyDevices),
        (group(), few((address(), any::<bool>()))).prop_map(|(g, d)| SetSenderKeyStatus(g, d)),
        group().prop_map(ClearSenderKeyDevices),
        few(address()).prop_map(DeleteSenderKeyDeviceRows),
        Just(ClearAllSenderKeyDevices),
        group().prop_map(GetGroupMetadata),
        (group(), record()).prop_map(|(g, r)| PutGroupMetadata(g, r)),
        group().prop_map(DeleteGroupMetadata),
    ]
}

fn mappings() -> impl Strategy<Value = ProtocolOp> {
    let phone = || select(vec!["491", "492", "493"]);
    let mapping = move || (user(), phone(), time());
    prop_oneof![
        user().prop_map(GetLidMapping),
        phone().prop_map(GetPnMapping),
        mapping().prop_map(PutLidMapping),
        few(mapping()).prop_map(PutLidMappings),
        Just(GetAllLidMappings),
    ]
}

fn devices() -> impl Strategy<Value = ProtocolOp> {
    // Only two base keys, so that they are sometimes equal.
    let base_key = || select(vec![vec![1_u8; 33], vec![2; 33]]);
    let list = || (user(), few(0..4_u32));
    prop_oneof![
        (address(), id(), base_key()).prop_map(|(a, i, k)| SaveBaseKey(a, i, k)),
        (address(), id(), base_key()).prop_map(|(a, i, k)| HasSameBaseKey(a, i, k)),
        (address(), id()).prop_map(|(a, i)| DeleteBaseKey(a, i)),
        list().prop_map(UpdateDeviceList),
        few(list()).prop_map(UpdateDeviceLists),
        user().prop_map(GetDevices),
        user().prop_map(DeleteDevices),
    ]
}

fn entry((lid, phone, at): Mapping) -> LidPnMappingEntry {
    LidPnMappingEntry {
        lid: lid.to_owned(),
        phone_number: phone.to_owned(),
        created_at: at,
        updated_at: at + 1,
        learning_source: "usync".to_owned(),
    }
}

fn list((user, devices): &DeviceList) -> DeviceListRecord {
    DeviceListRecord {
        user: (*user).to_owned(),
        devices: devices
            .iter()
            .map(|id| DeviceInfo::new(*id, Some(id + 1)).with_hosting(id % 2 == 0))
            .collect(),
        timestamp: 5,
        phash: devices.first().map(|id| format!("2:{id}")),
        raw_id: devices.last().copied(),
    }
}

impl ProtocolOp {
    pub(super) async fn run(&self, b: &dyn Backend) -> String {
        match self {
            GetSenderKeyDevices(g) => sorted(b.get_sender_key_devices(g).await),
            SetSenderKeyStatus(g, devices) => answer(b.set_sender_key_status(g, devices).await),
            ClearSenderKeyDevices(g) => answer(b.clear_sender_key_devices(g).await),
            DeleteSenderKeyDeviceRows(devices) => answer(b.delete_sender_key_device_rows(devices).await),
            ClearAllSenderKeyDevices => answer(b.clear_all_sender_key_devices().await),
            GetLidMapping(lid) => answer(b.get_lid_mapping(lid).await),
            GetPnMapping(phone) => answer(b.get_pn_mapping(phone).await),
            PutLidMapping(mapping) => answer(b.put_lid_mapping(&entry(*mapping)).await),
            PutLidMappings(mappings) => {
                let entries: Vec<_> = mappings.iter().copied().map(entry).collect();
                answer(b.put_lid_mappings(&entries).await)
            }
            GetAllLidMappings => sorted(b.get_all_lid_mappings().await),
            SaveBaseKey(a, id, key) => answer(b.save_base_key(a, id, key).await),
            HasSameBaseKey(a, id, key) => answer(b.has_same_base_key(a, id, key).await),
            DeleteBaseKey(a, id) => answer(b.delete_base_key(a, id).await),
            UpdateDeviceList(devices) => answer(b.update_device_list(list(devices)).await),
            UpdateDeviceLists(lists) => answer(b.update_device_lists(lists.iter().map(list).collect()).await),
            GetDevices(user) => answer(b.get_devices(user).await),
            DeleteDevices(user) => answer(b.delete_devices(user).await),
            GetGroupMetadata(g) => answer(b.get_group_metadata(g).await),
            PutGroupMetadata(g, r) => answer(b.put_group_metadata(g, r).await),
            DeleteGroupMetadata(g) => answer(b.delete_group_metadata(g).await),
        }
    }
}
