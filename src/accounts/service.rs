//! What can be done with users and workspaces: by their members, and by the operator on the command line.

use std::net::IpAddr;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::watch;

use crate::audit::{self, Action, Actor, Admin, Entry};
use crate::clock::{Clock, UnixMs};
use crate::crypto::{self, Sealer};
use crate::db::Db;
use crate::ids::{PublicId, UserId};
use crate::jobs::Jobs;
use crate::mail::Mailer;

use super::joining::create_user_in;
use super::logins::{self, IssuedLogin, VisitingBrowser};
use super::model::{
    AccountError, CheckedUser, CheckedWorkspace, Email, FieldError, Member, Membership, NewUser, NewWorkspace,
    PlatformRole, SetUp, User, Workspace, both, checked_name,
};
use super::password::{Assessment, Hasher, Password};
use super::scope::{MemberRole, Permission, Scope};
use super::store;
use super::throttle::Throttle;

/// How long the set-up link is valid.
const SETUP_LINK_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Cheap to clone.
#[derive(Clone)]
pub struct Accounts {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) hasher: Hasher,
    pub(super) throttle: Throttle,
    /// Codes of the second factor are counted separately from passwords.
    pub(super) code_throttle: Throttle,
    /// Password confirmations of logged-in people: strangers at the log-in must not throttle them.
    pub(super) inside: Throttle,
    /// The same for codes.
    pub(super) inside_codes: Throttle,
    /// Seals what must be read again, such as the secret of a second factor.
    pub(super) sealer: Sealer,
    pub(super) mailer: Mailer,
    pub(super) jobs: Jobs,
    /// Increments when logins end or memberships change, so that open streams check their permission.
    pub(super) changes: watch::Sender<u64>,
}

impl Accounts {
    #[must_use]
    pub fn new(db: Db, clock: Clock, sealer: Sealer, mailer: Mailer, jobs: Jobs) -> Self {
        Self {
            db,
            clock,
            hasher: Hasher::default(),
            throttle: Throttle::default(),
            code_throttle: Throttle::default(),
            inside: Throttle::default(),
            inside_codes: Throttle::default(),
            sealer,
            mailer,
            jobs,
            changes: watch::Sender::new(0),
        }
    }

    // Set-up.

    /// The token of a fresh set-up link while there is no administrator; an earlier link stops working. `None` once
    /// the installation is set up.
    pub async fn offer_setup(&self) -> Result<Option<String>, AccountError> {
        let (now, token) = (self.clock.now(), crypto::random_token());
        let hash = crypto::hash_token(&token);
        self.db
            .write(move |tx| {
                if store::has_admin(tx)? {
                    return Ok(None);
                }
                store::put_setup_link(tx, &hash, now, now.plus(SETUP_LINK_LIFETIME))?;
                Ok(Some(token))
            })
            .await
    }

    /// Whether the link with this token still works.
    ///
    /// # Errors
    /// [`AccountError::SetupClosed`] when it has expired or never was; [`AccountError::AlreadySetUp`] after its use.
    pub async fn check_setup(&self, token: &str) -> Result<(), AccountError> {
        let (now, hash) = (self.clock.now(), crypto::hash_token(token));
        self.db.read(move |c| setup_is_open(c, &hash, now)).await
    }

    /// Whether a set-up link waits for somebody, and there is no administrator yet.
    pub async fn awaits_setup(&self) -> Result<bool, AccountError> {
        self.db.read(|c| Ok(store::awaits_setup(c)?)).await
    }

