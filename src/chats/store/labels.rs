//! SQL of labels: of a workspace, and on its chats.

use rusqlite::{Connection, named_params};

use crate::chats::handling::{Colour, Label};
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::ids::{ChatId, PublicId, WorkspaceId};

/// Every label of the workspace, by name.
pub fn labels(c: &Connection, workspace: WorkspaceId) -> db::Result<Vec<Label>> {
    c.prepare_cached(
        "SELECT public_id, name, colour FROM labels WHERE workspace_id = :workspace ORDER BY name COLLATE NOCASE",
    )?
    .all(named_params! { ":workspace": workspace }, |row| {
        Ok(Label {
            id: row.get(0)?,
            name: row.get(1)?,
            colour: row.get(2)?,
        })
    })
}

/// The label's row and name.
pub(in crate::chats) fn label(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<(i64, String)> {
    c.prepare_cached("SELECT id, name FROM labels WHERE public_id = :id AND workspace_id = :workspace")?
        .one(named_params! { ":id": id, ":workspace": workspace }, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
}

/// Whether another label of the workspace has this name.
pub(in crate::chats) fn is_taken(
    c: &Connection,
    workspace: WorkspaceId,
    name: &str,
    besides: Option<&PublicId>,
) -> db::Result<bool> {
    Ok(c.prepare_cached(
        "SELECT 1 FROM labels
              WHERE workspace_id = :workspace AND name = :name COLLATE NOCASE AND public_id IS NOT :besides",
    )?
    .exists(named_params! { ":workspace": workspace, ":name": name, ":besides": besides })?)
}

pub(in crate::chats) fn insert(
    c: &Connection,
    workspace: WorkspaceId,
    name: &str,
    colour: Colour,
    now: UnixMs,
) -> db::Result<PublicId> {
    let id = PublicId::new("lbl");
    c.prepare_cached(
        "INSERT INTO labels (public_id, workspace_id, name, colour, created_at)
         VALUES (:id, :workspace, :name, :colour, :now)",
    )?
    .execute(named_params! { ":id": id, ":workspace": workspace, ":name": name, ":colour": colour, ":now": now })?;
    Ok(id)
}

/// # Errors
/// `NotFound`, also for a label of another workspace.
pub(in crate::chats) fn update(
    c: &Connection,
    workspace: WorkspaceId,
    id: &PublicId,
    name: &str,
    colour: Colour,
) -> db::Result<()> {
    let (label, _) = label(c, workspace, id)?;
    c.prepare_cached("UPDATE labels SET name = :name, colour = :colour WHERE id = :label")?
        .execute(named_params! { ":label": label, ":name": name, ":colour": colour })?;
    Ok(())
}

/// It leaves every chat that has it.
///
/// # Errors
/// `NotFound`, also for a label of another workspace.
pub(in crate::chats) fn delete(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<()> {
    let (label, _) = label(c, workspace, id)?;
    c.prepare_cached("DELETE FROM labels WHERE id = :label")?
        .execute(named_params! { ":label": label })?;
    Ok(())
}

/// Whether the chat did not have it.
pub(in crate::chats) fn put(c: &Connection, chat: ChatId, label: i64) -> db::Result<bool> {
    let added = c
        .prepare_cached(
            "INSERT INTO chat_labels (chat_id, label_id, at)
             SELECT id, :label, last_message_at FROM chats WHERE id = :chat ON CONFLICT DO NOTHING",
        )?
        .execute(named_params! { ":chat": chat, ":label": label })?;
    Ok(added > 0)
}

/// Whether the chat had it.
pub(in crate::chats) fn take(c: &Connection, chat: ChatId, label: i64) -> db::Result<bool> {
    let gone = c
        .prepare_cached("DELETE FROM chat_labels WHERE chat_id = :chat AND label_id = :label")?
        .execute(named_params! { ":chat": chat, ":label": label })?;
    Ok(gone > 0)
}

/// Labels of both chats.
pub(super) fn merge(c: &Connection, from: ChatId, into: ChatId) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO chat_labels (chat_id, label_id, at)
         SELECT :into, g.label_id, ch.last_message_at FROM chat_labels g JOIN chats ch ON ch.id = :into
          WHERE g.chat_id = :from ON CONFLICT DO NOTHING",
    )?
    .execute(named_params! { ":from": from, ":into": into })?;
    Ok(())
}
