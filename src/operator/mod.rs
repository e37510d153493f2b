//! The command line: the operator's whole surface, one file per noun.
//!
//! This file is its table of contents. A verb appears twice: as the variant that is its grammar, and as the arm that
//! runs it. The command itself is the request, handled by the running server over its socket or, when none runs, by
//! this process ([`wire`]); the answer has exact values for scripts and a sheet for people. Nothing else in the program
//! depends on this room.
//!
//! Answers go to standard output, as text or with `--json` as JSON; progress, logs and errors go to standard error.

mod audit;
mod backup;
mod bench;
mod billing;
mod call;
mod chat;
mod completions;
mod config_cmd;
pub mod demo;
mod doctor;
mod exit;
mod failures;
mod group;
mod home;
mod jobs;
mod key;
mod label;
mod mail;
mod man;
mod message;
mod note;
mod number_settings;
mod openapi;
mod options;
mod output;
mod pairing;
mod plan;
mod qr;
mod quick_reply;
mod scheduled;
mod seed;
mod send;
mod serve;
mod session;
mod sheet;
mod user;
pub mod wire;
mod words;
mod workspace;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use serde::{Deserialize, Serialize};

pub use call::{News, handle};
pub use exit::{Exit, Failure, Question};
pub use options::ConfigFlags;

use crate::app::is_installed;
use crate::config::Config;
use crate::version::VERSION;
use output::{Output, Screen, confirm};
use serve::Signals;
use wire::{Answer, Request, ask};

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

/// What can be done, and what the control socket carries of it.
#[derive(Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Run the server: pages, linked numbers and all
    #[command(
        after_help = "Example:\n  wamanager serve --data-dir /var/lib/wamanager --public-url https://wa.example.com"
    )]
    #[serde(skip)]
    Serve,
    /// Try everything on a simulated WhatsApp network, with sample data
    #[command(
        after_help = "Examples:\n  wamanager demo\n  wamanager demo --listen 127.0.0.1:9000 --data-dir ./demo-data --json"
    )]
    #[serde(skip)]
    Demo,
    /// Linked WhatsApp numbers
    #[command(subcommand)]
    Session(session::SessionCommand),
    /// Send a text message
    Send(send::SendArgs),
    /// Messages of a number: listing, showing, finding
    #[command(subcommand)]
    Message(message::MessageCommand),
    /// Chats of a number
    #[command(subcommand)]
    Chat(chat::ChatCommand),
    /// Groups that a number is in
    #[command(subcommand)]
    Group(group::GroupCommand),
    /// Messages that wait for their time
    #[command(subcommand)]
    Scheduled(scheduled::ScheduledCommand),
    /// Labels of a workspace
    #[command(subcommand)]
    Label(label::LabelCommand),
    /// Notes of the team on a chat
    #[command(subcommand)]
    Note(note::NoteCommand),
    /// Quick replies of a workspace
    #[command(subcommand)]
    QuickReply(quick_reply::QuickReplyCommand),
    /// Who can log in
    #[command(subcommand)]
    User(user::UserCommand),
    /// Copies of the database, and going back to one
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
    #[serde(skip)]
    Openapi,
    /// What workspaces are on, and what they paid
    #[command(subcommand)]
    Billing(billing::BillingCommand),
    /// Plans: what workspaces may use
    #[command(subcommand)]
    Plan(plan::PlanCommand),
    /// Email to people
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// The configuration
    #[command(subcommand)]
    #[serde(skip)]
    Config(config_cmd::ConfigCommand),
    /// Check for anything that needs repair
    #[command(after_help = "Example:\n  wamanager doctor --data-dir /var/lib/wamanager --json")]
    Doctor,
    /// Fill an installation with invented messages, to try and to measure it
    #[command(
        after_help = "Examples:\n  wamanager seed --data-dir ./try\n  wamanager seed --messages 50000 --chats 500 --seed 7 --json\n\nStop the server first. Never do this in an installation that is in use: nothing takes the messages out again."
    )]
    #[serde(skip)]
    Seed(seed::SeedArgs),
    /// Print the completions of a shell
    #[serde(skip)]
    Completions(completions::CompletionsArgs),
    /// Print a manual page, or write all of them
    #[serde(skip)]
    Man(man::ManArgs),
    /// Measure this machine with this program
    #[command(subcommand)]
    #[serde(skip)]
    Bench(bench::BenchCommand),
}

/// Runs the program and returns its exit code.
#[must_use]
pub fn main() -> Exit {
    let cli = match parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => return told(&error),
    };
    let output = Output::new(cli.json);
    match run(cli, output) {
        Ok(exit) => exit,
        Err(failure) => {
            output.failure(&failure);
            failure.exit
        }
    }
}

