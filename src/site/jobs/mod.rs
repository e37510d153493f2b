//! The administrator's pages of the queue.

pub mod views;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path, Query};
use serde::Deserialize;

use self::views::{JobPage, JobsPage, attempts, lane_label, line, progress, state_chip, state_label};
use crate::audit::Admin;
use crate::clock::{Clock, UnixMs};
use crate::i18n::T;
use crate::ids::{JobId, PublicId};
use crate::jobs::{Count, Filter, JobRow, Jobs, JobsError, Lane, State};
use crate::site::subnav::{self, AdminTab};
use crate::web::act::Act;
use crate::web::address::address;
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::{PageResult, Problem};
use crate::web::render_mode::RenderMode;
use crate::web::views::{Choice, Pager};

const PAGE: &str = "/admin/jobs";

/// The filters in the address. An invalid one does not filter.
#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub struct JobsQuery {
    lane: String,
    state: String,
    q: String,
    after: String,
}

impl JobsQuery {
    fn filter(&self) -> Filter {
        let text = self.q.trim();
        Filter {
            lane: self.lane.parse().ok(),
            state: self.state.parse().ok(),
            text: (!text.is_empty()).then(|| text.to_owned()),
        }
    }

    /// The page with these parts; empty ones are left out.
    fn address(&self) -> String {
        let parts = [
            ("lane", self.lane.as_str()),
            ("state", &self.state),
            ("q", &self.q),
            ("after", &self.after),
        ];
        address(PAGE, &parts)
    }

    fn behind(&self, job: Option<JobId>) -> Self {
        Self {
            after: job.map(|job| job.to_string()).unwrap_or_default(),
            ..self.clone()
        }
    }
}

/// `GET /admin/jobs`.
pub async fn index(
    mode: RenderMode,
    frame: PageFrame,
    admin: Admin,
    query: Query<JobsQuery>,
    jobs: Data<Jobs>,
    clock: Data<Clock>,
) -> PageResult {
    let (query, t) = (query.into_inner(), frame.t);
    let (filter, after) = (query.filter(), query.after.parse().ok().map(JobId));
    let (found, counts) = jobs.overview(admin, filter.clone(), after).await?;
    let pager = Pager {
        t,
        summary: t.count("jobs-summary", found.rows.len() as u64),
        first: after.map(|_| query.behind(None).address()),
        next: found.next.map(|job| query.behind(Some(job)).address()),
    };
    let now = clock.now();
    let page = JobsPage {
        subnav: subnav::admin(&frame, AdminTab::Jobs),
        lanes: lanes(t, &query, &filter, &counts),
        states: states(t, &query, &filter, &counts),
        text: query.q.clone(),
        lane: filter.lane.map(|lane| lane.word().to_owned()).unwrap_or_default(),
        state: filter.state.map(|state| state.word().to_owned()).unwrap_or_default(),
        active: filter != Filter::default(),
        rows: found.rows.iter().map(|job| line(t, job, now)).collect(),
        pager,
        retry_dead: retry_dead_word(t, &filter, &counts),
        here: query.address(),
        frame: frame.at(Section::Admin),
    };
    Ok(mode.html(&page, page.as_main()))
}

/// Without a search text, the button shows how many jobs it affects.
fn retry_dead_word(t: T, filter: &Filter, counts: &[Count]) -> Option<String> {
    let of_lane = |count: &Count| filter.lane.is_none_or(|lane| count.lane == lane);
    let dead = sum(counts, |count| count.state == State::Dead && of_lane(count));
    let shown = filter.state.is_none_or(|state| state == State::Dead);
    if dead == 0 || !shown {
        return None;
    }
    Some(match filter.text {
        Some(_) => t.get("jobs-retry-dead-found"),
        None => t.count("jobs-retry-dead", dead),
    })
}

fn sum(counts: &[Count], wanted: impl Fn(&Count) -> bool) -> u64 {
    counts
        .iter()
        .filter(|count| wanted(count))
        .map(|count| count.jobs)
        .sum()
}

/// Each lane with the number of its jobs in the chosen state.
fn lanes(t: T, query: &JobsQuery, filter: &Filter, counts: &[Count]) -> Vec<Choice> {
    let fits = |count: &Count| filter.state.is_none_or(|state| count.state == state);
    let choice = |lane: Option<Lane>, label: String| {
        let word = lane.map(|lane| lane.word().to_owned()).unwrap_or_default();
        let jobs = sum(counts, |count| {
            fits(count) && lane.is_none_or(|lane| count.lane == lane)
        });
        Choice {
            label,
            count: t.number(jobs),
            href: JobsQuery {
                lane: word,
                ..query.behind(None)
            }
            .address(),
            chosen: filter.lane == lane,
        }
    };
    let each = Lane::ALL.iter().map(|lane| choice(Some(*lane), lane_label(t, *lane)));
    std::iter::once(choice(None, t.get("jobs-lane-all")))
        .chain(each)
        .collect()
}

/// Each state with the number of its jobs in the chosen lane.
fn states(t: T, query: &JobsQuery, filter: &Filter, counts: &[Count]) -> Vec<Choice> {
    let fits = |count: &Count| filter.lane.is_none_or(|lane| count.lane == lane);
    let choice = |state: Option<State>, label: String| {
        let word = state.map(|state| state.word().to_owned()).unwrap_or_default();
        let jobs = sum(counts, |count| {
            fits(count) && state.is_none_or(|state| count.state == state)
        });
        Choice {
            label,
            count: t.number(jobs),
            href: JobsQuery {
                state: word,
                ..query.behind(None)
            }
            .address(),
            chosen: filter.state == state,
        }
    };
    let each = State::ALL
        .iter()
        .map(|state| choice(Some(*state), state_label(t, *state)));
    std::iter::once(choice(None, t.get("jobs-state-all")))
        .chain(each)
        .collect()
}

