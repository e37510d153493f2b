//! API calls: linked numbers.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::{Data, Path};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wa_client::Address;

use super::render;
use crate::accounts::Scope;
use crate::clock::Clock;
use crate::contacts::Recipient;
use crate::i18n::{T, Text};
use crate::ids::{PublicId, TimeCursor};
use crate::sessions::{PairingCode, Qr, Session, SessionError, Sessions};
use crate::web::api::guard::Called;
use crate::web::api::{Body, Page, Paging, guard, reply, time};
use crate::web::problem::{ApiResult, Problem};
use crate::web::views::QrCode;

/// How long a request for a code waits for it. WhatsApp issues one within a second or two.
const CODE_WITHIN: Duration = Duration::from_secs(10);

/// A linked WhatsApp number, or one that is to be linked.
#[derive(Serialize, ToSchema)]
pub struct SessionView {
    #[schema(example = "ses_06c2m9k1t4v7x0z3a5b8d1f4h7")]
    id: String,
    #[schema(example = "Front desk")]
    name: String,
    /// E.164. Null until a phone is linked; kept after a log-out.
    #[schema(example = "+351910000001")]
    phone: Option<String>,
    /// WhatsApp's second address of the same account.
    #[schema(example = "100000000000001@lid")]
    lid: Option<String>,
    /// `unlinked`, `pairing`, `connecting`, `connected`, `degraded`, `reconnecting`, `restricted`, `logged_out`,
    /// `banned`, `replaced`, `needs_attention` or `paused`. It's `connected` only while WhatsApp answers.
    #[schema(example = "pairing")]
    state: String,
    /// A stable word for why, such as `scan_qr`. Null when all is well.
    #[schema(example = "scan_qr")]
    reason: Option<String>,
    /// Why, in a sentence.
    #[schema(example = "Waiting for the QR code to be scanned.")]
    why: Option<String>,
    /// What to do, in a sentence.
    #[schema(example = "Link it with your phone to send and receive.")]
    hint: Option<String>,
    #[schema(format = DateTime)]
    since: String,
    /// When a ban or a lock ends, if WhatsApp says so.
    #[schema(format = DateTime)]
    until: Option<String>,
    /// The profile name as the phone set it.
    #[schema(example = "Corner Shop")]
    profile_name: Option<String>,
    /// The phone's system, as it says.
    #[schema(example = "android")]
    platform: Option<String>,
    #[schema(format = DateTime)]
    linked_at: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
}

/// What a number is doing, and why. The fields are those of a number.
#[derive(Serialize, ToSchema)]
pub struct StatusView {
    #[schema(example = "ses_06c2m9k1t4v7x0z3a5b8d1f4h7")]
    id: String,
    #[schema(example = "+351910000001")]
    phone: Option<String>,
    #[schema(example = "100000000000001@lid")]
    lid: Option<String>,
    #[schema(example = "pairing")]
    state: String,
    #[schema(example = "scan_qr")]
    reason: Option<String>,
    #[schema(example = "Waiting for the QR code to be scanned.")]
    why: Option<String>,
    #[schema(example = "Link it with your phone to send and receive.")]
    hint: Option<String>,
    #[schema(format = DateTime)]
    since: String,
    #[schema(format = DateTime)]
    until: Option<String>,
}

impl StatusView {
    fn of(t: T, session: &Session) -> Self {
        let why = render::why(t, session, session.fix());
        // What is wrong right now comes before what was stored.
        let reason = session.trouble.or(session.reason).filter(|_| why.is_some());
        let (why, hint) = why.map(|why| (why.what, why.hint)).unzip();
        Self {
            id: session.public_id.to_string(),
            phone: session.phone.as_ref().map(|digits| format!("+{digits}")),
            lid: session.lid.clone().map(|user| Address::Lid(user).to_string()),
            state: session.state.to_string(),
            reason: reason.map(|reason| reason.to_string()),
            why,
            hint,
            since: time(session.since),
            until: session.until.map(time),
        }
    }
}