    /// Makes the administrator and the first workspace, uses up the link, and logs the browser in.
    ///
    /// # Errors
    /// As [`Self::check_setup`], or [`AccountError::Invalid`] with every wrong field.
    pub async fn set_up(&self, form: SetUp, browser: VisitingBrowser) -> Result<IssuedLogin, AccountError> {
        self.check_setup(&form.token).await?;
        let now = self.clock.now();
        let admin = NewUser {
            platform_role: PlatformRole::Admin,
            ..form.admin
        };
        let mut errors = self.weaknesses(&admin).await?;
        let (user, workspace) = (admin.check(&mut errors), form.workspace.check(&mut errors));
        let (user, workspace) = both(user, workspace, errors)?;
        let hash = self.hasher.hash(admin.password).await?;
        let token_hash = crypto::hash_token(&form.token);
        self.db
            .write(move |tx| {
                setup_is_open(tx, &token_hash, now)?;
                let user = insert_user_in(tx, &user, &hash, now)?;
                let workspace = store::insert_workspace(tx, &workspace, now)?;
                store::put_member(tx, workspace.id, user.id, MemberRole::Owner, now)?;
                store::delete_setup_link(tx)?;
                let entry = Entry::new(Actor::Person(user.id), Action::InstallationSetUp)
                    .at(workspace.id)
                    .from(browser.address);
                audit::record_in(tx, &entry, now)?;
                Ok(logins::issue_in(tx, user.id, &browser, now)?)
            })
            .await
    }

    // For administrators, on the command line.

    /// # Errors
    /// [`AccountError::Invalid`] or [`AccountError::EmailTaken`].
    pub async fn create_user(&self, admin: Admin, new: NewUser) -> Result<User, AccountError> {
        let (new, now) = (self.prepare_user(admin, new).await?, self.clock.now());
        self.db.write(move |tx| create_user_in(tx, admin, &new, now)).await
    }

    /// Makes a workspace with `owner` as its owner.
    ///
    /// # Errors
    /// [`AccountError::Invalid`], or when the database fails.
    pub async fn create_workspace(
        &self,
        _: Admin,
        owner: UserId,
        new: NewWorkspace,
    ) -> Result<Workspace, AccountError> {
        let now = self.clock.now();
        let workspace = checked_workspace(&new)?;
        let made = self
            .db
            .write(move |tx| {
                let workspace = store::insert_workspace(tx, &workspace, now)?;
                store::put_member(tx, workspace.id, owner, MemberRole::Owner, now)?;
                Ok::<_, AccountError>(workspace)
            })
            .await?;
        self.changed();
        Ok(made)
    }

    /// Every user of the installation, by address.
    pub async fn list_users(&self, _: Admin) -> Result<Vec<User>, AccountError> {
        self.db.read(|c| Ok(store::list_users(c)?)).await
    }

    /// Every workspace of the installation, the oldest first.
    pub async fn list_workspaces(&self, _: Admin) -> Result<Vec<Workspace>, AccountError> {
        self.db.read(|c| Ok(store::list_workspaces(c)?)).await
    }

    /// # Errors
    /// [`AccountError::NotFound`] when no user has this address.
    pub async fn find_user(&self, _: Admin, email: &str) -> Result<User, AccountError> {
        let email = Email::parse(email).map_err(|e| AccountError::Invalid(vec![e]))?;
        self.db
            .read(move |c| store::find_user(c, &email)?.ok_or(AccountError::NotFound))
            .await
    }

    /// Makes the user a member of the workspace, or gives the member this role.
    ///
    /// # Errors
    /// [`AccountError::NotFound`] when there is no such workspace.
    pub async fn put_member(
        &self,
        _: Admin,
        workspace: PublicId,
        user: UserId,
        role: MemberRole,
    ) -> Result<(), AccountError> {
        let now = self.clock.now();
        self.db
            .write(move |tx| {
                let workspace = store::find_workspace(tx, &workspace)?.ok_or(AccountError::NotFound)?;
                Ok::<_, AccountError>(store::put_member(tx, workspace.id, user, role, now)?)
            })
            .await?;
        self.changed();
        Ok(())
    }

    // Members.

    pub async fn members(&self, scope: Scope) -> Result<Vec<Member>, AccountError> {
        self.db
            .read(move |c| Ok(store::list_members(c, scope.workspace)?))
            .await
    }

    pub async fn workspace(&self, scope: Scope) -> Result<Workspace, AccountError> {
        self.db
            .read(move |c| Ok(store::get_workspace(c, scope.workspace)?))
            .await
    }

