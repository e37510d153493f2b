use std::sync::Arc;

use proptest::prelude::*;
use wacore::store::traits::{Backend, MsgSecretEntry, PendingInboundKey, PendingInboundRow};

use super::{MessageKey, Record, Word, answer, bytes32, cutoff, few, group, id, message, record, time};

type Secret = (MessageKey, [u8; 32], i64, i64);

#[derive(Clone, Debug)]
pub(in super::super) enum MessageOp {
    StoreSent(Word, Word, Record),
    TakeSent(Word, Word),
    DeleteExpiredSent(i64),
    StorePending(MessageKey, Record),
    StorePendingBatch(Vec<(MessageKey, Record)>),
    GetPending(MessageKey),
    DeletePending(MessageKey),
    DeletePendingBatch(Vec<MessageKey>),
    DeleteExpiredPending(i64),
    PutSecret(MessageKey, [u8; 32]),
    PutSecrets(Vec<Secret>),
    GetSecret(MessageKey),
    GetSecretWithTs(MessageKey),
    DeleteExpiredSecrets(i64),
}

use MessageOp::*;

pub(super) fn any_op() -> impl Strategy<Value = MessageOp> {
    prop_oneof![sent(), pending(), secrets()]
}

fn sent() -> impl Strategy<Value = MessageOp> {
    prop_oneof![
        2 => (group(), id(), record()).prop_map(|(c, i, r)| StoreSent(c, i, r)),
        2 => (group(), id()).prop_map(|(c, i)| TakeSent(c, i)),
        1 => cutoff().prop_map(DeleteExpiredSent),
    ]
}

fn pending() -> impl Strategy<Value = MessageOp> {
    prop_oneof![
        (message(), record()).prop_map(|(m, r)| StorePending(m, r)),
        few((message(), record())).prop_map(StorePendingBatch),
        message().prop_map(GetPending),
        message().prop_map(DeletePending),
        few(message()).prop_map(DeletePendingBatch),
        cutoff().prop_map(DeleteExpiredPending),
    ]
}

fn secrets() -> impl Strategy<Value = MessageOp> {
    prop_oneof![
        (message(), bytes32()).prop_map(|(m, s)| PutSecret(m, s)),
        few((message(), bytes32(), time(), time())).prop_map(PutSecrets),
        message().prop_map(GetSecret),
        message().prop_map(GetSecretWithTs),
        time().prop_map(DeleteExpiredSecrets),
    ]
}

fn entry((key, secret, expires_at, message_ts): &Secret) -> MsgSecretEntry {
    MsgSecretEntry {
        chat: Arc::from(key.0),
        sender: Arc::from(key.1),
        msg_id: Arc::from(key.2),
        secret: *secret,
        expires_at: *expires_at,
        message_ts: *message_ts,
    }
}

impl MessageOp {
    pub(super) async fn run(&self, b: &dyn Backend) -> String {
        match self {
            StoreSent(chat, id, r) => answer(b.store_sent_message(chat, id, r).await),
            TakeSent(chat, id) => answer(b.take_sent_message(chat, id).await),
            DeleteExpiredSent(cutoff) => answer(b.delete_expired_sent_messages(*cutoff).await),
            StorePending((chat, sender, id), r) => answer(b.store_pending_inbound(chat, sender, id, r).await),
            StorePendingBatch(rows) => {
                let row = |((chat, sender, id), message)| PendingInboundRow {
                    chat,
                    sender,
                    id,
                    message,
                };
                let rows: Vec<_> = rows.iter().map(|(key, r)| (*key, r.as_slice())).map(row).collect();
                answer(b.store_pending_inbound_batch(&rows).await)
            }
            GetPending((chat, sender, id)) => answer(b.get_pending_inbound(chat, sender, id).await),
            DeletePending((chat, sender, id)) => answer(b.delete_pending_inbound(chat, sender, id).await),
            DeletePendingBatch(keys) => {
                let key = |&(chat, sender, id): &MessageKey| PendingInboundKey { chat, sender, id };
                let keys: Vec<_> = keys.iter().map(key).collect();
                answer(b.delete_pending_inbound_batch(&keys).await)
            }
            DeleteExpiredPending(cutoff) => answer(b.delete_expired_pending_inbound(*cutoff).await),
            PutSecret((chat, sender, id), secret) => answer(b.put_msg_secret(chat, sender, id, secret).await),
            PutSecrets(rows) => answer(b.put_msg_secrets(rows.iter().map(entry).collect()).await),
            GetSecret((chat, sender, id)) => answer(b.get_msg_secret(chat, sender, id).await),
            GetSecretWithTs((chat, sender, id)) => answer(b.get_msg_secret_with_ts(chat, sender, id).await),
            DeleteExpiredSecrets(cutoff) => answer(b.delete_expired_msg_secrets(*cutoff).await),
        }
    }
}
