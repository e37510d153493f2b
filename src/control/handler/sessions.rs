//! `session …`: linked numbers.

use std::time::Duration;

use tokio::sync::watch;

use crate::accounts::{Scope, Workspace};
use crate::app::App;
use crate::clock::UnixMs;
use crate::control::exit::of_db;
use crate::control::handler::{News, workspace};
use crate::control::{Exit, Failure, Reply, SessionLine};
use crate::events::Subscription;
use crate::ids::PublicId;
use crate::sessions::{Qr, Reason, Session, SessionError, State};
use crate::web::i18n::{Locale, T};

/// Longer than all QR codes of one attempt, and than a pairing code is good for.
const PAIRING_ENDS_AFTER: Duration = Duration::from_secs(6 * 60);

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
        lines.extend(sessions.iter().map(|session| line(app, &workspace, session)));
    }
    Ok(lines)
}

/// Links a number and returns once messages flow.
pub(super) async fn pair(
    app: &App,
    wanted: Option<String>,
    session: &str,
    phone: Option<String>,
    news: &News,
) -> Result<SessionLine, Failure> {
    let home = workspace::choose(app, wanted).await?;
    let scope = workspace::scope_of(app, &home).await?;
    app.start().await?;
    let session = match find(app, scope, session).await? {
        Some(session) => session,
        None => app.sessions.create(scope, session).await?,
    };
    let id = session.public_id;
    // Before anything happens, so that nothing of it is missed.
    let signals = app.bus.subscribe(scope.workspace);
    let began = app.clock.now();
    match phone {
        Some(phone) => {
            let code = app.sessions.pairing_code(scope, &id, &phone).await?;
            let valid_for_ms = millis(code.expires_at.since(app.clock.now()));
            tell(
                news,
                Reply::PairingCode {
                    code: code.code,
                    valid_for_ms,
                },
            )
            .await;
        }
        None => app.sessions.pair(scope, &id).await?,
    }
    let codes = app.sessions.watch_qr(scope, &id).await?;
    let follow = Follow {
        app,
        scope,
        id: &id,
        began,
        news,
    };
    let linked = tokio::time::timeout(PAIRING_ENDS_AFTER, follow.until_linked(codes, signals)).await;
    let session = linked.unwrap_or_else(|_| Err(not_linked("Nobody scanned the code in time.")))?;
    Ok(line(app, &home, &session))
}

pub(super) async fn logout(app: &App, wanted: Option<String>, session: &str) -> Result<SessionLine, Failure> {
    let home = workspace::choose(app, wanted).await?;
    let scope = workspace::scope_of(app, &home).await?;
    let session = get(app, scope, session).await?;
    app.start().await?;
    wait_for_link(app, scope, &session).await?;
    app.sessions.logout(scope, &session.public_id).await?;
    Ok(line(app, &home, &app.sessions.get(scope, &session.public_id).await?))
}

pub(super) async fn delete(app: &App, wanted: Option<String>, session: &str) -> Result<SessionLine, Failure> {
    let home = workspace::choose(app, wanted).await?;
    let scope = workspace::scope_of(app, &home).await?;
    let session = get(app, scope, session).await?;
    app.start().await?;
    // WhatsApp is told where it can be; a number that does not connect is deleted all the same.
    let _ = wait_for_link(app, scope, &session).await;
    app.sessions.delete(scope, &session.public_id).await?;
    Ok(line(app, &home, &session))
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

/// Watches one pairing.
struct Follow<'a> {
    app: &'a App,
    scope: Scope,
    id: &'a PublicId,
    began: UnixMs,
    news: &'a News,
}

impl Follow<'_> {
    async fn until_linked(
        &self,
        mut codes: watch::Receiver<Option<Qr>>,
        mut signals: Subscription,
    ) -> Result<Session, Failure> {
        let mut accepted = false;
        let first = codes.borrow_and_update().clone();
        self.show(first).await;
        loop {
            let session = self.app.sessions.get(self.scope, self.id).await?;
            if session.state.can_send() {
                return Ok(session);
            }
            if session.is_linked() && !accepted {
                accepted = true;
                tell(
                    self.news,
                    Reply::Progress {
                        text: "The phone has accepted. Connecting…".into(),
                    },
                )
                .await;
            }
            self.ended(&session)?;
            tokio::select! {
                changed = codes.changed() => match changed {
                    Ok(()) => { let code = codes.borrow_and_update().clone(); self.show(code).await; }
                    Err(_) => return Err(not_linked("The program is stopping.")),
                },
                signal = signals.next() => if signal.is_none() {
                    return Err(not_linked("The program is stopping."));
                },
            }
        }
    }

    async fn show(&self, code: Option<Qr>) {
        let Some(code) = code else { return };
        let valid_for_ms = millis(code.expires_at.since(self.app.clock.now()));
        tell(
            self.news,
            Reply::Qr {
                code: code.code,
                valid_for_ms,
            },
        )
        .await;
    }

    /// An error once this attempt has come to an end other than a link.
    fn ended(&self, session: &Session) -> Result<(), Failure> {
        let over = matches!(
            session.state,
            State::Unlinked | State::LoggedOut | State::NeedsAttention | State::Banned | State::Replaced
        );
        // What an earlier attempt left behind is no news.
        let fresh = session.since >= self.began && session.reason != Some(Reason::NeverLinked);
        if !(over && fresh) {
            return Ok(());
        }
        let why = session.reason.map(why).unwrap_or_default();
        Err(not_linked(&format!(
            "{why} {}",
            session.detail.as_deref().unwrap_or_default()
        )))
    }
}

fn not_linked(why: &str) -> Failure {
    Failure::new(
        Exit::NotLinked,
        format!(
            "The number was not linked. {} Run the command again to try again.",
            why.trim()
        ),
    )
}

async fn tell(news: &News, reply: Reply) {
    // Whoever asked has gone; the pairing goes on without being watched.
    let _ = news.send(reply).await;
}

fn line(app: &App, workspace: &Workspace, session: &Session) -> SessionLine {
    // What the database says of a number that should be connected is of the last run, unless this process runs it.
    let stopped = session.state.restores_at_start() && !app.is_started();
    SessionLine {
        id: session.public_id.to_string(),
        name: session.name.clone(),
        phone: session.phone.as_ref().map(|digits| format!("+{digits}")),
        state: if stopped {
            "stopped".to_owned()
        } else {
            session.state.to_string()
        },
        reason: if stopped {
            None
        } else {
            session.reason.map(|reason| reason.to_string())
        },
        why: if stopped {
            Some("The server does not run.".to_owned())
        } else {
            session.reason.map(why)
        },
        since: session.since.to_utc().to_rfc3339(),
        workspace: workspace.name.clone(),
    }
}

fn why(reason: Reason) -> String {
    T::new(Locale::En, crate::zone::Zone::UTC)
        .get(&reason.text_key())
        .into_owned()
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        let exit = match &error {
            SessionError::NotFound => Exit::NotFound,
            SessionError::Db(error) => of_db(error),
            SessionError::CodeRefused(_) => Exit::NotLinked,
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
