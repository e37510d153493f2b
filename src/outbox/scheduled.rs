//! Messages for later. Each has a job for its time, made in the transaction that writes it. The job puts the message
//! into the outbox and forgets it here in one transaction, so it goes out once, whatever is killed meanwhile; limits are
//! claimed then, as for any message.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};

use super::content::{Content, SendOptions};
use super::later::Later;
use super::model::{OutboxError, Queued};
use super::sender_pool::Wake;
use super::service::queue_in;
use crate::accounts::{By, MemberRole, Permission, Scope};
use crate::chats::{self, ChatKind, NewScheduled, OwnMessages, Scheduled, Unsent};
use crate::clock::{Clock, UnixMs};
use crate::db::{Db, DbError, Page};
use crate::events::{self, Bus, Event};
use crate::ids::{PublicId, SessionId, TimeCursor, UserId, WorkspaceId};
use crate::jobs::{self, Handler, Job, JobError, Jobs, Lane, Order, Run};

/// Sends one at its time.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendScheduled {
    scheduled: PublicId,
}

impl Job for SendScheduled {
    const KIND: &'static str = "outbox.scheduled";
    const LANE: Lane = Lane::Campaign;
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Scheduler {
    db: Db,
    clock: Clock,
    bus: Bus,
    wake: Wake,
    own: OwnMessages,
    jobs: Jobs,
}

impl Scheduler {
    /// The furthest that a message is put off.
    pub const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

    #[must_use]
    pub fn new((db, clock, bus): (Db, Clock, Bus), wake: Wake, own: OwnMessages, jobs: Jobs) -> Self {
        Self {
            db,
            clock,
            bus,
            wake,
            own,
            jobs,
        }
    }

    /// All of the workspace, or of one number, the next one first, from this place on.
    pub async fn list(
        &self,
        scope: Scope,
        session: Option<&PublicId>,
        from: Option<TimeCursor>,
        limit: u32,
    ) -> Result<Page<Scheduled, TimeCursor>, OutboxError> {
        scope.require(Permission::UseInbox)?;
        let session = session.cloned();
        self.db
            .read(move |c| {
                let (session, from) = (session.as_ref(), from.as_ref());
                Ok(chats::scheduled_in(c, scope.workspace, session, from, limit)?)
            })
            .await
    }

    /// How many wait in the workspace.
    pub async fn count(&self, scope: Scope) -> Result<u64, OutboxError> {
        scope.require(Permission::UseInbox)?;
        self.db
            .read(move |c| Ok(chats::count_scheduled_in(c, scope.workspace)?))
            .await
    }

    /// # Errors
    /// [`OutboxError::NotFound`], also for one of another workspace.
    pub async fn get(&self, scope: Scope, scheduled: &PublicId) -> Result<Scheduled, OutboxError> {
        scope.require(Permission::UseInbox)?;
        let id = scheduled.clone();
        self.db
            .read(move |c| Ok(chats::scheduled_get_in(c, scope.workspace, &id)?))
            .await
    }

    /// Those of a chat, the next one first.
    ///
    /// # Errors
    /// [`OutboxError::NotFound`], also for a chat of another workspace.
    pub async fn of_chat(&self, scope: Scope, chat: &PublicId) -> Result<Vec<Scheduled>, OutboxError> {
        scope.require(Permission::UseInbox)?;
        let chat = chat.clone();
        self.db
            .read(move |c| {
                let chat = chats::ref_in(c, scope.workspace, &chat)?;
                Ok(chats::scheduled_of_in(c, chat.id)?)
            })
            .await
    }

