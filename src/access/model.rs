//! Keys, their scopes, and callers.

use std::str::FromStr;

use crate::accounts::{AccountError, By, FieldError, Forbidden, Membership, PlatformRole, Scope, User, Visit};
use crate::clock::UnixMs;
use crate::db::DbError;
use crate::i18n::Text;
use crate::ids::{ApiKeyId, LoginId, PublicId};
use crate::plans::PlanError;

crate::words!(
    /// A key's permission. Access tokens of persons allow everything that the person may do.
    pub enum KeyScope {
        AccountRead = "account:read",
        AccountWrite = "account:write",
        SessionsRead = "sessions:read",
        SessionsWrite = "sessions:write",
        MessagesRead = "messages:read",
        MessagesSend = "messages:send",
        GroupsWrite = "groups:write",
    }
);

impl KeyScope {
    /// The key of the sentence that says what it opens.
    #[must_use]
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::AccountRead => "apikey-scope-account-read",
            Self::AccountWrite => "apikey-scope-account-write",
            Self::SessionsRead => "apikey-scope-sessions-read",
            Self::SessionsWrite => "apikey-scope-sessions-write",
            Self::MessagesRead => "apikey-scope-messages-read",
            Self::MessagesSend => "apikey-scope-messages-send",
            Self::GroupsWrite => "apikey-scope-groups-write",
        }
    }
}

/// The start of every key, so that scanners of repositories recognise a leaked one.
pub(super) const KEY_MARK: &str = "wam_live_";
/// Characters of a key that stay visible, after the mark.
pub(super) const PREFIX_LEN: usize = 8;

/// A key as its workspace sees it, without the secret.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub public_id: PublicId,
    pub name: String,
    pub prefix: String,
    pub scopes: Vec<KeyScope>,
    /// The only number it can use, with the number's name.
    pub session: Option<(PublicId, String)>,
    /// Id and name of the member who created it.
    pub created_by: (PublicId, String),
    pub created_at: UnixMs,
    pub expires_at: Option<UnixMs>,
    pub last_used_at: Option<UnixMs>,
    pub revoked_at: Option<UnixMs>,
}

crate::words!(
    /// Whether a key is still valid.
    pub enum KeyState {
        Active = "active",
        Expired = "expired",
        Revoked = "revoked",
    }
);

impl ApiKey {
    /// `wam_live_3f9d2c1a…`: the part that people recognise it by.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{KEY_MARK}{}…", self.prefix)
    }

    #[must_use]
    pub fn state(&self, now: UnixMs) -> KeyState {
        match (self.revoked_at, self.expires_at) {
            (Some(_), _) => KeyState::Revoked,
            (None, Some(end)) if end <= now => KeyState::Expired,
            _ => KeyState::Active,
        }
    }
}

/// A request's credential, only parsed.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// An access token.
    Token(String),
    Key {
        prefix: String,
        secret: String,
    },
}

/// The text is neither a token nor a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotACredential;

impl FromStr for Credential {
    type Err = NotACredential;

    fn from_str(text: &str) -> Result<Self, NotACredential> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix(KEY_MARK) {
            let (prefix, secret) = rest.split_once('_').ok_or(NotACredential)?;
            let shaped = prefix.len() == PREFIX_LEN && !secret.is_empty() && secret.len() <= 64;
            return shaped
                .then(|| Self::Key {
                    prefix: prefix.to_owned(),
                    secret: secret.to_owned(),
                })
                .ok_or(NotACredential);
        }
        let parts = text.split('.').filter(|part| !part.is_empty()).count();
        (parts == 3 && text.len() <= 4096)
            .then(|| Self::Token(text.to_owned()))
            .ok_or(NotACredential)
    }
}

/// The caller that a credential identifies, in a workspace.
#[derive(Clone, Debug)]
pub struct Caller {
    pub user: User,
    /// `None` for a person without a workspace.
    pub membership: Option<Membership>,
    pub how: How,
}

/// The caller's credential.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum How {
    Token {
        login: LoginId,
    },
    Key {
        id: ApiKeyId,
        public_id: PublicId,
        scopes: Vec<KeyScope>,
        session: Option<PublicId>,
    },
}

impl Caller {
    #[must_use]
    pub fn scope(&self) -> Option<Scope> {
        let membership = self.membership.as_ref()?;
        let scope = Scope::person(membership.workspace.id, self.user.id, membership.role);
        let by = match self.how {
            How::Token { .. } => By::Person,
            How::Key { id, .. } => By::Key(id),
        };
        Some(Scope { by, ..scope })
    }

    /// The person of an access token, as pages see a visitor; a key is not a person.
    #[must_use]
    pub fn visit(&self) -> Option<Visit> {
        let How::Token { login } = self.how else { return None };
        Some(Visit {
            login,
            user: self.user.clone(),
            membership: self.membership.clone(),
            csrf: String::new(),
            renewed: false,
            impersonator: None,
        })
    }

    /// Guests read and change nothing.
    #[must_use]
    pub fn read_only(&self) -> bool {
        self.user.platform_role == PlatformRole::Guest
    }

    /// The name under which the caller's requests and `Idempotency-Key`s are counted.
    #[must_use]
    pub fn name(&self) -> &PublicId {
        match &self.how {
            How::Token { .. } => &self.user.public_id,
            How::Key { public_id, .. } => public_id,
        }
    }
}

/// Why a credential opens nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}", self.text())]
pub enum Refused {
    Token,
    TokenExpired,
    Key,
    KeyExpired,
}

impl Refused {
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Token => Text::new("access-refused-token"),
            Self::TokenExpired => Text::new("access-refused-token-expired"),
            Self::Key => Text::new("access-refused-key"),
            Self::KeyExpired => Text::new("access-refused-key-expired"),
        }
    }
}

/// Why something about keys and tokens did not happen.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.text())]
pub enum AccessError {
    Invalid(Vec<FieldError>),
    #[error(transparent)]
    Refused(#[from] Refused),
    RefreshToken,
    Reused,
    SecondFactor,
    Workspace,
    WorkspaceSuspended,
    NotFound,
    #[error("the access token could not be signed: {0}")]
    Signing(String),
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl AccessError {
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Invalid(_) => Text::new("problem-invalid"),
            Self::Refused(refused) => refused.text(),
            Self::RefreshToken => Text::new("access-refused-refresh-token"),
            Self::Reused => Text::new("access-refused-reused"),
            Self::SecondFactor => Text::new("access-refused-second-factor"),
            Self::Workspace => Text::new("access-refused-workspace"),
            Self::WorkspaceSuspended => Text::new("accounts-refused-workspace-suspended"),
            Self::NotFound => Text::new("access-not-found"),
            Self::Forbidden(forbidden) => forbidden.text(),
            Self::Plan(error) => error.text(),
            Self::Account(error) => error.text(),
            Self::Signing(_) | Self::Db(_) => Text::internal(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_recognised_by_its_form() {
        let key = "wam_live_0a1b2c3d_the-secret_part".parse::<Credential>();
        assert!(
            key == Ok(Credential::Key {
                prefix: "0a1b2c3d".into(),
                secret: "the-secret_part".into()
            })
        );
        assert!(" a.b.c ".parse::<Credential>() == Ok(Credential::Token("a.b.c".into())));
        for bad in [
            "",
            "a",
            "a.b",
            "a..c",
            "a.b.c.d",
            "wam_live_short_x",
            "wam_live_0a1b2c3d_",
            "wam_live_0a1b2c3d",
        ] {
            assert!(bad.parse::<Credential>().is_err(), "{bad:?}");
        }
    }
}
