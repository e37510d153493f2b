//! `wamanager scheduled`: messages that wait for their time.

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Failure;
use super::call::Call;
use super::home::InWorkspace;
use super::sheet::{Sheet, Table, key, text, time};
use super::wire::Answer;
use crate::chats::{Kind, Scheduled};
use crate::ids::{PublicId, TimeCursor};
use crate::site::chats::api::scheduled::ScheduledView;

/// Rows of one answer.
const MOST: u32 = 100;

#[derive(Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduledCommand {
    /// Show scheduled messages, the next one first
    #[command(after_help = "Example:\n  wamanager scheduled list --json")]
    List(ListArgs),
    /// Cancel a scheduled message: it isn't sent
    #[command(after_help = "Example:\n  wamanager scheduled cancel sch_0123456789abcdefghjkmnpqrs")]
    Cancel(CancelArgs),
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListArgs {
    /// Continue after the last page: the cursor it ended with
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// Show at most this many, up to 100
    #[arg(long, default_value_t = 50)]
    limit: u32,
    #[command(flatten)]
    home: InWorkspace,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelArgs {
    /// Its ID
    scheduled: String,
    #[command(flatten)]
    home: InWorkspace,
}

impl ScheduledCommand {
    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        match self {
            Self::List(args) => list(call, args).await,
            Self::Cancel(args) => {
                let no_id = |_| Failure::refused(format!("{:?} is not the ID of a scheduled message", args.scheduled));
                let id: PublicId = args.scheduled.parse().map_err(no_id)?;
                let scope = args.home.scope(call.app).await?;
                let chat = call.app.scheduler.cancel(scope, &id).await?;
                let result = json!({ "id": id, "chat": chat });
                Ok(Answer::new(&result, "It is cancelled and will not be sent."))
            }
        }
    }
}

async fn list(call: &Call<'_>, args: &ListArgs) -> Result<Answer, Failure> {
    let no_cursor = |text: &str| Failure::refused(format!("{text:?} is not a cursor; use one that a page ended with"));
    let after = args.after.as_deref();
    let after = after.map(|text| text.parse::<TimeCursor>().map_err(|_| no_cursor(text)));
    let after = after.transpose()?;
    let (scope, limit) = (args.home.scope(call.app).await?, args.limit.clamp(1, MOST));
    let page = call.app.scheduler.list(scope, None, after, limit).await?;
    let next = page.next.map(|next| next.to_string());
    let rows: Vec<_> = page.rows.iter().map(|one| row(call, one)).collect();
    let views: Vec<_> = page.rows.into_iter().map(ScheduledView::of).collect();
    let result = json!({ "scheduled": views, "next": next });
    if rows.is_empty() {
        return Ok(Answer::new(&result, "Nothing is scheduled."));
    }
    let columns = [
        text("TO"),
        time("TIME"),
        text("TEXT"),
        text("NOT SENT").spare(1),
        key("ID"),
    ];
    let more = next.map(|next| format!("There are more: --after {next}"));
    Ok(Answer::new(
        &result,
        Sheet::from(Table::new(columns, rows)).and_maybe(more),
    ))
}

fn row(call: &Call<'_>, one: &Scheduled) -> Vec<String> {
    let phone = || one.phone.as_ref().map(|digits| format!("+{digits}"));
    let words = match one.kind {
        Kind::Text => one.body.clone(),
        kind => format!("({kind}) {}", one.body).trim_end().to_owned(),
    };
    vec![
        one.to.clone().or_else(phone).unwrap_or_else(|| "-".to_owned()),
        call.when(one.due_at),
        words,
        one.failure.map(|why| why.to_string()).unwrap_or_default(),
        one.id.to_string(),
    ]
}