impl SessionView {
    fn of(t: T, session: Session) -> Self {
        let status = StatusView::of(t, &session);
        Self {
            id: status.id,
            name: session.name,
            phone: status.phone,
            lid: status.lid,
            state: status.state,
            reason: status.reason,
            why: status.why,
            hint: status.hint,
            since: status.since,
            until: status.until,
            profile_name: session.profile_name,
            platform: session.platform,
            linked_at: session.linked_at.map(time),
            created_at: time(session.created_at),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionBody {
    /// What your team calls the number.
    #[schema(example = "Front desk", min_length = 1, max_length = 60)]
    name: String,
}

/// A QR code to scan with the phone. It changes every 20 seconds or so; ask again when it has expired.
#[derive(Serialize, ToSchema)]
pub struct QrView {
    /// The text that the picture encodes, for your own picture.
    #[schema(example = "2@0a1b2c3d4e5f,6a7b8c9d,0e1f2a3b")]
    code: String,
    /// The picture: an SVG as a data URL, ready for `src` of an image.
    #[schema(example = "data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=")]
    image: Option<String>,
    #[schema(format = DateTime)]
    expires_at: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PairingCodeBody {
    /// The phone's own number, in any usual form.
    #[schema(example = "+351 910 000 001")]
    phone: String,
}

/// A code to type on the phone: Linked devices → Link a device → Link with phone number instead.
#[derive(Serialize, ToSchema)]
pub struct PairingCodeView {
    #[schema(example = "ABCD-EFGH")]
    code: String,
    #[schema(format = DateTime)]
    expires_at: String,
}

impl From<PairingCode> for PairingCodeView {
    fn from(code: PairingCode) -> Self {
        Self {
            code: code.code,
            expires_at: time(code.expires_at),
        }
    }
}

/// Problems of a field, by the field's name.
fn named(error: SessionError) -> Problem {
    let field = match error {
        SessionError::BadName => "name",
        SessionError::BadPhone => "phone",
        error => return error.into(),
    };
    Problem::fields(Vec::new()).wrong(field, error.text())
}

/// Behind which row a page goes on. The time places it when the number itself has been deleted.
fn skipped(after: &TimeCursor, all: &[Session]) -> usize {
    match all.iter().position(|session| session.public_id == after.id) {
        Some(at) => at + 1,
        None => all.iter().take_while(|session| session.created_at <= after.at).count(),
    }
}

fn cursor(session: &Session) -> String {
    let (at, id) = (session.created_at, session.public_id.clone());
    TimeCursor { at, id }.to_string()
}

/// List numbers
///
/// The workspace's numbers with their states, in the order they were created.
#[utoipa::path(get, path = "/v1/sessions", tag = "sessions", operation_id = "listSessions",
    responses((status = 200, body = Page<SessionView>, description = "The numbers.")))]
pub async fn list(
    request: HttpRequest,
    caller: Called,
    scope: Scope,
    paging: Paging,
    sessions: Data<Sessions>,
) -> ApiResult {
    let (t, after) = (caller.reader(), paging.after::<TimeCursor>()?);
    let all = sessions.list(scope).await?;
    let begin = after.map_or(0, |after| skipped(&after, &all));
    let rows = all.into_iter().skip(begin).take(paging.fetch() as usize).collect();
    let page = paging.page(rows, cursor, |session| SessionView::of(t, session));
    Ok(reply::page(&request, &page)?)
}

/// Create a number
///
/// Makes room for a number and starts to show QR codes for it. Get the code from `GET /v1/sessions/{session}/qr` and scan
/// it with the phone, or ask for a code to type with `POST /v1/sessions/{session}/pairing-code`.
#[utoipa::path(post, path = "/v1/sessions", tag = "sessions", operation_id = "createSession",
    request_body = SessionBody, responses((status = 201, body = SessionView, description = "The new number.")))]
pub async fn create(caller: Called, scope: Scope, body: Body<SessionBody>, sessions: Data<Sessions>) -> ApiResult {
    let made = sessions.create(scope, &body.0.name).await.map_err(named)?;
    // Without a code the number is there all the same, and a code can be asked for.
    if let Err(error) = sessions.pair(scope, &made.public_id).await {
        tracing::warn!(session = %made.public_id, %error, "no code was issued for a new number");
    }
    let path = format!("/v1/sessions/{}", made.public_id);
    let session = sessions.get(scope, &made.public_id).await?;
    Ok(reply::created(&path, &SessionView::of(caller.reader(), session))?)
}

/// Get a number
///
/// One number with its state.
#[utoipa::path(get, path = "/v1/sessions/{session}", tag = "sessions", operation_id = "showSession",
    responses((status = 200, body = SessionView, description = "The number.")))]
pub async fn show(
    request: HttpRequest,
    caller: Called,
    scope: Scope,
    session: Path<String>,
    sessions: Data<Sessions>,
) -> ApiResult {
    let session = sessions.get(scope, &guard::id(&session)?).await?;
    Ok(reply::one(&request, &SessionView::of(caller.reader(), session))?)
}

/// Rename a number
///
/// Changes what your team calls the number. Customers see the profile name, which is set on the phone.
#[utoipa::path(put, path = "/v1/sessions/{session}", tag = "sessions", operation_id = "changeSession",
    request_body = SessionBody, responses((status = 200, body = SessionView, description = "The renamed number.")))]
