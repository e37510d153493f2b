//! API calls: groups of a linked number.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wa_client::MemberChange;

use super::conversations::OfChat;
use crate::accounts::Scope;
use crate::chats::{GroupInfo, Groups, Member, NewDetails, NotChanged};
use crate::i18n::T;
use crate::ids::PublicId;
use crate::web::api::guard::Called;
use crate::web::api::page::bad_parameter;
use crate::web::api::{Body, Page, Paging, guard, reply};
use crate::web::problem::{ApiError, Problem};

/// A group that the number is in, or was in.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "chat_06c2m9k1t4v7x0z3a5b8d1f4h7", "address": "120363000000000001@g.us", "subject": "Bakers",
    "description": "Orders", "members": 12, "is_admin": true, "admins_only": false, "locked": false,
    "gone": null,
}))]
pub struct GroupView {
    /// ID of its chat.
    id: String,
    address: String,
    subject: Option<String>,
    description: Option<String>,
    /// Null until WhatsApp has said who is in it, and once the number is no longer in it.
    members: Option<u32>,
    /// Whether the number is an administrator of the group.
    is_admin: bool,
    /// Only administrators may write.
    admins_only: bool,
    /// Only administrators may change subject, description and picture.
    locked: bool,
    /// Why the number is no longer in it: `left`, `removed`, `ended`, or `away` when that isn't known. Null while it is.
    gone: Option<String>,
}

impl GroupView {
    #[must_use]
    pub fn of(group: GroupInfo) -> Self {
        Self {
            id: group.chat.to_string(),
            address: group.address.to_string(),
            subject: group.subject,
            description: group.description,
            members: group.is_read.then_some(group.members),
            is_admin: group.is_admin,
            admins_only: group.admins_only,
            locked: group.locked,
            gone: group.gone.map(|end| end.to_string()),
        }
    }
}

/// Somebody in a group.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "address": "100000000000007@lid", "name": "Ana Souza", "phone": "+5511999990001", "is_admin": true, "is_you": false,
}))]
pub struct GroupMemberView {
    /// As the group names them.
    address: String,
    name: Option<String>,
    /// E.164. Null while it isn't known.
    phone: Option<String>,
    is_admin: bool,
    /// It's a number of this workspace.
    is_you: bool,
}

impl GroupMemberView {
    #[must_use]
    pub fn of(member: Member) -> Self {
        Self {
            address: member.address.to_string(),
            name: member.person.name,
            phone: member.person.phone.map(|digits| format!("+{digits}")),
            is_admin: member.admin,
            is_you: member.person.ours,
        }
    }
}

/// Somebody whom WhatsApp didn't add or change.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "member": "+5511999990002", "code": "only_contacts",
    "text": "…",
}))]
pub struct NotChangedView {
    /// As you named them.
    member: String,
    /// `only_contacts`, `not_on_whatsapp`, `not_a_member`, `member_already`, `blocked`, `left_recently`, `group_full` or
    /// `refused`.
    code: String,
    text: String,
}

impl NotChangedView {
    #[must_use]
    pub fn of(t: T, not: NotChanged) -> Self {
        Self {
            member: not.who,
            code: not.why.word().to_owned(),
            text: t.text(&not.why.text()),
        }
    }
}

/// A group after a change, and those who were not changed.
#[derive(Serialize, ToSchema)]
pub struct ChangedGroupView {
    group: GroupView,
    not_changed: Vec<NotChangedView>,
}

/// The group of a path, which has to be one of the number's.
async fn group_of(groups: &Groups, scope: Scope, path: &OfChat) -> Result<GroupInfo, ApiError> {
    let (session, chat): (PublicId, PublicId) = (guard::id(&path.0)?, guard::id(&path.1)?);
    let group = groups.get(scope, &chat).await?;
    if group.session == session {
        Ok(group)
    } else {
        Err(Problem::not_found().into())
    }
}

/// List groups
///
/// The groups that the number is in, and those that it was in and whose messages are here.
#[utoipa::path(get, path = "/v1/sessions/{session}/groups", tag = "groups", operation_id = "listGroups",
    responses((status = 200, body = Page<GroupView>, description = "The groups.")))]
pub async fn list(
    request: HttpRequest,
    scope: Scope,
    session: Path<String>,
    paging: Paging,
    groups: Data<Groups>,
) -> Result<HttpResponse, ApiError> {
    let after = paging.after::<PublicId>()?;
    let found = groups.list(scope, &guard::id(&session)?, after, paging.limit).await?;
    Ok(reply::page(&request, &paging.found(found, GroupView::of))?)
}

/// Get a group
///
/// One group, by the ID of its chat.
#[utoipa::path(get, path = "/v1/sessions/{session}/groups/{chat}", tag = "groups", operation_id = "showGroup",
    responses((status = 200, body = GroupView, description = "The group.")))]
