//! The gate: what other rooms call in the transaction that uses something up.

use rusqlite::Connection;

use super::day::{Day, Today};
use super::limits::{Limit, Limits, Quota};
use super::model::{Feature, Plan, PlanError};
use super::notices::TellUsage;
use super::store;
use super::sync_limits::SyncPlanLimits;
use crate::clock::UnixMs;
use crate::db;
use crate::i18n::Text;
use crate::ids::{PlanId, WorkspaceId};
use crate::jobs;
use crate::zone::Zone;

/// The plan that a workspace is on.
///
/// # Errors
/// `NotFound` when there is no such workspace.
pub fn plan_of(c: &Connection, workspace: WorkspaceId) -> db::Result<Plan> {
    store::plan_of(c, workspace)
}

/// The limits that a workspace is under.
///
/// # Errors
/// As [`plan_of`].
pub fn limits_in(c: &Connection, workspace: WorkspaceId) -> db::Result<Limits> {
    Ok(store::plan_of(c, workspace)?.limits)
}

/// # Errors
/// [`PlanError::FeatureMissing`] when the workspace's plan does not include `feature`.
pub fn require_feature_in(c: &Connection, workspace: WorkspaceId, feature: Feature) -> Result<(), PlanError> {
    let plan = store::plan_of(c, workspace)?;
    if plan.has(feature) {
        return Ok(());
    }
    Err(PlanError::FeatureMissing {
        feature,
        plan: plan.name,
    })
}

/// Whether `more` fit beside the `used` ones. Call it in the transaction that adds them, with what that transaction
/// sees, so that two at once never share the last place.
///
/// # Errors
/// [`PlanError::LimitReached`].
pub fn require_room_in(
    c: &Connection,
    workspace: WorkspaceId,
    quota: Quota,
    used: u32,
    more: u32,
) -> Result<(), PlanError> {
    room(c, workspace, quota, used.into(), more.into())
}

/// Whether `more` bytes may be kept beside what the workspace keeps.
///
/// # Errors
/// [`PlanError::LimitReached`].
pub fn require_storage_in(c: &Connection, workspace: WorkspaceId, more: u64) -> Result<(), PlanError> {
    let used = store::storage(c, workspace)?;
    room(c, workspace, Quota::StorageBytes, used, more)
}

fn room(c: &Connection, workspace: WorkspaceId, quota: Quota, used: u64, more: u64) -> Result<(), PlanError> {
    let plan = store::plan_of(c, workspace)?;
    match plan.limit(quota) {
        Limit::Of(limit) if !plan.limit(quota).has_room(used, more) => Err(PlanError::LimitReached {
            quota,
            limit,
            plan: plan.name,
            resets_at: None,
            zone: store::zone(c, workspace)?,
        }),
        _ => Ok(()),
    }
}

/// How many of the wanted messages may be sent today.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Granted {
    pub granted: u32,
    /// The day that they count on.
    pub day: Day,
    /// When the next day begins.
    pub resets_at: UnixMs,
}

/// Counts up to `wanted` messages on the workspace's day, as many as its limit leaves. Call it in the transaction
/// that takes the messages out to be sent: what is granted is used, unless it is given back.
///
/// # Errors
/// `NotFound` when there is no such workspace.
pub fn claim_messages_in(tx: &Connection, workspace: WorkspaceId, wanted: u32, now: UnixMs) -> db::Result<Granted> {
    let limit = store::daily(tx, workspace)?;
    let Today { day, ends, .. } = store::today(tx, workspace, now)?;
    let (used, told) = store::counted(tx, workspace, day)?;
    let granted = u32::try_from(limit.left(used)).unwrap_or(u32::MAX).min(wanted);
    // The owners are notified when the limit is nearly reached, and again when something has to wait or none is left.
    let tell = match limit.percent(used + u64::from(granted)) {
        _ if limit == Limit::Unlimited => 0,
        100 => 100,
        80.. => 80,
        _ => 0,
    };
    if granted > 0 || tell > told {
        store::count(tx, workspace, day, granted, tell)?;
    }
    if tell > told {
        let job = TellUsage {
            workspace,
            day,
            percent: tell,
        };
        jobs::enqueue_in(tx, &job, job.order(), now)?;
    }
    Ok(Granted {
        granted,
        day,
        resets_at: ends,
    })
}

