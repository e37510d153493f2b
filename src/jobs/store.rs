//! SQL of the queue.

use std::collections::HashMap;

use rusqlite::{Connection, Row, named_params};

use super::model::{Count, Filter, Job, JobRow, JobsError, Lane, Order, State};
use crate::clock::UnixMs;
use crate::db::{self, Page, Rows as _};
use crate::ids::{JobId, PublicId, WorkspaceId};

/// Jobs per page of the list.
const PAGE: usize = 50;
/// How many due rows are handled in one transaction.
const DUE_AT_ONCE: u32 = 1_000;
/// No failed job waits longer, including jitter; one that does was delayed by a clock that was ahead.
const LONGEST_PAUSE_MS: i64 = 3 * 60 * 60 * 1_000;
/// A longer error is truncated.
const MAX_ERROR: usize = 1_000;

/// Puts `job` into the queue. Call it in the transaction that makes the job necessary, and [`super::Jobs::wake`] after
/// its commit. While a job of the kind with the same unique key is unfinished, that one's id comes back instead; it is
/// done at the earlier of the two times, since the other may be of a clock that was ahead.
/// # Panics
/// When the job cannot be told in JSON; jobs are plain data.
pub fn enqueue_in<J: Job>(tx: &Connection, job: &J, order: Order, now: UnixMs) -> db::Result<JobId> {
    let payload = serde_json::to_string(job).expect("a job is plain data");
    let due = order.due_at.unwrap_or(now);
    let state = if due > now { State::Waiting } else { State::Ready };
    let inserted = tx.prepare_cached("INSERT INTO jobs (public_id, lane, kind, payload, workspace_id, priority, state, max_attempts, due_at,
                               unique_key, created_at)
             VALUES (:public, :lane, :kind, :payload, :workspace, :priority, :state, :max, :due, :key, :now)
             ON CONFLICT (kind, unique_key)
                WHERE unique_key IS NOT NULL AND state IN ('waiting', 'ready', 'running')
             DO UPDATE SET due_at = excluded.due_at
                WHERE state = 'waiting' AND due_at > excluded.due_at + CASE attempts WHEN 0 THEN 0 ELSE :pause END
             RETURNING id")?.maybe(named_params! {
                ":public": PublicId::new("job"), ":lane": J::LANE, ":kind": J::KIND, ":payload": payload,
                ":workspace": order.workspace, ":priority": order.priority, ":state": state,
                ":pause": LONGEST_PAUSE_MS, ":max": J::MAX_ATTEMPTS.max(1), ":due": due, ":key": order.unique_key, ":now": now,
            },
            |row| row.get(0))?;
    match inserted {
        Some(id) => Ok(id),
        None => unfinished(tx, J::KIND, order.unique_key.as_deref()),
    }
}

fn unfinished(c: &Connection, kind: &str, key: Option<&str>) -> db::Result<JobId> {
    c.prepare_cached(
        "SELECT id FROM jobs WHERE kind = :kind AND unique_key = :key AND state IN ('waiting', 'ready', 'running')",
    )?
    .one(named_params! { ":kind": kind, ":key": key }, |row| row.get(0))
}

/// When each line of the schedule is due.
pub(super) fn lines(c: &Connection) -> db::Result<HashMap<String, UnixMs>> {
    c.prepare_cached("SELECT name, due_at FROM schedule_lines")?
        .all([], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub(super) fn set_line(c: &Connection, name: &str, due: UnixMs) -> db::Result<()> {
    let sql = "INSERT INTO schedule_lines (name, due_at) VALUES (:name, :due)
               ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at";
    c.prepare_cached(sql)?
        .execute(named_params! { ":name": name, ":due": due })?;
    Ok(())
}

/// A leased job.
#[derive(Clone, Debug)]
pub(super) struct Leased {
    pub id: JobId,
    pub public_id: PublicId,
    pub lane: Lane,
    pub kind: String,
    pub payload: String,
    pub workspace: Option<WorkspaceId>,
    pub priority: i32,
    pub due_at: UnixMs,
    /// This one included.
    pub attempt: u32,
    pub max_attempts: u32,
    pub token: i64,
}

/// The outcome of a leased job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    /// Retried at this time.
    Again {
        due_at: UnixMs,
        error: String,
    },
    /// The program stops: ready again, as if it had not been started.
    GivenBack,
    Dead {
        error: String,
    },
}

/// A lease of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Lease {
    pub id: JobId,
    pub token: i64,
}

