//! SQL of messages that wait for something other than their turn: keys of the recipient's phone, or WhatsApp's leave to
//! open a new chat.

use rusqlite::{Connection, named_params};

use crate::chats::{WAITING_FOR_KEYS, Wait};
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::events::{self, Event};
use crate::ids::{ChatId, MessageId, OutboxId, PublicId, SessionId, WorkspaceId};
use crate::outbox::model::{Leased, NewChats, State};

use super::limit::Returned;

/// Parks a row that was refused, with its chat's later messages behind it.
pub(in crate::outbox) fn park(
    c: &Connection,
    workspace: WorkspaceId,
    row: &Leased,
    wait: Wait,
    until: UnixMs,
    returned: &mut Returned,
    now: UnixMs,
) -> db::Result<()> {
    super::give_back(c, row, returned)?;
    put(c, workspace, row, wait, until, now)
}

/// Parks a row that has not been tried, since new chats have to wait. It must not expire meanwhile, so its age starts
/// from then.
pub(super) fn park_untried(
    c: &Connection,
    workspace: WorkspaceId,
    row: &Leased,
    wait: Wait,
    until: UnixMs,
    now: UnixMs,
) -> db::Result<()> {
    c.prepare_cached("UPDATE outbox SET created_at = :until WHERE id = :id AND attempts = 0")?
        .execute(named_params! { ":until": until, ":id": row.id })?;
    put(c, workspace, row, wait, until, now)
}

fn put(c: &Connection, workspace: WorkspaceId, row: &Leased, wait: Wait, until: UnixMs, now: UnixMs) -> db::Result<()> {
    super::put_back(c, row, State::Parked, Some(wait), until)?;
    let Some((chat, message)) = named(c, row.message)? else {
        return Ok(());
    };
    let event = match wait {
        Wait::Keys => Event::MessageStatus {
            chat,
            message,
            status: WAITING_FOR_KEYS.to_owned(),
        },
        Wait::Lock | Wait::Quota | Wait::Undo => Event::MessageChanged { chat, message },
    };
    events::append(c, workspace, &event, now).map(drop)
}

/// The chat and the message, as they are called outside.
fn named(c: &Connection, message: MessageId) -> db::Result<Option<(PublicId, PublicId)>> {
    c.prepare_cached(
        "SELECT ch.public_id, m.public_id FROM messages m JOIN chats ch ON ch.id = m.chat_id WHERE m.id = :message",
    )?
    .maybe(named_params! { ":message": message }, |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// A row that waits for WhatsApp's leave to open a new chat.
struct Waiting {
    id: OutboxId,
    message: MessageId,
    chat: ChatId,
    tried: bool,
    due: UnixMs,
    wait: Wait,
}

fn waiting(c: &Connection, session: SessionId) -> db::Result<Vec<Waiting>> {
    let mut statement = c.prepare_cached(
        "SELECT id, message_id, chat_id, attempts > 0, due_at, waits_for FROM outbox
          WHERE session_id = :session AND waits_for IN ('lock', 'quota') AND state = 'parked' ORDER BY id",
    )?;
    statement.all(named_params! { ":session": session }, |row| {
        Ok(Waiting {
            id: row.get(0)?,
            message: row.get(1)?,
            chat: row.get(2)?,
            tried: row.get(3)?,
            due: row.get(4)?,
            wait: row.get(5)?,
        })
    })
}

/// WhatsApp has said until when new chats wait, or that they need not. Those that were not tried follow it either way;
/// one that was refused keeps its own delay, since WhatsApp may have refused that recipient alone. Returns whether
/// anything changed.
pub(in crate::outbox) fn new_chats_changed(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    new_chats: Option<NewChats>,
    now: UnixMs,
) -> db::Result<bool> {
    let mut changed = false;
    for row in waiting(c, session)? {
        let (state, wait, due) = match new_chats {
            Some(NewChats { wait, until }) => (State::Parked, Some(wait), until),
            None if row.tried => continue,
            None => (State::Queued, None, now),
        };
        if (wait, due) == (Some(row.wait), row.due) {
            continue;
        }
        changed = true;
        c.prepare_cached(
            "UPDATE outbox SET state = :state, waits_for = :wait, due_at = :due, created_at = MAX(created_at, :due)
              WHERE id = :id",
        )?
        .execute(named_params! { ":id": row.id, ":state": state, ":wait": wait, ":due": due })?;
        // Those behind it were put off with it.
        c.prepare_cached(
            "UPDATE outbox SET due_at = :due
              WHERE chat_id = :chat AND state IN ('queued', 'parked') AND held_for IS NULL AND id > :id
                AND (due_at = :before OR due_at < :due)",
        )?
        .execute(named_params! { ":chat": row.chat, ":id": row.id, ":before": row.due, ":due": due })?;
        if let Some((chat, message)) = named(c, row.message)? {
            events::append(c, workspace, &Event::MessageChanged { chat, message }, now)?;
        }
    }
    Ok(changed)
}
