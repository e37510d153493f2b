//! API calls: what a team shares: labels, notes and quick replies.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::conversations::OfChat;
use super::handling::{HandlingView, LabelView, chat_of};
use crate::accounts::Scope;
use crate::chats::{Chats, Handling, HandlingError, NewQuickReply, Note, QuickReply};
use crate::ids::TimeCursor;
use crate::web::api::{Body, Page, Paging, guard, reply, time};
use crate::web::problem::{ApiError, Problem};

/// `{session}`, `{chat}` and a label or a note of a path.
pub type OfThing = Path<(String, String, String)>;

/// List labels
///
/// The workspace's labels, by name.
#[utoipa::path(get, path = "/v1/labels", tag = "chats", operation_id = "listLabels",
    responses((status = 200, body = Page<LabelView>, description = "The labels.")))]
pub async fn labels(
    request: HttpRequest,
    scope: Scope,
    paging: Paging,
    handling: Data<Handling>,
) -> Result<HttpResponse, ApiError> {
    let skipped: usize = paging.after()?.unwrap_or(0);
    let labels = handling.labels(scope).await?.into_iter().enumerate();
    let rows = labels.skip(skipped).take(paging.fetch() as usize).collect();
    let page = paging.page(
        rows,
        |(place, _)| (place + 1).to_string(),
        |(_, label)| LabelView::of(label),
    );
    Ok(reply::page(&request, &page)?)
}

async fn labelled(
    (chats, handling): (&Chats, &Handling),
    scope: Scope,
    path: &OfThing,
    on: bool,
) -> Result<HttpResponse, ApiError> {
    let chat = chat_of(chats, scope, (&path.0, &path.1)).await?;
    let label = guard::id(&path.2)?;
    handling.label_chat(scope, &chat.public_id, &label, on).await?;
    let chat = chats.get(scope, &chat.public_id).await?;
    Ok(reply::done(&HandlingView::of(chat))?)
}

/// Put a label on a chat
///
/// Beside those that it has.
#[utoipa::path(put, path = "/v1/sessions/{session}/chats/{chat}/labels/{label}", tag = "chats",
    operation_id = "addLabel",
    responses((status = 200, body = HandlingView, description = "How it is handled now.")))]
pub async fn add_label(
    scope: Scope,
    path: OfThing,
    (chats, handling): (Data<Chats>, Data<Handling>),
) -> Result<HttpResponse, ApiError> {
    labelled((&chats, &handling), scope, &path, true).await
}

/// Take a label off a chat
///
/// The other labels of the chat stay as they are.
#[utoipa::path(delete, path = "/v1/sessions/{session}/chats/{chat}/labels/{label}", tag = "chats",
    operation_id = "removeLabel",
    responses((status = 200, body = HandlingView, description = "How it is handled now.")))]
pub async fn remove_label(
    scope: Scope,
    path: OfThing,
    (chats, handling): (Data<Chats>, Data<Handling>),
) -> Result<HttpResponse, ApiError> {
    labelled((&chats, &handling), scope, &path, false).await
}

/// A note of the team on a chat. It is never sent.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "note_06c2m9k1t4v7x0z3a5b8d1f4h7", "chat": "chat_06c2m9k1t4v7x0z3a5b8d1f4h7", "author": "Ana",
    "text": "Urgent", "at": "2026-11-24T09:30:00Z", "edited_at": null,
}))]
pub struct NoteView {
    pub id: String,
    pub chat: String,
    /// Null once they are gone.
    pub author: Option<String>,
    pub text: String,
    #[schema(format = DateTime)]
    pub at: String,
    /// When its author changed it last.
    #[schema(format = DateTime)]
    pub edited_at: Option<String>,
}

impl NoteView {
    pub fn of(note: Note) -> Self {
        Self {
            id: note.id.to_string(),
            chat: note.chat.to_string(),
            author: note.author,
            text: note.body,
            at: time(note.at),
            edited_at: note.edited_at.map(time),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "text": "Urgent" }))]
pub struct NoteBody {
    #[schema(max_length = 10_000)]
    text: String,
}

/// List a chat's notes
///
/// What the team has written about the chat, the newest first. The contact sees none of it.
#[utoipa::path(get, path = "/v1/sessions/{session}/chats/{chat}/notes", tag = "chats", operation_id = "listNotes",
    responses((status = 200, body = Page<NoteView>, description = "The notes.")))]
