//! The actor of one session: the only task that opens, closes and reconnects its link, and the only writer of its
//! state.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{SemaphorePermit, mpsc, oneshot};
use wa_client::{Link, LinkEvent, OpenError};

use super::calls::Calls;
use super::health::{LastReceipt, Pulse};
use super::linked::Linked;
use super::machine::{Change, backoff};
use super::model::{PairingCode, Reason, Session, SessionError, State};
use super::ports::ChatNews;
use super::saving::SAVE_EVERY;
use super::store::{self, Claim, Paired};
use super::supervisor::{ActorState, Core};
use crate::audit::{self, Action, Actor, Entry};
use crate::clock::UnixMs;
use crate::db::DbError;

pub(super) type Reply<T> = oneshot::Sender<Result<T, SessionError>>;

/// What people and other rooms ask of a session.
pub(super) enum Command {
    /// Show QR codes.
    Pair(Reply<()>),
    CancelPairing(Reply<()>),
    PairingCode {
        digits: String,
        reply: Reply<PairingCode>,
    },
    /// Connect now, from any state that keeps the keys.
    Reconnect(Reply<()>),
    Pause(Reply<()>),
    /// Whether it counts as online while somebody has the inbox open.
    ShowsOnline(bool),
    AnswerPasskey {
        answer: String,
        reply: Reply<()>,
    },
    ConfirmPasskey(Reply<()>),
    /// Connect anew, as it is set by now.
    Reopen(Reply<()>),
    Logout(Reply<()>),
    Delete(Reply<()>),
    /// Delete it, if no phone has ever been linked.
    Discard(Reply<()>),
    /// WhatsApp refused a new chat: new chats are locked, or their quota is used up.
    NewChatRefused {
        reason: Reason,
        until: UnixMs,
    },
}

/// The longest delay between retries while nothing can be stored: a person who frees space expects to see the effect.
const STORAGE_RETRY: Duration = Duration::from_secs(30);

/// What the actor does next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Plan {
    /// Waits for a command.
    Rest,
    OpenAt(UnixMs),
    /// The session is deleted, or the program stops.
    End,
}

pub(super) struct SessionActor {
    pub(super) core: Arc<Core>,
    pub(super) session: Session,
    pub(super) state: ActorState,
    pub(super) inbox: mpsc::Receiver<Command>,
    /// Consecutive restarts of a client that ended unexpectedly.
    pub(super) attempt: u32,
    /// The pairing's keys must not stay: the link logs out as soon as it can.
    pub(super) unwanted: Option<Reason>,
    /// A pairing code to request as soon as the link can issue one.
    pub(super) wanted_code: Option<(String, Reply<PairingCode>)>,
    pub(super) receipts: LastReceipt,
    pub(super) pulse: Pulse,
    pub(super) calls: Calls,
    /// The storage trouble that open pages were notified of last.
    pub(super) trouble: Option<Reason>,
}

impl SessionActor {
    pub(super) fn new(core: Arc<Core>, session: Session, state: ActorState, inbox: mpsc::Receiver<Command>) -> Self {
        Self {
            core,
            session,
            state,
            inbox,
            attempt: 0,
            unwanted: None,
            wanted_code: None,
            receipts: LastReceipt::default(),
            pulse: Pulse::default(),
            calls: Calls::default(),
            trouble: None,
        }
    }

    pub(super) async fn run(mut self) {
        let mut plan = self.first_plan().await;
        loop {
            plan = match plan {
                Plan::End => break,
                Plan::Rest => self.rest(None).await,
                Plan::OpenAt(at) if at > self.core.clock.now() => self.rest(Some(at)).await,
                Plan::OpenAt(_) => self.open().await,
            };
        }
    }

    /// The first plan, by the state that the last run left.
    async fn first_plan(&mut self) -> Plan {
        let now = self.core.clock.now();
        match self.session.state {
            state if self.session.is_linked() && (state.restores_at_start() || state == State::Pairing) => {
                self.enter(Change::to(State::Connecting, Reason::Restoring)).await;
                Plan::OpenAt(now)
            }
            State::NeedsAttention if self.session.reason.is_some_and(Reason::is_about_keys) => {
                self.look_for_keys().await
            }
            // This run may be the newer version that the state asks for.
            State::NeedsAttention
                if self.session.is_linked() && self.session.reason == Some(Reason::ClientOutdated) =>
            {
                self.enter(Change::to(State::Connecting, Reason::Restoring)).await;
                Plan::OpenAt(now)
            }
            State::Banned => self.session.until.map_or(Plan::Rest, Plan::OpenAt),
            State::Pairing | State::Connecting => self.finish_pairing().await,
            _ => Plan::Rest,
        }
    }

    /// The program ended in the middle of a pairing. If the phone accepted the device, its owner sees it as linked and
    /// customers' messages are on their way to it, so the link is kept as if the event had arrived in time.
    async fn finish_pairing(&mut self) -> Plan {
        match self.core.gateway.account(self.client_id()).await {
            Ok(Some(account)) => {
                let paired = Paired {
                    phone: account.phone,
                    lid: account.lid,
                    platform: None,
                };
                self.claim(paired, Reason::Restoring).await;
                Plan::OpenAt(self.core.clock.now())
            }
            Ok(None) => {
                self.enter(Change::to(State::Unlinked, Reason::PairingCancelled)).await;
                Plan::Rest
            }
            Err(error) => self.not_opened(error).await,
        }
    }