pub async fn change(
    caller: Called,
    scope: Scope,
    session: Path<String>,
    body: Body<SessionBody>,
    sessions: Data<Sessions>,
) -> ApiResult {
    let session = sessions.rename(scope, &guard::id(&session)?, &body.0.name).await;
    Ok(reply::done(&SessionView::of(caller.reader(), session.map_err(named)?))?)
}

/// Delete a number
///
/// Unlinks the number and deletes all its chats and messages here. What's on the phone stays. This can't be undone.
#[utoipa::path(delete, path = "/v1/sessions/{session}", tag = "sessions", operation_id = "deleteSession",
    responses((status = 204, description = "Deleted.")))]
pub async fn delete(scope: Scope, session: Path<String>, sessions: Data<Sessions>) -> ApiResult {
    sessions.delete(scope, &guard::id(&session)?).await?;
    Ok(reply::empty())
}

/// Get a number's status
///
/// The state of one number: why, since when, and what to do about it.
#[utoipa::path(get, path = "/v1/sessions/{session}/status", tag = "sessions", operation_id = "showSessionStatus",
    responses((status = 200, body = StatusView, description = "The status.")))]
pub async fn status(
    request: HttpRequest,
    caller: Called,
    scope: Scope,
    session: Path<String>,
    sessions: Data<Sessions>,
) -> ApiResult {
    let session = sessions.get(scope, &guard::id(&session)?).await?;
    Ok(reply::one(&request, &StatusView::of(caller.reader(), &session))?)
}

/// Get the QR code
///
/// The QR code to scan with the phone (Settings → Linked devices). Waits up to 10 seconds for it. Codes are shown for
/// a few minutes after the number was created or after `POST /v1/sessions/{session}/qr`; without one the answer is
/// `no-qr-code`. Whoever scans the code links their phone, so show it to nobody else.
#[utoipa::path(get, path = "/v1/sessions/{session}/qr", tag = "sessions", operation_id = "showQrCode",
    responses((status = 200, body = QrView, description = "The current code.")))]
pub async fn qr(
    request: HttpRequest,
    scope: Scope,
    session: Path<String>,
    (sessions, clock): (Data<Sessions>, Data<Clock>),
) -> ApiResult {
    let id = guard::id(&session)?;
    let found = match sessions.qr(scope, &id).await? {
        Some(qr) => Some(qr),
        None => next_qr(scope, &id, &sessions, &clock).await?,
    };
    let Some(qr) = found else {
        let linked = sessions.get(scope, &id).await?.is_linked();
        return Err(if linked {
            SessionError::AlreadyLinked.into()
        } else {
            no_qr_code().into()
        });
    };
    let mut response = reply::one(&request, &drawn(&qr))?;
    // Unlike other answers it is a secret.
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The code that comes next, if it comes soon: when one was asked for a moment ago, nothing tells of it yet.
async fn next_qr(scope: Scope, id: &PublicId, sessions: &Sessions, clock: &Clock) -> Result<Option<Qr>, SessionError> {
    if sessions.get(scope, id).await?.is_linked() {
        return Ok(None);
    }
    let (mut codes, now) = (sessions.watch_qr(scope, id).await?, clock.now());
    let is_new = |qr: &Option<Qr>| qr.as_ref().is_some_and(|qr| qr.expires_at > now);
    Ok(tokio::select! {
        shown = codes.wait_for(is_new) => shown.ok().and_then(|qr| qr.clone()),
        () = clock.sleep(CODE_WITHIN) => None,
    })
}

fn no_qr_code() -> Problem {
    Problem::new(StatusCode::CONFLICT, "no-qr-code", Text::new("sessions-no-qr-code"))
}

fn drawn(qr: &Qr) -> QrView {
    let image = QrCode::draw(T::default(), &qr.code, 0, 0).map(|code| {
        let QrCode { size, path, .. } = code;
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\">\
             <path fill=\"#fff\" d=\"M0 0h{size}v{size}H0z\"/><path d=\"{path}\"/></svg>"
        );
        format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg))
    });
    QrView {
        code: qr.code.clone(),
        image,
        expires_at: time(qr.expires_at),
    }
}

/// Show QR codes
///
/// Starts to show QR codes for a number that isn't linked; get them from `GET /v1/sessions/{session}/qr`. Changes nothing
/// while codes are shown already.
#[utoipa::path(post, path = "/v1/sessions/{session}/qr", tag = "sessions", operation_id = "startPairing",
    responses((status = 200, body = SessionView, description = "The number. Its state follows in a moment.")))]
pub async fn pair(caller: Called, scope: Scope, session: Path<String>, sessions: Data<Sessions>) -> ApiResult {
    let id = guard::id(&session)?;
    sessions.pair(scope, &id).await?;
    now_of(&caller, scope, &id, &sessions).await
}

