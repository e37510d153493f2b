//! What pages and commands call.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::{Mutex, watch};

use super::actor::Command;
use super::keys;
use super::model::{Health, Name, PairingCode, PastState, Qr, Reason, Session, SessionError};
use super::store;
use super::supervisor::Supervisor;
use crate::accounts::{Permission, Scope};
use crate::audit::{self, Action};
use crate::clock::{Clock, UnixMs};
use crate::db::Db;
use crate::events::{self, Bus, Event};
use crate::ids::{PublicId, SessionId};
use crate::plans::{self, Quota};

/// Cheap to clone.
#[derive(Clone)]
pub struct Sessions {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) bus: Bus,
    pub(super) supervisor: Supervisor,
    /// Plan changes are applied one at a time: a second one must not overtake the first.
    pub(super) following: Arc<Mutex<()>>,
}

impl Sessions {
    /// States that a page shows.
    const PAST_STATES: u32 = 100;

    #[must_use]
    pub fn new(db: Db, clock: Clock, bus: Bus, supervisor: Supervisor) -> Self {
        Self {
            db,
            clock,
            bus,
            supervisor,
            following: Arc::default(),
        }
    }

    /// All numbers of the workspace, in the order of creation.
    pub async fn list(&self, scope: Scope) -> Result<Vec<Session>, SessionError> {
        let mut list = self
            .db
            .read(move |c| Ok::<_, SessionError>(store::list(c, scope.workspace)?))
            .await?;
        self.complete(&mut list);
        Ok(list)
    }

    /// Adds to `sessions` the current states that could not be stored.
    pub fn complete(&self, sessions: &mut [Session]) {
        sessions
            .iter_mut()
            .for_each(|session| self.supervisor.complete(session));
    }

    /// # Errors
    /// [`SessionError::NotFound`], also for a number of another workspace.
    pub async fn get(&self, scope: Scope, id: &PublicId) -> Result<Session, SessionError> {
        let id = id.clone();
        let mut session = self
            .db
            .read(move |c| Ok::<_, SessionError>(store::get(c, scope.workspace, &id)?))
            .await?;
        self.supervisor.complete(&mut session);
        Ok(session)
    }

    /// What is wrong with a linked number's keys, if anything.
    pub async fn key_trouble(&self, session: &Session) -> Option<Reason> {
        if !session.is_linked() {
            return None;
        }
        let found = self.supervisor.gateway().account(Self::client_id(session)).await;
        keys::trouble(session, &found)
    }

    /// Whether a phone can be linked by typing a code.
    #[must_use]
    pub fn pairs_by_code(&self) -> bool {
        self.supervisor.gateway().pairs_by_code()
    }

    /// The number for which a pairing code was requested last, since startup.
    pub async fn asked_number(&self, scope: Scope, id: &PublicId) -> Result<Option<String>, SessionError> {
        Ok(self.supervisor.asked(self.managed(scope, id).await?.id))
    }

    fn client_id(session: &Session) -> wa_client::SessionId {
        wa_client::SessionId(session.id.0)
    }

    /// A new session, not linked yet.
    pub async fn create(&self, scope: Scope, name: &str) -> Result<Session, SessionError> {
        scope.require(Permission::ManageSessions)?;
        let (name, now) = (Name::new(name)?, self.clock.now());
        let session: Session = self
            .db
            .write(move |tx| {
                let taken = store::taken(tx, scope.workspace)?;
                plans::require_room_in(tx, scope.workspace, Quota::Sessions, taken, 1)?;
                let session = store::insert(tx, scope.workspace, &name, now)?;
                events::append(tx, scope.workspace, &status_of(&session), now)?;
                let entry = scope.entry(Action::SessionCreated).target(session.name.as_str());
                audit::record_in(tx, &entry, now)?;
                Ok::<_, SessionError>(session)
            })
            .await?;
        self.bus.nudge(scope.workspace);
        self.supervisor.own(session.clone());
        Ok(session)
    }

    pub async fn rename(&self, scope: Scope, id: &PublicId, name: &str) -> Result<Session, SessionError> {
        scope.require(Permission::ManageSessions)?;
        let (id, name, now) = (id.clone(), Name::new(name)?, self.clock.now());
        let session = self
            .db
            .write(move |tx| {
                let before = store::get(tx, scope.workspace, &id)?.name;
                store::rename(tx, scope.workspace, &id, &name)?;
                let session = store::get(tx, scope.workspace, &id)?;
                events::append(tx, scope.workspace, &status_of(&session), now)?;
                let entry = scope.entry(Action::SessionRenamed).target(session.name.as_str());
                audit::record_in(tx, &entry.detail(json!({ "before": before })), now)?;
                Ok::<_, SessionError>(session)
            })
            .await?;
        self.bus.nudge(scope.workspace);
        Ok(session)
    }

