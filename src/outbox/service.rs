//! What pages and commands call to send, retry and cancel.

use serde_json::json;
use wa_client::{Address, Registered};

use super::model::{HeldMessage, OutboxError, Queued, new_wa_id};
use super::sender_pool::Wake;
use super::store;
use crate::accounts::{By, Permission, Scope};
use crate::audit::{self, Action, Admin};
use crate::chats::{self, ChatKind, ChatRef, MessageDraft};
use crate::clock::{Clock, UnixMs};
use crate::contacts::{self, Recipient, RecipientError};
use crate::db::{self, Db};
use crate::events::{self, Bus, Event};
use crate::ids::{ContactId, PublicId, SessionId, UserId, WorkspaceId};
use crate::sessions;

/// The recipient, as far as the workspace knows it.
pub(super) enum To {
    Contact(ContactId),
    /// A contact has this address.
    Known(Address),
    New(Address),
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Outbox {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) bus: Bus,
    pub(super) wake: Wake,
}

impl Outbox {
    /// WhatsApp's own limit for a text.
    const MAX_CHARS: usize = 65_536;

    #[must_use]
    pub fn new(db: Db, clock: Clock, bus: Bus, wake: Wake) -> Self {
        Self { db, clock, bus, wake }
    }

    /// Accepts a text for an existing conversation. It is on disk when this returns, and is sent in the background.
    pub async fn send_text(&self, scope: Scope, chat: &PublicId, text: &str) -> Result<Queued, OutboxError> {
        scope.require(Permission::UseInbox)?;
        let (chat, text, now) = (chat.clone(), Self::text(text)?, self.clock.now());
        self.enqueue(scope, move |tx| {
            let chat = chats::ref_in(tx, scope.workspace, &chat)?;
            enqueue_in(tx, scope, &chat, text, now)
        })
        .await
    }

    /// Accepts a text for any recipient: a phone number in any form, a JID, or a contact's id.
    ///
    /// # Errors
    /// As [`Self::send_text`], and when `recipient` is invalid or a number that is not on WhatsApp.
    pub async fn send_to(
        &self,
        scope: Scope,
        session: &PublicId,
        recipient: &str,
        text: &str,
    ) -> Result<Queued, OutboxError> {
        scope.require(Permission::UseInbox)?;
        let (text, now) = (Self::text(text)?, self.clock.now());
        let (session, to) = self.recipient(scope, session, recipient).await?;
        let registered = match &to {
            // Nothing is written for a number that is not on WhatsApp.
            To::New(address @ Address::Phone(_)) => self.look_up(session, address).await?,
            _ => None,
        };
        self.enqueue(scope, move |tx| {
            let workspace = scope.workspace;
            let chat = match (to, registered) {
                (To::Contact(contact), _) => chats::open_contact_in(tx, workspace, session, contact, now)?,
                (To::New(typed), Some(registered)) => {
                    chats::registered_in(tx, workspace, &typed, &registered, now)?;
                    chats::open_in(tx, workspace, session, &registered.address, now)?
                }
                (To::New(address) | To::Known(address), _) => chats::open_in(tx, workspace, session, &address, now)?,
            };
            enqueue_in(tx, scope, &chat, text, now)
        })
        .await
    }

    /// The linked number, and whom the workspace knows by this text.
    pub(super) async fn recipient(
        &self,
        scope: Scope,
        session: &PublicId,
        recipient: &str,
    ) -> Result<(SessionId, To), OutboxError> {
        let (session, recipient) = (session.clone(), recipient.to_owned());
        // On a reader, not the writer: the first phone number loads all numbering plans.
        self.db
            .read(move |c| {
                let session = sessions::find_in(c, scope.workspace, &session)?;
                let country = store::country(c, scope.workspace)?;
                let to = match Recipient::parse(&recipient, &country)? {
                    Recipient::Contact(contact) => To::Contact(contacts::find_in(c, scope.workspace, &contact)?),
                    Recipient::Username(username) => {
                        let contact = contacts::find_username_in(c, scope.workspace, &username)?;
                        To::Contact(contact.ok_or(RecipientError::Username)?)
                    }
                    Recipient::Address(address) => match contacts::filed_in(c, scope.workspace, &address)? {
                        Some(known) => To::Known(known),
                        None => To::New(address),
                    },
                };
                Ok::<_, OutboxError>((session, to))
            })
            .await
    }

    /// Whether and how WhatsApp knows a number, if the linked number is connected; otherwise the lookup happens when
    /// the message goes out.
    pub(super) async fn look_up(
        &self,
        session: SessionId,
        address: &Address,
    ) -> Result<Option<Registered>, OutboxError> {
        // An unknown number is looked up only for a send that could be accepted.
        let linked = move |c: &rusqlite::Connection| Ok::<_, OutboxError>(sessions::is_linked_in(c, session)?);
        if !self.db.read(linked).await? {
            return Err(OutboxError::NotLinked);
        }
        let found = self.wake.look_up(session, address.clone()).await;
        found.map_err(|_| OutboxError::NotOnWhatsApp)
    }

    /// Queues a failed message again, under the same WhatsApp id.
    pub async fn retry(&self, scope: Scope, message: &PublicId) -> Result<(), OutboxError> {
        scope.require(Permission::UseInbox)?;
        let (message, now) = (message.clone(), self.clock.now());
        let session = self
            .db
            .write(move |tx| store::retry(tx, scope.workspace, &message, now))
            .await?;
        self.bus.nudge(scope.workspace);
        self.wake.queued(session);
        Ok(())
    }

