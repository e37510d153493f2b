//! What pages and commands call to send, retry and cancel.

use serde_json::json;
use wa_client::{Address, OutgoingContact, Registered};

use super::compose;
use super::content::{Change, Content, SendOptions, Unfit};
use super::model::{HeldMessage, OutboxError, Queued};
use super::sender_pool::Wake;
use super::store;
use crate::accounts::{By, Permission, Scope};
use crate::audit::{self, Action, Admin};
use crate::chats::{self, ChatKind, ChatRef, Closed, MessageDraft, OwnMessages, vcard};
use crate::clock::{Clock, UnixMs};
use crate::contacts::{self, Recipient, RecipientError};
use crate::db::{self, Db};
use crate::events::{self, Bus, Event};
use crate::ids::{ContactId, PublicId, SessionId, WorkspaceId};
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
    own: OwnMessages,
}

impl Outbox {
    #[must_use]
    pub fn new(db: Db, clock: Clock, bus: Bus, wake: Wake, own: OwnMessages) -> Self {
        Self {
            db,
            clock,
            bus,
            wake,
            own,
        }
    }

    /// Accepts a text for an existing conversation. It is on disk when this returns, and is sent in the background.
    pub async fn send_text(&self, scope: Scope, chat: &PublicId, text: &str) -> Result<Queued, OutboxError> {
        let content = Content::Text(text.to_owned());
        self.send_in(scope, chat, content, SendOptions::default()).await
    }

    /// [`Self::send`] of a text.
    pub async fn send_to(
        &self,
        scope: Scope,
        session: &PublicId,
        recipient: &str,
        text: &str,
    ) -> Result<Queued, OutboxError> {
        let content = Content::Text(text.to_owned());
        self.send(scope, session, recipient, content, SendOptions::default())
            .await
    }

    /// Accepts a message of any kind for an existing conversation. It is on disk when this returns, and is sent in the
    /// background.
    ///
    /// # Errors
    /// [`OutboxError::Unfit`] for what cannot be sent, [`OutboxError::NotLinked`], [`OutboxError::ReadOnly`].
    pub async fn send_in(
        &self,
        scope: Scope,
        chat: &PublicId,
        content: Content,
        options: SendOptions,
    ) -> Result<Queued, OutboxError> {
        scope.require(Permission::UseInbox)?;
        let (chat, content, now) = (chat.clone(), content.checked()?, self.clock.now());
        let own = self.own.clone();
        self.enqueue(scope, move |tx| {
            let chat = chats::ref_in(tx, scope.workspace, &chat)?;
            enqueue_in(tx, &own, scope, &chat, content, &options, now)
        })
        .await
    }

    /// Accepts files, and a text that goes with them, for an existing conversation, in this order and together; several
    /// pictures become an album. The first answers what `options` say.
    ///
    /// # Errors
    /// As [`Self::send_in`].
    pub async fn send_together(
        &self,
        scope: Scope,
        chat: &PublicId,
        contents: Vec<Content>,
        options: SendOptions,
    ) -> Result<Vec<Queued>, OutboxError> {
        scope.require(Permission::UseInbox)?;
        let (chat, now, own) = (chat.clone(), self.clock.now(), self.own.clone());
        let contents: Vec<Content> = contents.into_iter().map(Content::checked).collect::<Result<_, _>>()?;
        let (session, queued) = self
            .db
            .write(move |tx| {
                let chat = chats::ref_in(tx, scope.workspace, &chat)?;
                let drafts = compose::together(tx, scope, &chat, contents, &options)?;
                let first = drafts
                    .first()
                    .filter(|_| options.undoable)
                    .map(|draft| draft.wa_id.as_str());
                let mut queued = Vec::with_capacity(drafts.len());
                for draft in &drafts {
                    queued.push(queue_in(tx, &own, scope, draft, first, now)?.1);
                }
                Ok::<_, OutboxError>((chat.session, queued))
            })
            .await?;
        self.bus.nudge(scope.workspace);
        self.wake.queued(session);
        Ok(queued)
    }

    /// A contact's card from a name and a phone number in any form.
    ///
    /// # Errors
    /// [`OutboxError::Unfit`] without a name or a number.
    pub async fn contact_card(&self, scope: Scope, name: &str, phone: &str) -> Result<OutgoingContact, OutboxError> {
        let (name, phone) = (chats::plain_line(name), phone.to_owned());
        self.db
            .read(move |c| {
                let country = store::country(c, scope.workspace)?;
                match Recipient::parse(&phone, &country) {
                    Ok(Recipient::Address(Address::Phone(digits))) if !name.is_empty() => Ok(OutgoingContact {
                        vcard: vcard::write(&name, &digits),
                        name,
                    }),
                    _ => Err(Unfit::Contact.into()),
                }
            })
            .await
    }

