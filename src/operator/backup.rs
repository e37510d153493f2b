//! `wamanager backup`: copies of the database, made beside a running server, verified, and brought back without one.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::output::{Output, table};
use super::{Exit, Failure, no_installation, runtime};
use crate::app::{DataDir, StartError, is_installed};
use crate::backup::{self, BackupError, Contents, Fit, Keys, Order, OtherKey, Restored, Verified};
use crate::clock::{Clock, UnixMs};
use crate::config::Config;
use crate::config::master_key::{self, KeyBytes, MasterKeyError};
use crate::operator::wire::{
    BackupLine, BackupRequest, HeldAct, HeldReport, HeldRequest, Reply, Request, VerifiedReport, ask,
};
use crate::{mail, outbox};

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
    /// Show what waited in a restored backup and is held
    #[command(after_help = "Example:\n  wamanager backup held --json")]
    Held(HeldArgs),
    /// Send what waited in a restored backup
    #[command(
        after_help = "Examples:\n  wamanager backup resume\n  wamanager backup resume --workspace Flor\n\nMessages and emails that waited in a backup may have gone out after it was made, so they are held until somebody decides."
    )]
    Resume(HeldArgs),
    /// Take out what waited in a restored backup; it is never sent
    #[command(after_help = "Example:\n  wamanager backup discard --yes")]
    Discard(DiscardArgs),
    /// Have every number linked again, when the master key of their keys is lost; the server must be stopped
    #[command(after_help = "Example:\n  wamanager backup link-again --yes\n\nThe keys are moved aside, never deleted.")]
    LinkAgain(LinkAgainArgs),
}

#[derive(Args)]
pub struct HeldArgs {
    /// Only messages of this workspace (its id or name); without it those of all, and emails
    #[arg(long, value_name = "WORKSPACE")]
    workspace: Option<String>,
}

