//! `wamanager jobs`: the queue of background work.

use clap::{Args, Subcommand};
use serde::de::DeserializeOwned;

use super::output::{Output, table};
use super::{Exit, Failure, runtime};
use crate::config::Config;
use crate::operator::wire::{JobList, JobReport, JobsRequest, Request, Retried, ask};

#[derive(Subcommand)]
pub enum JobsCommand {
    /// Show jobs, the newest first
    #[command(
        after_help = "Examples:\n  wamanager jobs list --state dead\n  wamanager jobs list --lane email --find mail.send --json"
    )]
    List(ListArgs),
    /// Show one job with everything that is known of it
    #[command(after_help = "Example:\n  wamanager jobs show job_0123456789abcdefghjkmnpqrs")]
    Show(OneJob),
    /// Do a job now that failed, was discarded or waits for its next attempt
    #[command(
        after_help = "Examples:\n  wamanager jobs retry job_0123456789abcdefghjkmnpqrs\n  wamanager jobs retry --all-dead --lane webhook"
    )]
    Retry(RetryArgs),
    /// Take a job out that has not begun, or failed for good; it can be retried for 7 days
    #[command(after_help = "Example:\n  wamanager jobs discard job_0123456789abcdefghjkmnpqrs")]
    Discard(OneJob),
    /// Tell a running job to stop
    #[command(after_help = "Example:\n  wamanager jobs stop job_0123456789abcdefghjkmnpqrs")]
    Stop(OneJob),
}

#[derive(Args)]
pub struct OneJob {
    /// Its id
    job: String,
}

#[derive(Args)]
pub struct ListArgs {
    /// campaign, webhook, email, analytics, media or upkeep
    #[arg(long)]
    lane: Option<String>,
    /// waiting, ready, running, done, dead or discarded
    #[arg(long)]
    state: Option<String>,
    /// Part of the kind, or an id
    #[arg(long, value_name = "TEXT")]
    find: Option<String>,
    /// Go on after the last page: the cursor that it ended with
    #[arg(long, value_name = "CURSOR")]
    after: Option<i64>,
}

#[derive(Args)]
pub struct RetryArgs {
    /// Its id
    #[arg(required_unless_present = "all_dead", conflicts_with = "all_dead")]
    job: Option<String>,
    /// All that failed for good
    #[arg(long)]
    all_dead: bool,
    /// Only those of this lane
    #[arg(long, requires = "all_dead")]
    lane: Option<String>,
    /// Only those whose kind has this text in it
    #[arg(long, value_name = "TEXT", requires = "all_dead")]
    find: Option<String>,
}

pub fn run(command: JobsCommand, config: &Config, output: Output) -> Result<Exit, Failure> {
    match command {
        JobsCommand::List(args) => {
            let request = JobsRequest::List {
                lane: args.lane,
                state: args.state,
                text: args.find,
                after: args.after,
            };
            let list: JobList = answer(config, request)?;
            output.answer(&list, listing);
        }
        JobsCommand::Show(OneJob { job }) => {
            let job: JobReport = answer(config, JobsRequest::Show { job })?;
            output.answer(&job, whole);
        }
        JobsCommand::Retry(RetryArgs { job: Some(job), .. }) => {
            changed("Next in its lane:", JobsRequest::Retry { job }, config, output)?;
        }
        JobsCommand::Retry(args) => {
            let request = JobsRequest::RetryDead {
                lane: args.lane,
                text: args.find,
            };
            let done: Retried = answer(config, request)?;
            output.answer(&done, |done| format!("{} failed jobs are tried again.", done.retried));
        }
        JobsCommand::Discard(OneJob { job }) => {
            changed("Discarded:", JobsRequest::Discard { job }, config, output)?;
        }
        JobsCommand::Stop(OneJob { job }) => changed("Told to stop:", JobsRequest::Stop { job }, config, output)?,
    }
    Ok(Exit::Ok)
}

fn answer<T: DeserializeOwned>(config: &Config, request: JobsRequest) -> Result<T, Failure> {
    let result = runtime()?.block_on(ask(config, Request::Jobs(request), |_| {}))?;
    serde_json::from_value(result).map_err(|error| Failure::new(Exit::Failure, format!("unexpected answer: {error}")))
}

fn changed(what: &str, request: JobsRequest, config: &Config, output: Output) -> Result<(), Failure> {
    let job: JobReport = answer(config, request)?;
    output.answer(&job, |job| format!("{what} {} ({}, {})", job.id, job.kind, job.state));
    Ok(())
}

fn listing(list: &JobList) -> String {
    let counts: Vec<_> = list
        .counts
        .iter()
        .map(|count| format!("{} {} {}", count.jobs, count.lane, count.state))
        .collect();
    if list.jobs.is_empty() {
        return match counts.is_empty() {
            true => "The queue is empty.".to_owned(),
            false => format!("No job fits. In the queue: {}.", counts.join(", ")),
        };
    }
    let row = |job: &JobReport| {
        vec![
            job.lane.clone(),
            job.kind.clone(),
            state(job),
            format!("{}/{}", job.attempts, job.max_attempts),
            job.due_at.clone(),
            job.id.clone(),
            job.last_error.clone().unwrap_or_default(),
        ]
    };
    let header = ["LANE", "KIND", "STATE", "TRIES", "DUE", "ID", "LAST ERROR"];
    let mut text = table(&header, list.jobs.iter().map(row));
    text.push_str(&format!("\nIn the queue: {}.", counts.join(", ")));
    if let Some(next) = list.next {
        text.push_str(&format!("\nThere are more: --after {next}"));
    }
    text
}

fn state(job: &JobReport) -> String {
    match (job.stopping, job.progress_total) {
        (true, _) => "stopping".to_owned(),
        (false, total) if job.state == "running" && total > 0 => {
            format!("running {}%", job.progress_done.saturating_mul(100) / total)
        }
        _ => job.state.clone(),
    }
}

fn whole(job: &JobReport) -> String {
    let mut lines = vec![
        ("id", job.id.clone()),
        ("kind", job.kind.clone()),
        ("lane", job.lane.clone()),
        ("state", state(job)),
        ("attempts", format!("{} of {}", job.attempts, job.max_attempts)),
        ("priority", job.priority.to_string()),
        ("due", job.due_at.clone()),
        ("made", job.created_at.clone()),
    ];
    let optional = [
        ("workspace", &job.workspace),
        ("last begun", &job.started_at),
        ("ended", &job.finished_at),
        ("last error", &job.last_error),
    ];
    let known = |(name, value): (&'static str, &Option<String>)| Some((name, value.clone()?));
    lines.extend(optional.into_iter().filter_map(known));
    lines.push(("about", job.payload.to_string()));
    lines
        .iter()
        .map(|(name, value)| format!("{name:<11} {value}\n"))
        .collect()
}
