//! Deletes an account, and what belongs only to it.
//!
//! The account stops working at once: no login works, the address is free again, memberships end. Slow parts (logging
//! out linked numbers, deleting a million messages) are done by jobs in steps; until they are done nobody can use the
//! workspaces concerned and nothing is sent from them. The jobs are declared here, with their payloads; the `export`
//! room, which sees every room whose rows they delete, runs them.
//!
//! Invariants
//! - A workspace with other members never loses its last owner, and the installation never its last administrator.
//! - The audit log keeps the act, without address and name.

mod store;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::Accounts;
use super::logins::{self, VisitingBrowser, email_to, tell_in};
use super::model::{AccountError, Email, PlatformRole, User, Workspace};
use super::password::Password;
use super::scope::Forbidden;
use crate::audit::{self, Action, Actor, Admin, Entry};
use crate::clock::UnixMs;
use crate::db;
use crate::i18n::{T, Text};
use crate::ids::{JobId, UserId, WorkspaceId};
use crate::jobs::{self, Job, Lane, Order};
use crate::mail::EmailDraft;

pub use store::{drop_user_in, drop_workspace_in, is_deleted, is_without_members};

/// Deletes everything of a workspace without members.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
pub struct EraseWorkspace {
    pub workspace: WorkspaceId,
}

impl Job for EraseWorkspace {
    const KIND: &'static str = "accounts.erase_workspace";
    const LANE: Lane = Lane::Upkeep;
    /// It must complete: it may wait for a number that cannot be logged out now, or for a full disk.
    const MAX_ATTEMPTS: u32 = 50;
}

/// Deletes the row of a former user, and their name on what they wrote.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
pub struct EraseUser {
    pub user: UserId,
}

impl Job for EraseUser {
    const KIND: &'static str = "accounts.erase_user";
    const LANE: Lane = Lane::Upkeep;
    const MAX_ATTEMPTS: u32 = 50;
}

/// What would happen to a person's workspaces.
#[derive(Clone, Debug, Default)]
pub struct DeletionOutcome {
    /// The person is the only member: these are deleted with everything in them.
    pub goes: Vec<Workspace>,
    /// Others keep these.
    pub stays: Vec<Workspace>,
    /// These have other members, but no other owner.
    pub needs_owner: Vec<Workspace>,
    pub last_admin: bool,
}

impl DeletionOutcome {
    pub fn check(&self) -> Result<(), AccountError> {
        if self.last_admin {
            return Err(AccountError::LastAdmin);
        }
        if self.needs_owner.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = self
            .needs_owner
            .iter()
            .map(|workspace| workspace.name.clone())
            .collect();
        Err(AccountError::OnlyOwner(names.join(", ")))
    }
}

/// The form that deletes an account, as typed.
#[derive(Clone, Debug)]
pub struct Deletion {
    /// The person's own address, typed to confirm.
    pub email: String,
    pub password: Password,
    /// Needed with a second factor.
    pub code: String,
}

impl Accounts {
    /// What would become of the user's workspaces.
    pub async fn deletion_outcome(&self, user: UserId) -> Result<DeletionOutcome, AccountError> {
        self.db.read(move |c| Ok(deletion_outcome(c, user)?)).await
    }

    /// Deletes the user's own account.
    ///
    /// # Errors
    /// [`AccountError::Invalid`] when the address or the password is wrong, [`AccountError::WrongCode`],
    /// [`AccountError::Throttled`], [`AccountError::OnlyOwner`] and [`AccountError::LastAdmin`]; and
    /// [`AccountError::Forbidden`] for anybody but the person: an administrator in their place, or a key.
    pub async fn delete_account(
        &self,
        user: &User,
        actor: Actor,
        browser: &VisitingBrowser,
        form: Deletion,
    ) -> Result<(), AccountError> {
        if actor != Actor::Person(user.id) || user.platform_role == PlatformRole::Guest {
            return Err(Forbidden.into());
        }
        if Email::parse(&form.email).ok().as_ref() != Some(&user.email) {
            return Err(AccountError::field("email", Text::new("accounts-email-not-yours")));
        }
        self.deletion_outcome(user.id).await?.check()?;
        self.ask_again(user, browser, form.password, &form.code).await?;
        self.remove_user(user.clone(), actor).await
    }

