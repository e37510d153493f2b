//! API calls: messages and chats of a linked number.

mod asked;
mod content;
pub mod conversations;
pub mod groups;
pub mod handling;
pub mod history;
mod said;
pub mod scheduled;
pub mod send;
pub mod sharing;
mod view;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use view::{MessageView, PartyView};

use crate::accounts::Scope;
use crate::chats::{Author, Chats, Kind, Listing, MessageFilter, Status};
use crate::i18n::Text;
use crate::ids::{PublicId, TimeCursor};
use crate::outbox::{Change, Outbox};
use crate::web::api::guard::Called;
use crate::web::api::{Body, Page, Paging, guard, reply, time};
use crate::web::problem::{ApiError, Problem};
use crate::zone::Zone;

/// `{session}` and `{message}` of a path.
pub type OfMessage = Path<(String, String)>;

/// List messages
///
/// The number's messages, newest first. With filters that few messages pass, a page can have fewer rows than `limit`, or
/// none: go on as long as there's a `next_cursor`.
#[utoipa::path(get, path = "/v1/sessions/{session}/messages", tag = "messages", operation_id = "listMessages",
    params(
        ("chat" = Option<String>, Query, description = "Only of this chat, by ID."),
        ("direction" = Option<String>, Query, description = "`inbound` or `outbound`."),
        ("type" = Option<String>, Query, description = "Types, separated by commas."),
        ("status" = Option<String>, Query, description = "Statuses, separated by commas, as `status` of a message names them."),
        ("from" = Option<String>, Query, description = "Only those from this time on (RFC 3339), or from this day on, \
            such as `2026-11-24`, in the workspace's time zone."),
        ("to" = Option<String>, Query, description = "Only those before this time (RFC 3339), or up to this day and \
            including it."),
    ),
    responses((status = 200, body = Page<MessageView>, description = "The messages.")))]
pub async fn list(
    request: HttpRequest,
    caller: Called,
    scope: Scope,
    session: Path<String>,
    paging: Paging,
    chats: Data<Chats>,
) -> Result<HttpResponse, ApiError> {
    let listing = asked::messages(&request, caller.reader().zone)?;
    page_of(&request, &caller, scope, &guard::id(&session)?, listing, paging, &chats).await
}

/// A page of messages as a response.
async fn page_of(
    request: &HttpRequest,
    caller: &Called,
    scope: Scope,
    session: &PublicId,
    listing: Listing,
    paging: Paging,
    chats: &Chats,
) -> Result<HttpResponse, ApiError> {
    let after = paging.after::<TimeCursor>()?;
    let (found, cast) = chats.messages_of(scope, session, listing, after, paging.limit).await?;
    let t = caller.reader();
    let view = |message| MessageView::of(t, message, &cast);
    Ok(reply::page(request, &paging.found(found, view))?)
}

/// Get a message
///
/// One message: what it says, its status with the times, and why it failed if it did.
#[utoipa::path(get, path = "/v1/sessions/{session}/messages/{message}", tag = "messages",
    operation_id = "showMessage",
    responses((status = 200, body = MessageView, description = "The message.")))]
pub async fn show(
    request: HttpRequest,
    caller: Called,
    scope: Scope,
    path: OfMessage,
    chats: Data<Chats>,
) -> Result<HttpResponse, ApiError> {
    let (message, cast) = chats
        .message_of(scope, &guard::id(&path.0)?, &guard::id(&path.1)?)
        .await?;
    Ok(reply::one(&request, &MessageView::of(caller.reader(), message, &cast))?)
}

/// Delete a message
///
/// Deletes a message of yours for everybody, which WhatsApp allows for two days; answers with the message, which says
/// nothing any more. With `scope=me`, any message is deleted here only: everybody else keeps theirs, and so does the phone.
/// One that hasn't been sent yet isn't sent.
#[utoipa::path(delete, path = "/v1/sessions/{session}/messages/{message}", tag = "messages",
    operation_id = "deleteMessage",
    params(
        ("scope" = Option<String>, Query, description = "`everybody` (the default), or `me`: your copy alone."),
    ),
    responses((status = 202, body = MessageView, description = "Deleted here; the others are told."),
              (status = 204, description = "Your copy is deleted.")))]
pub async fn remove(
    request: HttpRequest,
    caller: Called,
    scope: Scope,
    path: OfMessage,
    (chats, outbox): (Data<Chats>, Data<Outbox>),
) -> Result<HttpResponse, ApiError> {
    let (message, _) = chats
        .message_of(scope, &guard::id(&path.0)?, &guard::id(&path.1)?)
        .await?;
    let is_unsent = message.from_me && matches!(message.status, Status::Pending | Status::Failed);
    if asked::for_me(&request)? || is_unsent {
        outbox.remove(scope, &message.chat, &message.public_id).await?;
        return Ok(reply::empty());
    }
    let deleted = outbox.change(scope, &message.public_id, Change::Delete).await;
    deleted?;
    let (message, cast) = chats
        .message_of(scope, &guard::id(&path.0)?, &message.public_id)
        .await?;
    Ok(reply::accepted(&MessageView::of(caller.reader(), message, &cast))?)
}

/// What became of your message at one member of a group.
#[derive(Serialize, ToSchema)]
pub struct ReceiptView {
    member: PartyView,
    /// `delivered`, `read` or `played`.
    #[schema(example = "read")]
    status: String,
    #[schema(format = DateTime)]
    at: String,
}

