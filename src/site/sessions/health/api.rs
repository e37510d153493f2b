//! The API call for a number's health.

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use serde::Serialize;
use utoipa::ToSchema;

use super::Known;
use crate::accounts::Scope;
use crate::chats::Chats;
use crate::clock::{Clock, UnixMs};
use crate::sessions::Sessions;
use crate::web::api::{guard, reply, time};
use crate::web::problem::ApiResult;

/// What WhatsApp says of a number, how it fares, and when it was alive. Words in capitals are WhatsApp's own.
#[derive(Serialize, ToSchema)]
pub struct HealthView {
    #[schema(example = "ses_06c2m9k1t4v7x0z3a5b8d1f4h7")]
    id: String,
    #[schema(example = "connected")]
    state: String,
    #[schema(format = DateTime)]
    since: String,
    /// When WhatsApp sent anything last. Null without a connection.
    #[schema(format = DateTime)]
    last_frame_at: Option<String>,
    /// When somebody's phone confirmed a message last.
    #[schema(format = DateTime)]
    last_receipt_at: Option<String>,
    #[schema(format = DateTime)]
    linked_at: Option<String>,
    /// The version of WhatsApp Web that the number names.
    #[schema(example = "2.3000.1042742319")]
    client_version: Option<String>,
    /// WhatsApp stops accepting this version then, if it has said so.
    #[schema(format = DateTime)]
    client_retires_at: Option<String>,
    /// New chats are locked until then. They wait; replies still go out.
    #[schema(format = DateTime)]
    locked_until: Option<String>,
    #[schema(example = "WEB_COMPANION_ONLY")]
    lock_kind: Option<String>,
    /// Null until WhatsApp has said something about it.
    quota: Option<QuotaView>,
    /// Of conversations with one person in the last 30 days, those in which the other side ever wrote, in percent.
    #[schema(example = 64)]
    reply_percent: Option<u32>,
    /// Conversations that this was counted of.
    #[schema(example = 120)]
    conversations: u32,
    /// Messages that failed within 7 days, by reason.
    failures: Vec<FailureView>,
    /// Messages that WhatsApp took within 7 days and no phone has fetched.
    #[schema(example = 2)]
    unreached: u32,
    /// The latest 100 states, the latest first.
    history: Vec<PastStateView>,
}

/// How many new chats the number may open in the current cycle.
#[derive(Serialize, ToSchema)]
pub struct QuotaView {
    /// Null when there is no cap.
    #[schema(example = 100)]
    total: Option<u64>,
    #[schema(example = 40)]
    used: u64,
    #[schema(format = DateTime)]
    ends_at: Option<String>,
    /// Set while no more new chats may be opened: until then.
    #[schema(format = DateTime)]
    used_up_until: Option<String>,
    #[schema(example = "CAPPED")]
    status: Option<String>,
    /// Whether a one-time extension may be asked for on the phone.
    #[schema(example = "ELIGIBLE")]
    extension: Option<String>,
    /// Whether Meta Verified would lift the cap.
    #[schema(example = "NOT_ACTIVE")]
    verified: Option<String>,
    /// When WhatsApp said so.
    #[schema(format = DateTime)]
    at: String,
}

#[derive(Serialize, ToSchema)]
pub struct FailureView {
    #[schema(example = "not_on_whatsapp")]
    reason: String,
    #[schema(example = 3)]
    messages: u32,
}

/// A state that the number was in, until the one before it in the list.
#[derive(Serialize, ToSchema)]
pub struct PastStateView {
    #[schema(example = "reconnecting")]
    state: String,
    #[schema(example = "connection_lost")]
    reason: Option<String>,
    /// The server's own text.
    detail: Option<String>,
    #[schema(format = DateTime)]
    at: String,
}

impl HealthView {
    fn of(known: Known, now: UnixMs) -> Self {
        let Known {
            session,
            health,
            history,
            standing,
            last_frame,
            version,
        } = known;
        let ahead = |until: Option<UnixMs>| until.filter(|until| *until > now).map(time);
        let used_up_until = ahead(session.quota_until);
        Self {
            id: session.public_id.to_string(),
            state: session.state.to_string(),
            since: time(session.since),
            last_frame_at: last_frame.map(|age| time(now.minus(age))),
            last_receipt_at: health.receipt_at.map(time),
            linked_at: session.linked_at.map(time),
            client_version: version.map(|version| version.version.to_string()),
            client_retires_at: health.retires_at.map(time),
            locked_until: ahead(session.locked_until),
            lock_kind: health.lock_kind,
            quota: health.quota.map(|quota| QuotaView {
                total: quota.total,
                used: quota.used,
                ends_at: quota.ends_at.map(time),
                used_up_until,
                status: quota.status,
                extension: quota.extension,
                verified: quota.verified,
                at: time(quota.at),
            }),
            reply_percent: standing.reply_percent(),
            conversations: standing.conversations,
            failures: standing
                .failures
                .iter()
                .map(|(failure, messages)| FailureView {
                    reason: failure.to_string(),
                    messages: *messages,
                })
                .collect(),
            unreached: standing.unreached,
            history: history
                .into_iter()
                .map(|past| PastStateView {
                    state: past.state.to_string(),
                    reason: past.reason.map(|reason| reason.to_string()),
                    detail: past.detail,
                    at: time(past.at),
                })
                .collect(),
        }
    }
}

/// Get a number's health
///
/// Whether WhatsApp lets the number open new chats, its quota, replies and failures of the last days, and every state that
/// it was in.
#[utoipa::path(get, path = "/v1/sessions/{session}/health", tag = "sessions", operation_id = "showSessionHealth",
    responses((status = 200, body = HealthView, description = "The health.")))]
pub async fn health(
    request: HttpRequest,
    scope: Scope,
    session: Path<String>,
    (sessions, chats, clock): (Data<Sessions>, Data<Chats>, Data<Clock>),
) -> ApiResult {
    let known = Known::of(scope, &guard::id(&session)?, &sessions, &chats).await?;
    Ok(reply::one(&request, &HealthView::of(known, clock.now()))?)
}
