//! The events of an open session. Inbound messages do not come this way: see [`crate::InboundSink`].

use std::time::Duration;

use crate::{Address, GroupNews, ProxyTrouble, Quota, TimeLock};

/// A link's events, in order. The stream ends when the link is closed or has given up.
#[derive(Clone)]
pub enum LinkEvent {
    /// A QR code to show; it replaces the previous one.
    Qr {
        code: String,
        valid_for: Duration,
    },
    /// Nobody scanned in time; the link has stopped.
    QrExhausted,
    /// A pairing code to type on the phone, formatted `ABCD-EFGH`.
    PairingCode {
        code: String,
        valid_for: Duration,
    },
    /// The server refused to issue a pairing code, or the code was wrong.
    PairingCodeFailed {
        why: String,
    },
    /// The current code no longer works: the connection it was requested over has ended, or WhatsApp cancelled it.
    PairingCodeLost {
        code: String,
    },
    /// The phone accepted this device. `phone` is digits in E.164 without `+`.
    Paired {
        phone: String,
        lid: Option<String>,
        platform: Option<String>,
    },
    PairingFailed {
        why: String,
    },
    /// WhatsApp wants the account's passkey before it links: `request` is the question to an authenticator, in the form of
    /// the web's `PublicKeyCredentialRequestOptions`. Answer it with [`crate::Link::answer_passkey`].
    PasskeyWanted {
        request: String,
    },
    /// The passkey was right. The phone shows the same code, and [`crate::Link::confirm_passkey`] goes on.
    PasskeyCode {
        code: String,
        /// The account was linked here before, so nobody needs to compare.
        known: bool,
    },
    /// The number runs on Meta's Business Platform, too; such numbers cannot be linked.
    PairingRefusedForPlatform,
    /// Logged in, offline messages drained, frames flow.
    Connected,
    /// The socket is closed; the client reconnects after `retry_in`, if it does.
    Disconnected {
        why: String,
        retry_in: Option<Duration>,
    },
    /// The proxy did not let the client through to WhatsApp; the client tries again after `retry_in`.
    ProxyFailed {
        trouble: ProxyTrouble,
        why: String,
        retry_in: Option<Duration>,
    },
    /// The pairing has ended: its keys are of no further use. The caller decides when to delete them.
    LoggedOut {
        reason: LoggedOutReason,
    },
    Banned {
        why: String,
        expires_in: Option<Duration>,
    },
    /// Another client logged in as this device.
    Replaced,
    /// WhatsApp requires a newer client version.
    Outdated,
    /// The server refused the login for another reason; the link has stopped.
    Refused {
        code: i32,
        why: String,
    },
    Ack(Ack),
    Receipt(Receipt),
    Typing {
        chat: Address,
        sender: Address,
        state: TypingState,
    },
    /// Our own profile name, as the phone set it.
    ProfileName {
        name: String,
    },
    Group(GroupNews),
    Call(Call),
    /// It rings no more: answered on another device of ours, or given up.
    CallEnded {
        id: String,
        answered: bool,
    },
    /// The owner marked a conversation as read or unread on the phone, in the list of chats.
    ChatMarked {
        chat: Address,
        read: bool,
        at_ms: i64,
    },
    /// The phone answered [`crate::Link::ask_history`], and what it sent is stored.
    OlderHistory {
        chat: Address,
        /// There is nothing before that.
        ended: bool,
    },
    /// The phone sends its history after linking; so much of it is stored.
    HistoryProgress {
        percent: u32,
    },
    /// WhatsApp locks new chats of this account, or ends the lock.
    TimeLock(TimeLock),
    Quota(Quota),
    /// WhatsApp refuses this version of the client from then on.
    ClientRetires {
        at_ms: i64,
    },
}

/// Somebody calls one of our devices, and not a group.
#[derive(Clone)]
pub struct Call {
    pub id: String,
    pub from: Address,
    /// The other address of the caller, if WhatsApp named it.
    pub alt: Option<Address>,
    pub video: bool,
    /// Not from while we were offline.
    pub rings: bool,
    pub at_ms: i64,
    /// The device that calls and who made the call, as the client needs them to answer.
    pub peer: String,
    pub creator: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LoggedOutReason {
    /// The owner removed the device on the phone.
    RemovedOnPhone,
    /// The server refused the login permanently (401, 403, 406).
    RefusedAtLogin,
    /// Requested by the caller.
    Requested,
}

/// The server's response to a message of ours: acknowledged, or refused with a code.
#[derive(Clone)]
pub struct Ack {
    pub id: String,
    pub error: Option<AckError>,
}

/// The server's refusal of one message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AckError {
    /// For example 463: new chats are locked for this account for a time.
    pub code: u32,
}

/// What became of messages at those who received them.
#[derive(Clone)]
pub struct Receipt {
    pub chat: Address,
    pub sender: Address,
    pub ids: Vec<String>,
    pub kind: ReceiptKind,
    pub at_ms: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ReceiptKind {
    Delivered,
    Read,
    Played,
    /// Read on another of our own devices.
    ReadSelf,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TypingState {
    Composing,
    Recording,
    Paused,
}
