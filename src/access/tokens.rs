//! Access and refresh tokens of a person's program.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rusqlite::Connection;
use sha2::Sha256;

use super::jwt::Claims;
use super::model::{AccessError, Caller, Credential, How, Refused};
use super::{Access, store};
use crate::accounts::{
    self, API_LIFETIME, Forbidden, Membership, Password, Proof, Suspicion, User, Visit, VisitingBrowser,
};
use crate::clock::UnixMs;
use crate::crypto;
use crate::db;
use crate::ids::{PublicId, UserId};
use crate::plans;

/// How long an access token is valid, if its login is.
pub const ACCESS_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// How long a refresh token is valid; its successor is valid as long.
pub const REFRESH_LIFETIME: Duration = API_LIFETIME;

/// A token that is reused this soon after its exchange comes from the same program, whose requests crossed or whose
/// response was lost. It gets the same successor again; any later, somebody has a copy.
pub const REFRESH_GRACE: Duration = Duration::from_secs(10);

/// A new pair. The refresh token is known only now.
#[derive(Clone)]
pub struct Issued {
    pub access_token: String,
    pub refresh_token: String,
    pub user: User,
    pub membership: Option<Membership>,
}

/// The result of a refresh token.
enum Traded {
    For(Box<Issued>),
    /// It was used before; its family has ended.
    Reused,
}

impl Access {
    /// Logs a program in with a person's password, and the code where there is a second factor.
    ///
    /// # Errors
    /// [`AccessError::SecondFactor`] when the password was right and the code is missing; those of
    /// [`Accounts::authenticate`](crate::accounts::Accounts::authenticate) and of its second step.
    pub async fn log_in(
        &self,
        email: &str,
        password: Password,
        code: Option<&str>,
        browser: VisitingBrowser,
    ) -> Result<Issued, AccessError> {
        let proven = match self.accounts.authenticate(email, password, &browser).await? {
            Proof::Complete(proven) => proven,
            Proof::SecondFactor(challenge) => {
                let code = code.ok_or(AccessError::SecondFactor)?;
                self.accounts
                    .authenticate_code(&challenge.token, code, &browser)
                    .await?
            }
        };
        let (now, this) = (self.clock.now(), self.clone());
        let issued = self
            .db
            .write(move |tx| {
                let login = this.accounts.issue_api_in(tx, &proven, None, &browser, now)?;
                let login = store::login_public_id(tx, login)?.ok_or(AccessError::RefreshToken)?;
                this.issue_in(tx, &login, crypto::random_token(), now)
            })
            .await?;
        self.accounts.entered();
        Ok(issued)
    }

    fn issue_in(
        &self,
        tx: &Connection,
        login: &PublicId,
        refresh_token: String,
        now: UnixMs,
    ) -> Result<Issued, AccessError> {
        let found = store::find_login(tx, login, store::Wanted::Any, now)?.ok_or(AccessError::RefreshToken)?;
        let expires = now.plus(REFRESH_LIFETIME);
        store::insert_refresh_token(tx, found.login, &crypto::hash_token(&refresh_token), now, expires)?;
        accounts::renew_api_in(tx, found.login, now)?;
        self.with_access_in(tx, login, refresh_token, now)
    }

    /// A new access token for this refresh token.
    fn with_access_in(
        &self,
        c: &Connection,
        login: &PublicId,
        refresh_token: String,
        now: UnixMs,
    ) -> Result<Issued, AccessError> {
        let found = store::find_login(c, login, store::Wanted::Any, now)?.ok_or(AccessError::RefreshToken)?;
        let access_token = self.access_token_in(c, &found, now)?;
        Ok(Issued {
            access_token,
            refresh_token,
            user: found.user,
            membership: found.membership,
        })
    }

    fn access_token_in(&self, c: &Connection, found: &store::FoundLogin, now: UnixMs) -> Result<String, AccessError> {
        let workspace = found.membership.as_ref().map(|membership| &membership.workspace);
        let plan = match workspace {
            Some(workspace) => Some(plans::plan_of(c, workspace.id)?.code),
            None => None,
        };
        let claims = Claims {
            iss: String::new(),
            sub: found.user.public_id.to_string(),
            email: found.user.email.to_string(),
            wsp: workspace.map(|workspace| workspace.public_id.to_string()),
            plan,
            sid: found.public_id.to_string(),
            iat: now.0 / 1000,
            exp: now.plus(ACCESS_LIFETIME).0 / 1000,
        };
        self.signer
            .sign(&claims)
            .map_err(|error| AccessError::Signing(error.to_string()))
    }

    /// An access token for a browser's login, with which its person sends requests by hand. Like any other it ends with
    /// the login; there is no refresh token.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`] in somebody's place, [`AccessError::Refused`] when the login has ended.
    pub async fn token_of(&self, visit: &Visit) -> Result<String, AccessError> {
        if visit.impersonator.is_some() {
            return Err(AccessError::Forbidden(Forbidden));
        }
        let (now, this, login) = (self.clock.now(), self.clone(), visit.login);
        self.db
            .read(move |c| {
                let login = store::login_public_id(c, login)?.ok_or(Refused::Token)?;
                let found = store::find_login(c, &login, store::Wanted::Any, now)?.ok_or(Refused::Token)?;
                this.access_token_in(c, &found, now)
            })
            .await
    }

    /// The successor of a refresh token. It is derived from the token and a key of ours, so that it can be returned
    /// again within [`REFRESH_GRACE`] although only its hash is stored: all concurrent requests then hold one token,
    /// and none a branch of the family in which a theft would go unnoticed.
    fn next_token(&self, token: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.refresh_key[..]).expect("HMAC takes keys of any length");
        mac.update(token.as_bytes());
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    /// The unused successor of a used token.
    fn living_in(&self, c: &Connection, spent: &str) -> Result<Option<String>, AccessError> {
        let mut token = self.next_token(spent);
        while let Some(found) = store::find_refresh_token(c, &crypto::hash_token(&token))? {
            if found.spent_at.is_none() {
                return Ok(Some(token));
            }
            token = self.next_token(&token);
        }
        Ok(None)
    }

