//! API calls: workspaces, members and invitations. A request acts in the workspace of its path.

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Access;
use crate::accounts::{MemberRole, Membership, NewWorkspace, Scope};
use crate::clock::{Clock, UnixMs};
use crate::i18n::Text;
use crate::ids::PublicId;
use crate::site::access::api::AccessTokenView;
use crate::site::accounts::api::MembershipView;
use crate::team::{Invitation, Team, TeamMember, WorkspaceSummary};
use crate::web::api::guard::Called;
use crate::web::api::{Body, Page, Paging, Person, guard, reply, time};
use crate::web::auth::browser_of;
use crate::web::problem::{ApiResult, Problem};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceBody {
    #[schema(example = "Corner Shop", min_length = 1, max_length = 80)]
    name: String,
    /// IANA name: what "today" is.
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    /// ISO 3166-1 alpha-2: how national phone numbers are read.
    #[schema(example = "DE")]
    country: String,
}

impl From<WorkspaceBody> for NewWorkspace {
    fn from(body: WorkspaceBody) -> Self {
        Self {
            name: body.name,
            time_zone: body.time_zone,
            country: body.country,
        }
    }
}

/// The services use the field names of the pages' forms.
fn named(error: crate::team::TeamError) -> Problem {
    Problem::from(error).renamed(&[("workspace_name", "name"), ("workspace", "name"), ("emails", "email")])
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteWorkspaceBody {
    /// The workspace's name, to confirm.
    #[schema(example = "Corner Shop")]
    name: String,
}

/// List workspaces
///
/// The workspaces the person is a member of, with the person's role in each.
#[utoipa::path(get, path = "/v1/workspaces", tag = "workspaces", operation_id = "listWorkspaces",
    responses((status = 200, body = Page<MembershipView>, description = "The person's workspaces.")))]
pub async fn list(request: HttpRequest, person: Person, paging: Paging, team: Data<Team>) -> ApiResult {
    let all = team.workspaces_of(person.0.user.id).await?;
    let rows = part(all, &paging, |place| &place.workspace.public_id)?;
    let view = |place: WorkspaceSummary| {
        let membership = Membership {
            workspace: place.workspace,
            role: place.role,
        };
        MembershipView::from(&membership)
    };
    let page = paging.page(rows, |place| place.workspace.public_id.to_string(), view);
    Ok(reply::page(&request, &page)?)
}

/// The rows after the cursor, from a short list that was read completely.
fn part<T>(all: Vec<T>, paging: &Paging, id: impl Fn(&T) -> &PublicId) -> Result<Vec<T>, Problem> {
    let after: Option<PublicId> = paging.after()?;
    let begin = match &after {
        Some(after) => all
            .iter()
            .position(|row| id(row) == after)
            .map_or(all.len(), |at| at + 1),
        None => 0,
    };
    Ok(all.into_iter().skip(begin).take(paging.fetch() as usize).collect())
}

/// Create a workspace
///
/// The person becomes its owner.
#[utoipa::path(post, path = "/v1/workspaces", tag = "workspaces", operation_id = "createWorkspace",
    request_body = WorkspaceBody, responses((status = 201, body = MembershipView, description = "The new workspace.")))]
pub async fn create(request: HttpRequest, person: Person, body: Body<WorkspaceBody>, team: Data<Team>) -> ApiResult {
    let made = team
        .create_workspace(&person.0, &browser_of(&request), body.0.into())
        .await
        .map_err(named)?;
    let path = format!("/v1/workspaces/{}", made.public_id);
    let membership = Membership {
        workspace: made,
        role: MemberRole::Owner,
    };
    Ok(reply::created(&path, &MembershipView::from(&membership))?)
}

/// Get a workspace
///
/// One workspace, with the caller's role in it.
#[utoipa::path(get, path = "/v1/workspaces/{workspace}", tag = "workspaces", operation_id = "showWorkspace",
    responses((status = 200, body = MembershipView, description = "The workspace.")))]
pub async fn show(request: HttpRequest, caller: Called) -> ApiResult {
    let membership = caller.0.membership.as_ref().ok_or_else(Problem::not_found)?;
    Ok(reply::one(&request, &MembershipView::from(membership))?)
}

/// Update a workspace
///
/// Changes the name, the time zone and the country. All three are required.
#[utoipa::path(put, path = "/v1/workspaces/{workspace}", tag = "workspaces", operation_id = "changeWorkspace",
    request_body = WorkspaceBody, responses((status = 200, body = MembershipView, description = "The updated workspace.")))]
