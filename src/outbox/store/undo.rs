//! SQL of what is taken back before it goes out.

use rusqlite::{Connection, named_params};

use crate::db::{self, Rows as _};
use crate::ids::{PublicId, WorkspaceId};

/// A message of one send, and whether it still waits in the queue.
pub(in crate::outbox) struct Together {
    pub message: PublicId,
    pub waits: bool,
}

/// The messages that were sent with this one and have not gone out, itself among them: files go together, and with their
/// words. Without any, it is out of the queue.
pub(in crate::outbox) fn sent_with(
    c: &Connection,
    workspace: WorkspaceId,
    message: &PublicId,
) -> db::Result<Vec<Together>> {
    let mut statement = c.prepare_cached(
        "WITH asked (id, session_id, sent_with) AS (
             SELECT o.id, o.session_id, o.sent_with FROM messages m JOIN outbox o ON o.message_id = m.id
              WHERE m.public_id = :message AND m.workspace_id = :workspace),
         together (id) AS (
             SELECT id FROM asked UNION
             SELECT o.id FROM asked a JOIN outbox o ON o.session_id = a.session_id AND o.sent_with = a.sent_with)
         SELECT m.public_id, o.state IN ('queued', 'parked')
           FROM together t JOIN outbox o ON o.id = t.id JOIN messages m ON m.id = o.message_id ORDER BY t.id",
    )?;
    statement.all(named_params! { ":message": message, ":workspace": workspace }, |row| {
        Ok(Together {
            message: row.get(0)?,
            waits: row.get(1)?,
        })
    })
}
