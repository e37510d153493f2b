//! SQL of sessions.

mod health;

use rusqlite::{Connection, Row, named_params};

pub(super) use health::{health, history, set_last_receipt, set_lock, set_quota, set_quota_until, set_retirement};

use super::all_sessions::Placed;
use super::machine::Change;
use super::model::{CallRule, Name, PlanHold, Session};
use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::events::{self, Event};
use crate::ids::{PublicId, SessionId, WorkspaceId};

const COLUMNS: &str = "id, public_id, workspace_id, name, state, reason, detail, since, until, locked_until, phone, \
                       lid, platform, profile_name, linked_at, created_at, plan_hold, \
                       quota_until, shows_online";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: row.get(0)?,
        public_id: row.get(1)?,
        workspace: row.get(2)?,
        name: row.get(3)?,
        state: row.get(4)?,
        reason: row.get(5)?,
        detail: row.get(6)?,
        since: row.get(7)?,
        until: row.get(8)?,
        locked_until: row.get(9)?,
        phone: row.get(10)?,
        lid: row.get(11)?,
        platform: row.get(12)?,
        profile_name: row.get(13)?,
        linked_at: row.get(14)?,
        created_at: row.get(15)?,
        plan_hold: row.get(16)?,
        quota_until: row.get(17)?,
        shows_online: row.get(18)?,
        trouble: None,
    })
}

pub(super) fn insert(c: &Connection, workspace: WorkspaceId, name: &Name, now: UnixMs) -> db::Result<Session> {
    c.prepare_cached(
        "INSERT INTO sessions (public_id, workspace_id, name, state, reason, since, created_at)
         VALUES (:public, :workspace, :name, 'unlinked', 'never_linked', :now, :now)",
    )?
    .execute(named_params! {
        ":public": PublicId::new("ses"), ":workspace": workspace, ":name": name.as_str(), ":now": now,
    })?;
    by_id(c, SessionId(c.last_insert_rowid()))
}

/// All sessions of the workspace as stored, in the order of creation; [`super::Sessions::complete`] adds what could not
/// be stored.
pub fn list(c: &Connection, workspace: WorkspaceId) -> db::Result<Vec<Session>> {
    let sql =
        format!("SELECT {COLUMNS} FROM sessions WHERE workspace_id = :workspace AND deleted_at IS NULL ORDER BY id");
    c.prepare_cached(&sql)?
        .all(named_params! { ":workspace": workspace }, from_row)
}

/// # Errors
/// `NotFound`, also for a session of another workspace.
pub fn get(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<Session> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sessions WHERE public_id = :id AND workspace_id = :workspace AND deleted_at IS NULL"
    );
    c.prepare_cached(&sql)?
        .one(named_params! { ":workspace": workspace, ":id": id }, from_row)
}

/// For the session's own actor only, which acts for no user.
pub(super) fn by_id(c: &Connection, id: SessionId) -> db::Result<Session> {
    let sql = format!("SELECT {COLUMNS} FROM sessions WHERE id = :id AND deleted_at IS NULL");
    c.prepare_cached(&sql)?.one(named_params! { ":id": id }, from_row)
}

/// Every session of the installation, for startup.
pub(super) fn all(c: &Connection) -> db::Result<Vec<Session>> {
    let sql = format!("SELECT {COLUMNS} FROM sessions WHERE deleted_at IS NULL ORDER BY id");
    c.prepare_cached(&sql)?.all([], from_row)
}