pub async fn notes(
    request: HttpRequest,
    scope: Scope,
    path: OfChat,
    paging: Paging,
    (chats, handling): (Data<Chats>, Data<Handling>),
) -> Result<HttpResponse, ApiError> {
    let chat = chat_of(&chats, scope, (&path.0, &path.1)).await?;
    let before = paging.after::<TimeCursor>()?;
    let found = handling.notes(scope, &chat.public_id, before, paging.limit).await?;
    Ok(reply::page(&request, &paging.found(found, NoteView::of))?)
}

/// Write a note on a chat
///
/// Seen by the team only, beside the chat's messages.
#[utoipa::path(post, path = "/v1/sessions/{session}/chats/{chat}/notes", tag = "chats", operation_id = "createNote",
    request_body = NoteBody, responses((status = 201, body = NoteView, description = "The note.")))]
pub async fn create_note(
    scope: Scope,
    path: OfChat,
    body: Body<NoteBody>,
    (chats, handling): (Data<Chats>, Data<Handling>),
) -> Result<HttpResponse, ApiError> {
    let chat = chat_of(&chats, scope, (&path.0, &path.1)).await?;
    let note = handling.add_note(scope, &chat.public_id, &body.0.text).await;
    let note = note.map_err(of_text)?;
    let at = format!("/v1/sessions/{}/chats/{}/notes/{}", path.0, path.1, note.id);
    Ok(reply::created(&at, &NoteView::of(note))?)
}

/// The field of the words is called otherwise on pages.
fn of_text(error: HandlingError) -> Problem {
    match error {
        HandlingError::Invalid(field) if matches!(field.field, "note" | "body") => {
            Problem::fields(Vec::new()).wrong("text", field.message)
        }
        other => other.into(),
    }
}

/// The note of a path, which has to be on the chat.
async fn note_of(chats: &Chats, handling: &Handling, scope: Scope, path: &OfThing) -> Result<Note, ApiError> {
    let chat = chat_of(chats, scope, (&path.0, &path.1)).await?;
    let note = handling.note(scope, &guard::id(&path.2)?).await?;
    if note.chat == chat.public_id {
        Ok(note)
    } else {
        Err(Problem::not_found().into())
    }
}

/// Get a note
///
/// One note of the chat.
#[utoipa::path(get, path = "/v1/sessions/{session}/chats/{chat}/notes/{note}", tag = "chats", operation_id = "showNote",
    responses((status = 200, body = NoteView, description = "The note.")))]
pub async fn show_note(
    request: HttpRequest,
    scope: Scope,
    path: OfThing,
    (chats, handling): (Data<Chats>, Data<Handling>),
) -> Result<HttpResponse, ApiError> {
    let note = note_of(&chats, &handling, scope, &path).await?;
    Ok(reply::one(&request, &NoteView::of(note))?)
}

/// Edit a note
///
/// Only its author can. The chat's history says that it was edited.
#[utoipa::path(put, path = "/v1/sessions/{session}/chats/{chat}/notes/{note}", tag = "chats", operation_id = "editNote",
    request_body = NoteBody, responses((status = 200, body = NoteView, description = "The note.")))]
pub async fn edit_note(
    scope: Scope,
    path: OfThing,
    body: Body<NoteBody>,
    (chats, handling): (Data<Chats>, Data<Handling>),
) -> Result<HttpResponse, ApiError> {
    let note = note_of(&chats, &handling, scope, &path).await?;
    let note = handling.edit_note(scope, &note.id, &body.0.text).await;
    Ok(reply::done(&NoteView::of(note.map_err(of_text)?))?)
}

/// Delete a note
///
/// Its author can, and managers and owners.
#[utoipa::path(delete, path = "/v1/sessions/{session}/chats/{chat}/notes/{note}", tag = "chats",
    operation_id = "deleteNote",
    responses((status = 204, description = "It is gone.")))]
pub async fn delete_note(
    scope: Scope,
    path: OfThing,
    (chats, handling): (Data<Chats>, Data<Handling>),
) -> Result<HttpResponse, ApiError> {
    let note = note_of(&chats, &handling, scope, &path).await?;
    handling.delete_note(scope, &note.id).await?;
    Ok(reply::empty())
}

/// An answer that the team gives again and again.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "qr_06c2m9k1t4v7x0z3a5b8d1f4h7", "shortcut": "hours", "text": "Open",
}))]
pub struct QuickReplyView {
    pub id: String,
    /// What is typed behind the slash.
    pub shortcut: String,
    /// `{name}` stands for what the contact is called.
    pub text: String,
}

