//! The proof that an administrator acts, and what the administrator's lists hold.

use crate::accounts::logins::Visit;
use crate::accounts::model::{Member, Membership, PlatformRole, User, Workspace};
use crate::accounts::scope::{Forbidden, MemberRole, Scope};
use crate::audit::Actor;
use crate::clock::UnixMs;
use crate::ids::{UserId, WorkspaceId};

/// An administrator at work.
#[derive(Clone, Copy, Debug)]
pub struct Admin {
    actor: Actor,
    user: Option<UserId>,
}

impl Admin {
    /// Whoever owns the box, on its command line.
    #[must_use]
    pub const fn operator() -> Self {
        Self {
            actor: Actor::Operator,
            user: None,
        }
    }

    /// # Errors
    /// [`Forbidden`] for anybody else, and for an administrator who sits in somebody's place.
    pub fn of(visit: &Visit) -> Result<Self, Forbidden> {
        if visit.is_admin() {
            Ok(Self {
                actor: Actor::Person(visit.user.id),
                user: Some(visit.user.id),
            })
        } else {
            Err(Forbidden)
        }
    }

    #[must_use]
    pub const fn actor(self) -> Actor {
        self.actor
    }

    /// The administrator's own login; the command line has none.
    #[must_use]
    pub const fn user(self) -> Option<UserId> {
        self.user
    }

    /// At work in a workspace as if an owner of it; the audit log names the administrator.
    #[must_use]
    pub fn scope(self, workspace: WorkspaceId) -> Option<Scope> {
        Some(Scope::person(workspace, self.user?, MemberRole::Owner))
    }
}

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
