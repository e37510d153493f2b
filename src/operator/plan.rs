//! `wamanager plan`: what workspaces may use.

use clap::{Args, Subcommand};
use serde::de::DeserializeOwned;

use super::output::{Output, table};
use super::{Exit, Failure, runtime};
use crate::config::Config;
use crate::operator::wire::{PlanChange, PlanLine, PlanRequest, Request, UsageReport, ask};
use crate::site::plans::views::decimal;

#[derive(Subcommand)]
pub enum PlanCommand {
    /// Show all plans
    #[command(after_help = "Example:\n  wamanager plan list --json")]
    List,
    /// Show one plan
    #[command(after_help = "Example:\n  wamanager plan show pro")]
    Show(OnePlan),
    /// Make a plan; limits that are not given are none
    #[command(
        after_help = "Example:\n  wamanager plan create team --name Team --price-minor 900 --currency EUR --sessions 2 \
                      --messages 500 --feature api"
    )]
    Create(CreateArgs),
    /// Change a plan; it holds at once for every workspace on it
    #[command(after_help = "Example:\n  wamanager plan edit pro --messages 300 --storage unlimited")]
    Edit(EditArgs),
    /// Take a plan off the list, or put it back; whoever is on it stays
    #[command(after_help = "Examples:\n  wamanager plan archive team\n  wamanager plan archive team --undo")]
    Archive(ArchiveArgs),
    /// Let every workspace that has chosen no plan be on this one
    #[command(after_help = "Example:\n  wamanager plan default free")]
    Default(OnePlan),
    /// Put a workspace on a plan; what it pays to a provider is not touched
    #[command(after_help = "Example:\n  wamanager plan set Shop business")]
    Set(SetArgs),
    /// Show what a workspace uses of its plan
    #[command(after_help = "Example:\n  wamanager plan usage Shop --json")]
    Usage(UsageArgs),
}

#[derive(Args)]
pub struct OnePlan {
    /// Code or id
    plan: String,
}

#[derive(Args)]
pub struct ArchiveArgs {
    /// Code or id
    plan: String,
    /// Put it back on offer
    #[arg(long)]
    undo: bool,
}

#[derive(Args)]
pub struct SetArgs {
    /// Id or name
    workspace: String,
    /// Code or id
    plan: String,
}

#[derive(Args)]
pub struct UsageArgs {
    /// Id or name; needed where there are several
    workspace: Option<String>,
}

#[derive(Args)]
pub struct CreateArgs {
    /// A word for scripts and bills; it never changes
    code: String,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Args)]
pub struct EditArgs {
    /// Code or id
    plan: String,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Args)]
struct Fields {
    #[arg(long)]
    name: Option<String>,
    #[arg(long)]
    description: Option<String>,
    /// In the smallest unit of the currency, for example cents
    #[arg(long, value_name = "AMOUNT")]
    price_minor: Option<u64>,
    /// Three letters, for example EUR
    #[arg(long)]
    currency: Option<String>,
    /// Paid every month or year
    #[arg(long, value_parser = ["month", "year"])]
    interval: Option<String>,
    /// Messages a day: a number, or unlimited
    #[arg(long, value_name = "LIMIT")]
    messages: Option<String>,
    /// Linked numbers: a number, or unlimited
    #[arg(long, value_name = "LIMIT")]
    sessions: Option<String>,
    /// Members: a number, or unlimited
    #[arg(long, value_name = "LIMIT")]
    seats: Option<String>,
    /// Bytes of files: a number, or unlimited
    #[arg(long, value_name = "LIMIT")]
    storage: Option<String>,
    /// What it includes: api; once for each, and together they are the whole list
    #[arg(long = "feature", value_name = "FEATURE")]
    features: Vec<String>,
    /// Price id at Stripe; empty takes it away
    #[arg(long, value_name = "ID")]
    stripe_price: Option<String>,
    /// Plan id at Razorpay; empty takes it away
    #[arg(long, value_name = "ID")]
    razorpay_plan: Option<String>,
}

