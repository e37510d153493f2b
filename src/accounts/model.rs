//! Users and workspaces, and the rules for their data.

use std::time::Duration;

use crate::clock::UnixMs;
use crate::db::DbError;
use crate::i18n::Text;
use crate::ids::{PublicId, UserId, WorkspaceId};

use super::countries::CODES;
use super::password::Password;
use super::scope::{Forbidden, MemberRole};

crate::words!(
    /// A user's role in the whole installation.
    pub enum PlatformRole {
        /// Administers the installation.
        Admin = "admin",
        User = "user",
        /// May read everything in the workspace and change nothing.
        Guest = "guest",
    }
);

/// A user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    pub id: UserId,
    pub public_id: PublicId,
    pub email: Email,
    pub name: String,
    pub platform_role: PlatformRole,
    pub created_at: UnixMs,
    /// When the address was confirmed; nobody logs in before.
    pub verified_at: Option<UnixMs>,
    /// When an administrator suspended the user.
    pub suspended_at: Option<UnixMs>,
}

/// The tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Workspace {
    pub id: WorkspaceId,
    pub public_id: PublicId,
    pub name: String,
    pub time_zone: crate::zone::Zone,
    /// ISO 3166-1 alpha-2, upper case: how a national phone number is read.
    pub country: String,
    pub created_at: UnixMs,
    /// When an administrator suspended it: nobody can use it and nothing is sent.
    pub suspended_at: Option<UnixMs>,
    /// When its time zone took or will take effect; `None` when it never changed.
    pub zone_from: Option<UnixMs>,
}

impl Workspace {
    /// When its time zone begins to count, where that lies ahead.
    #[must_use]
    pub fn zone_ahead(&self, now: UnixMs) -> Option<UnixMs> {
        // Later than any midnight: the clock was wrong when it was changed.
        let near = |from: &UnixMs| *from > now && from.since(now) < Duration::from_secs(72 * 60 * 60);
        self.zone_from.filter(near)
    }
}

/// A workspace with one user's role in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Membership {
    pub workspace: Workspace,
    pub role: MemberRole,
}

/// A user with their role in a workspace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    pub user: User,
    pub role: MemberRole,
}

/// An email address: trimmed, lower case, and of a shape that can be delivered to.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Email(String);

/// RFC 5321's limit for a path, without its brackets.
const MAX_EMAIL: usize = 254;
/// RFC 5321's limit for the part before the `@`.
const MAX_LOCAL: usize = 64;
/// Names of people and workspaces, in characters.
const MAX_NAME: usize = 80;

/// No mail can be sent there, so nobody can have registered with it.
pub(super) const GUEST_HOST: &str = "@guest.invalid";

impl Email {
    /// # Errors
    /// When the text has no `@` with a name before and a host with a dot (or `localhost`) behind it, or has signs that
    /// mail servers do not take. A host in another script is written in its `xn--` form.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let email = text.trim().to_lowercase();
        let shaped = email.split_once('@').is_some_and(|(local, host)| {
            let labels: Vec<&str> = host.split('.').collect();
            local_part(local)
                && (host == "localhost" || labels.len() >= 2)
                && labels.iter().all(|label| is_label(label))
        });
        if shaped && email.len() <= MAX_EMAIL {
            Ok(Self(email))
        } else {
            Err(FieldError::new("email", Text::new("accounts-email-wrong")))
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the placeholder address of the guest account: nobody reads it, so it is never shown.
    #[must_use]
    pub fn is_of_guests(&self) -> bool {
        self.0.ends_with(GUEST_HOST)
    }

    /// For rows that were checked when they were written.
    pub(super) fn stored(text: String) -> Self {
        Self(text)
    }
}

/// RFC 5322's dot-atom: what every mail server accepts, and what cannot be read as part of a header.
fn local_part(local: &str) -> bool {
    let atom = |atom: &str| {
        !atom.is_empty()
            && atom
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c))
    };
    local.len() <= MAX_LOCAL && local.split('.').all(atom)
}

fn is_label(label: &str) -> bool {
    let inner = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    !label.is_empty() && label.len() <= 63 && inner && !label.starts_with('-') && !label.ends_with('-')
}

impl std::fmt::Display for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is wrong with one field of a form, in words for the person who filled it in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldError {
    pub field: &'static str,
    pub message: Text,
}

