//! `wamanager man`: one page for the program and one for each verb.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _};

use super::output::Output;
use super::{Cli, Exit, Failure};

#[derive(Args)]
#[command(after_help = "Example:\n  wamanager man --to /usr/local/share/man/man1")]
pub struct ManArgs {
    /// Directory that the pages are written to; it must exist
    #[arg(long, value_name = "DIR", default_value = ".")]
    to: PathBuf,
}

pub fn run(args: &ManArgs, output: Output) -> Result<Exit, Failure> {
    clap_mangen::generate_to(Cli::command(), &args.to)?;
    let to = args.to.display().to_string();
    output.answer(&serde_json::json!({ "directory": to }), |_| {
        format!("The manual pages are in {to}; read them with: man -l {to}/wamanager.1")
    });
    Ok(Exit::Ok)
}
