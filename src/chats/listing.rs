//! Messages and conversations as programs read them: of one number, page by page, with both addresses of everybody.

use std::collections::{BTreeSet, HashMap};

use super::model::{
    Chat, ChatCursor, ChatError, ChatFilter, ChatKind, Found, Kind, Message, MessageFilter, Person, ReceiptOf, Sender,
    Shown,
};
use super::service::Chats;
use super::store::search::find;
use super::store::{cast, listing, read, receipts};
use crate::accounts::{Permission, Scope};
use crate::clock::UnixMs;
use crate::db::Page;
use crate::fold::Query;
use crate::ids::{ContactId, MessageId, PublicId, TimeCursor};
use crate::sessions;

/// Which messages of a number to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    pub chat: Option<PublicId>,
    /// Only our own, or only others'.
    pub from_me: Option<bool>,
    /// Any of these; empty for all.
    pub kinds: Vec<Kind>,
    /// Any of these, as messages are shown; empty for all.
    pub statuses: Vec<Shown>,
    pub since: Option<UnixMs>,
    /// Exclusive.
    pub until: Option<UnixMs>,
}

impl Listing {
    pub(super) fn admits(&self, from_me: bool, kind: Kind, status: Shown) -> bool {
        self.from_me.is_none_or(|wanted| wanted == from_me)
            && (self.kinds.is_empty() || self.kinds.contains(&kind))
            && (self.statuses.is_empty() || self.statuses.contains(&status))
    }
}

/// A person or a number of ours, with both addresses as far as they are known.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// `None` for our own account, and for who is no contact.
    pub contact: Option<PublicId>,
    pub name: Option<String>,
    /// Digits of E.164 without the plus.
    pub phone: Option<String>,
    /// With its server.
    pub lid: Option<String>,
}

/// What a message belongs to.
#[derive(Clone)]
pub struct Conversation {
    pub kind: ChatKind,
    /// A group's.
    pub subject: Option<String>,
    /// Where messages are sent.
    pub address: String,
    /// Who is at the other end; of a group nobody.
    pub party: Party,
}

/// When a message of ours got how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    pub sent: Option<UnixMs>,
    pub delivered: Option<UnixMs>,
    pub read: Option<UnixMs>,
    pub played: Option<UnixMs>,
}

/// Everybody in some messages or conversations of one number.
#[derive(Clone, Default)]
pub struct Cast {
    /// The number itself.
    pub own: Party,
    pub conversations: HashMap<PublicId, Conversation>,
    /// Of our own messages.
    pub times: HashMap<MessageId, Times>,
    pub(super) by_contact: HashMap<ContactId, Party>,
    pub(super) by_address: HashMap<String, Party>,
}

impl Cast {
    /// Who wrote something.
    #[must_use]
    pub fn sender(&self, sender: &Sender) -> Party {
        let known = self.by_contact.get(&sender.contact).cloned();
        known.unwrap_or_else(|| Party {
            name: sender.name.clone(),
            phone: sender.phone.clone(),
            ..Party::default()
        })
    }

    /// Who is meant by an address.
    #[must_use]
    pub fn person(&self, person: &Person) -> Party {
        if person.ours {
            return self.own.clone();
        }
        let address = person.address.to_string();
        let known = self.by_address.get(&address).cloned();
        known.unwrap_or_else(|| Party {
            contact: None,
            name: person.name.clone(),
            phone: person.phone.clone(),
            lid: Some(address).filter(|address| address.ends_with("@lid")),
        })
    }
}

impl Chats {
    /// # Errors
    /// [`ChatError::NotFound`] for a number of another workspace.
    pub async fn known(&self, scope: Scope, session: &PublicId) -> Result<(), ChatError> {
        scope.require(Permission::UseInbox)?;
        let (session, workspace) = (session.clone(), scope.workspace);
        self.db
            .read(move |c| Ok(sessions::find_in(c, workspace, &session).map(drop)?))
            .await
    }

    /// A page of a number's messages, newest first. With a filter a page may be short, or empty, and still have a next.
    ///
    /// # Errors
    /// [`ChatError::NotFound`], also for a number or a conversation of another workspace.
    pub async fn messages_of(
        &self,
        scope: Scope,
        session: &PublicId,
        listing: Listing,
        after: Option<TimeCursor>,
        limit: u32,
    ) -> Result<(Page<Message, TimeCursor>, Cast), ChatError> {
        scope.require(Permission::UseInbox)?;
        let (session, workspace) = (session.clone(), scope.workspace);
        self.db
            .read(move |c| {
                let session = sessions::find_in(c, workspace, &session)?;
                let page = listing::page(c, (workspace, session), &listing, after.as_ref(), limit)?;
                let cast = cast::of_messages(c, workspace, session, &page.rows)?;
                Ok((page, cast))
            })
            .await
    }

