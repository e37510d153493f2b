//! `session …`: linked numbers.

use std::time::Duration;

use crate::accounts::{Scope, Workspace};
use crate::app::numbers::why;
use crate::app::{App, numbers};
use crate::operator::exit::of_db;
use crate::operator::handle::{News, workspace};
use crate::operator::wire::{Exit, Failure, Reply, SessionLine};
use crate::sessions::{Session, SessionError};

/// A log-in takes seconds; one that takes longer goes on by itself.
const CONNECTS_WITHIN: Duration = Duration::from_secs(60);

/// All numbers of the workspace, or of all workspaces.
pub(super) async fn list(app: &App, wanted: Option<String>) -> Result<Vec<SessionLine>, Failure> {
    let workspaces = match wanted {
        Some(wanted) => vec![workspace::choose(app, Some(wanted)).await?],
        None => app.accounts.list_workspaces().await?,
    };
    let mut lines = Vec::new();
    for workspace in workspaces {
        let scope = workspace::scope_of(app, &workspace).await?;
        let sessions = app.sessions.list(scope).await?;
        for session in &sessions {
            lines.push(line(app, &workspace, session).await);
        }
    }
    Ok(lines)
}

/// Connects a number now and returns once messages flow, or with why they do not.
pub(super) async fn reconnect(
    app: &App,
    wanted: Option<String>,
    session: &str,
    news: &News,
) -> Result<SessionLine, Failure> {
    let home = workspace::choose(app, wanted).await?;
    let scope = workspace::scope_of(app, &home).await?;
    let id = get(app, scope, session).await?.public_id;
    app.start().await?;
    let mut signals = app.bus.subscribe(scope.workspace);
    app.sessions.reconnect(scope, &id).await?;
    let trying = async {
        loop {
            let session = app.sessions.get(scope, &id).await?;
            if session.state.can_send() {
                return Ok(session);
            }
            if !session.state.restores_at_start() {
                return Err(Failure::new(Exit::NotLinked, said(&session)));
            }
            if signals.next().await.is_none() {
                return Err(Failure::new(Exit::Failure, "the program is stopping"));
            }
        }
    };
    tell(
        news,
        Reply::Progress {
            text: "Connecting…".into(),
        },
    )
    .await;
    let connected = tokio::time::timeout(CONNECTS_WITHIN, trying).await;
    let session = match connected {
        Ok(outcome) => outcome?,
        Err(_) => app.sessions.get(scope, &id).await?,
    };
    Ok(line(app, &home, &session).await)
}

pub(super) async fn logout(app: &App, wanted: Option<String>, session: &str) -> Result<SessionLine, Failure> {
    let home = workspace::choose(app, wanted).await?;
    let scope = workspace::scope_of(app, &home).await?;
    let session = get(app, scope, session).await?;
    app.start().await?;
    wait_for_link(app, scope, &session).await?;
    app.sessions.logout(scope, &session.public_id).await?;
    Ok(line(app, &home, &app.sessions.get(scope, &session.public_id).await?).await)
}

pub(super) async fn delete(app: &App, wanted: Option<String>, session: &str) -> Result<SessionLine, Failure> {
    let home = workspace::choose(app, wanted).await?;
    let scope = workspace::scope_of(app, &home).await?;
    let session = get(app, scope, session).await?;
    app.start().await?;
    // WhatsApp is told where it can be; a number that does not connect is deleted all the same.
    let _ = wait_for_link(app, scope, &session).await;
    app.sessions.delete(scope, &session.public_id).await?;
    Ok(line(app, &home, &session).await)
}

/// The session of this id, name or phone number.
///
/// # Errors
/// When several have the name.
pub(super) async fn find(app: &App, scope: Scope, wanted: &str) -> Result<Option<Session>, Failure> {
    let digits: String = wanted.chars().filter(char::is_ascii_digit).collect();
    let mut matching: Vec<Session> = app.sessions.list(scope).await?;
    matching.retain(|session| {
        session.public_id.as_str() == wanted
            || session.name.eq_ignore_ascii_case(wanted)
            || (digits.len() > 6 && session.phone.as_deref() == Some(&digits))
    });
    if matching.len() > 1 {
        let ids: Vec<_> = matching.iter().map(|session| session.public_id.to_string()).collect();
        let message = format!(
            "several numbers are called {wanted:?}; use one of the ids {}",
            ids.join(", ")
        );
        return Err(Failure::new(Exit::Refused, message));
    }
    Ok(matching.pop())
}

pub(super) async fn get(app: &App, scope: Scope, wanted: &str) -> Result<Session, Failure> {
    find(app, scope, wanted)
        .await?
        .ok_or_else(|| SessionError::NotFound.into())
}

/// In this process the numbers have only begun to connect, and a log-out needs a connection. A number that will not
/// connect by itself is not waited for.
async fn wait_for_link(app: &App, scope: Scope, session: &Session) -> Result<(), Failure> {
    let mut signals = app.bus.subscribe(scope.workspace);
    let waiting = async {
        while !app.has_link(session.id) {
            if !app
                .sessions
                .get(scope, &session.public_id)
                .await?
                .state
                .restores_at_start()
            {
                break;
            }
            // The link is there a moment before or after its event; whichever comes last must be seen.
            let _ = tokio::time::timeout(Duration::from_millis(100), signals.next()).await;
        }
        Ok::<_, Failure>(())
    };
    tokio::time::timeout(Duration::from_secs(20), waiting)
        .await
        .unwrap_or(Ok(()))
}

pub(super) async fn tell(news: &News, reply: Reply) {
    // Nobody listening is no reason to stop; a linking, which is one, looks at that by itself.
    let _ = news.send(reply).await;
}

pub(super) async fn line(app: &App, workspace: &Workspace, session: &Session) -> SessionLine {
    let seen = numbers::state(app, session).await;
    SessionLine {
        id: session.public_id.to_string(),
        name: session.name.clone(),
        phone: session.phone.as_ref().map(|digits| format!("+{digits}")),
        state: seen.state,
        reason: seen.reason.map(|reason| reason.to_string()),
        why: seen.why,
        fix: seen.fix,
        since: session.since.to_utc().to_rfc3339(),
        workspace: workspace.name.clone(),
    }
}

/// Why a number is in its state, with what WhatsApp said.
pub(super) fn said(session: &Session) -> String {
    let why = session.reason.map(why).unwrap_or_default();
    format!("{why} {}", session.detail.as_deref().unwrap_or_default())
        .trim()
        .to_owned()
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        let exit = match &error {
            SessionError::NotFound => Exit::NotFound,
            SessionError::Db(error) => of_db(error),
            SessionError::CodeRefused(_) | SessionError::QrOnly => Exit::NotLinked,
            SessionError::Link(_) | SessionError::Stopping => Exit::Failure,
            _ => Exit::Refused,
        };
        let message = match &error {
            SessionError::NotFound => "there is no such number; `wamanager session list` shows all".to_owned(),
            other => other.to_string(),
        };
        Self::new(exit, message)
    }
}
