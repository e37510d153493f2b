//! Logging in: first the password, then the second factor if there is one, then a login.

use std::time::Duration;

use rusqlite::Connection;

use super::devices::{self, Familiarity};
use super::{IssuedLogin, LoginKind, VisitingBrowser, alerts, store};
use crate::accounts::model::{AccountError, Email, User};
use crate::accounts::password::Password;
use crate::accounts::second_factor::{self, Right};
use crate::accounts::throttle::Guesser;
use crate::accounts::{Accounts, store as people, unconfirmed};
use crate::audit::{self, Action, Actor, Entry};
use crate::clock::UnixMs;
use crate::crypto;
use crate::db;
use crate::ids::UserId;

/// How long the second factor may take.
const CHALLENGE_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// Wrong codes after which the password is needed again, and the owner is notified.
const MAX_TRIES: u32 = 5;

/// Proof that somebody passed every step of the log-in. Only this file makes one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Authenticated {
    user: UserId,
    /// By password alone, by a code, or by a recovery code: for the audit log.
    by: &'static str,
}

impl Authenticated {
    #[must_use]
    pub const fn user(&self) -> UserId {
        self.user
    }
}

/// The result of the right password.
#[derive(Clone)]
pub enum Proof {
    Complete(Authenticated),
    SecondFactor(Challenge),
}

/// The password was right, but a code is needed. The token allows attempts within its lifetime.
#[derive(Clone)]
pub struct Challenge {
    /// For the browser's cookie, or the program's next request. Only its hash is stored.
    pub token: String,
    pub lifetime: Duration,
}

/// The progress of a browser's log-in.
#[derive(Clone)]
pub enum LogIn {
    Done(IssuedLogin),
    SecondFactor(Challenge),
}

impl Accounts {
    /// Logs the browser in, or says that the second factor is missing.
    ///
    /// # Errors
    /// Those of [`Self::authenticate`].
    pub async fn log_in(
        &self,
        email: &str,
        password: Password,
        browser: VisitingBrowser,
    ) -> Result<LogIn, AccountError> {
        match self.authenticate(email, password, &browser).await? {
            Proof::Complete(proven) => Ok(LogIn::Done(self.open(proven, browser).await?)),
            Proof::SecondFactor(challenge) => Ok(LogIn::SecondFactor(challenge)),
        }
    }

    /// Logs the browser in that has a challenge's token: by a code of the app, or by a recovery code.
    ///
    /// # Errors
    /// Those of [`Self::authenticate_code`].
    pub async fn finish_log_in(
        &self,
        token: &str,
        code: &str,
        browser: VisitingBrowser,
    ) -> Result<IssuedLogin, AccountError> {
        let proven = self.authenticate_code(token, code, &browser).await?;
        self.open(proven, browser).await
    }

    /// Looks at the password.
    ///
    /// # Errors
    /// [`AccountError::WrongCredentials`] alike for an unknown address and a wrong password,
    /// [`AccountError::Throttled`] after too many of them. Only after the right password
    /// [`AccountError::NotVerified`] (the link goes out again) and [`AccountError::Suspended`].
    pub async fn authenticate(
        &self,
        email: &str,
        password: Password,
        browser: &VisitingBrowser,
    ) -> Result<Proof, AccountError> {
        let email = Email::parse(email).map_err(|_| AccountError::WrongCredentials)?;
        let now = self.clock.now();
        let who = self.guesser(&email, browser).await?;
        if let Some(wait) = self.throttle.wait(&email, &who, now) {
            return Err(AccountError::Throttled(wait));
        }
        self.throttle.failed(&email, &who, now);
        let wanted = email.clone();
        let known = self
            .db
            .read(move |c| {
                let known = people::find_user(c, &wanted)?;
                let hashes = known.as_ref().map(|user| hashes_of(c, user)).transpose()?;
                Ok::<_, AccountError>((known, hashes.unwrap_or_default()))
            })
            .await?;
        let (user, hashes) = known;
        let right = self.which_is_right(password, hashes).await?;
        let Some((user, right)) = user.clone().zip(right) else {
            self.note_failure(user.as_ref(), browser, now).await?;
            return Err(AccountError::WrongCredentials);
        };
        self.throttle.succeeded(&email, &who);
        if user.suspended_at.is_some() {
            return Err(AccountError::Suspended);
        }
        if user.verified_at.is_none() {
            self.remind_to_verify(user, right, now).await?;
            return Err(AccountError::NotVerified);
        }
        self.ask_for_code(&user, now).await
    }

