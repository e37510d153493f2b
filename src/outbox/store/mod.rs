//! SQL of the outbox.

mod held;
mod limit;
mod undo;
mod waiting;

use std::time::Duration;

use rusqlite::{Connection, named_params};

use super::content::UNDO;
use super::model::{Leased, NewChats, OutboxError, State};
use crate::accounts;
use crate::chats::{self, Failure, Kind, MessageDraft, Status, Wait};
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::events::{self, Event};
use crate::ids::{ChatId, MessageId, OutboxId, PublicId, SessionId, WorkspaceId};
use crate::plans::{self, Day};

pub use held::count_held_in;
pub(super) use held::{count_held, discard_held, held, hold_all, resume_held, workspaces_with_held};
pub(super) use limit::{Returned, release};
pub(super) use undo::sent_with;
pub(super) use waiting::{new_chats_changed, park};

/// The country whose national numbers the workspace uses.
pub(super) fn country(c: &Connection, workspace: WorkspaceId) -> db::Result<String> {
    Ok(
        c.prepare_cached("SELECT country FROM workspaces WHERE id = :workspace")?
            .query_row(named_params! { ":workspace": workspace }, |row| row.get(0))?,
    )
}

/// Puts a message into the outbox, behind its chat's waiting messages and whatever those wait for; one that can be taken
/// back waits at least as long for that, and is `undoable` with whatever has the same first message.
pub(super) fn insert(
    c: &Connection,
    draft: &MessageDraft,
    message: MessageId,
    undoable: Option<&str>,
    now: UnixMs,
) -> db::Result<()> {
    let (due, wait) = match undoable {
        Some(_) => (now.plus(UNDO), Some(Wait::Undo)),
        None => (now, None),
    };
    c.prepare_cached(
        "INSERT INTO outbox (workspace_id, session_id, chat_id, message_id, wa_id, state, due_at, created_at, waits_for,
                             sent_with, held_for)
         VALUES (:workspace, :session, :chat, :message, :wa_id, 'queued', MAX(:due, COALESCE((
             SELECT MAX(due_at) FROM outbox WHERE chat_id = :chat AND state IN ('queued', 'parked')), 0)), :now, :wait,
             :sent_with,
             (SELECT held_for FROM outbox WHERE chat_id = :chat AND held_for IS NOT NULL LIMIT 1))",
    )?
    .execute(named_params! {
        ":workspace": draft.chat.workspace, ":session": draft.chat.session, ":chat": draft.chat.id, ":message": message,
        ":wa_id": draft.wa_id, ":due": due, ":wait": wait, ":sent_with": undoable,
        ":now": now,
    })?;
    Ok(())
}

/// The result of a lease.
pub(super) struct Lease {
    pub rows: Vec<Leased>,
    /// When the next row that was not leased is due.
    pub next_due: Option<UnixMs>,
    /// Some rows were postponed, and open pages have to be notified.
    pub held: bool,
}

/// How often a closed workspace is checked; opening it wakes the sender at once.
const WHILE_SUSPENDED: Duration = Duration::from_secs(60);

/// Leases up to `limit` due rows of a session, oldest first. While new chats have to wait, theirs are parked instead.
///
/// The day's messages are claimed here, for the whole batch and in this transaction, so that two senders never share
/// the last one. Rows that get no claim wait for the next day with everything behind them.
pub(super) fn lease(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    new_chats: Option<NewChats>,
    limit: usize,
    now: UnixMs,
) -> db::Result<Lease> {
    if accounts::is_suspended_in(c, workspace)? {
        // Nothing leaves a closed workspace, and nothing in it is lost.
        return Ok(Lease {
            rows: Vec::new(),
            next_due: Some(now.plus(WHILE_SUSPENDED)),
            held: false,
        });
    }
    let mut rows = due(c, session, limit, now)?;
    let mut held = false;
    if let Some(NewChats { wait, until }) = new_chats.filter(|new| new.until > now) {
        for row in rows.extract_if(.., |row| !row.answered) {
            held = true;
            waiting::park_untried(c, workspace, &row, wait, until, now)?;
        }
    }
    held |= limit::claim(c, workspace, session, &mut rows, now)?;
    for row in &rows {
        c.prepare_cached(
            "UPDATE outbox SET state = 'sending', claimed_day = :day, held_for = NULL, waits_for = NULL WHERE id = :id",
        )?
        .execute(named_params! { ":id": row.id, ":day": row.claimed })?;
    }
    let next_due = c
        .prepare_cached("SELECT MIN(due_at) FROM outbox WHERE session_id = :session AND state IN ('queued', 'parked')")?
        .query_row(named_params! { ":session": session }, |row| row.get(0))?;
    Ok(Lease { rows, next_due, held })
}

