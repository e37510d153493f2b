//! API calls: older messages of a chat, from the number's phone.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::conversations::OfChat;
use crate::accounts::Scope;
use crate::chats::{Chats, Older};
use crate::web::api::{guard, reply, time};
use crate::web::problem::ApiError;

/// The last time the phone was asked for a chat's older messages.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "state": "asked", "asked_at": "2026-11-24T09:30:00Z" }))]
pub struct HistoryView {
    /// `asked` (the phone hasn't answered yet), `no_answer`, `not_connected` (the number wasn't), `came` (there may be more
    /// before them) or `ended` (the phone has nothing older). Null if it was never asked.
    state: Option<String>,
    #[schema(format = DateTime)]
    asked_at: Option<String>,
}

impl HistoryView {
    fn of(older: Option<&Older>) -> Self {
        Self {
            state: older.map(|older| older.state.to_string()),
            asked_at: older.map(|older| time(older.asked_at)),
        }
    }
}

/// Get a chat's history request
///
/// Whether the number's phone was asked for messages before the chat's first one here, and what became of it.
#[utoipa::path(get, path = "/v1/sessions/{session}/chats/{chat}/history", tag = "chats", operation_id = "showHistory",
    responses((status = 200, body = HistoryView, description = "The last request.")))]
pub async fn show(
    request: HttpRequest,
    scope: Scope,
    path: OfChat,
    chats: Data<Chats>,
) -> Result<HttpResponse, ApiError> {
    let (chat, _) = chats.chat_of(scope, &guard::id(&path.0)?, &guard::id(&path.1)?).await?;
    let older = chats.older(scope, &chat.public_id).await?;
    Ok(reply::one(&request, &HistoryView::of(older.as_ref()))?)
}

/// Fetch older messages
///
/// Asks the number's phone for up to 50 messages before the chat's first one here. They appear among the chat's messages,
/// as read and without an event of their own, once the phone has answered; it has to be on. While it's being asked,
/// nothing more is asked. A chat without messages has none that older ones could come before: then `state` stays null.
#[utoipa::path(post, path = "/v1/sessions/{session}/chats/{chat}/history", tag = "chats", operation_id = "fetchHistory",
    responses((status = 202, body = HistoryView, description = "The phone is asked.")))]
pub async fn ask(scope: Scope, path: OfChat, chats: Data<Chats>) -> Result<HttpResponse, ApiError> {
    let (chat, _) = chats.chat_of(scope, &guard::id(&path.0)?, &guard::id(&path.1)?).await?;
    let older = chats.ask_older(scope, &chat.public_id).await?;
    Ok(reply::accepted(&HistoryView::of(older.as_ref()))?)
}
