//! `wamanager audit`: the audit log.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::{Call, OPERATOR};
use super::sheet::{Sheet, Table, key, text, time};
use super::wire::Answer;
use super::words::rfc3339;
use super::{Failure, home};
use crate::audit::{Act, Action, Filter, Reader};
use crate::clock::UnixMs;

const MOST: u32 = 1_000;

#[derive(Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditCommand {
    /// Show what was recorded, the newest first
    #[command(after_help = "Examples:\n  wamanager audit list --since 7d --action login\n  \
                            wamanager audit list --workspace Bakery --action member.removed --json")]
    List(ListArgs),
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListArgs {
    /// ID or name [default: the whole installation]
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
    /// Continue after the last page: the ID it ended with
    #[arg(long, value_name = "ID")]
    after: Option<String>,
    /// Show at most this many, up to 1000
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

impl AuditCommand {
    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        let Self::List(args) = self;
        list(call, args).await
    }
}

async fn list(call: &Call<'_>, args: &ListArgs) -> Result<Answer, Failure> {
    let app = call.app;
    let reader = match &args.workspace {
        Some(wanted) => Reader::Workspace(home::choose(app, Some(wanted)).await?.id),
        None => Reader::Installation(OPERATOR),
    };
    let since = args.since.as_deref().map(|text| since_of(text, app.clock.now()));
    let filter = Filter {
        actions: args.action.as_deref().map(actions_of).transpose()?,
        since: since.transpose()?,
        text: args.find.clone().filter(|text| !text.trim().is_empty()),
        ..Filter::default()
    };
    let no_id = |text: &String| Failure::refused(format!("{text:?} is not the ID of an entry"));
    let after = args.after.as_ref().map(|text| text.parse().map_err(|_| no_id(text)));
    let limit = args.limit.clamp(1, MOST) as usize;
    let page = app.audit.page(reader, filter, after.transpose()?, limit).await?;
    let next = page.next.map(|id| id.to_string());
    let result = json!({
        "acts": page.rows.iter().map(value).collect::<Vec<_>>(),
        "next": next,
    });
    if page.rows.is_empty() {
        return Ok(Answer::new(&result, "Nothing that was recorded matches."));
    }
    let columns = [
        time("TIME"),
        key("ACTION"),
        text("WHO"),
        text("WHAT"),
        text("WORKSPACE").spare(2),
        key("FROM").spare(1),
    ];
    let rows = page.rows.iter().map(|act| row(call, act));
    let more = next.map(|next| format!("There are more: --after {next}"));
    Ok(Answer::new(
        &result,
        Sheet::from(Table::new(columns, rows)).and_maybe(more),
    ))
}

fn row(call: &Call<'_>, act: &Act) -> Vec<String> {
    let who = act
        .user
        .as_ref()
        .map_or_else(|| act.actor.to_string(), |who| who.email.clone());
    let place = act
        .impersonator
        .as_ref()
        .map(|admin| format!(" (in place: {})", admin.email));
    let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        call.when(act.at),
        act.action.to_string(),
        who + &place.unwrap_or_default(),
        or_empty(&act.target),
        or_empty(if act.workspace.is_some() {
            &act.workspace
        } else {
            &act.workspace_ref
        }),
        or_empty(&act.address),
    ]
}

fn value(act: &Act) -> Value {
    json!({
        "id": act.public_id,
        "at": rfc3339(act.at),
        "action": act.action,
        "actor": act.actor,
        "person": act.user.as_ref().map(|who| &who.email),
        "impersonator": act.impersonator.as_ref().map(|who| &who.email),
        "workspace": act.workspace.as_ref().or(act.workspace_ref.as_ref()),
        "target": act.target,
        "detail": act.detail,
        "address": act.address,
    })
}

fn actions_of(word: &str) -> Result<Vec<Action>, Failure> {
    let fits = |action: &&Action| action.word() == word || action.group() == word;
    let found: Vec<_> = Action::ALL.iter().filter(fits).copied().collect();
    if found.is_empty() {
        let groups = Action::groups().join(", ");
        return Err(Failure::refused(format!(
            "{word:?} is not an action; name one such as member.added, or a group: {groups}"
        )));
    }
    Ok(found)
}

/// `7d`, `12h`, `2026-11-24`, or RFC 3339.
pub fn since_of(text: &str, now: UnixMs) -> Result<UnixMs, Failure> {
    for (unit, seconds) in [("d", 86_400), ("h", 3_600), ("m", 60)] {
        if let Some(count) = text.strip_suffix(unit).and_then(|count| count.parse::<u64>().ok()) {
            return Ok(now.minus(Duration::from_secs(count.saturating_mul(seconds))));
        }
    }
    let moment = chrono::DateTime::parse_from_rfc3339(text).map(|at| at.timestamp_millis());
    let day = || chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(chrono::NaiveTime::MIN));
    moment
        .or_else(|_| day().map(|start| start.and_utc().timestamp_millis()))
        .map(UnixMs)
        .map_err(|_| Failure::refused(format!("{text:?} is not a time; write 7d, 12h, 2026-11-24 or RFC 3339")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_operators_write_it() {
        let now = UnixMs(1_795_521_600_000); // 2026-11-24T12:00:00Z
        let ago = |text| now.since(since_of(text, now).unwrap()).as_secs();
        assert_eq!((ago("7d"), ago("12h"), ago("5m")), (7 * 86_400, 12 * 3_600, 300));
        assert_eq!(ago("2026-11-24"), 12 * 3_600);
        assert_eq!(ago("2026-11-24T13:00:00+02:00"), 3_600);
        assert!(since_of("yesterday", now).is_err());
    }

    #[test]
    fn a_filter_may_be_an_action_or_its_group() {
        assert_eq!(actions_of("member.added").unwrap(), [Action::MemberAdded]);
        assert!(actions_of("member").unwrap().len() > 3);
        assert!(actions_of("weather").is_err());
    }
}
