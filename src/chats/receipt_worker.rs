//! The receipt worker: applies inbound receipts and typing, and sends WhatsApp what was read and typed here.
//!
//! One task for all sessions. Receipts that are queued together are written in one transaction. Calls to WhatsApp run
//! beside the loop, so that a link that does not answer delays no other session.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use rusqlite::Transaction;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use wa_client::{Address, Link, LinkError, Oldest, Receipt, ReceiptKind, TypingState};

use super::groups;
use super::model::Status;
use super::older::{AT_ONCE, OlderState, PHONE_ANSWERS_WITHIN};
use super::store;
use super::store::handling;
use super::store::older::{self, Request};
use super::store::progress::{self, ReadMark};
use super::store::receipts;
use crate::clock::{Clock, UnixMs};
use crate::db::{self, Db, DbError};
use crate::events::{self, Bus, Event, Transient};
use crate::ids::{ChatId, SessionId, WorkspaceId};
use crate::sessions::{self, ChatNews};

/// Events taken at once; each batch of receipts is one transaction.
const BATCH: usize = 256;
/// Read marks sent to WhatsApp at once.
const READ_BATCH: u32 = 200;
/// Messages of a deleted number deleted in one transaction, so that other writes do not wait long.
const CLEAR_BATCH: u32 = 200;
/// A link that has not answered by then counts as not connected.
const ANSWERS_WITHIN: Duration = Duration::from_secs(20);
/// How often the worker checks whether somebody has the inbox open.
const PRESENCE_EVERY: Duration = Duration::from_secs(5);

enum LocalAction {
    Read(SessionId),
    Typing {
        session: SessionId,
        chat: Address,
        state: TypingState,
    },
    Older(Request),
}

/// Notifies the receipt worker of what happened here. Cheap to clone.
#[derive(Clone)]
pub struct ReceiptWorkerHandle(mpsc::UnboundedSender<LocalAction>);

impl ReceiptWorkerHandle {
    // A closed channel means that the program is stopping. Read marks are on disk and are sent after the next start;
    // typing is worthless by then.
    pub(super) fn read_here(&self, session: SessionId) {
        let _ = self.0.send(LocalAction::Read(session));
    }

    pub(super) fn ask_older(&self, request: Request) {
        let _ = self.0.send(LocalAction::Older(request));
    }

    pub(super) fn typing_here(&self, session: SessionId, chat: Address, state: TypingState) {
        let _ = self.0.send(LocalAction::Typing { session, chat, state });
    }
}

/// An open link. Weak: the receipt worker must not keep the memory of a closed one.
struct Line {
    link: Weak<dyn Link>,
    workspace: WorkspaceId,
    /// Others may see it online. Its phone stays silent then.
    shows_online: bool,
    /// The presence that WhatsApp was last sent.
    available: bool,
}

/// The result of a job beside the loop.
enum Done {
    Nothing,
    /// These read marks of a session were sent; there may be more.
    Read(SessionId, Vec<i64>),
    /// The phone was asked for older messages at this time, and has not answered if it still counts as asked.
    Older(ChatId, UnixMs, OlderState),
    /// WhatsApp could not be reached; the next connection retries.
    Unread(SessionId),
}

/// The task; see the module.
pub struct ReceiptWorker {
    db: Db,
    clock: Clock,
    bus: Bus,
    news: mpsc::UnboundedReceiver<ChatNews>,
    here: mpsc::UnboundedReceiver<LocalAction>,
    lines: HashMap<SessionId, Line>,
    /// Sessions with a job that sends read marks.
    telling: HashSet<SessionId>,
    jobs: FuturesUnordered<BoxFuture<'static, Done>>,
    stop: CancellationToken,
}

impl ReceiptWorker {
    /// The task to run, and the handle for pages that read and type.
    #[must_use]
    pub fn new(
        db: Db,
        clock: Clock,
        bus: Bus,
        news: mpsc::UnboundedReceiver<ChatNews>,
        stop: CancellationToken,
    ) -> (Self, ReceiptWorkerHandle) {
        let (handle, here) = mpsc::unbounded_channel();
        let (lines, telling, jobs) = (HashMap::new(), HashSet::new(), FuturesUnordered::new());
        (
            Self {
                db,
                clock,
                bus,
                news,
                here,
                lines,
                telling,
                jobs,
                stop,
            },
            ReceiptWorkerHandle(handle),
        )
    }

