//! `wamanager config`: the configuration, the source of each value, and its validity.

use clap::Subcommand;

use super::output::Output;
use super::sheet::{Table, key, text};
use super::wire::Answer;
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
    let answer = match command {
        ConfigCommand::Print => {
            let shown = raw.shown();
            Answer::new(&shown, table(&shown))
        }
        ConfigCommand::Check => {
            check(&raw)?;
            Answer::new(&serde_json::json!({"ok": true}), "The configuration has no problems.")
        }
    };
    Ok(output.answer(&answer))
}

fn table(shown: &[Shown]) -> Table {
    let row = |line: &Shown| {
        let value = match (&line.value, line.meaning) {
            (Some(value), _) => value.clone(),
            (None, Some(meaning)) => format!("({meaning})"),
            (None, None) => String::new(),
        };
        vec![line.key.to_owned(), value, line.origin.clone()]
    };
    Table::new([key("OPTION"), text("VALUE"), text("FROM")], shown.iter().map(row))
}
