//! A contact, and what a message says about a person.

use wa_client::Address;

use crate::accounts::Forbidden;
use crate::clock::UnixMs;
use crate::db::DbError;
use crate::i18n::Text;
use crate::ids::{ContactId, PublicId};

#[derive(Clone, Debug)]
pub struct Contact {
    pub id: ContactId,
    pub public_id: PublicId,
    /// Given by people of the workspace.
    pub name: Option<String>,
    /// As the phone's address book has it.
    pub book_name: Option<String>,
    /// The name that the contact set.
    pub push_name: Option<String>,
    /// Without the `@`; some people are known by nothing else.
    pub username: Option<String>,
    /// Digits of E.164 without the plus, when a phone number is known.
    pub phone: Option<String>,
    pub created_at: UnixMs,
}

impl Contact {
    /// The best known name, as the column `shown_name` has it; `None` leaves the phone number.
    #[must_use]
    pub fn display_name(&self) -> Option<String> {
        let names = [&self.name, &self.book_name, &self.push_name];
        let username = self.username.as_ref().map(|username| format!("@{username}"));
        names.into_iter().flatten().next().cloned().or(username)
    }
}

/// The sender or recipient of a message, as the message identifies them.
#[derive(Clone, Copy)]
pub struct Identity<'a> {
    pub address: &'a Address,
    /// The same person's address in the other namespace.
    pub alt: Option<&'a Address>,
    pub push_name: Option<&'a str>,
}

/// The contact of an [`Identity`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub contact: ContactId,
    /// Another contact that is the same person. The caller moves what it stores for it in the same transaction.
    pub merged: Option<ContactId>,
}

#[derive(Debug, thiserror::Error)]
#[error("{}", self.text())]
pub enum ContactError {
    NotFound,
    BadName,
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Db(DbError),
}

impl ContactError {
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::NotFound => Text::new("contacts-not-found"),
            Self::BadName => Text::new("contacts-name-wrong"),
            Self::Forbidden(forbidden) => forbidden.text(),
            Self::Db(_) => Text::internal(),
        }
    }
}

crate::from_db!(ContactError);
