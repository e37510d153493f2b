//! Conversations from before the demo began, so that the first sync of a linked number is not empty.

use std::time::{SystemTime, UNIX_EPOCH};

use super::cast::Person;
use crate::phone::PastMessage;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Between two lines of a past conversation.
const STEP_MS: i64 = 4 * 60 * 1000;

/// Unix milliseconds.
pub(super) fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// As stored on the business's phone.
pub(super) fn conversation(person: &Person, now: i64) -> Vec<PastMessage> {
    let begin = now - i64::from(person.days_ago) * DAY_MS - STEP_MS * person.past.len() as i64;
    let message = |(at, line): (usize, &&str)| PastMessage {
        peer: person.number.to_owned(),
        peer_name: person.name.to_owned(),
        from_me: line.starts_with("> "),
        text: line.trim_start_matches("> ").to_owned(),
        at: begin + STEP_MS * at as i64,
    };
    person.past.iter().enumerate().map(message).collect()
}

/// The same, as stored on the person's phone.
pub(super) fn from_the_other_side(past: &[PastMessage], business: &str, name: &str) -> Vec<PastMessage> {
    let turned = |message: &PastMessage| PastMessage {
        peer: business.to_owned(),
        peer_name: name.to_owned(),
        from_me: !message.from_me,
        ..message.clone()
    };
    past.iter().map(turned).collect()
}
