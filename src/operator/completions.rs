//! `wamanager completions`: for bash, zsh, fish and others.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::output::write_out;
use super::{Cli, Exit, Failure};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  wamanager completions bash > /etc/bash_completion.d/wamanager\n  \
                  wamanager completions fish > ~/.config/fish/completions/wamanager.fish"
)]
pub struct CompletionsArgs {
    shell: Shell,
}

pub fn run(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "wamanager", &mut script);
    write_out(&script)?;
    Ok(Exit::Ok)
}
