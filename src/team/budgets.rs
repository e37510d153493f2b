//! Daily limits on the emails of invitations.
//!
//! An invitation is mail that the recipient did not request, so it is counted before it is written: for the mailbox,
//! for the requesting machine, and for the workspace. Revoking an invitation returns nothing, and the counts are
//! rows, so a restart returns nothing either.

use std::time::Duration;

use rusqlite::Connection;

use super::model::{Rationed, TeamError};
use super::store;
use crate::accounts::{Email, Scope, machine_of};
use crate::clock::UnixMs;
use crate::crypto;
use crate::plans::{self, Limit, Quota};

const WINDOW: Duration = Duration::from_secs(24 * 60 * 60);
/// To one mailbox, from all inviters together: the email and two repeats.
const PER_MAILBOX: u32 = 3;
/// From one machine, for all workspaces together.
const PER_MACHINE: u32 = 60;
/// From one workspace: twice its seats, within these bounds, so that a team can be invited in a day, with repeats.
const PER_WORKSPACE: (u32, u32) = (10, 60);

/// Counts one more mail of an invitation to `email`.
///
/// # Errors
/// [`TeamError::Rationed`] when one of the counts is full; nothing was counted.
pub(super) fn claim_in(tx: &Connection, scope: Scope, email: &Email, now: UnixMs) -> Result<(), TeamError> {
    let mailbox = crypto::hash_token(email.as_str());
    let machine = scope.address.map(|address| machine_of(address).to_string());
    let since = now.minus(WINDOW);
    store::forget_mails(tx, since)?;
    let refuse = |what: Rationed, full_since: Option<UnixMs>| match full_since {
        Some(oldest) => Err(TeamError::Rationed {
            what,
            at: oldest.plus(WINDOW),
            wait: oldest.plus(WINDOW).since(now),
        }),
        None => Ok(()),
    };
    let mailbox_full = store::nth_mail_to(tx, &mailbox, PER_MAILBOX, since)?;
    refuse(Rationed::Mailbox(email.clone()), mailbox_full)?;
    let workspace_full = store::nth_mail_of(tx, scope.workspace, per_workspace(tx, scope)?, since)?;
    refuse(Rationed::Workspace, workspace_full)?;
    if let Some(machine) = &machine {
        refuse(Rationed::Machine, store::nth_mail_by(tx, machine, PER_MACHINE, since)?)?;
    }
    Ok(store::count_mail(
        tx,
        scope.workspace,
        &mailbox,
        machine.as_deref(),
        now,
    )?)
}

fn per_workspace(tx: &Connection, scope: Scope) -> Result<u32, TeamError> {
    let (least, most) = PER_WORKSPACE;
    Ok(match plans::limits_in(tx, scope.workspace)?.of(Quota::Seats) {
        Limit::Of(seats) => u32::try_from(seats.saturating_mul(2))
            .unwrap_or(most)
            .clamp(least, most),
        Limit::Unlimited => most,
    })
}