pub async fn change(scope: Scope, body: Body<WorkspaceBody>, team: Data<Team>) -> ApiResult {
    let workspace = team.change_workspace(scope, body.0.into()).await.map_err(named)?;
    let membership = Membership {
        workspace,
        role: scope.role,
    };
    Ok(reply::done(&MembershipView::from(&membership))?)
}

/// Delete a workspace
///
/// Deletes everything in it: numbers are logged out, chats and contacts are gone. This can't be undone.
#[utoipa::path(delete, path = "/v1/workspaces/{workspace}", tag = "workspaces", operation_id = "deleteWorkspace",
    request_body = DeleteWorkspaceBody, responses((status = 204, description = "The workspace is being deleted.")))]
pub async fn delete(scope: Scope, body: Body<DeleteWorkspaceBody>, team: Data<Team>) -> ApiResult {
    team.delete_workspace(scope, &body.0.name).await.map_err(named)?;
    Ok(reply::empty())
}

/// Switch workspace
///
/// From now on, this login works in that workspace. The answer has an access token for it.
#[utoipa::path(post, path = "/v1/workspaces/{workspace}/switch", tag = "workspaces", operation_id = "switchWorkspace",
    responses((status = 200, body = AccessTokenView, description = "A token for that workspace.")))]
pub async fn switch(caller: Called, workspace: Path<String>, access: Data<Access>) -> ApiResult {
    let issued = access.switch(&caller.0, guard::id(&workspace)?).await?;
    Ok(reply::done(&AccessTokenView::from(issued))?)
}

/// Somebody in the workspace.
#[derive(Serialize, ToSchema)]
pub struct MemberView {
    /// ID of the person.
    #[schema(example = "usr_06c2m9k1t4v7x0z3a5b8d1f4h7")]
    id: String,
    #[schema(example = "Ada Lovelace")]
    name: String,
    #[schema(example = "ada@example.com")]
    email: String,
    /// `owner`, `manager` or `agent`.
    #[schema(example = "agent")]
    role: String,
    #[schema(format = DateTime)]
    joined_at: String,
    /// When one of their browsers or programs was last active.
    #[schema(format = DateTime)]
    seen_at: Option<String>,
}

impl From<TeamMember> for MemberView {
    fn from(team_member: TeamMember) -> Self {
        Self {
            id: team_member.user.public_id.to_string(),
            name: team_member.user.name,
            email: team_member.user.email.to_string(),
            role: team_member.role.to_string(),
            joined_at: time(team_member.joined_at),
            seen_at: team_member.seen_at.map(time),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleBody {
    /// `owner`, `manager` or `agent`.
    #[schema(example = "manager")]
    role: String,
}

fn role_of(word: &str) -> Result<MemberRole, Problem> {
    word.parse().map_err(|_| {
        let known: Vec<_> = MemberRole::ALL.iter().map(|role| role.word()).collect();
        let problem = Problem::fields(Vec::new());
        problem.wrong("role", Text::new("api-choose-from").with("known", known.join(", ")))
    })
}

/// List members
///
/// The people in the workspace and their roles.
#[utoipa::path(get, path = "/v1/workspaces/{workspace}/members", tag = "workspaces", operation_id = "listMembers",
    responses((status = 200, body = Page<MemberView>, description = "Members, by name.")))]
pub async fn members(request: HttpRequest, scope: Scope, paging: Paging, team: Data<Team>) -> ApiResult {
    let found = team
        .members(scope, "", paging.after()?, paging.fetch() as usize)
        .await?
        .page
        .rows;
    let page = paging.page(found, |member| member.user.public_id.to_string(), MemberView::from);
    Ok(reply::page(&request, &page)?)
}

/// Update a member
///
/// Changes the member's role. A workspace keeps at least one owner.
#[utoipa::path(put, path = "/v1/workspaces/{workspace}/members/{member}", tag = "workspaces",
    operation_id = "changeMember",
    request_body = RoleBody, responses((status = 200, body = MemberView, description = "The updated member.")))]
pub async fn change_member(
    scope: Scope,
    path: Path<(String, String)>,
    body: Body<RoleBody>,
    team: Data<Team>,
) -> ApiResult {
    let changed = team
        .change_role(scope, &guard::id(&path.1)?, role_of(&body.0.role)?)
        .await?;
    Ok(reply::done(&MemberView::from(changed))?)
}

