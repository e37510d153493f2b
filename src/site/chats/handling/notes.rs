//! Notes in the conversation: seen by the team, never sent.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use askama::Template;
use serde::Deserialize;

use super::super::inbox::Inbox;
use super::super::rich::{Rich, rich};
use super::super::timeline;
use super::super::views::DayView;
use crate::accounts::{MemberRole, Scope};
use crate::chats::{Handling, Note};
use crate::clock::UnixMs;
use crate::i18n::{Stamp, T};
use crate::ids::PublicId;
use crate::web::filters;
use crate::web::htmx;
use crate::web::problem::PageError;
use crate::web::render_mode::{RenderMode, html};
use crate::web::views::fragments;

fragments!(NoteView);

#[derive(Template, Clone, Debug)]
#[template(path = "chats/_note.html")]
pub struct NoteView {
    pub t: T,
    pub id: String,
    pub author: String,
    pub text: Rich,
    pub at: Stamp,
    /// The reader may delete it.
    pub deletes: bool,
    /// For the form without JavaScript; empty where a script sends it.
    pub csrf: String,
}

/// A note for the end of a conversation, with its day heading, which the page drops if it has it.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_note_arrival.html")]
pub struct NoteArrival {
    pub day: DayView,
    pub note: NoteView,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct NoteForm {
    note: String,
}

pub(in crate::site::chats) fn view(t: T, scope: Scope, note: &Note) -> NoteView {
    NoteView {
        t,
        id: note.id.to_string(),
        author: note.author.clone().unwrap_or_else(|| t.get("handling-somebody")),
        text: rich(&note.body, &[]),
        at: t.at(note.at),
        deletes: note.by == Some(scope.user) || scope.role != MemberRole::Agent,
        csrf: String::new(),
    }
}

pub(in crate::site::chats) fn arrival(t: T, scope: Scope, note: &Note, now: UnixMs) -> NoteArrival {
    NoteArrival {
        day: timeline::day(t, &note.chat, note.at, now),
        note: view(t, scope, note),
    }
}

/// `POST /chats/{chat}/notes`: the response is the note at the end of the conversation.
pub async fn add(
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    form: Form<NoteForm>,
    handling: Data<Handling>,
) -> Result<HttpResponse, PageError> {
    let note = handling.add_note(inbox.scope, &id, &form.note).await?;
    Ok(match mode {
        RenderMode::Fragment => html(StatusCode::OK, &arrival(inbox.frame.t, inbox.scope, &note, inbox.now())),
        RenderMode::Page => htmx::see_other(&format!("/chats/{id}")),
    })
}

/// `POST /chats/notes/{note}/delete`.
pub async fn delete(
    mode: RenderMode,
    scope: Scope,
    id: Path<PublicId>,
    handling: Data<Handling>,
) -> Result<HttpResponse, PageError> {
    let chat = handling.delete_note(scope, &id).await?;
    Ok(match mode {
        RenderMode::Fragment => HttpResponse::Ok().finish(),
        RenderMode::Page => htmx::see_other(&format!("/chats/{chat}")),
    })
}
