//! Shared by all benchmarks: a network, a data directory with linked numbers, and phones that write to them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use url::Url;
use wa_client::live::{CompanionKeys, SeededOffer, SeededPairing};
use wa_network::phone::{NewPhone, Phones};
use wa_network::stats::StatsSnapshot;
use wa_network::{Network, NetworkOptions};

use super::process::Server;
use crate::accounts::{MemberRole, NewUser, NewWorkspace, Password, PlatformRole, Scope};
use crate::app::{self, App};
use crate::config::Config;
use crate::ids::PublicId;
use crate::operator::call::OPERATOR;
use crate::operator::demo::seeded::InProcess;
use crate::operator::{ConfigFlags, Failure};
use crate::plans;

/// How many numbers are linked concurrently while a benchmark is prepared.
const LINK_CONCURRENCY: usize = 4;
/// How often a condition outside of this process is polled.
const LOOK: Duration = Duration::from_millis(5);
const READY_WITHIN: Duration = Duration::from_secs(300);

pub struct Rig {
    pub network: Network,
    pub config: Config,
    pub numbers: Vec<Number>,
    pub scope: Scope,
    /// The password of the owner, `bench@example.com`.
    pub password: String,
    _dir: ScratchDir,
}

/// A linked number.
#[derive(Clone)]
pub struct Number {
    pub session: PublicId,
    pub digits: String,
}

impl Rig {
    /// Starts a network and links `numbers` to a new data directory; nothing of the product runs afterwards.
    pub async fn new(numbers: usize) -> Result<Self, Failure> {
        let dir = ScratchDir::new()?;
        let network = Network::start(NetworkOptions::default()).await.map_err(failed)?;
        let config = config(dir.path())?;
        let mut rig = Self {
            network,
            config,
            numbers: Vec::new(),
            scope: nobody(),
            password: String::new(),
            _dir: dir,
        };
        let app = rig.open().await?;
        (rig.scope, rig.password) = owner(&app).await?;
        app.start().await?;
        let indices = stream::iter(0..numbers).map(|index| rig.link(&app, index));
        let linked: Vec<Number> = indices.buffered(LINK_CONCURRENCY).try_collect().await?;
        app.stop().await;
        rig.numbers = linked;
        Ok(rig)
    }

    /// The product in this process, its numbers not running.
    pub async fn open(&self) -> Result<App, Failure> {
        let pairing = Arc::new(InProcess::new(self.network.hub(), "Benchmark".into()));
        Ok(App::open(
            &self.config,
            app::Network::Seeded {
                url: self.url(),
                pairing,
            },
        )
        .await?)
    }

    /// The product as a separate process.
    pub fn spawn(&self) -> Result<Server, Failure> {
        Server::spawn(&self.config.data_dir, &self.url())
    }

    pub fn phones(&self) -> Phones {
        self.network.phones()
    }

    pub fn stats(&self) -> StatsSnapshot {
        self.network.hub().stats_snapshot()
    }

    /// Creates `count` phones of customers and returns their numbers.
    pub fn customers(&self, count: usize) -> Result<Vec<String>, Failure> {
        (0..count)
            .map(|index| self.phone(format!("4477009{index:05}")))
            .collect()
    }

    /// Waits until every linked number is connected.
    pub async fn connected(&self) -> Result<(), Failure> {
        let phones = self.phones();
        self.until("all numbers are connected", || {
            let online = |number: &Number| {
                phones
                    .info(&number.digits)
                    .is_ok_and(|info| info.linked_devices.iter().any(|device| device.connected))
            };
            self.numbers.iter().all(online)
        })
        .await
    }

    /// Waits until devices have acknowledged every stanza sent to them.
    pub async fn drained(&self) -> Result<(), Failure> {
        self.until("everything is acknowledged", || self.stats().queued == 0)
            .await
    }

