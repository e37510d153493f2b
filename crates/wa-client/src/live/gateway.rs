//! Opening sessions, one client per session at a time.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::mpsc;
use wacore::store::traits::Backend;

use super::core::Core;
use super::http::Http;
use super::link::LiveLink;
use super::options::{AddressRefused, LiveOptions};
use super::session;
use crate::{Gateway, InboundSink, Link, LinkEvent, OpenError, SessionId};
use stub::KeyStore;

/// What all sessions use together.
pub(super) struct Shared {
    pub(super) options: LiveOptions,
    pub(super) http: Http,
    keys: KeyStore,
    open: Mutex<HashSet<SessionId>>,
}

/// The right to run a client on a session's keys; given back when dropped.
pub(super) struct Claim {
    shared: Arc<Shared>,
    session: SessionId,
}

impl Claim {
    fn take(shared: &Arc<Shared>, session: SessionId) -> Result<Self, OpenError> {
        let fresh = shared
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(session);
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
        self.shared
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.session);
    }
}

/// The real client; see the room's documentation for its invariants. Clones share everything.
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
        Ok(Self {
            shared: Arc::new(Shared {
                options,
                http,
                keys,
                open: Mutex::default(),
            }),
        })
    }

    async fn start(&self, core: &Arc<Core>, backend: Arc<dyn Backend>, claim: Claim) -> Result<(), OpenError> {
        let paired = self.is_paired(core.session).await?;
        if !paired && self.shared.options.seeded.is_some() {
            tokio::spawn(session::run_seeded(self.shared.clone(), core.clone(), backend, claim));
            return Ok(());
        }
        let bot = session::build(&self.shared, core, backend).await?;
        core.set_client(Some(bot.client()));
        tokio::spawn(session::run(core.clone(), bot, claim));
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
        let backend = self.shared.keys.session(session);
        let (events, stream) = mpsc::unbounded_channel();
        let core = Core::new(session, sink, events, self.shared.options.send_timeout);
        // A caller that gives up in the middle must not leave tasks of a half-built client behind.
        let unfinished = CancelUnlessStarted(Some(core.clone()));
        self.start(&core, backend, claim).await?;
        unfinished.disarm();
        Ok((Arc::new(LiveLink { core }), stream))
    }

    async fn is_paired(&self, session: SessionId) -> Result<bool, OpenError> {
        self.shared
            .keys
            .is_paired(session)
            .await
            .map_err(|error| OpenError::Keys(error.to_string()))
    }

    async fn forget(&self, session: SessionId) -> Result<(), OpenError> {
        let _claim = Claim::take(&self.shared, session)?;
        self.shared
            .keys
            .forget(session)
            .await
            .map_err(|error| OpenError::Keys(error.to_string()))
    }
}

/// Cancels the tasks of a client whose opening did not succeed.
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

mod stub {
    use super::*;
    #[derive(Default)]
    pub struct KeyStore(Mutex<std::collections::HashMap<SessionId, Arc<wacore::store::InMemoryBackend>>>);
    impl KeyStore {
        pub fn session(&self, s: SessionId) -> Arc<dyn Backend> {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(s)
                .or_insert_with(|| Arc::new(wacore::store::InMemoryBackend::new()))
                .clone()
        }
        pub async fn is_paired(&self, s: SessionId) -> Result<bool, String> {
            Ok(self
                .session(s)
                .load()
                .await
                .map_err(|e| e.to_string())?
                .is_some_and(|d| d.pn.is_some()))
        }
        pub async fn forget(&self, s: SessionId) -> Result<(), String> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&s);
            Ok(())
        }
    }
}