    /// Trades a refresh token for the next pair; within [`REFRESH_GRACE`] once more for the same refresh token.
    ///
    /// # Errors
    /// [`AccessError::RefreshToken`]; [`AccessError::Reused`] when it was traded before that, after all tokens of its
    /// login were ended and their owner was told.
    pub async fn refresh(&self, token: &str) -> Result<Issued, AccessError> {
        let (now, token, this) = (self.clock.now(), token.to_owned(), self.clone());
        let traded = self
            .db
            .write(move |tx| {
                let hash = crypto::hash_token(&token);
                let found = store::find_refresh_token(tx, &hash)?.ok_or(AccessError::RefreshToken)?;
                if let Some(spent_at) = found.spent_at {
                    let crossed = spent_at.is_within(REFRESH_GRACE, now);
                    let living = if crossed { this.living_in(tx, &token)? } else { None };
                    if let Some(living) = living {
                        let again = this.with_access_in(tx, &found.login_public_id, living, now)?;
                        return Ok(Traded::For(Box::new(again)));
                    }
                    let reason = Suspicion::TokenReused(found.login);
                    this.accounts.end_suspicious_in(tx, found.user, reason, now)?;
                    return Ok(Traded::Reused);
                }
                if found.expires_at <= now {
                    return Err(AccessError::RefreshToken);
                }
                store::spend_refresh_token(tx, &hash, now)?;
                this.issue_in(tx, &found.login_public_id, this.next_token(&token), now)
                    .map(|issued| Traded::For(Box::new(issued)))
            })
            .await?;
        match traded {
            Traded::For(issued) => Ok(*issued),
            Traded::Reused => {
                self.accounts.ended_suspicious();
                Err(AccessError::Reused)
            }
        }
    }

    /// Whom a credential stands for. `workspace` is the one the request names, if any.
    ///
    /// # Errors
    /// [`AccessError::Refused`] when it opens nothing, [`AccessError::Workspace`] for a workspace that is not the
    /// caller's, [`AccessError::Plan`] for a key whose plan has no API any more.
    pub async fn authenticate(
        &self,
        credential: Credential,
        workspace: Option<PublicId>,
    ) -> Result<Caller, AccessError> {
        match credential {
            Credential::Token(token) => self.admit_token(&token, workspace).await,
            Credential::Key { prefix, secret } => {
                let caller = self.authenticate_key(&prefix, &secret).await?;
                let own = caller
                    .membership
                    .as_ref()
                    .map(|membership| &membership.workspace.public_id);
                if workspace.is_some() && workspace.as_ref() != own {
                    return Err(AccessError::Workspace);
                }
                Ok(caller)
            }
        }
    }

    async fn admit_token(&self, token: &str, workspace: Option<PublicId>) -> Result<Caller, AccessError> {
        let now = self.clock.now();
        let claims = self.signer.verify(token, now)?;
        let (user, login) = claims.ids()?;
        let named = workspace.clone();
        let wanted = workspace.or_else(|| claims.wsp.as_deref().and_then(|id| id.parse().ok()));
        let found = self
            .db
            .read(move |c| {
                // A workspace that the person has left is not replaced by another one.
                let wanted = wanted.as_ref().map_or(store::Wanted::None, store::Wanted::Only);
                Ok::<_, AccessError>(store::find_login(c, &login, wanted, now)?)
            })
            .await?
            .filter(|found| found.user.public_id == user)
            .ok_or(Refused::Token)?;
        if let Some(named) = named.filter(|_| found.membership.is_none()) {
            let user = found.user.id;
            let refused = self.db.read(move |c| Ok::<_, AccessError>(no_way_in(c, user, &named)?));
            return Err(refused.await?);
        }
        Ok(Caller {
            user: found.user,
            membership: found.membership,
            how: How::Token { login: found.login },
        })
    }

    /// Points the login at another of the person's workspaces; the new access token is for that one.
    ///
    /// # Errors
    /// [`AccessError::Workspace`], [`AccessError::WorkspaceSuspended`], or [`AccessError::RefreshToken`] when the login
    /// has ended.
    pub async fn switch(&self, caller: &Caller, workspace: PublicId) -> Result<Issued, AccessError> {
        let Some(visit) = caller.visit() else {
            return Err(AccessError::Forbidden(Forbidden));
        };
        let (now, this, user) = (self.clock.now(), self.clone(), visit.user.id);
        self.db
            .write(move |tx| {
                if !accounts::choose_workspace_in(tx, &visit, &workspace)? {
                    return Err(no_way_in(tx, user, &workspace)?);
                }
                let login = store::login_public_id(tx, visit.login)?.ok_or(AccessError::RefreshToken)?;
                let found = store::find_login(tx, &login, store::Wanted::Only(&workspace), now)?
                    .filter(|found| found.membership.is_some())
                    .ok_or(AccessError::Workspace)?;
                let access_token = this.access_token_in(tx, &found, now)?;
                Ok(Issued {
                    access_token,
                    refresh_token: String::new(),
                    user: found.user,
                    membership: found.membership,
                })
            })
            .await
    }
}

/// Why a person cannot use the workspace. Only members learn that it exists.
fn no_way_in(c: &Connection, user: UserId, workspace: &PublicId) -> db::Result<AccessError> {
    Ok(match accounts::is_member_in(c, user, workspace)? {
        true => AccessError::WorkspaceSuspended,
        false => AccessError::Workspace,
    })
}
