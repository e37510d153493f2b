//! Opens sessions, one client per session at a time.

use parking_lot::Mutex;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use sqlite::Health;
use tokio::sync::mpsc;

use super::core::Core;
use super::http::Http;
use super::link::LiveLink;
use super::options::{AddressRefused, LiveOptions};
use super::recall::FromProduct;
use super::session;
use super::version::Versions;
use crate::store::{KeyStore, KeyStoreError, SessionStore};
use crate::{Account, ClientVersion, Gateway, InboundSink, Link, LinkEvent, OpenError, Proxy, SessionId};

/// What all sessions share.
pub(super) struct Shared {
    pub(super) options: LiveOptions,
    pub(super) http: Http,
    pub(super) versions: Arc<Versions>,
    /// What sessions connect through, if not directly.
    pub(super) proxies: Mutex<HashMap<SessionId, Proxy>>,
    keys: KeyStore,
    open: Mutex<HashSet<SessionId>>,
}

/// The right to run a client on a session's keys, released on drop.
pub(super) struct Claim {
    shared: Arc<Shared>,
    session: SessionId,
}

impl Claim {
    fn take(shared: &Arc<Shared>, session: SessionId) -> Result<Self, OpenError> {
        let fresh = shared.open.lock().insert(session);
        if fresh {
            Ok(Self {
                shared: shared.clone(),
                session,
            })
        } else {
            Err(OpenError::AlreadyOpen)
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.shared.open.lock().remove(&self.session);
    }
}

/// The live client; see the module's documentation for its invariants. Clones share everything.
#[derive(Clone)]
pub struct LiveGateway {
    shared: Arc<Shared>,
}

impl LiveGateway {
    /// # Errors
    /// [`AddressRefused`] when this build may not talk to `options.url`.
    pub fn new(keys: KeyStore, options: LiveOptions) -> Result<Self, AddressRefused> {
        options.check()?;
        let http = Http::new(options.media_plain_http);
        let versions = Arc::new(Versions::new(&options, http.clone(), keys.clone()));
        Ok(Self {
            shared: Arc::new(Shared {
                options,
                http,
                versions,
                proxies: Mutex::default(),
                keys,
                open: Mutex::default(),
            }),
        })
    }

    async fn start(&self, core: &Arc<Core>, keys: Arc<SessionStore>, claim: Claim) -> Result<(), OpenError> {
        let paired = self.is_paired(core.session).await?;
        if !paired && self.shared.options.seeded.is_some() {
            tokio::spawn(session::run_seeded(self.shared.clone(), core.clone(), keys, claim));
            return Ok(());
        }
        let bot = session::build(&self.shared, core, keys.clone()).await?;
        core.set_client(Some(bot.client()));
        let knows = core.clone();
        core.runtime.run(async move { knows.learn_what_is_known().await });
        tokio::spawn(session::run(core.clone(), bot, keys, claim));
        Ok(())
    }
}

#[async_trait]
impl Gateway for LiveGateway {
    async fn open(
        &self,
        session: SessionId,
        sink: Arc<dyn InboundSink>,
    ) -> Result<(Arc<dyn Link>, mpsc::UnboundedReceiver<LinkEvent>), OpenError> {
        let claim = Claim::take(&self.shared, session)?;
        let keys = self.shared.keys.session(session);
        let (events, stream) = mpsc::unbounded_channel();
        let (timeout, outdated) = (self.shared.options.send_timeout, self.shared.versions.refused());
        let core = Core::new(session, sink, events, timeout, outdated);
        keys.set_product(FromProduct::new(&core));
        core.set_keys(keys.clone());
        // A caller that is cancelled half-way must not leave tasks of a partly built client behind.
        let unfinished = CancelUnlessStarted(Some(core.clone()));
        self.start(&core, keys, claim).await?;
        unfinished.disarm();
        Ok((Arc::new(LiveLink { core }), stream))
    }

    async fn is_paired(&self, session: SessionId) -> Result<bool, OpenError> {
        self.shared.keys.is_paired(session).await.map_err(open_error)
    }

    async fn account(&self, session: SessionId) -> Result<Option<Account>, OpenError> {
        self.shared.keys.account(session).await.map_err(open_error)
    }

    fn pairs_by_code(&self) -> bool {
        self.shared.options.seeded.is_none()
    }

    fn set_proxy(&self, session: SessionId, proxy: Option<Proxy>) {
        let mut proxies = self.shared.proxies.lock();
        match proxy {
            Some(proxy) => proxies.insert(session, proxy),
            None => proxies.remove(&session),
        };
    }

    async fn client_version(&self) -> Option<ClientVersion> {
        self.shared.versions.known().await
    }

    fn health(&self) -> Health {
        self.shared.keys.health()
    }

    async fn probe(&self) -> Health {
        self.shared.keys.probe().await
    }

    async fn forget(&self, session: SessionId) -> Result<(), OpenError> {
        let _claim = Claim::take(&self.shared, session)?;
        self.shared.keys.forget(session).await.map_err(open_error)
    }
}

fn open_error(error: KeyStoreError) -> OpenError {
    match error {
        KeyStoreError::Db(error) => OpenError::Storage(error.to_string()),
        error => OpenError::Keys(error.to_string()),
    }
}

/// Cancels the client's tasks unless its opening succeeded.
struct CancelUnlessStarted(Option<Arc<Core>>);

impl CancelUnlessStarted {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for CancelUnlessStarted {
    fn drop(&mut self) {
        if let Some(core) = self.0.take() {
            core.runtime.cancel();
            core.set_client(None);
        }
    }
}
