//! The actor while its link is open: link events, the watchdog, and closing the link.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{SemaphorePermit, mpsc, oneshot};
use wa_client::{Ack, GroupNews, Limits, Link, LinkError, LinkEvent, ReceiptKind};

use super::actor::{Plan, Reply, SessionActor};
use super::health::Asking;
use super::machine::{self, After, Blocks, Change, WATCH_EVERY, Watch};
use super::model::{PairingCode, Qr, Reason, SessionError, State};
use super::ports::{ChatNews, SendNews};
use super::store::{self, Paired};
use crate::clock::UnixMs;
use crate::events::Transient;

/// A log-in that takes longer gives its permit to the next session.
const LOGIN_TURN: Duration = Duration::from_secs(10);
/// A client that should connect is restarted after this long without an event, counted from the announced delay.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(120);
/// How long a device that must not stay linked has to log out before its keys are deleted anyway.
const UNWANTED_FOR: Duration = Duration::from_secs(60);
/// A code that is typed in its last second is still being processed.
const TYPING_ENDS_AFTER: Duration = Duration::from_secs(30);
/// A send in progress has its own, shorter timeout; this one only keeps a shutdown from hanging.
const SENDER_STOPS_WITHIN: Duration = Duration::from_secs(15);

/// An open link and the actor's state for it.
pub(super) struct Linked<'a> {
    pub(super) link: Arc<dyn Link>,
    events: mpsc::UnboundedReceiver<LinkEvent>,
    /// The permit to log in, released as soon as the log-in is over.
    permit: Option<SemaphorePermit<'a>>,
    /// Whether the rooms above know that the link accepts messages.
    up: bool,
    /// Codes are shown, so a pairing code can be asked for.
    pub(super) shows_codes: bool,
    /// Questions about what the number may do.
    pub(super) asking: Asking,
    next_watch: UnixMs,
    turn_ends: UnixMs,
    connect_deadline: UnixMs,
    unwanted_until: UnixMs,
}

impl<'a> Linked<'a> {
    pub(super) fn new(
        link: Arc<dyn Link>,
        events: mpsc::UnboundedReceiver<LinkEvent>,
        permit: Option<SemaphorePermit<'a>>,
        now: UnixMs,
    ) -> Self {
        Self {
            link,
            events,
            permit,
            up: false,
            shows_codes: false,
            asking: Asking::default(),
            next_watch: now.plus(WATCH_EVERY),
            turn_ends: now.plus(LOGIN_TURN),
            connect_deadline: now.plus(CONNECT_TIMEOUT),
            unwanted_until: now.plus(UNWANTED_FOR),
        }
    }
}

/// Why the actor closes its link.
pub(super) enum Ending {
    /// The program stops; the state is kept for the next start.
    Stop,
    /// Until a person does something.
    Rest,
    Until(UnixMs),
    /// The keys are of no further use.
    Forget,
    /// The client ended unexpectedly.
    Retry(Reason),
    Delete(Reply<()>),
}

async fn answered(asking: &mut Asking) -> Result<Limits, LinkError> {
    match &mut asking.answer {
        Some(answer) => answer.await,
        None => std::future::pending().await,
    }
}

impl SessionActor {
    pub(super) async fn stay_with(&mut self, live: &mut Linked<'_>) -> Ending {
        let core = Arc::clone(&self.core);
        loop {
            let ending = tokio::select! {
                () = core.stop.cancelled() => Some(Ending::Stop),
                event = live.events.recv() => match event {
                    Some(event) => self.event(live, event).await,
                    None => Some(Ending::Retry(Reason::ClientStopped)),
                },
                Some(command) = self.inbox.recv() => self.linked_command(live, command).await,
                () = core.clock.sleep_until(live.next_watch) => self.look(live).await,
                answer = answered(&mut live.asking) => {
                    self.told_limits(live, answer).await;
                    None
                }
            };
            if let Some(ending) = ending {
                return ending;
            }
        }
    }

