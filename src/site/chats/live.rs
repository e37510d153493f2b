//! Live updates of chats: new messages, ticks, typing, the badge of the inbox.

use async_trait::async_trait;
use serde_json::json;

use super::handling::{bar, notes};
use super::history::{self, Reached};
use super::views::{AnsweringLine, OlderLink};
use super::{groups, render, rows, schedule};
use crate::chats::{Chat, ChatError, Chats, Handling, HandlingError, Message};
use crate::clock::{Clock, UnixMs};
use crate::db;
use crate::events::{Event, Row, Transient};
use crate::ids::PublicId;
use crate::outbox::{OutboxError, Scheduler};
use crate::web::sse::{LiveRoom, Push, Viewer};
use crate::web::views::{Badge, partial, partial_text};

/// The inbox's live updates.
pub struct ChatsLive {
    chats: Chats,
    handling: Handling,
    scheduler: Scheduler,
    clock: Clock,
}

impl ChatsLive {
    #[must_use]
    pub fn new(chats: Chats, handling: Handling, scheduler: Scheduler, clock: Clock) -> Self {
        Self {
            chats,
            handling,
            scheduler,
            clock,
        }
    }

    /// Adds a new message where its conversation is open, and refreshes the list everywhere.
    async fn arrived(&self, viewer: &Viewer, chat: &PublicId, message: &PublicId) -> db::Result<Vec<Push>> {
        let Some(message) = self.message(viewer, message).await? else {
            return Ok(Vec::new());
        };
        let arrival = render::arrival(viewer.t, &message, self.clock.now());
        let mut html = partial(&format!("#messages-{chat}"), "beforeend", &arrival);
        // Pages that were opened before two conversations became one.
        for former in or_nothing(self.chats.former_ids(viewer.scope, chat).await)?.unwrap_or_default() {
            html.push_str(&partial(&format!("#messages-{former}"), "beforeend", &arrival));
        }
        if message.from_me {
            return Ok(vec![Push::Html(html), list_changed()]);
        }
        html.push_str(&self.badge(viewer).await?);
        let mut pushes = vec![Push::Html(html), list_changed()];
        pushes.extend(self.notice(viewer, &message).await?);
        Ok(pushes)
    }

    /// What a page may tell somebody who does not look at it.
    async fn notice(&self, viewer: &Viewer, message: &Message) -> db::Result<Option<Push>> {
        let chat = self.chat(viewer, &message.chat).await?.filter(|_| message.unread);
        Ok(chat.map(|chat| {
            let data = json!({
                "id": message.public_id, "chat": chat.public_id, "at": message.at.0,
                "title": render::name(viewer.t, &chat), "text": render::preview(viewer.t, &chat).text,
            });
            Push::Named {
                event: "notice",
                data: data.to_string(),
            }
        }))
    }

    /// Replaces a message that looks different now.
    async fn changed(&self, viewer: &Viewer, message: &PublicId) -> db::Result<Vec<Push>> {
        let Some(message) = self.message(viewer, message).await? else {
            return Ok(Vec::new());
        };
        let place = format!("#message-{}", message.public_id);
        let bubble = render::bubble(viewer.t, &message);
        // Another message shows in the place of one that is no longer shown.
        let how = if message.shown { "outerMorph" } else { "delete" };
        let html = partial(&place, how, &bubble);
        Ok(vec![Push::Html(html), list_changed()])
    }

    async fn badge(&self, viewer: &Viewer) -> db::Result<String> {
        let count = or_nothing(self.chats.unread_chats(viewer.scope).await)?.unwrap_or(0);
        let badge = |id| {
            let count = u64::from(count);
            partial(&format!("#{id}"), "outerHTML", &Badge { id, count })
        };
        Ok(badge("nav-unread") + &badge("chip-unread"))
    }

    async fn pins(&self, viewer: &Viewer, chat: &PublicId) -> db::Result<String> {
        let pins = or_nothing(self.chats.pins(viewer.scope, chat).await)?;
        let html = |pins: Vec<_>| {
            partial(
                &format!("#pins-{chat}"),
                "outerHTML",
                &render::pin_bar(viewer.t, chat, &pins),
            )
        };
        Ok(pins.map(html).unwrap_or_default())
    }

    /// What became of asking for older messages, where the first message of then is the first one shown.
    async fn beginning(&self, viewer: &Viewer, chat: &PublicId) -> db::Result<String> {
        let Some(older) = or_nothing(self.chats.older(viewer.scope, chat).await)?.flatten() else {
            return Ok(String::new());
        };
        let place = format!("#history-{chat}[data-from={}]", older.from);
        Ok(if older.came {
            partial(&place, "outerHTML", &OlderLink::before(viewer.t, chat, &older.from))
        } else {
            let block = history::beginning(viewer.t, chat, &older.from, Some(&older), Reached::Already);
            partial(&place, "outerHTML", &block)
        })
    }

    /// Its name, whose it is and what can be done with it, above the conversation.
    async fn bar(&self, viewer: &Viewer, chat: &PublicId) -> db::Result<String> {
        let Some(chat) = self.chat(viewer, chat).await? else {
            return Ok(String::new());
        };
        let members = match self.handling.members(viewer.scope).await {
            Ok(members) => members,
            Err(HandlingError::Db(error)) => return Err(error),
            Err(_) => return Ok(String::new()),
        };
        let place = format!("#handling-{}:not([data-guest])", chat.public_id);
        let bar = bar::of(viewer.t, &chat, &members, self.clock.now());
        let name = partial_text(&format!("#name-{}", chat.public_id), &render::name(viewer.t, &chat));
        Ok(name + &partial(&place, "outerMorph", &bar))
    }

