//! Emails about what happened to an account, so that the owner can act if it was somebody else.

use rusqlite::Connection;

use super::agent::Agent;
use super::{VisitingBrowser, store};
use crate::accounts::model::{AccountError, User};
use crate::accounts::throttle::Mailing;
use crate::accounts::{Accounts, store as people};
use crate::audit::{self, Action, Actor, Entry};
use crate::clock::UnixMs;
use crate::db;
use crate::i18n::{Locale, T};
use crate::ids::{LoginId, UserId};
use crate::mail::{EmailDraft, plain};

/// Where the owner starts if it was somebody else.
const RESET: &str = "/forgot";
pub(in crate::accounts) const SECURITY: &str = "/settings/security";

/// Why somebody's logins are ended without their request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Suspicion {
    /// A refresh token was used twice: one of the two users has stolen it. Its login ends.
    TokenReused(LoginId),
    /// A key or a password has leaked: all logins end.
    Exposed,
}

/// The person's language, and the zone of the workspace that they joined first.
pub(in crate::accounts) fn words_for(c: &Connection, user: UserId) -> db::Result<T> {
    let zone = people::memberships(c, user)?
        .first()
        .map_or(crate::zone::Zone::UTC, |membership| membership.workspace.time_zone);
    Ok(T::new(Locale::En, zone))
}

/// When, where and with what program it happened, as one sentence.
pub(in crate::accounts) fn circumstances(t: &T, browser: &VisitingBrowser, now: UnixMs) -> String {
    let values = [
        ("device", t.text(&Agent::of(&browser.agent).text())),
        ("address", browser.address.to_canonical().to_string()),
        ("time", t.full(now)),
    ];
    let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    t.with_all("security-mail-circumstances", &values)
}

/// Sends a security email. `key` names its subject, `…-text` its text.
pub(in crate::accounts) fn tell_in(
    accounts: &Accounts,
    tx: &Connection,
    user: &User,
    draft: impl FnOnce(&T) -> EmailDraft,
    now: UnixMs,
) -> db::Result<()> {
    let t = words_for(tx, user.id)?;
    accounts.mailer.send_in(tx, &draft(&t), now)?;
    Ok(())
}

/// An email with the person's name, under the subject with this key.
pub(in crate::accounts) fn email_to(t: &T, user: &User, subject: &str) -> EmailDraft {
    EmailDraft::new(user.email.as_str(), t.get(subject))
        .heading(t.get(subject))
        .text(t.with("accounts-mail-hello", "name", plain(&user.name)))
}

pub(super) fn new_device_in(
    accounts: &Accounts,
    tx: &Connection,
    user: &User,
    browser: &VisitingBrowser,
    now: UnixMs,
) -> db::Result<()> {
    let entry = Entry::new(Actor::Person(user.id), Action::LoginUnknownDevice)
        .target(Agent::of(&browser.agent).text().to_string())
        .from(browser.address);
    audit::record_in(tx, &entry, now)?;
    let draft = |t: &T| {
        email_to(t, user, "security-mail-new-device")
            .text(circumstances(t, browser, now))
            .text(t.get("security-mail-new-device-you"))
            .button(t.get("security-mail-not-you"), RESET)
            .note(t.get("security-mail-not-you-note"))
    };
    tell_in(accounts, tx, user, draft, now)
}

pub(super) fn wrong_codes_in(
    accounts: &Accounts,
    tx: &Connection,
    user: &User,
    browser: &VisitingBrowser,
    now: UnixMs,
) -> db::Result<()> {
    let entry = Entry::new(Actor::Anonymous, Action::LoginLocked)
        .target(user.public_id.as_str())
        .from(browser.address);
    audit::record_in(tx, &entry, now)?;
    if !accounts.throttle.mail(&user.email, Mailing::WrongCodes, now) {
        return Ok(());
    }
    let draft = |t: &T| {
        email_to(t, user, "security-mail-wrong-codes")
            .text(t.get("security-mail-wrong-codes-text"))
            .text(circumstances(t, browser, now))
            .button(t.get("security-mail-not-you"), RESET)
            .note(t.get("security-mail-wrong-codes-note"))
    };
    tell_in(accounts, tx, user, draft, now)
}

impl Accounts {
    /// Ends the logins concerned, records why, and tells the owner. Call [`Self::ended_suspicious`] after the commit.
    pub fn end_suspicious_in(&self, tx: &Connection, user: UserId, reason: Suspicion, now: UnixMs) -> db::Result<()> {
        let (key, action) = match reason {
            Suspicion::TokenReused(login) => {
                store::delete(tx, login)?;
                ("security-mail-token-reused-text", Action::TokenReused)
            }
            Suspicion::Exposed => {
                store::delete_all_of(tx, user, None)?;
                ("security-mail-exposed-text", Action::LoginsEnded)
            }
        };
        audit::record_in(
            tx,
            &Entry::new(Actor::System, action).target(user_target(tx, user)?),
            now,
        )?;
        let user = store::get_user(tx, user)?;
        let draft = |t: &T| {
            email_to(t, &user, "security-mail-suspicious")
                .text(t.get(key))
                .button(t.get("security-mail-look"), SECURITY)
                .note(t.get("security-mail-not-you-note"))
        };
        tell_in(self, tx, &user, draft, now)
    }

    /// Open pages of what was ended close, and the mail goes out.
    pub fn ended_suspicious(&self) {
        self.changed();
        self.mailer.wake();
    }

    /// [`Self::end_suspicious_in`] in a transaction of its own.
    pub async fn end_suspicious(&self, user: UserId, reason: Suspicion) -> Result<(), AccountError> {
        let (accounts, now) = (self.clone(), self.clock.now());
        self.db
            .write(move |tx| Ok::<_, AccountError>(accounts.end_suspicious_in(tx, user, reason, now)?))
            .await?;
        self.ended_suspicious();
        Ok(())
    }
}

fn user_target(c: &Connection, user: UserId) -> db::Result<String> {
    Ok(store::get_user(c, user)?.public_id.to_string())
}
