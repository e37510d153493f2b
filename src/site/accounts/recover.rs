//! A forgotten password: requesting a link, and choosing a new password with it.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::sent::{self, EmailForm, Mailed};
use super::strength::Strength;
use super::verify::expired;
use super::{again_after, field, wrong_fields};
use crate::accounts::{AccountError, Accounts, FieldError, Link, Password, Purpose};
use crate::web::auth::{browser_of, logout_cookie, transport_of};
use crate::web::layout::PageFrame;
use crate::web::problem::PageResult;
use crate::web::render_mode::html;
use crate::web::views::Field;
use crate::web::{filters, htmx};

#[derive(Deserialize)]
pub struct ResetForm {
    #[serde(default)]
    password: String,
}

/// `GET|POST /forgot`.
#[derive(Template)]
#[template(path = "accounts/forgot.html")]
struct ForgotPage {
    frame: PageFrame,
    error: Option<String>,
    email: Field,
}

/// `GET|POST /reset/{token}`.
#[derive(Template)]
#[template(path = "accounts/reset.html")]
struct ResetPage {
    frame: PageFrame,
    action: String,
    email: String,
    password: Field,
    strength: Strength,
}

/// `GET /forgot`.
pub async fn form(request: HttpRequest, frame: PageFrame) -> HttpResponse {
    let page = ForgotPage {
        frame,
        error: None,
        email: Field::new(sent::typed(&request), None),
    };
    html(StatusCode::OK, &page)
}

/// `POST /forgot`: the same answer whether or not the address has a login.
pub async fn submit(
    request: HttpRequest,
    frame: PageFrame,
    form: Form<EmailForm>,
    accounts: Data<Accounts>,
) -> PageResult {
    let t = frame.t;
    let page = |errors: &[FieldError], error| ForgotPage {
        frame,
        error,
        email: field(t, "email", &form.email, errors),
    };
    match accounts.forgot_password(&form.email, &browser_of(&request)).await {
        Ok(()) => sent::go(&request, Mailed::Reset, &form.email),
        Err(error @ AccountError::Throttled(wait)) => {
            let page = page(&[], Some(t.text(&error.text())));
            Ok(again_after(html(StatusCode::TOO_MANY_REQUESTS, &page), wait))
        }
        Err(error) => {
            let page = page(&wrong_fields(error)?, None);
            Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// `GET /reset/{token}`.
pub async fn reset_form(
    request: HttpRequest,
    frame: PageFrame,
    token: Path<String>,
    accounts: Data<Accounts>,
) -> PageResult {
    match accounts.check_link(&token, Purpose::ResetPassword).await {
        Ok(link) => Ok(html(StatusCode::OK, &reset_page(frame, &token, &link, &[]))),
        Err(error) => expired(&request, frame, Purpose::ResetPassword, error),
    }
}

/// `POST /reset/{token}`: all logins of the user end, this browser's too.
pub async fn reset_submit(
    request: HttpRequest,
    frame: PageFrame,
    token: Path<String>,
    form: Form<ResetForm>,
    accounts: Data<Accounts>,
) -> PageResult {
    let password = Password::new(form.into_inner().password);
    match accounts.reset_password_by_link(&token, password).await {
        Ok(_) => {
            let mut reply = htmx::reload_to(&request, "/login?said=reset");
            reply
                .add_cookie(&logout_cookie(transport_of(&request)))
                .map_err(super::cookie_failed)?;
            Ok(reply)
        }
        Err(AccountError::Invalid(errors)) => {
            let link = match accounts.check_link(&token, Purpose::ResetPassword).await {
                Ok(link) => link,
                Err(error) => return expired(&request, frame, Purpose::ResetPassword, error),
            };
            let page = reset_page(frame, &token, &link, &errors);
            Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(error) => expired(&request, frame, Purpose::ResetPassword, error),
    }
}

fn reset_page(frame: PageFrame, token: &str, link: &Link, errors: &[FieldError]) -> ResetPage {
    ResetPage {
        action: Purpose::ResetPassword.path(token),
        email: link.user.email.to_string(),
        password: field(frame.t, "password", "", errors),
        strength: Strength::none(&frame.t, "password"),
        frame,
    }
}
