//! Settings: the person, the password, the look of this browser, the workspace.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::{field, wrong_fields, zones};
use crate::accounts::views::SettingsPage;
use crate::accounts::{AccountError, Accounts, FieldError, NewWorkspace, Password, Permission, Scope, Visit};
use crate::ids::PublicId;
use crate::web::auth::{Actor, browser_of, transport_of};
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{Section, Shell, Theme};
use crate::web::problem::{PageError, Problem};
use crate::web::security::Transport;
use crate::web::want::{Want, html};

const PAGE: &str = "/settings";

#[derive(Deserialize)]
pub struct ProfileForm {
    name: String,
}

#[derive(Deserialize)]
pub struct PasswordForm {
    current_password: String,
    new_password: String,
}

#[derive(Deserialize)]
pub struct ThemeForm {
    theme: String,
}

#[derive(Deserialize)]
pub struct WorkspaceForm {
    workspace: String,
    zone: String,
}

/// `GET /settings`.
pub async fn show(want: Want, shell: Shell, actor: Actor) -> HttpResponse {
    let page = Draft::of(&actor.0).page(shell, &actor.0, &[]);
    want.html(&page, page.as_main())
}

/// `POST /settings/profile`.
///
/// # Errors
/// When the database fails.
pub async fn profile(
    request: HttpRequest,
    shell: Shell,
    actor: Actor,
    form: Form<ProfileForm>,
    accounts: Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let outcome = accounts.rename_user(actor.0.user.id, &form.name).await;
    let draft = Draft {
        name: form.into_inner().name,
        ..Draft::of(&actor.0)
    };
    answer(&request, outcome, shell, &actor.0, draft, "settings-saved")
}

/// `POST /settings/password`: the other browsers of the person are logged out.
///
/// # Errors
/// When the database fails.
pub async fn password(
    request: HttpRequest,
    shell: Shell,
    actor: Actor,
    form: Form<PasswordForm>,
    accounts: Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let PasswordForm {
        current_password,
        new_password,
    } = form.into_inner();
    let (current, new) = (Password::new(current_password), Password::new(new_password));
    let outcome = match accounts
        .change_password(&actor.0, &browser_of(&request), current, new)
        .await
    {
        // Shown beside the field rather than as a page of its own.
        Err(wait @ AccountError::Throttled(_)) => Err(AccountError::Invalid(vec![FieldError::new(
            "current_password",
            wait.to_string(),
        )])),
        outcome => outcome,
    };
    let draft = Draft::of(&actor.0);
    answer(&request, outcome, shell, &actor.0, draft, "settings-password-changed")
}

/// `POST /settings/theme`: kept by this browser.
///
/// # Errors
/// When the cookie cannot be written.
pub async fn theme(request: HttpRequest, form: Form<ThemeForm>) -> Result<HttpResponse, PageError> {
    let cookie = Cookie::build(Theme::COOKIE, Theme::from_word(&form.theme).word())
        .path("/")
        .same_site(SameSite::Lax)
        .secure(transport_of(&request) == Transport::Https)
        .http_only(true)
        .max_age(Duration::days(365))
        .finish();
    let mut reply = htmx::reload_to(&request, PAGE);
    reply.add_cookie(&cookie).map_err(super::cookie_failed)?;
    Ok(reply)
}

/// `POST /settings/workspace`.
///
/// # Errors
/// When the role does not allow it, or the database fails.
pub async fn workspace(
    request: HttpRequest,
    shell: Shell,
    actor: Actor,
    scope: Scope,
    form: Form<WorkspaceForm>,
    accounts: Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let (WorkspaceForm { workspace, zone }, now) = (form.into_inner(), accounts.workspace(scope).await?);
    let new = NewWorkspace {
        name: workspace.clone(),
        time_zone: zone.clone(),
        country: now.country,
    };
    let outcome = accounts.update_workspace(scope, new).await;
    let draft = Draft {
        workspace,
        zone,
        ..Draft::of(&actor.0)
    };
    answer(&request, outcome, shell, &actor.0, draft, "settings-saved")
}

/// `POST /workspaces/{workspace}/choose`: what this browser looks at from now on.
///
/// # Errors
/// When the person is no member there.
pub async fn choose_workspace(
    request: HttpRequest,
    actor: Actor,
    workspace: Path<String>,
    accounts: Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let workspace: PublicId = workspace.parse().map_err(|_| Problem::not_found())?;
    accounts.choose_workspace(&actor.0, workspace).await?;
    Ok(htmx::reload_to(&request, "/"))
}

/// What stands in the forms: what is stored, or what was typed.
struct Draft {
    name: String,
    workspace: String,
    zone: String,
}

impl Draft {
    fn of(visit: &Visit) -> Self {
        let workspace = visit.membership.as_ref().map(|membership| &membership.workspace);
        Self {
            name: visit.user.name.clone(),
            workspace: workspace.map(|w| w.name.clone()).unwrap_or_default(),
            zone: workspace.map(|w| w.time_zone.name().to_owned()).unwrap_or_default(),
        }
    }

    fn page(self, shell: Shell, visit: &Visit, errors: &[FieldError]) -> SettingsPage {
        let role = visit.membership.as_ref().map(|membership| membership.role);
        SettingsPage {
            shell: shell.at(Section::Settings),
            name: field("name", self.name, errors),
            email: visit.user.email.to_string(),
            role: role.map(|role| role.word().to_owned()).unwrap_or_default(),
            current_password: field("current_password", "", errors),
            new_password: field("password", "", errors),
            workspace: field("workspace_name", self.workspace, errors),
            zone: field("time_zone", self.zone, errors),
            zones: zones(),
            can_manage_workspace: role.is_some_and(|role| role.may(Permission::ManageWorkspace)),
            themes: Theme::ALL,
        }
    }
}

/// Back to the page with a word of success, or the same page with what is wrong.
fn answer(
    request: &HttpRequest,
    outcome: Result<(), AccountError>,
    shell: Shell,
    visit: &Visit,
    draft: Draft,
    done: &str,
) -> Result<HttpResponse, PageError> {
    let Err(error) = outcome else {
        let said = shell.t.get(done);
        return Ok(with_toast(htmx::go_to(request, PAGE), Tone::Good, &said));
    };
    let errors = wrong_fields(error)?;
    let page = draft.page(shell, visit, &errors);
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(if htmx::is_htmx(request) {
        html(status, &page.as_main())
    } else {
        html(status, &page)
    })
}
