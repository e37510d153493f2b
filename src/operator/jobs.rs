//! `wamanager jobs`: the queue of background work.

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Failure;
use super::call::{Call, OPERATOR, word};
use super::sheet::{Sheet, Table, figure, key, note, text, time};
use super::wire::Answer;
use super::words::{count, rfc3339};
use crate::ids::{JobId, PublicId};
use crate::jobs::{Count, Filter, JobRow, JobsError, Lane, State};

#[derive(Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobsCommand {
    /// Show jobs, the newest first
    #[command(
        after_help = "Examples:\n  wamanager jobs list --state dead\n  wamanager jobs list --lane email --find mail.send --json"
    )]
    List(ListArgs),
    /// Show everything about one job
    #[command(after_help = "Example:\n  wamanager jobs show job_0123456789abcdefghjkmnpqrs")]
    Show(OneJob),
    /// Run a job now that failed, was discarded or waits for its next attempt
    #[command(
        after_help = "Examples:\n  wamanager jobs retry job_0123456789abcdefghjkmnpqrs\n  wamanager jobs retry --all-dead --lane webhook"
    )]
    Retry(RetryArgs),
    /// Take out a job that has not started, or failed for good; it can be retried for 7 days
    #[command(after_help = "Example:\n  wamanager jobs discard job_0123456789abcdefghjkmnpqrs")]
    Discard(OneJob),
    /// Tell a running job to stop
    #[command(after_help = "Example:\n  wamanager jobs stop job_0123456789abcdefghjkmnpqrs")]
    Stop(OneJob),
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneJob {
    /// Its ID
    job: String,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListArgs {
    /// campaign, webhook, email, analytics, media or upkeep
    #[arg(long)]
    lane: Option<String>,
    /// waiting, ready, running, done, dead or discarded
    #[arg(long)]
    state: Option<String>,
    /// Part of the kind, or an ID
    #[arg(long, value_name = "TEXT")]
    find: Option<String>,
    /// Continue after the last page: the cursor it ended with
    #[arg(long, value_name = "CURSOR")]
    after: Option<i64>,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryArgs {
    /// Its ID
    #[arg(required_unless_present = "all_dead", conflicts_with = "all_dead")]
    job: Option<String>,
    /// All that failed for good
    #[arg(long)]
    #[serde(default)]
    all_dead: bool,
    /// Only those of this lane
    #[arg(long, requires = "all_dead")]
    lane: Option<String>,
    /// Only those whose kind has this text in it
    #[arg(long, value_name = "TEXT", requires = "all_dead")]
    find: Option<String>,
}

impl JobsCommand {
    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        let jobs = &call.app.jobs;
        Ok(match self {
            Self::List(args) => list(call, args).await?,
            Self::Show(job) => {
                let job = jobs.get(OPERATOR, &job.id()?).await?;
                Answer::new(&value(&job), whole(call, &job))
            }
            Self::Retry(RetryArgs { job: Some(job), .. }) => {
                changed("Next in its lane:", &jobs.retry(OPERATOR, &id(job)?).await?)
            }
            Self::Retry(args) => {
                let filter = filter(args.lane.as_deref(), None, args.find.as_deref())?;
                let retried = jobs.retry_dead(OPERATOR, filter).await?;
                let text = format!("{} will be tried again.", count(retried, "failed job"));
                Answer::new(&json!({ "retried": retried }), text)
            }
            Self::Discard(job) => changed("Discarded:", &jobs.discard(OPERATOR, &job.id()?).await?),
            Self::Stop(job) => changed("Told to stop:", &jobs.cancel(OPERATOR, &job.id()?).await?),
        })
    }
}

impl OneJob {
    fn id(&self) -> Result<PublicId, Failure> {
        id(&self.job)
    }
}

fn id(text: &str) -> Result<PublicId, Failure> {
    text.parse().map_err(|_| JobsError::NotFound.into())
}

fn filter(lane: Option<&str>, state: Option<&str>, text: Option<&str>) -> Result<Filter, Failure> {
    Ok(Filter {
        lane: lane.map(|given| word("lane", given, Lane::ALL)).transpose()?,
        state: state.map(|given| word("state", given, State::ALL)).transpose()?,
        text: text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()),
    })
}

