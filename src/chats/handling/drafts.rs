//! Drafts, and who is answering: what members have begun to write, kept for themselves and shown to the others as a
//! sign only.

use super::{Handling, HandlingError, user_of};
use crate::accounts::{Permission, Scope};
use crate::chats::store::{self as chats, drafts as store, handling};
use crate::events::Transient;
use crate::i18n::Text;
use crate::ids::PublicId;

impl Handling {
    /// As long as a message may be.
    const DRAFT_CHARS: usize = 65_536;

    /// Keeps what the member has begun to write in a chat; without words there is nothing to keep.
    ///
    /// # Errors
    /// [`HandlingError::NotFound`], also for a chat of another workspace; [`HandlingError::Invalid`] for what is longer
    /// than a message can be: nothing of it is kept, and the draft before it stays.
    pub async fn save_draft(&self, scope: Scope, chat: &PublicId, text: &str) -> Result<(), HandlingError> {
        scope.require(Permission::UseInbox)?;
        let too_long = text.chars().count() > Self::DRAFT_CHARS;
        let (chat, text, now) = (chat.clone(), text.to_owned(), self.clock.now());
        self.db
            .write(move |tx| {
                let chat = chats::ref_in(tx, scope.workspace, &chat)?;
                if too_long {
                    return Err(HandlingError::field("text", Text::new("draft-too-long")));
                }
                match user_of(scope) {
                    Some(user) => Ok(store::save(tx, chat.id, user, &text, now)?),
                    None => Ok(()),
                }
            })
            .await
    }

    /// What the member has begun to write in a chat.
    pub async fn draft(&self, scope: Scope, chat: &PublicId) -> Result<Option<String>, HandlingError> {
        scope.require(Permission::UseInbox)?;
        let chat = chat.clone();
        self.db
            .read(move |c| Ok(store::draft(c, scope.workspace, &chat, scope.user)?))
            .await
    }

    /// Tells the other members that this one is typing in a chat. Nothing is stored.
    ///
    /// # Errors
    /// [`HandlingError::NotFound`], also for a chat of another workspace.
    pub async fn answering(&self, scope: Scope, chat: &PublicId) -> Result<(), HandlingError> {
        scope.require(Permission::UseInbox)?;
        let id = chat.clone();
        let name = self
            .db
            .read(move |c| {
                chats::ref_in(c, scope.workspace, &id)?;
                Ok::<_, HandlingError>(handling::name_of(c, scope.user)?)
            })
            .await?;
        if let Some(name) = name {
            let news = Transient::Answering {
                chat: chat.clone(),
                user: scope.user,
                name,
            };
            self.bus.transient(scope.workspace, news);
        }
        Ok(())
    }
}