impl FieldError {
    pub fn new(field: &'static str, message: Text) -> Self {
        Self { field, message }
    }
}

/// A user to create, as typed.
#[derive(Clone, Debug)]
pub struct NewUser {
    pub name: String,
    pub email: String,
    pub password: Password,
    pub platform_role: PlatformRole,
}

/// A workspace to create or change, as typed.
#[derive(Clone, Debug, Default)]
pub struct NewWorkspace {
    pub name: String,
    pub time_zone: String,
    pub country: String,
}

/// The form behind the set-up link.
#[derive(Clone, Debug)]
pub struct SetUp {
    pub token: String,
    pub admin: NewUser,
    pub workspace: NewWorkspace,
}

/// Whether a new user's address is verified.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verification {
    /// Verified by the operator, or by a link that was mailed there.
    Verified,
    Unverified,
}

/// A [`NewUser`] that may be stored, except for the password's hash.
pub(super) struct CheckedUser {
    pub name: String,
    pub email: Email,
    pub platform_role: PlatformRole,
    pub standing: Verification,
}

/// A [`NewWorkspace`] that may be stored.
#[derive(Clone)]
pub(super) struct CheckedWorkspace {
    pub name: String,
    pub time_zone: crate::zone::Zone,
    pub country: String,
}

impl NewUser {
    /// Checks all but the password, whose strength [`super::password::Hasher::assess`] checks.
    pub(super) fn check(&self, errors: &mut Vec<FieldError>) -> Option<CheckedUser> {
        let name = checked_name("name", &self.name, errors);
        let email = Email::parse(&self.email).map_err(|e| errors.push(e)).ok();
        Some(CheckedUser {
            name: name?,
            email: email?,
            platform_role: self.platform_role,
            standing: Verification::Verified,
        })
    }
}

impl NewWorkspace {
    pub(super) fn check(&self, errors: &mut Vec<FieldError>) -> Option<CheckedWorkspace> {
        let name = checked_name("workspace_name", &self.name, errors);
        let zone = self.time_zone.trim().parse().map_err(|_| {
            errors.push(FieldError::new("time_zone", Text::new("accounts-zone-wrong")));
        });
        let country = self.country.trim().to_ascii_uppercase();
        let country_ok = CODES.contains(&country.as_str());
        if !country_ok {
            errors.push(FieldError::new("country", Text::new("accounts-country-wrong")));
        }
        let time_zone = zone.ok()?;
        country_ok.then_some(CheckedWorkspace {
            name: name?,
            time_zone,
            country,
        })
    }
}

/// Both values, or all errors of either.
pub(super) fn both<A, B>(a: Option<A>, b: Option<B>, errors: Vec<FieldError>) -> Result<(A, B), AccountError> {
    match (a, b) {
        (Some(a), Some(b)) if errors.is_empty() => Ok((a, b)),
        _ => Err(AccountError::Invalid(errors)),
    }
}

/// A name without control characters and stray spaces, of 1 to 80 characters.
pub(super) fn checked_name(field: &'static str, text: &str, errors: &mut Vec<FieldError>) -> Option<String> {
    let name: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = name.chars().count();
    if length == 0 {
        errors.push(FieldError::new(field, Text::new("accounts-name-missing")));
        return None;
    }
    if length > MAX_NAME {
        let text = Text::new("accounts-too-long").number("most", MAX_NAME as u64);
        errors.push(FieldError::new(field, text));
        return None;
    }
    if name.chars().any(|c| c.is_control() || turns_text(c)) {
        errors.push(FieldError::new(field, Text::new("accounts-name-invisible")));
        return None;
    }
    Some(name)
}

