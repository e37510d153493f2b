//! API calls: log-in of programs, and API keys.

use actix_web::HttpRequest;
use actix_web::http::{Method, StatusCode};
use actix_web::web::{Data, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{
    ACCESS_LIFETIME, Access, AccessError, ApiKey, CreatedKey, Issued, KeyScope, NewKey, REFRESH_LIFETIME, Refused,
};
use crate::accounts::{Accounts, Password, Purpose, Registration, Scope};
use crate::clock::{Clock, UnixMs};
use crate::i18n::Text;
use crate::mail::Mailer;
use crate::site::routes::offered_scopes;
use crate::web::api::reply::{self, MailSent};
use crate::web::api::{Body, OptionalBody, Page, Paging, Person, guard, time};
use crate::web::auth::browser_of;
use crate::web::problem::{ApiResult, Problem};

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        let detail = error.text();
        match error {
            AccessError::Invalid(fields) => Self::invalid(detail, fields),
            AccessError::Refused(Refused::Token) => Self::new(StatusCode::UNAUTHORIZED, "invalid-token", detail),
            AccessError::Refused(Refused::TokenExpired) => Self::new(StatusCode::UNAUTHORIZED, "token-expired", detail),
            AccessError::Refused(Refused::Key) => Self::new(StatusCode::UNAUTHORIZED, "invalid-key", detail),
            AccessError::Refused(Refused::KeyExpired) => Self::new(StatusCode::UNAUTHORIZED, "key-expired", detail),
            AccessError::RefreshToken => Self::new(StatusCode::UNAUTHORIZED, "invalid-refresh-token", detail),
            AccessError::Reused => Self::new(StatusCode::UNAUTHORIZED, "token-reused", detail),
            AccessError::SecondFactor => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "second-factor-required", detail),
            AccessError::Workspace | AccessError::NotFound => Self::not_found(),
            AccessError::WorkspaceSuspended => Self::forbidden("workspace-suspended", detail),
            AccessError::Signing(_) => Self::internal(error),
            AccessError::Forbidden(_) => Self::forbidden("role", detail),
            AccessError::Plan(error) => error.into(),
            AccessError::Account(error) => error.into(),
            AccessError::Db(error) => error.into(),
        }
    }
}

/// Who registers, and the workspace that is made for them. All but the address and the password may be left out, and
/// everything can be changed later.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterBody {
    /// If left out, it's made from the address: ada.lovelace@example.com becomes Ada Lovelace.
    #[serde(default)]
    #[schema(example = "Ada Lovelace", min_length = 1, max_length = 80)]
    name: Option<String>,
    #[schema(example = "ada@example.com", max_length = 254)]
    email: String,
    /// At least 8 characters, and not easy to guess.
    #[schema(example = "velvet-otter-sings-loud", min_length = 8, format = Password)]
    password: String,
    /// If left out, it's made from the name.
    #[serde(default)]
    #[schema(example = "Corner Shop", min_length = 1, max_length = 80)]
    workspace: Option<String>,
    /// IANA name. If left out, it's the installation's.
    #[serde(default)]
    #[schema(example = "Europe/Berlin")]
    time_zone: Option<String>,
    /// ISO 3166-1 alpha-2: how national phone numbers are read. If left out, it's the installation's.
    #[serde(default)]
    #[schema(example = "DE")]
    country: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogInBody {
    #[schema(example = "ada@example.com")]
    email: String,
    #[schema(example = "velvet-otter-sings-loud", format = Password)]
    password: String,
    /// From the authenticator app, or a recovery code. Needed with two-step verification.
    #[serde(default)]
    #[schema(example = "123456")]
    code: Option<String>,
}

