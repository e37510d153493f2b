//! `wamanager backup`: copies of the database, made beside a running server, verified, and brought back without one.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::output::{Output, table};
use super::{Exit, Failure, runtime};
use crate::app::DataDir;
use crate::backup::{self, Contents, Keys, Restored};
use crate::clock::Clock;
use crate::config::Config;
use crate::control::{BackupLine, BackupRequest, Reply, Request, VerifiedReport, ask};

#[derive(Subcommand)]
pub enum BackupCommand {
    /// Copy the database while the server runs, and verify the copy
    #[command(
        after_help = "Examples:\n  wamanager backup create\n  wamanager backup create --to /mnt/usb --json\n\nThe master key is in no backup: keep a copy of it apart from them."
    )]
    Create(CreateArgs),
    /// Show all backups
    #[command(after_help = "Example:\n  wamanager backup list --json")]
    List,
    /// Read every page of a backup and follow every reference in it
    #[command(
        after_help = "Examples:\n  wamanager backup verify latest\n  wamanager backup verify /mnt/usb/app-manual-20261124T101500Z.db"
    )]
    Verify(VerifyArgs),
    /// Bring a backup back; the server must be stopped
    #[command(
        after_help = "Examples:\n  wamanager backup restore latest\n  wamanager backup restore latest --keep-keys --yes\n\nWhat is replaced is moved aside, never deleted. Everybody has to log in again."
    )]
    Restore(RestoreArgs),
}

#[derive(Args)]
pub struct CreateArgs {
    /// Directory to write it to; the data directory's own `backups` when left out
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// With the keys of the linked numbers, to move to another machine; only while the server is stopped
    #[arg(long)]
    same_instant: bool,
}

#[derive(Args)]
pub struct VerifyArgs {
    /// A file, the name of one in `backups`, or `latest`
    file: String,
}

