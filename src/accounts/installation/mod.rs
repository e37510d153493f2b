//! The administrator's settings for the whole installation, and guest access where it is allowed.

mod store;

use std::time::Duration;

use rusqlite::Connection;
use serde_json::json;

use super::logins::{self, IssuedLogin, VisitingBrowser};
use super::model::{AccountError, CheckedUser, Email, GUEST_HOST, PlatformRole, User, Verification};
use super::password::Password;
use super::scope::MemberRole;
use super::{Accounts, store as people};
use crate::audit::{self, Action, Admin};
use crate::clock::UnixMs;
use crate::i18n::Text;
use crate::ids::WorkspaceId;
use crate::{crypto, db};

pub(super) use store::installation;

/// A guest's login ends after this time, and can be started again.
const GUEST_VISIT: Duration = Duration::from_secs(2 * 60 * 60);

/// The settings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Installation {
    /// Whether strangers may register; otherwise people come by invitation.
    pub registration_open: bool,
    /// Whether the log-in page offers guest access.
    pub guest_tour: bool,
    /// The workspace that guests see; without one there is no guest access.
    pub guest_workspace: Option<WorkspaceId>,
    /// How many workspaces one person may own without paying for them.
    pub free_workspaces: u32,
}

/// The most that [`Installation::free_workspaces`] may be.
pub const MOST_FREE_WORKSPACES: u32 = 20;

impl Installation {
    /// The workspace of guests, if there is one.
    #[must_use]
    pub fn open_guest_workspace(&self) -> Option<WorkspaceId> {
        self.guest_workspace.filter(|_| self.guest_tour)
    }
}

impl Accounts {
    pub async fn installation(&self) -> Result<Installation, AccountError> {
        self.db.read(|c| Ok(installation(c)?)).await
    }

    /// Stores the administrator's decisions. Closing the tour, or moving it elsewhere, ends the visits of those who are
    /// on it.
    ///
    /// # Errors
    /// [`AccountError::NotFound`] when there is no such workspace, [`AccountError::Invalid`] for a tour of nothing or a
    /// number of free workspaces out of bounds.
    pub async fn set_installation(&self, admin: Admin, new: Installation) -> Result<(), AccountError> {
        if new.guest_tour && new.guest_workspace.is_none() {
            let missing = Text::new("accounts-tour-workspace");
            return Err(AccountError::field("guest_workspace", missing));
        }
        if !(1..=MOST_FREE_WORKSPACES).contains(&new.free_workspaces) {
            let text = Text::new("accounts-free-workspaces-wrong").number("most", MOST_FREE_WORKSPACES);
            return Err(AccountError::field("free_workspaces", text));
        }
        let now = self.clock.now();
        self.db
            .write(move |tx| {
                if let Some(workspace) = new.guest_workspace {
                    people::find_workspace_by_id(tx, workspace)?.ok_or(AccountError::NotFound)?;
                }
                let before = installation(tx)?;
                if before == new {
                    return Ok(());
                }
                store::set(tx, new)?;
                if before.open_guest_workspace() != new.open_guest_workspace() {
                    end_guest_logins_in(tx)?;
                }
                let detail = json!({
                    "registration_open": new.registration_open,
                    "guest_tour": new.guest_tour,
                    "free_workspaces": new.free_workspaces,
                });
                let entry = admin.entry(Action::InstallationChanged).detail(detail);
                Ok::<_, AccountError>(audit::record_in(tx, &entry, now)?)
            })
            .await?;
        self.changed();
        Ok(())
    }

    /// Lets a visitor look around for two hours.
    ///
    /// # Errors
    /// [`AccountError::NoGuestLogin`] when there is none; [`AccountError::Throttled`] for who comes too often.
    pub async fn log_in_as_guest(&self, browser: VisitingBrowser) -> Result<IssuedLogin, AccountError> {
        self.installation()
            .await?
            .open_guest_workspace()
            .ok_or(AccountError::NoGuestLogin)?;
        let now = self.clock.now();
        self.throttle.guest_login(browser.address, now)?;
        // Nobody knows the password: guests log in by the button only.
        let hash = match self.db.read(store::guest).await? {
            None => Some(self.hasher.hash(Password::generate()).await?),
            Some(_) => None,
        };
        self.db
            .write(move |tx| {
                let workspace = installation(tx)?
                    .open_guest_workspace()
                    .ok_or(AccountError::NoGuestLogin)?;
                let open = people::find_workspace_by_id(tx, workspace)?.is_some_and(|w| w.suspended_at.is_none());
                if !open {
                    return Err(AccountError::NoGuestLogin);
                }
                let guest = guest_in(tx, hash.as_deref(), now)?;
                people::only_member_of(tx, guest.id, workspace)?;
                people::put_member(tx, workspace, guest.id, MemberRole::Agent, now)?;
                Ok(logins::issue_for_in(tx, guest.id, &browser, GUEST_VISIT, now)?)
            })
            .await
    }
}

/// How many workspaces one person may own here without paying for them.
pub fn free_workspaces_in(c: &Connection) -> db::Result<u32> {
    Ok(installation(c)?.free_workspaces)
}

/// The user that all guests share.
fn guest_in(tx: &Connection, hash: Option<&str>, now: UnixMs) -> Result<User, AccountError> {
    if let Some(guest) = store::guest(tx)? {
        return Ok(guest);
    }
    // The guest was just deleted; the next attempt creates a new one.
    let hash = hash.ok_or(AccountError::NoGuestLogin)?;
    let guest = CheckedUser {
        name: "Guest".to_owned(),
        email: Email::stored(format!("{}{GUEST_HOST}", crypto::random_token().to_lowercase())),
        platform_role: PlatformRole::Guest,
        standing: Verification::Verified,
    };
    let guest = people::insert_user(tx, &guest, hash, now)?;
    store::set_guest(tx, guest.id)?;
    Ok(guest)
}

fn end_guest_logins_in(tx: &Connection) -> db::Result<()> {
    if let Some(guest) = store::guest(tx)? {
        logins::delete_all_of(tx, guest.id, None)?;
    }
    Ok(())
}
