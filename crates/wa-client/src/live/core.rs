//! State shared by the parts of an open session: its event stream, its client, and the stop signal.

use parking_lot::{Mutex, RwLock};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use whatsapp_rust::Client;

use super::backoff::Backoff;
use super::first_send::FirstSends;
use super::history::Asked;
use super::jid::address_of;
use super::outgoing::KnownRecipients;
use super::runtime::ClientRuntime;
use crate::store::SessionStore;
use crate::{Address, CommitError, Inbound, InboundSink, LinkEvent, LoggedOutReason, ProxyTrouble, SessionId};

pub(super) struct Core {
    pub(super) session: SessionId,
    pub(super) send_timeout: Duration,
    pub(super) runtime: ClientRuntime,
    /// Of all sessions: WhatsApp has refused the version that clients name themselves as.
    pub(super) outdated: Arc<AtomicBool>,
    pub(super) known: KnownRecipients,
    pub(super) first_sends: FirstSends,
    pub(super) asked_history: Asked,
    pub(super) sink: Arc<dyn InboundSink>,
    keys: OnceLock<Arc<SessionStore>>,
    /// Unbounded, which is safe: an event is small and derived from one stanza that the server had to send first, and
    /// its receiver only passes it to memory or the write queue. Messages, the only large payload, do not come this
    /// way: they wait for their commit inside the receive pipeline, which applies backpressure to the socket.
    events: Mutex<Option<mpsc::UnboundedSender<LinkEvent>>>,
    /// The caller's handle must not keep an ended client alive: `None` before the start and after the end.
    client: RwLock<Option<Arc<Client>>>,
    stop: watch::Sender<bool>,
    /// Cancelled when no task of the session runs any more.
    pub(super) done: CancellationToken,
    backoff: Mutex<Backoff>,
    /// The end of the current connection, or a final reason, was already reported.
    end_reported: AtomicBool,
    logged_out: AtomicBool,
    logout_asked: AtomicBool,
    /// Unix milliseconds of the last frame, kept over reconnects; 0 = none yet.
    last_frame_ms: AtomicU64,
    /// Counts the sockets: 0 before the first.
    socket: AtomicU64,
    /// The pairing code that waits to be typed, and the socket it was requested over.
    shown_code: Mutex<Option<(String, u64)>>,
}

impl Core {
    pub(super) fn new(
        session: SessionId,
        sink: Arc<dyn InboundSink>,
        events: mpsc::UnboundedSender<LinkEvent>,
        send_timeout: Duration,
        outdated: Arc<AtomicBool>,
    ) -> Arc<Self> {
        Arc::new(Self {
            session,
            send_timeout,
            runtime: ClientRuntime::default(),
            outdated,
            known: KnownRecipients::default(),
            first_sends: FirstSends::default(),
            asked_history: Asked::default(),
            sink,
            keys: OnceLock::new(),
            events: Mutex::new(Some(events)),
            client: RwLock::new(None),
            stop: watch::Sender::new(false),
            done: CancellationToken::new(),
            backoff: Mutex::new(Backoff::default()),
            end_reported: AtomicBool::new(false),
            logged_out: AtomicBool::new(false),
            logout_asked: AtomicBool::new(false),
            last_frame_ms: AtomicU64::new(0),
            socket: AtomicU64::new(0),
            shown_code: Mutex::new(None),
        })
    }

    pub(super) fn set_keys(&self, keys: Arc<SessionStore>) {
        let _set_before = self.keys.set(keys);
    }

    pub(super) fn keys(&self) -> Option<&Arc<SessionStore>> {
        self.keys.get()
    }

    /// Sends `event` to the caller. A caller that no longer listens is not an error: it is about to close.
    pub(super) fn emit(&self, event: LinkEvent) {
        if let Some(events) = &*self.events.lock() {
            let _owner_gone = events.send(event);
        }
    }

    /// Ends the event stream.
    pub(super) fn end_events(&self) {
        self.events.lock().take();
    }

    pub(super) fn set_client(&self, client: Option<Arc<Client>>) {
        *self.client.write() = client;
    }

    pub(super) fn client(&self) -> Option<Arc<Client>> {
        self.client.read().clone()
    }

    /// The linked account's, as far as the client knows them.
    pub(super) fn own_addresses(&self) -> Vec<Address> {
        let Some(client) = self.client() else { return Vec::new() };
        let jids = [client.pn(), client.lid()];
        jids.iter().flatten().map(address_of).collect()
    }

    pub(super) fn ask_to_stop(&self) {
        self.stop.send_replace(true);
    }

    pub(super) fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Returns when a stop was requested.
    pub(super) async fn stop_asked(&self) {
        // `self` holds the sender, so the channel cannot close earlier.
        let mut stop = self.stop.subscribe();
        let _stopping = stop.wait_for(|stop| *stop).await;
    }

    /// Makes messages durable. A failure stops the session, so that the disk stays consistent with what WhatsApp has
    /// acknowledgements for; the next connection redelivers the rest.
    pub(super) async fn commit(&self, mut messages: Vec<Inbound>) -> Result<(), CommitError> {
        if messages.is_empty() {
            return Ok(());
        }
        self.complete(&mut messages).await;
        self.sink
            .commit(self.session, messages)
            .await
            .inspect_err(|error| self.storage_failed(&error.to_string()))
    }