    /// # Errors
    /// [`AccountError::Forbidden`] or [`AccountError::Invalid`].
    pub async fn update_workspace(&self, scope: Scope, new: NewWorkspace) -> Result<(), AccountError> {
        scope.require(Permission::ManageWorkspace)?;
        let (workspace, now) = (checked_workspace(&new)?, self.clock.now());
        self.db
            .write(move |tx| {
                store::update_workspace(tx, scope.workspace, &workspace)?;
                let entry = scope.entry(Action::WorkspaceChanged).target(workspace.name);
                Ok(audit::record_in(tx, &entry, now)?)
            })
            .await
    }

    /// The workspaces that a user may choose from.
    pub async fn memberships(&self, user: UserId) -> Result<Vec<Membership>, AccountError> {
        self.db.read(move |c| Ok(store::memberships(c, user)?)).await
    }

    /// Changes the name that colleagues see; returns the user as changed.
    ///
    /// # Errors
    /// [`AccountError::Invalid`].
    pub async fn rename_user(&self, by: impl Into<Actor>, user: UserId, name: &str) -> Result<User, AccountError> {
        let mut errors = Vec::new();
        let name = checked_name("name", name, &mut errors).ok_or(AccountError::Invalid(errors))?;
        let (entry, now) = (Entry::new(by, Action::UserRenamed), self.clock.now());
        self.db
            .write(move |tx| {
                store::set_name(tx, user, &name)?;
                audit::record_in(tx, &entry, now)?;
                store::user_by_id(tx, user)?.ok_or(AccountError::NotFound)
            })
            .await
    }

    /// How good a password is for the person whom `about` describes, for somebody at `address` whom nobody knows yet.
    ///
    /// # Errors
    /// [`AccountError::Throttled`] for a machine that asks too often.
    pub async fn assess_password(
        &self,
        address: IpAddr,
        password: &Password,
        about: &[&str],
    ) -> Result<Assessment, AccountError> {
        self.throttle.estimate(address, self.clock.now())?;
        self.hasher.assess(password, about).await
    }

    /// What is wrong with the new user's password.
    pub(super) async fn weaknesses(&self, new: &NewUser) -> Result<Vec<FieldError>, AccountError> {
        let assessment = self.hasher.assess(&new.password, &[&new.name, &new.email]).await?;
        Ok(assessment.weakness.into_iter().collect())
    }

    /// The new user as it may be stored, and the password's hash.
    ///
    /// # Errors
    /// [`AccountError::Invalid`] with every wrong field.
    pub(super) async fn checked_user(&self, new: NewUser) -> Result<(CheckedUser, String), AccountError> {
        let mut errors = self.weaknesses(&new).await?;
        let user = new.check(&mut errors).filter(|_| errors.is_empty());
        let user = user.ok_or(AccountError::Invalid(errors))?;
        let hash = self.hasher.hash(new.password).await?;
        Ok((user, hash))
    }

    /// Tells open streams to look whether they still may be.
    pub(super) fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }
}

fn setup_is_open(c: &Connection, token_hash: &[u8], now: UnixMs) -> Result<(), AccountError> {
    // The command line may have created an administrator in the meantime.
    if store::has_admin(c)? {
        Err(AccountError::AlreadySetUp)
    } else if store::setup_link_valid(c, token_hash, now)? {
        Ok(())
    } else {
        Err(AccountError::SetupClosed)
    }
}

pub(super) fn insert_user_in(
    tx: &Connection,
    user: &CheckedUser,
    hash: &str,
    now: UnixMs,
) -> Result<User, AccountError> {
    if store::find_user(tx, &user.email)?.is_some() {
        return Err(AccountError::EmailTaken);
    }
    Ok(store::insert_user(tx, user, hash, now)?)
}

fn checked_workspace(new: &NewWorkspace) -> Result<CheckedWorkspace, AccountError> {
    let mut errors = Vec::new();
    let workspace = new.check(&mut errors);
    workspace
        .filter(|_| errors.is_empty())
        .ok_or(AccountError::Invalid(errors))
}
