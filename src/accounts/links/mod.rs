//! Links in mails: single-use, expiring, and stored as hashes.
//!
//! Following a link proves that whoever did reads the mail of the address it was sent to, so each remembers that
//! address: a link sent to an address that the user no longer has confirms nothing.
//!
//! Invariants
//! - A new link ends the user's earlier one for the same purpose.
//! - Looking at a link's page does not use it up: programs that scan mails follow links, but press no buttons.

mod store;

use std::time::Duration;

use rusqlite::Connection;

use super::model::{AccountError, Email, User};
use crate::clock::UnixMs;
use crate::ids::UserId;
use crate::{crypto, db};

pub(super) use store::prune;

crate::words!(
    /// What following the link does.
    pub enum Purpose {
        VerifyEmail = "verify_email",
        ResetPassword = "reset_password",
        ChangeEmail = "change_email",
    }
);

/// A link that still works.
#[derive(Clone, Debug)]
pub struct Link {
    pub user: User,
    /// The address that the link was mailed to.
    pub email: Email,
}

impl Purpose {
    /// How long such a link works. A reset is the key to the account, so it does not lie around in a mailbox.
    #[must_use]
    pub const fn lifetime(self) -> Duration {
        const HOUR: u64 = 60 * 60;
        match self {
            Self::VerifyEmail | Self::ChangeEmail => Duration::from_secs(24 * HOUR),
            Self::ResetPassword => Duration::from_secs(HOUR),
        }
    }

    /// The page that a link leads to.
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

/// Makes a link that is about to be mailed to `email`; returns its path on this site. Call it in the transaction that
/// writes the letter.
///
/// # Errors
/// When the row cannot be written.
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

/// Looks at a link without using it up.
///
/// # Errors
/// [`AccountError::LinkExpired`] when it was used, has expired, or is for something else.
pub(super) fn find(c: &Connection, token: &str, purpose: Purpose, now: UnixMs) -> Result<Link, AccountError> {
    let found = store::find(c, &crypto::hash_token(token), purpose, now)?;
    let link = found.ok_or(AccountError::LinkExpired)?;
    // A new address is not the user's yet; any other link is worth something at the user's address only.
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

/// Ends the links that an earlier address or password of the user was good for.
pub(super) fn revoke_in(tx: &Connection, user: UserId) -> db::Result<()> {
    Purpose::ALL
        .iter()
        .try_for_each(|purpose| store::delete(tx, user, *purpose))
}
