use proptest::prelude::*;
use wacore::store::traits::{Backend, TcTokenEntry};

use super::{Record, Word, address, answer, record, sorted, time};

#[derive(Clone, Debug)]
pub(in super::super) enum TokenOp {
    GetToken(Word),
    PutToken(Word, Record, i64, Option<i64>),
    DeleteToken(Word),
    AllTokenJids,
    DeleteExpiredTokens(i64, i64),
    TouchToken(Word, i64),
    ReceiveToken(Word, Record, i64),
}

use TokenOp::*;

pub(super) fn any_op() -> impl Strategy<Value = TokenOp> {
    prop_oneof![
        address().prop_map(GetToken),
        (address(), record(), time(), prop::option::of(time())).prop_map(|(a, r, t, s)| PutToken(a, r, t, s)),
        address().prop_map(DeleteToken),
        Just(AllTokenJids),
        (time(), time()).prop_map(|(token, sender)| DeleteExpiredTokens(token, sender)),
        (address(), time()).prop_map(|(a, t)| TouchToken(a, t)),
        (address(), record(), time()).prop_map(|(a, r, t)| ReceiveToken(a, r, t)),
    ]
}

impl TokenOp {
    pub(super) async fn run(&self, b: &dyn Backend) -> String {
        match self {
            GetToken(a) => answer(b.get_tc_token(a).await),
            PutToken(a, token, token_timestamp, sender_timestamp) => {
                let (token_timestamp, sender_timestamp) = (*token_timestamp, *sender_timestamp);
                let entry = TcTokenEntry {
                    token: token.clone(),
                    token_timestamp,
                    sender_timestamp,
                };
                answer(b.put_tc_token(a, &entry).await)
            }
            DeleteToken(a) => answer(b.delete_tc_token(a).await),
            AllTokenJids => sorted(b.get_all_tc_token_jids().await),
            DeleteExpiredTokens(token, sender) => answer(b.delete_expired_tc_tokens(*token, *sender).await),
            TouchToken(a, at) => answer(b.touch_tc_token_sender_timestamp(a, *at).await),
            ReceiveToken(a, token, at) => answer(b.store_received_tc_token(a, token, *at).await),
        }
    }
}
