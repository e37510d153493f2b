//! The command line: the operator's whole surface, one file per verb.
//!
//! This file is its table of contents. Verbs that only ask or change something (`session`, `send`, `user`, `doctor`)
//! become a [`wire::Request`], answered by the running server over its socket or, when none runs, by this
//! process itself. Nothing else in the program depends on this room.
//!
//! Answers go to standard output, as text or with `--json` as JSON; progress, logs and errors go to standard error.

mod audit;
mod backup;
mod bench;
mod billing;
mod command;
mod completions;
mod config_cmd;
pub mod demo;
mod doctor;
mod exit;
mod handle;
mod jobs;
mod key;
mod mail;
mod man;
mod openapi;
mod options;
mod output;
mod plan;
mod qr;
mod send;
mod serve;
mod session;
mod user;
pub mod wire;
mod workspace;

use clap::{Parser, Subcommand};

pub use exit::{Exit, Failure};
pub use options::ConfigFlags;

use crate::app::is_installed;
use crate::config::Config;
use crate::version::VERSION;
use output::Output;

/// The WhatsApp platform a small business can own.
#[derive(Parser)]
#[command(
    name = "wamanager",
    version = VERSION,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Try it without a phone or an account:\n  wamanager demo\n\n\
                  Run it:\n  wamanager serve --data-dir /var/lib/wamanager --listen 0.0.0.0:8080"
)]
pub struct Cli {
    #[command(flatten)]
    pub options: ConfigFlags,
    /// Answer in JSON, for scripts
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Run the platform: pages, linked numbers and all
    #[command(
        after_help = "Example:\n  wamanager serve --data-dir /var/lib/wamanager --public-url https://wa.example.com"
    )]
    Serve,
    /// Try everything on a simulated WhatsApp network, with sample data
    #[command(
        after_help = "Examples:\n  wamanager demo\n  wamanager demo --listen 127.0.0.1:9000 --data-dir ./demo-data --json"
    )]
    Demo,
    /// Linked WhatsApp numbers
    #[command(subcommand)]
    Session(session::SessionCommand),
    /// Send a text message
    Send(send::SendArgs),
    /// People with a login
    #[command(subcommand)]
    User(user::UserCommand),
    /// Copies of the database
    #[command(subcommand)]
    Backup(backup::BackupCommand),
    /// Workspaces, and who works in them
    #[command(subcommand)]
    Workspace(workspace::WorkspaceCommand),
    /// Who did what
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// The queue of background work
    #[command(subcommand)]
    Jobs(jobs::JobsCommand),
    /// API keys of a workspace
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Print the OpenAPI document of the API
    #[command(after_help = "Example:\n  wamanager openapi > openapi.json")]
    Openapi,
    /// Plans that workspaces are on, and what they paid
    #[command(subcommand)]
    Billing(billing::BillingCommand),
    /// What workspaces may use
    #[command(subcommand)]
    Plan(plan::PlanCommand),
    /// Mail to people
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// The configuration
    #[command(subcommand)]
    Config(config_cmd::ConfigCommand),
    /// Look for anything that needs repair
    #[command(after_help = "Example:\n  wamanager doctor --data-dir /var/lib/wamanager --json")]
    Doctor,
    /// Print what a shell needs to complete commands
    Completions(completions::CompletionsArgs),
    /// Write the manual pages
    Man(man::ManArgs),
    /// Measure this machine with this program
    #[command(subcommand)]
    Bench(bench::BenchCommand),
}

/// Runs the command and tells a failure, in the shape that was asked for.
#[must_use]
pub fn main(cli: Cli) -> Exit {
    let output = Output::new(cli.json);
    match run(cli, output) {
        Ok(exit) => exit,
        Err(failure) => {
            output.failure(&failure);
            failure.exit
        }
    }
}

