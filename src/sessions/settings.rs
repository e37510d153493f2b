//! What a person sets for a number: the proxy that it connects through, and what it does with calls.

use serde_json::json;
use wa_client::Proxy;

use super::actor::{Command, Plan, SessionActor};
use super::machine::Change;
use super::model::{CallRule, Reason, Session, SessionError, State};
use super::ports::ChatNews;
use super::service::Sessions;
use super::store;
use crate::accounts::Scope;
use crate::audit::{self, Action};
use crate::crypto::{Sealer, Unsealable};
use crate::db::DbError;
use crate::ids::{PublicId, SessionId};

fn place(id: SessionId) -> String {
    format!("sessions|proxy|{id}")
}

fn unsealed(sealer: &Sealer, id: SessionId, sealed: &[u8]) -> Result<Proxy, Unsealable> {
    let text = String::from_utf8(sealer.open(&place(id), sealed)?).map_err(|_| Unsealable)?;
    text.parse().map_err(|_| Unsealable)
}

impl Sessions {
    /// The proxy of a number. One that cannot be read is none to show; the number says so itself.
    pub async fn proxy(&self, scope: Scope, id: &PublicId) -> Result<Option<Proxy>, SessionError> {
        let session = self.managed(scope, id).await?.id;
        let sealed = self.db.read(move |c| store::proxy(c, session)).await?;
        Ok(sealed.and_then(|sealed| unsealed(self.supervisor.sealer(), session, &sealed).ok()))
    }

    /// Connects a number through a proxy from now on. An owner may name any address: it is their own choice, not one of a
    /// customer.
    ///
    /// # Errors
    /// [`SessionError::BadProxy`].
    pub async fn set_proxy(&self, scope: Scope, id: &PublicId, typed: &str) -> Result<Proxy, SessionError> {
        let session = self.managed(scope, id).await?;
        let typed = typed.trim();
        let proxy: Proxy = typed.parse().map_err(SessionError::BadProxy)?;
        let sealed = self.supervisor.sealer().seal(&place(session.id), typed.as_bytes());
        self.keep_proxy(scope, session, Some((sealed, proxy.shown()))).await?;
        Ok(proxy)
    }

    /// Connects a number directly from now on.
    pub async fn remove_proxy(&self, scope: Scope, id: &PublicId) -> Result<(), SessionError> {
        let session = self.managed(scope, id).await?;
        let number = session.id;
        if self.db.read(move |c| store::proxy(c, number)).await?.is_none() {
            return Ok(());
        }
        self.keep_proxy(scope, session, None).await
    }

    async fn keep_proxy(
        &self,
        scope: Scope,
        session: Session,
        proxy: Option<(Vec<u8>, String)>,
    ) -> Result<(), SessionError> {
        let (sealed, shown) = proxy.unzip();
        let entry = scope.entry(Action::SessionProxyChanged).target(session.name.as_str());
        let entry = entry.detail(json!({ "session": session.public_id, "proxy": shown }));
        let (number, now) = (session.id, self.clock.now());
        self.db
            .write(move |tx| {
                store::set_proxy(tx, number, sealed.as_deref())?;
                Ok::<_, SessionError>(audit::record_in(tx, &entry, now)?)
            })
            .await?;
        match self.supervisor.ask(session.id, Command::Reopen).await {
            // No number runs in this process; the next start connects it so.
            Err(SessionError::Stopping) => Ok(()),
            reopened => reopened,
        }
    }

    pub async fn call_rule(&self, scope: Scope, id: &PublicId) -> Result<CallRule, SessionError> {
        let session = self.managed(scope, id).await?.id;
        Ok(self.db.read(move |c| store::call_rule(c, session)).await?)
    }

    /// The rule as it is kept.
    ///
    /// # Errors
    /// [`SessionError::LongReply`].
    pub async fn set_call_rule(&self, scope: Scope, id: &PublicId, rule: CallRule) -> Result<CallRule, SessionError> {
        let session = self.managed(scope, id).await?;
        let reply = rule
            .reply
            .map(|reply| reply.trim().to_owned())
            .filter(|reply| !reply.is_empty());
        if reply
            .as_ref()
            .is_some_and(|reply| reply.chars().count() > CallRule::MAX_REPLY)
        {
            return Err(SessionError::LongReply);
        }
        let rule = CallRule { reply, ..rule };
        let entry = scope.entry(Action::SessionCallsChanged).target(session.name.as_str());
        let entry = entry.detail(json!({ "session": session.public_id, "rejects": rule.rejects }));
        let (number, now) = (session.id, self.clock.now());
        self.db
            .write(move |tx| {
                store::set_call_rule(tx, number, &rule)?;
                audit::record_in(tx, &entry, now)?;
                Ok::<_, SessionError>(rule)
            })
            .await
    }
}

impl Sessions {
    /// Whether a number counts as online while somebody has the inbox open.
    pub async fn set_shows_online(&self, scope: Scope, id: &PublicId, shows: bool) -> Result<(), SessionError> {
        let session = self.managed(scope, id).await?;
        let entry = scope
            .entry(Action::SessionPresenceChanged)
            .target(session.name.as_str());
        let entry = entry.detail(json!({ "session": session.public_id, "shows_online": shows }));
        let (number, now) = (session.id, self.clock.now());
        self.db
            .write(move |tx| {
                store::set_shows_online(tx, number, shows)?;
                Ok::<_, SessionError>(audit::record_in(tx, &entry, now)?)
            })
            .await?;
        self.supervisor.tell(session.id, Command::ShowsOnline(shows)).await;
        Ok(())
    }
}

impl SessionActor {
    pub(super) fn shows_online(&mut self, shows: bool) {
        self.session.shows_online = shows;
        self.core.ports.chat(ChatNews::ShowsOnline {
            session: self.session.id,
            shows,
        });
    }

    /// Tells the client what to connect through. `Some` is what happens instead of connecting: a number whose proxy
    /// cannot be read must not show its own address.
    pub(super) async fn through_proxy(&mut self) -> Option<Plan> {
        let id = self.session.id;
        let stored = self.core.db.read(move |c| store::proxy(c, id)).await;
        let proxy = match stored {
            Ok(None) => None,
            Ok(Some(sealed)) => match unsealed(&self.core.sealer, id, &sealed) {
                Ok(proxy) => Some(proxy),
                Err(Unsealable) => {
                    self.enter(Change::to(State::NeedsAttention, Reason::ProxyUnreadable))
                        .await;
                    return Some(Plan::Rest);
                }
            },
            Err(DbError::NotFound | DbError::Closed) => return Some(Plan::Rest),
            Err(error) => {
                tracing::error!(session = %self.session.public_id, %error, "a proxy could not be read");
                return Some(self.retry(Reason::StorageFailed).await);
            }
        };
        self.core.gateway.set_proxy(self.client_id(), proxy);
        None
    }
}