/// Get a pairing code
///
/// A code to type on the phone instead of scanning: Settings → Linked devices → Link a device → Link with phone number
/// instead. Each request makes a new code, and the one before stops working.
#[utoipa::path(post, path = "/v1/sessions/{session}/pairing-code", tag = "sessions", operation_id = "createPairingCode",
    request_body = PairingCodeBody,
    responses((status = 200, body = PairingCodeView, description = "The code.")))]
pub async fn pairing_code(
    caller: Called,
    scope: Scope,
    session: Path<String>,
    body: Body<PairingCodeBody>,
    sessions: Data<Sessions>,
) -> ApiResult {
    // Another workspace's number is not found, whatever is asked of it.
    let session = sessions.get(scope, &guard::id(&session)?).await?;
    let digits = match Recipient::parse(&body.0.phone, caller.country()) {
        Ok(Recipient::Address(Address::Phone(digits))) => digits,
        Ok(_) => return Err(named(SessionError::BadPhone).into()),
        Err(error) => return Err(Problem::fields(Vec::new()).wrong("phone", error.text()).into()),
    };
    let code = sessions.pairing_code(scope, &session.public_id, &digits).await;
    Ok(reply::done(&PairingCodeView::from(code.map_err(named)?))?)
}

/// Unlink a number
///
/// Ends the link, here and on the phone; pausing keeps it, and deleting takes the chats with it. Chats stay, and the number can be linked again. Works only while the number is
/// connected, since WhatsApp must be told.
#[utoipa::path(post, path = "/v1/sessions/{session}/logout", tag = "sessions", operation_id = "logOutSession",
    responses((status = 200, body = SessionView, description = "The number, logged out.")))]
pub async fn logout(caller: Called, scope: Scope, session: Path<String>, sessions: Data<Sessions>) -> ApiResult {
    let id = guard::id(&session)?;
    sessions.logout(scope, &id).await?;
    now_of(&caller, scope, &id, &sessions).await
}

/// Pause a number
///
/// Disconnects the number and keeps the link. Nothing is sent or received until it's resumed; WhatsApp keeps what
/// arrives in the meantime.
#[utoipa::path(post, path = "/v1/sessions/{session}/pause", tag = "sessions", operation_id = "pauseSession",
    responses((status = 200, body = SessionView, description = "The number, paused.")))]
pub async fn pause(caller: Called, scope: Scope, session: Path<String>, sessions: Data<Sessions>) -> ApiResult {
    let id = guard::id(&session)?;
    sessions.pause(scope, &id).await?;
    now_of(&caller, scope, &id, &sessions).await
}

/// Resume a number
///
/// Ends the pause: the number connects again.
#[utoipa::path(post, path = "/v1/sessions/{session}/resume", tag = "sessions", operation_id = "resumeSession",
    responses((status = 200, body = SessionView, description = "The number, connecting.")))]
pub async fn resume(caller: Called, scope: Scope, session: Path<String>, sessions: Data<Sessions>) -> ApiResult {
    let id = guard::id(&session)?;
    sessions.reconnect(scope, &id).await?;
    now_of(&caller, scope, &id, &sessions).await
}

/// Reconnect a number
///
/// Connects now instead of waiting for the next attempt: after a lost connection, a ban that has ended, or when another
/// program took over the link.
#[utoipa::path(post, path = "/v1/sessions/{session}/reconnect", tag = "sessions", operation_id = "reconnectSession",
    responses((status = 200, body = SessionView, description = "The number, connecting.")))]
pub async fn reconnect(caller: Called, scope: Scope, session: Path<String>, sessions: Data<Sessions>) -> ApiResult {
    let id = guard::id(&session)?;
    sessions.reconnect(scope, &id).await?;
    now_of(&caller, scope, &id, &sessions).await
}

/// 200 with the number as it is after a change.
async fn now_of(caller: &Called, scope: Scope, id: &PublicId, sessions: &Sessions) -> ApiResult {
    let session = sessions.get(scope, id).await?;
    Ok(reply::done(&SessionView::of(caller.reader(), session))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::UnixMs;

    #[test]
    fn a_code_is_a_picture_that_any_page_can_show() {
        let qr = Qr {
            code: "2@abc,def,ghi".into(),
            shown_at: UnixMs(0),
            expires_at: UnixMs(60_000),
        };
        let view = drawn(&qr);
        let image = view.image.unwrap();
        let svg = STANDARD.decode(image.strip_prefix("data:image/svg+xml;base64,").unwrap());
        let svg = String::from_utf8(svg.unwrap()).unwrap();
        assert!(svg.starts_with("<svg xmlns=") && svg.contains("h7v1h-7z"), "{svg}");
        assert_eq!(
            (view.code.as_str(), view.expires_at.as_str()),
            ("2@abc,def,ghi", "1970-01-01T00:01:00Z")
        );
    }
}