    /// [`Self::send_in`] for any recipient: a phone number in any form, a JID, or a contact's id.
    ///
    /// # Errors
    /// As [`Self::send_in`], and when `recipient` is invalid or a number that is not on WhatsApp.
    pub async fn send(
        &self,
        scope: Scope,
        session: &PublicId,
        recipient: &str,
        content: Content,
        options: SendOptions,
    ) -> Result<Queued, OutboxError> {
        scope.require(Permission::UseInbox)?;
        let (content, now) = (content.checked()?, self.clock.now());
        let (session, to) = self.recipient(scope, session, recipient).await?;
        let registered = self.registered(session, &to).await?;
        let own = self.own.clone();
        self.enqueue(scope, move |tx| {
            let chat = to.chat_in(tx, scope.workspace, session, registered, now)?;
            enqueue_in(tx, &own, scope, &chat, content, &options, now)
        })
        .await
    }

    /// Accepts an edit, a deletion, a reaction or a vote. It shows here at once; where it cannot be sent, the bubble of
    /// the message says so.
    ///
    /// # Errors
    /// As [`Self::send_in`]; [`OutboxError::NotFound`] for a message of another workspace.
    pub async fn change(&self, scope: Scope, message: &PublicId, change: Change) -> Result<Queued, OutboxError> {
        scope.require(Permission::UseInbox)?;
        let (message, now, own) = (message.clone(), self.clock.now(), self.own.clone());
        self.enqueue(scope, move |tx| {
            let draft = compose::change(tx, &own, scope, &message, change, now)?;
            write_in(tx, &own, &draft, None, now)
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

    /// Queues a failed message again, under the same WhatsApp id. Returns the message that shows it: of a change, the one
    /// that is changed.
    pub async fn retry(&self, scope: Scope, message: &PublicId) -> Result<PublicId, OutboxError> {
        scope.require(Permission::UseInbox)?;
        let (message, now) = (message.clone(), self.clock.now());
        let (session, shown) = self
            .db
            .write(move |tx| store::retry(tx, scope.workspace, &message, now))
            .await?;
        self.bus.nudge(scope.workspace);
        self.wake.queued(session);
        Ok(shown)
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
}

/// Holds every waiting message of a database that was just restored: it may have been sent after the backup was made.
/// Returns how many messages.
pub fn hold_all_in(tx: &rusqlite::Connection, now: UnixMs) -> db::Result<u64> {
    chats::hold_scheduled_in(tx, now)?;
    store::hold_all(tx, now)
}

pub(super) fn enqueue_in(
    tx: &rusqlite::Transaction<'_>,
    own: &OwnMessages,
    scope: Scope,
    chat: &ChatRef,
    content: Content,
    options: &SendOptions,
    now: UnixMs,
) -> Result<(SessionId, Queued), OutboxError> {
    let draft = compose::draft(tx, scope, chat, content, options)?;
    queue_in(
        tx,
        own,
        scope,
        &draft,
        options.undoable.then_some(draft.wa_id.as_str()),
        now,
    )
}

pub(super) fn queue_in(
    tx: &rusqlite::Transaction<'_>,
    own: &OwnMessages,
    scope: Scope,
    draft: &MessageDraft,
    undoable: Option<&str>,
    now: UnixMs,
) -> Result<(SessionId, Queued), OutboxError> {
    let chat = &draft.chat;
    let (session, queued) = write_in(tx, own, draft, undoable, now)?;
    // What the person had begun to write here is said now.
    if scope.by == By::Person {
        chats::clear_draft_in(tx, chat.id, scope.user)?;
    }
    let event = Event::MessageQueued {
        session: chat.session_public.clone(),
        chat: chat.public_id.clone(),
        message: queued.message.clone(),
    };
    events::append(tx, scope.workspace, &event, now)?;
    Ok((session, queued))
}

/// Writes the message and its row in the outbox. The plan's limit is claimed where the row is leased (`store::lease`): a
/// message over the limit waits for the next day instead of being refused.
fn write_in(
    tx: &rusqlite::Transaction<'_>,
    own: &OwnMessages,
    draft: &MessageDraft,
    undoable: Option<&str>,
    now: UnixMs,
) -> Result<(SessionId, Queued), OutboxError> {
    let chat = &draft.chat;
    match chat.kind {
        ChatKind::Other => return Err(OutboxError::ReadOnly),
        ChatKind::Group => open_group_in(tx, chat, draft)?,
        ChatKind::Direct => {}
    }
    if !sessions::is_linked_in(tx, chat.session)? {
        return Err(OutboxError::NotLinked);
    }
    let (message, public_id) = own.write_in(tx, draft, now)?;
    store::insert(tx, draft, message, undoable, now)?;
    let queued = Queued {
        message: public_id,
        chat: chat.public_id.clone(),
        wa_id: draft.wa_id.clone(),
    };
    Ok((chat.session, queued))
}

/// Where only administrators write, everybody may still react, vote and take back.
fn open_group_in(tx: &rusqlite::Transaction<'_>, chat: &ChatRef, draft: &MessageDraft) -> Result<(), OutboxError> {
    match chats::closed_group_in(tx, chat.session, chat.id)? {
        Some(Closed::AdminsOnly) if draft.is_change() => Ok(()),
        Some(closed) => Err(OutboxError::Closed(closed)),
        None => Ok(()),
    }
}
