//! A session as a card: its state as a word and a tone, and the buttons that help.

use super::views::{SessionCard, Why};
use crate::chats::Traffic;
use crate::clock::UnixMs;
use crate::i18n::{T, phone};
use crate::sessions::{Fix, Reason, Session, State};
use crate::web::htmx::Tone;
use crate::web::layout::{Avatar, PageFrame};
use crate::web::views::Chip;

pub(super) fn card(
    frame: &PageFrame,
    session: &Session,
    today: Option<&Traffic>,
    can_manage: bool,
    now: UnixMs,
) -> SessionCard {
    let (t, fix, linked) = (frame.t, session.fix(), session.is_linked());
    let name = session.profile_name.as_deref().unwrap_or(&session.name);
    let count = |count: Option<u64>| t.number(count.unwrap_or(0));
    SessionCard {
        t,
        id: session.public_id.to_string(),
        name: session.name.clone(),
        phone: session.phone.as_deref().map(phone),
        avatar: Avatar::of(session.public_id.as_str(), name),
        state: state_chip(t, session),
        since: (session.state != State::Unlinked).then(|| t.ago(session.since, now)),
        why: why(t, session, fix),
        last_traffic: today.and_then(|traffic| traffic.last_at).map(|at| t.ago(at, now)),
        received_today: count(today.map(|traffic| traffic.received)),
        sent_today: count(today.map(|traffic| traffic.sent)),
        can_link: can_manage && fix == Fix::Link,
        can_reconnect: can_manage && linked && fix == Fix::Reconnect,
        can_try_again: can_manage && linked && matches!(fix, Fix::TryAgain | Fix::Update),
        can_pause: can_manage && linked && session.state != State::Paused && fix != Fix::Upgrade,
        can_resume: can_manage && fix == Fix::Resume,
        can_upgrade: fix == Fix::Upgrade,
        can_log_out: can_manage && linked,
        can_delete: can_manage,
        csrf: frame.csrf.clone(),
    }
}

/// The state of a number, for pages of other rooms too.
#[must_use]
pub fn state_chip(t: T, session: &Session) -> Chip {
    let mut chip = chip(t, session.state);
    if session.state == State::Unlinked && session.phone.is_none() {
        chip.label = t.get("session-state-never-linked");
    }
    chip
}

/// Why a number is in its state, in one sentence; empty when it is healthy.
#[must_use]
pub fn why_line(t: T, session: &Session) -> String {
    why(t, session, session.fix()).map(|why| why.what).unwrap_or_default()
}

pub(super) fn chip(t: T, state: State) -> Chip {
    let (icon, tone) = match state {
        State::Unlinked => ("unlink", Tone::Plain),
        State::Pairing => ("qr-code", Tone::Info),
        State::Connecting | State::Reconnecting => ("refresh-cw", Tone::Info),
        State::Connected => ("circle-check", Tone::Good),
        State::Degraded => ("clock", Tone::Warn),
        State::Restricted => ("lock", Tone::Warn),
        State::LoggedOut => ("log-out", Tone::Bad),
        State::Banned => ("ban", Tone::Bad),
        State::Replaced => ("copy", Tone::Bad),
        State::NeedsAttention => ("triangle-alert", Tone::Bad),
        State::Paused => ("circle-pause", Tone::Plain),
    };
    Chip {
        label: word(t, state),
        icon,
        tone,
        busy: matches!(state, State::Connecting | State::Reconnecting),
    }
}

fn word(t: T, state: State) -> String {
    t.get(&format!("session-state-{}", state.word().replace('_', "-")))
}

/// Why the number is in its state; nothing when it is healthy.
pub(super) fn why(t: T, session: &Session, fix: Fix) -> Option<Why> {
    if session.plan_hold.is_some() {
        return Some(Why {
            tone: Tone::Warn,
            what: t.get("session-over-plan"),
            hint: t.get(hint(fix, session)),
        });
    }
    if let Some(trouble) = session.trouble {
        return Some(Why {
            tone: Tone::Bad,
            what: t.get(&trouble.text_key()),
            hint: t.get("session-fix-storage"),
        });
    }
    let reason = session.reason.filter(|_| session.state != State::Connected)?;
    let ends = session
        .until
        .map(|until| t.with("session-until", "time", t.full(until)));
    let tone = match session.state {
        State::LoggedOut | State::Banned | State::Replaced | State::NeedsAttention => Tone::Bad,
        State::Degraded | State::Restricted => Tone::Warn,
        _ => Tone::Plain,
    };
    Some(Why {
        tone,
        what: t.get(&reason.text_key()),
        hint: ends.unwrap_or_else(|| t.get(hint(fix, session))),
    })
}

pub(super) fn hint(fix: Fix, session: &Session) -> &'static str {
    use Reason::{BusinessPlatform, DiskFull, ProxyUnreadable, StorageFailed};
    match fix {
        _ if matches!(session.reason, Some(DiskFull | StorageFailed)) => "session-fix-operator",
        _ if session.reason == Some(BusinessPlatform) => "session-fix-business-platform",
        _ if session.reason == Some(ProxyUnreadable) => "session-fix-proxy",
        _ if session.reason.is_some_and(Reason::is_about_a_proxy) => "session-fix-proxy-failed",
        Fix::Link if session.phone.is_none() => "session-fix-first-link",
        Fix::Link => "session-fix-link",
        Fix::Reconnect => "session-fix-reconnect",
        Fix::TryAgain if session.state == State::Replaced => "session-fix-replaced",
        Fix::TryAgain => "session-fix-try-again",
        Fix::Resume => "session-fix-resume",
        Fix::Upgrade => "session-fix-upgrade",
        Fix::Update => "session-fix-update",
        Fix::Wait | Fix::Nothing => "session-fix-wait",
    }
}

/// One sentence of state for all numbers.
pub(in crate::site) fn line(t: T, sessions: &[Session]) -> String {
    let count = |is: fn(&Session) -> bool| sessions.iter().filter(|session| is(session)).count() as u64;
    let all = sessions.len() as u64;
    let connected = count(|session| session.state.can_send());
    match count(Session::needs_somebody) {
        _ if sessions.iter().all(|session| session.phone.is_none()) => t.get("sessions-line-none"),
        0 if count(|session| session.state == State::Paused) > 0 => t.get("sessions-line-paused"),
        0 if connected == all => t.count("sessions-line-fine", all),
        0 => some_connected(t, connected, all),
        failing => t.count("sessions-line-failing", failing),
    }
}

fn some_connected(t: T, connected: u64, all: u64) -> String {
    let key = if connected == 1 {
        "sessions-line-one-of"
    } else {
        "sessions-line-some-of"
    };
    let (connected, all) = (t.number(connected), t.number(all));
    t.with_all(key, &[("connected", &connected), ("all", &all)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_and_reason_has_its_text() {
        let t = T::default();
        for state in State::ALL {
            assert!(!word(t, *state).starts_with("session-state"), "{state}");
        }
        for reason in Reason::ALL {
            assert!(!t.get(&reason.text_key()).starts_with("session-reason"), "{reason}");
        }
    }
}
