//! What whoever owns the box may do with people and workspaces.
//!
//! Every method takes an [`Admin`], which only an administrator's visit or the command line can make: the permission is
//! in the type, since these are the only queries of the product that bind no workspace.
//!
//! Invariants
//! - There is always an administrator who can log in: the last one is neither suspended nor made less.
//! - An administrator in somebody's place is named in every act, for an hour at most, and never sits in the place of
//!   another administrator.

mod impersonation;
mod model;
mod service;
mod store;

pub use model::{
    AccountStatus, Admin, UserDetail, UserFilter, UserRow, WorkspaceDetail, WorkspaceFilter, WorkspaceRow,
};
pub use service::Listing;

/// Rows of a page.
const PAGE: usize = 50;