/// Makes due jobs ready; returns when the next one is due.
pub(super) fn promote(c: &Connection, now: UnixMs) -> db::Result<Option<UnixMs>> {
    c.prepare_cached(
        "UPDATE jobs SET state = 'ready' WHERE id IN (
             SELECT id FROM jobs WHERE state = 'waiting' AND due_at <= :now ORDER BY due_at LIMIT :limit)",
    )?
    .execute(named_params! { ":now": now, ":limit": DUE_AT_ONCE })?;
    c.prepare_cached("SELECT MIN(due_at) FROM jobs WHERE state = 'waiting'")?
        .one([], |row| row.get(0))
}

/// Leases up to `limit` ready jobs of the lane, those of the highest priority first.
pub(super) fn lease(
    c: &Connection,
    lane: Lane,
    limit: usize,
    token: i64,
    until: UnixMs,
    now: UnixMs,
) -> db::Result<Vec<Leased>> {
    let mut statement = c.prepare_cached(
        "UPDATE jobs SET state = 'running', attempts = attempts + 1, lease_token = :token, lease_until = :until,
                started_at = :now, progress_done = 0, progress_total = 0
          WHERE id IN (SELECT id FROM jobs WHERE lane = :lane AND state = 'ready'
                        ORDER BY priority DESC, due_at, id LIMIT :limit)
         RETURNING id, public_id, lane, kind, payload, workspace_id, priority, due_at, attempts, max_attempts",
    )?;
    let params = named_params! {
        ":token": token, ":until": until, ":now": now, ":lane": lane,
        ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
    };
    let rows = statement.query_map(params, |row| {
        Ok(Leased {
            id: row.get(0)?,
            public_id: row.get(1)?,
            lane: row.get(2)?,
            kind: row.get(3)?,
            payload: row.get(4)?,
            workspace: row.get(5)?,
            priority: row.get(6)?,
            due_at: row.get(7)?,
            attempt: row.get(8)?,
            max_attempts: row.get(9)?,
            token,
        })
    })?;
    let mut rows: Vec<Leased> = rows.collect::<Result<_, _>>()?;
    // RETURNING guarantees no order.
    rows.sort_by_key(|job| (std::cmp::Reverse(job.priority), job.due_at, job.id));
    Ok(rows)
}

/// Stores a job's outcome, unless its lease was lost; returns whether it was still held.
pub(super) fn settle(c: &Connection, lease: Lease, outcome: &Outcome, now: UnixMs) -> db::Result<bool> {
    let (state, due, error, finished) = match outcome {
        Outcome::Done => (State::Done, None, None, Some(now)),
        Outcome::Again { due_at, error } => (State::Waiting, Some(*due_at), Some(error.as_str()), None),
        Outcome::GivenBack => (State::Ready, None, None, None),
        Outcome::Dead { error } => (State::Dead, None, Some(error.as_str()), Some(now)),
    };
    let error: Option<String> = error.map(|text| text.chars().take(MAX_ERROR).collect());
    let undone = u32::from(*outcome == Outcome::GivenBack);
    let changed = c
        .prepare_cached(
            // A person who stopped it does not want a retry.
            "UPDATE jobs SET state = CASE WHEN cancel_requested AND :state <> 'done' THEN 'discarded' ELSE :state END,
                    finished_at = CASE WHEN cancel_requested THEN :now ELSE :finished END,
                    due_at = COALESCE(:due, due_at), last_error = COALESCE(:error, last_error),
                    attempts = attempts - :undone, lease_token = NULL, lease_until = NULL, cancel_requested = 0
              WHERE id = :id AND lease_token = :token AND state = 'running'",
        )?
        .execute(named_params! {
            ":state": state, ":now": now, ":finished": finished, ":due": due, ":error": error, ":undone": undone,
            ":id": lease.id, ":token": lease.token,
        })?;
    Ok(changed > 0)
}

