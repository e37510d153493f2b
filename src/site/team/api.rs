//! JSON doors: workspaces, members and invitations. The workspace in the path is the one a request works in.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Access;
use crate::accounts::{MemberRole, Membership, NewWorkspace, Scope};
use crate::clock::{Clock, UnixMs};
use crate::ids::PublicId;
use crate::site::access::api::AccessTokenView;
use crate::site::accounts::api::MembershipView;
use crate::team::{Colleague, Invitation, Place, Team};
use crate::web::api::guard::Called;
use crate::web::api::{Body, Page, Paging, Person, guard, reply, time};
use crate::web::auth::browser_of;
use crate::web::problem::{ApiError, Problem};

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

/// The services name the fields of the pages' forms.
fn named(error: crate::team::TeamError) -> Problem {
    Problem::from(error).renamed(&[("workspace_name", "name"), ("workspace", "name"), ("emails", "email")])
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteWorkspaceBody {
    /// The workspace's name, so that nobody deletes by mistake.
    #[schema(example = "Corner Shop")]
    name: String,
}

/// List the person's workspaces
#[utoipa::path(get, path = "/v1/workspaces", tag = "workspaces", operation_id = "listWorkspaces",
    responses((status = 200, body = Page<MembershipView>, description = "Workspaces that the person is a member of.")))]
pub async fn list(
    request: HttpRequest,
    person: Person,
    paging: Paging,
    team: Data<Team>,
) -> Result<HttpResponse, ApiError> {
    let all = team.places(person.0.user.id).await?;
    let rows = part(all, &paging, |place| &place.workspace.public_id)?;
    let view = |place: Place| {
        let membership = Membership {
            workspace: place.workspace,
            role: place.role,
        };
        MembershipView::from(&membership)
    };
    let page = paging.page(rows, |place| place.workspace.public_id.to_string(), view);
    Ok(reply::page(&request, &page)?)
}

/// The rows after the cursor, of a short list that was read whole.
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

/// Make a workspace
///
/// The person becomes its owner.
#[utoipa::path(post, path = "/v1/workspaces", tag = "workspaces", operation_id = "createWorkspace",
    request_body = WorkspaceBody, responses((status = 201, body = MembershipView, description = "The new workspace.")))]
pub async fn create(
    request: HttpRequest,
    person: Person,
    body: Body<WorkspaceBody>,
    team: Data<Team>,
) -> Result<HttpResponse, ApiError> {
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

/// Show a workspace
#[utoipa::path(get, path = "/v1/workspaces/{workspace}", tag = "workspaces", operation_id = "showWorkspace",
    params(("workspace" = String, Path, description = "Id of the workspace.")),
    responses((status = 200, body = MembershipView, description = "The workspace.")))]
pub async fn show(request: HttpRequest, caller: Called) -> Result<HttpResponse, ApiError> {
    let membership = caller.0.membership.as_ref().ok_or_else(Problem::not_found)?;
    Ok(reply::one(&request, &MembershipView::from(membership))?)
}

/// Change a workspace
#[utoipa::path(put, path = "/v1/workspaces/{workspace}", tag = "workspaces", operation_id = "changeWorkspace",
    params(("workspace" = String, Path, description = "Id of the workspace.")),
    request_body = WorkspaceBody, responses((status = 200, body = MembershipView, description = "The workspace, changed.")))]
pub async fn change(scope: Scope, body: Body<WorkspaceBody>, team: Data<Team>) -> Result<HttpResponse, ApiError> {
    let workspace = team.change_workspace(scope, body.0.into()).await.map_err(named)?;
    let membership = Membership {
        workspace,
        role: scope.role,
    };
    Ok(reply::done(&MembershipView::from(&membership))?)
}

/// Delete a workspace
///
/// With everything in it: numbers are logged out, chats and contacts are gone. Cannot be undone.
#[utoipa::path(delete, path = "/v1/workspaces/{workspace}", tag = "workspaces", operation_id = "deleteWorkspace",
    params(("workspace" = String, Path, description = "Id of the workspace.")),
    request_body = DeleteWorkspaceBody, responses((status = 204, description = "It is being deleted.")))]
pub async fn delete(scope: Scope, body: Body<DeleteWorkspaceBody>, team: Data<Team>) -> Result<HttpResponse, ApiError> {
    team.delete_workspace(scope, &body.0.name).await.map_err(named)?;
    Ok(reply::empty())
}

/// Work in another workspace
///
/// From now on, tokens of this login are for that workspace; the answer has the first one.
#[utoipa::path(post, path = "/v1/workspaces/{workspace}/switch", tag = "workspaces", operation_id = "switchWorkspace",
    params(("workspace" = String, Path, description = "Id of the workspace.")),
    responses((status = 200, body = AccessTokenView, description = "A token for that workspace.")))]
pub async fn switch(caller: Called, workspace: Path<String>, access: Data<Access>) -> Result<HttpResponse, ApiError> {
    let issued = access.switch(&caller.0, guard::id(&workspace)?).await?;
    Ok(reply::done(&AccessTokenView::from(issued))?)
}

/// Somebody in the workspace.
#[derive(Serialize, ToSchema)]
pub struct MemberView {
    /// Id of the person.
    id: String,
    name: String,
    email: String,
    /// `owner`, `manager` or `agent`.
    #[schema(example = "agent")]
    role: String,
    #[schema(format = DateTime)]
    joined_at: String,
    /// When one of their browsers or programs last asked for something.
    #[schema(format = DateTime)]
    seen_at: Option<String>,
}

