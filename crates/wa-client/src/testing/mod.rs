//! A scripted gateway for tests.
//!
//! The second implementation of [`Gateway`], for tests of the supervisor, the sender and its pacing on a manual clock:
//! it has no clock and no task. A test opens sessions through the product, emits [`LinkEvent`]s, delivers messages
//! through the product's own sink, inspects what was sent, and chooses the outcome of each send.
//!
//! ```
//! # use wa_client::{Gateway as _, LinkEvent, SessionId, testing::ScriptedGateway};
//! # async fn example(sink: std::sync::Arc<dyn wa_client::InboundSink>) {
//! let gateway = ScriptedGateway::default();
//! let (link, mut events) = gateway.open(SessionId(1), sink).await.unwrap();
//! gateway.emit(SessionId(1), LinkEvent::Connected);
//! assert!(matches!(events.recv().await, Some(LinkEvent::Connected)));
//! link.close().await;
//! # }
//! ```

mod keys;
mod link;
mod state;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::mpsc;

use crate::{
    Account, Address, CommitError, Gateway, Inbound, InboundSink, Link, LinkEvent, OpenError, Outgoing, SessionId,
    TypingState,
};
pub use keys::fill_tables;
use link::ScriptedLink;
use state::{Open, State};

/// The outcome of a session's next send. Without a script every send succeeds.
#[derive(Debug)]
pub enum SendOutcome {
    Sent,
    /// The same, to an account that is registered under this address.
    SentTo(crate::Registered),
    Fails(crate::LinkError),
    /// The message goes out, but the call never returns, as if the process crashed in between.
    Hangs,
}

/// The product's calls to a link, in order, except sends.
#[derive(Clone, PartialEq, Debug)]
pub enum Asked {
    PairingCode,
    MarkRead { ids: Vec<String> },
    Typing(TypingState),
    Available(bool),
    RejectCall { id: String },
    History { chat: Address, before: String, count: u32 },
    AnswerPasskey { answer: String },
    ConfirmPasskey,
    Reconnect,
    Logout,
    Close,
}

/// See the module. Clones share the script.
#[derive(Clone, Default)]
pub struct ScriptedGateway {
    state: Arc<State>,
}

impl ScriptedGateway {
    /// Sets whether [`Gateway::is_paired`] returns true. `LoggedOut` events do not change it; `Paired` stores the keys
    /// of its account here, as the live client does.
    pub fn set_paired(&self, session: SessionId, paired: bool) {
        self.state.with(session, |play| play.paired = paired);
    }

    /// Simulates keys of this account, as a crash during pairing leaves them.
    pub fn set_account(&self, session: SessionId, account: Account) {
        self.state.with(session, |play| {
            play.paired = true;
            play.account = Some(account);
        });
    }

    /// Simulates a lost key store.
    pub fn lose_keys(&self, session: SessionId) {
        self.state.with(session, |play| {
            play.paired = false;
            play.account = None;
        });
    }

    /// Copies the key store of `other`, as a restarted program finds it.
    pub fn take_keys_of(&self, other: &Self) {
        for (session, account) in other.state.accounts() {
            self.set_account(session, account);
        }
    }

    /// Lets the next `open` of `session` fail.
    pub fn fail_next_open(&self, session: SessionId, error: OpenError) {
        self.state.with(session, |play| play.open_error = Some(error));
    }

    /// Scripts the next send that has no outcome yet.
    pub fn next_send(&self, session: SessionId, outcome: SendOutcome) {
        self.state.with(session, |play| play.outcomes.push_back(outcome));
    }

    /// Scripts the next lookup that has no answer yet. Without a script every number is registered as it is looked up.
    pub fn next_look_up(&self, session: SessionId, answer: Result<Option<crate::Registered>, crate::LinkError>) {
        self.state.with(session, |play| play.look_ups.push_back(answer));
    }

    /// Lets an upload fail: the next one that has no error yet.
    pub fn fail_next_upload(&self, session: SessionId, error: crate::LinkError) {
        self.state.with(session, |play| play.upload_errors.push_back(error));
    }

    /// Sets what WhatsApp answers when it is asked what the account may do.
    pub fn set_limits(&self, session: SessionId, limits: crate::Limits) {
        self.state.with(session, |play| play.limits = limits);
    }

    /// How often WhatsApp was asked what the account may do.
    pub fn asked_limits(&self, session: SessionId) -> usize {
        self.state.read(session, |play| play.asked_limits)
    }

    /// The proxy that the session's next client was told to use.
    pub fn proxy(&self, session: SessionId) -> Option<crate::Proxy> {
        self.state.read(session, |play| play.proxy.clone())
    }

    /// Acknowledges every successful send with [`LinkEvent::Ack`] at once; off by default.
    pub fn ack_by_itself(&self, session: SessionId, on: bool) {
        self.state.with(session, |play| play.auto_ack = on);
    }