/// Renews a lease; returns whether it was still held.
pub(super) fn renew(c: &Connection, lease: Lease, until: UnixMs) -> db::Result<bool> {
    let changed = c
        .prepare_cached("UPDATE jobs SET lease_until = :until WHERE id = :id AND lease_token = :token")?
        .execute(named_params! { ":until": until, ":id": lease.id, ":token": lease.token })?;
    Ok(changed > 0)
}

/// Recovers jobs whose lease ran out before `before`: nobody works on them any more. One on its last attempt
/// becomes dead, since something about it ends the program.
pub(super) fn recover(c: &Connection, before: UnixMs, now: UnixMs) -> db::Result<usize> {
    Ok(c.prepare_cached(
        "UPDATE jobs SET
            state = CASE WHEN cancel_requested THEN 'discarded' WHEN attempts >= max_attempts THEN 'dead'
                         ELSE 'ready' END,
            finished_at = CASE WHEN cancel_requested OR attempts >= max_attempts THEN :now END,
            last_error = COALESCE(last_error, 'The program ended while this job ran.'),
            lease_token = NULL, lease_until = NULL, cancel_requested = 0
          WHERE state = 'running' AND lease_until < :before",
    )?
    .execute(named_params! { ":before": before, ":now": now })?)
}

/// Stores a running job's progress for the pages.
pub(super) fn set_progress(c: &Connection, lease: Lease, done: u64, total: u64) -> db::Result<()> {
    let shown = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    c.prepare_cached(
        "UPDATE jobs SET progress_done = :done, progress_total = :total WHERE id = :id AND lease_token = :token",
    )?
    .execute(named_params! {
        ":done": shown(done.min(total)), ":total": shown(total), ":id": lease.id, ":token": lease.token,
    })?;
    Ok(())
}

/// How many jobs are due now.
pub(super) fn unsettled(c: &Connection, now: UnixMs) -> db::Result<u64> {
    c.prepare_cached(
        "SELECT COUNT(*) FROM jobs WHERE state IN ('ready', 'running') OR (state = 'waiting' AND due_at <= :now)",
    )?
    .one(named_params! { ":now": now }, |row| number(row, 0))
}

/// A column that is never negative.
fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::unsigned_abs)
}

/// Deletes up to `limit` jobs that ended in this state before `before`.
pub(super) fn prune(c: &Connection, state: State, before: UnixMs, limit: u32) -> db::Result<usize> {
    Ok(c.prepare_cached(
        "DELETE FROM jobs WHERE id IN (
             SELECT id FROM jobs WHERE state = :state AND finished_at IS NOT NULL AND finished_at < :before
              ORDER BY finished_at LIMIT :limit)",
    )?
    .execute(named_params! { ":state": state, ":before": before, ":limit": limit })?)
}

const COLUMNS: &str = "j.id, j.public_id, j.lane, j.kind, j.payload, w.public_id, w.name, j.priority, j.state, \
                       j.attempts, j.max_attempts, j.due_at, j.unique_key, j.last_error, j.progress_done, \
                       j.progress_total, j.cancel_requested, j.created_at, j.started_at, j.finished_at";

fn row(row: &Row<'_>) -> rusqlite::Result<JobRow> {
    let workspace: Option<PublicId> = row.get(5)?;
    let name: Option<String> = row.get(6)?;
    Ok(JobRow {
        id: row.get(0)?,
        public_id: row.get(1)?,
        lane: row.get(2)?,
        kind: row.get(3)?,
        payload: row.get(4)?,
        workspace: workspace.zip(name),
        priority: row.get(7)?,
        state: row.get(8)?,
        attempts: row.get(9)?,
        max_attempts: row.get(10)?,
        due_at: row.get(11)?,
        unique_key: row.get(12)?,
        last_error: row.get(13)?,
        progress_done: number(row, 14)?,
        progress_total: number(row, 15)?,
        cancel_requested: row.get(16)?,
        created_at: row.get(17)?,
        started_at: row.get(18)?,
        finished_at: row.get(19)?,
    })
}

