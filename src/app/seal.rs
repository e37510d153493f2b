//! Whether the master key and the databases belong together, checked before anything is opened.

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
use crate::i18n::Text;

/// The running program's key, and where it is read from.
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

/// A missing or empty `app.db` beside keys of numbers is not a new installation: the keys would be attributed to other
/// numbers.
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

/// The key, created at the first start.
pub(super) fn load(config: &Config) -> Result<KeyBytes, StartError> {
    master_key::load(config).map_err(|error| match error {
        MasterKeyError::Lost(path) => StartError::KeyLost {
            fingerprint: backup::fingerprint_in(&config.app_db()),
            path,
        },
        other => other.into(),
    })
}

/// Refuses a key that did not seal the databases, before either is touched. If only the keys of numbers are another
/// key's and no number is linked by them, they remain from a start under a wrong key and are moved aside.
///
/// # Errors
/// [`StartError::OtherKey`], [`StartError::NoKeyForBoth`].
pub(super) fn refuse_other_key(config: &Config, key: &KeyBytes, now: UnixMs) -> Result<(), StartError> {
    let (app, keys, place) = (config.app_db(), config.wa_db(), master_key::place(&config.master_key));
    let app_fits = backup::fit_of(&app, key);
    if let Some(Fit::Other(print)) = &app_fits {
        return Err(OtherKey::new(&app, &place, print.as_deref(), key).into());
    }
    // An unreadable file is reported where it is opened.
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

/// A problem with the master key of a running program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyTrouble {
    pub detail: Text,
    /// It works now; the next start or a restore would not.
    pub later: bool,
}

impl App {
    /// Whether the database still belongs to this process's key.
    pub(super) async fn key_fits(&self) -> Result<bool, DbError> {
        let key = Zeroizing::new(*self.master_key.key);
        let fit = self.db.read(move |c| backup::fit(c, &key)).await?;
        Ok(!matches!(fit, Fit::Other(_)))
    }

    /// The key's fingerprint, or a problem with the key: in this process, at the next start's source, or in the newest
    /// backup.
    pub async fn master_key_state(&self) -> Result<String, KeyTrouble> {
        let trouble = |later, detail| KeyTrouble { detail, later };
        let print = backup::fingerprint(&self.master_key.key);
        let place = master_key::place(&self.master_key.source);
        match self.key_fits().await {
            Ok(true) => {}
            Ok(false) => {
                let detail = Text::new("doctor-master-key-other").with("print", print);
                return Err(trouble(false, detail));
            }
            Err(error) => return Err(trouble(false, Text::verbatim(error))),
        }
        let (sealing, data_dir) = (Arc::clone(&self.master_key), self.data_dir().to_owned());
        let looked = tokio::task::spawn_blocking(move || sealing.look_ahead(&print, &place, &data_dir).map(|()| print));
        looked
            .await
            .unwrap_or_else(|error| Err(trouble(false, Text::verbatim(error))))
    }
}

impl Sealing {
    /// Whether the next start and the newest backup will find the key that they need.
    fn look_ahead(&self, print: &str, place: &str, data_dir: &Path) -> Result<(), KeyTrouble> {
        let trouble = |later, detail| Err(KeyTrouble { detail, later });
        match master_key::find(&self.source) {
            Ok(now) if *now == *self.key => {}
            Ok(now) => {
                let detail = Text::new("doctor-master-key-next")
                    .with("place", place)
                    .with("print", print);
                let detail = detail.with("found", backup::fingerprint(&now));
                return trouble(false, detail);
            }
            Err(error) => {
                let detail = Text::new("doctor-master-key-start")
                    .with("why", error)
                    .with("print", print);
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
        let detail = match other {
            Some(print) => Text::new("doctor-master-key-backup-of").with("print", print),
            None => Text::new("doctor-master-key-backup"),
        };
        trouble(true, detail.with("file", file.display()))
    }
}

/// Whether there is an installation: data that a key other than a new one may have sealed.
#[must_use]
pub fn is_installed(config: &Config) -> bool {
    let absent = |path: &Path| match std::fs::metadata(path) {
        Ok(_) => false,
        // Any other problem is reported where the file is opened.
        Err(error) => matches!(
            error.kind(),
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
        ),
    };
    !(absent(&config.data_dir.join(db::FILE)) && absent(&config.wa_db())) || backup::is_arriving(&config.data_dir)
}
