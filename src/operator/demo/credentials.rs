//! The logins of a demo, stored beside its data so that a second start prints the same ones.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::accounts::Password;
use crate::crypto::random_bytes;
use crate::operator::{Exit, Failure};

/// What makes two starts on one data directory the same demo.
#[derive(Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// The simulated network's seed: it determines the network's keys, so linked devices recognise it.
    pub seed: u64,
    pub admin: Login,
    pub agent: Login,
    pub guest: Login,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Login {
    pub email: String,
    pub password: String,
}

impl Login {
    fn fresh(email: &str) -> Self {
        Self {
            email: email.to_owned(),
            password: Password::generate().reveal().to_owned(),
        }
    }
}

impl Credentials {
    fn fresh() -> Self {
        Self {
            seed: u64::from_ne_bytes(random_bytes()),
            admin: Login::fresh("admin@demo.example"),
            agent: Login::fresh("agent@demo.example"),
            guest: Login::fresh("guest@demo.example"),
        }
    }

    /// Those of an earlier start in `data_dir`, or new ones, stored in `demo.json` (0600).
    ///
    /// # Errors
    /// When the file cannot be read or written, or is not such a file.
    pub fn of(data_dir: &Path) -> Result<Self, Failure> {
        let path = data_dir.join("demo.json");
        if let Ok(text) = std::fs::read_to_string(&path) {
            return serde_json::from_str(&text).map_err(|error| {
                let advice =
                    "this is not the data directory of a demo, or the file was changed; choose another --data-dir";
                Failure::new(
                    Exit::DataDir,
                    format!("{} cannot be understood ({error}): {advice}", path.display()),
                )
            });
        }
        if data_dir.join("app.db").exists() {
            let message = format!(
                "{} belongs to a real installation; give the demo another --data-dir",
                data_dir.display()
            );
            return Err(Failure::new(Exit::DataDir, message));
        }
        let fresh = Self::fresh();
        let text = serde_json::to_string_pretty(&fresh).expect("plain data");
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        file.write_all(text.as_bytes())?;
        Ok(fresh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_start_has_the_same_logins() {
        let dir = tempfile::tempdir().unwrap();
        let first = Credentials::of(dir.path()).unwrap();
        let second = Credentials::of(dir.path()).unwrap();
        assert_eq!(
            (first.seed, &first.admin.password),
            (second.seed, &second.admin.password)
        );
        assert_ne!(first.admin.password, first.agent.password);
    }

    #[test]
    fn a_real_installation_is_not_turned_into_a_demo() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("app.db"), b"").unwrap();
        assert!(Credentials::of(dir.path()).is_err());
    }
}
