//! What the administrator's lists hold.

use crate::accounts::model::{Member, Membership, PlatformRole, User, Workspace};
use crate::clock::UnixMs;

/// Filter of the list of users.
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    /// A part of the name or the address.
    pub search: String,
    pub role: Option<PlatformRole>,
    pub standing: Option<AccountStatus>,
}

crate::words!(
    /// Whether a user can log in.
    pub enum AccountStatus {
        Active = "active",
        Unverified = "unverified",
        Suspended = "suspended",
    }
);

impl AccountStatus {
    #[must_use]
    pub const fn of(user: &User) -> Self {
        match (user.suspended_at, user.verified_at) {
            (Some(_), _) => Self::Suspended,
            (None, None) => Self::Unverified,
            (None, Some(_)) => Self::Active,
        }
    }
}

/// A user in the administrator's list.
#[derive(Clone, Debug)]
pub struct UserRow {
    pub user: User,
    pub workspaces: u32,
    /// The latest use of any of the user's current logins.
    pub seen_at: Option<UnixMs>,
}

/// A user with their workspaces.
#[derive(Clone, Debug)]
pub struct UserDetail {
    pub user: User,
    pub memberships: Vec<Membership>,
    /// Current logins of browsers and programs.
    pub logins: u32,
    pub seen_at: Option<UnixMs>,
}

/// Filter of the list of workspaces.
#[derive(Clone, Debug, Default)]
pub struct WorkspaceFilter {
    /// A part of the name.
    pub search: String,
    pub suspended_only: bool,
}

/// A workspace in the administrator's list.
#[derive(Clone, Debug)]
pub struct WorkspaceRow {
    pub workspace: Workspace,
    pub members: u32,
    /// The address of the first owner.
    pub owner: Option<String>,
}

/// A workspace with its members.
#[derive(Clone, Debug)]
pub struct WorkspaceDetail {
    pub workspace: Workspace,
    pub members: Vec<Member>,
}

/// Counts of the installation.
#[derive(Clone, Copy, Debug)]
pub struct InstallationCounts {
    pub users: u32,
    pub workspaces: u32,
    pub numbers: u32,
}