    /// Stores the account that accepted the device. The number may be one that must not be linked here.
    pub(super) async fn claim(&mut self, paired: Paired, reason: Reason) {
        let (session, now, claimed) = (self.session.clone(), self.core.clock.now(), paired.clone());
        let claim = self
            .core
            .db
            .write(move |tx| {
                let claim = store::claim_phone(tx, &session, &claimed, now)?;
                if claim == Claim::Claimed {
                    let entry = Entry::new(Actor::System, Action::SessionLinked).at(session.workspace);
                    audit::record_in(tx, &entry.target(session.name.as_str()), now)?;
                }
                Ok::<_, DbError>(claim)
            })
            .await;
        match claim {
            Ok(Claim::Claimed) => {
                self.session.phone = Some(paired.phone);
                self.session.lid = paired.lid;
                self.session.platform = paired.platform;
                self.session.linked_at = Some(now);
                self.enter(Change::to(State::Connecting, reason)).await;
            }
            Ok(Claim::InUse) => self.unwanted = Some(Reason::NumberInUse),
            Ok(Claim::OtherNumber) => self.unwanted = Some(Reason::OtherNumber),
            Err(error) => {
                tracing::error!(session = %self.session.public_id, %error, "a pairing could not be stored");
                self.unwanted = Some(Reason::StorageFailed);
            }
        }
    }

