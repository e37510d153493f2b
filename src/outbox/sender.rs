//! The sender of one connected number: leases rows of the outbox, sends them over the link, and waits for WhatsApp's
//! acknowledgement.
//!
//! Many messages are in flight at once. Leasing, sending and storing the outcomes run side by side as jobs; rows and
//! outcomes are read and written in batches, one transaction each, so that thousands of messages share an fsync. Within
//! a chat the next message is sent when the previous one has been.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};
use wa_client::{Ack, AckError, Address, Link, LinkError, Registered};

use super::delivery::{Delivery, NotHanded};
use super::model::{self, EXPIRES_AFTER, Leased, NewChats, Verdict};
use super::outcomes::{Outcome, apply_outcomes};
use super::sender_pool::{Wake, stopped};
use super::store::{self, Lease};
use crate::chats::Failure;
use crate::clock::{Clock, UnixMs};
use crate::db::{self, Db, DbError};
use crate::events::Bus;
use crate::ids::{ChatId, SessionId, WorkspaceId};
use crate::sessions::{self, Sessions};

/// Rows leased and not acknowledged yet: enough to keep the link busy through a commit and a round trip.
const WINDOW: usize = 512;
/// Rows are leased when there is room for this many, so that a lease is worth its transaction.
const LEASE_FROM: usize = 128;
/// Messages being sent at the same time, each of another chat.
const SENDING_AT_ONCE: usize = 32;
/// A person who starts a chat waits this long; then the message is stored and looked up when it goes out.
const LOOKED_UP_WITHIN: Duration = Duration::from_secs(10);
/// WhatsApp acknowledges within this time; then the same message is sent again.
const ACK_WITHIN: Duration = Duration::from_secs(20);
/// Sends without an acknowledgement before the ordinary retry takes over.
const MAX_SENDS: u8 = 3;
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Pause after a database error.
const REST: Duration = Duration::from_secs(2);
/// The link reported that it is down; the row is retried when it is up again.
const LINK_DOWN: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub(super) struct Context {
    pub db: Db,
    pub clock: Clock,
    pub bus: Bus,
    pub sessions: Sessions,
    pub wake: Wake,
    pub delivery: Delivery,
}

pub(super) enum ToSender {
    /// There may be a row to lease.
    Queued,
    Ack(Ack),
    /// A text that the number sends by itself.
    Say {
        to: Address,
        text: String,
    },
    /// New chats wait, or may go again.
    NewChats(Option<NewChats>),
    /// How WhatsApp registers the account of a number.
    LookUp {
        address: Address,
        answer: oneshot::Sender<Result<Option<Registered>, LinkError>>,
    },
    /// Finish the sends in progress.
    Stop(oneshot::Sender<()>),
}

pub(super) enum Job {
    Leased(db::Result<Lease>),
    Handed {
        chat: ChatId,
        wa_id: String,
        result: Result<Option<Registered>, NotHanded>,
    },
    Settled(Result<Vec<SessionId>, (DbError, Vec<Outcome>)>),
    Told,
}

/// A message in flight.
pub(super) struct InFlight {
    row: Leased,
    stage: Stage,
    sends: u8,
}

impl InFlight {
    /// Postpones it until `due`. No send is in progress, but an earlier one may have reached WhatsApp.
    pub(super) fn put_back(mut self, due: UnixMs) -> Outcome {
        self.row.doubtful |= self.sends > 0;
        Outcome::Postponed { row: self.row, due }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Queued,
    Sending,
    AwaitsAck { until: UnixMs },
}

/// The queued messages of one chat.
#[derive(Default)]
pub(super) struct ChatQueue {
    pub(super) waiting: VecDeque<String>,
    busy: bool,
}

pub(super) struct Sender {
    pub(super) context: Context,
    pub(super) session: SessionId,
    pub(super) workspace: WorkspaceId,
    link: Arc<dyn Link>,
    inbox: mpsc::UnboundedReceiver<ToSender>,
    /// By WhatsApp id.
    pub(super) in_flight: HashMap<String, InFlight>,
    pub(super) queues: HashMap<ChatId, ChatQueue>,
    /// Chats whose next message can be sent.
    ready: VecDeque<ChatId>,
    sending: usize,
    /// Postponed chats: rows of them that a running lease still brings are given back.
    pub(super) held: HashMap<ChatId, UnixMs>,
    /// Messages given back after they may have been sent; a late acknowledgement still completes them.
    doubtful: HashSet<String>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) jobs: FuturesUnordered<BoxFuture<'static, Job>>,
    pub(super) new_chats: Option<NewChats>,
    next_due: Option<UnixMs>,
    rest_until: UnixMs,
    next_look: UnixMs,
    wake: bool,
    leasing: bool,
    settling: bool,
    pub(super) stopping: Option<Vec<oneshot::Sender<()>>>,
}

