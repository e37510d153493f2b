//! What a link's events mean for the session: pure rules, no I/O.

use std::time::Duration;

use wa_client::{LinkEvent, LoggedOutReason, ProxyTrouble};

use super::model::{Reason, State};
use crate::clock::UnixMs;

/// The client pings every 15 to 30 s, so a healthy link is never silent for longer than this.
pub(super) const DEGRADED_AFTER: Duration = Duration::from_secs(45);
/// Silence for more than two pings and their timeouts: the socket is dead, whatever the system reports.
pub(super) const RECONNECT_AFTER: Duration = Duration::from_secs(75);
/// How often the age of the last frame is checked.
pub(super) const WATCH_EVERY: Duration = Duration::from_secs(5);

/// The first and the longest delay before a client that ended is restarted.
const BACKOFF_FIRST: Duration = Duration::from_secs(1);
const BACKOFF_MAX: Duration = Duration::from_secs(300);

/// A version that WhatsApp refused is tried again with the one that its page names by then.
const OUTDATED_RETRY: Duration = Duration::from_secs(5 * 60);

/// A state and its reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Change {
    pub state: State,
    pub reason: Option<Reason>,
    pub detail: Option<String>,
    pub until: Option<UnixMs>,
}

impl Change {
    pub(super) fn to(state: State, reason: Reason) -> Self {
        Self {
            state,
            reason: Some(reason),
            detail: None,
            until: None,
        }
    }

    pub(super) fn connected() -> Self {
        Self {
            state: State::Connected,
            reason: None,
            detail: None,
            until: None,
        }
    }

    /// Whether this state means that no device is linked any more.
    pub(super) fn unlinks(&self) -> bool {
        matches!(self.state, State::LoggedOut | State::Unlinked) || self.reason.is_some_and(Reason::is_about_keys)
    }

    fn because(mut self, detail: &str) -> Self {
        // The server's text has no length limit of its own.
        self.detail = Some(detail.chars().take(200).collect());
        self
    }

    fn until(mut self, until: Option<UnixMs>) -> Self {
        self.until = until;
        self
    }
}

/// What the actor does with the link after a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum After {
    /// Goes on listening.
    Stay,
    /// Closes it and waits for a person, or until the given time.
    Close { again_at: Option<UnixMs> },
    /// Closes it and deletes the keys, which are of no further use.
    Forget,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Step {
    pub change: Option<Change>,
    pub after: After,
}

impl Step {
    fn stay(change: Change) -> Self {
        Self {
            change: Some(change),
            after: After::Stay,
        }
    }

    fn close(change: Change) -> Self {
        Self {
            change: Some(change),
            after: After::Close { again_at: None },
        }
    }

    const NOTHING: Self = Self {
        change: None,
        after: After::Stay,
    };
}

/// Until when WhatsApp allows no new chats.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Blocks {
    pub locked_until: Option<UnixMs>,
    pub quota_until: Option<UnixMs>,
}

