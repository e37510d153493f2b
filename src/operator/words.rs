//! Times, sizes and limits for people; `--json` has the exact values.

use chrono::{Datelike as _, TimeZone as _};

use crate::clock::UnixMs;
use crate::i18n::{Locale, T};
use crate::plans::Limit;
use crate::zone::Zone;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Exact, for programs.
pub fn rfc3339(at: UnixMs) -> String {
    at.to_utc().to_rfc3339()
}

/// `2 min ago`, `in 3 h`; beyond a day, the date in this machine's time zone.
pub fn when(at: UnixMs, now: UnixMs) -> String {
    when_in(Zone::of_this_machine().unwrap_or(Zone::UTC), at, now)
}

fn when_in(zone: Zone, at: UnixMs, now: UnixMs) -> String {
    let t = T::new(Locale::En, zone);
    let local = |at: UnixMs| zone.from_utc_datetime(&at.to_utc().naive_utc());
    let ahead = at > now;
    let seconds = if ahead { at.since(now) } else { now.since(at) }.as_secs();
    let span = match seconds {
        0..MINUTE if ahead => return "in a moment".to_owned(),
        0..MINUTE => return "just now".to_owned(),
        MINUTE..HOUR => format!("{} min", seconds / MINUTE),
        HOUR..DAY => format!("{} h", seconds / HOUR),
        _ if local(at).year() == local(now).year() => return t.short_date_clock(at),
        _ => return t.short_date(at),
    };
    if ahead {
        format!("in {span}")
    } else {
        format!("{span} ago")
    }
}

/// `50 GB`.
pub fn size(bytes: u64) -> String {
    T::default().size(bytes)
}

/// `12,345`.
pub fn number(value: u64) -> String {
    T::default().number(value)
}

/// `250`, `unlimited`.
pub fn limit(limit: Limit, words: fn(u64) -> String) -> String {
    match limit {
        Limit::Of(most) => words(most),
        Limit::Unlimited => "unlimited".to_owned(),
    }
}

/// `1 message`, `2 messages`.
pub fn count(count: u64, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", number(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_times_are_relative_and_far_ones_dates() {
        let now = UnixMs(1_795_521_600_000); // 2026-11-24T12:00:00Z
        let said = |seconds: i64| when_in(Zone::UTC, UnixMs(now.0 + seconds * 1_000), now);
        assert_eq!(said(-5), "just now");
        assert_eq!(said(5), "in a moment");
        assert_eq!(said(-125), "2 min ago");
        assert_eq!(said(3 * 3_600), "in 3 h");
        assert_eq!(said(-86_400), "23 Nov, 12:00");
        assert_eq!(said(-400 * 86_400), "20 Oct 2025");
    }

    #[test]
    fn one_thing_has_no_plural() {
        assert_eq!(
            (count(1, "number").as_str(), count(0, "email").as_str()),
            ("1 number", "0 emails")
        );
        assert_eq!(count(1_200, "message"), "1,200 messages");
    }
}