    /// Emits an event. `false` when the session is not open or its events are no longer received.
    pub fn emit(&self, session: SessionId, event: LinkEvent) -> bool {
        self.state.emit(session, event)
    }

    /// Delivers messages as the live client does; `Ok` means that WhatsApp would get the acknowledgement.
    /// # Panics
    /// When the session is not open.
    pub async fn deliver(&self, session: SessionId, messages: Vec<Inbound>) -> Result<(), CommitError> {
        let sink = self
            .state
            .with(session, |play| play.open.as_ref().map(|open| open.sink.clone()));
        sink.expect("the session is open").commit(session, messages).await
    }

    /// The same for history.
    /// # Panics
    /// When the session is not open.
    pub async fn deliver_history(&self, session: SessionId, messages: Vec<Inbound>) -> Result<(), CommitError> {
        let sink = self
            .state
            .with(session, |play| play.open.as_ref().map(|open| open.sink.clone()));
        sink.expect("the session is open")
            .commit_history(session, messages)
            .await
    }

    /// Waits until the link was asked for something.
    pub async fn wait_until_asked(&self, session: SessionId, what: &Asked) {
        self.state
            .wait(|| self.asked(session).contains(what).then_some(()))
            .await;
    }

    /// Ends the event stream and the link, like a client that gave up.
    pub fn end(&self, session: SessionId) {
        self.state.with(session, |play| play.open = None);
    }

    pub fn set_last_frame_age(&self, session: SessionId, age: Option<Duration>) {
        self.state.with(session, |play| play.frame_age = age);
    }

    pub fn is_open(&self, session: SessionId) -> bool {
        self.state.read(session, |play| play.open.is_some())
    }

    /// How often the session was opened successfully.
    pub fn opened(&self, session: SessionId) -> usize {
        self.state.read(session, |play| play.opened)
    }

    /// How often the session's keys were deleted.
    pub fn forgotten(&self, session: SessionId) -> usize {
        self.state.read(session, |play| play.forgotten)
    }

    /// Every message given to the link, failed and hung ones included, in order.
    pub fn sends(&self, session: SessionId) -> Vec<Outgoing> {
        self.state.read(session, |play| play.sends.clone())
    }

    /// Kind and content of every file given to the link, failed uploads included, in order.
    pub fn uploads(&self, session: SessionId) -> Vec<(crate::MediaKind, Vec<u8>)> {
        self.state.read(session, |play| play.uploads.clone())
    }

    pub fn asked(&self, session: SessionId) -> Vec<Asked> {
        self.state.read(session, |play| play.asked.clone())
    }

    /// Waits until the link was given at least `count` messages.
    pub async fn wait_for_sends(&self, session: SessionId, count: usize) -> Vec<Outgoing> {
        self.state
            .wait(|| Some(self.sends(session)).filter(|sends| sends.len() >= count))
            .await
    }

    /// Waits until the session is open.
    pub async fn wait_until_open(&self, session: SessionId) {
        self.state.wait(|| self.is_open(session).then_some(())).await;
    }

    /// Waits until the session is closed.
    pub async fn wait_until_closed(&self, session: SessionId) {
        self.state.wait(|| (!self.is_open(session)).then_some(())).await;
    }
}

#[async_trait]
impl Gateway for ScriptedGateway {
    async fn open(
        &self,
        session: SessionId,
        sink: Arc<dyn InboundSink>,
    ) -> Result<(Arc<dyn Link>, mpsc::UnboundedReceiver<LinkEvent>), OpenError> {
        let (events, stream) = mpsc::unbounded_channel();
        self.state.with(session, |play| {
            if let Some(error) = play.open_error.take() {
                return Err(error);
            }
            if play.open.is_some() {
                return Err(OpenError::AlreadyOpen);
            }
            play.opened += 1;
            play.open = Some(Open { sink, events });
            Ok(())
        })?;
        Ok((
            Arc::new(ScriptedLink {
                state: self.state.clone(),
                session,
            }),
            stream,
        ))
    }

    fn set_proxy(&self, session: SessionId, proxy: Option<crate::Proxy>) {
        self.state.with(session, |play| play.proxy = proxy);
    }

    async fn is_paired(&self, session: SessionId) -> Result<bool, OpenError> {
        Ok(self.state.with(session, |play| play.paired))
    }

    async fn account(&self, session: SessionId) -> Result<Option<Account>, OpenError> {
        Ok(self.state.with(session, |play| play.account.clone()))
    }

    async fn forget(&self, session: SessionId) -> Result<(), OpenError> {
        self.state.with(session, |play| {
            if play.open.is_some() {
                return Err(OpenError::AlreadyOpen);
            }
            play.paired = false;
            play.account = None;
            play.forgotten += 1;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests;