/// The next state after `event`. A new pairing is decided elsewhere: it needs the table of numbers.
pub(super) fn step(state: State, event: &LinkEvent, blocks: Blocks, now: UnixMs) -> Step {
    match event {
        LinkEvent::Qr { .. } => Step::stay(Change::to(State::Pairing, Reason::ScanQr)),
        LinkEvent::QrExhausted => Step::close(Change::to(State::Unlinked, Reason::QrExpired)),
        LinkEvent::PairingCode { .. } => Step::stay(Change::to(State::Pairing, Reason::TypeCode)),
        LinkEvent::PairingCodeFailed { why } => {
            Step::stay(Change::to(State::Pairing, Reason::CodeRefused).because(why))
        }
        // A number that is linked by now shows no code.
        LinkEvent::PairingCodeLost { .. } if state == State::Pairing => {
            Step::stay(Change::to(State::Pairing, Reason::CodeLost))
        }
        LinkEvent::PairingCodeLost { .. } => Step::NOTHING,
        LinkEvent::PairingFailed { why } => {
            Step::close(Change::to(State::Unlinked, Reason::PairingFailed).because(why))
        }
        LinkEvent::PairingRefusedForPlatform => Step::close(Change::to(State::Unlinked, Reason::BusinessPlatform)),
        LinkEvent::Connected => Step::stay(online(blocks.locked_until, blocks.quota_until, now)),
        LinkEvent::Disconnected { why, retry_in } => disconnected(state, why, *retry_in),
        LinkEvent::ProxyFailed { trouble, why, .. } => {
            // Said at once, during a linking too: only a person can mend it.
            let linked = !matches!(state, State::Unlinked | State::Pairing);
            let state = if linked { State::Reconnecting } else { State::Pairing };
            Step::stay(Change::to(state, proxy_failed(*trouble)).because(why))
        }
        LinkEvent::LoggedOut { reason } => Step {
            change: Some(Change::to(State::LoggedOut, logged_out(*reason))),
            after: After::Forget,
        },
        LinkEvent::Banned { why, expires_in } => {
            let until = expires_in.map(|span| now.plus(span));
            let reason = if until.is_some() {
                Reason::TemporaryBan
            } else {
                Reason::OpenEndedBan
            };
            let change = Change::to(State::Banned, reason).because(why).until(until);
            Step {
                change: Some(change),
                after: After::Close { again_at: until },
            }
        }
        LinkEvent::Replaced => Step::close(Change::to(State::Replaced, Reason::ReplacedElsewhere)),
        LinkEvent::Outdated => {
            // The next client asks WhatsApp for the current version first. A linking goes on when a person wants it to.
            let again_at = (state != State::Pairing).then(|| now.plus(OUTDATED_RETRY));
            Step {
                change: Some(Change::to(State::NeedsAttention, Reason::ClientOutdated)),
                after: After::Close { again_at },
            }
        }
        LinkEvent::Refused { code, why } => {
            let change = Change::to(State::NeedsAttention, Reason::LoginRefused).because(&format!("{code} {why}"));
            Step::close(change)
        }
        LinkEvent::Paired { .. }
        | LinkEvent::Ack(_)
        | LinkEvent::Receipt(_)
        | LinkEvent::Typing { .. }
        | LinkEvent::ProfileName { .. }
        | LinkEvent::TimeLock(_)
        | LinkEvent::Quota(_)
        | LinkEvent::Call(_)
        | LinkEvent::CallEnded { .. }
        | LinkEvent::ChatMarked { .. }
        | LinkEvent::PasskeyWanted { .. }
        | LinkEvent::PasskeyCode { .. }
        | LinkEvent::OlderHistory { .. }
        | LinkEvent::HistoryProgress { .. }
        | LinkEvent::ClientRetires { .. }
        | LinkEvent::Group(_) => Step::NOTHING,
    }
}

/// The state of a link with flowing frames: connected, or restricted while WhatsApp allows no new chats.
pub(super) fn online(locked_until: Option<UnixMs>, quota_until: Option<UnixMs>, now: UnixMs) -> Change {
    let ahead = |until: Option<UnixMs>| until.filter(|until| *until > now);
    match (ahead(locked_until), ahead(quota_until)) {
        (Some(until), _) => Change::to(State::Restricted, Reason::TimeLock).until(Some(until)),
        (None, Some(until)) => Change::to(State::Restricted, Reason::QuotaUsed).until(Some(until)),
        (None, None) => Change::connected(),
    }
}

fn disconnected(state: State, why: &str, retry_in: Option<Duration>) -> Step {
    match state {
        // WhatsApp closes the socket once after a pairing; a person who waits to scan sees the next QR code.
        State::Pairing => Step::NOTHING,
        State::Connecting if retry_in.is_none_or(|span| span < Duration::from_secs(5)) => Step::NOTHING,
        _ => Step::stay(Change::to(State::Reconnecting, Reason::ConnectionLost).because(why)),
    }
}

