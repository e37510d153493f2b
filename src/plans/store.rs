//! SQL of plans and usage.

use std::sync::LazyLock;

use rusqlite::{Connection, Row, named_params};

use super::day::{Day, Kept, Today};
use super::limits::{Limit, Limits, Quota};
use super::model::{Feature, Plan, PlanDraft};
use crate::clock::UnixMs;
use crate::db::{self, DbError, Rows as _};
use crate::ids::{PlanId, PublicId, WorkspaceId};
use crate::zone::Zone;

/// Columns of a plan under the alias `p`, as [`plan_at`] reads them: those of its limits are the last.
static PLAN_COLUMNS: LazyLock<String> = LazyLock::new(|| {
    let mut columns = "p.id, p.public_id, p.code, p.name, p.description, p.price_minor, p.currency, p.interval, \
                       p.features, p.position, p.is_default, p.archived_at, p.stripe_price, p.razorpay_plan"
        .to_owned();
    for quota in Quota::ALL {
        columns.push_str(", p.");
        columns.push_str(quota.word());
    }
    columns
});
const LIMITS_FROM: usize = 14;
const PLAN_WIDTH: usize = LIMITS_FROM + Quota::ALL.len();

/// The plan `p` of the workspace `w`.
const OF_WORKSPACE: &str = "plans p ON p.id = COALESCE(
             (SELECT plan_id FROM workspace_plans WHERE workspace_id = w.id),
             (SELECT id FROM plans WHERE is_default = 1))";

/// Counts are never negative.
fn number(row: &Row<'_>, index: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(index)?).unwrap_or(0))
}

fn plan_at(row: &Row<'_>) -> rusqlite::Result<Plan> {
    let features: String = row.get(8)?;
    // A feature of a newer version is unknown here.
    let words: Vec<String> = serde_json::from_str(&features).unwrap_or_default();
    let mut limits = Limits::NONE;
    for (place, quota) in Quota::ALL.iter().enumerate() {
        limits.set(*quota, row.get(LIMITS_FROM + place)?);
    }
    Ok(Plan {
        id: row.get(0)?,
        public_id: row.get(1)?,
        code: row.get(2)?,
        name: row.get(3)?,
        description: row.get(4)?,
        price_minor: number(row, 5)?,
        currency: row.get(6)?,
        interval: row.get(7)?,
        limits,
        features: words.iter().filter_map(|word| word.parse::<Feature>().ok()).collect(),
        position: row.get(9)?,
        is_default: row.get(10)?,
        archived_at: row.get(11)?,
        stripe_price: row.get(12)?,
        razorpay_plan: row.get(13)?,
    })
}

// Plans.

pub(super) fn plan_of(c: &Connection, workspace: WorkspaceId) -> db::Result<Plan> {
    let plan = PLAN_COLUMNS.as_str();
    let sql = format!("SELECT {plan} FROM workspaces w JOIN {OF_WORKSPACE} WHERE w.id = :workspace");
    c.prepare_cached(&sql)?
        .one(named_params! { ":workspace": workspace }, plan_at)
}

/// The workspace's daily limit of messages.
pub(super) fn daily(c: &Connection, workspace: WorkspaceId) -> db::Result<Limit> {
    let sql = format!("SELECT p.messages_per_day FROM workspaces w JOIN {OF_WORKSPACE} WHERE w.id = :workspace");
    c.prepare_cached(&sql)?
        .one(named_params! { ":workspace": workspace }, |row| row.get(0))
}

/// The workspace's current day.
pub(super) fn today(c: &Connection, workspace: WorkspaceId, now: UnixMs) -> db::Result<Today> {
    let (zone, kept) = days_of(c, workspace)?;
    Ok(Today::of(now, zone, kept))
}

/// The workspace's zone, and the day that continues until it takes effect.
pub(super) fn days_of(c: &Connection, workspace: WorkspaceId) -> db::Result<(Zone, Option<Kept>)> {
    let (zone, kept) = c
        .prepare_cached("SELECT time_zone, kept_day, kept_since, zone_from FROM workspaces WHERE id = :workspace")?
        .query_row(named_params! { ":workspace": workspace }, |row| {
            let kept = match (row.get(1)?, row.get(2)?, row.get(3)?) {
                (Some(day), Some(began), Some(until)) => Some(Kept { day, began, until }),
                _ => None,
            };
            Ok((row.get::<_, String>(0)?, kept))
        })?;
    Ok((tz(&zone), kept))
}

