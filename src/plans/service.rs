//! What pages, the API and the command line call.

use rusqlite::Connection;

use super::day::Day;
use super::limits::{Limit, Quota};
use super::model::{Plan, PlanDraft, PlanError};
use super::sync_limits::SyncPlanLimits;
use super::{gate, store};
use crate::accounts::{FieldError, Scope};
use crate::audit::{self, Action, Admin};
use crate::clock::{Clock, UnixMs};
use crate::db::{self, Db};
use crate::i18n::Text;
use crate::ids::{PublicId, WorkspaceId};
use crate::jobs::Jobs;
use crate::zone::Zone;

/// Cheap to clone.
#[derive(Clone)]
pub struct Plans {
    db: Db,
    clock: Clock,
    jobs: Jobs,
}

/// A plan in the administrator's list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    pub plan: Plan,
    /// Workspaces on it.
    pub workspaces: u64,
}

/// The usage of one limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Used {
    pub used: u64,
    /// `null` in JSON means without limit.
    pub limit: Limit,
}

impl Used {
    #[must_use]
    pub fn percent(&self) -> u8 {
        self.limit.percent(self.used)
    }
}

/// The messages of one day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
pub struct DayUsage {
    pub day: Day,
    pub messages: u64,
}

/// A workspace's usage of its plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Usage {
    pub plan: Plan,
    /// Since when it has a plan other than the default; `None` on the default one.
    pub since: Option<UnixMs>,
    /// The workspace's current day.
    pub today: Day,
    /// When the next day begins.
    pub resets_at: UnixMs,
    pub zone: Zone,
    /// How much is used, in the order of [`Quota::ALL`]. Open invitations are added by the team room.
    counts: Vec<u64>,
    /// The last 30 days up to today, each with its count.
    pub days: Vec<DayUsage>,
}

impl Usage {
    /// How much of a limit is used.
    #[must_use]
    pub fn of(&self, quota: Quota) -> Used {
        let counted = Quota::ALL.iter().zip(&self.counts).find(|(one, _)| **one == quota);
        Used {
            used: counted.map_or(0, |(_, count)| *count),
            limit: self.plan.limit(quota),
        }
    }
}

const DAYS_SHOWN: u64 = 30;

impl Plans {
    #[must_use]
    pub fn new(db: Db, clock: Clock, jobs: Jobs) -> Self {
        Self { db, clock, jobs }
    }

    /// The plans on offer, from the smallest to the largest.
    pub async fn offered(&self) -> Result<Vec<Plan>, PlanError> {
        let mut all = self.db.read(|c| Ok::<_, PlanError>(all_in(c)?)).await?;
        all.retain(|plan| !plan.is_archived());
        Ok(all)
    }

    /// All plans with the number of workspaces on each; those not on offer come last.
    pub async fn list(&self, _: Admin) -> Result<Vec<Listed>, PlanError> {
        let listed = |(plan, workspaces)| Listed { plan, workspaces };
        self.db
            .read(move |c| Ok(store::list(c)?.into_iter().map(listed).collect()))
            .await
    }

    /// # Errors
    /// [`PlanError::NotFound`].
    pub async fn get(&self, id: &PublicId) -> Result<Plan, PlanError> {
        let id = id.clone();
        self.db.read(move |c| Ok(store::find(c, &id)?)).await
    }

    /// The plan with this code or public id.
    ///
    /// # Errors
    /// [`PlanError::NotFound`].
    pub async fn find(&self, wanted: &str) -> Result<Plan, PlanError> {
        let (code, id) = (wanted.to_ascii_lowercase(), wanted.parse::<PublicId>());
        self.db
            .read(move |c| match store::by_code(c, &code)? {
                Some(plan) => Ok(plan),
                None => Ok(store::find(c, &id.map_err(|_| PlanError::NotFound)?)?),
            })
            .await
    }

    /// The plan of the workspace.
    pub async fn plan(&self, scope: Scope) -> Result<Plan, PlanError> {
        self.db.read(move |c| Ok(gate::plan_of(c, scope.workspace)?)).await
    }

    /// What the workspace uses of it.
    pub async fn usage(&self, scope: Scope) -> Result<Usage, PlanError> {
        self.count_usage(scope.workspace).await
    }

    /// [`Self::usage`] of any workspace.
    pub async fn usage_of(&self, _: Admin, workspace: WorkspaceId) -> Result<Usage, PlanError> {
        self.count_usage(workspace).await
    }

