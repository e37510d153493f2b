//! `plan …`: what workspaces may use, by the operator's hand.

use crate::app::App;
use crate::audit::Actor;
use crate::operator::handle::workspace;
use crate::operator::wire::{Exit, Failure, PlanChange, PlanLine, PlanRequest, Reply, UsageReport};
use crate::plans::{Feature, Interval, Limit, Limits, Plan, PlanDraft};

pub(super) async fn handle(app: &App, request: PlanRequest) -> Result<Reply, Failure> {
    let (plans, actor) = (&app.plans, Actor::Operator);
    let changed = match request {
        PlanRequest::List => {
            let list = plans.list().await?;
            let lines: Vec<_> = list
                .iter()
                .map(|listed| line(&listed.plan, listed.workspaces))
                .collect();
            return Ok(Reply::done(&lines));
        }
        PlanRequest::Usage { workspace } => return usage(app, workspace).await,
        PlanRequest::Show { plan } => plans.find(&plan).await?,
        PlanRequest::Create { code, plan } => plans.create(actor, applied(empty(code), plan)?).await?,
        PlanRequest::Edit { plan, change } => {
            let before = plans.find(&plan).await?;
            let id = before.public_id.clone();
            let kept = before.clone();
            let mut draft = applied(draft_of(before), change)?;
            draft.features = kept.features_with(draft.features);
            plans.edit(actor, &id, draft).await?
        }
        PlanRequest::Archive { plan, archived } => {
            let id = plans.find(&plan).await?.public_id;
            plans.set_archived(actor, &id, archived).await?
        }
        PlanRequest::Default { plan } => {
            let id = plans.find(&plan).await?.public_id;
            plans.set_default(actor, &id).await?
        }
        PlanRequest::Set { workspace, plan } => {
            let home = workspace::choose(app, Some(workspace)).await?;
            let plan = plans.find(&plan).await?;
            plans.assign(actor, &home.public_id, &plan.public_id).await?
        }
    };
    let list = plans.list().await?;
    let on_it = list.iter().find(|listed| listed.plan.id == changed.id);
    Ok(Reply::done(&line(
        &changed,
        on_it.map_or(0, |listed| listed.workspaces),
    )))
}

async fn usage(app: &App, wanted: Option<String>) -> Result<Reply, Failure> {
    let home = workspace::choose(app, wanted).await?;
    let usage = app.plans.usage_of(home.id).await?;
    let pair = |used: crate::plans::Used| (used.used, used.limit.into());
    Ok(Reply::done(&UsageReport {
        workspace: home.public_id.to_string(),
        name: home.name,
        plan: usage.plan.code.clone(),
        messages_today: pair(usage.messages_today),
        sessions: pair(usage.sessions),
        seats: pair(usage.seats),
        storage_bytes: pair(usage.storage),
        resets_at: usage.resets_at.to_utc().to_rfc3339(),
        time_zone: usage.zone.name().to_owned(),
    }))
}

fn empty(code: String) -> PlanDraft {
    PlanDraft {
        name: code.clone(),
        code,
        description: String::new(),
        price_minor: 0,
        currency: "USD".to_owned(),
        interval: Interval::Month,
        limits: Limits::NONE,
        features: Vec::new(),
        stripe_price: None,
        razorpay_plan: None,
    }
}

fn draft_of(plan: Plan) -> PlanDraft {
    PlanDraft {
        code: plan.code,
        name: plan.name,
        description: plan.description,
        price_minor: plan.price_minor,
        currency: plan.currency,
        interval: plan.interval,
        limits: plan.limits,
        features: plan.features,
        stripe_price: plan.stripe_price,
        razorpay_plan: plan.razorpay_plan,
    }
}

fn applied(draft: PlanDraft, change: PlanChange) -> Result<PlanDraft, Failure> {
    let limits = Limits {
        messages_per_day: limit(draft.limits.messages_per_day, change.messages_per_day)?,
        sessions: limit(draft.limits.sessions, change.sessions)?,
        seats: limit(draft.limits.seats, change.seats)?,
        storage_bytes: limit(draft.limits.storage_bytes, change.storage_bytes)?,
    };
    let features = match change.features {
        Some(words) => words.iter().map(|word| feature(word)).collect::<Result<_, _>>()?,
        None => draft.features,
    };
    let given = |new: Option<String>, old| match new {
        Some(id) => Some(id).filter(|id| !id.is_empty()),
        None => old,
    };
    Ok(PlanDraft {
        code: draft.code,
        name: change.name.unwrap_or(draft.name),
        description: change.description.unwrap_or(draft.description),
        price_minor: change.price_minor.unwrap_or(draft.price_minor),
        currency: change.currency.unwrap_or(draft.currency),
        interval: match change.yearly {
            Some(true) => Interval::Year,
            Some(false) => Interval::Month,
            None => draft.interval,
        },
        limits,
        features,
        stripe_price: given(change.stripe_price, draft.stripe_price),
        razorpay_plan: given(change.razorpay_plan, draft.razorpay_plan),
    })
}

fn limit(before: Limit, new: Option<String>) -> Result<Limit, Failure> {
    let Some(new) = new else { return Ok(before) };
    if new == "unlimited" {
        return Ok(Limit::Unlimited);
    }
    let most = new.parse().map_err(|_| {
        let text = format!("{new:?} is no limit; write a whole number, or unlimited");
        Failure::new(Exit::Refused, text)
    })?;
    Ok(Limit::Of(most))
}

fn feature(word: &str) -> Result<Feature, Failure> {
    word.parse()
        .ok()
        .filter(|feature: &Feature| feature.is_built())
        .ok_or_else(|| {
            let known: Vec<_> = Feature::BUILT.iter().map(ToString::to_string).collect();
            let text = format!("{word:?} is no feature; use some of: {}", known.join(", "));
            Failure::new(Exit::Refused, text)
        })
}

fn line(plan: &Plan, workspaces: u64) -> PlanLine {
    PlanLine {
        id: plan.public_id.to_string(),
        code: plan.code.clone(),
        name: plan.name.clone(),
        description: plan.description.clone(),
        price_minor: plan.price_minor,
        currency: plan.currency.clone(),
        interval: plan.interval.to_string(),
        messages_per_day: plan.limits.messages_per_day.into(),
        sessions: plan.limits.sessions.into(),
        seats: plan.limits.seats.into(),
        storage_bytes: plan.limits.storage_bytes.into(),
        features: plan.offers().iter().map(ToString::to_string).collect(),
        default: plan.is_default,
        archived: plan.is_archived(),
        stripe_price: plan.stripe_price.clone(),
        razorpay_plan: plan.razorpay_plan.clone(),
        workspaces,
    }
}
