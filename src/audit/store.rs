//! SQL of the audit log.

use rusqlite::{Connection, Row, named_params};

use super::model::{Act, Action, Entry, Filter, Reader, Who};
use crate::clock::UnixMs;
use crate::db::{self, Page, Rows as _};
use crate::ids::{AuditId, PublicId, UserId, WorkspaceId};

/// A longer target is truncated.
const MAX_TARGET: usize = 200;

/// Records `entry`. Call it in the transaction that does the act.
pub fn record_in(tx: &Connection, entry: &Entry, now: UnixMs) -> db::Result<()> {
    let target: Option<String> = entry
        .target
        .as_ref()
        .map(|text| text.chars().take(MAX_TARGET).collect());
    tx.prepare_cached(
        "INSERT INTO audit_log (public_id, workspace_id, workspace_ref, actor, user_id, key_id, impersonator, action,
                                target, detail, address, at)
         VALUES (:public, :workspace, (SELECT public_id FROM workspaces WHERE id = :workspace), :actor, :user, :key,
                 :impersonator, :action, :target, :detail, :address, :now)",
    )?
    .execute(named_params! {
        ":public": PublicId::new("act"),
        ":workspace": entry.workspace,
        ":actor": entry.actor.kind(),
        ":user": entry.actor.user(),
        ":key": entry.actor.key(),
        ":impersonator": entry.actor.impersonator(),
        ":action": entry.action,
        ":target": target,
        ":detail": entry.detail.to_string(),
        ":address": entry.address.map(|address| address.to_string()),
        ":now": now,
    })?;
    Ok(())
}

/// Removes personal data from the rows of a workspace that is being deleted, up to `limit` rows; returns how many
/// there were. Acts, times and actors' ids stay for the administrator.
pub fn forget_workspace_in(tx: &Connection, workspace: WorkspaceId, limit: u32) -> db::Result<usize> {
    Ok(tx
        .prepare_cached(
            "UPDATE audit_log SET workspace_id = NULL, target = NULL, detail = '{}', address = NULL
              WHERE id IN (SELECT id FROM audit_log WHERE workspace_id = :workspace ORDER BY id LIMIT :limit)",
        )?
        .execute(named_params! { ":workspace": workspace, ":limit": limit })?)
}

/// Removes addresses and details from the acts of a person who is being deleted.
pub fn forget_user_in(tx: &Connection, user: UserId) -> db::Result<()> {
    // Their own address and name are the target of acts of others: an invitation, a role.
    tx.prepare_cached(
        "UPDATE audit_log SET target = NULL, detail = '{}', address = NULL
          WHERE user_id = :user OR target IN (SELECT email FROM users WHERE id = :user)",
    )?
    .execute(named_params! { ":user": user })?;
    Ok(())
}

/// Deletes up to `limit` rows from before `before`; returns how many.
pub(super) fn prune(tx: &Connection, before: UnixMs, limit: u32) -> db::Result<usize> {
    Ok(tx
        .prepare_cached(
            "DELETE FROM audit_log WHERE id IN (SELECT id FROM audit_log WHERE at < :before ORDER BY at LIMIT :limit)",
        )?
        .execute(named_params! { ":before": before, ":limit": limit })?)
}

const COLUMNS: &str = "a.id, a.public_id, w.name, a.workspace_ref, a.actor, u.public_id, u.name, u.email, \
                       i.public_id, i.name, i.email, a.action, a.target, a.detail, a.address, a.at";

/// Up to `limit` acts that match, after the act `after`, newest first. An unknown `after` starts
/// from the newest.
pub(super) fn page(
    c: &Connection,
    reader: Reader,
    filter: &Filter,
    after: Option<&PublicId>,
    limit: usize,
) -> db::Result<Page<Act, PublicId>> {
    let before = match after {
        Some(after) => id_of(c, reader, after)?,
        None => None,
    };
    // Conditions are in the text only if they are used, so that each query has a fitting index.
    let mut wanted = vec!["a.id < :before"];
    wanted.push(match reader {
        Reader::Workspace(_) => "a.workspace_id = :workspace",
        Reader::Installation(_) => ":workspace IS NULL",
    });
    for (asked, condition) in [
        (
            filter.actions.is_some(),
            "a.action IN (SELECT value FROM json_each(:actions))",
        ),
        (
            filter.person.is_some(),
            "(u.public_id = :person OR i.public_id = :person)",
        ),
        (filter.workspace.is_some(), "a.workspace_ref = :place"),
        (filter.since.is_some(), "a.at >= :since"),
        (filter.until.is_some(), "a.at < :until"),
        (filter.text.is_some(), TEXT),
    ] {
        if asked {
            wanted.push(condition);
        }
    }
    let sql = format!(
        "SELECT {COLUMNS}
           FROM audit_log a
           LEFT JOIN workspaces w ON w.id = a.workspace_id
           LEFT JOIN users u ON u.id = a.user_id
           LEFT JOIN users i ON i.id = a.impersonator
          WHERE {}
          ORDER BY a.id DESC LIMIT :limit",
        wanted.join(" AND ")
    );
    let acts = rows(c, &sql, reader, filter, before, limit)?;
    Ok(Page::of(acts, limit, |act| act.public_id.clone()))
}

