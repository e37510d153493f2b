//! Joining: what invited people do.

use rusqlite::Connection;
use serde_json::json;

use super::model::{Invited, Joined, TeamError};
use super::{Team, store};
use crate::accounts::{self, Email, Forbidden, Password, User, Visit, VisitingBrowser, Workspace};
use crate::audit::{self, Action, Actor, Entry};
use crate::clock::UnixMs;
use crate::crypto;
use crate::ids::PublicId;
use crate::plans::{self, Quota};

impl Team {
    /// What a link leads to. Looking does not use it up.
    ///
    /// # Errors
    /// [`TeamError::InvitationOver`].
    pub async fn look(&self, token: &str) -> Result<Invited, TeamError> {
        let (now, hash) = (self.clock.now(), crypto::hash_token(token));
        self.db.read(move |c| by_token(c, &hash, now)).await
    }

    /// The invitations that wait for the visitor's address.
    pub async fn waiting_for(&self, visit: &Visit) -> Result<Vec<Invited>, TeamError> {
        let (now, email) = (self.clock.now(), visit.user.email.clone());
        self.db
            .read(move |c| Ok(store::waiting_for(c, &email, None, now)?))
            .await
    }

    /// Joins with the visitor's login by the link's token; the browser looks at that workspace from now on.
    ///
    /// # Errors
    /// [`TeamError::InvitationOver`], [`TeamError::OtherAddress`], [`TeamError::Plan`] without a free seat.
    pub async fn accept(&self, visit: &Visit, browser: &VisitingBrowser, token: &str) -> Result<Workspace, TeamError> {
        let hash = crypto::hash_token(token);
        self.accept_by(visit, browser, move |tx, _, now| by_token(tx, &hash, now))
            .await
    }

    /// [`Self::accept`] for one of [`Self::waiting_for`].
    ///
    /// # Errors
    /// [`TeamError::NotFound`] when no such invitation waits for this address; else as [`Self::accept`].
    pub async fn accept_waiting(
        &self,
        visit: &Visit,
        browser: &VisitingBrowser,
        id: &PublicId,
    ) -> Result<Workspace, TeamError> {
        let id = id.clone();
        self.accept_by(visit, browser, move |tx, email, now| {
            let mut found = store::waiting_for(tx, email, Some(&id), now)?;
            found.pop().ok_or(TeamError::NotFound)
        })
        .await
    }

    async fn accept_by(
        &self,
        visit: &Visit,
        browser: &VisitingBrowser,
        find: impl FnOnce(&Connection, &Email, UnixMs) -> Result<Invited, TeamError> + Send + 'static,
    ) -> Result<Workspace, TeamError> {
        if visit.read_only() {
            return Err(Forbidden.into());
        }
        let (visit, address, now) = (visit.clone(), browser.address, self.clock.now());
        let workspace = self
            .db
            .write(move |tx| {
                let invited = find(tx, &visit.user.email, now)?;
                if invited.invitation.email != visit.user.email {
                    return Err(TeamError::OtherAddress);
                }
                let act = Entry::new(&visit, Action::InvitationAccepted).from(address);
                enter_in(tx, &invited, &visit.user, act, now)?;
                accounts::choose_workspace_in(tx, &visit, &invited.workspace.public_id)?;
                Ok(invited.workspace)
            })
            .await?;
        self.accounts.members_changed();
        Ok(workspace)
    }

    /// Makes a login for the address that the link was made for, joins with it, and logs the browser in. When the link
    /// proves no address, the one that does is written to it first.
    ///
    /// # Errors
    /// [`TeamError::InvitationOver`]; [`TeamError::HasAccount`]; [`TeamError::Invalid`] with every wrong field;
    /// [`TeamError::Plan`] without a free seat.
    pub async fn join(
        &self,
        token: &str,
        name: &str,
        password: Password,
        browser: VisitingBrowser,
    ) -> Result<Joined, TeamError> {
        // Checked first: only a valid link is worth hashing a password.
        let invited = self.look(token).await?;
        if invited.has_account {
            return Err(TeamError::HasAccount);
        }
        let joiner = self
            .accounts
            .prepare_joiner(&invited.invitation.email, name, password, invited.proves_address)
            .await?;
        let (now, hash, team, proved) = (
            self.clock.now(),
            crypto::hash_token(token),
            self.clone(),
            invited.proves_address,
        );
        let joined = self
            .db
            .write(move |tx| {
                let invited = by_token(tx, &hash, now)?;
                let user = accounts::create_invited_in(tx, &joiner, now)?;
                let actor = Actor::Person(user.id);
                let registered = Entry::new(actor, Action::UserRegistered).at(invited.workspace.id);
                audit::record_in(tx, &registered.from(browser.address), now)?;
                let act = Entry::new(actor, Action::InvitationAccepted).from(browser.address);
                enter_in(tx, &invited, &user, act, now)?;
                if !proved {
                    team.accounts.ask_to_confirm_in(tx, &user, now)?;
                    return Ok::<_, TeamError>(Joined::MustConfirm(user.email));
                }
                let login = accounts::log_in_invited_in(tx, user.id, &browser, now)?;
                Ok(Joined::LoggedIn(login))
            })
            .await?;
        self.accounts.members_changed();
        self.mailer.wake();
        Ok(joined)
    }
}

fn by_token(c: &Connection, hash: &[u8], now: UnixMs) -> Result<Invited, TeamError> {
    store::by_token(c, hash, now)?.ok_or(TeamError::InvitationOver)
}

/// Uses the invitation up and makes the user a member. An existing member keeps their role.
fn enter_in(tx: &Connection, invited: &Invited, user: &User, act: Entry, now: UnixMs) -> Result<(), TeamError> {
    let (workspace, invitation) = (invited.workspace.id, &invited.invitation);
    if store::member(tx, workspace, &user.public_id)?.is_none() {
        let used = store::count_members(tx, workspace)?;
        plans::require_room_in(tx, workspace, Quota::Seats, used, 1)?;
        accounts::put_member_in(tx, workspace, user.id, invitation.role, now)?;
    }
    store::accept(tx, invitation.id, now)?;
    let act = act.at(workspace).target(invitation.email.as_str());
    Ok(audit::record_in(
        tx,
        &act.detail(json!({ "role": invitation.role })),
        now,
    )?)
}
