//! `wamanager key`: API keys of a workspace.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Failure;
use super::call::{Call, only};
use super::home::InWorkspace;
use super::sheet::{Table, id, key, text, time};
use super::wire::Answer;
use super::words::rfc3339;
use crate::access::{ApiKey, KeyScope, NewKey};
use crate::accounts::Scope;
use crate::app::App;
use crate::clock::UnixMs;
use crate::site::routes::offered_scopes;

/// More than a workspace can have active; the rest are revoked ones.
const MOST: u32 = 500;

#[derive(Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyCommand {
    /// Create a key; it is shown once and never again
    #[command(
        after_help = "Examples:\n  wamanager key create \"Shop software\" --scope account:read\n  \
                            wamanager key create Billing --scope account:read --scope account:write --days 90 --json"
    )]
    Create(CreateArgs),
    /// Show all keys of a workspace
    #[command(after_help = "Example:\n  wamanager key list --json")]
    List(InWorkspace),
    /// Revoke a key: it stops working at once
    #[command(after_help = "Example:\n  wamanager key revoke \"Shop software\"")]
    Revoke(RevokeArgs),
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateArgs {
    /// What it is for
    name: String,
    #[arg(long = "scope", value_name = "SCOPE", required = true, help = scopes_help())]
    scopes: Vec<String>,
    /// The only number it can use: name or ID
    #[arg(long)]
    session: Option<String>,
    /// Days until it expires [default: it never does]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: Option<u32>,
    #[command(flatten)]
    home: InWorkspace,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeArgs {
    /// Its name, its ID, or what it begins with
    key: String,
    #[command(flatten)]
    home: InWorkspace,
}

fn scopes_help() -> String {
    let words: Vec<_> = offered_scopes().iter().map(|scope| scope.word()).collect();
    format!("What it may do: {}", words.join(", "))
}

impl KeyCommand {
    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        let (app, now) = (call.app, call.app.clock.now());
        Ok(match self {
            Self::Create(args) => create(app, args).await?,
            Self::List(home) => {
                let scope = home.scope(app).await?;
                let keys = app.access.list_keys(scope, None, MOST).await?;
                let result: Vec<_> = keys.iter().map(|key| value(key, now)).collect();
                match keys.is_empty() {
                    true => Answer::new(
                        &result,
                        "There are no keys yet. Create one with `wamanager key create`.",
                    ),
                    false => Answer::new(&result, table(call, &keys)),
                }
            }
            Self::Revoke(args) => {
                let scope = args.home.scope(app).await?;
                let found = find(app, scope, &args.key).await?;
                let revoked = app.access.revoke_key(scope, found.public_id).await?;
                let text = format!("The key {:?} ({}) is revoked.", revoked.name, revoked.shown());
                Answer::new(&value(&revoked, now), text)
            }
        })
    }
}

async fn create(app: &App, args: &CreateArgs) -> Result<Answer, Failure> {
    let scope = args.home.scope(app).await?;
    let now = app.clock.now();
    let ends = |days: u32| now.plus(Duration::from_secs(u64::from(days) * 86_400));
    let new = NewKey {
        name: args.name.clone(),
        scopes: args
            .scopes
            .iter()
            .map(|word| parse_scope(word))
            .collect::<Result<_, _>>()?,
        session: match &args.session {
            Some(wanted) => Some(number(app, scope, wanted).await?),
            None => None,
        },
        expires_at: args.days.map(ends),
    };
    let made = app.access.create_key(scope, new).await?;
    let mut result = value(&made.key, now);
    result["secret"] = made.text.as_str().into();
    let text = format!(
        "The key {:?} is created. It is shown only now:\n{}",
        made.key.name, made.text
    );
    Ok(Answer::new(&result, text))
}

fn parse_scope(word: &str) -> Result<KeyScope, Failure> {
    let offered = offered_scopes();
    let scope = word.parse::<KeyScope>().ok().filter(|scope| offered.contains(scope));
    scope.ok_or_else(|| {
        let known: Vec<_> = offered.iter().map(|scope| scope.word()).collect();
        Failure::refused(format!("{word:?} is not a scope; use some of: {}", known.join(", ")))
    })
}

async fn number(app: &App, scope: Scope, wanted: &str) -> Result<String, Failure> {
    let all = app.access.numbers(scope).await?;
    let found = only(
        "number",
        wanted,
        &all,
        |(id, _)| id.as_str(),
        |(_, name)| name.eq_ignore_ascii_case(wanted),
    )?;
    let missing = || {
        Failure::not_found(format!(
            "there is no number {wanted:?}; `wamanager session list` shows all"
        ))
    };
    Ok(found.ok_or_else(missing)?.0.to_string())
}

async fn find(app: &App, scope: Scope, wanted: &str) -> Result<ApiKey, Failure> {
    let all = app.access.list_keys(scope, None, MOST).await?;
    let named = |key: &ApiKey| key.name == wanted || wanted.contains(&format!("wam_live_{}", key.prefix));
    let found = only("key", wanted, &all, |key| key.public_id.as_str(), named)?;
    let missing = || Failure::not_found(format!("there is no key {wanted:?}; `wamanager key list` shows all"));
    found.cloned().ok_or_else(missing)
}

fn table(call: &Call<'_>, keys: &[ApiKey]) -> Table {
    let now = call.app.clock.now();
    let row = |key: &ApiKey| {
        let scopes: Vec<_> = key.scopes.iter().map(ToString::to_string).collect();
        vec![
            key.name.clone(),
            key.shown(),
            key.state(now).to_string(),
            scopes.join(" "),
            key.last_used_at.map_or_else(|| "never".to_owned(), |at| call.when(at)),
            key.public_id.to_string(),
        ]
    };
    let columns = [
        key("NAME"),
        key("BEGINS WITH"),
        key("STATE"),
        text("SCOPES"),
        time("LAST USED"),
        id("ID").spare(1),
    ];
    Table::new(columns, keys.iter().map(row))
}

fn value(key: &ApiKey, now: UnixMs) -> Value {
    json!({
        "id": key.public_id,
        "name": key.name,
        "shown": key.shown(),
        "scopes": key.scopes,
        "session": key.session.as_ref().map(|(_, name)| name),
        "state": key.state(now),
        "created_by": key.created_by.1,
        "created_at": rfc3339(key.created_at),
        "expires_at": key.expires_at.map(rfc3339),
        "last_used_at": key.last_used_at.map(rfc3339),
        "secret": null,
    })
}
