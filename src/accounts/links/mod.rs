//! Links in emails: single-use, expiring, and stored as hashes.
//!
//! Following a link proves access to the mailbox it was sent to, so each stores that address: a link to an address that
//! the user no longer has confirms nothing.
//!
//! Invariants
//! - A new link revokes the user's earlier one for the same purpose. Confirmations of an address are the exception:
//!   each belongs to the registration it was mailed for, stores what was typed there, and confirms nothing else.
//! - Viewing a link's page does not use it up: programs that scan mail follow links, but send no forms.
//! - A confirmation that is followed again while it is valid answers the same, and changes nothing.

mod store;

use std::time::Duration;

use rusqlite::Connection;

use super::model::{AccountError, CheckedWorkspace, Email, User};
use crate::clock::UnixMs;
use crate::ids::UserId;
use crate::{crypto, db};

pub(super) use store::prune;

crate::words!(
    /// The purpose of a link.
    pub enum Purpose {
        VerifyEmail = "verify_email",
        ResetPassword = "reset_password",
        ChangeEmail = "change_email",
    }
);

/// A valid link.
#[derive(Clone, Debug)]
pub struct Link {
    pub user: User,
    /// The address that the link was mailed to.
    pub email: Email,
    /// It has confirmed the address already.
    pub used: bool,
    /// What it confirms, if that is still open.
    pub registered: Option<Registered>,
}

/// The data of a registration form.
#[derive(Clone)]
pub struct Registered {
    pub name: String,
    pub(super) hash: String,
    pub(super) workspace: Option<CheckedWorkspace>,
    pub at: UnixMs,
}

impl Registered {
    #[must_use]
    pub fn workspace_name(&self) -> Option<&str> {
        self.workspace.as_ref().map(|workspace| workspace.name.as_str())
    }
}

/// Without the password hash.
impl std::fmt::Debug for Registered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Registered(…)")
    }
}

/// An unconfirmed registration.
pub(super) struct Waiting {
    /// The hash of its newest link; `None` if it has none.
    token_hash: Option<Vec<u8>>,
    pub registered: Registered,
}

/// Open registrations per address. More are a nuisance, and each is a password to check.
const MOST_WAITING: u32 = 5;

impl Purpose {
    /// How long such a link is valid. A reset link gives access to the account, so it is short.
    #[must_use]
    pub const fn lifetime(self) -> Duration {
        const HOUR: u64 = 60 * 60;
        match self {
            Self::VerifyEmail | Self::ChangeEmail => Duration::from_secs(24 * HOUR),
            Self::ResetPassword => Duration::from_secs(HOUR),
        }
    }

    /// The path of a link's page.
    #[must_use]
    pub fn path(self, token: &str) -> String {
        let page = match self {
            Self::VerifyEmail => "verify-email",
            Self::ResetPassword => "reset",
            Self::ChangeEmail => "change-email",
        };
        format!("/{page}/{token}")
    }
}

/// Creates a link that is about to be mailed to `email`; returns its path on this site. Call it in the transaction that
/// writes the email.
pub(super) fn issue_in(
    tx: &Connection,
    user: UserId,
    purpose: Purpose,
    email: &Email,
    now: UnixMs,
) -> db::Result<String> {
    let token = crypto::random_token();
    let expires = now.plus(purpose.lifetime());
    store::put(tx, &crypto::hash_token(&token), user, purpose, email, now, expires)?;
    Ok(purpose.path(&token))
}

/// Creates a registration's link; links of others stay. Returns its path on this site.
pub(super) fn issue_registration_in(
    tx: &Connection,
    user: UserId,
    email: &Email,
    registered: &Registered,
    now: UnixMs,
) -> db::Result<String> {
    let token = crypto::random_token();
    let (hash, expires) = (crypto::hash_token(&token), now.plus(Purpose::VerifyEmail.lifetime()));
    store::put_registration(tx, &hash, user, email, registered, expires, MOST_WAITING)?;
    Ok(Purpose::VerifyEmail.path(&token))
}

/// Replaces a registration's link. Returns its path on this site.
pub(super) fn renew_in(tx: &Connection, user: &User, waiting: &Waiting, now: UnixMs) -> db::Result<String> {
    let Some(earlier) = &waiting.token_hash else {
        return issue_registration_in(tx, user.id, &user.email, &waiting.registered, now);
    };
    let token = crypto::random_token();
    let expires = now.plus(Purpose::VerifyEmail.lifetime());
    store::renew(tx, earlier, &crypto::hash_token(&token), expires)?;
    Ok(Purpose::VerifyEmail.path(&token))
}

/// The registrations of an unconfirmed user, newest first. If no link stores one any more,
/// it is `as_stored`.
pub(super) fn waiting_in(
    c: &Connection,
    user: UserId,
    as_stored: impl FnOnce() -> db::Result<Registered>,
) -> db::Result<Vec<Waiting>> {
    let found = store::waiting(c, user)?;
    if !found.is_empty() {
        return Ok(found);
    }
    Ok(vec![Waiting {
        token_hash: None,
        registered: as_stored()?,
    }])
}

/// Reads a link without using it up.
///
/// # Errors
/// [`AccountError::LinkExpired`] when it was used, has expired, or is for something else.
pub(super) fn find(c: &Connection, token: &str, purpose: Purpose, now: UnixMs) -> Result<Link, AccountError> {
    let found = store::find(c, &crypto::hash_token(token), purpose, now)?;
    let link = found.ok_or(AccountError::LinkExpired)?;
    // A new address is not the user's yet; any other link is valid at the user's address only.
    if purpose != Purpose::ChangeEmail && link.email != link.user.email {
        return Err(AccountError::LinkExpired);
    }
    if link.user.suspended_at.is_some() {
        return Err(AccountError::Suspended);
    }
    Ok(link)
}

/// Uses the link up.
///
/// # Errors
/// As [`find`].
pub(super) fn take_in(tx: &Connection, token: &str, purpose: Purpose, now: UnixMs) -> Result<Link, AccountError> {
    let link = find(tx, token, purpose, now)?;
    store::delete(tx, link.user.id, purpose)?;
    Ok(link)
}

/// Marks a confirmation as used: it answers the same until it expires, and the address's other registrations end.
pub(super) fn use_up_in(tx: &Connection, token: &str, user: UserId, now: UnixMs) -> db::Result<()> {
    store::mark_used(tx, &crypto::hash_token(token), now)?;
    store::delete(tx, user, Purpose::VerifyEmail)
}

/// Revokes the links that an earlier address or password of the user allowed.
pub(super) fn revoke_in(tx: &Connection, user: UserId) -> db::Result<()> {
    Purpose::ALL
        .iter()
        .try_for_each(|purpose| store::delete(tx, user, *purpose))
}
