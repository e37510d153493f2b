//! API calls: messages on their way out.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use futures_util::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::said::{Reading, Said, SendBody, named};
use super::{MessageView, OfMessage};
use crate::accounts::Scope;
use crate::chats::{ChatError, Chats, Files};
use crate::i18n::{T, Text};
use crate::ids::PublicId;
use crate::outbox::{Outbox, OutboxError, Queued};
use crate::web::api::guard::Called;
use crate::web::api::{Body, guard, reply};
use crate::web::problem::{ApiError, Problem};

/// Messages of one request.
const MOST: usize = 100;
/// Recipients of one request that are asked for at WhatsApp at the same time.
const AT_ONCE: usize = 4;

/// Several messages to send.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkBody {
    /// Up to 100, to as many people as you like.
    #[schema(min_items = 1, max_items = 100)]
    messages: Vec<SendBody>,
}

/// What became of each line.
#[derive(Serialize, ToSchema)]
pub struct BulkView {
    accepted: u32,
    refused: u32,
    /// In the order of the request.
    data: Vec<BulkLineView>,
}

/// One line: either `message` or `problem` is there.
#[derive(Serialize, ToSchema)]
pub struct BulkLineView {
    /// As the request has it.
    #[schema(example = "+55 11 99999-0001")]
    to: Option<String>,
    message: Option<MessageView>,
    problem: Option<LineProblem>,
}

/// Why a line was refused. Nothing of it was sent.
#[derive(Serialize, ToSchema)]
pub struct LineProblem {
    #[schema(example = "invalid")]
    code: String,
    /// The wrong field, if it is about one.
    #[schema(example = "to")]
    field: Option<String>,
    /// For people: what happened and what to do.
    #[schema(example = "This number is not on WhatsApp.")]
    detail: String,
}

impl LineProblem {
    fn of(t: T, problem: &Problem) -> Self {
        let parts = problem.parts();
        let part = parts.first();
        Self {
            code: problem.code.to_owned(),
            field: part.map(|(field, _)| (*field).to_owned()),
            detail: t.text(part.map_or(&problem.detail, |(_, text)| *text)),
        }
    }
}

/// Send a message
///
/// Puts a message into the queue and answers with it as it is then: `pending`. `GET` it later for its status. A recipient
/// who isn't known yet is looked up at WhatsApp first, and refused if the number isn't there. Over the plan's messages of the
/// day nothing is refused: the message waits until `held_until`. With an `Idempotency-Key`, sending the request again
/// sends nothing twice.
#[utoipa::path(post, path = "/v1/sessions/{session}/messages", tag = "messages", operation_id = "sendMessage",
    request_body = SendBody, responses((status = 202, body = MessageView, description = "The message, in the queue.")))]
pub async fn send(
    caller: Called,
    scope: Scope,
    session: Path<String>,
    body: Body<SendBody>,
    (chats, outbox, files): (Data<Chats>, Data<Outbox>, Data<Files>),
) -> Result<HttpResponse, ApiError> {
    let session = guard::id(&session)?;
    chats.known(scope, &session).await?;
    let services = (chats.get_ref(), outbox.get_ref(), files.get_ref());
    let message = sent(&caller, scope, &session, &body.0, services).await?;
    Ok(reply::accepted(&message)?)
}

/// Send several messages
///
/// Up to 100 messages in one request, each with its own recipient and contents. Each line is accepted or refused by itself;
/// the answer tells what became of each. Messages to one recipient are sent in their order.
#[utoipa::path(post, path = "/v1/sessions/{session}/messages/bulk", tag = "messages", operation_id = "sendMessages",
    request_body = BulkBody, responses((status = 202, body = BulkView, description = "What became of each line.")))]
