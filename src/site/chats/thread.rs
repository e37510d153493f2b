//! The conversation beside the list.

use rusqlite::Connection;
use serde::Deserialize;

use super::acting;
use super::handling::bar::{self, HandlingBar};
use super::handling::notes::{self, NoteView};
use super::history::{self, Beginning, Reached};
use super::inbox::Inbox;
use super::views::{Composer, Off, Older, OlderLink, Thread, TrayFile};
use super::{groups, render, schedule, timeline, weight};
use crate::accounts::Scope;
use crate::chats::{
    self, Assignee, Chat, ChatKind, ChatRef, Chats, Closed, Message, Note, Pinned, Scheduled, ThreadPage, Window,
};
use crate::clock::UnixMs;
use crate::db;
use crate::i18n::T;
use crate::ids::{PublicId, WorkspaceId};
use crate::plans::{self, MessagesLeft};
use crate::sessions::{self, Session};
use crate::site::plans::views::LimitNotice;
use crate::site::sessions::views::SendingNote;
use crate::web::address::login_then;

/// The requested part of a conversation; without either, its end.
#[derive(Deserialize, Default)]
pub struct Part {
    /// Messages before this one.
    pub before: Option<PublicId>,
    /// Messages around this one.
    pub at: Option<PublicId>,
    /// The message that is being answered.
    pub reply: Option<PublicId>,
}

impl Part {
    pub(super) fn window(&self) -> Window {
        match (self.at.clone(), self.before.clone()) {
            (Some(at), _) => Window::Around(at),
            (None, Some(before)) => Window::Before(before),
            (None, None) => Window::Latest,
        }
    }
}

/// The content of the composer.
#[derive(Default)]
pub(super) struct Draft {
    pub text: String,
    /// Files beside it.
    pub files: Vec<TrayFile>,
    pub once: bool,
    pub error: Option<String>,
    pub focused: bool,
}

/// The rows of a conversation.
pub(super) struct ThreadRows {
    chat: Chat,
    session: Session,
    shown: ThreadPage,
    found: Option<PublicId>,
    pins: Vec<Pinned>,
    notes: Vec<Note>,
    /// Written for later.
    scheduled: Vec<Scheduled>,
    /// What the reader has begun to write.
    begun: Option<String>,
    /// The last time that its phone was asked for older messages.
    asked: Option<chats::Older>,
    /// Whom it can be assigned to.
    members: Vec<Assignee>,
    /// `None` without a daily limit.
    left: Option<MessagesLeft>,
    answered: Option<Message>,
    /// Why nothing can be written in a group.
    closed: Option<Closed>,
}

impl ThreadRows {
    pub(super) fn read(c: &Connection, scope: Scope, chat: &PublicId, part: Part, now: UnixMs) -> db::Result<Self> {
        let (shown, notes) = page_with_notes(c, scope.workspace, chat, &part.window())?;
        let place = chats::ref_in(c, scope.workspace, chat)?;
        let row = chats::chat_in(c, scope.workspace, chat)?;
        Ok(Self {
            closed: closed_in(c, &place)?,
            asked: chats::older_in(c, place.id, now)?,
            session: sessions::get_in(c, scope.workspace, &row.session)?,
            chat: row,
            shown,
            notes,
            scheduled: chats::scheduled_of_in(c, place.id)?,
            begun: chats::draft_in(c, scope.workspace, chat, scope.user)?,
            answered: part
                .reply
                .as_ref()
                .map(|message| chats::message_in(c, scope.workspace, message))
                .transpose()?
                .filter(|message| message.chat == *chat),
            found: part.at,
            pins: chats::pins_in(c, scope.workspace, chat, now)?,
            members: chats::assignable_in(c, scope.workspace)?,
            left: plans::messages_left_in(c, scope.workspace, now)?,
        })
    }
}

fn closed_in(c: &Connection, chat: &ChatRef) -> db::Result<Option<Closed>> {
    match chat.kind {
        ChatKind::Group => chats::closed_group_in(c, chat.session, chat.id),
        _ => Ok(None),
    }
}

/// A page of a conversation, and the notes from its time.
pub(super) fn page_with_notes(
    c: &Connection,
    workspace: WorkspaceId,
    chat: &PublicId,
    window: &Window,
) -> db::Result<(ThreadPage, Vec<Note>)> {
    let mut shown = chats::thread_in(c, workspace, chat, window, Chats::PAGE)?;
    let at = match window {
        Window::Around(at) => Some(at),
        _ => None,
    };
    weight::fit(&mut shown, at);
    let first = shown.messages.first().filter(|_| shown.older.is_some());
    let from = first.map_or(UnixMs(i64::MIN), |first| first.at);
    let until = match window {
        // The page after this one begins with it.
        Window::Before(next) => chats::message_in(c, workspace, next)?.at,
        _ => match shown.messages.last().filter(|_| shown.newer.is_some()) {
            Some(last) => last.at,
            None => UnixMs(i64::MAX),
        },
    };
    let notes = chats::notes_in(c, chats::ref_in(c, workspace, chat)?.id, from, until)?;
    Ok((shown, notes))
}