    /// Runs until the program stops.
    pub async fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH);
        let clock = self.clock.clone();
        let mut next_look = clock.now().plus(PRESENCE_EVERY);
        loop {
            let stop = self.stop.clone();
            tokio::select! {
                () = stop.cancelled() => break,
                count = self.news.recv_many(&mut batch, BATCH) => {
                    if count == 0 {
                        break;
                    }
                    self.take(std::mem::take(&mut batch)).await;
                }
                Some(here) = self.here.recv() => self.taken_here(here).await,
                Some(done) = self.jobs.next() => self.done(done).await,
                () = clock.sleep_until(next_look) => {
                    next_look = clock.now().plus(PRESENCE_EVERY);
                    self.look_who_is_here();
                }
            }
        }
        // Events that arrived before the stop are still written: WhatsApp does not repeat them.
        while let Ok(news) = self.news.try_recv() {
            batch.push(news);
        }
        self.take(batch).await;
    }

    async fn take(&mut self, news: Vec<ChatNews>) {
        let mut receipts = Vec::new();
        for news in news {
            match news {
                ChatNews::Receipt { session, receipt } => receipts.push((session, receipt)),
                ChatNews::Up {
                    session,
                    workspace,
                    link,
                    shows_online,
                } => {
                    let link = Arc::downgrade(&link);
                    self.lines.insert(
                        session,
                        Line {
                            link,
                            workspace,
                            shows_online,
                            available: false,
                        },
                    );
                    self.tell_read(session).await;
                    self.read_groups(session, None);
                    self.look_who_is_here();
                }
                ChatNews::ShowsOnline { session, shows } => {
                    if let Some(line) = self.lines.get_mut(&session) {
                        line.shows_online = shows;
                    }
                    self.look_who_is_here();
                }
                ChatNews::Marked {
                    session,
                    chat,
                    read,
                    at,
                } => self.marked(session, chat, read, at).await,
                ChatNews::Older { session, chat, ended } => self.older_came(session, chat, ended).await,
                ChatNews::Group { session, group } => self.read_groups(session, Some(group)),
                ChatNews::Typing { session, chat, state } => self.typing(session, chat, state).await,
                ChatNews::Deleted { session } => self.clear(session),
            }
        }
        self.apply(receipts).await;
    }

    async fn apply(&mut self, receipts: Vec<(SessionId, Receipt)>) {
        if receipts.is_empty() {
            return;
        }
        let now = self.clock.now();
        let applied = self.db.write(move |tx| {
            let mut workspaces = HashSet::new();
            for (session, receipt) in &receipts {
                apply(tx, *session, receipt, now, &mut workspaces)?;
            }
            Ok::<_, DbError>(workspaces)
        });
        match applied.await {
            Ok(workspaces) => workspaces.into_iter().for_each(|workspace| self.bus.nudge(workspace)),
            Err(error) => tracing::error!(%error, "receipts could not be stored"),
        }
    }

    /// The owner marked a conversation on the phone.
    async fn marked(&mut self, session: SessionId, chat: Address, read: bool, at: UnixMs) {
        let now = self.clock.now();
        let marked = self.db.write(move |tx| {
            let (workspace, _) = sessions::workspace_of(tx, session)?;
            let Some(place) = store::find(tx, workspace, session, &chat)? else {
                return Ok(None);
            };
            let changed = if read {
                progress::read_until(tx, place.chat, at)?
            } else {
                handling::mark_unread(tx, place.chat)?
            };
            if changed {
                events::append(tx, workspace, &Event::ChatChanged { chat: place.public_id }, now)?;
            }
            Ok::<_, DbError>(changed.then_some(workspace))
        });
        match marked.await {
            Ok(changed) => changed.into_iter().for_each(|workspace| self.bus.nudge(workspace)),
            Err(DbError::NotFound) => {}
            Err(error) => tracing::error!(%error, "a mark from the phone could not be stored"),
        }
    }

    async fn typing(&mut self, session: SessionId, chat: Address, state: TypingState) {
        let Some(workspace) = self.lines.get(&session).map(|line| line.workspace) else {
            return;
        };
        let place = self.db.read(move |c| store::find(c, workspace, session, &chat)).await;
        let Ok(Some(place)) = place else { return };
        let (active, recording) = (state != TypingState::Paused, state == TypingState::Recording);
        self.bus.transient(
            workspace,
            Transient::Typing {
                chat: place.public_id,
                active,
                recording,
            },
        );
    }

    async fn taken_here(&mut self, here: LocalAction) {
        match here {
            LocalAction::Read(session) => self.tell_read(session).await,
            LocalAction::Older(request) => self.ask_older(request),
            LocalAction::Typing { session, chat, state } => {
                let Some(link) = self.link(session) else { return };
                let limit = self.clock.clone();
                self.jobs.push(Box::pin(async move {
                    if let Err(error) = limited(&limit, link.typing(&chat, state)).await {
                        tracing::debug!(%error, "typing was not shown");
                    }
                    Done::Nothing
                }));
            }
        }
    }

    async fn done(&mut self, done: Done) {
        match done {
            Done::Nothing => {}
            Done::Older(chat, asked_at, state) => {
                let now = self.clock.now();
                let given_up = move |tx: &Transaction<'_>| older::give_up(tx, chat, asked_at, state, now);
                let given_up = self.db.write(given_up).await;
                self.nudge_after(given_up);
            }
            Done::Unread(session) => {
                self.telling.remove(&session);
            }
            Done::Read(session, ids) => {
                self.telling.remove(&session);
                match self.db.write(move |tx| progress::drop_read_marks(tx, &ids)).await {
                    Ok(()) => self.tell_read(session).await,
                    Err(error) => tracing::warn!(%error, "sent read marks could not be deleted"),
                }
            }
        }
    }

    /// Asks the phone, and waits for its answer as long as a person does.
    fn ask_older(&mut self, request: Request) {
        let (link, clock) = (self.link(request.session), self.clock.clone());
        self.jobs.push(Box::pin(async move {
            let before = Oldest {
                chat: &request.address,
                id: &request.wa_id,
                from_me: request.from_me,
                at_ms: request.at.0,
            };
            let asked = match &link {
                Some(link) => limited(&clock, link.ask_history(&before, AT_ONCE)).await,
                None => Err(LinkError::NotConnected),
            };
            let outcome = match asked {
                Ok(()) => {
                    clock.sleep_until(request.asked_at.plus(PHONE_ANSWERS_WITHIN)).await;
                    OlderState::NoAnswer
                }
                Err(LinkError::NotConnected) => OlderState::NotConnected,
                Err(error) => {
                    tracing::debug!(%error, "the phone could not be asked for older messages");
                    OlderState::NoAnswer
                }
            };
            Done::Older(request.chat, request.asked_at, outcome)
        }));
    }

    async fn older_came(&mut self, session: SessionId, chat: Address, ended: bool) {
        let now = self.clock.now();
        let answered = self.db.write(move |tx| {
            let (workspace, _) = sessions::workspace_of(tx, session)?;
            match store::find(tx, workspace, session, &chat)? {
                Some(place) => older::answered(tx, place.chat, ended, now),
                None => Ok(None),
            }
        });
        let answered = answered.await;
        self.nudge_after(answered);
    }

    fn nudge_after(&self, changed: db::Result<Option<WorkspaceId>>) {
        match changed {
            Ok(workspace) => workspace.into_iter().for_each(|workspace| self.bus.nudge(workspace)),
            Err(DbError::NotFound) => {}
            Err(error) => tracing::error!(%error, "what became of older messages could not be stored"),
        }
    }

    /// Sends WhatsApp the read marks of `session`, unless a job is doing so already.
    async fn tell_read(&mut self, session: SessionId) {
        let Some(link) = self.link(session) else { return };
        if self.telling.contains(&session) {
            return;
        }
        let marks = match self
            .db
            .read(move |c| progress::read_marks(c, session, READ_BATCH))
            .await
        {
            Ok(marks) if !marks.is_empty() => marks,
            Ok(_) => return,
            Err(error) => return tracing::warn!(%error, "read marks cannot be read"),
        };
        self.telling.insert(session);
        let clock = self.clock.clone();
        self.jobs.push(Box::pin(async move {
            let mut told = Vec::new();
            for (place, ids, marks) in by_chat(marks) {
                let call = link.mark_read(&place.0, place.1.as_ref(), &ids);
                match limited(&clock, call).await {
                    Ok(()) | Err(LinkError::Permanent(_) | LinkError::Forbidden) => told.extend(marks),
                    Err(_) => break,
                }
            }
            if told.is_empty() {
                Done::Unread(session)
            } else {
                Done::Read(session, told)
            }
        }));
    }

    /// Deletes the chats of a deleted number in small transactions that delay nobody.
    fn clear(&mut self, session: SessionId) {
        self.lines.remove(&session);
        let (db, stop) = (self.db.clone(), self.stop.clone());
        self.jobs.push(Box::pin(async move {
            loop {
                // The rest is deleted after the next start.
                if stop.is_cancelled() {
                    return Done::Nothing;
                }
                match db
                    .write_background(move |tx| progress::clear_deleted(tx, session, CLEAR_BATCH))
                    .await
                {
                    Ok(true) => {}
                    Ok(false) => return Done::Nothing,
                    Err(error) => {
                        tracing::error!(%error, "the chats of a deleted number could not be deleted");
                        return Done::Nothing;
                    }
                }
            }
        }));
    }

    /// A number is online to others while somebody has a page of its workspace open: only then does WhatsApp report who
    /// is typing. Otherwise it is offline, so that the phone rings.
    fn look_who_is_here(&mut self) {
        let mut changed = Vec::new();
        for line in self.lines.values_mut() {
            let here = line.shows_online && self.bus.has_listeners(line.workspace);
            if here == line.available {
                continue;
            }
            if let Some(link) = line.link.upgrade() {
                line.available = here;
                changed.push((link, here));
            }
        }
        for (link, here) in changed {
            let clock = self.clock.clone();
            self.jobs.push(Box::pin(async move {
                if let Err(error) = limited(&clock, link.set_available(here)).await {
                    tracing::debug!(%error, "presence was not sent");
                }
                Done::Nothing
            }));
        }
    }

    /// Reads a group, or all that the number is in.
    fn read_groups(&mut self, session: SessionId, one: Option<Address>) {
        let (Some(link), Some(line)) = (self.link(session), self.lines.get(&session)) else {
            return;
        };
        let (tools, workspace) = ((self.db.clone(), self.clock.clone(), self.bus.clone()), line.workspace);
        self.jobs.push(Box::pin(async move {
            match one {
                Some(group) => groups::read_one(tools, workspace, session, link, group).await,
                None => groups::read(tools, workspace, session, link).await,
            }
            Done::Nothing
        }));
    }

    fn link(&self, session: SessionId) -> Option<Arc<dyn Link>> {
        self.lines.get(&session)?.link.upgrade()
    }
}