    async fn guesser(&self, email: &Email, browser: &VisitingBrowser) -> Result<Guesser, AccountError> {
        let (email, browser) = (email.clone(), browser.clone());
        self.db.read(move |c| Ok(devices::guesser(c, &email, &browser)?)).await
    }

    /// The hash that matches the password. Takes as long without any hash.
    async fn which_is_right(&self, password: Password, hashes: Vec<String>) -> Result<Option<String>, AccountError> {
        if hashes.is_empty() {
            self.hasher.verify(password, None).await?;
            return Ok(None);
        }
        for hash in hashes {
            if self.hasher.verify(password.clone(), Some(hash.clone())).await? {
                return Ok(Some(hash));
            }
        }
        Ok(None)
    }

    /// An unknown address is not recorded: it may be somebody's, mistyped.
    async fn note_failure(
        &self,
        user: Option<&User>,
        browser: &VisitingBrowser,
        now: UnixMs,
    ) -> Result<(), AccountError> {
        let mut entry = Entry::new(Actor::Anonymous, Action::LoginFailed).from(browser.address);
        entry.target = user.map(|user| user.public_id.to_string());
        self.db
            .write(move |tx| Ok::<_, AccountError>(audit::record_in(tx, &entry, now)?))
            .await
    }

    /// A person with the password of a registration may get its link again, within a limit.
    async fn remind_to_verify(&self, user: User, hash: String, now: UnixMs) -> Result<(), AccountError> {
        let accounts = self.clone();
        self.db
            .write(move |tx| {
                let mut waiting = unconfirmed::waiting_in(tx, &user)?.into_iter();
                match waiting.find(|waiting| waiting.registered.hash == hash) {
                    Some(own) => accounts.mail_again_in(tx, &user, &own, now),
                    // Confirmed just now, or displaced by later ones.
                    None => Ok(()),
                }
            })
            .await?;
        self.mailer.wake();
        Ok(())
    }

    async fn ask_for_code(&self, user: &User, now: UnixMs) -> Result<Proof, AccountError> {
        let id = user.id;
        let needs_code = self
            .db
            .read(move |c| Ok::<_, AccountError>(second_factor::is_on(c, id)?))
            .await?;
        if !needs_code {
            return Ok(Proof::Complete(Authenticated {
                user: id,
                by: "password",
            }));
        }
        let token = crypto::random_token();
        let hash = crypto::hash_token(&token);
        self.db
            .write(move |tx| {
                let expires = now.plus(CHALLENGE_LIFETIME);
                Ok::<_, AccountError>(store::insert_challenge(tx, &hash, id, now, expires)?)
            })
            .await?;
        Ok(Proof::SecondFactor(Challenge {
            token,
            lifetime: CHALLENGE_LIFETIME,
        }))
    }

    /// Whether somebody with this token may still try a code.
    ///
    /// # Errors
    /// [`AccountError::ChallengeOver`] when not.
    pub async fn check_challenge(&self, token: &str) -> Result<(), AccountError> {
        let (now, hash) = (self.clock.now(), crypto::hash_token(token));
        self.db
            .read(move |c| {
                let found = store::find_challenge(c, &hash, now)?;
                found.map(|_| ()).ok_or(AccountError::ChallengeOver)
            })
            .await
    }

    /// Looks at a code of the app, or at a recovery code.
    ///
    /// # Errors
    /// [`AccountError::WrongCode`], [`AccountError::Throttled`] after many of them, and
    /// [`AccountError::ChallengeOver`] when the token has expired or was tried too often.
    pub async fn authenticate_code(
        &self,
        token: &str,
        code: &str,
        browser: &VisitingBrowser,
    ) -> Result<Authenticated, AccountError> {
        let (now, hash) = (self.clock.now(), crypto::hash_token(token));
        let looked = hash.clone();
        let email = self
            .db
            .read(move |c| {
                let challenge = store::find_challenge(c, &looked, now)?.ok_or(AccountError::ChallengeOver)?;
                Ok::<_, AccountError>(store::get_user(c, challenge.user)?.email)
            })
            .await?;
        let who = self.guesser(&email, browser).await?;
        if let Some(wait) = self.code_throttle.wait(&email, &who, now) {
            return Err(AccountError::Throttled(wait));
        }
        self.code_throttle.failed(&email, &who, now);
        let (accounts, code, from) = (self.clone(), code.to_owned(), browser.clone());
        // A wrong code is counted, which has to be committed, so it is not an error of the transaction.
        let right = self
            .db
            .write(move |tx| accounts.try_code_in(tx, &hash, &code, &from, now))
            .await?;
        self.mailer.wake();
        let proven = right.ok_or(AccountError::WrongCode)?;
        self.code_throttle.succeeded(&email, &who);
        Ok(proven)
    }

