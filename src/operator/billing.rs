//! `wamanager billing`: the plans and payments of workspaces.

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::{Call, OPERATOR};
use super::home::InWorkspace;
use super::sheet::{Sheet, Table, figure, id, key, note, text, time};
use super::wire::Answer;
use super::words::rfc3339;
use super::{Failure, home};
use crate::accounts::Workspace;
use crate::billing::{BillingError, Invoice, Overview, Request};
use crate::clock::UnixMs;
use crate::db::Page;

const AT_ONCE: u32 = 50;

#[derive(Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillingCommand {
    /// Show the plan of a workspace and how it is paid for
    #[command(after_help = "Example:\n  wamanager billing show --workspace Shop")]
    Show(InWorkspace),
    /// Show the invoices of a workspace, the newest first
    #[command(after_help = "Example:\n  wamanager billing invoices --workspace Shop --json")]
    Invoices(InvoicesArgs),
    /// Put a workspace on a plan by hand; payments to a provider end
    #[command(after_help = "Examples:\n  wamanager billing set pro --workspace Shop\n  \
                            wamanager billing set business --workspace Shop --until 2027-01-31")]
    Set(SetArgs),
    /// Show which workspaces ask for a plan
    #[command(after_help = "Example:\n  wamanager billing requests")]
    Requests,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvoicesArgs {
    #[command(flatten)]
    of: InWorkspace,
    /// Continue after the last page: the ID it ended with
    #[arg(long, value_name = "ID")]
    after: Option<String>,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetArgs {
    /// Code of the plan, for example pro
    plan: String,
    #[command(flatten)]
    of: InWorkspace,
    /// Its last day, in the workspace's time zone [default: the plan stays]
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Option<String>,
}

impl BillingCommand {
    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        let app = call.app;
        match self {
            Self::Show(of) => report(call, &of.choose(app).await?).await,
            Self::Invoices(args) => invoices(call, args).await,
            Self::Set(args) => {
                let workspace = args.of.choose(app).await?;
                let plan = super::plan::find(app, &args.plan).await?;
                let until = args.until.as_ref().map(|day| end_of(day, &workspace, app.clock.now()));
                app.billing
                    .set_manual(OPERATOR, &workspace.public_id, &plan.public_id, until.transpose()?)
                    .await?;
                report(call, &workspace).await
            }
            Self::Requests => requests(call).await,
        }
    }
}

async fn report(call: &Call<'_>, workspace: &Workspace) -> Result<Answer, Failure> {
    let scope = home::scope_of(call.app, workspace).await?;
    let overview = call.app.billing.overview(scope).await?;
    let subscription = overview.subscription.as_ref();
    let result = json!({
        "workspace": workspace.name,
        "plan": overview.plan.name,
        "provider": subscription.map(|s| s.provider),
        "status": subscription.map(|s| s.status),
        "period_end": subscription.and_then(|s| s.period_end).map(rfc3339),
        "cancel_at_period_end": subscription.is_some_and(|s| s.cancel_at_period_end),
        "next_plan": overview.next_plan.as_ref().map(|plan| &plan.name),
        "also_charged": overview.also.as_ref().map(|plan| &plan.name),
        "grace_until": subscription.and_then(|s| s.grace_until).map(rfc3339),
        "pending_plan": overview.pending.as_ref().map(|(_, plan)| &plan.name),
    });
    Ok(Answer::new(&result, sheet(call, workspace, &overview)))
}

fn sheet(call: &Call<'_>, workspace: &Workspace, overview: &Overview) -> String {
    let mut lines = vec![format!("{} is on {}.", workspace.name, overview.plan.name)];
    if let Some(subscription) = &overview.subscription {
        lines.push(format!(
            "Subscription: {}, through {}",
            subscription.status, subscription.provider
        ));
        if let Some(end) = subscription.period_end {
            let what = if subscription.cancel_at_period_end {
                "Ends"
            } else {
                "Renews"
            };
            lines.push(format!("{what}: {}", call.when(end)));
        }
        if let Some(until) = subscription.grace_until {
            lines.push(format!("A payment failed; the plan stays until {}", call.when(until)));
        }
    }
    if let Some(next) = &overview.next_plan {
        lines.push(format!("Next: {}", next.name));
    }
    if let Some(also) = &overview.also {
        lines.push(format!(
            "Also charged: {}; remove one of the two at the provider",
            also.name
        ));
    }
    if let Some((_, plan)) = &overview.pending {
        lines.push(format!("Chosen, but not confirmed yet: {}", plan.name));
    }
    lines.join("\n")
}

async fn invoices(call: &Call<'_>, args: &InvoicesArgs) -> Result<Answer, Failure> {
    let scope = args.of.scope(call.app).await?;
    let after = args
        .after
        .as_ref()
        .map(|id| id.parse().map_err(|_| BillingError::NotFound));
    let Page { rows: invoices, next } = call.app.billing.invoices(scope, after.transpose()?, AT_ONCE).await?;
    let result = json!({
        "invoices": invoices.iter().map(value).collect::<Vec<_>>(),
        "next": next,
    });
    if invoices.is_empty() {
        return Ok(Answer::new(&result, "There are no invoices."));
    }
    let row = |invoice: &Invoice| {
        vec![
            invoice.number.clone().unwrap_or_else(|| invoice.public_id.to_string()),
            call.when(invoice.issued_at),
            invoice.amount.to_string(),
            invoice.status.to_string(),
            invoice.hosted_url.clone().unwrap_or_default(),
        ]
    };
    let columns = [
        key("NUMBER"),
        time("ISSUED"),
        figure("AMOUNT"),
        key("STATUS"),
        note("URL"),
    ];
    let more = next.map(|next| format!("There are more: --after {next}"));
    let table = Table::new(columns, invoices.iter().map(row));
    Ok(Answer::new(&result, Sheet::from(table).and_maybe(more)))
}

async fn requests(call: &Call<'_>) -> Result<Answer, Failure> {
    let all = call.app.billing.requests(OPERATOR).await?;
    let value = |one: &Request| {
        json!({
            "workspace": one.workspace,
            "name": one.workspace_name,
            "plan": one.plan_name,
            "since": rfc3339(one.since),
        })
    };
    let result: Vec<_> = all.iter().map(value).collect();
    if all.is_empty() {
        return Ok(Answer::new(&result, "No workspace asks for a plan."));
    }
    let row = |one: &Request| {
        vec![
            one.workspace_name.clone(),
            one.plan_name.clone(),
            call.when(one.since),
            one.workspace.to_string(),
        ]
    };
    let columns = [text("WORKSPACE"), key("PLAN"), time("SINCE"), id("ID")];
    Ok(Answer::new(&result, Table::new(columns, all.iter().map(row))))
}

fn value(invoice: &Invoice) -> Value {
    json!({
        "id": invoice.public_id,
        "number": invoice.number,
        "amount": invoice.amount.to_string(),
        "status": invoice.status,
        "issued_at": rfc3339(invoice.issued_at),
        "url": invoice.hosted_url,
    })
}

/// The end of this day in the workspace's time zone.
fn end_of(day: &str, workspace: &Workspace, now: UnixMs) -> Result<UnixMs, Failure> {
    let wrong = |why: &str| Failure::refused(format!("--until {day:?} {why}"));
    let date: NaiveDate = day.parse().map_err(|_| wrong("is not a day; write it as 2027-01-31"))?;
    let next = date.succ_opt().ok_or_else(|| wrong("is too far away"))?;
    let end = workspace.time_zone.begins(next);
    if end > now {
        Ok(end)
    } else {
        Err(wrong("is in the past"))
    }
}
