//! What WhatsApp says of a number, and what became of it: asked for on connect, after a refusal of a new chat and once a
//! day, and pushed in between.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use wa_client::{Limits, Link, LinkError, Quota, TimeLock};

use super::actor::SessionActor;
use super::linked::Linked;
use super::machine;
use super::model::{Reason, State};
use super::ports::SendNews;
use super::store;
use crate::clock::{Clock, UnixMs};
use crate::events::Transient;

/// A lock or a cycle of a quota whose end WhatsApp does not name is looked at again after this long.
pub(super) const UNNAMED_END: Duration = Duration::from_secs(60 * 60);
const ASK_EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// After a question that was not answered.
const ASK_AGAIN: Duration = Duration::from_secs(10 * 60);
/// A link that has not answered by then is asked again later.
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);
/// How often the time of the last receipt is written, at most.
const RECEIPTS_EVERY: Duration = Duration::from_secs(60);
/// How often open pages are told that the number was heard of, at most.
const TOLD_EVERY: Duration = Duration::from_secs(20);

/// The questions of an open link.
#[derive(Default)]
pub(super) struct Asking {
    pub(super) answer: Option<BoxFuture<'static, Result<Limits, LinkError>>>,
    /// `None` until the link has connected.
    next: Option<UnixMs>,
}

impl Asking {
    /// Asks at the watchdog's next look.
    pub(super) fn soon(&mut self, now: UnixMs) {
        self.next = Some(now);
    }

    /// Asks now, unless a question is on its way.
    pub(super) fn now(&mut self, link: &Arc<dyn Link>, clock: &Clock) {
        if self.answer.is_some() {
            return;
        }
        let (link, limit) = (Arc::clone(link), clock.clone());
        self.answer = Some(Box::pin(async move {
            tokio::select! {
                answer = link.limits() => answer,
                () = limit.sleep(ANSWERS_WITHIN) => Err(LinkError::TimedOut),
            }
        }));
    }

    pub(super) fn look(&mut self, link: &Arc<dyn Link>, clock: &Clock) {
        if self.next.is_some_and(|next| next <= clock.now()) {
            self.next = None;
            self.now(link, clock);
        }
    }
}

/// Receipts are many and only the last counts, so it is written now and then.
#[derive(Clone, Copy, Default)]
pub(super) struct LastReceipt {
    at: Option<UnixMs>,
    written: Option<UnixMs>,
}

impl LastReceipt {
    pub(super) fn came(&mut self, now: UnixMs) {
        self.at = Some(now);
    }

    fn take_due(&mut self, now: UnixMs) -> Option<UnixMs> {
        let at = self.at.filter(|at| self.written.is_none_or(|written| written < *at))?;
        let rested = self.written.is_none_or(|written| now.since(written) >= RECEIPTS_EVERY);
        rested.then(|| {
            self.written = Some(at);
            at
        })
    }
}

/// When open pages were told last that the number was heard of.
#[derive(Clone, Copy, Default)]
pub(super) struct Pulse {
    told: Option<UnixMs>,
}

impl Pulse {
    /// Whether a sign of life `age` ago is worth telling now.
    fn take_news(&mut self, age: Duration, now: UnixMs) -> bool {
        let came = now.minus(age);
        let news = self
            .told
            .is_none_or(|told| told < came && now.since(told) >= TOLD_EVERY);
        if news {
            self.told = Some(now);
        }
        news
    }
}

impl SessionActor {
    /// Open pages of the number's health look again.
    fn tell_of_health(&self) {
        let session = self.session.public_id.clone();
        self.core
            .bus
            .transient(self.session.workspace, Transient::Health { session });
    }

    /// The same where somebody looks and WhatsApp has sent something.
    pub(super) fn tell_of_frames(&mut self, live: &Linked<'_>) {
        let Some(age) = live.link.last_frame_age() else { return };
        if self.core.bus.has_listeners(self.session.workspace) && self.pulse.take_news(age, self.core.clock.now()) {
            self.tell_of_health();
        }
    }