fn proxy_failed(trouble: ProxyTrouble) -> Reason {
    match trouble {
        ProxyTrouble::Unreachable => Reason::ProxyUnreachable,
        ProxyTrouble::Login => Reason::ProxyLogin,
        ProxyTrouble::Refused => Reason::ProxyRefused,
    }
}

fn logged_out(reason: LoggedOutReason) -> Reason {
    match reason {
        LoggedOutReason::RemovedOnPhone => Reason::RemovedOnPhone,
        LoggedOutReason::RefusedAtLogin => Reason::RefusedAtLogin,
        LoggedOutReason::Requested => Reason::LoggedOutHere,
    }
}

/// What the watchdog concludes from the age of the last frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Watch {
    Fine,
    /// Only the state changes.
    Becomes(Change),
    /// The socket is dropped and opened again.
    Reconnect(Change),
}

pub(super) fn watch(state: State, age: Option<Duration>, blocks: Blocks, now: UnixMs) -> Watch {
    let online = || online(blocks.locked_until, blocks.quota_until, now);
    let silent_for = age.unwrap_or_default();
    match state {
        State::Connected | State::Degraded | State::Restricted if silent_for >= RECONNECT_AFTER => {
            Watch::Reconnect(Change::to(State::Reconnecting, Reason::NoFrames))
        }
        State::Connected | State::Restricted if silent_for >= DEGRADED_AFTER => {
            Watch::Becomes(Change::to(State::Degraded, Reason::NoFrames))
        }
        State::Degraded if silent_for < DEGRADED_AFTER => Watch::Becomes(online()),
        // The time-lock has run out, or the cycle of the quota is over.
        State::Restricted if online().state == State::Connected => Watch::Becomes(Change::connected()),
        _ => Watch::Fine,
    }
}

