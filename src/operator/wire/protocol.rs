//! The words of the control socket.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    AuditRequest, BackupRequest, BillingRequest, Exit, Failure, HeldRequest, JobsRequest, KeyRequest, MailRequest,
    PlanRequest, WorkspaceRequest,
};

/// One thing to do. `workspace` is a public id or a name; it may be left out where there is only one.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    SessionList {
        workspace: Option<String>,
    },
    /// Links a number: `session` names an existing one (public id, name or number), else one is made with that name.
    SessionPair {
        workspace: Option<String>,
        session: String,
        phone: Option<String>,
    },
    /// Connects now: after a ban, a pause, or without waiting for the next try.
    SessionReconnect {
        workspace: Option<String>,
        session: String,
    },
    SessionLogout {
        workspace: Option<String>,
        session: String,
    },
    SessionDelete {
        workspace: Option<String>,
        session: String,
    },
    /// `wait_seconds` 0 returns once the message is kept.
    Send {
        workspace: Option<String>,
        session: Option<String>,
        to: String,
        text: String,
        wait_seconds: u64,
    },
    UserCreate(UserRequest),
    UserList,
    UserResetPassword {
        email: String,
        password: String,
    },
    /// Writes the file of what is kept about the user; the answer says where.
    UserExport {
        email: String,
    },
    UserDelete {
        email: String,
    },
    /// For whoever has lost the app and the recovery codes.
    UserDropSecondFactor {
        email: String,
    },
    UserSuspend {
        email: String,
    },
    UserResume {
        email: String,
    },
    /// Counts the address as confirmed.
    UserVouch {
        email: String,
    },
    /// `role` on the platform: admin or user.
    UserRole {
        email: String,
        role: String,
    },
    Audit(AuditRequest),
    Workspace(WorkspaceRequest),
    Jobs(JobsRequest),
    Billing(BillingRequest),
    BackupCreate(BackupRequest),
    Held(HeldRequest),
    Key(KeyRequest),
    Mail(MailRequest),
    Plan(PlanRequest),
    Status,
}

/// A login to be made. The zone and the country are for the first workspace, which is made along the way.
#[derive(Clone, Serialize, Deserialize)]
pub struct UserRequest {
    pub workspace: Option<String>,
    pub name: String,
    pub email: String,
    /// On the platform: admin, user or guest.
    pub role: String,
    /// In the workspace: owner, manager or agent.
    pub member: String,
    pub password: String,
    pub time_zone: String,
    pub country: String,
}

/// What comes back: any number of news, then [`Reply::Done`] or [`Reply::Failed`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    Progress {
        text: String,
    },
    /// How far long work is.
    Meter {
        what: String,
        done: u64,
        total: u64,
    },
    /// A QR code to draw in place of the one before.
    Qr {
        code: String,
        valid_for_ms: u64,
    },
    PairingCode {
        code: String,
        valid_for_ms: u64,
    },
    Done {
        result: Value,
    },
    Failed {
        exit: Exit,
        message: String,
    },
}

impl Reply {
    /// # Panics
    /// Never for the answers of this module, which are plain data.
    pub fn done(result: &impl Serialize) -> Self {
        Self::Done {
            result: serde_json::to_value(result).expect("answers are plain data"),
        }
    }
}

impl From<Failure> for Reply {
    fn from(failure: Failure) -> Self {
        Self::Failed {
            exit: failure.exit,
            message: failure.message,
        }
    }
}

/// A linked number as the command line shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLine {
    pub id: String,
    pub name: String,
    /// E.164 with `+`, once linked.
    pub phone: Option<String>,
    /// As the pages show it, or `stopped` when no server runs.
    pub state: String,
    pub reason: Option<String>,
    /// The reason in words.
    pub why: Option<String>,
    /// The command that helps, where one does.
    #[serde(default)]
    pub fix: Option<String>,
    /// RFC 3339.
    pub since: String,
    pub workspace: String,
}

/// A file of what is kept about a user, within the data directory: whoever asked moves it away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportReport {
    pub path: std::path::PathBuf,
    /// Contacts, messages, events and acts in it.
    pub rows: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserLine {
    pub id: String,
    pub name: String,
    pub email: String,
    /// The role on the platform: admin, user or guest.
    pub role: String,
    /// active, unverified or suspended.
    #[serde(default)]
    pub standing: String,
    pub created_at: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendReport {
    pub message: String,
    pub chat: String,
    /// The message's status when the answer was given: queued, sent, delivered, read…
    pub status: String,
}

/// One value as the line that carries it.
pub(super) fn line(value: &impl Serialize) -> std::io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

pub(super) fn parse<T: DeserializeOwned>(line: &str) -> Result<T, Failure> {
    serde_json::from_str(line).map_err(|error| {
        let advice = "use the same version of wamanager for the server and the command line";
        Failure::new(
            Exit::Failure,
            format!("this line of the control socket cannot be understood ({error}); {advice}"),
        )
    })
}
