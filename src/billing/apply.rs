//! Applies a changed subscription, in one transaction: the plan, the audit log, the event
//! and the emails.

use rusqlite::Connection;
use serde_json::json;

use super::emails;
use super::model::Subscription;
use super::rules::Effect;
use super::store;
use crate::audit::{self, Action, Actor, Entry};
use crate::clock::UnixMs;
use crate::db;
use crate::events::{self, Event};
use crate::ids::{PlanId, WorkspaceId};
use crate::mail::Mailer;
use crate::plans;

/// Replaces `old` by `new` and does everything that follows from it.
pub(super) fn apply_in(
    tx: &Connection,
    mailer: &Mailer,
    actor: Actor,
    (old, new): (Option<&Subscription>, &Subscription),
    effects: &[Effect],
    now: UnixMs,
) -> db::Result<()> {
    store::put(tx, new, now)?;
    if old.and_then(Subscription::gives) != new.gives() {
        let plan = new.gives().map_or_else(|| store::default_plan(tx), Ok)?;
        set_plan_in(tx, new.workspace, plan, now)?;
    }
    for effect in effects {
        if let Effect::EndAtProvider(provider, reference) = effect {
            store::put_end(tx, *provider, reference, now)?;
            continue;
        }
        record_in(tx, actor, new, effect, now)?;
        emails::tell_in(tx, mailer, new, effect, now)?;
    }
    Ok(())
}

/// Limits apply at once, and open pages are refreshed.
pub(super) fn set_plan_in(tx: &Connection, workspace: WorkspaceId, plan: PlanId, now: UnixMs) -> db::Result<()> {
    plans::set_plan_in(tx, workspace, plan, now)?;
    let (plan, _, _) = store::plan_names(tx, plan)?;
    events::append(tx, workspace, &Event::PlanChanged { plan }, now)?;
    Ok(())
}

fn record_in(tx: &Connection, actor: Actor, new: &Subscription, effect: &Effect, now: UnixMs) -> db::Result<()> {
    let action = match effect {
        Effect::Started => Action::SubscriptionStarted,
        Effect::PlanChanged | Effect::CancelTakenBack | Effect::TwoPlans => Action::SubscriptionChanged,
        Effect::CancelPlanned => Action::SubscriptionCancelled,
        Effect::PaymentFailed => Action::PaymentFailed,
        Effect::Recovered => Action::PaymentSucceeded,
        Effect::Lapsed | Effect::Ended => Action::SubscriptionEnded,
        Effect::EndAtProvider(..) => return Ok(()),
    };
    let (_, code, name) = store::plan_names(tx, new.plan)?;
    let mut detail = json!({ "plan": code, "provider": new.provider, "status": new.status });
    if let Some(also) = new.also {
        detail["also_charged"] = store::plan_names(tx, also)?.1.into();
    }
    let entry = Entry::new(actor, action).at(new.workspace).target(name).detail(detail);
    audit::record_in(tx, &entry, now)
}
