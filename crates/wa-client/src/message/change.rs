//! Messages that change another message.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Card;
use crate::Address;

/// The message that is changed, as the change names it.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Target {
    pub id: String,
    /// Our own account wrote it. In what [`crate::read`] returns: whoever wrote the change wrote it.
    pub from_me: bool,
    /// Who wrote it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender: Option<Address>,
}

#[derive(Clone, PartialEq)]
pub enum Change {
    /// An empty emoji removes the reaction.
    Reaction {
        emoji: String,
    },
    /// `body` is `None` when only something other than words has changed. `card` replaces that of a poll or an event.
    /// Edits are ordered by `at_ms`.
    Edit {
        body: Option<String>,
        card: Option<Card>,
        at_ms: Option<i64>,
    },
    /// By an administrator of the group, or by whoever wrote it. Says what the sender claims: anybody may send it.
    Delete {
        by_admin: bool,
    },
    /// The SHA-256 of each chosen option's name ([`crate::chosen`] finds the options); none takes the vote back. The
    /// last vote of a person counts.
    Vote {
        options: Vec<Vec<u8>>,
        at_ms: i64,
    },
    /// Somebody adds an option to a poll that allows it.
    PollOption {
        name: String,
    },
    EventAnswer {
        answer: EventAnswer,
        guests: u32,
        at_ms: i64,
    },
    /// `seconds`: how long it stays pinned.
    Pin {
        on: bool,
        seconds: Option<u32>,
    },
    Keep {
        on: bool,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EventAnswer {
    Going,
    NotGoing,
    Maybe,
}

/// Encrypted with the secret of the message that it changes. [`Sealed::open`] opens it.
#[derive(Clone, PartialEq)]
pub struct Sealed {
    pub kind: SealedKind,
    pub target: Target,
    pub payload: Vec<u8>,
    pub iv: Vec<u8>,
    /// When a vote was cast, which is said outside of the seal; 0 for the others.
    pub at_ms: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SealedKind {
    Vote,
    EventAnswer,
    Edit,
    EventEdit,
    PollEdit,
    PollOption,
    Reaction,
}

impl Change {
    /// Whether only who wrote the target can have sent it.
    #[must_use]
    pub const fn is_the_authors_own(&self) -> bool {
        matches!(self, Self::Edit { .. } | Self::Delete { by_admin: false })
    }
}

impl SealedKind {
    /// See [`Change::is_the_authors_own`].
    #[must_use]
    pub const fn is_the_authors_own(self) -> bool {
        matches!(self, Self::Edit | Self::EventEdit | Self::PollEdit)
    }
}

/// Without the content.
impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Change(…)")
    }
}
