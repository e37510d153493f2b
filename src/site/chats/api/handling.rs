//! API calls: what a team does with a chat.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asked::moment;
use super::conversations::OfChat;
use crate::accounts::{FieldError, Scope};
use crate::chats::{Assignee, Change, Chat, Chats, Handling, Label};
use crate::i18n::Text;
use crate::ids::PublicId;
use crate::web::api::{Body, guard, reply, time};
use crate::web::problem::{ApiError, Problem};

/// A member of the workspace.
#[derive(Serialize, ToSchema)]
pub struct AssigneeView {
    id: String,
    name: String,
}

impl AssigneeView {
    fn of(member: Assignee) -> Self {
        Self {
            id: member.user.to_string(),
            name: member.name,
        }
    }
}

/// A label of the workspace.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "id": "label_06c2m9k1t4v7x0z3a5b8d1f4h7", "name": "Wholesale", "colour": "red" }))]
pub struct LabelView {
    id: String,
    name: String,
    /// `grey`, `red`, `orange`, `yellow`, `green`, `blue`, `purple` or `pink`.
    #[schema(example = "red")]
    colour: String,
}

impl LabelView {
    pub fn of(label: Label) -> Self {
        Self {
            id: label.id.to_string(),
            name: label.name,
            colour: label.colour.to_string(),
        }
    }
}

/// Whose a chat is, and whether it is done with.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "chat": "chat_06c2m9k1t4v7x0z3a5b8d1f4h7", "state": "snoozed",
    "assignee": { "id": "usr_06c2m9k1t4v7x0z3a5b8d1f4h7", "name": "Ana" },
    "snoozed_until": "2026-11-25T09:00:00Z", "pinned": false, "muted": false,
    "labels": [{ "id": "lbl_06c2m9k1t4v7x0z3a5b8d1f4h7", "name": "Urgent", "colour": "red" }],
}))]
pub struct HandlingView {
    chat: String,
    /// `open`, `resolved`, `snoozed` or `archived`.
    state: String,
    /// Null while it is nobody's.
    assignee: Option<AssigneeView>,
    /// When a snoozed chat comes back.
    #[schema(format = DateTime)]
    snoozed_until: Option<String>,
    pinned: bool,
    muted: bool,
    labels: Vec<LabelView>,
}

impl HandlingView {
    pub fn of(chat: Chat) -> Self {
        let handled = chat.handled;
        Self {
            chat: chat.public_id.to_string(),
            state: handled.state.to_string(),
            assignee: handled.assignee.map(AssigneeView::of),
            snoozed_until: handled.snoozed_until.map(time),
            pinned: handled.pinned,
            muted: handled.muted,
            labels: handled.labels.into_iter().map(LabelView::of).collect(),
        }
    }
}

/// The chat of a path, which has to be one of the number's.
pub(super) async fn chat_of(chats: &Chats, scope: Scope, path: (&str, &str)) -> Result<Chat, ApiError> {
    let (chat, _) = chats.chat_of(scope, &guard::id(path.0)?, &guard::id(path.1)?).await?;
    Ok(chat)
}

/// Does it, and answers with what the chat is then.
async fn change(
    (chats, handling): (&Chats, &Handling),
    scope: Scope,
    chat: &PublicId,
    change: Change,
) -> Result<HttpResponse, ApiError> {
    handling.change(scope, chat, change).await?;
    let chat = chats.get(scope, chat).await?;
    Ok(reply::done(&HandlingView::of(chat))?)
}

/// Get how a chat is handled
///
/// Whose the chat is, its state and its labels.
#[utoipa::path(get, path = "/v1/sessions/{session}/chats/{chat}/handling", tag = "chats",
    operation_id = "showHandling",
    responses((status = 200, body = HandlingView, description = "How it is handled.")))]
pub async fn show(
    request: HttpRequest,
    scope: Scope,
    path: OfChat,
    chats: Data<Chats>,
) -> Result<HttpResponse, ApiError> {
    let chat = chat_of(&chats, scope, (&path.0, &path.1)).await?;
    Ok(reply::one(&request, &HandlingView::of(chat))?)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "member": "usr_06c2m9k1t4v7x0z3a5b8d1f4h7" }))]
pub struct AssignBody {
    /// ID of a member of the workspace; null for nobody.
    member: Option<String>,
}

/// Assign a chat
///
/// To a member of the workspace, or to nobody.
#[utoipa::path(post, path = "/v1/sessions/{session}/chats/{chat}/assign", tag = "chats", operation_id = "assignChat",
    request_body = AssignBody, responses((status = 200, body = HandlingView, description = "How it is handled now.")))]