#[derive(Args)]
pub struct DiscardArgs {
    #[command(flatten)]
    which: HeldArgs,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

#[derive(Args)]
pub struct LinkAgainArgs {
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
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
    /// Go on without the master key that sealed the backup: what it sealed is lost (second factors, emails that wait)
    #[arg(long)]
    without_its_key: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

pub fn run(command: BackupCommand, config: &Config, output: Output) -> Result<Exit, Failure> {
    match command {
        BackupCommand::Create(args) => create(args, config, output)?,
        BackupCommand::List => {
            let files = backup::list(&config.data_dir)?;
            if files.is_empty() && !is_installed(config) {
                return Err(no_installation(config));
            }
            let lines: Vec<BackupLine> = files.into_iter().map(BackupLine::from).collect();
            output.answer(&lines, |lines| listing(lines));
        }
        BackupCommand::Verify(args) => {
            let path = backup::locate(&config.data_dir, &args.file)?;
            let bar = spinner("reading every page", output);
            let verified = backup::verify(&path);
            bar.finish_and_clear();
            verified_told(&path, verified?, config, output)?;
        }
        BackupCommand::Restore(args) => restore(args, config, output)?,
        BackupCommand::Held(args) => held(args, HeldAct::Show, config, output)?,
        BackupCommand::Resume(args) => held(args, HeldAct::Resume, config, output)?,
        BackupCommand::Discard(args) => {
            if !args.yes {
                sure("Discard what is held? It is never sent", "discard")?;
            }
            held(args.which, HeldAct::Discard, config, output)?;
        }
        BackupCommand::LinkAgain(args) => link_again(&args, config, output)?,
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

/// The pages of it are good; whether it can be read whole depends on the master key.
fn verified_told(path: &Path, verified: Verified, config: &Config, output: Output) -> Result<(), Failure> {
    let print = verified.master_key.clone();
    let mut report = VerifiedReport::from(verified);
    let note = match master_key::find(&config.master_key) {
        Ok(key) => match backup::fit_of(path, &key) {
            Some(Fit::Other(print)) => {
                let place = master_key::place(&config.master_key);
                return Err(BackupError::from(OtherKey::new(path, &place, print.as_deref(), &key)).into());
            }
            Some(Fit::Fits) => {
                report.master_key_fits = Some(true);
                "It belongs to the master key that is here.".to_owned()
            }
            Some(Fit::NothingSealed) | None => "Nothing in it is sealed, so any master key will do.".to_owned(),
        },
        Err(_) => format!(
            "There is no master key here to try on it. Restoring it needs the one that sealed it{}.",
            print
                .map(|print| format!(", with the fingerprint {print}"))
                .unwrap_or_default()
        ),
    };
    output.answer(&report, |report| {
        format!(
            "{} is good: {}.\n{note}",
            report.file.display(),
            summary(&report.contents)
        )
    });
    Ok(())
}

fn held(args: HeldArgs, act: HeldAct, config: &Config, output: Output) -> Result<(), Failure> {
    let request = HeldRequest {
        workspace: args.workspace,
        act,
    };
    let result = runtime()?.block_on(ask(config, Request::Held(request), |_| {}))?;
    let report: HeldReport = serde_json::from_value(result)
        .map_err(|error| Failure::new(Exit::Failure, format!("unexpected answer: {error}")))?;
    output.answer(&report, |report| {
        let what = format!("{} message(s) and {} email(s)", report.messages, report.emails);
        match act {
            HeldAct::Show if report.messages + report.emails == 0 => "Nothing is held.".to_owned(),
            HeldAct::Show => format!(
                "{what} waited in a restored backup and are held, since they may have gone out already. Send them with \
                 `wamanager backup resume`, or take them out with `wamanager backup discard`."
            ),
            HeldAct::Resume => format!("{what} are on their way."),
            HeldAct::Discard => format!("{what} were discarded."),
        }
    });
    Ok(())
}

fn link_again(args: &LinkAgainArgs, config: &Config, output: Output) -> Result<(), Failure> {
    let key = master_key::find(&config.master_key).map_err(StartError::from)?;
    let claimed = DataDir::claim(&config.data_dir)?;
    let app = config.app_db();
    if let Some(Fit::Other(print)) = backup::fit_of(&app, &key) {
        let place = master_key::place(&config.master_key);
        return Err(BackupError::from(OtherKey::new(&app, &place, print.as_deref(), &key)).into());
    }
    if !args.yes {
        sure(
            "Move the keys of all linked numbers aside? Every number is linked again",
            "link again",
        )?;
    }
    let (numbers, moved) = backup::link_again(&config.data_dir, Clock::System.now())?;
    drop(claimed);
    let report = serde_json::json!({ "numbers_to_link": numbers, "replaced": moved });
    output.answer(&report, |_| {
        let aside = moved
            .map(|path| format!(" Their keys lie in {}.", path.display()))
            .unwrap_or_default();
        format!("{numbers} number(s) are to be linked again.{aside}")
    });
    Ok(())
}

/// The key that is here, or that there is none; a new one where the backup is to be read without its own.
fn key_for(path: &Path, without_its_key: bool, config: &Config) -> Result<KeyBytes, Failure> {
    match master_key::find(&config.master_key) {
        Err(MasterKeyError::Missing(place)) if !without_its_key => Err(BackupError::NoKey {
            path: path.to_owned(),
            place,
            fingerprint: backup::fingerprint_in(path),
        }
        .into()),
        Err(MasterKeyError::Missing(_)) => {
            // Claiming makes the directory that the new key goes into.
            drop(DataDir::claim(&config.data_dir)?);
            Ok(master_key::make(&config.master_key).map_err(StartError::from)?)
        }
        found => Ok(found.map_err(StartError::from)?),
    }
}

fn restore(args: RestoreArgs, config: &Config, output: Output) -> Result<(), Failure> {
    let path = backup::locate(&config.data_dir, &args.file)?;
    let key = key_for(&path, args.without_its_key, config)?;
    let keys = match (args.keep_keys, args.same_instant) {
        (true, _) => Keys::Keep,
        (_, true) => Keys::SameInstant,
        _ => Keys::LinkAgain,
    };
    // First: whoever runs a server hears of that before anything is asked.
    let claimed = DataDir::claim(&config.data_dir)?;
    if !args.yes {
        let question = format!(
            "Replace the database by {}? The present one is moved aside",
            path.display()
        );
        sure(&question, "restore")?;
    }
    let bar = spinner("verifying and copying", output);
    let order = Order {
        data_dir: &config.data_dir,
        backup: &path,
        keys,
        master_key: &key,
        place: &master_key::place(&config.master_key),
        without_its_key: args.without_its_key,
    };
    let hold = |tx: &rusqlite::Connection, now: UnixMs| {
        Ok(backup::Held {
            messages: outbox::hold_all_in(tx, now)?,
            emails: mail::hold_all_in(tx, now)?,
        })
    };
    let restored = backup::restore(order, Clock::System.now(), hold);
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
    held: backup::Held,
}

impl Report {
    fn of(restored: &Restored) -> Self {
        Self {
            restored: restored.from.clone().into(),
            replaced: restored.aside.clone(),
            numbers_to_link: restored.to_link,
            held: restored.held,
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
    match restored.key_fits {
        Some(false) => text.push_str(
            "What another master key had sealed was dropped: second factors must be set up again, and emails that waited \
             are gone.\n",
        ),
        Some(true) if restored.from.master_key.is_none() => text.push_str(
            "The backup is older than fingerprints of master keys; the key that is here opens what is sealed in it.\n",
        ),
        None if restored.from.master_key.is_none() => text.push_str(
            "The backup is older than fingerprints of master keys, and nothing in it is sealed: any key will do.\n",
        ),
        _ => {}
    }
    if restored.held != backup::Held::default() {
        text.push_str(&format!(
            "{} message(s) and {} email(s) waited in it. They are held, since they may have gone out already: `wamanager \
             backup resume` sends them, `wamanager backup discard` takes them out.\n",
            restored.held.messages, restored.held.emails
        ));
    }
    text.push_str("Everybody has to log in again. Start the server with `wamanager serve`.");
    text
}

fn sure(question: &str, verb: &str) -> Result<(), Failure> {
    let sure = dialoguer::Confirm::new()
        .with_prompt(question)
        .default(false)
        .interact();
    let nobody = |_| {
        let message = format!("nobody can be asked here; say --yes to {verb} without a question");
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