async fn limited<T>(clock: &Clock, call: impl Future<Output = Result<T, LinkError>>) -> Result<T, LinkError> {
    tokio::select! {
        result = call => result,
        () = clock.sleep(ANSWERS_WITHIN) => Err(LinkError::TimedOut),
    }
}

/// A chat, and the sender where the chat does not identify it.
type ReadPlace = (Address, Option<Address>);

/// Marks grouped by chat and sender, each with the message ids to send and the rows to delete.
fn by_chat(marks: Vec<ReadMark>) -> Vec<(ReadPlace, Vec<String>, Vec<i64>)> {
    let mut places: HashMap<(ChatId, Option<Address>), usize> = HashMap::new();
    let mut groups: Vec<(ReadPlace, Vec<String>, Vec<i64>)> = Vec::new();
    for mark in marks {
        let at = *places.entry((mark.chat, mark.sender.clone())).or_insert_with(|| {
            groups.push(((mark.chat_address, mark.sender), Vec::new(), Vec::new()));
            groups.len() - 1
        });
        groups[at].1.push(mark.wa_id);
        groups[at].2.push(mark.id);
    }
    groups
}

/// Applies a receipt for messages of `session`; adds the workspaces whose pages change.
fn apply(
    tx: &rusqlite::Connection,
    session: SessionId,
    receipt: &Receipt,
    now: UnixMs,
    workspaces: &mut HashSet<WorkspaceId>,
) -> db::Result<()> {
    let status = match receipt.kind {
        ReceiptKind::Delivered => Status::Delivered,
        ReceiptKind::Read => Status::Read,
        ReceiptKind::Played => Status::Played,
        ReceiptKind::ReadSelf => return read_on_phone(tx, session, receipt, now, workspaces),
    };
    let in_group = matches!(receipt.chat, Address::Group(_));
    for id in &receipt.ids {
        workspaces.extend(if in_group {
            receipts::record(tx, session, &receipt.sender, id, status, UnixMs(receipt.at_ms), now)?
        } else {
            progress::advance(tx, session, id, status, now)?
        });
    }
    Ok(())
}

fn read_on_phone(
    tx: &rusqlite::Connection,
    session: SessionId,
    receipt: &Receipt,
    now: UnixMs,
    workspaces: &mut HashSet<WorkspaceId>,
) -> db::Result<()> {
    let workspace = match sessions::workspace_of(tx, session) {
        Ok((workspace, _)) => workspace,
        Err(DbError::NotFound) => return Ok(()),
        Err(error) => return Err(error),
    };
    let Some(place) = store::find(tx, workspace, session, &receipt.chat)? else {
        return Ok(());
    };
    if progress::read_elsewhere(tx, place.chat, &receipt.ids)? {
        events::append(tx, workspace, &Event::ChatChanged { chat: place.public_id }, now)?;
        workspaces.insert(workspace);
    }
    Ok(())
}
