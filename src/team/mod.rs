//! Team: workspaces, the people in them, and invitations.
//!
//! Owners invite by email; whoever opens the link joins with the login they have, or makes one. A workspace always has
//! an owner. People who are in no workspace see what they can do about it.
//!
//! Invariants
//! - A seat is counted and taken in one transaction, when somebody is invited and again when they join.
//! - An invitation works once, for a week, and only for the address that it was made for; its tokens are kept as hashes.
//! - A link that went through the hands of whoever invited proves no address: only the mailed one does, or one that was
//!   passed on by somebody who may vouch for addresses.
//! - Every mail of an invitation is counted before it is written, for its mailbox, machine and workspace.
//! - Whoever is no member any more sees nothing more, also on pages that are open.

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
    TeamError, TeamMember, TeamMembers, WorkspaceSummary, free_words,
};

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
