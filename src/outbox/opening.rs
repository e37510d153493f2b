//! A conversation with somebody new: by a number in any form, a JID, or a contact.

use rusqlite::Connection;
use wa_client::{Address, Registered};

use super::model::OutboxError;
use super::service::{Outbox, To};
use crate::accounts::{Permission, Scope};
use crate::chats::{self, ChatKind, ChatRef};
use crate::clock::UnixMs;
use crate::db;
use crate::ids::{PublicId, SessionId, WorkspaceId};

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
        let registered = self.registered(session, &to).await?;
        let now = self.clock.now();
        self.db
            .write(move |tx| {
                let chat = to.chat_in(tx, scope.workspace, session, registered, now)?;
                if chat.kind == ChatKind::Other {
                    return Err(OutboxError::ReadOnly);
                }
                Ok(chat.public_id)
            })
            .await
    }
    /// How WhatsApp registers a number that is new here. Nothing is written for one that is not on WhatsApp.
    pub(super) async fn registered(&self, session: SessionId, to: &To) -> Result<Option<Registered>, OutboxError> {
        match to {
            To::New(address @ Address::Phone(_)) => self.look_up(session, address).await,
            _ => Ok(None),
        }
    }
}

impl To {
    /// The chat with this recipient, made if there is none.
    pub(super) fn chat_in(
        self,
        tx: &Connection,
        workspace: WorkspaceId,
        session: SessionId,
        registered: Option<Registered>,
        now: UnixMs,
    ) -> db::Result<ChatRef> {
        match (self, registered) {
            (Self::Contact(contact), _) => chats::open_contact_in(tx, workspace, session, contact, now),
            (Self::New(typed), Some(registered)) => {
                chats::registered_in(tx, workspace, &typed, &registered, now)?;
                chats::open_in(tx, workspace, session, &registered.address, now)
            }
            (Self::New(address) | Self::Known(address), _) => chats::open_in(tx, workspace, session, &address, now),
        }
    }
}
