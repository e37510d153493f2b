//! The day of a workspace: its date, and when the next one begins.

use std::fmt;
use std::time::Duration;

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta, TimeZone as _};
use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

use crate::clock::UnixMs;
use crate::zone::Zone;

/// A calendar day in a workspace's zone, stored as `2026-11-24`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(NaiveDate);

/// A day that continues although the zone has changed, so that nobody gets another day's messages by moving.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Kept {
    pub day: Day,
    pub began: UnixMs,
    /// When the workspace's current zone takes effect.
    pub until: UnixMs,
}

/// A workspace's current day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Today {
    pub day: Day,
    pub began: UnixMs,
    /// When the next one begins.
    pub ends: UnixMs,
    /// The workspace's current zone.
    pub zone: Zone,
}

impl Today {
    pub(super) fn of(now: UnixMs, zone: Zone, kept: Option<Kept>) -> Self {
        if let Some(kept) = kept.filter(|kept| now < kept.until && kept.began <= now) {
            return Self {
                day: kept.day,
                began: kept.began,
                ends: kept.until,
                zone,
            };
        }
        let day = Day::of(now, zone);
        Self {
            day,
            began: day.begins(zone),
            ends: Day::next_begins(now, zone),
            zone,
        }
    }

    /// This day, continued until the new zone takes effect.
    pub(super) fn kept_for(self, new: Zone, now: UnixMs) -> Kept {
        Kept {
            day: self.day,
            began: self.began,
            until: Day::takes_over(self.day, self.began, now, new),
        }
    }
}

/// A day that begins in another zone is at least this long after the previous one: zones are up to 26 hours apart, and
/// the next midnight may be minutes away.
const SHORTEST: Duration = Duration::from_secs(12 * 60 * 60);

impl Day {
    /// The day of `at` in `zone`.
    #[must_use]
    pub fn of(at: UnixMs, zone: Zone) -> Self {
        Self(zone.from_utc_datetime(&at.to_utc().naive_utc()).date_naive())
    }

    /// The day this many days earlier.
    #[must_use]
    pub fn before(self, days: u64) -> Self {
        Self(self.0.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN))
    }

    /// Its first instant. Where the clocks skip midnight, the first that exists; where midnight occurs
    /// twice, the first of the two.
    #[must_use]
    pub fn begins(self, zone: Zone) -> UnixMs {
        zone.begins(self.0)
    }

    /// The start of the day after `now`'s.
    #[must_use]
    pub fn next_begins(now: UnixMs, zone: Zone) -> UnixMs {
        let tomorrow = Self::of(now, zone).0.checked_add_days(Days::new(1));
        let tomorrow = tomorrow.unwrap_or(NaiveDate::MAX);
        let second = || {
            // The clocks went back over midnight, which occurs again.
            let midnight = zone.from_local_datetime(&tomorrow.and_time(NaiveTime::MIN));
            midnight.latest().map(|at| UnixMs(at.timestamp_millis()))
        };
        let found = [Some(Self(tomorrow).begins(zone)), second()];
        let found = found.into_iter().flatten().find(|instant| *instant > now);
        found.unwrap_or_else(|| now.plus(Duration::from_secs(24 * 60 * 60)))
    }

    /// The first midnight in `zone` after `now` that begins a later day than the current one.
    pub(super) fn takes_over(kept: Self, began: UnixMs, now: UnixMs, zone: Zone) -> UnixMs {
        let mut midnight = Self::next_begins(now, zone);
        while Self::of(midnight, zone) <= kept || midnight < began.plus(SHORTEST) {
            midnight = Self::next_begins(midnight, zone);
        }
        midnight
    }

    /// Noon of the day in `zone`, for formatting it.
    #[must_use]
    pub fn noon(self, zone: Zone) -> UnixMs {
        let noon = self.0.and_time(NaiveTime::MIN) + TimeDelta::hours(12);
        let found = zone.from_local_datetime(&noon).earliest();
        UnixMs(found.map_or_else(|| noon.and_utc().timestamp_millis(), |at| at.timestamp_millis()))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

impl ToSql for Day {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.to_string().into())
    }
}

