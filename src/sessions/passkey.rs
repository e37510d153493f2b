//! The passkey step of a linking: WhatsApp asks for it between the scan and the link.

use super::actor::{Command, Reply, SessionActor};
use super::linked::{Ending, Linked};
use super::machine::Change;
use super::model::{Passkey, Reason, SessionError, State};
use super::service::Sessions;
use crate::accounts::Scope;
use crate::events::Transient;
use crate::ids::PublicId;

impl Sessions {
    /// The passkey step, while WhatsApp waits for it.
    pub async fn passkey(&self, scope: Scope, id: &PublicId) -> Result<Option<Passkey>, SessionError> {
        let session = self.managed(scope, id).await?;
        Ok(self.supervisor.passkey(session.id))
    }

    /// # Errors
    /// [`SessionError::Link`] with why, when the answer is none.
    pub async fn answer_passkey(&self, scope: Scope, id: &PublicId, answer: &str) -> Result<(), SessionError> {
        let (session, answer) = (self.managed(scope, id).await?, answer.to_owned());
        self.supervisor
            .ask(session.id, |reply| Command::AnswerPasskey { answer, reply })
            .await
    }

    /// The code is the one that the phone shows.
    pub async fn confirm_passkey(&self, scope: Scope, id: &PublicId) -> Result<(), SessionError> {
        let session = self.managed(scope, id).await?;
        self.supervisor.ask(session.id, Command::ConfirmPasskey).await
    }
}

impl SessionActor {
    pub(super) async fn passkey_wanted(&mut self, request: String) {
        self.state.passkey.send_replace(Some(Passkey { request, code: None }));
        self.enter(Change::to(State::Pairing, Reason::PasskeyWanted)).await;
        self.tell_of_passkey();
    }

    pub(super) async fn passkey_code(&mut self, live: &mut Linked<'_>, code: String, known: bool) {
        self.state.passkey.send_modify(|passkey| {
            if let Some(passkey) = passkey {
                passkey.code = Some(code);
            }
        });
        if known && let Err(error) = self.limited(live.link.confirm_passkey()).await {
            tracing::warn!(session = %self.session.public_id, %error, "a passkey could not be confirmed");
        }
        self.tell_of_passkey();
    }

    pub(super) async fn answer_passkey(
        &mut self,
        live: &mut Linked<'_>,
        answer: String,
        reply: Reply<()>,
    ) -> Option<Ending> {
        let answered = self.limited(live.link.answer_passkey(&answer)).await;
        let _ = reply.send(answered.map_err(|error| SessionError::Link(error.to_string())));
        None
    }

    pub(super) async fn confirm_passkey(&mut self, live: &mut Linked<'_>, reply: Reply<()>) -> Option<Ending> {
        let confirmed = self.limited(live.link.confirm_passkey()).await;
        let _ = reply.send(confirmed.map_err(|error| SessionError::Link(error.to_string())));
        None
    }

    pub(super) fn passkey_is_wanted(&self) -> bool {
        self.state.passkey.borrow().is_some()
    }

    /// Open pages look again.
    fn tell_of_passkey(&self) {
        let session = self.session.public_id.clone();
        self.core
            .bus
            .transient(self.session.workspace, Transient::Session { session });
    }
}