impl Inbox {
    /// Notes as the page of this reader shows them.
    fn notes_of(&self, notes: &[Note]) -> Vec<(PublicId, UnixMs, NoteView)> {
        let view = |note: &Note| NoteView {
            csrf: self.frame.csrf.clone(),
            ..notes::view(self.frame.t, self.scope, note)
        };
        let view = |note: &Note| {
            let view = view(note);
            NoteView {
                deletes: !self.frame.read_only && view.deletes,
                edits: !self.frame.read_only && view.edits,
                ..view
            }
        };
        notes
            .iter()
            .map(|note| (note.chat.clone(), note.at, view(note)))
            .collect()
    }

    pub(super) fn thread_of(&self, rows: ThreadRows, draft: Draft) -> Thread {
        let t = self.frame.t;
        let ThreadRows {
            chat,
            mut session,
            shown,
            found,
            pins,
            notes,
            scheduled,
            begun,
            asked,
            members,
            left,
            answered,
            closed,
        } = rows;
        self.sessions.complete(std::slice::from_mut(&mut session));
        let draft = Draft {
            // What comes back with an error is newer.
            text: match begun {
                Some(begun) if draft.error.is_none() => begun,
                _ => draft.text.clone(),
            },
            ..draft
        };
        let id = &chat.public_id;
        let newer = shown.newer.as_ref().map(|last| format!("/chats/{id}?at={last}"));
        let new_from = shown.first_unread.as_ref();
        Thread {
            t,
            id: id.to_string(),
            name: render::name(t, &chat),
            avatar: render::avatar(t, &chat),
            line: render::line(t, &chat),
            reads: !self.frame.read_only,
            handling: HandlingBar {
                csrf: self.frame.csrf.clone(),
                acts: !self.frame.read_only,
                ..bar::of(t, &chat, &members, self.now())
            },
            pins: render::pin_bar(t, id, &pins),
            older: older(t, id, &shown),
            beginning: self
                .beginning(id, &shown, asked.as_ref(), Reached::AtOnce(shown.messages.len()))
                .filter(|_| session.is_linked() && chat.kind != ChatKind::Other),
            items: timeline::items(
                t,
                &shown.messages,
                self.notes_of(&notes),
                new_from,
                found.as_ref(),
                self.now(),
            ),
            scheduled: schedule::in_chat(t, id, &scheduled),
            composer: Composer {
                quoting: answered.map(|message| acting::quoting(t, &message)),
                ..self.composer((&chat, closed), &session, left, draft, newer.is_none())
            },
            newer,
        }
    }

    /// What stands above the first message there is.
    fn beginning(
        &self,
        chat: &PublicId,
        shown: &ThreadPage,
        asked: Option<&chats::Older>,
        reached: Reached,
    ) -> Option<Beginning> {
        let first = shown.messages.first().filter(|_| shown.older.is_none())?;
        (!self.frame.read_only).then(|| Beginning {
            csrf: self.frame.csrf.clone(),
            ..history::beginning(self.frame.t, chat, &first.public_id, asked, reached)
        })
    }

    pub(super) fn older_of(
        &self,
        chat: &PublicId,
        shown: &ThreadPage,
        notes: &[Note],
        asked: Option<&chats::Older>,
    ) -> Older {
        let t = self.frame.t;
        Older {
            t,
            older: older(t, chat, shown),
            beginning: self.beginning(chat, shown, asked, Reached::ByScrolling),
            items: timeline::items(
                t,
                &shown.messages,
                self.notes_of(notes),
                shown.first_unread.as_ref(),
                None,
                self.now(),
            ),
        }
    }

    fn composer(
        &self,
        (chat, closed): (&Chat, Option<Closed>),
        session: &Session,
        left: Option<MessagesLeft>,
        draft: Draft,
        at_end: bool,
    ) -> Composer {
        let (frame, t) = (&self.frame, self.frame.t);
        let used_up = left.filter(|day| day.left == 0);
        let text = |key: &str| t.get(key);
        let off = if frame.read_only {
            let login = login_then(&format!("/chats/{}", chat.public_id));
            Some(Off {
                reason: text("chats-guest"),
                help: Some((login, text("login-submit"))),
            })
        } else if chat.kind == ChatKind::Other {
            Some(Off {
                reason: text("chats-read-only"),
                help: None,
            })
        } else if let Some(closed) = closed {
            Some(groups::off(t, closed))
        } else if session.is_linked() {
            None
        } else {
            Some(Off {
                reason: text("chats-logged-out"),
                help: Some(("/sessions".to_owned(), text("chats-go-sessions"))),
            })
        };
        Composer {
            t,
            chat: chat.public_id.to_string(),
            is_group: chat.kind == ChatKind::Group,
            quoting: None,
            text: draft.text,
            files: draft.files,
            once: draft.once,
            focused: draft.focused,
            error: draft.error,
            off,
            note: SendingNote {
                t,
                session: session.public_id.to_string(),
                shown: !session.state.can_send(),
            },
            limit: used_up.map(|day| LimitNotice::saying(frame, &day.reached())),
            at_end,
            csrf: frame.csrf.clone(),
        }
    }
}

fn older(t: T, id: &PublicId, shown: &ThreadPage) -> Option<OlderLink> {
    shown.older.as_ref().map(|first| OlderLink::before(t, id, first))
}