    /// Starts to show QR codes; [`Self::qr`] returns the current one. Does nothing while codes are shown already.
    pub async fn pair(&self, scope: Scope, id: &PublicId) -> Result<(), SessionError> {
        let session = self.within_plan(scope, id).await?;
        self.supervisor.ask(session.id, Command::Pair).await?;
        self.record(scope, Action::SessionPairing, &session).await
    }

    /// Stops showing codes.
    pub async fn cancel_pairing(&self, scope: Scope, id: &PublicId) -> Result<(), SessionError> {
        let session = self.managed(scope, id).await?;
        self.supervisor.ask(session.id, Command::CancelPairing).await
    }

    /// A code to type on the phone with this number, instead of scanning.
    pub async fn pairing_code(&self, scope: Scope, id: &PublicId, phone: &str) -> Result<PairingCode, SessionError> {
        let session = self.within_plan(scope, id).await?;
        if !self.pairs_by_code() {
            return Err(SessionError::QrOnly);
        }
        let digits = phone_digits(phone)?;
        self.supervisor
            .ask(session.id, |reply| Command::PairingCode { digits, reply })
            .await
    }

    /// The current QR code, if codes are shown and it has not expired.
    pub async fn qr(&self, scope: Scope, id: &PublicId) -> Result<Option<Qr>, SessionError> {
        let now = self.clock.now();
        let on_show = self.watch_qr(scope, id).await?.borrow().clone();
        Ok(on_show.filter(|qr| qr.expires_at > now))
    }

    /// The sequence of QR codes.
    pub async fn watch_qr(&self, scope: Scope, id: &PublicId) -> Result<watch::Receiver<Option<Qr>>, SessionError> {
        let session = self.managed(scope, id).await?;
        self.supervisor.qr(session.id).ok_or(SessionError::Stopping)
    }

    /// The current pairing code, if one was requested and has not expired.
    pub async fn shown_code(&self, scope: Scope, id: &PublicId) -> Result<Option<PairingCode>, SessionError> {
        let session = self.managed(scope, id).await?;
        let now = self.clock.now();
        Ok(self.supervisor.code(session.id).filter(|code| code.expires_at > now))
    }

    /// Connects now: after a pause, after another program took over the link, or without waiting for the next retry.
    pub async fn reconnect(&self, scope: Scope, id: &PublicId) -> Result<(), SessionError> {
        let session = self.within_plan(scope, id).await?;
        self.supervisor.ask(session.id, Command::Reconnect).await?;
        self.record(scope, Action::SessionResumed, &session).await
    }

    /// Closes the connection and keeps the link.
    pub async fn pause(&self, scope: Scope, id: &PublicId) -> Result<(), SessionError> {
        let session = self.managed(scope, id).await?;
        self.supervisor.ask(session.id, Command::Pause).await?;
        self.record(scope, Action::SessionPaused, &session).await
    }

    /// Ends the link: tells WhatsApp and forgets the keys. Chats stay.
    pub async fn logout(&self, scope: Scope, id: &PublicId) -> Result<(), SessionError> {
        let session = self.managed(scope, id).await?;
        self.supervisor.ask(session.id, Command::Logout).await?;
        self.record(scope, Action::SessionLoggedOut, &session).await
    }

    /// Deletes the number with its chats. Notifies WhatsApp where it can.
    pub async fn delete(&self, scope: Scope, id: &PublicId) -> Result<(), SessionError> {
        let session = self.managed(scope, id).await?;
        self.supervisor.ask(session.id, Command::Delete).await?;
        self.record(scope, Action::SessionDeleted, &session).await?;
        // A slot is free: a number that waited for one may run.
        if let Err(error) = self.follow_plan(scope.workspace).await {
            tracing::warn!(%error, "the plan's limit could not be applied after a deletion");
        }
        Ok(())
    }

