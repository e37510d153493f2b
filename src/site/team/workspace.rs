//! The browser's current workspace: its name, its location, and its deletion.

use actix_web::HttpRequest;
use actix_web::web::{Data, Form};
use serde::Deserialize;

use super::views::WorkspacePage;
use super::workspaces::workspace_rows;
use super::{field, role_name, role_text, workspace_form, wrong_fields};
use crate::accounts::{FieldError, NewWorkspace, Permission, Scope, Workspace};
use crate::clock::Clock;
use crate::site::subnav::{self, SettingsTab};
use crate::team::{MOST_UNREACHED_HOURS, Team, TeamError};
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::PageResult;
use crate::web::render_mode::RenderMode;

const PAGE: &str = "/settings/workspace";

#[derive(Deserialize)]
pub struct WorkspaceFields {
    #[serde(default)]
    pub(super) workspace: String,
    #[serde(default)]
    pub(super) zone: String,
    #[serde(default)]
    pub(super) country: String,
}

impl From<WorkspaceFields> for NewWorkspace {
    fn from(fields: WorkspaceFields) -> Self {
        Self {
            name: fields.workspace,
            time_zone: fields.zone,
            country: fields.country,
        }
    }
}

#[derive(Deserialize)]
pub struct DeleteFields {
    /// The workspace's name, typed to confirm.
    #[serde(default)]
    confirm: String,
}

/// `GET /settings/workspace`.
pub async fn show(
    mode: RenderMode,
    frame: PageFrame,
    scope: Scope,
    team: Data<Team>,
    clock: Data<Clock>,
) -> PageResult {
    let page = page(frame, scope, &team, &clock, None, &[]).await?;
    Ok(mode.html(&page, page.as_main()))
}

/// `POST /settings/workspace`.
pub async fn change(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    form: Form<WorkspaceFields>,
    team: Data<Team>,
    clock: Data<Clock>,
) -> PageResult {
    let mut new = NewWorkspace::from(form.into_inner());
    let stored = stored(&team.workspace(scope).await?);
    // A form without these fields leaves their values unchanged.
    for (typed, stored) in [
        (&mut new.time_zone, stored.time_zone),
        (&mut new.country, stored.country),
    ] {
        if typed.is_empty() {
            *typed = stored;
        }
    }
    match team.change_workspace(scope, new.clone()).await {
        Ok(_) => {
            let said = frame.t.get("settings-saved");
            // A whole page, since the name is also in the navigation.
            Ok(with_toast(htmx::reload_to(&request, PAGE), Tone::Good, &said))
        }
        Err(error) => {
            let errors = wrong_fields(error)?;
            let page = page(frame, scope, &team, &clock, Some(new), &errors).await?;
            Ok(mode.refused(&page, page.as_main()))
        }
    }
}

#[derive(Deserialize)]
pub struct DeliveryFields {
    #[serde(default)]
    unreached_after: String,
}

/// `POST /settings/workspace/delivery`.
pub async fn change_delivery(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    form: Form<DeliveryFields>,
    team: Data<Team>,
    clock: Data<Clock>,
) -> PageResult {
    match team.change_unreached_after(scope, &form.unreached_after).await {
        Ok(_) => {
            let said = frame.t.get("settings-saved");
            Ok(with_toast(htmx::go_to(&request, PAGE), Tone::Good, &said))
        }
        Err(error) => {
            let errors = wrong_fields(error)?;
            let mut page = page(frame, scope, &team, &clock, None, &errors).await?;
            page.unreached_after.value.clone_from(&form.unreached_after);
            Ok(mode.refused(&page, page.as_main()))
        }
    }
}

/// `POST /settings/workspace/delete`: only if its name was typed.
pub async fn delete(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    scope: Scope,
    form: Form<DeleteFields>,
    team: Data<Team>,
    clock: Data<Clock>,
) -> PageResult {
    match team.delete_workspace(scope, &form.confirm).await {
        Ok(gone) => {
            let said = frame.t.with("team-workspace-deleted", "name", &gone.name);
            Ok(with_toast(htmx::reload_to(&request, "/"), Tone::Good, &said))
        }
        Err(error @ TeamError::OtherName) => {
            let errors = [FieldError::new("confirm", error.text())];
            let page = page(frame, scope, &team, &clock, None, &errors).await?;
            Ok(mode.refused(&page, page.as_main()))
        }
        Err(error) => Err(error.into()),
    }
}

fn stored(workspace: &Workspace) -> NewWorkspace {
    NewWorkspace {
        name: workspace.name.clone(),
        time_zone: workspace.time_zone.name().to_owned(),
        country: workspace.country.clone(),
    }
}

/// With typed values instead of stored ones, where there are any.
async fn page(
    frame: PageFrame,
    scope: Scope,
    team: &Team,
    clock: &Clock,
    typed: Option<NewWorkspace>,
    errors: &[FieldError],
) -> Result<WorkspacePage, TeamError> {
    let (t, now) = (frame.t, clock.now());
    let workspace = team.workspace(scope).await?;
    let places = team.workspaces_of(scope.user).await?;
    let stored = stored(&workspace);
    let hours = team.unreached_after(scope).await?;
    Ok(WorkspacePage {
        unreached_after: field(t, "unreached_after", hours.to_string(), errors),
        most_unreached: MOST_UNREACHED_HOURS,
        subnav: subnav::settings(&frame, SettingsTab::Workspace),
        id: workspace.public_id.to_string(),
        since: t.short(workspace.created_at, now),
        role: role_name(t, scope.role),
        may: role_text(t, scope.role),
        can_manage: scope.require(Permission::ManageWorkspace).is_ok() && !frame.read_only,
        form: workspace_form(t, &typed.unwrap_or(stored), errors),
        confirm: field(t, "confirm", "", errors),
        places: workspace_rows(t, &places, Some(scope.workspace)),
        zone_from: workspace.zone_ahead(now).map(|from| t.full(from)),
        name: workspace.name,
        frame: frame.at(Section::Settings),
    })
}
