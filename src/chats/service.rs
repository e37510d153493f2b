//! What pages call.

use wa_client::{Address, Card, TypingState};

use super::groups::Closed;
use super::model::{
    Chat, ChatCursor, ChatError, ChatFilter, Detail, Found, Message, MessageFilter, Pinned, ReceiptOf, Standing,
    ThreadPage, Traffic, Window,
};
use super::receipt_worker::ReceiptWorkerHandle;
use super::store::search::find;
use super::store::{self, messages, read, receipts, standing};
use super::vcard;
use crate::accounts::{Permission, Scope};
use crate::clock::{Clock, UnixMs};
use crate::db::{Db, DbError, Page};
use crate::events::{self, Bus, Event};
use crate::fold::Query;
use crate::ids::{PublicId, SessionId};

/// Cheap to clone.
#[derive(Clone)]
pub struct Chats {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) bus: Bus,
    pub(super) receipts: ReceiptWorkerHandle,
}

impl Chats {
    /// Rows of a page, unless the caller asks for less.
    pub const PAGE: u32 = 50;
    /// The most messages that a search returns.
    pub const SEARCH_PAGE: u32 = 30;

    #[must_use]
    pub fn new(db: Db, clock: Clock, bus: Bus, receipts: ReceiptWorkerHandle) -> Self {
        Self {
            db,
            clock,
            bus,
            receipts,
        }
    }

    /// A page of conversations, the one with the newest message first.
    pub async fn list(
        &self,
        scope: Scope,
        filter: ChatFilter,
        after: Option<ChatCursor>,
    ) -> Result<Page<Chat, ChatCursor>, ChatError> {
        scope.require(Permission::UseInbox)?;
        self.db
            .read(move |c| Ok(read::list(c, scope.workspace, &filter, after.as_ref(), Self::PAGE)?))
            .await
    }

    /// How many conversations have unread messages.
    pub async fn unread_chats(&self, scope: Scope) -> Result<u32, ChatError> {
        scope.require(Permission::UseInbox)?;
        self.db.read(move |c| Ok(read::unread_chats(c, scope.workspace)?)).await
    }

    /// # Errors
    /// [`ChatError::NotFound`], also for a conversation of another workspace.
    pub async fn get(&self, scope: Scope, chat: &PublicId) -> Result<Chat, ChatError> {
        scope.require(Permission::UseInbox)?;
        let chat = chat.clone();
        self.db.read(move |c| Ok(read::chat(c, scope.workspace, &chat)?)).await
    }

    /// Public ids of conversations that went into this one.
    pub async fn former_ids(&self, scope: Scope, chat: &PublicId) -> Result<Vec<PublicId>, ChatError> {
        scope.require(Permission::UseInbox)?;
        let chat = chat.clone();
        self.db
            .read(move |c| Ok(store::former_ids(c, scope.workspace, &chat)?))
            .await
    }

    /// # Errors
    /// [`ChatError::NotFound`], also for a message of another workspace.
    pub async fn message(&self, scope: Scope, message: &PublicId) -> Result<Message, ChatError> {
        scope.require(Permission::UseInbox)?;
        let message = message.clone();
        self.db
            .read(move |c| Ok(messages::message(c, scope.workspace, &message)?))
            .await
    }

    /// Why nothing can be written in a chat that is a group, if nothing can.
    pub async fn closed(&self, scope: Scope, chat: &PublicId) -> Result<Option<Closed>, ChatError> {
        scope.require(Permission::UseInbox)?;
        let chat = chat.clone();
        self.db
            .read(move |c| {
                let chat = store::ref_in(c, scope.workspace, &chat)?;
                Ok(store::groups::closed(c, chat.session, chat.id)?)
            })
            .await
    }

    /// A page of a conversation.
    pub async fn thread(&self, scope: Scope, chat: &PublicId, window: Window) -> Result<ThreadPage, ChatError> {
        scope.require(Permission::UseInbox)?;
        let chat = chat.clone();
        self.db
            .read(move |c| Ok(messages::thread(c, scope.workspace, &chat, &window, Self::PAGE)?))
            .await
    }

    /// Who got and who read a message of ours in a group.
    pub async fn receipts(&self, scope: Scope, message: &PublicId) -> Result<Vec<ReceiptOf>, ChatError> {
        scope.require(Permission::UseInbox)?;
        let id = message.clone();
        self.db
            .read(move |c| {
                // One of another workspace does not exist.
                messages::message(c, scope.workspace, &id)?;
                Ok(receipts::by_member(c, scope.workspace, &id)?)
            })
            .await
    }

