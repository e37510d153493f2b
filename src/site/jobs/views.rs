//! Views of the queue.

use askama::Template;

use crate::clock::UnixMs;
use crate::i18n::{Stamp, T};
use crate::jobs::{JobRow, Lane, State};
use crate::web::filters;
use crate::web::htmx::Tone;
use crate::web::layout::PageFrame;
use crate::web::views::{Chip, Choice, Meter, Pager, Subnav};

/// `GET /admin/jobs`.
#[derive(Template)]
#[template(path = "jobs/index.html", blocks = ["main"])]
pub struct JobsPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub lanes: Vec<Choice>,
    pub states: Vec<Choice>,
    /// As typed.
    pub text: String,
    /// The chosen values, kept by the forms; empty for all.
    pub lane: String,
    pub state: String,
    pub active: bool,
    pub rows: Vec<JobLine>,
    pub pager: Pager,
    /// The label of the button that retries all failed jobs; `None` without any.
    pub retry_dead: Option<String>,
    /// The address of this page, for a refresh.
    pub here: String,
}

/// A job in the list.
pub struct JobLine {
    pub href: String,
    pub kind: String,
    pub lane: String,
    pub workspace: Option<String>,
    pub state: Chip,
    pub progress: Option<Meter>,
    pub attempts: String,
    /// When it runs next, or ran last.
    pub at: Stamp,
    pub error: Option<String>,
}

/// `GET /admin/jobs/{job}`.
#[derive(Template)]
#[template(path = "jobs/show.html", blocks = ["main"])]
pub struct JobPage {
    pub frame: PageFrame,
    pub subnav: Subnav,
    pub kind: String,
    pub state: Chip,
    pub progress: Option<Meter>,
    pub error: Option<String>,
    pub facts: Vec<(String, String)>,
    pub payload: String,
    /// Address of each action; `None` where the state does not allow it.
    pub retry: Option<String>,
    pub discard: Option<String>,
    pub stop: Option<String>,
}

pub(super) fn lane_label(t: T, lane: Lane) -> String {
    let key = match lane {
        Lane::Campaign => "jobs-lane-campaign",
        Lane::Webhook => "jobs-lane-webhook",
        Lane::Email => "jobs-lane-email",
        Lane::Analytics => "jobs-lane-analytics",
        Lane::Media => "jobs-lane-media",
        Lane::Upkeep => "jobs-lane-upkeep",
    };
    t.get(key)
}

pub(super) fn state_label(t: T, state: State) -> String {
    let key = match state {
        State::Waiting => "jobs-state-waiting",
        State::Ready => "jobs-state-ready",
        State::Running => "jobs-state-running",
        State::Done => "jobs-state-done",
        State::Dead => "jobs-state-dead",
        State::Discarded => "jobs-state-discarded",
    };
    t.get(key)
}

pub(super) fn state_chip(t: T, job: &JobRow) -> Chip {
    let (icon, tone) = match job.state {
        State::Waiting => ("clock", if job.attempts > 0 { Tone::Warn } else { Tone::Plain }),
        State::Ready => ("list-checks", Tone::Plain),
        State::Running => ("loader-circle", Tone::Info),
        State::Done => ("circle-check", Tone::Good),
        State::Dead => ("circle-alert", Tone::Bad),
        State::Discarded => ("ban", Tone::Plain),
    };
    let stopping = job.state == State::Running && job.cancel_requested;
    Chip {
        label: if stopping {
            t.get("jobs-stopping")
        } else {
            state_label(t, job.state)
        },
        icon,
        tone,
        busy: job.state == State::Running,
    }
}

/// The progress of a running job, if it reports any.
pub(super) fn progress(t: T, job: &JobRow) -> Option<Meter> {
    if job.state != State::Running || job.progress_total == 0 {
        return None;
    }
    let (done, total) = (job.progress_done, job.progress_total);
    let value = t.with_all(
        "jobs-progress-value",
        &[("done", &t.number(done)), ("total", &t.number(total))],
    );
    Some(Meter {
        label: t.get("jobs-progress"),
        value,
        percent: u8::try_from(done.saturating_mul(100) / total).unwrap_or(100).min(100),
        tone: Tone::Plain,
        note: None,
    })
}

pub(super) fn line(t: T, job: &JobRow, now: UnixMs) -> JobLine {
    JobLine {
        href: format!("/admin/jobs/{}", job.public_id),
        kind: job.kind.clone(),
        lane: lane_label(t, job.lane),
        workspace: job.workspace.as_ref().map(|(_, name)| name.clone()),
        state: state_chip(t, job),
        progress: progress(t, job),
        attempts: attempts(t, job),
        at: t.short(at(job), now),
        error: job.last_error.clone().filter(|_| job.state != State::Done),
    }
}

/// The most informative time of a job in its state.
const fn at(job: &JobRow) -> UnixMs {
    match (job.finished_at, job.started_at, job.state) {
        (Some(finished), _, _) => finished,
        (None, Some(started), State::Running) => started,
        _ => job.due_at,
    }
}

pub(super) fn attempts(t: T, job: &JobRow) -> String {
    let (begun, most) = (job.attempts.to_string(), job.max_attempts.to_string());
    t.with_all("jobs-attempts-value", &[("begun", &begun), ("most", &most)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lane_and_state_has_its_text() {
        let t = T::default();
        for lane in Lane::ALL {
            assert!(!lane_label(t, *lane).starts_with("jobs-"), "{lane}");
        }
        for state in State::ALL {
            assert!(!state_label(t, *state).starts_with("jobs-"), "{state}");
        }
    }
}