#[derive(Deserialize, Default, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogOutBody {
    /// End all logins of the person, in browsers and in programs.
    #[serde(default)]
    everywhere: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshBody {
    #[schema(example = "n1Yc8rT0pQ5uV2wX7zA4bD9eF6gH3jK0")]
    refresh_token: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgotBody {
    #[schema(example = "ada@example.com")]
    email: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetBody {
    /// The last part of the emailed link.
    #[schema(example = "Zk3vQ0x9fT2bL7mN4pR8sW1yC5dG6hJ0")]
    token: String,
    #[schema(example = "velvet-otter-sings-loud", min_length = 8, format = Password)]
    password: String,
}

/// A pair of tokens, shown only now.
#[derive(Serialize, ToSchema)]
pub struct Tokens {
    #[schema(example = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfMDZjMiJ9.c2lnbmF0dXJl")]
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: String,
    /// Seconds.
    #[schema(example = 900)]
    expires_in: u64,
    /// Works once and gives the next pair.
    #[schema(example = "n1Yc8rT0pQ5uV2wX7zA4bD9eF6gH3jK0")]
    refresh_token: String,
    /// Seconds.
    #[schema(example = 604_800)]
    refresh_expires_in: u64,
    user: crate::site::accounts::api::UserView,
    /// The workspace the tokens work in. `X-Workspace` names another one.
    workspace: Option<crate::site::accounts::api::MembershipView>,
}

impl From<Issued> for Tokens {
    fn from(issued: Issued) -> Self {
        Self {
            access_token: issued.access_token,
            token_type: "Bearer".to_owned(),
            expires_in: ACCESS_LIFETIME.as_secs(),
            refresh_token: issued.refresh_token,
            refresh_expires_in: REFRESH_LIFETIME.as_secs(),
            user: (&issued.user).into(),
            workspace: issued.membership.as_ref().map(Into::into),
        }
    }
}

/// An access token alone; the refresh token of the login stays what it was.
#[derive(Serialize, ToSchema)]
pub struct AccessTokenView {
    #[schema(example = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfMDZjMiJ9.c2lnbmF0dXJl")]
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: String,
    /// Seconds.
    #[schema(example = 900)]
    expires_in: u64,
    workspace: Option<crate::site::accounts::api::MembershipView>,
}

impl From<Issued> for AccessTokenView {
    fn from(issued: Issued) -> Self {
        Self {
            access_token: issued.access_token,
            token_type: "Bearer".to_owned(),
            expires_in: ACCESS_LIFETIME.as_secs(),
            workspace: issued.membership.as_ref().map(Into::into),
        }
    }
}

/// Register an account
///
/// Creates an account with its own workspace and emails a link that confirms the address. You can log in after that. The
/// answer is the same for an address that already has an account: its owner gets an email saying so. Each link confirms the
/// registration it was sent for. Accounts that nobody confirms are deleted after 14 days.
#[utoipa::path(post, path = "/v1/auth/register", tag = "auth", operation_id = "register",
    request_body = RegisterBody, responses((status = 202, body = MailSent, description = "The link is being sent.")))]
pub async fn register(
    request: HttpRequest,
    body: Body<RegisterBody>,
    (accounts, mailer): (Data<Accounts>, Data<Mailer>),
) -> ApiResult {
    let form = Registration {
        name: body.0.name,
        email: body.0.email,
        password: Password::new(body.0.password),
        workspace_name: body.0.workspace,
        time_zone: body.0.time_zone,
        country: body.0.country,
    };
    accounts
        .register(form, browser_of(&request))
        .await
        .map_err(|error| Problem::from(error).renamed(&[("workspace_name", "workspace")]))?;
    let sent = Text::new("api-mail-verification");
    Ok(reply::accepted(&MailSent::new(&request, &mailer, &sent))?)
}

/// Log in
///
/// Takes a password, and a code with two-step verification. Returns an access token for 15 minutes and a refresh token
/// for 7 days.
#[utoipa::path(post, path = "/v1/auth/login", tag = "auth", operation_id = "logIn",
    request_body = LogInBody, responses((status = 200, body = Tokens, description = "Logged in.")))]
pub async fn log_in(request: HttpRequest, body: Body<LogInBody>, access: Data<Access>) -> ApiResult {
    let LogInBody { email, password, code } = body.0;
    let issued = access
        .log_in(&email, Password::new(password), code.as_deref(), browser_of(&request))
        .await?;
    Ok(reply::done(&Tokens::from(issued))?)
}

/// Log out
///
/// Ends the login of this access token. The token and its refresh tokens stop working at once. With `everywhere`, all of
/// the person's logins end.
#[utoipa::path(post, path = "/v1/auth/logout", tag = "auth", operation_id = "logOut",
    request_body(content = LogOutBody, description = "Optional."),
    responses((status = 204, description = "Logged out.")))]
pub async fn log_out(person: Person, body: OptionalBody<LogOutBody>, accounts: Data<Accounts>) -> ApiResult {
    if body.0.everywhere {
        accounts.log_out_everywhere(&person.0).await?;
    } else {
        accounts.log_out(person.0.login).await?;
    }
    Ok(reply::empty())
}

