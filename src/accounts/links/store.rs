//! SQL of mailed links.

use rusqlite::{Connection, Row, named_params};

use super::{Link, Purpose, Registered, Waiting};
use crate::accounts::model::{CheckedWorkspace, Email};
use crate::accounts::store::{USER, USER_WIDTH, user_at};
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::ids::UserId;
use crate::zone::Zone;

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

/// Adds a registration's link, and deletes the oldest ones beyond `most`.
pub(super) fn put_registration(
    c: &Connection,
    token_hash: &[u8],
    user: UserId,
    email: &Email,
    registered: &Registered,
    expires: UnixMs,
    most: u32,
) -> db::Result<()> {
    let workspace = registered.workspace.as_ref();
    c.prepare_cached(
        "INSERT INTO links (token_hash, user_id, purpose, email, created_at, expires_at,
                            name, password_hash, workspace_name, time_zone, country)
         VALUES (:hash, :user, 'verify_email', :email, :at, :expires, :name, :password, :workspace, :zone, :country)",
    )?
    .execute(named_params! {
        ":hash": token_hash,
        ":user": user,
        ":email": email.as_str(),
        ":at": registered.at,
        ":expires": expires,
        ":name": registered.name,
        ":password": registered.hash,
        ":workspace": workspace.map(|workspace| &workspace.name),
        ":zone": workspace.map(|workspace| workspace.time_zone.name()),
        ":country": workspace.map(|workspace| &workspace.country),
    })?;
    c.prepare_cached(
        "DELETE FROM links
          WHERE token_hash IN (SELECT token_hash FROM links
                                WHERE user_id = :user AND purpose = 'verify_email' AND token_hash <> :hash
                                ORDER BY created_at DESC LIMIT -1 OFFSET :others)",
    )?
    .execute(named_params! { ":user": user, ":hash": token_hash, ":others": most - 1 })?;
    Ok(())
}

const REGISTERED: &str = "l.name, l.password_hash, l.workspace_name, l.time_zone, l.country, l.created_at";

fn registered_at(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Registered>> {
    let (name, hash): (Option<String>, Option<String>) = (row.get(first)?, row.get(first + 1)?);
    let (Some(name), Some(hash)) = (name, hash) else {
        return Ok(None);
    };
    let workspace: Option<String> = row.get(first + 2)?;
    let (zone, country): (Option<String>, Option<String>) = (row.get(first + 3)?, row.get(first + 4)?);
    let workspace = workspace.zip(country).map(|(name, country)| CheckedWorkspace {
        name,
        // The zone may have lost its name since.
        time_zone: zone.and_then(|zone| zone.parse().ok()).unwrap_or(Zone::UTC),
        country,
    });
    Ok(Some(Registered {
        name,
        hash,
        workspace,
        at: row.get(first + 5)?,
    }))
}

pub(super) fn find(c: &Connection, token_hash: &[u8], purpose: Purpose, now: UnixMs) -> db::Result<Option<Link>> {
    let sql = format!(
        "SELECT {USER}, l.email, l.used_at IS NOT NULL, {REGISTERED} FROM links l JOIN users u ON u.id = l.user_id
          WHERE l.token_hash = :hash AND l.purpose = :purpose AND l.expires_at > :now"
    );
    let parameters = named_params! { ":hash": token_hash, ":purpose": purpose, ":now": now };
    c.prepare_cached(&sql)?.maybe(parameters, |row| {
        Ok(Link {
            user: user_at(row, 0)?,
            email: Email::stored(row.get(USER_WIDTH)?),
            used: row.get(USER_WIDTH + 1)?,
            registered: registered_at(row, USER_WIDTH + 2)?,
        })
    })
}

/// The user's unconfirmed registrations, newest first; also those with an expired link.
pub(super) fn waiting(c: &Connection, user: UserId) -> db::Result<Vec<Waiting>> {
    let sql = format!(
        "SELECT l.token_hash, {REGISTERED} FROM links l
          WHERE l.user_id = :user AND l.purpose = 'verify_email' AND l.password_hash IS NOT NULL
          ORDER BY l.created_at DESC, l.token_hash"
    );
    let mut statement = c.prepare_cached(&sql)?;
    let rows = statement.query_map(named_params! { ":user": user }, |row| {
        let token_hash: Vec<u8> = row.get(0)?;
        Ok(registered_at(row, 1)?.map(|registered| Waiting {
            token_hash: Some(token_hash),
            registered,
        }))
    })?;
    Ok(rows.filter_map(Result::transpose).collect::<Result<_, _>>()?)
}

/// Another link for the same registration; the earlier one ends.
pub(super) fn renew(c: &Connection, token_hash: &[u8], fresh: &[u8], expires: UnixMs) -> db::Result<()> {
    c.prepare_cached("UPDATE links SET token_hash = :fresh, expires_at = :expires WHERE token_hash = :hash")?
        .execute(named_params! { ":hash": token_hash, ":fresh": fresh, ":expires": expires })?;
    Ok(())
}

/// Marks the confirmation as used. What it confirmed belongs to the user now, and is deleted here.
pub(super) fn mark_used(c: &Connection, token_hash: &[u8], now: UnixMs) -> db::Result<()> {
    c.prepare_cached(
        "UPDATE links
            SET used_at = :now, name = NULL, password_hash = NULL, workspace_name = NULL, time_zone = NULL, country = NULL
          WHERE token_hash = :hash",
    )?
    .execute(named_params! { ":hash": token_hash, ":now": now })?;
    Ok(())
}

/// Revokes unused links; a used one has no effect any more.
pub(super) fn delete(c: &Connection, user: UserId, purpose: Purpose) -> db::Result<()> {
    c.prepare_cached("DELETE FROM links WHERE user_id = :user AND purpose = :purpose AND used_at IS NULL")?
        .execute(named_params! { ":user": user, ":purpose": purpose })?;
    Ok(())
}

/// Deletes up to `limit` expired links, except for registrations newer than `before`, whose link may be requested
/// again. Returns how many.
pub(in crate::accounts) fn prune(c: &Connection, now: UnixMs, before: UnixMs, limit: u32) -> db::Result<usize> {
    Ok(c.prepare_cached(
        "DELETE FROM links
          WHERE token_hash IN (SELECT token_hash FROM links
                                WHERE expires_at <= :now AND (password_hash IS NULL OR created_at <= :before)
                                ORDER BY expires_at LIMIT :limit)",
    )?
    .execute(named_params! { ":now": now, ":before": before, ":limit": limit })?)
}
