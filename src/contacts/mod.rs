//! Contacts: the people a workspace talks to.
//!
//! A person can have several WhatsApp addresses at once (a phone number and a LID), so a contact is our own row with
//! any number of addresses, and two contacts are merged when a message reveals that they are the same person. The rooms
//! above call [`known_in`] with what a message says, within their own transaction.
//!
//! Invariants
//! - An address belongs to exactly one contact of a workspace, and is never used as an identity.
//! - A name given in the workspace takes precedence over that of the phone's address book, which does over the contact's
//!   own, and that over a username. Each source has its column, so none overwrites another.
//! - Two contacts are merged only on WhatsApp's evidence, and the id of the one that went still finds the other.
//! - A number that was only typed leads to its contact, but is never shown or sent to when WhatsApp registers the
//!   account under another one.

mod model;
mod recipient;
mod service;
mod store;

pub use model::{Contact, ContactError, Identity, Known};
pub use recipient::{Recipient, RecipientError};
pub use service::Contacts;
pub use store::{
    Learned, drop_unused_in, filed_in, find_in, find_username_in, index_below_in, is_news_in, known_in, learn_in,
    named_in, same_person_in, search_in, typed_in,
};
