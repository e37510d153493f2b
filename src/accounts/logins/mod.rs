//! Logins: browsers and programs that are logged in, and their visits.
//!
//! The browser holds 256 random bits in a cookie; the row holds their SHA-256. The CSRF token is derived from the same
//! bits, so it needs no storage and ends with the login. A login lasts 30 days from its last use.
//!
//! A program's login is a row of the same table: the family of its refresh tokens, which the `access` room stores. What
//! ends a person's logins ends both kinds.
//!
//! Logging in takes two steps: [`Accounts::authenticate`](crate::accounts::Accounts::authenticate) checks the password
//! (and then the second factor), and only its [`Authenticated`] opens a login.

mod agent;
mod alerts;
mod devices;
mod log_in;
mod own;
mod programs;
mod service;
mod store;

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::Connection;

use crate::audit::Admin;
use crate::clock::UnixMs;
use crate::ids::{LoginId, PublicId, UserId};
use crate::{crypto, db};

use super::model::{Membership, PlatformRole, User};
use super::scope::{By, Forbidden, Scope};

pub use agent::Agent;
pub use alerts::Suspicion;
pub(super) use alerts::{SECURITY, circumstances, email_to, tell_in};
pub use log_in::{Authenticated, Challenge, LogIn, Proof};
pub use own::OwnLogin;
pub use programs::{API_LIFETIME, ApiVisit, find_api, renew_api_in};
pub(super) use store::delete as delete_in;
pub use store::get_user as user_in;
pub(super) use store::{choose_workspace, delete_all_of, delete_challenges_of, is_member, leave_workspace};

/// How long a login lasts without being used.
pub const LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// A login's expiry is extended at most this often, so that reading pages does not write.
const RENEW_AFTER: Duration = Duration::from_secs(60 * 60);
/// People recognise their browsers by the user agent; the rest of a long one does not help.
const MAX_AGENT: usize = 200;

crate::words!(
    /// The credential of a login.
    pub enum LoginKind {
        /// A cookie.
        Browser = "browser",
        /// A refresh token.
        Api = "api",
    }
);

/// What is stored about a browser so that its owner recognises it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VisitingBrowser {
    pub address: IpAddr,
    pub agent: String,
    /// The value of the browser's long-lived cookie, so that it is recognised after its login has ended.
    pub device: Option<String>,
}

impl VisitingBrowser {
    fn kept_agent(&self) -> String {
        let plain = self.agent.chars().filter(|c| !c.is_control());
        plain.take(MAX_AGENT).collect()
    }
}

/// A new login: the value of its cookie.
#[derive(Clone)]
pub struct IssuedLogin {
    pub token: String,
    pub user: UserId,
    pub lifetime: Duration,
}

/// A request by someone who is logged in.
#[derive(Clone, Debug)]
pub struct Visit {
    pub login: LoginId,
    pub user: User,
    /// The browser's current workspace; `None` for a user without any.
    pub membership: Option<Membership>,
    /// The token that a form or an `X-CSRF-Token` header must have.
    pub csrf: String,
    /// This visit extended the expiry, so the cookie's must be extended too.
    pub renewed: bool,
    /// The administrator who impersonates the user.
    pub impersonator: Option<UserId>,
}

impl Visit {
    #[must_use]
    pub fn scope(&self) -> Option<Scope> {
        let membership = self.membership.as_ref()?;
        let scope = Scope::person(membership.workspace.id, self.user.id, membership.role);
        let by = self.impersonator.map_or(By::Person, By::Impersonator);
        Some(Scope { by, ..scope })
    }

    /// Owns the box; not while in somebody else's place.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.user.platform_role == PlatformRole::Admin && self.impersonator.is_none()
    }

    /// The visitor at work across workspaces, from this address.
    ///
    /// # Errors
    /// [`Forbidden`] for anybody but an administrator, and for one who sits in somebody's place.
    pub fn admin(&self, address: impl Into<Option<IpAddr>>) -> Result<Admin, Forbidden> {
        if self.is_admin() {
            Ok(Admin::person(self.user.id, address.into()))
        } else {
            Err(Forbidden)
        }
    }

    /// Guests look and change nothing.
    #[must_use]
    pub fn read_only(&self) -> bool {
        self.user.platform_role == PlatformRole::Guest
    }
}

