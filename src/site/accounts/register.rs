//! Registration: the form, and the page that says to check the inbox.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use askama::Template;
use serde::Deserialize;

use super::sent::{self, Mailed};
use super::strength::Strength;
use super::views::WaitingPage;
use super::{again_after, field, wrong_fields};
use crate::accounts::{AccountError, Accounts, FieldError, Password, Registration};
use crate::web::auth::{browser_of, visit_of};
use crate::web::layout::PageFrame;
use crate::web::problem::PageResult;
use crate::web::render_mode::html;
use crate::web::views::Field;
use crate::web::{filters, htmx};
use crate::zone::Zone;

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct RegisterForm {
    email: String,
    password: String,
    /// The browser's zone, if it sent one; the form does not ask for it.
    zone: String,
}

/// `GET|POST /register`.
#[derive(Template)]
#[template(path = "accounts/register.html")]
struct RegisterPage {
    frame: PageFrame,
    /// An error of the form as a whole.
    error: Option<String>,
    email: Field,
    password: Field,
    strength: Strength,
    zone: String,
}

/// The page where people can join by invitation only.
#[derive(Template)]
#[template(path = "accounts/closed.html")]
struct ClosedPage {
    frame: PageFrame,
}

/// `GET /register`.
pub async fn form(request: HttpRequest, frame: PageFrame, accounts: Data<Accounts>) -> PageResult {
    if visit_of(&request).is_some() {
        return Ok(htmx::go_to(&request, "/"));
    }
    if accounts.awaits_setup().await? {
        return Ok(html(StatusCode::FORBIDDEN, &WaitingPage { frame }));
    }
    if !accounts.installation().await?.registration_open {
        return Ok(html(StatusCode::FORBIDDEN, &ClosedPage { frame }));
    }
    let empty = RegisterForm::default();
    Ok(html(StatusCode::OK, &page(frame, &empty, &[], None)))
}

/// `POST /register`: the same answer whether or not the address has a login.
pub async fn submit(
    request: HttpRequest,
    frame: PageFrame,
    form: Form<RegisterForm>,
    accounts: Data<Accounts>,
) -> PageResult {
    let form = form.into_inner();
    match accounts.register(form.registration(), browser_of(&request)).await {
        Ok(()) => sent::go(&request, Mailed::Verification, &form.email),
        Err(AccountError::RegistrationClosed) => Ok(html(StatusCode::FORBIDDEN, &ClosedPage { frame })),
        Err(error @ AccountError::Throttled(wait)) => {
            let said = frame.t.text(&error.text());
            let page = page(frame, &form, &[], Some(said));
            Ok(again_after(html(StatusCode::TOO_MANY_REQUESTS, &page), wait))
        }
        Err(error) => {
            let errors = wrong_fields(error)?;
            let page = page(frame, &form, &errors, None);
            Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

impl RegisterForm {
    fn registration(&self) -> Registration {
        // A browser may send a zone that is unknown here, which is not the person's error.
        let zone = Some(self.zone.as_str()).filter(|zone| zone.parse::<Zone>().is_ok());
        Registration {
            name: None,
            email: self.email.clone(),
            password: Password::new(self.password.as_str()),
            workspace_name: None,
            time_zone: zone.map(ToOwned::to_owned),
            country: None,
        }
    }
}

fn page(frame: PageFrame, form: &RegisterForm, errors: &[FieldError], error: Option<String>) -> RegisterPage {
    RegisterPage {
        error,
        email: field(frame.t, "email", &form.email, errors),
        // Never sent back: the browser asks for it again.
        password: field(frame.t, "password", "", errors),
        strength: Strength::none(&frame.t, "password"),
        zone: form.zone.clone(),
        frame,
    }
}
