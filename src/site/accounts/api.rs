//! API calls: the caller's own account.

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::{Accounts, Deletion, Membership, OwnLogin, Password, SecondFactor, User};
use crate::audit::Actor;
use crate::i18n::Text;
use crate::mail::Mailer;

use crate::web::api::guard::Called;
use crate::web::api::reply::{self, MailSent};
use crate::web::api::{Body, Page, Paging, Person, guard, time};
use crate::web::auth::browser_of;
use crate::web::frame::reader_of;
use crate::web::problem::{ApiResult, Problem};

/// A person.
#[derive(Serialize, ToSchema)]
pub struct UserView {
    #[schema(example = "usr_06c2m9k1t4v7x0z3a5b8d1f4h7")]
    pub id: String,
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    #[schema(example = "ada@example.com")]
    pub email: String,
    /// Whether the email address is confirmed.
    #[schema(example = true)]
    pub verified: bool,
    /// On this installation: `admin`, `user` or `guest`.
    #[schema(example = "user")]
    pub platform_role: String,
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        Self {
            id: user.public_id.to_string(),
            name: user.name.clone(),
            email: user.email.to_string(),
            verified: user.verified_at.is_some(),
            platform_role: user.platform_role.to_string(),
            created_at: time(user.created_at),
        }
    }
}

/// A workspace as one of its members sees it.
#[derive(Serialize, ToSchema)]
pub struct MembershipView {
    #[schema(example = "wsp_06c2m9k1t4v7x0z3a5b8d1f4h7")]
    pub id: String,
    #[schema(example = "Corner Shop")]
    pub name: String,
    /// The caller's: `owner`, `manager` or `agent`.
    #[schema(example = "owner")]
    pub role: String,
    /// IANA name.
    #[schema(example = "Europe/Berlin")]
    pub time_zone: String,
    /// A new time zone counts from its next midnight: when it began to, or will. Null when there was no other one.
    #[schema(format = DateTime)]
    pub time_zone_from: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "DE")]
    pub country: String,
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<&Membership> for MembershipView {
    fn from(membership: &Membership) -> Self {
        let workspace = &membership.workspace;
        Self {
            id: workspace.public_id.to_string(),
            name: workspace.name.clone(),
            role: membership.role.to_string(),
            time_zone: workspace.time_zone.name().to_owned(),
            time_zone_from: workspace.zone_from.map(time),
            country: workspace.country.clone(),
            created_at: time(workspace.created_at),
        }
    }
}

/// Whoever calls, and where.
#[derive(Serialize, ToSchema)]
pub struct MeView {
    #[schema(example = "usr_06c2m9k1t4v7x0z3a5b8d1f4h7")]
    pub id: String,
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    #[schema(example = "ada@example.com")]
    pub email: String,
    #[schema(example = true)]
    pub verified: bool,
    #[schema(example = "user")]
    pub platform_role: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    /// The workspace that this request is about; null for a person without one.
    pub workspace: Option<MembershipView>,
}

impl MeView {
    fn of(user: &User, membership: Option<&Membership>) -> Self {
        let UserView {
            id,
            name,
            email,
            verified,
            platform_role,
            created_at,
        } = user.into();
        Self {
            id,
            name,
            email,
            verified,
            platform_role,
            created_at,
            workspace: membership.map(Into::into),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMeBody {
    #[schema(example = "Ada Lovelace", min_length = 1, max_length = 80)]
    name: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteMeBody {
    /// The account's own address, to confirm.
    #[schema(example = "ada@example.com")]
    email: String,
    #[schema(format = Password)]
    password: String,
    /// Needed with two-step verification.
    #[serde(default)]
    code: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    #[schema(format = Password)]
    current_password: String,
    /// At least 8 characters, and not easy to guess.
    #[schema(min_length = 8, format = Password)]
    new_password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailBody {
    /// The new address.
    #[schema(example = "ada@example.org")]
    email: String,
    #[schema(format = Password)]
    password: String,
}

/// Get the current user
///
/// The person behind the access token, or the member the API key acts for.
#[utoipa::path(get, path = "/v1/users/me", tag = "users", operation_id = "showMe",
    responses((status = 200, body = MeView, description = "The current user.")))]
pub async fn me(request: HttpRequest, caller: Called) -> ApiResult {
    let view = MeView::of(&caller.0.user, caller.0.membership.as_ref());
    Ok(reply::one(&request, &view)?)
}

/// Update the current user
///
/// Changes the name that other people in the workspace see.
#[utoipa::path(put, path = "/v1/users/me", tag = "users", operation_id = "changeMe",
    request_body = ChangeMeBody, responses((status = 200, body = MeView, description = "The updated user.")))]
pub async fn change_me(person: Person, body: Body<ChangeMeBody>, accounts: Data<Accounts>) -> ApiResult {
    let user = accounts.rename_user(&person.0, person.0.user.id, &body.0.name).await?;
    Ok(reply::done(&MeView::of(&user, person.0.membership.as_ref()))?)
}

/// Delete the current user
///
/// This can't be undone. Workspaces without other members are deleted too, so export what you need first. Workspaces with
/// other members must have another owner.
#[utoipa::path(delete, path = "/v1/users/me", tag = "users", operation_id = "deleteMe",
    request_body = DeleteMeBody, responses((status = 204, description = "Deleted.")))]
