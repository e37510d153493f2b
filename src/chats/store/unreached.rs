//! SQL of messages that WhatsApp has taken and nobody has got.

use rusqlite::{Connection, named_params};

use crate::chats::model::UNREACHED;
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::events::{self, Event};
use crate::ids::{MessageId, PublicId, WorkspaceId};

struct Found {
    id: MessageId,
    workspace: WorkspaceId,
    message: PublicId,
    chat: PublicId,
    /// Written to the number itself, which gives no receipt to its own devices.
    to_ourselves: bool,
}

/// Marks up to `limit` messages that are without a receipt for longer than their workspace waits. Returns whose pages
/// have to look, and whether there may be more.
///
/// For each workspace it reads the beginning of an index in which nothing else is.
pub(in crate::chats) fn mark(c: &Connection, limit: u32, now: UnixMs) -> db::Result<(Vec<WorkspaceId>, bool)> {
    let found: Vec<Found> = {
        c.prepare_cached(
            "SELECT m.id, m.workspace_id, m.public_id, ch.public_id,
                    ch.address IN (s.phone || '@s.whatsapp.net', s.lid || '@lid')
               FROM workspaces w
              CROSS JOIN messages m INDEXED BY messages_without_receipt
              CROSS JOIN chats ch CROSS JOIN sessions s
              WHERE m.workspace_id = w.id AND m.status = 'sent' AND m.awaits_receipt_since IS NOT NULL
                AND m.unreached_at IS NULL
                AND m.awaits_receipt_since <= :now - w.unreached_after_hours * 3600000
                AND ch.id = m.chat_id AND s.id = m.session_id
              LIMIT :limit",
        )?
        .all(named_params! { ":now": now, ":limit": limit }, |row| {
            Ok(Found {
                id: row.get(0)?,
                workspace: row.get(1)?,
                message: row.get(2)?,
                chat: row.get(3)?,
                to_ourselves: row.get::<_, Option<bool>>(4)?.unwrap_or(false),
            })
        })?
    };
    let more = found.len() == limit as usize;
    let mut workspaces = Vec::new();
    for row in found {
        if row.to_ourselves {
            c.prepare_cached("UPDATE messages SET awaits_receipt_since = NULL WHERE id = :id")?
                .execute(named_params! { ":id": row.id })?;
            continue;
        }
        c.prepare_cached("UPDATE messages SET unreached_at = :now WHERE id = :id")?
            .execute(named_params! { ":id": row.id, ":now": now })?;
        let event = Event::MessageStatus {
            chat: row.chat,
            message: row.message,
            status: UNREACHED.to_owned(),
        };
        events::append(c, row.workspace, &event, now)?;
        if !workspaces.contains(&row.workspace) {
            workspaces.push(row.workspace);
        }
    }
    Ok((workspaces, more))
}
