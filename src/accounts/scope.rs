//! The actor and the workspace: the first argument of every service method.

use std::net::IpAddr;

use crate::audit::{Action, Actor, Admin, Entry};
use crate::i18n::Text;
use crate::ids::{ApiKeyId, UserId, WorkspaceId};

crate::words!(
    /// A member's role in a workspace.
    pub enum MemberRole {
        Owner = "owner",
        Manager = "manager",
        Agent = "agent",
    }
);

/// A member's permissions. Reading a workspace needs none beyond membership.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Permission {
    /// Link, rename, log out and delete numbers.
    ManageSessions,
    /// Read chats and write to customers.
    UseInbox,
    /// Make groups, and change who is in them and what they say of themselves.
    ManageGroups,
    /// Add and remove members, and change their roles.
    ManageMembers,
    /// Change the workspace's name, time zone and country.
    ManageWorkspace,
    /// Choose the plan, pay, and see bills.
    ManageBilling,
    /// Make and revoke API keys.
    ManageKeys,
    /// Read who did what.
    ReadAudit,
}

impl MemberRole {
    #[must_use]
    pub const fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::UseInbox => true,
            Permission::ManageSessions | Permission::ManageGroups | Permission::ReadAudit => {
                matches!(self, Self::Owner | Self::Manager)
            }
            Permission::ManageMembers
            | Permission::ManageWorkspace
            | Permission::ManageBilling
            | Permission::ManageKeys => matches!(self, Self::Owner),
        }
    }
}

/// The member's role does not allow this.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}", self.text())]
pub struct Forbidden;

impl Forbidden {
    #[must_use]
    pub const fn text(self) -> Text {
        Text::new("problem-role")
    }
}

/// A member at work in a workspace. Every query binds `workspace`, so what belongs to others is not found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scope {
    pub workspace: WorkspaceId,
    pub user: UserId,
    pub role: MemberRole,
    pub by: By,
    /// Where the request came from, for the audit log.
    pub address: Option<IpAddr>,
}

/// How the member acts, for the audit log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// The person, in a browser or by the API.
    Person,
    /// A program with one of the workspace's keys.
    Key(ApiKeyId),
    /// An administrator in the person's place.
    Impersonator(UserId),
    /// The operator, on the command line.
    Operator,
}

impl Scope {
    /// The person at work.
    #[must_use]
    pub const fn person(workspace: WorkspaceId, user: UserId, role: MemberRole) -> Self {
        Self {
            workspace,
            user,
            role,
            by: By::Person,
            address: None,
        }
    }

    /// The administrator at work in a workspace as if an owner of it; the audit log names the administrator.
    #[must_use]
    pub fn of_admin(admin: Admin, workspace: WorkspaceId) -> Self {
        let (user, by) = match admin.user() {
            Some(user) => (user, By::Person),
            // The command line has no login of its own.
            None => (UserId(0), By::Operator),
        };
        Self {
            by,
            address: admin.address(),
            ..Self::person(workspace, user, MemberRole::Owner)
        }
    }

    /// An act of this member in this workspace, to be recorded.
    #[must_use]
    pub fn entry(self, action: Action) -> Entry {
        Entry::new(self, action).at(self.workspace).from(self.address)
    }

    /// # Errors
    /// [`Forbidden`] when the role does not include `permission`.
    pub fn require(self, permission: Permission) -> Result<(), Forbidden> {
        if self.role.may(permission) {
            Ok(())
        } else {
            Err(Forbidden)
        }
    }
}

impl From<Scope> for Actor {
    fn from(scope: Scope) -> Self {
        let user = scope.user;
        match scope.by {
            By::Person => Self::Person(user),
            By::Key(key) => Self::Key { user, key },
            By::Impersonator(admin) => Self::Impersonator { admin, user },
            By::Operator => Self::Operator,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_answers_customers_and_manages_nothing() {
        assert!(MemberRole::Agent.may(Permission::UseInbox));
        for managing in [
            Permission::ManageSessions,
            Permission::ManageMembers,
            Permission::ManageWorkspace,
        ] {
            assert!(!MemberRole::Agent.may(managing), "{managing:?}");
        }
    }

    #[test]
    fn a_manager_manages_numbers_but_not_people() {
        let scope = Scope::person(WorkspaceId(1), UserId(1), MemberRole::Manager);
        assert_eq!(scope.require(Permission::ManageSessions), Ok(()));
        assert_eq!(scope.require(Permission::ManageMembers), Err(Forbidden));
    }
}
