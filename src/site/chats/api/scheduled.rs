//! API calls: messages for later.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asked::moment;
use super::said::{Reading, Said, SendBody, named};
use super::send::CHAT;
use crate::accounts::Scope;
use crate::chats::{Chats, Files, Scheduled};
use crate::i18n::Text;
use crate::ids::{PublicId, TimeCursor};
use crate::outbox::{Outbox, OutboxError, Scheduler};
use crate::web::api::guard::Called;
use crate::web::api::{Body, Page, Paging, guard, reply, time};
use crate::web::problem::{ApiError, Problem};

/// `{session}` and `{scheduled}` of a path.
pub type OfScheduled = Path<(String, String)>;

/// A message that waits for its time. It is no message of the chat yet.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "sch_06c2m9k1t4v7x0z3a5b8d1f4h7", "chat": "chat_06c2m9k1t4v7x0z3a5b8d1f4h7", "type": "text",
    "text": "Open", "files": [], "author": "Ana", "send_at": "2026-11-25T08:00:00Z", "failure": null,
}))]
pub struct ScheduledView {
    pub id: String,
    pub chat: String,
    /// As of a message; of several files the first one's.
    pub r#type: String,
    /// The text or the caption; of anything else what stands for it in a list.
    pub text: String,
    /// IDs of its files.
    pub files: Vec<String>,
    /// Null once they are gone.
    pub author: Option<String>,
    #[schema(format = DateTime)]
    pub send_at: String,
    /// Why it didn't go out at its time: `not_linked`, `read_only`, `restored` (it was in a backup, and may have been sent
    /// already) or `unfit` (a file of it, or the message it answers, is gone).
    pub failure: Option<String>,
}

impl ScheduledView {
    pub fn of(scheduled: Scheduled) -> Self {
        Self {
            id: scheduled.id.to_string(),
            chat: scheduled.chat.to_string(),
            r#type: scheduled.kind.to_string(),
            text: scheduled.body,
            files: scheduled.files.iter().map(PublicId::to_string).collect(),
            author: scheduled.author,
            send_at: time(scheduled.due_at),
            failure: scheduled.failure.map(|why| why.word().to_owned()),
        }
    }
}

/// A message for later.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "send_at": "2026-11-25T08:00:00Z",
    "message": { "to": "+55 11 99999-0001", "type": "text", "text": { "body": "Open" } },
}))]
pub struct ScheduleBody {
    /// RFC 3339, within a year.
    #[schema(format = DateTime)]
    send_at: String,
    /// As it is sent at once; not one that changes another.
    message: SendBody,
}

/// List scheduled messages
///
/// What waits for its time in the number's chats, the next one first.
#[utoipa::path(get, path = "/v1/sessions/{session}/scheduled", tag = "messages", operation_id = "listScheduled",
    responses((status = 200, body = Page<ScheduledView>, description = "The scheduled messages.")))]
pub async fn list(
    request: HttpRequest,
    scope: Scope,
    session: Path<String>,
    paging: Paging,
    (chats, scheduler): (Data<Chats>, Data<Scheduler>),
) -> Result<HttpResponse, ApiError> {
    let session = guard::id(&session)?;
    chats.known(scope, &session).await?;
    let after = paging.after::<TimeCursor>()?;
    let found = scheduler.list(scope, Some(&session), after, paging.limit).await?;
    Ok(reply::page(&request, &paging.found(found, ScheduledView::of))?)
}

/// Schedule a message
///
/// Keeps a message until its time. It goes out as one that is sent then: by the plan's messages of that day, and in its turn.
#[utoipa::path(post, path = "/v1/sessions/{session}/scheduled", tag = "messages", operation_id = "scheduleMessage",
    request_body = ScheduleBody,
    responses((status = 201, body = ScheduledView, description = "The scheduled message.")))]