    async fn event(&mut self, live: &mut Linked<'_>, event: LinkEvent) -> Option<Ending> {
        let id = self.session.id;
        match event {
            LinkEvent::Ack(ack) => {
                self.core.ports.send(SendNews::Ack { session: id, ack });
                None
            }
            LinkEvent::Receipt(receipt) => {
                if receipt.kind != ReceiptKind::ReadSelf {
                    self.receipts.came(self.core.clock.now());
                    // A receipt proves that the server has the message, even if its acknowledgement was lost.
                    for message in &receipt.ids {
                        let ack = Ack {
                            id: message.clone(),
                            error: None,
                        };
                        self.core.ports.send(SendNews::Ack { session: id, ack });
                    }
                }
                self.core.ports.chat(ChatNews::Receipt { session: id, receipt });
                None
            }
            LinkEvent::Typing { chat, state, .. } => {
                self.core.ports.chat(ChatNews::Typing {
                    session: id,
                    chat,
                    state,
                });
                None
            }
            LinkEvent::ProfileName { name } => {
                self.profile_name(name).await;
                None
            }
            LinkEvent::TimeLock(lock) => {
                self.told_lock(lock).await;
                None
            }
            LinkEvent::Quota(quota) => {
                self.told_quota(quota).await;
                None
            }
            LinkEvent::Group(news) => {
                self.group_changed(news).await;
                None
            }
            LinkEvent::Call(call) => {
                self.called(live, call).await;
                None
            }
            LinkEvent::CallEnded { id, answered } => {
                self.call_ended(&id, answered).await;
                None
            }
            LinkEvent::PasskeyWanted { request } => {
                self.passkey_wanted(request).await;
                None
            }
            LinkEvent::PasskeyCode { code, known } => {
                self.passkey_code(live, code, known).await;
                None
            }
            LinkEvent::ChatMarked { chat, read, at_ms } => {
                let (session, at) = (id, UnixMs(at_ms));
                self.core.ports.chat(ChatNews::Marked {
                    session,
                    chat,
                    read,
                    at,
                });
                None
            }
            LinkEvent::HistoryProgress { percent } => {
                self.history_came(percent);
                None
            }
            LinkEvent::OlderHistory { chat, ended } => {
                let session = id;
                self.core.ports.chat(ChatNews::Older { session, chat, ended });
                None
            }
            LinkEvent::ClientRetires { at_ms } => {
                self.client_retires(UnixMs(at_ms)).await;
                None
            }
            LinkEvent::Paired { phone, lid, platform } => {
                self.paired(live, Paired { phone, lid, platform }).await;
                None
            }
            // A linked client that asks for a QR code has found no keys.
            LinkEvent::Qr { .. } if self.session.is_linked() => match self.without_keys().await? {
                Plan::OpenAt(at) => Some(Ending::Until(at)),
                Plan::Rest | Plan::End => Some(Ending::Rest),
            },
            event if self.unwanted.is_some() => self.unwanted_event(live, &event).await,
            event => self.state_event(live, event).await,
        }
    }

    /// Link events that may change the session's state.
    async fn state_event(&mut self, live: &mut Linked<'_>, event: LinkEvent) -> Option<Ending> {
        let now = self.core.clock.now();
        live.connect_deadline = now.plus(CONNECT_TIMEOUT);
        let mut step = machine::step(self.session.state, &event, self.blocks(), now);
        match event {
            LinkEvent::Qr { code, valid_for } => {
                live.shows_codes = true;
                live.permit = None;
                let says_more =
                    self.session.state == State::Pairing && self.session.reason.is_some_and(Reason::is_about_a_code);
                if says_more || self.passkey_is_wanted() || self.wanted_code.is_some() || self.code_on_show(now) {
                    // Both codes work, but the state is about the pairing code that is wanted, being typed or has to be
                    // replaced.
                    step.change = None;
                }
                self.show_qr(code, valid_for);
                self.issue_wanted_code(live).await;
            }
            LinkEvent::PairingCode { code, valid_for } => self.show_code(code, valid_for),
            LinkEvent::PairingCodeFailed { .. } => self.hide_code(),
            // The lost code is not the current one: the person has asked for another since.
            LinkEvent::PairingCodeLost { code } if self.shown_code().is_some_and(|shown| shown != code) => {
                step.change = None;
            }
            LinkEvent::PairingCodeLost { .. } => self.hide_code(),
            LinkEvent::Connected => {
                live.permit = None;
                self.attempt = 0;
            }
            LinkEvent::Disconnected { retry_in, .. } | LinkEvent::ProxyFailed { retry_in, .. } => {
                live.permit = None;
                live.connect_deadline = live.connect_deadline.plus(retry_in.unwrap_or_default());
                if !self.session.is_linked() {
                    // QR codes and the ability to request a pairing code belong to the connection; the next one brings
                    // them again.
                    self.state.qr.send_replace(None);
                    live.shows_codes = false;
                }
                self.down(live);
            }
            _ => {}
        }
        if let Some(change) = step.change {
            self.enter(change).await;
        }
        if self.session.state.can_send() {
            self.up(live);
        }
        match step.after {
            After::Stay => None,
            After::Close { again_at } => Some(again_at.map_or(Ending::Rest, Ending::Until)),
            After::Forget => Some(Ending::Forget),
        }
    }