pub(super) fn keep_day(c: &Connection, workspace: WorkspaceId, kept: Kept) -> db::Result<()> {
    let sql = "UPDATE workspaces SET kept_day = :day, kept_since = :began, zone_from = :until WHERE id = :workspace";
    c.prepare_cached(sql)?.execute(named_params! {
        ":workspace": workspace, ":day": kept.day, ":began": kept.began, ":until": kept.until,
    })?;
    Ok(())
}

/// Zones are checked when they are stored; a name that this build no longer knows counts as UTC.
fn tz(name: &str) -> Zone {
    name.parse().unwrap_or(Zone::UTC)
}

pub(super) fn zone(c: &Connection, workspace: WorkspaceId) -> db::Result<Zone> {
    let name: String = c
        .prepare_cached("SELECT time_zone FROM workspaces WHERE id = :workspace")?
        .query_row(named_params! { ":workspace": workspace }, |row| row.get(0))?;
    Ok(tz(&name))
}

pub(super) fn by_id(c: &Connection, id: PlanId) -> db::Result<Plan> {
    let plan = PLAN_COLUMNS.as_str();
    let sql = format!("SELECT {plan} FROM plans p WHERE p.id = :id");
    c.prepare_cached(&sql)?.one(named_params! { ":id": id }, plan_at)
}

pub(super) fn find(c: &Connection, id: &PublicId) -> db::Result<Plan> {
    let plan = PLAN_COLUMNS.as_str();
    let sql = format!("SELECT {plan} FROM plans p WHERE p.public_id = :id");
    c.prepare_cached(&sql)?.one(named_params! { ":id": id }, plan_at)
}

pub(super) fn by_code(c: &Connection, code: &str) -> db::Result<Option<Plan>> {
    let plan = PLAN_COLUMNS.as_str();
    let sql = format!("SELECT {plan} FROM plans p WHERE p.code = :code");
    c.prepare_cached(&sql)?.maybe(named_params! { ":code": code }, plan_at)
}

/// All plans with the number of workspaces on each, in their order; those not on offer come last.
pub(super) fn list(c: &Connection) -> db::Result<Vec<(Plan, u64)>> {
    let plan = PLAN_COLUMNS.as_str();
    let sql = format!(
        "SELECT {plan},
                (SELECT COUNT(*) FROM workspace_plans wp WHERE wp.plan_id = p.id)
                + CASE WHEN p.is_default = 1 THEN (SELECT COUNT(*) FROM workspaces w WHERE NOT EXISTS (
                      SELECT 1 FROM workspace_plans wp WHERE wp.workspace_id = w.id)) ELSE 0 END
           FROM plans p ORDER BY p.archived_at IS NOT NULL, p.position, p.id"
    );
    c.prepare_cached(&sql)?
        .all([], |row| Ok((plan_at(row)?, number(row, PLAN_WIDTH)?)))
}

pub(super) fn insert(c: &Connection, plan: &PlanDraft, now: UnixMs) -> db::Result<PlanId> {
    c.prepare_cached(
        "INSERT INTO plans (public_id, code, name, description, price_minor, currency, interval, features, position,
                            created_at)
         VALUES (:public, :code, '', '', 0, :currency, :interval, '[]',
                 (SELECT COALESCE(MAX(position), 0) + 1 FROM plans), :now)",
    )?
    .execute(named_params! {
        ":public": PublicId::new("plan"), ":code": plan.code, ":currency": plan.currency, ":interval": plan.interval,
        ":now": now,
    })?;
    let id = PlanId(c.last_insert_rowid());
    update(c, id, plan)?;
    Ok(id)
}

/// Updates everything but the code.
pub(super) fn update(c: &Connection, id: PlanId, plan: &PlanDraft) -> db::Result<()> {
    let price = i64::try_from(plan.price_minor).unwrap_or(i64::MAX);
    c.prepare_cached(
        "UPDATE plans
            SET name = :name, description = :description, price_minor = :price, currency = :currency,
                interval = :interval, features = :features, stripe_price = :stripe, razorpay_plan = :razorpay
          WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": id, ":name": plan.name, ":description": plan.description, ":price": price,
        ":currency": plan.currency, ":interval": plan.interval, ":features": features(plan),
        ":stripe": plan.stripe_price, ":razorpay": plan.razorpay_plan,
    })?;
    for quota in Quota::ALL {
        c.prepare_cached(&format!("UPDATE plans SET {} = :limit WHERE id = :id", quota.word()))?
            .execute(named_params! { ":id": id, ":limit": plan.limits.of(*quota) })?;
    }
    Ok(())
}

fn features(plan: &PlanDraft) -> String {
    // Plain identifiers: this cannot fail.
    serde_json::to_string(&plan.features).unwrap_or_else(|_| "[]".to_owned())
}

