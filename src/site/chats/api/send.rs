//! API calls: messages on their way out.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use futures_util::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{MessageView, OfMessage};
use crate::accounts::Scope;
use crate::chats::{ChatError, Chats};
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

crate::words!(
    /// What can be sent.
    #[derive(ToSchema)]
    pub enum SendType {
        Text = "text",
    }
);

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextBody {
    #[schema(example = "Your order is ready.", min_length = 1, max_length = 65_536)]
    body: String,
}

/// A message to send. What it says stands in the field of its type.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "to": "+55 11 99999-0001", "type": "text", "text": { "body": "Hello" } }))]
pub struct SendBody {
    /// A phone number in any usual form, a WhatsApp address (`…@s.whatsapp.net`, `…@lid`, `…@g.us`), or the ID of a
    /// contact or a chat.
    #[schema(example = "+55 11 99999-0001", max_length = 200)]
    to: String,
    r#type: SendType,
    text: Option<TextBody>,
}

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
    to: String,
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
    params(("session" = String, Path, description = "ID of the number.")),
    request_body = SendBody, responses((status = 202, body = MessageView, description = "The message, in the queue.")))]
pub async fn send(
    caller: Called,
    scope: Scope,
    session: Path<String>,
    body: Body<SendBody>,
    (chats, outbox): (Data<Chats>, Data<Outbox>),
) -> Result<HttpResponse, ApiError> {
    let session = guard::id(&session)?;
    let message = sent(&caller, scope, &session, &body.0, (chats.get_ref(), outbox.get_ref())).await?;
    Ok(reply::accepted(&message)?)
}

/// Send several messages
///
/// Up to 100 messages in one request, each with its own recipient and contents. Each line is accepted or refused by itself;
/// the answer tells what became of each. Messages to one recipient are sent in their order.
#[utoipa::path(post, path = "/v1/sessions/{session}/messages/bulk", tag = "messages", operation_id = "sendMessages",
    params(("session" = String, Path, description = "ID of the number.")),
    request_body = BulkBody, responses((status = 202, body = BulkView, description = "What became of each line.")))]
pub async fn bulk(
    caller: Called,
    scope: Scope,
    session: Path<String>,
    body: Body<BulkBody>,
    (chats, outbox): (Data<Chats>, Data<Outbox>),
) -> Result<HttpResponse, ApiError> {
    let (session, lines) = (guard::id(&session)?, body.0.messages);
    chats.known(scope, &session).await?;
    if lines.is_empty() || lines.len() > MOST {
        let text = Text::new("api-lines-range").number("most", MOST as u64);
        return Err(Problem::fields(Vec::new()).wrong("messages", text).into());
    }
    let mut by_recipient: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, line) in lines.iter().enumerate() {
        by_recipient.entry(&line.to).or_default().push(place);
    }
    let each = by_recipient.into_values().map(|places| {
        let (caller, session, lines, services) = (&caller, &session, &lines, (chats.get_ref(), outbox.get_ref()));
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
            to: line.to,
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
    params(
        ("session" = String, Path, description = "ID of the number."),
        ("message" = String, Path, description = "ID of the message."),
    ),
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

/// Queues one message.
async fn sent(
    caller: &Called,
    scope: Scope,
    session: &PublicId,
    body: &SendBody,
    (chats, outbox): (&Chats, &Outbox),
) -> Result<MessageView, Problem> {
    let queued = queue(scope, session, body, (chats, outbox)).await?;
    match chats.message_of(scope, session, &queued.message).await {
        Ok((message, cast)) => Ok(MessageView::of(caller.reader(), message, &cast)),
        // It went out, and came back because nobody has this number: its chat is gone again.
        Err(ChatError::NotFound) => Err(named(OutboxError::NotOnWhatsApp)),
        Err(error) => Err(error.into()),
    }
}

async fn queue(
    scope: Scope,
    session: &PublicId,
    body: &SendBody,
    (chats, outbox): (&Chats, &Outbox),
) -> Result<Queued, Problem> {
    let text = match body.r#type {
        SendType::Text => &body.text.as_ref().ok_or_else(|| missing("text"))?.body,
    };
    let queued = match body.to.parse::<PublicId>() {
        Ok(chat) if body.to.starts_with(CHAT) => {
            let (chat, _) = chats.chat_of(scope, session, &chat).await?;
            outbox.send_text(scope, &chat.public_id, text).await
        }
        _ => outbox.send_to(scope, session, &body.to, text).await,
    };
    queued.map_err(named)
}

/// The beginning of a chat's id.
const CHAT: &str = "chat_";

fn missing(field: &'static str) -> Problem {
    Problem::fields(Vec::new()).wrong(field, Text::new("api-field-missing"))
}

/// Problems of a field, by the field's name.
fn named(error: OutboxError) -> Problem {
    let field = match error {
        OutboxError::Recipient(_) | OutboxError::NotOnWhatsApp => "to",
        OutboxError::Empty | OutboxError::TooLong => "text",
        error => return error.into(),
    };
    Problem::fields(Vec::new()).wrong(field, error.text())
}