impl FromSql for Day {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let parsed = NaiveDate::parse_from_str(value.as_str()?, "%Y-%m-%d");
        parsed.map(Self).map_err(|e| FromSqlError::Other(Box::new(e)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(utc: &str) -> UnixMs {
        UnixMs(utc.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis())
    }

    fn tz(name: &str) -> Zone {
        name.parse().unwrap()
    }

    fn next(utc: &str, zone: Zone) -> UnixMs {
        Day::next_begins(at(utc), zone)
    }

    #[test]
    fn a_day_is_that_of_the_zone() {
        let now = at("2026-11-24T23:30:00Z");
        assert_eq!(Day::of(now, Zone::UTC).to_string(), "2026-11-24");
        assert_eq!(Day::of(now, tz("Europe/Berlin")).to_string(), "2026-11-25");
        assert_eq!(Day::of(now, tz("America/Los_Angeles")).to_string(), "2026-11-24");
        assert_eq!(Day::of(now, tz("Asia/Kathmandu")).to_string(), "2026-11-25");
    }

    #[test]
    fn the_next_day_begins_at_midnight_of_the_zone() {
        assert_eq!(
            next("2026-11-24T12:00:00Z", tz("Europe/Berlin")),
            at("2026-11-24T23:00:00Z")
        );
        assert_eq!(
            next("2026-11-24T23:00:00Z", tz("Europe/Berlin")),
            at("2026-11-25T23:00:00Z")
        );
        assert_eq!(
            next("2026-11-24T12:00:00Z", tz("Asia/Kathmandu")),
            at("2026-11-24T18:15:00Z")
        );
    }

    #[test]
    fn a_day_with_a_change_of_the_clocks_has_23_or_25_hours() {
        let hours = |from: &str| {
            let began = next(from, tz("Europe/Berlin"));
            Day::next_begins(began, tz("Europe/Berlin")).since(began).as_secs() / 3_600
        };
        assert_eq!(hours("2026-03-28T12:00:00Z"), 23);
        assert_eq!(hours("2026-10-24T12:00:00Z"), 25);
        assert_eq!(hours("2026-10-25T12:00:00Z"), 24);
    }

    #[test]
    fn a_midnight_that_does_not_exist_is_the_first_instant_after_the_gap() {
        // São Paulo, 4 November 2018: 00:00 became 01:00. Cairo, 24 April 2026: likewise.
        assert_eq!(
            next("2018-11-03T15:00:00Z", tz("America/Sao_Paulo")),
            at("2018-11-04T03:00:00Z")
        );
        assert_eq!(
            next("2026-04-23T12:00:00Z", tz("Africa/Cairo")),
            at("2026-04-23T22:00:00Z")
        );
        assert_eq!(
            Day::of(at("2026-04-23T22:00:00Z"), tz("Africa/Cairo")).to_string(),
            "2026-04-24"
        );
        assert_eq!(
            Day::of(at("2026-04-23T21:59:59Z"), tz("Africa/Cairo")).to_string(),
            "2026-04-23"
        );
    }

    #[test]
    fn days_of_2026_begin_at_the_right_instants() {
        for (zone, day, utc) in [
            // No midnight: the clocks skip it.
            ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z"),
            ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z"),
            ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z"),
            ("America/Havana", "2026-03-08", "2026-03-08T05:00:00Z"),
            ("Atlantic/Azores", "2026-03-29", "2026-03-29T01:00:00Z"),
            // Midnight once, the hour before it twice.
            ("Africa/Cairo", "2026-10-30", "2026-10-29T22:00:00Z"),
            ("America/Santiago", "2026-04-05", "2026-04-05T04:00:00Z"),
            ("Atlantic/Azores", "2026-10-25", "2026-10-25T00:00:00Z"),
            // Zones that changed their rules in this year.
            ("Africa/Casablanca", "2026-09-21", "2026-09-21T00:00:00Z"),
            ("America/Vancouver", "2026-11-25", "2026-11-25T07:00:00Z"),
            ("America/Edmonton", "2026-11-25", "2026-11-25T06:00:00Z"),
            ("America/Winnipeg", "2026-11-25", "2026-11-25T05:00:00Z"),
            ("Europe/Chisinau", "2026-11-25", "2026-11-24T22:00:00Z"),
        ] {
            let began = Day(day.parse().unwrap()).begins(tz(zone));
            assert_eq!(began, at(utc), "{zone} {day}");
            assert_eq!(Day::of(began, tz(zone)).to_string(), day, "{zone}");
            let eve = began.minus(Duration::from_secs(1));
            assert!(Day::of(eve, tz(zone)).to_string().as_str() < day, "{zone} {day}");
            assert_eq!(Day::next_begins(eve, tz(zone)), began, "{zone} {day}");
        }
    }

    #[test]
    fn a_new_zone_takes_over_at_its_next_midnight_that_is_a_later_day() {
        let begins = |day: &str, zone: &str| Day(day.parse().unwrap()).begins(tz(zone));
        for (now, old, new, from) in [
            (
                "2026-11-24T21:30:00Z",
                "Europe/Berlin",
                "Asia/Tokyo",
                "2026-11-25T15:00:00Z",
            ),
            (
                "2026-11-24T21:30:00Z",
                "Europe/Berlin",
                "America/New_York",
                "2026-11-25T05:00:00Z",
            ),
            // Half an hour to midnight in London, where the day that began in Berlin has not begun.
            (
                "2026-11-24T23:30:00Z",
                "Europe/Berlin",
                "Europe/London",
                "2026-11-26T00:00:00Z",
            ),
            // Ten minutes after midnight here it is fifty to the next one there.
            (
                "2026-11-24T11:10:00Z",
                "Pacific/Pago_Pago",
                "Pacific/Auckland",
                "2026-11-25T11:00:00Z",
            ),
            (
                "2026-11-24T12:00:00Z",
                "Pacific/Kiritimati",
                "Pacific/Pago_Pago",
                "2026-11-26T11:00:00Z",
            ),
            (
                "2026-11-24T12:00:00Z",
                "Europe/Berlin",
                "Europe/Berlin",
                "2026-11-24T23:00:00Z",
            ),
        ] {
            let (now, today) = (at(now), Day::of(at(now), tz(old)));
            let began = begins(&today.to_string(), old);
            let found = Day::takes_over(today, began, now, tz(new));
            assert_eq!(found, at(from), "{old} {new}");
            assert!(Day::of(found, tz(new)) > today);
        }
    }

    #[test]
    fn an_hour_before_midnight_that_comes_twice_belongs_to_one_day() {
        // Cairo, 29 October 2026: at 24:00 it is 23:00 again.
        assert_eq!(
            next("2026-10-29T20:30:00Z", tz("Africa/Cairo")),
            at("2026-10-29T22:00:00Z")
        );
        assert_eq!(
            next("2026-10-29T21:30:00Z", tz("Africa/Cairo")),
            at("2026-10-29T22:00:00Z")
        );
        // Havana, 1 November 2026: midnight itself occurs twice, and the day begins with the first.
        assert_eq!(
            next("2026-10-31T12:00:00Z", tz("America/Havana")),
            at("2026-11-01T04:00:00Z")
        );
    }

    #[test]
    fn a_zone_that_skipped_a_day_continues_with_the_one_after() {
        // Samoa had no 30 December 2011.
        assert_eq!(
            next("2011-12-30T05:00:00Z", tz("Pacific/Apia")),
            at("2011-12-30T10:00:00Z")
        );
        assert_eq!(
            Day::of(at("2011-12-30T10:00:00Z"), tz("Pacific/Apia")).to_string(),
            "2011-12-31"
        );
    }

    #[test]
    fn in_every_zone_the_next_day_is_another_date_in_the_future() {
        for zone in crate::zone::choices().iter().map(|choice| choice.zone) {
            let mut now = at("2025-12-31T23:30:00Z");
            for _ in 0..400 {
                let next = Day::next_begins(now, zone);
                assert!(next > now, "{zone} {now:?}");
                assert_ne!(Day::of(next, zone), Day::of(now, zone), "{zone} {now:?}");
                now = next;
            }
        }
    }
}
