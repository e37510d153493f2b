//! Who acts, and where: the first argument of every service method.

use crate::ids::{UserId, WorkspaceId};

crate::words!(
    /// What a user is in one workspace.
    pub enum MemberRole {
        Owner = "owner",
        Manager = "manager",
        Agent = "agent",
    }
);

/// What a member may be allowed to do. Reading what the workspace holds needs no more than to be a member.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Permission {
    /// Link, rename, log out and delete numbers.
    ManageSessions,
    /// Read chats and write to customers.
    UseInbox,
    /// Add and remove members, and change their roles.
    ManageMembers,
    /// Change the workspace's name, time zone and country.
    ManageWorkspace,
}

impl MemberRole {
    #[must_use]
    pub const fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::UseInbox => true,
            Permission::ManageSessions => matches!(self, Self::Owner | Self::Manager),
            Permission::ManageMembers | Permission::ManageWorkspace => matches!(self, Self::Owner),
        }
    }
}

/// The member's role does not allow this.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("Your role in this workspace doesn't allow this. Ask an owner of the workspace.")]
pub struct Forbidden;

/// A member at work in a workspace. Every query binds `workspace`, so what belongs to others is not found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scope {
    pub workspace: WorkspaceId,
    pub user: UserId,
    pub role: MemberRole,
}

impl Scope {
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
        let scope = Scope {
            workspace: WorkspaceId(1),
            user: UserId(1),
            role: MemberRole::Manager,
        };
        assert_eq!(scope.require(Permission::ManageSessions), Ok(()));
        assert_eq!(scope.require(Permission::ManageMembers), Err(Forbidden));
    }
}