pub(super) fn set_archived(c: &Connection, id: PlanId, at: Option<UnixMs>) -> db::Result<()> {
    c.prepare_cached("UPDATE plans SET archived_at = :at WHERE id = :id")?
        .execute(named_params! { ":id": id, ":at": at })?;
    Ok(())
}

pub(super) fn set_default(c: &Connection, id: PlanId) -> db::Result<()> {
    c.prepare_cached("UPDATE plans SET is_default = 0 WHERE is_default = 1 AND id <> :id")?
        .execute(named_params! { ":id": id })?;
    c.prepare_cached("UPDATE plans SET is_default = 1 WHERE id = :id")?
        .execute(named_params! { ":id": id })?;
    Ok(())
}

/// Swaps the plan with its neighbour on offer, before or after it.
pub(super) fn swap(c: &Connection, plan: &Plan, up: bool) -> db::Result<()> {
    let neighbour = if up {
        "SELECT id, position FROM plans WHERE position < :at AND archived_at IS NULL ORDER BY position DESC LIMIT 1"
    } else {
        "SELECT id, position FROM plans WHERE position > :at AND archived_at IS NULL ORDER BY position LIMIT 1"
    };
    let found: Option<(PlanId, u32)> = c
        .prepare_cached(neighbour)?
        .maybe(named_params! { ":at": plan.position }, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let Some((other, place)) = found else { return Ok(()) };
    let mut moved = c.prepare_cached("UPDATE plans SET position = :at WHERE id = :id")?;
    moved.execute(named_params! { ":id": plan.id, ":at": place })?;
    moved.execute(named_params! { ":id": other, ":at": plan.position })?;
    Ok(())
}

pub(super) fn set_plan(c: &Connection, workspace: WorkspaceId, plan: PlanId, now: UnixMs) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO workspace_plans (workspace_id, plan_id, since) VALUES (:workspace, :plan, :now)
         ON CONFLICT (workspace_id) DO UPDATE
            SET since = CASE WHEN plan_id = excluded.plan_id THEN since ELSE excluded.since END,
                plan_id = excluded.plan_id",
    )?
    .execute(named_params! { ":workspace": workspace, ":plan": plan, ":now": now })?;
    Ok(())
}

/// Since when the workspace has a plan other than the default.
pub(super) fn since(c: &Connection, workspace: WorkspaceId) -> db::Result<Option<UnixMs>> {
    c.prepare_cached("SELECT since FROM workspace_plans WHERE workspace_id = :workspace")?
        .maybe(named_params! { ":workspace": workspace }, |row| row.get(0))
}

/// Every workspace affected by a change of this plan.
pub(super) fn workspaces_on(c: &Connection, plan: PlanId) -> db::Result<Vec<WorkspaceId>> {
    let sql = format!("SELECT w.id FROM workspaces w JOIN {OF_WORKSPACE} WHERE p.id = :plan");
    c.prepare_cached(&sql)?
        .all(named_params! { ":plan": plan }, |row| row.get(0))
}

/// The workspaces on the default plan.
pub(super) fn workspaces_by_default(c: &Connection) -> db::Result<Vec<WorkspaceId>> {
    c.prepare_cached(
        "SELECT w.id FROM workspaces w
          WHERE NOT EXISTS (SELECT 1 FROM workspace_plans wp WHERE wp.workspace_id = w.id)",
    )?
    .all([], |row| row.get(0))
}

pub(super) fn find_workspace(c: &Connection, id: &PublicId) -> db::Result<WorkspaceId> {
    c.prepare_cached("SELECT id FROM workspaces WHERE public_id = :id")?
        .one(named_params! { ":id": id }, |row| row.get(0))
}

// Usage.

/// A day's count, and the percentage that the owners were notified of.
pub(super) fn counted(c: &Connection, workspace: WorkspaceId, day: Day) -> db::Result<(u64, u8)> {
    let found = c
        .prepare_cached("SELECT messages, told FROM usage_days WHERE workspace_id = :workspace AND day = :day")?
        .maybe(named_params! { ":workspace": workspace, ":day": day }, |row| {
            Ok((number(row, 0)?, row.get(1)?))
        })?;
    Ok(found.unwrap_or_default())
}

pub(super) fn count(c: &Connection, workspace: WorkspaceId, day: Day, messages: u32, told: u8) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO usage_days (workspace_id, day, messages, told) VALUES (:workspace, :day, :messages, :told)
         ON CONFLICT (workspace_id, day) DO UPDATE
            SET messages = messages + excluded.messages, told = MAX(told, excluded.told)",
    )?
    .execute(named_params! { ":workspace": workspace, ":day": day, ":messages": messages, ":told": told })?;
    Ok(())
}