    /// Messages pinned in a conversation, the newest pin first.
    pub async fn pins(&self, scope: Scope, chat: &PublicId) -> Result<Vec<Pinned>, ChatError> {
        scope.require(Permission::UseInbox)?;
        let (chat, now) = (chat.clone(), self.clock.now());
        self.db
            .read(move |c| Ok(messages::pins(c, scope.workspace, &chat, now)?))
            .await
    }

    /// Messages that contain all words of `text` (the last one as a prefix), newest first.
    pub async fn search(&self, scope: Scope, text: &str) -> Result<Vec<Found>, ChatError> {
        self.search_by(scope, text, MessageFilter::default()).await
    }

    /// [`Self::search`] among the messages that a filter leaves.
    pub async fn search_by(&self, scope: Scope, text: &str, filter: MessageFilter) -> Result<Vec<Found>, ChatError> {
        scope.require(Permission::UseInbox)?;
        let Some(query) = Query::parse(text) else {
            return Ok(Vec::new());
        };
        self.db
            .read(move |c| Ok(find::search(c, scope.workspace, &query, &filter, Self::SEARCH_PAGE)?))
            .await
    }

    /// The message counts of each number since `since`.
    pub async fn traffic(&self, scope: Scope, since: UnixMs) -> Result<Vec<Traffic>, ChatError> {
        scope.require(Permission::UseInbox)?;
        self.db
            .read(move |c| Ok(read::traffic(c, scope.workspace, since)?))
            .await
    }

    /// How a number fares with the people it writes to.
    ///
    /// `session` is one of the workspace's own.
    pub async fn standing(&self, scope: Scope, session: SessionId) -> Result<Standing, DbError> {
        let now = self.clock.now();
        let (conversations, messages) = (now.minus(Standing::CONVERSATIONS), now.minus(Standing::MESSAGES));
        self.db
            .read(move |c| standing::standing(c, scope.workspace, session, conversations, messages))
            .await
    }

    /// The conversation of this number with a contact that a message brought, created if there is none.
    ///
    /// # Errors
    /// [`ChatError::NotFound`] for an account that is not in that message.
    pub async fn open_contact(&self, scope: Scope, message: &PublicId, account: &str) -> Result<PublicId, ChatError> {
        scope.require(Permission::UseInbox)?;
        let (message, account, now) = (message.clone(), account.to_owned(), self.clock.now());
        self.db
            .write(move |tx| {
                let message = messages::message(tx, scope.workspace, &message)?;
                let sent = match &message.detail {
                    Some(Detail::Card(Card::Contact { vcard })) if !message.deleted => vcard::read(vcard),
                    _ => Vec::new(),
                };
                if !sent.iter().any(|card| card.account().as_deref() == Some(&account)) {
                    return Err(ChatError::NotFound);
                }
                let chat = store::ref_in(tx, scope.workspace, &message.chat)?;
                let address = Address::Phone(account);
                Ok(store::open_in(tx, scope.workspace, chat.session, &address, now)?.public_id)
            })
            .await
    }

    /// Marks the conversation as read: here at once, at WhatsApp as soon as the number is connected.
    pub async fn mark_read(&self, scope: Scope, chat: &PublicId) -> Result<(), ChatError> {
        scope.require(Permission::UseInbox)?;
        let (id, now) = (chat.clone(), self.clock.now());
        let read: Option<_> = self
            .db
            .write(move |tx| {
                let chat = store::ref_in(tx, scope.workspace, &id)?;
                let any = store::progress::mark_read(tx, &chat)?;
                if any {
                    events::append(tx, scope.workspace, &Event::ChatChanged { chat: id }, now)?;
                }
                Ok::<_, ChatError>(any.then_some(chat.session))
            })
            .await?;
        if let Some(session) = read {
            self.bus.nudge(scope.workspace);
            self.receipts.read_here(session);
        }
        Ok(())
    }

    /// Shows the contact that somebody here is typing, or has stopped. Does nothing while the number is not connected.
    pub async fn typing(&self, scope: Scope, chat: &PublicId, state: TypingState) -> Result<(), ChatError> {
        scope.require(Permission::UseInbox)?;
        let id = chat.clone();
        let chat = self
            .db
            .read(move |c| Ok::<_, ChatError>(store::ref_in(c, scope.workspace, &id)?))
            .await?;
        self.receipts.typing_here(chat.session, chat.address, state);
        Ok(())
    }
}
