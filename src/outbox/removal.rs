//! Taking a message away: from the queue, and from the conversation.

use super::model::OutboxError;
use super::service::Outbox;
use super::store;
use crate::accounts::{Permission, Scope};
use crate::chats;
use crate::ids::PublicId;

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
}
