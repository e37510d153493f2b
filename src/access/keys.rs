//! API keys: created, listed, revoked, and authenticated.

use std::time::Duration;

use super::model::{AccessError, ApiKey, Caller, How, KEY_MARK, KeyScope, PREFIX_LEN, Refused};
use super::{Access, store};
use crate::accounts::{By, FieldError, Forbidden, Permission, Scope};
use crate::audit::{self, Action};
use crate::clock::UnixMs;
use crate::crypto;
use crate::i18n::Text;
use crate::ids::{ApiKeyId, PublicId};
use crate::plans::{self, Feature};

/// Active keys of a workspace; more indicate a program that creates keys by mistake.
const MAX_KEYS: u32 = 100;
const MAX_NAME: usize = 80;
/// "Last used" is updated at most this often, so that reading does not write.
const TOUCH_AFTER: Duration = Duration::from_secs(60);

/// A key to create, as typed.
#[derive(Clone, Debug, Default)]
pub struct NewKey {
    pub name: String,
    pub scopes: Vec<KeyScope>,
    /// Public id of the only number that it can use.
    pub session: Option<String>,
    pub expires_at: Option<UnixMs>,
}

/// A new key. Its text is known only now.
#[derive(Clone)]
pub struct CreatedKey {
    pub key: ApiKey,
    pub text: String,
}

impl Access {
    /// Keys of the workspace, the newest first: at most `limit`, those made before `before`.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::NotFound`] for an unknown `before`, or when the database fails.
    pub async fn list_keys(
        &self,
        scope: Scope,
        before: Option<PublicId>,
        limit: u32,
    ) -> Result<Vec<ApiKey>, AccessError> {
        scope.require(Permission::ManageKeys)?;
        self.db
            .read(move |c| {
                let before = match before {
                    Some(id) => {
                        let key = store::find_key(c, scope.workspace, &id)?.ok_or(AccessError::NotFound)?;
                        Some(key.id)
                    }
                    None => None,
                };
                Ok(store::list_keys(c, scope.workspace, before, limit)?)
            })
            .await
    }

    /// # Errors
    /// [`AccessError::Forbidden`] or [`AccessError::NotFound`].
    pub async fn key(&self, scope: Scope, key: PublicId) -> Result<ApiKey, AccessError> {
        scope.require(Permission::ManageKeys)?;
        self.db
            .read(move |c| store::find_key(c, scope.workspace, &key)?.ok_or(AccessError::NotFound))
            .await
    }

    /// Whether the workspace's plan includes the API.
    ///
    /// # Errors
    /// [`AccessError::Plan`] when it does not.
    pub async fn require_api(&self, scope: Scope) -> Result<(), AccessError> {
        self.db
            .read(move |c| Ok(plans::require_feature_in(c, scope.workspace, Feature::Api)?))
            .await
    }

    /// Public ids and names of the numbers that a key can be bound to.
    pub async fn numbers(&self, scope: Scope) -> Result<Vec<(PublicId, String)>, AccessError> {
        self.db
            .read(move |c| Ok(store::list_sessions(c, scope.workspace)?))
            .await
    }

    /// Makes a key that acts for the member who makes it. A key cannot make keys.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::Plan`], or [`AccessError::Invalid`] with every wrong field.
    pub async fn create_key(&self, scope: Scope, new: NewKey) -> Result<CreatedKey, AccessError> {
        scope.require(Permission::ManageKeys)?;
        if matches!(scope.by, By::Key(_)) {
            return Err(Forbidden.into());
        }
        let now = self.clock.now();
        let new = checked(new, now)?;
        let (prefix, secret) = (random_prefix(), crypto::random_token());
        let text = format!("{KEY_MARK}{prefix}_{secret}");
        let hash = crypto::hash_token(&secret);
        let key = self
            .db
            .write(move |tx| {
                plans::require_feature_in(tx, scope.workspace, Feature::Api)?;
                if store::count_living_keys(tx, scope.workspace, now)? >= MAX_KEYS {
                    let text = Text::new("access-too-many-keys").number("most", MAX_KEYS);
                    return Err(wrong("name", text));
                }
                let session = match &new.session {
                    Some(id) => Some(
                        store::find_session(tx, scope.workspace, id)?
                            .ok_or_else(|| wrong("session", Text::new("access-no-such-number")))?,
                    ),
                    None => None,
                };
                let public_id = PublicId::new("key");
                let row = store::KeyRow {
                    public_id: &public_id,
                    workspace: scope.workspace,
                    created_by: scope.user,
                    name: &new.name,
                    prefix: &prefix,
                    secret_hash: &hash,
                    scopes: &new.scopes,
                    session,
                    expires_at: new.expires_at,
                    now,
                };
                store::insert_key(tx, &row)?;
                let detail = serde_json::json!({ "scopes": new.scopes, "session": new.session });
                let entry = scope.entry(Action::KeyCreated).target(&new.name).detail(detail);
                audit::record_in(tx, &entry, now)?;
                store::find_key(tx, scope.workspace, &public_id)?.ok_or(AccessError::NotFound)
            })
            .await?;
        Ok(CreatedKey { key, text })
    }

