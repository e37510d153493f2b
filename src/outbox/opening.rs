//! A conversation with somebody new: by a number in any form, a JID, or a contact.

use wa_client::Address;

use super::model::OutboxError;
use super::service::{Outbox, To};
use crate::accounts::{Permission, Scope};
use crate::chats::{self, ChatKind};
use crate::ids::PublicId;

impl Outbox {
    /// The chat of a number with a recipient, made if there is none; nothing is sent. An unknown phone number is looked
    /// up first: nothing is made for one that is not on WhatsApp.
    ///
    /// # Errors
    /// [`OutboxError::Recipient`] says what would work; [`OutboxError::NotOnWhatsApp`]; [`OutboxError::NotLinked`];
    /// [`OutboxError::NotFound`] for a number or a contact of another workspace.
    pub async fn open_chat(&self, scope: Scope, session: &PublicId, recipient: &str) -> Result<PublicId, OutboxError> {
        scope.require(Permission::UseInbox)?;
        let (session, to) = self.recipient(scope, session, recipient).await?;
        let registered = match &to {
            To::New(address @ Address::Phone(_)) => self.look_up(session, address).await?,
            _ => None,
        };
        let now = self.clock.now();
        self.db
            .write(move |tx| {
                let workspace = scope.workspace;
                let chat = match (to, registered) {
                    (To::Contact(contact), _) => chats::open_contact_in(tx, workspace, session, contact, now)?,
                    (To::New(typed), Some(registered)) => {
                        chats::registered_in(tx, workspace, &typed, &registered, now)?;
                        chats::open_in(tx, workspace, session, &registered.address, now)?
                    }
                    (To::New(address) | To::Known(address), _) => {
                        chats::open_in(tx, workspace, session, &address, now)?
                    }
                };
                if chat.kind == ChatKind::Other {
                    return Err(OutboxError::ReadOnly);
                }
                Ok(chat.public_id)
            })
            .await
    }
}
