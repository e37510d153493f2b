//! Impersonation: an administrator acts as a user, to see what they see and to help.

use std::time::Duration;

use super::store;
use crate::accounts::logins::{self, IssuedLogin, Visit, VisitingBrowser};
use crate::accounts::model::{AccountError, PlatformRole};
use crate::accounts::{Accounts, Forbidden};
use crate::audit::{self, Action, Actor, Admin, Entry};
use crate::crypto;
use crate::ids::{LoginId, PublicId};

/// Long enough to help, short enough that a forgotten one ends soon.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

impl Accounts {
    /// Puts this browser in the place of the user: `own`, the administrator's login, ends, and comes back with
    /// [`Self::stop_impersonating`].
    ///
    /// # Errors
    /// [`AccountError::Forbidden`] for another administrator's place, [`AccountError::Suspended`] for somebody who may
    /// not enter, and [`AccountError::NotFound`].
    pub async fn impersonate(
        &self,
        admin: Admin,
        own: LoginId,
        id: PublicId,
        browser: VisitingBrowser,
    ) -> Result<IssuedLogin, AccountError> {
        let administrator = admin.user().ok_or(Forbidden)?;
        let now = self.clock.now();
        let issued = self
            .db
            .write(move |tx| {
                let user = store::user(tx, &id)?.ok_or(AccountError::NotFound)?;
                if user.platform_role == PlatformRole::Admin {
                    return Err(AccountError::Forbidden(Forbidden));
                }
                if user.suspended_at.is_some() {
                    return Err(AccountError::Suspended);
                }
                let issued = logins::issue_in(tx, user.id, &browser, now)?;
                let hash = crypto::hash_token(&issued.token);
                store::mark_impersonation(tx, &hash, administrator, now.plus(LIFETIME))?;
                logins::delete_in(tx, own)?;
                let entry = admin.entry(Action::ImpersonationStarted).target(id.as_str());
                audit::record_in(tx, &entry, now)?;
                Ok(IssuedLogin {
                    lifetime: LIFETIME,
                    ..issued
                })
            })
            .await?;
        self.changed();
        Ok(issued)
    }

    /// Ends the visit in somebody's place and logs the administrator in again.
    ///
    /// # Errors
    /// [`AccountError::NotFound`] when this is no such visit, or the administrator is none any more.
    pub async fn stop_impersonating(
        &self,
        visit: &Visit,
        browser: VisitingBrowser,
    ) -> Result<IssuedLogin, AccountError> {
        let admin = visit.impersonator.ok_or(AccountError::NotFound)?;
        let (login, user, target, now) = (
            visit.login,
            visit.user.id,
            visit.user.public_id.clone(),
            self.clock.now(),
        );
        let issued = self
            .db
            .write(move |tx| {
                logins::delete_in(tx, login)?;
                let still = store::user_by_id(tx, admin)?
                    .filter(|admin| admin.platform_role == PlatformRole::Admin && admin.suspended_at.is_none());
                let admin = still.ok_or(AccountError::NotFound)?.id;
                let actor = Actor::Impersonator { admin, user };
                let entry = Entry::new(actor, Action::ImpersonationEnded).target(target.as_str());
                audit::record_in(tx, &entry.from(browser.address), now)?;
                Ok::<_, AccountError>(logins::issue_in(tx, admin, &browser, now)?)
            })
            .await?;
        self.changed();
        Ok(issued)
    }
}
