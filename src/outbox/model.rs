//! An outgoing message, and the rules of its retries.

use std::time::Duration;

use wa_client::{AckError, LinkError};

use super::content::Unfit;
use crate::accounts::Forbidden;
use crate::chats::{Closed, Failure, Wait};
use crate::clock::UnixMs;
use crate::contacts::RecipientError;
use crate::crypto;
use crate::db::DbError;
use crate::i18n::Text;
use crate::ids::{ChatId, MessageId, OutboxId, PublicId};
use crate::plans::Day;

crate::words!(
    pub(super) enum State {
        /// Waits until it is due.
        Queued = "queued",
        /// Leased by the sender.
        Sending = "sending",
        /// Waits for something other than its turn; see `Wait`.
        Parked = "parked",
        /// Waits for a person's decision.
        Failed = "failed",
    }
);

/// A message that was put into the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    pub message: PublicId,
    pub chat: PublicId,
    pub wa_id: String,
}

/// A message that waited in a backup and now waits for a person's decision.
#[derive(Clone, PartialEq, Eq)]
pub struct HeldMessage {
    pub message: PublicId,
    pub chat: PublicId,
    /// The chat's name, or its address.
    pub to: String,
    pub text: String,
    pub at: UnixMs,
}

/// A row that the sender leased.
#[derive(Clone)]
pub(super) struct Leased {
    pub id: OutboxId,
    pub message: MessageId,
    pub chat: ChatId,
    pub address: String,
    pub wa_id: String,
    pub body: String,
    /// The conversation's timer, in seconds.
    pub expires_after: Option<u32>,
    /// It says more than `body`.
    pub composed: bool,
    /// It changes another message, and the plan does not count it.
    pub is_change: bool,
    /// Failed attempts.
    pub attempts: u32,
    /// The recipient has written before, so a time-lock on new chats does not apply.
    pub answered: bool,
    pub created_at: UnixMs,
    /// The day on which the message counts, while it is claimed.
    pub claimed: Option<Day>,
    /// It may have been sent already; it keeps its claim until that is known.
    pub doubtful: bool,
}

/// What happens to a row after a refusal or a failed send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// Retried later, and the chat's later messages after it.
    Retry,
    /// A person decides.
    Fail(Failure),
    /// New chats are locked: a new chat waits for the end of the lock, any other is an ordinary retry.
    TimeLocked,
    /// No new chats are left: the same for the next cycle.
    QuotaUsed,
    /// The recipient's phone could not read it yet.
    NoKeys,
}

/// What the server's refusal means for the row.
pub(super) fn refused(error: AckError) -> Verdict {
    match error.code {
        463 => Verdict::TimeLocked,
        475 => Verdict::QuotaUsed,
        479 => Verdict::Fail(Failure::Invalid),
        404 => Verdict::Fail(Failure::NotOnWhatsApp),
        // Rate-limited, or a fault of the server.
        429 | 500..=599 => Verdict::Retry,
        _ => Verdict::Fail(Failure::Refused),
    }
}

pub(super) fn send_failed(error: &LinkError) -> Verdict {
    match error {
        LinkError::NotOnWhatsApp => Verdict::Fail(Failure::NotOnWhatsApp),
        LinkError::NoKeys => Verdict::NoKeys,
        LinkError::Permanent(_) | LinkError::Forbidden => Verdict::Fail(Failure::Refused),
        LinkError::NotConnected | LinkError::TimedOut | LinkError::Transient(_) => Verdict::Retry,
    }
}

/// Delay after so many failed attempts: 5 s doubling, at most 10 minutes.
pub(super) fn retry_after(failed: u32) -> Duration {
    let doublings = failed.saturating_sub(1).min(7);
    Duration::from_secs(5 << doublings).min(Duration::from_secs(600))
}

/// Delay before the recipient's phone is asked for keys again: 30 s doubling, at most an hour.
pub(super) fn keys_after(failed: u32) -> Duration {
    let doublings = failed.saturating_sub(1).min(7);
    Duration::from_secs(30 << doublings).min(Duration::from_secs(3600))
}

/// When a refused new chat is retried, unless WhatsApp says when its lock or the cycle of its quota ends.
pub(super) const TIME_LOCK: Duration = Duration::from_secs(60 * 60);

/// Why new chats wait, and until when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct NewChats {
    pub wait: Wait,
    pub until: UnixMs,
}

