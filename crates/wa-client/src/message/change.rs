//! Messages that change another message.

use std::fmt;

use crate::Address;

/// The message that is changed, as the change names it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Target {
    pub id: String,
    /// Our own account wrote it.
    pub from_me: bool,
    /// Who wrote it, where the change says so: in groups.
    pub sender: Option<Address>,
}

#[derive(Clone, PartialEq)]
pub enum Change {
    /// An empty emoji removes the reaction.
    Reaction { emoji: String },
    /// `body` is `None` when only something other than words has changed. Edits are ordered by `at_ms`.
    Edit { body: Option<String>, at_ms: Option<i64> },
    /// By an administrator of the group, or by whoever wrote it.
    Delete { by_admin: bool },
    /// The options' names, or their SHA-256 where the poll is not at hand; the last vote of a person counts.
    Vote { options: Vec<Vec<u8>>, at_ms: i64 },
    EventAnswer { answer: EventAnswer, guests: u32, at_ms: i64 },
    /// `seconds`: how long it stays pinned.
    Pin { on: bool, seconds: Option<u32> },
    Keep { on: bool },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EventAnswer {
    Going,
    NotGoing,
    Maybe,
}

/// Encrypted with the secret of the message that it changes. Nobody opens it for us.
#[derive(Clone, PartialEq)]
pub struct Sealed {
    pub kind: SealedKind,
    pub target: Target,
    pub payload: Vec<u8>,
    pub iv: Vec<u8>,
    /// Of a vote or an answer, which lie outside of the seal.
    pub at_ms: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SealedKind {
    Vote,
    EventAnswer,
    Edit,
    EventEdit,
    Reaction,
}

/// Without the content.
impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Change(…)")
    }
}
