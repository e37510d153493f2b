//! Security: the password, the second factor, and the person's logins.

use actix_web::HttpRequest;
use actix_web::web::{Data, Form, Path};
use serde::Deserialize;

use super::security_views::{DeviceRow, SecurityPage};
use super::strength::Strength;
use super::{cookie_failed, field, wrong_fields};
use crate::accounts::{AccountError, Accounts, FieldError, LoginKind, OwnLogin, Password, Visit};
use crate::clock::{Clock, UnixMs};
use crate::i18n::T;
use crate::ids::PublicId;
use crate::site::subnav::{SettingsTab, settings};
use crate::web::auth::{Actor, browser_of, logout_cookie, transport_of};
use crate::web::htmx::{self, Tone, with_toast};
use crate::web::layout::{PageFrame, Section};
use crate::web::problem::{PageError, PageResult};
use crate::web::render_mode::RenderMode;

const PAGE: &str = "/settings/security";

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct PasswordForm {
    current_password: String,
    new_password: String,
}

/// `GET /settings/security`.
pub async fn show(
    mode: RenderMode,
    frame: PageFrame,
    actor: Actor,
    accounts: Data<Accounts>,
    clock: Data<Clock>,
) -> PageResult {
    let page = page(frame, &actor.0, &accounts, clock.now(), &[]).await?;
    Ok(mode.html(&page, page.as_main()))
}

/// `POST /settings/password`: the person's other logins end.
pub async fn password(
    mode: RenderMode,
    request: HttpRequest,
    frame: PageFrame,
    actor: Actor,
    form: Form<PasswordForm>,
    accounts: Data<Accounts>,
    clock: Data<Clock>,
) -> PageResult {
    let form = form.into_inner();
    let (current, new) = (Password::new(form.current_password), Password::new(form.new_password));
    let outcome = accounts
        .change_password(&actor.0, &browser_of(&request), current, new)
        .await;
    let errors = match outcome {
        Ok(()) => {
            let said = frame.t.get("settings-password-changed");
            return Ok(with_toast(htmx::go_to(&request, PAGE), Tone::Good, &said));
        }
        // Shown beside the field rather than as a page of its own.
        Err(wait @ AccountError::Throttled(_)) => vec![FieldError::new("current_password", wait.text())],
        Err(error) => wrong_fields(error)?,
    };
    let page = page(frame, &actor.0, &accounts, clock.now(), &errors).await?;
    Ok(mode.refused(&page, page.as_main()))
}

/// `POST /settings/security/logins/{login}/revoke`.
pub async fn revoke(
    request: HttpRequest,
    frame: PageFrame,
    actor: Actor,
    login: Path<PublicId>,
    accounts: Data<Accounts>,
) -> PageResult {
    accounts.revoke_login(&actor.0, login.into_inner()).await?;
    let said = frame.t.get("security-revoked");
    Ok(with_toast(htmx::go_to(&request, PAGE), Tone::Good, &said))
}

/// `POST /settings/security/log-out-elsewhere`.
pub async fn log_out_elsewhere(
    request: HttpRequest,
    frame: PageFrame,
    actor: Actor,
    accounts: Data<Accounts>,
) -> PageResult {
    let ended = accounts.log_out_elsewhere(&actor.0).await?;
    let said = frame.t.count("security-ended", ended as u64);
    Ok(with_toast(htmx::go_to(&request, PAGE), Tone::Good, &said))
}

/// `POST /settings/security/log-out-everywhere`: this browser, too.
pub async fn log_out_everywhere(request: HttpRequest, actor: Actor, accounts: Data<Accounts>) -> PageResult {
    accounts.log_out_everywhere(&actor.0).await?;
    let mut reply = htmx::reload_to(&request, "/login");
    reply
        .add_cookie(&logout_cookie(transport_of(&request)))
        .map_err(cookie_failed)?;
    Ok(reply)
}

async fn page(
    frame: PageFrame,
    visit: &Visit,
    accounts: &Accounts,
    now: UnixMs,
    errors: &[FieldError],
) -> Result<SecurityPage, PageError> {
    let factor = accounts.second_factor(visit.user.id).await?;
    let t = frame.t;
    // Guests share a user: they do not see one another.
    let mut own: Vec<OwnLogin> = match visit.read_only() {
        true => Vec::new(),
        false => accounts.own_logins(visit.user.id).await?,
    };
    own.sort_by_key(|login| login.id != visit.login);
    Ok(SecurityPage {
        subnav: settings(&frame, SettingsTab::Security),
        current_password: field(t, "current_password", "", errors),
        new_password: field(t, "password", "", errors),
        strength: Strength::none(&t, "new_password"),
        factor_on: factor.on,
        recovery_left: t.count("security-factor-left", u64::from(factor.recovery_left)),
        others: own.iter().any(|login| login.id != visit.login),
        devices: own.iter().map(|login| row(t, login, visit, now)).collect(),
        frame: frame.at(Section::Settings),
    })
}

fn row(t: T, login: &OwnLogin, visit: &Visit, now: UnixMs) -> DeviceRow {
    let device = login.device();
    DeviceRow {
        id: login.public_id.to_string(),
        words: t.text(&device.text()),
        icon: match (login.kind, device.mobile) {
            (LoginKind::Api, _) => "key-round",
            (LoginKind::Browser, true) => "smartphone",
            (LoginKind::Browser, false) => "laptop",
        },
        program: login.kind == LoginKind::Api,
        address: login.address.clone(),
        since: t.short(login.created_at, now),
        seen: t.ago(login.seen_at, now),
        this_one: login.id == visit.login,
    }
}
