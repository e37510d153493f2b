//! Logging in and out.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::{Data, Form, Query};
use serde::Deserialize;

use super::sent;
use super::views::{LoginPage, WaitingPage};
use crate::accounts::{AccountError, Accounts, Challenge, Installation, IssuedLogin, LogIn, Password, VisitingBrowser};
use crate::crypto;
use crate::web::address::address;
use crate::web::auth::{
    self, Actor, browser_of, challenge_cookie, device_cookie, local_path, login_cookie, logout_cookie, transport_of,
};
use crate::web::htmx;
use crate::web::layout::PageFrame;
use crate::web::problem::PageResult;
use crate::web::render_mode::{RenderMode, html};

/// A login that the page offers to every visitor. Provided as `Data<DemoAccess>` while the demo runs.
#[derive(Clone)]
pub struct DemoAccess {
    pub email: String,
    pub password: String,
}

#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
    /// The act before this page: a word that [`said_words`] knows.
    #[serde(default)]
    said: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct LoginForm {
    email: String,
    password: String,
    next: String,
}

/// `GET /login`.
pub async fn form(request: HttpRequest, frame: PageFrame, query: Query<Next>, accounts: Data<Accounts>) -> PageResult {
    let Next { next, said } = query.into_inner();
    // A guest may log in with another account.
    if auth::visit_of(&request).is_some_and(|visit| !visit.read_only()) {
        return Ok(htmx::go_to(&request, local_path(&next).unwrap_or("/")));
    }
    if accounts.awaits_setup().await? {
        return Ok(html(StatusCode::OK, &WaitingPage { frame }));
    }
    let (email, offer) = (sent::typed(&request), accounts.installation().await?);
    let said = said_words(&frame, &said);
    let page = LoginPage {
        said,
        ..page(&request, frame, email, next, offer, None)
    };
    Ok(html(StatusCode::OK, &page))
}

/// The sentence for the act before this page.
fn said_words(frame: &PageFrame, said: &str) -> Option<String> {
    let key = match said {
        "verified" => "accounts-said-verified",
        "reset" => "accounts-said-reset",
        "email" => "accounts-said-email",
        _ => return None,
    };
    Some(frame.t.get(key))
}

/// `POST /guest`: logs a visitor in as a guest.
pub async fn guest(request: HttpRequest, accounts: Data<Accounts>) -> PageResult {
    let login = accounts.log_in_as_guest(browser_of(&request)).await?;
    let mut reply = htmx::reload_to(&request, "/");
    reply
        .add_cookie(&login_cookie(transport_of(&request), &login))
        .map_err(super::cookie_failed)?;
    Ok(reply)
}

/// `POST /login`.
pub async fn submit(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    form: Form<LoginForm>,
    accounts: Data<Accounts>,
) -> PageResult {
    let LoginForm { email, password, next } = form.into_inner();
    let (browser, device) = known_again(&request);
    let outcome = accounts.log_in(&email, Password::new(password), browser).await;
    let (status, error) = match outcome {
        Ok(LogIn::Done(login)) => return entered(&request, &login, &device, &next),
        Ok(LogIn::SecondFactor(challenge)) => return ask_for_code(&request, &challenge, &next),
        Err(error @ AccountError::WrongCredentials) => (StatusCode::UNPROCESSABLE_ENTITY, error),
        // These are revealed only after the right password.
        Err(error @ (AccountError::NotVerified | AccountError::Suspended)) => (StatusCode::FORBIDDEN, error),
        Err(error @ AccountError::Throttled(_)) => (StatusCode::TOO_MANY_REQUESTS, error),
        Err(error) => return Err(error.into()),
    };
    let offer = accounts.installation().await?;
    let said = frame.t.text(&error.text());
    let page = page(&request, frame, email, next, offer, Some(said));
    let mut reply = mode.with_status(status, &page, page.as_form());
    if let AccountError::Throttled(wait) = error {
        reply.headers_mut().insert(RETRY_AFTER, wait.as_secs().max(1).into());
    }
    Ok(reply)
}

/// The browser, with the value of its long-lived cookie: the existing one, or a new one.
pub(super) fn known_again(request: &HttpRequest) -> (VisitingBrowser, String) {
    let mut browser = browser_of(request);
    let device = browser.device.get_or_insert_with(crypto::random_token).clone();
    (browser, device)
}

/// The response to a successful log-in.
pub(super) fn entered(request: &HttpRequest, login: &IssuedLogin, device: &str, next: &str) -> PageResult {
    let transport = transport_of(request);
    let mut reply = htmx::reload_to(request, local_path(next).unwrap_or("/"));
    for cookie in [login_cookie(transport, login), device_cookie(transport, device)] {
        reply.add_cookie(&cookie).map_err(super::cookie_failed)?;
    }
    Ok(reply)
}

/// The password was right; the next page asks for the second factor.
fn ask_for_code(request: &HttpRequest, challenge: &Challenge, next: &str) -> PageResult {
    let next = local_path(next).unwrap_or_default();
    let mut reply = htmx::reload_to(request, &address("/login/code", &[("next", next)]));
    reply
        .add_cookie(&challenge_cookie(transport_of(request), challenge))
        .map_err(super::cookie_failed)?;
    Ok(reply)
}

fn page(
    request: &HttpRequest,
    frame: PageFrame,
    email: String,
    next: String,
    offer: Installation,
    error: Option<String>,
) -> LoginPage {
    let demo = request
        .app_data::<Data<DemoAccess>>()
        .map(|demo| (demo.email.clone(), demo.password.clone()));
    let next = local_path(&next).unwrap_or_default().to_owned();
    LoginPage {
        frame,
        email,
        error,
        said: None,
        registration: offer.registration_open,
        guest: offer.open_guest_workspace().is_some(),
        next,
        demo,
    }
}

/// `POST /logout`: ends this browser's login only.
pub async fn log_out(request: HttpRequest, actor: Actor, accounts: Data<Accounts>) -> PageResult {
    accounts.log_out(actor.0.login).await?;
    let mut reply = htmx::reload_to(&request, "/login");
    reply
        .add_cookie(&logout_cookie(transport_of(&request)))
        .map_err(super::cookie_failed)?;
    Ok(reply)
}