pub async fn delete_me(
    request: HttpRequest,
    person: Person,
    body: Body<DeleteMeBody>,
    accounts: Data<Accounts>,
) -> ApiResult {
    let DeleteMeBody { email, password, code } = body.0;
    let form = Deletion {
        email,
        password: Password::new(password),
        code: code.unwrap_or_default(),
    };
    let actor = Actor::from(&person.0);
    accounts
        .delete_account(&person.0.user, actor, &browser_of(&request), form)
        .await
        .map_err(current_password)?;
    Ok(reply::empty())
}

/// The service uses the field name of the page's form.
fn current_password(error: crate::accounts::AccountError) -> Problem {
    Problem::from(error).renamed(&[("current_password", "password")])
}

/// Change the password
///
/// Ends the person's other logins. This one stays.
#[utoipa::path(post, path = "/v1/users/me/password", tag = "users", operation_id = "changePassword",
    request_body = PasswordBody, responses((status = 204, description = "The password was changed.")))]
pub async fn change_password(
    request: HttpRequest,
    person: Person,
    body: Body<PasswordBody>,
    accounts: Data<Accounts>,
) -> ApiResult {
    let (current, new) = (
        Password::new(body.0.current_password),
        Password::new(body.0.new_password),
    );
    accounts
        .change_password(&person.0, &browser_of(&request), current, new)
        .await
        .map_err(|error| Problem::from(error).renamed(&[("password", "new_password")]))?;
    Ok(reply::empty())
}

/// Change the email address
///
/// Emails a link to the new address. The address changes when the link is opened.
#[utoipa::path(post, path = "/v1/users/me/email", tag = "users", operation_id = "changeEmail",
    request_body = EmailBody, responses((status = 202, body = MailSent, description = "The link is being sent.")))]
pub async fn change_email(
    request: HttpRequest,
    person: Person,
    body: Body<EmailBody>,
    (accounts, mailer): (Data<Accounts>, Data<Mailer>),
) -> ApiResult {
    let password = Password::new(body.0.password);
    accounts
        .ask_email_change(&person.0, &browser_of(&request), password, &body.0.email)
        .await
        .map_err(current_password)?;
    let sent = Text::new("api-mail-new-address");
    Ok(reply::accepted(&MailSent::new(&request, &mailer, &sent))?)
}

/// A browser or program that is logged in.
#[derive(Serialize, ToSchema)]
pub struct LoginView {
    #[schema(example = "log_06c2m9k1t4v7x0z3a5b8d1f4h7")]
    id: String,
    /// `browser` or `api`.
    #[schema(example = "browser")]
    kind: String,
    /// The browser or program, as far as known.
    #[schema(example = "Firefox on Linux")]
    device: String,
    #[schema(example = "203.0.113.7")]
    address: String,
    /// Whether this request comes from it.
    #[schema(example = true)]
    current: bool,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    seen_at: String,
}

/// List logins
///
/// The browsers and programs that are logged in as this person.
#[utoipa::path(get, path = "/v1/users/me/logins", tag = "users", operation_id = "listLogins",
    responses((status = 200, body = Page<LoginView>, description = "Logins, most recently used first.")))]
pub async fn logins(request: HttpRequest, person: Person, paging: Paging, accounts: Data<Accounts>) -> ApiResult {
    let all = accounts.own_logins(person.0.user.id).await?;
    let after: Option<crate::ids::PublicId> = paging.after()?;
    // There are few, so all are read and the page is cut out here.
    let begin = match &after {
        Some(id) => all
            .iter()
            .position(|login| login.public_id == *id)
            .map_or(all.len(), |at| at + 1),
        None => 0,
    };
    let rows: Vec<OwnLogin> = all.into_iter().skip(begin).take(paging.fetch() as usize).collect();
    let (t, current) = (reader_of(Some(&person.0)), person.0.login);
    let view = |login: OwnLogin| LoginView {
        kind: login.kind.to_string(),
        device: t.text(&login.device().text()),
        current: login.id == current,
        created_at: time(login.created_at),
        seen_at: time(login.seen_at),
        address: login.address,
        id: login.public_id.into(),
    };
    let page = paging.page(rows, |login| login.public_id.to_string(), view);
    Ok(reply::page(&request, &page)?)
}

/// End a login
///
/// Logs that browser or program out at once. Its access tokens stop working.
#[utoipa::path(delete, path = "/v1/users/me/logins/{login}", tag = "users", operation_id = "endLogin",
    responses((status = 204, description = "The login has ended.")))]