pub async fn create(
    caller: Called,
    scope: Scope,
    session: Path<String>,
    body: Body<ScheduleBody>,
    (chats, outbox, files): (Data<Chats>, Data<Outbox>, Data<Files>),
    scheduler: Data<Scheduler>,
) -> Result<HttpResponse, ApiError> {
    let session = guard::id(&session)?;
    chats.known(scope, &session).await?;
    let ScheduleBody { send_at, message } = &body.0;
    let at = moment(send_at).ok_or_else(|| wrong("send_at", Text::new("api-bad-time")))?;
    let reading = Reading {
        scope,
        session: &session,
        country: caller.country(),
        chats: &chats,
        files: &files,
        outbox: &outbox,
    };
    let Said::New { to, content, options } = message.read(&reading).await? else {
        return Err(wrong("message", Text::new("api-scheduled-change")).into());
    };
    let chat = match to.parse::<PublicId>() {
        Ok(chat) if to.starts_with(CHAT) => chats.chat_of(scope, &session, &chat).await?.0.public_id,
        _ => {
            let opened = outbox.open_chat(scope, &session, &to).await;
            opened.map_err(|error| named(error, message.r#type))?
        }
    };
    let made = scheduler
        .schedule(scope, &chat, (vec![content], options), Some(at))
        .await;
    let made = made.map_err(|error| match error {
        OutboxError::NoTime => wrong("send_at", error.text()),
        other => named(other, message.r#type),
    })?;
    let at = format!("/v1/sessions/{session}/scheduled/{made}");
    let made = scheduler.get(scope, &made).await?;
    Ok(reply::created(&at, &ScheduledView::of(made))?)
}

fn wrong(field: &'static str, text: Text) -> Problem {
    Problem::fields(Vec::new()).wrong(field, text)
}

/// The one of a path, which has to be in a chat of the number.
async fn found(chats: &Chats, scheduler: &Scheduler, scope: Scope, path: &OfScheduled) -> Result<Scheduled, ApiError> {
    let session = guard::id(&path.0)?;
    let scheduled = scheduler.get(scope, &guard::id(&path.1)?).await?;
    chats.chat_of(scope, &session, &scheduled.chat).await?;
    Ok(scheduled)
}

/// Get a scheduled message
///
/// While it waits. Once it is sent, it is a message of its chat, with an ID of its own.
#[utoipa::path(get, path = "/v1/sessions/{session}/scheduled/{scheduled}", tag = "messages",
    operation_id = "showScheduled",
    responses((status = 200, body = ScheduledView, description = "The scheduled message.")))]
pub async fn show(
    request: HttpRequest,
    scope: Scope,
    path: OfScheduled,
    (chats, scheduler): (Data<Chats>, Data<Scheduler>),
) -> Result<HttpResponse, ApiError> {
    let scheduled = found(&chats, &scheduler, scope, &path).await?;
    Ok(reply::one(&request, &ScheduledView::of(scheduled))?)
}

/// Another time, other words.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "send_at": "2026-11-25T09:00:00Z", "text": "Open" }))]
pub struct RescheduleBody {
    /// RFC 3339, within a year.
    #[schema(format = DateTime)]
    send_at: String,
    /// Of a text, or the caption of its first file. Left out: as it is.
    text: Option<String>,
}

/// Change a scheduled message
///
/// Another time, and other words where it has any.
#[utoipa::path(put, path = "/v1/sessions/{session}/scheduled/{scheduled}", tag = "messages",
    operation_id = "changeScheduled",
    request_body = RescheduleBody,
    responses((status = 200, body = ScheduledView, description = "The scheduled message.")))]
pub async fn change(
    scope: Scope,
    path: OfScheduled,
    body: Body<RescheduleBody>,
    (chats, scheduler): (Data<Chats>, Data<Scheduler>),
) -> Result<HttpResponse, ApiError> {
    let id = found(&chats, &scheduler, scope, &path).await?.id;
    let at = moment(&body.0.send_at).ok_or_else(|| wrong("send_at", Text::new("api-bad-time")))?;
    let changed = scheduler.change(scope, &id, body.0.text.as_deref(), Some(at)).await;
    changed.map_err(|error| match error {
        OutboxError::NoTime => wrong("send_at", error.text()),
        OutboxError::Empty | OutboxError::TooLong => wrong("text", error.text()),
        other => other.into(),
    })?;
    Ok(reply::done(&ScheduledView::of(scheduler.get(scope, &id).await?))?)
}

/// Cancel a scheduled message
///
/// It isn't sent, and leaves the list.
#[utoipa::path(delete, path = "/v1/sessions/{session}/scheduled/{scheduled}", tag = "messages",
    operation_id = "cancelScheduled",
    responses((status = 204, description = "It is cancelled.")))]
pub async fn cancel(
    scope: Scope,
    path: OfScheduled,
    (chats, scheduler): (Data<Chats>, Data<Scheduler>),
) -> Result<HttpResponse, ApiError> {
    let id = found(&chats, &scheduler, scope, &path).await?.id;
    scheduler.cancel(scope, &id).await?;
    Ok(reply::empty())
}
