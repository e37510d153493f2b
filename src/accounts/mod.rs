//! Accounts: who may enter, and what each may do where.
//!
//! Users, the workspaces they are members of, the one-time link that makes the first administrator, and the logins of
//! browsers. Every other room takes a [`Scope`] from here: a member at work in a workspace.
//!
//! Invariants
//! - Passwords are kept as argon2id hashes, tokens of logins and links as SHA-256; neither can be turned back.
//! - A wrong password and an unknown address look the same to whoever asks, in words and in time.
//! - A set-up link works once, for a day, and only while there is no administrator.
//! - A changed or reset password, and a changed address, ends the user's other logins, and the owner is told by mail.
//! - Nobody logs in before their address is confirmed, and a link confirms the registration it was mailed for. What a form answers does not tell whether an address has a login.

mod admin;
mod countries;
mod deletion;
mod email_links;
mod emails;
mod installation;
mod joining;
mod links;
mod logins;
mod model;
mod password;
mod recovery;
mod registration;
mod scope;
mod second_factor;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod throttle;
mod unconfirmed;

/// How rows of users and workspaces are read, for rooms whose queries join them.
pub(crate) mod rows {
    pub(crate) use super::store::{USER, USER_WIDTH, WORKSPACE, WORKSPACE_WIDTH, user_at, workspace_at};
}

pub use admin::{AccountStatus, UserDetail, UserFilter, UserRow, WorkspaceDetail, WorkspaceFilter, WorkspaceRow};
pub use countries::countries;
pub use deletion::{
    Deletion, DeletionOutcome, EraseUser, EraseWorkspace, drop_user_in, drop_workspace_in, erase_workspace_in,
    is_deleted, is_without_members,
};
pub use email_links::{MailLink, PruneLinks};
pub use emails::utc;
pub use installation::{Installation, MOST_FREE_WORKSPACES, free_workspaces_in};
pub use joining::{
    Joiner, choose_workspace_in, create_invited_in, create_user_in, create_workspace_in, find_user_in, is_member_in,
    is_suspended_in, log_in_invited_in, memberships_in, put_member_in, remove_member_in, update_workspace_in,
    workspace_in,
};
pub use links::{Link, Purpose, Registered};
pub use logins::{
    API_LIFETIME, Agent, ApiVisit, Authenticated, Challenge, IssuedLogin, LIFETIME as LOGIN_LIFETIME, LogIn, LoginKind,
    OwnLogin, Proof, Suspicion, Visit, VisitingBrowser, find_api, renew_api_in, user_in,
};
pub use model::{
    AccountError, Email, FieldError, Member, Membership, NewUser, NewWorkspace, PlatformRole, SetUp, User, Workspace,
    wait_text,
};
pub use password::{Assessment, Hasher, MIN_CHARS, Password};
pub use registration::Registration;
pub use scope::{By, Forbidden, MemberRole, Permission, Scope};
pub use second_factor::{Enrolment, RECOVERY_CODES, SecondFactor};
pub use service::Accounts;
pub use store::{set_unreached_after as set_unreached_after_in, unreached_after as unreached_after_in};
pub use throttle::machine as machine_of;
pub use unconfirmed::UNCONFIRMED_LIFETIME;
