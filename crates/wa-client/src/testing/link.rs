//! The link of a scripted session.

use std::fs::File;
use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};

use super::state::{Play, State};
use super::{Asked, SendOutcome};
use crate::{
    Ack, Address, Call, Limits, Link, LinkError, LinkEvent, MediaKind, Oldest, Outgoing, Registered, SessionId,
    TypingState, Uploaded,
};

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

    async fn answer_passkey(&self, answer: &str) -> Result<(), LinkError> {
        let answer = answer.to_owned();
        self.ask(Asked::AnswerPasskey { answer })
    }

    async fn confirm_passkey(&self) -> Result<(), LinkError> {
        self.ask(Asked::ConfirmPasskey)
    }

    async fn reject_call(&self, call: &Call) -> Result<(), LinkError> {
        self.ask(Asked::RejectCall { id: call.id.clone() })
    }

    async fn limits(&self) -> Result<Limits, LinkError> {
        self.state.with(self.session, |play| match &play.open {
            Some(_) => {
                play.asked_limits += 1;
                Ok(play.limits.clone())
            }
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

    async fn ask_history(&self, before: &Oldest<'_>, count: u32) -> Result<(), LinkError> {
        self.ask(Asked::History {
            chat: before.chat.clone(),
            before: before.id.to_owned(),
            count,
        })
    }

    async fn set_available(&self, available: bool) -> Result<(), LinkError> {
        self.ask(Asked::Available(available))
    }

    async fn upload(&self, kind: MediaKind, mut file: File, _scratch: File) -> Result<Uploaded, LinkError> {
        let mut bytes = Vec::new();
        // The file of a test is small.
        file.read_to_end(&mut bytes)
            .map_err(|error| LinkError::Transient(error.to_string()))?;
        self.state.with(self.session, |play| {
            if play.open.is_none() {
                return Err(LinkError::NotConnected);
            }
            play.uploads.push((kind, bytes.clone()));
            if let Some(error) = play.upload_errors.pop_front() {
                return Err(error);
            }
            let sha256 = Sha256::digest(&bytes).to_vec();
            Ok(Uploaded {
                direct_path: format!("/v/scripted-{}", play.uploads.len()),
                media_key: vec![7; 32],
                enc_sha256: sha256.iter().rev().copied().collect(),
                sha256,
                size: bytes.len() as u64,
            })
        })
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
