//! API calls: what is set for a number.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wa_client::Proxy;

use crate::accounts::Scope;
use crate::sessions::{CallRule, SessionError, Sessions};
use crate::web::api::{Body, guard, reply};
use crate::web::problem::{ApiError, Problem};

/// What a number connects through.
#[derive(Serialize, ToSchema)]
pub struct ProxyView {
    /// Without user name and password. Null: the number connects directly, or its proxy can't be read and has to be set
    /// again.
    #[schema(example = "socks5://proxy.example:1080")]
    proxy: Option<String>,
    /// Whether a user name and password are stored for it. They are never shown.
    has_login: bool,
}

impl ProxyView {
    fn of(proxy: Option<&Proxy>) -> Self {
        Self {
            proxy: proxy.map(Proxy::shown),
            has_login: proxy.is_some_and(|proxy| proxy.login.is_some()),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProxyBody {
    /// `http://HOST:PORT` or `socks5://HOST:PORT`, with `USER:PASSWORD@` before the host if it asks for a login.
    #[schema(example = "socks5://user:password@proxy.example:1080")]
    proxy: String,
}

/// What a number does with calls.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallRuleView {
    /// Calls are rejected instead of ringing on.
    reject: bool,
    /// What a rejected caller is answered, as a message from this number. Null: nothing.
    #[serde(default)]
    #[schema(example = "Please write to us here.", max_length = 1000)]
    reply: Option<String>,
}

impl From<CallRule> for CallRuleView {
    fn from(rule: CallRule) -> Self {
        Self {
            reject: rule.rejects,
            reply: rule.reply,
        }
    }
}

/// Whether others see a number as online.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PresenceView {
    /// It shows as online while somebody has the inbox open; its phone stays silent then.
    online: bool,
}

/// Problems of a field, by the field's name.
fn named(error: SessionError) -> Problem {
    let field = match error {
        SessionError::BadProxy(_) => "proxy",
        SessionError::LongReply => "reply",
        error => return error.into(),
    };
    Problem::fields(Vec::new()).wrong(field, error.text())
}

/// Get the proxy
///
/// What the number connects through, for WhatsApp and for files.
#[utoipa::path(get, path = "/v1/sessions/{session}/proxy", tag = "sessions", operation_id = "showProxy",
    responses((status = 200, body = ProxyView, description = "The proxy.")))]
pub async fn proxy(
    request: HttpRequest,
    scope: Scope,
    session: Path<String>,
    sessions: Data<Sessions>,
) -> Result<HttpResponse, ApiError> {
    let proxy = sessions.proxy(scope, &guard::id(&session)?).await?;
    Ok(reply::one(&request, &ProxyView::of(proxy.as_ref()))?)
}

/// Set the proxy
///
/// The number connects through this proxy from now on, and connects anew at once. It's your own choice, so any address may
/// be given, private ones too.
#[utoipa::path(put, path = "/v1/sessions/{session}/proxy", tag = "sessions", operation_id = "changeProxy",
    request_body = ProxyBody, responses((status = 200, body = ProxyView, description = "The proxy.")))]
pub async fn set_proxy(
    scope: Scope,
    session: Path<String>,
    body: Body<ProxyBody>,
    sessions: Data<Sessions>,
) -> Result<HttpResponse, ApiError> {
    let proxy = sessions.set_proxy(scope, &guard::id(&session)?, &body.0.proxy).await;
    Ok(reply::done(&ProxyView::of(Some(&proxy.map_err(named)?)))?)
}

/// Remove the proxy
///
/// The number connects directly from now on, and connects anew at once if it had one.
#[utoipa::path(delete, path = "/v1/sessions/{session}/proxy", tag = "sessions", operation_id = "deleteProxy",
    responses((status = 204, description = "There is no proxy any more.")))]
pub async fn remove_proxy(
    scope: Scope,
    session: Path<String>,
    sessions: Data<Sessions>,
) -> Result<HttpResponse, ApiError> {
    sessions.remove_proxy(scope, &guard::id(&session)?).await?;
    Ok(reply::empty())
}

/// Get call handling
///
/// Whether calls are rejected, and what the caller is answered.
#[utoipa::path(get, path = "/v1/sessions/{session}/calls", tag = "sessions", operation_id = "showCallRule",
    responses((status = 200, body = CallRuleView, description = "What happens to calls.")))]
pub async fn calls(
    request: HttpRequest,
    scope: Scope,
    session: Path<String>,
    sessions: Data<Sessions>,
) -> Result<HttpResponse, ApiError> {
    let rule = sessions.call_rule(scope, &guard::id(&session)?).await?;
    Ok(reply::one(&request, &CallRuleView::from(rule))?)
}

/// Change call handling
///
/// Rejects calls from now on, with or without a message to the caller, or lets them ring. Rejected calls show as missed in
/// the chat. Whoever calls again within an hour is not answered again.
#[utoipa::path(put, path = "/v1/sessions/{session}/calls", tag = "sessions", operation_id = "changeCallRule",
    request_body = CallRuleView, responses((status = 200, body = CallRuleView, description = "What happens to calls.")))]
pub async fn set_calls(
    scope: Scope,
    session: Path<String>,
    body: Body<CallRuleView>,
    sessions: Data<Sessions>,
) -> Result<HttpResponse, ApiError> {
    let CallRuleView { reject: rejects, reply } = body.0;
    let (id, rule) = (guard::id(&session)?, CallRule { rejects, reply });
    let rule = sessions.set_call_rule(scope, &id, rule).await.map_err(named)?;
    Ok(reply::done(&CallRuleView::from(rule))?)
}

/// Get presence
///
/// Whether others see the number as online while somebody has the inbox open.
#[utoipa::path(get, path = "/v1/sessions/{session}/presence", tag = "sessions", operation_id = "showPresence",
    responses((status = 200, body = PresenceView, description = "Whether it shows as online.")))]
pub async fn presence(
    request: HttpRequest,
    scope: Scope,
    session: Path<String>,
    sessions: Data<Sessions>,
) -> Result<HttpResponse, ApiError> {
    let online = sessions.get(scope, &guard::id(&session)?).await?.shows_online;
    Ok(reply::one(&request, &PresenceView { online })?)
}

/// Change presence
///
/// Online, you see when people are typing, but the phone's own notifications stay silent while somebody has the inbox
/// open. Otherwise the phone keeps ringing.
#[utoipa::path(put, path = "/v1/sessions/{session}/presence", tag = "sessions", operation_id = "changePresence",
    request_body = PresenceView,
    responses((status = 200, body = PresenceView, description = "Whether it shows as online.")))]
pub async fn set_presence(
    scope: Scope,
    session: Path<String>,
    body: Body<PresenceView>,
    sessions: Data<Sessions>,
) -> Result<HttpResponse, ApiError> {
    let online = body.0.online;
    sessions.set_shows_online(scope, &guard::id(&session)?, online).await?;
    Ok(reply::done(&body.0)?)
}