    /// The key opens nothing from now on. Revoking it again changes nothing.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`] or [`AccessError::NotFound`].
    pub async fn revoke_key(&self, scope: Scope, key: PublicId) -> Result<ApiKey, AccessError> {
        scope.require(Permission::ManageKeys)?;
        let now = self.clock.now();
        self.db
            .write(move |tx| {
                let found = store::find_key(tx, scope.workspace, &key)?.ok_or(AccessError::NotFound)?;
                if found.revoked_at.is_none() {
                    store::revoke_key(tx, scope.workspace, found.id, now)?;
                    let entry = scope.entry(Action::KeyRevoked).target(&found.name);
                    audit::record_in(tx, &entry, now)?;
                }
                store::find_key(tx, scope.workspace, &key)?.ok_or(AccessError::NotFound)
            })
            .await
    }

    /// Whom a key stands for, with the rights that its maker has now.
    ///
    /// # Errors
    /// [`AccessError::Refused`] when it opens nothing, [`AccessError::Plan`] when the plan has no API any more.
    pub async fn authenticate_key(&self, prefix: &str, secret: &str) -> Result<Caller, AccessError> {
        let (now, prefix, hash) = (self.clock.now(), prefix.to_owned(), crypto::hash_token(secret));
        let found = self
            .db
            .read(move |c| {
                let found = store::find_key_by_prefix(c, &prefix)?.ok_or(Refused::Key)?;
                if !crypto::constant_time_eq(&found.secret_hash, &hash) || found.key.revoked_at.is_some() {
                    return Err(Refused::Key.into());
                }
                if found.key.expires_at.is_some_and(|end| end <= now) {
                    return Err(Refused::KeyExpired.into());
                }
                plans::require_feature_in(c, found.membership.workspace.id, Feature::Api)?;
                Ok::<_, AccessError>(found)
            })
            .await?;
        self.touch(found.key.id, found.key.last_used_at, now).await?;
        Ok(Caller {
            user: found.user,
            membership: Some(found.membership),
            how: How::Key {
                id: found.key.id,
                public_id: found.key.public_id,
                scopes: found.key.scopes,
                session: found.key.session.map(|(id, _)| id),
            },
        })
    }

    async fn touch(&self, key: ApiKeyId, last: Option<UnixMs>, now: UnixMs) -> Result<(), AccessError> {
        if last.is_some_and(|last| last.is_within(TOUCH_AFTER, now)) {
            return Ok(());
        }
        self.db.write(move |tx| Ok(store::touch_key(tx, key, now)?)).await
    }
}

/// A [`NewKey`] that may be stored.
struct Checked {
    name: String,
    scopes: Vec<KeyScope>,
    session: Option<PublicId>,
    expires_at: Option<UnixMs>,
}

fn checked(new: NewKey, now: UnixMs) -> Result<Checked, AccessError> {
    let mut errors = Vec::new();
    let name = new.name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        errors.push(FieldError::new("name", Text::new("access-name-missing")));
    } else if name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        let text = Text::new("accounts-too-long").number("most", MAX_NAME as u64);
        errors.push(FieldError::new("name", text));
    }
    let scopes: Vec<_> = KeyScope::ALL
        .iter()
        .copied()
        .filter(|scope| new.scopes.contains(scope))
        .collect();
    if scopes.is_empty() {
        errors.push(FieldError::new("scopes", Text::new("access-scopes-missing")));
    }
    if new.expires_at.is_some_and(|end| end <= now) {
        errors.push(FieldError::new("expires_at", Text::new("access-expiry-past")));
    }
    let session = new.session.as_deref().map(str::trim).filter(|id| !id.is_empty());
    let session = session.map(|id| {
        id.parse::<PublicId>()
            .map_err(|_| errors.push(FieldError::new("session", Text::new("access-no-such-number"))))
            .ok()
    });
    if !errors.is_empty() {
        return Err(AccessError::Invalid(errors));
    }
    Ok(Checked {
        name,
        scopes,
        session: session.flatten(),
        expires_at: new.expires_at,
    })
}

fn wrong(field: &'static str, message: Text) -> AccessError {
    AccessError::Invalid(vec![FieldError::new(field, message)])
}

/// Eight characters of the ids' alphabet, by which people recognise a key.
fn random_prefix() -> String {
    let id = PublicId::new("key");
    let random = id.as_str().trim_start_matches("key_");
    random[..PREFIX_LEN].to_owned()
}