/// List a message's receipts
///
/// Who has got and who has read a message of yours in a group, the latest first. Of a message to one person, its status says
/// it.
#[utoipa::path(get, path = "/v1/sessions/{session}/messages/{message}/receipts", tag = "messages",
    operation_id = "listReceipts",
    responses((status = 200, body = Page<ReceiptView>, description = "The receipts.")))]
pub async fn receipts(
    request: HttpRequest,
    scope: Scope,
    path: OfMessage,
    paging: Paging,
    chats: Data<Chats>,
) -> Result<HttpResponse, ApiError> {
    let (session, message) = (guard::id(&path.0)?, guard::id(&path.1)?);
    let skipped: usize = paging.after()?.unwrap_or(0);
    let (receipts, cast) = chats.receipts_of(scope, &session, &message).await?;
    let rows = receipts
        .into_iter()
        .enumerate()
        .skip(skipped)
        .take(paging.fetch() as usize);
    let page = paging.page(
        rows.collect(),
        |(place, _)| (place + 1).to_string(),
        |(_, receipt)| ReceiptView {
            member: cast.person(&receipt.member).into(),
            status: receipt.status.to_string(),
            at: time(receipt.at),
        },
    );
    Ok(reply::page(&request, &page)?)
}

/// What to look for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchBody {
    /// Words, or their beginnings; any spelling. Captions and names of files count, too.
    #[schema(example = "invoice", min_length = 1, max_length = 200)]
    query: String,
    /// `me`, `others`, or the ID of a contact.
    #[schema(example = "others")]
    by: Option<String>,
    /// Only in this chat, by ID.
    #[schema(example = "chat_06c2m9k1t4v7x0z3a5b8d1f4h7")]
    chat: Option<String>,
    /// Types of messages.
    #[schema(example = json!(["document"]))]
    types: Option<Vec<String>>,
    /// A time of RFC 3339, or a day of the workspace's time zone such as `2026-11-24`: from its beginning on.
    #[schema(example = "2026-11-01")]
    from: Option<String>,
    /// A time of RFC 3339, which is not included, or a day of the workspace's time zone, which is.
    #[schema(example = "2026-11-30")]
    to: Option<String>,
}

impl SearchBody {
    fn filter(&self, zone: Zone) -> Result<MessageFilter, Problem> {
        let mut wrong = Vec::new();
        let author = match self.by.as_deref() {
            None => None,
            Some("me") => Some(Author::Us),
            Some("others") => Some(Author::Others),
            Some(id) => match id.parse() {
                Ok(contact) => Some(Author::Contact(contact)),
                Err(_) => {
                    wrong.push(("by", asked::choose_from(&["me", "others", "con_…"])));
                    None
                }
            },
        };
        let mut kinds: Vec<Kind> = Vec::new();
        for word in self.types.iter().flatten() {
            match word.parse() {
                Ok(kind) => kinds.push(kind),
                Err(_) => wrong.push(("types", asked::choose_from(&asked::shown_kinds()))),
            }
        }
        let mut times = [None, None];
        for (time, (field, text)) in times.iter_mut().zip([("from", &self.from), ("to", &self.to)]) {
            *time = text
                .as_deref()
                .and_then(|text| asked::moment_or_day(text, zone, field == "to"));
            if text.is_some() && time.is_none() {
                wrong.push((field, Text::new("api-bad-time")));
            }
        }
        let chat = self.chat.as_deref().map(str::parse).transpose();
        if chat.is_err() {
            wrong.push(("chat", Text::new("api-bad-id")));
        }
        if self.query.trim().is_empty() {
            wrong.push(("query", Text::new("api-search-empty")));
        } else if self.query.chars().count() > asked::LONGEST_SEARCH {
            wrong.push((
                "query",
                Text::new("api-text-too-long").number("most", asked::LONGEST_SEARCH as u64),
            ));
        }
        if !wrong.is_empty() {
            wrong.dedup();
            let problem = Problem::fields(Vec::new());
            return Err(wrong
                .into_iter()
                .fold(problem, |problem, (field, text)| problem.wrong(field, text)));
        }
        let [since, until] = times;
        Ok(MessageFilter {
            session: None,
            chat: chat.ok().flatten(),
            from: author,
            kinds,
            since,
            until,
            before: None,
        })
    }
}

/// Search messages
///
/// The number's messages that contain all words of `query`, those that came last first. `limit` and `cursor` are in
/// the address, as for lists.
#[utoipa::path(post, path = "/v1/sessions/{session}/messages/search", tag = "messages",
    operation_id = "searchMessages",
    request_body = SearchBody, responses((status = 200, body = Page<MessageView>, description = "What was found.")))]
pub async fn search(
    caller: Called,
    scope: Scope,
    session: Path<String>,
    paging: Paging,
    body: Body<SearchBody>,
    chats: Data<Chats>,
) -> Result<HttpResponse, ApiError> {
    let session = guard::id(&session)?;
    // Another workspace's number is not found, whatever is looked for.
    chats.known(scope, &session).await?;
    let filter = MessageFilter {
        before: paging.after()?,
        ..body.0.filter(caller.reader().zone)?
    };
    let (found, cast) = chats
        .search_of(scope, &session, &body.0.query, filter, paging.limit)
        .await?;
    let t = caller.reader();
    let page = paging.found(found, |message| MessageView::of(t, message, &cast));
    Ok(reply::done(&page)?)
}
