//! The day's limit: which rows may go, which wait, and what releases those again.

use std::collections::BTreeMap;

use rusqlite::{Connection, named_params};

use crate::clock::UnixMs;
use crate::db::{self, Rows as _};
use crate::events::{self, Event};
use crate::ids::{ChatId, OutboxId, PublicId, SessionId, WorkspaceId};
use crate::outbox::model::Leased;
use crate::plans::{self, Day, Granted};

/// Rows whose open pages are notified that they wait; a page shows no more of them.
const TOLD_AT_ONCE: u32 = 512;

/// Claims the day's messages for `rows` and removes those that get none. These and everything queued behind them are
/// postponed to the next day; returns whether there were any.
///
/// A claim of a send that a crash or a lost acknowledgement left in doubt is not made twice: it stays, and moves to the
/// day of the new attempt.
pub(super) fn claim(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    rows: &mut Vec<Leased>,
    now: UnixMs,
) -> db::Result<bool> {
    if rows.is_empty() {
        return Ok(false);
    }
    let fresh = count(rows.iter().filter(|row| row.claimed.is_none() && !row.is_change));
    let claim = plans::claim_messages_in(c, workspace, fresh, now)?;
    let moving = count(
        rows.iter()
            .filter(|row| row.claimed.is_some_and(|day| day != claim.day)),
    );
    let moved = match moving {
        0 => 0,
        _ => plans::claim_messages_in(c, workspace, moving, now)?.granted,
    };
    let (mut for_fresh, mut for_moving) = (claim.granted, moved);
    let mut left: BTreeMap<Day, u32> = BTreeMap::new();
    rows.retain_mut(|row| {
        if row.is_change && row.claimed.is_none() {
            return true;
        }
        let budget = match row.claimed {
            Some(day) if day == claim.day => return true,
            Some(_) => &mut for_moving,
            None => &mut for_fresh,
        };
        if *budget == 0 {
            return false;
        }
        *budget -= 1;
        if let Some(day) = row.claimed.replace(claim.day) {
            *left.entry(day).or_default() += 1;
        }
        true
    });
    for (day, messages) in left {
        plans::give_back_messages_in(c, workspace, day, messages)?;
    }
    if claim.granted == fresh && moved == moving {
        return Ok(false);
    }
    let taken: Vec<OutboxId> = rows.iter().map(|row| row.id).collect();
    hold(c, workspace, session, &taken, &claim, now)?;
    Ok(true)
}

fn count<'a>(rows: impl Iterator<Item = &'a Leased>) -> u32 {
    u32::try_from(rows.count()).unwrap_or(u32::MAX)
}

/// Postpones the session's waiting rows to the next day, except `taken` and those already counted today. A row must not
/// expire while the limit holds it, so its age starts from then.
fn hold(
    c: &Connection,
    workspace: WorkspaceId,
    session: SessionId,
    taken: &[OutboxId],
    claim: &Granted,
    now: UnixMs,
) -> db::Result<()> {
    let (day, until) = (claim.day, claim.resets_at);
    for id in taken {
        c.prepare_cached("UPDATE outbox SET state = 'sending' WHERE id = :id")?
            .execute(named_params! { ":id": id })?;
    }
    let told: Vec<(PublicId, PublicId)> = {
        let params = named_params! { ":session": session, ":until": until, ":day": day, ":limit": TOLD_AT_ONCE };

        c.prepare_cached(
            "SELECT ch.public_id, m.public_id
               FROM outbox o CROSS JOIN messages m CROSS JOIN chats ch
              WHERE o.session_id = :session AND o.state IN ('queued', 'parked') AND o.due_at < :until
                AND o.held_for IS NULL AND o.claimed_day IS NOT :day AND m.id = o.message_id AND ch.id = o.chat_id
              ORDER BY o.due_at, o.id LIMIT :limit",
        )?
        .all(params, |row| Ok((row.get(0)?, row.get(1)?)))?
    };
    c.prepare_cached(
        "UPDATE outbox SET due_at = :until, created_at = :until, held_for = 'limit'
          WHERE session_id = :session AND state IN ('queued', 'parked') AND due_at < :until
            AND claimed_day IS NOT :day",
    )?
    .execute(named_params! { ":session": session, ":until": until, ":day": day })?;
    for (chat, message) in told {
        events::append(c, workspace, &Event::MessageChanged { chat, message }, now)?;
    }
    Ok(())
}

