//! The outcomes of leased messages, applied as a batch in one transaction.

use rusqlite::Connection;
use wa_client::{Address, Registered};

use super::model::Leased;
use super::store::{self, Returned};
use crate::chats::{self, Failure, Wait};
use crate::clock::UnixMs;
use crate::db;
use crate::ids::{MessageId, OutboxId, SessionId, WorkspaceId};

#[derive(Clone)]
pub(super) enum Outcome {
    Acknowledged {
        id: OutboxId,
        message: MessageId,
    },
    /// WhatsApp registers the account of `typed` under this address.
    Registered {
        typed: Address,
        registered: Registered,
    },
    /// The acknowledgement came after the row was given back.
    AcknowledgedLate(String),
    /// Retried at `due`, before anything written later in the chat.
    Postponed {
        row: Leased,
        due: UnixMs,
    },
    /// It waits for something until then.
    Parked {
        row: Leased,
        wait: Wait,
        until: UnixMs,
    },
    Failed {
        row: Leased,
        failure: Failure,
    },
}

/// Applies the outcomes. Returns the numbers whose senders have to check again: one that postponed a row has to learn
/// when it is due, and a returned claim lets another message go.
pub(super) fn apply_outcomes(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    outcomes: &[Outcome],
    now: UnixMs,
) -> db::Result<Vec<SessionId>> {
    let mut returned = Returned::default();
    for outcome in outcomes {
        match outcome {
            Outcome::Acknowledged { id, message } => store::acknowledged(c, *id, *message, now)?,
            Outcome::Registered { typed, registered } => chats::registered_in(c, workspace, typed, registered, now)?,
            Outcome::AcknowledgedLate(wa_id) => store::acknowledged_late(c, session, wa_id, now)?,
            Outcome::Postponed { row, due } => store::postpone(c, row, *due, &mut returned)?,
            Outcome::Parked { row, wait, until } => store::park(c, workspace, row, *wait, *until, &mut returned, now)?,
            Outcome::Failed { row, failure } => store::fail(c, row, *failure, now, &mut returned)?,
        }
    }
    let mut look = returned.write(c, workspace, now)?;
    let put_off = |outcome: &Outcome| matches!(outcome, Outcome::Postponed { .. } | Outcome::Parked { .. });
    if outcomes.iter().any(put_off) && !look.contains(&session) {
        look.push(session);
    }
    Ok(look)
}