/// Marks that change the text direction: a name with them could reorder the words after it.
const fn turns_text(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Why something about accounts did not happen; each text says what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text())]
pub enum AccountError {
    Invalid(Vec<FieldError>),
    WrongCredentials,
    Throttled(Duration),
    EmailTaken,
    SetupClosed,
    AlreadySetUp,
    NotVerified,
    Suspended,
    WorkspaceSuspended,
    RegisteredTwice,
    RegistrationClosed,
    LinkExpired,
    WrongCode,
    ChallengeOver,
    SecondFactorOn,
    LastAdmin,
    OnlyOwner(String),
    NoGuestLogin,
    NotFound,
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("the password could not be hashed: {0}")]
    Hash(String),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl AccountError {
    /// One wrong field.
    pub(super) fn field(field: &'static str, message: Text) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }

    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Invalid(_) => Text::new("problem-invalid"),
            Self::WrongCredentials => Text::new("accounts-refused-credentials"),
            Self::Throttled(wait) => Text::new("accounts-refused-throttled").and("wait", wait_text(*wait)),
            Self::EmailTaken => Text::new("accounts-refused-email-taken"),
            Self::SetupClosed => Text::new("accounts-refused-setup-closed"),
            Self::AlreadySetUp => Text::new("accounts-refused-already-set-up"),
            Self::NotVerified => Text::new("accounts-refused-not-verified"),
            Self::Suspended => Text::new("accounts-refused-suspended"),
            Self::WorkspaceSuspended => Text::new("accounts-refused-workspace-suspended"),
            Self::RegisteredTwice => Text::new("accounts-refused-registered-twice"),
            Self::RegistrationClosed => Text::new("accounts-refused-registration-closed"),
            Self::LinkExpired => Text::new("accounts-refused-link"),
            Self::WrongCode => Text::new("accounts-refused-code"),
            Self::ChallengeOver => Text::new("accounts-refused-challenge"),
            Self::SecondFactorOn => Text::new("accounts-refused-factor-on"),
            Self::LastAdmin => Text::new("accounts-refused-last-admin"),
            Self::OnlyOwner(workspace) => Text::new("accounts-refused-only-owner").with("workspace", workspace),
            Self::NoGuestLogin => Text::new("accounts-refused-no-tour"),
            Self::NotFound => Text::new("accounts-not-found"),
            Self::Forbidden(forbidden) => forbidden.text(),
            Self::Hash(_) | Self::Db(_) => Text::internal(),
        }
    }
}

/// How long somebody has to wait, rounded up: `40 seconds`, `12 minutes`, `24 hours`.
#[must_use]
pub fn wait_text(wait: Duration) -> Text {
    let seconds = wait.as_secs().max(1);
    match seconds {
        1..=90 => Text::new("wait-seconds").count(seconds),
        91..=5400 => Text::new("wait-minutes").count(seconds.div_ceil(60)),
        _ => Text::new("wait-hours").count(seconds.div_ceil(60 * 60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_trimmed_and_lower_case_and_must_be_deliverable() {
        assert_eq!(Email::parse(" Ada@Example.COM ").unwrap().as_str(), "ada@example.com");
        assert!(Email::parse("admin@localhost").is_ok());
        for bad in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@example",
            "a da@example.com",
            "a@b@c.de",
            "a@.de",
            "a@de.",
            "a@-b.de",
            "<a>@b.de",
            "a,b@c.de",
            "a\r\nBcc: x@b.de",
            "a\0@b.de",
            "ü@b.de",
            "a..b@c.de",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn all_invalid_fields_are_reported_at_once() {
        let mut errors = Vec::new();
        let workspace = NewWorkspace {
            name: " ".into(),
            time_zone: "Nowhere/City".into(),
            country: "Germany".into(),
        };
        assert!(workspace.check(&mut errors).is_none());
        let fields: Vec<_> = errors.iter().map(|e| e.field).collect();
        assert_eq!(fields, ["workspace_name", "time_zone", "country"]);
    }

    #[test]
    fn a_workspaces_texts_are_normalized() {
        let mut errors = Vec::new();
        let typed = NewWorkspace {
            name: "  Corner   Shop ".into(),
            time_zone: "Africa/Cairo".into(),
            country: "eg".into(),
        };
        let checked = typed.check(&mut errors).unwrap();
        assert_eq!((checked.name.as_str(), checked.country.as_str()), ("Corner Shop", "EG"));
        assert!(errors.is_empty());
    }

    #[test]
    fn a_wait_is_shown_as_text() {
        assert_eq!(
            AccountError::Throttled(Duration::from_secs(30)).to_string(),
            "Too many attempts. Try again in 30 seconds."
        );
        assert_eq!(
            AccountError::Throttled(Duration::from_secs(121)).to_string(),
            "Too many attempts. Try again in 3 minutes."
        );
    }
}
