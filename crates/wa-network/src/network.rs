//! The whole network: hub, socket server, media host, phones and control API, started and stopped together.

use parking_lot::Mutex;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::control::{self, ControlServer};
use crate::hub::{Hub, HubState};
use crate::media::{MediaHost, MediaStore};
use crate::phone::Phones;
use crate::server::{self, ServerKeys};

/// How to start a network.
#[derive(Debug, Clone)]
pub struct NetworkOptions {
    /// Address to listen on; anything but loopback is refused.
    pub listen: IpAddr,
    /// Port of the WebSocket, 0 for any.
    pub ws_port: u16,
    /// Port of the control API, 0 for any.
    pub control_port: u16,
    /// Port of the media host, 0 for any.
    pub media_port: u16,
    /// Everything random about the server and the phones follows from it.
    pub seed: u64,
    /// Accounts count as LID-migrated: direct messages are addressed by LID.
    pub lid_migrated: bool,
    /// The result of `Network::export_state`, to continue from.
    pub state: Option<serde_json::Value>,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self {
            listen: Ipv4Addr::LOCALHOST.into(),
            ws_port: 0,
            control_port: 0,
            media_port: 0,
            seed: 1,
            lid_migrated: false,
            state: None,
        }
    }
}

impl NetworkOptions {
    fn bind(&self, port: u16, what: &str) -> anyhow::Result<TcpListener> {
        if !self.listen.is_loopback() {
            bail!(
                "the simulated network listens on loopback only: use 127.0.0.1 instead of {}",
                self.listen
            );
        }
        TcpListener::bind((self.listen, port)).with_context(|| {
            format!("cannot listen on port {port} for the simulated network's {what}: choose another, or 0")
        })
    }
}

/// A running network. Cheap to clone; stop it with `stop`.
#[derive(Clone)]
pub struct Network {
    inner: Arc<Inner>,
}

struct Inner {
    hub: Arc<Hub>,
    keys: Arc<ServerKeys>,
    media_host: MediaHost,
    phones: Phones,
    seed: u64,
    ws: SocketAddr,
    control: SocketAddr,
    stop: CancellationToken,
    running: Mutex<Option<Running>>,
}

/// The parts that `stop` ends.
struct Running {
    sockets: JoinHandle<()>,
    control: ControlServer,
}

#[derive(Serialize, Deserialize)]
struct SavedNetwork {
    hub: HubState,
    phones: serde_json::Value,
    /// Path and base64 content of each file.
    media: Vec<(String, String)>,
}

impl Network {
    pub async fn start(options: NetworkOptions) -> anyhow::Result<Self> {
        let ws = options.bind(options.ws_port, "WebSocket")?;
        let control = options.bind(options.control_port, "control API")?;
        let media = options.bind(options.media_port, "media host")?;
        let keys = Arc::new(ServerKeys::from_seed(options.seed));
        let hub = Hub::new(options.seed, options.lid_migrated, keys.clone());
        let media_host = MediaHost::start(media, hub.clone())?;
        hub.set_media_address(media_host.address().to_string());
        let phones = Phones::new(hub.clone(), options.seed);
        let stop = CancellationToken::new();
        let network = Self {
            inner: Arc::new(Inner {
                ws: ws.local_addr()?,
                control: control.local_addr()?,
                hub,
                keys,
                media_host,
                phones,
                seed: options.seed,
                stop,
                running: Mutex::default(),
            }),
        };
        if let Some(state) = options.state {
            network
                .import_state(state)
                .await
                .context("the saved state of the simulated network cannot be used")?;
        }
        network.open(ws, control)?;
        Ok(network)
    }

    fn open(&self, ws: TcpListener, control: TcpListener) -> anyhow::Result<()> {
        ws.set_nonblocking(true)?;
        let ws = tokio::net::TcpListener::from_std(ws)?;
        let Inner { hub, keys, stop, .. } = &*self.inner;
        let sockets = tokio::spawn(server::listen(ws, hub.clone(), keys.clone(), stop.clone()));
        let control = control::serve(self.clone(), control)?;
        *self.running() = Some(Running { sockets, control });
        Ok(())
    }

    /// `ws://127.0.0.1:PORT/ws/chat`
    pub fn ws_url(&self) -> String {
        format!("ws://{}{}", self.inner.ws, server::PATH)
    }

    /// `http://127.0.0.1:PORT`
    pub fn control_url(&self) -> String {
        format!("http://{}", self.inner.control)
    }

    /// `http://127.0.0.1:PORT`
    pub fn media_url(&self) -> String {
        format!("http://{}", self.inner.media_host.address())
    }

    /// The key that signs the certificates; clients have to trust it instead of WhatsApp's.
    pub fn root_public_key(&self) -> [u8; 32] {
        self.inner.keys.root_public()
    }

    /// The server's Noise key, which clients may cache for IK.
    pub fn server_static_public(&self) -> [u8; 32] {
        self.inner.keys.static_public()
    }

    pub fn hub(&self) -> Arc<Hub> {
        self.inner.hub.clone()
    }

    pub fn phones(&self) -> Phones {
        self.inner.phones.clone()
    }

    /// The files of the media host.
    pub fn media(&self) -> Arc<MediaStore> {
        self.inner.hub.media().clone()
    }

    /// Resets everything, as after a new start. The server's own keys stay, so that clients still trust it;
    /// ids, LIDs and the phones' keys follow `seed`, or the seed of the start.
    pub async fn reset(&self, seed: Option<u64>) {
        let seed = seed.unwrap_or(self.inner.seed);
        self.inner.phones.reset(seed).await;
        self.inner.hub.reset(Some(seed));
    }

    /// Accounts, devices, keys, queues, groups, files and the phones' own state. Call it while the network is idle.
    pub async fn export_state(&self) -> anyhow::Result<serde_json::Value> {
        let files = self.inner.hub.media().all().into_iter();
        let saved = SavedNetwork {
            phones: self.inner.phones.export_state().await,
            hub: self.inner.hub.export_state(),
            media: files.map(|(path, file)| (path, BASE64_STANDARD.encode(file))).collect(),
        };
        Ok(serde_json::to_value(saved)?)
    }

    async fn import_state(&self, state: serde_json::Value) -> anyhow::Result<()> {
        let saved: SavedNetwork = serde_json::from_value(state)?;
        for (path, file) in saved.media {
            self.inner
                .hub
                .media()
                .put_back(path, BASE64_STANDARD.decode(file)?.into());
        }
        self.inner.hub.import_state(saved.hub);
        self.inner.phones.import_state(saved.phones).await
    }

    /// Closes every connection and every port. Further calls do nothing.
    pub async fn stop(&self) {
        let running = self.running().take();
        let Some(running) = running else { return };
        self.inner.stop.cancel();
        self.inner.hub.end_all();
        self.inner.phones.stop().await;
        running.control.stop().await;
        self.inner.media_host.stop().await;
        if let Err(error) = running.sockets.await {
            tracing::warn!(%error, "the network's socket server ended with an error");
        }
    }

    fn running(&self) -> parking_lot::MutexGuard<'_, Option<Running>> {
        self.inner.running.lock()
    }
}