fn run(cli: Cli, output: Output) -> Result<Exit, Failure> {
    let sources = cli.options.sources();
    match cli.command {
        Command::Config(command) => return config_cmd::run(&command, &sources, output),
        Command::Demo => return demo::run(&cli.options, output),
        Command::Openapi => return openapi::run(),
        Command::Completions(args) => return completions::run(&args),
        Command::Man(args) => return man::run(&args, output),
        _ => {}
    }
    let config = Config::load(&sources)?;
    if needs_installation(&cli.command) && !is_installed(&config) {
        return Err(no_installation(&config));
    }
    match cli.command {
        Command::Serve => serve::run(&config),
        Command::Session(command) => session::run(command, &config, output),
        Command::Send(args) => send::run(args, &config, output),
        Command::User(command) => user::run(command, &config, output),
        Command::Backup(command) => backup::run(command, &config, output),
        Command::Workspace(command) => workspace::run(command, &config, output),
        Command::Audit(command) => audit::run(command, &config, output),
        Command::Jobs(command) => jobs::run(command, &config, output),
        Command::Key(command) => key::run(command, &config, output),
        Command::Billing(command) => billing::run(command, &config, output),
        Command::Mail(command) => mail::run(command, &config, output),
        Command::Plan(command) => plan::run(command, &config, output),
        Command::Doctor => doctor::run(&config, output),
        Command::Bench(command) => bench::run(command, &config, output),
        Command::Config(_) | Command::Demo | Command::Openapi | Command::Completions(_) | Command::Man(_) => {
            unreachable!("answered above")
        }
    }
}

/// The one list of this: whether the verb works on what is there. The others may begin an installation, or need none; a verb that only looks
/// must not leave a data directory behind at a mistyped path.
fn needs_installation(command: &Command) -> bool {
    match command {
        // These begin one.
        Command::Serve | Command::Demo => false,
        Command::User(verb) => !matches!(verb, user::UserCommand::Create(_)),
        Command::Backup(verb) => !matches!(
            verb,
            backup::BackupCommand::Restore(_) | backup::BackupCommand::Verify(_) | backup::BackupCommand::List
        ),
        // These need none, or bring their own.
        Command::Bench(_) | Command::Config(_) | Command::Openapi | Command::Completions(_) | Command::Man(_) => false,
        Command::Session(_)
        | Command::Send(_)
        | Command::Workspace(_)
        | Command::Audit(_)
        | Command::Jobs(_)
        | Command::Key(_)
        | Command::Billing(_)
        | Command::Plan(_)
        | Command::Mail(_)
        | Command::Doctor => true,
    }
}

/// A machine that has nothing but backups yet is no mistyped path, which is why `backup list` looks by itself.
fn no_installation(config: &Config) -> Failure {
    let message = format!(
        "There is no installation in {}; start one with `wamanager serve`, or name another directory with --data-dir",
        config.data_dir.display()
    );
    Failure::new(Exit::DataDir, message)
}

/// The runtime of gateways, senders and supervisors; the web workers bring their own.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    Ok(builder.worker_threads(threads).enable_all().build()?)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_verb_has_an_example() {
        fn walk(command: &clap::Command, path: &str, missing: &mut Vec<String>) {
            let mut subcommands = command
                .get_subcommands()
                .filter(|sub| sub.get_name() != "help")
                .peekable();
            let example = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            if subcommands.peek().is_none() && !example.contains("wamanager ") {
                missing.push(path.to_owned());
            }
            subcommands.for_each(|sub| walk(sub, &format!("{path} {}", sub.get_name()), missing));
        }
        let mut missing = Vec::new();
        walk(&Cli::command(), "wamanager", &mut missing);
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn options_may_stand_before_and_after_the_verb() {
        for line in [
            "wamanager --data-dir /d --json serve",
            "wamanager serve --data-dir /d --json",
        ] {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            assert!(cli.json, "{line}");
            let config = Config::load(&cli.options.sources()).unwrap();
            assert_eq!(config.data_dir.display().to_string(), "/d", "{line}");
        }
    }

    #[test]
    fn a_secret_is_no_flag() {
        assert!(Cli::try_parse_from(["wamanager", "serve", "--master-key", "00"]).is_err());
    }
}
