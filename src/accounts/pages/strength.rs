//! How hard a password is to guess, while it is typed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Form, Query};
use askama::Template;
use serde::Deserialize;

use crate::accounts::Password;
use crate::web::i18n::T;
use crate::web::layout::Shell;
use crate::web::want::html;

/// Four bars and a line under the field of a new password.
#[derive(Template, Clone, Debug)]
#[template(path = "accounts/_strength.html")]
pub struct Strength {
    /// Name of the field.
    pub field: &'static str,
    /// 0 for nothing typed, 1 for far too weak, 3 is enough, 4 is more.
    pub score: u8,
    pub text: String,
}

impl askama::filters::HtmlSafe for Strength {}

impl Strength {
    /// Nothing was typed yet.
    #[must_use]
    pub fn none(t: &T, field: &'static str) -> Self {
        Self {
            field,
            score: 0,
            text: t.get("password-hint").into_owned(),
        }
    }

    /// `about` holds words of the person, which make a password easy to guess.
    #[must_use]
    pub fn of(t: &T, field: &'static str, password: &Password, about: &[&str]) -> Self {
        if password.reveal().is_empty() {
            return Self::none(t, field);
        }
        let score = password.score(about);
        let text = match password.check(about) {
            Err(weak) => weak.message,
            Ok(()) if score >= 4 => t.get("accounts-strength-strong").into_owned(),
            Ok(()) => t.get("accounts-strength-good").into_owned(),
        };
        Self { field, score, text }
    }
}

#[derive(Deserialize)]
pub struct Which {
    #[serde(default)]
    field: String,
}

/// The form that the field stands in; only what matters here.
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

/// `POST /password-strength?field=`: a fragment. Nothing of it is kept.
pub async fn show(shell: Shell, which: Query<Which>, form: Form<Typed>) -> HttpResponse {
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
    let strength = Strength::of(&shell.t, field, &Password::new(typed), &[&name, &email]);
    html(StatusCode::OK, &strength)
}
