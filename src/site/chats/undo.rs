//! Taking back what was just sent: it leaves the conversation, and what was written is in the composer again.

use actix_web::HttpResponse;
use actix_web::web::{Data, Form, Path};

use super::attach::{self, Attached, MessageForm};
use super::inbox::Inbox;
use super::thread::{Draft, Part};
use super::views::TrayFile;
use crate::chats::{Kind, Message};
use crate::ids::PublicId;
use crate::outbox::Outbox;
use crate::web::htmx;
use crate::web::problem::PageError;
use crate::web::render_mode::RenderMode;
use crate::web::views::partial;

/// `POST /chats/messages/{message}/undo`: the form is what the composer holds meanwhile, which stays in it.
pub async fn undo(
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    form: Form<MessageForm>,
    outbox: Data<Outbox>,
) -> Result<HttpResponse, PageError> {
    let form = form.into_inner();
    let begun = (mode == RenderMode::Fragment).then_some(form.text);
    let undone = outbox.undo(inbox.scope, &id, begun).await?;
    let chat = undone.first().map(|message| message.chat.clone());
    let chat = chat.ok_or_else(crate::web::problem::Problem::not_found)?;
    if mode == RenderMode::Page {
        return Ok(htmx::see_other(&format!("/chats/{chat}")));
    }
    let answered = |message: &Message| message.quoted.as_ref().and_then(|quoted| quoted.message.clone());
    let part = Part {
        reply: undone.iter().find_map(answered).or_else(|| form.reply_to.parse().ok()),
        ..Part::default()
    };
    let there: Vec<Attached> = serde_json::from_str(&form.files).unwrap_or_default();
    let files = undone
        .iter()
        .filter_map(attached)
        .chain(there.iter().map(|file| tray(file, None)));
    let draft = Draft {
        files: files.collect(),
        once: undone.iter().any(|message| message.context.view_once) || !form.once.is_empty(),
        focused: true,
        ..Draft::default()
    };
    let composer = inbox.thread(&chat, part, draft).await?.composer;
    let gone = |message: &Message| {
        let id = &message.public_id;
        format!("<hx-partial hx-target=\"#message-{id}\" hx-swap=\"delete\"></hx-partial>")
    };
    let mut body = partial(&format!("#composer-{chat}"), "outerHTML", &composer);
    if let Some(form) = undone.first().and_then(|message| attach::again(&inbox, message)) {
        body += &partial(&format!("#tray-{chat}"), "innerHTML", &form);
    }
    body.extend(undone.iter().map(gone));
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body))
}

/// A file that was sent, as the tray has it.
fn attached(message: &Message) -> Option<TrayFile> {
    let media = message.media.as_ref()?;
    let file = media.file.as_ref()?;
    let attached = Attached {
        id: file.id.clone(),
        name: media.file_name.clone().unwrap_or_default(),
        waveform: media.waveform.clone().filter(|_| message.kind == Kind::Voice),
        document: message.kind == Kind::Document,
    };
    Some(tray(
        &attached,
        file.has_thumbnail.then(|| format!("/media/{}/thumbnail", file.id)),
    ))
}

fn tray(file: &Attached, picture: Option<String>) -> TrayFile {
    TrayFile {
        json: serde_json::to_string(file).unwrap_or_default(),
        label: file.name.clone(),
        picture,
    }
}
