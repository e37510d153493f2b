//! `backup restore` and `backup link-again`: they change an installation while no server runs.

use std::path::Path;

use clap::Args;
use serde_json::json;

use super::{spinner, summary, verified_value, waiting};
use crate::app::{DataDir, StartError};
use crate::backup::{self, BackupError, Fit, Held, Keys, Order, OtherKey, Restored};
use crate::clock::{Clock, UnixMs};
use crate::config::Config;
use crate::config::master_key::{self, KeyBytes, MasterKeyError};
use crate::operator::Failure;
use crate::operator::output::{Output, confirm};
use crate::operator::wire::Answer;
use crate::operator::words::count;
use crate::{mail, outbox};

#[derive(Args)]
pub struct LinkAgainArgs {
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
}

#[derive(Args)]
pub struct RestoreArgs {
    /// A file, the name of one in `backups`, or `latest`
    file: String,
    /// Leave the keys of the linked numbers as they are, so that they stay linked: for a backup made on this machine
    #[arg(long, conflicts_with = "same_instant")]
    keep_keys: bool,
    /// Restore the keys too: only if nothing was sent or received since `backup create --same-instant`
    #[arg(long)]
    same_instant: bool,
    /// Continue without the master key that sealed the backup: what it sealed is lost (second factors, waiting emails)
    #[arg(long)]
    without_its_key: bool,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
}

impl LinkAgainArgs {
    pub fn run(&self, config: &Config) -> Result<Answer, Failure> {
        let key = master_key::find(&config.master_key).map_err(StartError::from)?;
        let claimed = DataDir::claim(&config.data_dir)?;
        let app = config.app_db();
        if let Some(Fit::Other(print)) = backup::fit_of(&app, &key) {
            let place = master_key::place(&config.master_key);
            return Err(BackupError::from(OtherKey::new(&app, &place, print.as_deref(), &key)).into());
        }
        if !self.yes {
            confirm("Move the keys of all linked numbers aside? Every number is then linked again.")?;
        }
        let (numbers, moved) = backup::link_again(&config.data_dir, Clock::System.now())?;
        drop(claimed);
        let report = json!({ "numbers_to_link": numbers, "replaced": moved });
        let aside = moved.map(|path| format!(" Their keys are in {}.", path.display()));
        let text = format!(
            "{} to link again.{}",
            count(numbers, "number"),
            aside.unwrap_or_default()
        );
        Ok(Answer::new(&report, text))
    }
}

impl RestoreArgs {
    pub fn run(&self, config: &Config, output: Output) -> Result<Answer, Failure> {
        let path = backup::locate(&config.data_dir, &self.file)?;
        let key = key_for(&path, self.without_its_key, config)?;
        let keys = match (self.keep_keys, self.same_instant) {
            (true, _) => Keys::Keep,
            (_, true) => Keys::SameInstant,
            _ => Keys::LinkAgain,
        };
        // First, so that a running server is reported before any question.
        let claimed = DataDir::claim(&config.data_dir)?;
        if !self.yes {
            confirm(&format!(
                "Replace the database with {}? The present one is moved aside.",
                path.display()
            ))?;
        }
        let bar = spinner("verifying and copying", output);
        let order = Order {
            data_dir: &config.data_dir,
            backup: &path,
            keys,
            master_key: &key,
            place: &master_key::place(&config.master_key),
            without_its_key: self.without_its_key,
        };
        let hold = |tx: &rusqlite::Connection, now: UnixMs| {
            Ok(Held {
                messages: outbox::hold_all_in(tx, now)?,
                emails: mail::hold_all_in(tx, now)?,
            })
        };
        let restored = backup::restore(order, Clock::System.now(), hold);
        bar.finish_and_clear();
        let restored = restored?;
        drop(claimed);
        let report = json!({
            "restored": verified_value(&restored.from),
            "replaced": restored.aside,
            "numbers_to_link": restored.to_link,
            "held": restored.held,
        });
        Ok(Answer::new(&report, told(&restored, keys)))
    }
}

/// The current key, or the error that there is none; a new one if the backup is restored without its own.
fn key_for(path: &Path, without_its_key: bool, config: &Config) -> Result<KeyBytes, Failure> {
    match master_key::find(&config.master_key) {
        Err(MasterKeyError::Missing(place)) if !without_its_key => Err(BackupError::NoKey {
            path: path.to_owned(),
            place,
            fingerprint: backup::fingerprint_in(path),
        }
        .into()),
        Err(MasterKeyError::Missing(_)) => {
            // Claiming creates the directory that the new key is written to.
            drop(DataDir::claim(&config.data_dir)?);
            Ok(master_key::make(&config.master_key).map_err(StartError::from)?)
        }
        found => Ok(found.map_err(StartError::from)?),
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
            "What was there before is in {}; delete it when you are sure.\n",
            aside.display()
        ));
    }
    text.push_str(&match (keys, restored.to_link) {
        (Keys::LinkAgain, 0) => "No number was linked.\n".to_owned(),
        (Keys::LinkAgain, numbers) => format!(
            "Link {} again: keys must never go back in time, so a backup brings none. Their chats stay.\n",
            count(numbers, "number")
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
    if restored.held != Held::default() {
        text.push_str(&format!(
            "{} waited in it. They are held, since they may have been sent already: `wamanager backup resume` sends \
             them, `wamanager backup discard` discards them.\n",
            waiting(restored.held)
        ));
    }
    text.push_str("Everybody has to log in again. Start the server with `wamanager serve`.");
    text
}