/// Jobs before `before` that match, newest first.
pub(super) fn page(c: &Connection, filter: &Filter, before: Option<JobId>) -> db::Result<Page<JobRow, JobId>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM jobs j LEFT JOIN workspaces w ON w.id = j.workspace_id
          WHERE j.id < :before {} ORDER BY j.id DESC LIMIT :limit",
        conditions(filter)
    );
    let params = named_params! {
        ":before": before.map_or(i64::MAX, |id| id.0), ":lane": filter.lane, ":state": filter.state,
        ":text": filter.text, ":limit": PAGE as i64 + 1,
    };

    Ok(Page::of(
        c.prepare_cached(&sql)?.all(params, row)?,
        PAGE,
        |job: &JobRow| job.id,
    ))
}

/// Conditions are in the text only if they are used, so that each query has a fitting index; the
/// others only name their parameter.
fn conditions(filter: &Filter) -> String {
    let lane = if filter.lane.is_some() {
        "AND j.lane = :lane"
    } else {
        "AND :lane IS NULL"
    };
    let state = if filter.state.is_some() {
        "AND j.state = :state"
    } else {
        "AND :state IS NULL"
    };
    let text = if filter.text.is_some() {
        "AND (instr(lower(j.kind), lower(:text)) > 0 OR j.public_id = :text)"
    } else {
        "AND :text IS NULL"
    };
    format!("{lane} {state} {text}")
}

pub(super) fn counts(c: &Connection) -> db::Result<Vec<Count>> {
    c.prepare_cached("SELECT lane, state, COUNT(*) FROM jobs GROUP BY state, lane")?
        .all([], |row| {
            Ok(Count {
                lane: row.get(0)?,
                state: row.get(1)?,
                jobs: number(row, 2)?,
            })
        })
}

pub(super) fn get(c: &Connection, id: &PublicId) -> db::Result<JobRow> {
    let sql =
        format!("SELECT {COLUMNS} FROM jobs j LEFT JOIN workspaces w ON w.id = j.workspace_id WHERE j.public_id = :id");
    c.prepare_cached(&sql)?.one(named_params! { ":id": id }, row)
}

/// Makes the job ready now, with all its attempts.
pub(super) fn retry(c: &Connection, id: JobId, now: UnixMs) -> Result<(), JobsError> {
    let changed = c
        .prepare_cached(
            "UPDATE jobs SET state = 'ready', attempts = 0, due_at = :now, finished_at = NULL
              WHERE id = :id AND state IN ('waiting', 'dead', 'discarded')",
        )
        .and_then(|mut statement| statement.execute(named_params! { ":id": id, ":now": now }))
        .map_err(db::DbError::from);
    match changed {
        Ok(0) => Err(JobsError::NotFound),
        Ok(_) => Ok(()),
        Err(error) if error.is_constraint() => Err(JobsError::SameWorkWaits),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn discard(c: &Connection, id: JobId, now: UnixMs) -> db::Result<()> {
    c.prepare_cached("UPDATE jobs SET state = 'discarded', finished_at = :now WHERE id = :id")?
        .execute(named_params! { ":id": id, ":now": now })?;
    Ok(())
}

pub(super) fn request_cancel(c: &Connection, id: JobId) -> db::Result<()> {
    c.prepare_cached("UPDATE jobs SET cancel_requested = 1 WHERE id = :id AND state = 'running'")?
        .execute(named_params! { ":id": id })?;
    Ok(())
}

/// The dead jobs that match, up to `limit`, oldest first.
pub(super) fn dead(c: &Connection, filter: &Filter, limit: u32) -> db::Result<Vec<JobId>> {
    let filter = Filter {
        state: Some(State::Dead),
        ..filter.clone()
    };
    let sql = format!(
        "SELECT j.id FROM jobs j WHERE 1 {} ORDER BY j.id LIMIT :limit",
        conditions(&filter)
    );
    let params = named_params! {
        ":lane": filter.lane, ":state": filter.state, ":text": filter.text, ":limit": limit,
    };
    c.prepare_cached(&sql)?.all(params, |row| row.get(0))
}
