//! What a team does with its chats: whose they are, and whether they are done with.
//!
//! Invariants
//! - Only a member of the workspace has chats; whoever leaves has none (a trigger of the database).
//! - Every act is a row of the chat's history, in the transaction that does it.
//! - A snoozed chat has a job that brings it back, made in the same transaction. A message brings it back earlier.

mod details;
mod drafts;
mod labels;
mod model;
mod notes;
mod quick_replies;

use async_trait::async_trait;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

pub use details::Details;
pub use labels::{Colour, Label, NewLabel};
pub use model::{
    Act, Assignee, Change, ChatState, Counts, Did, Doer, Handled, HandlingError, LONGEST_SNOOZE, Shelf, Tab,
};

pub use notes::Note;
pub use quick_replies::{NewQuickReply, QuickReply};

pub(super) use model::NOBODY;

use super::store::handling::{self as store, NewAct};
use super::store::{self as chats, ChatRef};
use crate::accounts::{Permission, Scope};
use crate::clock::{Clock, UnixMs};
use crate::db::{self, Db};
use crate::events::{self, Bus, Event};
use crate::ids::{ChatId, PublicId, UserId, WorkspaceId};
use crate::jobs::{self, Handler, Job, JobError, Jobs, Lane, Order, Run};

/// Brings a snoozed chat back.
#[derive(Debug, Serialize, Deserialize)]
pub struct WakeChat {
    chat: ChatId,
}

impl Job for WakeChat {
    const KIND: &'static str = "chats.wake";
    const LANE: Lane = Lane::Upkeep;
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Handling {
    db: Db,
    clock: Clock,
    bus: Bus,
    jobs: Jobs,
}

impl Handling {
    /// Lines of a chat's history that a page shows.
    pub const HISTORY: u32 = 50;

    #[must_use]
    pub fn new(db: Db, clock: Clock, bus: Bus, jobs: Jobs) -> Self {
        Self { db, clock, bus, jobs }
    }

    /// Does something with a chat. What is so already changes nothing and leaves no trace.
    ///
    /// # Errors
    /// [`HandlingError::NotFound`], also for a chat of another workspace; [`HandlingError::NotAMember`];
    /// [`HandlingError::NoTimeToComeBack`].
    pub async fn change(&self, scope: Scope, chat: &PublicId, change: Change) -> Result<(), HandlingError> {
        scope.require(Permission::UseInbox)?;
        let snoozes = matches!(change, Change::Snooze(_));
        self.write(scope, chat, move |tx, chat, now| {
            change_in(tx, scope, chat, &change, now)
        })
        .await?;
        if snoozes {
            self.jobs.wake();
        }
        Ok(())
    }

    /// Open pages follow when `act` says that the chat has changed.
    async fn write(
        &self,
        scope: Scope,
        chat: &PublicId,
        act: impl FnOnce(&Connection, &ChatRef, UnixMs) -> Result<bool, HandlingError> + Send + 'static,
    ) -> Result<(), HandlingError> {
        let (id, now) = (chat.clone(), self.clock.now());
        let changed = self
            .db
            .write(move |tx| {
                let changed = act(tx, &chats::ref_in(tx, scope.workspace, &id)?, now)?;
                if changed {
                    events::append(tx, scope.workspace, &Event::ChatChanged { chat: id }, now)?;
                }
                Ok::<_, HandlingError>(changed)
            })
            .await?;
        if changed {
            self.bus.nudge(scope.workspace);
        }
        Ok(())
    }

    /// Everybody whom a chat can be assigned to, by name.
    pub async fn members(&self, scope: Scope) -> Result<Vec<Assignee>, HandlingError> {
        scope.require(Permission::UseInbox)?;
        self.db.read(move |c| Ok(store::members(c, scope.workspace)?)).await
    }

    /// Whoever asks, if chats can be assigned to them.
    pub async fn member(&self, scope: Scope) -> Result<Option<Assignee>, HandlingError> {
        scope.require(Permission::UseInbox)?;
        self.db
            .read(move |c| Ok(store::member_of(c, scope.workspace, scope.user)?))
            .await
    }

    /// What was done with a chat, the newest first.
    ///
    /// # Errors
    /// [`HandlingError::NotFound`], also for a chat of another workspace.
    pub async fn history(&self, scope: Scope, chat: &PublicId) -> Result<Vec<Act>, HandlingError> {
        scope.require(Permission::UseInbox)?;
        let chat = chat.clone();
        self.db
            .read(move |c| {
                let chat = chats::ref_in(c, scope.workspace, &chat)?;
                Ok(store::acts(c, scope.workspace, chat.id, Self::HISTORY)?)
            })
            .await
    }