    /// Keeps for later what is sent together: a text, files with their words, or anything else. What was begun in the
    /// composer is that, so the draft goes with it.
    ///
    /// # Errors
    /// As [`super::Outbox::send_together`]; [`OutboxError::NoTime`] for a time that has passed or is too far away.
    pub async fn schedule(
        &self,
        scope: Scope,
        chat: &PublicId,
        (contents, options): (Vec<Content>, SendOptions),
        at: Option<UnixMs>,
    ) -> Result<PublicId, OutboxError> {
        scope.require(Permission::UseInbox)?;
        let (id, now) = (chat.clone(), self.clock.now());
        let scheduled = self
            .db
            .write(move |tx| {
                let chat = chats::ref_in(tx, scope.workspace, &id)?;
                let (later, at) = (Later::new(contents, options)?, in_time(at, now)?);
                if chat.kind == ChatKind::Other {
                    return Err(OutboxError::ReadOnly);
                }
                let about = Later::about(&later.drafts(tx, scope, &chat)?);
                let author = Some(scope.user).filter(|user| *user != UserId(0));
                let json = later.json();
                let new = NewScheduled {
                    kind: about.kind,
                    body: &later.words(),
                    content: json.as_deref(),
                    files: &about.files,
                    due_at: at,
                };
                let scheduled = chats::schedule_in(tx, scope.workspace, chat.id, author, &new, now)?;
                if scope.by == By::Person {
                    chats::clear_draft_in(tx, chat.id, scope.user)?;
                }
                expect_in(tx, scope.workspace, &scheduled, at, now)?;
                told_in(tx, scope.workspace, id, now)?;
                Ok(scheduled)
            })
            .await?;
        self.changed(scope.workspace);
        Ok(scheduled)
    }

    /// Another time; and other words, where it has any.
    ///
    /// # Errors
    /// As [`Self::schedule`]; [`OutboxError::NotFound`], also for one of another workspace.
    pub async fn change(
        &self,
        scope: Scope,
        scheduled: &PublicId,
        words: Option<&str>,
        at: Option<UnixMs>,
    ) -> Result<(), OutboxError> {
        scope.require(Permission::UseInbox)?;
        let (id, words, now) = (scheduled.clone(), words.map(str::to_owned), self.clock.now());
        self.db
            .write(move |tx| {
                let scheduled = chats::scheduled_get_in(tx, scope.workspace, &id)?;
                let mut later = Later::of(&scheduled)?;
                if let Some(words) = words.filter(|_| scheduled.has_words()) {
                    later.reword(&words)?;
                }
                let at = in_time(at, now)?;
                chats::reschedule_in(tx, scope.workspace, &id, &later.words(), later.json().as_deref(), at)?;
                expect_in(tx, scope.workspace, &id, at, now)?;
                told_in(tx, scope.workspace, scheduled.chat, now)
            })
            .await?;
        self.changed(scope.workspace);
        Ok(())
    }

    /// Returns the chat that it was for.
    ///
    /// # Errors
    /// [`OutboxError::NotFound`], also for one of another workspace.
    pub async fn cancel(&self, scope: Scope, scheduled: &PublicId) -> Result<PublicId, OutboxError> {
        scope.require(Permission::UseInbox)?;
        let (id, now) = (scheduled.clone(), self.clock.now());
        let chat = self
            .db
            .write(move |tx| {
                let scheduled = chats::scheduled_get_in(tx, scope.workspace, &id)?;
                chats::unschedule_in(tx, scope.workspace, &id)?;
                told_in(tx, scope.workspace, scheduled.chat.clone(), now)?;
                Ok::<_, OutboxError>(scheduled.chat)
            })
            .await?;
        self.changed(scope.workspace);
        Ok(chat)
    }

    /// Sends it at once.
    ///
    /// # Errors
    /// As [`super::Outbox::send_together`]; [`OutboxError::NotFound`], also for one of another workspace.
    pub async fn send_now(&self, scope: Scope, scheduled: &PublicId) -> Result<Vec<Queued>, OutboxError> {
        scope.require(Permission::UseInbox)?;
        let (id, now, own) = (scheduled.clone(), self.clock.now(), self.own.clone());
        let (session, queued) = self
            .db
            .write(move |tx| send_in(tx, &own, scope.workspace, &id, now))
            .await?;
        self.bus.nudge(scope.workspace);
        self.wake.queued(session);
        Ok(queued)
    }

