//! Registering, and confirming the address.

use serde_json::json;

use super::installation::installation;
use super::links::{self, Link, Purpose};
use super::logins::VisitingBrowser;
use super::model::{
    AccountError, CheckedUser, CheckedWorkspace, NewUser, NewWorkspace, PlatformRole, Standing, User, both,
};
use super::password::{Assessment, Password};
use super::scope::MemberRole;
use super::{Accounts, letters, store};
use crate::audit::{self, Action, Actor, Entry};
use crate::clock::UnixMs;

/// The form of somebody new, as typed.
#[derive(Clone, Debug)]
pub struct Registration {
    pub name: String,
    pub email: String,
    pub password: Password,
    pub workspace_name: String,
    /// IANA name.
    pub time_zone: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
}

/// What may be stored of a [`Registration`].
struct Newcomer {
    user: CheckedUser,
    workspace: CheckedWorkspace,
    hash: String,
    browser: VisitingBrowser,
    /// This address was not written to too often.
    may_write: bool,
}

impl Accounts {
    /// Registers somebody with a workspace of their own, and mails the link that confirms the address; nobody logs in
    /// before. An address that has a login gets a letter saying so instead. The answer does not tell which it was.
    ///
    /// Registering again before the address is confirmed replaces what was given the first time.
    ///
    /// # Errors
    /// [`AccountError::RegistrationClosed`]; [`AccountError::Invalid`] with every wrong field;
    /// [`AccountError::Throttled`] for who registers too often.
    pub async fn register(&self, form: Registration, browser: VisitingBrowser) -> Result<(), AccountError> {
        if !self.installation().await?.registration_open {
            return Err(AccountError::RegistrationClosed);
        }
        let now = self.clock.now();
        let about = [form.name.as_str(), form.email.as_str()];
        let strength = self.assess_password(browser.address, &form.password, &about).await?;
        let (user, workspace, password) = form.check(strength)?;
        self.throttle.registration(browser.address, now)?;
        let newcomer = Newcomer {
            hash: self.hasher.hash(password).await?,
            may_write: self.throttle.letter(&user.email, now),
            user,
            workspace,
            browser,
        };
        let accounts = self.clone();
        self.db
            .write(move |tx| {
                if !installation(tx)?.registration_open {
                    return Err(AccountError::RegistrationClosed);
                }
                accounts.admit_in(tx, &newcomer, now)
            })
            .await?;
        self.mailer.wake();
        Ok(())
    }

    fn admit_in(&self, tx: &rusqlite::Connection, new: &Newcomer, now: UnixMs) -> Result<(), AccountError> {
        let user = match store::find_user(tx, &new.user.email)? {
            None => {
                let user = store::insert_user(tx, &new.user, &new.hash, now)?;
                let workspace = store::insert_workspace(tx, &new.workspace, now)?;
                store::put_member(tx, workspace.id, user.id, MemberRole::Owner, now)?;
                let entry = Entry::new(Actor::Person(user.id), Action::UserRegistered)
                    .at(workspace.id)
                    .detail(json!({ "workspace": workspace.name }))
                    .from(new.browser.address);
                audit::record_in(tx, &entry, now)?;
                user
            }
            Some(waiting) if waiting.verified_at.is_none() && waiting.suspended_at.is_none() => {
                replace_in(tx, &waiting, new)?
            }
            Some(known) => {
                if new.may_write && known.platform_role != PlatformRole::Guest {
                    self.mailer.send_in(tx, &letters::already_registered(&known), now)?;
                }
                return Ok(());
            }
        };
        if new.may_write {
            self.send_verification_in(tx, &user, now)?;
        }
        Ok(())
    }

    /// Looks at a mailed link without using it up.
    ///
    /// # Errors
    /// [`AccountError::LinkExpired`], [`AccountError::Suspended`].
    pub async fn check_link(&self, token: &str, purpose: Purpose) -> Result<Link, AccountError> {
        let (now, token) = (self.clock.now(), token.to_owned());
        self.db.read(move |c| links::find(c, &token, purpose, now)).await
    }

    /// Confirms the address that the link was mailed to; its user may log in from now on.
    ///
    /// # Errors
    /// [`AccountError::LinkExpired`], [`AccountError::Suspended`].
    pub async fn verify_email(&self, token: &str) -> Result<User, AccountError> {
        let (now, token) = (self.clock.now(), token.to_owned());
        self.db
            .write(move |tx| {
                let Link { user, .. } = links::take_in(tx, &token, Purpose::VerifyEmail, now)?;
                store::set_verified(tx, user.id, now)?;
                audit::record_in(tx, &Entry::new(Actor::Person(user.id), Action::UserVerified), now)?;
                Ok(User {
                    verified_at: user.verified_at.or(Some(now)),
                    ..user
                })
            })
            .await
    }
}

/// Whoever registers last is whom the next letter goes to, so what counts is what they typed.
fn replace_in(tx: &rusqlite::Connection, waiting: &User, new: &Newcomer) -> Result<User, AccountError> {
    store::set_name(tx, waiting.id, &new.user.name)?;
    store::set_password_hash(tx, waiting.id, &new.hash)?;
    let own = store::memberships(tx, waiting.id)?;
    if let Some(own) = own.into_iter().find(|own| own.role == MemberRole::Owner) {
        store::update_workspace(tx, own.workspace.id, &new.workspace)?;
    }
    Ok(User {
        name: new.user.name.clone(),
        ..waiting.clone()
    })
}

impl Registration {
    fn check(self, strength: Assessment) -> Result<(CheckedUser, CheckedWorkspace, Password), AccountError> {
        let mut errors: Vec<_> = strength.weakness.into_iter().collect();
        let user = NewUser {
            name: self.name,
            email: self.email,
            password: self.password.clone(),
            platform_role: PlatformRole::User,
        };
        let workspace = NewWorkspace {
            name: self.workspace_name,
            time_zone: self.time_zone,
            country: self.country,
        };
        let (user, workspace) = (user.check(&mut errors), workspace.check(&mut errors));
        let (user, workspace) = both(user, workspace, errors)?;
        let user = CheckedUser {
            standing: Standing::Unverified,
            ..user
        };
        Ok((user, workspace, self.password))
    }
}