pub async fn end_login(person: Person, login: Path<String>, accounts: Data<Accounts>) -> ApiResult {
    accounts.revoke_login(&person.0, guard::id(&login)?).await?;
    Ok(reply::empty())
}

/// The second factor of a log-in: an authenticator app.
#[derive(Serialize, ToSchema)]
pub struct SecondFactorView {
    /// Whether a code is asked for at login.
    #[schema(example = true)]
    on: bool,
    /// Set up, but not confirmed by a first code yet.
    begun: bool,
    /// Recovery codes that haven't been used.
    #[schema(example = 8)]
    recovery_codes_left: u32,
}

impl From<SecondFactor> for SecondFactorView {
    fn from(factor: SecondFactor) -> Self {
        Self {
            on: factor.on,
            begun: factor.begun,
            recovery_codes_left: factor.recovery_left,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginFactorBody {
    #[schema(format = Password)]
    password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmFactorBody {
    /// What the app shows now.
    #[schema(example = "123456")]
    code: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisableFactorBody {
    #[schema(format = Password)]
    password: String,
    /// From the authenticator app, or a recovery code.
    #[schema(example = "123456")]
    code: String,
}

/// What the app needs to know, shown only now.
#[derive(Serialize, ToSchema)]
pub struct EnrolmentView {
    /// To type into the app.
    #[schema(example = "JBSWY3DPEHPK3PXP")]
    secret: String,
    /// To show as a QR code.
    #[schema(example = "otpauth://totp/WhatsApp%20Manager%20Pro:ada@example.com?secret=JBSWY3DPEHPK3PXP")]
    uri: String,
}

/// For whoever loses the app; each works once and is shown only now.
#[derive(Serialize, ToSchema)]
pub struct RecoveryCodesView {
    #[schema(example = json!(["k7mq-2xwt-9hfd", "p4vn-8zrc-3jyb"]))]
    recovery_codes: Vec<String>,
}

/// Get two-step verification
///
/// Whether a code is asked for at login, and how many recovery codes are left.
#[utoipa::path(get, path = "/v1/users/me/second-factor", tag = "users", operation_id = "showSecondFactor",
    responses((status = 200, body = SecondFactorView, description = "Two-step verification.")))]
pub async fn second_factor(request: HttpRequest, person: Person, accounts: Data<Accounts>) -> ApiResult {
    let factor = accounts.second_factor(person.0.user.id).await?;
    Ok(reply::one(&request, &SecondFactorView::from(factor))?)
}

/// Set up two-step verification
///
/// Creates a secret for an authenticator app. Nothing is asked for at login until a first code has confirmed it.
#[utoipa::path(post, path = "/v1/users/me/second-factor", tag = "users", operation_id = "beginSecondFactor",
    request_body = BeginFactorBody, responses((status = 201, body = EnrolmentView, description = "What the app needs.")))]
pub async fn begin_second_factor(
    request: HttpRequest,
    person: Person,
    body: Body<BeginFactorBody>,
    accounts: Data<Accounts>,
) -> ApiResult {
    let password = Password::new(body.0.password);
    let enrolment = accounts
        .begin_second_factor(&person.0, &browser_of(&request), password)
        .await
        .map_err(current_password)?;
    let view = EnrolmentView {
        secret: enrolment.secret,
        uri: enrolment.address,
    };
    Ok(reply::created("/v1/users/me/second-factor", &view)?)
}

/// Turn on two-step verification
///
/// Takes the first code of the authenticator app and returns recovery codes, which are shown only once.
#[utoipa::path(put, path = "/v1/users/me/second-factor", tag = "users", operation_id = "confirmSecondFactor",
    request_body = ConfirmFactorBody,
    responses((status = 200, body = RecoveryCodesView, description = "Two-step verification is on. These are the recovery codes.")))]
pub async fn confirm_second_factor(
    request: HttpRequest,
    person: Person,
    body: Body<ConfirmFactorBody>,
    accounts: Data<Accounts>,
) -> ApiResult {
    let codes = accounts
        .confirm_second_factor(&person.0, &browser_of(&request), &body.0.code)
        .await?;
    Ok(reply::done(&RecoveryCodesView { recovery_codes: codes })?)
}

/// Turn off two-step verification
///
/// Takes the password and a code of the app, or a recovery code.
#[utoipa::path(delete, path = "/v1/users/me/second-factor", tag = "users", operation_id = "disableSecondFactor",
    request_body = DisableFactorBody, responses((status = 204, description = "Two-step verification is off.")))]
pub async fn disable_second_factor(
    request: HttpRequest,
    person: Person,
    body: Body<DisableFactorBody>,
    accounts: Data<Accounts>,
) -> ApiResult {
    let password = Password::new(body.0.password);
    accounts
        .disable_second_factor(&person.0, &browser_of(&request), password, &body.0.code)
        .await
        .map_err(current_password)?;
    Ok(reply::empty())
}