impl Sender {
    pub(super) fn new(
        context: Context,
        session: SessionId,
        workspace: WorkspaceId,
        link: Arc<dyn Link>,
        inbox: mpsc::UnboundedReceiver<ToSender>,
    ) -> Self {
        let now = context.clock.now();
        Self {
            context,
            session,
            workspace,
            link,
            inbox,
            in_flight: HashMap::new(),
            queues: HashMap::new(),
            ready: VecDeque::new(),
            sending: 0,
            held: HashMap::new(),
            doubtful: HashSet::new(),
            outcomes: Vec::new(),
            jobs: FuturesUnordered::new(),
            new_chats: None,
            next_due: None,
            rest_until: now,
            next_look: now.plus(LOOK_EVERY),
            wake: true,
            leasing: false,
            settling: false,
            stopping: None,
        }
    }

    pub(super) async fn run(mut self) {
        self.recover().await;
        let clock = self.context.clock.clone();
        let mut news = Vec::new();
        loop {
            self.drive();
            if self.stopping.is_some() && self.jobs.is_empty() {
                break;
            }
            let timer = self.timer();
            tokio::select! {
                count = self.inbox.recv_many(&mut news, WINDOW), if !self.inbox.is_closed() || !self.inbox.is_empty() => {
                    if count == 0 {
                        self.stop(None);
                    }
                    news.drain(..).for_each(|news| self.take(news));
                }
                Some(job) = self.jobs.next() => self.finish(job),
                () = sleep_until(&clock, timer) => self.look(),
            }
        }
        self.stopping.into_iter().flatten().for_each(stopped);
    }

    /// Takes over the rows of an earlier sender of the session, which ended with the process or the link.
    async fn recover(&mut self) {
        let session = self.session;
        let recovered = self.context.db.write(move |tx| {
            Ok::<_, DbError>((
                store::recover(tx, session)?,
                sessions::new_chats_blocked_in(tx, session)?,
            ))
        });
        match recovered.await {
            Ok((doubtful, (locked, quota))) => {
                self.doubtful.extend(doubtful);
                self.new_chats = NewChats::of(locked, quota, self.context.clock.now());
            }
            Err(DbError::NotFound | DbError::Closed) => self.stop(None),
            Err(error) => tracing::error!(%error, "the last sender's rows cannot be read; retrying later"),
        }
    }

    /// Starts every job that can start now.
    fn drive(&mut self) {
        let now = self.context.clock.now();
        let rested = now >= self.rest_until;
        if !self.settling && !self.outcomes.is_empty() && (rested || self.stopping.is_some()) {
            self.start_settling(now);
        }
        if self.stopping.is_some() {
            return;
        }
        let room = WINDOW.saturating_sub(self.in_flight.len());
        if self.wake && !self.leasing && rested && room >= LEASE_FROM {
            self.start_leasing(room, now);
        }
        while self.sending < SENDING_AT_ONCE
            && let Some(chat) = self.ready.pop_front()
        {
            self.send_next(chat);
        }
    }

    fn start_settling(&mut self, now: UnixMs) {
        self.settling = true;
        let (db, bus, session, workspace) = (
            self.context.db.clone(),
            self.context.bus.clone(),
            self.session,
            self.workspace,
        );
        let outcomes = Arc::new(std::mem::take(&mut self.outcomes));
        self.jobs.push(Box::pin(async move {
            let written = Arc::clone(&outcomes);
            match db
                .write(move |tx| apply_outcomes(tx, workspace, session, &written, now))
                .await
            {
                Ok(look) => {
                    bus.nudge(workspace);
                    Job::Settled(Ok(look))
                }
                Err(error) => Job::Settled(Err((error, Arc::unwrap_or_clone(outcomes)))),
            }
        }));
    }

    fn start_leasing(&mut self, room: usize, now: UnixMs) {
        (self.wake, self.leasing) = (false, true);
        let (db, bus) = (self.context.db.clone(), self.context.bus.clone());
        let (workspace, session, new_chats) = (self.workspace, self.session, self.new_chats);
        self.jobs.push(Box::pin(async move {
            let leased = db
                .write(move |tx| store::lease(tx, workspace, session, new_chats, room, now))
                .await;
            if leased.as_ref().is_ok_and(|lease: &Lease| lease.held) {
                bus.nudge(workspace);
            }
            Job::Leased(leased)
        }));
    }

