//! What an export is.

use std::time::Duration;

use crate::accounts::{Forbidden, wait_text};
use crate::clock::UnixMs;
use crate::db::DbError;
use crate::i18n::Text;
use crate::ids::{PublicId, UserId};

crate::id!(ExportId);

/// How long a file can be downloaded.
pub const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Between the starts of two exports: each reads all data of the person.
pub const PAUSE: Duration = Duration::from_secs(60 * 60);

crate::words!(
    pub enum ExportState {
        Waiting = "waiting",
        Running = "running",
        Ready = "ready",
        /// By the person.
        Stopped = "stopped",
        Failed = "failed",
        /// The file existed, and was deleted.
        Expired = "expired",
    }
);

impl ExportState {
    #[must_use]
    pub const fn is_unfinished(self) -> bool {
        matches!(self, Self::Waiting | Self::Running)
    }
}

/// A file of a person's data.
#[derive(Clone, Debug)]
pub struct Export {
    pub id: ExportId,
    pub public_id: PublicId,
    pub user: UserId,
    pub state: ExportState,
    /// Rows written.
    pub done: u64,
    /// Rows at the start; zero until they are counted.
    pub total: u64,
    /// The file's name within the directory of exports.
    pub(super) file: String,
    /// In bytes.
    pub size: Option<u64>,
    /// The reason, for the person.
    pub failure: Option<String>,
    pub created_at: UnixMs,
    pub finished_at: Option<UnixMs>,
    pub expires_at: Option<UnixMs>,
}

impl Export {
    /// When the next one may start; `None` for now. A failure was not the person's fault and does not count.
    #[must_use]
    pub fn next_at(&self, now: UnixMs) -> Option<UnixMs> {
        let at = self.created_at.plus(PAUSE);
        (self.state != ExportState::Failed && at > now).then_some(at)
    }
}

/// Why there is no file; each says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text())]
pub enum ExportError {
    NotFound,
    TooSoon(Duration),
    Gone,
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    Stopped,
    /// A full or broken disk; the text is for the operator.
    #[error("The file could not be written: {0}")]
    Io(String),
    #[error(transparent)]
    Db(DbError),
}

impl ExportError {
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::NotFound => Text::new("export-not-found"),
            Self::TooSoon(wait) => Text::new("export-too-soon").and("wait", wait_text(*wait)),
            Self::Gone => Text::new("export-gone"),
            Self::Forbidden(forbidden) => forbidden.text(),
            Self::Stopped => Text::new("export-stopped"),
            Self::Io(_) | Self::Db(_) => Text::internal(),
        }
    }
}

crate::from_db!(ExportError);

impl From<std::io::Error> for ExportError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error.to_string())
    }
}
