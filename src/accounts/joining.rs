//! Joining: what the team room does with users and workspaces in its own transactions.

use rusqlite::Connection;

use super::logins::{self, IssuedLogin, Visit, VisitingBrowser};
use super::model::{
    AccountError, CheckedUser, Email, FieldError, Membership, NewUser, NewWorkspace, PlatformRole, User, Verification,
    Workspace,
};
use super::password::Password;
use super::scope::MemberRole;
use super::service::insert_user_in;
use super::{Accounts, store, unconfirmed};
use crate::audit::{self, Action, Admin};
use crate::clock::UnixMs;
use crate::db;
use crate::ids::{PublicId, UserId, WorkspaceId};

/// A new user who may be stored: checked, and the password hashed.
pub struct Joiner {
    user: CheckedUser,
    hash: String,
}

impl Accounts {
    /// Checks what somebody new typed, and hashes the password. `proved`: the link they came with was mailed to the
    /// address, or passed on by somebody who may vouch for it.
    ///
    /// # Errors
    /// [`AccountError::Invalid`] with every wrong field.
    pub async fn prepare_joiner(
        &self,
        email: &Email,
        name: &str,
        password: Password,
        proved: bool,
    ) -> Result<Joiner, AccountError> {
        let new = NewUser {
            name: name.to_owned(),
            email: email.to_string(),
            password,
            platform_role: PlatformRole::User,
        };
        let (mut user, hash) = self.checked_user(new).await?;
        if !proved {
            user.standing = Verification::Unverified;
        }
        Ok(Joiner { user, hash })
    }

    /// Checks somebody whom the administrator makes, for [`create_user_in`], and hashes the password.
    ///
    /// # Errors
    /// [`AccountError::Invalid`] with every wrong field.
    pub async fn prepare_user(&self, _: Admin, new: NewUser) -> Result<Joiner, AccountError> {
        let (user, hash) = self.checked_user(new).await?;
        Ok(Joiner { user, hash })
    }

    /// Mails the link that confirms the address of somebody whom [`create_invited_in`] has made without a proof of it.
    /// Call [`crate::mail::Mailer::wake`] after the commit.
    pub fn ask_to_confirm_in(&self, tx: &Connection, user: &User, now: UnixMs) -> Result<(), AccountError> {
        match unconfirmed::waiting_in(tx, user)?.first() {
            Some(newest) => self.mail_again_in(tx, user, newest, now),
            None => Ok(()),
        }
    }

    /// Tells open pages to look whether they still may be. Call it after members or workspaces changed.
    pub fn members_changed(&self) {
        self.changed();
        // A deleted workspace may have enqueued its jobs.
        self.jobs.wake();
    }
}

/// Makes the user of an invitation. What somebody registered with the address and never confirmed stands back, if the
/// invitation proves the address.
///
/// # Errors
/// [`AccountError::EmailTaken`].
pub fn create_invited_in(tx: &Connection, joiner: &Joiner, now: UnixMs) -> Result<User, AccountError> {
    match store::find_user(tx, &joiner.user.email)? {
        None => Ok(store::insert_user(tx, &joiner.user, &joiner.hash, now)?),
        Some(waiting) if joiner.user.standing == Verification::Verified && unconfirmed::is_unconfirmed(&waiting) => {
            unconfirmed::transfer_in(tx, &waiting, &joiner.user.name, &joiner.hash, now)
        }
        Some(_) => Err(AccountError::EmailTaken),
    }
}

/// Makes a user by the administrator's word.
///
/// # Errors
/// [`AccountError::EmailTaken`].
pub fn create_user_in(tx: &Connection, admin: Admin, new: &Joiner, now: UnixMs) -> Result<User, AccountError> {
    let user = insert_user_in(tx, &new.user, &new.hash, now)?;
    let entry = admin.entry(Action::UserCreated).target(user.public_id.to_string());
    audit::record_in(tx, &entry, now)?;
    Ok(user)
}

/// Logs somebody in whom [`create_invited_in`] has just made.
pub fn log_in_invited_in(
    tx: &Connection,
    user: UserId,
    browser: &VisitingBrowser,
    now: UnixMs,
) -> db::Result<IssuedLogin> {
    logins::issue_in(tx, user, browser, now)
}

/// Points a login at one of its user's workspaces; false when the user is no member there or it is suspended.
pub fn choose_workspace_in(tx: &Connection, visit: &Visit, workspace: &PublicId) -> db::Result<bool> {
    logins::choose_workspace(tx, visit.login, visit.user.id, workspace)
}

/// The workspaces the user is a member of, the oldest membership first.
pub fn memberships_in(c: &Connection, user: UserId) -> db::Result<Vec<Membership>> {
    store::memberships(c, user)
}

/// Whether the user is a member of the workspace, suspended or not.
pub fn is_member_in(c: &Connection, user: UserId, workspace: &PublicId) -> db::Result<bool> {
    logins::is_member(c, user, workspace)
}

pub fn find_user_in(c: &Connection, email: &Email) -> db::Result<Option<User>> {
    store::find_user(c, email)
}

/// Makes the user a member, or gives the member this role.
pub fn put_member_in(
    tx: &Connection,
    workspace: WorkspaceId,
    user: UserId,
    role: MemberRole,
    now: UnixMs,
) -> db::Result<()> {
    store::put_member(tx, workspace, user, role, now)
}

/// Ends a membership, and points the user's logins elsewhere; false when there was none.
pub fn remove_member_in(tx: &Connection, workspace: WorkspaceId, user: UserId) -> db::Result<bool> {
    logins::leave_workspace(tx, workspace, user)?;
    store::remove_member(tx, workspace, user)
}

/// Makes a workspace with `owner` as its owner.
///
/// # Errors
/// [`AccountError::Invalid`] with every wrong field.
pub fn create_workspace_in(
    tx: &Connection,
    owner: UserId,
    new: &NewWorkspace,
    now: UnixMs,
) -> Result<Workspace, AccountError> {
    let checked = checked(new)?;
    let workspace = store::insert_workspace(tx, &checked, now)?;
    store::put_member(tx, workspace.id, owner, MemberRole::Owner, now)?;
    Ok(workspace)
}

/// Changes name, zone and country.
///
/// # Errors
/// [`AccountError::Invalid`] with every wrong field.
pub fn update_workspace_in(tx: &Connection, workspace: WorkspaceId, new: &NewWorkspace) -> Result<(), AccountError> {
    Ok(store::update_workspace(tx, workspace, &checked(new)?)?)
}

fn checked(new: &NewWorkspace) -> Result<super::model::CheckedWorkspace, AccountError> {
    let mut errors = Vec::new();
    let workspace = new.check(&mut errors).filter(|_| errors.is_empty());
    workspace.ok_or(AccountError::Invalid(errors))
}

/// The workspace as stored.
///
/// # Errors
/// `NotFound`.
pub fn workspace_in(c: &Connection, workspace: WorkspaceId) -> db::Result<Workspace> {
    store::get_workspace(c, workspace)
}

/// Whether an administrator closed the workspace: nobody enters, and nothing is sent from it.
///
/// # Errors
/// `NotFound` when there is no such workspace.
pub fn is_suspended_in(c: &Connection, workspace: WorkspaceId) -> db::Result<bool> {
    Ok(store::get_workspace(c, workspace)?.suspended_at.is_some())
}

impl FieldError {
    /// The same complaint about a field of another name.
    #[must_use]
    pub fn about(self, field: &'static str) -> Self {
        Self { field, ..self }
    }
}
