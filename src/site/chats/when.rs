//! Times that people choose, in the workspace's zone: "tomorrow at nine", or one typed in a field.

use std::time::Duration;

use chrono::{Datelike as _, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Weekday};

use crate::clock::UnixMs;
use crate::i18n::Text;
use crate::zone::Zone;

const HOUR: Duration = Duration::from_secs(60 * 60);
/// The hour at which a day begins for whoever puts something off.
const MORNING: u32 = 9;

crate::words!(
    pub enum Quick {
        Hour = "hour",
        Tomorrow = "tomorrow",
        Monday = "monday",
    }
);

impl Quick {
    pub(super) fn at(self, zone: Zone, now: UnixMs) -> UnixMs {
        let today = zone.from_utc_datetime(&now.to_utc().naive_utc()).date_naive();
        let days = match self {
            Self::Hour => return now.plus(HOUR),
            Self::Tomorrow => 1,
            // On a Monday the next one.
            Self::Monday => 7 - today.weekday().days_since(Weekday::Mon),
        };
        let morning = NaiveTime::from_hms_opt(MORNING, 0, 0).unwrap_or(NaiveTime::MIN);
        let day = today.checked_add_days(Days::new(u64::from(days))).unwrap_or(today);
        zone.at(day.and_time(morning))
    }

    /// The key of its word.
    pub(super) const fn text_key(self) -> &'static str {
        match self {
            Self::Hour => "when-hour",
            Self::Tomorrow => "when-tomorrow",
            Self::Monday => "when-monday",
        }
    }
}

/// The clocks of the zone are put forward over this time; `until` is the first one that they show then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Skipped {
    pub until: UnixMs,
}

impl Skipped {
    pub(super) fn text(self, zone: Zone) -> Text {
        Text::new("when-skipped").at("time", self.until, zone)
    }
}

/// What a `datetime-local` field holds; `None` for what is no time.
pub(super) fn typed(text: &str, zone: Zone) -> Result<Option<UnixMs>, Skipped> {
    let read = |form| NaiveDateTime::parse_from_str(text.trim(), form).ok();
    let local = read("%Y-%m-%dT%H:%M").or_else(|| read("%Y-%m-%dT%H:%M:%S"));
    let Some(local) = local.filter(|local| (1970..=9999).contains(&local.year())) else {
        return Ok(None);
    };
    match zone.from_local_datetime(&local).earliest() {
        Some(_) => Ok(Some(zone.at(local))),
        None => Err(Skipped { until: zone.at(local) }),
    }
}

/// What a `date` field holds.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    let day = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok()?;
    (1970..=9999).contains(&day.year()).then_some(day)
}

/// The same time as such a field takes it.
pub(super) fn field(at: UnixMs, zone: Zone) -> String {
    let local = zone.from_utc_datetime(&at.to_utc().naive_utc());
    local.format("%Y-%m-%dT%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lisbon() -> Zone {
        "Europe/Lisbon".parse().unwrap()
    }

    fn at(utc: &str) -> UnixMs {
        let at: chrono::DateTime<chrono::Utc> = utc.parse().unwrap();
        UnixMs(at.timestamp_millis())
    }

    #[test]
    fn mornings_are_those_of_the_workspace() {
        // A Sunday evening there, summer time.
        let now = at("2026-07-19T22:30:00Z");
        assert_eq!(Quick::Hour.at(lisbon(), now), at("2026-07-19T23:30:00Z"));
        assert_eq!(Quick::Tomorrow.at(lisbon(), now), at("2026-07-20T08:00:00Z"));
        assert_eq!(Quick::Monday.at(lisbon(), now), at("2026-07-20T08:00:00Z"));
        let monday = at("2026-07-20T10:00:00Z");
        assert_eq!(Quick::Monday.at(lisbon(), monday), at("2026-07-27T08:00:00Z"));
    }

    #[test]
    fn a_field_holds_a_time_of_the_workspace_and_nothing_else_is_one() {
        assert_eq!(
            typed("2026-07-20T09:15", lisbon()),
            Ok(Some(at("2026-07-20T08:15:00Z")))
        );
        assert_eq!(
            typed("2026-01-20T09:15:00", lisbon()),
            Ok(Some(at("2026-01-20T09:15:00Z")))
        );
        // The clocks skip this hour, and show one in autumn twice.
        let until = at("2026-03-29T01:00:00Z");
        assert_eq!(typed("2026-03-29T01:30", lisbon()), Err(Skipped { until }));
        assert_eq!(
            typed("2026-10-25T01:30", lisbon()),
            Ok(Some(at("2026-10-25T00:30:00Z")))
        );
        for wrong in ["", "tomorrow", "2026-13-01T00:00", "99999-01-01T00:00"] {
            assert_eq!(typed(wrong, lisbon()), Ok(None), "{wrong}");
        }
        assert_eq!(field(at("2026-07-20T08:15:00Z"), lisbon()), "2026-07-20T09:15");
    }
}
