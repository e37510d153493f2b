//! A demo's data directory: a given one, which is kept, or a temporary one.

use std::fs::DirBuilder;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::watch;
use wa_network::{Network, NetworkOptions};

use crate::app::App;
use crate::config::options::DATA_DIR;
use crate::crypto::random_bytes;
use crate::operator::{ConfigFlags, Exit, Failure};

/// How soon after a change on the business's phone the network is saved: changes that follow at once are saved with it,
/// and a demo that is killed loses little.
const KEEP_AFTER: Duration = Duration::from_secs(2);

#[derive(Clone)]
pub struct DemoDir {
    path: PathBuf,
    kept: bool,
}

impl DemoDir {
    /// The given directory, or a temporary one.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn of(flags: &ConfigFlags) -> Result<Self, Failure> {
        if let Some(path) = flags.flags.get(DATA_DIR) {
            let place = Self {
                path: PathBuf::from(path),
                kept: true,
            };
            place.make()?;
            return Ok(place);
        }
        let name = format!("wamanager-demo-{:016x}", u64::from_ne_bytes(random_bytes()));
        let place = Self {
            path: std::env::temp_dir().join(name),
            kept: false,
        };
        place.make()?;
        Ok(place)
    }

    fn make(&self) -> Result<(), Failure> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.path)
            .map_err(|error| {
                Failure::new(
                    Exit::DataDir,
                    format!("the data directory {} cannot be made: {error}", self.path.display()),
                )
            })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the directory unless it was given.
    pub fn leave(self) {
        if self.kept {
            return;
        }
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(%error, path = %self.path.display(), "the demo's directory could not be removed");
        }
    }

    fn state_file(&self) -> PathBuf {
        self.path.join("network.json")
    }

    /// Starts the network from its saved state, so that linked numbers recognise it.
    ///
    /// # Errors
    /// When its state cannot be read or it cannot listen.
    pub async fn start_network(&self, seed: u64) -> Result<Network, Failure> {
        let state = match std::fs::read(self.state_file()) {
            Ok(bytes) => Some(serde_json::from_slice(&bytes).map_err(|error| {
                let message = format!(
                    "{} cannot be understood ({error}); remove it to begin afresh",
                    self.state_file().display()
                );
                Failure::new(Exit::DataDir, message)
            })?),
            Err(_) => None,
        };
        Ok(Network::start(NetworkOptions {
            seed,
            state,
            ..NetworkOptions::default()
        })
        .await?)
    }

    /// Saves the network's state as it changes, for a demo that is killed.
    pub fn keep_network(&self, app: &App, network: &Network, owner: &str) {
        let Ok(mut changes) = network.phones().watch(owner) else {
            return;
        };
        if !self.kept {
            return;
        }
        let (place, network, stopping) = (self.clone(), network.clone(), app.stopping());
        app.spawn("network keeper", async move {
            let change = async |changes: &mut watch::Receiver<u64>| {
                changes.changed().await?;
                tokio::time::sleep(KEEP_AFTER).await;
                Ok::<_, watch::error::RecvError>(())
            };
            // Saving is never cancelled: the save at the end would write the same file.
            while let Some(Ok(())) = stopping.run_until_cancelled(change(&mut changes)).await {
                place.save_network(&network).await;
            }
        });
    }

    /// Writes the network's state beside the data; does nothing in a temporary directory.
    pub async fn save_network(&self, network: &Network) {
        if !self.kept {
            return;
        }
        if let Err(error) = self.try_save(network).await {
            tracing::warn!(%error, "the simulated network could not be saved; numbers linked to it must be linked again");
        }
    }

    async fn try_save(&self, network: &Network) -> anyhow::Result<()> {
        let state = network.export_state().await?;
        let (partial, path) = (self.path.join("network.json.new"), self.state_file());
        tokio::task::spawn_blocking(move || {
            let options = std::fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .clone();
            let mut file = std::io::BufWriter::new(options.open(&partial)?);
            serde_json::to_writer(&mut file, &state)?;
            file.flush()?;
            // Atomically.
            Ok::<_, anyhow::Error>(std::fs::rename(&partial, &path)?)
        })
        .await?
    }
}
