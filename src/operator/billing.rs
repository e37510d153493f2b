//! `wamanager billing`: what workspaces are on, and what they paid.

use clap::{Args, Subcommand};
use serde::de::DeserializeOwned;

use super::output::{Output, table};
use super::{Exit, Failure, runtime};
use crate::config::Config;
use crate::operator::wire::{BillingReport, BillingRequest, InvoiceLine, InvoiceList, PlanWish, Request, ask};

#[derive(Subcommand)]
pub enum BillingCommand {
    /// Show the plan of a workspace and how it comes to it
    #[command(after_help = "Example:\n  wamanager billing show --workspace Shop")]
    Show(OfWorkspace),
    /// Show the invoices of a workspace, the newest first
    #[command(after_help = "Example:\n  wamanager billing invoices --workspace Shop --json")]
    Invoices(InvoicesArgs),
    /// Give a workspace a plan by hand; what it pays to a provider is ended
    #[command(after_help = "Examples:\n  wamanager billing set pro --workspace Shop\n  \
                            wamanager billing set business --workspace Shop --until 2027-01-31")]
    Set(SetArgs),
    /// Show which workspaces ask for a plan
    #[command(after_help = "Example:\n  wamanager billing requests")]
    Requests,
}

#[derive(Args)]
pub struct OfWorkspace {
    /// Id or name; needed where there are several
    #[arg(long)]
    workspace: Option<String>,
}

#[derive(Args)]
pub struct InvoicesArgs {
    #[command(flatten)]
    of: OfWorkspace,
    /// Go on after the last page: the id that it ended with
    #[arg(long, value_name = "ID")]
    after: Option<String>,
}

#[derive(Args)]
pub struct SetArgs {
    /// Code of the plan, for example pro
    plan: String,
    #[command(flatten)]
    of: OfWorkspace,
    /// Last day of it, where the workspace is; without it the plan stays
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Option<String>,
}

pub fn run(command: BillingCommand, config: &Config, output: Output) -> Result<Exit, Failure> {
    match command {
        BillingCommand::Show(OfWorkspace { workspace }) => {
            let report: BillingReport = answer(config, BillingRequest::Show { workspace })?;
            output.answer(&report, sheet);
        }
        BillingCommand::Invoices(InvoicesArgs { of, after }) => {
            let workspace = of.workspace;
            let list: InvoiceList = answer(config, BillingRequest::Invoices { workspace, after })?;
            output.answer(&list, bills);
        }
        BillingCommand::Set(SetArgs { plan, of, until }) => {
            let workspace = of.workspace;
            let report: BillingReport = answer(config, BillingRequest::Set { workspace, plan, until })?;
            output.answer(&report, sheet);
        }
        BillingCommand::Requests => {
            let wishes: Vec<PlanWish> = answer(config, BillingRequest::Requests)?;
            output.answer(&wishes, |wishes| wanted(wishes));
        }
    }
    Ok(Exit::Ok)
}

fn answer<T: DeserializeOwned>(config: &Config, request: BillingRequest) -> Result<T, Failure> {
    let result = runtime()?.block_on(ask(config, Request::Billing(request), |_| {}))?;
    serde_json::from_value(result).map_err(|error| Failure::new(Exit::Failure, format!("unexpected answer: {error}")))
}

fn sheet(report: &BillingReport) -> String {
    let mut lines = vec![format!("{} is on {}.", report.workspace, report.plan)];
    if let (Some(provider), Some(status)) = (&report.provider, &report.status) {
        lines.push(format!("Subscription: {status}, by {provider}"));
    }
    if let Some(end) = &report.period_end {
        let what = if report.cancel_at_period_end { "Ends" } else { "Renews" };
        lines.push(format!("{what}: {end}"));
    }
    if let Some(next) = &report.next_plan {
        lines.push(format!("Then: {next}"));
    }
    if let Some(also) = &report.also_charged {
        lines.push(format!("Also charged: {also}; remove one of the two at the provider"));
    }
    if let Some(until) = &report.grace_until {
        lines.push(format!("A payment failed; the plan stays until {until}"));
    }
    if let Some(plan) = &report.pending_plan {
        lines.push(format!("Chosen and not confirmed yet: {plan}"));
    }
    lines.join("\n")
}

fn bills(list: &InvoiceList) -> String {
    if list.invoices.is_empty() {
        return "There are no invoices.".to_owned();
    }
    let row = |line: &InvoiceLine| {
        vec![
            line.number.clone().unwrap_or_else(|| line.id.clone()),
            line.issued_at.clone(),
            line.amount.clone(),
            line.status.clone(),
            line.url.clone().unwrap_or_default(),
        ]
    };
    let mut text = table(
        &["NUMBER", "ISSUED", "AMOUNT", "STATUS", "WHERE"],
        list.invoices.iter().map(row),
    );
    if let Some(next) = &list.next {
        text.push_str(&format!("\nThere are more: --after {next}"));
    }
    text
}

fn wanted(wishes: &[PlanWish]) -> String {
    if wishes.is_empty() {
        return "No workspace asks for a plan.".to_owned();
    }
    let row = |wish: &PlanWish| {
        vec![
            wish.name.clone(),
            wish.plan.clone(),
            wish.since.clone(),
            wish.workspace.clone(),
        ]
    };
    table(&["WORKSPACE", "PLAN", "SINCE", "ID"], wishes.iter().map(row))
}
