//! The state of linked numbers for the operator, even while no server runs.

use super::App;
use crate::accounts::Scope;
use crate::audit::Admin;
use crate::i18n::Text;
use crate::sessions::{Fix, Reason, Session, State};

/// The state of a number that should be connected while no server runs.
pub const STOPPED: &str = "stopped";

/// What is reported about one number.
pub struct NumberState {
    pub name: String,
    /// As on the pages, or [`STOPPED`].
    pub state: String,
    pub reason: Option<Reason>,
    /// The plan's limit holds it, whatever the reason was before.
    pub over_plan: bool,
    /// The reason in words.
    pub why: Option<Text>,
    /// The command that helps, where one does.
    pub fix: Option<String>,
}

impl NumberState {
    /// The reason's name in JSON.
    #[must_use]
    pub fn reason_word(&self) -> Option<&'static str> {
        if self.over_plan {
            return Some("over_plan");
        }
        self.reason.map(Reason::word)
    }
}

/// Those of all workspaces.
pub async fn all(app: &App, admin: Admin) -> Result<Vec<NumberState>, String> {
    let mut states = Vec::new();
    let workspaces = app.accounts.list_workspaces(admin).await;
    for workspace in workspaces.map_err(|error| error.to_string())? {
        let sessions = app.sessions.list(Scope::of_admin(admin, workspace.id)).await;
        for session in sessions.map_err(|error| error.to_string())? {
            states.push(state(app, &session).await);
        }
    }
    Ok(states)
}

pub async fn state(app: &App, session: &Session) -> NumberState {
    let session = &as_it_is(app, session).await;
    // The stored state of a number that should be connected is the last run's, unless this process runs it.
    let stopped = session.state.restores_at_start() && !app.is_started();
    let reason = session.trouble.or(session.reason).filter(|_| !stopped);
    // As on the pages: what the plan holds was not paused by a person. Missing keys are what has to be repaired first.
    let over_plan = session.plan_hold.is_some() && !stopped && !reason.is_some_and(Reason::is_about_keys);
    let (state, why) = match reason {
        _ if stopped => (STOPPED.to_owned(), Some(Text::new("doctor-stopped"))),
        _ if over_plan => (session.state.to_string(), Some(Text::new("session-over-plan"))),
        reason => (session.state.to_string(), reason.map(why_text)),
    };
    NumberState {
        name: session.name.clone(),
        state,
        reason: reason.filter(|_| !over_plan),
        over_plan,
        why,
        fix: if stopped { None } else { command(session) },
    }
}

/// With what its actor will find when it runs: that a linked number has no keys.
async fn as_it_is(app: &App, session: &Session) -> Session {
    let mut session = session.clone();
    if !app.is_started()
        && let Some(reason) = app.sessions.key_trouble(&session).await
    {
        session.state = State::NeedsAttention;
        session.reason = Some(reason);
    }
    session
}

/// The command that helps, with the id, since names need not be unique.
fn command(session: &Session) -> Option<String> {
    let verb = match session.fix() {
        Fix::Link => "link",
        Fix::Reconnect | Fix::TryAgain | Fix::Resume => "reconnect",
        Fix::Upgrade | Fix::Update | Fix::Wait | Fix::Nothing => return None,
    };
    Some(format!("wamanager session {verb} {}", session.public_id))
}

#[must_use]
pub fn why(reason: Reason) -> String {
    why_text(reason).to_string()
}

fn why_text(reason: Reason) -> Text {
    Text::of_word(reason.text_key())
}
