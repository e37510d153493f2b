//! SQL of mailed links.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::{Link, Purpose};
use crate::accounts::model::Email;
use crate::accounts::store::{USER, USER_WIDTH, user_at};
use crate::clock::UnixMs;
use crate::db;
use crate::ids::UserId;

/// Replaces the user's earlier link for this purpose.
pub(super) fn put(
    c: &Connection,
    token_hash: &[u8],
    user: UserId,
    purpose: Purpose,
    email: &Email,
    now: UnixMs,
    expires: UnixMs,
) -> db::Result<()> {
    delete(c, user, purpose)?;
    c.prepare_cached(
        "INSERT INTO links (token_hash, user_id, purpose, email, created_at, expires_at)
         VALUES (:hash, :user, :purpose, :email, :now, :expires)",
    )?
    .execute(named_params! {
        ":hash": token_hash,
        ":user": user,
        ":purpose": purpose,
        ":email": email.as_str(),
        ":now": now,
        ":expires": expires,
    })?;
    Ok(())
}

pub(super) fn find(c: &Connection, token_hash: &[u8], purpose: Purpose, now: UnixMs) -> db::Result<Option<Link>> {
    let sql = format!(
        "SELECT {USER}, l.email FROM links l JOIN users u ON u.id = l.user_id
          WHERE l.token_hash = :hash AND l.purpose = :purpose AND l.expires_at > :now"
    );
    let parameters = named_params! { ":hash": token_hash, ":purpose": purpose, ":now": now };
    Ok(c.prepare_cached(&sql)?
        .query_row(parameters, |row| {
            Ok(Link {
                user: user_at(row, 0)?,
                email: Email::stored(row.get(USER_WIDTH)?),
            })
        })
        .optional()?)
}

pub(super) fn delete(c: &Connection, user: UserId, purpose: Purpose) -> db::Result<()> {
    c.prepare_cached("DELETE FROM links WHERE user_id = :user AND purpose = :purpose")?
        .execute(named_params! { ":user": user, ":purpose": purpose })?;
    Ok(())
}

/// Deletes up to `limit` links that have expired; returns how many.
pub(in crate::accounts) fn prune(c: &Connection, now: UnixMs, limit: u32) -> db::Result<usize> {
    Ok(c.prepare_cached(
        "DELETE FROM links
          WHERE token_hash IN (SELECT token_hash FROM links WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit)",
    )?
    .execute(named_params! { ":now": now, ":limit": limit })?)
}