    fn changed(&self, workspace: WorkspaceId) {
        self.bus.nudge(workspace);
        self.jobs.wake();
    }
}

fn in_time(at: Option<UnixMs>, now: UnixMs) -> Result<UnixMs, OutboxError> {
    at.filter(|at| *at > now && at.since(now) <= Scheduler::LONGEST)
        .ok_or(OutboxError::NoTime)
}

fn expect_in(
    tx: &Transaction<'_>,
    workspace: WorkspaceId,
    scheduled: &PublicId,
    at: UnixMs,
    now: UnixMs,
) -> Result<(), OutboxError> {
    let order = Order {
        workspace: Some(workspace),
        due_at: Some(at),
        ..Order::default()
    };
    let job = SendScheduled {
        scheduled: scheduled.clone(),
    };
    jobs::enqueue_in(tx, &job, order, now)?;
    Ok(())
}

fn told_in(tx: &Transaction<'_>, workspace: WorkspaceId, chat: PublicId, now: UnixMs) -> Result<(), OutboxError> {
    events::append(tx, workspace, &Event::ChatChanged { chat }, now)?;
    Ok(())
}

/// Into the outbox, in the name of whoever wrote it, and out of the list.
fn send_in(
    tx: &Transaction<'_>,
    own: &OwnMessages,
    workspace: WorkspaceId,
    id: &PublicId,
    now: UnixMs,
) -> Result<(SessionId, Vec<Queued>), OutboxError> {
    let scheduled = chats::scheduled_get_in(tx, workspace, id)?;
    let author = scheduled.by.unwrap_or(UserId(0));
    let scope = Scope::person(workspace, author, MemberRole::Agent);
    let chat = chats::ref_in(tx, workspace, &scheduled.chat)?;
    // What is refused must leave nothing behind, so everything is composed first.
    let drafts = Later::of(&scheduled)?.drafts(tx, scope, &chat)?;
    let draft = chats::draft_in(tx, workspace, &chat.public_id, author)?;
    let queued = drafts
        .iter()
        .map(|draft| Ok(queue_in(tx, own, scope, draft, None, now)?.1))
        .collect::<Result<_, OutboxError>>()?;
    // What its author is writing there meanwhile is something else.
    if let Some(draft) = draft {
        chats::save_draft_in(tx, chat.id, author, &draft, now)?;
    }
    chats::unschedule_in(tx, workspace, id)?;
    told_in(tx, workspace, scheduled.chat, now)?;
    Ok((chat.session, queued))
}

#[async_trait]
impl Handler<SendScheduled> for Scheduler {
    async fn run(&self, job: SendScheduled, _: &Run) -> Result<(), JobError> {
        let (id, now, own) = (job.scheduled, self.clock.now(), self.own.clone());
        let outcome: Result<Option<(WorkspaceId, Option<SessionId>)>, DbError> = self
            .db
            .write(move |tx| {
                let Some(workspace) = chats::scheduled_due_in(tx, &id, now)? else {
                    return Ok(None);
                };
                let why = match send_in(tx, &own, workspace, &id, now) {
                    Ok((session, _)) => return Ok(Some((workspace, Some(session)))),
                    Err(OutboxError::NotLinked) => Unsent::NotLinked,
                    Err(OutboxError::Db(error)) => return Err(error),
                    // Its chat is gone with its number.
                    Err(OutboxError::NotFound) => return Ok(None),
                    Err(OutboxError::ReadOnly | OutboxError::Closed(_)) => Unsent::ReadOnly,
                    Err(_) => Unsent::Unfit,
                };
                chats::scheduled_failed_in(tx, &id, why)?;
                let chat = chats::scheduled_get_in(tx, workspace, &id)?.chat;
                events::append(tx, workspace, &Event::ChatChanged { chat }, now)?;
                Ok(Some((workspace, None)))
            })
            .await;
        if let Some((workspace, session)) = outcome? {
            self.bus.nudge(workspace);
            if let Some(session) = session {
                self.wake.queued(session);
            }
        }
        Ok(())
    }
}