    fn send_next(&mut self, chat: ChatId) {
        let Some(queue) = self.queues.get_mut(&chat).filter(|queue| !queue.busy) else {
            return;
        };
        // A message that was acknowledged while it waited to be sent again is no longer in flight.
        let next = std::iter::from_fn(|| queue.waiting.pop_front()).find(|wa_id| self.in_flight.contains_key(wa_id));
        let Some((wa_id, in_flight)) = next.and_then(|wa_id| Some((wa_id.clone(), self.in_flight.get_mut(&wa_id)?)))
        else {
            self.queues.remove(&chat);
            return;
        };
        queue.busy = true;
        in_flight.stage = Stage::Sending;
        in_flight.sends += 1;
        self.sending += 1;
        let (link, delivery, row) = (
            Arc::clone(&self.link),
            self.context.delivery.clone(),
            in_flight.row.clone(),
        );
        self.jobs.push(Box::pin(async move {
            let result = delivery.hand(link, row).await;
            Job::Handed { chat, wa_id, result }
        }));
    }

    fn take(&mut self, news: ToSender) {
        match news {
            ToSender::Queued => self.wake = true,
            ToSender::Ack(ack) => self.acknowledged(&ack.id, ack.error),
            ToSender::Say { to, text } => self.say(to, text),
            ToSender::NewChats(new_chats) => self.new_chats_are(new_chats),
            ToSender::LookUp { address, answer } => self.look_up(address, answer),
            ToSender::Stop(done) => self.stop(Some(done)),
        }
    }

    fn look_up(&self, address: Address, answer: oneshot::Sender<Result<Option<Registered>, LinkError>>) {
        if self.stopping.is_some() {
            return;
        }
        let (link, clock) = (Arc::clone(&self.link), self.context.clock.clone());
        self.jobs.push(Box::pin(async move {
            let found = tokio::select! {
                found = link.look_up(&address) => found,
                () = clock.sleep(LOOKED_UP_WITHIN) => Err(LinkError::TimedOut),
            };
            // The caller may have stopped waiting.
            let _ = answer.send(found);
            Job::Told
        }));
    }

    /// The address that a message was written for is registered under another, and so are the messages behind it.
    fn registered(&mut self, chat: ChatId, wa_id: &str, registered: Registered) {
        let typed = self.in_flight.get(wa_id).map(|in_flight| in_flight.row.address.clone());
        let Some(typed) = typed.and_then(|typed| typed.parse::<Address>().ok()) else {
            return;
        };
        if typed != registered.address {
            let address = registered.address.to_string();
            for in_flight in self
                .in_flight
                .values_mut()
                .filter(|in_flight| in_flight.row.chat == chat)
            {
                in_flight.row.address.clone_from(&address);
            }
        }
        self.outcomes.push(Outcome::Registered { typed, registered });
    }

    fn acknowledged(&mut self, wa_id: &str, error: Option<AckError>) {
        let Some(in_flight) = self.in_flight.remove(wa_id) else {
            if error.is_none() && self.doubtful.remove(wa_id) {
                self.outcomes.push(Outcome::AcknowledgedLate(wa_id.to_owned()));
            }
            return;
        };
        self.wake = true;
        match error.map(model::refused) {
            None => {
                self.doubtful.remove(wa_id);
                self.outcomes.push(Outcome::Acknowledged {
                    id: in_flight.row.id,
                    message: in_flight.row.message,
                });
            }
            // The server refused, so it does not have the message.
            Some(verdict) => self.judge(
                Leased {
                    doubtful: false,
                    ..in_flight.row
                },
                verdict,
            ),
        }
    }

    fn finish(&mut self, job: Job) {
        match job {
            Job::Leased(leased) => self.leased(leased),
            Job::Handed { chat, wa_id, result } => self.handed(chat, &wa_id, result),
            Job::Settled(Ok(look)) => {
                self.settling = false;
                look.into_iter().for_each(|session| self.context.wake.queued(session));
            }
            Job::Settled(Err((error, mut outcomes))) => {
                self.settling = false;
                tracing::error!(%error, "outcomes of sent messages could not be stored; retrying");
                self.rest_until = self.context.clock.now().plus(REST);
                if self.stopping.is_none() {
                    // In order, before those that came meanwhile.
                    outcomes.append(&mut self.outcomes);
                    self.outcomes = outcomes;
                }
            }
            Job::Told => {}
        }
    }

    fn leased(&mut self, leased: db::Result<Lease>) {
        self.leasing = false;
        let now = self.context.clock.now();
        let Lease { rows, next_due, .. } = match leased {
            Ok(lease) => lease,
            Err(error) => {
                tracing::error!(%error, "the outbox cannot be read; retrying");
                (self.rest_until, self.wake) = (now.plus(REST), true);
                return;
            }
        };
        self.next_due = next_due;
        self.wake |= next_due.is_some_and(|due| due <= now);
        for row in rows {
            if let Some(due) = self.held.get(&row.chat).copied().filter(|due| *due > now) {
                self.outcomes.push(Outcome::Postponed { row, due });
            } else if self.stopping.is_some() {
                self.outcomes.push(Outcome::Postponed { row, due: now });
            } else if now.since(row.created_at) > EXPIRES_AFTER {
                self.outcomes.push(Outcome::Failed {
                    row,
                    failure: Failure::Expired,
                });
            } else {
                self.line_up(row);
            }
        }
    }