impl From<&Visit> for crate::audit::Actor {
    fn from(visit: &Visit) -> Self {
        let user = visit.user.id;
        visit
            .impersonator
            .map_or(Self::Person(user), |admin| Self::Impersonator { admin, user })
    }
}

/// The token that proves that a form came from a page of this login, and names the workspace that the page showed.
pub(super) fn csrf_of(token: &str, workspace: Option<&PublicId>) -> String {
    let secret = URL_SAFE_NO_PAD.encode(crypto::hash_token(&format!("csrf\n{token}")));
    format!("{secret}.{}", workspace.map(PublicId::as_str).unwrap_or_default())
}

pub(super) fn issue_in(
    tx: &Connection,
    user: UserId,
    browser: &VisitingBrowser,
    now: UnixMs,
) -> db::Result<IssuedLogin> {
    issue_for_in(tx, user, browser, LIFETIME, now)
}

/// [`issue_in`] for another lifetime.
pub(super) fn issue_for_in(
    tx: &Connection,
    user: UserId,
    browser: &VisitingBrowser,
    lifetime: Duration,
    now: UnixMs,
) -> db::Result<IssuedLogin> {
    let token = crypto::random_token();
    let row = store::NewLogin {
        token_hash: crypto::hash_token(&token),
        kind: LoginKind::Browser,
        user,
        workspace: None,
        address: browser.address.to_string(),
        agent: browser.kept_agent(),
        now,
        expires: now.plus(lifetime),
    };
    store::insert(tx, &row)?;
    Ok(IssuedLogin { token, user, lifetime })
}

/// The login of a cookie's token, and whether its expiry is due to be extended.
pub(super) fn find(c: &Connection, token: &str, now: UnixMs) -> db::Result<Option<(Visit, bool)>> {
    let found = store::find(c, &crypto::hash_token(token), now)?;
    Ok(found.map(|found| {
        // Guest logins and impersonation are never extended.
        let lasting = found.user.platform_role != PlatformRole::Guest && found.impersonator.is_none();
        let due = lasting && !found.seen_at.is_within(RENEW_AFTER, now);
        let membership = found.membership;
        let visit = Visit {
            login: found.id,
            user: found.user,
            csrf: csrf_of(
                token,
                membership.as_ref().map(|membership| &membership.workspace.public_id),
            ),
            membership,
            renewed: false,
            impersonator: found.impersonator,
        };
        (visit, due)
    }))
}

pub(super) fn renew_in(tx: &Connection, login: LoginId, now: UnixMs) -> db::Result<()> {
    store::touch(tx, login, now, now.plus(LIFETIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_stored_as_hashes() {
        let c = Connection::open_in_memory().unwrap();
        for schema in [
            include_str!("../../../migrations/V001__accounts.sql"),
            include_str!("../../../migrations/V007__standing.sql"),
            include_str!("../../../migrations/V012__security.sql"),
        ] {
            c.execute_batch(schema).unwrap();
        }
        let person = "INSERT INTO users (public_id, email, name, password_hash, platform_role, created_at)
                      VALUES ('usr_1', 'a@b.de', 'A', 'x', 'user', 0)";
        c.execute_batch(person).unwrap();
        let browser = VisitingBrowser {
            address: IpAddr::from([192, 0, 2, 7]),
            agent: "Firefox".into(),
            device: None,
        };
        let login = issue_in(&c, UserId(1), &browser, UnixMs(0)).unwrap();
        let stored: Vec<u8> = c
            .query_row("SELECT token_hash FROM logins", [], |row| row.get(0))
            .unwrap();
        assert_eq!(stored, crypto::hash_token(&login.token));
        let csrf = csrf_of(&login.token, None);
        assert!(!csrf.contains(&login.token) && csrf.as_bytes() != stored);
    }
}
