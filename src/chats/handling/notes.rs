//! Notes: what a team writes about a chat for itself. A note is no message; nothing sends it.

use super::{Did, Handling, HandlingError, user_of};
use crate::accounts::{Forbidden, MemberRole, Permission, Scope};
use crate::chats::store::handling::{self, NewAct};
use crate::chats::store::{self as chats, notes as store};
use crate::clock::UnixMs;
use crate::db::Page;
use crate::events::{self, Event};
use crate::i18n::Text;
use crate::ids::{PublicId, TimeCursor, UserId};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    pub id: PublicId,
    pub chat: PublicId,
    /// `None` once they are gone.
    pub by: Option<UserId>,
    /// Their name.
    pub author: Option<String>,
    pub body: String,
    pub at: UnixMs,
    /// When its author changed its words last.
    pub edited_at: Option<UnixMs>,
}

/// Characters of a note.
const MOST_CHARS: usize = 10_000;

fn checked(body: &str) -> Result<(), HandlingError> {
    if body.is_empty() {
        return Err(HandlingError::field("note", Text::new("notes-empty")));
    }
    if body.chars().count() > MOST_CHARS {
        return Err(HandlingError::field("note", Text::new("notes-too-long")));
    }
    Ok(())
}

impl Handling {
    /// # Errors
    /// [`HandlingError::NotFound`], also for a chat of another workspace; [`HandlingError::Invalid`] without words.
    pub async fn add_note(&self, scope: Scope, chat: &PublicId, body: &str) -> Result<Note, HandlingError> {
        scope.require(Permission::UseInbox)?;
        let (chat, body, now) = (chat.clone(), body.trim().to_owned(), self.clock.now());
        let note = self
            .db
            .write(move |tx| {
                let to = chats::ref_in(tx, scope.workspace, &chat)?;
                checked(&body)?;
                let id = store::insert(tx, scope.workspace, to.id, user_of(scope), &body, now)?;
                let event = Event::NoteChanged { chat, note: id.clone() };
                events::append(tx, scope.workspace, &event, now)?;
                Ok::<_, HandlingError>(store::note(tx, scope.workspace, &id)?)
            })
            .await?;
        self.bus.nudge(scope.workspace);
        Ok(note)
    }

    /// What the team has written about a chat, newest first.
    ///
    /// # Errors
    /// [`HandlingError::NotFound`], also for a chat of another workspace.
    pub async fn notes(
        &self,
        scope: Scope,
        chat: &PublicId,
        before: Option<TimeCursor>,
        limit: u32,
    ) -> Result<Page<Note, TimeCursor>, HandlingError> {
        scope.require(Permission::UseInbox)?;
        let chat = chat.clone();
        self.db
            .read(move |c| {
                let chat = chats::ref_in(c, scope.workspace, &chat)?;
                Ok(store::page(c, chat.id, before.as_ref(), limit)?)
            })
            .await
    }

    /// Its author changes the words of a note; the chat's history says that it was changed.
    ///
    /// # Errors
    /// [`HandlingError::NotFound`], also for a note of another workspace; [`HandlingError::Forbidden`] to everybody else;
    /// [`HandlingError::Invalid`] without words.
    pub async fn edit_note(&self, scope: Scope, id: &PublicId, body: &str) -> Result<Note, HandlingError> {
        scope.require(Permission::UseInbox)?;
        let (id, body, now) = (id.clone(), body.trim().to_owned(), self.clock.now());
        let note = self
            .db
            .write(move |tx| {
                let note = store::note(tx, scope.workspace, &id)?;
                if note.by.is_none() || note.by != user_of(scope) {
                    return Err(HandlingError::Forbidden(Forbidden));
                }
                checked(&body)?;
                if note.body == body {
                    return Ok(note);
                }
                store::update(tx, scope.workspace, &id, &body, now)?;
                let chat = chats::ref_in(tx, scope.workspace, &note.chat)?;
                handling::record(
                    tx,
                    scope.workspace,
                    chat.id,
                    &NewAct::of_member(scope, Did::NoteEdited),
                    now,
                )?;
                let event = Event::NoteChanged {
                    chat: note.chat,
                    note: id.clone(),
                };
                events::append(tx, scope.workspace, &event, now)?;
                Ok::<_, HandlingError>(store::note(tx, scope.workspace, &id)?)
            })
            .await?;
        self.bus.nudge(scope.workspace);
        Ok(note)
    }

    /// # Errors
    /// [`HandlingError::NotFound`], also for a note of another workspace.
    pub async fn note(&self, scope: Scope, id: &PublicId) -> Result<Note, HandlingError> {
        scope.require(Permission::UseInbox)?;
        let id = id.clone();
        self.db.read(move |c| Ok(store::note(c, scope.workspace, &id)?)).await
    }

    /// Its author deletes a note, and whoever manages numbers. Returns the chat that it was on.
    ///
    /// # Errors
    /// [`HandlingError::NotFound`], also for a note of another workspace; [`HandlingError::Forbidden`].
    pub async fn delete_note(&self, scope: Scope, id: &PublicId) -> Result<PublicId, HandlingError> {
        scope.require(Permission::UseInbox)?;
        let (id, now) = (id.clone(), self.clock.now());
        let chat = self
            .db
            .write(move |tx| {
                let note = store::note(tx, scope.workspace, &id)?;
                if note.by != Some(scope.user) && scope.role == MemberRole::Agent {
                    return Err(HandlingError::Forbidden(Forbidden));
                }
                store::delete(tx, scope.workspace, &id)?;
                let event = Event::NoteChanged {
                    chat: note.chat.clone(),
                    note: id,
                };
                events::append(tx, scope.workspace, &event, now)?;
                Ok(note.chat)
            })
            .await?;
        self.bus.nudge(scope.workspace);
        Ok(chat)
    }
}
