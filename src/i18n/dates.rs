//! Times and dates, as people read them in their language and zone.

use std::sync::LazyLock;

use askama::Template;
use chrono::{DateTime, Datelike, SecondsFormat, TimeZone as _, Timelike as _};

use super::{Locale, T};
use crate::clock::UnixMs;
use crate::zone::Zone;

/// How long names of days and months are.
#[derive(Clone, Copy)]
enum Names {
    Whole,
    Short,
}

/// Names in their order, as one text of the catalogue holds them.
struct Words(Vec<String>);

impl Words {
    fn nth(&self, index: u32) -> &str {
        self.0.get(index as usize).map_or("", String::as_str)
    }
}

/// The names of days and months, by [`Names`].
struct Calendar {
    weekdays: [Words; 2],
    months: [Words; 2],
}

// Read once: every row of a page has a date.
static CALENDARS: LazyLock<Vec<Calendar>> =
    LazyLock::new(|| Locale::ALL.iter().map(|locale| calendar(*locale)).collect());

fn calendar(locale: Locale) -> Calendar {
    let t = T::new(locale, Zone::UTC);
    let words = |text: String| Words(text.split(' ').map(str::to_owned).collect());
    Calendar {
        weekdays: [words(t.get("time-weekdays")), words(t.get("time-weekdays-short"))],
        months: [words(t.get("time-months")), words(t.get("time-months-short"))],
    }
}

/// A formatted time: what people read, the tooltip, and the machine-readable form.
#[derive(Template, Clone, PartialEq, Eq, Debug, Default)]
#[template(path = "_stamp.html")]
pub struct Stamp {
    pub label: String,
    pub full: String,
    pub iso: String,
    /// The label is an age that the page keeps up to date.
    pub ages: bool,
}

impl T {
    /// `14:05`.
    #[must_use]
    pub fn clock(&self, at: UnixMs) -> String {
        let at = self.local(at);
        // Every row of a page has it; a pattern would be parsed each time.
        format!("{:02}:{:02}", at.hour(), at.minute())
    }

    /// `Tuesday, 24 November 2026, 14:05`.
    #[must_use]
    pub fn full(&self, at: UnixMs) -> String {
        self.dated("time-full", at, Names::Whole)
    }

    /// `24 November 2026`.
    #[must_use]
    pub fn long_date(&self, at: UnixMs) -> String {
        self.dated("time-date", at, Names::Whole)
    }

    /// `24 Nov 2026`.
    #[must_use]
    pub fn short_date(&self, at: UnixMs) -> String {
        self.dated("time-date", at, Names::Short)
    }

    /// `24 Nov, 14:05`.
    #[must_use]
    pub fn short_date_clock(&self, at: UnixMs) -> String {
        self.dated("time-date-clock", at, Names::Short)
    }

    /// `Tuesday, 24 November`.
    #[must_use]
    pub fn weekday_date(&self, at: UnixMs) -> String {
        self.dated("time-weekday-date", at, Names::Whole)
    }

    /// A form of the date.
    fn dated(&self, key: &str, at: UnixMs, names: Names) -> String {
        let local = self.local(at);
        let values = [
            ("day", &*local.day().to_string()),
            ("month", self.calendar().months[names as usize].nth(local.month0())),
            ("year", &local.year().to_string()),
            ("weekday", self.weekday(at, names)),
            ("clock", &self.clock(at)),
        ];
        self.with_all(key, &values)
    }

    fn weekday(&self, at: UnixMs, names: Names) -> &'static str {
        let day = self.local(at).weekday().num_days_from_monday();
        self.calendar().weekdays[names as usize].nth(day)
    }

    fn calendar(&self) -> &'static Calendar {
        &CALENDARS[self.locale as usize]
    }

    /// The heading of a day: `Today`, `Yesterday`, a weekday within a week, else the date.
    #[must_use]
    pub fn day(&self, at: UnixMs, now: UnixMs) -> String {
        match self.days_before(at, now) {
            0 => self.get("time-today"),
            1 => self.get("time-yesterday"),
            2..=6 => self.weekday(at, Names::Whole).to_owned(),
            _ => self.long_date(at),
        }
    }

    /// Whether both times are on the same day in this zone.
    #[must_use]
    pub fn same_day(&self, one: UnixMs, other: UnixMs) -> bool {
        self.local(one).date_naive() == self.local(other).date_naive()
    }

    /// The start of `at`'s day in this zone.
    #[must_use]
    pub fn start_of_day(&self, at: UnixMs) -> UnixMs {
        self.zone.begins(self.local(at).date_naive())
    }

    /// The date of `at` in this zone, for programs: `2026-11-24`.
    #[must_use]
    pub fn date(&self, at: UnixMs) -> String {
        self.local(at).format("%Y-%m-%d").to_string()
    }

    /// For list rows: the time if today, else the shortest unambiguous date.
    #[must_use]
    pub fn short(&self, at: UnixMs, now: UnixMs) -> Stamp {
        let label = match self.days_before(at, now) {
            0 => self.clock(at),
            1 => self.get("time-yesterday"),
            2..=6 => self.weekday(at, Names::Short).to_owned(),
            _ if self.local(at).year() == self.local(now).year() => self.dated("time-date-this-year", at, Names::Short),
            _ => self.short_date(at),
        };
        self.stamp(at, label)
    }

    /// `12 min ago` within a day, else the date; the page keeps it up to date.
    #[must_use]
    pub fn ago(&self, at: UnixMs, now: UnixMs) -> Stamp {
        let seconds = now.since(at).as_secs();
        let label = match seconds {
            0..60 => self.get("time-just-now"),
            60..3_600 => self.count("time-minutes-ago", seconds / 60),
            3_600..86_400 => self.count("time-hours-ago", seconds / 3_600),
            _ => self.short_date_clock(at),
        };
        Stamp {
            ages: seconds < 86_400,
            ..self.stamp(at, label)
        }
    }

    /// Only the time of day.
    #[must_use]
    pub fn at(&self, at: UnixMs) -> Stamp {
        self.stamp(at, self.clock(at))
    }

    fn stamp(&self, at: UnixMs, label: String) -> Stamp {
        Stamp {
            label,
            full: self.full(at),
            iso: at.to_utc().to_rfc3339_opts(SecondsFormat::Secs, true),
            ages: false,
        }
    }

    fn local(&self, at: UnixMs) -> DateTime<Zone> {
        self.zone.from_utc_datetime(&at.to_utc().naive_utc())
    }

    fn days_before(&self, at: UnixMs, now: UnixMs) -> i64 {
        (self.local(now).date_naive() - self.local(at).date_naive()).num_days()
    }
}
