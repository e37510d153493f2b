//! The emails of accounts. Each says what happened, what to do, and what to do if it was somebody else.

use crate::clock::UnixMs;
use crate::i18n::{Locale, T};
use crate::mail::{EmailDraft, plain};
use crate::zone::Zone;

use super::links::{Purpose, Registered};
use super::model::{Email, User};

/// An email to somebody whose workspace is unknown, so times are in UTC.
struct Words(T);

impl Words {
    const fn new() -> Self {
        Self(T::new(Locale::En, Zone::UTC))
    }

    fn start(&self, to: &Email, name: &str, subject: &str) -> EmailDraft {
        let t = self.0;
        EmailDraft::new(to.as_str(), t.get(subject))
            .heading(t.get(subject))
            .text(t.with("accounts-mail-hello", "name", plain(name)))
    }

    /// How long the link works, and what to do if the recipient did not request it.
    fn small(&self, purpose: Purpose, not_you: &str) -> String {
        let hours = purpose.lifetime().as_secs() / (60 * 60);
        format!("{} {not_you}", self.0.count("accounts-mail-lifetime", hours))
    }
}

/// To an address that was registered. Somebody else may have done so, even repeatedly, so it says when.
pub(super) fn verify(email: &Email, registered: &Registered, path: &str) -> EmailDraft {
    let words = Words::new();
    let t = words.0;
    words
        .start(email, &registered.name, "accounts-mail-verify-subject")
        .text(t.with("accounts-mail-verify-text", "time", utc(registered.at)))
        .button(t.get("accounts-mail-verify-button"), path)
        .note(words.small(Purpose::VerifyEmail, &t.get("accounts-mail-verify-not-you")))
}

/// A time for somebody whose zone is unknown.
pub fn utc(at: UnixMs) -> String {
    format!("{} UTC", T::new(Locale::En, Zone::UTC).full(at))
}

/// To a user whose address was registered again.
pub(super) fn already_registered(user: &User) -> EmailDraft {
    let words = Words::new();
    let t = words.0;
    words
        .start(&user.email, &user.name, "accounts-mail-known-subject")
        .text(t.get("accounts-mail-known-text"))
        .button(t.get("accounts-mail-known-button"), "/forgot")
        .note(t.get("accounts-mail-known-not-you"))
}

pub(super) fn reset(user: &User, path: &str) -> EmailDraft {
    let words = Words::new();
    let t = words.0;
    words
        .start(&user.email, &user.name, "accounts-mail-reset-subject")
        .text(t.get("accounts-mail-reset-text"))
        .button(t.get("accounts-mail-reset-button"), path)
        .note(words.small(Purpose::ResetPassword, &t.get("accounts-mail-reset-not-you")))
}

/// An alert, in case it was somebody else.
pub(super) fn password_changed(user: &User, at: UnixMs) -> EmailDraft {
    let words = Words::new();
    let t = words.0;
    words
        .start(&user.email, &user.name, "accounts-mail-password-subject")
        .text(t.with("accounts-mail-password-text", "time", t.full(at)))
        .text(t.get("accounts-mail-password-not-you"))
        .button(t.get("accounts-mail-password-button"), "/forgot")
}

/// To the user's future address.
pub(super) fn confirm_email(user: &User, new: &Email, path: &str) -> EmailDraft {
    let words = Words::new();
    let t = words.0;
    words
        .start(new, &user.name, "accounts-mail-email-subject")
        .text(t.get("accounts-mail-email-text"))
        .button(t.get("accounts-mail-email-button"), path)
        .note(words.small(Purpose::ChangeEmail, &t.get("accounts-mail-email-not-you")))
}

/// To the user's current address.
pub(super) fn email_change_asked(user: &User, new: &Email) -> EmailDraft {
    let words = Words::new();
    let t = words.0;
    words
        .start(&user.email, &user.name, "accounts-mail-email-asked-subject")
        .text(t.with("accounts-mail-email-asked-text", "email", new))
        .text(t.get("accounts-mail-email-asked-not-you"))
        .button(t.get("accounts-mail-password-button"), "/forgot")
}

/// To the user's former address.
pub(super) fn email_changed(old: &User, new: &Email, at: UnixMs) -> EmailDraft {
    let words = Words::new();
    let t = words.0;
    words
        .start(&old.email, &old.name, "accounts-mail-email-changed-subject")
        .text(t.with_all(
            "accounts-mail-email-changed-text",
            &[("email", new.as_str()), ("time", &t.full(at))],
        ))
        .text(t.get("accounts-mail-email-changed-not-you"))
}