/// Remove a member
///
/// The person loses access to the workspace at once. A workspace keeps at least one owner.
#[utoipa::path(delete, path = "/v1/workspaces/{workspace}/members/{member}", tag = "workspaces",
    operation_id = "removeMember",
    responses((status = 204, description = "Removed.")))]
pub async fn remove_member(scope: Scope, path: Path<(String, String)>, team: Data<Team>) -> ApiResult {
    team.remove(scope, &guard::id(&path.1)?).await?;
    Ok(reply::empty())
}

/// An invitation that was not accepted yet.
#[derive(Serialize, ToSchema)]
pub struct InvitationView {
    #[schema(example = "inv_06c2m9k1t4v7x0z3a5b8d1f4h7")]
    id: String,
    #[schema(example = "bo@example.com")]
    email: String,
    #[schema(example = "agent")]
    role: String,
    /// Name of who invited.
    #[schema(example = "Ada Lovelace")]
    invited_by: Option<String>,
    expired: bool,
    #[schema(format = DateTime)]
    sent_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
}

impl InvitationView {
    fn of(invitation: Invitation, now: UnixMs) -> Self {
        Self {
            expired: invitation.has_expired(now),
            id: invitation.public_id.into(),
            email: invitation.email.to_string(),
            role: invitation.role.to_string(),
            invited_by: invitation.invited_by,
            sent_at: time(invitation.sent_at),
            expires_at: time(invitation.expires_at),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteBody {
    #[schema(example = "bo@example.com")]
    email: String,
    /// `owner`, `manager` or `agent`.
    #[schema(example = "agent")]
    role: String,
}

/// List invitations
///
/// Invitations that haven't been accepted yet.
#[utoipa::path(get, path = "/v1/workspaces/{workspace}/invitations", tag = "workspaces",
    operation_id = "listInvitations",
    responses((status = 200, body = Page<InvitationView>, description = "Open invitations, newest first.")))]
pub async fn invitations(
    request: HttpRequest,
    scope: Scope,
    paging: Paging,
    team: Data<Team>,
    clock: Data<Clock>,
) -> ApiResult {
    let all = team.open_invitations(scope).await?;
    let rows = part(all, &paging, |invitation| &invitation.public_id)?;
    let now = clock.now();
    let page = paging.page(
        rows,
        |row| row.public_id.to_string(),
        |row| InvitationView::of(row, now),
    );
    Ok(reply::page(&request, &page)?)
}

/// Create an invitation
///
/// Emails a link that works for a week. Without a mail server, an owner can copy it from the Members page. The number of
/// invitations per address, workspace and network is limited for each day, including revoked ones. Over the limit the
/// answer is `too-many-invitations` with `Retry-After`.
#[utoipa::path(post, path = "/v1/workspaces/{workspace}/invitations", tag = "workspaces", operation_id = "invite",
    request_body = InviteBody, responses((status = 201, body = InvitationView, description = "The invitation.")))]
pub async fn invite(
    scope: Scope,
    workspace: Path<String>,
    body: Body<InviteBody>,
    team: Data<Team>,
    clock: Data<Clock>,
) -> ApiResult {
    let InviteBody { email, role } = body.0;
    let role = role_of(&role)?;
    // The page takes many at once; here one answer tells of one invitation.
    let one = crate::accounts::Email::parse(&email).map_err(|error| Problem::fields(vec![error]))?;
    team.invite(scope, one.as_str(), role).await.map_err(named)?;
    let sent = team
        .open_invitations(scope)
        .await?
        .into_iter()
        .find(|open| open.email == one);
    let sent = sent.ok_or_else(Problem::not_found)?;
    let path = format!("/v1/workspaces/{workspace}/invitations/{}", sent.public_id);
    Ok(reply::created(&path, &InvitationView::of(sent, clock.now()))?)
}

/// Revoke an invitation
///
/// The invitation's link stops working at once.
#[utoipa::path(delete, path = "/v1/workspaces/{workspace}/invitations/{invitation}", tag = "workspaces",
    operation_id = "revokeInvitation",
    responses((status = 204, description = "Revoked.")))]
pub async fn revoke_invitation(scope: Scope, path: Path<(String, String)>, team: Data<Team>) -> ApiResult {
    team.revoke(scope, &guard::id(&path.1)?).await?;
    Ok(reply::empty())
}