    fn try_code_in(
        &self,
        tx: &Connection,
        hash: &[u8],
        code: &str,
        browser: &VisitingBrowser,
        now: UnixMs,
    ) -> Result<Option<Authenticated>, AccountError> {
        let challenge = store::find_challenge(tx, hash, now)?.ok_or(AccountError::ChallengeOver)?;
        let user = store::get_user(tx, challenge.user)?;
        if user.suspended_at.is_some() {
            return Err(AccountError::Suspended);
        }
        let Some(right) = second_factor::check_in(tx, &self.sealer, user.id, code, now)? else {
            store::count_try(tx, challenge.id)?;
            let entry = Entry::new(Actor::Anonymous, Action::SecondFactorFailed)
                .target(user.public_id.as_str())
                .from(browser.address);
            audit::record_in(tx, &entry, now)?;
            if challenge.tries + 1 >= MAX_TRIES {
                store::delete_challenge(tx, challenge.id)?;
            }
            // A person who enters codes knows the password, so the owner is notified, however many log-ins the attempts
            // are spread over: a program starts one for each.
            if second_factor::count_wrong(tx, user.id)?.is_multiple_of(MAX_TRIES) {
                alerts::wrong_codes_in(self, tx, &user, browser, now)?;
            }
            return Ok(None);
        };
        second_factor::clear_wrong(tx, user.id)?;
        store::delete_challenge(tx, challenge.id)?;
        if let Right::Recovery { left } = right {
            second_factor::used_recovery_in(self, tx, &user, left, browser, now)?;
        }
        Ok(Some(Authenticated {
            user: user.id,
            by: right.word(),
        }))
    }

    async fn open(&self, proven: Authenticated, browser: VisitingBrowser) -> Result<IssuedLogin, AccountError> {
        let (accounts, now) = (self.clone(), self.clock.now());
        let login = self
            .db
            .write(move |tx| {
                accounts.log_in_user(tx, &proven, LoginKind::Browser, &browser, now)?;
                Ok::<_, AccountError>(super::issue_in(tx, proven.user, &browser, now)?)
            })
            .await?;
        self.entered();
        Ok(login)
    }

    /// Everything that belongs to a new login of either kind: the record, the device, the alert.
    pub(super) fn log_in_user(
        &self,
        tx: &Connection,
        proven: &Authenticated,
        kind: LoginKind,
        browser: &VisitingBrowser,
        now: UnixMs,
    ) -> db::Result<()> {
        store::prune(tx, now)?;
        let entry = Entry::new(Actor::Person(proven.user), Action::LoginSucceeded)
            .detail(serde_json::json!({ "by": proven.by, "kind": kind.word() }))
            .from(browser.address);
        audit::record_in(tx, &entry, now)?;
        if devices::meet_in(tx, proven.user, browser, now)? == Familiarity::New {
            let user = store::get_user(tx, proven.user)?;
            alerts::new_device_in(self, tx, &user, browser, now)?;
        }
        Ok(())
    }

    /// Call after the commit of [`Self::issue_api_in`]: an alert may be on its way.
    pub fn entered(&self) {
        self.mailer.wake();
    }
}

/// The hashes that the user's password may match: before the address is confirmed, those of all its registrations.
/// Guests and deleted users have none, so no password is right.
fn hashes_of(c: &Connection, user: &User) -> db::Result<Vec<String>> {
    let hashes = match unconfirmed::is_unconfirmed(user) {
        true => {
            let waiting = unconfirmed::waiting_in(c, user)?.into_iter();
            waiting.map(|waiting| waiting.registered.hash).collect()
        }
        false => vec![people::password_hash(c, user.id)?],
    };
    Ok(hashes
        .into_iter()
        .filter(|hash: &String| hash.starts_with('$'))
        .collect())
}