impl From<Fields> for PlanChange {
    fn from(fields: Fields) -> Self {
        Self {
            name: fields.name,
            description: fields.description,
            price_minor: fields.price_minor,
            currency: fields.currency,
            yearly: fields.interval.map(|interval| interval == "year"),
            messages_per_day: fields.messages,
            sessions: fields.sessions,
            seats: fields.seats,
            storage_bytes: fields.storage,
            features: Some(fields.features).filter(|features| !features.is_empty()),
            stripe_price: fields.stripe_price,
            razorpay_plan: fields.razorpay_plan,
        }
    }
}

pub fn run(command: PlanCommand, config: &Config, output: Output) -> Result<Exit, Failure> {
    let request = match command {
        PlanCommand::List => {
            let plans: Vec<PlanLine> = answer(config, PlanRequest::List)?;
            output.answer(&plans, |plans| listing(plans));
            return Ok(Exit::Ok);
        }
        PlanCommand::Usage(args) => {
            let workspace = args.workspace;
            let report: UsageReport = answer(config, PlanRequest::Usage { workspace })?;
            output.answer(&report, used);
            return Ok(Exit::Ok);
        }
        PlanCommand::Show(args) => PlanRequest::Show { plan: args.plan },
        PlanCommand::Create(args) => PlanRequest::Create {
            code: args.code,
            plan: args.fields.into(),
        },
        PlanCommand::Edit(args) => PlanRequest::Edit {
            plan: args.plan,
            change: args.fields.into(),
        },
        PlanCommand::Archive(args) => PlanRequest::Archive {
            plan: args.plan,
            archived: !args.undo,
        },
        PlanCommand::Default(args) => PlanRequest::Default { plan: args.plan },
        PlanCommand::Set(args) => PlanRequest::Set {
            workspace: args.workspace,
            plan: args.plan,
        },
    };
    let plan: PlanLine = answer(config, request)?;
    output.answer(&plan, |plan| listing(std::slice::from_ref(plan)));
    Ok(Exit::Ok)
}

fn answer<T: DeserializeOwned>(config: &Config, request: PlanRequest) -> Result<T, Failure> {
    let result = runtime()?.block_on(ask(config, Request::Plan(request), |_| {}))?;
    serde_json::from_value(result).map_err(|error| Failure::new(Exit::Failure, format!("unexpected answer: {error}")))
}

fn most(limit: Option<u64>) -> String {
    limit.map_or_else(|| "unlimited".to_owned(), |most| most.to_string())
}

fn listing(plans: &[PlanLine]) -> String {
    let row = |plan: &PlanLine| {
        let price = format!(
            "{} {}/{}",
            plan.currency,
            decimal(plan.price_minor, &plan.currency),
            plan.interval
        );
        let standing = match (plan.default, plan.archived) {
            (true, _) => "default",
            (_, true) => "archived",
            _ => "on offer",
        };
        vec![
            plan.code.clone(),
            plan.name.clone(),
            price,
            most(plan.messages_per_day),
            most(plan.sessions),
            most(plan.seats),
            most(plan.storage_bytes),
            plan.features.join(" "),
            plan.workspaces.to_string(),
            standing.to_owned(),
        ]
    };
    let head = [
        "CODE",
        "NAME",
        "PRICE",
        "MESSAGES/DAY",
        "NUMBERS",
        "SEATS",
        "BYTES",
        "FEATURES",
        "WORKSPACES",
        "STANDING",
    ];
    table(&head, plans.iter().map(row))
}

fn used(report: &UsageReport) -> String {
    let row = |what: &str, (used, limit): (u64, Option<u64>)| vec![what.to_owned(), used.to_string(), most(limit)];
    let rows = [
        row("messages today", report.messages_today),
        row("numbers", report.sessions),
        row("members", report.seats),
        row("bytes of files", report.storage_bytes),
    ];
    format!(
        "{} is on {}. The next day begins {} ({}).\n{}",
        report.name,
        report.plan,
        report.resets_at,
        report.time_zone,
        table(&["", "USED", "LIMIT"], rows.into_iter())
    )
}