async fn list(call: &Call<'_>, args: &ListArgs) -> Result<Answer, Failure> {
    let filter = filter(args.lane.as_deref(), args.state.as_deref(), args.find.as_deref())?;
    let overview = call.app.jobs.overview(OPERATOR, filter, args.after.map(JobId)).await;
    let (page, counts) = overview.map_err(JobsError::from)?;
    let next = page.next.map(|id| id.0);
    let counted = |count: &Count| json!({"lane": count.lane, "state": count.state, "jobs": count.jobs});
    let result = json!({
        "jobs": page.rows.iter().map(value).collect::<Vec<_>>(),
        "counts": counts.iter().map(counted).collect::<Vec<_>>(),
        "next": next,
    });
    let counts: Vec<_> = counts
        .iter()
        .map(|count| format!("{} {} {}", count.jobs, count.lane, count.state))
        .collect();
    let queue = format!("In the queue: {}.", counts.join(", "));
    let text = match (page.rows.is_empty(), counts.is_empty()) {
        (true, true) => "The queue is empty.".into(),
        (true, false) => format!("No jobs match. {queue}").into(),
        (false, _) => {
            let more = next.map(|next| format!("{queue}\nThere are more: --after {next}"));
            Sheet::from(table(call, &page.rows)).and(more.unwrap_or(queue))
        }
    };
    Ok(Answer::new(&result, text))
}

fn table(call: &Call<'_>, jobs: &[JobRow]) -> Table {
    let row = |job: &JobRow| {
        vec![
            job.lane.to_string(),
            job.kind.clone(),
            state(job),
            format!("{}/{}", job.attempts, job.max_attempts),
            call.when(job.due_at),
            job.public_id.to_string(),
            job.last_error.clone().unwrap_or_default(),
        ]
    };
    let columns = [
        key("LANE").spare(1),
        text("KIND"),
        key("STATE"),
        figure("TRIES").spare(2),
        time("DUE"),
        key("ID"),
        note("LAST ERROR"),
    ];
    Table::new(columns, jobs.iter().map(row))
}

fn state(job: &JobRow) -> String {
    match (job.cancel_requested, job.progress_total) {
        (true, _) => "stopping".to_owned(),
        (false, total) if job.state == State::Running && total > 0 => {
            format!("running {}%", job.progress_done.saturating_mul(100) / total)
        }
        _ => job.state.to_string(),
    }
}

fn changed(what: &str, job: &JobRow) -> Answer {
    let text = format!("{what} {} ({}, {})", job.public_id, job.kind, job.state);
    Answer::new(&value(job), text)
}

fn whole(call: &Call<'_>, job: &JobRow) -> Table {
    Table::facts([
        ("id", Some(job.public_id.to_string())),
        ("kind", Some(job.kind.clone())),
        ("lane", Some(job.lane.to_string())),
        ("state", Some(state(job))),
        ("attempts", Some(format!("{} of {}", job.attempts, job.max_attempts))),
        ("priority", Some(job.priority.to_string())),
        ("due", Some(call.when(job.due_at))),
        ("created", Some(call.when(job.created_at))),
        ("workspace", job.workspace.as_ref().map(|(_, name)| name.clone())),
        ("last started", job.started_at.map(|at| call.when(at))),
        ("ended", job.finished_at.map(|at| call.when(at))),
        ("last error", job.last_error.clone()),
        ("about", Some(job.payload.clone())),
    ])
}

fn value(job: &JobRow) -> Value {
    json!({
        "id": job.public_id,
        "lane": job.lane,
        "kind": job.kind,
        "state": job.state,
        "workspace": job.workspace.as_ref().map(|(_, name)| name),
        "priority": job.priority,
        "attempts": job.attempts,
        "max_attempts": job.max_attempts,
        "due_at": rfc3339(job.due_at),
        "created_at": rfc3339(job.created_at),
        "started_at": job.started_at.map(rfc3339),
        "finished_at": job.finished_at.map(rfc3339),
        "progress_done": job.progress_done,
        "progress_total": job.progress_total,
        "stopping": job.cancel_requested,
        "last_error": job.last_error,
        "payload": serde_json::from_str(&job.payload).unwrap_or(Value::Null),
    })
}
