//! Writes a session's state, and keeps it in memory while it cannot be stored.

use std::time::Duration;

use sqlite::Health;

use super::actor::SessionActor;
use super::machine::Change;
use super::model::{Reason, Session};
use super::store;
use super::supervisor::Core;
use crate::clock::UnixMs;
use crate::db::DbError;
use crate::events::Transient;

/// How often an actor without a link retries to store its state; one with a link does so at each watchdog check.
pub(super) const SAVE_EVERY: Duration = Duration::from_secs(5);

/// A current state that is not stored yet.
#[derive(Clone)]
pub(super) struct Unsaved {
    change: Change,
    since: UnixMs,
    /// The error of the last attempt. Other writes may succeed while this one still fails.
    why: Option<Reason>,
}

impl Unsaved {
    /// Replaces the database's state with the current one.
    pub(super) fn show_in(self, session: &mut Session) {
        apply(session, &self.change, self.since);
        session.trouble = self.why;
    }
}

impl Core {
    /// Why nothing can be stored now, if that is so.
    pub(super) fn storage_trouble(&self) -> Option<Reason> {
        let trouble = |health: Health| match health {
            Health::Ok => None,
            Health::Failing(error) => trouble_of(&error),
        };
        trouble(self.db.health()).or_else(|| trouble(self.gateway.health()))
    }

    /// Whether a number should not connect now. A damaged database is no reason: waiting does not repair it.
    pub(super) async fn cannot_store(&self) -> bool {
        let passes = |health: &Health| {
            !matches!(
                health,
                Health::Ok | Health::Failing(DbError::Corrupt | DbError::NotADatabase)
            )
        };
        (passes(&self.db.health()) && passes(&self.db.probe().await))
            || (passes(&self.gateway.health()) && passes(&self.gateway.probe().await))
    }
}

impl SessionActor {
    /// Writes the state, if the transition is legal, and notifies everybody. A state that cannot be written is valid
    /// all the same: it is shown from memory and stored as soon as that works again.
    pub(super) async fn enter(&mut self, change: Change) {
        if !self.session.state.may_become(change.state) {
            tracing::warn!(session = %self.session.public_id, from = %self.session.state, to = %change.state,
                "an illegal change of a session's state was ignored");
            return;
        }
        let (session, now, written) = (self.session.clone(), self.core.clock.now(), change.clone());
        let result = self
            .core
            .db
            .write(move |tx| store::set_state(tx, &session, &written, now))
            .await;
        self.note(&change, now);
        match result {
            Ok(changed) => {
                self.state.unsaved.send_replace(None);
                if changed {
                    self.core.bus.nudge(self.session.workspace);
                }
            }
            Err(DbError::Closed) => {}
            Err(error) => {
                let (since, why) = (self.session.since, trouble_of(&error));
                let before = self.state.unsaved.send_replace(Some(Unsaved { change, since, why }));
                if before.is_none() {
                    tracing::error!(session = %self.session.public_id, %error, "a state could not be stored");
                }
                self.tell();
            }
        }
    }

    /// Updates the actor's own copy.
    fn note(&mut self, change: &Change, now: UnixMs) {
        let since = if self.session.state == change.state {
            self.session.since
        } else {
            tracing::info!(session = %self.session.public_id, from = %self.session.state, to = %change.state,
                reason = change.reason.map(Reason::word), "session state");
            now
        };
        apply(&mut self.session, change, since);
    }

    /// Stores what could not be stored before.
    pub(super) async fn save_again(&mut self) {
        let Some(Unsaved { change, since, .. }) = self.state.unsaved.borrow().clone() else {
            return;
        };
        let session = self.session.clone();
        let result = self
            .core
            .db
            .write(move |tx| store::set_state(tx, &session, &change, since))
            .await;
        match result {
            Ok(_) => {
                self.state.unsaved.send_replace(None);
                self.core.bus.nudge(self.session.workspace);
                self.look_at_storage();
            }
            Err(error) => self.state.unsaved.send_modify(|unsaved| {
                if let Some(unsaved) = unsaved {
                    unsaved.why = trouble_of(&error);
                }
            }),
        }
    }

    pub(super) fn is_unsaved(&self) -> bool {
        self.state.unsaved.borrow().is_some()
    }

    /// Whether the current state cannot be stored.
    pub(super) fn disk_fails(&self) -> bool {
        self.state
            .unsaved
            .borrow()
            .as_ref()
            .is_some_and(|unsaved| unsaved.why.is_some())
    }

    /// Notifies open pages when storing starts to fail or works again.
    pub(super) fn look_at_storage(&mut self) {
        let trouble = self.core.storage_trouble();
        if self.trouble != trouble {
            self.trouble = trouble;
            self.tell();
        }
    }

    fn tell(&self) {
        let session = self.session.public_id.clone();
        self.core
            .bus
            .transient(self.session.workspace, Transient::Session { session });
    }
}

fn trouble_of(error: &DbError) -> Option<Reason> {
    match error {
        DbError::DiskFull => Some(Reason::DiskFull),
        error => error.is_fatal().then_some(Reason::StorageFailed),
    }
}

fn apply(session: &mut Session, change: &Change, since: UnixMs) {
    session.since = since;
    session.state = change.state;
    session.reason = change.reason;
    session.detail.clone_from(&change.detail);
    session.until = change.until;
    if change.unlinks() {
        session.linked_at = None;
        session.locked_until = None;
        session.quota_until = None;
    }
}
