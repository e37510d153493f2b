//! Messages for later. Each has a job for its time, made in the transaction that writes it. The job puts the message
//! into the outbox and forgets it here in one transaction, so it goes out once, whatever is killed meanwhile; limits are
//! claimed then, as for any message.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};

use super::content::{Content, SendOptions, checked_text};
use super::model::{OutboxError, Queued};
use super::sender_pool::Wake;
use super::service::enqueue_in;
use crate::accounts::{MemberRole, Permission, Scope};
use crate::chats::{self, ChatKind, OwnMessages, Scheduled, Unsent};
use crate::clock::{Clock, UnixMs};
use crate::db::{Db, DbError};
use crate::events::{self, Bus, Event};
use crate::ids::{PublicId, SessionId, UserId, WorkspaceId};
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

    /// Up to `limit` of the workspace, the next one first, from the one named `from` on.
    pub async fn list(&self, scope: Scope, from: Option<&PublicId>, limit: u32) -> Result<Vec<Scheduled>, OutboxError> {
        scope.require(Permission::UseInbox)?;
        let from = from.cloned();
        self.db
            .read(move |c| Ok(chats::scheduled_in(c, scope.workspace, from.as_ref(), limit)?))
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

    /// Writes a text for later. What was begun in the composer is that text, so the draft goes with it.
    ///
    /// # Errors
    /// As [`super::Outbox::send_text`]; [`OutboxError::NoTime`] for a time that has passed or is too far away.
    pub async fn schedule(
        &self,
        scope: Scope,
        chat: &PublicId,
        text: &str,
        at: Option<UnixMs>,
    ) -> Result<PublicId, OutboxError> {
        scope.require(Permission::UseInbox)?;
        let (id, text, now) = (chat.clone(), text.to_owned(), self.clock.now());
        let scheduled = self
            .db
            .write(move |tx| {
                let chat = chats::ref_in(tx, scope.workspace, &id)?;
                let (text, at) = (checked_text(&text)?, in_time(at, now)?);
                if chat.kind == ChatKind::Other {
                    return Err(OutboxError::ReadOnly);
                }
                let author = Some(scope.user).filter(|user| *user != UserId(0));
                let scheduled = chats::schedule_in(tx, scope.workspace, chat.id, author, (&text, at), now)?;
                chats::clear_draft_in(tx, chat.id, scope.user)?;
                expect_in(tx, scope.workspace, &scheduled, at, now)?;
                told_in(tx, scope.workspace, id, now)?;
                Ok(scheduled)
            })
            .await?;
        self.changed(scope.workspace);
        Ok(scheduled)
    }

    /// Another text, another time.
    ///
    /// # Errors
    /// As [`Self::schedule`]; [`OutboxError::NotFound`], also for one of another workspace.
    pub async fn change(
        &self,
        scope: Scope,
        scheduled: &PublicId,
        text: &str,
        at: Option<UnixMs>,
    ) -> Result<(), OutboxError> {
        scope.require(Permission::UseInbox)?;
        let (id, text, now) = (scheduled.clone(), text.to_owned(), self.clock.now());
        self.db
            .write(move |tx| {
                let scheduled = chats::scheduled_get_in(tx, scope.workspace, &id)?;
                let (text, at) = (checked_text(&text)?, in_time(at, now)?);
                chats::reschedule_in(tx, scope.workspace, &id, &text, at)?;
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
    /// As [`super::Outbox::send_text`]; [`OutboxError::NotFound`], also for one of another workspace.
    pub async fn send_now(&self, scope: Scope, scheduled: &PublicId) -> Result<Queued, OutboxError> {
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
) -> Result<(SessionId, Queued), OutboxError> {
    let scheduled = chats::scheduled_get_in(tx, workspace, id)?;
    let author = scheduled.by.unwrap_or(UserId(0));
    let scope = Scope::person(workspace, author, MemberRole::Agent);
    let chat = chats::ref_in(tx, workspace, &scheduled.chat)?;
    let sent = enqueue_in(
        tx,
        own,
        scope,
        &chat,
        Content::Text(scheduled.body),
        &SendOptions::default(),
        now,
    )?;
    chats::unschedule_in(tx, workspace, id)?;
    told_in(tx, workspace, scheduled.chat, now)?;
    Ok(sent)
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
                    Err(_) => Unsent::ReadOnly,
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
