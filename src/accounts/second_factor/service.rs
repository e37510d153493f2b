//! Turning the second factor on and off.

use rusqlite::Connection;

use super::codes::{self, Enrolment};
use super::{RECOVERY_CODES, store};
use crate::accounts::logins::{
    SECURITY, Visit, VisitingBrowser, circumstances, delete_challenges_of, email_to, tell_in,
};
use crate::accounts::model::{AccountError, User};
use crate::accounts::password::Password;
use crate::accounts::throttle::Guesser;
use crate::accounts::{Accounts, store as people};
use crate::audit::{self, Action, Actor, Admin, Entry};
use crate::clock::UnixMs;
use crate::crypto;
use crate::db;
use crate::i18n::{T, Text};
use crate::ids::UserId;
use crate::mail::EmailDraft;

/// The state of a person's second factor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SecondFactor {
    pub on: bool,
    /// A set-up was started: its QR code can be shown.
    pub begun: bool,
    pub recovery_left: u32,
}

impl Accounts {
    pub async fn second_factor(&self, user: UserId) -> Result<SecondFactor, AccountError> {
        self.db
            .read(move |c| {
                let row = store::find(c, user)?;
                let on = row.as_ref().is_some_and(|row| row.confirmed_at.is_some());
                Ok(SecondFactor {
                    on,
                    begun: row.is_some() && !on,
                    recovery_left: store::recovery_left(c, user)?,
                })
            })
            .await
    }

    /// Begins the set-up, with a fresh secret. Nobody is asked for a code before [`Self::confirm_second_factor`].
    ///
    /// # Errors
    /// [`AccountError::Invalid`] when the password is wrong, [`AccountError::Throttled`] after too many wrong ones,
    /// [`AccountError::SecondFactorOn`] when there is one already.
    pub async fn begin_second_factor(
        &self,
        visit: &Visit,
        browser: &VisitingBrowser,
        password: Password,
    ) -> Result<Enrolment, AccountError> {
        self.ask_password(&visit.user, browser, password).await?;
        let (accounts, user, now) = (self.clone(), visit.user.clone(), self.clock.now());
        self.db
            .write(move |tx| {
                let sealed = codes::seal(&accounts.sealer, user.id, &codes::new_secret());
                if !store::begin(tx, user.id, &sealed, now)? {
                    return Err(AccountError::SecondFactorOn);
                }
                let shown = codes::enrolment(&accounts.sealer, user.id, &sealed, user.email.as_str());
                shown.ok_or(AccountError::NotFound)
            })
            .await
    }

    /// The set-up that was begun, to be shown again.
    ///
    /// # Errors
    /// [`AccountError::NotFound`] when none was, or it is done.
    pub async fn enrolment(&self, user: &User) -> Result<Enrolment, AccountError> {
        let (accounts, user) = (self.clone(), user.clone());
        self.db
            .read(move |c| {
                let row = store::find(c, user.id)?.filter(|row| row.confirmed_at.is_none());
                let row = row.ok_or(AccountError::NotFound)?;
                let shown = codes::enrolment(&accounts.sealer, user.id, &row.secret, user.email.as_str());
                shown.ok_or(AccountError::NotFound)
            })
            .await
    }

    /// The app's first code turns the second factor on. The answer is the recovery codes, which are never shown again.
    ///
    /// # Errors
    /// [`AccountError::WrongCode`], [`AccountError::Throttled`] after too many, [`AccountError::NotFound`] when no
    /// set-up was begun.
    pub async fn confirm_second_factor(
        &self,
        visit: &Visit,
        browser: &VisitingBrowser,
        code: &str,
    ) -> Result<Vec<String>, AccountError> {
        let now = self.try_code_now(&visit.user, browser)?;
        let (accounts, user, actor) = (self.clone(), visit.user.clone(), Actor::from(visit));
        let (browser_in, typed) = (browser.clone(), codes::tidy(code));
        let recovery = self
            .db
            .write(move |tx| {
                let row = store::find(tx, user.id)?.filter(|row| row.confirmed_at.is_none());
                let row = row.ok_or(AccountError::NotFound)?;
                let step = codes::open(&accounts.sealer, user.id, &row.secret)
                    .filter(|_| codes::is_of_app(&typed))
                    .and_then(|totp| codes::step_of(&totp, &typed, now));
                store::confirm(tx, user.id, step.ok_or(AccountError::WrongCode)?, now)?;
                let recovery = new_recovery_codes_in(tx, user.id)?;
                delete_challenges_of(tx, user.id)?;
                let entry = Entry::new(actor, Action::SecondFactorEnabled).from(browser_in.address);
                audit::record_in(tx, &entry, now)?;
                let draft = |t: &T| notice(&user, t, "on", &browser_in, now);
                tell_in(&accounts, tx, &user, draft, now)?;
                Ok::<_, AccountError>(recovery)
            })
            .await?;
        self.inside_codes
            .succeeded(&visit.user.email, &Guesser::Stranger(browser.address));
        self.mailer.wake();
        Ok(recovery)
    }