    fn blocks(&self) -> Blocks {
        Blocks {
            locked_until: self.session.locked_until,
            quota_until: self.session.quota_until,
        }
    }

    /// A device that must not stay linked logs out as soon as it is connected.
    async fn unwanted_event(&mut self, live: &mut Linked<'_>, event: &LinkEvent) -> Option<Ending> {
        match event {
            LinkEvent::Connected => {
                if let Err(error) = self.limited(live.link.logout()).await {
                    tracing::warn!(session = %self.session.public_id, %error, "a device that must not stay could not \
                        log out; its owner can remove it on the phone");
                }
                Some(Ending::Forget)
            }
            LinkEvent::LoggedOut { .. } | LinkEvent::Qr { .. } | LinkEvent::Refused { .. } => Some(Ending::Forget),
            _ => None,
        }
    }

    /// The phone accepted this device.
    async fn paired(&mut self, live: &mut Linked<'_>, paired: Paired) {
        let now = self.core.clock.now();
        live.connect_deadline = now.plus(CONNECT_TIMEOUT);
        live.unwanted_until = now.plus(UNWANTED_FOR);
        self.hide_codes();
        self.state.history.send_replace(None);
        self.claim(paired, Reason::LoggingIn).await;
    }

    /// What is lost here is made up for when the groups are read again at the next connection.
    async fn group_changed(&self, news: GroupNews) {
        let (session, group, is_partial) = (self.session.id, news.group.clone(), news.is_partial());
        if let Err(error) = self.core.sink.group_changed(self.client_id(), news).await {
            tracing::warn!(session = %self.session.public_id, %error, "a change of a group was not stored");
        }
        if is_partial {
            self.core.ports.chat(ChatNews::Group { session, group });
        }
    }

    async fn profile_name(&mut self, name: String) {
        let (session, now, stored) = (self.session.clone(), self.core.clock.now(), name.clone());
        match self
            .core
            .db
            .write(move |tx| store::set_profile_name(tx, &session, &stored, now))
            .await
        {
            Ok(()) => self.core.bus.nudge(self.session.workspace),
            Err(error) => tracing::warn!(session = %self.session.public_id, %error, "a profile name was not stored"),
        }
        self.session.profile_name = Some(name);
    }

    /// The watchdog's check, every few seconds.
    async fn look(&mut self, live: &mut Linked<'_>) -> Option<Ending> {
        let now = self.core.clock.now();
        live.next_watch = now.plus(WATCH_EVERY);
        if live.turn_ends <= now {
            live.permit = None;
        }
        self.save_again().await;
        self.look_at_storage();
        self.write_last_receipt().await;
        self.tell_of_frames(live);
        if live.up {
            live.asking.look(&live.link, &self.core.clock);
        }
        if let Some(ending) = self.code_ran_out(now).await {
            return Some(ending);
        }
        if self.unwanted.is_some() {
            return (live.unwanted_until <= now).then_some(Ending::Forget);
        }
        let waits = matches!(self.session.state, State::Connecting | State::Reconnecting);
        if waits && live.connect_deadline <= now {
            return Some(Ending::Retry(Reason::ClientStopped));
        }
        match machine::watch(self.session.state, live.link.last_frame_age(), self.blocks(), now) {
            Watch::Fine => {}
            Watch::Becomes(change) => self.enter(change).await,
            Watch::Reconnect(change) => {
                self.down(live);
                self.enter(change).await;
                live.connect_deadline = now.plus(CONNECT_TIMEOUT);
                live.link.reconnect().await;
            }
        }
        None
    }

    /// The pairing code expired. Without a QR code on screen, linking is over too.
    async fn code_ran_out(&mut self, now: UnixMs) -> Option<Ending> {
        let over = |code: &PairingCode| code.expires_at.plus(TYPING_ENDS_AFTER) <= now;
        if self.session.state != State::Pairing || !self.state.code.borrow().as_ref().is_some_and(over) {
            return None;
        }
        self.hide_code();
        let scannable = self.state.qr.borrow().as_ref().is_some_and(|qr| qr.expires_at > now);
        let state = if scannable { State::Pairing } else { State::Unlinked };
        self.enter(Change::to(state, Reason::CodeExpired)).await;
        (!scannable).then_some(Ending::Rest)
    }

