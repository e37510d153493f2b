//! The data of every page of the inbox: the reader, and the rows it shows, from one read transaction.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{Error, FromRequest, HttpRequest};
use rusqlite::Connection;

use super::beginning;
use super::handling::tabs::{self, Tabs};
use super::list::{Asked, ListRows};
use super::thread::{Draft, Part, ThreadRows};
use super::views::{ChatList, ChatsPage, Older, Thread};
use crate::accounts::{Permission, Scope};
use crate::chats::{self, ChatError};
use crate::clock::{Clock, UnixMs};
use crate::db::{self, Db};
use crate::ids::PublicId;
use crate::sessions::{self, Session, Sessions};
use crate::web::auth::provided;
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::{PageError, Problem, extractor_error};
use crate::web::views::Field;

/// The inbox as this reader sees it.
pub struct Inbox {
    pub(super) scope: Scope,
    pub(super) frame: PageFrame,
    clock: Clock,
    db: Db,
    pub(super) sessions: Sessions,
}

impl Inbox {
    pub(super) fn now(&self) -> UnixMs {
        self.clock.now()
    }

    /// The whole page, with the conversation beside the list.
    pub(super) async fn page(
        &self,
        asked: &Asked,
        open: Option<(&PublicId, Part, Draft)>,
    ) -> Result<ChatsPage, PageError> {
        let (scope, now, wanted) = (
            self.scope,
            self.now(),
            asked.wanted(self.scope.user, self.now(), self.frame.t.zone)?,
        );
        let chat = open.as_ref().map(|(chat, ..)| (*chat).clone());
        let (part, draft) = open.map(|(_, part, draft)| (part, draft)).unzip();
        let shown = chat.clone();
        let (mut numbers, counts, labels, list, thread) = self
            .read(move |c| {
                let numbers = sessions::list_in(c, scope.workspace)?;
                let counts = chats::counts_in(c, scope.workspace)?;
                let labels = chats::labels_in(c, scope.workspace)?;
                let list = ListRows::read(c, scope, &wanted)?;
                let thread = shown
                    .zip(part)
                    .map(|(chat, part)| ThreadRows::read(c, scope, &chat, part, now));
                Ok((numbers, counts, labels, list, thread.transpose()?))
            })
            .await?;
        self.sessions.complete(&mut numbers);
        let (frame, to) = (&self.frame, Field::default());
        let new_chat = (!frame.read_only).then(|| beginning::form(frame.t, &frame.csrf, &numbers, "", to));
        let nothing_linked = !numbers.iter().any(Session::is_linked);
        let list = self.list_of(list, asked, chat.as_ref(), numbers.len() > 1);
        Ok(ChatsPage {
            frame: self.frame.clone().at(Section::Chats),
            query: asked.query().to_owned(),
            filter: asked.filter().to_owned(),
            shelf: asked.parameters(),
            tabs: self.tabs_of(asked, &counts, &numbers, &labels, self.frame.unread),
            nothing_linked: nothing_linked && list.rows.is_empty() && list.results.is_none(),
            list,
            thread: thread.map(|rows| self.thread_of(rows, draft.unwrap_or_default())),
            panel: None,
            new_chat,
        })
    }

    /// The list alone, or its next rows; and the chips above it.
    pub(super) async fn list(&self, asked: &Asked) -> Result<(ChatList, Tabs), PageError> {
        let (scope, wanted) = (
            self.scope,
            asked.wanted(self.scope.user, self.now(), self.frame.t.zone)?,
        );
        let workspace = scope.workspace;
        let (numbers, counts, labels, unread, rows) = self
            .read(move |c| {
                Ok((
                    sessions::list_in(c, workspace)?,
                    chats::counts_in(c, workspace)?,
                    chats::labels_in(c, workspace)?,
                    // The frame of a fragment counts nothing.
                    chats::unread_chats_in(c, workspace)?,
                    ListRows::read(c, scope, &wanted)?,
                ))
            })
            .await?;
        let list = self.list_of(rows, asked, None, numbers.len() > 1);
        let tabs = self.tabs_of(asked, &counts, &numbers, &labels, u64::from(unread));
        Ok((list, tabs))
    }

    fn tabs_of(
        &self,
        asked: &Asked,
        counts: &chats::Counts,
        numbers: &[Session],
        labels: &[chats::Label],
        unread: u64,
    ) -> Tabs {
        let known = tabs::Known {
            user: self.scope.user,
            counts,
            numbers,
            labels,
            unread,
        };
        tabs::of(self.frame.t, asked, &known)
    }

    /// The conversation alone.
    pub(super) async fn thread(&self, chat: &PublicId, part: Part, draft: Draft) -> Result<Thread, PageError> {
        let (scope, now, chat) = (self.scope, self.now(), chat.clone());
        let rows = self.read(move |c| ThreadRows::read(c, scope, &chat, part, now)).await?;
        Ok(self.thread_of(rows, draft))
    }

    /// The messages before the part that the page shows.
    pub(super) async fn older(&self, chat: &PublicId, part: Part) -> Result<Older, PageError> {
        let (workspace, id, now) = (self.scope.workspace, chat.clone(), self.now());
        let window = Part { at: None, ..part }.window();
        let ((shown, notes), asked) = self
            .read(move |c| {
                let asked = chats::older_in(c, chats::ref_in(c, workspace, &id)?.id, now)?;
                Ok((super::thread::page_with_notes(c, workspace, &id, &window)?, asked))
            })
            .await?;
        Ok(self.older_of(chat, &shown, &notes, asked.as_ref()))
    }

    /// One read transaction, so one snapshot, for everything a page shows.
    async fn read<R, F>(&self, f: F) -> Result<R, ChatError>
    where
        R: Send + 'static,
        F: FnOnce(&Connection) -> db::Result<R> + Send + 'static,
    {
        self.scope.require(Permission::UseInbox)?;
        self.db.read(move |c| Ok(f(c)?)).await
    }
}

impl FromRequest for Inbox {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (frame, scope) = (PageFrame::from_request(req, payload), Scope::from_request(req, payload));
        let req = req.clone();
        Box::pin(async move {
            let refused = |problem: Problem| extractor_error(problem, &req);
            Ok(Self {
                scope: scope.await?,
                clock: provided(&req, "a clock").map_err(refused)?,
                db: provided(&req, "a database").map_err(refused)?,
                sessions: provided(&req, "sessions").map_err(refused)?,
                frame: frame.await?,
            })
        })
    }
}
