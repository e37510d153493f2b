//! Accounts: who may enter, and what each may do where.
//!
//! Users, the workspaces they are members of, the one-time link that makes the first administrator, and the logins of
//! browsers. Every other room takes a [`Scope`] from here: a member at work in a workspace.
//!
//! Invariants
//! - Passwords are kept as argon2id hashes, tokens of logins and links as SHA-256; neither can be turned back.
//! - A wrong password and an unknown address look the same to whoever asks, in words and in time.
//! - A set-up link works once, for a day, and only while there is no administrator.
//! - A changed or reset password ends the user's other logins.

mod countries;
mod logins;
mod model;
pub mod pages;
mod password;
mod scope;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod throttle;
pub mod views;

pub use logins::{IssuedLogin, LIFETIME as LOGIN_LIFETIME, Visit, VisitingBrowser};
pub use model::{
    AccountError, Email, FieldError, Member, Membership, NewUser, NewWorkspace, PlatformRole, SetUp, User, Workspace,
};
pub use password::{Hasher, MIN_CHARS, Password};
pub use scope::{By, Forbidden, MemberRole, Permission, Scope};
pub use service::Accounts;
