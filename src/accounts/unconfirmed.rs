//! Unconfirmed registrations: nobody has shown yet that they read the mail of the address.
//!
//! Anybody may register any address, repeatedly. So the user's row stores what was typed first, each link
//! what was typed with it, and following one decides. Proof of the address by other means (an invitation, a
//! change of one's own address) overrides all of them.

use std::time::Duration;

use rusqlite::Connection;

use super::deletion;
use super::links::{self, Registered, Waiting};
use super::model::{AccountError, Email, PlatformRole, User, Workspace};
use super::throttle::Mailing;
use super::{Accounts, emails, store};
use crate::audit::Actor;
use crate::clock::UnixMs;
use crate::db;
use crate::ids::UserId;
use crate::jobs::Run;

/// How long an address can be confirmed. Then the account is deleted, and the address is free again.
pub const UNCONFIRMED_LIFETIME: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// Users checked in one transaction.
const PRUNED_AT_ONCE: u32 = 50;

/// Whether the user has not confirmed their address.
pub(super) fn is_unconfirmed(user: &User) -> bool {
    user.verified_at.is_none() && user.suspended_at.is_none() && user.platform_role == PlatformRole::User
}

/// Whether anybody may register the address: it is unconfirmed, and its user was not added to
/// a workspace. A member's data must not be replaced by a stranger's registration.
pub(super) fn is_open(c: &Connection, user: &User) -> db::Result<bool> {
    if !is_unconfirmed(user) {
        return Ok(false);
    }
    let left = deletion::deletion_outcome(c, user.id)?;
    let only_own = left.goes.iter().all(|workspace| came_with(user, workspace));
    Ok(only_own && left.stays.is_empty() && left.check().is_ok())
}

/// The workspace of the first registration, unless it has other members by now.
fn registered_with(c: &Connection, user: &User) -> db::Result<Vec<Workspace>> {
    let mut own = deletion::deletion_outcome(c, user.id)?.goes;
    own.retain(|workspace| came_with(user, workspace));
    Ok(own)
}

/// A registration writes both rows at the same time; a workspace that the user was added to is older or newer.
fn came_with(user: &User, workspace: &Workspace) -> bool {
    workspace.created_at == user.created_at
}

/// The registrations of an unconfirmed address, newest first; at least one.
pub(super) fn waiting_in(c: &Connection, user: &User) -> db::Result<Vec<Waiting>> {
    links::waiting_in(c, user.id, || {
        Ok(Registered {
            name: user.name.clone(),
            hash: store::password_hash(c, user.id)?,
            workspace: None,
            at: user.created_at,
        })
    })
}

/// Makes a registration the user's, and the address confirmed. Does nothing for a confirmed user.
pub(super) fn confirm_in(
    tx: &Connection,
    user: &User,
    registered: Option<&Registered>,
    now: UnixMs,
) -> Result<(), AccountError> {
    if user.verified_at.is_some() {
        return Ok(());
    }
    if let Some(registered) = registered {
        store::set_name(tx, user.id, &registered.name)?;
        store::set_password_hash(tx, user.id, &registered.hash)?;
        let own = registered_with(tx, user)?.into_iter().next();
        if let Some((own, wanted)) = own.zip(registered.workspace.as_ref()) {
            store::update_workspace(tx, own.id, wanted)?;
        }
    }
    Ok(store::set_verified(tx, user.id, now)?)
}

/// Gives the account to a person who has proved the address, with this name and password. What strangers
/// registered with it is deleted: their links, and the unused workspace.
pub(super) fn transfer_in(
    tx: &Connection,
    user: &User,
    name: &str,
    hash: &str,
    now: UnixMs,
) -> Result<User, AccountError> {
    store::set_name(tx, user.id, name)?;
    store::set_password_hash(tx, user.id, hash)?;
    store::set_verified(tx, user.id, now)?;
    links::revoke_in(tx, user.id)?;
    for workspace in registered_with(tx, user)? {
        deletion::erase_workspace_in(tx, &workspace, Actor::System, now)?;
    }
    store::user_by_id(tx, user.id)?.ok_or(AccountError::NotFound)
}

/// Whether the address is unconfirmed or unknown.
pub(super) fn is_free(c: &Connection, email: &Email) -> db::Result<bool> {
    match store::find_user(c, email)? {
        None => Ok(true),
        Some(user) => is_open(c, &user),
    }
}

/// Frees an address for a person who has proved it; false when somebody else has.
pub(super) fn make_way_in(tx: &Connection, email: &Email, now: UnixMs) -> Result<bool, AccountError> {
    match store::find_user(tx, email)? {
        None => Ok(true),
        Some(user) => forget_in(tx, &user, now),
    }
}

/// Deletes the user without an email to the address, which may be anybody's. A user who was added to a
/// workspace stays.
fn forget_in(tx: &Connection, user: &User, now: UnixMs) -> Result<bool, AccountError> {
    if !is_open(tx, user)? {
        return Ok(false);
    }
    let left = deletion::deletion_outcome(tx, user.id)?;
    deletion::erase_user_in(tx, user, left, Actor::System, now)?;
    Ok(true)
}

impl Accounts {
    /// Mails a registration's link again, unless the mailbox has reached its limit. Call
    /// [`crate::mail::Mailer::wake`] after the commit.
    pub(super) fn mail_again_in(
        &self,
        tx: &Connection,
        user: &User,
        waiting: &Waiting,
        now: UnixMs,
    ) -> Result<(), AccountError> {
        if self.throttle.mail(&user.email, Mailing::Verification, now) {
            let path = links::renew_in(tx, user, waiting, now)?;
            let draft = emails::verify(&user.email, &waiting.registered, &path);
            self.mailer.send_in(tx, &draft, now)?;
        }
        Ok(())
    }

    /// Counts the address as confirmed, on the word of whoever owns the box.
    ///
    /// # Errors
    /// [`AccountError::RegisteredTwice`] when it cannot be told whose it would be.
    pub(super) fn verify_in(tx: &Connection, user: &User, now: UnixMs) -> Result<(), AccountError> {
        if user.verified_at.is_some() {
            return Ok(());
        }
        let mut waiting = waiting_in(tx, user)?;
        let only = waiting.pop();
        if !waiting.is_empty() {
            return Err(AccountError::RegisteredTwice);
        }
        confirm_in(tx, user, only.as_ref().map(|only| &only.registered), now)?;
        Ok(links::revoke_in(tx, user.id)?)
    }

    /// Forgets who has not confirmed their address for [`UNCONFIRMED_LIFETIME`] and was not mailed a link that still
    /// works.
    pub(super) async fn prune_unconfirmed(&self, run: &Run) -> Result<(), AccountError> {
        let now = self.clock.now();
        let mut after = UserId(0);
        while !run.stopped() {
            let last = self.db.write(move |tx| forget_some_in(tx, after, now)).await?;
            let Some(last) = last else { break };
            after = last;
        }
        self.jobs.wake();
        Ok(())
    }
}

/// Deletes some of the due users, after `after`; returns the last one checked.
fn forget_some_in(tx: &Connection, after: UserId, now: UnixMs) -> Result<Option<UserId>, AccountError> {
    let due = store::overdue(tx, after, now.minus(UNCONFIRMED_LIFETIME), now, PRUNED_AT_ONCE)?;
    for user in &due {
        forget_in(tx, user, now)?;
    }
    Ok(due.last().map(|user| user.id))
}
