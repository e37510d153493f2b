//! Changing the password, with the old one or by a mailed link, and changing the address.

use rusqlite::Connection;

use super::links::{self, Link, Purpose};
use super::logins::{self, Visit, VisitingBrowser};
use super::model::{AccountError, Email, User};
use super::password::Password;
use super::scope::Forbidden;
use super::throttle::{Guesser, Mailing};
use super::{Accounts, emails, store, unconfirmed};
use crate::audit::{self, Action, Actor, Admin, Entry};
use crate::clock::UnixMs;
use crate::i18n::Text;
use crate::ids::LoginId;

impl Accounts {
    /// Chooses another password by a mailed link. Following it proves the address as well. All logins of the user end.
    ///
    /// # Errors
    /// [`AccountError::LinkExpired`], [`AccountError::Suspended`], or [`AccountError::Invalid`] for a weak password,
    /// which does not use the link up.
    pub async fn reset_password_by_link(&self, token: &str, new: Password) -> Result<User, AccountError> {
        let link = self.check_link(token, Purpose::ResetPassword).await?;
        self.hasher
            .assess(&new, &[&link.user.name, link.user.email.as_str()])
            .await?
            .accepted()?;
        let hash = self.hasher.hash(new).await?;
        let (now, token, accounts) = (self.clock.now(), token.to_owned(), self.clone());
        let user = self
            .db
            .write(move |tx| {
                let Link { user, .. } = links::take_in(tx, &token, Purpose::ResetPassword, now)?;
                store::set_verified(tx, user.id, now)?;
                let entry = Entry::new(Actor::Person(user.id), Action::PasswordReset);
                accounts.put_password_in(tx, &user, &hash, None, &entry, now)?;
                Ok::<_, AccountError>(User {
                    verified_at: user.verified_at.or(Some(now)),
                    ..user
                })
            })
            .await?;
        self.mailer.wake();
        self.changed();
        Ok(user)
    }

    /// Gives the user of this address another password and ends all of the user's logins: the operator's way.
    ///
    /// # Errors
    /// [`AccountError::NotFound`], or [`AccountError::Invalid`] when the password is weak.
    pub async fn reset_password(&self, admin: Admin, email: &str, new: Password) -> Result<User, AccountError> {
        let user = self.find_user(admin, email).await?;
        self.hasher
            .assess(&new, &[&user.name, user.email.as_str()])
            .await?
            .accepted()?;
        let hash = self.hasher.hash(new).await?;
        let (now, accounts, of) = (self.clock.now(), self.clone(), user.clone());
        self.db
            .write(move |tx| {
                let entry = admin.entry(Action::PasswordReset).target(of.public_id.to_string());
                accounts.put_password_in(tx, &of, &hash, None, &entry, now)
            })
            .await?;
        self.mailer.wake();
        self.changed();
        Ok(user)
    }

