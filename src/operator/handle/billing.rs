//! `billing …`: subscriptions and bills, by the operator's hand.

use chrono::NaiveDate;

use super::workspace;
use crate::accounts::Workspace;
use crate::app::App;
use crate::audit::Actor;
use crate::billing::{BillingError, Invoice};
use crate::clock::UnixMs;
use crate::operator::exit::of_db;
use crate::operator::wire::{BillingReport, BillingRequest, Exit, Failure, InvoiceLine, InvoiceList, PlanWish, Reply};

const AT_ONCE: u32 = 50;

pub(super) async fn handle(app: &App, request: BillingRequest) -> Result<Reply, Failure> {
    Ok(match request {
        BillingRequest::Show { workspace } => {
            let workspace = workspace::choose(app, workspace).await?;
            Reply::done(&report(app, &workspace).await?)
        }
        BillingRequest::Invoices { workspace, after } => {
            let scope = workspace::scope(app, workspace).await?;
            let after = after.map(|id| id.parse().map_err(|_| BillingError::NotFound));
            let (invoices, next) = app.billing.invoices(scope, after.transpose()?, AT_ONCE).await?;
            Reply::done(&InvoiceList {
                invoices: invoices.iter().map(line).collect(),
                next: next.map(String::from),
            })
        }
        BillingRequest::Set { workspace, plan, until } => {
            let workspace = workspace::choose(app, workspace).await?;
            let plan = app.plans.find(&plan).await.map_err(|_| BillingError::NoSuchPlan)?;
            let until = until.map(|day| end_of(&day, &workspace, app.clock.now())).transpose()?;
            app.billing
                .set_manual(Actor::Operator, &workspace.public_id, &plan.public_id, until)
                .await?;
            Reply::done(&report(app, &workspace).await?)
        }
        BillingRequest::Requests => {
            let all = app.billing.requests().await?;
            let wish = |request: crate::billing::Request| PlanWish {
                workspace: request.workspace.to_string(),
                name: request.workspace_name,
                plan: request.plan_name,
                since: rfc3339(request.since),
            };
            Reply::done(&all.into_iter().map(wish).collect::<Vec<_>>())
        }
    })
}

async fn report(app: &App, workspace: &Workspace) -> Result<BillingReport, Failure> {
    let scope = workspace::scope_of(app, workspace).await?;
    let overview = app.billing.overview(scope).await?;
    let subscription = overview.subscription.as_ref();
    Ok(BillingReport {
        workspace: workspace.name.clone(),
        plan: overview.plan.name,
        provider: subscription.map(|s| s.provider.to_string()),
        status: subscription.map(|s| s.status.to_string()),
        period_end: subscription.and_then(|s| s.period_end).map(rfc3339),
        cancel_at_period_end: subscription.is_some_and(|s| s.cancel_at_period_end),
        next_plan: overview.next_plan.map(|plan| plan.name),
        also_charged: overview.also.map(|plan| plan.name),
        grace_until: subscription.and_then(|s| s.grace_until).map(rfc3339),
        pending_plan: overview.pending.map(|(_, plan)| plan.name),
    })
}

fn line(invoice: &Invoice) -> InvoiceLine {
    InvoiceLine {
        id: invoice.public_id.to_string(),
        number: invoice.number.clone(),
        amount: invoice.amount.to_string(),
        status: invoice.status.to_string(),
        issued_at: rfc3339(invoice.issued_at),
        url: invoice.hosted_url.clone(),
    }
}

/// The end of this day where the workspace is.
fn end_of(day: &str, workspace: &Workspace, now: UnixMs) -> Result<UnixMs, Failure> {
    let wrong = |why: &str| Failure::new(Exit::Refused, format!("--until {day:?} {why}"));
    let date: NaiveDate = day.parse().map_err(|_| wrong("is not a day; write it as 2027-01-31"))?;
    let next = date.succ_opt().ok_or_else(|| wrong("is too far away"))?;
    let end = workspace.time_zone.begins(next);
    if end > now {
        Ok(end)
    } else {
        Err(wrong("is over already"))
    }
}

fn rfc3339(at: UnixMs) -> String {
    at.to_utc().to_rfc3339()
}

impl From<BillingError> for Failure {
    fn from(error: BillingError) -> Self {
        match error {
            BillingError::NoSuchPlan => {
                Self::new(Exit::NotFound, "there is no such plan; `wamanager plan list` shows all")
            }
            BillingError::NotFound => Self::new(
                Exit::NotFound,
                "there is no such invoice in this workspace; `wamanager billing invoices` shows all",
            ),
            BillingError::Db(error) => Self::new(of_db(&error), error.to_string()),
            other => Self::new(Exit::Refused, other.to_string()),
        }
    }
}
