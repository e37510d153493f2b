//! SQL of the event log.

use std::time::Duration;

use rusqlite::{Connection, named_params};

use super::Event;
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::ids::{EventId, WorkspaceId};

/// A stored event.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// The cursor to continue from.
    pub id: EventId,
    pub event: Event,
    pub at: UnixMs,
}

/// Records `event`. Call it in the transaction that makes the change; nudge the bus after the commit.
pub fn append(c: &Connection, workspace: WorkspaceId, event: &Event, now: UnixMs) -> db::Result<EventId> {
    let payload = serde_json::to_string(event).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
    c.prepare_cached("INSERT INTO events (workspace_id, kind, payload, at) VALUES (:workspace, :kind, :payload, :at)")?
        .execute(named_params! { ":workspace": workspace, ":kind": event.kind(), ":payload": payload, ":at": now })?;
    Ok(EventId(c.last_insert_rowid()))
}

/// Up to `limit` events of the workspace with an id above `cursor`, oldest first.
pub fn after(c: &Connection, workspace: WorkspaceId, cursor: EventId, limit: u32) -> db::Result<Vec<Row>> {
    c.prepare_cached(
        "SELECT id, payload, at FROM events
          WHERE workspace_id = :workspace AND id > :cursor
          ORDER BY id LIMIT :limit",
    )?
    .all(
        named_params! { ":workspace": workspace, ":cursor": cursor, ":limit": limit },
        |row| {
            let payload: String = row.get(1)?;
            let event = serde_json::from_str(&payload)
                .map_err(|e| rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, Box::new(e)))?;
            Ok(Row {
                id: row.get(0)?,
                event,
                at: row.get(2)?,
            })
        },
    )
}

/// The newest event's id of the workspace, or zero: the start for a reader that wants only future events.
pub fn latest(c: &Connection, workspace: WorkspaceId) -> db::Result<EventId> {
    let id = c
        .prepare_cached("SELECT id FROM events WHERE workspace_id = :workspace ORDER BY id DESC LIMIT 1")?
        .maybe(named_params! { ":workspace": workspace }, |row| row.get(0))?;
    Ok(id.unwrap_or(EventId(0)))
}

/// Deletes up to `limit` of the oldest events older than `keep`; returns how many. Call again while it returns `limit`.
pub fn prune(c: &Connection, now: UnixMs, keep: Duration, limit: u32) -> db::Result<usize> {
    // Ids grow with time, so the primary key finds the oldest rows and no index on `at` is needed.
    let oldest = "SELECT id FROM events ORDER BY id LIMIT :limit";
    let sql = format!("DELETE FROM events WHERE id IN ({oldest}) AND at < :before");
    Ok(c.prepare_cached(&sql)?
        .execute(named_params! { ":limit": limit, ":before": now.minus(keep) })?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PublicId;

    fn log() -> Connection {
        let c = Connection::open_in_memory().unwrap();
        c.execute_batch("CREATE TABLE workspaces (id INTEGER PRIMARY KEY); INSERT INTO workspaces VALUES (1), (2);")
            .unwrap();
        c.execute_batch(include_str!("../../migrations/V002__events.sql"))
            .unwrap();
        c
    }

    fn changed() -> Event {
        Event::ChatChanged {
            chat: PublicId::new("chat"),
        }
    }

    #[test]
    fn a_reader_continues_after_its_cursor_and_sees_only_its_workspace() {
        let c = log();
        let first = append(&c, WorkspaceId(1), &changed(), UnixMs(10)).unwrap();
        append(&c, WorkspaceId(2), &changed(), UnixMs(11)).unwrap();
        let event = changed();
        let last = append(&c, WorkspaceId(1), &event, UnixMs(12)).unwrap();
        let rows = after(&c, WorkspaceId(1), first, 10).unwrap();
        assert_eq!(
            rows,
            [Row {
                id: last,
                event,
                at: UnixMs(12)
            }]
        );
        assert_eq!(latest(&c, WorkspaceId(1)).unwrap(), last);
        assert_eq!(latest(&c, WorkspaceId(9)).unwrap(), EventId(0));
    }

    #[test]
    fn an_id_is_not_used_again_after_pruning() {
        let c = log();
        let old = append(&c, WorkspaceId(1), &changed(), UnixMs(10)).unwrap();
        assert_eq!(prune(&c, UnixMs(5_000), Duration::from_secs(1), 100).unwrap(), 1);
        assert!(append(&c, WorkspaceId(1), &changed(), UnixMs(5_000)).unwrap() > old);
        assert_eq!(prune(&c, UnixMs(5_000), Duration::from_secs(1), 100).unwrap(), 0);
    }
}
