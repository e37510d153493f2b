//! WhatsApp's verdicts on an account: pushed as notifications, and asked for. Numbers may be strings, and every field
//! may be missing.

use serde_json::{Value, json};
use wacore::types::events::MexNotification;
use whatsapp_rust::{Client, MexError, MexRequest};

use super::outgoing;
use crate::{Limits, LinkError, LinkEvent, Quota, TimeLock};

const TIME_LOCK_PUSHED: &str = "NotificationUserReachoutTimelockUpdate";
const QUOTA_PUSHED: &str = "MessageCappingInfoNotification";
/// The library knows the query of the lock and not this one.
const QUOTA_QUERY: (&str, &str) = ("WAWebMexFetchNewChatMessageCappingInfoJobQuery", "27910975521856601");
const QUOTA_ANSWER: &str = "xwa2_message_capping_info";

/// What a notification of the account says, if it is one of these.
pub(super) fn pushed(news: &MexNotification) -> Option<LinkEvent> {
    let fields = fields_of(&news.payload);
    match news.op_name.as_str() {
        TIME_LOCK_PUSHED => Some(LinkEvent::TimeLock(time_lock(fields))),
        QUOTA_PUSHED => Some(LinkEvent::Quota(quota(fields))),
        _ => None,
    }
}

/// The object with the fields: in `data`, under the name of the operation.
fn fields_of(payload: &Value) -> &Value {
    let data = payload.get("data").unwrap_or(payload);
    match data
        .as_object()
        .map(|object| object.values().collect::<Vec<_>>())
        .as_deref()
    {
        Some([only]) if only.is_object() => only,
        _ => data,
    }
}

/// Asks for both. One that WhatsApp does not answer is left out; the error is that of a connection that is gone.
pub(super) async fn ask(client: &Client) -> Result<Limits, LinkError> {
    let time_lock = match client.mex().fetch_reachout_timelock().await {
        Ok(answer) => Some(TimeLock {
            active: answer.is_active.unwrap_or(false),
            until_ms: answer.time_enforcement_ends.as_deref().and_then(seconds),
            kind: answer.enforcement_type,
        }),
        Err(error) => unanswered(error)?,
    };
    let request = MexRequest::new(
        QUOTA_QUERY.0,
        QUOTA_QUERY.1,
        json!({ "input": { "type": "INDIVIDUAL_NEW_CHAT_THREAD" } }),
    );
    let quota = match client.mex().query(request).await {
        Ok(answer) => answer
            .data
            .as_ref()
            .and_then(|data| data.get(QUOTA_ANSWER))
            .filter(|fields| fields.is_object())
            .map(quota),
        Err(error) => unanswered(error)?,
    };
    Ok(Limits { time_lock, quota })
}

fn unanswered<T>(error: MexError) -> Result<Option<T>, LinkError> {
    match error {
        MexError::Request(error) => match outgoing::iq_error(error) {
            gone @ (LinkError::NotConnected | LinkError::TimedOut) => Err(gone),
            _refused => Ok(None),
        },
        _unreadable => Ok(None),
    }
}

fn time_lock(fields: &Value) -> TimeLock {
    TimeLock {
        active: fields.get("is_active").and_then(Value::as_bool).unwrap_or(false),
        until_ms: time(fields, "time_enforcement_ends"),
        kind: word(fields, "enforcement_type"),
    }
}

fn quota(fields: &Value) -> Quota {
    Quota {
        total: number(fields, "total_quota").and_then(|total| u64::try_from(total).ok()),
        used: number(fields, "used_quota")
            .and_then(|used| u64::try_from(used).ok())
            .unwrap_or(0),
        ends_at_ms: time(fields, "cycle_end_timestamp"),
        status: word(fields, "capping_status"),
        extension: word(fields, "ote_status"),
        verified: word(fields, "mv_status"),
    }
}

fn number(fields: &Value, name: &str) -> Option<i64> {
    match fields.get(name)? {
        Value::String(text) => text.parse().ok(),
        value => value.as_i64(),
    }
}

/// From seconds to milliseconds; zero means that there is none.
fn time(fields: &Value, name: &str) -> Option<i64> {
    number(fields, name).filter(|at| *at > 0)?.checked_mul(1000)
}

fn seconds(text: &str) -> Option<i64> {
    text.parse::<i64>().ok().filter(|at| *at > 0)?.checked_mul(1000)
}

fn word(fields: &Value, name: &str) -> Option<String> {
    // The longest of WhatsApp's own words has some 30 letters.
    let text = fields.get(name)?.as_str()?;
    (!text.is_empty() && text.len() <= 64).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(op_name: &str, payload: Value) -> Option<LinkEvent> {
        pushed(
            &MexNotification::builder()
                .op_name(op_name.to_owned())
                .payload(payload)
                .build(),
        )
    }

    #[test]
    fn numbers_may_be_strings_and_fields_may_be_missing() {
        let payload = json!({"data": {"xwa2_any_name": {
            "total_quota": "100", "used_quota": 40, "cycle_end_timestamp": "1790000000", "ote_status": "ELIGIBLE",
        }}});
        let Some(LinkEvent::Quota(quota)) = news(QUOTA_PUSHED, payload) else {
            panic!("a quota")
        };
        assert_eq!((quota.total, quota.used), (Some(100), 40));
        assert_eq!(quota.ends_at_ms, Some(1_790_000_000_000));
        assert_eq!((quota.extension.as_deref(), quota.status), (Some("ELIGIBLE"), None));
        let Some(LinkEvent::Quota(none)) = news(QUOTA_PUSHED, json!({"data": {"x": {"total_quota": -1}}})) else {
            panic!("a quota")
        };
        assert_eq!((none.total, none.is_used_up()), (None, false));
        assert!(matches!(news(QUOTA_PUSHED, json!(null)), Some(LinkEvent::Quota(quota)) if quota == Quota::default()));
    }

    #[test]
    fn a_lock_has_an_end_where_whatsapp_names_it() {
        let payload = json!({"data": {"y": {"is_active": true, "time_enforcement_ends": "1790000000"}}});
        let Some(LinkEvent::TimeLock(lock)) = news(TIME_LOCK_PUSHED, payload) else {
            panic!("a lock")
        };
        assert_eq!((lock.active, lock.until_ms), (true, Some(1_790_000_000_000)));
        assert!(news("SomethingElse", json!({})).is_none());
    }
}
