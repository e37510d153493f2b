//! What WhatsApp says of people beside their messages.

use crate::Address;

/// News of one account. Whoever stores them has one person under all of its addresses from then on.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PersonNews {
    /// All of the same account: its phone number, its LID.
    pub addresses: Vec<Address>,
    /// The number that the account had before; it may be somebody else's one day.
    pub left: Option<Address>,
    /// As the phone's address book has them.
    pub book_name: Option<String>,
    /// Without the `@`.
    pub username: Option<String>,
    /// A conversation with them follows, so they are to be stored even if nothing else is known.
    pub is_met: bool,
}

impl PersonNews {
    /// The addresses of an account and nothing else.
    #[must_use]
    pub fn same(one: Address, other: Address) -> Self {
        Self {
            addresses: vec![one, other],
            ..Self::default()
        }
    }
}
