//! Typed ids and stored words.
//!
//! Rows refer to each other by integer newtypes, so a chat's id cannot be passed where a session's is expected. People
//! and programs outside see a [`PublicId`]: random, so that it reveals no counts and cannot be guessed. The two macros
//! here are the only ones that the project defines.

use std::fmt;
use std::str::FromStr;

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

use crate::clock::UnixMs;

/// Declares integer ids: `id!(ChatId, MessageId)`.
#[macro_export]
macro_rules! id {
    ($($name:ident),+ $(,)?) => {$(
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl rusqlite::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                self.0.to_sql()
            }
        }

        impl rusqlite::types::FromSql for $name {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                i64::column_result(value).map(Self)
            }
        }
    )+};
}

/// Declares an enum that is stored and sent as words: `words!(pub enum Status { Draft = "draft" });`.
///
/// Reading an unknown word is an error, never a default.
#[macro_export]
macro_rules! words {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
        $vis enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word as stored and sent.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::ids::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.word() == word)
                    .ok_or_else(|| $crate::ids::UnknownWord { word: word.to_owned(), of: stringify!($name) })
            }
        }

        impl rusqlite::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(self.word().into())
            }
        }

        impl rusqlite::types::FromSql for $name {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                value.as_str()?.parse().map_err(|e| rusqlite::types::FromSqlError::Other(Box::new(e)))
            }
        }
    };
}

/// A stored or received word that its enum does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {of} {word:?}")]
pub struct UnknownWord {
    pub word: String,
    pub of: &'static str,
}

id!(
    WorkspaceId,
    UserId,
    LoginId,
    SessionId,
    ContactId,
    ChatId,
    MessageId,
    OutboxId,
    EventId,
    JobId,
    MailId,
    AuditId,
    PlanId,
    InvoiceId,
    InvitationId,
    ApiKeyId
);

/// A row's id in URLs, the API and the command line: a prefix for its kind, and 128 random bits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicId(String);

/// The text is not a public id; callers treat it like an id that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct MalformedId;

/// Crockford's base 32 in lower case: no i, l, o, u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// ceil(128 / 5) characters.
const RANDOM_LEN: usize = 26;

impl PublicId {
    /// A fresh id, for example `ses_06c2…` for the prefix `ses`.
    #[must_use]
    pub fn new(prefix: &str) -> Self {
        let mut bits = u128::from_ne_bytes(crate::crypto::random_bytes());
        let mut text = String::with_capacity(prefix.len() + 1 + RANDOM_LEN);
        text.push_str(prefix);
        text.push('_');
        for _ in 0..RANDOM_LEN {
            text.push(char::from(ALPHABET[(bits & 31) as usize]));
            bits >>= 5;
        }
        Self(text)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PublicId {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        let (prefix, random) = text.split_once('_').ok_or(MalformedId)?;
        let prefix_ok = (2..=8).contains(&prefix.len()) && prefix.bytes().all(|b| b.is_ascii_lowercase());
        let random_ok = random.len() == RANDOM_LEN && random.bytes().all(|b| ALPHABET.contains(&b));
        if prefix_ok && random_ok {
            Ok(Self(text.to_owned()))
        } else {
            Err(MalformedId)
        }
    }
}

impl TryFrom<String> for PublicId {
    type Error = MalformedId;

    fn try_from(text: String) -> Result<Self, MalformedId> {
        text.parse()
    }
}

impl From<PublicId> for String {
    fn from(id: PublicId) -> Self {
        id.0
    }
}

impl fmt::Display for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ToSql for PublicId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for PublicId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map_err(|e| FromSqlError::Other(Box::new(e)))
    }
}

/// A place in a list by time, whatever becomes of the row that stood there. Its text form goes into addresses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimeCursor {
    pub at: UnixMs,
    pub id: PublicId,
}

impl fmt::Display for TimeCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.0, self.id)
    }
}

impl FromStr for TimeCursor {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        let (at, id) = text.split_once('.').ok_or(MalformedId)?;
        Ok(Self {
            at: UnixMs(at.parse().map_err(|_| MalformedId)?),
            id: id.parse()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    words!(
        enum Light {
            Red = "red",
            Green = "green",
        }
    );

    #[test]
    fn a_public_id_round_trips_and_is_never_the_same_twice() {
        let id = PublicId::new("ses");
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert_ne!(id, PublicId::new("ses"));
    }

    #[test]
    fn malformed_ids_are_refused() {
        for text in [
            "",
            "ses",
            "ses_",
            "ses_1",
            "SES_00000000000000000000000000",
            "ses_0000000000000000000000000i",
        ] {
            assert_eq!(text.parse::<PublicId>(), Err(MalformedId), "{text:?}");
        }
    }

    #[test]
    fn a_word_round_trips_and_an_unknown_one_is_an_error() {
        for light in Light::ALL {
            assert_eq!(light.word().parse(), Ok(*light));
        }
        assert!("blue".parse::<Light>().is_err());
    }

    #[test]
    fn a_cursor_round_trips() {
        let cursor = TimeCursor {
            at: UnixMs(-17),
            id: PublicId::new("msg"),
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        assert!("17".parse::<TimeCursor>().is_err());
    }
}
