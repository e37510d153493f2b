//! Why a message is not with its reader yet, and how a number fares with the people it writes to.

use std::time::Duration;

use super::model::{Failure, Message, Status};
use crate::clock::UnixMs;

crate::words!(
    /// What a message on its way out waits for, beyond its turn.
    pub enum Wait {
        /// WhatsApp has no keys of the recipient's phone, so it could not read the message.
        Keys = "keys",
        /// WhatsApp has locked new chats for a time.
        Lock = "lock",
        /// WhatsApp allows no more new chats before the next cycle.
        Quota = "quota",
        /// It was just sent from a page, and can be taken back for a moment.
        Undo = "undo",
    }
);

/// Why a message waits, and when it is tried again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waits {
    pub why: Wait,
    pub until: UnixMs,
}

crate::words!(
    /// A message's state as people and programs are told it: the status, or the two that are finer than it.
    pub enum Shown {
        Received = "received",
        Pending = "pending",
        /// On its way out, and waiting for keys of the recipient's phone.
        WaitingForKeys = "waiting_for_keys",
        Sent = "sent",
        /// WhatsApp has it, and nobody got it for too long.
        Unreached = "unreached",
        Delivered = "delivered",
        Read = "read",
        Played = "played",
        Failed = "failed",
    }
);

impl Shown {
    #[must_use]
    pub const fn of(status: Status, waits_for_keys: bool, unreached: bool) -> Self {
        match status {
            Status::Received => Self::Received,
            Status::Pending if waits_for_keys => Self::WaitingForKeys,
            Status::Pending => Self::Pending,
            Status::Sent if unreached => Self::Unreached,
            Status::Sent => Self::Sent,
            Status::Delivered => Self::Delivered,
            Status::Read => Self::Read,
            Status::Played => Self::Played,
            Status::Failed => Self::Failed,
        }
    }
}

impl Message {
    /// The state that programs are told.
    #[must_use]
    pub const fn state(&self) -> &'static str {
        let waits_for_keys = matches!(self.waits, Some(Waits { why: Wait::Keys, .. }));
        Shown::of(self.status, waits_for_keys, self.unreached).word()
    }
}

pub const WAITING_FOR_KEYS: &str = Shown::WaitingForKeys.word();
pub const UNREACHED: &str = Shown::Unreached.word();

/// How a number fares with the people it writes to.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// With one person each, in which something was said within [`Standing::CONVERSATIONS`].
    pub conversations: u32,
    /// Of those, the ones in which the other side ever wrote.
    pub answered: u32,
    /// Of messages within [`Standing::MESSAGES`], the most frequent first.
    pub failures: Vec<(Failure, u32)>,
    pub unreached: u32,
}

impl Standing {
    pub const CONVERSATIONS: Duration = Duration::from_secs(30 * 24 * 60 * 60);
    pub const MESSAGES: Duration = Duration::from_secs(7 * 24 * 60 * 60);

    /// In percent; `None` while nothing was said.
    #[must_use]
    pub const fn reply_percent(&self) -> Option<u32> {
        match self.conversations {
            0 => None,
            all => Some(self.answered * 100 / all),
        }
    }

    #[must_use]
    pub fn failed(&self) -> u32 {
        self.failures.iter().map(|(_, count)| count).sum()
    }
}