    /// The chat's contact was given another name: open lists show it.
    ///
    /// # Errors
    /// [`HandlingError::NotFound`], also for a chat of another workspace.
    pub async fn renamed(&self, scope: Scope, chat: &PublicId) -> Result<(), HandlingError> {
        scope.require(Permission::UseInbox)?;
        self.write(scope, chat, |_, _, _| Ok(true)).await
    }

    /// How many chats each person has in each state.
    pub async fn counts(&self, scope: Scope) -> Result<Counts, HandlingError> {
        scope.require(Permission::UseInbox)?;
        self.db.read(move |c| Ok(store::counts(c, scope.workspace)?)).await
    }
}

/// Whether anything changed.
fn change_in(
    tx: &Connection,
    scope: Scope,
    chat: &ChatRef,
    change: &Change,
    now: UnixMs,
) -> Result<bool, HandlingError> {
    let act = |did| NewAct::of_member(scope, did);
    let (changed, act) = match change {
        Change::Assign(Some(member)) => {
            let member = store::member(tx, scope.workspace, member)?.ok_or(HandlingError::NotAMember)?;
            let act = act(Did::Assigned).whom(member);
            (store::assign(tx, chat.id, member)?, act)
        }
        Change::Assign(None) => (store::assign(tx, chat.id, NOBODY)?, act(Did::Unassigned)),
        Change::Open => (
            store::set_state(tx, chat.id, ChatState::Open, None)?,
            act(Did::Reopened),
        ),
        Change::Resolve => (
            store::set_state(tx, chat.id, ChatState::Resolved, None)?,
            act(Did::Resolved),
        ),
        Change::Archive => (
            store::set_state(tx, chat.id, ChatState::Archived, None)?,
            act(Did::Archived),
        ),
        Change::Snooze(until) => {
            if *until <= now || until.since(now) > LONGEST_SNOOZE {
                return Err(HandlingError::NoTimeToComeBack);
            }
            let changed = store::set_state(tx, chat.id, ChatState::Snoozed, Some(*until))?;
            if changed {
                let order = Order {
                    workspace: Some(scope.workspace),
                    due_at: Some(*until),
                    ..Order::default()
                };
                jobs::enqueue_in(tx, &WakeChat { chat: chat.id }, order, now)?;
            }
            (changed, act(Did::Snoozed).until(*until))
        }
        Change::Pin(pinned) => {
            let did = if *pinned { Did::Pinned } else { Did::Unpinned };
            (store::set_pinned(tx, chat.id, *pinned)?, act(did))
        }
        Change::Mute(muted) => {
            let did = if *muted { Did::Muted } else { Did::Unmuted };
            (store::set_muted(tx, chat.id, *muted)?, act(did))
        }
        // It says nothing about the chat, so it is no line of its history.
        Change::MarkUnread => return Ok(store::mark_unread(tx, chat.id)?),
    };
    if changed {
        store::record(tx, chat.workspace, chat.id, &act, now)?;
    }
    Ok(changed)
}

#[async_trait]
impl Handler<WakeChat> for Handling {
    async fn run(&self, job: WakeChat, _: &Run) -> Result<(), JobError> {
        let now = self.clock.now();
        let woken: Option<WorkspaceId> = self
            .db
            .write(move |tx| {
                let Some((workspace, chat)) = store::wake(tx, job.chat, now)? else {
                    return Ok(None);
                };
                store::record(tx, workspace, job.chat, &NewAct::by_itself(Doer::Clock), now)?;
                events::append(tx, workspace, &Event::ChatChanged { chat }, now)?;
                Ok::<_, db::DbError>(Some(workspace))
            })
            .await?;
        if let Some(workspace) = woken {
            self.bus.nudge(workspace);
        }
        Ok(())
    }
}

/// A message of the contact came in: the chat is open again, unless it is archived and muted.
pub(super) fn came_in(c: &Connection, workspace: WorkspaceId, chat: ChatId, now: UnixMs) -> db::Result<()> {
    if store::reopen(c, chat)? {
        store::record(c, workspace, chat, &NewAct::by_itself(Doer::Message), now)?;
    }
    Ok(())
}

/// Whom an act names; the operator is nobody's user.
fn user_of(scope: Scope) -> Option<UserId> {
    Some(scope.user).filter(|user| *user != NOBODY)
}

impl NewAct {
    fn of_member(scope: Scope, did: Did) -> Self {
        Self {
            user: user_of(scope),
            ..Self::new(did, Doer::Member)
        }
    }

    /// The chat is open again without anybody's doing.
    fn by_itself(doer: Doer) -> Self {
        Self::new(Did::Reopened, doer)
    }
}