    fn line_up(&mut self, row: Leased) {
        let (chat, wa_id) = (row.chat, row.wa_id.clone());
        self.in_flight.insert(
            wa_id.clone(),
            InFlight {
                row,
                stage: Stage::Queued,
                sends: 0,
            },
        );
        let queue = self.queues.entry(chat).or_default();
        queue.waiting.push_back(wa_id);
        if !queue.busy && queue.waiting.len() == 1 {
            self.ready.push_back(chat);
        }
    }

    fn handed(&mut self, chat: ChatId, wa_id: &str, result: Result<Option<Registered>, NotHanded>) {
        self.sending -= 1;
        let now = self.context.clock.now();
        if let Some(queue) = self.queues.get_mut(&chat) {
            queue.busy = false;
            self.ready.push_back(chat);
        }
        match result {
            Ok(registered) => {
                if let Some(registered) = registered {
                    self.registered(chat, wa_id, registered);
                }
                if let Some(in_flight) = self.in_flight.get_mut(wa_id) {
                    in_flight.stage = Stage::AwaitsAck {
                        until: now.plus(ACK_WITHIN),
                    };
                }
            }
            Err(NotHanded::Failed(failure)) => {
                if let Some(in_flight) = self.in_flight.remove(wa_id) {
                    self.judge(in_flight.row, Verdict::Fail(failure));
                }
            }
            Err(NotHanded::Link(error)) => {
                if let Some(mut in_flight) = self.in_flight.remove(wa_id) {
                    tracing::debug!(session = %self.session, %error, "a message was not sent");
                    let unsent = matches!(error, LinkError::NotConnected | LinkError::NoKeys);
                    in_flight.row.doubtful |= !unsent || in_flight.sends > 1;
                    if !unsent {
                        self.doubtful.insert(wa_id.to_owned());
                    }
                    if matches!(error, LinkError::NotConnected) {
                        self.hold(in_flight.row, now.plus(LINK_DOWN), None);
                    } else {
                        self.judge(in_flight.row, model::send_failed(&error));
                    }
                }
            }
        }
    }

    /// Handles timeouts: missing acknowledgements, and rows that become due.
    fn look(&mut self) {
        let now = self.context.clock.now();
        self.next_look = now.plus(LOOK_EVERY);
        self.wake |= self.next_due.is_some_and(|due| due <= now);
        self.held.retain(|_, due| *due > now);
        let overdue: Vec<String> = self
            .in_flight
            .iter()
            .filter(|(_, in_flight)| matches!(in_flight.stage, Stage::AwaitsAck { until } if until <= now))
            .map(|(wa_id, _)| wa_id.clone())
            .collect();
        for wa_id in overdue {
            self.send_again(wa_id);
        }
    }

    /// Sends the same message under the same id: WhatsApp shows it once, however often it gets it.
    fn send_again(&mut self, wa_id: String) {
        let Some(in_flight) = self.in_flight.get_mut(&wa_id) else {
            return;
        };
        if in_flight.sends < MAX_SENDS {
            in_flight.stage = Stage::Queued;
            let chat = in_flight.row.chat;
            self.queues.entry(chat).or_default().waiting.push_front(wa_id);
            self.ready.push_back(chat);
        } else if let Some(mut in_flight) = self.in_flight.remove(&wa_id) {
            self.doubtful.insert(wa_id);
            in_flight.row.doubtful = true;
            self.judge(in_flight.row, Verdict::Retry);
        }
    }

    /// When the loop has to run even if nothing arrives.
    fn timer(&self) -> Option<UnixMs> {
        let look = (!self.in_flight.is_empty()).then_some(self.next_look);
        let due = self.next_due.filter(|_| !self.wake && self.stopping.is_none());
        let rested = Some(self.rest_until).filter(|until| *until > self.context.clock.now());
        [look, due, rested].into_iter().flatten().min()
    }

    /// Begins to stop: unsent messages are given back, sends in progress finish. Messages that await their
    /// acknowledgement stay marked as sending; the next sender finds them and sends them again under the same id.
    fn stop(&mut self, done: Option<oneshot::Sender<()>>) {
        let now = self.context.clock.now();
        self.stopping.get_or_insert_default().extend(done);
        self.ready.clear();
        for (_, queue) in self.queues.drain() {
            for in_flight in queue.waiting.iter().filter_map(|wa_id| self.in_flight.remove(wa_id)) {
                self.outcomes.push(in_flight.put_back(now));
            }
        }
    }
}

async fn sleep_until(clock: &Clock, at: Option<UnixMs>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}