    /// Cancels a message that has not been sent yet.
    pub async fn cancel(&self, scope: Scope, message: &PublicId) -> Result<(), OutboxError> {
        scope.require(Permission::UseInbox)?;
        let (message, now) = (message.clone(), self.clock.now());
        self.db
            .write(move |tx| store::cancel(tx, scope.workspace, &message, now))
            .await?;
        self.bus.nudge(scope.workspace);
        Ok(())
    }

    /// The workspace's limit or its day changed: messages that waited for the limit are checked again at once.
    pub async fn limits_changed(&self, workspace: WorkspaceId) -> Result<(), OutboxError> {
        let now = self.clock.now();
        let freed = self.db.write(move |tx| store::release(tx, workspace, now)).await?;
        for session in freed {
            self.wake.queued(session);
        }
        Ok(())
    }

    /// Messages of the workspace that waited in a backup, and since its restore wait for a person's decision.
    pub async fn held(&self, scope: Scope) -> Result<(u64, Vec<HeldMessage>), OutboxError> {
        scope.require(Permission::ManageSessions)?;
        let workspace = scope.workspace;
        self.db
            .read(move |c| Ok((store::count_held(c, workspace)?, store::held(c, workspace)?)))
            .await
    }

    /// Releases them. Returns how many.
    pub async fn resume_held(&self, scope: Scope) -> Result<u64, OutboxError> {
        self.decide(scope, Action::HeldResumed).await
    }

    /// Discards them; they stay in their chats as cancelled. Returns how many.
    ///
    /// # Errors
    /// As [`Self::resume_held`].
    pub async fn discard_held(&self, scope: Scope) -> Result<u64, OutboxError> {
        self.decide(scope, Action::HeldDiscarded).await
    }

    async fn decide(&self, scope: Scope, what: Action) -> Result<u64, OutboxError> {
        scope.require(Permission::ManageSessions)?;
        let (workspace, now, entry) = (scope.workspace, self.clock.now(), scope.entry(what));
        let (messages, freed) = self
            .db
            .write(move |tx| {
                let (messages, freed) = if what == Action::HeldResumed {
                    store::resume_held(tx, workspace, now)?
                } else {
                    (store::discard_held(tx, workspace, now)?, Vec::new())
                };
                if messages > 0 {
                    audit::record_in(tx, &entry.detail(json!({ "messages": messages })), now)?;
                }
                Ok::<_, OutboxError>((messages, freed))
            })
            .await?;
        self.bus.nudge(workspace);
        freed.into_iter().for_each(|session| self.wake.queued(session));
        Ok(messages)
    }

    /// Workspaces with held messages, and how many each has.
    pub async fn workspaces_with_held(&self, _: Admin) -> db::Result<Vec<(WorkspaceId, u64)>> {
        self.db.read(store::workspaces_with_held).await
    }

    async fn enqueue<F>(&self, scope: Scope, f: F) -> Result<Queued, OutboxError>
    where
        F: FnOnce(&rusqlite::Transaction<'_>) -> Result<(SessionId, Queued), OutboxError> + Send + 'static,
    {
        let (session, queued) = self.db.write(f).await?;
        self.bus.nudge(scope.workspace);
        self.wake.queued(session);
        Ok(queued)
    }

    pub(super) fn text(text: &str) -> Result<String, OutboxError> {
        if text.trim().is_empty() {
            return Err(OutboxError::Empty);
        }
        if text.chars().count() > Self::MAX_CHARS {
            return Err(OutboxError::TooLong);
        }
        Ok(text.to_owned())
    }
}

/// Holds every waiting message of a database that was just restored: it may have been sent after the backup was made.
/// Returns how many messages.
pub fn hold_all_in(tx: &rusqlite::Connection, now: UnixMs) -> db::Result<u64> {
    chats::hold_scheduled_in(tx, now)?;
    store::hold_all(tx, now)
}

/// Writes the message, its row in the outbox and the event. The plan's limit is claimed where the row is leased
/// (`store::lease`): a message over the limit waits for the next day instead of being refused.
pub(super) fn enqueue_in(
    tx: &rusqlite::Transaction<'_>,
    scope: Scope,
    chat: &ChatRef,
    text: String,
    now: UnixMs,
) -> Result<(SessionId, Queued), OutboxError> {
    if chat.kind == ChatKind::Other {
        return Err(OutboxError::ReadOnly);
    }
    if !sessions::is_linked_in(tx, chat.session)? {
        return Err(OutboxError::NotLinked);
    }
    let draft = MessageDraft {
        workspace: scope.workspace,
        session: chat.session,
        chat: chat.id,
        wa_id: new_wa_id(),
        body: text,
        // The operator is nobody's user, and so is whoever is gone.
        author: Some(scope.user).filter(|user| *user != UserId(0)),
    };
    let (message, public_id) = chats::write_in(tx, &draft, now)?;
    store::insert(tx, &draft, message, now)?;
    // What the person had begun to write here is said now.
    if scope.by == By::Person {
        chats::clear_draft_in(tx, chat.id, scope.user)?;
    }
    let session = chat.session_public.clone();
    let event = Event::MessageQueued {
        session,
        chat: chat.public_id.clone(),
        message: public_id.clone(),
    };
    events::append(tx, scope.workspace, &event, now)?;
    Ok((
        chat.session,
        Queued {
            message: public_id,
            chat: chat.public_id.clone(),
            wa_id: draft.wa_id,
        },
    ))
}