    /// Waits for a command, or until it is time to open the link.
    async fn rest(&mut self, until: Option<UnixMs>) -> Plan {
        let core = Arc::clone(&self.core);
        let waited = async {
            match until {
                Some(at) => core.clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = core.stop.cancelled() => Plan::End,
            () = waited => Plan::OpenAt(core.clock.now()),
            () = core.clock.sleep(SAVE_EVERY), if self.is_unsaved() => {
                self.save_again().await;
                until.map_or(Plan::Rest, Plan::OpenAt)
            }
            command = self.inbox.recv() => match command {
                Some(command) => self.command(command, until).await,
                None => Plan::End,
            },
        }
    }

    /// A command while no link is open; `until` is when it would open automatically.
    async fn command(&mut self, command: Command, until: Option<UnixMs>) -> Plan {
        let as_before = until.map_or(Plan::Rest, Plan::OpenAt);
        let now = self.core.clock.now();
        match command {
            Command::Pair(reply) => match self.begin_pairing().await {
                Ok(()) => answer_and(reply, Ok(()), Plan::OpenAt(now)),
                Err(e) => answer_and(reply, Err(e), as_before),
            },
            Command::PairingCode { digits, reply } => match self.begin_pairing().await {
                Ok(()) => {
                    self.want_code(digits, reply);
                    Plan::OpenAt(now)
                }
                Err(e) => answer_and(reply, Err(e), as_before),
            },
            Command::Reconnect(reply) if self.session.is_linked() => {
                self.attempt = 0;
                self.enter(Change::to(State::Connecting, Reason::LoggingIn)).await;
                answer_and(reply, Ok(()), Plan::OpenAt(now))
            }
            Command::Reconnect(reply) => answer_and(reply, Err(SessionError::NotLinked), as_before),
            Command::Pause(reply) if self.session.is_linked() => {
                self.enter(Change::to(State::Paused, Reason::PausedByUser)).await;
                answer_and(reply, Ok(()), Plan::Rest)
            }
            Command::Pause(reply) => answer_and(reply, Err(SessionError::NotLinked), as_before),
            Command::Reopen(reply) => {
                // What could not be read before can be read now.
                let waited = self.session.reason == Some(Reason::ProxyUnreadable);
                answer_and(reply, Ok(()), if waited { Plan::OpenAt(now) } else { as_before })
            }
            Command::Logout(reply) if self.session.is_linked() => {
                answer_and(reply, Err(SessionError::NotConnected), as_before)
            }
            Command::Logout(reply) => answer_and(reply, Err(SessionError::NotLinked), as_before),
            Command::CancelPairing(reply) => answer_and(reply, Ok(()), as_before),
            Command::Delete(reply) => {
                let deleted = self.delete().await;
                let plan = if deleted.is_ok() { Plan::End } else { as_before };
                answer_and(reply, deleted, plan)
            }
            Command::Discard(reply) if self.session.phone.is_some() => {
                answer_and(reply, Err(SessionError::AlreadyLinked), as_before)
            }
            Command::Discard(reply) => {
                let deleted = self.delete().await;
                let plan = if deleted.is_ok() { Plan::End } else { as_before };
                answer_and(reply, deleted, plan)
            }
            Command::AnswerPasskey { reply, .. } | Command::ConfirmPasskey(reply) => {
                answer_and(reply, Err(SessionError::NotConnected), as_before)
            }
            Command::NewChatRefused { .. } => as_before,
            Command::ShowsOnline(shows) => {
                self.shows_online(shows);
                as_before
            }
        }
    }

    pub(super) fn want_code(&mut self, digits: String, reply: Reply<PairingCode>) {
        self.state.asked.send_replace(Some(digits.clone()));
        self.wanted_code = Some((digits, reply));
    }

    /// Makes sure that the next link starts without keys.
    async fn begin_pairing(&mut self) -> Result<(), SessionError> {
        if self.session.is_linked() {
            return Err(SessionError::AlreadyLinked);
        }
        let id = self.client_id();
        let unreadable = matches!(self.core.gateway.account(id).await, Err(OpenError::Keys(_)));
        if unreadable || self.core.gateway.is_paired(id).await.map_err(open_failed)? {
            // Left over from an interrupted log-out, or of no use.
            self.core.gateway.forget(id).await.map_err(open_failed)?;
        }
        self.attempt = 0;
        self.unwanted = None;
        Ok(())
    }

    /// Opens the link and runs it until it ends.
    async fn open(&mut self) -> Plan {
        let core = Arc::clone(&self.core);
        self.save_again().await;
        if self.session.is_linked() {
            if self.disk_fails() || core.cannot_store().await {
                return self.retry(Reason::StorageFailed).await;
            }
            if let Some(plan) = self.without_keys().await {
                return plan;
            }
            if !self.session.state.restores_at_start() {
                // After a ban has expired this is an ordinary log-in, until WhatsApp reports otherwise.
                self.enter(Change::to(State::Connecting, Reason::LoggingIn)).await;
            }
        }
        if let Some(plan) = self.through_proxy().await {
            return plan;
        }
        let permit = tokio::select! {
            () = core.stop.cancelled() => return Plan::End,
            permit = core.logins.acquire() => permit.ok(),
        };
        match core.gateway.open(self.client_id(), Arc::clone(&core.sink)).await {
            Ok((link, events)) => self.linked(link, events, permit).await,
            Err(error) => self.not_opened(error).await,
        }
    }

    async fn linked(
        &mut self,
        link: Arc<dyn Link>,
        events: mpsc::UnboundedReceiver<LinkEvent>,
        permit: Option<SemaphorePermit<'_>>,
    ) -> Plan {
        let mut live = Linked::new(link, events, permit, self.core.clock.now());
        let ending = self.stay_with(&mut live).await;
        self.take_down(live).await;
        self.after_closing(ending).await
    }

    pub(super) async fn not_opened(&mut self, error: OpenError) -> Plan {
        if let Some((_, reply)) = self.wanted_code.take() {
            let _ = reply.send(Err(SessionError::Link(error.to_string())));
        }
        match error {
            OpenError::Keys(why) => {
                tracing::error!(session = %self.session.public_id, %why, "the keys of a session cannot be read");
                self.enter(Change::to(State::NeedsAttention, Reason::KeysUnreadable))
                    .await;
                Plan::Rest
            }
            error => {
                tracing::warn!(session = %self.session.public_id, %error, "a session's client did not start");
                self.retry(Reason::ClientStopped).await
            }
        }
    }

    /// The client ended unexpectedly: it is restarted, with a growing delay.
    pub(super) async fn retry(&mut self, reason: Reason) -> Plan {
        let trouble = self.core.storage_trouble();
        if !self.session.is_linked() {
            let reason = trouble.unwrap_or(Reason::PairingFailed);
            self.enter(Change::to(State::Unlinked, reason)).await;
            return Plan::Rest;
        }
        self.enter(Change::to(State::Reconnecting, trouble.unwrap_or(reason)))
            .await;
        let mut wait = backoff(self.attempt, rand::random());
        if trouble.is_some() {
            wait = wait.min(STORAGE_RETRY);
        }
        self.attempt = self.attempt.saturating_add(1);
        Plan::OpenAt(self.core.clock.now().plus(wait))
    }

    /// Hides the session, deletes its keys and has its chats deleted. The link is closed by now.
    pub(super) async fn delete(&mut self) -> Result<(), SessionError> {
        let (session, now) = (self.session.clone(), self.core.clock.now());
        self.core
            .db
            .write(move |tx| store::mark_deleted(tx, &session, now))
            .await?;
        if let Err(error) = self.core.gateway.forget(self.client_id()).await {
            // The row is hidden and the number free; the keys are useless without it.
            tracing::error!(session = %self.session.public_id, %error, "the keys of a deleted session are still there");
        }
        self.core.bus.nudge(self.session.workspace);
        self.core.ports.chat(ChatNews::Deleted {
            session: self.session.id,
        });
        Ok(())
    }

    pub(super) fn client_id(&self) -> wa_client::SessionId {
        wa_client::SessionId(self.session.id.0)
    }
}

pub(super) fn open_failed(error: OpenError) -> SessionError {
    SessionError::Link(error.to_string())
}

/// Replies to a command. A caller that stopped waiting is fine: the command was carried out all the same.
fn answer_and<T>(reply: Reply<T>, result: Result<T, SessionError>, plan: Plan) -> Plan {
    let _ = reply.send(result);
    plan
}
