//! The administrator's settings for the whole installation.

use actix_web::HttpRequest;
use actix_web::web::{Data, Form};
use serde::Deserialize;

use super::views::InstallationPage;
use crate::accounts::{AccountError, Accounts, FieldError, Installation, MOST_FREE_WORKSPACES};
use crate::audit::Admin;
use crate::mail::Mailer;
use crate::site::subnav::{self, AdminTab};
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::PageResult;
use crate::web::render_mode::RenderMode;
use crate::web::views::Field;

const PAGE: &str = "/admin/settings";

/// Unticked boxes are not sent.
#[derive(Deserialize)]
pub struct Decisions {
    registration: Option<String>,
    tour: Option<String>,
    #[serde(default)]
    tour_workspace: String,
    /// If missing, it stays unchanged.
    free_workspaces: Option<String>,
}

/// `GET /admin/settings`.
pub async fn show(
    mode: RenderMode,
    frame: PageFrame,
    admin: Admin,
    accounts: Data<Accounts>,
    mailer: Data<Mailer>,
) -> PageResult {
    let now = accounts.installation().await?;
    let page = page(
        frame,
        now,
        now.free_workspaces.to_string(),
        &[],
        (admin, &accounts),
        &mailer,
    )
    .await?;
    Ok(mode.html(&page, page.as_main()))
}

/// `POST /admin/settings`.
pub async fn save(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    admin: Admin,
    form: Form<Decisions>,
    accounts: Data<Accounts>,
    mailer: Data<Mailer>,
) -> PageResult {
    let workspaces = accounts.list_workspaces(admin).await?;
    let chosen = workspaces
        .iter()
        .find(|workspace| workspace.public_id.as_str() == form.tour_workspace);
    let before = accounts.installation().await?.free_workspaces;
    let typed = form.free_workspaces.clone().unwrap_or_else(|| before.to_string());
    let new = Installation {
        // A text that is not a number is also out of bounds.
        free_workspaces: typed.trim().parse().unwrap_or(0),
        registration_open: form.registration.is_some(),
        guest_tour: form.tour.is_some(),
        guest_workspace: chosen.map(|workspace| workspace.id),
    };
    match accounts.set_installation(admin, new).await {
        Ok(()) => Ok(with_toast(
            htmx::go_to(&request, PAGE),
            Tone::Good,
            &frame.t.get("admin-saved"),
        )),
        Err(AccountError::Invalid(errors)) => {
            let page = page(frame, new, typed, &errors, (admin, &accounts), &mailer).await?;
            Ok(mode.refused(&page, page.as_main()))
        }
        Err(error) => Err(error.into()),
    }
}

async fn page(
    frame: PageFrame,
    now: Installation,
    free_workspaces: String,
    errors: &[FieldError],
    (admin, accounts): (Admin, &Accounts),
    mailer: &Mailer,
) -> Result<InstallationPage, AccountError> {
    let workspaces = accounts.list_workspaces(admin).await?;
    let chosen = workspaces
        .iter()
        .find(|workspace| Some(workspace.id) == now.guest_workspace)
        .map(|workspace| workspace.public_id.to_string());
    let choice = |workspace: &crate::accounts::Workspace| (workspace.public_id.to_string(), workspace.name.clone());
    let t = frame.t;
    let wrong = |field: &str| errors.iter().any(|error| error.field == field);
    let no_tour = wrong("guest_workspace").then(|| t.get("admin-tour-needs-workspace"));
    let out_of_bounds = wrong("free_workspaces").then(|| t.with("admin-free-wrong", "most", MOST_FREE_WORKSPACES));
    Ok(InstallationPage {
        registration_open: now.registration_open,
        guest_tour: now.guest_tour,
        guest_workspace: Field::new(chosen.unwrap_or_default(), no_tour),
        free_workspaces: Field::new(free_workspaces, out_of_bounds),
        most_free: MOST_FREE_WORKSPACES,
        workspaces: workspaces.iter().map(choice).collect(),
        public_url: mailer.url("/"),
        subnav: subnav::admin(&frame, AdminTab::Installation),
        frame: frame.at(Section::Admin),
    })
}
