//! All workspaces of a person: invitations, suspended ones, and a new one.

use actix_web::HttpRequest;
use actix_web::web::{Data, Form};

use super::views::{NewWorkspacePage, PlaceRow, WaitingRow, WorkspacesPage};
use super::workspace::WorkspaceFields;
use super::{role_name, workspace_form};
use crate::accounts::NewWorkspace;
use crate::i18n::T;
use crate::ids::WorkspaceId;
use crate::team::{Invited, Team, TeamError, WorkspaceSummary};
use crate::web::auth::{Actor, browser_of};
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{Avatar, PageFrame, Section};
use crate::web::problem::PageResult;
use crate::web::render_mode::RenderMode;

/// `GET /workspaces`: also the landing page without a workspace.
pub async fn show(mode: RenderMode, frame: PageFrame, actor: Actor, team: Data<Team>) -> PageResult {
    let (t, visit) = (frame.t, actor.0);
    let places = team.workspaces_of(visit.user.id).await?;
    let waiting = team.waiting_for(&visit).await?;
    let current = visit.membership.as_ref().map(|membership| membership.workspace.id);
    let all_closed = !places.is_empty() && current.is_none();
    let (title, line) = match (places.is_empty(), all_closed) {
        (true, _) => ("team-none-title", "team-none-line"),
        (false, true) => ("team-closed-title", "team-closed-line"),
        (false, false) => ("team-workspaces-title", "team-workspaces-line"),
    };
    let page = WorkspacesPage {
        title: t.get(title),
        line: t.get(line),
        places: workspace_rows(t, &places, current),
        waiting: waiting.iter().map(|one| waiting_row(t, one)).collect(),
        can_create: !frame.read_only,
        frame: frame.at(Section::Settings),
    };
    Ok(mode.html(&page, page.as_main()))
}

/// `GET /workspaces/new`.
pub async fn new(mode: RenderMode, frame: PageFrame, actor: Actor, team: Data<Team>) -> PageResult {
    // The person's previous choice is the likeliest.
    let last = actor.0.membership.as_ref().map(|membership| &membership.workspace);
    let likely = NewWorkspace {
        name: String::new(),
        time_zone: last.map_or("UTC", |workspace| workspace.time_zone.name()).to_owned(),
        country: last.map(|workspace| workspace.country.clone()).unwrap_or_default(),
    };
    let refused = match team.may_own_more(actor.0.user.id).await {
        Ok(()) => None,
        Err(error @ (TeamError::TooManyWorkspaces | TeamError::FreeWorkspaces(_))) => Some(frame.t.text(&error.text())),
        Err(error) => return Err(error.into()),
    };
    let t = frame.t;
    let page = NewWorkspacePage {
        frame: frame.at(Section::Settings),
        form: workspace_form(t, &likely, &[]),
        refused,
    };
    Ok(mode.html(&page, page.as_main()))
}

/// `POST /workspaces`.
pub async fn create(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    actor: Actor,
    form: Form<WorkspaceFields>,
    team: Data<Team>,
) -> PageResult {
    let new = NewWorkspace::from(form.into_inner());
    let (errors, why) = match team
        .create_workspace(&actor.0, &browser_of(&request), new.clone())
        .await
    {
        Ok(made) => {
            let said = frame.t.with("team-workspace-made", "name", &made.name);
            return Ok(with_toast(htmx::reload_to(&request, "/"), Tone::Good, &said));
        }
        Err(TeamError::Invalid(errors)) => (errors, None),
        Err(error @ (TeamError::TooManyWorkspaces | TeamError::FreeWorkspaces(_))) => {
            (Vec::new(), Some(frame.t.text(&error.text())))
        }
        Err(error) => return Err(error.into()),
    };
    let t = frame.t;
    let page = NewWorkspacePage {
        frame: frame.at(Section::Settings),
        form: workspace_form(t, &new, &errors),
        refused: why,
    };
    Ok(mode.refused(&page, page.as_main()))
}

pub(super) fn workspace_rows(t: T, places: &[WorkspaceSummary], current: Option<WorkspaceId>) -> Vec<PlaceRow> {
    let row = |place: &WorkspaceSummary| PlaceRow {
        id: place.workspace.public_id.to_string(),
        avatar: Avatar::of(place.workspace.public_id.as_str(), &place.workspace.name),
        name: place.workspace.name.clone(),
        line: format!(
            "{} · {}",
            role_name(t, place.role),
            t.count("team-people", u64::from(place.members))
        ),
        current: current == Some(place.workspace.id),
        closed: place.workspace.suspended_at.is_some(),
    };
    places.iter().map(row).collect()
}

fn waiting_row(t: T, one: &Invited) -> WaitingRow {
    let role = role_name(t, one.invitation.role);
    let by = one.invitation.invited_by.clone();
    let by = by.unwrap_or_else(|| t.get("team-mail-somebody"));
    WaitingRow {
        id: one.invitation.public_id.to_string(),
        avatar: Avatar::of(one.workspace.public_id.as_str(), &one.workspace.name),
        name: one.workspace.name.clone(),
        line: t.with_all("team-waiting-line", &[("name", &by), ("role", &role)]),
    }
}
