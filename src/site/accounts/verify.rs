//! Links that confirm an address. GET changes nothing: programs that scan mail follow links, but send no forms.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::sent::{self, Mailed};
use crate::accounts::{AccountError, Accounts, Purpose, Registered, utc};
use crate::web::auth::visit_of;
use crate::web::layout::PageFrame;
use crate::web::problem::PageResult;
use crate::web::render_mode::html;
use crate::web::{filters, htmx};

/// `GET /verify-email/{token}` and `GET /change-email/{token}`.
#[derive(Template)]
#[template(path = "accounts/confirm.html")]
struct ConfirmPage {
    frame: PageFrame,
    title: String,
    text: String,
    not_you: String,
    /// The address that will be confirmed.
    email: String,
    /// The registration that is confirmed with it, so that nobody confirms somebody else's.
    registered: Option<String>,
    action: String,
}

/// A link that was used, has expired, or never existed.
#[derive(Template)]
#[template(path = "accounts/expired.html")]
struct ExpiredPage {
    frame: PageFrame,
    text: String,
    /// Where another link is requested; `None` leads to the settings.
    resend: Option<&'static str>,
    email: String,
    none: Option<String>,
}

/// The page after a confirmed address.
const CONFIRMED: &str = "/login?said=verified";

/// What was entered at the registration, and when.
fn registration(frame: &PageFrame, what: &Registered) -> String {
    let (at, workspace) = (utc(what.at), what.workspace_name().unwrap_or_default());
    let values = [
        ("name", what.name.as_str()),
        ("workspace", workspace),
        ("time", at.as_str()),
    ];
    let key = match workspace {
        "" => "accounts-verify-as",
        _ => "accounts-verify-as-at",
    };
    frame.t.with_all(key, &values)
}

/// `GET /verify-email/{token}`.
pub async fn show(request: HttpRequest, frame: PageFrame, token: Path<String>, accounts: Data<Accounts>) -> PageResult {
    let link = match accounts.check_link(&token, Purpose::VerifyEmail).await {
        Ok(link) => link,
        Err(error) => return expired(&request, frame, Purpose::VerifyEmail, error),
    };
    if link.used {
        return Ok(htmx::go_to(&request, CONFIRMED));
    }
    let page = ConfirmPage {
        registered: link.registered.as_ref().map(|what| registration(&frame, what)),
        title: frame.t.get("accounts-verify-title"),
        text: frame.t.get("accounts-verify-text"),
        not_you: frame.t.get("accounts-verify-not-you"),
        email: link.email.to_string(),
        action: Purpose::VerifyEmail.path(&token),
        frame,
    };
    Ok(html(StatusCode::OK, &page))
}

/// `POST /verify-email/{token}`.
pub async fn submit(
    request: HttpRequest,
    frame: PageFrame,
    token: Path<String>,
    accounts: Data<Accounts>,
) -> PageResult {
    match accounts.verify_email(&token).await {
        Ok(_) => Ok(htmx::reload_to(&request, CONFIRMED)),
        Err(error) => expired(&request, frame, Purpose::VerifyEmail, error),
    }
}

/// `GET /change-email/{token}`.
pub async fn show_change(
    request: HttpRequest,
    frame: PageFrame,
    token: Path<String>,
    accounts: Data<Accounts>,
) -> PageResult {
    let link = match accounts.check_link(&token, Purpose::ChangeEmail).await {
        Ok(link) => link,
        Err(error) => return expired(&request, frame, Purpose::ChangeEmail, error),
    };
    let page = ConfirmPage {
        registered: None,
        title: frame.t.get("accounts-change-title"),
        text: frame.t.get("accounts-change-text"),
        not_you: frame.t.get("accounts-change-not-you"),
        email: link.email.to_string(),
        action: Purpose::ChangeEmail.path(&token),
        frame,
    };
    Ok(html(StatusCode::OK, &page))
}

/// `POST /change-email/{token}`: this browser stays logged in if it is the user's, all others are logged out.
pub async fn submit_change(
    request: HttpRequest,
    frame: PageFrame,
    token: Path<String>,
    accounts: Data<Accounts>,
) -> PageResult {
    let visit = visit_of(&request);
    match accounts
        .confirm_email_change(&token, visit.as_ref().map(|visit| visit.login))
        .await
    {
        Ok(user) if visit.is_some_and(|visit| visit.user.id == user.id) => {
            Ok(htmx::reload_to(&request, "/settings?said=email"))
        }
        Ok(_) => Ok(htmx::reload_to(&request, "/login?said=email")),
        Err(error) => expired(&request, frame, Purpose::ChangeEmail, error),
    }
}

/// The page for an invalid link; any other error is passed on.
pub(super) fn expired(request: &HttpRequest, frame: PageFrame, purpose: Purpose, error: AccountError) -> PageResult {
    if !matches!(error, AccountError::LinkExpired) {
        return Err(error.into());
    }
    let (text, resend) = match purpose {
        Purpose::VerifyEmail => ("accounts-expired-verify", Some(Mailed::Verification.resend())),
        Purpose::ResetPassword => ("accounts-expired-reset", Some(Mailed::Reset.resend())),
        Purpose::ChangeEmail => ("accounts-expired-change", None),
    };
    let page = ExpiredPage {
        text: frame.t.get(text),
        resend,
        email: sent::typed(request),
        none: None,
        frame,
    };
    Ok(html(StatusCode::GONE, &page))
}
