use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;
use wacore::store::traits::Backend;

use super::{Record, Word, address, answer, bytes32, few, record, sorted, user};

#[derive(Clone, Debug)]
pub(in super::super) enum SignalOp {
    PutIdentity(Word, [u8; 32]),
    PutIdentities(Vec<(Word, [u8; 32])>),
    LoadIdentity(Word),
    DeleteIdentity(Word),
    GetSession(Word),
    PutSession(Word, Record),
    PutSessions(Vec<(Word, Record)>),
    DeleteSession(Word),
    HasSession(Word),
    HasSignalState(Word),
    StorePrekey(u32, Record, bool),
    StorePrekeys(Vec<(u32, Record)>, bool),
    LoadPrekey(u32),
    LoadPrekeys(Vec<u32>),
    MarkPrekeysUploaded(Vec<u32>),
    RemovePrekey(u32),
    MaxPrekeyId,
    StoreSignedPrekey(u32, Record),
    LoadSignedPrekey(u32),
    LoadAllSignedPrekeys,
    RemoveSignedPrekey(u32),
    PutSenderKey(Word, Record),
    PutSenderKeys(Vec<(Word, Record)>),
    GetSenderKey(Word),
    DeleteSenderKey(Word),
}

use SignalOp::*;

pub(super) fn any_op() -> impl Strategy<Value = SignalOp> {
    prop_oneof![by_address(), prekeys(), others()]
}

fn by_address() -> impl Strategy<Value = SignalOp> {
    prop_oneof![
        (address(), bytes32()).prop_map(|(a, k)| PutIdentity(a, k)),
        few((address(), bytes32())).prop_map(PutIdentities),
        address().prop_map(LoadIdentity),
        address().prop_map(DeleteIdentity),
        address().prop_map(GetSession),
        (address(), record()).prop_map(|(a, r)| PutSession(a, r)),
        few((address(), record())).prop_map(PutSessions),
        address().prop_map(DeleteSession),
        address().prop_map(HasSession),
        user().prop_map(HasSignalState),
    ]
}

fn number() -> impl Strategy<Value = u32> {
    1..6_u32
}

fn prekeys() -> impl Strategy<Value = SignalOp> {
    prop_oneof![
        (number(), record(), any::<bool>()).prop_map(|(id, r, up)| StorePrekey(id, r, up)),
        (few((number(), record())), any::<bool>()).prop_map(|(keys, up)| StorePrekeys(keys, up)),
        number().prop_map(LoadPrekey),
        few(number()).prop_map(LoadPrekeys),
        few(number()).prop_map(MarkPrekeysUploaded),
        number().prop_map(RemovePrekey),
        Just(MaxPrekeyId),
    ]
}

fn others() -> impl Strategy<Value = SignalOp> {
    prop_oneof![
        (number(), record()).prop_map(|(id, r)| StoreSignedPrekey(id, r)),
        number().prop_map(LoadSignedPrekey),
        Just(LoadAllSignedPrekeys),
        number().prop_map(RemoveSignedPrekey),
        (address(), record()).prop_map(|(a, r)| PutSenderKey(a, r)),
        few((address(), record())).prop_map(PutSenderKeys),
        address().prop_map(GetSenderKey),
        address().prop_map(DeleteSenderKey),
    ]
}

fn shared(rows: &[(Word, Record)]) -> Vec<(Arc<str>, Bytes)> {
    rows.iter()
        .map(|(a, r)| (Arc::from(*a), Bytes::copy_from_slice(r)))
        .collect()
}

impl SignalOp {
    pub(super) async fn run(&self, b: &dyn Backend) -> String {
        match self {
            PutIdentity(a, key) => answer(b.put_identity(a, *key).await),
            PutIdentities(rows) => {
                let rows: Vec<_> = rows.iter().map(|(a, key)| (Arc::from(*a), *key)).collect();
                answer(b.put_identities_batch(&rows).await)
            }
            LoadIdentity(a) => answer(b.load_identity(a).await),
            DeleteIdentity(a) => answer(b.delete_identity(a).await),
            GetSession(a) => answer(b.get_session(a).await),
            PutSession(a, r) => answer(b.put_session(a, r).await),
            PutSessions(rows) => answer(b.put_sessions_batch(&shared(rows)).await),
            DeleteSession(a) => answer(b.delete_session(a).await),
            HasSession(a) => answer(b.has_session(a).await),
            HasSignalState(user) => answer(b.has_signal_state_for_user(user).await),
            StorePrekey(id, r, uploaded) => answer(b.store_prekey(*id, r, *uploaded).await),
            StorePrekeys(rows, uploaded) => {
                let rows: Vec<_> = rows.iter().map(|(id, r)| (*id, Bytes::copy_from_slice(r))).collect();
                answer(b.store_prekeys_batch(&rows, *uploaded).await)
            }
            LoadPrekey(id) => answer(b.load_prekey(*id).await),
            LoadPrekeys(ids) => sorted(b.load_prekeys_batch(ids).await),
            MarkPrekeysUploaded(ids) => answer(b.mark_prekeys_uploaded(ids).await),
            RemovePrekey(id) => answer(b.remove_prekey(*id).await),
            MaxPrekeyId => answer(b.get_max_prekey_id().await),
            StoreSignedPrekey(id, r) => answer(b.store_signed_prekey(*id, r).await),
            LoadSignedPrekey(id) => answer(b.load_signed_prekey(*id).await),
            LoadAllSignedPrekeys => sorted(b.load_all_signed_prekeys().await),
            RemoveSignedPrekey(id) => answer(b.remove_signed_prekey(*id).await),
            PutSenderKey(a, r) => answer(b.put_sender_key(a, r).await),
            PutSenderKeys(rows) => answer(b.put_sender_keys_batch(&shared(rows)).await),
            GetSenderKey(a) => answer(b.get_sender_key(a).await),
            DeleteSenderKey(a) => answer(b.delete_sender_key(a).await),
        }
    }
}