pub async fn assign(
    scope: Scope,
    path: OfChat,
    body: Body<AssignBody>,
    (chats, handling): (Data<Chats>, Data<Handling>),
) -> Result<HttpResponse, ApiError> {
    let chat = chat_of(&chats, scope, (&path.0, &path.1)).await?;
    let member = body.0.member.map(|member| member.parse()).transpose();
    let member = member.map_err(|_| wrong("member", Text::new("handling-not-a-member")))?;
    change((&chats, &handling), scope, &chat.public_id, Change::Assign(member)).await
}

/// Resolve a chat
///
/// It is done with, until a message of the contact opens it again.
#[utoipa::path(post, path = "/v1/sessions/{session}/chats/{chat}/resolve", tag = "chats",
    operation_id = "resolveChat",
    responses((status = 200, body = HandlingView, description = "How it is handled now.")))]
pub async fn resolve(
    scope: Scope,
    path: OfChat,
    (chats, handling): (Data<Chats>, Data<Handling>),
) -> Result<HttpResponse, ApiError> {
    let chat = chat_of(&chats, scope, (&path.0, &path.1)).await?;
    change((&chats, &handling), scope, &chat.public_id, Change::Resolve).await
}

/// Reopen a chat
///
/// A resolved, snoozed or archived chat is open again.
#[utoipa::path(post, path = "/v1/sessions/{session}/chats/{chat}/reopen", tag = "chats", operation_id = "reopenChat",
    responses((status = 200, body = HandlingView, description = "How it is handled now.")))]
pub async fn reopen(
    scope: Scope,
    path: OfChat,
    (chats, handling): (Data<Chats>, Data<Handling>),
) -> Result<HttpResponse, ApiError> {
    let chat = chat_of(&chats, scope, (&path.0, &path.1)).await?;
    change((&chats, &handling), scope, &chat.public_id, Change::Open).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "until": "2026-11-25T09:00:00Z" }))]
pub struct SnoozeBody {
    /// RFC 3339, within a year.
    #[schema(format = DateTime)]
    until: String,
}

/// Snooze a chat
///
/// It comes back at this time, or when the contact writes.
#[utoipa::path(post, path = "/v1/sessions/{session}/chats/{chat}/snooze", tag = "chats", operation_id = "snoozeChat",
    request_body = SnoozeBody, responses((status = 200, body = HandlingView, description = "How it is handled now.")))]
pub async fn snooze(
    scope: Scope,
    path: OfChat,
    body: Body<SnoozeBody>,
    (chats, handling): (Data<Chats>, Data<Handling>),
) -> Result<HttpResponse, ApiError> {
    let chat = chat_of(&chats, scope, (&path.0, &path.1)).await?;
    let until = moment(&body.0.until).ok_or_else(|| wrong("until", Text::new("api-bad-time")))?;
    change((&chats, &handling), scope, &chat.public_id, Change::Snooze(until)).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "labels": ["lbl_06c2m9k1t4v7x0z3a5b8d1f4h7"] }))]
pub struct LabelsBody {
    /// IDs of labels of the workspace.
    labels: Vec<String>,
}

/// Set a chat's labels
///
/// The chat then has exactly these labels.
#[utoipa::path(put, path = "/v1/sessions/{session}/chats/{chat}/labels", tag = "chats", operation_id = "labelChat",
    request_body = LabelsBody, responses((status = 200, body = HandlingView, description = "How it is handled now.")))]
pub async fn label(
    scope: Scope,
    path: OfChat,
    body: Body<LabelsBody>,
    (chats, handling): (Data<Chats>, Data<Handling>),
) -> Result<HttpResponse, ApiError> {
    let chat = chat_of(&chats, scope, (&path.0, &path.1)).await?;
    let known = handling.labels(scope).await?;
    let find = |id: &String| {
        known
            .iter()
            .find(|label| label.id.as_str() == id)
            .map(|label| label.id.clone())
    };
    let wanted: Option<Vec<PublicId>> = body.0.labels.iter().map(find).collect();
    let wanted = wanted.ok_or_else(|| wrong("labels", Text::new("labels-unknown")))?;
    for label in &known {
        let on = wanted.contains(&label.id);
        if on != chat.handled.labels.iter().any(|own| own.id == label.id) {
            handling.label_chat(scope, &chat.public_id, &label.id, on).await?;
        }
    }
    let chat = chats.get(scope, &chat.public_id).await?;
    Ok(reply::done(&HandlingView::of(chat))?)
}

fn wrong(field: &'static str, message: Text) -> Problem {
    Problem::fields(vec![FieldError::new(field, message)])
}
