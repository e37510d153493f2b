//! Deletes workspaces without members, and the rows of people who have left.
//!
//! In steps: a crash may follow any of them, and the next run finds what is left. Numbers are logged out first, so that
//! no phone keeps an abandoned device linked.

use async_trait::async_trait;
use rusqlite::Connection;

use super::service::Exports;
use super::store::erase;
use crate::accounts::{
    By, EraseUser, EraseWorkspace, MemberRole, Scope, drop_user_in, drop_workspace_in, is_deleted, is_without_members,
};
use crate::audit;
use crate::chats;
use crate::db::{self, Db};
use crate::ids::{UserId, WorkspaceId};
use crate::jobs::{Handler, JobError, Run};
use crate::sessions::{SessionError, Sessions};

/// Rows per transaction.
const BATCH: u32 = 500;

/// Cheap to clone.
#[derive(Clone)]
pub struct Eraser {
    db: Db,
    sessions: Sessions,
    exports: Exports,
}

/// The progress of a deletion.
struct Steps<'a> {
    run: &'a Run,
    done: u64,
    total: u64,
}

impl Steps<'_> {
    /// Counts a step; ends the job when it is to stop.
    async fn next(&mut self) -> Result<(), JobError> {
        self.run.check()?;
        self.done = (self.done + u64::from(BATCH)).min(self.total);
        self.run.progress(self.done, self.total).await;
        Ok(())
    }
}

impl Eraser {
    #[must_use]
    pub const fn new(db: Db, sessions: Sessions, exports: Exports) -> Self {
        Self { db, sessions, exports }
    }

    async fn workspace(&self, workspace: WorkspaceId, run: &Run) -> Result<(), JobError> {
        if !self.read(move |c| is_without_members(c, workspace)).await? {
            // Deleted by an earlier run, or a member has joined again.
            return Ok(());
        }
        let total = self.read(move |c| erase::amount(c, workspace)).await?;
        let mut steps = Steps { run, done: 0, total };
        self.log_out_all(workspace, run).await?;
        for session in self.read(move |c| erase::deleted_sessions(c, workspace)).await? {
            while self.step(move |tx| chats::clear_deleted_in(tx, session, BATCH)).await? {
                steps.next().await?;
            }
        }
        while self.step(move |tx| erase::contacts(tx, workspace, BATCH)).await? {
            steps.next().await?;
        }
        while self.step(move |tx| erase::events(tx, workspace, BATCH)).await? {
            steps.next().await?;
        }
        while self
            .step(move |tx| Ok(audit::forget_workspace_in(tx, workspace, BATCH)? > 0))
            .await?
        {
            steps.next().await?;
        }
        self.step(move |tx| drop_workspace_in(tx, workspace)).await?;
        run.progress(total, total).await;
        Ok(())
    }

    /// Logs the numbers out and hides them. One whose actor is not running is retried later.
    async fn log_out_all(&self, workspace: WorkspaceId, run: &Run) -> Result<(), JobError> {
        for session in self.read(move |c| erase::sessions(c, workspace)).await? {
            run.check()?;
            match self.sessions.delete(nobody(workspace), &session).await {
                Ok(()) | Err(SessionError::NotFound) => {}
                Err(error) => return Err(JobError::Retry(error.to_string())),
            }
        }
        Ok(())
    }

    async fn user(&self, user: UserId, run: &Run) -> Result<(), JobError> {
        if !self.read(move |c| is_deleted(c, user)).await? {
            return Ok(());
        }
        while self
            .step(move |tx| chats::forget_authorship_in(tx, user, BATCH))
            .await?
        {
            run.check()?;
        }
        self.step(move |tx| drop_user_in(tx, user)).await?;
        // The rows of the person's files were deleted with the person; now the files are.
        self.exports
            .prune()
            .await
            .map_err(|error| JobError::Retry(error.to_string()))
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> db::Result<T> + Send + 'static,
    ) -> Result<T, JobError> {
        Ok(self.db.read(read).await?)
    }

    /// One transaction, after all other waiting writes.
    async fn step<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Connection) -> db::Result<T> + Send + 'static,
    ) -> Result<T, JobError> {
        Ok(self.db.write_background(move |tx| step(tx)).await?)
    }
}

/// The scope of work in a workspace without members.
fn nobody(workspace: WorkspaceId) -> Scope {
    Scope {
        by: By::Operator,
        ..Scope::person(workspace, UserId(0), MemberRole::Owner)
    }
}

#[async_trait]
impl Handler<EraseWorkspace> for Eraser {
    async fn run(&self, job: EraseWorkspace, run: &Run) -> Result<(), JobError> {
        self.workspace(job.workspace, run).await
    }
}

#[async_trait]
impl Handler<EraseUser> for Eraser {
    async fn run(&self, job: EraseUser, run: &Run) -> Result<(), JobError> {
        self.user(job.user, run).await
    }
}
