//! The person's settings: name, address, and this browser's theme.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::views::SettingsPage;
use super::{again_after, field, wrong_fields};
use crate::accounts::{AccountError, Accounts, FieldError, Password, Visit};
use crate::ids::PublicId;
use crate::site::subnav::{self, SettingsTab};
use crate::web::auth::{Actor, browser_of, transport_of};
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{PageFrame, Section, Theme};
use crate::web::problem::PageResult;
use crate::web::render_mode::RenderMode;
use crate::web::security::Transport;

const PAGE: &str = "/settings";

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ProfileForm {
    name: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct EmailForm {
    email: String,
    current_password: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ThemeForm {
    theme: String,
}

#[derive(Deserialize)]
pub struct Said {
    /// The act before this page: a word that [`key_of`] knows.
    #[serde(default)]
    said: String,
}

/// `GET /settings`.
pub async fn show(mode: RenderMode, frame: PageFrame, actor: Actor, query: Query<Said>) -> HttpResponse {
    let said = key_of(&frame, &query.said).map(|key| frame.t.get(key));
    let page = SettingsPage {
        said,
        ..Draft::of(&actor.0).page(frame, &actor.0, &[])
    };
    mode.html(&page, page.as_main())
}

fn key_of(frame: &PageFrame, said: &str) -> Option<&'static str> {
    match said {
        "saved" => Some("settings-saved"),
        "mailed" => Some(frame.mailed("accounts-said-mailed", "accounts-said-kept")),
        "email" => Some("accounts-said-email-here"),
        _ => None,
    }
}

/// `POST /settings/profile`.
pub async fn profile(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    actor: Actor,
    form: Form<ProfileForm>,
    accounts: Data<Accounts>,
) -> PageResult {
    let visit = &actor.0;
    let outcome = accounts.rename_user(visit, visit.user.id, &form.name).await.map(drop);
    let draft = Draft {
        name: form.into_inner().name,
        ..Draft::of(visit)
    };
    answer((mode, &request), outcome, frame, visit, draft, "saved")
}

/// `POST /settings/email`: mails a link to the new address; nothing changes before it is followed.
pub async fn email(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    actor: Actor,
    form: Form<EmailForm>,
    accounts: Data<Accounts>,
) -> PageResult {
    let (visit, form) = (&actor.0, form.into_inner());
    let current = Password::new(form.current_password);
    let outcome = accounts
        .ask_email_change(visit, &browser_of(&request), current, &form.email)
        .await;
    let draft = Draft {
        email: form.email,
        ..Draft::of(visit)
    };
    if let Err(AccountError::Throttled(wait)) = outcome {
        // Shown beside the field rather than as a page of its own.
        let told = FieldError::new("current_password", AccountError::Throttled(wait).text());
        let page = draft.page(frame, visit, &[told]);
        let reply = mode.with_status(StatusCode::TOO_MANY_REQUESTS, &page, page.as_main());
        return Ok(again_after(reply, wait));
    }
    answer((mode, &request), outcome, frame, visit, draft, "mailed")
}

/// `POST /settings/theme`: stored by this browser.
pub async fn theme(request: HttpRequest, form: Form<ThemeForm>) -> PageResult {
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

/// `POST /workspaces/{workspace}/choose`: the workspace that this browser shows from now on.
pub async fn choose_workspace(
    request: HttpRequest,
    actor: Actor,
    workspace: Path<PublicId>,
    accounts: Data<Accounts>,
) -> PageResult {
    accounts.choose_workspace(&actor.0, workspace.into_inner()).await?;
    Ok(htmx::reload_to(&request, "/"))
}

/// The values of the forms: stored, or as typed.
struct Draft {
    name: String,
    email: String,
}

impl Draft {
    fn of(visit: &Visit) -> Self {
        Self {
            name: visit.user.name.clone(),
            email: String::new(),
        }
    }

    fn page(self, frame: PageFrame, visit: &Visit, errors: &[FieldError]) -> SettingsPage {
        let role = visit.membership.as_ref().map(|membership| membership.role);
        let role = role.map(|role| frame.t.get(&format!("role-{role}")));
        SettingsPage {
            subnav: subnav::settings(&frame, SettingsTab::Profile),
            said: None,
            name: field(frame.t, "name", self.name, errors),
            email: if frame.read_only {
                frame.t.get("guest")
            } else {
                visit.user.email.to_string()
            },
            new_email: field(frame.t, "email", self.email, errors),
            password: field(frame.t, "current_password", "", errors),
            role,
            themes: Theme::ALL,
            frame: frame.at(Section::Settings),
        }
    }
}

/// Redirects to the page with a confirmation, or shows the same page with the errors.
fn answer(
    (mode, request): (RenderMode, &HttpRequest),
    outcome: Result<(), AccountError>,
    frame: PageFrame,
    visit: &Visit,
    draft: Draft,
    said: &str,
) -> PageResult {
    let Err(error) = outcome else {
        let words = key_of(&frame, said).map(|key| frame.t.get(key)).unwrap_or_default();
        let reply = htmx::go_to(request, &format!("{PAGE}?said={said}"));
        return Ok(with_toast(reply, Tone::Good, &words));
    };
    let page = draft.page(frame, visit, &wrong_fields(error)?);
    Ok(mode.refused(&page, page.as_main()))
}
