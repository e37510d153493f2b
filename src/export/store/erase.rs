//! SQL that deletes a workspace in small steps that delay nobody.

use rusqlite::{Connection, named_params};

use crate::db::{self, Rows as _};
use crate::ids::{PublicId, SessionId, WorkspaceId};

/// Numbers of the workspace that are not deleted yet.
pub(in crate::export) fn sessions(c: &Connection, workspace: WorkspaceId) -> db::Result<Vec<PublicId>> {
    let sql = "SELECT public_id FROM sessions WHERE workspace_id = :workspace AND deleted_at IS NULL ORDER BY id";
    c.prepare_cached(sql)?
        .all(named_params! { ":workspace": workspace }, |row| row.get(0))
}

/// Numbers whose chats still exist.
pub(in crate::export) fn deleted_sessions(c: &Connection, workspace: WorkspaceId) -> db::Result<Vec<SessionId>> {
    let sql = "SELECT id FROM sessions WHERE workspace_id = :workspace AND deleted_at IS NOT NULL ORDER BY id";
    c.prepare_cached(sql)?
        .all(named_params! { ":workspace": workspace }, |row| row.get(0))
}

/// Deletes up to `limit` contacts with their index rows; false when there were none.
pub(in crate::export) fn contacts(c: &Connection, workspace: WorkspaceId, limit: u32) -> db::Result<bool> {
    let ids: Vec<i64> = c
        .prepare_cached("SELECT id FROM contacts WHERE workspace_id = :workspace LIMIT :limit")?
        .all(named_params! { ":workspace": workspace, ":limit": limit }, |row| {
            row.get::<_, i64>(0)
        })?;
    for id in &ids {
        c.prepare_cached("DELETE FROM contact_words WHERE rowid = :id")?
            .execute(named_params! { ":id": id })?;
        c.prepare_cached("DELETE FROM contacts WHERE id = :id")?
            .execute(named_params! { ":id": id })?;
    }
    Ok(!ids.is_empty())
}

/// Deletes up to `limit` events; false when there were none.
pub(in crate::export) fn events(c: &Connection, workspace: WorkspaceId, limit: u32) -> db::Result<bool> {
    let sql = "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE workspace_id = :workspace LIMIT :limit)";
    let gone = c
        .prepare_cached(sql)?
        .execute(named_params! { ":workspace": workspace, ":limit": limit })?;
    Ok(gone > 0)
}

/// The remaining contacts, messages and events, for the progress.
pub(in crate::export) fn amount(c: &Connection, workspace: WorkspaceId) -> db::Result<u64> {
    let sql = "SELECT (SELECT COUNT(*) FROM contacts WHERE workspace_id = :workspace)
                    + (SELECT COUNT(*) FROM events WHERE workspace_id = :workspace)
                    + (SELECT COUNT(*) FROM sessions s JOIN chats ch ON ch.session_id = s.id
                                            JOIN messages m ON m.chat_id = ch.id
                        WHERE s.workspace_id = :workspace)";
    let amount: i64 = c
        .prepare_cached(sql)?
        .query_row(named_params! { ":workspace": workspace }, |row| row.get(0))?;
    Ok(u64::try_from(amount).unwrap_or(0))
}
