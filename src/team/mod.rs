//! Team: workspaces, their members, and invitations.
//!
//! Owners invite by email; an invited person joins with their login, or creates one. A workspace always has
//! an owner. People without a workspace see what they can do.
//!
//! Invariants
//! - A seat is counted and taken in one transaction, at the invitation and again when the person joins.
//! - An invitation works once, for a week, and only for its address; its tokens are stored as hashes.
//! - A link that the inviter has seen proves no address: only the mailed one does, or one that was
//!   shared by an administrator, who may verify addresses.
//! - Every email of an invitation is counted before it is written, for its mailbox, machine and workspace.
//! - A former member loses access at once, also on open pages.

mod budgets;
mod emails;
mod invitations;
mod joining;
mod members;
mod model;
mod store;
#[cfg(test)]
mod tests;
mod workspaces;

use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::db::Db;
use crate::jobs::Jobs;
use crate::mail::Mailer;

pub use model::{
    INVITATION_LIFETIME, Invitation, Invited, Joined, MAX_INVITED_AT_ONCE, MAX_OWNED, RESEND_AFTER, Rationed, Seats,
    TeamError, TeamMember, TeamMembers, WorkspaceSummary,
};
pub use workspaces::MOST_UNREACHED_HOURS;

/// Cheap to clone.
#[derive(Clone)]
pub struct Team {
    db: Db,
    clock: Clock,
    accounts: Accounts,
    mailer: Mailer,
    jobs: Jobs,
}

impl Team {
    #[must_use]
    pub fn new(db: Db, clock: Clock, accounts: Accounts, mailer: Mailer, jobs: Jobs) -> Self {
        Self {
            db,
            clock,
            accounts,
            mailer,
            jobs,
        }
    }
}