/// Returned claims by day, collected until they are written together.
#[derive(Default)]
pub(in crate::outbox) struct Returned(BTreeMap<Day, u32>);

impl Returned {
    /// The row's message did not go out.
    pub(super) fn add(&mut self, c: &Connection, row: &Leased) -> db::Result<()> {
        if let Some(day) = row.claimed {
            *self.0.entry(day).or_default() += 1;
            c.prepare_cached("UPDATE outbox SET claimed_day = NULL WHERE id = :id")?
                .execute(named_params! { ":id": row.id })?;
        }
        Ok(())
    }

    /// Returns them, and lets as many of the messages that wait for the limit try again. Returns whose senders have to
    /// check.
    pub(in crate::outbox) fn write(
        self,
        c: &Connection,
        workspace: WorkspaceId,
        now: UnixMs,
    ) -> db::Result<Vec<SessionId>> {
        let mut messages = 0;
        for (day, returned) in self.0 {
            plans::give_back_messages_in(c, workspace, day, returned)?;
            messages += returned;
        }
        if messages == 0 {
            return Ok(Vec::new());
        }
        release_some(c, workspace, messages, now)
    }
}

/// The oldest held rows that are first in their chats become due; the gate decides again.
fn release_some(c: &Connection, workspace: WorkspaceId, rows: u32, now: UnixMs) -> db::Result<Vec<SessionId>> {
    let mut statement = c.prepare_cached(
        "UPDATE outbox SET due_at = :now
          WHERE id IN (
              SELECT o.id FROM outbox o
               WHERE o.workspace_id = :workspace AND o.held_for IS NOT NULL AND NOT EXISTS (
                     SELECT 1 FROM outbox b
                      WHERE b.chat_id = o.chat_id AND b.id < o.id AND b.state IN ('queued', 'parked', 'sending'))
               ORDER BY o.due_at, o.id LIMIT :rows)
          RETURNING session_id",
    )?;
    let params = named_params! { ":workspace": workspace, ":now": now, ":rows": rows };
    let sessions = statement.query_map(params, |row| row.get(0))?;
    let mut sessions: Vec<SessionId> = sessions.collect::<Result<_, _>>()?;
    sessions.sort_unstable();
    sessions.dedup();
    Ok(sessions)
}

/// The limit or the day changed: everything that waited for the limit becomes due, but stays behind rows of its chat
/// that wait for another reason. Returns whose senders have to check.
pub(in crate::outbox) fn release(c: &Connection, workspace: WorkspaceId, now: UnixMs) -> db::Result<Vec<SessionId>> {
    let sessions: Vec<SessionId> = {
        c.prepare_cached(
            "SELECT DISTINCT session_id FROM outbox WHERE workspace_id = :workspace AND held_for IS NOT NULL",
        )?
        .all(named_params! { ":workspace": workspace }, |row| row.get(0))?
    };
    if sessions.is_empty() {
        return Ok(sessions);
    }
    let waiting: Vec<(ChatId, OutboxId, UnixMs)> = {
        c.prepare_cached(
            "SELECT chat_id, id, due_at FROM outbox
              WHERE workspace_id = :workspace AND held_for IS NULL AND state IN ('queued', 'parked') AND due_at > :now",
        )?
        .all(named_params! { ":workspace": workspace, ":now": now }, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
    };
    c.prepare_cached(
        "UPDATE outbox SET due_at = :now, held_for = NULL WHERE workspace_id = :workspace AND held_for IS NOT NULL",
    )?
    .execute(named_params! { ":workspace": workspace, ":now": now })?;
    for (chat, row, due) in waiting {
        super::stay_behind(c, chat, row, due)?;
    }
    Ok(sessions)
}
