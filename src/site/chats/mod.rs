//! The inbox: the list, the conversation, and its actions.
//!
//! Page and fragments come from the same functions; `render` turns rows into ready values, for pages and live updates.

pub mod acting;
pub mod api;
pub mod attach;
pub mod beginning;
mod cards;
mod composer_views;
pub mod forwarding;
pub mod groups;
pub mod handling;
pub mod history;
mod inbox;
mod lines;
mod list;
mod list_views;
pub mod live;
mod plain;
pub mod results;
mod rich;
mod rows;
pub mod schedule;
mod search;
pub mod settings;
mod thread;
mod timeline;
pub mod undo;
pub mod views;
mod waiting;
mod weight;
mod when;

pub(super) mod render;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue, LOCATION};
use actix_web::web::{Data, Form, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template as _;
use serde::Deserialize;
use wa_client::TypingState;

use self::attach::MessageForm;
use self::inbox::Inbox;
use self::results::MoreHits;
use self::views::{ListAndTabs, MoreRows};
use crate::accounts::Scope;
use crate::chats::{Change, ChatError, Chats, Files, GroupError, Groups, Handling};
use crate::ids::PublicId;
use crate::outbox::{Outbox, OutboxError, Queued};
use crate::web::htmx;
use crate::web::layout::PageFrame;
use crate::web::problem::{PageError, Problem};
use crate::web::render_mode::{RenderMode, html};
use list::Asked;
use thread::{Draft, Part};

/// Which of a message's contacts.
#[derive(Deserialize)]
pub struct OfContact {
    #[serde(default)]
    account: String,
}

/// What is in the composer.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct DraftForm {
    text: String,
}

/// `GET /chats`: the page; as a fragment the list, or with `after=` or `before=` its next rows. With `q=` what was found
/// takes the place of the list.
pub async fn index(mode: RenderMode, inbox: Inbox, asked: Query<Asked>) -> Result<HttpResponse, PageError> {
    if mode == RenderMode::Page {
        return Ok(html(StatusCode::OK, &inbox.page(&asked, None).await?));
    }
    let (list, tabs) = inbox.list(&asked).await?;
    if !asked.continues() {
        return Ok(html(StatusCode::OK, &ListAndTabs { list, tabs }));
    }
    let (t, rows, more) = (list.t, list.rows, list.more);
    Ok(match list.results {
        Some(results) => html(StatusCode::OK, &MoreHits { t, results }),
        None => html(StatusCode::OK, &MoreRows { t, rows, more }),
    })
}

/// `GET /chats/{chat}`: the page; as a fragment the conversation, or with `before=` its earlier messages.
pub async fn open(
    request: HttpRequest,
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    part: Query<Part>,
) -> Result<HttpResponse, PageError> {
    let part = part.into_inner();
    Ok(match mode {
        RenderMode::Page => {
            let open = (&*id, part, Draft::default());
            let page = inbox.page(&Asked::default(), Some(open)).await?;
            match &page.thread {
                Some(thread) if thread.id != id.as_str() => moved(&request, &format!("/chats/{}", thread.id)),
                _ => html(StatusCode::OK, &page),
            }
        }
        RenderMode::Fragment if part.before.is_some() => html(StatusCode::OK, &inbox.older(&id, part).await?),
        RenderMode::Fragment => html(StatusCode::OK, &inbox.thread(&id, part, Draft::default()).await?),
    })
}

/// The conversation went into another one; the link stays good.
fn moved(request: &HttpRequest, path: &str) -> HttpResponse {
    let query = request
        .uri()
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    HttpResponse::MovedPermanently()
        .insert_header((LOCATION, format!("{path}{query}")))
        .finish()
}

