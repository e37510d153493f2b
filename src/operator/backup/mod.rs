//! `wamanager backup`: copies of the database, made beside a running server, verified, and restored without one.

mod restore;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::{Call, OPERATOR};
use super::output::Output;
use super::sheet::{Table, figure, key, note, time};
use super::wire::{Answer, Reply};
use super::words::{count, rfc3339, size, when};
use super::{Failure, home, no_installation};
use crate::app::{App, held, is_installed};
use crate::audit::Action;
use crate::backup::{self, BackupError, BackupFile, Contents, Fit, Held, Kind, OtherKey, Step, Verified};
use crate::clock::Clock;
use crate::config::{Config, master_key};

const NOTHING: &str = "Nothing is held.";

#[derive(Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupCommand {
    /// Copy the database while the server runs, and verify the copy
    #[command(
        after_help = "Examples:\n  wamanager backup create\n  wamanager backup create --to /mnt/usb --json\n\nThe master key is in no backup: keep a copy of it apart from them."
    )]
    Create(CreateArgs),
    /// Show all backups
    #[command(after_help = "Example:\n  wamanager backup list --json")]
    #[serde(skip)]
    List,
    /// Read every page of a backup and follow every reference in it
    #[command(
        after_help = "Examples:\n  wamanager backup verify latest\n  wamanager backup verify /mnt/usb/app-manual-20261124T101500Z.db"
    )]
    #[serde(skip)]
    Verify(VerifyArgs),
    /// Restore a backup; stop the server first
    #[command(
        after_help = "Examples:\n  wamanager backup restore latest\n  wamanager backup restore latest --keep-keys --yes\n\nWhat is replaced is moved aside, never deleted. Everybody has to log in again."
    )]
    #[serde(skip)]
    Restore(restore::RestoreArgs),
    /// Show what is held: it waited in a backup that was restored
    #[command(after_help = "Example:\n  wamanager backup held --json")]
    Held(HeldArgs),
    /// Send what is held
    #[command(
        after_help = "Examples:\n  wamanager backup resume\n  wamanager backup resume --workspace Flor\n\nMessages and emails that waited in a backup may have been sent after it was made, so they are held until somebody decides."
    )]
    Resume(HeldArgs),
    /// Discard what is held; it is never sent
    #[command(after_help = "Example:\n  wamanager backup discard --yes")]
    Discard(DiscardArgs),
    /// Link every number again, if the master key of their keys is lost; stop the server first
    #[command(after_help = "Example:\n  wamanager backup link-again --yes\n\nThe keys are moved aside, never deleted.")]
    #[serde(skip)]
    LinkAgain(restore::LinkAgainArgs),
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldArgs {
    /// Only messages of this workspace (ID or name) [default: those of all, and emails]
    #[arg(long, value_name = "WORKSPACE")]
    workspace: Option<String>,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiscardArgs {
    #[command(flatten)]
    which: HeldArgs,
    /// Don't ask
    #[arg(long, short)]
    #[serde(default)]
    yes: bool,
}

#[derive(Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateArgs {
    /// Directory to write it to [default: `backups` in the data directory]
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Include the keys of the linked numbers, to move to another machine; stop the server first
    #[arg(long)]
    #[serde(default)]
    same_instant: bool,
}

#[derive(Args)]
pub struct VerifyArgs {
    /// A file, the name of one in `backups`, or `latest`
    file: String,
}

impl BackupCommand {
    /// Whether it needs an existing installation: a new machine may have only backups.
    pub fn needs_installation(&self) -> bool {
        !matches!(self, Self::Restore(_) | Self::Verify(_) | Self::List)
    }

    /// The server has another working directory, so paths become absolute.
    pub(super) fn complete(&mut self) -> Result<(), Failure> {
        if let Self::Create(CreateArgs { to: Some(to), .. }) = self {
            *to = std::path::absolute(&to)?;
        }
        Ok(())
    }

    pub(super) async fn answer(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        match self {
            Self::Create(args) => create(call, args).await,
            Self::Held(which) => show_held(call.app, which).await,
            Self::Resume(which) => {
                let held = decide(call.app, which, true).await?;
                Ok(Answer::new(&held, format!("{} will be sent.", waiting(held))))
            }
            Self::Discard(args) => {
                let held = held_of(call.app, &args.which).await?;
                if held == Held::default() {
                    return Ok(Answer::new(&held, NOTHING));
                }
                call.confirm(args.yes, format!("Discard {}? They are never sent.", waiting(held)))?;
                let held = decide(call.app, &args.which, false).await?;
                Ok(Answer::new(&held, format!("{} discarded.", waiting(held))))
            }
            Self::List | Self::Verify(_) | Self::Restore(_) | Self::LinkAgain(_) => {
                unreachable!("answered where it is typed")
            }
        }
    }
}

async fn create(call: &Call<'_>, args: &CreateArgs) -> Result<Answer, Failure> {
    let app = call.app;
    // Progress that does not fit into the channel is dropped: the next report supersedes it.
    let tell = |step: Step| {
        let reply = match step {
            Step::Copying { done, total } => Reply::Meter {
                what: "copying".to_owned(),
                done,
                total,
            },
            Step::Verifying => Reply::Progress {
                text: "reading every page of the copy".to_owned(),
            },
        };
        let _ = call.news.try_send(reply);
    };
    let to = args.to.as_deref();
    let (file, _) = if args.same_instant {
        if app.is_started() {
            return Err(BackupError::NotAtRest.into());
        }
        app.backups.create_with_keys(to, tell).await?
    } else {
        app.backups.create(Kind::Manual, to, tell).await?
    };
    let mut entry = OPERATOR.entry(Action::BackupMade);
    entry.target = file.path.file_name().map(|name| name.to_string_lossy().into_owned());
    app.audit.record(entry).await.map_err(BackupError::from)?;
    let text = format!("{} is created and verified ({}).", file.path.display(), size(file.size));
    Ok(Answer::new(&value(&file), text))
}

