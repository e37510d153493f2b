//! SQL of second factors.

use rusqlite::{Connection, named_params};

use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::ids::UserId;

pub(super) struct FactorRow {
    /// Sealed.
    pub secret: Vec<u8>,
    pub confirmed_at: Option<UnixMs>,
}

/// Whether the user is asked for a code.
pub(in crate::accounts) fn is_on(c: &Connection, user: UserId) -> db::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM second_factors WHERE user_id = :user AND confirmed_at IS NOT NULL)";
    c.prepare_cached(sql)?
        .one(named_params! { ":user": user }, |row| row.get(0))
}

pub(super) fn find(c: &Connection, user: UserId) -> db::Result<Option<FactorRow>> {
    let sql = "SELECT secret, confirmed_at FROM second_factors WHERE user_id = :user";
    c.prepare_cached(sql)?.maybe(named_params! { ":user": user }, |row| {
        Ok(FactorRow {
            secret: row.get(0)?,
            confirmed_at: row.get(1)?,
        })
    })
}

/// Starts a set-up over; a confirmed one is unchanged, and the result is false.
pub(super) fn begin(c: &Connection, user: UserId, sealed: &[u8], now: UnixMs) -> db::Result<bool> {
    let changed = c
        .prepare_cached(
            "INSERT INTO second_factors (user_id, secret, created_at) VALUES (:user, :secret, :now)
             ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at
              WHERE confirmed_at IS NULL",
        )?
        .execute(named_params! { ":user": user, ":secret": sealed, ":now": now })?;
    Ok(changed == 1)
}

/// The first right code: from now on one is required.
pub(super) fn confirm(c: &Connection, user: UserId, step: i64, now: UnixMs) -> db::Result<()> {
    let sql = "UPDATE second_factors SET confirmed_at = :now, last_step = :step
                WHERE user_id = :user AND confirmed_at IS NULL";
    c.prepare_cached(sql)?
        .execute(named_params! { ":user": user, ":step": step, ":now": now })?;
    Ok(())
}

/// Uses up the code of this half minute; false when it, or a later one, was used before. One further ahead than allowed
/// (half a minute on either side) was used by a wrong clock, and locks nobody out.
pub(super) fn use_step(c: &Connection, user: UserId, step: i64) -> db::Result<bool> {
    let sql = "UPDATE second_factors SET last_step = :step
                WHERE user_id = :user AND last_step NOT BETWEEN :step AND :step + 2";
    let changed = c
        .prepare_cached(sql)?
        .execute(named_params! { ":user": user, ":step": step })?;
    Ok(changed == 1)
}

/// Counts a wrong code at log-in; returns how many there were since the last right one.
pub(in crate::accounts) fn count_wrong(c: &Connection, user: UserId) -> db::Result<u32> {
    let sql = "UPDATE second_factors SET wrong_codes = wrong_codes + 1 WHERE user_id = :user RETURNING wrong_codes";
    let count = c
        .prepare_cached(sql)?
        .maybe(named_params! { ":user": user }, |row| row.get(0))?;
    // Without a second factor there is nothing to warn about.
    Ok(count.unwrap_or(1))
}

pub(in crate::accounts) fn clear_wrong(c: &Connection, user: UserId) -> db::Result<()> {
    c.prepare_cached("UPDATE second_factors SET wrong_codes = 0 WHERE user_id = :user")?
        .execute(named_params! { ":user": user })?;
    Ok(())
}

pub(super) fn delete(c: &Connection, user: UserId) -> db::Result<()> {
    c.prepare_cached("DELETE FROM second_factors WHERE user_id = :user")?
        .execute(named_params! { ":user": user })?;
    c.prepare_cached("DELETE FROM recovery_codes WHERE user_id = :user")?
        .execute(named_params! { ":user": user })?;
    Ok(())
}

/// These replace all earlier ones.
pub(super) fn put_recovery(c: &Connection, user: UserId, hashes: &[Vec<u8>]) -> db::Result<()> {
    c.prepare_cached("DELETE FROM recovery_codes WHERE user_id = :user")?
        .execute(named_params! { ":user": user })?;
    let mut insert = c.prepare_cached("INSERT INTO recovery_codes (user_id, code_hash) VALUES (:user, :hash)")?;
    for hash in hashes {
        insert.execute(named_params! { ":user": user, ":hash": hash })?;
    }
    Ok(())
}

/// Uses up the code with this hash; false when there is none, or it was used.
pub(super) fn use_recovery(c: &Connection, user: UserId, hash: &[u8], now: UnixMs) -> db::Result<bool> {
    let sql = "UPDATE recovery_codes SET used_at = :now
                WHERE user_id = :user AND code_hash = :hash AND used_at IS NULL";
    let changed = c
        .prepare_cached(sql)?
        .execute(named_params! { ":user": user, ":hash": hash, ":now": now })?;
    Ok(changed == 1)
}

pub(super) fn recovery_left(c: &Connection, user: UserId) -> db::Result<u32> {
    let sql = "SELECT COUNT(*) FROM recovery_codes WHERE user_id = :user AND used_at IS NULL";
    c.prepare_cached(sql)?
        .one(named_params! { ":user": user }, |row| row.get(0))
}
