//! Messages as plain types, in both directions.

mod bytes;
mod card;
mod change;
mod context;
mod media;
mod outgoing;

pub use card::{Card, Line, MenuOption, Notice};
pub use change::{Change, EventAnswer, Sealed, SealedKind, Target};
pub use context::{Ad, Context, Forwarded, LinkPreview, PartOf, Quote};
pub use media::{Media, MediaKind};
pub use outgoing::{MenuForm, Outgoing, OutgoingContact, OutgoingContent, OutgoingContext, OutgoingQuote, Uploaded};

use crate::Address;

/// A received message, decrypted. Own messages sent from the phone arrive here too, with `from_me`.
#[derive(Clone)]
pub struct Inbound {
    /// WhatsApp's id; unique only within (chat, sender).
    pub id: String,
    pub chat: Address,
    /// The account that wrote it.
    pub sender: Address,
    /// The same account in the other namespace, if the stanza contained it.
    pub sender_alt: Option<Address>,
    pub from_me: bool,
    pub push_name: Option<String>,
    /// Unix milliseconds, by WhatsApp's clock.
    pub at_ms: i64,
    pub content: Content,
    pub context: Context,
    /// The protobuf as received, complete: later features read from it what today's `content` leaves out.
    pub raw: Vec<u8>,
    /// It waited at the server while the client was offline.
    pub offline: bool,
}

/// A message's content. Kinds that we do not model yet arrive as [`Content::Other`]; nothing is dropped.
#[derive(Clone, PartialEq)]
pub enum Content {
    Text {
        body: String,
    },
    Media(Media),
    /// `text` is what is read and searched of it: the name of a place or a contact, the question of a poll.
    Card {
        text: Option<String>,
        card: Card,
    },
    /// What changes another message and shows there.
    Change {
        target: Target,
        change: Change,
    },
    /// A change or an answer that is encrypted with the secret of the message it belongs to: [`Sealed::open`].
    Sealed(Sealed),
    /// It arrived but could not be decrypted (yet); the library requests a resend. When that succeeds, the message
    /// itself is committed under the same (chat, sender, id) and replaces this row.
    Undecryptable,
    /// A protocol housekeeping message, not shown to people.
    Protocol,
    /// A kind that nothing here knows, or one newer than the library, which arrives empty. `kind` is the protobuf
    /// field's name or number, if there is one; `text` the words inside.
    Other {
        kind: Option<String>,
        text: Option<String>,
    },
}
