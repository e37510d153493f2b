//! The day of a workspace: when it is, and when the next one begins.

use std::fmt;

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta, TimeZone as _};
use chrono_tz::Tz;
use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

use crate::clock::UnixMs;

/// A calendar day in a workspace's zone, stored as `2026-11-24`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(NaiveDate);

/// Zones have left out a whole day when they crossed the date line; more than two nobody has.
const LONGEST_GAP: i64 = 48 * 60;

impl Day {
    /// The day of `at` in `zone`.
    #[must_use]
    pub fn of(at: UnixMs, zone: Tz) -> Self {
        Self(zone.from_utc_datetime(&at.to_utc().naive_utc()).date_naive())
    }

    /// The day so many days before this one.
    #[must_use]
    pub fn before(self, days: u64) -> Self {
        Self(self.0.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN))
    }

    /// The first instant after `now` that belongs to the day after the one of `now`.
    ///
    /// Where the clocks jump over midnight, that is the first instant that exists; where midnight comes twice, it is
    /// the first of the two, unless that has passed.
    #[must_use]
    pub fn next_begins(now: UnixMs, zone: Tz) -> UnixMs {
        let tomorrow = Self::of(now, zone).0.checked_add_days(Days::new(1));
        let midnight = tomorrow.unwrap_or(NaiveDate::MAX).and_time(NaiveTime::MIN);
        for minutes in 0..=LONGEST_GAP {
            let found = zone.from_local_datetime(&(midnight + TimeDelta::minutes(minutes)));
            let after = [found.earliest(), found.latest()]
                .into_iter()
                .flatten()
                .map(|instant| UnixMs(instant.timestamp_millis()))
                .find(|instant| *instant > now);
            if let Some(instant) = after {
                return instant;
            }
        }
        now.plus(std::time::Duration::from_secs(24 * 60 * 60))
    }

    /// Noon of the day in `zone`, for formatting it.
    #[must_use]
    pub fn noon(self, zone: Tz) -> UnixMs {
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

    fn next(utc: &str, zone: Tz) -> UnixMs {
        Day::next_begins(at(utc), zone)
    }

    #[test]
    fn a_day_is_that_of_the_zone() {
        let now = at("2026-11-24T23:30:00Z");
        assert_eq!(Day::of(now, Tz::UTC).to_string(), "2026-11-24");
        assert_eq!(Day::of(now, Tz::Europe__Berlin).to_string(), "2026-11-25");
        assert_eq!(Day::of(now, Tz::America__Los_Angeles).to_string(), "2026-11-24");
        assert_eq!(Day::of(now, Tz::Asia__Kathmandu).to_string(), "2026-11-25");
    }

    #[test]
    fn the_next_day_begins_at_midnight_of_the_zone() {
        assert_eq!(
            next("2026-11-24T12:00:00Z", Tz::Europe__Berlin),
            at("2026-11-24T23:00:00Z")
        );
        assert_eq!(
            next("2026-11-24T23:00:00Z", Tz::Europe__Berlin),
            at("2026-11-25T23:00:00Z")
        );
        assert_eq!(
            next("2026-11-24T12:00:00Z", Tz::Asia__Kathmandu),
            at("2026-11-24T18:15:00Z")
        );
    }

    #[test]
    fn a_day_with_a_change_of_the_clocks_has_23_or_25_hours() {
        let hours = |from: &str| {
            let began = next(from, Tz::Europe__Berlin);
            Day::next_begins(began, Tz::Europe__Berlin).since(began).as_secs() / 3_600
        };
        assert_eq!(hours("2026-03-28T12:00:00Z"), 23);
        assert_eq!(hours("2026-10-24T12:00:00Z"), 25);
        assert_eq!(hours("2026-10-25T12:00:00Z"), 24);
    }

    #[test]
    fn a_midnight_that_does_not_exist_is_the_first_instant_after_the_gap() {
        // São Paulo, 4 November 2018: 00:00 became 01:00. Cairo, 24 April 2026: likewise.
        assert_eq!(
            next("2018-11-03T15:00:00Z", Tz::America__Sao_Paulo),
            at("2018-11-04T03:00:00Z")
        );
        assert_eq!(
            next("2026-04-23T12:00:00Z", Tz::Africa__Cairo),
            at("2026-04-23T22:00:00Z")
        );
        assert_eq!(
            Day::of(at("2026-04-23T22:00:00Z"), Tz::Africa__Cairo).to_string(),
            "2026-04-24"
        );
        assert_eq!(
            Day::of(at("2026-04-23T21:59:59Z"), Tz::Africa__Cairo).to_string(),
            "2026-04-23"
        );
    }

    #[test]
    fn an_hour_before_midnight_that_comes_twice_belongs_to_one_day() {
        // Cairo, 29 October 2026: at 24:00 it is 23:00 again.
        assert_eq!(
            next("2026-10-29T20:30:00Z", Tz::Africa__Cairo),
            at("2026-10-29T22:00:00Z")
        );
        assert_eq!(
            next("2026-10-29T21:30:00Z", Tz::Africa__Cairo),
            at("2026-10-29T22:00:00Z")
        );
        // Havana, 1 November 2026: midnight itself comes twice, and the day begins with the first.
        assert_eq!(
            next("2026-10-31T12:00:00Z", Tz::America__Havana),
            at("2026-11-01T04:00:00Z")
        );
    }

    #[test]
    fn a_zone_that_skipped_a_day_goes_on_with_the_one_after() {
        // Samoa had no 30 December 2011.
        assert_eq!(
            next("2011-12-30T05:00:00Z", Tz::Pacific__Apia),
            at("2011-12-30T10:00:00Z")
        );
        assert_eq!(
            Day::of(at("2011-12-30T10:00:00Z"), Tz::Pacific__Apia).to_string(),
            "2011-12-31"
        );
    }

    #[test]
    fn in_every_zone_the_next_day_is_another_day_and_lies_ahead() {
        for zone in chrono_tz::TZ_VARIANTS {
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