/// `POST /chats/{chat}/messages`: puts a message into the outbox. The response is the new message at the end of the
/// conversation; a text that cannot be sent comes back in the field, with the reason.
pub async fn send(
    request: HttpRequest,
    mode: RenderMode,
    inbox: Inbox,
    id: Path<PublicId>,
    form: Form<MessageForm>,
    (chats, outbox): (Data<Chats>, Data<Outbox>),
    (groups, handling): (Data<Groups>, Data<Handling>),
) -> Result<HttpResponse, PageError> {
    let mut form = form.into_inner();
    let typed = form.text.clone();
    (form.text, form.mentions) = groups.mentioned(inbox.scope, &id, &typed).await?;
    let sent = attach::enqueue(&outbox, inbox.scope, &id, &form).await;
    if sent.is_ok() && form.then == attach::RESOLVE {
        handling.change(inbox.scope, &id, Change::Resolve).await?;
    }
    let wrong = match sent {
        Ok(queued) if mode == RenderMode::Fragment => return arrivals(&inbox, &chats, &queued).await,
        Ok(_) => return Ok(htmx::go_to(&request, &format!("/chats/{id}"))),
        Err(
            error @ (OutboxError::Empty
            | OutboxError::TooLong
            | OutboxError::Unfit(_)
            | OutboxError::NotLinked
            | OutboxError::ReadOnly
            | OutboxError::Closed(_)),
        ) => inbox.frame.t.text(&error.text()),
        Err(error) => return Err(error.into()),
    };
    let reply_to = form.reply_to;
    let draft = Draft {
        text: typed,
        error: Some(wrong),
        ..Draft::default()
    };
    let part = Part {
        reply: reply_to.parse().ok(),
        ..Part::default()
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    if mode == RenderMode::Page {
        let page = inbox.page(&Asked::default(), Some((&id, part, draft))).await?;
        return Ok(html(status, &page));
    }
    let composer = inbox.thread(&id, part, draft).await?.composer;
    let mut reply = html(status, &composer);
    let target = HeaderValue::from_str(&format!("#composer-{id}")).map_err(Problem::internal)?;
    reply
        .headers_mut()
        .insert(HeaderName::from_static("hx-retarget"), target);
    let swap = HeaderValue::from_static("outerHTML");
    reply.headers_mut().insert(HeaderName::from_static("hx-reswap"), swap);
    Ok(reply)
}

/// The new messages for the end of the conversation; an album's head is none.
async fn arrivals(inbox: &Inbox, chats: &Chats, queued: &[Queued]) -> Result<HttpResponse, PageError> {
    let mut body = String::new();
    for one in queued {
        let message = chats.message(inbox.scope, &one.message).await?;
        if message.shown {
            let arrival = render::arrival(inbox.frame.t, &message, inbox.now());
            body += &arrival.render().map_err(Problem::internal)?;
        }
    }
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body))
}

/// `GET /chats/messages/{message}/text`: the whole of a long text, in place of its beginning. A page of its own is plain.
pub async fn whole_text(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    chats: Data<Chats>,
) -> Result<HttpResponse, PageError> {
    let message = chats.message(scope, &id).await?;
    let Some(text) = render::long_text(&message) else {
        return Err(Problem::not_found().into());
    };
    Ok(match mode {
        RenderMode::Fragment => html(StatusCode::OK, &render::whole_text(frame.t, &message)),
        RenderMode::Page => HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body(text.to_owned()),
    })
}

/// `GET /chats/messages/{message}/receipts`: who got and who read a message of ours in a group.
pub async fn receipts(
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    chats: Data<Chats>,
) -> Result<HttpResponse, PageError> {
    let receipts = chats.receipts(scope, &id).await?;
    Ok(html(StatusCode::OK, &render::receipts(frame.t, &id, &receipts)))
}

/// `POST /chats/messages/{message}/contact?account=…`: the conversation with a contact that was sent.
pub async fn write_to_contact(
    request: HttpRequest,
    scope: Scope,
    message: Path<PublicId>,
    asked: Query<OfContact>,
    chats: Data<Chats>,
) -> Result<HttpResponse, PageError> {
    let chat = chats.open_contact(scope, &message, &asked.account).await?;
    Ok(htmx::go_to(&request, &format!("/chats/{chat}")))
}

/// `POST /chats/{chat}/read`.
pub async fn read(
    request: HttpRequest,
    scope: Scope,
    id: Path<PublicId>,
    chats: Data<Chats>,
) -> Result<HttpResponse, PageError> {
    chats.mark_read(scope, &id).await?;
    if htmx::is_htmx(&request) {
        return Ok(HttpResponse::NoContent().finish());
    }
    Ok(htmx::see_other(&format!("/chats/{id}")))
}