pub async fn show(
    request: HttpRequest,
    scope: Scope,
    path: OfChat,
    groups: Data<Groups>,
) -> Result<HttpResponse, ApiError> {
    let group = group_of(&groups, scope, &path).await?;
    Ok(reply::one(&request, &GroupView::of(group))?)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "subject": "Bakers", "members": ["+5511999990001", "con_06c2m9k1t4v7x0z3a5b8d1f4h7"] }))]
pub struct NewGroupBody {
    /// 1 to 100 characters.
    subject: String,
    /// Phone numbers in any usual form, WhatsApp addresses, or IDs of contacts; at most 100.
    members: Vec<String>,
}

/// Create a group
///
/// The number becomes its administrator. Who can't be added is in `not_changed`, with why.
#[utoipa::path(post, path = "/v1/sessions/{session}/groups", tag = "groups", operation_id = "createGroup",
    request_body = NewGroupBody,
    responses((status = 201, body = ChangedGroupView, description = "The group.")))]
pub async fn create(
    caller: Called,
    scope: Scope,
    session: Path<String>,
    body: Body<NewGroupBody>,
    groups: Data<Groups>,
) -> Result<HttpResponse, ApiError> {
    let NewGroupBody { subject, members } = body.0;
    let session = guard::id(&session)?;
    let (chat, not_changed) = groups.create(scope, &session, &subject, &members).await?;
    let group = groups.get(scope, &chat).await?;
    let path = format!("/v1/sessions/{session}/groups/{chat}");
    Ok(reply::created(&path, &changed(caller.reader(), group, not_changed))?)
}

fn changed(t: T, group: GroupInfo, not_changed: Vec<NotChanged>) -> ChangedGroupView {
    ChangedGroupView {
        group: GroupView::of(group),
        not_changed: not_changed.into_iter().map(|not| NotChangedView::of(t, not)).collect(),
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "subject": "Night bakers", "admins_only": true }))]
pub struct ChangeGroupBody {
    /// 1 to 100 characters.
    subject: Option<String>,
    /// At most 2,048 characters; an empty one removes it.
    description: Option<String>,
    /// Only administrators may write.
    admins_only: Option<bool>,
    /// Only administrators may change subject, description and picture.
    locked: Option<bool>,
}

/// Change a group
///
/// What you leave out stays as it is.
#[utoipa::path(put, path = "/v1/sessions/{session}/groups/{chat}", tag = "groups", operation_id = "changeGroup",
    request_body = ChangeGroupBody, responses((status = 200, body = GroupView, description = "The group now.")))]
pub async fn change(
    scope: Scope,
    path: OfChat,
    body: Body<ChangeGroupBody>,
    groups: Data<Groups>,
) -> Result<HttpResponse, ApiError> {
    let chat = group_of(&groups, scope, &path).await?.chat;
    let new = NewDetails {
        subject: body.0.subject,
        description: body.0.description,
        admins_only: body.0.admins_only,
        locked: body.0.locked,
    };
    groups.change(scope, &chat, new).await?;
    Ok(reply::done(&GroupView::of(groups.get(scope, &chat).await?))?)
}

/// List a group's members
///
/// Administrators first, then by name.
#[utoipa::path(get, path = "/v1/sessions/{session}/groups/{chat}/members", tag = "groups",
    operation_id = "listGroupMembers",
    params(
        ("search" = Option<String>, Query, description = "Part of a name or number."),
    ),
    responses((status = 200, body = Page<GroupMemberView>, description = "The members.")))]
pub async fn members(
    request: HttpRequest,
    scope: Scope,
    path: OfChat,
    paging: Paging,
    groups: Data<Groups>,
) -> Result<HttpResponse, ApiError> {
    let chat = group_of(&groups, scope, &path).await?.chat;
    let from = paging.after::<usize>()?.unwrap_or(0);
    let query = url::form_urlencoded::parse(request.query_string().as_bytes());
    let search = query
        .filter(|(name, _)| name == "search")
        .map(|(_, value)| value)
        .last();
    if search.as_ref().is_some_and(|text| text.len() > 200) {
        return Err(bad_parameter().into());
    }
    let found = groups
        .members(
            scope,
            &chat,
            search.as_deref().unwrap_or_default(),
            from,
            paging.limit as usize,
        )
        .await?;
    Ok(reply::page(&request, &paging.found(found, GroupMemberView::of))?)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "members": ["+5511999990001"] }))]
pub struct MembersBody {
    /// Phone numbers in any usual form, WhatsApp addresses, or IDs of contacts; at most 100.
    members: Vec<String>,
}

async fn change_members(
    (t, scope): (T, Scope),
    path: &OfChat,
    change: MemberChange,
    whom: &[String],
    groups: &Groups,
) -> Result<HttpResponse, ApiError> {
    let chat = group_of(groups, scope, path).await?.chat;
    let not_changed = groups.change_members(scope, &chat, change, whom).await?;
    let group = groups.get(scope, &chat).await?;
    Ok(reply::done(&changed(t, group, not_changed))?)
}

