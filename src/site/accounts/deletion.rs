//! Deleting an account: export the data first, then delete.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::security_views::DeletePage;
use super::{cookie_failed, field, wrong_fields};
use crate::accounts::{AccountError, Accounts, Deletion, FieldError, Password, Visit, Workspace};
use crate::audit;
use crate::clock::Clock;
use crate::export::Exports;
use crate::site::export::progress_of;
use crate::site::subnav::{SettingsTab, settings};
use crate::web::auth::{Actor, browser_of, logout_cookie, transport_of};
use crate::web::htmx;
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::{PageError, PageResult};
use crate::web::render_mode::{RenderMode, html};

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct DeleteForm {
    email: String,
    password: String,
    code: String,
}

/// `GET /settings/account`.
pub async fn show(
    mode: RenderMode,
    frame: PageFrame,
    actor: Actor,
    accounts: Data<Accounts>,
    exports: Data<Exports>,
    clock: Data<Clock>,
) -> PageResult {
    let page = page(frame, &actor.0, &accounts, &exports, &clock, (&[], "")).await?;
    Ok(mode.html(&page, page.as_main()))
}

/// `POST /settings/account/delete`.
pub async fn delete(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    actor: Actor,
    form: Form<DeleteForm>,
    (accounts, exports, clock): (Data<Accounts>, Data<Exports>, Data<Clock>),
) -> PageResult {
    let DeleteForm { email, password, code } = form.into_inner();
    let wanted = Deletion {
        email: email.clone(),
        password: Password::new(password),
        code,
    };
    let visit = &actor.0;
    let by = audit::Actor::from(visit);
    let outcome = accounts
        .delete_account(&visit.user, by, &browser_of(&request), wanted)
        .await;
    let errors = match outcome {
        Ok(()) => {
            let mut reply = htmx::reload_to(&request, "/goodbye");
            reply
                .add_cookie(&logout_cookie(transport_of(&request)))
                .map_err(cookie_failed)?;
            return Ok(reply);
        }
        Err(error @ AccountError::WrongCode) => vec![FieldError::new("code", error.text())],
        Err(error @ AccountError::Throttled(_)) => vec![FieldError::new("password", error.text())],
        // The page says it anyway, above the form.
        Err(AccountError::OnlyOwner(_) | AccountError::LastAdmin) => Vec::new(),
        Err(error) => wrong_fields(error)?,
    };
    let page = page(frame, visit, &accounts, &exports, &clock, (&errors, &email)).await?;
    Ok(mode.refused(&page, page.as_main()))
}

/// `GET /goodbye`: the page after the deletion.
pub async fn goodbye(frame: PageFrame) -> HttpResponse {
    html(StatusCode::OK, &super::security_views::GoodbyePage { frame })
}

async fn page(
    frame: PageFrame,
    visit: &Visit,
    accounts: &Accounts,
    exports: &Exports,
    clock: &Clock,
    (errors, email): (&[FieldError], &str),
) -> Result<DeletePage, PageError> {
    let user = visit.user.id;
    let outcome = accounts.deletion_outcome(user).await?;
    let refusal = outcome.check().err().map(|why| frame.t.text(&why.text()));
    let factor = accounts.second_factor(user).await?;
    let latest = exports.latest(user).await?;
    let names = |of: &[Workspace]| of.iter().map(|workspace| workspace.name.clone()).collect::<Vec<_>>();
    Ok(DeletePage {
        subnav: settings(&frame, SettingsTab::Security),
        export: progress_of(&frame, latest.as_ref(), clock.now()),
        own_email: visit.user.email.to_string(),
        refusal: refusal.or_else(|| {
            let in_place = visit.impersonator.is_some();
            in_place.then(|| frame.t.get("security-delete-in-place"))
        }),
        goes: names(&outcome.goes),
        stays: names(&outcome.stays),
        asks_code: factor.on,
        email: field(frame.t, "email", email, errors),
        password: field(frame.t, "password", "", errors),
        code: field(frame.t, "code", "", errors),
        frame: frame.at(Section::Settings),
    })
}