impl QuickReplyView {
    pub fn of(reply: QuickReply) -> Self {
        Self {
            id: reply.id.to_string(),
            shortcut: reply.shortcut,
            text: reply.body,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "shortcut": "hours", "text": "Open" }))]
pub struct QuickReplyBody {
    /// Letters, digits, `-` and `_`; every one is there once.
    #[schema(max_length = 33)]
    shortcut: String,
    #[schema(max_length = 4096)]
    text: String,
}

impl QuickReplyBody {
    fn typed(&self) -> NewQuickReply {
        NewQuickReply {
            shortcut: self.shortcut.clone(),
            body: self.text.clone(),
        }
    }
}

/// List quick replies
///
/// The workspace's quick replies, by shortcut.
#[utoipa::path(get, path = "/v1/quick-replies", tag = "chats", operation_id = "listQuickReplies",
    responses((status = 200, body = Page<QuickReplyView>, description = "The quick replies.")))]
pub async fn quick_replies(
    request: HttpRequest,
    scope: Scope,
    paging: Paging,
    handling: Data<Handling>,
) -> Result<HttpResponse, ApiError> {
    let after: Option<String> = paging.after()?;
    let found = handling.quick_replies(scope, None).await?;
    let rows = found.into_iter().skip_while(|reply| {
        let after = after.as_ref();
        after.is_some_and(|after| reply.shortcut.to_ascii_lowercase() <= *after)
    });
    let rows = rows.take(paging.fetch() as usize).collect();
    let page = paging.page(
        rows,
        |reply: &QuickReply| reply.shortcut.to_ascii_lowercase(),
        QuickReplyView::of,
    );
    Ok(reply::page(&request, &page)?)
}

/// Create a quick reply
///
/// The composer offers it on `/` and its shortcut.
#[utoipa::path(post, path = "/v1/quick-replies", tag = "chats", operation_id = "createQuickReply",
    request_body = QuickReplyBody, responses((status = 201, body = QuickReplyView, description = "The quick reply.")))]
pub async fn create_quick_reply(
    scope: Scope,
    body: Body<QuickReplyBody>,
    handling: Data<Handling>,
) -> Result<HttpResponse, ApiError> {
    let id = handling.create_quick_reply(scope, &body.0.typed()).await;
    let made = handling.quick_reply(scope, &id.map_err(of_text)?).await?;
    let at = format!("/v1/quick-replies/{}", made.id);
    Ok(reply::created(&at, &QuickReplyView::of(made))?)
}

/// Get a quick reply
///
/// One of the workspace.
#[utoipa::path(get, path = "/v1/quick-replies/{reply}", tag = "chats", operation_id = "showQuickReply",
    responses((status = 200, body = QuickReplyView, description = "The quick reply.")))]
pub async fn show_quick_reply(
    request: HttpRequest,
    scope: Scope,
    reply: Path<String>,
    handling: Data<Handling>,
) -> Result<HttpResponse, ApiError> {
    let found = handling.quick_reply(scope, &guard::id(&reply)?).await?;
    Ok(reply::one(&request, &QuickReplyView::of(found))?)
}

/// Change a quick reply
///
/// Another shortcut, other words.
#[utoipa::path(put, path = "/v1/quick-replies/{reply}", tag = "chats", operation_id = "changeQuickReply",
    request_body = QuickReplyBody, responses((status = 200, body = QuickReplyView, description = "The quick reply.")))]
pub async fn change_quick_reply(
    scope: Scope,
    id: Path<String>,
    body: Body<QuickReplyBody>,
    handling: Data<Handling>,
) -> Result<HttpResponse, ApiError> {
    let id = guard::id(&id)?;
    let changed = handling.change_quick_reply(scope, &id, &body.0.typed()).await;
    changed.map_err(of_text)?;
    let found = handling.quick_reply(scope, &id).await?;
    Ok(reply::done(&QuickReplyView::of(found))?)
}

/// Delete a quick reply
///
/// Messages that were written with it stay.
#[utoipa::path(delete, path = "/v1/quick-replies/{reply}", tag = "chats", operation_id = "deleteQuickReply",
    responses((status = 204, description = "It is gone.")))]
pub async fn delete_quick_reply(
    scope: Scope,
    id: Path<String>,
    handling: Data<Handling>,
) -> Result<HttpResponse, ApiError> {
    handling.delete_quick_reply(scope, &guard::id(&id)?).await?;
    Ok(reply::empty())
}