/// Numbers of all workspaces, newest first, for administrators only.
pub(super) fn all_sessions(
    c: &Connection,
    failing_only: bool,
    after: Option<&PublicId>,
    limit: usize,
) -> db::Result<Vec<Placed>> {
    let columns = COLUMNS
        .replace(", ", ", s.")
        .replace("id, s.public_id", "s.id, s.public_id");
    let sql = format!(
        "SELECT {columns}, w.public_id, w.name
           FROM sessions s JOIN workspaces w ON w.id = s.workspace_id
          WHERE s.deleted_at IS NULL
            AND s.id < COALESCE((SELECT id FROM sessions WHERE public_id = :after), 9223372036854775807)
            AND (NOT :failing OR (s.phone IS NOT NULL
                                  AND s.state IN ('logged_out', 'banned', 'replaced', 'needs_attention')))
          ORDER BY s.id DESC LIMIT :limit"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let parameters = named_params! { ":after": after, ":failing": failing_only, ":limit": limit };
    c.prepare_cached(&sql)?.all(parameters, |row| {
        Ok(Placed {
            session: from_row(row)?,
            workspace_id: row.get(19)?,
            workspace_name: row.get(20)?,
        })
    })
}

/// How many numbers the installation has.
pub(super) fn count(c: &Connection) -> db::Result<u32> {
    let sql = "SELECT COUNT(*) FROM sessions WHERE deleted_at IS NULL";
    c.prepare_cached(sql)?.one([], |row| row.get(0))
}

/// The workspace of a number, for administrators only.
pub(super) fn placed(c: &Connection, id: &PublicId) -> db::Result<WorkspaceId> {
    let sql = "SELECT workspace_id FROM sessions WHERE public_id = :id AND deleted_at IS NULL";
    c.prepare_cached(sql)?
        .one(named_params! { ":id": id }, |row| row.get(0))
}

/// How many of the workspace's slots for numbers are taken.
pub(super) fn taken(c: &Connection, workspace: WorkspaceId) -> db::Result<u32> {
    let sql = "SELECT COUNT(*) FROM sessions WHERE workspace_id = :workspace AND deleted_at IS NULL";
    c.prepare_cached(sql)?
        .one(named_params! { ":workspace": workspace }, |row| row.get(0))
}

/// Stores what the plan's limit does to a number, with the event that makes open pages refresh.
pub(super) fn set_plan_hold(c: &Connection, session: &Session, hold: Option<PlanHold>, now: UnixMs) -> db::Result<()> {
    c.prepare_cached("UPDATE sessions SET plan_hold = :hold WHERE id = :id")?
        .execute(named_params! { ":id": session.id, ":hold": hold })?;
    let change = Change {
        state: session.state,
        reason: session.reason,
        detail: None,
        until: None,
    };
    tell(c, session, Some(&change), now)
}

/// Deleted sessions whose chats may not be deleted yet.
pub(super) fn deleted(c: &Connection) -> db::Result<Vec<SessionId>> {
    c.prepare_cached("SELECT id FROM sessions WHERE deleted_at IS NOT NULL")?
        .all([], |row| row.get(0))
}

/// The workspace and public id of a session, for rooms that handle its link's events.
///
/// # Errors
/// `NotFound` once the session is deleted.
pub fn workspace_of(c: &Connection, id: SessionId) -> db::Result<(WorkspaceId, PublicId)> {
    c.prepare_cached("SELECT workspace_id, public_id FROM sessions WHERE id = :id AND deleted_at IS NULL")?
        .one(named_params! { ":id": id }, |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The session with this public id.
///
/// # Errors
/// `NotFound`, also for a session of another workspace.
pub fn find_in(c: &Connection, workspace: WorkspaceId, id: &PublicId) -> db::Result<SessionId> {
    get(c, workspace, id).map(|session| session.id)
}

/// Whether a device is linked, connected or not.
pub fn is_linked_in(c: &Connection, id: SessionId) -> db::Result<bool> {
    let sql = "SELECT 1 FROM sessions WHERE id = :id AND linked_at IS NOT NULL AND deleted_at IS NULL";
    Ok(c.prepare_cached(sql)?
        .maybe(named_params! { ":id": id }, |_| Ok(()))?
        .is_some())
}

/// Until when WhatsApp allows the session no new chats: by a lock, and by its quota.
///
/// # Errors
/// `NotFound` once the session is deleted.
pub fn new_chats_blocked_in(c: &Connection, id: SessionId) -> db::Result<(Option<UnixMs>, Option<UnixMs>)> {
    let sql = "SELECT locked_until, quota_until FROM sessions WHERE id = :id AND deleted_at IS NULL";
    c.prepare_cached(sql)?
        .one(named_params! { ":id": id }, |row| Ok((row.get(0)?, row.get(1)?)))
}

pub(super) fn rename(c: &Connection, workspace: WorkspaceId, id: &PublicId, name: &Name) -> db::Result<()> {
    let changed = c
        .prepare_cached(
            "UPDATE sessions SET name = :name
              WHERE public_id = :id AND workspace_id = :workspace AND deleted_at IS NULL",
        )?
        .execute(named_params! { ":name": name.as_str(), ":id": id, ":workspace": workspace })?;
    if changed == 0 {
        Err(db::DbError::NotFound)
    } else {
        Ok(())
    }
}

/// Writes a state with its event. Returns whether anything changed.
pub(super) fn set_state(c: &Connection, session: &Session, change: &Change, now: UnixMs) -> db::Result<bool> {
    let changed = c
        .prepare_cached(
            "UPDATE sessions
                SET since = CASE WHEN state = :state THEN since ELSE :now END,
                    state = :state, reason = :reason, detail = :detail, until = :until,
                    -- Where no device is linked any more, the number stays noted.
                    linked_at = CASE WHEN :unlinks THEN NULL ELSE linked_at END,
                    locked_until = CASE WHEN :unlinks THEN NULL ELSE locked_until END,
                    quota_until = CASE WHEN :unlinks THEN NULL ELSE quota_until END
              WHERE id = :id AND deleted_at IS NULL
                AND (state IS NOT :state OR reason IS NOT :reason OR detail IS NOT :detail OR until IS NOT :until)",
        )?
        .execute(named_params! {
            ":id": session.id, ":state": change.state, ":reason": change.reason, ":detail": change.detail,
            ":until": change.until, ":now": now, ":unlinks": change.unlinks(),
        })?;
    if changed > 0 {
        health::note_state(c, session.id, change, now)?;
        tell(c, session, Some(change), now)?;
    }
    Ok(changed > 0)
}

/// Appends the event of a session that changed; without `change` it was deleted.
pub(super) fn tell(c: &Connection, session: &Session, change: Option<&Change>, now: UnixMs) -> db::Result<()> {
    let event = Event::SessionStatus {
        session: session.public_id.clone(),
        state: change.map(|change| change.state.word().to_owned()),
        reason: change
            .and_then(|change| change.reason)
            .map(|reason| reason.word().to_owned()),
    };
    events::append(c, session.workspace, &event, now).map(|_| ())
}

/// What a pairing revealed about the phone.
#[derive(Clone)]
pub(super) struct Paired {
    pub phone: String,
    pub lid: Option<String>,
    pub platform: Option<String>,
}

/// Whether a number may be linked to a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Claim {
    Claimed,
    /// Another session has it.
    InUse,
    /// This session had another number before.
    OtherNumber,
}

/// Stores the number as linked to `session`, if it may be.
pub(super) fn claim_phone(c: &Connection, session: &Session, paired: &Paired, now: UnixMs) -> db::Result<Claim> {
    let before: Option<String> = c
        .prepare_cached("SELECT phone FROM sessions WHERE id = :id")?
        .query_row(named_params! { ":id": session.id }, |row| row.get(0))?;
    if before.is_some_and(|before| before != paired.phone) {
        return Ok(Claim::OtherNumber);
    }
    let taken = c
        .prepare_cached(
            "SELECT 1 FROM sessions
              WHERE phone = :phone AND linked_at IS NOT NULL AND deleted_at IS NULL AND id <> :id",
        )?
        .maybe(named_params! { ":phone": paired.phone, ":id": session.id }, |_| Ok(()))?;
    if taken.is_some() {
        return Ok(Claim::InUse);
    }
    c.prepare_cached(
        "UPDATE sessions SET phone = :phone, lid = :lid, platform = :platform, linked_at = :now WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": session.id, ":phone": paired.phone, ":lid": paired.lid, ":platform": paired.platform, ":now": now,
    })?;
    Ok(Claim::Claimed)
}

/// The sealed proxy of a number.
pub(super) fn proxy(c: &Connection, id: SessionId) -> db::Result<Option<Vec<u8>>> {
    c.prepare_cached("SELECT proxy FROM sessions WHERE id = :id")?
        .one(named_params! { ":id": id }, |row| row.get(0))
}

pub(super) fn set_proxy(c: &Connection, id: SessionId, sealed: Option<&[u8]>) -> db::Result<()> {
    c.prepare_cached("UPDATE sessions SET proxy = :proxy WHERE id = :id")?
        .execute(named_params! { ":id": id, ":proxy": sealed })?;
    Ok(())
}

pub(super) fn set_shows_online(c: &Connection, id: SessionId, shows: bool) -> db::Result<()> {
    c.prepare_cached("UPDATE sessions SET shows_online = :shows WHERE id = :id")?
        .execute(named_params! { ":id": id, ":shows": shows })?;
    Ok(())
}

/// What a number does with calls.
pub(super) fn call_rule(c: &Connection, id: SessionId) -> db::Result<CallRule> {
    c.prepare_cached("SELECT rejects_calls, call_reply FROM sessions WHERE id = :id")?
        .one(named_params! { ":id": id }, |row| {
            Ok(CallRule {
                rejects: row.get(0)?,
                reply: row.get(1)?,
            })
        })
}

pub(super) fn set_call_rule(c: &Connection, id: SessionId, rule: &CallRule) -> db::Result<()> {
    c.prepare_cached("UPDATE sessions SET rejects_calls = :rejects, call_reply = :reply WHERE id = :id")?
        .execute(named_params! { ":id": id, ":rejects": rule.rejects, ":reply": rule.reply })?;
    Ok(())
}

pub(super) fn set_profile_name(c: &Connection, session: &Session, name: &str, now: UnixMs) -> db::Result<()> {
    let changed = c
        .prepare_cached("UPDATE sessions SET profile_name = :name WHERE id = :id AND profile_name IS NOT :name")?
        .execute(named_params! { ":id": session.id, ":name": name })?;
    if changed == 0 {
        return Ok(());
    }
    let change = Change {
        state: session.state,
        reason: session.reason,
        detail: None,
        until: None,
    };
    tell(c, session, Some(&change), now)
}

/// Hides the session and frees its number.
pub(super) fn mark_deleted(c: &Connection, session: &Session, now: UnixMs) -> db::Result<()> {
    c.prepare_cached("UPDATE sessions SET deleted_at = :now, linked_at = NULL WHERE id = :id AND deleted_at IS NULL")?
        .execute(named_params! { ":id": session.id, ":now": now })?;
    tell(c, session, None, now)
}

/// Deletes the row that `mark_deleted` hid, once nothing refers to it any more.
pub fn drop_deleted_in(c: &Connection, id: SessionId) -> db::Result<()> {
    c.prepare_cached("DELETE FROM sessions WHERE id = :id AND deleted_at IS NOT NULL")?
        .execute(named_params! { ":id": id })?;
    Ok(())
}
