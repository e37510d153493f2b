//! Taking a message away: from the queue, and from the conversation; and taking back what was just sent.

use super::model::OutboxError;
use super::service::Outbox;
use super::store;
use crate::accounts::{Permission, Scope};
use crate::chats::{self, Message};
use crate::ids::{PublicId, UserId};

impl Outbox {
    /// Removes our copy of a message of this conversation; everybody else keeps theirs. One that has not been sent is
    /// not sent any more.
    ///
    /// # Errors
    /// [`OutboxError::NotFound`], also for a message of another conversation; [`OutboxError::OnItsWay`] while it is
    /// being sent.
    pub async fn remove(&self, scope: Scope, chat: &PublicId, message: &PublicId) -> Result<(), OutboxError> {
        scope.require(Permission::UseInbox)?;
        let (chat, message, now) = (chat.clone(), message.clone(), self.clock.now());
        self.db
            .write(move |tx| {
                let chat = chats::ref_in(tx, scope.workspace, &chat)?;
                match store::cancel(tx, scope.workspace, &message, now) {
                    // It is not in the queue.
                    Ok(()) | Err(OutboxError::NotFound) => {}
                    Err(error) => return Err(error),
                }
                Ok(chats::remove_in(tx, &chat, &message, now)?)
            })
            .await?;
        self.bus.nudge(scope.workspace);
        Ok(())
    }

    /// Takes a message back that has not gone out, with those that were sent together with it and have not either. Nobody gets them, and none
    /// shows in the conversation. Their words are a draft again, before what was `begun` meanwhile: in the field, or else in
    /// the stored draft. Returns what was taken back, in its order.
    ///
    /// # Errors
    /// [`OutboxError::OnItsWay`] for one that has gone out, or of whose send a part is going out.
    pub async fn undo(
        &self,
        scope: Scope,
        message: &PublicId,
        begun: Option<String>,
    ) -> Result<Vec<Message>, OutboxError> {
        scope.require(Permission::UseInbox)?;
        let (message, now) = (message.clone(), self.clock.now());
        let undone = self
            .db
            .write(move |tx| {
                let workspace = scope.workspace;
                let asked = chats::message_in(tx, workspace, &message)?;
                let together = store::sent_with(tx, workspace, &message)?;
                if !asked.shown || !asked.from_me {
                    return Err(OutboxError::NotFound);
                }
                if together.is_empty() || together.iter().any(|one| !one.waits) {
                    return Err(OutboxError::OnItsWay);
                }
                let chat = chats::ref_in(tx, workspace, &asked.chat)?;
                let mut undone = Vec::with_capacity(together.len());
                for one in &together {
                    let message = chats::message_in(tx, workspace, &one.message)?;
                    store::cancel(tx, workspace, &one.message, now)?;
                    if message.shown {
                        chats::remove_in(tx, &chat, &one.message, now)?;
                        undone.push(message);
                    }
                }
                if scope.user != UserId(0) {
                    let begun = match begun {
                        Some(begun) => begun,
                        None => chats::draft_in(tx, workspace, &asked.chat, scope.user)?.unwrap_or_default(),
                    };
                    chats::save_draft_in(tx, chat.id, scope.user, &words(&undone, &begun), now)?;
                }
                Ok(undone)
            })
            .await?;
        self.bus.nudge(scope.workspace);
        Ok(undone)
    }
}

/// What was written, and then what was begun.
fn words(undone: &[Message], begun: &str) -> String {
    let written = undone.iter().filter(|message| message.is_editable());
    let written = written.filter_map(|message| message.body.as_deref());
    let all: Vec<&str> = written
        .chain([begun])
        .filter(|words| !words.trim().is_empty())
        .collect();
    all.join("\n")
}
