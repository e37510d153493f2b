//! The words of `wamanager jobs` on the socket.

use serde::{Deserialize, Serialize};

/// What is asked of the queue. `job` is a public id.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum JobsRequest {
    /// Words of a lane and a state, part of a kind; `after` is the cursor of the page before.
    List {
        lane: Option<String>,
        state: Option<String>,
        text: Option<String>,
        after: Option<i64>,
    },
    Show {
        job: String,
    },
    Retry {
        job: String,
    },
    RetryDead {
        lane: Option<String>,
        text: Option<String>,
    },
    Discard {
        job: String,
    },
    Stop {
        job: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobList {
    pub jobs: Vec<JobReport>,
    pub counts: Vec<JobCount>,
    /// Cursor of the next page.
    pub next: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobCount {
    pub lane: String,
    pub state: String,
    pub jobs: u64,
}

/// A job as the command line shows it. Times are RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobReport {
    pub id: String,
    pub lane: String,
    pub kind: String,
    pub state: String,
    pub workspace: Option<String>,
    pub priority: i32,
    pub attempts: u32,
    pub max_attempts: u32,
    pub due_at: String,
    pub created_at: String,
    pub started_at: Option<String>,
    pub finished_at: Option<String>,
    pub progress_done: u64,
    /// Zero when the job does not tell.
    pub progress_total: u64,
    /// Told to stop, and has not yet.
    pub stopping: bool,
    pub last_error: Option<String>,
    pub payload: serde_json::Value,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retried {
    pub retried: u64,
}
