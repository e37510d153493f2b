//! What the panel beside a conversation shows.

use super::{Act, Handling, HandlingError, Label, Note};
use crate::accounts::{Permission, Scope};
use crate::chats::model::{Chat, Message};
use crate::chats::store::{self as chats, details as store, handling, labels, notes, read};
use crate::ids::PublicId;

/// A chat, whom it is with, and what the team knows about it.
#[derive(Clone, Debug)]
pub struct Details {
    pub chat: Chat,
    /// The workspace's own name of the contact.
    pub name: Option<String>,
    /// What the contact calls themselves.
    pub push_name: Option<String>,
    /// Without the `@`.
    pub username: Option<String>,
    /// Digits of E.164 without the plus.
    pub phones: Vec<String>,
    /// The same person's chats with other numbers.
    pub others: Vec<Chat>,
    /// The newest first.
    pub pictures: Vec<Message>,
    pub notes: Vec<Note>,
    pub first: Option<Message>,
    /// All of the workspace; the chat has its own.
    pub labels: Vec<Label>,
    pub history: Vec<Act>,
}

impl Handling {
    /// Notes that the panel shows.
    const NOTES: u32 = 5;

    /// # Errors
    /// [`HandlingError::NotFound`], also for a chat of another workspace.
    pub async fn details(&self, scope: Scope, chat: &PublicId) -> Result<Details, HandlingError> {
        scope.require(Permission::UseInbox)?;
        let (id, workspace) = (chat.clone(), scope.workspace);
        self.db
            .read(move |c| {
                let chat = chats::ref_in(c, workspace, &id)?;
                let names = chat.contact.map(|contact| store::names(c, contact)).transpose()?;
                let names = names.unwrap_or_default();
                let phones = chat.contact.map(|contact| store::phones(c, contact)).transpose()?;
                Ok(Details {
                    name: names.own,
                    push_name: names.push_name,
                    username: names.username,
                    phones: phones.unwrap_or_default(),
                    others: store::others(c, &chat)?,
                    pictures: store::pictures(c, &chat)?,
                    notes: notes::newest(c, chat.id, Self::NOTES)?,
                    first: store::first(c, &chat)?,
                    labels: labels::labels(c, workspace)?,
                    history: handling::acts(c, workspace, chat.id, Self::HISTORY)?,
                    chat: read::chat(c, workspace, &id)?,
                })
            })
            .await
    }
}
