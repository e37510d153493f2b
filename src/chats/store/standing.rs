//! SQL of how a number fares with the people it writes to.

use rusqlite::{Connection, named_params};

use crate::chats::model::{Failure, Standing};
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::ids::{SessionId, WorkspaceId};

/// Conversations that are counted at most: the latest ones.
const CONVERSATIONS: u32 = 5_000;
/// Messages that are counted at most.
const MESSAGES: u32 = 10_000;

pub(in crate::chats) const ANSWERED_SQL: &str = "SELECT COUNT(*), COALESCE(SUM(answered), 0) FROM (
     SELECT answered FROM chats
      WHERE session_id = :session AND workspace_id = :workspace AND kind = 'direct' AND last_message_at > 0
        AND last_message_at >= :since
      ORDER BY last_message_at DESC LIMIT :limit)";

/// Counts by indices that hold little else; a message of ours that was cancelled did not fail.
pub(in crate::chats) fn standing(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    conversations_since: UnixMs,
    messages_since: UnixMs,
) -> db::Result<Standing> {
    let (conversations, answered) = c.prepare_cached(ANSWERED_SQL)?.query_row(
        named_params! {
            ":session": session, ":workspace": workspace, ":since": conversations_since, ":limit": CONVERSATIONS,
        },
        |row| Ok((row.get::<_, u32>(0)?, row.get::<_, u32>(1)?)),
    )?;
    let failures: Vec<(Failure, u32)> = c
        .prepare_cached(
            "SELECT failure, COUNT(*) FROM (
             SELECT failure FROM messages INDEXED BY messages_failed
              WHERE session_id = :session AND workspace_id = :workspace AND status = 'failed' AND sender = 0
                AND at >= :since LIMIT :limit)
          WHERE failure IS NOT NULL AND failure <> 'cancelled' GROUP BY failure ORDER BY COUNT(*) DESC, failure",
        )?
        .all(
            named_params! {
                ":session": session, ":workspace": workspace, ":since": messages_since, ":limit": MESSAGES,
            },
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
    let unreached = c
        .prepare_cached(
            "SELECT COUNT(*) FROM (
                 SELECT 1 FROM messages INDEXED BY messages_unreached
                  WHERE session_id = :session AND workspace_id = :workspace AND status = 'sent' AND unreached_at IS NOT NULL
                    AND unreached_at >= :since LIMIT :limit)",
        )?
        .query_row(
            named_params! {
            ":session": session, ":workspace": workspace, ":since": messages_since, ":limit": MESSAGES,
        },
            |row| row.get(0),
        )?;
    Ok(Standing {
        conversations,
        answered,
        failures,
        unreached,
    })
}
