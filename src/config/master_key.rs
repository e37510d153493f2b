//! The master key: reads it, checks its permissions, and creates it at the first start.
//!
//! Every secret in both databases is sealed under keys derived from it. It is never in a database, so that a stolen
//! backup alone reveals no secret; losing it means linking every number again.

use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{Config, MasterKeySource};
use crate::crypto::random_bytes;

/// The 32 bytes, wiped when dropped.
pub type KeyBytes = Zeroizing<[u8; 32]>;

#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    #[error("the master key file {} is not there; put the key back or name another file with --master-key-file", .0.display())]
    Missing(PathBuf),
    #[error(
        "the data directory has databases but no {}: it is needed to read them. Put the key back from where you keep it; \
         without it every number must be linked anew (move app.db and wa.db away to begin afresh)",
        .0.display()
    )]
    Lost(PathBuf),
    #[error(
        "others may read the master key {} (mode {mode:o}); close it with: chmod 600 {}", path.display(), path.display()
    )]
    Loose { path: PathBuf, mode: u32 },
    #[error("{from} does not hold a master key: expected 32 bytes as 64 hex digits or in base64")]
    Malformed { from: String },
    #[error("the master key {} cannot be {what}: {source}", path.display())]
    Io {
        path: PathBuf,
        what: &'static str,
        source: std::io::Error,
    },
}

/// Reads the key, or creates one when there is nothing yet that another key could have sealed.
pub fn load(config: &Config) -> Result<KeyBytes, MasterKeyError> {
    match &config.master_key {
        MasterKeySource::Own(path) if !path.exists() => {
            if config.app_db().exists() || config.wa_db().exists() {
                return Err(MasterKeyError::Lost(path.clone()));
            }
            create(path)
        }
        source => find(source),
    }
}

/// Reads the key; creates none.
///
/// # Errors
/// Each says what to do. [`MasterKeyError::Missing`] where there is none.
pub fn find(source: &MasterKeySource) -> Result<KeyBytes, MasterKeyError> {
    match source {
        MasterKeySource::Given(text) => parse(text.as_bytes()).ok_or_else(|| MasterKeyError::Malformed {
            from: "WAMANAGER_MASTER_KEY".into(),
        }),
        MasterKeySource::Credential(path) => read(path),
        MasterKeySource::File(path) | MasterKeySource::Own(path) => {
            if !path.exists() {
                return Err(MasterKeyError::Missing(path.clone()));
            }
            refuse_loose(path)?;
            read(path)
        }
    }
}

/// Creates the data directory's own key, for a database that is restored without the one that sealed it.
///
/// # Errors
/// [`MasterKeyError::Missing`] where the key has to come from elsewhere, and when it cannot be written.
pub fn make(source: &MasterKeySource) -> Result<KeyBytes, MasterKeyError> {
    match source {
        MasterKeySource::Own(path) if !path.exists() => create(path),
        source => find(source),
    }
}

/// The key's source, for people.
#[must_use]
pub fn place(source: &MasterKeySource) -> String {
    match source {
        MasterKeySource::Given(_) => "WAMANAGER_MASTER_KEY".to_owned(),
        MasterKeySource::Credential(path) => format!("the systemd credential {}", path.display()),
        MasterKeySource::File(path) | MasterKeySource::Own(path) => path.display().to_string(),
    }
}

fn read(path: &Path) -> Result<KeyBytes, MasterKeyError> {
    let content = std::fs::read(path)
        .map(Zeroizing::new)
        .map_err(|source| io(path, "read", source))?;
    parse(&content).ok_or_else(|| MasterKeyError::Malformed {
        from: path.display().to_string(),
    })
}

fn refuse_loose(path: &Path) -> Result<(), MasterKeyError> {
    let mode = std::fs::metadata(path)
        .map_err(|source| io(path, "read", source))?
        .mode()
        & 0o7777;
    if mode & 0o077 != 0 {
        return Err(MasterKeyError::Loose {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

/// The key is on disk, directory entry included, before anything is sealed with it.
fn create(path: &Path) -> Result<KeyBytes, MasterKeyError> {
    let key = Zeroizing::new(random_bytes::<32>());
    let mut text = Zeroizing::new(String::with_capacity(65));
    key.iter().for_each(|byte| text.push_str(&format!("{byte:02x}")));
    text.push('\n');
    let write = || {
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::File::open(path.parent().unwrap_or(Path::new("."))).and_then(|dir| dir.sync_all())
    };
    match write() {
        Ok(()) => Ok(key),
        Err(source) => {
            // The next start must not read a partly written key.
            let _ = std::fs::remove_file(path);
            Err(io(path, "written", source))
        }
    }
}

fn io(path: &Path, what: &'static str, source: std::io::Error) -> MasterKeyError {
    MasterKeyError::Io {
        path: path.to_owned(),
        what,
        source,
    }
}

fn parse(content: &[u8]) -> Option<KeyBytes> {
    let text = std::str::from_utf8(content).map(str::trim).unwrap_or_default();
    let bytes = if text.len() == 64 {
        Zeroizing::new(hex(text)?)
    } else {
        Zeroizing::new(STANDARD.decode(text).ok()?)
    };
    <[u8; 32]>::try_from(bytes.as_slice()).ok().map(Zeroizing::new)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    digits?
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::config::{Sources, options};

    fn config(dir: &Path) -> Config {
        let flags = [(options::DATA_DIR, dir.display().to_string())];
        Config::load(&Sources {
            flags: flags.into(),
            ..Sources::default()
        })
        .unwrap()
    }

    #[test]
    fn the_first_start_makes_a_key_that_later_starts_find_and_others_cannot_read() {
        let dir = tempfile::tempdir().unwrap();
        let config = config(dir.path());
        let first = load(&config).unwrap();
        assert_eq!(*load(&config).unwrap(), *first);
        let mode = std::fs::metadata(dir.path().join("master.key")).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_key_that_others_may_read_is_refused_with_the_command_that_closes_it() {
        let dir = tempfile::tempdir().unwrap();
        let config = config(dir.path());
        load(&config).unwrap();
        let path = dir.path().join("master.key");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(load(&config).unwrap_err().to_string().contains("chmod 600"));
    }

    #[test]
    fn no_new_key_is_made_beside_databases_that_an_old_one_sealed() {
        let dir = tempfile::tempdir().unwrap();
        let config = config(dir.path());
        std::fs::write(config.app_db(), b"").unwrap();
        assert!(matches!(load(&config), Err(MasterKeyError::Lost(_))));
    }

    #[test]
    fn hex_and_base64_are_understood_and_anything_else_is_refused() {
        let key = [0xAB_u8; 32];
        assert_eq!(*parse("ab".repeat(32).as_bytes()).unwrap(), key);
        assert_eq!(*parse(STANDARD.encode(key).as_bytes()).unwrap(), key);
        for wrong in ["", "ab", "not a key at all", &"zz".repeat(32)] {
            assert!(parse(wrong.as_bytes()).is_none(), "{wrong}");
        }
    }
}
