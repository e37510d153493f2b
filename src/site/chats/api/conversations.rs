//! API calls: chats of a linked number.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wa_client::TypingState;

use super::asked;
use super::view::{ChatOfView, MessageView};
use crate::accounts::Scope;
use crate::chats::{Cast, Chat, ChatCursor, Chats, Preview};
use crate::web::api::guard::Called;
use crate::web::api::{Body, Page, Paging, guard, reply, time};
use crate::web::problem::ApiError;

/// `{session}` and `{chat}` of a path.
pub type OfChat = Path<(String, String)>;

/// The newest message of a chat, in short.
#[derive(Serialize, ToSchema)]
pub struct PreviewView {
    #[schema(example = "text")]
    r#type: String,
    /// `inbound` or `outbound`.
    #[schema(example = "inbound")]
    direction: String,
    #[schema(example = "received")]
    status: String,
    /// At most 200 characters.
    #[schema(example = "Are you open today?")]
    text: Option<String>,
    deleted: bool,
}

impl PreviewView {
    fn of(last: Preview) -> Self {
        Self {
            r#type: last.kind.to_string(),
            direction: if last.from_me { "outbound" } else { "inbound" }.to_owned(),
            status: last.status.to_string(),
            text: last.body.filter(|_| !last.deleted),
            deleted: last.deleted,
        }
    }
}

/// A chat: with a person, or of a group.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "chat_06c2m9k1t4v7x0z3a5b8d1f4h7", "type": "direct", "address": "5511999990001@s.whatsapp.net",
    "name": "Ana Souza", "contact": "con_06c2m9k1t4v7x0z3a5b8d1f4h7", "phone": "+5511999990001",
    "lid": "100000000000007@lid", "unread": 2, "last_message_at": "2026-11-24T09:30:00Z",
    "last_message": {
        "type": "text", "direction": "inbound", "status": "received", "text": "Hello",
        "deleted": false,
    },
    "disappears_after": null,
}))]
pub struct ChatView {
    id: String,
    /// `direct`, `group`, or `other` (channels, status).
    r#type: String,
    /// Where messages of this chat are sent.
    address: String,
    /// The contact's name, or the group's subject.
    name: Option<String>,
    /// ID of the contact. Null in groups.
    contact: Option<String>,
    /// E.164. Null while it isn't known, and in groups.
    phone: Option<String>,
    /// WhatsApp's other address of the same account.
    lid: Option<String>,
    unread: u32,
    #[schema(format = DateTime)]
    last_message_at: Option<String>,
    last_message: Option<PreviewView>,
    /// Its messages disappear after so many seconds.
    disappears_after: Option<u32>,
}

impl ChatView {
    pub fn of(chat: Chat, cast: &Cast) -> Self {
        let with = ChatOfView::of(&chat.public_id, cast);
        Self {
            id: with.id,
            r#type: with.r#type,
            address: with.address,
            name: with.name,
            contact: with.contact,
            phone: with.phone,
            lid: with.lid,
            unread: chat.unread,
            last_message_at: (chat.last_at.0 > 0).then(|| time(chat.last_at)),
            last_message: chat.last.map(PreviewView::of),
            disappears_after: chat.expires_after,
        }
    }
}

/// List chats
///
/// The number's chats, the one with the newest message first.
#[utoipa::path(get, path = "/v1/sessions/{session}/chats", tag = "chats", operation_id = "listChats",
    params(
        ("search" = Option<String>, Query, description = "Part of a name or number."),
        ("unread" = Option<bool>, Query, description = "`true`: only those with unread messages."),
    ),
    responses((status = 200, body = Page<ChatView>, description = "The chats.")))]
pub async fn list(
    request: HttpRequest,
    scope: Scope,
    session: Path<String>,
    paging: Paging,
    chats: Data<Chats>,
) -> Result<HttpResponse, ApiError> {
    let (filter, after) = (asked::chats(&request)?, paging.after::<ChatCursor>()?);
    let session = guard::id(&session)?;
    let (found, cast) = chats.chats_of(scope, &session, filter, after, paging.limit).await?;
    let page = paging.found(found, |chat| ChatView::of(chat, &cast));
    Ok(reply::page(&request, &page)?)
}

