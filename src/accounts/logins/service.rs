//! Logging in, being recognised, and logging out.

use tokio::sync::watch;

use crate::accounts::model::{AccountError, Email};
use crate::accounts::password::Password;
use crate::accounts::scope::Scope;
use crate::accounts::{Accounts, store as people};
use crate::ids::{LoginId, PublicId};

use super::{IssuedLogin, Visit, VisitingBrowser, store};

impl Accounts {
    /// Logs the browser in.
    ///
    /// # Errors
    /// [`AccountError::WrongCredentials`] alike for an unknown address and a wrong password, and
    /// [`AccountError::Throttled`] after too many of them.
    pub async fn log_in(
        &self,
        email: &str,
        password: Password,
        browser: VisitingBrowser,
    ) -> Result<IssuedLogin, AccountError> {
        let email = Email::parse(email).map_err(|_| AccountError::WrongCredentials)?;
        let now = self.clock.now();
        if let Some(wait) = self.throttle.wait(&email, browser.address, now) {
            return Err(AccountError::Throttled(wait));
        }
        self.throttle.failed(&email, browser.address, now);
        let wanted = email.clone();
        let known = self
            .db
            .read(move |c| Ok::<_, AccountError>(people::find_credentials(c, &wanted)?))
            .await?;
        let (user, hash) = known.unzip();
        let right = self.hasher.verify(password, hash).await?;
        let user = user.filter(|_| right).ok_or(AccountError::WrongCredentials)?;
        self.throttle.succeeded(&email, browser.address);
        self.db
            .write(move |tx| {
                store::prune(tx, now)?;
                Ok(super::issue_in(tx, user, &browser, now)?)
            })
            .await
    }

    /// Who comes with this cookie, if anybody. Moves the login's expiry now and then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn visit(&self, token: &str) -> Result<Option<Visit>, AccountError> {
        let (now, token) = (self.clock.now(), token.to_owned());
        let found = self
            .db
            .read(move |c| Ok::<_, AccountError>(super::find(c, &token, now)?))
            .await?;
        let Some((visit, due)) = found else { return Ok(None) };
        if !due {
            return Ok(Some(visit));
        }
        let login = visit.login;
        self.db
            .write(move |tx| Ok::<_, AccountError>(super::renew_in(tx, login, now)?))
            .await?;
        Ok(Some(Visit { renewed: true, ..visit }))
    }

    /// Ends this login only.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log_out(&self, login: LoginId) -> Result<(), AccountError> {
        self.db
            .write(move |tx| Ok::<_, AccountError>(store::delete(tx, login)?))
            .await?;
        self.changed();
        Ok(())
    }

    /// Changes the visitor's own password and ends the visitor's other logins.
    ///
    /// # Errors
    /// [`AccountError::Invalid`] when the current password is wrong or the new one is weak;
    /// [`AccountError::Throttled`] after too many wrong ones.
    pub async fn change_password(
        &self,
        visit: &Visit,
        browser: &VisitingBrowser,
        current: Password,
        new: Password,
    ) -> Result<(), AccountError> {
        let (user, login, now) = (visit.user.id, visit.login, self.clock.now());
        if let Some(wait) = self.throttle.wait(&visit.user.email, browser.address, now) {
            return Err(AccountError::Throttled(wait));
        }
        self.throttle.failed(&visit.user.email, browser.address, now);
        let hash = self
            .db
            .read(move |c| Ok::<_, AccountError>(people::password_hash(c, user)?))
            .await?;
        if !self.hasher.verify(current, Some(hash)).await? {
            return Err(AccountError::field(
                "current_password",
                "This is not your current password.",
            ));
        }
        self.throttle.succeeded(&visit.user.email, browser.address);
        new.check(&[&visit.user.name, visit.user.email.as_str()])
            .map_err(|e| AccountError::Invalid(vec![e]))?;
        let hash = self.hasher.hash(new).await?;
        self.db
            .write(move |tx| {
                people::set_password_hash(tx, user, &hash)?;
                Ok::<_, AccountError>(store::delete_all_of(tx, user, Some(login))?)
            })
            .await?;
        self.changed();
        Ok(())
    }

    /// Points this browser at another of the user's workspaces.
    ///
    /// # Errors
    /// [`AccountError::NotFound`] when the user is no member there.
    pub async fn choose_workspace(&self, visit: &Visit, workspace: PublicId) -> Result<(), AccountError> {
        let (login, user) = (visit.login, visit.user.id);
        let chosen = self
            .db
            .write(move |tx| Ok::<_, AccountError>(store::choose_workspace(tx, login, user, &workspace)?))
            .await?;
        if chosen { Ok(()) } else { Err(AccountError::NotFound) }
    }

    /// Whether a stream opened by this login may go on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn still_may(&self, login: LoginId, scope: Scope) -> Result<bool, AccountError> {
        let now = self.clock.now();
        self.db
            .read(move |c| Ok(store::is_alive(c, login, scope.workspace, scope.role, now)?))
            .await
    }

    /// Changes whenever logins end or memberships change anywhere; then ask [`Self::still_may`].
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
