//! The master key and the databases: whether they belong together, looked at before anything is opened.

use std::path::Path;
use std::sync::Arc;

use wa_client::store::{KeyStore, MasterKey};
use zeroize::Zeroizing;

use super::{App, StartError};
use crate::backup::{self, Fit, OtherKey};
use crate::clock::UnixMs;
use crate::config::master_key::{self, KeyBytes, MasterKeyError};
use crate::config::{Config, MasterKeySource};
use crate::db::{self, DbError};

/// The key of the running program, and where it is read from.
pub(super) struct Sealing {
    key: KeyBytes,
    source: MasterKeySource,
}

impl Sealing {
    pub(super) fn new(config: &Config, key: &KeyBytes) -> Self {
        Self {
            key: key.clone(),
            source: config.master_key.clone(),
        }
    }
}

/// An `app.db` without a byte, or none at all, beside keys of numbers is no new installation: the numbers' keys would be
/// taken for those of other numbers.
///
/// # Errors
/// [`StartError::Truncated`].
pub(super) fn refuse_truncated(config: &Config) -> Result<(), StartError> {
    let size = std::fs::metadata(config.app_db()).map(|meta| meta.len());
    let missing = matches!(&size, Err(error) if error.kind() == std::io::ErrorKind::NotFound);
    let empty = size.is_ok_and(|bytes| bytes == 0);
    let keys = config.wa_db();
    if (missing || empty) && std::fs::metadata(&keys).is_ok_and(|meta| meta.len() > 0) {
        return Err(StartError::Truncated {
            app: config.app_db(),
            keys,
            empty,
        });
    }
    Ok(())
}

/// The key, made at the first start.
pub(super) fn load(config: &Config) -> Result<KeyBytes, StartError> {
    master_key::load(config).map_err(|error| match error {
        MasterKeyError::Lost(path) => StartError::KeyLost {
            fingerprint: backup::fingerprint_in(&config.app_db()),
            path,
        },
        other => other.into(),
    })
}

/// Refuses a key that is not the one that sealed the databases, before either is touched. Where only the keys of numbers
/// are another key's and no number is linked by them, they are left by a start under a wrong key and are moved aside.
///
/// # Errors
/// [`StartError::OtherKey`], [`StartError::NoKeyForBoth`].
pub(super) fn refuse_other_key(config: &Config, key: &KeyBytes, now: UnixMs) -> Result<(), StartError> {
    let (app, keys, place) = (config.app_db(), config.wa_db(), master_key::place(&config.master_key));
    let app_fits = backup::fit_of(&app, key);
    if let Some(Fit::Other(print)) = &app_fits {
        return Err(OtherKey::new(&app, &place, print.as_deref(), key).into());
    }
    // What cannot be read is told by whoever opens it.
    let Ok(seen) = KeyStore::glimpse(&keys, &MasterKey::from(**key)) else {
        return Ok(());
    };
    match (seen.fits, seen.linked) {
        (true, _) => Ok(()),
        (false, false) => {
            let moved = backup::set_keys_aside(&config.data_dir, now);
            let moved = moved.map_err(|error| StartError::Other(error.to_string()))?;
            tracing::warn!(to = ?moved, "wa.db was made under another master key and holds no linked number; it was moved aside");
            Ok(())
        }
        (false, true) if app_fits == Some(Fit::Fits) => Err(StartError::NoKeyForBoth { keys, place }),
        (false, true) => Err(OtherKey::new(&keys, &place, None, key).into()),
    }
}

/// What is wrong with the master key of a running program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyTrouble {
    pub detail: String,
    /// It works now; the next start or a restore would not.
    pub later: bool,
}

impl App {
    /// Whether the database still belongs to the key that this process has.
    pub(super) async fn key_fits(&self) -> Result<bool, DbError> {
        let key = Zeroizing::new(*self.master_key.key);
        let fit = self.db.read(move |c| backup::fit(c, &key)).await?;
        Ok(!matches!(fit, Fit::Other(_)))
    }

    /// The key's fingerprint, or what is wrong with the key: here, where it is read from at the next start, or with the
    /// newest backup.
    pub async fn master_key_state(&self) -> Result<String, KeyTrouble> {
        let trouble = |later, detail| KeyTrouble { detail, later };
        let print = backup::fingerprint(&self.master_key.key);
        let place = master_key::place(&self.master_key.source);
        match self.key_fits().await {
            Ok(true) => {}
            Ok(false) => {
                let detail = format!("app.db was sealed under another master key than the one in use ({print})");
                return Err(trouble(false, detail));
            }
            Err(error) => return Err(trouble(false, error.to_string())),
        }
        let (sealing, data_dir) = (Arc::clone(&self.master_key), self.data_dir().to_owned());
        let looked = tokio::task::spawn_blocking(move || sealing.look_ahead(&print, &place, &data_dir).map(|()| print));
        looked
            .await
            .unwrap_or_else(|error| Err(trouble(false, error.to_string())))
    }
}

impl Sealing {
    /// Whether the next start and the newest backup will find the key that they need.
    fn look_ahead(&self, print: &str, place: &str, data_dir: &Path) -> Result<(), KeyTrouble> {
        let trouble = |later, detail| Err(KeyTrouble { detail, later });
        match master_key::find(&self.source) {
            Ok(now) if *now == *self.key => {}
            Ok(now) => {
                let detail = format!(
                    "{place} holds another key ({}) than the one in use ({print}), so the next start fails; put the one \
                     with the fingerprint {print} back",
                    backup::fingerprint(&now)
                );
                return trouble(false, detail);
            }
            Err(error) => {
                let detail = format!("the next start fails: {error}. Needed is the key with the fingerprint {print}");
                return trouble(false, detail);
            }
        }
        let newest = backup::list(data_dir).ok().and_then(|files| files.into_iter().next());
        let of_another = newest.and_then(|file| match backup::fit_of(&file.path, &self.key) {
            Some(Fit::Other(print)) => Some((file.path, print)),
            _ => None,
        });
        let Some((file, other)) = of_another else {
            return Ok(());
        };
        let which = other.map_or_else(|| "another key".to_owned(), |print| format!("another key ({print})"));
        let detail = format!(
            "the newest backup, {}, was sealed under {which}: keep that key",
            file.display()
        );
        trouble(true, detail)
    }
}

/// Whether an installation is there: something that another key than a fresh one may have sealed.
#[must_use]
pub fn is_installed(config: &Config) -> bool {
    let absent = |path: &Path| match std::fs::metadata(path) {
        Ok(_) => false,
        // Whatever else is wrong is told by whoever opens it.
        Err(error) => matches!(
            error.kind(),
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
        ),
    };
    !(absent(&config.data_dir.join(db::FILE)) && absent(&config.wa_db())) || backup::is_arriving(&config.data_dir)
}
