//! The plan's limit on numbers: those beyond it are paused until there is room. Linked numbers come before those that
//! are not, then the oldest first.

use super::actor::Command;
use super::model::{PlanHold, Session, SessionError, State};
use super::service::Sessions;
use super::store;
use crate::accounts::{self, Scope};
use crate::clock::UnixMs;
use crate::db::{self, DbError};
use crate::ids::{PublicId, WorkspaceId};
use crate::plans::{self, Limit, Quota};

/// The steps that bring the numbers in line with the plan.
#[derive(Default)]
struct Steps {
    stop: Vec<Session>,
    resume: Vec<Session>,
    /// Holds to remove once their numbers run again.
    free: Vec<Session>,
}

impl Sessions {
    /// Applies the plan's limit to the workspace's numbers: those beyond it are paused, and those it had paused resume as
    /// soon as there is room. A number that a person paused stays paused.
    ///
    /// Idempotent, so the next run completes one that a crash interrupted.
    pub async fn follow_plan(&self, workspace: WorkspaceId) -> Result<(), SessionError> {
        let _one_at_a_time = self.following.lock().await;
        let now = self.clock.now();
        let steps = self.db.write(move |tx| hold_in(tx, workspace, now)).await?;
        for session in &steps.stop {
            let stopped = if session.is_linked() {
                self.supervisor.ask(session.id, Command::Pause).await
            } else {
                self.supervisor.ask(session.id, Command::CancelPairing).await
            };
            settled(session, stopped);
        }
        for session in &steps.resume {
            settled(session, self.supervisor.ask(session.id, Command::Reconnect).await);
        }
        if !steps.free.is_empty() {
            // After the reconnects: a crash before this line leaves the holds, and the next run reconnects again.
            self.db.write(move |tx| free_in(tx, &steps.free, now)).await?;
        }
        self.bus.nudge(workspace);
        Ok(())
    }

    /// A number that may run under the plan.
    pub(super) async fn within_plan(&self, scope: Scope, id: &PublicId) -> Result<Session, SessionError> {
        let session = self.managed(scope, id).await?;
        if session.plan_hold.is_some() {
            self.db
                .read(move |c| {
                    let taken = store::taken(c, scope.workspace)?;
                    Ok::<_, SessionError>(plans::require_room_in(c, scope.workspace, Quota::Sessions, taken, 0)?)
                })
                .await?;
        }
        Ok(session)
    }
}

/// Marks the numbers beyond the limit and lists the steps.
fn hold_in(tx: &rusqlite::Connection, workspace: WorkspaceId, now: UnixMs) -> Result<Steps, SessionError> {
    let room = match plans::limits_in(tx, workspace)?.sessions {
        // A closed workspace runs no number; they resume when it is opened.
        _ if accounts::is_suspended_in(tx, workspace)? => 0,
        Limit::Of(most) => usize::try_from(most).unwrap_or(usize::MAX),
        Limit::Unlimited => usize::MAX,
    };
    let mut sessions = store::list(tx, workspace)?;
    // The sort keeps the order of creation. A number that was never linked must not take the place of one that works.
    sessions.sort_by_key(|session| !session.is_linked());
    let mut steps = Steps::default();
    for (place, session) in sessions.into_iter().enumerate() {
        let runs = (session.is_linked() && session.state != State::Paused) || session.state == State::Pairing;
        match (place >= room, session.plan_hold) {
            (true, held) => {
                if held.is_none() {
                    let paused = runs && session.is_linked();
                    let hold = if paused { PlanHold::Paused } else { PlanHold::Blocked };
                    store::set_plan_hold(tx, &session, Some(hold), now)?;
                }
                if runs {
                    steps.stop.push(session);
                }
            }
            (false, Some(held)) => {
                if held == PlanHold::Paused && session.is_linked() {
                    steps.resume.push(session.clone());
                }
                steps.free.push(session);
            }
            (false, None) => {}
        }
    }
    Ok(steps)
}

fn free_in(tx: &rusqlite::Connection, sessions: &[Session], now: UnixMs) -> db::Result<()> {
    for session in sessions {
        match store::by_id(tx, session.id) {
            Ok(session) => store::set_plan_hold(tx, &session, None, now)?,
            // Deleted meanwhile.
            Err(DbError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A number that was unlinked or deleted meanwhile needs nothing any more, and one whose actor has ended with the
/// program is handled after the next start.
fn settled(session: &Session, told: Result<(), SessionError>) {
    if let Err(error) = told {
        tracing::debug!(session = %session.public_id, %error, "the plan's limit was not applied to a number");
    }
}
