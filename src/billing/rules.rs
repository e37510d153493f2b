//! The rules by which a subscription changes: no clock, no database and no provider, so that each is one line of a
//! table in the tests.
//!
//! A provider's events arrive late, twice and out of order. The rules therefore never count them: they compare the
//! provider's state with the stored one, and a state older than the last one applied changes nothing.

use std::time::Duration;

use super::model::{Move, ProviderKind, Subscription, SubscriptionStatus};
use crate::clock::UnixMs;
use crate::ids::{PlanId, WorkspaceId};

/// A subscription's payment state at its provider.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChargeState {
    /// Paid, or in a trial.
    Paid,
    /// A renewal could not be charged; the provider retries.
    Overdue,
    /// The first payment was not made yet.
    Unpaid,
    /// It has ended permanently.
    Ended,
}

/// A provider's state of a subscription, with our plan of its price.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    pub provider: ProviderKind,
    pub reference: String,
    /// `None` when none of our plans has this price.
    pub plan: Option<PlanId>,
    /// The provider's id of the plan's line.
    pub line: Option<String>,
    /// Another plan that it charges for.
    pub also: Option<PlanId>,
    pub charge: ChargeState,
    pub period_start: Option<UnixMs>,
    pub period_end: Option<UnixMs>,
    /// `None` when the provider does not say.
    pub cancel_at_period_end: Option<bool>,
    /// The provider's time.
    pub at: UnixMs,
}

/// A consequence of a change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    Started,
    /// Another plan in the same subscription.
    PlanChanged,
    CancelPlanned,
    CancelTakenBack,
    PaymentFailed,
    Recovered,
    /// The grace period is over.
    Lapsed,
    Ended,
    /// It charges for two plans: an administrator has to correct that.
    TwoPlans,
    /// No workspace uses it any more: the provider must not charge for it.
    EndAtProvider(ProviderKind, String),
}

/// The outcome of an event or of time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// A newer state was applied before.
    Late,
    /// It is about a subscription that no longer counts.
    Ignored,
    SyncPlanLimits(Subscription, Vec<Effect>),
}

/// Applies the provider's state. `fallback` is the plan of the open checkout, for a price of no plan.
#[must_use]
pub fn follow(
    workspace: WorkspaceId,
    current: Option<&Subscription>,
    snapshot: &Snapshot,
    fallback: Option<PlanId>,
    grace: Duration,
    now: UnixMs,
) -> Outcome {
    let same =
        |s: &&Subscription| s.provider == snapshot.provider && s.reference.as_deref() == Some(&snapshot.reference);
    match current.filter(same) {
        Some(known) if snapshot.at < known.heard_at => Outcome::Late,
        Some(known) => update(known, snapshot, grace, now),
        None => adopt(workspace, current, snapshot, fallback, now),
    }
}

/// A subscription that was unknown before.
fn adopt(
    workspace: WorkspaceId,
    current: Option<&Subscription>,
    snapshot: &Snapshot,
    fallback: Option<PlanId>,
    now: UnixMs,
) -> Outcome {
    let Some(plan) = snapshot.plan.or(fallback) else {
        return Outcome::Ignored;
    };
    let idle = current.is_none_or(|s| !s.is_live());
    let (status, in_force) = match snapshot.charge {
        ChargeState::Paid => (SubscriptionStatus::Active, true),
        ChargeState::Unpaid if idle => (SubscriptionStatus::Incomplete, false),
        ChargeState::Unpaid | ChargeState::Overdue | ChargeState::Ended => return Outcome::Ignored,
    };
    let new = Subscription {
        workspace,
        plan,
        provider: snapshot.provider,
        reference: Some(snapshot.reference.clone()),
        status,
        in_force,
        period_start: snapshot.period_start,
        period_end: snapshot.period_end,
        cancel_at_period_end: snapshot.cancel_at_period_end.unwrap_or(false),
        next_plan: None,
        grace_until: None,
        line: snapshot.line.clone(),
        also: snapshot.also,
        heard_at: snapshot.at,
        updated_at: now,
    };
    let mut effects = Vec::new();
    if in_force {
        effects.push(Effect::Started);
    }
    if snapshot.also.is_some() {
        effects.push(Effect::TwoPlans);
    }
    // Paid twice, in two browser tabs or after a lapse: the older one must not be charged any more.
    if let Some(old) = current.filter(|s| s.is_live())
        && let Some(reference) = &old.reference
    {
        effects.push(Effect::EndAtProvider(old.provider, reference.clone()));
    }
    Outcome::SyncPlanLimits(new, effects)
}

