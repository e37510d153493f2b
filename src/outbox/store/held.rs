//! Messages that waited in a backup: after a restore a person decides about them.

use rusqlite::{Connection, named_params};

use crate::accounts::{Permission, Scope};
use crate::chats::{self, Failure, Status};
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::ids::{ChatId, MessageId, OutboxId, SessionId, WorkspaceId};
use crate::outbox::model::HeldMessage;
use crate::plans::{self, Day};

/// Held messages shown on a page.
const SHOWN: u32 = 50;

struct Row {
    id: OutboxId,
    message: MessageId,
    workspace: WorkspaceId,
    claimed: Option<Day>,
}

/// Holds every waiting message, in every workspace. Returns how many messages.
///
/// They no longer count toward a day's limit; they count again once released.
pub(in crate::outbox) fn hold_all(tx: &Connection, now: UnixMs) -> db::Result<u64> {
    let waiting: Vec<Row> = {
        let mut statement = tx.prepare(
            "SELECT id, message_id, workspace_id, claimed_day FROM outbox
              WHERE state IN ('queued', 'sending', 'parked') ORDER BY id",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(Row {
                id: row.get(0)?,
                message: row.get(1)?,
                workspace: row.get(2)?,
                claimed: row.get(3)?,
            })
        })?;
        rows.collect::<Result<_, _>>()?
    };
    for row in &waiting {
        if let Some(day) = row.claimed {
            plans::give_back_messages_in(tx, row.workspace, day, 1)?;
        }
        tx.prepare_cached("UPDATE outbox SET state = 'failed', claimed_day = NULL, held_for = NULL WHERE id = :id")?
            .execute(named_params! { ":id": row.id })?;
        chats::set_status_in(tx, row.message, Status::Failed, Some(Failure::Restored), now)?;
    }
    Ok(waiting.len() as u64)
}

/// How many held messages a workspace has, for a caller who may decide about them.
pub fn count_held_in(c: &Connection, scope: Scope) -> db::Result<u64> {
    match scope.require(Permission::ManageSessions) {
        Ok(()) => count_held(c, scope.workspace),
        Err(_) => Ok(0),
    }
}

/// How many held messages a workspace has.
pub(in crate::outbox) fn count_held(c: &Connection, workspace: WorkspaceId) -> db::Result<u64> {
    let sql = "SELECT COUNT(*) FROM outbox o JOIN messages m ON m.id = o.message_id
                WHERE o.workspace_id = :workspace AND o.state = 'failed' AND m.failure = 'restored'";
    let held: i64 = c
        .prepare_cached(sql)?
        .query_row(named_params! { ":workspace": workspace }, |row| row.get(0))?;
    Ok(held.unsigned_abs())
}

/// Workspaces with held messages, and how many each has.
pub(in crate::outbox) fn workspaces_with_held(c: &Connection) -> db::Result<Vec<(WorkspaceId, u64)>> {
    let sql = "SELECT o.workspace_id, COUNT(*) FROM outbox o JOIN messages m ON m.id = o.message_id
                WHERE o.state = 'failed' AND m.failure = 'restored' GROUP BY o.workspace_id ORDER BY o.workspace_id";
    c.prepare_cached(sql)?
        .all([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))
}

/// Some of a workspace's held messages, oldest first.
pub(in crate::outbox) fn held(c: &Connection, workspace: WorkspaceId) -> db::Result<Vec<HeldMessage>> {
    let sql = "SELECT m.public_id, ch.public_id, COALESCE(ch.name, ct.shown_name, ch.address),
                      COALESCE(m.body, ''), m.at
                 FROM outbox o JOIN messages m ON m.id = o.message_id JOIN chats ch ON ch.id = o.chat_id
                 LEFT JOIN contacts ct ON ct.id = ch.contact_id
                WHERE o.workspace_id = :workspace AND o.state = 'failed' AND m.failure = 'restored'
                ORDER BY o.id LIMIT :limit";
    c.prepare_cached(sql)?
        .all(named_params! { ":workspace": workspace, ":limit": SHOWN }, |row| {
            Ok(HeldMessage {
                message: row.get(0)?,
                chat: row.get(1)?,
                to: row.get(2)?,
                text: row.get(3)?,
                at: row.get(4)?,
            })
        })
}

struct Waiting {
    id: OutboxId,
    message: MessageId,
    chat: ChatId,
    session: SessionId,
}

fn waiting(c: &Connection, workspace: WorkspaceId) -> db::Result<Vec<Waiting>> {
    let sql = "SELECT o.id, o.message_id, o.chat_id, o.session_id
                 FROM outbox o JOIN messages m ON m.id = o.message_id
                WHERE o.workspace_id = :workspace AND o.state = 'failed' AND m.failure = 'restored' ORDER BY o.id";
    c.prepare_cached(sql)?
        .all(named_params! { ":workspace": workspace }, |row| {
            Ok(Waiting {
                id: row.get(0)?,
                message: row.get(1)?,
                chat: row.get(2)?,
                session: row.get(3)?,
            })
        })
}

/// Releases them, in their order. Returns how many, and whose senders have to check.
pub(in crate::outbox) fn resume_held(
    c: &Connection,
    workspace: WorkspaceId,
    now: UnixMs,
) -> db::Result<(u64, Vec<SessionId>)> {
    let rows = waiting(c, workspace)?;
    for row in &rows {
        super::queue_again(c, row.id, row.chat, now)?;
        chats::reopen_in(c, row.message, now)?;
    }
    let mut sessions: Vec<SessionId> = rows.iter().map(|row| row.session).collect();
    sessions.sort_unstable();
    sessions.dedup();
    Ok((rows.len() as u64, sessions))
}

/// Discards them; they stay in their chats as cancelled. Returns how many.
pub(in crate::outbox) fn discard_held(c: &Connection, workspace: WorkspaceId, now: UnixMs) -> db::Result<u64> {
    let rows = waiting(c, workspace)?;
    for row in &rows {
        super::delete(c, row.id)?;
        chats::reopen_in(c, row.message, now)?;
        chats::set_status_in(c, row.message, Status::Failed, Some(Failure::Cancelled), now)?;
    }
    Ok(rows.len() as u64)
}
