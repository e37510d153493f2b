//! `jobs …`: the queue, by the operator's hand.

use crate::app::App;
use crate::audit::Actor;
use crate::clock::UnixMs;
use crate::ids::{JobId, PublicId};
use crate::jobs::{Count, Filter, Hand, JobRow, JobsError, Lane, State};
use crate::operator::exit::of_db;
use crate::operator::wire::{Exit, Failure, JobCount, JobList, JobReport, JobsRequest, Reply, Retried};

const OPERATOR: Hand = Hand {
    actor: Actor::Operator,
    address: None,
};

pub(super) async fn handle(app: &App, request: JobsRequest) -> Result<Reply, Failure> {
    let jobs = &app.jobs;
    Ok(match request {
        JobsRequest::List {
            lane,
            state,
            text,
            after,
        } => {
            let filter = filter(lane, state, text)?;
            let (page, counts) = jobs.overview(filter, after.map(JobId)).await.map_err(JobsError::from)?;
            Reply::done(&JobList {
                jobs: page.jobs.into_iter().map(report).collect(),
                counts: counts.into_iter().map(count).collect(),
                next: page.next.map(|id| id.0),
            })
        }
        JobsRequest::Show { job } => Reply::done(&report(jobs.get(&id(&job)?).await?)),
        JobsRequest::Retry { job } => Reply::done(&report(jobs.retry(OPERATOR, &id(&job)?).await?)),
        JobsRequest::RetryDead { lane, text } => {
            let retried = jobs.retry_dead(OPERATOR, filter(lane, None, text)?).await?;
            Reply::done(&Retried { retried })
        }
        JobsRequest::Discard { job } => Reply::done(&report(jobs.discard(OPERATOR, &id(&job)?).await?)),
        JobsRequest::Stop { job } => Reply::done(&report(jobs.cancel(OPERATOR, &id(&job)?).await?)),
    })
}

fn filter(lane: Option<String>, state: Option<String>, text: Option<String>) -> Result<Filter, Failure> {
    let lane = lane.map(|word| {
        word.parse().map_err(|_| {
            unknown(
                "lane",
                &word,
                &Lane::ALL.iter().map(ToString::to_string).collect::<Vec<_>>(),
            )
        })
    });
    let state = state.map(|word| {
        word.parse().map_err(|_| {
            unknown(
                "state",
                &word,
                &State::ALL.iter().map(ToString::to_string).collect::<Vec<_>>(),
            )
        })
    });
    Ok(Filter {
        lane: lane.transpose()?,
        state: state.transpose()?,
        text: text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()),
    })
}

fn unknown(what: &str, word: &str, known: &[String]) -> Failure {
    Failure::new(
        Exit::Refused,
        format!("{word:?} is not a {what}; use one of: {}", known.join(", ")),
    )
}

fn id(text: &str) -> Result<PublicId, Failure> {
    text.parse().map_err(|_| JobsError::NotFound.into())
}

fn report(job: JobRow) -> JobReport {
    let time = |at: UnixMs| at.to_utc().to_rfc3339();
    JobReport {
        id: job.public_id.to_string(),
        lane: job.lane.to_string(),
        kind: job.kind,
        state: job.state.to_string(),
        workspace: job.workspace.map(|(_, name)| name),
        priority: job.priority,
        attempts: job.attempts,
        max_attempts: job.max_attempts,
        due_at: time(job.due_at),
        created_at: time(job.created_at),
        started_at: job.started_at.map(time),
        finished_at: job.finished_at.map(time),
        progress_done: job.progress_done,
        progress_total: job.progress_total,
        stopping: job.cancel_requested,
        last_error: job.last_error,
        payload: serde_json::from_str(&job.payload).unwrap_or(serde_json::Value::Null),
    }
}

fn count(count: Count) -> JobCount {
    JobCount {
        lane: count.lane.to_string(),
        state: count.state.to_string(),
        jobs: count.jobs,
    }
}

impl From<JobsError> for Failure {
    fn from(error: JobsError) -> Self {
        match error {
            JobsError::NotFound => Self::new(
                Exit::NotFound,
                "there is no such job; `wamanager jobs list` shows all. Finished jobs are kept for a while only",
            ),
            JobsError::Db(error) => Self::new(of_db(&error), error.to_string()),
            other => Self::new(Exit::Refused, other.to_string()),
        }
    }
}
