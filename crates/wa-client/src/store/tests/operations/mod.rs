//! Every method of the library's five storage traits as a value, so that tests can choose them at random.
//!
//! Keys come from small pools, so that operations share rows; some are prefixes of others, one is empty.

mod app_sync;
mod device;
mod messages;
mod protocol;
mod signal;
mod tokens;

use std::fmt::Debug;

use proptest::prelude::*;
use proptest::sample::select;
use wacore::store::Device;
use wacore::store::error::StoreError;
use wacore::store::traits::Backend;

pub(super) use device::DeviceOp;

type Record = Vec<u8>;
type Word = &'static str;
type MessageKey = (Word, Word, Word);

#[derive(Clone, Debug)]
pub(super) enum Operation {
    Signal(signal::SignalOp),
    AppSync(app_sync::AppSyncOp),
    Protocol(protocol::ProtocolOp),
    Token(tokens::TokenOp),
    Message(messages::MessageOp),
    Device(DeviceOp),
}

/// The number of kinds, one for each method; the oracle test checks that all have run.
pub(super) const KINDS: usize = 82;

pub(super) fn any_operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => signal::any_op().prop_map(Operation::Signal),
        2 => app_sync::any_op().prop_map(Operation::AppSync),
        3 => protocol::any_op().prop_map(Operation::Protocol),
        2 => tokens::any_op().prop_map(Operation::Token),
        3 => messages::any_op().prop_map(Operation::Message),
        1 => device::any_op().prop_map(Operation::Device),
    ]
}

impl Operation {
    pub(super) fn kind(&self) -> String {
        let inner = match self {
            Self::Signal(op) => format!("{op:?}"),
            Self::AppSync(op) => format!("{op:?}"),
            Self::Protocol(op) => format!("{op:?}"),
            Self::Token(op) => format!("{op:?}"),
            Self::Message(op) => format!("{op:?}"),
            Self::Device(op) => format!("{op:?}"),
        };
        inner.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned()
    }

    /// Runs the operation and returns its result in an order-independent form.
    pub(super) async fn run(&self, backend: &dyn Backend, base: &Device) -> String {
        match self {
            Self::Signal(op) => op.run(backend).await,
            Self::AppSync(op) => op.run(backend).await,
            Self::Protocol(op) => op.run(backend).await,
            Self::Token(op) => op.run(backend).await,
            Self::Message(op) => op.run(backend).await,
            Self::Device(op) => op.run(backend, base).await,
        }
    }
}

fn answer<T: Debug>(result: Result<T, StoreError>) -> String {
    format!("{:?}", result.unwrap())
}

fn sorted<T: Debug>(result: Result<Vec<T>, StoreError>) -> String {
    let mut rows: Vec<_> = result.unwrap().iter().map(|row| format!("{row:?}")).collect();
    rows.sort();
    rows.join("\n")
}

fn address() -> impl Strategy<Value = Word> {
    select(vec![
        "155@s",
        "155:3@s",
        "1550@s",
        "1550:1@lid",
        "15@lid",
        "ä@s",
        "15A@s",
        "15;",
        "",
    ])
}

fn user() -> impl Strategy<Value = Word> {
    select(vec!["155", "1550", "15", "ä", "9", ""])
}

fn group() -> impl Strategy<Value = Word> {
    select(vec!["1@g", "2@g"])
}

fn id() -> impl Strategy<Value = Word> {
    select(vec!["A", "B", "AB"])
}

fn message() -> impl Strategy<Value = MessageKey> {
    (group(), select(vec!["x@s", "y@s"]), id())
}

fn record() -> impl Strategy<Value = Record> {
    prop::collection::vec(any::<u8>(), 0..40)
}

fn bytes32() -> impl Strategy<Value = [u8; 32]> {
    select(vec![[1; 32], [2; 32], [3; 32]])
}

fn time() -> impl Strategy<Value = i64> {
    0..6_i64
}

/// None or all of the rows stored now are older than this.
fn cutoff() -> impl Strategy<Value = i64> {
    select(vec![0, i64::MAX])
}

fn few<S: Strategy>(of: S) -> impl Strategy<Value = Vec<S::Value>> {
    prop::collection::vec(of, 0..5)
}