    /// Removes a number that was created for a linking that did not succeed.
    ///
    /// # Errors
    /// [`SessionError::AlreadyLinked`] when a phone is or was linked: then it stays.
    pub async fn discard(&self, scope: Scope, id: &PublicId) -> Result<(), SessionError> {
        let session = self.managed(scope, id).await?;
        match self.supervisor.ask(session.id, Command::Discard).await {
            // The actor has ended with the program, so nothing else changes the session any more.
            Err(SessionError::Stopping) => self.discard_at_rest(&session).await?,
            answer => answer?,
        }
        self.record(scope, Action::SessionDeleted, &session).await
    }

    async fn discard_at_rest(&self, session: &Session) -> Result<(), SessionError> {
        if session.phone.is_some() {
            return Err(SessionError::AlreadyLinked);
        }
        let (hidden, now) = (session.clone(), self.clock.now());
        self.db.write(move |tx| store::mark_deleted(tx, &hidden, now)).await?;
        if let Err(error) = self.supervisor.gateway().forget(Self::client_id(session)).await {
            tracing::warn!(session = %session.public_id, %error, "the keys of a deleted session are still there");
        }
        Ok(())
    }

    /// What WhatsApp has said of a number.
    pub async fn health(&self, scope: Scope, id: &PublicId) -> Result<Health, SessionError> {
        let session = self.get(scope, id).await?.id;
        self.db
            .read(move |c| Ok::<_, SessionError>(store::health(c, session)?))
            .await
    }

    /// The states that a number was in, the latest first.
    pub async fn history(&self, scope: Scope, id: &PublicId) -> Result<Vec<PastState>, SessionError> {
        let session = self.get(scope, id).await?.id;
        self.db
            .read(move |c| Ok::<_, SessionError>(store::history(c, session, Self::PAST_STATES)?))
            .await
    }

    /// Time since WhatsApp sent anything; `None` without an open link.
    #[must_use]
    pub fn last_frame_age(&self, session: &Session) -> Option<Duration> {
        self.supervisor.link(session.id)?.last_frame_age()
    }

    /// The version of WhatsApp Web that numbers name when they connect; `None` on a simulated network.
    pub async fn client_version(&self) -> Option<wa_client::ClientVersion> {
        self.supervisor.gateway().client_version().await
    }

    /// For the outbox: WhatsApp refused a new chat of this number, for [`Reason::TimeLock`] or [`Reason::QuotaUsed`].
    /// Unless WhatsApp says otherwise, new chats wait until `until`.
    pub async fn new_chat_refused(&self, session: SessionId, reason: Reason, until: UnixMs) {
        let command = Command::NewChatRefused { reason, until };
        self.supervisor.tell(session, command).await;
    }

    /// Writes the audit row of an act on a number. The actor has carried it out by now, in its own transactions.
    async fn record(&self, scope: Scope, action: Action, session: &Session) -> Result<(), SessionError> {
        let entry = scope.entry(action).target(session.name.as_str());
        let (entry, now) = (entry.detail(json!({ "session": session.public_id })), self.clock.now());
        self.db
            .write(move |tx| Ok::<_, SessionError>(audit::record_in(tx, &entry, now)?))
            .await
    }

    pub(super) async fn managed(&self, scope: Scope, id: &PublicId) -> Result<Session, SessionError> {
        scope.require(Permission::ManageSessions)?;
        self.get(scope, id).await
    }
}

fn status_of(session: &Session) -> Event {
    Event::SessionStatus {
        session: session.public_id.clone(),
        state: Some(session.state.word().to_owned()),
        reason: session.reason.map(|reason| reason.word().to_owned()),
    }
}

/// The digits of an international number in any usual punctuation.
fn phone_digits(text: &str) -> Result<String, SessionError> {
    let usual = |c: char| c.is_ascii_digit() || " +-().\u{a0}".contains(c);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix("00").map_or(digits.clone(), str::to_owned);
    if text.chars().all(usual) && (7..=15).contains(&digits.len()) {
        Ok(digits)
    } else {
        Err(SessionError::BadPhone)
    }
}

#[cfg(test)]
mod phone_tests {
    use super::*;

    #[test]
    fn a_number_is_read_in_any_usual_punctuation() {
        for text in ["+55 11 99999-0001", "0055 (11) 99999.0001", "5511999990001"] {
            assert_eq!(phone_digits(text).unwrap(), "5511999990001", "{text}");
        }
        for text in ["", "12", "call me", "+1234567890123456"] {
            assert!(matches!(phone_digits(text), Err(SessionError::BadPhone)), "{text}");
        }
    }
}
