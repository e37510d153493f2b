//! Logging in and out.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use crate::accounts::views::LoginPage;
use crate::accounts::{AccountError, Accounts, Password};
use crate::web::auth::{self, Actor, browser_of, local_path, login_cookie, logout_cookie, transport_of};
use crate::web::htmx;
use crate::web::layout::Shell;
use crate::web::problem::PageError;
use crate::web::want::html;

/// A login that the page offers to whoever comes by. Provided as `Data<DemoAccess>` while the demo runs.
#[derive(Clone)]
pub struct DemoAccess {
    pub email: String,
    pub password: String,
}

#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub struct LoginForm {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// `GET /login`.
pub async fn form(request: HttpRequest, shell: Shell, query: Query<Next>) -> HttpResponse {
    let next = query.into_inner().next;
    if auth::visit_of(&request).is_some() {
        return htmx::go_to(&request, local_path(&next).unwrap_or("/"));
    }
    html(StatusCode::OK, &page(&request, shell, String::new(), next, None))
}

/// `POST /login`.
///
/// # Errors
/// When the database fails.
pub async fn submit(
    request: HttpRequest,
    shell: Shell,
    form: Form<LoginForm>,
    accounts: Data<Accounts>,
) -> Result<HttpResponse, PageError> {
    let LoginForm { email, password, next } = form.into_inner();
    let outcome = accounts
        .log_in(&email, Password::new(password), browser_of(&request))
        .await;
    let (status, error) = match outcome {
        Ok(login) => {
            let mut reply = htmx::reload_to(&request, local_path(&next).unwrap_or("/"));
            reply
                .add_cookie(&login_cookie(transport_of(&request), &login))
                .map_err(super::cookie_failed)?;
            return Ok(reply);
        }
        Err(error @ AccountError::WrongCredentials) => (StatusCode::UNPROCESSABLE_ENTITY, error),
        Err(error @ AccountError::Throttled(_)) => (StatusCode::TOO_MANY_REQUESTS, error),
        Err(error) => return Err(error.into()),
    };
    let page = page(&request, shell, email, next, Some(error.to_string()));
    let mut reply = if htmx::is_htmx(&request) {
        html(status, &page.as_form())
    } else {
        html(status, &page)
    };
    if let AccountError::Throttled(wait) = error {
        reply.headers_mut().insert(RETRY_AFTER, wait.as_secs().max(1).into());
    }
    Ok(reply)
}

fn page(request: &HttpRequest, shell: Shell, email: String, next: String, error: Option<String>) -> LoginPage {
    let demo = request
        .app_data::<Data<DemoAccess>>()
        .map(|demo| (demo.email.clone(), demo.password.clone()));
    let next = local_path(&next).unwrap_or_default().to_owned();
    LoginPage {
        shell,
        email,
        error,
        next,
        demo,
    }
}

/// `POST /logout`: ends this browser's login only.
///
/// # Errors
/// When the database fails.
pub async fn log_out(request: HttpRequest, actor: Actor, accounts: Data<Accounts>) -> Result<HttpResponse, PageError> {
    accounts.log_out(actor.0.login).await?;
    let mut reply = htmx::reload_to(&request, "/login");
    reply
        .add_cookie(&logout_cookie(transport_of(&request)))
        .map_err(super::cookie_failed)?;
    Ok(reply)
}
