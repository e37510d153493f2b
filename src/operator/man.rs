//! `wamanager man`: one manual page, or all of them as files.

use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory as _};
use serde_json::json;

use super::options::with_server_options;
use super::output::{Output, write_out};
use super::wire::Answer;
use super::{Cli, Exit, Failure};

#[derive(Args)]
#[command(after_help = "Examples:\n  wamanager man send | man -l -\n  wamanager man --to /usr/local/share/man/man1")]
pub struct ManArgs {
    /// The command to print the page of, for example: session link [default: the page of wamanager itself]
    #[arg(conflicts_with = "to")]
    verb: Vec<String>,
    /// Directory to write all pages to; it must exist
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

pub fn run(args: &ManArgs, output: Output) -> Result<Exit, Failure> {
    let Some(to) = &args.to else {
        let mut page = Vec::new();
        clap_mangen::Man::new(verb(&args.verb)?).render(&mut page)?;
        write_out(&page)?;
        return Ok(Exit::Ok);
    };
    write_pages(&pages(), to)?;
    let to = to.display();
    let text = format!("The manual pages are in {to}; read them with: man -l {to}/wamanager.1");
    Ok(output.answer(&Answer::new(&json!({ "directory": to.to_string() }), text)))
}

fn pages() -> Command {
    let mut command = with_server_options(Cli::command().disable_help_subcommand(true));
    command.build();
    command
}

fn write_pages(command: &Command, to: &Path) -> std::io::Result<()> {
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        write_pages(verb, to)?;
    }
    clap_mangen::Man::new(command.clone()).generate_to(to).map(drop)
}

/// The command with this path.
fn verb(words: &[String]) -> Result<Command, Failure> {
    let all = pages();
    let mut found = &all;
    for (at, word) in words.iter().enumerate() {
        found = found.find_subcommand(word).ok_or_else(|| {
            let name = words[..=at].join(" ");
            Failure::not_found(format!(
                "there is no command `wamanager {name}`; `wamanager help` shows all"
            ))
        })?;
    }
    Ok(found.clone())
}
