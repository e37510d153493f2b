//! What became of messages that were taken, and how it is written down: a batch in one transaction.

use rusqlite::Connection;
use wa_client::{Address, Registered};

use super::model::{Leased, State};
use super::store::{self, Returned};
use crate::chats::{self, Failure};
use crate::clock::UnixMs;
use crate::db;
use crate::ids::{MessageId, OutboxId, SessionId, WorkspaceId};

#[derive(Clone)]
pub(super) enum Outcome {
    Acknowledged {
        id: OutboxId,
        message: MessageId,
    },
    /// WhatsApp files the account of `typed` like this.
    Registered {
        typed: Address,
        registered: Registered,
    },
    /// The word came after the row was given back.
    AcknowledgedLate(String),
    /// Again at `due`, before what was written later in the chat.
    Postponed {
        row: Leased,
        due: UnixMs,
    },
    /// New chats are locked until then.
    Parked {
        row: Leased,
        until: UnixMs,
    },
    Failed {
        row: Leased,
        failure: Failure,
    },
}

/// Writes down what became of the messages. Returns the numbers whose senders have to look again: one that put a row off
/// has to learn when it is due, and a claim that came back lets another message go.
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
            Outcome::Postponed { row, due } => store::postpone(c, row, State::Queued, *due, &mut returned)?,
            Outcome::Parked { row, until } => store::postpone(c, row, State::Parked, *until, &mut returned)?,
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