    /// Polls a condition until it holds.
    ///
    /// # Errors
    /// When it does not hold within five minutes; `what` names it.
    pub async fn until(&self, what: &str, mut holds: impl FnMut() -> bool) -> Result<(), Failure> {
        let began = Instant::now();
        while !holds() {
            if began.elapsed() > READY_WITHIN {
                return Err(failed(anyhow::anyhow!(
                    "timed out after {} s waiting until {what}",
                    READY_WITHIN.as_secs()
                )));
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    fn url(&self) -> Url {
        self.network.ws_url().parse().expect("the network gives a valid URL")
    }

    fn phone(&self, number: String) -> Result<String, Failure> {
        let new = NewPhone {
            number: number.clone(),
            name: format!("Customer {number}"),
            auto_reply: false,
        };
        self.phones().create(new).map_err(|error| failed(error.into()))?;
        Ok(number)
    }

    async fn link(&self, app: &App, index: usize) -> Result<Number, Failure> {
        let digits = self.phone(format!("3519100{index:05}"))?;
        let session = app
            .sessions
            .create(self.scope, &format!("Number {index}"))
            .await
            .map_err(refused)?
            .public_id;
        app.sessions.pair(self.scope, &session).await.map_err(refused)?;
        let mut codes = app.sessions.watch_qr(self.scope, &session).await.map_err(refused)?;
        let qr = codes
            .wait_for(Option::is_some)
            .await
            .map_err(|error| failed(error.into()))?
            .clone();
        let text = qr.expect("waited for it").code;
        self.phones()
            .scan(&digits, &text)
            .await
            .map_err(|error| failed(error.into()))?;
        let phones = self.phones();
        self.until("the number is connected", || {
            phones
                .info(&digits)
                .is_ok_and(|info| info.linked_devices.iter().any(|device| device.connected))
        })
        .await?;
        Ok(Number { session, digits })
    }
}

/// For a process whose numbers are all paired.
pub fn no_pairing() -> Arc<dyn SeededPairing> {
    struct NoPairing;

    #[async_trait]
    impl SeededPairing for NoPairing {
        async fn offer(&self, _: CompanionKeys) -> anyhow::Result<Box<dyn SeededOffer>> {
            anyhow::bail!("a benchmark links its numbers before it starts the server")
        }
    }

    Arc::new(NoPairing)
}

pub fn failed(error: anyhow::Error) -> Failure {
    Failure::new(
        crate::operator::Exit::Failure,
        format!("the benchmark could not go on: {error:#}"),
    )
}

fn refused(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    failed(error.into())
}

fn config(dir: &Path) -> Result<Config, Failure> {
    let mut flags = ConfigFlags::default();
    flags.flags.insert("data_dir", dir.display().to_string());
    Ok(Config::load(&flags.sources())?)
}

/// Used until the owner exists; its workspace is empty.
fn nobody() -> Scope {
    Scope::person(crate::ids::WorkspaceId(0), crate::ids::UserId(0), MemberRole::Agent)
}

async fn owner(app: &App) -> Result<(Scope, String), Failure> {
    let password = Password::generate();
    let secret = password.reveal().to_owned();
    let new = NewUser {
        name: "Bench".into(),
        email: "bench@example.com".into(),
        password,
        platform_role: PlatformRole::Admin,
    };
    let user = app.accounts.create_user(OPERATOR, new).await?;
    let home = NewWorkspace {
        name: "Bench".into(),
        time_zone: "Europe/Lisbon".into(),
        country: "PT".into(),
    };
    let workspace = app.accounts.create_workspace(OPERATOR, user.id, home).await?;
    let (id, now) = (workspace.id, app.clock.now());
    let unlimited = app.db.write(move |tx| plans::set_unlimited_in(tx, id, now)).await;
    unlimited.map_err(|error| failed(error.into()))?;
    Ok((Scope::person(workspace.id, user.id, MemberRole::Owner), secret))
}

/// A temporary directory, removed on drop.
pub struct ScratchDir(PathBuf);

impl ScratchDir {
    pub fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("wamanager-{}", PublicId::new("bench")));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for ScratchDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