/// Takes back the count of `messages` that were claimed on `day` and did not go out.
pub fn give_back_messages_in(tx: &Connection, workspace: WorkspaceId, day: Day, messages: u32) -> db::Result<()> {
    if messages == 0 {
        return Ok(());
    }
    store::uncount(tx, workspace, day, messages)
}

/// Counts messages that went out although nothing was claimed for them: a late word of the server. They count beyond
/// the limit, too, since they are sent.
pub fn count_sent_in(tx: &Connection, workspace: WorkspaceId, messages: u32, now: UnixMs) -> db::Result<()> {
    let day = store::today(tx, workspace, now)?.day;
    store::count(tx, workspace, day, messages, 0)
}

/// How many messages may still go out today, and when the next day begins. `None` without a limit.
///
/// # Errors
/// `NotFound` when there is no such workspace.
pub fn messages_left_in(c: &Connection, workspace: WorkspaceId, now: UnixMs) -> db::Result<Option<MessagesLeft>> {
    let limit = store::daily(c, workspace)?;
    let Limit::Of(most) = limit else { return Ok(None) };
    let Today { day, ends, zone, .. } = store::today(c, workspace, now)?;
    let (used, _) = store::counted(c, workspace, day)?;
    Ok(Some(MessagesLeft {
        limit: most,
        left: limit.left(used),
        resets_at: ends,
        zone,
    }))
}

/// What is left of a day's limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MessagesLeft {
    pub limit: u64,
    pub left: u64,
    pub resets_at: UnixMs,
    pub zone: Zone,
}

impl MessagesLeft {
    /// That the day's limit is reached, when it starts again, and what becomes of what is written now.
    #[must_use]
    pub fn reached(&self) -> Text {
        let text = Text::new("plans-limit-reached");
        text.count(self.limit).at("time", self.resets_at, self.zone)
    }
}

/// Whether the workspace may be put on `plan`: on an archived one only where it is on it already. Call it in the
/// transaction of an administrator's assignment; what is paid for elsewhere is followed without it.
///
/// # Errors
/// [`PlanError::Archived`].
pub fn require_on_offer_in(c: &Connection, workspace: WorkspaceId, plan: PlanId) -> Result<(), PlanError> {
    let is_archived = store::by_id(c, plan)?.is_archived();
    if is_archived && store::plan_of(c, workspace)?.id != plan {
        return Err(PlanError::Archived);
    }
    Ok(())
}

/// Puts the workspace on another plan. Its limits are followed at once: wake the jobs after the commit.
pub fn set_plan_in(tx: &Connection, workspace: WorkspaceId, plan: PlanId, now: UnixMs) -> db::Result<()> {
    store::by_id(tx, plan)?;
    store::set_plan(tx, workspace, plan, now)?;
    SyncPlanLimits::enqueue_in(tx, workspace, now)
}

/// The workspace was in the zone `before` until now: its current day continues until the first midnight of the new zone
/// that begins a later one, so that a move gives nobody more messages. Messages waiting for the next day are checked
/// again. Wake the jobs after the commit.
pub fn keep_day_in(tx: &Connection, workspace: WorkspaceId, before: Zone, now: UnixMs) -> db::Result<()> {
    let (zone, kept) = store::days_of(tx, workspace)?;
    let kept = Today::of(now, before, kept).kept_for(zone, now);
    store::keep_day(tx, workspace, kept)?;
    SyncPlanLimits::enqueue_in(tx, workspace, now)
}

/// Puts the workspace on a hidden plan without limits: benchmarks measure the program, not a plan.
pub fn set_unlimited_in(tx: &Connection, workspace: WorkspaceId, now: UnixMs) -> db::Result<()> {
    let plan = store::unlimited(tx, now)?;
    set_plan_in(tx, workspace, plan, now)
}

/// Counts bytes that were stored for a workspace's attachments, or removed when negative.
pub fn add_storage_in(tx: &Connection, workspace: WorkspaceId, bytes: i64) -> db::Result<()> {
    store::add_storage(tx, workspace, bytes)
}

/// Bytes that the workspace keeps.
pub fn storage_used_in(c: &Connection, workspace: WorkspaceId) -> db::Result<u64> {
    store::storage(c, workspace)
}