impl From<Colleague> for MemberView {
    fn from(colleague: Colleague) -> Self {
        Self {
            id: colleague.user.public_id.to_string(),
            name: colleague.user.name,
            email: colleague.user.email.to_string(),
            role: colleague.role.to_string(),
            joined_at: time(colleague.joined_at),
            seen_at: colleague.seen_at.map(time),
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
        let problem = Problem::invalid("Please correct the marked fields.", Vec::new());
        problem.wrong("role", format!("Choose from: {}.", known.join(", ")))
    })
}

/// List members
#[utoipa::path(get, path = "/v1/workspaces/{workspace}/members", tag = "workspaces", operation_id = "listMembers",
    params(("workspace" = String, Path, description = "Id of the workspace.")),
    responses((status = 200, body = Page<MemberView>, description = "Members, by name.")))]
pub async fn members(
    request: HttpRequest,
    scope: Scope,
    paging: Paging,
    team: Data<Team>,
) -> Result<HttpResponse, ApiError> {
    let found = team
        .members(scope, "", paging.after()?, paging.fetch() as usize)
        .await?
        .shown;
    let page = paging.page(found, |member| member.user.public_id.to_string(), MemberView::from);
    Ok(reply::page(&request, &page)?)
}

/// Change a member's role
#[utoipa::path(put, path = "/v1/workspaces/{workspace}/members/{member}", tag = "workspaces",
    operation_id = "changeMember",
    params(("workspace" = String, Path, description = "Id of the workspace."),
           ("member" = String, Path, description = "Id of the person.")),
    request_body = RoleBody, responses((status = 200, body = MemberView, description = "The member, changed.")))]
pub async fn change_member(
    scope: Scope,
    path: Path<(String, String)>,
    body: Body<RoleBody>,
    team: Data<Team>,
) -> Result<HttpResponse, ApiError> {
    let changed = team
        .change_role(scope, &guard::id(&path.1)?, role_of(&body.0.role)?)
        .await?;
    Ok(reply::done(&MemberView::from(changed))?)
}

/// Remove a member
#[utoipa::path(delete, path = "/v1/workspaces/{workspace}/members/{member}", tag = "workspaces",
    operation_id = "removeMember",
    params(("workspace" = String, Path, description = "Id of the workspace."),
           ("member" = String, Path, description = "Id of the person.")),
    responses((status = 204, description = "They are no member any more.")))]
pub async fn remove_member(
    scope: Scope,
    path: Path<(String, String)>,
    team: Data<Team>,
) -> Result<HttpResponse, ApiError> {
    team.remove(scope, &guard::id(&path.1)?).await?;
    Ok(reply::empty())
}

/// An invitation that was not accepted yet.
#[derive(Serialize, ToSchema)]
pub struct InvitationView {
    id: String,
    email: String,
    #[schema(example = "agent")]
    role: String,
    /// Name of who invited.
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
#[utoipa::path(get, path = "/v1/workspaces/{workspace}/invitations", tag = "workspaces",
    operation_id = "listInvitations",
    params(("workspace" = String, Path, description = "Id of the workspace.")),
    responses((status = 200, body = Page<InvitationView>, description = "Invitations that were not accepted, the newest first.")))]
pub async fn invitations(
    request: HttpRequest,
    scope: Scope,
    paging: Paging,
    team: Data<Team>,
    clock: Data<Clock>,
) -> Result<HttpResponse, ApiError> {
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

/// Invite somebody
///
/// Mails a link that works for a week; without a mail server, an owner copies it from the page of members. How many
/// invitations a mailbox, a workspace and a network make in a day is limited, those taken back included: over it the
/// answer is `too-many-invitations` with `Retry-After`.
#[utoipa::path(post, path = "/v1/workspaces/{workspace}/invitations", tag = "workspaces", operation_id = "invite",
    params(("workspace" = String, Path, description = "Id of the workspace.")),
    request_body = InviteBody, responses((status = 201, body = InvitationView, description = "The invitation.")))]
pub async fn invite(
    scope: Scope,
    workspace: Path<String>,
    body: Body<InviteBody>,
    team: Data<Team>,
    clock: Data<Clock>,
) -> Result<HttpResponse, ApiError> {
    let InviteBody { email, role } = body.0;
    let role = role_of(&role)?;
    // The page takes many at once; here one answer tells of one invitation.
    let one = crate::accounts::Email::parse(&email)
        .map_err(|error| Problem::invalid("Please correct the marked fields.", vec![error]))?;
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

/// Take an invitation back
#[utoipa::path(delete, path = "/v1/workspaces/{workspace}/invitations/{invitation}", tag = "workspaces",
    operation_id = "revokeInvitation",
    params(("workspace" = String, Path, description = "Id of the workspace."),
           ("invitation" = String, Path, description = "Id of the invitation.")),
    responses((status = 204, description = "Its link works no more.")))]
pub async fn revoke_invitation(
    scope: Scope,
    path: Path<(String, String)>,
    team: Data<Team>,
) -> Result<HttpResponse, ApiError> {
    team.revoke(scope, &guard::id(&path.1)?).await?;
    Ok(reply::empty())
}
