//! Simulated phones: device 0 of an account, with a real Signal identity and real sessions, in memory.
//!
//! A phone scans codes, signs companions, encrypts for every device of a recipient, decrypts what arrives, sends
//! receipts and retries, and remembers its chats. The control API, the demo's people and page, and tests drive it
//! through [`Phones`].
//!
//! Invariants
//! - One task owns one phone's keys and sessions; others send it commands. It never waits for another phone.
//! - The visible state (inbox, chats, typing) is on its `Board`, whose lock is never held across an
//!   `.await` and never together with another board's.
//! - Keys, ids and nonces come from the network's seed and the number, so the same calls give the same values.
//! - No number, text or key is logged.

mod actor;
mod adv;
mod appstate;
mod board;
mod command;
mod compose;
mod content;
mod crypto;
mod fanout;
mod history;
mod incoming;
mod linkcode;
mod linking;
mod media;
mod memory;
mod opening;
mod passkey;
mod phones;
mod qr;
mod reading;
mod receipts;
mod signal;
mod snapshot;
mod stanza;
#[cfg(test)]
mod tests;
mod types;

pub use content::{
    Ad, Answer, Channel, Choice, ChoiceForm, Contact, Content, Event, Frame, HdPair, LiveLocation, Location, Media,
    MediaKind, Poll, Quote, Raw,
};
pub use phones::Phones;
pub use types::{
    ChatMark, Conversation, HistoryMode, HistoryRule, InboxMessage, LinkedDevice, MediaFile, MessageStatus, NewPhone,
    PastMessage, PhoneError, PhoneInfo, PhoneMessage, ReceiptMode, ReceiptRule, TypingState,
};