/// Refresh an access token
///
/// Trades a refresh token for the next pair. Each refresh token works once. If you send it again within 10 seconds, because
/// requests crossed or an answer was lost, you get the same refresh token again. Any later, all tokens of its login end and
/// the account's owner is told, because someone must have a copy.
#[utoipa::path(post, path = "/v1/auth/refresh-token", tag = "auth", operation_id = "refreshToken",
    request_body = RefreshBody, responses((status = 200, body = Tokens, description = "The next pair of tokens.")))]
pub async fn refresh_token(body: Body<RefreshBody>, access: Data<Access>) -> ApiResult {
    let issued = access.refresh(&body.0.refresh_token).await?;
    Ok(reply::done(&Tokens::from(issued))?)
}

/// Request a password reset
///
/// Emails a link if the address has an account. The answer doesn't say whether it has.
#[utoipa::path(post, path = "/v1/auth/forgot-password", tag = "auth", operation_id = "forgotPassword",
    request_body = ForgotBody, responses((status = 202, body = MailSent, description = "The link is being sent if there is an account.")))]
pub async fn forgot_password(
    request: HttpRequest,
    body: Body<ForgotBody>,
    (accounts, mailer): (Data<Accounts>, Data<Mailer>),
) -> ApiResult {
    accounts.forgot_password(&body.0.email, &browser_of(&request)).await?;
    let sent = Text::new("api-mail-reset");
    Ok(reply::accepted(&MailSent::new(&request, &mailer, &sent))?)
}

/// Reset a password
///
/// Takes the token from the emailed link. All logins of the account end.
#[utoipa::path(post, path = "/v1/auth/reset-password", tag = "auth", operation_id = "resetPassword",
    request_body = ResetBody, responses((status = 204, description = "The password was changed.")))]
pub async fn reset_password(body: Body<ResetBody>, accounts: Data<Accounts>) -> ApiResult {
    let ResetBody { token, password } = body.0;
    accounts.reset_password_by_link(&token, Password::new(password)).await?;
    Ok(reply::empty())
}

/// Confirm an email address
///
/// Takes the token from the emailed link. You can log in to the account from then on. Calling it again while the link is
/// valid gives the same answer and changes nothing. HEAD only checks whether the link works.
#[utoipa::path(get, path = "/v1/auth/verify-email/{token}", tag = "auth", operation_id = "verifyEmail",
    params(("token" = String, Path, example = "Zk3vQ0x9fT2b", description = "The last part of the emailed link.")),
    responses((status = 200, body = crate::site::accounts::api::UserView, description = "The address is confirmed.")))]
pub async fn verify_email(request: HttpRequest, token: Path<String>, accounts: Data<Accounts>) -> ApiResult {
    // Programs that check links use HEAD.
    let user = match *request.method() {
        Method::HEAD => accounts.check_link(&token, Purpose::VerifyEmail).await?.user,
        _ => accounts.verify_email(&token).await?,
    };
    Ok(reply::done(&crate::site::accounts::api::UserView::from(&user))?)
}

/// A key, without its secret.
#[derive(Serialize, ToSchema)]
pub struct KeyView {
    #[schema(example = "key_06c2m9k1t4v7x0z3a5b8d1f4h7")]
    id: String,
    #[schema(example = "Shop software")]
    name: String,
    /// The start of the key, to recognise it by.
    #[schema(example = "wam_live_0a1b2c3d…")]
    shown: String,
    #[schema(example = json!(["account:read"]))]
    scopes: Vec<String>,
    /// ID of the only number the key can reach. Null for all.
    session: Option<String>,
    #[schema(example = "active")]
    state: String,
    /// ID of the member who made it.
    #[schema(example = "usr_06c2m9k1t4v7x0z3a5b8d1f4h7")]
    created_by: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// Accurate to the minute.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
}

impl KeyView {
    fn of(key: ApiKey, now: UnixMs) -> Self {
        Self {
            shown: key.shown(),
            state: key.state(now).to_string(),
            id: key.public_id.into(),
            name: key.name,
            scopes: key.scopes.iter().map(ToString::to_string).collect(),
            session: key.session.map(|(id, _)| id.into()),
            created_by: key.created_by.0.into(),
            created_at: time(key.created_at),
            expires_at: key.expires_at.map(time),
            last_used_at: key.last_used_at.map(time),
            revoked_at: key.revoked_at.map(time),
        }
    }
}