    /// One message of a number, also one that shows on another only, like a reaction.
    ///
    /// # Errors
    /// [`ChatError::NotFound`], also for a message of another number.
    pub async fn message_of(
        &self,
        scope: Scope,
        session: &PublicId,
        message: &PublicId,
    ) -> Result<(Message, Cast), ChatError> {
        scope.require(Permission::UseInbox)?;
        let (session, message, workspace) = (session.clone(), message.clone(), scope.workspace);
        self.db
            .read(move |c| {
                let session = sessions::find_in(c, workspace, &session)?;
                let message = listing::message(c, workspace, session, &message)?;
                let cast = cast::of_messages(c, workspace, session, std::slice::from_ref(&message))?;
                Ok((message, cast))
            })
            .await
    }

    /// Who got and who read a message of ours in a group, the latest first.
    ///
    /// # Errors
    /// [`ChatError::NotFound`], also for a message of another number.
    pub async fn receipts_of(
        &self,
        scope: Scope,
        session: &PublicId,
        message: &PublicId,
    ) -> Result<(Vec<ReceiptOf>, Cast), ChatError> {
        scope.require(Permission::UseInbox)?;
        let (session, message, workspace) = (session.clone(), message.clone(), scope.workspace);
        self.db
            .read(move |c| {
                let session = sessions::find_in(c, workspace, &session)?;
                let message = listing::message(c, workspace, session, &message)?.public_id;
                let receipts = receipts::by_member(c, workspace, &message)?;
                let members = receipts.iter().map(|receipt| &receipt.member);
                let cast = cast::of_people(c, workspace, session, members)?;
                Ok((receipts, cast))
            })
            .await
    }

    /// A page of what a search finds among a number's messages; `filter.before` is where the page before ended.
    ///
    /// # Errors
    /// [`ChatError::NotFound`] for a number of another workspace.
    pub async fn search_of(
        &self,
        scope: Scope,
        session: &PublicId,
        text: &str,
        filter: MessageFilter,
        limit: u32,
    ) -> Result<(Page<Message, PublicId>, Cast), ChatError> {
        scope.require(Permission::UseInbox)?;
        let (session, workspace, query) = (session.clone(), scope.workspace, Query::parse(text));
        self.db
            .read(move |c| {
                let id = sessions::find_in(c, workspace, &session)?;
                let filter = MessageFilter {
                    session: Some(session),
                    ..filter
                };
                let found = match &query {
                    Some(query) => find::search(c, workspace, query, &filter, limit + 1)?,
                    None => Vec::new(),
                };
                let found = found.into_iter().map(|Found { message, .. }| message).collect();
                let page = Page::of(found, limit as usize, |last: &Message| last.public_id.clone());
                let cast = cast::of_messages(c, workspace, id, &page.rows)?;
                Ok((page, cast))
            })
            .await
    }

    /// A page of a number's conversations, the one with the newest message first.
    ///
    /// # Errors
    /// [`ChatError::NotFound`] for a number of another workspace.
    pub async fn chats_of(
        &self,
        scope: Scope,
        session: &PublicId,
        filter: ChatFilter,
        after: Option<ChatCursor>,
        limit: u32,
    ) -> Result<(Page<Chat, ChatCursor>, Cast), ChatError> {
        scope.require(Permission::UseInbox)?;
        let (session, workspace) = (session.clone(), scope.workspace);
        self.db
            .read(move |c| {
                let id = sessions::find_in(c, workspace, &session)?;
                let filter = ChatFilter {
                    session: Some(session),
                    ..filter
                };
                let page = read::list(c, workspace, &filter, after.as_ref(), limit)?;
                let chats: BTreeSet<&PublicId> = page.rows.iter().map(|chat| &chat.public_id).collect();
                let cast = cast::of_chats(c, workspace, id, &chats)?;
                Ok((page, cast))
            })
            .await
    }

    /// One conversation of a number.
    ///
    /// # Errors
    /// [`ChatError::NotFound`], also for a conversation of another number.
    pub async fn chat_of(&self, scope: Scope, session: &PublicId, chat: &PublicId) -> Result<(Chat, Cast), ChatError> {
        scope.require(Permission::UseInbox)?;
        let (session, chat, workspace) = (session.clone(), chat.clone(), scope.workspace);
        self.db
            .read(move |c| {
                let id = sessions::find_in(c, workspace, &session)?;
                let chat = read::chat(c, workspace, &chat)?;
                if chat.session != session {
                    return Err(ChatError::NotFound);
                }
                let cast = cast::of_chats(c, workspace, id, &BTreeSet::from([&chat.public_id]))?;
                Ok((chat, cast))
            })
            .await
    }
}