    /// Recovery codes anew; the earlier ones stop working.
    ///
    /// # Errors
    /// Those of [`Self::ask_again`].
    pub async fn new_recovery_codes(
        &self,
        visit: &Visit,
        browser: &VisitingBrowser,
        password: Password,
        code: &str,
    ) -> Result<Vec<String>, AccountError> {
        self.ask_again(&visit.user, browser, password, code).await?;
        let (user, actor, now) = (visit.user.id, Actor::from(visit), self.clock.now());
        let address = browser.address;
        self.db
            .write(move |tx| {
                if !store::is_on(tx, user)? {
                    return Err(AccountError::NotFound);
                }
                audit::record_in(tx, &Entry::new(actor, Action::RecoveryCodesMade).from(address), now)?;
                Ok(new_recovery_codes_in(tx, user)?)
            })
            .await
    }

    /// Turns the second factor off.
    ///
    /// # Errors
    /// Those of [`Self::ask_again`].
    pub async fn disable_second_factor(
        &self,
        visit: &Visit,
        browser: &VisitingBrowser,
        password: Password,
        code: &str,
    ) -> Result<(), AccountError> {
        self.ask_again(&visit.user, browser, password, code).await?;
        let (accounts, user, actor) = (self.clone(), visit.user.clone(), Actor::from(visit));
        let (browser, now) = (browser.clone(), self.clock.now());
        self.db
            .write(move |tx| {
                store::delete(tx, user.id)?;
                let entry = Entry::new(actor, Action::SecondFactorDisabled).from(browser.address);
                audit::record_in(tx, &entry, now)?;
                let draft = |t: &T| notice(&user, t, "off", &browser, now);
                Ok::<_, AccountError>(tell_in(&accounts, tx, &user, draft, now)?)
            })
            .await?;
        self.mailer.wake();
        Ok(())
    }

    /// Gives up a set-up that was begun.
    pub async fn cancel_second_factor(&self, user: UserId) -> Result<(), AccountError> {
        self.db
            .write(move |tx| {
                if store::is_on(tx, user)? {
                    return Ok(());
                }
                Ok::<_, AccountError>(store::delete(tx, user)?)
            })
            .await
    }

    /// Turns off the second factor of the user of this address: for whoever lost both the phone and the recovery
    /// codes, by whoever owns the box. The user is told.
    ///
    /// # Errors
    /// [`AccountError::NotFound`] when no user has this address, [`AccountError::Invalid`] without a second factor.
    pub async fn drop_second_factor(&self, admin: Admin, email: &str) -> Result<User, AccountError> {
        let user = self.find_user(admin, email).await?;
        let (accounts, of, now) = (self.clone(), user.clone(), self.clock.now());
        self.db
            .write(move |tx| {
                if !store::is_on(tx, of.id)? {
                    return Err(AccountError::field("email", Text::new("accounts-factor-off")));
                }
                store::delete(tx, of.id)?;
                let entry = admin.entry(Action::SecondFactorDisabled).target(of.public_id.as_str());
                audit::record_in(tx, &entry, now)?;
                let draft = |t: &T| {
                    email_to(t, &of, "security-mail-factor-off")
                        .text(t.get("security-mail-factor-dropped-text"))
                        .button(t.get("security-mail-look"), SECURITY)
                };
                Ok::<_, AccountError>(tell_in(&accounts, tx, &of, draft, now)?)
            })
            .await?;
        self.mailer.wake();
        Ok(user)
    }