    async fn count_usage(&self, workspace: WorkspaceId) -> Result<Usage, PlanError> {
        let now = self.clock.now();
        self.db.read(move |c| Ok(usage_in(c, workspace, now)?)).await
    }

    /// The names of the plans that these workspaces are on, in their order.
    pub async fn names_of(&self, _: Admin, workspaces: Vec<WorkspaceId>) -> Result<Vec<String>, PlanError> {
        let name = |c: &Connection, workspace| Ok::<_, PlanError>(gate::plan_of(c, workspace)?.name);
        self.db
            .read(move |c| workspaces.into_iter().map(|workspace| name(c, workspace)).collect())
            .await
    }

    /// What is left of today's messages; `None` without a limit. One small read.
    pub async fn messages_left(&self, scope: Scope) -> Result<Option<gate::MessagesLeft>, PlanError> {
        let now = self.clock.now();
        self.db
            .read(move |c| Ok(gate::messages_left_in(c, scope.workspace, now)?))
            .await
    }

    /// Whether there is room for one more number, for a page that would offer it.
    ///
    /// # Errors
    /// [`PlanError::LimitReached`].
    pub async fn require_session_room(&self, scope: Scope) -> Result<(), PlanError> {
        self.db
            .read(move |c| {
                let used = store::sessions_used(c, scope.workspace)?;
                let used = u32::try_from(used).unwrap_or(u32::MAX);
                gate::require_room_in(c, scope.workspace, Quota::Sessions, used, 1)
            })
            .await
    }

    // For administrators.

    /// # Errors
    /// [`PlanError::Invalid`], also when the code is taken.
    pub async fn create(&self, admin: Admin, draft: PlanDraft) -> Result<Plan, PlanError> {
        let (draft, now) = (draft.check()?, self.clock.now());
        self.db
            .write(move |tx| {
                if store::by_code(tx, &draft.code)?.is_some() {
                    let taken = FieldError::new("code", Text::new("plans-code-taken"));
                    return Err(PlanError::Invalid(vec![taken]));
                }
                let id = store::insert(tx, &draft, now)?;
                let plan = store::by_id(tx, id)?;
                record(tx, admin, Action::PlanCreated, &plan, now)?;
                Ok(plan)
            })
            .await
    }

    /// Has the workspace's numbers and waiting messages look at what they may: it was closed, or opened again.
    pub async fn follow(&self, _: Admin, workspace: WorkspaceId) -> Result<(), PlanError> {
        let now = self.clock.now();
        self.db
            .write(move |tx| Ok::<_, PlanError>(SyncPlanLimits::enqueue_in(tx, workspace, now)?))
            .await?;
        self.jobs.wake();
        Ok(())
    }

    /// Changes everything but the code. New limits hold at once for every workspace on the plan.
    ///
    /// # Errors
    /// [`PlanError::NotFound`] or [`PlanError::Invalid`].
    pub async fn edit(&self, admin: Admin, id: &PublicId, draft: PlanDraft) -> Result<Plan, PlanError> {
        let (id, now) = (id.clone(), self.clock.now());
        let plan = self
            .db
            .write(move |tx| {
                let before = store::find(tx, &id)?;
                let code = before.code.clone();
                let draft = PlanDraft { code, ..draft }.check()?;
                store::update(tx, before.id, &draft)?;
                let plan = store::by_id(tx, before.id)?;
                if plan.limits != before.limits {
                    for workspace in store::workspaces_on(tx, plan.id)? {
                        SyncPlanLimits::enqueue_in(tx, workspace, now)?;
                    }
                }
                if plan != before {
                    record(tx, admin, Action::PlanEdited, &plan, now)?;
                }
                Ok::<_, PlanError>(plan)
            })
            .await?;
        self.jobs.wake();
        Ok(plan)
    }

    /// Takes the plan off the list, or puts it back. Whoever is on it stays.
    ///
    /// # Errors
    /// [`PlanError::NotFound`] or [`PlanError::IsDefault`].
    pub async fn set_archived(&self, admin: Admin, id: &PublicId, archived: bool) -> Result<Plan, PlanError> {
        let (id, now) = (id.clone(), self.clock.now());
        self.db
            .write(move |tx| {
                let before = store::find(tx, &id)?;
                if before.is_default && archived {
                    return Err(PlanError::IsDefault);
                }
                if before.is_archived() != archived {
                    store::set_archived(tx, before.id, archived.then_some(now))?;
                    let action = if archived {
                        Action::PlanArchived
                    } else {
                        Action::PlanEdited
                    };
                    record(tx, admin, action, &before, now)?;
                }
                Ok(store::by_id(tx, before.id)?)
            })
            .await
    }

