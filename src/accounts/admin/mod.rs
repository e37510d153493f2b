//! What administrators may do with people and workspaces.
//!
//! Every method takes an [`Admin`](crate::audit::Admin), which only an administrator's visit or the command line can
//! make: the permission is in the type, since queries here bind no workspace.
//!
//! Invariants
//! - There is always an administrator who can log in: the last one is neither suspended nor demoted.
//! - An impersonating administrator is named in every act, for an hour at most, and never impersonates another
//!   administrator.
//!   another administrator.

mod impersonation;
mod model;
mod service;
mod store;

pub use model::{AccountStatus, UserDetail, UserFilter, UserRow, WorkspaceDetail, WorkspaceFilter, WorkspaceRow};

/// Rows per page.
const PAGE: usize = 50;