    /// The same for history messages, see [`InboundSink::commit_history`].
    pub(super) async fn commit_history(&self, mut messages: Vec<Inbound>) -> Result<(), CommitError> {
        if messages.is_empty() {
            return Ok(());
        }
        self.complete(&mut messages).await;
        self.sink
            .commit_history(self.session, messages)
            .await
            .inspect_err(|error| self.storage_failed(&error.to_string()))
    }

    /// A write failed. The session stops at once rather than run on with less on disk than in memory.
    pub(super) fn storage_failed(&self, why: &str) {
        if self.is_stopping() {
            return;
        }
        tracing::error!(
            session = self.session.0,
            why,
            "the session stops: its messages or keys cannot be stored"
        );
        self.emit_end(LinkEvent::Disconnected {
            why: why.to_owned(),
            retry_in: None,
        });
        self.ask_to_stop();
    }

    /// A new connection attempt begins; returns the number of its socket.
    pub(super) fn attempt_begins(&self) -> u64 {
        self.end_reported.store(false, Ordering::Relaxed);
        let socket = self.socket.fetch_add(1, Ordering::AcqRel) + 1;
        self.socket_ended(socket - 1);
        socket
    }

    /// The number of the newest socket.
    pub(super) fn socket(&self) -> u64 {
        self.socket.load(Ordering::Acquire)
    }

    /// A pairing code was issued over `socket`. It is valid only as long as that socket is open.
    pub(super) fn code_shown(&self, code: &str, socket: u64) {
        *self.shown_code.lock() = Some((code.to_owned(), socket));
        if self.socket() != socket {
            self.socket_ended(socket);
        }
    }

    /// Codes requested over this socket, or an earlier one, no longer work.
    pub(super) fn socket_ended(&self, socket: u64) {
        self.lose_code(|over| over <= socket);
    }

    /// WhatsApp cancelled the current code.
    pub(super) fn code_given_up(&self) {
        self.lose_code(|_| true);
    }

    /// The phone accepted the code, so it is no longer pending.
    pub(super) fn code_used(&self) {
        *self.shown_code.lock() = None;
    }

    fn lose_code(&self, is_lost: impl FnOnce(u64) -> bool) {
        let lost = {
            let mut shown = self.shown_code.lock();
            shown.take_if(|(_, over)| is_lost(*over))
        };
        if let Some((code, _)) = lost {
            self.emit(LinkEvent::PairingCodeLost { code });
        }
    }

    /// The login succeeded.
    pub(super) fn connected(&self) {
        self.end_reported.store(false, Ordering::Relaxed);
        self.backoff.lock().connected(self.failures());
        self.emit(LinkEvent::Connected);
    }

    /// The connection ended or failed; the library reconnects by itself.
    pub(super) fn connection_ended(&self, why: String) {
        self.ended(|retry_in| LinkEvent::Disconnected { why, retry_in });
    }

    /// The same, since the proxy did not let us through.
    pub(super) fn proxy_failed(&self, trouble: ProxyTrouble, why: String) {
        self.ended(|retry_in| LinkEvent::ProxyFailed { trouble, why, retry_in });
    }

    fn ended(&self, event: impl FnOnce(Option<Duration>) -> LinkEvent) {
        if self.is_stopping() || self.end_reported.swap(true, Ordering::Relaxed) {
            return;
        }
        let wait = self.backoff.lock().ended(self.failures());
        self.emit(event(Some(wait)));
    }

    /// We drop the connection ourselves, to reconnect at once.
    pub(super) fn reconnecting(&self, why: &str) {
        if !self.end_reported.swap(true, Ordering::Relaxed) {
            self.emit(LinkEvent::Disconnected {
                why: why.to_owned(),
                retry_in: Some(Duration::ZERO),
            });
        }
    }

    /// Reports the final reason; no other event of this connection follows.
    pub(super) fn emit_end(&self, event: LinkEvent) {
        self.end_reported.store(true, Ordering::Relaxed);
        self.emit(event);
    }

    pub(super) fn logout_asked(&self) {
        self.logout_asked.store(true, Ordering::Relaxed);
    }

    /// The pairing has ended. The library may report it twice (our request, then the server's stream error).
    pub(super) fn logged_out(&self, reason: LoggedOutReason) {
        if self.logged_out.swap(true, Ordering::Relaxed) {
            return;
        }
        let asked = self.logout_asked.load(Ordering::Relaxed);
        self.emit_end(LinkEvent::LoggedOut {
            reason: if asked { LoggedOutReason::Requested } else { reason },
        });
    }

    /// Time since the last frame. The library resets its timestamp when a connection ends; here it is kept, so that the
    /// age grows during failing attempts too.
    pub(super) fn last_frame_age(&self) -> Option<Duration> {
        let stamp = self.client().map_or(0, |client| client.stats().last_data_received_ms);
        let last = self.last_frame_ms.fetch_max(stamp, Ordering::Relaxed).max(stamp);
        if last == 0 {
            return None;
        }
        let now = u64::try_from(wacore::time::now_millis()).unwrap_or_default();
        Some(Duration::from_millis(now.saturating_sub(last)))
    }

    /// Saves the library's timestamp before a disconnect clears it.
    pub(super) fn remember_last_frame(&self) {
        let _age = self.last_frame_age();
    }

    fn failures(&self) -> u32 {
        self.client().map_or(0, |client| client.stats().reconnect_errors)
    }
}
