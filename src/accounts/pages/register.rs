//! Registering: the form, and the page that says to look into the inbox.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::sent::{self, Mailed};
use super::strength::Strength;
use super::{again_after, field, wrong_fields};
use crate::accounts::countries::COUNTRIES;
use crate::accounts::views::{Field, WaitingPage};
use crate::accounts::{AccountError, Accounts, FieldError, Password, Registration};
use crate::web::auth::{browser_of, visit_of};
use crate::web::filters;
use crate::web::htmx;
use crate::web::layout::Shell;
use crate::web::problem::PageError;
use crate::web::want::html;
use crate::zone::Choice;

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct RegisterForm {
    name: String,
    email: String,
    password: String,
    workspace: String,
    zone: String,
    country: String,
}

/// `GET|POST /register`.
#[derive(Template)]
#[template(path = "accounts/register.html")]
struct RegisterPage {
    shell: Shell,
    /// What is wrong with the whole.
    error: Option<String>,
    name: Field,
    email: Field,
    password: Field,
    strength: Strength,
    workspace: Field,
    zone: Field,
    zones: &'static [Choice],
    country: Field,
    countries: Vec<(&'static str, &'static str)>,
}

/// Where people come by invitation only.
#[derive(Template)]
#[template(path = "accounts/closed.html")]
struct ClosedPage {
    shell: Shell,
}

/// `GET /register`.
///
/// # Errors
/// When the database fails.
pub async fn form(request: HttpRequest, shell: Shell, accounts: Data<Accounts>) -> Result<HttpResponse, PageError> {
    if visit_of(&request).is_some() {
        return Ok(htmx::go_to(&request, "/"));
    }
    if accounts.awaits_setup().await? {
        return Ok(html(StatusCode::FORBIDDEN, &WaitingPage { shell }));
    }
    if !accounts.installation().await?.registration_open {
        return Ok(html(StatusCode::FORBIDDEN, &ClosedPage { shell }));
    }
    let empty = RegisterForm {
        zone: "UTC".to_owned(),
        ..RegisterForm::default()
    };
    Ok(html(StatusCode::OK, &page(shell, &empty, &[], None)))
}

/// `POST /register`: the same answer whether or not the address has a login.
///
/// # Errors
/// When the database fails.
pub async fn submit(
    request: HttpRequest,
    shell: Shell,
    form: Form<RegisterForm>,
    accounts: Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let form = form.into_inner();
    match accounts.register(form.registration(), browser_of(&request)).await {
        Ok(()) => sent::go(&request, Mailed::Verification, &form.email),
        Err(AccountError::RegistrationClosed) => Ok(html(StatusCode::FORBIDDEN, &ClosedPage { shell })),
        Err(error @ AccountError::Throttled(wait)) => {
            let page = page(shell, &form, &[], Some(error.to_string()));
            Ok(again_after(html(StatusCode::TOO_MANY_REQUESTS, &page), wait))
        }
        Err(error) => {
            let errors = wrong_fields(error)?;
            let page = page(shell, &form, &errors, None);
            Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

impl RegisterForm {
    fn registration(&self) -> Registration {
        Registration {
            name: self.name.clone(),
            email: self.email.clone(),
            password: Password::new(self.password.as_str()),
            workspace_name: self.workspace.clone(),
            time_zone: self.zone.clone(),
            country: self.country.clone(),
        }
    }
}

fn page(shell: Shell, form: &RegisterForm, errors: &[FieldError], error: Option<String>) -> RegisterPage {
    RegisterPage {
        error,
        name: field("name", &form.name, errors),
        email: field("email", &form.email, errors),
        // Never sent back: the browser asks for it again.
        password: field("password", "", errors),
        strength: Strength::none(&shell.t, "password"),
        workspace: field("workspace_name", &form.workspace, errors),
        zone: field("time_zone", &form.zone, errors),
        zones: crate::zone::choices(),
        country: field("country", &form.country, errors),
        countries: COUNTRIES.to_vec(),
        shell,
    }
}
