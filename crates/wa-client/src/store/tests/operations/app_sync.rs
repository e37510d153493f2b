use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use wacore::appstate::hash::HashState;
use wacore::appstate::processor::AppStateMutationMAC;
use wacore::store::traits::{AppStateSyncKey, Backend};

use super::{Record, Word, answer, bytes32, few, id, record, time};

#[derive(Clone, Debug)]
pub(in super::super) enum AppSyncOp {
    GetSyncKey(Record),
    SetSyncKey(Record, Record, i64),
    GetVersion(Word),
    SetVersion(Word, u64, Record),
    PutMacs(Word, Vec<([u8; 32], Record)>),
    GetMac(Word, [u8; 32]),
    GetMacs(Word, Vec<[u8; 32]>),
    DeleteMacs(Word, Vec<[u8; 32]>),
    ClearMacs(Word),
    LatestSyncKeyId,
}

use AppSyncOp::*;

pub(super) fn any_op() -> impl Strategy<Value = AppSyncOp> {
    let key_id = || select(vec![vec![1_u8], vec![1, 2], vec![3]]);
    prop_oneof![
        key_id().prop_map(GetSyncKey),
        (key_id(), record(), time()).prop_map(|(id, r, t)| SetSyncKey(id, r, t)),
        id().prop_map(GetVersion),
        (id(), any::<u64>(), record()).prop_map(|(n, v, r)| SetVersion(n, v, r)),
        (id(), few((bytes32(), record()))).prop_map(|(n, macs)| PutMacs(n, macs)),
        (id(), bytes32()).prop_map(|(n, mac)| GetMac(n, mac)),
        (id(), few(bytes32())).prop_map(|(n, macs)| GetMacs(n, macs)),
        (id(), few(bytes32())).prop_map(|(n, macs)| DeleteMacs(n, macs)),
        id().prop_map(ClearMacs),
        Just(LatestSyncKeyId),
    ]
}

impl AppSyncOp {
    pub(super) async fn run(&self, b: &dyn Backend) -> String {
        match self {
            GetSyncKey(id) => answer(b.get_sync_key(id).await),
            SetSyncKey(id, key, timestamp) => {
                let key = AppStateSyncKey {
                    key_data: key.clone(),
                    fingerprint: vec![9],
                    timestamp: *timestamp,
                };
                answer(b.set_sync_key(id, key).await)
            }
            GetVersion(name) => answer(b.get_version(name).await),
            SetVersion(name, version, value) => {
                let mut state = HashState {
                    version: *version,
                    ..HashState::default()
                };
                state.hash[5] = value.first().copied().unwrap_or_default();
                state.index_value_map.insert("index".to_owned(), value.clone());
                answer(b.set_version(name, state).await)
            }
            PutMacs(name, macs) => {
                let mac = |(index, value): &([u8; 32], Record)| AppStateMutationMAC {
                    index_mac: index.to_vec(),
                    value_mac: value.clone(),
                };
                let macs: Vec<_> = macs.iter().map(mac).collect();
                answer(b.put_mutation_macs(name, 1, &macs).await)
            }
            GetMac(name, index) => answer(b.get_mutation_mac(name, index).await),
            GetMacs(name, indices) => {
                let found = b.get_mutation_macs(name, indices).await;
                answer(found.map(|found| found.into_iter().collect::<BTreeMap<_, _>>()))
            }
            DeleteMacs(name, indices) => {
                let indices: Vec<_> = indices.iter().map(|index| index.to_vec()).collect();
                answer(b.delete_mutation_macs(name, &indices).await)
            }
            ClearMacs(name) => answer(b.clear_mutation_macs(name).await),
            LatestSyncKeyId => answer(b.get_latest_sync_key_id().await),
        }
    }
}