async fn show_held(app: &App, which: &HeldArgs) -> Result<Answer, Failure> {
    let held = held_of(app, which).await?;
    let text = match held == Held::default() {
        true => NOTHING.to_owned(),
        false => format!(
            "{} waited in a restored backup and are held, since they may have been sent already. Send them with \
             `wamanager backup resume`, or discard them with `wamanager backup discard`.",
            waiting(held)
        ),
    };
    Ok(Answer::new(&held, text))
}

async fn held_of(app: &App, which: &HeldArgs) -> Result<Held, Failure> {
    let Some(wanted) = &which.workspace else {
        return Ok(held::count(app, OPERATOR).await?);
    };
    let chosen = home::choose(app, Some(wanted)).await?;
    let waiting = app.outbox.workspaces_with_held(OPERATOR).await?;
    let here = waiting.iter().find(|(id, _)| *id == chosen.id);
    let messages = here.map_or(0, |(_, messages)| *messages);
    Ok(Held { messages, emails: 0 })
}

async fn decide(app: &App, which: &HeldArgs, resume: bool) -> Result<Held, Failure> {
    let Some(wanted) = &which.workspace else {
        return Ok(held::decide(app, OPERATOR, resume).await?);
    };
    let chosen = home::choose(app, Some(wanted)).await?;
    let messages = held::in_workspace(app, OPERATOR, chosen.id, resume).await?;
    Ok(Held { messages, emails: 0 })
}

fn waiting(held: Held) -> String {
    format!(
        "{} and {}",
        count(held.messages, "message"),
        count(held.emails, "email")
    )
}

pub fn list(config: &Config) -> Result<Answer, Failure> {
    let files = backup::list(&config.data_dir)?;
    if files.is_empty() && !is_installed(config) {
        return Err(no_installation(config));
    }
    let values: Vec<_> = files.iter().map(value).collect();
    if files.is_empty() {
        let text = "There are no backups yet. Create one with `wamanager backup create`; a running server makes one \
                    every night.";
        return Ok(Answer::new(&values, text));
    }
    let now = Clock::System.now();
    let row = |file: &BackupFile| {
        vec![
            when(file.made_at, now),
            file.kind.to_string(),
            size(file.size),
            file.verified_at.map_or_else(|| "no".to_owned(), |at| when(at, now)),
            file.path.display().to_string(),
        ]
    };
    let columns = [
        time("CREATED"),
        key("KIND"),
        figure("SIZE"),
        time("VERIFIED"),
        note("FILE"),
    ];
    Ok(Answer::new(&values, Table::new(columns, files.iter().map(row))))
}

impl VerifyArgs {
    /// The pages of it are good; whether its secrets can be opened depends on the master key.
    pub fn run(&self, config: &Config, output: Output) -> Result<Answer, Failure> {
        let path = backup::locate(&config.data_dir, &self.file)?;
        let bar = spinner("reading every page", output);
        let verified = backup::verify(&path);
        bar.finish_and_clear();
        let verified = verified?;
        let mut report = verified_value(&verified);
        let note = match master_key::find(&config.master_key) {
            Ok(key) => match backup::fit_of(&path, &key) {
                Some(Fit::Other(print)) => {
                    let place = master_key::place(&config.master_key);
                    return Err(BackupError::from(OtherKey::new(&path, &place, print.as_deref(), &key)).into());
                }
                Some(Fit::Fits) => {
                    report["master_key_fits"] = true.into();
                    "It belongs to the master key that is here.".to_owned()
                }
                Some(Fit::NothingSealed) | None => "Nothing in it is sealed, so any master key will do.".to_owned(),
            },
            Err(_) => {
                let print = verified.master_key.as_ref();
                let print = print.map(|print| format!(", with the fingerprint {print}"));
                format!(
                    "There is no master key here to try on it. To restore it you need the one that sealed it{}.",
                    print.unwrap_or_default()
                )
            }
        };
        let text = format!("{} is good: {}.\n{note}", path.display(), summary(&verified.contents));
        Ok(Answer::new(&report, text))
    }
}

/// Times are RFC 3339, sizes bytes.
fn value(file: &BackupFile) -> Value {
    json!({
        "file": file.path,
        "kind": file.kind.to_string(),
        "made_at": rfc3339(file.made_at),
        "size": file.size,
        "verified_at": file.verified_at.map(rfc3339),
        "with_keys": file.with_keys,
    })
}

/// `master_key_fits` says whether the current key sealed it; `null` when there is no key, or nothing to test it
/// on.
fn verified_value(verified: &Verified) -> Value {
    json!({
        "file": verified.path,
        "size": verified.size,
        "schema": verified.schema,
        "contents": verified.contents,
        "master_key": verified.master_key,
        "master_key_fits": null,
    })
}

fn summary(contents: &Contents) -> String {
    let counts = [
        (contents.users, "user"),
        (contents.workspaces, "workspace"),
        (contents.numbers, "number"),
        (contents.contacts, "contact"),
        (contents.chats, "chat"),
        (contents.messages, "message"),
    ];
    counts.map(|(many, noun)| count(many, noun)).join(", ")
}

fn spinner(what: &'static str, output: Output) -> ProgressBar {
    if output.is_json() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message(what);
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
