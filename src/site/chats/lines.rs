//! What happened in a conversation, in words.

use wa_client::Line;

use super::cards::named;
use super::plain::one_line;
use crate::chats::{Person, Sender};
use crate::i18n::T;

/// Names of one line; a group may add hundreds at once.
const NAMED: usize = 8;

/// The icon and the sentence of a line.
pub(super) fn line(t: T, line: &Line, sender: Option<&Sender>, people: &[Person]) -> (&'static str, String) {
    let who = sender.map_or_else(
        || t.get("message-you"),
        |sender| named(t, sender.name.as_deref(), sender.phone.as_deref()),
    );
    let who = who.as_str();
    let ours = sender.is_none();
    // "You" takes another form of the verb, so each sentence about the sender has two.
    let said = |key: &str, values: &[(&'static str, &str)]| {
        let key = if ours { format!("{key}.you") } else { key.to_owned() };
        let mut values = values.to_vec();
        values.push(("who", who));
        t.with_all(&key, &values)
    };
    let whom = |address: &str| {
        let person = people.iter().find(|person| person.address.to_string() == address);
        person.map_or_else(|| t.get("chats-unknown"), |person| self::person(t, person))
    };
    let several = |addresses: &[String]| {
        let mut names: Vec<String> = addresses.iter().take(NAMED).map(|address| whom(address)).collect();
        if addresses.len() > NAMED {
            names.push(format!("+{}", addresses.len() - NAMED));
        }
        names.join(", ")
    };
    match line {
        Line::Timer { seconds: 0 } => ("timer", said("message-line-timer-off", &[])),
        Line::Timer { seconds } => ("timer", said("message-line-timer", &[("time", &duration(t, *seconds))])),
        Line::LimitSharing { on: true } => ("shield-check", said("message-line-sharing-limited", &[])),
        Line::LimitSharing { on: false } => ("shield-check", said("message-line-sharing-open", &[])),
        Line::PhoneShared => ("phone", said("message-line-phone-shared", &[])),
        Line::Subject { subject } => (
            "pencil",
            said("message-line-subject", &[("subject", &one_line(subject, 100))]),
        ),
        Line::Description => ("pencil", said("message-line-description", &[])),
        Line::Picture { removed: false } => ("image", said("message-line-picture", &[])),
        Line::Picture { removed: true } => ("image", said("message-line-picture-removed", &[])),
        Line::Created { subject } => (
            "users",
            said("message-line-created", &[("subject", &one_line(subject, 100))]),
        ),
        Line::Added { people } => ("user-plus", said("message-line-added", &[("people", &several(people))])),
        Line::Removed { people } => ("users", said("message-line-removed", &[("people", &several(people))])),
        Line::Left { person } => ("log-out", t.with("message-line-left", "person", whom(person))),
        Line::Joined { person } => ("log-in", t.with("message-line-joined", "person", whom(person))),
        Line::Promoted { people } => (
            "shield-check",
            t.with("message-line-promoted", "people", several(people)),
        ),
        Line::Demoted { people } => ("users", t.with("message-line-demoted", "people", several(people))),
        Line::AdminsOnly { on: true } => ("lock", said("message-line-admins-only", &[])),
        Line::AdminsOnly { on: false } => ("message-circle", said("message-line-everybody", &[])),
        Line::Locked { on: true } => ("lock", said("message-line-locked", &[])),
        Line::Locked { on: false } => ("pencil", said("message-line-unlocked", &[])),
        Line::NumberChanged { from, to } => (
            "refresh-cw",
            t.with_all(
                "message-line-number-changed",
                &[("from", &whom(from)), ("to", &whom(to))],
            ),
        ),
        Line::MissedCall { video, rejected } => {
            let key = match (video, rejected) {
                (false, false) => "message-line-missed-voice",
                (true, false) => "message-line-missed-video",
                (false, true) => "message-line-rejected-voice",
                (true, true) => "message-line-rejected-video",
            };
            ("phone-missed", t.get(key))
        }
    }
}

/// A name, a number, or "You".
pub(super) fn person(t: T, person: &Person) -> String {
    if person.ours {
        return t.get("message-you");
    }
    let name = person.name.as_deref().map(|name| one_line(name, 60));
    named(t, name.as_deref(), person.phone.as_deref())
}

/// `7 days`, `24 hours`.
fn duration(t: T, seconds: u32) -> String {
    let seconds = u64::from(seconds);
    match seconds {
        0..3_600 => t.count("time-minutes", seconds.div_ceil(60)),
        3_600..172_800 => t.count("time-hours", seconds / 3_600),
        _ => t.count("time-days", seconds / 86_400),
    }
}
