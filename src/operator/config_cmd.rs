//! `wamanager config`: what is configured, where each value came from, and whether it holds.

use clap::Subcommand;

use super::output::{Output, table};
use super::{Exit, Failure};
use crate::config::{RawConfig, Shown, Sources, check};

#[derive(Subcommand)]
pub enum ConfigCommand {
    /// Show every option with its value and where that came from; secrets are hidden
    #[command(after_help = "Example:\n  wamanager config print --json")]
    Print,
    /// Check everything and report all problems at once
    #[command(after_help = "Example:\n  wamanager config check --config /etc/wamanager/wamanager.toml")]
    Check,
}

pub fn run(command: &ConfigCommand, sources: &Sources, output: Output) -> Result<Exit, Failure> {
    let raw = RawConfig::collect(sources)?;
    match command {
        ConfigCommand::Print => output.answer(&raw.shown(), |shown| listing(shown)),
        ConfigCommand::Check => {
            check(&raw)?;
            output.answer(&serde_json::json!({"ok": true}), |_| {
                "The configuration is in order.".to_owned()
            });
        }
    }
    Ok(Exit::Ok)
}

fn listing(shown: &[Shown]) -> String {
    let row = |line: &Shown| {
        let value = match (&line.value, line.meaning) {
            (Some(value), _) => value.clone(),
            (None, Some(meaning)) => format!("({meaning})"),
            (None, None) => String::new(),
        };
        vec![line.key.to_owned(), value, line.origin.clone()]
    };
    table(&["OPTION", "VALUE", "FROM"], shown.iter().map(row))
}
