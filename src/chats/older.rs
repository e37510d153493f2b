//! Older messages: what a chat held before its first message here, the number's phone is asked for.
//!
//! The request is a state of the chat, so that every page says the same. What comes is stored by the ingest as history,
//! before the phone counts as having answered; it may answer long after nobody waits any more.

use std::time::Duration;

use super::model::ChatError;
use super::service::Chats;
use super::store::{self, older};
use crate::accounts::{Permission, Scope};
use crate::clock::UnixMs;
use crate::db::DbError;
use crate::events::{self, Event};
use crate::ids::PublicId;

/// How many messages one request asks for: a page of a chat.
pub(super) const AT_ONCE: u32 = Chats::PAGE;
/// A phone that has not answered by then is off, or its app is closed.
pub(super) const PHONE_ANSWERS_WITHIN: Duration = Duration::from_secs(45);

crate::words!(
    /// What became of the last request for older messages.
    pub enum OlderState {
        Asked = "asked",
        NoAnswer = "no_answer",
        NotConnected = "not_connected",
        /// There may be more before those that came.
        Came = "came",
        /// The phone has nothing before the first message here.
        Ended = "ended",
    }
);

/// The last request for a chat's older messages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Older {
    pub state: OlderState,
    pub asked_at: UnixMs,
    /// The chat's first message when it was asked.
    pub from: PublicId,
    /// The chat's first message now is another.
    pub came: bool,
}

impl Chats {
    /// Asks the number's phone for messages before the first one here, unless it is being asked already. `None`: a chat
    /// without messages has nothing that older ones could come before.
    pub async fn ask_older(&self, scope: Scope, chat: &PublicId) -> Result<Option<Older>, ChatError> {
        scope.require(Permission::UseInbox)?;
        let (id, now) = (chat.clone(), self.clock.now());
        let (request, older) = self
            .db
            .write(move |tx| {
                let chat = store::ref_in(tx, scope.workspace, &id)?;
                let request = older::begin(tx, &chat, now)?;
                if request.is_some() {
                    let chat = chat.public_id;
                    events::append(tx, scope.workspace, &Event::ChatChanged { chat }, now)?;
                }
                Ok::<_, DbError>((request, older::of(tx, chat.id, now)?))
            })
            .await?;
        if let Some(request) = request {
            self.bus.nudge(scope.workspace);
            self.receipts.ask_older(request);
        }
        Ok(older)
    }

    /// The last request for older messages, if there was one.
    pub async fn older(&self, scope: Scope, chat: &PublicId) -> Result<Option<Older>, ChatError> {
        scope.require(Permission::UseInbox)?;
        let (chat, now) = (chat.clone(), self.clock.now());
        self.db
            .read(move |c| {
                let chat = store::ref_in(c, scope.workspace, &chat)?;
                Ok(older::of(c, chat.id, now)?)
            })
            .await
    }
}
