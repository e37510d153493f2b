//! `wamanager session`: linked numbers.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::{Call, OPERATOR, only};
use super::number_settings::{CallsArgs, PresenceArgs, ProxyArgs};
use super::sheet::{Sheet, Table, id, key, note, text, time};
use super::wire::Answer;
use super::words::{self, rfc3339};
use super::{Exit, Failure, home, pairing};
use crate::accounts::{Scope, Workspace};
use crate::app::numbers::{self, NumberState};
use crate::app::{App, numbers::why};
use crate::clock::UnixMs;
use crate::sessions::{PastState, QuotaNow, Session, SessionError};

/// A log-in takes seconds; a longer one continues in the background.
const CONNECTS_WITHIN: Duration = Duration::from_secs(60);
/// How long a number may take to connect before it is logged out.
const LINK_WITHIN: Duration = Duration::from_secs(20);

#[derive(Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionCommand {
    /// Show all numbers and their state
    #[command(after_help = "Example:\n  wamanager session list --json")]
    List(ListArgs),
    /// Link a number: scan the QR code with the phone, or type a code on it
    #[command(
        alias = "pair",
        after_help = "Examples:\n  wamanager session link Shop\n  wamanager session link Shop --phone +5511999990001"
    )]
    Link(LinkArgs),
    /// Show what WhatsApp says of a number, how it fares, and its last states
    #[command(after_help = "Example:\n  wamanager session health Shop --json")]
    Health(OneNumber),
    /// Show what a number connects through, or change it
    #[command(
        after_help = "Examples:\n  wamanager session proxy Shop socks5://proxy.example:1080\n  \
                      wamanager session proxy Shop - < address\n  wamanager session proxy Shop --remove"
    )]
    Proxy(ProxyArgs),
    /// Show whether calls to a number are rejected, or change it
    #[command(
        after_help = "Examples:\n  wamanager session calls Shop --reject --reply \"Please write to us here.\"\n  \
                      wamanager session calls Shop --ring"
    )]
    Calls(CallsArgs),
    /// Show whether others see a number as online, or change it
    #[command(after_help = "Example:\n  wamanager session presence Shop --offline")]
    Presence(PresenceArgs),
    /// Connect a number now: after a ban or a pause, or to skip the wait for the next try
    #[command(after_help = "Example:\n  wamanager session reconnect Shop")]
    Reconnect(OneNumber),
    /// Stop a number: nothing is sent or received, and the link is kept
    #[command(alias = "stop", after_help = "Example:\n  wamanager session pause Shop")]
    Pause(OneNumber),
    /// Unlink a number; its chats stay, and it can be linked again
    #[command(alias = "unlink", after_help = "Example:\n  wamanager session logout Shop")]
    Logout(OneNumber),
    /// Unlink a number and delete it with its chats
    #[command(alias = "remove", after_help = "Example:\n  wamanager session delete Shop --yes")]
    Delete(DeleteArgs),
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListArgs {
    /// ID or name [default: all workspaces]
    #[arg(long)]
    workspace: Option<String>,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkArgs {
    /// Name of a new number, or the name or ID of one to link again
    pub session: String,
    /// Show a code to type on this phone instead of a QR code
    #[arg(long, value_name = "NUMBER")]
    pub phone: Option<String>,
    /// ID or name; needed if there are several
    #[arg(long)]
    pub workspace: Option<String>,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneNumber {
    /// Name, phone number or ID
    session: String,
    /// ID or name; needed if several have such a number
    #[arg(long)]
    workspace: Option<String>,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteArgs {
    #[command(flatten)]
    number: OneNumber,
    /// Don't ask
    #[arg(long, short)]
    #[serde(default)]
    yes: bool,
}

impl SessionCommand {
    pub(super) fn complete(&mut self) -> Result<(), Failure> {
        match self {
            Self::Proxy(args) => args.complete(),
            _ => Ok(()),
        }
    }

    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        match self {
            Self::List(args) => list(call, args.workspace.as_deref()).await,
            Self::Link(args) => pairing::link(call, args).await,
            Self::Health(number) => health(call, number).await,
            Self::Proxy(args) => args.answer(call).await,
            Self::Calls(args) => args.answer(call).await,
            Self::Presence(args) => args.answer(call).await,
            Self::Reconnect(number) => reconnect(call, number).await,
            Self::Pause(number) => pause(call, number).await,
            Self::Logout(number) => logout(call, number).await,
            Self::Delete(args) => delete(call, args).await,
        }
    }
}

/// All numbers of the workspace, or of all workspaces.
async fn list(call: &Call<'_>, wanted: Option<&str>) -> Result<Answer, Failure> {
    let app = call.app;
    let workspaces = match wanted {
        Some(_) => vec![home::choose(app, wanted).await?],
        None => app.accounts.list_workspaces(OPERATOR).await?,
    };
    let (mut lines, mut rows) = (Vec::new(), Vec::new());
    for workspace in workspaces {
        for session in &app.sessions.list(home::looking(&workspace)).await? {
            let state = numbers::state(app, session).await;
            rows.push(row(call, &workspace, session, &state));
            lines.push(line(&workspace, session, &state));
        }
    }
    if rows.is_empty() {
        let text = "No numbers are linked yet. Link one with `wamanager session link NAME`.";
        return Ok(Answer::new(&lines, text));
    }
    let columns = [
        key("NAME"),
        key("NUMBER"),
        key("STATE"),
        time("SINCE").spare(2),
        text("WORKSPACE"),
        id("ID").spare(1),
        note("DETAILS"),
        note("WHAT HELPS"),
    ];
    Ok(Answer::new(&lines, Table::new(columns, rows)))
}

/// The health of a number, with its last states.
async fn health(call: &Call<'_>, number: &OneNumber) -> Result<Answer, Failure> {
    let app = call.app;
    let (home, scope, session) = number.find(app).await?;
    let id = &session.public_id;
    let (health, history) = (
        app.sessions.health(scope, id).await?,
        app.sessions.history(scope, id).await?,
    );
    let standing = app.chats.standing(scope, session.id).await?;
    let now = app.clock.now();
    let ahead = |until: Option<UnixMs>| until.filter(|until| *until > now);
    let state = numbers::state(app, &session).await;
    let quota = health.quota.as_ref().map(|quota| {
        json!({
            "total": quota.total,
            "used": quota.used,
            "ends_at": quota.ends_at.map(rfc3339),
            "status": quota.status,
            "extension": quota.extension,
            "verified": quota.verified,
            "at": rfc3339(quota.at),
        })
    });
    let failures: serde_json::Map<_, _> = standing
        .failures
        .iter()
        .map(|(failure, messages)| (failure.to_string(), json!(messages)))
        .collect();
    let past = |past: &PastState| {
        json!({
            "state": past.state,
            "reason": past.reason,
            "detail": past.detail,
            "at": rfc3339(past.at),
        })
    };
    let told = json!({
        "number": line(&home, &session, &state),
        "linked_at": session.linked_at.map(rfc3339),
        "last_receipt_at": health.receipt_at.map(rfc3339),
        "client_retires_at": health.retires_at.map(rfc3339),
        "locked_until": ahead(session.locked_until).map(rfc3339),
        "lock_kind": health.lock_kind,
        "quota": quota,
        "quota_used_up_until": ahead(session.quota_until).map(rfc3339),
        "reply_percent": standing.reply_percent(),
        "failures": failures,
        "unreached": standing.unreached,
        "history": history.iter().map(past).collect::<Vec<_>>(),
    });
    let at = |at: Option<UnixMs>| at.map(|at| call.when(at));
    let facts = Table::facts([
        ("State", Some(state.state.replace('_', " "))),
        ("Why", state.why.as_ref().map(ToString::to_string)),
        ("Linked", at(session.linked_at)),
        ("Last receipt", at(health.receipt_at)),
        ("New chats locked until", at(ahead(session.locked_until))),
        ("Quota", health.quota.as_ref().map(quota_words)),
        ("No new chats until", at(ahead(session.quota_until))),
        ("Version retires", at(health.retires_at)),
        (
            "Replies in 30 days",
            standing.reply_percent().map(|percent| format!("{percent}%")),
        ),
        ("Failed in 7 days", Some(words::number(u64::from(standing.failed())))),
        (
            "Unreached in 7 days",
            Some(words::number(u64::from(standing.unreached))),
        ),
    ]);
    let rows = history.iter().map(|past| {
        let why = past.reason.map(why);
        vec![
            past.state.word().replace('_', " "),
            call.when(past.at),
            why.unwrap_or_default(),
        ]
    });
    let states = Table::new([key("STATE"), time("SINCE"), note("DETAILS")], rows);
    Ok(Answer::new(&told, Sheet::from(facts).and(states)))
}

fn quota_words(quota: &QuotaNow) -> String {
    match quota.total {
        Some(total) => format!("{} of {} used", words::number(quota.used), words::number(total)),
        None => "no cap".to_owned(),
    }
}

/// Connects a number now and returns once it is connected, or with the reason why not.
async fn reconnect(call: &Call<'_>, number: &OneNumber) -> Result<Answer, Failure> {
    let app = call.app;
    let (home, scope, session) = number.find(app).await?;
    let id = session.public_id;
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
    call.progress("Connecting…").await;
    let session = match tokio::time::timeout(CONNECTS_WITHIN, trying).await {
        Ok(outcome) => outcome?,
        Err(_) => app.sessions.get(scope, &id).await?,
    };
    let state = numbers::state(app, &session).await;
    let text = format!("{} is {}.", session.name, state.state.replace('_', " "));
    Ok(Answer::new(&line(&home, &session, &state), text))
}

/// The number stays linked, and connects again with `session reconnect`.
async fn pause(call: &Call<'_>, number: &OneNumber) -> Result<Answer, Failure> {
    let app = call.app;
    let (home, scope, session) = number.find(app).await?;
    app.start().await?;
    app.sessions.pause(scope, &session.public_id).await?;
    let session = app.sessions.get(scope, &session.public_id).await?;
    let text = format!(
        "{} is paused; the link is kept. `wamanager session reconnect` resumes it.",
        session.name
    );
    Ok(Answer::new(&seen(app, &home, &session).await, text))
}

async fn logout(call: &Call<'_>, number: &OneNumber) -> Result<Answer, Failure> {
    let app = call.app;
    let (home, scope, session) = number.find(app).await?;
    app.start().await?;
    wait_for_link(app, scope, &session).await?;
    app.sessions.logout(scope, &session.public_id).await?;
    let session = app.sessions.get(scope, &session.public_id).await?;
    let text = format!("{} is unlinked. Its chats stay.", session.name);
    Ok(Answer::new(&seen(app, &home, &session).await, text))
}

async fn delete(call: &Call<'_>, args: &DeleteArgs) -> Result<Answer, Failure> {
    let app = call.app;
    let (home, scope, session) = args.number.find(app).await?;
    let question = format!("Delete {} and all its chats? This can't be undone.", session.name);
    call.confirm(args.yes, question)?;
    app.start().await?;
    // WhatsApp is notified if possible; a number that does not connect is deleted all the same.
    let _ = wait_for_link(app, scope, &session).await;
    app.sessions.delete(scope, &session.public_id).await?;
    let text = format!("{} and its chats are deleted.", session.name);
    Ok(Answer::new(&seen(app, &home, &session).await, text))
}

impl OneNumber {
    pub(super) async fn find(&self, app: &App) -> Result<(Workspace, Scope, Session), Failure> {
        let home = home::with_number(app, self.workspace.as_deref(), Some(&self.session)).await?;
        let session = get(app, home::looking(&home), &self.session).await?;
        let scope = home::scope_of(app, &home).await?;
        Ok((home, scope, session))
    }
}

/// The number with this id, name or phone number.
///
/// # Errors
/// When several have the name.
pub async fn find(app: &App, scope: Scope, wanted: &str) -> Result<Option<Session>, Failure> {
    let all = app.sessions.list(scope).await?;
    let is_it = |one: &Session| home::is_called(one, wanted);
    Ok(only("number", wanted, &all, |one| one.public_id.as_str(), is_it)?.cloned())
}

pub async fn get(app: &App, scope: Scope, wanted: &str) -> Result<Session, Failure> {
    let found = find(app, scope, wanted).await?;
    found.ok_or_else(|| SessionError::NotFound.into())
}

/// In this process the numbers have only begun to connect, and a log-out needs a connection. A number that does not
/// connect automatically is not waited for.
pub(super) async fn wait_for_link(app: &App, scope: Scope, session: &Session) -> Result<(), Failure> {
    let mut signals = app.bus.subscribe(scope.workspace);
    let waiting = async {
        while !app.has_link(session.id) {
            let now = app.sessions.get(scope, &session.public_id).await?;
            if !now.state.restores_at_start() {
                break;
            }
            // The link is there just before or after its event; the loop must see the later one.
            let _ = tokio::time::timeout(Duration::from_millis(100), signals.next()).await;
        }
        Ok::<_, Failure>(())
    };
    tokio::time::timeout(LINK_WITHIN, waiting).await.unwrap_or(Ok(()))
}

/// Why a number is in its state, with WhatsApp's own text.
pub fn said(session: &Session) -> String {
    let why = session.reason.map(why).unwrap_or_default();
    let said = format!("{why} {}", session.detail.as_deref().unwrap_or_default());
    said.trim().to_owned()
}

pub async fn seen(app: &App, home: &Workspace, session: &Session) -> Value {
    line(home, session, &numbers::state(app, session).await)
}

fn line(workspace: &Workspace, session: &Session, state: &NumberState) -> Value {
    json!({
        "id": session.public_id,
        "name": session.name,
        "phone": phone(session),
        "state": state.state,
        "reason": state.reason_word(),
        "why": state.why.as_ref().map(ToString::to_string),
        "fix": state.fix,
        "since": rfc3339(session.since),
        "workspace": workspace.name,
    })
}

/// E.164 with `+`, once linked.
pub fn phone(session: &Session) -> Option<String> {
    session.phone.as_ref().map(|digits| format!("+{digits}"))
}

fn row(call: &Call<'_>, workspace: &Workspace, session: &Session, state: &NumberState) -> Vec<String> {
    vec![
        session.name.clone(),
        phone(session).unwrap_or_else(|| "-".to_owned()),
        state.state.replace('_', " "),
        call.when(session.since),
        workspace.name.clone(),
        session.public_id.to_string(),
        state.why.as_ref().map(ToString::to_string).unwrap_or_default(),
        state.fix.as_ref().map(|fix| format!("Run: {fix}")).unwrap_or_default(),
    ]
}
