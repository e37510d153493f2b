//! The strength of a password, while it is typed.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Query};
use askama::Template;
use serde::Deserialize;

use super::again_after;
use crate::accounts::{AccountError, Accounts, Assessment, Password};
use crate::i18n::T;
use crate::web::auth::browser_of;
use crate::web::layout::PageFrame;
use crate::web::problem::PageResult;
use crate::web::render_mode::html;

/// Four bars and a line under the field of a new password.
#[derive(Template, Clone, Debug)]
#[template(path = "accounts/_strength.html")]
pub struct Strength {
    /// Name of the field.
    pub field: &'static str,
    /// 0 for empty, 1 for far too weak, 3 is enough, 4 is more.
    pub score: u8,
    pub text: String,
}

impl askama::filters::HtmlSafe for Strength {}

impl Strength {
    /// The meter of an empty field.
    #[must_use]
    pub fn none(t: &T, field: &'static str) -> Self {
        Self {
            field,
            score: 0,
            text: t.get("password-hint"),
        }
    }

    fn of(t: &T, field: &'static str, assessment: Assessment) -> Self {
        let Assessment { score, weakness } = assessment;
        let text = match weakness {
            Some(weak) => t.text(&weak.message),
            None if score >= 4 => t.get("accounts-strength-strong"),
            None => t.get("accounts-strength-good"),
        };
        Self { field, score, text }
    }
}

#[derive(Deserialize)]
pub struct Which {
    #[serde(default)]
    field: String,
}

/// The form that contains the field; only the fields needed here.
#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    password: String,
    #[serde(default)]
    new_password: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
}

/// `POST /password-strength?field=`: a fragment. Nothing is stored.
pub async fn show(
    request: HttpRequest,
    frame: PageFrame,
    which: Query<Which>,
    form: Form<Typed>,
    accounts: Data<Accounts>,
) -> PageResult {
    let Typed {
        password,
        new_password,
        name,
        email,
    } = form.into_inner();
    let (field, typed) = match which.field.as_str() {
        "new_password" => ("new_password", new_password),
        _ => ("password", password),
    };
    let unknown = Strength::none(&frame.t, field);
    if typed.is_empty() {
        return Ok(html(StatusCode::OK, &unknown));
    }
    let (address, about) = (browser_of(&request).address, [name.as_str(), email.as_str()]);
    match accounts.assess_password(address, &Password::new(typed), &about).await {
        Ok(assessment) => Ok(html(StatusCode::OK, &Strength::of(&frame.t, field, assessment))),
        // The meter pauses; the password is checked when the form is sent.
        Err(AccountError::Throttled(wait)) => Ok(again_after(html(StatusCode::TOO_MANY_REQUESTS, &unknown), wait)),
        Err(error) => Err(error.into()),
    }
}
