//! Logins of programs: the family of refresh tokens that the `access` room keeps.

use std::time::Duration;

use rusqlite::Connection;

use super::log_in::Authenticated;
use super::{LoginKind, VisitingBrowser, store};
use crate::accounts::model::{Membership, User};
use crate::accounts::scope::Scope;
use crate::clock::UnixMs;
use crate::crypto;
use crate::db;
use crate::ids::{LoginId, UserId, WorkspaceId};

/// How long a program's login lasts without a refresh.
pub const API_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A program that acts for a person.
#[derive(Clone, Debug)]
pub struct ApiVisit {
    pub login: LoginId,
    pub user: User,
    /// Its workspace; `None` for a user without any.
    pub membership: Option<Membership>,
}

impl ApiVisit {
    #[must_use]
    pub fn scope(&self) -> Option<Scope> {
        let membership = self.membership.as_ref()?;
        Some(Scope::person(membership.workspace.id, self.user.id, membership.role))
    }
}

/// Opens a login for a program. It holds no token itself: the caller stores refresh tokens under its id.
pub(super) fn issue_api_in(
    tx: &Connection,
    user: UserId,
    workspace: Option<WorkspaceId>,
    browser: &VisitingBrowser,
    now: UnixMs,
) -> db::Result<LoginId> {
    let row = store::NewLogin {
        // No token belongs to it: the column is for cookies.
        token_hash: crypto::hash_token(&crypto::random_token()),
        kind: LoginKind::Api,
        user,
        workspace,
        address: browser.address.to_string(),
        agent: browser.kept_agent(),
        now,
        expires: now.plus(API_LIFETIME),
    };
    store::insert(tx, &row)
}

/// Whom a program's login belongs to, and the membership it works in. `None` when it has ended, or its user was locked
/// out.
pub fn find_api(c: &Connection, login: LoginId, now: UnixMs) -> db::Result<Option<ApiVisit>> {
    store::find_api(c, login, now)
}

/// The program has refreshed its tokens: its login lives on for [`API_LIFETIME`].
pub fn renew_api_in(tx: &Connection, login: LoginId, now: UnixMs) -> db::Result<()> {
    store::touch(tx, login, now, now.plus(API_LIFETIME))
}

impl crate::accounts::Accounts {
    /// Opens a login for a program, as [`Self::log_in`] does for a browser: recorded, and told when the device is new.
    /// Call [`Self::entered`] after the commit.
    pub fn issue_api_in(
        &self,
        tx: &Connection,
        proven: &Authenticated,
        workspace: Option<WorkspaceId>,
        browser: &VisitingBrowser,
        now: UnixMs,
    ) -> db::Result<LoginId> {
        self.log_in_user(tx, proven, LoginKind::Api, browser, now)?;
        issue_api_in(tx, proven.user(), workspace, browser, now)
    }
}
