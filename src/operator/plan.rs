//! `wamanager plan`: what workspaces may use.

use std::collections::BTreeMap;

use clap::{Arg, ArgMatches, Args, FromArgMatches, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::{Call, OPERATOR};
use super::sheet::{Sheet, Table, figure, key, text};
use super::wire::Answer;
use super::words::{limit, number, rfc3339, size};
use super::{Failure, home};
use crate::accounts::Workspace;
use crate::app::App;
use crate::i18n::T;
use crate::plans::{Feature, Interval, Limit, Limits, Plan, PlanDraft, PlanError, Quota, Unit, Used};
use crate::site::plans::views::decimal;

#[derive(Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanCommand {
    /// Show all plans
    #[command(after_help = "Example:\n  wamanager plan list --json")]
    List,
    /// Show one plan
    #[command(after_help = "Example:\n  wamanager plan show pro")]
    Show(OnePlan),
    /// Create a plan; whatever you leave out has no limit
    #[command(
        after_help = "Example:\n  wamanager plan create team --name Team --price-minor 900 --currency EUR --sessions 2 \
                      --messages 500 --feature api"
    )]
    Create(CreateArgs),
    /// Change a plan, at once for every workspace on it
    #[command(after_help = "Example:\n  wamanager plan edit pro --messages 300 --storage unlimited")]
    Edit(EditArgs),
    /// Take a plan off the list, or put it back; workspaces on it stay on it
    #[command(after_help = "Examples:\n  wamanager plan archive team\n  wamanager plan archive team --undo")]
    Archive(ArchiveArgs),
    /// Make a plan the one for workspaces that have chosen none
    #[command(after_help = "Example:\n  wamanager plan default free")]
    Default(OnePlan),
    /// Put a workspace on a plan; what it pays to a provider does not change
    #[command(after_help = "Example:\n  wamanager plan set Shop business")]
    Set(SetArgs),
    /// Show how much of its plan a workspace uses
    #[command(after_help = "Example:\n  wamanager plan usage Shop --json")]
    Usage(UsageArgs),
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnePlan {
    /// Code or ID
    plan: String,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchiveArgs {
    /// Code or ID
    plan: String,
    /// Put it back on offer
    #[arg(long)]
    #[serde(default)]
    undo: bool,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetArgs {
    /// ID or name
    workspace: String,
    /// Code or ID
    plan: String,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageArgs {
    /// ID or name; needed if several have linked numbers
    workspace: Option<String>,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateArgs {
    /// A word for scripts and bills; it never changes
    code: String,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditArgs {
    /// Code or ID
    plan: String,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    /// What people read
    #[arg(long)]
    name: Option<String>,
    /// One sentence under the name
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
    #[command(flatten)]
    limits: LimitArgs,
    /// What it includes: api; repeat it for several, together they are the whole list
    #[arg(long = "feature", value_name = "FEATURE")]
    features: Vec<String>,
    /// Price ID at Stripe; empty removes it
    #[arg(long, value_name = "ID")]
    stripe_price: Option<String>,
    /// Plan ID at Razorpay; empty removes it
    #[arg(long, value_name = "ID")]
    razorpay_plan: Option<String>,
}

/// An option for each limit, as typed.
#[derive(Serialize, Deserialize)]
struct LimitArgs(BTreeMap<String, String>);

impl Args for LimitArgs {
    fn augment_args(command: clap::Command) -> clap::Command {
        let option = |quota: &Quota| {
            let info = quota.info();
            let option = Arg::new(info.option).long(info.option).value_name("LIMIT");
            option.help(T::default().get(quota.texts().option))
        };
        command.args(Quota::ALL.iter().map(option))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for LimitArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let typed = |quota: &Quota| {
            let option = quota.info().option;
            let typed: &String = matches.get_one(option)?;
            Some((option.to_owned(), typed.clone()))
        };
        Ok(Self(Quota::ALL.iter().filter_map(typed).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.extend(Self::from_arg_matches(matches)?.0);
        Ok(())
    }
}

impl PlanCommand {
    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        let (app, plans, admin) = (call.app, &call.app.plans, OPERATOR);
        let changed = match self {
            Self::List => return list(app, |_| true).await,
            Self::Usage(args) => {
                return usage(call, &home::with_number(app, args.workspace.as_deref(), None).await?).await;
            }
            Self::Show(args) => find(app, &args.plan).await?,
            Self::Create(args) => plans.create(admin, args.fields.applied(empty(&args.code))?).await?,
            Self::Edit(args) => {
                let kept = find(app, &args.plan).await?;
                let mut draft = args.fields.applied(kept.clone().into())?;
                draft.features = kept.features_with(draft.features);
                plans.edit(admin, &kept.public_id, draft).await?
            }
            Self::Archive(args) => {
                let plan = find(app, &args.plan).await?;
                plans.set_archived(admin, &plan.public_id, !args.undo).await?
            }
            Self::Default(args) => {
                plans
                    .set_default(admin, &find(app, &args.plan).await?.public_id)
                    .await?
            }
            Self::Set(args) => {
                let workspace = home::choose(app, Some(&args.workspace)).await?;
                let plan = find(app, &args.plan).await?;
                plans.assign(admin, &workspace.public_id, &plan.public_id).await?
            }
        };
        let mut answer = list(app, |plan| plan.id == changed.id).await?;
        answer.result = answer.result[0].take();
        Ok(answer)
    }
}

/// The plan with this code or id.
///
/// # Errors
/// [`super::Exit::NotFound`] with the existing codes.
pub async fn find(app: &App, wanted: &str) -> Result<Plan, Failure> {
    match app.plans.find(wanted).await {
        Err(PlanError::NotFound) => {
            let list = app.plans.list(OPERATOR).await?;
            let codes: Vec<_> = list.iter().map(|listed| listed.plan.code.as_str()).collect();
            let text = format!("there is no plan {wanted:?}; there are: {}", codes.join(", "));
            Err(Failure::not_found(text))
        }
        other => Ok(other?),
    }
}

async fn list(app: &App, which: impl Fn(&Plan) -> bool) -> Result<Answer, Failure> {
    let mut all = app.plans.list(OPERATOR).await?;
    all.retain(|listed| which(&listed.plan));
    let values: Vec<_> = all
        .iter()
        .map(|listed| value(&listed.plan, listed.workspaces))
        .collect();
    let rows = all.iter().map(|listed| row(&listed.plan, listed.workspaces));
    let head = |quota: &Quota| {
        let column = figure(quota.info().head);
        match quota.info().unit {
            Unit::Count => column,
            Unit::Bytes => column.spare(2),
        }
    };
    let mut columns = vec![key("CODE"), text("NAME").spare(3), key("PRICE")];
    columns.extend(Quota::ALL.iter().map(head));
    columns.extend([text("FEATURES").spare(1), figure("WORKSPACES").spare(4), key("STATUS")]);
    Ok(Answer::new(&values, Table::new(columns, rows)))
}

fn row(plan: &Plan, workspaces: u64) -> Vec<String> {
    let features: Vec<_> = plan.offers().iter().map(ToString::to_string).collect();
    let status = match (plan.is_default, plan.is_archived()) {
        (true, _) => "default",
        (_, true) => "archived",
        _ => "on offer",
    };
    let price = decimal(plan.price_minor, &plan.currency);
    let mut cells = vec![
        plan.code.clone(),
        plan.name.clone(),
        format!("{} {price}/{}", plan.currency, plan.interval),
    ];
    cells.extend(Quota::ALL.iter().map(|quota| in_words(*quota, plan.limit(*quota))));
    cells.extend([features.join(" "), workspaces.to_string(), status.to_owned()]);
    cells
}

fn in_words(quota: Quota, most: Limit) -> String {
    match quota.info().unit {
        Unit::Count => limit(most, number),
        Unit::Bytes => limit(most, size),
    }
}

fn value(plan: &Plan, workspaces: u64) -> Value {
    let mut value = json!({
        "id": plan.public_id,
        "code": plan.code,
        "name": plan.name,
        "description": plan.description,
        "price_minor": plan.price_minor,
        "currency": plan.currency,
        "interval": plan.interval,
        "features": plan.offers(),
        "default": plan.is_default,
        "archived": plan.is_archived(),
        "stripe_price": plan.stripe_price,
        "razorpay_plan": plan.razorpay_plan,
        "workspaces": workspaces,
    });
    for quota in Quota::ALL {
        value[quota.word()] = json!(plan.limit(*quota));
    }
    value
}

async fn usage(call: &Call<'_>, workspace: &Workspace) -> Result<Answer, Failure> {
    let usage = call.app.plans.usage_of(OPERATOR, workspace.id).await?;
    let mut result = json!({
        "workspace": workspace.public_id,
        "name": workspace.name,
        "plan": usage.plan.code,
        "resets_at": rfc3339(usage.resets_at),
        "time_zone": usage.zone.name(),
    });
    for quota in Quota::ALL {
        let Used { used, limit } = usage.of(*quota);
        result[quota.used_word()] = json!([used, limit]);
    }
    let row = |quota: &Quota| {
        let Used { used, limit } = usage.of(*quota);
        let used = in_words(*quota, Limit::Of(used));
        vec![quota.info().used.to_owned(), used, in_words(*quota, limit)]
    };
    let rows = Quota::ALL.iter().map(row);
    let head = format!(
        "{} is on {}. The next day starts {} ({}).",
        workspace.name,
        usage.plan.code,
        call.when(usage.resets_at),
        usage.zone.name()
    );
    let table = Table::new([key(""), figure("USED"), figure("LIMIT")], rows);
    Ok(Answer::new(&result, Sheet::from(head).and(table)))
}

fn empty(code: &str) -> PlanDraft {
    PlanDraft {
        name: code.to_owned(),
        code: code.to_owned(),
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

impl Fields {
    /// Only given values change.
    fn applied(&self, draft: PlanDraft) -> Result<PlanDraft, Failure> {
        let typed = |quota: Quota| self.limits.0.get(quota.info().option).map(String::as_str);
        let limits = draft.limits.try_map(|quota, before| changed(before, typed(quota)))?;
        let features = match self.features.as_slice() {
            [] => draft.features,
            words => words.iter().map(|word| feature(word)).collect::<Result<_, _>>()?,
        };
        let given = |new: &Option<String>, old| match new {
            Some(id) => Some(id.clone()).filter(|id| !id.is_empty()),
            None => old,
        };
        let or = |new: &Option<String>, old| new.clone().unwrap_or(old);
        Ok(PlanDraft {
            code: draft.code,
            name: or(&self.name, draft.name),
            description: or(&self.description, draft.description),
            price_minor: self.price_minor.unwrap_or(draft.price_minor),
            currency: or(&self.currency, draft.currency),
            interval: match self.interval.as_deref() {
                Some("year") => Interval::Year,
                Some(_) => Interval::Month,
                None => draft.interval,
            },
            limits,
            features,
            stripe_price: given(&self.stripe_price, draft.stripe_price),
            razorpay_plan: given(&self.razorpay_plan, draft.razorpay_plan),
        })
    }
}

fn changed(before: Limit, new: Option<&str>) -> Result<Limit, Failure> {
    match new {
        None => Ok(before),
        Some("unlimited") => Ok(Limit::Unlimited),
        Some(new) => new
            .parse()
            .map(Limit::Of)
            .map_err(|_| Failure::refused(format!("{new:?} is not a limit; write a whole number, or unlimited"))),
    }
}

fn feature(word: &str) -> Result<Feature, Failure> {
    let built = word.parse().ok().filter(|feature: &Feature| feature.is_built());
    built.ok_or_else(|| {
        let known: Vec<_> = Feature::BUILT.iter().map(ToString::to_string).collect();
        Failure::refused(format!("{word:?} is not a feature; use some of: {}", known.join(", ")))
    })
}
