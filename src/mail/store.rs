//! SQL of mail.

use rusqlite::{Connection, Row, named_params};

use super::model::{Counts, State};
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::ids::{MailId, PublicId, WorkspaceId};

/// Mails per page of the list.
pub(super) const PAGE: usize = 50;

/// A row as it is stored, sealed.
pub(super) struct Sealed {
    pub id: MailId,
    pub public_id: PublicId,
    pub message_id: String,
    pub envelope: Vec<u8>,
    pub body: Option<Vec<u8>>,
    pub state: State,
    pub error: Option<String>,
    pub created_at: UnixMs,
    pub sent_at: Option<UnixMs>,
    /// It waited in a backup, and now waits for a person's decision.
    pub held: bool,
}

const COLUMNS: &str =
    "id, public_id, message_id, envelope, body, state, error, created_at, sent_at, held_at IS NOT NULL";

fn sealed(row: &Row<'_>) -> rusqlite::Result<Sealed> {
    Ok(Sealed {
        id: row.get(0)?,
        public_id: row.get(1)?,
        message_id: row.get(2)?,
        envelope: row.get(3)?,
        body: row.get(4)?,
        state: row.get(5)?,
        error: row.get(6)?,
        created_at: row.get(7)?,
        sent_at: row.get(8)?,
        held: row.get(9)?,
    })
}

pub(super) struct New<'a> {
    pub public_id: &'a PublicId,
    pub workspace: Option<WorkspaceId>,
    pub message_id: &'a str,
    pub envelope: Vec<u8>,
    pub body: Vec<u8>,
}

pub(super) fn insert(tx: &Connection, new: &New<'_>, now: UnixMs) -> db::Result<MailId> {
    tx.prepare_cached(
        "INSERT INTO mails (public_id, workspace_id, message_id, envelope, body, state, created_at)
             VALUES (:public, :workspace, :message, :envelope, :body, 'queued', :now)
             RETURNING id",
    )?
    .one(
        named_params! {
            ":public": new.public_id, ":workspace": new.workspace, ":message": new.message_id,
            ":envelope": new.envelope, ":body": new.body, ":now": now,
        },
        |row| row.get(0),
    )
}

pub(super) fn get(c: &Connection, id: MailId) -> db::Result<Option<Sealed>> {
    let sql = format!("SELECT {COLUMNS} FROM mails WHERE id = :id");
    c.prepare_cached(&sql)?.maybe(named_params! { ":id": id }, sealed)
}

pub(super) fn find(c: &Connection, id: &PublicId) -> db::Result<Sealed> {
    let sql = format!("SELECT {COLUMNS} FROM mails WHERE public_id = :id");
    c.prepare_cached(&sql)?.one(named_params! { ":id": id }, sealed)
}

/// Newest first; one more than a page, to detect whether there is a next one.
pub(super) fn page(c: &Connection, state: Option<State>, before: Option<&PublicId>) -> db::Result<Vec<Sealed>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM mails
         WHERE (:state IS NULL OR state = :state)
           AND (:before IS NULL OR id < (SELECT id FROM mails WHERE public_id = :before))
         ORDER BY id DESC LIMIT :limit"
    );
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    c.prepare_cached(&sql)?.all(
        named_params! { ":state": state, ":before": before, ":limit": limit },
        sealed,
    )
}

pub(super) fn counts(c: &Connection) -> db::Result<Counts> {
    let mut counts = Counts::default();
    let mut statement = c.prepare_cached("SELECT state, count(*) FROM mails GROUP BY state")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, State>(0)?, row.get::<_, i64>(1)?)))?;
    for row in rows {
        let (state, number) = row?;
        let number = u64::try_from(number).unwrap_or_default();
        match state {
            State::Queued => counts.queued = number,
            State::Sent => counts.sent = number,
            State::Filed => counts.filed = number,
            State::Failed => counts.failed = number,
        }
    }
    Ok(counts)
}

/// Marks it as sent and deletes the body.
pub(super) fn sent(tx: &Connection, id: MailId, now: UnixMs) -> db::Result<()> {
    tx.prepare_cached("UPDATE mails SET state = 'sent', error = NULL, body = NULL, sent_at = :now WHERE id = :id")?
        .execute(named_params! { ":id": id, ":now": now })?;
    Ok(())
}

pub(super) fn filed(tx: &Connection, id: MailId, now: UnixMs) -> db::Result<()> {
    tx.prepare_cached("UPDATE mails SET state = 'filed', error = NULL, sent_at = :now WHERE id = :id")?
        .execute(named_params! { ":id": id, ":now": now })?;
    Ok(())
}

/// Stores why it was not sent; `state` says whether it is retried.
pub(super) fn not_sent(tx: &Connection, id: MailId, state: State, error: &str) -> db::Result<()> {
    tx.prepare_cached("UPDATE mails SET state = :state, error = :error WHERE id = :id AND state <> 'sent'")?
        .execute(named_params! { ":id": id, ":state": state, ":error": error })?;
    Ok(())
}

/// Queues it again.
pub(super) fn again(tx: &Connection, id: MailId) -> db::Result<()> {
    tx.prepare_cached(
        "UPDATE mails SET state = 'queued', error = NULL, sent_at = NULL, held_at = NULL WHERE id = :id",
    )?
    .execute(named_params! { ":id": id })?;
    Ok(())
}

/// Deletes some that are older than `before`, in whatever state; returns their ids, for their files.
pub(super) fn prune(tx: &Connection, before: UnixMs, at_once: u32) -> db::Result<Vec<PublicId>> {
    tx.prepare_cached(
        "DELETE FROM mails WHERE id IN (SELECT id FROM mails WHERE created_at < :before ORDER BY created_at LIMIT :n)
         RETURNING public_id",
    )?
    .all(named_params! { ":before": before, ":n": at_once }, |row| row.get(0))
}

/// Holds the queued mails. Returns how many.
pub(super) fn hold_all(tx: &Connection, why: &str, now: UnixMs) -> db::Result<u64> {
    let sql = "UPDATE mails SET state = 'failed', error = :why, held_at = :now WHERE state = 'queued'";
    let held = tx.execute(sql, named_params! { ":why": why, ":now": now })?;
    Ok(held as u64)
}

pub(super) fn held(c: &Connection) -> db::Result<Vec<MailId>> {
    c.prepare_cached("SELECT id FROM mails WHERE held_at IS NOT NULL ORDER BY id")?
        .all([], |row| row.get(0))
}

/// They are never sent, so their content is deleted.
pub(super) fn discard_held(tx: &Connection, why: &str) -> db::Result<u64> {
    let sql = "UPDATE mails SET error = :why, body = NULL, held_at = NULL WHERE held_at IS NOT NULL";
    let gone = tx.execute(sql, named_params! { ":why": why })?;
    Ok(gone as u64)
}
