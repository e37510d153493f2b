//! The first start: the printed link creates the administrator.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use serde::Deserialize;

use super::strength::Strength;
use super::views::SetUpPage;
use super::{field, wrong_fields};
use crate::accounts::{Accounts, FieldError, NewUser, NewWorkspace, Password, PlatformRole, SetUp, countries};
use crate::web::auth::{browser_of, login_cookie, transport_of};
use crate::web::htmx;
use crate::web::layout::PageFrame;
use crate::web::problem::PageResult;
use crate::web::render_mode::{RenderMode, html};

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct SetUpForm {
    name: String,
    email: String,
    password: String,
    workspace: String,
    zone: String,
    country: String,
}

/// `GET /setup/{token}`.
pub async fn form(frame: PageFrame, token: Path<String>, accounts: Data<Accounts>) -> PageResult {
    accounts.check_setup(&token).await?;
    let empty = SetUpForm {
        zone: "UTC".to_owned(),
        ..SetUpForm::default()
    };
    Ok(html(StatusCode::OK, &page(frame, &token, &empty, &[])))
}

/// `POST /setup/{token}`.
pub async fn submit(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    token: Path<String>,
    form: Form<SetUpForm>,
    accounts: Data<Accounts>,
) -> PageResult {
    match accounts.set_up(form.to_set_up(&token), browser_of(&request)).await {
        Ok(login) => {
            let mut reply = htmx::reload_to(&request, "/sessions");
            reply
                .add_cookie(&login_cookie(transport_of(&request), &login))
                .map_err(super::cookie_failed)?;
            Ok(reply)
        }
        Err(error) => {
            let errors = wrong_fields(error)?;
            let page = page(frame, &token, &form, &errors);
            Ok(mode.refused(&page, page.as_form()))
        }
    }
}

impl SetUpForm {
    fn to_set_up(&self, token: &str) -> SetUp {
        SetUp {
            token: token.to_owned(),
            admin: NewUser {
                name: self.name.clone(),
                email: self.email.clone(),
                password: Password::new(self.password.as_str()),
                platform_role: PlatformRole::Admin,
            },
            workspace: NewWorkspace {
                name: self.workspace.clone(),
                time_zone: self.zone.clone(),
                country: self.country.clone(),
            },
        }
    }
}

fn page(frame: PageFrame, token: &str, form: &SetUpForm, errors: &[FieldError]) -> SetUpPage {
    let t = frame.t;
    let strength = Strength::none(&t, "password");
    SetUpPage {
        frame,
        action: format!("/setup/{token}"),
        name: field(t, "name", &form.name, errors),
        email: field(t, "email", &form.email, errors),
        // Never sent back: the browser asks for it again.
        password: field(t, "password", "", errors),
        strength,
        workspace: field(t, "workspace_name", &form.workspace, errors),
        zone: field(t, "time_zone", &form.zone, errors),
        zones: crate::zone::choices(),
        country: field(t, "country", &form.country, errors),
        countries: countries(&t),
    }
}
