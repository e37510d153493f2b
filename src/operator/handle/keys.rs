//! `key …`: API keys of a workspace, by the operator's hand.

use std::time::Duration;

use crate::access::{AccessError, ApiKey, KeyScope, NewKey};
use crate::accounts::Scope;
use crate::app::App;
use crate::clock::UnixMs;
use crate::operator::exit::of_db;
use crate::operator::handle::workspace;
use crate::operator::wire::{Exit, Failure, KeyLine, KeyRequest, Reply};
use crate::site::routes::offered_scopes;

/// More than a workspace can have alive; the rest are old ones that were revoked.
const MOST: u32 = 500;

pub(super) async fn handle(app: &App, request: KeyRequest) -> Result<Reply, Failure> {
    Ok(match request {
        KeyRequest::List { workspace } => {
            let scope = workspace::scope(app, workspace).await?;
            let keys = app.access.list_keys(scope, None, MOST).await?;
            let now = app.clock.now();
            Reply::done(&keys.into_iter().map(|key| line(key, now)).collect::<Vec<_>>())
        }
        KeyRequest::Create {
            workspace,
            name,
            scopes,
            session,
            days,
        } => {
            let scope = workspace::scope(app, workspace).await?;
            let now = app.clock.now();
            let new = NewKey {
                name,
                scopes: scopes.iter().map(|word| parse_scope(word)).collect::<Result<_, _>>()?,
                session: match session {
                    Some(wanted) => Some(number(app, scope, &wanted).await?),
                    None => None,
                },
                expires_at: days.map(|days| now.plus(Duration::from_secs(u64::from(days) * 86_400))),
            };
            let made = app.access.create_key(scope, new).await?;
            Reply::done(&KeyLine {
                secret: Some(made.text),
                ..line(made.key, now)
            })
        }
        KeyRequest::Revoke { workspace, key } => {
            let scope = workspace::scope(app, workspace).await?;
            let found = find(app, scope, &key).await?;
            let revoked = app.access.revoke_key(scope, found.public_id).await?;
            Reply::done(&line(revoked, app.clock.now()))
        }
    })
}

fn parse_scope(word: &str) -> Result<KeyScope, Failure> {
    let offered = offered_scopes();
    let scope = word.parse::<KeyScope>().ok().filter(|scope| offered.contains(scope));
    scope.ok_or_else(|| {
        let known: Vec<_> = offered.iter().map(|scope| scope.word()).collect();
        Failure::new(
            Exit::Refused,
            format!("{word:?} opens nothing here; use one of: {}", known.join(", ")),
        )
    })
}

async fn number(app: &App, scope: Scope, wanted: &str) -> Result<String, Failure> {
    let all = app.access.numbers(scope).await?;
    let found: Vec<_> = all
        .iter()
        .filter(|(id, name)| id.as_str() == wanted || name.eq_ignore_ascii_case(wanted))
        .collect();
    match found.as_slice() {
        [(id, _)] => Ok(id.to_string()),
        [] => Err(Failure::new(
            Exit::NotFound,
            format!("there is no number {wanted:?}; `wamanager session list` shows all"),
        )),
        _ => Err(Failure::new(
            Exit::Refused,
            format!("several numbers are called {wanted:?}; use the id"),
        )),
    }
}

async fn find(app: &App, scope: Scope, wanted: &str) -> Result<ApiKey, Failure> {
    let all = app.access.list_keys(scope, None, MOST).await?;
    let named = |key: &&ApiKey| {
        key.public_id.as_str() == wanted || key.name == wanted || wanted.contains(&format!("wam_live_{}", key.prefix))
    };
    match all.iter().filter(named).collect::<Vec<_>>().as_slice() {
        [only] => Ok((*only).clone()),
        [] => Err(Failure::new(
            Exit::NotFound,
            format!("there is no key {wanted:?}; `wamanager key list` shows all"),
        )),
        _ => Err(Failure::new(
            Exit::Refused,
            format!("several keys are called {wanted:?}; use the id"),
        )),
    }
}

fn line(key: ApiKey, now: UnixMs) -> KeyLine {
    let time = |at: UnixMs| at.to_utc().to_rfc3339();
    KeyLine {
        shown: key.shown(),
        state: key.state(now).to_string(),
        id: key.public_id.to_string(),
        name: key.name,
        scopes: key.scopes.iter().map(ToString::to_string).collect(),
        session: key.session.map(|(_, name)| name),
        created_by: key.created_by.1,
        created_at: time(key.created_at),
        expires_at: key.expires_at.map(time),
        last_used_at: key.last_used_at.map(time),
        secret: None,
    }
}

impl From<AccessError> for Failure {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Invalid(fields) => {
                let lines: Vec<_> = fields
                    .iter()
                    .map(|field| format!("{}: {}", field.field, field.message))
                    .collect();
                Self::new(Exit::Refused, lines.join("\n"))
            }
            AccessError::NotFound => Self::new(Exit::NotFound, "there is no such key; `wamanager key list` shows all"),
            AccessError::Account(error) => error.into(),
            AccessError::Db(error) => Self::new(of_db(&error), error.to_string()),
            other => Self::new(Exit::Refused, other.to_string()),
        }
    }
}