/// `POST /chats/{chat}/typing`: WhatsApp shows it to the contact for some seconds, and pages to the other members.
pub async fn typing(
    scope: Scope,
    id: Path<PublicId>,
    (chats, handling): (Data<Chats>, Data<Handling>),
) -> Result<HttpResponse, PageError> {
    chats.typing(scope, &id, TypingState::Composing).await?;
    handling.answering(scope, &id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /chats/{chat}/draft`: keeps what is being written.
pub async fn draft(
    scope: Scope,
    id: Path<PublicId>,
    form: Form<DraftForm>,
    handling: Data<Handling>,
) -> Result<HttpResponse, PageError> {
    handling.save_draft(scope, &id, &form.text).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /chats/messages/{message}/retry`: queues a failed message again.
pub async fn retry(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    chats: Data<Chats>,
    outbox: Data<Outbox>,
) -> Result<HttpResponse, PageError> {
    let shown = outbox.retry(scope, &id).await?;
    let message = chats.message(scope, &shown).await?;
    Ok(match mode {
        RenderMode::Fragment => html(StatusCode::OK, &render::bubble(frame.t, &message)),
        RenderMode::Page => htmx::see_other(&format!("/chats/{}", message.chat)),
    })
}

/// `POST /chats/messages/{message}/cancel`: a message that waits is not sent after all.
pub async fn cancel(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    id: Path<PublicId>,
    chats: Data<Chats>,
    outbox: Data<Outbox>,
) -> Result<HttpResponse, PageError> {
    outbox.cancel(scope, &id).await?;
    let message = chats.message(scope, &id).await?;
    Ok(match mode {
        RenderMode::Fragment => html(StatusCode::OK, &render::bubble(frame.t, &message)),
        RenderMode::Page => htmx::see_other(&format!("/chats/{}", message.chat)),
    })
}

/// `POST /chats/messages/{message}/file`: gets the message's file; the page shows it when it is here.
pub async fn fetch(
    mode: RenderMode,
    scope: Scope,
    id: Path<PublicId>,
    chats: Data<Chats>,
    files: Data<Files>,
) -> Result<HttpResponse, PageError> {
    files.fetch(scope, &id).await?;
    if mode == RenderMode::Fragment {
        return Ok(HttpResponse::NoContent().finish());
    }
    let message = chats.message(scope, &id).await?;
    Ok(htmx::see_other(&format!("/chats/{}?at={id}", message.chat)))
}

impl From<ChatError> for Problem {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::NotFound => Self::not_found(),
            ChatError::Forbidden(forbidden) => Self::forbidden("role", forbidden.text()),
            ChatError::Db(error) => error.into(),
        }
    }
}

impl From<OutboxError> for Problem {
    fn from(error: OutboxError) -> Self {
        let text = error.text();
        match error {
            OutboxError::NotFound => Self::not_found(),
            OutboxError::Forbidden(_) => Self::forbidden("role", text),
            OutboxError::Empty
            | OutboxError::TooLong
            | OutboxError::Unfit(_)
            | OutboxError::Recipient(_)
            | OutboxError::NotOnWhatsApp
            | OutboxError::NoTime => Self::invalid(text, Vec::new()),
            OutboxError::NotLinked => Self::new(StatusCode::CONFLICT, "not-linked", text),
            OutboxError::ReadOnly | OutboxError::Closed(_) => Self::new(StatusCode::CONFLICT, "read-only", text),
            OutboxError::OnItsWay => Self::new(StatusCode::CONFLICT, "on-its-way", text),
            OutboxError::NotFailed => Self::new(StatusCode::CONFLICT, "not-failed", text),
            OutboxError::Db(error) => error.into(),
        }
    }
}

impl From<GroupError> for Problem {
    fn from(error: GroupError) -> Self {
        let text = error.text();
        match error {
            GroupError::NotFound => Self::not_found(),
            GroupError::Forbidden(_) => Self::forbidden("role", text),
            GroupError::NotConnected => Self::new(StatusCode::CONFLICT, "not-connected", text),
            GroupError::Closed(_) => Self::new(StatusCode::CONFLICT, "read-only", text),
            GroupError::NotAdmin => Self::new(StatusCode::CONFLICT, "not-group-admin", text),
            GroupError::Refused(_) | GroupError::NoAnswer => Self::new(StatusCode::CONFLICT, "whatsapp", text),
            GroupError::Subject
            | GroupError::Description
            | GroupError::Nobody
            | GroupError::TooMany
            | GroupError::NobodyThere
            | GroupError::Recipient { .. } => Self::invalid(text, Vec::new()),
            GroupError::Db(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests;
