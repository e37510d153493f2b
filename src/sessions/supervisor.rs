//! Runs one actor per session, and gives access to what only the actor has: the link and the codes of a pairing.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wa_client::{Gateway, InboundSink, Link};

use super::actor::{Command, SessionActor};
use super::model::{PairingCode, Passkey, Qr, Session, SessionError};
use super::ports::{ChatNews, Ports};
use super::saving::Unsaved;
use super::store;
use crate::clock::Clock;
use crate::crypto::Sealer;
use crate::db::{self, Db};
use crate::events::Bus;
use crate::ids::SessionId;

/// How many sessions log in at the same time. A log-in is a handshake and a few round trips: ten together are quick,
/// five hundred together would starve everything else on two cores.
const LOGINS_AT_ONCE: usize = 16;
/// Commands queued for an actor; people press buttons, so few are enough.
const COMMANDS: usize = 16;

/// What every actor works with.
pub(super) struct Core {
    pub db: Db,
    pub clock: Clock,
    pub bus: Bus,
    pub gateway: Arc<dyn Gateway>,
    pub sink: Arc<dyn InboundSink>,
    pub ports: Ports,
    pub logins: Semaphore,
    pub stop: CancellationToken,
    /// For proxies with their logins.
    pub sealer: Sealer,
}

/// What an actor shows to others.
#[derive(Clone)]
pub(super) struct ActorState {
    pub qr: watch::Sender<Option<Qr>>,
    pub code: watch::Sender<Option<PairingCode>>,
    pub link: watch::Sender<Option<Arc<dyn Link>>>,
    pub passkey: watch::Sender<Option<Passkey>>,
    /// How much of the phone's history has come, in percent.
    pub history: watch::Sender<Option<u8>>,
    /// The number for which a pairing code was requested last.
    pub asked: watch::Sender<Option<String>>,
    pub unsaved: watch::Sender<Option<Unsaved>>,
}

impl ActorState {
    fn new() -> Self {
        Self {
            qr: watch::Sender::new(None),
            code: watch::Sender::new(None),
            link: watch::Sender::new(None),
            passkey: watch::Sender::new(None),
            history: watch::Sender::new(None),
            asked: watch::Sender::new(None),
            unsaved: watch::Sender::new(None),
        }
    }
}

#[derive(Clone)]
struct Entry {
    commands: mpsc::Sender<Command>,
    state: ActorState,
}

/// Cheap to clone; all clones are the same supervisor.
#[derive(Clone)]
pub struct Supervisor {
    core: Arc<Core>,
    tracker: TaskTracker,
    /// Actors run on the runtime that made the supervisor; a web worker's own runtime must not own one.
    runtime: Handle,
    actors: Arc<Mutex<HashMap<SessionId, Entry>>>,
}

impl Supervisor {
    /// Call within the main runtime. `sink` makes inbound messages durable. Cancelling `stop` lets every actor finish
    /// the send in progress and close its link; `tracker` is empty once all have.
    #[must_use]
    #[expect(
        clippy::too_many_arguments,
        reason = "the composition root hands over everything once"
    )]
    pub fn new(
        db: Db,
        clock: Clock,
        bus: Bus,
        gateway: Arc<dyn Gateway>,
        sink: Arc<dyn InboundSink>,
        ports: Ports,
        tracker: TaskTracker,
        stop: CancellationToken,
        sealer: Sealer,
    ) -> Self {
        let logins = Semaphore::new(LOGINS_AT_ONCE);
        let core = Arc::new(Core {
            db,
            clock,
            bus,
            gateway,
            sink,
            ports,
            logins,
            stop,
            sealer,
        });
        Self {
            core,
            tracker,
            runtime: Handle::current(),
            actors: Arc::default(),
        }
    }

    /// Starts the actors of all sessions; those that were linked and running reconnect, a few at a time.
    pub async fn restore(&self) -> db::Result<()> {
        let (sessions, deleted) = self
            .core
            .db
            .read(|c| Ok::<_, db::DbError>((store::all(c)?, store::deleted(c)?)))
            .await?;
        for session in deleted {
            self.core.ports.chat(ChatNews::Deleted { session });
        }
        for session in sessions {
            self.own(session);
        }
        Ok(())
    }

    /// The open link of a session, while it accepts messages.
    #[must_use]
    pub fn link(&self, session: SessionId) -> Option<Arc<dyn Link>> {
        self.entry(session)?.state.link.borrow().clone()
    }

    /// The current QR code; changes as codes expire.
    pub(super) fn qr(&self, session: SessionId) -> Option<watch::Receiver<Option<Qr>>> {
        Some(self.entry(session)?.state.qr.subscribe())
    }

    pub(super) fn code(&self, session: SessionId) -> Option<PairingCode> {
        self.entry(session)?.state.code.borrow().clone()
    }

    pub(super) fn passkey(&self, session: SessionId) -> Option<Passkey> {
        self.entry(session)?.state.passkey.borrow().clone()
    }

    pub(super) fn history_progress(&self, session: SessionId) -> Option<u8> {
        *self.entry(session)?.state.history.borrow()
    }

    pub(super) fn asked(&self, session: SessionId) -> Option<String> {
        self.entry(session)?.state.asked.borrow().clone()
    }

    /// Adds to `session` the current state that could not be stored.
    pub(super) fn complete(&self, session: &mut Session) {
        let unsaved = self
            .entry(session.id)
            .and_then(|entry| entry.state.unsaved.borrow().clone());
        if let Some(unsaved) = unsaved {
            unsaved.show_in(session);
        }
        session.trouble = session.trouble.or_else(|| self.core.storage_trouble());
    }

    pub(super) fn sealer(&self) -> &Sealer {
        &self.core.sealer
    }

    pub(super) fn gateway(&self) -> &dyn Gateway {
        &*self.core.gateway
    }

    /// Starts the actor of a session that has none.
    pub(super) fn own(&self, session: Session) {
        let mut actors = self.actors.lock();
        if actors.contains_key(&session.id) {
            return;
        }
        let (commands, inbox) = mpsc::channel(COMMANDS);
        let state = ActorState::new();
        let id = session.id;
        actors.insert(
            id,
            Entry {
                commands,
                state: state.clone(),
            },
        );
        let actor = SessionActor::new(Arc::clone(&self.core), session, state, inbox);
        let actors = Arc::clone(&self.actors);
        self.tracker.spawn_on(
            async move {
                actor.run().await;
                actors.lock().remove(&id);
            },
            &self.runtime,
        );
    }

    /// Sends a command to the session's actor and waits for the reply.
    pub(super) async fn ask<T>(
        &self,
        session: SessionId,
        command: impl FnOnce(oneshot::Sender<Result<T, SessionError>>) -> Command,
    ) -> Result<T, SessionError> {
        let entry = self.entry(session).ok_or(SessionError::Stopping)?;
        let (reply, answer) = oneshot::channel();
        entry
            .commands
            .send(command(reply))
            .await
            .map_err(|_| SessionError::Stopping)?;
        answer.await.map_err(|_| SessionError::Stopping)?
    }

    /// Sends the actor a command that needs no reply.
    pub(super) async fn tell(&self, session: SessionId, command: Command) {
        if let Some(entry) = self.entry(session) {
            // A closed channel: the actor has stopped, and these commands concern a running link only.
            let _ = entry.commands.send(command).await;
        }
    }

    fn entry(&self, session: SessionId) -> Option<Entry> {
        self.actors.lock().get(&session).cloned()
    }
}
