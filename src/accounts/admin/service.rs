//! Reads users and workspaces, and changes their status.

use rusqlite::Connection;

use super::model::{
    InstallationCounts, UserDetail, UserFilter, UserRow, WorkspaceDetail, WorkspaceFilter, WorkspaceRow,
};
use super::{PAGE, store};
use crate::accounts::model::{AccountError, PlatformRole, User, Workspace};
use crate::accounts::{Accounts, logins, store as people};
use crate::audit::{self, Action, Admin};
use crate::db::Page;
use crate::ids::PublicId;

impl Accounts {
    pub async fn counts(&self, _: Admin) -> Result<InstallationCounts, AccountError> {
        self.db
            .read(|c| {
                let (users, workspaces, numbers) = store::counts(c)?;
                Ok(InstallationCounts {
                    users,
                    workspaces,
                    numbers,
                })
            })
            .await
    }

    /// Users, the newest first, after `after`.
    pub async fn admin_users(
        &self,
        _: Admin,
        filter: UserFilter,
        after: Option<PublicId>,
    ) -> Result<Page<UserRow, PublicId>, AccountError> {
        let read = move |c: &Connection| Ok::<_, AccountError>(store::users(c, &filter, after.as_ref())?);
        let rows = self.db.read(read).await?;
        Ok(Page::of(rows, PAGE, |row| row.user.public_id.clone()))
    }

    /// # Errors
    /// [`AccountError::NotFound`].
    pub async fn admin_user(&self, _: Admin, id: PublicId) -> Result<UserDetail, AccountError> {
        let now = self.clock.now();
        self.db
            .read(move |c| {
                let user = store::user(c, &id)?.ok_or(AccountError::NotFound)?;
                let (logins, seen_at) = store::logins(c, user.id, now)?;
                let memberships = people::memberships(c, user.id)?;
                Ok(UserDetail {
                    user,
                    memberships,
                    logins,
                    seen_at,
                })
            })
            .await
    }

    /// Locks the user out, at once and everywhere.
    ///
    /// # Errors
    /// [`AccountError::LastAdmin`] when nobody could govern afterwards.
    pub async fn suspend_user(&self, admin: Admin, id: PublicId) -> Result<User, AccountError> {
        let now = self.clock.now();
        let user = self
            .change_user(admin, id, Action::UserSuspended, move |tx, user| {
                keep_an_admin(tx, user)?;
                store::set_suspended(tx, user.id, Some(now))?;
                logins::delete_all_of(tx, user.id, None)?;
                Ok(())
            })
            .await?;
        self.changed();
        Ok(user)
    }

    /// Lets a suspended user in again.
    ///
    /// # Errors
    /// [`AccountError::NotFound`].
    pub async fn resume_user(&self, admin: Admin, id: PublicId) -> Result<User, AccountError> {
        let lift = |tx: &Connection, user: &User| Ok(store::set_suspended(tx, user.id, None)?);
        self.change_user(admin, id, Action::UserResumed, lift).await
    }

    /// Vouches for the user's address, for people whose mail does not arrive.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], or [`AccountError::RegisteredTwice`].
    pub async fn verify_email_of(&self, admin: Admin, id: PublicId) -> Result<User, AccountError> {
        let now = self.clock.now();
        let verify = move |tx: &Connection, user: &User| Self::verify_in(tx, user, now);
        self.change_user(admin, id, Action::UserVerified, verify).await
    }

    /// # Errors
    /// [`AccountError::LastAdmin`] when nobody could govern afterwards.
    pub async fn set_platform_role(
        &self,
        admin: Admin,
        id: PublicId,
        role: PlatformRole,
    ) -> Result<User, AccountError> {
        let user = self
            .change_user(admin, id, Action::UserRoleChanged, move |tx, user| {
                if role != PlatformRole::Admin {
                    keep_an_admin(tx, user)?;
                }
                Ok(store::set_role(tx, user.id, role)?)
            })
            .await?;
        self.changed();
        Ok(user)
    }

    /// Changes a user and records the act, in one transaction; returns the changed user.
    async fn change_user(
        &self,
        admin: Admin,
        id: PublicId,
        action: Action,
        change: impl FnOnce(&Connection, &User) -> Result<(), AccountError> + Send + 'static,
    ) -> Result<User, AccountError> {
        let now = self.clock.now();
        self.db
            .write(move |tx| {
                let user = store::user(tx, &id)?.ok_or(AccountError::NotFound)?;
                change(tx, &user)?;
                let after = store::user(tx, &id)?.ok_or(AccountError::NotFound)?;
                let detail = serde_json::json!({ "role": after.platform_role });
                let entry = admin.entry(action).target(id.as_str()).detail(detail);
                audit::record_in(tx, &entry, now)?;
                Ok(after)
            })
            .await
    }

    /// Workspaces, the newest first, after `after`.
    pub async fn admin_workspaces(
        &self,
        _: Admin,
        filter: WorkspaceFilter,
        after: Option<PublicId>,
    ) -> Result<Page<WorkspaceRow, PublicId>, AccountError> {
        let read = move |c: &Connection| Ok::<_, AccountError>(store::workspaces(c, &filter, after.as_ref())?);
        let rows = self.db.read(read).await?;
        Ok(Page::of(rows, PAGE, |row| row.workspace.public_id.clone()))
    }

    /// # Errors
    /// [`AccountError::NotFound`].
    pub async fn admin_workspace(&self, _: Admin, id: PublicId) -> Result<WorkspaceDetail, AccountError> {
        self.db
            .read(move |c| {
                let workspace = store::workspace(c, &id)?.ok_or(AccountError::NotFound)?;
                let members = people::list_members(c, workspace.id)?;
                Ok(WorkspaceDetail { workspace, members })
            })
            .await
    }

    /// Closes the workspace: nobody enters and nothing is sent until it is resumed. Nothing is deleted.
    ///
    /// # Errors
    /// [`AccountError::NotFound`].
    pub async fn suspend_workspace(&self, admin: Admin, id: PublicId) -> Result<Workspace, AccountError> {
        self.set_workspace_standing(admin, id, Action::WorkspaceSuspended).await
    }

    /// Opens a suspended workspace again.
    ///
    /// # Errors
    /// [`AccountError::NotFound`].
    pub async fn resume_workspace(&self, admin: Admin, id: PublicId) -> Result<Workspace, AccountError> {
        self.set_workspace_standing(admin, id, Action::WorkspaceResumed).await
    }

    async fn set_workspace_standing(
        &self,
        admin: Admin,
        id: PublicId,
        action: Action,
    ) -> Result<Workspace, AccountError> {
        let now = self.clock.now();
        let at = (action == Action::WorkspaceSuspended).then_some(now);
        let workspace = self
            .db
            .write(move |tx| {
                let workspace = store::workspace(tx, &id)?.ok_or(AccountError::NotFound)?;
                store::set_workspace_suspended(tx, workspace.id, at)?;
                let entry = admin.entry(action).at(workspace.id).target(id.as_str());
                audit::record_in(tx, &entry, now)?;
                Ok::<_, AccountError>(Workspace {
                    suspended_at: at,
                    ..workspace
                })
            })
            .await?;
        self.changed();
        Ok(workspace)
    }
}

fn keep_an_admin(tx: &Connection, user: &User) -> Result<(), AccountError> {
    if user.platform_role == PlatformRole::Admin && !store::has_other_admin(tx, user.id)? {
        return Err(AccountError::LastAdmin);
    }
    Ok(())
}
