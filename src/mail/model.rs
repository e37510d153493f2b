//! A stored mail, and what pages show of it.

use std::fmt;

use crate::clock::UnixMs;
use crate::db::DbError;
use crate::i18n::Text;
use crate::ids::{MailId, PublicId};

crate::words!(
    pub enum State {
        /// Being sent, or waiting for the next attempt.
        Queued = "queued",
        Sent = "sent",
        /// Written to a file, since there is no mail server.
        Filed = "filed",
        /// Refused permanently, or tried too often.
        Failed = "failed",
    }
);

/// A mail in the list.
#[derive(Clone, PartialEq, Eq)]
pub struct MailRow {
    pub id: MailId,
    pub public_id: PublicId,
    /// Empty when it can no longer be unsealed.
    pub to: String,
    pub subject: String,
    pub state: State,
    /// Why the last attempt failed.
    pub error: Option<String>,
    pub created_at: UnixMs,
    /// When it was sent or filed.
    pub sent_at: Option<UnixMs>,
    /// Whether its text is still stored.
    pub has_body: bool,
    /// Whether that text contains a link.
    pub has_link: bool,
}

impl MailRow {
    /// The text of a sent mail is deleted; a waiting one is retried automatically, and gets no second job.
    #[must_use]
    pub fn can_send_again(&self) -> bool {
        self.has_body && self.state != State::Sent
    }
}

/// People's addresses stay out of logs.
impl fmt::Debug for MailRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailRow")
            .field("public_id", &self.public_id)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// A mail with its text; `None` once it was sent.
pub struct OpenMail {
    pub row: MailRow,
    pub text: Option<String>,
    /// Its only link, for sharing by hand.
    pub link: Option<String>,
}

/// How many mails are in each state.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    pub queued: u64,
    pub sent: u64,
    pub filed: u64,
    pub failed: u64,
}

/// Why nothing was done; each says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text())]
pub enum MailError {
    NotFound,
    Gone,
    Address,
    #[error(transparent)]
    Db(DbError),
}

impl MailError {
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::NotFound => Text::new("mail-not-found"),
            Self::Gone => Text::new("mail-refused-gone"),
            Self::Address => Text::new("mail-refused-address"),
            Self::Db(_) => Text::internal(),
        }
    }
}

crate::from_db!(MailError);