/// Delay before restart number `attempt` (from zero) of a client that ended unexpectedly. `jitter` in 0..=1 spreads
/// sessions that lost the network at the same moment.
pub(super) fn backoff(attempt: u32, jitter: f64) -> Duration {
    let full = BACKOFF_FIRST
        .saturating_mul(1_u32.checked_shl(attempt).unwrap_or(u32::MAX))
        .min(BACKOFF_MAX);
    full.mul_f64(0.75 + 0.5 * jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_000_000);
    const FREE: Blocks = Blocks {
        locked_until: None,
        quota_until: None,
    };

    fn locked(until: Option<UnixMs>) -> Blocks {
        Blocks {
            locked_until: until,
            ..FREE
        }
    }

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn silence_first_degrades_then_reconnects() {
        assert_eq!(watch(State::Connected, Some(secs(44)), FREE, NOW), Watch::Fine);
        let degraded = Change::to(State::Degraded, Reason::NoFrames);
        assert_eq!(
            watch(State::Connected, Some(secs(45)), FREE, NOW),
            Watch::Becomes(degraded)
        );
        assert_eq!(watch(State::Degraded, Some(secs(74)), FREE, NOW), Watch::Fine);
        assert!(matches!(
            watch(State::Degraded, Some(secs(75)), FREE, NOW),
            Watch::Reconnect(_)
        ));
        assert_eq!(
            watch(State::Degraded, Some(secs(1)), FREE, NOW),
            Watch::Becomes(Change::connected())
        );
    }

    #[test]
    fn a_time_lock_outlives_a_lost_connection_and_ends_on_time() {
        let until = Some(NOW.plus(secs(60)));
        let back = step(State::Reconnecting, &LinkEvent::Connected, locked(until), NOW)
            .change
            .unwrap();
        assert_eq!((back.state, back.until), (State::Restricted, until));
        assert_eq!(watch(State::Restricted, Some(secs(1)), locked(until), NOW), Watch::Fine);
        let later = NOW.plus(secs(60));
        assert_eq!(
            watch(State::Restricted, Some(secs(1)), locked(until), later),
            Watch::Becomes(Change::connected())
        );
    }

    #[test]
    fn only_a_log_out_forgets_the_keys() {
        let refused = LinkEvent::Refused {
            code: 500,
            why: "x".into(),
        };
        let ends = [
            LinkEvent::Replaced,
            refused,
            LinkEvent::QrExhausted,
            LinkEvent::PairingRefusedForPlatform,
        ];
        for event in ends {
            assert_eq!(
                step(State::Connected, &event, FREE, NOW).after,
                After::Close { again_at: None }
            );
        }
        let logged_out = LinkEvent::LoggedOut {
            reason: LoggedOutReason::RemovedOnPhone,
        };
        assert_eq!(step(State::Connected, &logged_out, FREE, NOW).after, After::Forget);
    }

    #[test]
    fn a_refused_version_is_tried_again_by_itself_but_not_while_linking() {
        let again = |state| step(state, &LinkEvent::Outdated, FREE, NOW).after;
        let later = NOW.plus(OUTDATED_RETRY);
        assert_eq!(again(State::Connecting), After::Close { again_at: Some(later) });
        assert_eq!(again(State::Pairing), After::Close { again_at: None });
    }

    #[test]
    fn a_lock_comes_before_a_used_up_quota_and_both_end() {
        let (soon, later) = (Some(NOW.plus(secs(60))), Some(NOW.plus(secs(600))));
        let reason = |locked, quota, now| online(locked, quota, now).reason;
        assert_eq!(reason(soon, later, NOW), Some(Reason::TimeLock));
        assert_eq!(reason(soon, later, NOW.plus(secs(60))), Some(Reason::QuotaUsed));
        assert_eq!(reason(soon, later, NOW.plus(secs(600))), None);
    }

    #[test]
    fn a_ban_ends_by_itself_where_its_end_is_known() {
        let ban = LinkEvent::Banned {
            why: "spam".into(),
            expires_in: Some(secs(3_600)),
        };
        let step = step(State::Connecting, &ban, FREE, NOW);
        assert_eq!(
            step.after,
            After::Close {
                again_at: Some(NOW.plus(secs(3_600)))
            }
        );
        assert_eq!(step.change.unwrap().until, Some(NOW.plus(secs(3_600))));
    }

    #[test]
    fn the_disconnect_after_a_pairing_is_no_error() {
        let lost = LinkEvent::Disconnected {
            why: "515".into(),
            retry_in: None,
        };
        assert_eq!(step(State::Pairing, &lost, FREE, NOW), Step::NOTHING);
        assert_eq!(step(State::Connecting, &lost, FREE, NOW), Step::NOTHING);
        let change = step(State::Connected, &lost, FREE, NOW).change.unwrap();
        assert_eq!(
            (change.state, change.reason),
            (State::Reconnecting, Some(Reason::ConnectionLost))
        );
    }

    #[test]
    fn every_step_is_a_legal_transition_from_the_states_it_can_meet() {
        let running = [
            State::Connecting,
            State::Connected,
            State::Degraded,
            State::Reconnecting,
            State::Restricted,
        ];
        let events = [
            LinkEvent::Connected,
            LinkEvent::Disconnected {
                why: String::new(),
                retry_in: Some(secs(9)),
            },
            LinkEvent::ProxyFailed {
                trouble: ProxyTrouble::Unreachable,
                why: String::new(),
                retry_in: None,
            },
            LinkEvent::LoggedOut {
                reason: LoggedOutReason::RefusedAtLogin,
            },
            LinkEvent::Banned {
                why: String::new(),
                expires_in: None,
            },
            LinkEvent::Replaced,
            LinkEvent::Outdated,
            LinkEvent::Refused {
                code: 1,
                why: String::new(),
            },
        ];
        for state in running {
            for event in &events {
                let change = step(state, event, FREE, NOW).change.unwrap();
                assert!(state.may_become(change.state), "{state} to {}", change.state);
            }
        }
    }

    #[test]
    fn backoff_doubles_up_to_its_limit_and_is_spread() {
        assert_eq!(backoff(0, 0.5), secs(1));
        assert_eq!(backoff(3, 0.5), secs(8));
        assert_eq!(backoff(60, 0.5), BACKOFF_MAX);
        assert!(backoff(3, 0.0) < backoff(3, 1.0));
    }
}
