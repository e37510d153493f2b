//! "Check your inbox": the page after every form that sends an email.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::{again_after, field, wrong_fields};
use crate::accounts::{AccountError, Accounts, Email, FieldError};
use crate::web::auth::{browser_of, transport_of};
use crate::web::layout::PageFrame;
use crate::web::problem::PageResult;
use crate::web::render_mode::html;
use crate::web::security::Transport;
use crate::web::views::Field;
use crate::web::{filters, htmx};

/// Holds the typed address for the page after the redirect, so that it is in no URL and no history.
const COOKIE: &str = "mailed_to";

/// What was requested.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mailed {
    Verification,
    Reset,
}

impl Mailed {
    /// The page after the request.
    const fn page(self) -> &'static str {
        match self {
            Self::Verification => "/register/sent",
            Self::Reset => "/forgot/sent",
        }
    }

    /// Where another email is requested.
    pub(super) const fn resend(self) -> &'static str {
        match self {
            Self::Verification => "/verify-email",
            Self::Reset => "/forgot",
        }
    }
}

#[derive(Deserialize)]
pub struct EmailForm {
    #[serde(default)]
    pub(super) email: String,
}

#[derive(Deserialize)]
pub struct Again {
    again: Option<String>,
}

/// `GET /register/sent` and `GET /forgot/sent`.
#[derive(Template)]
#[template(path = "accounts/sent.html")]
struct SentPage {
    frame: PageFrame,
    title: String,
    text: String,
    /// What to do when no email arrives.
    hint: String,
    /// The text after another request.
    again_text: String,
    error: Option<String>,
    email: Field,
    resend: &'static str,
    again: bool,
    registering: bool,
}

/// Redirects to the page; the cookie holds the address for an hour.
pub fn go(request: &HttpRequest, mailed: Mailed, email: &str) -> PageResult {
    go_on(request, mailed.page().to_owned(), email)
}

fn go_on(request: &HttpRequest, path: String, email: &str) -> PageResult {
    let mut reply = htmx::reload_to(request, &path);
    if let Ok(email) = Email::parse(email) {
        let cookie = Cookie::build(COOKIE, email.to_string())
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(transport_of(request) == Transport::Https)
            .max_age(Duration::hours(1))
            .finish();
        reply.add_cookie(&cookie).map_err(super::cookie_failed)?;
    }
    Ok(reply)
}

/// The address that this browser sent last.
pub(super) fn typed(request: &HttpRequest) -> String {
    let cookie = request.cookie(COOKIE);
    let email = cookie.and_then(|cookie| Email::parse(cookie.value()).ok());
    email.map(|email| email.to_string()).unwrap_or_default()
}

/// `GET /register/sent`.
pub async fn verification(request: HttpRequest, frame: PageFrame, again: Query<Again>) -> HttpResponse {
    let page = page(&request, frame, Mailed::Verification);
    html(StatusCode::OK, &page.again(again.again.is_some()))
}

/// `GET /forgot/sent`.
pub async fn reset(request: HttpRequest, frame: PageFrame, again: Query<Again>) -> HttpResponse {
    let page = page(&request, frame, Mailed::Reset);
    html(StatusCode::OK, &page.again(again.again.is_some()))
}

/// `POST /verify-email`: mails the link again, if a registration waits for it.
pub async fn resend_verification(
    request: HttpRequest,
    frame: PageFrame,
    form: Form<EmailForm>,
    accounts: Data<Accounts>,
) -> PageResult {
    match accounts.resend_verification(&form.email, &browser_of(&request)).await {
        Ok(()) => {
            let path = format!("{}?again=1", Mailed::Verification.page());
            go_on(&request, path, &form.email)
        }
        Err(error @ AccountError::Throttled(wait)) => {
            let mut page = page(&request, frame, Mailed::Verification);
            page.error = Some(page.frame.t.text(&error.text()));
            Ok(again_after(html(StatusCode::TOO_MANY_REQUESTS, &page), wait))
        }
        Err(error) => {
            let errors: Vec<FieldError> = wrong_fields(error)?;
            let mut page = page(&request, frame, Mailed::Verification);
            page.email = field(page.frame.t, "email", &form.email, &errors);
            Ok(html(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

impl SentPage {
    fn again(mut self, again: bool) -> Self {
        self.again = again;
        self
    }
}

fn page(request: &HttpRequest, frame: PageFrame, mailed: Mailed) -> SentPage {
    let text = match mailed {
        Mailed::Verification => frame.mailed("accounts-sent-verification", "accounts-kept-verification"),
        Mailed::Reset => frame.mailed("accounts-sent-reset", "accounts-kept-reset"),
    };
    let said = |sent, kept| frame.t.get(frame.mailed(sent, kept));
    SentPage {
        title: said("accounts-sent-title", "accounts-kept-title"),
        hint: said("accounts-sent-hint", "accounts-kept-hint"),
        again_text: said("accounts-sent-again", "accounts-kept-again"),
        text: frame.t.get(text),
        error: None,
        email: Field::new(typed(request), None),
        resend: mailed.resend(),
        again: false,
        registering: mailed == Mailed::Verification,
        frame,
    }
}