#[derive(Args)]
pub struct RestoreArgs {
    /// A file, the name of one in `backups`, or `latest`
    file: String,
    /// Leave the keys of the linked numbers as they are, so that these stay linked: for a backup made on this machine
    #[arg(long, conflicts_with = "same_instant")]
    keep_keys: bool,
    /// Bring the keys back too: only when nothing was sent or received since `backup create --same-instant`
    #[arg(long)]
    same_instant: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

pub fn run(command: BackupCommand, config: &Config, output: Output) -> Result<Exit, Failure> {
    match command {
        BackupCommand::Create(args) => create(args, config, output)?,
        BackupCommand::List => {
            let files = backup::list(&config.data_dir)?;
            let lines: Vec<BackupLine> = files.into_iter().map(BackupLine::from).collect();
            output.answer(&lines, |lines| listing(lines));
        }
        BackupCommand::Verify(args) => {
            let path = backup::locate(&config.data_dir, &args.file)?;
            let bar = spinner("reading every page", output);
            let verified = backup::verify(&path);
            bar.finish_and_clear();
            let report = VerifiedReport::from(verified?);
            output.answer(&report, |report| {
                format!("{} is good: {}.", report.file.display(), summary(&report.contents))
            });
        }
        BackupCommand::Restore(args) => restore(args, config, output)?,
    }
    Ok(Exit::Ok)
}

fn create(args: CreateArgs, config: &Config, output: Output) -> Result<(), Failure> {
    // The server has another working directory.
    let to = args.to.map(std::path::absolute).transpose()?;
    let request = BackupRequest {
        to,
        with_keys: args.same_instant,
    };
    let bar = bytes_bar(output);
    let tell = |reply: Reply| match reply {
        Reply::Meter { done, total, .. } => {
            bar.set_length(total);
            bar.set_position(done);
        }
        Reply::Progress { text } => bar.set_message(text),
        _ => {}
    };
    let result = runtime()?.block_on(ask(config, Request::BackupCreate(request), tell));
    bar.finish_and_clear();
    let made: BackupLine = serde_json::from_value(result?)
        .map_err(|error| Failure::new(Exit::Failure, format!("unexpected answer: {error}")))?;
    output.answer(&made, |made| {
        format!("{} is made and verified ({}).", made.file.display(), size(made.size))
    });
    Ok(())
}

fn restore(args: RestoreArgs, config: &Config, output: Output) -> Result<(), Failure> {
    let path = backup::locate(&config.data_dir, &args.file)?;
    let keys = match (args.keep_keys, args.same_instant) {
        (true, _) => Keys::Keep,
        (_, true) => Keys::SameInstant,
        _ => Keys::LinkAgain,
    };
    // First: whoever runs a server hears of that before anything is asked.
    let claimed = DataDir::claim(&config.data_dir)?;
    if !args.yes {
        confirm(&path)?;
    }
    let bar = spinner("verifying and copying", output);
    let restored = backup::restore(&config.data_dir, &path, keys, Clock::System.now());
    bar.finish_and_clear();
    let restored = restored?;
    drop(claimed);
    output.answer(&Report::of(&restored), |_| told(&restored, keys));
    Ok(())
}

#[derive(Serialize)]
struct Report {
    restored: VerifiedReport,
    replaced: Option<PathBuf>,
    numbers_to_link: u64,
}

impl Report {
    fn of(restored: &Restored) -> Self {
        Self {
            restored: restored.from.clone().into(),
            replaced: restored.aside.clone(),
            numbers_to_link: restored.to_link,
        }
    }
}

fn told(restored: &Restored, keys: Keys) -> String {
    let mut text = format!(
        "{} is restored: {}.\n",
        restored.from.path.display(),
        summary(&restored.from.contents)
    );
    if let Some(aside) = &restored.aside {
        text.push_str(&format!(
            "What was there before lies in {}; delete it when you are sure.\n",
            aside.display()
        ));
    }
    text.push_str(&match (keys, restored.to_link) {
        (Keys::LinkAgain, 0) => "No number was linked.\n".to_owned(),
        (Keys::LinkAgain, numbers) => format!(
            "Link {numbers} number(s) again: keys must never go back in time, so a backup brings none. Their chats are \
             kept.\n"
        ),
        (Keys::Keep, _) => "The numbers stay linked with the keys that are here.\n".to_owned(),
        (Keys::SameInstant, _) => {
            "The numbers are linked with the keys of that instant. Never start the old installation again.\n".to_owned()
        }
    });
    text.push_str("Everybody has to log in again. Start the server with `wamanager serve`.");
    text
}

fn confirm(path: &Path) -> Result<(), Failure> {
    let question = format!(
        "Replace the database by {}? The present one is moved aside",
        path.display()
    );
    let sure = dialoguer::Confirm::new()
        .with_prompt(question)
        .default(false)
        .interact();
    let nobody = |_| {
        let message = "nobody can be asked here; say --yes to restore without a question";
        Failure::new(Exit::Usage, message)
    };
    if sure.map_err(nobody)? {
        Ok(())
    } else {
        Err(Failure::new(Exit::Refused, "nothing was changed"))
    }
}

fn bytes_bar(output: Output) -> ProgressBar {
    let bar = if output.is_json() {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(0)
    };
    let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn spinner(what: &'static str, output: Output) -> ProgressBar {
    if output.is_json() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message(what);
    bar.enable_steady_tick(std::time::Duration::from_millis(100));
    bar
}

fn listing(lines: &[BackupLine]) -> String {
    if lines.is_empty() {
        return "There is no backup yet. Make one with `wamanager backup create`; a running server makes one every night."
            .to_owned();
    }
    let row = |line: &BackupLine| {
        vec![
            line.made_at.clone(),
            line.kind.clone(),
            size(line.size),
            line.verified_at
                .clone()
                .map_or_else(|| "not verified".to_owned(), |at| format!("good at {at}")),
            line.file.display().to_string(),
        ]
    };
    table(&["MADE", "KIND", "SIZE", "VERIFIED", "FILE"], lines.iter().map(row))
}

fn summary(contents: &Contents) -> String {
    format!(
        "{} users, {} workspaces, {} numbers, {} contacts, {} chats, {} messages",
        contents.users, contents.workspaces, contents.numbers, contents.contacts, contents.chats, contents.messages
    )
}

fn size(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}