fn id_of(c: &Connection, reader: Reader, act: &PublicId) -> db::Result<Option<AuditId>> {
    let sql = "SELECT id FROM audit_log WHERE public_id = :act AND (:workspace IS NULL OR workspace_id = :workspace)";
    c.prepare_cached(sql)?
        .maybe(named_params! { ":act": act, ":workspace": reader.workspace() }, |row| {
            row.get(0)
        })
}

const TEXT: &str = "(instr(lower(coalesce(a.target, '')), :text) OR instr(lower(coalesce(u.name, '')), :text)
                     OR instr(coalesce(u.email, ''), :text) OR instr(lower(coalesce(i.name, '')), :text)
                     OR instr(coalesce(a.address, ''), :text))";

fn rows(
    c: &Connection,
    sql: &str,
    reader: Reader,
    filter: &Filter,
    before: Option<AuditId>,
    limit: usize,
) -> db::Result<Vec<Act>> {
    let words = filter
        .actions
        .as_ref()
        .map(|actions| serde_json::json!(actions.iter().map(|action| action.word()).collect::<Vec<_>>()).to_string());
    let text = filter.text.as_ref().map(|text| text.to_lowercase());
    let mut statement = c.prepare_cached(sql)?;
    // Only parameters named in this query's text can be bound.
    let all: [(&str, &dyn rusqlite::ToSql); 9] = [
        (":before", &before.unwrap_or(AuditId(i64::MAX))),
        (":workspace", &reader.workspace()),
        (":actions", &words),
        (":person", &filter.person),
        (":place", &filter.workspace),
        (":since", &filter.since),
        (":until", &filter.until),
        (":text", &text),
        // One more than requested, to detect whether there is a next page.
        (":limit", &i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)),
    ];
    for (name, value) in all {
        if let Some(index) = statement.parameter_index(name)? {
            statement.raw_bind_parameter(index, value)?;
        }
    }
    let acts = statement.raw_query().mapped(act).collect::<Result<_, _>>()?;
    Ok(acts)
}

fn act(row: &Row<'_>) -> rusqlite::Result<Act> {
    let detail: String = row.get(13)?;
    Ok(Act {
        public_id: row.get(1)?,
        workspace: row.get(2)?,
        workspace_ref: row.get(3)?,
        actor: row.get(4)?,
        user: who(row, 5)?,
        impersonator: who(row, 8)?,
        action: row.get::<_, Action>(11)?,
        target: row.get(12)?,
        detail: serde_json::from_str(&detail).unwrap_or_default(),
        address: row.get(14)?,
        at: row.get(15)?,
    })
}

fn who(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Who>> {
    let id: Option<PublicId> = row.get(first)?;
    let Some(id) = id else { return Ok(None) };
    Ok(Some(Who {
        id,
        name: row.get(first + 1)?,
        email: row.get(first + 2)?,
    }))
}

/// The people with acts in the reader's log, by name; for the filter.
pub(super) fn people(c: &Connection, workspace: WorkspaceId) -> db::Result<Vec<Who>> {
    c.prepare_cached(
        "SELECT u.public_id, u.name, u.email FROM users u
          WHERE u.id IN (SELECT user_id FROM audit_log WHERE workspace_id = :workspace
                         UNION SELECT user_id FROM members WHERE workspace_id = :workspace)
          ORDER BY u.name, u.id LIMIT 200",
    )?
    .all(named_params! { ":workspace": workspace }, |row| {
        Ok(Who {
            id: row.get(0)?,
            name: row.get(1)?,
            email: row.get(2)?,
        })
    })
}
