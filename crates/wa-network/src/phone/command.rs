//! The commands of a phone's task.

use tokio::sync::oneshot;

use super::content::Content;
use super::linkcode::Exchange;
use super::receipts::Due;
use super::snapshot::PhoneSnapshot;
use super::types::{ChatMark, PastMessage, PhoneError, TypingState};
use crate::hub::{CompanionFinish, DeviceAddr, PairSuccess};

pub(super) type Reply<T> = oneshot::Sender<Result<T, PhoneError>>;

pub(super) enum Command {
    Send {
        to: String,
        content: Content,
        id: Option<String>,
        reply: Reply<Vec<String>>,
    },
    Typing {
        to: String,
        state: TypingState,
        reply: Reply<()>,
    },
    Mark {
        chat: String,
        mark: ChatMark,
        reply: Reply<()>,
    },
    AddContact {
        number: String,
        name: String,
        reply: Reply<()>,
    },
    SetOnline {
        online: bool,
        reply: Reply<()>,
    },
    Remember {
        past: Vec<PastMessage>,
        reply: Reply<()>,
    },
    Snapshot {
        reply: Reply<PhoneSnapshot>,
    },
    /// A receipt whose delay has passed.
    Receipt(Due),
    Link(LinkStep),
    Stop,
}

/// The steps of linking and unlinking a companion. Other commands may run in between.
pub(super) enum LinkStep {
    /// Sign a companion's identity with the secret its code showed.
    Sign {
        identity: [u8; 32],
        secret: [u8; 32],
        reply: Reply<PairSuccess>,
    },
    /// A companion is linked: send it keys, history and name.
    Linked {
        device: DeviceAddr,
        reply: Reply<()>,
    },
    /// A pairing failed: its key index is not valid.
    Unsigned {
        key_index: u32,
    },
    /// First step of linking by code: what to answer to the companion's hello.
    StartExchange {
        code: String,
        /// The companion's ephemeral key, wrapped with the code.
        wrapped: Vec<u8>,
        reply: Reply<Exchange>,
    },
    /// Last step: the secret, if the code was right.
    FinishExchange {
        exchange: Box<Exchange>,
        finish: CompanionFinish,
        reply: Reply<[u8; 32]>,
    },
    Unlink {
        device: u16,
        reply: Reply<()>,
    },
}