    /// The answer to a question of ours.
    pub(super) async fn told_limits(&mut self, live: &mut Linked<'_>, answer: Result<Limits, LinkError>) {
        live.asking.answer = None;
        let now = self.core.clock.now();
        match answer {
            Ok(Limits { time_lock, quota }) => {
                live.asking.next = Some(now.plus(ASK_EVERY));
                if let Some(lock) = time_lock {
                    self.told_lock(lock).await;
                }
                if let Some(quota) = quota {
                    self.told_quota(quota).await;
                }
            }
            Err(error) => {
                live.asking.next = Some(now.plus(ASK_AGAIN));
                tracing::debug!(session = %self.session.public_id, %error, "WhatsApp did not say what the number may do");
            }
        }
    }

    pub(super) async fn told_lock(&mut self, lock: TimeLock) {
        let now = self.core.clock.now();
        let named = lock.until_ms.map(UnixMs).filter(|until| *until > now);
        let until = lock.active.then(|| named.unwrap_or_else(|| now.plus(UNNAMED_END)));
        let (id, kind) = (self.session.id, lock.kind.filter(|_| lock.active));
        let stored = self
            .core
            .db
            .write(move |tx| store::set_lock(tx, id, until, kind.as_deref(), now))
            .await;
        if let Err(error) = stored {
            tracing::warn!(session = %self.session.public_id, %error, "a lock of new chats was not stored");
        }
        self.session.locked_until = until;
        self.new_chats_changed().await;
    }

    pub(super) async fn told_quota(&mut self, quota: Quota) {
        let now = self.core.clock.now();
        let named = quota.ends_at_ms.map(UnixMs).filter(|until| *until > now);
        let until = quota
            .is_used_up()
            .then(|| named.unwrap_or_else(|| now.plus(UNNAMED_END)));
        let id = self.session.id;
        let stored = self
            .core
            .db
            .write(move |tx| store::set_quota(tx, id, &quota, until, now))
            .await;
        if let Err(error) = stored {
            tracing::warn!(session = %self.session.public_id, %error, "a quota of new chats was not stored");
        }
        self.session.quota_until = until;
        self.new_chats_changed().await;
    }

    /// WhatsApp refused a new chat until `until`, as far as the outbox can tell.
    pub(super) async fn new_chat_refused(&mut self, live: &mut Linked<'_>, reason: Reason, until: UnixMs) {
        let (id, now) = (self.session.id, self.core.clock.now());
        let quota = reason == Reason::QuotaUsed;
        let stored = self.core.db.write(move |tx| {
            if quota {
                store::set_quota_until(tx, id, Some(until))
            } else {
                store::set_lock(tx, id, Some(until), None, now)
            }
        });
        if let Err(error) = stored.await {
            tracing::warn!(session = %self.session.public_id, %error, "a refusal of new chats was not stored");
        }
        if quota {
            self.session.quota_until = Some(until);
        } else {
            self.session.locked_until = Some(until);
        }
        self.new_chats_changed().await;
        live.asking.now(&live.link, &self.core.clock);
    }

    pub(super) async fn client_retires(&mut self, at: UnixMs) {
        let id = self.session.id;
        let stored = self.core.db.write(move |tx| store::set_retirement(tx, id, at)).await;
        match stored {
            Ok(()) => {
                tracing::warn!(session = %self.session.public_id, at = %at.to_utc(), "WhatsApp retires this version");
                self.tell_of_health();
            }
            Err(error) => tracing::warn!(%error, "the end of the client's version was not stored"),
        }
    }

    pub(super) async fn write_last_receipt(&mut self) {
        let (id, now) = (self.session.id, self.core.clock.now());
        let Some(at) = self.receipts.take_due(now) else { return };
        let stored = self.core.db.write(move |tx| store::set_last_receipt(tx, id, at)).await;
        match stored {
            Ok(()) => self.tell_of_health(),
            Err(error) => {
                tracing::debug!(session = %self.session.public_id, %error, "the time of a receipt was not stored");
            }
        }
    }

    /// The state and the outbox follow what WhatsApp allows.
    async fn new_chats_changed(&mut self) {
        self.core.ports.send(SendNews::NewChats {
            session: self.session.id,
            locked_until: self.session.locked_until,
            quota_until: self.session.quota_until,
        });
        if self.session.state.can_send() && self.session.state != State::Degraded {
            let (locked, quota) = (self.session.locked_until, self.session.quota_until);
            self.enter(machine::online(locked, quota, self.core.clock.now())).await;
        }
        self.core.bus.nudge(self.session.workspace);
        self.tell_of_health();
    }
}
