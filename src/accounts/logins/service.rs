//! Recognising a visitor, and logging out.

use tokio::sync::watch;

use crate::accounts::Accounts;
use crate::accounts::model::AccountError;
use crate::accounts::scope::Scope;
use crate::ids::{LoginId, PublicId};

use super::{Visit, store};

impl Accounts {
    /// Who comes with this cookie, if anybody. Moves the login's expiry now and then.
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
    pub async fn log_out(&self, login: LoginId) -> Result<(), AccountError> {
        self.db
            .write(move |tx| Ok::<_, AccountError>(store::delete(tx, login)?))
            .await?;
        self.changed();
        Ok(())
    }

    /// Points this browser at another of the user's workspaces.
    ///
    /// # Errors
    /// [`AccountError::NotFound`] when the user is no member there, [`AccountError::WorkspaceSuspended`].
    pub async fn choose_workspace(&self, visit: &Visit, workspace: PublicId) -> Result<(), AccountError> {
        let (login, user) = (visit.login, visit.user.id);
        self.db
            .write(move |tx| {
                if store::choose_workspace(tx, login, user, &workspace)? {
                    return Ok(());
                }
                Err(match store::is_member(tx, user, &workspace)? {
                    true => AccountError::WorkspaceSuspended,
                    false => AccountError::NotFound,
                })
            })
            .await
    }

    /// Whether a stream opened by this login may go on.
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