/// Get a chat
///
/// One chat, with the short form of its newest message.
#[utoipa::path(get, path = "/v1/sessions/{session}/chats/{chat}", tag = "chats", operation_id = "showChat",
    responses((status = 200, body = ChatView, description = "The chat.")))]
pub async fn show(
    request: HttpRequest,
    scope: Scope,
    path: OfChat,
    chats: Data<Chats>,
) -> Result<HttpResponse, ApiError> {
    let (chat, cast) = chats.chat_of(scope, &guard::id(&path.0)?, &guard::id(&path.1)?).await?;
    Ok(reply::one(&request, &ChatView::of(chat, &cast))?)
}

/// List a chat's messages
///
/// The messages of one chat, newest first. The filters are those of `GET /v1/sessions/{session}/messages`.
#[utoipa::path(get, path = "/v1/sessions/{session}/chats/{chat}/messages", tag = "chats",
    operation_id = "listChatMessages",
    params(
        ("direction" = Option<String>, Query, description = "`inbound` or `outbound`."),
        ("type" = Option<String>, Query, description = "Types, separated by commas."),
        ("status" = Option<String>, Query, description = "Statuses, separated by commas, as `status` of a message names them."),
        ("from" = Option<String>, Query, description = "Only those from this time on (RFC 3339), or from this day on, \
            such as `2026-11-24`, in the workspace's time zone."),
        ("to" = Option<String>, Query, description = "Only those before this time (RFC 3339), or up to this day and \
            including it."),
    ),
    responses((status = 200, body = Page<MessageView>, description = "The messages.")))]
pub async fn messages(
    request: HttpRequest,
    caller: Called,
    scope: Scope,
    path: OfChat,
    paging: Paging,
    chats: Data<Chats>,
) -> Result<HttpResponse, ApiError> {
    let mut listing = asked::messages(&request, caller.reader().zone)?;
    listing.chat = Some(guard::id(&path.1)?);
    super::page_of(&request, &caller, scope, &guard::id(&path.0)?, listing, paging, &chats).await
}

/// Mark a chat as read
///
/// Here at once, and at WhatsApp as soon as the number is connected: the senders see that their messages were read.
#[utoipa::path(post, path = "/v1/sessions/{session}/chats/{chat}/read", tag = "chats", operation_id = "readChat",
    responses((status = 204, description = "Marked.")))]
pub async fn read(scope: Scope, path: OfChat, chats: Data<Chats>) -> Result<HttpResponse, ApiError> {
    let (chat, _) = chats.chat_of(scope, &guard::id(&path.0)?, &guard::id(&path.1)?).await?;
    chats.mark_read(scope, &chat.public_id).await?;
    Ok(reply::empty())
}

crate::words!(
    /// What the other side is shown.
    #[derive(ToSchema)]
    pub enum Typing {
        Typing = "typing",
        Recording = "recording",
        Paused = "paused",
    }
);

impl From<Typing> for TypingState {
    fn from(shown: Typing) -> Self {
        match shown {
            Typing::Typing => Self::Composing,
            Typing::Recording => Self::Recording,
            Typing::Paused => Self::Paused,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "state": "typing" }))]
pub struct TypingBody {
    state: Typing,
}

/// Show typing
///
/// Shows the other side for some seconds that somebody is typing or recording, or that they stopped. While the number isn't
/// connected, nothing happens.
#[utoipa::path(post, path = "/v1/sessions/{session}/chats/{chat}/typing", tag = "chats", operation_id = "showTyping",
    request_body = TypingBody, responses((status = 204, description = "Shown.")))]
pub async fn typing(
    scope: Scope,
    path: OfChat,
    body: Body<TypingBody>,
    chats: Data<Chats>,
) -> Result<HttpResponse, ApiError> {
    let (chat, _) = chats.chat_of(scope, &guard::id(&path.0)?, &guard::id(&path.1)?).await?;
    chats.typing(scope, &chat.public_id, body.0.state.into()).await?;
    Ok(reply::empty())
}
