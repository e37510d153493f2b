//! The conversation beside the list.

use serde::Deserialize;

use super::views::{Composer, Off, Older, Thread};
use super::{Inbox, render};
use crate::chats::{Chat, ChatKind, Message, ThreadPage, Window};
use crate::ids::PublicId;
use crate::site::plans::views::LimitNotice;
use crate::site::sessions::views::SendingNote;
use crate::web::problem::PageError;

/// The requested part of a conversation; without either, its end.
#[derive(Deserialize, Default)]
pub struct Part {
    /// Messages before this one.
    pub before: Option<PublicId>,
    /// Messages around this one.
    pub at: Option<PublicId>,
}

/// What stands in the field where messages are written.
#[derive(Default)]
pub(super) struct Draft {
    pub text: String,
    pub error: Option<String>,
}

/// Draws conversations for one request.
pub(super) struct Threads<'a>(pub &'a Inbox<'a>);

impl Threads<'_> {
    pub(super) async fn thread(&self, id: &PublicId, part: Part, draft: Draft) -> Result<Thread, PageError> {
        let Inbox {
            scope,
            shell,
            chats,
            clock,
            ..
        } = self.0;
        let t = shell.t;
        let chat = chats.get(*scope, id).await?;
        let shown = match (&part.at, part.before) {
            (Some(at), _) => self.around(id, at).await?,
            (None, Some(before)) => chats.thread(*scope, id, Window::Before(before)).await?,
            (None, None) => chats.thread(*scope, id, Window::Latest).await?,
        };
        let new_from = shown.first_unread.as_ref();
        let items = render::items(t, &shown.messages, new_from, part.at.as_ref(), clock.now());
        let newer = shown.newer.as_ref().map(|last| format!("/chats/{id}?at={last}"));
        Ok(Thread {
            t,
            id: id.to_string(),
            name: render::name(t, &chat),
            avatar: render::avatar(t, &chat),
            line: render::line(t, &chat),
            reads: !shell.read_only,
            older: older(id, &shown),
            composer: self.composer(&chat, draft, newer.is_none()).await?,
            newer,
            items,
        })
    }

    pub(super) async fn older(&self, id: &PublicId, part: &Part) -> Result<Older, PageError> {
        let Inbox {
            scope,
            shell,
            chats,
            clock,
            ..
        } = self.0;
        let window = part.before.clone().map_or(Window::Latest, Window::Before);
        let shown = chats.thread(*scope, id, window).await?;
        Ok(Older {
            t: shell.t,
            older: older(id, &shown),
            items: render::items(shell.t, &shown.messages, shown.first_unread.as_ref(), None, clock.now()),
        })
    }

    /// A found message with what was said before and after it.
    async fn around(&self, id: &PublicId, at: &PublicId) -> Result<ThreadPage, PageError> {
        let Inbox { scope, chats, .. } = self.0;
        let before = chats.thread(*scope, id, Window::Before(at.clone())).await?;
        let after = chats.thread(*scope, id, Window::After(at.clone())).await?;
        let found = chats.message(*scope, at).await?;
        let mut messages: Vec<Message> = before.messages;
        messages.push(found);
        messages.extend(after.messages);
        Ok(ThreadPage {
            messages,
            older: before.older,
            newer: after.newer,
            first_unread: after.first_unread,
        })
    }

    async fn composer(&self, chat: &Chat, draft: Draft, at_end: bool) -> Result<Composer, PageError> {
        let Inbox {
            scope,
            shell,
            sessions,
            plans,
            ..
        } = self.0;
        let t = shell.t;
        let used_up = plans.messages_left(*scope).await?.filter(|day| day.left == 0);
        let session = sessions.get(*scope, &chat.session).await?;
        let text = |key: &str| t.get(key);
        let off = if shell.read_only {
            let next: String =
                url::form_urlencoded::byte_serialize(format!("/chats/{}", chat.public_id).as_bytes()).collect();
            Some(Off {
                reason: text("chats-guest"),
                help: Some((format!("/login?next={next}"), text("login-submit"))),
            })
        } else if chat.kind == ChatKind::Other {
            Some(Off {
                reason: text("chats-read-only"),
                help: None,
            })
        } else if session.is_linked() {
            None
        } else {
            Some(Off {
                reason: text("chats-logged-out"),
                help: Some(("/sessions".to_owned(), text("chats-go-sessions"))),
            })
        };
        Ok(Composer {
            t,
            chat: chat.public_id.to_string(),
            text: draft.text,
            error: draft.error,
            off,
            note: SendingNote {
                t,
                session: session.public_id.to_string(),
                shown: !session.state.can_send(),
            },
            limit: used_up.map(|day| LimitNotice::saying(shell, day.reached())),
            at_end,
            csrf: shell.csrf.clone(),
        })
    }
}

fn older(id: &PublicId, shown: &ThreadPage) -> Option<String> {
    shown.older.as_ref().map(|first| format!("/chats/{id}?before={first}"))
}