impl NewChats {
    /// The longer of a lock and of a used up quota, if they have not ended.
    pub(super) fn of(locked_until: Option<UnixMs>, quota_until: Option<UnixMs>, now: UnixMs) -> Option<Self> {
        let until = |wait, until: Option<UnixMs>| {
            let until = until.filter(|until| *until > now)?;
            Some(Self { wait, until })
        };
        [until(Wait::Lock, locked_until), until(Wait::Quota, quota_until)]
            .into_iter()
            .flatten()
            .max_by_key(|new| new.until)
    }
}

/// A message delivered after this long would surprise its reader, so a person decides whether it still should go out.
pub(super) const EXPIRES_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// A WhatsApp id in the form that the web client chooses: `3EB0` and 18 hex digits in upper case.
#[must_use]
pub(super) fn new_wa_id() -> String {
    let bytes: [u8; 9] = crypto::random_bytes();
    bytes.iter().fold("3EB0".to_owned(), |mut id, byte| {
        use std::fmt::Write as _;
        let _ = write!(id, "{byte:02X}");
        id
    })
}

/// Why a message was not accepted; each says what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text())]
pub enum OutboxError {
    NotFound,
    Empty,
    TooLong,
    NotLinked,
    ReadOnly,
    /// The number is not in the group, or only administrators may write there.
    Closed(Closed),
    OnItsWay,
    NotFailed,
    NotOnWhatsApp,
    /// The time of a scheduled message has passed, or is too far away.
    NoTime,
    Unfit(Unfit),
    #[error(transparent)]
    Recipient(#[from] RecipientError),
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Db(DbError),
}

impl OutboxError {
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::NotFound => Text::new("outbox-not-found"),
            Self::Empty => Text::new("outbox-refused-empty"),
            Self::TooLong => Text::new("outbox-refused-too-long"),
            Self::NotLinked => Text::new("outbox-refused-not-linked"),
            Self::ReadOnly => Text::new("outbox-refused-read-only"),
            Self::Closed(closed) => closed.text(),
            Self::OnItsWay => Text::new("outbox-refused-on-its-way"),
            Self::NotFailed => Text::new("outbox-refused-not-failed"),
            Self::NoTime => Text::new("outbox-refused-no-time"),
            Self::NotOnWhatsApp => Text::new("outbox-refused-not-on-whatsapp"),
            Self::Unfit(unfit) => unfit.text(),
            Self::Recipient(error) => error.text(),
            Self::Forbidden(forbidden) => forbidden.text(),
            Self::Db(_) => Text::internal(),
        }
    }
}

impl From<Unfit> for OutboxError {
    fn from(unfit: Unfit) -> Self {
        Self::Unfit(unfit)
    }
}

crate::from_db!(OutboxError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_match_the_schema() {
        let sql = include_str!("../../migrations/V006__outbox.sql");
        let words: Vec<_> = State::ALL.iter().map(|state| format!("'{state}'")).collect();
        assert!(sql.contains(&format!("CHECK (state IN ({}))", words.join(", "))));
    }

    #[test]
    fn an_id_has_the_form_of_the_web_clients_and_is_never_the_same_twice() {
        let id = new_wa_id();
        assert_eq!(id.len(), 22);
        assert!(
            id.starts_with("3EB0") && id.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b)),
            "{id}"
        );
        assert_ne!(id, new_wa_id());
    }

    #[test]
    fn permanent_failures_are_not_retried() {
        assert_eq!(refused(AckError { code: 463 }), Verdict::TimeLocked);
        assert_eq!(refused(AckError { code: 475 }), Verdict::QuotaUsed);
        assert_eq!(send_failed(&LinkError::NoKeys), Verdict::NoKeys);
        assert_eq!(refused(AckError { code: 479 }), Verdict::Fail(Failure::Invalid));
        assert_eq!(refused(AckError { code: 400 }), Verdict::Fail(Failure::Refused));
        assert_eq!(refused(AckError { code: 503 }), Verdict::Retry);
        assert_eq!(
            send_failed(&LinkError::NotOnWhatsApp),
            Verdict::Fail(Failure::NotOnWhatsApp)
        );
        assert_eq!(
            send_failed(&LinkError::Permanent(String::new())),
            Verdict::Fail(Failure::Refused)
        );
        assert_eq!(send_failed(&LinkError::TimedOut), Verdict::Retry);
    }

    #[test]
    fn waits_double_up_to_ten_minutes() {
        let waits: Vec<_> = [1, 2, 3, 8, 99].into_iter().map(|n| retry_after(n).as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 600, 600]);
        let waits: Vec<_> = [1, 2, 8, 99].into_iter().map(|n| keys_after(n).as_secs()).collect();
        assert_eq!(waits, [30, 60, 3600, 3600]);
    }
}