fn parse(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> Result<Cli, clap::Error> {
    Cli::from_arg_matches(&options::with_server_options(Cli::command()).try_get_matches_from(arguments)?)
}

/// The command of these arguments, without the program's own name.
///
/// # Errors
/// Those of clap.
pub fn command(arguments: &[&str]) -> Result<Command, clap::Error> {
    Ok(parse(["wamanager"].iter().chain(arguments))?.command)
}

/// Prints clap's output instead of a command. Without a command, that is the list of commands.
fn told(error: &clap::Error) -> Exit {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = output::write_out(error.render().ansi().to_string().as_bytes());
        return Exit::Ok;
    }
    let _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Ok }
}

fn run(cli: Cli, output: Output) -> Result<Exit, Failure> {
    let sources = cli.options.sources();
    let mut command = match cli.command {
        Command::Config(command) => return config_cmd::run(&command, &sources, output),
        Command::Demo => return demo::run(&cli.options, output),
        Command::Openapi => return openapi::run(),
        Command::Completions(args) => return completions::run(&args),
        Command::Man(args) => return man::run(&args, output),
        command => command,
    };
    let config = Config::load(&sources)?;
    if command.needs_installation() && !is_installed(&config) {
        return Err(no_installation(&config));
    }
    command.complete()?;
    let answer = match command {
        Command::Serve => return serve::run(&config, output),
        Command::Bench(command) => return bench::run(command, &config, output),
        Command::Seed(args) => args.run(&config, output),
        Command::User(user::UserCommand::Export(args)) => args.run(&config, output),
        Command::Backup(backup::BackupCommand::List) => backup::list(&config),
        Command::Backup(backup::BackupCommand::Verify(args)) => args.run(&config, output),
        Command::Backup(backup::BackupCommand::Restore(args)) => args.run(&config, output),
        Command::Backup(backup::BackupCommand::LinkAgain(args)) => args.run(&config),
        command => follow(command.into(), &config, output),
    };
    Ok(output.answer(&answer?))
}

impl Command {
    /// The one list of verbs that may create an installation, or need none. A verb that only reads must not create
    /// a data directory at a mistyped path.
    fn needs_installation(&self) -> bool {
        match self {
            // These create one.
            Self::Serve | Self::Demo | Self::Seed(_) | Self::User(user::UserCommand::Create(_)) => false,
            Self::Backup(verb) => verb.needs_installation(),
            // These need none, or create their own.
            Self::Bench(_) | Self::Config(_) | Self::Openapi | Self::Completions(_) | Self::Man(_) => false,
            _ => true,
        }
    }

    /// Adds what only the calling process knows, such as standard input.
    fn complete(&mut self) -> Result<(), Failure> {
        match self {
            Self::Send(args) => args.complete(),
            Self::Session(verb) => verb.complete(),
            Self::User(verb) => verb.complete(),
            Self::Backup(verb) => verb.complete(),
            _ => Ok(()),
        }
    }

    /// Whether the work ends when its caller disconnects.
    fn is_followed(&self) -> bool {
        matches!(self, Self::Session(session::SessionCommand::Link(_)))
    }
}

/// Runs a request, shows its progress and asks its question.
fn follow(mut request: Request, config: &Config, output: Output) -> Result<Answer, Failure> {
    let (runtime, followed) = (runtime()?, request.command.is_followed());
    loop {
        let mut screen = Screen::new(output, followed);
        let answer = runtime.block_on(async {
            let signals = if followed { Some(Signals::take()?) } else { None };
            ask(config, &request, |news| screen.show(&news), broken_off(signals)).await
        });
        drop(screen);
        match answer {
            Err(mut failure) => match failure.question.take() {
                Some(Question::Sure(question)) => {
                    confirm(&question)?;
                    request.sure = true;
                }
                Some(Question::Which { option, choices }) => {
                    request = request.with(&option, &output.choose(&choices, failure)?)?;
                }
                None => return Err(failure),
            },
            end => return end,
        }
    }
}

/// Returns at the first signal, so that started work is undone; the second ends the process at once.
async fn broken_off(signals: Option<Signals>) {
    let Some(mut signals) = signals else {
        return std::future::pending().await;
    };
    signals.next().await;
    tokio::spawn(async move {
        signals.next().await;
        std::process::exit(i32::from(Exit::Interrupted.code()));
    });
}

/// A new machine with only backups is not a mistyped path, which is why `backup list` reads them itself.
fn no_installation(config: &Config) -> Failure {
    let message = format!(
        "There is no installation in {}; start one with `wamanager serve`, or name another directory with --data-dir",
        config.data_dir.display()
    );
    Failure::new(Exit::DataDir, message)
}

/// The runtime of gateways, senders and supervisors; the web workers have their own.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    Ok(builder.worker_threads(threads).enable_all().build()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        options::with_server_options(Cli::command()).debug_assert();
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
            let cli = parse(line.split(' ')).unwrap();
            assert!(cli.json, "{line}");
            let config = Config::load(&cli.options.sources()).unwrap();
            assert_eq!(config.data_dir.display().to_string(), "/d", "{line}");
        }
    }

    #[test]
    fn a_secret_is_no_flag() {
        assert!(command(&["serve", "--master-key", "00"]).is_err());
    }
}