    /// Deletes the account of this address: whoever owns the box, on the command line.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], [`AccountError::OnlyOwner`] and [`AccountError::LastAdmin`].
    pub async fn delete_user(&self, admin: Admin, email: &str) -> Result<User, AccountError> {
        let user = self.find_user(admin, email).await?;
        self.remove_user(user.clone(), admin.actor()).await?;
        Ok(user)
    }

    async fn remove_user(&self, user: User, actor: Actor) -> Result<(), AccountError> {
        let (accounts, now) = (self.clone(), self.clock.now());
        self.db
            .write(move |tx| accounts.remove_user_in(tx, &user, actor, now))
            .await?;
        self.changed();
        self.mailer.wake();
        self.jobs.wake();
        Ok(())
    }

    fn remove_user_in(&self, tx: &Connection, user: &User, actor: Actor, now: UnixMs) -> Result<(), AccountError> {
        if store::is_deleted(tx, user.id)? {
            return Err(AccountError::NotFound);
        }
        let left = deletion_outcome(tx, user.id)?;
        left.check()?;
        tell_in(self, tx, user, |t| goodbye(user, t), now)?;
        erase_user_in(tx, user, left, actor, now)
    }
}

/// Locks the user out, frees the address, and has the rest cleared away. Wake the jobs after the commit.
pub(super) fn erase_user_in(
    tx: &Connection,
    user: &User,
    left: DeletionOutcome,
    actor: Actor,
    now: UnixMs,
) -> Result<(), AccountError> {
    // Before the address changes, since it identifies the rows about this person.
    audit::forget_user_in(tx, user.id)?;
    audit::record_in(
        tx,
        &Entry::new(actor, Action::UserDeleted).target(user.public_id.as_str()),
        now,
    )?;
    logins::delete_all_of(tx, user.id, None)?;
    store::leave_all(tx, user.id)?;
    store::mark_deleted(tx, user, now)?;
    for workspace in left.goes {
        erase_workspace_in(tx, &workspace, actor, now)?;
    }
    let order = Order::unique(user.id.to_string());
    jobs::enqueue_in(tx, &EraseUser { user: user.id }, order, now)?;
    Ok(())
}

/// Closes the workspace to everybody and has it cleared away. Wake the jobs after the commit.
pub fn erase_workspace_in(tx: &Connection, workspace: &Workspace, actor: Actor, now: UnixMs) -> db::Result<JobId> {
    store::close_workspace(tx, workspace.id, now)?;
    let entry = Entry::new(actor, Action::WorkspaceDeleted).target(workspace.public_id.as_str());
    audit::record_in(tx, &entry, now)?;
    let job = EraseWorkspace {
        workspace: workspace.id,
    };
    // The job does not belong to the workspace: it would be deleted with it before it is done.
    jobs::enqueue_in(tx, &job, Order::unique(workspace.id.to_string()), now)
}

pub(super) fn deletion_outcome(c: &Connection, user: UserId) -> db::Result<DeletionOutcome> {
    let mut outcome = DeletionOutcome {
        last_admin: store::is_last_admin(c, user)?,
        ..DeletionOutcome::default()
    };
    for (workspace, company) in store::company(c, user)? {
        if company.others == 0 {
            outcome.goes.push(workspace);
        } else if company.owns && company.other_owners == 0 {
            outcome.needs_owner.push(workspace);
        } else {
            outcome.stays.push(workspace);
        }
    }
    Ok(outcome)
}

fn goodbye(user: &User, t: &T) -> EmailDraft {
    email_to(t, user, "security-mail-deleted")
        .text(t.get("security-mail-deleted-text"))
        .note(t.get("security-mail-deleted-note"))
}
