//! `wamanager audit`: who did what.

use clap::{Args, Subcommand};

use super::output::{Output, table};
use super::{Exit, Failure, runtime};
use crate::config::Config;
use crate::operator::wire::{ActLine, AuditList, AuditRequest, Request, ask};

#[derive(Subcommand)]
pub enum AuditCommand {
    /// Show recorded acts, the newest first
    #[command(after_help = "Examples:\n  wamanager audit list --since 7d --action login\n  \
                            wamanager audit list --workspace Bakery --action member.removed --json")]
    List(ListArgs),
}

#[derive(Args)]
pub struct ListArgs {
    /// Id or name; the whole installation when left out
    #[arg(long)]
    workspace: Option<String>,
    /// An action such as member.added, or a group such as member
    #[arg(long)]
    action: Option<String>,
    /// 7d, 12h, 2026-11-24, or RFC 3339
    #[arg(long)]
    since: Option<String>,
    /// Part of a name, an address or what was acted on
    #[arg(long, value_name = "TEXT")]
    find: Option<String>,
    /// Go on after the last page: the id that it ended with
    #[arg(long, value_name = "ID")]
    after: Option<String>,
    /// At most so many, up to 1000
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

pub fn run(command: AuditCommand, config: &Config, output: Output) -> Result<Exit, Failure> {
    let AuditCommand::List(args) = command;
    let request = AuditRequest {
        workspace: args.workspace,
        action: args.action,
        since: args.since,
        text: args.find,
        after: args.after,
        limit: args.limit,
    };
    let result = runtime()?.block_on(ask(config, Request::Audit(request), |_| {}))?;
    let list: AuditList = serde_json::from_value(result)
        .map_err(|error| Failure::new(Exit::Failure, format!("unexpected answer: {error}")))?;
    output.answer(&list, listing);
    Ok(Exit::Ok)
}

fn listing(list: &AuditList) -> String {
    if list.acts.is_empty() {
        return "Nothing was recorded that fits.".to_owned();
    }
    let row = |act: &ActLine| {
        let who = act.person.clone().unwrap_or_else(|| act.actor.clone());
        let place = act.impersonator.as_ref().map(|admin| format!(" (in place: {admin})"));
        vec![
            act.at.clone(),
            act.action.clone(),
            who + &place.unwrap_or_default(),
            act.target.clone().unwrap_or_default(),
            act.workspace.clone().unwrap_or_default(),
            act.address.clone().unwrap_or_default(),
        ]
    };
    let text = table(
        &["TIME", "ACTION", "WHO", "WHAT", "WORKSPACE", "FROM"],
        list.acts.iter().map(row),
    );
    match &list.next {
        Some(next) => format!("{text}\nThere is more: add --after {next}"),
        None => text,
    }
}
