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
use crate::accounts::{Forbidden, MemberRole, Scope};
use crate::chats::{Handling, HandlingError, Note};
use crate::clock::UnixMs;
use crate::i18n::{Stamp, T};
use crate::ids::PublicId;
use crate::web::filters;
use crate::web::htmx;
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::PageError;
use crate::web::render_mode::{RenderMode, html};
use crate::web::views::fragments;

fragments!(NoteView, NoteEdit);

#[derive(Template, Clone, Debug)]
#[template(path = "chats/_note.html")]
pub struct NoteView {
    pub t: T,
    pub id: String,
    pub author: String,
    pub text: Rich,
    pub at: Stamp,
    pub edited: bool,
    /// The reader may delete it.
    pub deletes: bool,
    /// The reader wrote it.
    pub edits: bool,
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

/// A note with its words in a field.
#[derive(Template, Clone, Debug)]
#[template(path = "chats/_note_edit.html")]
pub struct NoteEdit {
    t: T,
    id: String,
    csrf: String,
    text: String,
    error: Option<String>,
}

/// The same without a script.
#[derive(Template)]
#[template(path = "chats/note_edit.html", blocks = ["main"])]
pub struct NoteEditPage {
    frame: PageFrame,
    form: NoteEdit,
    back: String,
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
        edited: note.edited_at.is_some(),
        deletes: note.by == Some(scope.user) || scope.role != MemberRole::Agent,
        edits: note.by == Some(scope.user),
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

/// `GET /chats/notes/{note}`: the note; as a page its conversation.
pub async fn show(
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    handling: Data<Handling>,
) -> Result<HttpResponse, PageError> {
    let note = handling.note(inbox.scope, &id).await?;
    Ok(shown(mode, &inbox, &note))
}

fn shown(mode: RenderMode, inbox: &Inbox, note: &Note) -> HttpResponse {
    match mode {
        RenderMode::Fragment => html(StatusCode::OK, &view(inbox.frame.t, inbox.scope, note)),
        RenderMode::Page => htmx::see_other(&format!("/chats/{}", note.chat)),
    }
}

/// `GET /chats/notes/{note}/edit`: the note as a form, for its author.
pub async fn edit(
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    handling: Data<Handling>,
) -> Result<HttpResponse, PageError> {
    let note = handling.note(inbox.scope, &id).await?;
    if note.by != Some(inbox.scope.user) {
        return Err(HandlingError::Forbidden(Forbidden).into());
    }
    let (body, chat) = (note.body.clone(), note.chat.clone());
    Ok(form(mode, inbox, &id, &chat, body, None))
}

fn form(
    mode: RenderMode,
    inbox: Inbox,
    id: &PublicId,
    chat: &PublicId,
    text: String,
    error: Option<String>,
) -> HttpResponse {
    let status = match error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let form = NoteEdit {
        t: inbox.frame.t,
        id: id.to_string(),
        csrf: inbox.frame.csrf.clone(),
        text,
        error,
    };
    if mode == RenderMode::Fragment {
        return html(status, &form);
    }
    let page = NoteEditPage {
        form,
        back: format!("/chats/{chat}"),
        frame: inbox.frame.at(Section::Chats),
    };
    html(status, &page)
}

/// `POST /chats/notes/{note}/edit`.
pub async fn edited(
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    written: Form<NoteForm>,
    handling: Data<Handling>,
) -> Result<HttpResponse, PageError> {
    match handling.edit_note(inbox.scope, &id, &written.note).await {
        Ok(note) => Ok(shown(mode, &inbox, &note)),
        Err(HandlingError::Invalid(field)) => {
            let chat = handling.note(inbox.scope, &id).await?.chat;
            let why = inbox.frame.t.text(&field.message);
            Ok(form(mode, inbox, &id, &chat, written.into_inner().note, Some(why)))
        }
        Err(error) => Err(error.into()),
    }
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
