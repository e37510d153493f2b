//! A person's own logins: listing and ending them.

use super::agent::Agent;
use super::{LoginKind, Visit, store};
use crate::accounts::Accounts;
use crate::accounts::model::AccountError;
use crate::audit::{self, Action, Entry};
use crate::clock::UnixMs;
use crate::ids::{LoginId, PublicId, UserId};

/// A login as its owner sees it.
#[derive(Clone, Debug)]
pub struct OwnLogin {
    pub public_id: PublicId,
    pub id: LoginId,
    pub kind: LoginKind,
    /// As the browser sent it.
    pub agent: String,
    pub address: String,
    pub created_at: UnixMs,
    pub seen_at: UnixMs,
}

impl OwnLogin {
    #[must_use]
    pub fn device(&self) -> Agent {
        Agent::of(&self.agent)
    }
}

impl Accounts {
    /// The user's living logins, the one used last first.
    pub async fn own_logins(&self, user: UserId) -> Result<Vec<OwnLogin>, AccountError> {
        let now = self.clock.now();
        self.db.read(move |c| Ok(store::own(c, user, now)?)).await
    }

    /// Ends one of the visitor's logins, this one included.
    ///
    /// # Errors
    /// [`AccountError::NotFound`] when it is not the visitor's, or has ended.
    pub async fn revoke_login(&self, visit: &Visit, login: PublicId) -> Result<(), AccountError> {
        let (user, actor, now) = (visit.user.id, audit::Actor::from(visit), self.clock.now());
        self.db
            .write(move |tx| {
                let ended = store::revoke(tx, user, &login)?.ok_or(AccountError::NotFound)?;
                let entry = Entry::new(actor, Action::LoginEnded).target(ended.device().text().to_string());
                Ok::<_, AccountError>(audit::record_in(tx, &entry, now)?)
            })
            .await?;
        self.changed();
        Ok(())
    }

    /// Ends the visitor's other logins, of browsers and of programs.
    pub async fn log_out_elsewhere(&self, visit: &Visit) -> Result<usize, AccountError> {
        self.end_logins(visit, Some(visit.login)).await
    }

    /// Ends all of the visitor's logins, this one included.
    pub async fn log_out_everywhere(&self, visit: &Visit) -> Result<usize, AccountError> {
        self.end_logins(visit, None).await
    }

    async fn end_logins(&self, visit: &Visit, keep: Option<LoginId>) -> Result<usize, AccountError> {
        let (user, actor, now) = (visit.user.id, audit::Actor::from(visit), self.clock.now());
        let ended = self
            .db
            .write(move |tx| {
                let ended = store::delete_all_of(tx, user, keep)?;
                let detail = serde_json::json!({ "ended": ended, "this_one_too": keep.is_none() });
                let entry = Entry::new(actor, Action::LoginsEnded).detail(detail);
                audit::record_in(tx, &entry, now)?;
                Ok::<_, AccountError>(ended)
            })
            .await?;
        self.changed();
        Ok(ended)
    }
}