    /// A link by which this user chooses another password, to be passed on by whoever owns the box. Returns its path on
    /// this site; until it is used, nothing changes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn password_link(&self, admin: Admin, user: &User) -> Result<String, AccountError> {
        let (now, user) = (self.clock.now(), user.clone());
        let issued = self.db.write(move |tx| {
            let entry = admin
                .entry(Action::PasswordResetAsked)
                .target(user.public_id.to_string());
            audit::record_in(tx, &entry, now)?;
            links::issue_in(tx, user.id, Purpose::ResetPassword, &user.email, now)
        });
        Ok(issued.await?)
    }

    /// Changes the visitor's own password and ends the visitor's other logins.
    ///
    /// # Errors
    /// [`AccountError::Invalid`] when the current password is wrong or the new one is weak;
    /// [`AccountError::Throttled`] after too many wrong ones; [`AccountError::Forbidden`] in somebody's place.
    pub async fn change_password(
        &self,
        visit: &Visit,
        browser: &VisitingBrowser,
        current: Password,
        new: Password,
    ) -> Result<(), AccountError> {
        self.confirm_password(visit, browser, current).await?;
        self.hasher
            .assess(&new, &[&visit.user.name, visit.user.email.as_str()])
            .await?
            .accepted()?;
        let hash = self.hasher.hash(new).await?;
        let (now, accounts, user, login) = (self.clock.now(), self.clone(), visit.user.clone(), visit.login);
        let entry = Entry::new(visit, Action::PasswordChanged).from(browser.address);
        self.db
            .write(move |tx| accounts.put_password_in(tx, &user, &hash, Some(login), &entry, now))
            .await?;
        self.mailer.wake();
        self.changed();
        Ok(())
    }

    /// Mails a link to `new`, and a note to the address of now; the change happens when the link is followed. An
    /// address that has a login gets no link, and the answer does not tell.
    ///
    /// # Errors
    /// [`AccountError::Invalid`] for a wrong password or what cannot be an address, [`AccountError::Throttled`],
    /// [`AccountError::Forbidden`] in somebody's place.
    pub async fn ask_email_change(
        &self,
        visit: &Visit,
        browser: &VisitingBrowser,
        current: Password,
        new: &str,
    ) -> Result<(), AccountError> {
        let new = Email::parse(new).map_err(|error| AccountError::Invalid(vec![error]))?;
        if new == visit.user.email {
            return Err(AccountError::field("email", Text::new("accounts-email-yours")));
        }
        self.confirm_password(visit, browser, current).await?;
        let now = self.clock.now();
        self.throttle.asking(browser.address, Mailing::NewAddress, now)?;
        let may_write = self.throttle.mail(&new, Mailing::NewAddress, now);
        let (accounts, user) = (self.clone(), visit.user.clone());
        let entry = Entry::new(visit, Action::EmailChangeAsked).from(browser.address);
        self.db
            .write(move |tx| {
                let free = unconfirmed::is_free(tx, &new)?;
                if free && may_write {
                    let path = links::issue_in(tx, user.id, Purpose::ChangeEmail, &new, now)?;
                    accounts
                        .mailer
                        .send_in(tx, &emails::confirm_email(&user, &new, &path), now)?;
                }
                accounts
                    .mailer
                    .send_in(tx, &emails::email_change_asked(&user, &new), now)?;
                Ok::<_, AccountError>(audit::record_in(tx, &entry, now)?)
            })
            .await?;
        self.mailer.wake();
        Ok(())
    }

    /// Makes the address that the link was mailed to the user's. The user's logins end, but for `keep`.
    ///
    /// # Errors
    /// [`AccountError::LinkExpired`], also when somebody else has taken the address; [`AccountError::Suspended`].
    pub async fn confirm_email_change(&self, token: &str, keep: Option<LoginId>) -> Result<User, AccountError> {
        let (now, token, accounts) = (self.clock.now(), token.to_owned(), self.clone());
        let user = self
            .db
            .write(move |tx| {
                let Link { user, email, .. } = links::take_in(tx, &token, Purpose::ChangeEmail, now)?;
                if !unconfirmed::make_way_in(tx, &email, now)? {
                    return Err(AccountError::LinkExpired);
                }
                store::set_email(tx, user.id, &email)?;
                store::set_verified(tx, user.id, now)?;
                // Links in the old mailbox are no longer valid.
                links::revoke_in(tx, user.id)?;
                logins::delete_all_of(tx, user.id, keep)?;
                audit::record_in(tx, &Entry::new(Actor::Person(user.id), Action::EmailChanged), now)?;
                let draft = emails::email_changed(&user, &email, now);
                accounts.mailer.send_in(tx, &draft, now)?;
                Ok(User { email, ..user })
            })
            .await?;
        self.mailer.wake();
        self.jobs.wake();
        self.changed();
        Ok(user)
    }

    /// Stores the password, ends what the old one allowed, and notifies the owner.
    fn put_password_in(
        &self,
        tx: &Connection,
        user: &User,
        hash: &str,
        keep: Option<LoginId>,
        entry: &Entry,
        now: UnixMs,
    ) -> Result<(), AccountError> {
        store::set_password_hash(tx, user.id, hash)?;
        logins::delete_all_of(tx, user.id, keep)?;
        links::revoke_in(tx, user.id)?;
        audit::record_in(tx, entry, now)?;
        self.mailer.send_in(tx, &emails::password_changed(user, now), now)?;
        Ok(())
    }

    /// Asks whoever is logged in for the password once more, before something that locks others out.
    ///
    /// # Errors
    /// [`AccountError::Invalid`] for `current_password`; [`AccountError::Throttled`] after too many wrong ones;
    /// [`AccountError::Forbidden`] for who sits in somebody else's place.
    pub(super) async fn confirm_password(
        &self,
        visit: &Visit,
        browser: &VisitingBrowser,
        current: Password,
    ) -> Result<(), AccountError> {
        if visit.impersonator.is_some() {
            return Err(Forbidden.into());
        }
        let (user, now) = (visit.user.id, self.clock.now());
        let who = Guesser::Stranger(browser.address);
        if let Some(wait) = self.inside.wait(&visit.user.email, &who, now) {
            return Err(AccountError::Throttled(wait));
        }
        self.inside.failed(&visit.user.email, &who, now);
        let hash = self.db.read(move |c| store::password_hash(c, user)).await?;
        if !self.hasher.verify(current, Some(hash)).await? {
            let wrong = Text::new("accounts-password-not-current");
            return Err(AccountError::field("current_password", wrong));
        }
        self.inside.succeeded(&visit.user.email, &who);
        Ok(())
    }
}
