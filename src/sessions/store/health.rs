//! SQL of what WhatsApp says of a number, and of the states that it was in.

use rusqlite::{Connection, named_params};
use wa_client::Quota;

use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::ids::SessionId;
use crate::sessions::machine::Change;
use crate::sessions::model::{Health, PastState, QuotaNow};

/// States kept of a number: months of an ordinary one, a day of one that loses its connection every few minutes.
const KEPT: i64 = 500;

pub(super) fn note_state(c: &Connection, id: SessionId, change: &Change, now: UnixMs) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO session_states (session_id, state, reason, detail, until, at)
         VALUES (:session, :state, :reason, :detail, :until, :now)",
    )?
    .execute(named_params! {
        ":session": id, ":state": change.state, ":reason": change.reason, ":detail": change.detail,
        ":until": change.until, ":now": now,
    })?;
    c.prepare_cached(
        "DELETE FROM session_states WHERE session_id = :session AND id <= (
             SELECT id FROM session_states WHERE session_id = :session ORDER BY id DESC LIMIT 1 OFFSET :kept)",
    )?
    .execute(named_params! { ":session": id, ":kept": KEPT })?;
    Ok(())
}

/// Sets a column of the number's row, which may not exist yet.
fn set(c: &Connection, id: SessionId, column: &'static str, value: Option<UnixMs>) -> db::Result<()> {
    let sql = format!(
        "INSERT INTO session_health (session_id, {column}) SELECT id, :value FROM sessions WHERE id = :session
         ON CONFLICT DO UPDATE SET {column} = excluded.{column}"
    );
    c.prepare_cached(&sql)?
        .execute(named_params! { ":session": id, ":value": value })?;
    Ok(())
}

/// New chats are locked until then, or not at all.
pub(in crate::sessions) fn set_lock(
    c: &Connection,
    id: SessionId,
    until: Option<UnixMs>,
    kind: Option<&str>,
    now: UnixMs,
) -> db::Result<()> {
    c.prepare_cached("UPDATE sessions SET locked_until = :until WHERE id = :id")?
        .execute(named_params! { ":id": id, ":until": until })?;
    set(c, id, "lock_at", Some(now))?;
    c.prepare_cached("UPDATE session_health SET lock_kind = :kind WHERE session_id = :session")?
        .execute(named_params! { ":session": id, ":kind": kind })?;
    Ok(())
}

/// The quota as WhatsApp says it; `until` is when new chats are allowed again.
pub(in crate::sessions) fn set_quota(
    c: &Connection,
    id: SessionId,
    quota: &Quota,
    until: Option<UnixMs>,
    now: UnixMs,
) -> db::Result<()> {
    set_quota_until(c, id, until)?;
    set(c, id, "quota_at", Some(now))?;
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    c.prepare_cached(
        "UPDATE session_health SET quota_total = :total, quota_used = :used, quota_ends_at = :ends_at,
                quota_status = :status, quota_extension = :extension, quota_verified = :verified
          WHERE session_id = :session",
    )?
    .execute(named_params! {
        ":session": id, ":total": quota.total.map(count), ":used": count(quota.used), ":ends_at": quota.ends_at_ms,
        ":status": quota.status, ":extension": quota.extension, ":verified": quota.verified,
    })?;
    Ok(())
}

pub(in crate::sessions) fn set_quota_until(c: &Connection, id: SessionId, until: Option<UnixMs>) -> db::Result<()> {
    c.prepare_cached("UPDATE sessions SET quota_until = :until WHERE id = :id")?
        .execute(named_params! { ":id": id, ":until": until })?;
    Ok(())
}

/// WhatsApp refuses the client's version from then on.
pub(in crate::sessions) fn set_retirement(c: &Connection, id: SessionId, at: UnixMs) -> db::Result<()> {
    set(c, id, "retires_at", Some(at))
}

pub(in crate::sessions) fn set_last_receipt(c: &Connection, id: SessionId, at: UnixMs) -> db::Result<()> {
    set(c, id, "receipt_at", Some(at))
}

pub(in crate::sessions) fn health(c: &Connection, id: SessionId) -> db::Result<Health> {
    let found = c
        .prepare_cached(
            "SELECT lock_kind, lock_at, quota_total, quota_used, quota_ends_at, quota_status, quota_extension,
                    quota_verified, quota_at, retires_at, receipt_at
               FROM session_health WHERE session_id = :session",
        )?
        .maybe(named_params! { ":session": id }, |row| {
            let count = |at| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at)?.map(i64::unsigned_abs));
            let at: Option<UnixMs> = row.get(8)?;
            let quota = match at {
                Some(at) => Some(QuotaNow {
                    total: count(2)?,
                    used: count(3)?.unwrap_or(0),
                    ends_at: row.get(4)?,
                    status: row.get(5)?,
                    extension: row.get(6)?,
                    verified: row.get(7)?,
                    at,
                }),
                None => None,
            };
            Ok(Health {
                lock_kind: row.get(0)?,
                lock_at: row.get(1)?,
                quota,
                retires_at: row.get(9)?,
                receipt_at: row.get(10)?,
            })
        })?;
    Ok(found.unwrap_or_default())
}

/// The states that the number was in, the latest first.
pub(in crate::sessions) fn history(c: &Connection, id: SessionId, limit: u32) -> db::Result<Vec<PastState>> {
    c.prepare_cached(
        "SELECT state, reason, detail, until, at FROM session_states
          WHERE session_id = :session ORDER BY id DESC LIMIT :limit",
    )?
    .all(named_params! { ":session": id, ":limit": limit }, |row| {
        Ok(PastState {
            state: row.get(0)?,
            reason: row.get(1)?,
            detail: row.get(2)?,
            until: row.get(3)?,
            at: row.get(4)?,
        })
    })
}