/// A fresh key. Keep `secret`: it is not shown again.
#[derive(Serialize, ToSchema)]
pub struct NewKeyView {
    /// The whole key, as it is sent.
    #[schema(example = "wam_live_0a1b2c3d_5kX2mR8vT1qZ7nB4cW9yH6jL3pF0sD")]
    secret: String,
    key: KeyView,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKeyBody {
    #[schema(example = "Shop software", min_length = 1, max_length = 80)]
    name: String,
    /// What the key may do. Each operation says which scope it needs.
    #[schema(example = json!(["account:read"]))]
    scopes: Vec<String>,
    /// ID of the only number the key can reach.
    #[serde(default)]
    session: Option<String>,
    /// RFC 3339. If left out, the key works until it's revoked.
    #[serde(default)]
    #[schema(example = "2030-01-01T00:00:00Z")]
    expires_at: Option<String>,
}

/// List API keys
///
/// The workspace's API keys, without their secrets, including revoked and expired ones.
#[utoipa::path(get, path = "/v1/api-keys", tag = "api-keys", operation_id = "listKeys",
    responses((status = 200, body = Page<KeyView>, description = "API keys, newest first.")))]
pub async fn list_keys(
    request: HttpRequest,
    scope: Scope,
    paging: Paging,
    access: Data<Access>,
    clock: Data<Clock>,
) -> ApiResult {
    let keys = access.list_keys(scope, paging.after()?, paging.fetch()).await?;
    let now = clock.now();
    let page = paging.page(keys, |key| key.public_id.to_string(), |key| KeyView::of(key, now));
    Ok(reply::page(&request, &page)?)
}

/// Create an API key
///
/// The key acts for the member who creates it, within its scopes. Its secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/v1/api-keys", tag = "api-keys", operation_id = "createKey",
    request_body = NewKeyBody, responses((status = 201, body = NewKeyView, description = "The key, shown once.")))]
pub async fn create_key(scope: Scope, body: Body<NewKeyBody>, access: Data<Access>, clock: Data<Clock>) -> ApiResult {
    let new = new_key(body.0)?;
    let CreatedKey { key, text } = access.create_key(scope, new).await?;
    let path = format!("/v1/api-keys/{}", key.public_id);
    let view = NewKeyView {
        secret: text,
        key: KeyView::of(key, clock.now()),
    };
    Ok(reply::created(&path, &view)?)
}

fn new_key(body: NewKeyBody) -> Result<NewKey, Problem> {
    let (mut wrong, offered) = (Vec::new(), offered_scopes());
    let mut scopes = Vec::new();
    for word in &body.scopes {
        match word.parse::<KeyScope>() {
            Ok(scope) if offered.contains(&scope) => scopes.push(scope),
            _ => {
                let known: Vec<_> = offered.iter().map(|scope| scope.word()).collect();
                wrong.push(("scopes", Text::new("api-choose-from").with("known", known.join(", "))));
            }
        }
    }
    let expires_at = body.expires_at.as_deref().map(moment);
    if expires_at == Some(None) {
        wrong.push(("expires_at", Text::new("api-bad-time")));
    }
    if !wrong.is_empty() {
        wrong.dedup();
        let problem = Problem::fields(Vec::new());
        return Err(wrong
            .into_iter()
            .fold(problem, |problem, (field, message)| problem.wrong(field, message)));
    }
    Ok(NewKey {
        name: body.name,
        scopes,
        session: body.session,
        expires_at: expires_at.flatten(),
    })
}

fn moment(text: &str) -> Option<UnixMs> {
    let at = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    Some(UnixMs(at.timestamp_millis()))
}

/// Get an API key
///
/// One API key, without its secret.
#[utoipa::path(get, path = "/v1/api-keys/{key}", tag = "api-keys", operation_id = "showKey",
    responses((status = 200, body = KeyView, description = "The key, without its secret.")))]
pub async fn show_key(
    request: HttpRequest,
    scope: Scope,
    key: Path<String>,
    access: Data<Access>,
    clock: Data<Clock>,
) -> ApiResult {
    let key = access.key(scope, guard::id(&key)?).await?;
    Ok(reply::one(&request, &KeyView::of(key, clock.now()))?)
}

/// Revoke an API key
///
/// The key stops working at once and stays in the list. Revoking it again changes nothing.
#[utoipa::path(delete, path = "/v1/api-keys/{key}", tag = "api-keys", operation_id = "revokeKey",
    responses((status = 200, body = KeyView, description = "The revoked key.")))]
pub async fn revoke_key(scope: Scope, key: Path<String>, access: Data<Access>, clock: Data<Clock>) -> ApiResult {
    let key = access.revoke_key(scope, guard::id(&key)?).await?;
    Ok(reply::done(&KeyView::of(key, clock.now()))?)
}