    /// The password, and a code where there is a second factor: for what cannot be taken back.
    ///
    /// # Errors
    /// [`AccountError::Invalid`] when the password is wrong, [`AccountError::WrongCode`] when the code is, and
    /// [`AccountError::Throttled`] after too many of either.
    pub async fn ask_again(
        &self,
        user: &User,
        browser: &VisitingBrowser,
        password: Password,
        code: &str,
    ) -> Result<(), AccountError> {
        self.ask_password(user, browser, password).await?;
        if !self.second_factor(user.id).await?.on {
            return Ok(());
        }
        let now = self.try_code_now(user, browser)?;
        let (accounts, code, email, user) = (self.clone(), code.to_owned(), user.email.clone(), user.clone());
        let from = browser.clone();
        self.db
            .write(move |tx| {
                let right = super::check_in(tx, &accounts.sealer, user.id, &code, now)?;
                if let Some(super::Right::Recovery { left }) = right {
                    used_recovery_in(&accounts, tx, &user, left, &from, now)?;
                }
                right.map(|_| ()).ok_or(AccountError::WrongCode)
            })
            .await?;
        self.inside_codes.succeeded(&email, &Guesser::Stranger(browser.address));
        Ok(())
    }

    async fn ask_password(
        &self,
        user: &User,
        browser: &VisitingBrowser,
        password: Password,
    ) -> Result<(), AccountError> {
        let (id, now) = (user.id, self.clock.now());
        let who = Guesser::Stranger(browser.address);
        if let Some(wait) = self.inside.wait(&user.email, &who, now) {
            return Err(AccountError::Throttled(wait));
        }
        self.inside.failed(&user.email, &who, now);
        let hash = self
            .db
            .read(move |c| Ok::<_, AccountError>(people::password_hash(c, id)?))
            .await?;
        if !self.hasher.verify(password, Some(hash)).await? {
            return Err(AccountError::field("password", Text::new("accounts-password-wrong")));
        }
        self.inside.succeeded(&user.email, &who);
        Ok(())
    }

    /// Counts an attempt at a code, unless there were too many.
    fn try_code_now(&self, user: &User, browser: &VisitingBrowser) -> Result<UnixMs, AccountError> {
        let now = self.clock.now();
        let who = Guesser::Stranger(browser.address);
        if let Some(wait) = self.inside_codes.wait(&user.email, &who, now) {
            return Err(AccountError::Throttled(wait));
        }
        self.inside_codes.failed(&user.email, &who, now);
        Ok(now)
    }
}

fn new_recovery_codes_in(tx: &Connection, user: UserId) -> db::Result<Vec<String>> {
    let fresh: Vec<String> = (0..RECOVERY_CODES).map(|_| codes::new_recovery()).collect();
    let hashes: Vec<_> = fresh
        .iter()
        .map(|code| crypto::hash_token(&codes::tidy(code)))
        .collect();
    store::put_recovery(tx, user, &hashes)?;
    Ok(fresh)
}

/// A recovery code was used: notifies the owner, with the number left.
pub(in crate::accounts) fn used_recovery_in(
    accounts: &Accounts,
    tx: &Connection,
    user: &User,
    left: u32,
    browser: &VisitingBrowser,
    now: UnixMs,
) -> db::Result<()> {
    let entry = Entry::new(Actor::Person(user.id), Action::RecoveryCodeUsed)
        .detail(serde_json::json!({ "left": left }))
        .from(browser.address);
    audit::record_in(tx, &entry, now)?;
    let draft = |t: &T| {
        email_to(t, user, "security-mail-recovery")
            .text(circumstances(t, browser, now))
            .text(t.count("security-mail-recovery-left", u64::from(left)))
            .button(t.get("security-mail-look"), SECURITY)
            .note(t.get("security-mail-not-you-note"))
    };
    tell_in(accounts, tx, user, draft, now)
}

fn notice(user: &User, t: &T, turned: &str, browser: &VisitingBrowser, now: UnixMs) -> EmailDraft {
    let (subject, text) = match turned {
        "on" => ("security-mail-factor-on", "security-mail-factor-on-text"),
        _ => ("security-mail-factor-off", "security-mail-factor-off-text"),
    };
    email_to(t, user, subject)
        .text(circumstances(t, browser, now))
        .text(t.get(text))
        .button(t.get("security-mail-look"), SECURITY)
        .note(t.get("security-mail-not-you-note"))
}