fn update(known: &Subscription, snapshot: &Snapshot, grace: Duration, now: UnixMs) -> Outcome {
    let mut new = known.clone();
    (new.heard_at, new.updated_at) = (snapshot.at, now);
    (new.line, new.also) = (snapshot.line.clone().or(new.line), snapshot.also);
    let rolled = matches!((known.period_end, snapshot.period_end), (Some(old), Some(new)) if new > old);
    // It ended with its period, and the provider is a little behind: only another period revives it.
    if known.status == SubscriptionStatus::Cancelled && snapshot.charge == ChargeState::Paid && !rolled {
        return Outcome::Ignored;
    }
    new.period_start = snapshot.period_start.or(known.period_start);
    new.period_end = snapshot.period_end.or(known.period_end);
    if let Some(cancel) = snapshot.cancel_at_period_end {
        new.cancel_at_period_end = cancel;
    }
    match snapshot.charge {
        ChargeState::Paid => {
            (new.status, new.in_force, new.grace_until) = (SubscriptionStatus::Active, true, None);
            // Right after a period ends the provider may still report the old plan: the next one was planned here.
            let behind = !rolled && known.period_end.is_some_and(|end| end <= now);
            choose_plan(&mut new, snapshot.plan.filter(|_| !behind), rolled);
        }
        // An unpaid plan is never better than the current one, and the first payment is not a renewal.
        ChargeState::Overdue if known.status != SubscriptionStatus::Incomplete => {
            new.status = SubscriptionStatus::PastDue;
            // From the provider's clock too: ours may be behind, and its correction must not end the grace period.
            new.grace_until = known.grace_until.or(Some(now.max(snapshot.at).plus(grace)));
            if rolled && let Some(next) = new.next_plan.take() {
                new.plan = next;
            }
        }
        ChargeState::Unpaid if !known.in_force => new.status = SubscriptionStatus::Incomplete,
        ChargeState::Overdue | ChargeState::Unpaid => {}
        ChargeState::Ended => end(&mut new),
    }
    let effects = effects(known, &new);
    Outcome::SyncPlanLimits(new, effects)
}

/// The paid plan: the one that the provider charges for, unless that is only meant for the next period.
fn choose_plan(new: &mut Subscription, snapshot: Option<PlanId>, rolled: bool) {
    match snapshot {
        Some(plan) if Some(plan) == new.next_plan && !rolled => {}
        // Some providers report the next price only once it applies.
        Some(plan) if plan == new.plan && !rolled => {}
        Some(plan) => (new.plan, new.next_plan) = (plan, None),
        None if rolled => {
            if let Some(next) = new.next_plan.take() {
                new.plan = next;
            }
        }
        None => {}
    }
}

fn end(subscription: &mut Subscription) {
    subscription.status = SubscriptionStatus::Cancelled;
    subscription.in_force = false;
    subscription.cancel_at_period_end = false;
    subscription.next_plan = None;
    subscription.grace_until = None;
    subscription.also = None;
}

fn effects(old: &Subscription, new: &Subscription) -> Vec<Effect> {
    use SubscriptionStatus::{Active, Cancelled, PastDue};
    let mut effects = Vec::new();
    match (old.status, new.status) {
        (before, Cancelled) if before != Cancelled => return vec![Effect::Ended],
        (PastDue, Active) => effects.push(Effect::Recovered),
        (before, PastDue) if before != PastDue => effects.push(Effect::PaymentFailed),
        (before, Active) if before != Active => effects.push(Effect::Started),
        _ => {}
    }
    if old.in_force && new.in_force && old.plan != new.plan {
        effects.push(Effect::PlanChanged);
    }
    match (old.cancel_at_period_end, new.cancel_at_period_end) {
        (false, true) => effects.push(Effect::CancelPlanned),
        (true, false) => effects.push(Effect::CancelTakenBack),
        _ => {}
    }
    if old.also.is_none() && new.also.is_some() {
        effects.push(Effect::TwoPlans);
    }
    effects
}

/// What time alone changes: expired grace and periods. `None` for nothing.
#[must_use]
pub fn elapse(known: &Subscription, now: UnixMs) -> Option<(Subscription, Vec<Effect>)> {
    let mut new = known.clone();
    new.updated_at = now;
    let over = |at: Option<UnixMs>| at.is_some_and(|at| at <= now);
    if known.is_live() && over(known.period_end) && known.cancel_at_period_end {
        end(&mut new);
        return Some((new, vec![Effect::Ended]));
    }
    let mut effects = Vec::new();
    if known.status == SubscriptionStatus::PastDue && known.in_force && over(known.grace_until) {
        new.in_force = false;
        effects.push(Effect::Lapsed);
    }
    if known.is_live()
        && over(known.period_end)
        && let Some(next) = new.next_plan.take()
    {
        new.plan = next;
        if new.in_force {
            effects.push(Effect::PlanChanged);
        }
        return Some((new, effects));
    }
    (!effects.is_empty()).then_some((new, effects))
}

/// What the choice of a plan means in the current state.
///
/// `dearer` says whether the wanted plan costs more than the one in force.
#[must_use]
pub fn movement(current: Option<&Subscription>, in_force: PlanId, wanted: PlanId, free: bool, dearer: bool) -> Move {
    let paid = current.filter(|s| s.in_force && s.reference.is_some());
    let planned = paid.is_some_and(|s| s.cancel_at_period_end || s.next_plan.is_some());
    match paid {
        _ if wanted == in_force && planned => Move::Keep,
        _ if wanted == in_force => Move::Nothing,
        Some(_) if free => Move::Cancel,
        // A plan assigned by hand is given up by hand.
        None => Move::Start,
        Some(_) if dearer => Move::Up,
        Some(_) => Move::Down,
    }
}

/// The approximate price difference for the rest of the period: the provider's amount is final.
#[must_use]
pub fn difference(old_minor: u64, new_minor: u64, period: Option<(UnixMs, UnixMs)>, now: UnixMs) -> u64 {
    let whole = new_minor.saturating_sub(old_minor);
    let Some((start, end)) = period else { return whole };
    let (length, rest) = (end.since(start).as_secs(), end.since(now).as_secs());
    if length == 0 {
        return whole;
    }
    let share = u128::from(whole) * u128::from(rest.min(length)) / u128::from(length);
    u64::try_from(share).unwrap_or(whole)
}