pub async fn bulk(
    caller: Called,
    scope: Scope,
    session: Path<String>,
    body: Body<BulkBody>,
    (chats, outbox, files): (Data<Chats>, Data<Outbox>, Data<Files>),
) -> Result<HttpResponse, ApiError> {
    let (session, lines) = (guard::id(&session)?, body.0.messages);
    chats.known(scope, &session).await?;
    if lines.is_empty() || lines.len() > MOST {
        let text = Text::new("api-lines-range").number("most", MOST as u64);
        return Err(Problem::fields(Vec::new()).wrong("messages", text).into());
    }
    let mut by_recipient: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, line) in lines.iter().enumerate() {
        by_recipient.entry(line.recipient()).or_default().push(place);
    }
    let each = by_recipient.into_values().map(|places| {
        let (caller, session, lines) = (&caller, &session, &lines);
        let services = (chats.get_ref(), outbox.get_ref(), files.get_ref());
        async move {
            let mut done = Vec::with_capacity(places.len());
            for place in places {
                done.push((place, sent(caller, scope, session, &lines[place], services).await));
            }
            done
        }
    });
    let done: Vec<Vec<_>> = stream::iter(each).buffer_unordered(AT_ONCE).collect().await;
    let mut done: Vec<_> = done.into_iter().flatten().collect();
    done.sort_by_key(|(place, _)| *place);
    let t = caller.reader();
    let mut view = BulkView {
        accepted: 0,
        refused: 0,
        data: Vec::with_capacity(done.len()),
    };
    for ((_, outcome), line) in done.into_iter().zip(lines) {
        let (message, problem) = match outcome {
            Ok(message) => (Some(message), None),
            Err(problem) => (None, Some(LineProblem::of(t, &problem))),
        };
        view.accepted += u32::from(message.is_some());
        view.refused += u32::from(problem.is_some());
        view.data.push(BulkLineView {
            to: Some(line.recipient().to_owned()).filter(|to| !to.is_empty()),
            message,
            problem,
        });
    }
    Ok(reply::accepted(&view)?)
}

/// Send a failed message again
///
/// Puts a message that failed back into the queue, as the same message: whoever has it already doesn't get it twice.
#[utoipa::path(post, path = "/v1/sessions/{session}/messages/{message}/retry", tag = "messages",
    operation_id = "retryMessage",
    responses((status = 202, body = MessageView, description = "The message, in the queue again.")))]
pub async fn retry(
    caller: Called,
    scope: Scope,
    path: OfMessage,
    (chats, outbox): (Data<Chats>, Data<Outbox>),
) -> Result<HttpResponse, ApiError> {
    let (session, id) = (guard::id(&path.0)?, guard::id(&path.1)?);
    let (message, _) = chats.message_of(scope, &session, &id).await?;
    match outbox.retry(scope, &message.public_id).await {
        // It has left the queue: it was sent, or it is not ours.
        Err(OutboxError::NotFound) => Err(OutboxError::NotFailed),
        other => other,
    }?;
    let (message, cast) = chats.message_of(scope, &session, &id).await?;
    Ok(reply::accepted(&MessageView::of(caller.reader(), message, &cast))?)
}

/// What sending takes.
type Services<'a> = (&'a Chats, &'a Outbox, &'a Files);

/// Queues one message.
async fn sent(
    caller: &Called,
    scope: Scope,
    session: &PublicId,
    body: &SendBody,
    services: Services<'_>,
) -> Result<MessageView, Problem> {
    let queued = queue(caller, scope, session, body, services).await?;
    let chats = services.0;
    match chats.message_of(scope, session, &queued.message).await {
        Ok((message, cast)) => Ok(MessageView::of(caller.reader(), message, &cast)),
        // It went out, and came back because nobody has this number: its chat is gone again.
        Err(ChatError::NotFound) => Err(named(OutboxError::NotOnWhatsApp, body.r#type)),
        Err(error) => Err(error.into()),
    }
}

/// The beginning of a chat's id.
pub(super) const CHAT: &str = "chat_";

async fn queue(
    caller: &Called,
    scope: Scope,
    session: &PublicId,
    body: &SendBody,
    services: Services<'_>,
) -> Result<Queued, Problem> {
    let (chats, outbox, files) = services;
    let reading = Reading {
        scope,
        session,
        country: caller.country(),
        chats,
        files,
        outbox,
    };
    let queued = match body.read(&reading).await? {
        Said::Change { message, change } => outbox.change(scope, &message, change).await,
        Said::New { to, content, options } => match to.parse::<PublicId>() {
            Ok(chat) if to.starts_with(CHAT) => {
                let (chat, _) = chats.chat_of(scope, session, &chat).await?;
                outbox.send_in(scope, &chat.public_id, content, options).await
            }
            _ => outbox.send(scope, session, &to, content, options).await,
        },
    };
    queued.map_err(|error| named(error, body.r#type))
}
