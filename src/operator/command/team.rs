//! The words about workspaces, their members, and the audit log.

use serde::{Deserialize, Serialize};

/// `workspace` is a public id or a name; it may be left out where there is only one.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum WorkspaceRequest {
    List,
    Create {
        name: String,
        /// E-mail address of a login.
        owner: String,
        time_zone: String,
        country: String,
    },
    Show {
        workspace: Option<String>,
    },
    /// What is `None` stays as it is.
    Change {
        workspace: Option<String>,
        name: Option<String>,
        time_zone: Option<String>,
        country: Option<String>,
    },
    Members {
        workspace: Option<String>,
    },
    AddMember {
        workspace: Option<String>,
        email: String,
        role: String,
    },
    /// `member` is an e-mail address or a public id.
    SetRole {
        workspace: Option<String>,
        member: String,
        role: String,
    },
    RemoveMember {
        workspace: Option<String>,
        member: String,
    },
    Invite {
        workspace: Option<String>,
        emails: Vec<String>,
        role: String,
    },
    Delete {
        workspace: String,
    },
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditRequest {
    pub workspace: Option<String>,
    /// An action (`member.added`) or a group of them (`member`).
    pub action: Option<String>,
    /// A date, RFC 3339, or an age such as `7d` or `12h`.
    pub since: Option<String>,
    /// Part of a name, an address or what was acted on.
    pub text: Option<String>,
    /// The id of the act to go on after.
    pub after: Option<String>,
    pub limit: u32,
}

/// A workspace as the command line shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceLine {
    pub id: String,
    pub name: String,
    pub time_zone: String,
    /// RFC 3339: when a new time zone begins to count, where that lies ahead.
    pub time_zone_from: Option<String>,
    pub country: String,
    pub plan: String,
    pub members: u32,
    /// Invitations that wait.
    pub invited: u32,
    /// `None` without a limit.
    pub seats: Option<u64>,
    /// active, or suspended.
    pub state: String,
    /// RFC 3339.
    pub created_at: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberLine {
    pub id: String,
    pub name: String,
    pub email: String,
    pub role: String,
    /// RFC 3339, like the next.
    pub joined_at: String,
    pub seen_at: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitees {
    pub invited: usize,
    /// To be passed on by hand, where there is no mail server.
    #[serde(default)]
    pub links: Vec<InviteeLink>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteeLink {
    pub email: String,
    pub link: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditList {
    /// The newest first.
    pub acts: Vec<ActLine>,
    /// What to say as `--after` for more.
    pub next: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActLine {
    pub id: String,
    /// RFC 3339.
    pub at: String,
    pub action: String,
    /// person, key, impersonator, operator, system or anonymous.
    pub actor: String,
    /// E-mail address of who acted, or in whose name.
    pub person: Option<String>,
    /// E-mail address of the administrator in that person's place.
    pub impersonator: Option<String>,
    pub workspace: Option<String>,
    pub target: Option<String>,
    pub detail: serde_json::Value,
    pub address: Option<String>,
}