/// Add members
///
/// Who can't be added is in `not_changed`, with why; the others are in the group.
#[utoipa::path(post, path = "/v1/sessions/{session}/groups/{chat}/members", tag = "groups",
    operation_id = "addGroupMembers",
    request_body = MembersBody, responses((status = 200, body = ChangedGroupView, description = "The group now.")))]
pub async fn add(
    caller: Called,
    scope: Scope,
    path: OfChat,
    body: Body<MembersBody>,
    groups: Data<Groups>,
) -> Result<HttpResponse, ApiError> {
    let asker = (caller.reader(), scope);
    change_members(asker, &path, MemberChange::Add, &body.0.members, &groups).await
}

/// Remove members
///
/// They no longer see what is written in the group.
#[utoipa::path(post, path = "/v1/sessions/{session}/groups/{chat}/members/remove", tag = "groups",
    operation_id = "removeGroupMembers",
    request_body = MembersBody, responses((status = 200, body = ChangedGroupView, description = "The group now.")))]
pub async fn remove(
    caller: Called,
    scope: Scope,
    path: OfChat,
    body: Body<MembersBody>,
    groups: Data<Groups>,
) -> Result<HttpResponse, ApiError> {
    let asker = (caller.reader(), scope);
    change_members(asker, &path, MemberChange::Remove, &body.0.members, &groups).await
}

/// Make members administrators
///
/// They may change the group and its members.
#[utoipa::path(post, path = "/v1/sessions/{session}/groups/{chat}/members/promote", tag = "groups",
    operation_id = "promoteGroupMembers",
    request_body = MembersBody, responses((status = 200, body = ChangedGroupView, description = "The group now.")))]
pub async fn promote(
    caller: Called,
    scope: Scope,
    path: OfChat,
    body: Body<MembersBody>,
    groups: Data<Groups>,
) -> Result<HttpResponse, ApiError> {
    let asker = (caller.reader(), scope);
    change_members(asker, &path, MemberChange::Promote, &body.0.members, &groups).await
}

/// Make administrators members
///
/// They stay in the group.
#[utoipa::path(post, path = "/v1/sessions/{session}/groups/{chat}/members/demote", tag = "groups",
    operation_id = "demoteGroupMembers",
    request_body = MembersBody, responses((status = 200, body = ChangedGroupView, description = "The group now.")))]
pub async fn demote(
    caller: Called,
    scope: Scope,
    path: OfChat,
    body: Body<MembersBody>,
    groups: Data<Groups>,
) -> Result<HttpResponse, ApiError> {
    let asker = (caller.reader(), scope);
    change_members(asker, &path, MemberChange::Demote, &body.0.members, &groups).await
}

/// Leave a group
///
/// The number leaves the group; what was written stays here.
#[utoipa::path(post, path = "/v1/sessions/{session}/groups/{chat}/leave", tag = "groups", operation_id = "leaveGroup",
    responses((status = 200, body = GroupView, description = "The group, left.")))]
pub async fn leave(scope: Scope, path: OfChat, groups: Data<Groups>) -> Result<HttpResponse, ApiError> {
    let chat = group_of(&groups, scope, &path).await?.chat;
    groups.leave(scope, &chat).await?;
    Ok(reply::done(&GroupView::of(groups.get(scope, &chat).await?))?)
}

/// A group's link. Whoever has it can join.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "url": "https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv" }))]
pub struct GroupLinkView {
    url: String,
}

/// Get a group's link
///
/// Whoever has the link can join the group.
#[utoipa::path(get, path = "/v1/sessions/{session}/groups/{chat}/link", tag = "groups",
    operation_id = "showGroupLink",
    responses((status = 200, body = GroupLinkView, description = "The link.")))]
pub async fn link(scope: Scope, path: OfChat, groups: Data<Groups>) -> Result<HttpResponse, ApiError> {
    link_of(scope, &path, false, &groups).await
}

/// Renew a group's link
///
/// The old link no longer works.
#[utoipa::path(post, path = "/v1/sessions/{session}/groups/{chat}/link", tag = "groups",
    operation_id = "renewGroupLink",
    responses((status = 200, body = GroupLinkView, description = "The new link.")))]
pub async fn renew_link(scope: Scope, path: OfChat, groups: Data<Groups>) -> Result<HttpResponse, ApiError> {
    link_of(scope, &path, true, &groups).await
}

async fn link_of(scope: Scope, path: &OfChat, renew: bool, groups: &Groups) -> Result<HttpResponse, ApiError> {
    let chat = group_of(groups, scope, path).await?.chat;
    let url = groups.link_of(scope, &chat, renew).await?;
    Ok(reply::done(&GroupLinkView { url })?)
}
