//! The composition root: the only place that sees every room.
//!
//! [`App::open`] claims the data directory, opens both databases in parallel and builds the services; nothing runs
//! yet. [`App::start`] lets the linked numbers connect and the outbox send. [`App::serve_pages`] answers browsers.
//! [`App::stop`] ends everything in order, within [`STOP_BUDGET`].
//!
//! Invariants
//! - One process per data directory: the [`DataDir`] is claimed before a database is opened and held to the end.
//! - Every long task is spawned by [`Tasks`], so that stopping waits for all of them.
//! - Pages are served before numbers connect: the first page must not wait for WhatsApp.

mod build;
mod data_dir;
pub mod doctor;
mod error;
mod follow;
mod frame;
mod health;
pub mod held;
pub mod notify;
pub mod numbers;
mod pages;
mod readiness;
mod seal;
mod tasks;
mod upkeep;
mod work;

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use url::Url;
use wa_client::Gateway;
use wa_client::live::SeededPairing;
use wa_client::store::KeyStore;

pub use data_dir::DataDir;
pub use error::StartError;
pub use pages::Pages;
pub use seal::{KeyTrouble, is_installed};
pub use tasks::Tasks;

use crate::access::Access;
use crate::accounts::Accounts;
use crate::audit::Audit;
use crate::backup::Backups;
use crate::billing::Billing;
use crate::chats::{Chats, Files, Groups, Handling};
use crate::clock::{Clock, UnixMs};
use crate::config::{Config, TEST_NETWORK};
use crate::contacts::Contacts;
use crate::db::Db;
use crate::events::Bus;
use crate::export::Exports;
use crate::ids::SessionId;
use crate::jobs::Jobs;
use crate::mail::{MailWorker, Mailer};
use crate::media::Media;
use crate::outbox::{Outbox, Scheduler};
use crate::plans::Plans;
use crate::sessions::{Sessions, Supervisor};
use crate::team::Team;

/// Below the time that a service manager waits before it kills; `TimeoutStopSec` of the unit is longer.
pub const STOP_BUDGET: Duration = Duration::from_secs(20);

/// The WhatsApp network that numbers are linked with.
#[derive(Clone)]
pub enum Network {
    WhatsApp,
    /// A server on loopback that is trusted unconditionally; test-network builds only.
    Server(Url),
    /// A server on loopback whose devices are paired in process, so that any build can use it.
    Seeded {
        url: Url,
        pairing: Arc<dyn SeededPairing>,
    },
    /// No network, for tests.
    Scripted(Arc<dyn Gateway>),
}

impl Network {
    /// The configured network. A test build without an address gets one where nothing listens: commands that need no
    /// network work, and a link reports that it cannot connect.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        match &config.whatsapp_url {
            Some(url) => Self::Server(url.clone()),
            None if TEST_NETWORK => Self::Server("ws://127.0.0.1:9/".parse().expect("a valid URL")),
            None => Self::WhatsApp,
        }
    }
}

/// All services of the running program. Cheap to clone; every clone is the same program.
#[derive(Clone)]
pub struct App {
    pub access: Access,
    pub accounts: Accounts,
    pub audit: Audit,
    pub billing: Billing,
    pub sessions: Sessions,
    pub contacts: Contacts,
    pub chats: Chats,
    pub handling: Handling,
    pub groups: Groups,
    pub exports: Exports,
    pub files: Files,
    pub outbox: Outbox,
    pub scheduler: Scheduler,
    pub plans: Plans,
    pub jobs: Jobs,
    pub backups: Backups,
    pub mail: Mailer,
    pub media: Media,
    pub team: Team,
    pub bus: Bus,
    pub clock: Clock,
    pub db: Db,
    pub keys: KeyStore,
    pub tasks: Tasks,
    pub mail_worker: MailWorker,
    supervisor: Supervisor,
    /// When this process started.
    opened_at: UnixMs,
    started: Arc<AtomicBool>,
    jobs_started: Arc<AtomicBool>,
    data_dir: Arc<DataDir>,
    master_key: Arc<seal::Sealing>,
}

impl App {
    /// Builds everything with the system's clock.
    pub async fn open(config: &Config, network: Network) -> Result<Self, StartError> {
        Self::open_at(config, network, Clock::System).await
    }

    /// Runs `future` as one of the program's long tasks.
    pub fn spawn(&self, name: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(name, future);
    }

    /// Cancelled when the program begins to stop.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.tasks.stopping.clone()
    }

    #[must_use]
    pub fn data_dir(&self) -> &Path {
        self.data_dir.path()
    }

    /// Whether both databases respond, whatever their health.
    pub async fn answers(&self) -> bool {
        let answered = self.db.read(|_| Ok::<_, crate::db::DbError>(())).await;
        answered.is_ok()
    }

    /// Lets the linked numbers connect, a few at a time, the outbox send and jobs run. Does nothing the second time.
    pub async fn start(&self) -> Result<(), StartError> {
        if self.started.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        self.start_jobs();
        self.start_schedule();
        self.supervisor
            .restore()
            .await
            .map_err(|error| StartError::Other(error.to_string()))
    }

    /// Whether this number's link accepts messages now.
    #[must_use]
    pub fn has_link(&self, session: SessionId) -> bool {
        self.supervisor.link(session).is_some()
    }

    /// Whether this process runs the numbers, or only reads the data.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.started.load(Ordering::SeqCst)
    }

    /// Finishes work in progress and closes everything, within [`STOP_BUDGET`].
    pub async fn stop(&self) {
        self.stop_within(STOP_BUDGET).await;
    }

    /// [`App::stop`] with the rest of the budget.
    pub async fn stop_within(&self, budget: Duration) {
        if tokio::time::timeout(budget, self.tasks.end()).await.is_err() {
            // Nothing is lost: acknowledged messages are on disk, and unacknowledged ones are delivered again.
            tracing::warn!(
                seconds = budget.as_secs(),
                "some tasks did not end in time and are cut off"
            );
        }
        self.keys.close().await;
        self.db.close().await;
    }
}
