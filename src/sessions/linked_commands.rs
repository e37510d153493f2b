//! Commands to the actor while its link is open.

use std::time::Duration;

use wa_client::LinkError;

use super::actor::{Command, Reply, SessionActor};
use super::linked::{Ending, Linked};
use super::machine::Change;
use super::model::{PairingCode, Reason, SessionError, State};

/// WhatsApp answers a log-out or a request for a code within seconds, or not at all.
const ANSWERS_WITHIN: Duration = Duration::from_secs(20);

impl SessionActor {
    pub(super) async fn linked_command(&mut self, live: &mut Linked<'_>, command: Command) -> Option<Ending> {
        let linked = self.session.is_linked();
        match command {
            Command::Pair(reply) => {
                if linked {
                    return done(reply, Err(SessionError::AlreadyLinked));
                }
                if self.session.reason.is_some_and(Reason::is_about_a_code) {
                    self.enter(Change::to(State::Pairing, Reason::ScanQr)).await;
                }
                done(reply, Ok(()))
            }
            Command::PairingCode { reply, .. } if linked => done(reply, Err(SessionError::AlreadyLinked)),
            Command::PairingCode { digits, reply } => {
                self.want_code(digits, reply);
                if live.shows_codes {
                    self.issue_wanted_code(live).await;
                }
                None
            }
            Command::CancelPairing(reply) if linked => done(reply, Err(SessionError::AlreadyLinked)),
            Command::CancelPairing(reply) => self.cancel_pairing(reply).await,
            Command::Reconnect(reply) if linked => {
                self.down(live);
                self.enter(Change::to(State::Connecting, Reason::LoggingIn)).await;
                live.link.reconnect().await;
                done(reply, Ok(()))
            }
            Command::Reconnect(reply) => done(reply, Err(SessionError::NotLinked)),
            Command::Pause(reply) if linked => {
                self.enter(Change::to(State::Paused, Reason::PausedByUser)).await;
                ended(reply, Ending::Rest)
            }
            Command::Pause(reply) => done(reply, Err(SessionError::NotLinked)),
            Command::Reopen(reply) => {
                if linked {
                    self.enter(Change::to(State::Connecting, Reason::LoggingIn)).await;
                }
                ended(reply, Ending::Until(self.core.clock.now()))
            }
            Command::Logout(reply) if linked => self.logout(live, reply).await,
            Command::Logout(reply) => self.cancel_pairing(reply).await,
            Command::Delete(reply) => {
                if linked && let Err(error) = self.limited(live.link.logout()).await {
                    // The phone's owner still sees the device and can remove it there.
                    tracing::warn!(session = %self.session.public_id, %error, "deleted without notifying WhatsApp");
                }
                Some(Ending::Delete(reply))
            }
            Command::Discard(reply) if linked || self.session.phone.is_some() => {
                done(reply, Err(SessionError::AlreadyLinked))
            }
            Command::Discard(reply) => Some(Ending::Delete(reply)),
            Command::ShowsOnline(shows) => {
                self.shows_online(shows);
                None
            }
            Command::AnswerPasskey { answer, reply } => self.answer_passkey(live, answer, reply).await,
            Command::ConfirmPasskey(reply) => self.confirm_passkey(live, reply).await,
            Command::NewChatRefused { reason, until } => {
                self.new_chat_refused(live, reason, until).await;
                None
            }
        }
    }

    async fn cancel_pairing(&mut self, reply: Reply<()>) -> Option<Ending> {
        self.enter(Change::to(State::Unlinked, Reason::PairingCancelled)).await;
        ended(reply, Ending::Rest)
    }

    async fn logout(&mut self, live: &mut Linked<'_>, reply: Reply<()>) -> Option<Ending> {
        match self.limited(live.link.logout()).await {
            Ok(()) => {
                self.enter(Change::to(State::LoggedOut, Reason::LoggedOutHere)).await;
                ended(reply, Ending::Forget)
            }
            Err(LinkError::NotConnected) => done(reply, Err(SessionError::NotConnected)),
            Err(error) => done(reply, Err(SessionError::Link(error.to_string()))),
        }
    }

    /// Requests the pairing code that a caller waits for, if there is one.
    pub(super) async fn issue_wanted_code(&mut self, live: &mut Linked<'_>) {
        let Some((digits, reply)) = self.wanted_code.take() else {
            return;
        };
        let answer = match self.limited(live.link.pairing_code(&digits)).await {
            Ok(code) => {
                self.show_code(code.clone(), PairingCode::VALID_FOR);
                self.enter(Change::to(State::Pairing, Reason::TypeCode)).await;
                Ok(PairingCode {
                    code,
                    expires_at: self.core.clock.now().plus(PairingCode::VALID_FOR),
                })
            }
            Err(error) => {
                self.enter(Change::to(State::Pairing, Reason::CodeRefused)).await;
                Err(SessionError::CodeRefused(format!("{error}.")))
            }
        };
        let _ = reply.send(answer);
    }

    /// A call to WhatsApp with a timeout, so that it cannot block the actor.
    pub(super) async fn limited<T>(&self, call: impl Future<Output = Result<T, LinkError>>) -> Result<T, LinkError> {
        tokio::select! {
            result = call => result,
            () = self.core.clock.sleep(ANSWERS_WITHIN) => Err(LinkError::TimedOut),
        }
    }
}

/// Replies and goes on. A caller that stopped waiting is fine: the command was carried out all the same.
fn done<T>(reply: Reply<T>, answer: Result<T, SessionError>) -> Option<Ending> {
    let _ = reply.send(answer);
    None
}

fn ended(reply: Reply<()>, ending: Ending) -> Option<Ending> {
    let _ = reply.send(Ok(()));
    Some(ending)
}