    /// Why nothing can be written in a group any more, in the place of the composer.
    async fn closed(&self, viewer: &Viewer, chat: &PublicId) -> db::Result<String> {
        let closed = or_nothing(self.chats.closed(viewer.scope, chat).await)?.flatten();
        let html = |closed| {
            let off = groups::ComposerOff {
                chat: chat.to_string(),
                off: groups::off(viewer.t, closed),
            };
            partial(&format!("#composer-{chat}"), "outerHTML", &off)
        };
        Ok(closed.map(html).unwrap_or_default())
    }

    /// What was written for later, below the conversation.
    async fn scheduled(&self, viewer: &Viewer, chat: &PublicId) -> db::Result<String> {
        let rows = match self.scheduler.of_chat(viewer.scope, chat).await {
            Ok(rows) => rows,
            Err(OutboxError::Db(error)) => return Err(error),
            Err(_) => return Ok(String::new()),
        };
        let place = format!("#scheduled-{chat}");
        // The element stays, since a reply that is on its way has it as its target.
        Ok(partial(&place, "outerMorph", &schedule::in_chat(viewer.t, chat, &rows)))
    }

    /// A note at the end of the conversation, in its place with other words, or gone from it.
    async fn note(&self, viewer: &Viewer, chat: &PublicId, note: &PublicId, at: UnixMs) -> db::Result<Vec<Push>> {
        let html = match self.handling.note(viewer.scope, note).await {
            Ok(note) if note.at != at => {
                let view = notes::view(viewer.t, viewer.scope, &note);
                partial(&format!("#note-{}", note.id), "outerMorph", &view)
            }
            Ok(note) => {
                let arrival = notes::arrival(viewer.t, viewer.scope, &note, self.clock.now());
                partial(&format!("#messages-{chat}"), "beforeend", &arrival)
            }
            Err(HandlingError::NotFound) => note_gone(note),
            Err(HandlingError::Db(error)) => return Err(error),
            Err(_) => return Ok(Vec::new()),
        };
        Ok(vec![Push::Html(html), list_changed()])
    }

    async fn message(&self, viewer: &Viewer, message: &PublicId) -> db::Result<Option<Message>> {
        or_nothing(self.chats.message(viewer.scope, message).await)
    }

    async fn chat(&self, viewer: &Viewer, chat: &PublicId) -> db::Result<Option<Chat>> {
        or_nothing(self.chats.get(viewer.scope, chat).await)
    }
}

/// A deleted or inaccessible row changes nothing on the page.
fn or_nothing<T>(result: Result<T, ChatError>) -> db::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(ChatError::NotFound | ChatError::Forbidden(_)) => Ok(None),
        Err(ChatError::Db(error)) => Err(error),
    }
}

/// Takes a note from the page.
fn note_gone(note: &PublicId) -> String {
    format!("<hx-partial hx-target=\"#note-{note}\" hx-swap=\"delete\"></hx-partial>")
}

fn list_changed() -> Push {
    Push::Named {
        event: "chats-changed",
        data: String::new(),
    }
}

#[async_trait]
impl LiveRoom for ChatsLive {
    async fn event(&self, viewer: &Viewer, row: &Row) -> db::Result<Vec<Push>> {
        match &row.event {
            Event::MessageReceived { chat, message, .. } | Event::MessageQueued { chat, message, .. } => {
                self.arrived(viewer, chat, message).await
            }
            Event::MessageStatus { message, .. } | Event::MessageChanged { message, .. } => {
                self.changed(viewer, message).await
            }
            Event::ChatChanged { chat } => {
                let html = self.badge(viewer).await?
                    + &self.pins(viewer, chat).await?
                    + &self.bar(viewer, chat).await?
                    + &self.closed(viewer, chat).await?
                    + &self.scheduled(viewer, chat).await?
                    + &self.beginning(viewer, chat).await?;
                Ok(vec![Push::Html(html), list_changed()])
            }
            Event::NoteChanged { chat, note } => self.note(viewer, chat, note, row.at).await,
            Event::SessionStatus { .. } | Event::PlanChanged { .. } => Ok(Vec::new()),
        }
    }

    async fn transient(&self, viewer: &Viewer, news: &Transient) -> db::Result<Vec<Push>> {
        if let Transient::Answering { chat, user, name } = news {
            if *user == viewer.scope.user {
                return Ok(Vec::new());
            }
            let line = AnsweringLine {
                t: viewer.t,
                chat: chat.to_string(),
                name: Some(name.clone()),
            };
            return Ok(vec![Push::Html(partial(
                &format!("#answering-{chat}"),
                "outerHTML",
                &line,
            ))]);
        }
        let Transient::Typing {
            chat,
            active,
            recording,
        } = news
        else {
            return Ok(Vec::new());
        };
        let Some(chat) = self.chat(viewer, chat).await? else {
            return Ok(Vec::new());
        };
        let t = viewer.t;
        let word = if *recording { "typing-recording" } else { "typing" };
        let typing = active.then(|| t.get(word));
        let mut preview = render::preview(t, &chat);
        preview.typing.clone_from(&typing);
        let begun = self.handling.draft(viewer.scope, &chat.public_id).await;
        preview.draft = begun.ok().flatten().map(|body| rows::draft(&body));
        let mut html = partial(
            &format!("#typing-{}", chat.public_id),
            "outerHTML",
            &render::typing_line(t, &chat, typing),
        );
        html.push_str(&partial(&format!("#preview-{}", chat.public_id), "outerHTML", &preview));
        Ok(vec![Push::Html(html)])
    }
}
