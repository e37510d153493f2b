//! What the administrator decides for the whole installation.

use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::admin_of;
use crate::accounts::views::Field;
use crate::accounts::{AccountError, Accounts, Installation};
use crate::admin::views::InstallationPage;
use crate::mail::Mailer;
use crate::web::auth::{Actor, browser_of};
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{Section, Shell};
use crate::web::problem::PageError;
use crate::web::subnav::{self, AdminTab};
use crate::web::want::Want;

const PAGE: &str = "/admin/settings";

/// Boxes that are not ticked are not sent.
#[derive(Deserialize)]
pub struct Decisions {
    registration: Option<String>,
    tour: Option<String>,
    #[serde(default)]
    tour_workspace: String,
}

/// `GET /admin/settings`.
///
/// # Errors
/// When the database fails.
pub async fn show(
    want: Want,
    shell: Shell,
    accounts: Data<Accounts>,
    mailer: Data<Mailer>,
) -> Result<HttpResponse, PageError> {
    let now = accounts.installation().await?;
    let page = page(shell, now, None, &accounts, &mailer).await?;
    Ok(want.html(&page, page.as_main()))
}

/// `POST /admin/settings`.
///
/// # Errors
/// When the database fails.
pub async fn save(
    want: Want,
    request: HttpRequest,
    shell: Shell,
    actor: Actor,
    form: Form<Decisions>,
    accounts: Data<Accounts>,
    mailer: Data<Mailer>,
) -> Result<HttpResponse, PageError> {
    let workspaces = accounts.list_workspaces().await?;
    let chosen = workspaces
        .iter()
        .find(|workspace| workspace.public_id.as_str() == form.tour_workspace);
    let new = Installation {
        registration_open: form.registration.is_some(),
        guest_tour: form.tour.is_some(),
        guest_workspace: chosen.map(|workspace| workspace.id),
    };
    let admin = admin_of(&actor.0)?;
    let address = browser_of(&request).address;
    match accounts.set_installation(admin.actor(), Some(address), new).await {
        Ok(()) => Ok(with_toast(
            htmx::go_to(&request, PAGE),
            Tone::Good,
            &shell.t.get("admin-saved"),
        )),
        Err(AccountError::Invalid(_)) => {
            let error = shell.t.get("admin-tour-needs-workspace").into_owned();
            let page = page(shell, new, Some(error), &accounts, &mailer).await?;
            Ok(want.refused(&page, page.as_main()))
        }
        Err(error) => Err(error.into()),
    }
}

async fn page(
    shell: Shell,
    now: Installation,
    error: Option<String>,
    accounts: &Accounts,
    mailer: &Mailer,
) -> Result<InstallationPage, AccountError> {
    let workspaces = accounts.list_workspaces().await?;
    let chosen = workspaces
        .iter()
        .find(|workspace| Some(workspace.id) == now.guest_workspace)
        .map(|workspace| workspace.public_id.to_string());
    let choice = |workspace: &crate::accounts::Workspace| (workspace.public_id.to_string(), workspace.name.clone());
    Ok(InstallationPage {
        registration_open: now.registration_open,
        guest_tour: now.guest_tour,
        guest_workspace: Field::new(chosen.unwrap_or_default(), error),
        workspaces: workspaces.iter().map(choice).collect(),
        public_url: mailer.url("/"),
        subnav: subnav::admin(&shell, AdminTab::Installation),
        shell: shell.at(Section::Admin),
    })
}