    fn code_on_show(&self, now: UnixMs) -> bool {
        self.state
            .code
            .borrow()
            .as_ref()
            .is_some_and(|code| code.expires_at > now)
    }

    fn shown_code(&self) -> Option<String> {
        self.state.code.borrow().as_ref().map(|code| code.code.clone())
    }

    fn up(&self, live: &mut Linked<'_>) {
        if std::mem::replace(&mut live.up, true) {
            return;
        }
        live.asking.soon(self.core.clock.now());
        let (session, workspace) = (self.session.id, self.session.workspace);
        self.state.link.send_replace(Some(Arc::clone(&live.link)));
        self.core.ports.send(SendNews::Up {
            session,
            workspace,
            link: Arc::clone(&live.link),
        });
        self.core.ports.chat(ChatNews::Up {
            session,
            workspace,
            link: Arc::clone(&live.link),
            shows_online: self.session.shows_online,
        });
    }

    /// Tells the rooms above to stop sending; the returned receiver resolves once they have.
    pub(super) fn down(&self, live: &mut Linked<'_>) -> Option<oneshot::Receiver<()>> {
        if !std::mem::replace(&mut live.up, false) {
            return None;
        }
        self.state.link.send_replace(None);
        let (done, stopped) = oneshot::channel();
        self.core.ports.send(SendNews::Down {
            session: self.session.id,
            done,
        });
        Some(stopped)
    }

    /// Lets the send in progress finish, then closes the link.
    pub(super) async fn take_down(&mut self, mut live: Linked<'_>) {
        if let Some(stopped) = self.down(&mut live) {
            tokio::select! {
                // An error means that the sender no longer exists, which is fine too.
                _ = stopped => {}
                () = self.core.clock.sleep(SENDER_STOPS_WITHIN) => {}
            }
        }
        live.link.close().await;
        self.hide_codes();
        if let Some((_, reply)) = self.wanted_code.take() {
            let _ = reply.send(Err(SessionError::NotConnected));
        }
    }

    /// The next plan, once nothing of the link runs any more.
    pub(super) async fn after_closing(&mut self, ending: Ending) -> Plan {
        match ending {
            Ending::Stop => Plan::End,
            Ending::Rest => Plan::Rest,
            Ending::Until(at) => Plan::OpenAt(at),
            Ending::Retry(reason) if self.unwanted.is_none() => self.retry(reason).await,
            Ending::Retry(_) | Ending::Forget => {
                if let Err(error) = self.core.gateway.forget(self.client_id()).await {
                    // The next pairing deletes them again before it begins.
                    tracing::warn!(session = %self.session.public_id, %error, "obsolete keys could not be deleted");
                }
                if let Some(reason) = self.unwanted.take() {
                    self.enter(Change::to(State::Unlinked, reason)).await;
                }
                Plan::Rest
            }
            Ending::Delete(reply) => {
                let deleted = self.delete().await;
                let plan = if deleted.is_ok() { Plan::End } else { Plan::Rest };
                let _ = reply.send(deleted);
                plan
            }
        }
    }

    fn show_qr(&self, code: String, valid_for: Duration) {
        let (session, now) = (self.session.public_id.clone(), self.core.clock.now());
        let qr = Qr {
            code: code.clone(),
            shown_at: now,
            expires_at: now.plus(valid_for),
        };
        self.state.qr.send_replace(Some(qr));
        self.core.bus.transient(
            self.session.workspace,
            Transient::Qr {
                session,
                code,
                valid_for,
            },
        );
    }

    pub(super) fn show_code(&self, code: String, valid_for: Duration) {
        let (session, now) = (self.session.public_id.clone(), self.core.clock.now());
        let shown = PairingCode {
            code: code.clone(),
            expires_at: now.plus(valid_for),
        };
        self.state.code.send_replace(Some(shown));
        self.core.bus.transient(
            self.session.workspace,
            Transient::PairingCode {
                session,
                code,
                valid_for,
            },
        );
    }

    fn hide_code(&self) {
        self.state.code.send_replace(None);
    }

    fn hide_codes(&self) {
        self.state.qr.send_replace(None);
        self.state.passkey.send_replace(None);
        self.hide_code();
    }
}