pub(super) fn uncount(c: &Connection, workspace: WorkspaceId, day: Day, messages: u32) -> db::Result<()> {
    c.prepare_cached(
        "UPDATE usage_days SET messages = MAX(0, messages - :messages) WHERE workspace_id = :workspace AND day = :day",
    )?
    .execute(named_params! { ":workspace": workspace, ":day": day, ":messages": messages })?;
    Ok(())
}

/// The days since `from` that have a count, in order.
pub(super) fn days(c: &Connection, workspace: WorkspaceId, from: Day) -> db::Result<Vec<(Day, u64)>> {
    c.prepare_cached(
        "SELECT day, messages FROM usage_days WHERE workspace_id = :workspace AND day >= :from ORDER BY day",
    )?
    .all(named_params! { ":workspace": workspace, ":from": from }, |row| {
        Ok((row.get(0)?, number(row, 1)?))
    })
}

/// How much of a limit the workspace uses: of the messages, what was counted on the day.
pub(super) fn used(c: &Connection, workspace: WorkspaceId, quota: Quota, day: Day) -> db::Result<u64> {
    match quota {
        Quota::MessagesPerDay => Ok(counted(c, workspace, day)?.0),
        Quota::Sessions => sessions_used(c, workspace),
        Quota::Seats => members(c, workspace),
        Quota::StorageBytes => storage(c, workspace),
    }
}

/// Taken slots for numbers.
pub(super) fn sessions_used(c: &Connection, workspace: WorkspaceId) -> db::Result<u64> {
    let sql = "SELECT COUNT(*) FROM sessions WHERE workspace_id = :workspace AND deleted_at IS NULL";
    c.prepare_cached(sql)?
        .one(named_params! { ":workspace": workspace }, |row| number(row, 0))
}

/// All but guests, who take no seat.
fn members(c: &Connection, workspace: WorkspaceId) -> db::Result<u64> {
    let sql = "SELECT COUNT(*) FROM members m JOIN users u ON u.id = m.user_id
                WHERE m.workspace_id = :workspace AND u.platform_role <> 'guest'";
    c.prepare_cached(sql)?
        .one(named_params! { ":workspace": workspace }, |row| number(row, 0))
}

pub(super) fn storage(c: &Connection, workspace: WorkspaceId) -> db::Result<u64> {
    let found = c
        .prepare_cached("SELECT bytes FROM workspace_storage WHERE workspace_id = :workspace")?
        .maybe(named_params! { ":workspace": workspace }, |row| number(row, 0))?;
    Ok(found.unwrap_or(0))
}

pub(super) fn add_storage(c: &Connection, workspace: WorkspaceId, bytes: i64) -> db::Result<()> {
    c.prepare_cached(
        "INSERT INTO workspace_storage (workspace_id, bytes) VALUES (:workspace, MAX(0, :bytes))
         ON CONFLICT (workspace_id) DO UPDATE SET bytes = MAX(0, bytes + :bytes)",
    )?
    .execute(named_params! { ":workspace": workspace, ":bytes": bytes })?;
    Ok(())
}

/// Recipients of notices about the workspace's limits: its name, and the addresses of its owners.
pub(super) fn owners(c: &Connection, workspace: WorkspaceId) -> db::Result<(String, Vec<String>)> {
    let name = c
        .prepare_cached("SELECT name FROM workspaces WHERE id = :workspace")?
        .query_row(named_params! { ":workspace": workspace }, |row| row.get(0))?;

    Ok((
        name,
        c.prepare_cached(
            "SELECT u.email FROM members m JOIN users u ON u.id = m.user_id
          WHERE m.workspace_id = :workspace AND m.role = 'owner' AND u.verified_at IS NOT NULL
            AND u.suspended_at IS NULL AND u.platform_role <> 'guest'
          ORDER BY u.id",
        )?
        .all(named_params! { ":workspace": workspace }, |row| row.get(0))?,
    ))
}

/// A hidden plan without limits, for benchmarks and tests; created on first use.
pub(super) fn unlimited(c: &Connection, now: UnixMs) -> db::Result<PlanId> {
    let all = serde_json::to_string(Feature::ALL).map_err(|e| DbError::Io(e.to_string()))?;
    c.prepare_cached(
        "INSERT INTO plans (public_id, code, name, description, price_minor, currency, interval, features, position,
                            archived_at, created_at)
         VALUES (:public, 'unlimited', 'Unlimited', '', 0, 'USD', 'month', :features, 1000, :now, :now)
         ON CONFLICT (code) DO NOTHING",
    )?
    .execute(named_params! { ":public": PublicId::new("plan"), ":features": all, ":now": now })?;
    c.prepare_cached("SELECT id FROM plans WHERE code = 'unlimited'")?
        .one([], |row| row.get(0))
}