    /// Makes it the plan of every workspace that has no other, from now on.
    ///
    /// # Errors
    /// [`PlanError::NotFound`] or [`PlanError::Archived`].
    pub async fn set_default(&self, admin: Admin, id: &PublicId) -> Result<Plan, PlanError> {
        let (id, now) = (id.clone(), self.clock.now());
        let plan = self
            .db
            .write(move |tx| {
                let plan = store::find(tx, &id)?;
                if plan.is_archived() {
                    return Err(PlanError::Archived);
                }
                if !plan.is_default {
                    store::set_default(tx, plan.id)?;
                    for workspace in store::workspaces_by_default(tx)? {
                        SyncPlanLimits::enqueue_in(tx, workspace, now)?;
                    }
                    record(tx, admin, Action::PlanEdited, &plan, now)?;
                }
                Ok(store::by_id(tx, plan.id)?)
            })
            .await?;
        self.jobs.wake();
        Ok(plan)
    }

    /// Moves the plan one place up or down in the row.
    ///
    /// # Errors
    /// [`PlanError::NotFound`].
    pub async fn shift(&self, _: Admin, id: &PublicId, up: bool) -> Result<(), PlanError> {
        let id = id.clone();
        self.db
            .write(move |tx| Ok(store::swap(tx, &store::find(tx, &id)?, up)?))
            .await
    }

    /// Puts a workspace on a plan by the administrator's word. What it pays elsewhere is not touched.
    ///
    /// # Errors
    /// [`PlanError::NotFound`], or [`PlanError::Archived`] unless the workspace is on that plan already.
    pub async fn assign(&self, admin: Admin, workspace: &PublicId, plan: &PublicId) -> Result<Plan, PlanError> {
        let (workspace, plan, now) = (workspace.clone(), plan.clone(), self.clock.now());
        let plan = self
            .db
            .write(move |tx| {
                let (workspace, plan) = (store::find_workspace(tx, &workspace)?, store::find(tx, &plan)?);
                let before = store::plan_of(tx, workspace)?;
                gate::require_on_offer_in(tx, workspace, plan.id)?;
                gate::set_plan_in(tx, workspace, plan.id, now)?;
                let detail = serde_json::json!({ "from": before.code, "to": plan.code, "provider": "manual" });
                let entry = admin
                    .entry(Action::PlanGranted)
                    .at(workspace)
                    .target(&plan.name)
                    .detail(detail);
                audit::record_in(tx, &entry, now)?;
                Ok::<_, PlanError>(plan)
            })
            .await?;
        self.jobs.wake();
        Ok(plan)
    }
}

/// Every plan, also those not on offer, which come last.
pub fn all_in(c: &Connection) -> db::Result<Vec<Plan>> {
    Ok(store::list(c)?.into_iter().map(|(plan, _)| plan).collect())
}

fn record(tx: &Connection, admin: Admin, action: Action, plan: &Plan, now: UnixMs) -> db::Result<()> {
    let limits = &plan.limits;
    let detail = serde_json::json!({
        "code": plan.code, "price_minor": plan.price_minor, "currency": plan.currency, "limits": limits,
        "features": plan.offers(), "default": plan.is_default,
    });
    let entry = admin.entry(action).target(&plan.name).detail(detail);
    audit::record_in(tx, &entry, now)
}

fn usage_in(c: &Connection, workspace: WorkspaceId, now: UnixMs) -> db::Result<Usage> {
    let (plan, now_is) = (store::plan_of(c, workspace)?, store::today(c, workspace, now)?);
    let today = now_is.day;
    let from = today.before(DAYS_SHOWN - 1);
    let counted = store::days(c, workspace, from)?;
    let of = |day: Day| {
        counted
            .iter()
            .find(|(counted, _)| *counted == day)
            .map_or(0, |(_, messages)| *messages)
    };
    let days = (0..DAYS_SHOWN).rev().map(|ago| today.before(ago));
    let counts = Quota::ALL.iter().map(|quota| store::used(c, workspace, *quota, today));
    Ok(Usage {
        since: store::since(c, workspace)?,
        today,
        resets_at: now_is.ends,
        zone: now_is.zone,
        counts: counts.collect::<Result<_, _>>()?,
        days: days.map(|day| DayUsage { day, messages: of(day) }).collect(),
        plan,
    })
}
