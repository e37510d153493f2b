//! `wamanager key`: API keys of a workspace.

use clap::{Args, Subcommand};

use super::output::{Output, table};
use super::{Exit, Failure, runtime};
use crate::config::Config;
use crate::operator::wire::{KeyLine, KeyRequest, Request, ask};
use crate::site::routes::offered_scopes;

#[derive(Subcommand)]
pub enum KeyCommand {
    /// Make a key; it is printed once and never again
    #[command(
        after_help = "Examples:\n  wamanager key create \"Shop software\" --scope account:read\n  \
                            wamanager key create Billing --scope account:read --scope account:write --days 90 --json"
    )]
    Create(CreateArgs),
    /// Show all keys of a workspace
    #[command(after_help = "Example:\n  wamanager key list --json")]
    List(Home),
    /// Take a key away: it opens nothing from now on
    #[command(after_help = "Example:\n  wamanager key revoke \"Shop software\"")]
    Revoke(RevokeArgs),
}

#[derive(Args)]
pub struct Home {
    /// Id or name; needed where there are several
    #[arg(long)]
    workspace: Option<String>,
}

#[derive(Args)]
pub struct CreateArgs {
    /// What it is for
    name: String,
    #[arg(long = "scope", value_name = "SCOPE", required = true, help = scopes_help())]
    scopes: Vec<String>,
    /// The only number that it reaches: id or name
    #[arg(long)]
    session: Option<String>,
    /// Days until it ends; without it the key works until it is revoked
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: Option<u32>,
    #[command(flatten)]
    home: Home,
}

#[derive(Args)]
pub struct RevokeArgs {
    /// Its id, its name, or what it begins with
    key: String,
    #[command(flatten)]
    home: Home,
}

fn scopes_help() -> String {
    let words: Vec<_> = offered_scopes().iter().map(|scope| scope.word()).collect();
    format!("What it opens: {}", words.join(", "))
}

pub fn run(command: KeyCommand, config: &Config, output: Output) -> Result<Exit, Failure> {
    match command {
        KeyCommand::Create(args) => {
            let request = KeyRequest::Create {
                workspace: args.home.workspace,
                name: args.name,
                scopes: args.scopes,
                session: args.session,
                days: args.days,
            };
            let key: KeyLine = answer(config, request)?;
            output.answer(&key, |key| {
                let secret = key.secret.as_deref().unwrap_or_default();
                format!("The key {:?} was made. It is shown only now:\n{secret}", key.name)
            });
        }
        KeyCommand::List(home) => {
            let keys: Vec<KeyLine> = answer(
                config,
                KeyRequest::List {
                    workspace: home.workspace,
                },
            )?;
            output.answer(&keys, |keys| listing(keys));
        }
        KeyCommand::Revoke(args) => {
            let request = KeyRequest::Revoke {
                workspace: args.home.workspace,
                key: args.key,
            };
            let key: KeyLine = answer(config, request)?;
            output.answer(&key, |key| {
                format!("The key {:?} ({}) was revoked.", key.name, key.shown)
            });
        }
    }
    Ok(Exit::Ok)
}

fn answer<T: serde::de::DeserializeOwned>(config: &Config, request: KeyRequest) -> Result<T, Failure> {
    let result = runtime()?.block_on(ask(config, Request::Key(request), |_| {}))?;
    serde_json::from_value(result).map_err(|error| Failure::new(Exit::Failure, format!("unexpected answer: {error}")))
}

fn listing(keys: &[KeyLine]) -> String {
    if keys.is_empty() {
        return "There are no keys yet. Make one with `wamanager key create`.".to_owned();
    }
    let row = |key: &KeyLine| {
        vec![
            key.name.clone(),
            key.shown.clone(),
            key.state.clone(),
            key.scopes.join(" "),
            key.last_used_at.clone().unwrap_or_else(|| "never".to_owned()),
            key.id.clone(),
        ]
    };
    table(
        &["NAME", "BEGINS", "STATE", "SCOPES", "LAST USED", "ID"],
        keys.iter().map(row),
    )
}