fn due(c: &Connection, session: SessionId, limit: usize, now: UnixMs) -> db::Result<Vec<Leased>> {
    let mut statement = c.prepare_cached(
        "SELECT o.id, o.message_id, o.chat_id, ch.address, o.wa_id, COALESCE(m.original, m.body), o.attempts,
                ch.answered, o.created_at, o.claimed_day, ch.expires_after,
                EXISTS (SELECT 1 FROM outgoing g WHERE g.message_id = m.id), m.kind
           FROM outbox o CROSS JOIN messages m CROSS JOIN chats ch
          WHERE o.session_id = :session AND o.state IN ('queued', 'parked') AND o.due_at <= :now
            AND m.id = o.message_id AND ch.id = o.chat_id
          ORDER BY o.due_at, o.id LIMIT :limit",
    )?;
    let params = named_params! { ":session": session, ":now": now, ":limit": i64::try_from(limit).unwrap_or(i64::MAX) };
    statement.all(params, |row| {
        Ok(Leased {
            id: row.get(0)?,
            message: row.get(1)?,
            chat: row.get(2)?,
            address: row.get(3)?,
            wa_id: row.get(4)?,
            body: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
            expires_after: row.get(10)?,
            composed: row.get(11)?,
            is_change: !row.get::<_, Kind>(12)?.is_written(),
            attempts: row.get(6)?,
            answered: row.get(7)?,
            created_at: row.get(8)?,
            claimed: row.get(9)?,
            // A claim that still exists belongs to a send whose outcome is unknown.
            doubtful: row.get::<_, Option<Day>>(9)?.is_some(),
        })
    })
}

/// Gives back every row that an earlier sender of the session left leased; returns their WhatsApp ids, since they may
/// still be acknowledged.
pub(super) fn recover(c: &Connection, session: SessionId) -> db::Result<Vec<String>> {
    let mut statement = c.prepare_cached(
        "UPDATE outbox SET state = 'queued' WHERE session_id = :session AND state = 'sending' RETURNING wa_id",
    )?;
    statement.all(named_params! { ":session": session }, |row| row.get(0))
}

/// WhatsApp has the message.
pub(super) fn acknowledged(c: &Connection, id: OutboxId, message: MessageId, now: UnixMs) -> db::Result<()> {
    delete(c, id)?;
    chats::set_status_in(c, message, Status::Sent, None, now)?;
    Ok(())
}

/// [`acknowledged`] for a row that was given back before the acknowledgement came.
pub(super) fn acknowledged_late(c: &Connection, session: SessionId, wa_id: &str, now: UnixMs) -> db::Result<()> {
    let sql = "SELECT o.id, o.message_id, o.workspace_id, o.claimed_day IS NOT NULL, m.kind
                 FROM outbox o JOIN messages m ON m.id = o.message_id
                WHERE o.session_id = :session AND o.wa_id = :wa_id";
    let found: Option<(OutboxId, MessageId, WorkspaceId, bool, Kind)> = c
        .prepare_cached(sql)?
        .maybe(named_params! { ":session": session, ":wa_id": wa_id }, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })?;
    let Some((id, message, workspace, claimed, kind)) = found else {
        return Ok(());
    };
    if !claimed && kind.is_written() {
        plans::count_sent_in(c, workspace, 1, now)?;
    }
    acknowledged(c, id, message, now)
}

/// Postpones the row to `due`, with its chat's later messages behind it. Its claim is kept if the message may have been
/// sent, or a limit of one would let two through.
pub(super) fn postpone(c: &Connection, row: &Leased, due: UnixMs, returned: &mut Returned) -> db::Result<()> {
    give_back(c, row, returned)?;
    put_back(c, row, State::Queued, None, due)
}

fn give_back(c: &Connection, row: &Leased, returned: &mut Returned) -> db::Result<()> {
    if row.doubtful { Ok(()) } else { returned.add(c, row) }
}

fn put_back(c: &Connection, row: &Leased, state: State, wait: Option<Wait>, due: UnixMs) -> db::Result<()> {
    c.prepare_cached(
        "UPDATE outbox SET state = :state, attempts = :attempts, due_at = :due, waits_for = :wait WHERE id = :id",
    )?
    .execute(named_params! {
        ":state": state, ":attempts": row.attempts, ":due": due, ":wait": wait, ":id": row.id,
    })?;
    stay_behind(c, row.chat, row.id, due)
}

/// The chat's messages behind a row that is due at `due` are not due before it.
fn stay_behind(c: &Connection, chat: ChatId, row: OutboxId, due: UnixMs) -> db::Result<()> {
    c.prepare_cached(
        "UPDATE outbox SET due_at = :due
          WHERE chat_id = :chat AND state IN ('queued', 'parked') AND due_at < :due AND id > :id",
    )?
    .execute(named_params! { ":due": due, ":chat": chat, ":id": row })?;
    Ok(())
}

