//! What a job is, and the rules of its retries.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clock::UnixMs;
use crate::db::DbError;
use crate::i18n::Text;
use crate::ids::{JobId, PublicId, WorkspaceId};

crate::words!(
    /// Jobs of different lanes never wait for one another.
    pub enum Lane {
        Campaign = "campaign",
        Webhook = "webhook",
        Email = "email",
        Analytics = "analytics",
        Media = "media",
        /// Exports, backups, pruning.
        Upkeep = "upkeep",
    }
);

impl Lane {
    /// How many jobs of the lane run at the same time.
    #[must_use]
    pub const fn at_once(self) -> usize {
        match self {
            // These wait for other people's servers, and one slow server must not block the rest.
            Self::Webhook => 16,
            Self::Campaign | Self::Email | Self::Media => 4,
            // These use this machine's disk: more at once would only slow down the pages.
            Self::Analytics | Self::Upkeep => 2,
        }
    }
}

crate::words!(
    pub enum State {
        /// Not due yet.
        Waiting = "waiting",
        /// Next when its lane has room.
        Ready = "ready",
        Running = "running",
        Done = "done",
        /// Failed permanently; a person may retry it.
        Dead = "dead",
        /// Discarded by a person, who may put it back.
        Discarded = "discarded",
    }
);

impl State {
    #[must_use]
    pub const fn can_retry(self) -> bool {
        // A finished job is not repeated by a click: emails would be sent twice.
        matches!(self, Self::Waiting | Self::Dead | Self::Discarded)
    }

    #[must_use]
    pub const fn can_discard(self) -> bool {
        matches!(self, Self::Waiting | Self::Ready | Self::Dead)
    }

    #[must_use]
    pub const fn can_stop(self) -> bool {
        matches!(self, Self::Running)
    }
}

/// A kind of work. The value itself is the payload: it is stored as JSON and shown to administrators, so it **never
/// holds a secret**, a message's text or a phone number; it names rows by their ids.
pub trait Job: Serialize + DeserializeOwned + Send + 'static {
    /// Stored with each job: never change it, or waiting jobs find no handler.
    const KIND: &'static str;
    const LANE: Lane;
    /// After this many failures the job is dead. With the pauses in between, eight take about three hours.
    const MAX_ATTEMPTS: u32 = 8;
}

/// Options of a job; the default is: soon, in its turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The job is deleted with this workspace.
    pub workspace: Option<WorkspaceId>,
    /// While a job of the kind with this key is unfinished, no other is created.
    pub unique_key: Option<String>,
    /// Not before this time.
    pub due_at: Option<UnixMs>,
    /// The highest runs first; 0 is the default.
    pub priority: i32,
}

impl Order {
    /// One at a time: nothing is added while a job of the kind with this key is unfinished.
    #[must_use]
    pub fn unique(key: impl Into<String>) -> Self {
        Self {
            unique_key: Some(key.into()),
            ..Self::default()
        }
    }
}

/// Why a job failed. The text is for administrators; it contains no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// May work later: again after a growing pause, and dead after the last attempt.
    #[error("{0}")]
    Retry(String),
    /// As [`Self::Retry`], at a time that somebody named; it uses up an attempt as well.
    #[error("{why}")]
    RetryAt { at: UnixMs, why: String },
    /// Will never work.
    #[error("{0}")]
    Fatal(String),
}

impl From<DbError> for JobError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::NotFound => Self::Fatal("what the job was about does not exist any more".to_owned()),
            error => Self::Retry(error.to_string()),
        }
    }
}

/// How long a job waits after its `failed`-th failure: 10 s, tripling, at most two hours.
pub(super) fn pause_after(failed: u32) -> Duration {
    let pause = 10_u64.saturating_mul(3_u64.saturating_pow(failed.saturating_sub(1).min(12)));
    Duration::from_secs(pause.min(2 * 60 * 60))
}

/// A job as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRow {
    pub id: JobId,
    pub public_id: PublicId,
    pub lane: Lane,
    pub kind: String,
    pub payload: String,
    /// Public id and name.
    pub workspace: Option<(PublicId, String)>,
    pub priority: i32,
    pub state: State,
    pub attempts: u32,
    pub max_attempts: u32,
    pub due_at: UnixMs,
    pub unique_key: Option<String>,
    pub last_error: Option<String>,
    pub progress_done: u64,
    /// Zero when the job reports none.
    pub progress_total: u64,
    pub cancel_requested: bool,
    pub created_at: UnixMs,
    pub started_at: Option<UnixMs>,
    pub finished_at: Option<UnixMs>,
}

/// Filter of the list; an empty one matches all jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub lane: Option<Lane>,
    pub state: Option<State>,
    /// Part of the kind, or a whole id.
    pub text: Option<String>,
}

/// How many jobs of a lane are in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    pub lane: Lane,
    pub state: State,
    pub jobs: u64,
}

/// Why a job was not moved; each says what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text())]
pub enum JobsError {
    NotFound,
    NothingToRetry {
        state: State,
    },
    NotDiscardable {
        state: State,
    },
    NotRunning {
        state: State,
    },
    SameWorkWaits,
    #[error(transparent)]
    Db(DbError),
}

impl JobsError {
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::NotFound => Text::new("jobs-not-found"),
            Self::NothingToRetry { state } => Text::new("jobs-refused-retry").with("state", state),
            Self::NotDiscardable { state } => Text::new("jobs-refused-discard").with("state", state),
            Self::NotRunning { state } => Text::new("jobs-refused-stop").with("state", state),
            Self::SameWorkWaits => Text::new("jobs-refused-same"),
            Self::Db(_) => Text::internal(),
        }
    }
}

crate::from_db!(JobsError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enums_match_the_schema() {
        let sql = include_str!("../../migrations/V008__jobs.sql");
        let listed = |words: Vec<String>| words.join(", ");
        let states = listed(State::ALL.iter().map(|word| format!("'{word}'")).collect());
        let lanes = listed(Lane::ALL.iter().map(|word| format!("'{word}'")).collect());
        assert!(sql.contains(&format!("CHECK (state IN ({states}))")));
        assert!(sql.contains(&format!("CHECK (lane IN ({lanes}))")));
    }

    #[test]
    fn pauses_triple_up_to_two_hours() {
        let pauses: Vec<_> = [1, 2, 3, 4, 7, 8, u32::MAX]
            .into_iter()
            .map(|failed| pause_after(failed).as_secs())
            .collect();
        assert_eq!(pauses, [10, 30, 90, 270, 7_200, 7_200, 7_200]);
    }

    #[test]
    fn a_finished_job_is_not_retried_by_hand() {
        assert!(!State::Done.can_retry() && !State::Running.can_retry());
        assert!(State::Dead.can_retry() && State::Dead.can_discard());
        assert!(State::Running.can_stop() && !State::Running.can_discard());
    }
}
