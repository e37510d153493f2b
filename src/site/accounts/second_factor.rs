//! The second factor: the code after the password, and turning it on and off.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, RETRY_AFTER};
use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::login::{entered, known_again};
use super::security_views::{CodePage, Drawing, FactorPage, RecoveryPage};
use super::{cookie_failed, field, wrong_fields};
use crate::accounts::{AccountError, Accounts, Enrolment, FieldError, Password, RECOVERY_CODES, Visit};
use crate::site::subnav::{SettingsTab, settings};
use crate::web::auth::{Actor, browser_of, challenge_of, local_path, no_challenge_cookie, transport_of};
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::{PageError, PageResult};
use crate::web::render_mode::{RenderMode, html};

const PAGE: &str = "/settings/security/second-factor";
const SECURITY: &str = "/settings/security";

#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct CodeForm {
    code: String,
    next: String,
}

/// `GET /login/code`: asks for the second factor.
pub async fn code_form(
    request: HttpRequest,
    frame: PageFrame,
    query: Query<Next>,
    accounts: Data<Accounts>,
) -> PageResult {
    let next = query.into_inner().next;
    let Some(token) = challenge_of(&request) else {
        return Ok(htmx::see_other("/login"));
    };
    match accounts.check_challenge(&token).await {
        Ok(()) => Ok(html(StatusCode::OK, &code_page(frame, &next, None))),
        Err(error @ AccountError::ChallengeOver) => {
            let page = CodePage {
                over: true,
                ..code_page(frame, &next, Some(&error))
            };
            let mut reply = html(StatusCode::GONE, &page);
            reply
                .add_cookie(&no_challenge_cookie(transport_of(&request)))
                .map_err(cookie_failed)?;
            Ok(reply)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /login/code`.
pub async fn code(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    form: Form<CodeForm>,
    accounts: Data<Accounts>,
) -> PageResult {
    let CodeForm { code, next } = form.into_inner();
    let (browser, device) = known_again(&request);
    let Some(token) = challenge_of(&request) else {
        return Ok(htmx::reload_to(&request, "/login"));
    };
    let (status, error) = match accounts.finish_log_in(&token, &code, browser).await {
        Ok(login) => {
            let mut reply = entered(&request, &login, &device, &next)?;
            reply
                .add_cookie(&no_challenge_cookie(transport_of(&request)))
                .map_err(cookie_failed)?;
            return Ok(reply);
        }
        Err(error @ AccountError::WrongCode) => (StatusCode::UNPROCESSABLE_ENTITY, error),
        Err(error @ AccountError::Throttled(_)) => (StatusCode::TOO_MANY_REQUESTS, error),
        Err(error @ AccountError::ChallengeOver) => (StatusCode::GONE, error),
        Err(error) => return Err(error.into()),
    };
    let page = CodePage {
        over: matches!(error, AccountError::ChallengeOver),
        ..code_page(frame, &next, Some(&error))
    };
    let mut reply = mode.with_status(status, &page, page.as_form());
    if let AccountError::Throttled(wait) = error {
        reply.headers_mut().insert(RETRY_AFTER, wait.as_secs().max(1).into());
    }
    Ok(reply)
}

fn code_page(frame: PageFrame, next: &str, error: Option<&AccountError>) -> CodePage {
    CodePage {
        next: local_path(next).unwrap_or_default().to_owned(),
        error: error.map(|error| frame.t.text(&error.text())),
        over: false,
        frame,
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct FactorForm {
    password: String,
    code: String,
    codes: String,
}

/// `GET /settings/security/second-factor`.
pub async fn show(mode: RenderMode, frame: PageFrame, actor: Actor, accounts: Data<Accounts>) -> PageResult {
    let page = factor_page(frame, &actor.0, &accounts, &[], "").await?;
    Ok(mode.html(&page, page.as_main()))
}

/// `POST /settings/security/second-factor/begin`.
pub async fn begin(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    actor: Actor,
    form: Form<FactorForm>,
    accounts: Data<Accounts>,
) -> PageResult {
    let password = Password::new(form.into_inner().password);
    let begun = accounts
        .begin_second_factor(&actor.0, &browser_of(&request), password)
        .await;
    match begun {
        Ok(_) => Ok(htmx::go_to(&request, PAGE)),
        Err(error) => refused(mode, frame, &actor.0, &accounts, error, "begin").await,
    }
}

/// `POST /settings/security/second-factor/cancel`.
pub async fn cancel(request: HttpRequest, actor: Actor, accounts: Data<Accounts>) -> PageResult {
    accounts.cancel_second_factor(actor.0.user.id).await?;
    Ok(htmx::go_to(&request, SECURITY))
}

/// `POST /settings/security/second-factor/confirm`: the response shows the recovery codes.
pub async fn confirm(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    actor: Actor,
    form: Form<FactorForm>,
    accounts: Data<Accounts>,
) -> PageResult {
    let browser = browser_of(&request);
    match accounts.confirm_second_factor(&actor.0, &browser, &form.code).await {
        Ok(codes) => Ok(recovery(mode, frame, codes, true)),
        Err(error) => refused(mode, frame, &actor.0, &accounts, error, "confirm").await,
    }
}

/// `POST /settings/security/second-factor/codes`: new recovery codes.
pub async fn renew(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    actor: Actor,
    form: Form<FactorForm>,
    accounts: Data<Accounts>,
) -> PageResult {
    let FactorForm { password, code, .. } = form.into_inner();
    let codes = accounts
        .new_recovery_codes(&actor.0, &browser_of(&request), Password::new(password), &code)
        .await;
    match codes {
        Ok(codes) => Ok(recovery(mode, frame, codes, false)),
        Err(error) => refused(mode, frame, &actor.0, &accounts, error, "renew").await,
    }
}

/// `POST /settings/security/second-factor/disable`.
pub async fn disable(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    actor: Actor,
    form: Form<FactorForm>,
    accounts: Data<Accounts>,
) -> PageResult {
    let FactorForm { password, code, .. } = form.into_inner();
    let outcome = accounts
        .disable_second_factor(&actor.0, &browser_of(&request), Password::new(password), &code)
        .await;
    match outcome {
        Ok(()) => {
            let said = frame.t.get("security-factor-disabled");
            Ok(with_toast(htmx::go_to(&request, SECURITY), Tone::Good, &said))
        }
        Err(error) => refused(mode, frame, &actor.0, &accounts, error, "disable").await,
    }
}

/// `POST /settings/security/second-factor/codes.txt`: the codes of the page as a file. They come from the form, since
/// the database has only their hashes.
pub async fn codes_file(form: Form<FactorForm>) -> HttpResponse {
    let shaped = |code: &&str| code.len() == 19 && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let codes: Vec<&str> = form
        .codes
        .split_whitespace()
        .filter(shaped)
        .take(RECOVERY_CODES)
        .collect();
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"recovery-codes.txt\""))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(format!("{}\r\n", codes.join("\r\n")))
}

fn recovery(mode: RenderMode, frame: PageFrame, codes: Vec<String>, first: bool) -> HttpResponse {
    let page = RecoveryPage {
        subnav: settings(&frame, SettingsTab::Security),
        frame: frame.at(Section::Settings),
        codes,
        first,
    };
    mode.html(&page, page.as_main())
}

/// The same page with the error beside its field.
async fn refused(
    mode: RenderMode,
    frame: PageFrame,
    visit: &Visit,
    accounts: &Accounts,
    error: AccountError,
    form: &'static str,
) -> PageResult {
    let errors = match error {
        AccountError::WrongCode => vec![FieldError::new("code", error.text())],
        AccountError::Throttled(_) if form == "confirm" => vec![FieldError::new("code", error.text())],
        AccountError::Throttled(_) => vec![FieldError::new("password", error.text())],
        error => wrong_fields(error)?,
    };
    let page = factor_page(frame, visit, accounts, &errors, form).await?;
    Ok(mode.refused(&page, page.as_main()))
}

async fn factor_page(
    frame: PageFrame,
    visit: &Visit,
    accounts: &Accounts,
    errors: &[FieldError],
    form: &'static str,
) -> Result<FactorPage, PageError> {
    let state = accounts.second_factor(visit.user.id).await?;
    let enrolment = match state.begun {
        // An impersonating administrator must not see the secret.
        true if visit.impersonator.is_none() => accounts.enrolment(&visit.user).await.ok(),
        _ => None,
    };
    let t = frame.t;
    let of = |name: &'static str, at: &str| field(t, name, "", if form == at { errors } else { &[] });
    Ok(FactorPage {
        subnav: settings(&frame, SettingsTab::Security),
        left: t.count("security-factor-left", u64::from(state.recovery_left)),
        few_left: state.on && state.recovery_left <= 3,
        frame: frame.at(Section::Settings),
        on: state.on,
        drawing: enrolment.as_ref().and_then(|shown| Drawing::of(t, &shown.address)),
        secret: enrolment.map(|Enrolment { secret, .. }| secret),
        begin_password: of("password", "begin"),
        confirm_code: of("code", "confirm"),
        renew_password: of("password", "renew"),
        renew_code: of("code", "renew"),
        disable_password: of("password", "disable"),
        disable_code: of("code", "disable"),
    })
}