/// `GET /admin/jobs/{job}`.
pub async fn show(
    mode: RenderMode,
    frame: PageFrame,
    admin: Admin,
    job: Path<PublicId>,
    jobs: Data<Jobs>,
    clock: Data<Clock>,
) -> PageResult {
    let job = jobs.get(admin, &job).await?;
    let t = frame.t;
    let address = |act: &str| format!("{PAGE}/{}/{act}", job.public_id);
    let page = JobPage {
        subnav: subnav::admin(&frame, AdminTab::Jobs),
        state: state_chip(t, &job),
        progress: progress(t, &job),
        error: job.last_error.clone(),
        facts: facts(t, &job, clock.now()),
        payload: readable(&job.payload),
        retry: job.state.can_retry().then(|| address("retry")),
        discard: job.state.can_discard().then(|| address("discard")),
        stop: (job.state.can_stop() && !job.cancel_requested).then(|| address("stop")),
        kind: job.kind,
        frame: frame.at(Section::Admin),
    };
    Ok(mode.html(&page, page.as_main()))
}

fn facts(t: T, job: &JobRow, now: UnixMs) -> Vec<(String, String)> {
    let mut facts = vec![
        (t.get("jobs-id"), job.public_id.to_string()),
        (t.get("jobs-lane"), lane_label(t, job.lane)),
        (t.get("jobs-attempts"), attempts(t, job)),
        (t.get("jobs-priority"), job.priority.to_string()),
        (t.get("jobs-created"), t.full(job.created_at)),
    ];
    if let Some((_, name)) = &job.workspace {
        facts.insert(2, (t.get("jobs-workspace"), name.clone()));
    }
    if let Some(key) = job.unique_key.as_ref().filter(|key| !key.is_empty()) {
        facts.push((t.get("jobs-unique-key"), key.clone()));
    }
    if let Some(started) = job.started_at {
        facts.push((t.get("jobs-started"), t.full(started)));
    }
    match job.finished_at {
        Some(finished) => facts.push((t.get("jobs-finished"), t.full(finished))),
        None if job.due_at > now => facts.push((t.get("jobs-due"), t.full(job.due_at))),
        None => {}
    }
    facts
}

fn readable(payload: &str) -> String {
    let value: Result<serde_json::Value, _> = serde_json::from_str(payload);
    let pretty = value.and_then(|value| serde_json::to_string_pretty(&value));
    pretty.unwrap_or_else(|_| payload.to_owned())
}

/// `POST /admin/jobs/{job}/retry`.
pub async fn retry(act: Act<Admin>, jobs: Data<Jobs>) -> PageResult {
    jobs.retry(act.who, &act.id).await?;
    Ok(act.done(&format!("{PAGE}/{}", act.id), "jobs-retried"))
}

/// `POST /admin/jobs/{job}/discard`.
pub async fn discard(act: Act<Admin>, jobs: Data<Jobs>) -> PageResult {
    jobs.discard(act.who, &act.id).await?;
    Ok(act.done(&format!("{PAGE}/{}", act.id), "jobs-discarded"))
}

/// `POST /admin/jobs/{job}/stop`.
pub async fn stop(act: Act<Admin>, jobs: Data<Jobs>) -> PageResult {
    jobs.cancel(act.who, &act.id).await?;
    Ok(act.done(&format!("{PAGE}/{}", act.id), "jobs-stop-asked"))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct RetryDeadForm {
    lane: String,
    q: String,
}

/// `POST /admin/jobs/retry-dead`: retries all failed jobs that match the filter.
pub async fn retry_dead(
    request: HttpRequest,
    frame: PageFrame,
    admin: Admin,
    form: Form<RetryDeadForm>,
    jobs: Data<Jobs>,
) -> PageResult {
    let RetryDeadForm { lane, q } = form.into_inner();
    let query = JobsQuery {
        lane,
        q,
        ..JobsQuery::default()
    };
    let retried = jobs.retry_dead(admin, query.filter()).await?;
    let said = frame.t.count("jobs-retried-dead", retried);
    Ok(with_toast(htmx::go_to(&request, &query.address()), Tone::Good, &said))
}

impl From<JobsError> for Problem {
    fn from(error: JobsError) -> Self {
        match error {
            JobsError::NotFound => Self::not_found(),
            JobsError::Db(error) => error.into(),
            other => Self::new(StatusCode::CONFLICT, "job-state", other.text()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_the_filters_and_leaves_out_what_is_empty() {
        let query = JobsQuery {
            lane: "email".into(),
            q: "a&b".into(),
            ..JobsQuery::default()
        };
        assert_eq!(query.address(), "/admin/jobs?lane=email&q=a%26b");
        assert_eq!(
            query.behind(Some(JobId(7))).address(),
            "/admin/jobs?lane=email&q=a%26b&after=7"
        );
        assert_eq!(JobsQuery::default().address(), "/admin/jobs");
    }

    #[test]
    fn invalid_filters_are_ignored() {
        let query = JobsQuery {
            lane: "fast".into(),
            state: "tired".into(),
            ..JobsQuery::default()
        };
        assert_eq!(query.filter(), Filter::default());
    }
}
