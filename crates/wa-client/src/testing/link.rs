//! The link of a scripted session.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::state::{Play, State};
use super::{Asked, SendOutcome};
use crate::{Ack, Address, Link, LinkError, LinkEvent, Outgoing, Registered, SessionId, TypingState};

pub(super) struct ScriptedLink {
    pub(super) state: Arc<State>,
    pub(super) session: SessionId,
}

impl ScriptedLink {
    fn ask(&self, what: Asked) -> Result<(), LinkError> {
        self.state.with(self.session, |play| {
            play.asked.push(what);
            if play.open.is_some() {
                Ok(())
            } else {
                Err(LinkError::NotConnected)
            }
        })
    }
}

fn next_outcome(play: &mut Play, message: &Outgoing) -> SendOutcome {
    if play.open.is_none() {
        return SendOutcome::Fails(LinkError::NotConnected);
    }
    play.sends.push(message.clone());
    play.outcomes.pop_front().unwrap_or(SendOutcome::Sent)
}

#[async_trait]
impl Link for ScriptedLink {
    async fn send(&self, message: &Outgoing) -> Result<Option<Registered>, LinkError> {
        let (outcome, ack) = self
            .state
            .with(self.session, |play| (next_outcome(play, message), play.auto_ack));
        match outcome {
            SendOutcome::Sent | SendOutcome::SentTo(_) => {
                if ack {
                    self.state.emit(
                        self.session,
                        LinkEvent::Ack(Ack {
                            id: message.id.clone(),
                            error: None,
                        }),
                    );
                }
                Ok(match outcome {
                    SendOutcome::SentTo(registered) => Some(registered),
                    _ => None,
                })
            }
            SendOutcome::Fails(error) => Err(error),
            SendOutcome::Hangs => std::future::pending().await,
        }
    }

    async fn look_up(&self, _address: &Address) -> Result<Option<Registered>, LinkError> {
        self.state.with(self.session, |play| match &play.open {
            Some(_) => play.look_ups.pop_front().unwrap_or(Ok(None)),
            None => Err(LinkError::NotConnected),
        })
    }

    async fn pairing_code(&self, _digits: &str) -> Result<String, LinkError> {
        self.ask(Asked::PairingCode).map(|()| "ABCD-EFGH".to_owned())
    }

    async fn mark_read(&self, _chat: &Address, _sender: Option<&Address>, ids: &[String]) -> Result<(), LinkError> {
        self.ask(Asked::MarkRead { ids: ids.to_vec() })
    }

    async fn typing(&self, _chat: &Address, state: TypingState) -> Result<(), LinkError> {
        self.ask(Asked::Typing(state))
    }

    async fn set_available(&self, available: bool) -> Result<(), LinkError> {
        self.ask(Asked::Available(available))
    }

    fn last_frame_age(&self) -> Option<Duration> {
        self.state.with(self.session, |play| play.frame_age)
    }

    async fn reconnect(&self) {
        let _closed = self.ask(Asked::Reconnect);
    }

    async fn logout(&self) -> Result<(), LinkError> {
        self.ask(Asked::Logout)
    }

    async fn close(&self) {
        self.state.with(self.session, |play| {
            play.asked.push(Asked::Close);
            play.open = None;
        });
    }
}
