//! Numbers and the plan: those beyond its limit rest until there is room.

use super::model::{PlanHold, Session, SessionError, State};
use super::owner::Command;
use super::service::Sessions;
use super::store;
use crate::accounts::{self, Scope};
use crate::clock::UnixMs;
use crate::db::{self, DbError};
use crate::ids::{PublicId, WorkspaceId};
use crate::plans::{self, Limit, Quota};

/// What has to happen to numbers so that they follow the plan.
#[derive(Default)]
struct Steps {
    stop: Vec<Session>,
    resume: Vec<Session>,
    /// Holds that end once their numbers run again.
    free: Vec<Session>,
}

impl Sessions {
    /// Lets the workspace's numbers follow its plan: the newest beyond the limit are paused, and those that the limit
    /// had paused run again as soon as there is room. A number that a person paused stays paused.
    ///
    /// Running it again changes nothing, so a crash in the middle is made good by the next run.
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
            // After they were told to run: a crash before this line finds them still held, and tells them again.
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

/// Marks the numbers beyond the limit, and lists what is to be done.
fn hold_in(tx: &rusqlite::Connection, workspace: WorkspaceId, now: UnixMs) -> Result<Steps, SessionError> {
    let room = match plans::limits_in(tx, workspace)?.sessions {
        // A closed workspace runs no number; they run again when it is opened.
        _ if accounts::is_suspended_in(tx, workspace)? => 0,
        Limit::Of(most) => usize::try_from(most).unwrap_or(usize::MAX),
        Limit::Unlimited => usize::MAX,
    };
    let mut steps = Steps::default();
    for (place, session) in store::list(tx, workspace)?.into_iter().enumerate() {
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

/// A number that was unlinked or deleted meanwhile needs nothing any more, and one whose owner has ended with the
/// program follows after the next start.
fn settled(session: &Session, told: Result<(), SessionError>) {
    if let Err(error) = told {
        tracing::debug!(session = %session.public_id, %error, "a number had no need to follow the plan");
    }
}