/// A person decides about the row.
pub(super) fn fail(
    c: &Connection,
    row: &Leased,
    failure: Failure,
    now: UnixMs,
    returned: &mut Returned,
) -> db::Result<()> {
    returned.add(c, row)?;
    c.prepare_cached("UPDATE outbox SET state = 'failed', attempts = :attempts, waits_for = NULL WHERE id = :id")?
        .execute(named_params! { ":attempts": row.attempts, ":id": row.id })?;
    chats::set_status_in(c, row.message, Status::Failed, Some(failure), now)?;
    tell_target(c, row.message, now)?;
    if failure == Failure::NotOnWhatsApp {
        // A number that is not on WhatsApp leaves no contact and no chat behind.
        chats::drop_unreached_in(c, row.message, now)?;
    }
    Ok(())
}

/// The bubble of a message says what became of a change of it.
fn tell_target(c: &Connection, change: MessageId, now: UnixMs) -> db::Result<()> {
    let Some((workspace, chat, message)) = chats::changed_by_in(c, change)? else {
        return Ok(());
    };
    events::append(c, workspace, &Event::MessageChanged { chat, message }, now).map(|_| ())
}

struct Found {
    id: OutboxId,
    message: MessageId,
    chat: ChatId,
    session: SessionId,
    state: State,
    claimed: Option<Day>,
}

fn find(c: &Connection, workspace: WorkspaceId, message: &PublicId) -> db::Result<Found> {
    Ok(c.prepare_cached(
        "SELECT o.id, o.message_id, o.chat_id, o.session_id, o.state, o.claimed_day
           FROM messages m JOIN outbox o ON o.message_id = m.id
          WHERE m.public_id = :message AND o.workspace_id = :workspace",
    )?
    .query_row(named_params! { ":message": message, ":workspace": workspace }, |row| {
        Ok(Found {
            id: row.get(0)?,
            message: row.get(1)?,
            chat: row.get(2)?,
            session: row.get(3)?,
            state: row.get(4)?,
            claimed: row.get(5)?,
        })
    })?)
}

/// Queues a failed row again, behind its chat's waiting messages.
pub(super) fn retry(
    c: &Connection,
    workspace: WorkspaceId,
    message: &PublicId,
    now: UnixMs,
) -> Result<(SessionId, PublicId), OutboxError> {
    let row = find(c, workspace, message)?;
    if row.state != State::Failed {
        return Err(OutboxError::NotFailed);
    }
    queue_again(c, row.id, row.chat, now)?;
    chats::reopen_in(c, row.message, now)?;
    tell_target(c, row.message, now)?;
    let target = chats::changed_by_in(c, row.message)?.map(|(_, _, target)| target);
    Ok((row.session, target.unwrap_or_else(|| message.clone())))
}

/// Queued behind its chat's waiting messages.
fn queue_again(c: &Connection, row: OutboxId, chat: ChatId, now: UnixMs) -> db::Result<()> {
    c.prepare_cached(
        "UPDATE outbox SET state = 'queued', attempts = 0, created_at = :now, due_at = MAX(:now, COALESCE((
             SELECT MAX(due_at) FROM outbox WHERE chat_id = :chat AND state IN ('queued', 'parked')), 0)),
             held_for = (SELECT held_for FROM outbox WHERE chat_id = :chat AND held_for IS NOT NULL LIMIT 1)
          WHERE id = :id",
    )?
    .execute(named_params! { ":now": now, ":chat": chat, ":id": row })?;
    Ok(())
}

fn delete(c: &Connection, id: OutboxId) -> db::Result<()> {
    c.prepare_cached("DELETE FROM outbox WHERE id = :id")?
        .execute(named_params! { ":id": id })?;
    Ok(())
}

/// Deletes a row that has not been sent; its message stays in the chat as cancelled.
pub(super) fn cancel(
    c: &Connection,
    workspace: WorkspaceId,
    message: &PublicId,
    now: UnixMs,
) -> Result<(), OutboxError> {
    let row = find(c, workspace, message)?;
    if row.state == State::Sending {
        return Err(OutboxError::OnItsWay);
    }
    if let Some(day) = row.claimed {
        plans::give_back_messages_in(c, workspace, day, 1)?;
    }
    delete(c, row.id)?;
    // A change has failed before; cancelled, nothing more is said of it.
    chats::reopen_in(c, row.message, now)?;
    chats::set_status_in(c, row.message, Status::Failed, Some(Failure::Cancelled), now)?;
    tell_target(c, row.message, now)?;
    Ok(())
}
